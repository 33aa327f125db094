//! A manifest and an event, attribute by attribute.
#![cfg(test)]

use serde_json::{Value, json};
use ward_misp::{Event, Listed, Making, indicators, manifest};
use ward_quality::Stated;
use ward_stix::marking::Tlp;
use ward_stix::validate;

const IDENTITY: &str = "identity--33333333-3333-4333-8333-333333333333";

fn attribute(number: u32, kind: &str, value: &str) -> Value {
    json!({"uuid": format!("5a000000-0000-4000-8000-{number:012}"), "type": kind, "value": value, "to_ids": true,
        "timestamp": "1525300000", "category": "Network activity", "comment": ""})
}

fn event(attributes: Value) -> Event {
    let event = json!({"Event": {"uuid": "5a000000-0000-4000-8000-00000000ffff", "info": "A campaign", "date": "2018-05-01",
        "timestamp": 1_525_200_000, "Tag": [{"name": "type:OSINT"}, {"name": "tlp:green"}], "Attribute": attributes,
        "Object": [{"name": "file", "Attribute": [attribute(900, "md5", &"ab".repeat(16)), attribute(901, "size-in-bytes", "12")]}]}});
    Event::read(event.to_string().as_bytes()).unwrap()
}

const MAKING: Making<'_> = Making { identity_id: IDENTITY, assigned_tlp: Tlp::AmberStrict };

#[test]
fn each_type_of_attribute() {
    let check = |kind: &str, value: &str, pattern: Option<&str>| {
        let made = indicators(&event(json!([attribute(1, kind, value)])), &MAKING);
        let patterns: Vec<&str> = made.indicators.iter().filter_map(|object| object.text("pattern")).collect();
        let of_object = format!("[file:hashes.MD5 = '{}']", "ab".repeat(16));
        let expected: Vec<&str> = pattern.into_iter().chain([of_object.as_str()]).collect();
        assert_eq!(patterns, expected, "{kind} {value}");
        for object in &made.indicators {
            assert_eq!(validate::check(object), [], "{kind}");
        }
        assert_eq!(made.left_out.values().sum::<usize>(), 1 + usize::from(pattern.is_none()), "{:?}", made.left_out);
    };
    let sha1 = "0123456789abcdef0123456789abcdef01234567";
    check("ip-dst", "203.0.113.7", Some("[ipv4-addr:value = '203.0.113.7']"));
    check("ip-src", "2001:db8::/48", Some("[ipv6-addr:value = '2001:db8::/48']"));
    check("ip-dst|port", "203.0.113.7|443", Some("[ipv4-addr:value = '203.0.113.7']"));
    check("domain", "Bad.Example", Some("[domain-name:value = 'bad.example']"));
    check("domain|ip", "bad.example|203.0.113.7", Some("[domain-name:value = 'bad.example']"));
    check("hostname|port", "a.bad.example|80", Some("[domain-name:value = 'a.bad.example']"));
    check("url", "http://bad.example/x", Some("[url:value = 'http://bad.example/x']"));
    check("filename|sha1", &format!("a.exe|{sha1}"), Some(&format!("[file:hashes.'SHA-1' = '{sha1}']")));
    check(
        "user-agent",
        "evil/1.0",
        Some("[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'evil/1.0']"),
    );
    for (kind, value) in
        [("email-src", "a@b.example"), ("ip-dst", "nowhere"), ("link", "https://report.example/"), ("domain", "a b")]
    {
        check(kind, value, None);
    }
}

#[test]
fn markings_wishes_and_versions() {
    let mut red = attribute(1, "domain", "a.example");
    red["Tag"] = json!([{"name": "tlp:white"}, {"name": "tlp:red"}]);
    let mut unknown = attribute(2, "domain", "b.example");
    unknown["Tag"] = json!([{"name": "tlp:ex:chr"}]);
    let mut watched = attribute(3, "domain", "c.example");
    watched["to_ids"] = json!("0");
    watched["first_seen"] = json!("2018-04-30T01:00:00.000000+00:00");
    let mut deleted = attribute(4, "domain", "d.example");
    deleted["deleted"] = json!(1);
    let made = indicators(&event(json!([red, unknown, watched, deleted])), &MAKING).indicators;
    let marking = |place: usize| made[place].value()["object_marking_refs"][0].as_str().unwrap().to_owned();
    assert_eq!(
        [marking(0), marking(1), marking(2)],
        [Tlp::Red, Tlp::Red, Tlp::Green].map(|tlp| tlp.official_id().to_owned())
    );
    let stated: Vec<Stated> = made.iter().map(|object| Stated::of(object).unwrap()).collect();
    assert_eq!(
        stated.iter().map(|one| one.watch_only.is_some()).collect::<Vec<_>>(),
        [false, false, true, false, false]
    );
    assert_eq!((stated[3].is_revoked, stated[2].is_revoked), (true, false));
    assert_eq!(made[2].text("valid_from"), Some("2018-04-30T01:00:00.000Z"));
    assert_eq!(
        (made[0].text("created"), made[0].version()),
        (Some("2018-05-01T00:00:00.000Z"), "2018-05-02T22:26:40.000Z")
    );
    assert_eq!(made[0].text("description"), Some("A campaign"));
    // The same attribute of another source is another indicator; the same again is the same.
    let other = Making { identity_id: "identity--44444444-4444-4444-8444-444444444444", ..MAKING };
    let again = indicators(&event(json!([attribute(1, "domain", "a.example")])), &MAKING).indicators;
    let theirs = indicators(&event(json!([attribute(1, "domain", "a.example")])), &other).indicators;
    assert_eq!(again[0].id(), made[0].id());
    assert_ne!(theirs[0].id(), made[0].id());
}

#[test]
fn a_manifest_names_events_and_nothing_else() {
    let json = json!({
        "5A000000-0000-4000-8000-000000000002": {"timestamp": "1525300000", "info": "b"},
        "5a000000-0000-4000-8000-000000000001": {"timestamp": 1_525_300_001},
        "../../secret": {"timestamp": 1},
    });
    let (events, left_out) = manifest(json.to_string().as_bytes()).unwrap();
    let listed = |number: u8, stamp: &str| Listed {
        event_id: format!("5a000000-0000-4000-8000-00000000000{number}"),
        stamp: stamp.to_owned(),
    };
    assert_eq!((events, left_out), (vec![listed(2, "1525300000"), listed(1, "1525300001")], 1));
    assert!(manifest(b"[]").is_err() && Event::read(b"{}").is_err());
}
