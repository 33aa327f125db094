//! What a pattern matches, against plain readings of the standard and against trying every binding.

mod bindings;

use serde_json::{Value, json};

use super::{Match, MatchError, Matcher, ObservedError, observed};
use crate::pattern::parse_to_match;

fn answer(pattern: &str, input: &[Value]) -> Result<Match, MatchError> {
    Matcher::new(&parse_to_match(pattern).unwrap())?.matches(&observed(input).unwrap())
}

fn matches(pattern: &str, input: &[Value]) -> bool {
    answer(pattern, input).unwrap_or_else(|error| panic!("{pattern}: {error}")).matches
}

/// An observation of one observable, from one second of a minute to another.
fn seen(observable: Value, first: u64, last: u64, times: u64) -> Value {
    json!({
        "type": "observed-data",
        "first_observed": format!("2026-11-03T08:00:{first:02}Z"),
        "last_observed": format!("2026-11-03T08:00:{last:02}Z"),
        "number_observed": times,
        "objects": {"0": observable},
    })
}

fn thing(number: u64) -> Value {
    json!({"type": "x-thing", "number": number})
}

fn traffic() -> Vec<Value> {
    vec![json!({"type": "bundle", "id": "bundle--1", "objects": [
        {"type": "observed-data", "id": "observed-data--1", "number_observed": 1,
         "first_observed": "2026-11-03T08:00:00Z", "last_observed": "2026-11-03T08:00:00Z",
         "object_refs": ["network-traffic--1", "domain-name--1", "ipv4-addr--1", "file--1", "identity--1", "ipv4-addr--9"]},
        {"type": "network-traffic", "id": "network-traffic--1", "src_ref": "ipv4-addr--1", "dst_ref": "domain-name--1",
         "protocols": ["ipv4", "tcp"], "x_refs": ["ipv4-addr--9", "ipv4-addr--1"], "x_loop_refs": ["network-traffic--1"]},
        {"type": "domain-name", "id": "domain-name--1", "value": "example.com", "resolves_to_refs": ["ipv4-addr--2"]},
        {"type": "ipv4-addr", "id": "ipv4-addr--1", "value": "192.0.2.7"},
        {"type": "ipv4-addr", "id": "ipv4-addr--2", "value": "192.0.2.8"},
        {"type": "identity", "id": "identity--1", "name": "clerk"},
        {"type": "file", "id": "file--1", "size": 3, "hashes": {"MD5": "0"}, "magic_number_hex": "4D5a", "broken_hex": "xyz",
         "ctime": "yesterday", "extensions": {"windows-pebinary-ext": {"sections": [{"entropy": 1.5}, {"entropy": 7.25}]}}},
    ]})]
}

