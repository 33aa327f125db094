//! A table over types of objects, and what must be refused.

use serde_json::json;

use super::*;

const NEW: &str = "11111111-1111-4111-8111-111111111111";
const HUB: &str = "identity--22222222-2222-4222-8222-222222222222";
const SOURCE: &str = "identity--33333333-3333-4333-8333-333333333333";
const OLD: &str = "44444444-4444-4444-8444-444444444444";
const SEEN: &str = "indicator--55555555-5555-4555-8555-555555555555";
const HIDDEN: &str = "indicator--66666666-6666-4666-8666-666666666666";
const RELEASED: &str = "indicator--77777777-7777-4777-8777-777777777777";
const HAS_VERSION: &str = "indicator--88888888-8888-4888-8888-888888888888";
const AT: &str = "2018-05-03T12:00:00.000Z";

fn restricted(kind: &str, more: Value) -> Object {
    let mut object = json!({"type": kind, "spec_version": "2.1", "id": format!("{kind}--{OLD}")});
    let is_observable = ["ipv4-addr", "user-account"].contains(&kind);
    if !is_observable {
        object["created"] = "2018-01-01T00:00:00.000Z".into();
        object["modified"] = "2018-02-01T00:00:00.000Z".into();
        object["created_by_ref"] = SOURCE.into();
    }
    object["object_marking_refs"] = json!([Tlp::Red.official_id()]);
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Object::parse(object.to_string().as_bytes()).unwrap()
}

fn choice(choice: Value) -> Choice {
    let mut whole = json!({"tlp": "green"});
    whole.as_object_mut().unwrap().extend(choice.as_object().unwrap().clone());
    serde_json::from_value(whole).unwrap()
}

fn made(object: &Object, chosen: &Choice) -> Result<TearLine, TearLineError> {
    let id = format!("{}--{NEW}", object.kind());
    let audience = [(SEEN, SEEN), (HAS_VERSION, RELEASED)];
    let audience = audience.map(|(old, new)| (old.to_owned(), new.to_owned())).into();
    let unspoken = ["Bureau of Sources".to_owned()];
    let making = Making { id: &id, made_by: HUB, at: AT, audience: &audience, unspoken: &unspoken, lookup: &|_| None };
    make(object, chosen, &making)
}

fn indicator(more: Value) -> Object {
    let mut whole = json!({"name": "Callback of the implant", "description": "Seen by an agent in the field.", "pattern_type": "stix",
        "pattern": "[domain-name:value = 'bad.example']", "valid_from": "2018-01-01T00:00:00.000Z"});
    whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    restricted("indicator", whole)
}

