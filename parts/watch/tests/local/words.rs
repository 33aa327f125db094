//! What a person sees of a match, and what their word makes of it.

use ward_policy::{Resource, Verb};
use ward_stix::answer::{CountWithDefinition, Finding, Rung};
use ward_store::testing::TestDatabase;
use ward_watch::confirm::{Confirm, Dismiss, confirm, dismiss};
use ward_watch::lookback;
use ward_watch::name::{Beside, NameRelease, Next, name_said, release_name};
use ward_watch::release::Release;
use ward_watch::review::review;

use crate::setup::*;

ward_store::test_both!(
    the_review_shows_the_local_lines,
    a_named_person_confirms,
    a_false_alarm_is_dismissed,
    a_person_knows_better,
    lists_say_what_is_kept,
    a_name_stands_beside_the_answer_only_when_it_is_released,
    what_the_hub_has_of_the_name_is_told_by_what_it_took
);

fn attack(time: i64) -> String {
    line(BAD, time, "GET /voters/lookup?name=Smith&id=5%27+or+1=1 HTTP/1.1", 500, 300, "sqlmap/1.0")
}

fn said(rung: Rung, counts: &[(u64, &str)], reason: &str, release: bool) -> Confirm {
    let counts = counts
        .iter()
        .map(|(value, definition)| CountWithDefinition { value: *value, definition: (*definition).to_owned() });
    Confirm { report_id: REPORT.to_owned(), rung, counts: counts.collect(), reason: reason.to_owned(), release }
}

async fn with_attack(database: TestDatabase) -> Node {
    let node = node(database).await;
    node.alert(asked().0, &[address(BAD)]).await;
    node.with_log(&format!("{}{}", full_log(), attack(asked().0 + HOUR))).await;
    node.look_back().await;
    node
}

async fn the_review_shows_the_local_lines(database: TestDatabase) {
    let node = with_attack(database).await;
    let seen = review(&node.here, &node.may(Verb::See, Resource::Confirmation, REPORT.to_owned())).await.unwrap();
    assert_eq!((seen.finding, seen.hits_total, seen.events_matched), (Finding::MatchUnderReview, 1, 1));
    assert_eq!(seen.proposal.rung, Some(Rung::Attempted));
    let hit = &seen.hits[0];
    assert_eq!((hit.client.as_deref(), hit.path.as_deref()), (Some(BAD), Some("/voters/lookup")));
    assert_eq!((hit.line, hit.time, hit.status), (1_441, Some(asked().0 + HOUR), Some(500)));
    assert_eq!(hit.query_names.as_deref(), Some("name&id"));
    assert!(hit.signs.iter().any(|sign| sign == "sql-like") && hit.file.ends_with("access.log"));
    assert_eq!(seen.what_left.len(), 2);
    assert!(seen.what_left.iter().all(|left| left.state == "held" && left.body.contains("sighting--")));
}

