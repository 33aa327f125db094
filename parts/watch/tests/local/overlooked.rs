//! Ways to overlook something in logs that are there: each of them once led to a "not seen" that was none, or hid or doubled a hit.

use ward_policy::{Resource, Verb};
use ward_stix::answer::{Finding, Seen};
use ward_store::testing::TestDatabase;
use ward_watch::confirm::{Dismiss, dismiss};
use ward_watch::release::Release;
use ward_watch::source::{NewSource, SourceOptions, add_source};

use crate::setup::*;

ward_store::test_both!(
    a_linked_folder_is_not_left_out_silently,
    packed_files_are_not_taken_for_logs,
    a_file_without_events_is_named,
    a_last_line_without_its_end,
    a_bad_day_in_a_good_month,
    a_proxy_in_the_month_asked,
    old_lines_that_come_late,
    hits_after_a_dismissal_and_a_purge,
    withdrawn_after_a_purge,
    hits_outside_the_period_are_said_to_be,
    one_file_in_two_sources,
    questions_about_people_are_not_answered,
);

fn attack(time: i64) -> String {
    line(BAD, time, "GET /status?id=5%27+or+1=1 HTTP/1.1", 500, 300, AGENT)
}

/// A node with one alert and complete logs that hold nothing.
async fn searched(database: TestDatabase) -> Node {
    let node = node(database).await;
    node.alert(asked().0, &[address(BAD)]).await;
    node.with_log(&full_log()).await;
    assert_eq!(node.look_back().await.finding, Finding::NotSeen);
    node
}

/// Reads and looks back: what is given must keep the answer from being "not seen", and say why.
async fn partly_because(node: &Node, reason: &str) {
    node.read().await;
    let result = node.look_back().await;
    assert_eq!(result.finding, Finding::PartlySearched, "{:#?}", result.because);
    let texts: Vec<&String> =
        result.because.iter().chain(result.unreadable.iter().map(|(_, file)| &file.reason)).collect();
    assert!(texts.iter().any(|text| text.contains(reason)), "`{reason}` is not in {texts:#?}");
}

async fn a_linked_folder_is_not_left_out_silently(database: TestDatabase) {
    let node = searched(database).await;
    let elsewhere = node.logs("elsewhere");
    std::fs::write(elsewhere.join("access.log"), attack(asked().0 + HOUR)).unwrap();
    let folder = node.logs("web");
    std::os::unix::fs::symlink(&folder, folder.join("loop")).unwrap();
    node.read().await;
    assert_eq!(node.look_back().await.finding, Finding::NotSeen, "a link back is nothing new");
    std::os::unix::fs::symlink(&elsewhere, folder.join("site2")).unwrap();
    partly_because(&node, "declare that folder as a source of its own").await;
    node.read().await;
    assert_eq!(node.look_back().await.unreadable.len(), 1, "it is named once");
    node.declare("site2", &elsewhere, SourceOptions::default()).await;
    node.read().await;
    let result = node.look_back().await;
    assert_eq!((result.finding, result.events_matched), (Finding::MatchUnderReview, 1));
    assert!(result.unreadable.is_empty(), "{:?}", result.unreadable);
}

async fn packed_files_are_not_taken_for_logs(database: TestDatabase) {
    let node = searched(database).await;
    let packed = node.logs("web").join("other.log.1.xz");
    std::fs::write(&packed, [b"\xfd7zXZ\0".as_slice(), &[0x55; 300]].concat()).unwrap();
    let readings = node.read().await;
    assert_eq!((readings[0].lines_read, readings[0].unreadable.len()), (0, 1));
    partly_because(&node, "compressed with xz").await;
}

async fn a_file_without_events_is_named(database: TestDatabase) {
    let node = searched(database).await;
    // Three lines of another server's log in 1,440: far less than a hundredth.
    let foreign = node.logs("web").join("u_ex180401.log");
    std::fs::write(&foreign, "2018-04-01 01:00:00 10.0.0.1 GET / - 80 - 198.51.100.7 - 200\n".repeat(3)).unwrap();
    partly_because(&node, "none of its 3 lines is in a format that Ward reads").await;
    // It is not forgotten, and a log that only begins with a bad line is a log all the same.
    let late = node.logs("web").join("late.log");
    std::fs::write(&late, "starting\n").unwrap();
    assert_eq!(node.read().await[0].unreadable.len(), 2);
    std::fs::write(&late, format!("starting\n{}", log(asked().0, asked().0 + DAY))).unwrap();
    assert_eq!(node.read().await[0].unreadable.len(), 1);
    partly_because(&node, "none of its 3 lines").await;
}