#[test]
fn paths_lead_where_the_standard_says() {
    for (pattern, expected) in [
        ("[network-traffic:src_ref.value = '192.0.2.7']", true),
        ("[network-traffic:protocols[1] = 'tcp']", true),
        ("[network-traffic:protocols[2] != 'udp']", false),
        ("[network-traffic:protocols[-1] = 'tcp']", false),
        ("[network-traffic:protocols[*] = 'tcp']", true),
        ("[network-traffic:protocols = 'tcp']", false),
        ("[network-traffic:x_refs[1].value = '192.0.2.7']", true),
        ("[network-traffic:x_refs[0].value != 'x']", false),
        ("[network-traffic:x_loop_refs[*].x_loop_refs[*].x_loop_refs[0].src_ref.value LIKE '192%']", true),
        ("[domain-name:resolves_to_refs[*].value = '192.0.2.8']", false),
        ("[ipv4-addr:value = '192.0.2.8']", false),
        ("[identity:name = 'clerk']", false),
        ("[observed-data:number_observed = 1]", false),
        ("[file:hashes.MD5 = '0']", true),
        ("[file:extensions.'windows-pebinary-ext'.sections[*].entropy > 7.0]", true),
        (
            "[file:magic_number_hex = h'4d5a' AND file:magic_number_hex = 'MZ' AND file:magic_number_hex = b'TVo=']",
            true,
        ),
        ("[EXISTS file:hashes AND NOT EXISTS file:name]", true),
        ("[EXISTS file:name]", false),
        ("[NOT EXISTS file:size]", false),
        ("[NOT EXISTS url:value]", false),
        ("[EXISTS domain-name:resolves_to_refs[0]]", false),
        ("[EXISTS domain-name:resolves_to_refs AND EXISTS domain-name:value]", true),
        ("[network-traffic:dst_ref.value ISSUBSET '192.0.2.0/24']", false),
        ("[network-traffic:src_ref.value ISSUBSET '192.0.2.0/24']", true),
        ("[ipv4-addr:value ISSUBSET '::/0']", false),
        ("[ipv4-addr:value ISSUBSET '192.0.2.7' AND ipv4-addr:value ISSUPERSET '192.0.2.7/32']", true),
        ("[file:name NOT = 'a']", false),
        ("[file:size NOT > 'a']", false),
    ] {
        assert_eq!(matches(pattern, &traffic()), expected, "{pattern}");
    }
}

#[test]
fn what_cannot_be_compared_is_an_error() {
    for (pattern, said) in [
        (
            "[file:ctime > t'2026-01-01T00:00:00Z']",
            "`yesterday` under `file:ctime` in the data is not a valid timestamp",
        ),
        (
            "[file:size = 4 AND file:broken_hex = h'00']",
            "`xyz` under `file:broken_hex` in the data is not a valid hexadecimal",
        ),
        ("[domain-name:value ISSUBSET '192.0.2.0/24']", "`example.com` under `domain-name:value`"),
        ("[network-traffic:protocols.x_ref = 'a'] OR [file:size IN (1, 'a')]", "`file:size` are not all of one kind"),
        ("[ipv4-addr:value ISSUBSET '192.0.2.0/33']", "`192.0.2.0/33` in the pattern is not an address or network"),
        ("[file:name MATCHES '(?<=a)b']", "look-around"),
    ] {
        let error = answer(pattern, &traffic()).unwrap_err().to_string();
        assert!(error.contains(said), "{pattern}: {error}");
    }
}

#[test]
fn input_is_read_in_every_form_and_refused_with_its_place() {
    let bundle = traffic().remove(0);
    assert_eq!(
        observed(std::slice::from_ref(&bundle)).unwrap().first().map(|one| (one.id, one.missing)),
        Some((Some("observed-data--1"), 1))
    );
    let plain = bundle["objects"].as_array().unwrap().clone();
    assert_eq!(observed(&plain).unwrap(), observed(std::slice::from_ref(&bundle)).unwrap());
    assert_eq!(observed(&[Value::Array(plain)]).unwrap(), observed(std::slice::from_ref(&bundle)).unwrap());
    // Given twice, observed data counts once; the newer version counts.
    assert!(!matches("[file:size = 3] REPEATS 2 TIMES", &[bundle.clone(), bundle.clone()]));
    let mut newer = bundle["objects"][0].clone();
    newer["modified"] = json!("2026-11-04T00:00:00Z");
    newer["number_observed"] = json!(2);
    assert!(matches("[file:size = 3] REPEATS 2 TIMES", &[newer, bundle]));
    assert_eq!(observed(&[json!({"type": "bundle", "id": "bundle--1"})]), Ok(Vec::new()));

    let error = |change: fn(&mut Value)| {
        let mut input = seen(thing(1), 1, 2, 1);
        change(&mut input);
        observed(&[input]).unwrap_err().to_string()
    };
    assert_eq!(error(|it| *it = json!(5)), "item 1 of the input is not a STIX object or bundle");
    assert_eq!(
        error(|it| it["number_observed"] = json!(0)),
        "property `number_observed` of observed data 1 is missing or not a whole number of at least 1"
    );
    assert!(error(|it| it["last_observed"] = json!("2026-11-03T08:00:00Z")).contains("at or after `first_observed`"));
    assert!(error(|it| drop(it.as_object_mut().unwrap().remove("objects"))).contains("`object_refs`"));
    assert!(matches!(observed(&[json!([{"id": "x"}])]), Err(ObservedError::NotAnObject { position: 1 })));
}

