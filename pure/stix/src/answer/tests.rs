//! Answers there and back, and claims without the means to make them.

use super::*;
use crate::validate::{Options, validate};

fn id(kind: &str) -> String {
    format!("{kind}--ae518b13-4e7f-405d-894f-a4ddb815113f")
}

fn source() -> SourceCoverage {
    SourceCoverage {
        name: "www".to_owned(),
        kind: "web log".to_owned(),
        events_read: 99_000,
        lines_read: 100_000,
        lines_rejected: 1_000,
        hours_asked: 100,
        hours_with_data: 95,
        first_event: Some(1_464_739_200_000_000),
        last_event: Some(1_471_528_800_123_456),
        blind_because: None,
    }
}

fn not_seen() -> Answer {
    Answer {
        sighting_id: id("sighting"),
        of_ref: id("report"),
        where_sighted_ref: id("identity"),
        answered_by_ref: id("identity"),
        created: "2016-08-19T14:00:00.000Z".to_owned(),
        modified: "2016-08-19T14:00:00.000Z".to_owned(),
        period_from: 1_464_739_200_000_000,
        period_until: 1_471_528_800_000_000,
        finding: Finding::NotSeen,
        sources: vec![source()],
        indicators: vec![IndicatorResult {
            indicator_ref: id("indicator"),
            seen: Seen::NotSeen,
            count: 0,
            first: None,
            last: None,
            outside_validity: false,
        }],
        confirmed_by: None,
        counts: Vec::new(),
        false_alarms: Vec::new(),
        released_by: None,
        is_name_released: false,
        count: 0,
        first_seen: None,
        last_seen: None,
        tlp: Tlp::Amber,
    }
}

fn accessed() -> Answer {
    let mut answer = not_seen();
    answer.finding = Finding::Confirmed(Rung::Accessed);
    answer.confirmed_by = Some("A. Person, Director".to_owned());
    answer.counts = vec![CountWithDefinition { value: 12, definition: "records shown to the intruder".to_owned() }];
    answer.released_by = Some("B. Person".to_owned());
    answer.count = 2_000_000_000;
    answer.first_seen = Some(1_464_739_200_000_001);
    answer.last_seen = Some(1_464_739_300_000_000);
    for result in &mut answer.indicators {
        result.seen = Seen::Seen;
        result.count = 2_000_000_000;
        result.outside_validity = true;
        (result.first, result.last) = (answer.first_seen, answer.last_seen);
    }
    answer
}

#[test]
fn an_answer_comes_back_as_it_went() {
    let mut blind = not_seen();
    blind.finding = Finding::Blind;
    blind.sources = Vec::new();
    blind.indicators[0].seen = Seen::CouldNotBeSeen { reason: "a hash in a web log".to_owned() };
    for answer in [not_seen(), accessed(), blind] {
        let object = Object::parse(&to_object(&answer)).unwrap();
        assert_eq!(from_object(&object).unwrap(), answer);
        assert_eq!(crate::validate::check(&object), []);
        assert_eq!(validate(object.value(), &Options::default()).errors, []);
        assert_eq!(problems(&answer), []);
        assert_eq!(object.text("first_seen").is_some(), answer.count > 0);
        let json = serde_json::to_string(&answer).unwrap();
        assert_eq!(serde_json::from_str::<Answer>(&json).unwrap(), answer);
    }
}

fn check(answer: Answer, change: fn(&mut Answer), expected: &[&str]) {
    let mut answer = answer;
    change(&mut answer);
    let found: Vec<String> =
        problems(&answer).iter().map(|problem| format!("{} {}", problem.code, problem.path)).collect();
    assert_eq!(found, expected);
}

