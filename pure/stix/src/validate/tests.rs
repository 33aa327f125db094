//! No JSON makes a validation panic, and what it finds can be told where it is.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Options, catalogue, validate, validate_document, validate_text};
use crate::marking::Portions;
use crate::object::Object;

/// Any JSON, with names, types and ids that lead deep into the catalogue.
fn any_json() -> impl Strategy<Value = Value> {
    let names = [
        "type",
        "id",
        "extensions",
        "objects",
        "granular_markings",
        "selectors",
        "hashes",
        "name",
        "value",
        "pattern",
        "pattern_type",
        "definition",
        "external_references",
        "contents",
        "x_a",
        "ntfs-ext",
        "created",
        "values",
    ];
    let texts = [
        "file",
        "indicator",
        "bundle",
        "observed-data",
        "marking-definition",
        "language-content",
        "stix",
        "[a:b = 1]",
        "file--ff1e0780-358c-5808-a8c7-d0fca4ef6ef4",
        "x-a--",
        "2016-13-12T08:17:27.000Z",
        "a.[0]",
        "é--é-é",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        any::<String>().prop_map(Value::from),
        prop::sample::select(texts.to_vec()).prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        let name = prop_oneof![any::<String>(), prop::sample::select(names.to_vec()).prop_map(str::to_owned)];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(name, inner, 0..8).prop_map(|members| json!(members)),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_makes_it_panic(value in any_json(), is_strict in any::<bool>()) {
        let mut options = Options::default();
        options.strict_properties = is_strict;
        options.strict_types = is_strict;
        let whole = validate(&value, &options);
        let each = validate_document(&value, &options);
        prop_assert!(!each.is_empty() || value.as_array().is_some_and(Vec::is_empty));
        prop_assert!(value.is_object() || value.is_array() || !whole.is_valid(false));
    }

    #[test]
    fn every_type_takes_any_member(member in any_json(), place in 0_usize..64) {
        for kind in ["indicator", "file", "network-traffic", "malware", "email-message", "location", "sighting"] {
            let properties = catalogue::find(kind).unwrap().structure.properties;
            let name = properties.get(place % properties.len()).unwrap().name;
            let object = json!({"type": kind, "id": member, name: member, "extensions": {"windows-pebinary-ext": member}});
            prop_assert!(!validate(&object, &Options::default()).is_valid(false));
        }
    }

    #[test]
    fn no_text_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = validate_text(&bytes, &Options::default());
    }
}

#[test]
fn places_are_told() {
    let sighting = json!({
        "type": "sighting", "spec_version": "2.1", "id": "sighting--6b0e3956-95f3-4c04-a882-116832996da0",
        "created": "2016-08-22T14:09:00.123Z", "modified": "2016-08-22T14:09:00.122Z",
        "sighting_of_ref": "bundle--36ffb872-1dd9-446e-b6f5-d58527e5b5d2",
        "external_references": [{"source_name": "a", "url": "x"}], "x_mine": [],
    });
    let bundle = json!({
        "type": "bundle", "id": "bundle--44af6c39-c09b-49c5-9de2-394224b04982", "objects": [sighting, 5]
    });
    let report = validate(&bundle, &Options::default());
    let places = |problems: &[super::Problem]| {
        let places = problems.iter().map(|problem| format!("{} {}", problem.code, problem.path));
        places.collect::<Vec<String>>()
    };
    assert_eq!(
        places(&report.errors),
        [
            "format objects[0].external_references[0].url",
            "reference-type objects[0].sighting_of_ref",
            "empty-list objects[0].x_mine",
            "order objects[0].modified",
            "wrong-type objects[1]",
        ]
    );
    assert_eq!(
        places(&report.warnings),
        ["extref-hashes objects[0].external_references[0].hashes", "extensions-use objects[0].x_mine",]
    );
    let verdicts = validate_document(&bundle, &Options::default());
    let valid: Vec<(&str, bool)> = verdicts.iter().map(|verdict| (verdict.id.as_str(), verdict.valid)).collect();
    let ids = ["bundle--44af6c39-c09b-49c5-9de2-394224b04982", "sighting--6b0e3956-95f3-4c04-a882-116832996da0", ""];
    assert_eq!(valid, [(ids[0], true), (ids[1], false), (ids[2], false)]);
}

#[test]
fn nesting_is_bounded() {
    let mut deep = json!("x");
    for _ in 0..100 {
        deep = json!([deep]);
    }
    let report = validate(&json!({"type": "url", "x_a": deep}), &Options::default());
    assert!(report.errors.iter().any(|error| error.code == "too-deep"), "{report:?}");
}

/// Found by fuzzing: a marking whose selector the hub's check let pass and the markings did not, or the other way, would be two answers to who may
/// see a portion.
#[test]
fn selectors_are_read_as_the_markings_read_them() {
    for (selector, is_right) in
        [("name", true), ("labels.[1]", true), ("labels.[+1]", false), ("labels.[01]", false), ("labels.[2]", false)]
    {
        let marking = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1";
        let text = json!({"type": "x-a", "id": "x-a--ff1e0780-358c-4808-a8c7-d0fca4ef6ef4", "name": "n", "labels": ["a", "b"],
            "granular_markings": [{"marking_ref": marking, "selectors": [selector]}]});
        let object = Object::parse(text.to_string().as_bytes()).unwrap();
        let refused = super::check(&object).iter().any(|problem| problem.code == "selector");
        assert_eq!((refused, Portions::of(&object).malformed.is_empty()), (!is_right, is_right), "{selector}");
    }
}