/// Object, what is chosen, what is left beside what is always new, and what is said to be removed.
fn cases() -> Vec<(&'static str, Object, Choice, Value, Vec<&'static str>)> {
    let red = |selectors: &[&str]| json!([{"marking_ref": Tlp::Red.official_id(), "selectors": selectors}]);
    let body = json!({"pattern_type": "stix", "pattern": "[domain-name:value = 'bad.example']", "valid_from": "2018-01-01T00:00:00.000Z"});
    let with = |more: Value| {
        let mut whole = body.clone();
        whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        whole
    };
    let mixed = json!([{"marking_ref": Tlp::Amber.official_id(), "selectors": ["description"]},
        {"marking_ref": "marking-definition--99999999-9999-4999-8999-999999999999", "selectors": ["labels.[0]"]},
        {"marking_ref": Tlp::Clear.official_id(), "selectors": ["name"]}]);
    vec![
        (
            "an indicator whose description is marked",
            indicator(json!({"granular_markings": red(&["description"])})),
            choice(json!({})),
            with(json!({"name": "Callback of the implant"})),
            vec!["description"],
        ),
        (
            "markings wider, stricter and not understood",
            indicator(json!({"labels": ["insider-reported", "c2"], "granular_markings": mixed})),
            choice(json!({})),
            with(json!({"name": "Callback of the implant", "labels": ["c2"]})),
            vec!["description", "labels.[0]"],
        ),
        (
            "what a person removes and replaces",
            indicator(json!({})),
            choice(json!({"remove": ["name"], "replace": {"description": "Block it."}})),
            with(json!({"description": "Block it."})),
            vec!["name"],
        ),
        (
            "a text takes the place of a marked one",
            indicator(json!({"granular_markings": red(&["name", "description"])})),
            choice(json!({"replace": {"name": "Callback"}})),
            with(json!({"name": "Callback"})),
            vec!["description"],
        ),
        (
            "what only a person can keep",
            indicator(
                json!({"x_case": "A-1", "x_note": "n", "external_references": [{"source_name": "report", "external_id": "7", "url": "https://x.example/"}],
            "extensions": {"extension-definition--aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa": {"extension_type": "property-extension", "a": 1}}}),
            ),
            choice(
                json!({"keep": ["external_references", "x_note"], "remove": ["external_references.[0].url", "name", "description"]}),
            ),
            with(json!({"external_references": [{"source_name": "report", "external_id": "7"}], "x_note": "n"})),
            vec!["description", "extensions", "external_references.[0].url", "name", "x_case"],
        ),
        (
            "a report names only what is seen, by the name that is seen",
            restricted(
                "report",
                json!({"name": "Report", "published": "2018-02-01T00:00:00.000Z",
            "object_refs": [SEEN, HIDDEN, HAS_VERSION]}),
            ),
            choice(json!({})),
            json!({"name": "Report", "published": "2018-02-01T00:00:00.000Z", "object_refs": [SEEN, RELEASED]}),
            vec!["object_refs.[1]"],
        ),
        (
            "malware with a sample that is not seen",
            restricted(
                "malware",
                json!({"name": "Loader", "is_family": false,
            "sample_refs": ["file--66666666-6666-4666-8666-666666666666"]}),
            ),
            choice(json!({})),
            json!({"name": "Loader", "is_family": false}),
            vec!["sample_refs.[0]"],
        ),
        (
            "a threat actor without its aliases",
            restricted(
                "threat-actor",
                json!({"name": "Actor", "aliases": ["Our name for them", "Bear"], "goals": ["theft"],
            "granular_markings": red(&["aliases.[0]"])}),
            ),
            choice(json!({"remove": ["goals"]})),
            json!({"name": "Actor", "aliases": ["Bear"]}),
            vec!["aliases.[0]", "goals"],
        ),
        (
            "a sighting of what is seen, by nobody who is named",
            restricted("sighting", json!({"sighting_of_ref": SEEN, "where_sighted_refs": [SOURCE], "count": 3})),
            choice(json!({})),
            json!({"sighting_of_ref": SEEN, "count": 3}),
            vec!["where_sighted_refs.[0]"],
        ),
        (
            "an observable has no maker",
            restricted(
                "ipv4-addr",
                json!({"value": "203.0.113.7", "resolves_to_refs": ["mac-addr--66666666-6666-4666-8666-666666666666"]}),
            ),
            choice(json!({})),
            json!({"value": "203.0.113.7"}),
            vec!["resolves_to_refs.[0]"],
        ),
    ]
}

#[test]
fn the_table() {
    for (name, object, chosen, left, removed) in cases() {
        let found = made(&object, &chosen).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut expected = json!({"type": object.kind(), "spec_version": "2.1", "id": format!("{}--{NEW}", object.kind()),
            "object_marking_refs": [Tlp::Green.official_id()]});
        if object.kind() != "ipv4-addr" {
            expected
                .as_object_mut()
                .unwrap()
                .extend(json!({"created_by_ref": HUB, "created": AT, "modified": AT}).as_object().unwrap().clone());
        }
        expected.as_object_mut().unwrap().extend(left.as_object().unwrap().clone());
        assert_eq!(*found.object.value(), expected, "{name}");
        let mut gone = found.removed.clone();
        gone.sort();
        assert_eq!(gone, removed, "{name}");
        let bytes = String::from_utf8(found.object.bytes().to_vec()).unwrap();
        for hidden in [OLD, SOURCE, HIDDEN, HAS_VERSION, Tlp::Red.official_id(), "derived-from", "granular"] {
            assert!(!bytes.contains(hidden), "{name}: {hidden}");
        }
        assert!(validate::check(&found.object).is_empty(), "{name}");
    }
}

