//! A feed of MISP, from its files.

use serde_json::{Value, json};
use ward_quality::Act;
use ward_share::subscription::Kind;
use ward_store::test_both;
use ward_store::testing::TestDatabase;

use crate::setup::*;

test_both!(events_become_indicators_and_are_fetched_once, a_broken_event_does_not_keep_the_others);

fn event_id(number: u32) -> String {
    format!("5a000000-0000-4000-8000-{number:012}")
}

fn event(number: u32, stamp: i64, attributes: &[(&str, &str, bool)]) -> Value {
    let attribute = |(place, (kind, value, to_ids)): (usize, &(&str, &str, bool))| {
        json!({"uuid": format!("5b000000-0000-4000-8000-{:012}", u64::from(number) * 100 + place as u64), "type": kind,
            "value": value, "to_ids": to_ids, "timestamp": "1525000000", "comment": ""})
    };
    json!({"Event": {"uuid": event_id(number), "info": "A campaign", "date": "2018-04-29", "timestamp": stamp.to_string(),
        "Tag": [{"name": "tlp:green"}], "Attribute": attributes.iter().enumerate().map(attribute).collect::<Vec<_>>()}})
}

fn manifest(server: &Server, events: &[(u32, i64)]) {
    let entries = events.iter().map(|(number, stamp)| (event_id(*number), json!({"timestamp": stamp.to_string()})));
    server.answers("/feed/manifest.json", Value::Object(entries.collect()));
}

async fn events_become_indicators_and_are_fetched_once(database: TestDatabase) {
    let hub = Hub::new(&database).await;
    let server = Server::default();
    let hash = "ab".repeat(32);
    let attributes = [
        ("sha256", hash.as_str(), true),
        ("ip-dst", "104.16.1.1", true),
        ("domain", "bad.example", false),
        ("email-src", "a@b.example", true),
    ];
    manifest(&server, &[(1, 1_525_000_000), (2, 1_525_000_001)]);
    server.answers(&format!("/feed/{}.json", event_id(1)), event(1, 1_525_000_000, &attributes));
    server
        .answers(&format!("/feed/{}.json", event_id(2)), event(2, 1_525_000_001, &[("domain", "worse.example", true)]));
    hub.subscribe(Kind::Misp, &format!("{}/feed", server.listen().await)).await;
    assert_eq!(hub.poll().await.result.unwrap().added, 4);
    let sql = "SELECT q.act, q.reasons, q.organisation_id FROM indicator_quality q ORDER BY q.act, q.reasons";
    let rows = hub.here.store.fetch(sql, &[]).await.unwrap();
    assert!(rows.iter().all(|row| row.get::<String>("organisation_id").unwrap() == hub.partner.id));
    let with = |act: Act, part: &str| {
        let is = |row: &&ward_store::Row| {
            row.get::<String>("act").unwrap() == act.text() && row.get::<String>("reasons").unwrap().contains(part)
        };
        rows.iter().filter(is).count()
    };
    assert_eq!(
        (with(Act::Block, "exact"), with(Act::Watch, "Cloudflare"), with(Act::Watch, "asks to review")),
        (1, 1, 1)
    );
    // Nothing changed: only the manifest is asked for. An event that changed is fetched, and its attributes are new versions.
    server.asked();
    assert_eq!(hub.poll().await.result.unwrap().added, 0);
    assert_eq!(server.asked(), ["/feed/manifest.json"]);
    manifest(&server, &[(1, 1_525_000_000), (2, 1_525_000_900)]);
    server
        .answers(&format!("/feed/{}.json", event_id(2)), event(2, 1_525_000_900, &[("domain", "worse.example", true)]));
    assert_eq!(hub.poll().await.result.unwrap().added, 1);
    assert_eq!(hub.held().await.len(), 5);
    hub.verify_record().await;
}

async fn a_broken_event_does_not_keep_the_others(database: TestDatabase) {
    let hub = Hub::new(&database).await;
    let server = Server::default();
    manifest(&server, &[(1, 1), (2, 2), (3, 3)]);
    server.answers(&format!("/feed/{}.json", event_id(1)), json!({"nothing": 1}));
    server.answers(&format!("/feed/{}.json", event_id(2)), event(2, 1_525_000_000, &[("domain", "bad.example", true)]));
    hub.subscribe(Kind::Misp, &format!("{}/feed/", server.listen().await)).await;
    // The third is missing: what came before is taken.
    assert!(hub.poll().await.result.unwrap_err().contains("404"));
    assert_eq!(hub.held().await.len(), 1);
    server
        .answers(&format!("/feed/{}.json", event_id(3)), event(3, 1_525_000_000, &[("domain", "worse.example", true)]));
    let error = hub.poll().await.result.unwrap_err();
    assert!(error.contains("not an event of MISP") && error.contains("1 in all"), "{error}");
    assert_eq!(hub.held().await.len(), 2);
}