#[test]
fn the_binding_names_its_observations() {
    let input: Vec<Value> = (0..5).map(|number| seen(thing(number), number, number, 1)).collect();
    let used = |pattern: &str| answer(pattern, &input).unwrap().observations;
    assert_eq!(used("[x-thing:number = 3]"), [3]);
    assert_eq!(used("[x-thing:number > 2] AND [x-thing:number = 1]"), [1, 3]);
    assert_eq!(used("[x-thing:number > 0] FOLLOWEDBY [x-thing:number < 3]"), [1, 2]);
    assert_eq!(used("[x-thing:number > 9]"), Vec::<usize>::new());
}

#[test]
fn numbers_of_observations_cost_nothing() {
    let input = [seen(thing(1), 0, 0, 600_000_000), seen(thing(2), 1, 1, 400_000_000)];
    assert!(matches("[x-thing:number > 0] REPEATS 1000000000 TIMES", &input));
    assert!(!matches("[x-thing:number > 0] REPEATS 1000000001 TIMES", &input));
    assert!(matches("([x-thing:number = 1] AND [x-thing:number > 0] REPEATS 9 TIMES) REPEATS 100000000 TIMES", &input));
    assert!(!matches("[x-thing:number > 0] REPEATS 600000001 TIMES WITHIN 0.5 SECONDS", &input));
    assert!(!matches("[x-thing:number > 0] REPEATS 9223372036854775807 TIMES REPEATS 2 TIMES", &input));
    assert!(matches!(
        answer("([x-thing:number > 0] FOLLOWEDBY [x-thing:number > 0]) REPEATS 1000000 TIMES", &input),
        Err(MatchError::TooLarge { .. })
    ));
}

#[test]
fn many_observations_are_searched_in_little_time() {
    let input: Vec<Value> = (0..2000).map(|number| seen(thing(number), number % 60, number % 60, 1)).collect();
    // More tests than observations: a search by trial would not end.
    let nine = ["[x-thing:number < 8]"; 9].join(" AND ");
    assert!(!matches(&nine, &input));
    assert!(matches("([x-thing:number = 7] FOLLOWEDBY [x-thing:number = 1999]) WITHIN 12 SECONDS", &input));
    assert!(!matches("([x-thing:number = 7] FOLLOWEDBY [x-thing:number = 1999]) WITHIN 11 SECONDS", &input));
    assert!(matches(
        "([x-thing:number < 700] FOLLOWEDBY [x-thing:number > 1500]) REPEATS 20 TIMES WITHIN 9 SECONDS",
        &input
    ));
}

#[test]
fn an_endless_search_is_given_up() {
    // Eight pairs are asked for, each within two seconds. Seven of the second kind are too far from the rest, which
    // shows only after every way to pair the others has been tried.
    let first = (0..30).map(|at| seen(thing(at), at, at, 1));
    let second =
        (0..15).map(|at| seen(thing(100 + at), if at < 7 { at * 4 } else { 50 }, if at < 7 { at * 4 } else { 55 }, 1));
    let input: Vec<Value> = first.chain(second).collect();
    let pattern = "(([x-thing:number < 100] AND [x-thing:number >= 100]) WITHIN 2 SECONDS) REPEATS 8 TIMES";
    assert_eq!(answer(pattern, &input), Err(MatchError::TooMuchWork));
    assert!(matches(&pattern.replace('8', "7"), &input));
}