#[test]
fn what_is_refused() {
    let report = json!({"name": "Report", "published": "2018-02-01T00:00:00.000Z", "object_refs": [HIDDEN]});
    let broken = json!([{"marking_ref": Tlp::Red.official_id(), "selectors": ["descripton"]}]);
    let says = |text: &str| choice(json!({"replace": {"description": text}}));
    let cases: Vec<(&str, Object, Choice, &str)> = vec![
        ("nothing is left to report on", restricted("report", report), choice(json!({})), "needs `object_refs`"),
        ("a required property", indicator(json!({})), choice(json!({"remove": ["pattern"]})), "needs `pattern`"),
        (
            "the sighted thing is hidden",
            restricted("sighting", json!({"sighting_of_ref": HIDDEN})),
            choice(json!({})),
            "needs `sighting_of_ref`",
        ),
        ("the old id in a text", indicator(json!({})), says(&format!("See {OLD}.")), "the id of the restricted object"),
        (
            "the source",
            indicator(json!({})),
            says(&format!("From {}", SOURCE.to_uppercase())),
            "who made the restricted object",
        ),
        (
            "the source's name",
            indicator(json!({})),
            says("As the bureau of sources says."),
            "who the restricted object is from",
        ),
        ("a hidden object", indicator(json!({})), says(&format!("With ({HIDDEN}).")), "do not see"),
        ("where it was made from", indicator(json!({})), says("derived-from another"), "what it was made from"),
        (
            "a removed text elsewhere",
            indicator(json!({"x_copy": "seen BY an agent in the field."})),
            choice(json!({"remove": ["description"], "keep": ["x_copy"]})),
            "what was removed",
        ),
        (
            "a replaced text elsewhere",
            indicator(json!({})),
            says("Seen by an agent in the field. Block it."),
            "what was removed",
        ),
        (
            "a hidden name of a property",
            indicator(json!({"x_note": {OLD: 1}})),
            choice(json!({"keep": ["x_note"]})),
            "the id of the restricted object",
        ),
        ("a slip of the pen", indicator(json!({})), choice(json!({"remove": ["descripton"]})), "has no `descripton`"),
        ("no text", indicator(json!({"confidence": 5})), choice(json!({"replace": {"confidence": "6"}})), "not a text"),
        (
            "what is new in any case",
            indicator(json!({})),
            choice(json!({"remove": ["granular_markings"]})),
            "cannot be chosen",
        ),
        ("a marking nobody can place", indicator(json!({"granular_markings": broken})), choice(json!({})), "malformed"),
        ("withdrawn", indicator(json!({"revoked": true})), choice(json!({})), "withdrawn"),
        ("a marking", restricted("marking-definition", json!({})), choice(json!({})), "no version to be passed on"),
    ];
    for (name, object, chosen, expected) in cases {
        let error = made(&object, &chosen).map(|made| made.object).expect_err(name).to_string();
        assert!(error.contains(expected), "{name}: {error}");
        assert!(!error.contains(OLD), "{name}: what is hidden is not repeated");
    }
}

#[test]
fn the_new_id_is_another_one_of_the_type() {
    let object = indicator(json!({}));
    for id in [object.id(), "report--11111111-1111-4111-8111-111111111111", "indicator--1"] {
        let audience = BTreeMap::new();
        let making = Making { id, made_by: HUB, at: AT, audience: &audience, unspoken: &[], lookup: &|_| None };
        assert!(matches!(make(&object, &choice(json!({})), &making), Err(TearLineError::Id(_))), "{id}");
    }
}
