//! The deterministic id of a cyber-observable (STIX 2.1, sections 2.9 and 3.4): a UUIDv5 over the canonical JSON
//! (RFC 8785) of those of its properties that the standard lets contribute.
//!
//! It is what a producer should give an observable, so that two producers name one thing alike. It is no test of an id:
//! others are legal, and what is signed or stored keeps the id that its sender gave it.

use serde_json::{Map, Value};
use uuid::Uuid;

/// The namespace of all such ids.
const NAMESPACE: Uuid = Uuid::from_u128(0x00ab_edb4_aa42_466c_9c01_fed2_3315_a9b7);

/// The hashes that contribute, best first; only one does.
const HASHES: [&str; 4] = ["MD5", "SHA-1", "SHA-256", "SHA-512"];

/// The properties that contribute, by type (sections 6.1 to 6.18). A process has none.
const CONTRIBUTING: [(&str, &[&str]); 17] = [
    ("artifact", &["hashes", "payload_bin"]),
    ("autonomous-system", &["number"]),
    ("directory", &["path"]),
    ("domain-name", &["value"]),
    ("email-addr", &["value"]),
    ("email-message", &["from_ref", "subject", "body"]),
    ("file", &["hashes", "name", "extensions", "parent_directory_ref"]),
    ("ipv4-addr", &["value"]),
    ("ipv6-addr", &["value"]),
    ("mac-addr", &["value"]),
    ("mutex", &["name"]),
    ("network-traffic", &["start", "end", "src_ref", "dst_ref", "src_port", "dst_port", "protocols", "extensions"]),
    ("software", &["name", "cpe", "swid", "vendor", "version"]),
    ("url", &["value"]),
    ("user-account", &["account_type", "user_id", "account_login"]),
    ("windows-registry-key", &["key", "values"]),
    ("x509-certificate", &["hashes", "serial_number"]),
];

/// The properties that contribute to the id of an observable of this type; none for a process, and for what the standard does not know.
pub(crate) fn contributing(kind: &str) -> &'static [&'static str] {
    CONTRIBUTING.iter().find(|(name, _)| *name == kind).map_or(&[], |(_, names)| names)
}

/// The id of an observable, or `None` for what has none: an object without any contributing property, of a type without
/// such properties, or of a type that the standard does not know. Those get a random id. Numbers count as the double
/// precision numbers that RFC 8785 makes of them.
pub fn deterministic_id(observable: &Map<String, Value>) -> Option<String> {
    let kind = observable.get("type")?.as_str()?;
    let mut found = Map::new();
    for name in contributing(kind) {
        let value = match observable.get(*name) {
            Some(Value::Object(hashes)) if *name == "hashes" => one_hash(hashes),
            value => value.cloned(),
        };
        found.extend(value.map(|value| ((*name).to_owned(), value)));
    }
    if found.is_empty() {
        return None;
    }
    // Fails for numbers only that are none, which JSON has not.
    let canonical = serde_json_canonicalizer::to_vec(&found).ok()?;
    Some(format!("{kind}--{}", Uuid::new_v5(&NAMESPACE, &canonical)))
}

/// The one hash that contributes. Where there is none of the standard's four, it is the first in the order of names.
fn one_hash(hashes: &Map<String, Value>) -> Option<Value> {
    let preferred = HASHES.iter().find_map(|name| hashes.get_key_value(*name));
    let (name, hash) = preferred.or_else(|| hashes.iter().min_by_key(|(name, _)| name.as_str()))?;
    Some(Value::Object(Map::from_iter([(name.clone(), hash.clone())])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(json: &str) -> Option<String> {
        deterministic_id(serde_json::from_str::<Value>(json).unwrap().as_object().unwrap())
    }

    #[test]
    fn only_contributing_properties_count() {
        let address = id(r#"{"type":"ipv4-addr","value":"198.51.100.3"}"#);
        assert_eq!(address.as_deref(), Some("ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"));
        assert_eq!(id(r#"{"id":"x","value":"198.51.100.3","x":[1],"type":"ipv4-addr"}"#), address);
        assert_ne!(id(r#"{"type":"ipv4-addr","value":"198.51.100.4"}"#), address);
        for none in
            [r#"{"type":"process","pid":1}"#, r#"{"type":"file","size":1}"#, r#"{"type":"x-a","value":"a"}"#, "{}"]
        {
            assert_eq!(id(none), None, "{none}");
        }
    }

    #[test]
    fn one_hash_counts_and_the_same_one_in_any_order() {
        let with = |hashes: &str| id(&format!(r#"{{"type":"file","hashes":{{{hashes}}}}}"#));
        assert_eq!(with(r#""SHA-256":"b","MD5":"a""#), with(r#""MD5":"a""#));
        assert_eq!(with(r#""SHA-512":"b","SHA-1":"a""#), with(r#""SHA-1":"a","SHA-256":"c""#));
        assert_eq!(with(r#""TLSH":"b","SSDEEP":"a""#), with(r#""SSDEEP":"a","TLSH":"c""#));
        assert_eq!(with(""), None);
    }

    /// The numbers of RFC 8785, appendix B, and the order and escapes of its sections 3.2.2 and 3.2.3.
    #[test]
    fn canonical_json_is_that_of_the_rfc() {
        let bits = [
            (0x0000_0000_0000_0000, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0x41b3_de43_5555_5554, "333333333.33333325"),
            (0x41b3_de43_5555_5555, "333333333.3333333"),
            (0x41b3_de43_5555_5556, "333333333.3333334"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ];
        let canonical = |value: &Value| serde_json_canonicalizer::to_string(value).unwrap();
        for (bits, expected) in bits {
            let number = f64::from_bits(bits);
            assert_eq!(canonical(&Value::from(number)), expected);
            // Also when it comes from JSON text.
            let read: Value = serde_json::from_str(&format!("{number:e}")).unwrap();
            assert_eq!(canonical(&read), expected);
        }
        for (text, expected) in [
            ("9007199254740993", "9007199254740992"),
            ("18446744073709551615", "18446744073709552000"),
            ("-9007199254740993", "-9007199254740992"),
            (r#""\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"\/""#, r#""€$\u000f\nA'B\"\\\\\"/""#),
            (
                r#"{"\u20ac":5,"\r":1,"\ufb33":7,"1":2,"\ud83d\ude00":6,"\u0080":3,"\u00f6":4}"#,
                "{\"\\r\":1,\"1\":2,\"\u{80}\":3,\"ö\":4,\"€\":5,\"😀\":6,\"\u{fb33}\":7}",
            ),
        ] {
            assert_eq!(canonical(&serde_json::from_str(text).unwrap()), expected, "{text}");
        }
    }
}
