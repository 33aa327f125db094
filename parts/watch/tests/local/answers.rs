//! What leaves, when, and how: versions, holding and releasing, and nothing private in any of it.

use ward_directory::permit;
use ward_policy::{Resource, Verb};
use ward_stix::answer::{Finding, SourceCoverage};
use ward_store::testing::TestDatabase;
use ward_watch::answer::{AnswerFor, answer_for};
use ward_watch::release::{Release, held, release};
use ward_watch::source::{Source, SourceOptions, remove_source};

use crate::setup::*;

ward_store::test_both!(
    nothing_private_leaves,
    the_same_is_not_said_twice,
    a_person_releases,
    automatic_answers_go_but_page_views_wait,
    live_hits_ask_for_a_look_back,
    what_was_withdrawn_is_corrected,
    a_state_answers_for_its_county,
    removed_sources_still_show_hits,
    very_many_indicators_fit_into_an_answer,
);

fn attack(time: i64) -> String {
    line(BAD, time, "GET /voters/lookup?name=Smith&id=5%27+or+1=1 HTTP/1.1", 200, 900_000, "sqlmap/1.0")
}

async fn nothing_private_leaves(database: TestDatabase) {
    let node = node(database).await;
    let given = [
        address(BAD),
        active("[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'sqlmap/1.0']"),
    ];
    node.alert(asked().0, &given).await;
    let text = format!("{}{}{}", full_log(), attack(asked().0 + HOUR), attack(asked().0 + 2 * HOUR));
    node.with_log(&text).await;
    let result = node.look_back().await;
    assert_eq!((result.finding, result.events_matched), (Finding::MatchUnderReview, 2));
    assert_eq!(result.proposal.rung, Some(ward_stix::answer::Rung::Accessed), "{:?}", result.proposal);
    let answers = node.answers().await;
    assert_eq!(answers.len(), 3);
    assert!(answers.iter().all(|(answer, _)| answer.count == 2 && answer.where_sighted_ref == OWN_IDENTITY));
    let private = [
        "198.51.100",
        "192.0.2",
        "203.0.113",
        "sqlmap",
        "Smith",
        "lookup",
        "polling-places",
        "Mozilla",
        "/web",
        "access.log",
    ];
    for body in node.bodies().await {
        for word in private {
            assert!(!body.contains(word), "{word} is in {body}");
        }
        assert!(body.contains("marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"));
    }
}

async fn the_same_is_not_said_twice(database: TestDatabase) {
    let mut node = node(database).await;
    node.set_clock(asked().0 + 2 * DAY);
    node.alert(asked().0, &[address(BAD)]).await;
    let source = node.logs("web").join("access.log");
    std::fs::write(&source, log(asked().0, asked().0 + 2 * DAY)).unwrap();
    node.declare("web", &node.logs("web"), SourceOptions::default()).await;
    node.read().await;
    node.look_back().await;
    assert!(node.jobs("look-back").await.iter().any(|data| data.contains("has ended")));
    // More hours of the same: nothing new to say.
    node.set_clock(asked().0 + 2 * DAY + 12 * HOUR);
    std::fs::write(&source, log(asked().0, asked().0 + 2 * DAY + 12 * HOUR)).unwrap();
    node.read().await;
    node.look_back().await;
    assert_eq!(node.answers().await.len(), 1);
    // The period has ended since.
    node.set_clock(now());
    std::fs::write(&source, full_log()).unwrap();
    node.read().await;
    node.look_back().await;
    node.look_back().await;
    let answers = node.answers().await;
    assert_eq!(answers.len(), 2);
    let (first, second) = (&answers[0], &answers[1]);
    assert_eq!((first.1.as_str(), second.1.as_str()), ("superseded", "held"));
    assert_eq!((&first.0.sighting_id, &first.0.created), (&second.0.sighting_id, &second.0.created));
    assert!(second.0.modified > first.0.modified);
    assert_eq!(second.0.period_until, asked().1);
    // A day later only other figures make a new version.
    node.set_clock(now() + 2 * DAY);
    node.look_back().await;
    assert_eq!(node.answers().await.len(), 2);
    std::fs::write(&source, format!("{}worker exited\n", full_log())).unwrap();
    node.read().await;
    node.look_back().await;
    assert_eq!(node.answers().await.len(), 3);
    node.verify_record().await;
}