async fn a_last_line_without_its_end(database: TestDatabase) {
    let node = searched(database).await;
    let path = node.logs("web").join("copied.log");
    let text = format!("{}{}", log(asked().0, asked().0 + HOUR), attack(asked().0 + HOUR));
    std::fs::write(&path, text.trim_end()).unwrap();
    let age = |seconds: i64| {
        let at = u64::try_from(now() / 1_000_000 - seconds).unwrap();
        let file = std::fs::File::options().append(true).open(&path).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(at)).unwrap();
    };
    age(5);
    assert_eq!(node.read().await[0].lines_read, 20, "it may still be written");
    age(90);
    assert_eq!(node.read().await[0].lines_read, 1);
    assert_eq!(node.read().await[0].lines_read, 0);
    let result = node.look_back().await;
    assert_eq!((result.finding, result.events_matched), (Finding::MatchUnderReview, 1));
}

async fn a_bad_day_in_a_good_month(database: TestDatabase) {
    let mut node = node(database).await;
    let (from, until) = (at("2018-04-10T00:00:00Z"), at("2018-04-11T00:00:00Z"));
    node.set_clock(at("2018-04-30T00:00:00Z"));
    node.alert_about(asked().0, &[address(BAD)], (from, until)).await;
    let mut text = log(at("2018-04-01T00:00:00Z"), from + HOUR);
    text.push_str(&"worker exited on signal 11\n".repeat(80));
    text.push_str(&log(from + HOUR, at("2018-04-29T00:00:00Z")));
    node.with_log(&text).await;
    partly_because(&node, "80 of 560 lines of web in the period asked could not be read").await;
}

async fn a_proxy_in_the_month_asked(database: TestDatabase) {
    let mut node = node(database).await;
    let (from, until) = (at("2018-04-01T00:00:00Z"), at("2018-05-01T00:00:00Z"));
    node.set_clock(at("2018-05-02T00:00:00Z"));
    node.alert_about(asked().0, &[address(BAD)], (from, until)).await;
    let behind = log_of(from, until, |_, time| line("203.0.113.250", time, "GET / HTTP/1.1", 200, 5_120, AGENT));
    node.with_log(&format!("{}{behind}", log(from - 60 * DAY, from))).await;
    let result = node.look_back().await;
    assert_eq!(result.finding, Finding::Blind, "{:#?}", result.because);
    assert!(result.because.join("\n").contains("in 2018-04: nearly all"), "{:#?}", result.because);
}

async fn old_lines_that_come_late(database: TestDatabase) {
    let mut node = node(database).await;
    // As many feeds do it: valid from the day of publication.
    node.alert(asked().0, &[Given { valid_from: now(), ..address(BAD) }]).await;
    node.with_log(&full_log()).await;
    assert_eq!(node.look_back().await.finding, Finding::NotSeen);
    node.clear_jobs().await;
    node.set_clock(now() + HOUR / 6);
    std::fs::write(node.logs("web").join("late.log"), attack(asked().0 + HOUR)).unwrap();
    assert_eq!(node.read().await[0].live_hits, 0);
    let due = node.here.store.fetch("SELECT run_at FROM job WHERE kind = 'look-back'", &[]).await.unwrap();
    assert_eq!(due.len(), 1, "somebody has to look at them");
    assert_eq!(due[0].get::<i64>("run_at").unwrap(), now() + HOUR);
    let result = node.look_back().await;
    assert_eq!((result.finding, result.indicators[0].outside_validity), (Finding::MatchUnderReview, true));
}

async fn hits_after_a_dismissal_and_a_purge(database: TestDatabase) {
    let mut node = node(database).await;
    node.alert_about(asked().0, &[address(BAD)], (asked().0, asked().1 + 90 * DAY)).await;
    let early = format!("{}{}", attack(asked().0), attack(asked().0 + HOUR));
    node.with_log(&format!("{}{early}", full_log())).await;
    assert_eq!(node.look_back().await.events_matched, 2);
    let said = Dismiss { report_id: REPORT.to_owned(), reason: "our own test".to_owned(), release: false };
    dismiss(&node.here, &node.may(Verb::Confirm, Resource::Confirmation, said)).await.unwrap();
    assert_eq!(node.look_back().await.events_dismissed, 2);
    // The month of the two is purged, and one other comes: fewer than were dismissed, and none of them.
    node.settings(Release::Person, Some(20)).await;
    node.set_clock(now() + 60 * DAY);
    let path = node.logs("web").join("access.log");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}{}", attack(now() + 59 * DAY))).unwrap();
    node.read().await;
    let result = node.look_back().await;
    assert_eq!((result.finding, result.events_dismissed), (Finding::MatchUnderReview, 0), "{:#?}", result.because);
}