async fn lists_say_what_is_kept(database: TestDatabase) {
    let node = with_attack(database).await;
    let here = &node.here;
    let result = lookback::result(here, REPORT).await.unwrap().unwrap();
    let found = lookback::findings(here).await.unwrap();
    assert_eq!(found.get(REPORT).map(|one| (one.finding, one.searched_at)), Some((result.finding, result.searched_at)));
    let (held, waiting) = (
        ward_watch::release::held(here, &node.may(Verb::See, Resource::Answer, ())).await.unwrap(),
        ward_watch::release::waiting(here, &node.may(Verb::See, Resource::Answer, ())).await.unwrap(),
    );
    assert_eq!((held.len(), waiting.len()), (1, 1));
    assert_eq!((&held[0].sighting_id, &held[0].modified), (&waiting[0].sighting_id, &waiting[0].modified));
    let one = node.may(Verb::See, Resource::Answer, held[0].sighting_id.clone());
    let (same, body) = ward_watch::release::waiting_one(here, &one).await.unwrap().unwrap();
    assert_eq!((same, body), (waiting[0].clone(), held[0].body.clone()));
    let other = node.may(Verb::See, Resource::Answer, "sighting--x".to_owned());
    assert!(ward_watch::release::waiting_one(here, &other).await.unwrap().is_none());
    for (source, facts) in ward_watch::source::all_with_facts(here).await.unwrap() {
        assert_eq!(facts, ward_watch::reading::facts_of(here, &source.id).await.unwrap());
    }
    let said = said(Rung::Attempted, &[], "", false);
    let confirmed = confirm(here, &node.may(Verb::Confirm, Resource::Confirmation, said)).await.unwrap();
    assert_eq!(lookback::findings(here).await.unwrap()[REPORT].finding, confirmed.finding);
    let all = ward_watch::receive::received(here).await.unwrap();
    let listed = ward_watch::receive::listed(here).await.unwrap();
    let key = |id: &str, modified: &str| (id.to_owned(), modified.to_owned());
    assert_eq!(
        listed.iter().map(|one| key(&one.report_id, &one.modified)).collect::<Vec<_>>(),
        all.iter().map(|one| key(&one.report_id, &one.modified)).collect::<Vec<_>>()
    );
    let (newest, alert) = ward_watch::receive::newest(here, REPORT).await.unwrap().unwrap();
    assert_eq!((newest.tlp, &newest), (alert.tlp, &listed[0]));
    assert!(ward_watch::receive::newest(here, "report--x").await.unwrap().is_none());
}

async fn a_named_person_confirms(database: TestDatabase) {
    let node = with_attack(database).await;
    let may = |said: Confirm| node.may(Verb::Confirm, Resource::Confirmation, said);
    let refused = [said(Rung::Accessed, &[], "", false), said(Rung::Accessed, &[(5, " ")], "", false)];
    for wrong in refused {
        assert!(confirm(&node.here, &may(wrong)).await.is_err());
    }
    let result = confirm(&node.here, &may(said(Rung::Attempted, &[], "", false))).await.unwrap();
    assert_eq!(result.finding, Finding::Confirmed(Rung::Attempted));
    let newest = |answers: Vec<(ward_stix::answer::Answer, String)>| {
        answers.into_iter().rfind(|(answer, _)| answer.of_ref == REPORT).unwrap()
    };
    let (answer, state) = newest(node.answers().await);
    assert_eq!((answer.confirmed_by.as_deref(), state.as_str()), (Some("Ida Fields, IT director"), "held"));
    // It can go with the act itself, and a later look-back does not take it back.
    let counts = [(76_000, "voters whose records could be read")];
    confirm(&node.here, &may(said(Rung::Accessed, &counts, "", true))).await.unwrap();
    assert_eq!(node.look_back().await.finding, Finding::Confirmed(Rung::Accessed));
    let (answer, state) = newest(node.answers().await);
    assert_eq!((answer.finding, state.as_str()), (Finding::Confirmed(Rung::Accessed), "released"));
    assert_eq!(answer.counts[0].value, 76_000);
    assert_eq!(answer.released_by.as_deref(), Some("Ida Fields, IT director"));
    assert_eq!(node.answers().await.iter().filter(|(_, state)| state == "released").count(), 2);
    let entry = ward_store::entry_of(&node.here.store, REPORT, "event.confirmed").await.unwrap();
    assert!(entry.is_some());
    node.verify_record().await;
}

