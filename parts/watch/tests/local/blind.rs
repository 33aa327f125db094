//! The ten ways to be blind, with real files: none of them yields "not seen", and the control does.

use ward_policy::{Resource, Verb};
use ward_stix::answer::{Finding, Seen};
use ward_store::testing::TestDatabase;
use ward_watch::release::Release;
use ward_watch::source::{ChangedOptions, SourceOptions, change_options};

use crate::setup::*;

ward_store::test_both!(
    complete_logs_without_hits_are_not_seen,
    hits_are_under_review,
    no_logs_declared,
    a_day_missing,
    rotated_twice,
    a_proxys_address_on_each_line,
    masked_addresses,
    bodies_not_logged,
    a_clock_off_by_a_year,
    half_the_lines_rejected,
    one_of_two_servers_absent,
    retention_shorter_than_the_question,
    an_unreadable_file,
);

/// Looks back and checks finding and answer; `because` is a word that the reasons must hold.
async fn check(node: &Node, expected: Finding, because: &str) {
    let result = node.look_back().await;
    assert_eq!(result.finding, expected, "{:#?}", result.because);
    let text = result.because.join("\n");
    assert!(text.contains(because), "`{because}` is not in:\n{text}");
    let answers = node.answers().await;
    assert_eq!(answers.len(), 1 + result.indicators.iter().filter(|one| one.count > 0).count());
    assert_eq!(answers[0].0.finding, expected);
    assert_eq!(is_not_seen(answers[0].0.finding), expected == Finding::NotSeen);
    node.verify_record().await;
}

async fn complete_logs_without_hits_are_not_seen(database: TestDatabase) {
    let node = node(database).await;
    node.alert(asked().0, &[address(BAD), address("198.51.100.8")]).await;
    node.with_log(&full_log()).await;
    check(&node, Finding::NotSeen, "events in 72 of 72 hours asked").await;
    let result = node.look_back().await;
    assert!(result.indicators.iter().all(|one| one.seen == Seen::NotSeen));
}

async fn hits_are_under_review(database: TestDatabase) {
    let node = node(database).await;
    node.alert(asked().0, &[address(BAD)]).await;
    let hit = line(BAD, asked().0 + HOUR, "GET /status?id=5%27+or+1=1 HTTP/1.1", 500, 300, AGENT);
    node.with_log(&format!("{}{hit}", full_log())).await;
    check(&node, Finding::MatchUnderReview, "of 1 indicators 1 seen").await;
}

async fn no_logs_declared(database: TestDatabase) {
    let node = node(database).await;
    node.alert(asked().0, &[address(BAD)]).await;
    check(&node, Finding::Blind, "no logs are declared here").await;
}

async fn a_day_missing(database: TestDatabase) {
    let node = node(database).await;
    // Asked about a month, so that a day is less than 5 % of it.
    let (from, until) = (asked().1 - 30 * DAY, asked().1);
    node.alert_about(asked().0, &[address(BAD)], (from, until)).await;
    let text = format!("{}{}", log(from, until - 3 * DAY), log(until - 2 * DAY, until));
    node.with_log(&text).await;
    check(&node, Finding::PartlySearched, "24 hours in a row").await;
}

async fn rotated_twice(database: TestDatabase) {
    let mut node = node(database).await;
    node.alert(asked().0, &[address(BAD)]).await;
    let folder = node.logs("web");
    let live = folder.join("access.log");
    std::fs::write(&live, full_log()).unwrap();
    node.set_clock(asked().1 - HOUR);
    node.declare("web", &folder, SourceOptions::default()).await;
    node.read().await;
    // More lines come, and the file is rotated away twice before they are read: every hour has events all the same.
    std::fs::remove_file(&live).unwrap();
    std::fs::write(&live, log(asked().1, asked().1 + 2 * HOUR)).unwrap();
    node.set_clock(now());
    node.read().await;
    check(&node, Finding::PartlySearched, "rotated away before they were read").await;
}

async fn a_proxys_address_on_each_line(database: TestDatabase) {
    let node = node(database).await;
    node.alert(asked().0, &[address(BAD)]).await;
    let behind_a_proxy = |number, time| {
        let who = format!("{}, 203.0.113.250", visitor(number));
        line(&who, time, "GET / HTTP/1.1", 200, 5_120, AGENT)
    };
    let folder = node.logs("web");
    std::fs::write(folder.join("access.log"), log_of(asked().0, asked().1, behind_a_proxy)).unwrap();
    let source = node.declare("web", &folder, SourceOptions::default()).await.source;
    node.read().await;
    check(&node, Finding::Blind, "set the trusted proxies").await;
    // Once the owner names the proxy, the same files are read again and are fine.
    let options = SourceOptions { trusted_proxies: vec!["203.0.113.250".to_owned()], ..SourceOptions::default() };
    let change = ChangedOptions { source_id: source.id, options };
    change_options(&node.here, &node.may(Verb::Change, Resource::Source, change)).await.unwrap();
    node.read().await;
    assert_eq!(node.look_back().await.finding, Finding::NotSeen);
}