async fn withdrawn_after_a_purge(database: TestDatabase) {
    let mut node = node(database).await;
    node.alert(asked().0, &[address(BAD), address("198.51.100.8")]).await;
    node.with_log(&format!("{}{}", full_log(), attack(asked().0))).await;
    assert_eq!(node.look_back().await.finding, Finding::MatchUnderReview);
    node.settings(Release::Person, Some(5)).await;
    node.set_clock(now() + 60 * DAY);
    node.read().await;
    let revoked = Given { state: "revoked", reason: "who made it has withdrawn it", ..address(BAD) };
    node.alert(now(), &[revoked, address("198.51.100.8")]).await;
    let result = node.look_back().await;
    assert!(result.indicators.iter().all(|one| one.seen != Seen::Seen), "{:?}", result.indicators);
    assert_ne!(result.finding, Finding::NotSeen);
}

async fn hits_outside_the_period_are_said_to_be(database: TestDatabase) {
    let node = node(database).await;
    node.alert(asked().0, &[address(BAD)]).await;
    node.with_log(&format!("{}{}{}", attack(asked().0 - DAY), full_log(), attack(asked().0 + HOUR))).await;
    let result = node.look_back().await;
    assert_eq!((result.events_matched, result.events_outside_period), (2, 1));
    assert!(result.because.join("\n").contains("1 of 2 matching events lie outside the period asked"));
    let (answer, _) = node.answers().await.into_iter().find(|(answer, _)| answer.of_ref == REPORT).unwrap();
    assert_eq!(
        (answer.counts[0].value, answer.counts[0].definition.as_str()),
        (1, "matching events outside the period asked")
    );
}

async fn one_file_in_two_sources(database: TestDatabase) {
    let node = searched(database).await;
    let folder = node.logs("web");
    let link = node.logs("links").join("same.log");
    std::os::unix::fs::symlink(folder.join("access.log"), &link).unwrap();
    for path in [folder.join("access.log"), folder.join("*.log"), link] {
        let new =
            NewSource { name: "again".to_owned(), path: path.display().to_string(), options: SourceOptions::default() };
        let refused = add_source(&node.here, &node.may(Verb::Create, Resource::Source, new)).await;
        let text = refused.expect_err("a line would count twice").to_string();
        assert!(text.contains("the source `web` already") && text.contains("access.log"), "{text}");
    }
    let other = node.logs("other");
    std::fs::write(other.join("access.log"), full_log()).unwrap();
    node.declare("other", &other, SourceOptions::default()).await;
}

async fn questions_about_people_are_not_answered(database: TestDatabase) {
    let node = node(database).await;
    let lookup = active("[url:value = 'http://vote.example.gov/lookup?name=Smith']");
    node.alert(asked().0, &[address(BAD), lookup]).await;
    let folder = node.logs("web");
    let asked_for = |number: i64, time| {
        let request = if number == 5 { "GET /lookup?name=Smith HTTP/1.1" } else { "GET / HTTP/1.1" };
        line(&visitor(number), time, request, 200, 5_120, AGENT)
    };
    std::fs::write(folder.join("access.log"), log_of(asked().0, asked().1, asked_for)).unwrap();
    let options = SourceOptions { site_hosts: vec!["vote.example.gov".to_owned()], ..SourceOptions::default() };
    node.declare("web", &folder, options).await;
    node.read().await;
    let result = node.look_back().await;
    assert_eq!((result.finding, result.events_matched), (Finding::PartlySearched, 0), "{:#?}", result.because);
    let Seen::CouldNotBeSeen { reason } = &result.indicators[1].seen else { panic!("{:?}", result.indicators) };
    assert!(reason.contains("nodes refuse such questions"), "{reason}");
    assert!(result.not_searched[0].reason.contains("query values"));
    assert!(node.bodies().await.iter().all(|body| !body.contains("Smith") && !body.contains("lookup")));
}