async fn a_false_alarm_is_dismissed(database: TestDatabase) {
    let mut node = with_attack(database).await;
    node.settings(Release::Automatic, None).await;
    let dismissed = |reason: &str| Dismiss { report_id: REPORT.to_owned(), reason: reason.to_owned(), release: false };
    assert!(dismiss(&node.here, &node.may(Verb::Confirm, Resource::Confirmation, dismissed(" "))).await.is_err());
    let permitted = node.may(Verb::Confirm, Resource::Confirmation, dismissed("our own test of Monday"));
    let result = dismiss(&node.here, &permitted).await.unwrap();
    assert_eq!((result.finding, result.events_dismissed), (Finding::NotSeen, 1));
    let answers = node.answers().await;
    let (answer, state) = answers.iter().rfind(|(answer, _)| answer.of_ref == REPORT).unwrap();
    assert_eq!((answer.finding, state.as_str()), (Finding::NotSeen, "released"));
    assert!(answer.counts[0].definition.contains("Ida Fields, IT director reviewed"));
    // The hub learns which indicator it was, and not why.
    assert_eq!(answer.false_alarms, [indicator_id(0)]);
    let left_out = ward_watch::quality::not_blocked(&node.here).await.unwrap();
    assert!(left_out[0].verdict.reasons.iter().any(|reason| reason.contains("false alarm: our own test of Monday")));
    assert!(ward_watch::allow::block_feed(&node.here).await.unwrap().iter().all(|line| line.value != BAD));
    assert!(node.bodies().await.iter().all(|body| !body.contains("Monday")));
    assert_eq!(node.look_back().await.finding, Finding::NotSeen);
    assert_eq!(node.answers().await.len(), answers.len());
    // What comes after is a match again.
    node.set_clock(now() + HOUR);
    let path = node.logs("web").join("access.log");
    std::fs::write(&path, format!("{}{}", std::fs::read_to_string(&path).unwrap(), attack(asked().1 - HOUR))).unwrap();
    node.read().await;
    let result = node.look_back().await;
    assert_eq!((result.finding, result.events_matched), (Finding::MatchUnderReview, 2));
    node.verify_record().await;
}

async fn a_person_knows_better(database: TestDatabase) {
    let node = node(database).await;
    node.alert(asked().0, &[address(BAD)]).await;
    node.with_log(&full_log()).await;
    let may = |said: Confirm| node.may(Verb::Confirm, Resource::Confirmation, said);
    assert!(confirm(&node.here, &may(said(Rung::Scanned, &[], "", true))).await.is_err());
    let permitted = may(said(Rung::Scanned, &[], "the firewall, which Ward does not read, shows it", true));
    let result = confirm(&node.here, &permitted).await.unwrap();
    assert_eq!(result.finding, Finding::Confirmed(Rung::Scanned));
    assert_eq!(node.answers().await[0].0.count, 0);
    let mut token = node.ida.clone();
    token.person_id = None;
    let by_token =
        ward_directory::permit(&token, Verb::Confirm, Resource::Confirmation, said(Rung::Scanned, &[], "x", true));
    assert!(confirm(&node.here, &by_token.unwrap()).await.is_err());
}