async fn masked_addresses(database: TestDatabase) {
    let node = node(database).await;
    node.alert(asked().0, &[address(BAD)]).await;
    let masked = |number: i64, time| {
        let client = format!("192.0.{}.0", 2 + number % 200);
        line(&client, time, "GET / HTTP/1.1", 200, 5_120, AGENT)
    };
    node.with_log(&log_of(asked().0, asked().1, masked)).await;
    check(&node, Finding::Blind, "masked").await;
}

async fn bodies_not_logged(database: TestDatabase) {
    let node = node(database).await;
    let hash = active("[file:hashes.MD5 = '0123456789abcdef0123456789abcdef']");
    node.alert(asked().0, &[address(BAD), hash]).await;
    node.with_log(&full_log()).await;
    check(&node, Finding::PartlySearched, "file hashes never show in it").await;
    let result = node.look_back().await;
    assert_eq!(result.indicators[0].seen, Seen::NotSeen);
    assert!(matches!(result.indicators[1].seen, Seen::CouldNotBeSeen { .. }));
}

async fn a_clock_off_by_a_year(database: TestDatabase) {
    let node = node(database).await;
    node.alert(asked().0, &[address(BAD)]).await;
    node.with_log(&log(asked().0 - 365 * DAY, asked().1 - 365 * DAY)).await;
    let result = node.look_back().await;
    assert!(!is_not_seen(result.finding), "{result:?}");
    assert!(result.because.join("\n").contains("look at its clock"), "{:?}", result.because);
    assert_ne!(node.answers().await[0].0.finding, Finding::NotSeen);
}

async fn half_the_lines_rejected(database: TestDatabase) {
    let node = node(database).await;
    node.alert(asked().0, &[address(BAD)]).await;
    let text: String = full_log().lines().map(|line| format!("{line}\nworker exited on signal 11\n")).collect();
    node.with_log(&text).await;
    check(&node, Finding::PartlySearched, "1,440 of 2,880 lines").await;
}

async fn one_of_two_servers_absent(database: TestDatabase) {
    let node = node(database).await;
    node.alert(asked().0, &[address(BAD)]).await;
    let absent = node.database.folder.join("not-mounted/access.log");
    let declared = node.declare("web 2", &absent, SourceOptions::default()).await;
    assert!(declared.warning.unwrap().contains("not-mounted"));
    node.with_log(&full_log()).await;
    check(&node, Finding::PartlySearched, "web 2").await;
}

async fn retention_shorter_than_the_question(database: TestDatabase) {
    let mut node = node(database).await;
    let (from, until) = (at("2018-04-30T22:00:00Z"), at("2018-05-04T00:00:00Z"));
    node.set_clock(at("2018-05-20T00:00:00Z"));
    node.settings(Release::Person, Some(10)).await;
    node.alert_about(asked().0, &[address(BAD)], (from, until)).await;
    // Two hours of 74 are purged: enough is left by hours, and still it is not "not seen".
    node.with_log(&log(from - DAY, at("2018-05-19T00:00:00Z"))).await;
    let kept = node.here.store.fetch("SELECT id FROM segment", &[]).await.unwrap().len();
    assert_eq!(kept, 1);
    let purged = ward_store::entry_of(&node.here.store, &source_id(&node).await, "archive.purged").await.unwrap();
    assert!(purged.unwrap().body.contains("2018-04"));
    check(&node, Finding::PartlySearched, "not kept as far back").await;
}

async fn source_id(node: &Node) -> String {
    ward_watch::source::sources(&node.here).await.unwrap()[0].id.clone()
}

async fn an_unreadable_file(database: TestDatabase) {
    let node = node(database).await;
    node.alert(asked().0, &[address(BAD)]).await;
    let damaged = node.logs("web").join("access.log.2.gz");
    std::fs::write(&damaged, [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0x55; 200]].concat()).unwrap();
    let folder = node.logs("web");
    std::fs::write(folder.join("access.log"), full_log()).unwrap();
    node.declare("web", &folder, SourceOptions::default()).await;
    let readings = node.read().await;
    assert_eq!(readings[0].unreadable.len(), 1, "{readings:?}");
    check(&node, Finding::PartlySearched, "1 file of web could not be read").await;
    // Its name stays here.
    assert!(node.bodies().await.iter().all(|body| !body.contains("access.log")));
    let result = node.look_back().await;
    assert!(result.unreadable[0].1.path.ends_with("access.log.2.gz"));
    // It is not forgotten when it goes away unread.
    std::fs::remove_file(&damaged).unwrap();
    node.read().await;
    assert_eq!(node.look_back().await.finding, Finding::PartlySearched);
}