#[test]
fn not_seen_needs_its_coverage() {
    check(not_seen(), |answer| answer.sources.clear(), &["coverage sources"]);
    check(not_seen(), |answer| answer.sources[0].hours_with_data = 94, &["coverage sources[0]"]);
    check(not_seen(), |answer| answer.sources[0].hours_asked = 0, &["coverage sources[0]"]);
    check(not_seen(), |answer| answer.sources[0].lines_rejected = 1_001, &["coverage sources[0]"]);
    check(not_seen(), |answer| answer.sources[0].blind_because = Some("proxy".to_owned()), &["coverage sources[0]"]);
    check(
        not_seen(),
        |answer| answer.indicators[0].seen = Seen::CouldNotBeSeen { reason: "hash".to_owned() },
        &["coverage indicators[0]"],
    );
    check(not_seen(), |answer| answer.count = 1, &["finding finding"]);
}

#[test]
fn what_is_claimed_fits_together() {
    check(accessed(), |answer| answer.confirmed_by = Some(" ".to_owned()), &["missing confirmed_by"]);
    check(accessed(), |answer| answer.counts.clear(), &["missing counts"]);
    check(accessed(), |answer| answer.counts[0].definition.clear(), &["definition counts[0].definition"]);
    check(accessed(), |answer| answer.finding = Finding::Blind, &["finding finding"]);
    check(accessed(), |answer| answer.last_seen = Some(0), &["order first_seen"]);
    check(accessed(), |answer| answer.indicators[0].first = None, &["order indicators[0]"]);
    check(accessed(), |answer| answer.indicators[0].seen = Seen::NotSeen, &["count indicators[0]"]);
    check(
        accessed(),
        |answer| {
            answer.counts.clear();
            answer.finding = Finding::Confirmed(Rung::Attempted);
        },
        &[],
    );
    check(
        not_seen(),
        |answer| {
            answer.finding = Finding::PartlySearched;
            answer.indicators[0].seen = Seen::Seen;
        },
        &["count indicators[0]", "count count"],
    );
    check(not_seen(), |answer| answer.finding = Finding::MatchUnderReview, &["finding finding"]);
    check(not_seen(), |answer| answer.of_ref = "malware--1".to_owned(), &["id of_ref"]);
    check(not_seen(), |answer| answer.period_until = 0, &["order period_until"]);
}

#[test]
fn the_ladder_has_an_order_and_two_forms() {
    assert!(Rung::ALL.is_sorted());
    for rung in Rung::ALL {
        assert_eq!(Rung::of_text(rung.text()), Some(rung));
        assert_eq!(Rung::of_text(rung.plain()), Some(rung));
        assert_eq!(serde_json::to_value(rung).unwrap(), rung.text());
    }
    assert_eq!(Finding::Confirmed(Rung::DataTaken).plain(), "confirmed: data taken");
    assert_eq!(serde_json::to_value(Finding::NotSeen).unwrap(), Finding::NotSeen.text());
}

#[test]
fn ids_are_the_same_again_and_differ_otherwise() {
    let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let made = sighting_id(one, "report--1", "identity--1");
    assert!(crate::id::is_of(&made, "sighting"));
    assert_eq!(made, sighting_id(one, "report--1", "identity--1"));
    for different in [
        sighting_id(other, "report--1", "identity--1"),
        sighting_id(one, "report--2", "identity--1"),
        sighting_id(one, "report--1", "identity--2"),
    ] {
        assert_ne!(made, different);
    }
}

#[test]
fn other_objects_are_no_answers() {
    let object = |value: &Value| Object::parse(value.to_string().as_bytes()).unwrap();
    let mut value: Value = serde_json::from_slice(&to_object(&not_seen())).unwrap();
    value["where_sighted_refs"] = json!(["identity--1", "identity--2"]);
    assert!(matches!(from_object(&object(&value)), Err(AnswerError::Property { property: "where_sighted_refs" })));
    value["where_sighted_refs"] = json!(["identity--1"]);
    value["extensions"][EXTENSION_ID]["finding"] = json!("fine");
    assert!(matches!(from_object(&object(&value)), Err(AnswerError::Extension(_))));
    value["extensions"] = json!({});
    assert!(matches!(from_object(&object(&value)), Err(AnswerError::NotAnAnswer)));
}