async fn a_name_stands_beside_the_answer_only_when_it_is_released(database: TestDatabase) {
    let node = with_attack(database).await;
    let newest = async || {
        let answers = node.answers().await;
        let (answer, state) = answers.into_iter().rfind(|(answer, _)| answer.of_ref == REPORT).unwrap();
        (answer.is_name_released, state)
    };
    let say = async |is_released: bool, beside: Finding, release: bool| {
        let said = NameRelease { report_id: REPORT.to_owned(), is_released, beside, release };
        release_name(&node.here, &node.may(Verb::Release, Resource::Answer, said)).await.unwrap();
    };
    let (matched, attempted) = (Finding::MatchUnderReview, Finding::Confirmed(Rung::Attempted));
    let confirmed = async |rung: Rung, counts: &[(u64, &str)]| {
        let permitted = node.may(Verb::Confirm, Resource::Confirmation, said(rung, counts, "", true));
        confirm(&node.here, &permitted).await.unwrap();
    };
    assert_eq!(newest().await, (false, "held".to_owned()));
    assert_eq!(name_said(&node.here, REPORT).await.unwrap(), None);
    say(true, Finding::NotSeen, true).await;
    assert_eq!(newest().await, (false, "released".to_owned()), "the person had not seen the match yet");
    say(true, matched, false).await;
    assert_eq!(newest().await, (true, "held".to_owned()), "it leaves as the owner has set");
    say(true, matched, true).await;
    assert_eq!(newest().await, (true, "released".to_owned()));
    assert!(!asks_again(&node).await);
    // It does not go with something worse, until somebody lets it.
    confirmed(Rung::Attempted, &[]).await;
    assert_eq!(newest().await, (false, "released".to_owned()));
    assert!(asks_again(&node).await);
    say(true, attempted, true).await;
    assert_eq!(newest().await, (true, "released".to_owned()));
    assert!(!asks_again(&node).await);
    confirmed(Rung::Scanned, &[]).await;
    assert_eq!(newest().await, (true, "released".to_owned()), "it stays with what is milder");
    // Nor does it go with more than the person was shown, whatever they let it.
    say(true, Finding::Confirmed(Rung::DataTaken), true).await;
    confirmed(Rung::Accessed, &[(1, "accounts")]).await;
    assert_eq!(newest().await, (false, "released".to_owned()));
    say(true, Finding::Confirmed(Rung::Accessed), true).await;
    // Taken back, it leaves at once although each answer waits for a person here.
    say(false, attempted, false).await;
    assert_eq!(newest().await, (false, "released".to_owned()));
    assert!(!asks_again(&node).await);
    let last = name_said(&node.here, REPORT).await.unwrap().unwrap();
    assert_eq!((last.is_released, last.person.as_str()), (false, "Ida Fields, IT director"));
    let unknown = NameRelease { report_id: "report--x".to_owned(), is_released: true, beside: matched, release: true };
    assert!(release_name(&node.here, &node.may(Verb::Release, Resource::Answer, unknown)).await.is_err());
    node.verify_record().await;
}

/// Whether the node asks to release the name again.
async fn asks_again(node: &Node) -> bool {
    let tasks = ward_watch::task::tasks(&node.here, &node.ida).await.unwrap();
    tasks.iter().any(|task| task.kind == ward_watch::task::Kind::ReleaseName && task.id == REPORT)
}

async fn what_the_hub_has_of_the_name_is_told_by_what_it_took(database: TestDatabase) {
    let node = with_attack(database).await;
    let told = async || {
        let allowed = node.may(Verb::See, Resource::Answer, REPORT.to_owned());
        let made = ward_watch::review::what_left(&node.here, &allowed).await.unwrap();
        ward_watch::name::beside(REPORT, &made).unwrap()
    };
    let say = async |is_released: bool, release: bool| {
        let beside = Finding::MatchUnderReview;
        let said = NameRelease { report_id: REPORT.to_owned(), is_released, beside, release };
        release_name(&node.here, &node.may(Verb::Release, Resource::Answer, said)).await.unwrap();
    };
    // As sending leaves it.
    let arrives = async |state: &str| {
        let mut tx = node.here.store.begin().await.unwrap();
        let sql = "UPDATE sent_answer SET state = $1, sent_at = made_at WHERE state = 'released'";
        tx.execute(sql, ward_store::values![state]).await.unwrap();
        tx.commit().await.unwrap();
    };
    let expect = |is_shown, next| Beside { is_shown, next };
    assert_eq!(told().await, expect(false, None));
    say(true, false).await;
    assert_eq!(told().await, expect(false, Some(Next::Held)));
    say(true, true).await;
    assert_eq!(told().await, expect(false, Some(Next::OnItsWay)));
    arrives("receipted").await;
    assert_eq!(told().await, expect(true, None));
    say(false, false).await;
    assert_eq!(told().await, expect(true, Some(Next::OnItsWay)), "it still stands there");
    arrives("refused-by-hub").await;
    assert_eq!(told().await, expect(true, None), "and does while the hub takes nothing else");
    say(false, false).await;
    arrives("sent").await;
    assert_eq!(told().await, expect(false, None));
}
