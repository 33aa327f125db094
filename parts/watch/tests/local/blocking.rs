//! The block feed and the allow-list before it.

use ward_policy::{Resource, Verb};
use ward_stix::answer::Finding;
use ward_store::testing::TestDatabase;
use ward_watch::allow::{NewAllow, allow, block_feed, feed_text, list, remove};
use ward_watch::quality::not_blocked;

use crate::setup::*;

ward_store::test_both!(
    only_what_is_active_valid_and_not_allowed_is_blocked,
    what_is_shared_or_old_is_searched_for_and_not_blocked
);

async fn only_what_is_active_valid_and_not_allowed_is_blocked(database: TestDatabase) {
    let node = node(database).await;
    let past = Given { valid_until: Some(now()), ..address("198.51.100.20") };
    let future = Given { valid_from: now() + 1, ..address("198.51.100.21") };
    let quarantined = Given { state: "quarantined", ..address("198.51.100.22") };
    let revoked = Given { state: "revoked", ..address("198.51.100.23") };
    let until = Some(now() + DAY);
    let given = [
        Given { valid_until: until, ..address(BAD) },
        active("[ipv4-addr:value = '203.0.113.0/28']"),
        active("[domain-name:value = 'files.partner.example']"),
        active("[domain-name:value = 'bad.example']"),
        active("[url:value = 'http://partner.example:8080/x']"),
        active("[ipv4-addr:value = '192.0.2.77']"),
        past,
        future,
        quarantined,
        revoked,
    ];
    node.alert(asked().0, &given).await;
    let may = |value: &str, reason: &str| {
        let new = NewAllow { value: value.to_owned(), reason: reason.to_owned() };
        node.may(Verb::Create, Resource::AllowList, new)
    };
    let before = feed_text(&block_feed(&node.here).await.unwrap(), &[]);
    assert_eq!(before.lines().count(), 6, "{before}");
    for (value, reason) in [("nonsense value", "x"), ("192.0.2.0/24", " ")] {
        assert!(allow(&node.here, &may(value, reason)).await.is_err(), "{value}");
    }
    for value in ["203.0.113.9", "Partner.Example.", "192.0.2.7/24"] {
        allow(&node.here, &may(value, "a partner")).await.unwrap();
    }
    assert!(allow(&node.here, &may("192.0.2.0/24", "again")).await.is_err());
    let lines = block_feed(&node.here).await.unwrap();
    let values: Vec<&str> = lines.iter().map(|line| line.value.as_str()).collect();
    assert_eq!(values, [BAD, "bad.example"]);
    assert_eq!((lines[0].until, lines[0].indicator.clone()), (until, indicator_id(0)));
    assert_eq!(feed_text(&lines, &["address", "network"]), format!("{BAD}\n"));
    let entries = list(&node.here).await.unwrap();
    let network = entries.iter().find(|entry| entry.value == "192.0.2.0/24").unwrap().clone();
    remove(&node.here, &node.may(Verb::Delete, Resource::AllowList, network)).await.unwrap();
    assert_eq!(block_feed(&node.here).await.unwrap().len(), 3);
    node.verify_record().await;
}

async fn what_is_shared_or_old_is_searched_for_and_not_blocked(database: TestDatabase) {
    let mut node = node(database).await;
    node.alert(asked().0, &[address(BAD), address("104.16.3.4"), active("[domain-name:value = 'bad.example']")]).await;
    let text = format!("{}{}", full_log(), line("104.16.3.4", asked().0 + HOUR, "GET / HTTP/1.1", 200, 300, AGENT));
    node.with_log(&text).await;
    let values = async |node: &Node| {
        let lines = block_feed(&node.here).await.unwrap();
        lines.into_iter().map(|line| line.value).collect::<Vec<_>>()
    };
    assert_eq!(values(&node).await, [BAD, "bad.example"]);
    // It is found all the same, and said to be only watched.
    let found = node.look_back().await;
    assert_eq!((found.finding, found.indicators[1].count), (Finding::MatchUnderReview, 1));
    let said =
        found.because.iter().find(|sentence| sentence.starts_with("104.16.3.4 is watched, not blocked: ")).unwrap();
    assert!(said.contains("\"Cloudflare\""), "{said}");
    // Addresses without an end are taken at their word for ninety days, names for a year.
    node.set_clock(asked().0 + 90 * DAY);
    assert_eq!(values(&node).await, ["bad.example"]);
    let left_out = not_blocked(&node.here).await.unwrap();
    assert_eq!(left_out.len(), 2);
    assert!(left_out[0].values == [BAD] && left_out[0].verdict.reasons[0].contains("90 days ago"));
    node.set_clock(asked().0 + 365 * DAY);
    assert!(values(&node).await.is_empty());
    assert_eq!(node.look_back().await.indicators[1].count, 1, "looking back searches for all");
}