async fn a_person_releases(database: TestDatabase) {
    let node = node(database).await;
    node.alert(asked().0, &[address(BAD)]).await;
    node.with_log(&format!("{}{}", full_log(), attack(asked().0))).await;
    node.look_back().await;
    let waiting = held(&node.here, &node.may(Verb::See, Resource::Answer, ())).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].held_because, "a person releases answers here");
    assert!(node.jobs("send-answers").await.is_empty());
    let sighting = waiting[0].sighting_id.clone();
    assert!(permit(&node.administrator, Verb::Release, Resource::Answer, sighting.clone()).is_err());
    let released = release(&node.here, &node.may(Verb::Release, Resource::Answer, sighting.clone())).await.unwrap();
    assert_eq!(released, 2);
    for (answer, state) in node.answers().await {
        assert_eq!(state, "released");
        assert_eq!(answer.released_by.as_deref(), Some("Ida Fields, IT director"));
    }
    assert_eq!(node.jobs("send-answers").await, [r#"{"hub_id":"hub-1"}"#]);
    assert!(release(&node.here, &node.may(Verb::Release, Resource::Answer, sighting)).await.is_err());
    node.verify_record().await;
}

async fn automatic_answers_go_but_page_views_wait(database: TestDatabase) {
    let node = node(database).await;
    node.settings(Release::Automatic, None).await;
    node.alert(asked().0, &[address(BAD)]).await;
    let source = node.with_log(&full_log()).await;
    assert_eq!(node.look_back().await.finding, Finding::NotSeen);
    assert_eq!(node.answers().await[0].1, "released");
    let append = |text: String| {
        let path = node.logs("web").join("access.log");
        std::fs::write(&path, format!("{}{text}", std::fs::read_to_string(&path).unwrap())).unwrap();
    };
    append(line(BAD, asked().0 + HOUR, "GET /polling-places HTTP/1.1", 200, 5_120, AGENT));
    node.read().await;
    let result = node.look_back().await;
    assert!(result.proposal.ordinary_page_views_only, "{source:?}");
    let (_, state) = node.answers().await.remove(1);
    assert_eq!(state, "held");
    append(attack(asked().0 + 2 * HOUR));
    node.read().await;
    node.look_back().await;
    let answers = node.answers().await;
    assert_eq!(answers.iter().filter(|(_, state)| state == "released").count(), 3, "{answers:#?}");
    assert_eq!(answers.iter().filter(|(_, state)| state == "superseded").count(), 2);
}

async fn live_hits_ask_for_a_look_back(database: TestDatabase) {
    let mut node = node(database).await;
    let expired = Given { valid_until: Some(asked().0 + HOUR), ..address(BAD) };
    node.alert(asked().0, &[expired]).await;
    node.with_log(&full_log()).await;
    node.look_back().await;
    let path = node.logs("web").join("access.log");
    let append = |text: String| {
        std::fs::write(&path, format!("{}{text}", std::fs::read_to_string(&path).unwrap())).unwrap();
    };
    // Outside its validity an indicator is no live hit, and is found by the next look-back with its label. There is a
    // next one even if no further line ever comes.
    node.set_clock(now() + HOUR / 2);
    node.clear_jobs().await;
    append(attack(asked().0 + 2 * HOUR));
    let readings = node.read().await;
    assert_eq!((readings[0].lines_read, readings[0].live_hits), (1, 0));
    let waiting = node.jobs("look-back").await;
    assert!(matches!(waiting.as_slice(), [one] if one.contains("new lines came")), "{waiting:?}");
    let result = node.look_back().await;
    assert!(result.indicators[0].outside_validity);
    assert_eq!(result.indicators[0].count, 1);
    // Inside, it asks at once.
    node.clear_jobs().await;
    append(attack(asked().0 + HOUR / 2));
    assert_eq!(node.read().await[0].live_hits, 1);
    assert_eq!(node.jobs("look-back").await[0], format!(r#"{{"report_id":"{REPORT}"}}"#));
    assert_eq!(node.read().await[0].lines_read, 0);
}

async fn what_was_withdrawn_is_corrected(database: TestDatabase) {
    let mut node = node(database).await;
    node.alert(asked().0, &[address(BAD), address("198.51.100.9")]).await;
    node.with_log(&format!("{}{}", full_log(), attack(asked().0))).await;
    node.look_back().await;
    assert_eq!(node.answers().await.len(), 2);
    // A correction revokes the indicator that was seen.
    let revoked = Given { state: "revoked", reason: "who made it has withdrawn it", ..address(BAD) };
    node.set_clock(now() + HOUR);
    node.alert(now(), &[revoked, address("198.51.100.9")]).await;
    let result = node.look_back().await;
    assert_eq!(result.finding, Finding::NotSeen, "{:?}", result.because);
    assert_eq!(result.not_searched.len(), 1);
    let answers = node.answers().await;
    assert_eq!(answers.len(), 4);
    let (correction, _) = answers.iter().rfind(|(answer, _)| answer.of_ref == indicator_id(0)).unwrap();
    assert_eq!((correction.count, correction.finding), (0, Finding::PartlySearched));
    // Quarantined ones keep the answer from being "not seen", with the reason.
    let broad = Given { state: "quarantined", reason: "the network is larger than a /16", ..address(BAD) };
    node.alert(now() + 1_000, &[broad]).await;
    let result = node.look_back().await;
    assert!(!is_not_seen(result.finding));
    assert!(result.not_searched[0].reason.contains("larger than a /16"));
}

async fn a_state_answers_for_its_county(database: TestDatabase) {
    let node = node(database).await;
    node.alert(asked().0, &[address(BAD)]).await;
    let county = "identity--55555555-5555-4555-8555-555555555555";
    let mut entered = AnswerFor {
        report_id: REPORT.to_owned(),
        hub_id: None,
        jurisdiction: county.to_owned(),
        jurisdiction_name: "Adams County".to_owned(),
        finding: Finding::NotSeen,
        period_from: asked().0,
        period_until: asked().1,
        sources: Vec::new(),
        indicators: Vec::new(),
        count: 0,
        first_seen: None,
        last_seen: None,
        counts: Vec::new(),
        what_it_was: String::new(),
        reason: "their vendor searched and called".to_owned(),
    };
    let permitted = |entered: &AnswerFor| node.may(Verb::Create, Resource::Answer, entered.clone());
    // Nobody says "not seen" without the coverage that makes it one.
    assert!(answer_for(&node.here, &permitted(&entered)).await.is_err());
    entered.finding = Finding::PartlySearched;
    let first = answer_for(&node.here, &permitted(&entered)).await.unwrap();
    entered.finding = Finding::NotSeen;
    entered.sources = vec![SourceCoverage {
        name: "web".to_owned(),
        kind: "combined".to_owned(),
        events_read: 10,
        lines_read: 10,
        lines_rejected: 0,
        hours_asked: 72,
        hours_with_data: 72,
        first_event: None,
        last_event: None,
        blind_because: None,
    }];
    let second = answer_for(&node.here, &permitted(&entered)).await.unwrap();
    assert_eq!(first, second);
    let answers = node.answers().await;
    assert_eq!(answers.len(), 2);
    let (answer, state) = &answers[1];
    assert_eq!((answer.where_sighted_ref.as_str(), answer.answered_by_ref.as_str()), (county, OWN_IDENTITY));
    assert_eq!(answer.released_by.as_deref(), Some("Ida Fields, IT director, answering for Adams County"));
    assert_eq!((state.as_str(), answer.finding), ("released", Finding::NotSeen));
    assert!(answers[1].0.modified > answers[0].0.modified && answers[0].0.created == answers[1].0.created);
    // What was found is not taken back without saying what it was, and that stays.
    let found = AnswerFor { finding: Finding::MatchUnderReview, count: 3, ..entered.clone() };
    answer_for(&node.here, &permitted(&found)).await.unwrap();
    assert!(answer_for(&node.here, &permitted(&entered)).await.is_err());
    entered.what_it_was = "our own scanner".to_owned();
    for _ in 0..2 {
        answer_for(&node.here, &permitted(&entered)).await.unwrap();
        let (answer, _) = node.answers().await.pop().unwrap();
        let told: Vec<(u64, &str)> = answer.counts.iter().map(|one| (one.value, one.definition.as_str())).collect();
        let expected = "events that matched and that Ida Fields, IT director reviewed and found to be a false alarm: our own scanner";
        assert_eq!(told, [(3, expected)]);
        entered.what_it_was.clear();
    }
    assert!(node.bodies().await.iter().all(|body| !body.contains("vendor")));
    assert_eq!(node.jobs("send-answers").await.len(), 1);
    node.verify_record().await;
}

async fn removed_sources_still_show_hits(database: TestDatabase) {
    let node = node(database).await;
    node.alert(asked().0, &[address(BAD)]).await;
    let source: Source = node.with_log(&format!("{}{}", full_log(), attack(asked().0))).await;
    remove_source(&node.here, &node.may(Verb::Delete, Resource::Source, source.clone())).await.unwrap();
    let result = node.look_back().await;
    assert_eq!((result.finding, result.sources.len()), (Finding::MatchUnderReview, 0));
    assert!(result.because.join(" ").contains("was removed"));
    // Declared again under its name it is the same source, and nothing is read twice.
    let folder = node.logs("web");
    let again = node.declare("web", &folder, SourceOptions::default()).await.source;
    assert_eq!(again.id, source.id);
    assert_eq!(node.read().await[0].lines_read, 0);
    assert_eq!(node.look_back().await.events_matched, 1);
    node.verify_record().await;
}

async fn very_many_indicators_fit_into_an_answer(database: TestDatabase) {
    let node = node(database).await;
    let given: Vec<Given> =
        (0..1_600).map(|number| address(&format!("198.51.{}.{}", 100 + number / 250, 1 + number % 250))).collect();
    node.alert(asked().0, &given).await;
    node.with_log(&full_log()).await;
    let result = node.look_back().await;
    assert_eq!((result.finding, result.indicators.len()), (Finding::NotSeen, 1_600));
    let (answer, _) = node.answers().await.remove(0);
    assert_eq!((answer.finding, answer.indicators.len(), answer.counts[0].value), (Finding::NotSeen, 0, 1_600));
    // The newest look-back says the same, so nothing new is made.
    node.look_back().await;
    assert_eq!(node.answers().await.len(), 1);
}
