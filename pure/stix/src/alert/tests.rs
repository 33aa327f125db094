//! Alerts there and back, and what keeps one from being published.

use super::*;
use crate::validate::{Options, validate};

fn alert() -> Alert {
    Alert {
        report_id: "report--18cf5367-0c47-44e6-89f5-e330142721c0".to_owned(),
        created_by_ref: WARD_IDENTITY_ID.to_owned(),
        created: "2016-08-18T14:00:00.000Z".to_owned(),
        modified: "2016-08-18T14:00:00.000Z".to_owned(),
        headline: "Two state voter registration sites were attacked".to_owned(),
        who_must_act: "Whoever runs the voter registration website.".to_owned(),
        steps: vec!["Search the web server's logs since June.".to_owned()],
        confidence: Confidence::Moderate,
        why_different: "The same addresses were used in both states.".to_owned(),
        stops_mattering_at: 1_480_000_000_000_000,
        tlp: Tlp::Amber,
        indicator_refs: vec!["indicator--ae518b13-4e7f-405d-894f-a4ddb815113f".to_owned()],
        search_from: 1_464_739_200_000_000,
        search_until: 1_471_528_800_000_000,
        correction: None,
    }
}

fn codes(alert: &Alert) -> Vec<String> {
    problems(alert).iter().map(|problem| format!("{} {}", problem.code, problem.path)).collect()
}

#[test]
fn an_alert_comes_back_as_it_went() {
    let corrected = Alert {
        correction: Some(Correction {
            of_modified: "2016-08-18T14:00:00.000Z".to_owned(),
            what_changed: "One address was wrong.".to_owned(),
        }),
        modified: "2016-08-19T14:00:00.000Z".to_owned(),
        confidence: Confidence::High,
        tlp: Tlp::Red,
        ..alert()
    };
    for alert in [alert(), corrected] {
        let object = Object::parse(&to_object(&alert)).unwrap();
        assert_eq!(from_object(&object), Ok(alert.clone()));
        assert_eq!(object.text("description"), Some(alert.headline.as_str()));
        assert_eq!(crate::validate::check(&object), []);
        assert_eq!(validate(object.value(), &Options::default()).errors, []);
        assert_eq!(problems(&alert), []);
        let json = serde_json::to_string(&alert).unwrap();
        assert_eq!(serde_json::from_str::<Alert>(&json).unwrap(), alert);
    }
}

#[test]
fn what_is_missing_is_named() {
    type Change = fn(&mut Alert);
    let cases: [(&str, Change); 17] = [
        ("length headline", |alert| alert.headline = "Attack!".to_owned()),
        ("length headline", |alert| alert.headline = "a".repeat(121)),
        ("link headline", |alert| alert.headline = "See https example org for this".to_owned()),
        ("missing who_must_act", |alert| alert.who_must_act = "  ".to_owned()),
        ("link who_must_act", |alert| alert.who_must_act = "Whoever runs vote.example.com".to_owned()),
        ("missing steps", |alert| alert.steps.clear()),
        ("length steps", |alert| alert.steps = vec!["Call.".to_owned(); 6]),
        ("missing steps[0]", |alert| alert.steps = vec![String::new()]),
        ("length steps[0]", |alert| alert.steps = vec!["a".repeat(201)]),
        ("link steps[0]", |alert| alert.steps = vec!["Go to www.example".to_owned()]),
        ("link steps[0]", |alert| alert.steps = vec!["Block evil[.]example[.]org".to_owned()]),
        ("missing why_different", |alert| alert.why_different.clear()),
        ("order stops_mattering_at", |alert| alert.stops_mattering_at = 0),
        ("order search_until", |alert| alert.search_until = alert.search_from),
        ("missing indicator_refs", |alert| alert.indicator_refs.clear()),
        ("id indicator_refs[0]", |alert| alert.indicator_refs = vec!["malware--1".to_owned()]),
        ("order modified", |alert| alert.modified = "2015-01-01T00:00:00Z".to_owned()),
    ];
    for (expected, change) in cases {
        let mut alert = alert();
        change(&mut alert);
        assert_eq!(codes(&alert), [expected]);
    }
}

#[test]
fn other_objects_are_no_alerts() {
    let report = |json: Value| from_object(&Object::parse(json.to_string().as_bytes()).unwrap());
    assert_eq!(report(json!({"type": "report", "id": "report--1"})), Err(AlertError::NotAnAlert));
    let mut value: Value = serde_json::from_slice(&to_object(&alert())).unwrap();
    value["extensions"][EXTENSION_ID]["steps"] = json!("one");
    assert_eq!(report(value.clone()), Err(AlertError::Property { property: "steps" }));
    value["type"] = json!("note");
    assert_eq!(report(value), Err(AlertError::NotAnAlert));
    let mut unmarked: Value = serde_json::from_slice(&to_object(&alert())).unwrap();
    unmarked["object_marking_refs"] = json!([]);
    assert_eq!(report(unmarked), Err(AlertError::Property { property: "object_marking_refs" }));
}

#[test]
fn the_objects_that_go_with_an_alert_keep_the_standard() {
    let indicator = indicator_object(&IndicatorFacts {
        id: "indicator--ae518b13-4e7f-405d-894f-a4ddb815113f",
        created_by_ref: WARD_IDENTITY_ID,
        created: "2016-08-18T14:00:00.000Z",
        modified: "2016-08-18T14:00:00.000Z",
        name: "192.0.2.1",
        description: Some("Seen in both states"),
        pattern: "[ipv4-addr:value = '192.0.2.1']",
        tlp: Tlp::Green,
        valid_from: "2016-08-18T14:00:00.000Z",
        valid_until: Some("2017-08-18T14:00:00.000Z"),
        revoked: true,
    });
    let identity = identity_object(&IdentityFacts {
        id: WARD_IDENTITY_ID,
        created: "2016-08-18T14:00:00.000Z",
        modified: "2016-08-18T14:00:00.000Z",
        name: "A hub",
        identity_class: "organization",
        tlp: Tlp::Clear,
    });
    for bytes in [indicator, identity, extension_definition(), crate::answer::extension_definition()] {
        let object = Object::parse(&bytes).unwrap();
        assert_eq!(crate::validate::check(&object), [], "{}", object.id());
        assert_eq!(validate(object.value(), &Options::default()).errors, [], "{}", object.id());
    }
}
