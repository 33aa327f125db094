//! What an object must be before a hub takes it. Pure: rows come in as arguments, reasons go out.

use ward_stix::marking::{self, TLP2_EXTENSION_ID, Tlp};
use ward_stix::object::Object;
use ward_stix::{timestamp, validate};

use crate::sql::objects::HeldObject;

/// Most problems named in one reason.
const PROBLEMS_NAMED_MAX: usize = 5;

/// One reason for all ways in which an object collides with one that is here: the sender may not know of the other, so no more is said.
pub(crate) const COLLIDES: &str =
    "this id is taken: by another creator, by other content of the same version, or by a revocation";

/// How an object stands to those with its id that are here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    New,
    /// The collection has this very version.
    Here,
    /// The same id and version with other content.
    Conflict,
    /// A version that only somebody else may make, or that comes after a revocation.
    Refused,
}

/// A version as digits that sort as text by time, at full precision; `…00Z` and `…00.000Z` are the same. Empty for what has no version.
pub fn version_key(version: &str) -> String {
    let Some(time) = timestamp::parse(version) else { return version.to_owned() };
    let whole: String = timestamp::format_micros(time.micros()).chars().take(19).filter(char::is_ascii_digit).collect();
    let fraction = version.trim_end_matches('Z').split_once('.').map_or("", |(_, fraction)| fraction);
    format!("{whole}{}", fraction.trim_end_matches('0'))
}

/// What is wrong with an object by the standard; none when nothing is.
pub(crate) fn problems(object: &Object) -> Option<String> {
    let facts = [object.id(), object.kind(), object.version(), object.spec_version().unwrap_or_default()];
    let all = facts.into_iter().chain(object.created_by_ref());
    if all.flat_map(str::chars).any(char::is_control) {
        return Some("its id, type, versions and creator hold no control characters".to_owned());
    }
    let problems = validate::check(object);
    let named: Vec<String> = problems.iter().take(PROBLEMS_NAMED_MAX).map(ToString::to_string).collect();
    let more = problems.len().saturating_sub(PROBLEMS_NAMED_MAX);
    match (named.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(named.join("; ")),
        (false, more) => Some(format!("{}; and {more} more", named.join("; "))),
    }
}

/// Whether an object is one of the official TLP definitions, which are built in: `Ok` when it says what its id stands for.
pub(crate) fn official(object: &Object) -> Option<Result<Tlp, String>> {
    let tlp = marking::tlp_of_id(object.id())?;
    let value = object.value();
    let second = value.pointer(&format!("/extensions/{TLP2_EXTENSION_ID}/tlp_2_0"));
    let said = second.or_else(|| value.pointer("/definition/tlp")).and_then(|label| label.as_str());
    let right = said.and_then(Tlp::of_label) == Some(tlp);
    Some(if right {
        Ok(tlp)
    } else {
        Err(format!("the id is the official one of {}, the content is not", tlp.label()))
    })
}

/// How an object that comes into a collection stands to the rows with its id, which are in the order in which they came. `sender` is none when
/// a person of the hub imports it, who may bring in later versions of what others sent before.
pub(crate) fn standing(
    held: &[&HeldObject],
    object: &Object,
    key: &str,
    collection_id: &str,
    sender: Option<&str>,
) -> Standing {
    let mut same_version = held.iter().filter(|row| row.version_key == key).peekable();
    if same_version.peek().is_none() {
        return new_version(held, object, key, sender);
    }
    let mut here = false;
    for row in same_version {
        if !same_content(row, object) {
            return Standing::Conflict;
        }
        here |= row.collection_id == collection_id;
    }
    if here { Standing::Here } else { Standing::New }
}

/// Only who made the first version makes another, and none after a revocation.
fn new_version(held: &[&HeldObject], object: &Object, key: &str, sender: Option<&str>) -> Standing {
    let Some(first) = held.first() else { return Standing::New };
    let same_sender = sender.is_none_or(|sender| first.organisation_id == sender);
    if !same_sender || first.created_by_ref.as_deref() != object.created_by_ref() {
        return Standing::Refused;
    }
    let revoked_before = |row: &&HeldObject| {
        row.version_key.as_str() < key && Object::parse(&row.body).is_ok_and(|older| older.is_revoked())
    };
    if held.iter().any(revoked_before) { Standing::Refused } else { Standing::New }
}

/// Clients write an object again in their own way: order of keys and white space do not count, every value does.
fn same_content(row: &HeldObject, object: &Object) -> bool {
    row.body == object.bytes() || Object::parse(&row.body).is_ok_and(|held| held.value() == object.value())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_by_time_at_full_precision() {
        let check = |version: &str, expected: &str| assert_eq!(version_key(version), expected, "{version}");
        check("2018-05-03T12:00:00Z", "20180503120000");
        check("2018-05-03T12:00:00.000Z", "20180503120000");
        check("2018-05-03T12:00:00.120Z", "2018050312000012");
        check("2018-05-03T12:00:00.123456789012Z", "20180503120000123456789012");
        check("2016-12-31T23:59:60Z", &version_key("2017-01-01T00:00:00Z"));
        check("", "");
        let ordered = [
            "2018-05-03T11:59:59.999999999Z",
            "2018-05-03T12:00:00Z",
            "2018-05-03T12:00:00.000000001Z",
            "2018-05-03T12:00:00.1Z",
        ];
        assert!(ordered.map(version_key).is_sorted());
    }

    #[test]
    fn the_official_definitions_are_known_by_what_they_say() {
        let object = |json: serde_json::Value| Object::parse(json.to_string().as_bytes()).unwrap();
        for tlp in Tlp::ALL {
            assert_eq!(official(&Object::parse(tlp.definition()).unwrap()), Some(Ok(tlp)));
        }
        let white = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9";
        let first = |label: &str| {
            object(
                serde_json::json!({"type": "marking-definition", "id": white, "definition_type": "tlp", "definition": {"tlp": label}}),
            )
        };
        assert_eq!(official(&first("white")), Some(Ok(Tlp::Clear)));
        assert!(official(&first("red")).unwrap().is_err());
        assert_eq!(official(&object(serde_json::json!({"type": "x-a", "id": "x-a--1"}))), None);
    }
}
