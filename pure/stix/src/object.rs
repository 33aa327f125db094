//! A STIX object: the sender's bytes, untouched, beside what was read from them.
//!
//! The bytes are what is stored, signed and passed on; the parsed value is only for looking. STIX 2.1, sections 2.9
//! (ids), 3.2 (common properties) and 3.6 (versions). Duplicate keys are refused because readers disagree on which
//! of the two counts (RFC 8259, section 4).

mod strict;

use serde_json::Value;

use crate::timestamp::{self, Timestamp};

/// Largest object that is read, in bytes.
pub const LARGEST_OBJECT: usize = 1024 * 1024;
/// Deepest nesting of lists and objects that is read.
pub const DEEPEST_NESTING: usize = 64;

/// A STIX object, byte for byte as it was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    bytes: Vec<u8>,
    value: Value,
    id: String,
    kind: String,
}

/// An object's JSON with a label among its `labels`; as it was when it has that label, or is no JSON object.
pub fn labelled(object: Vec<u8>, label: &str) -> Vec<u8> {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(&object) else { return object };
    let labels = members.entry("labels").or_insert_with(|| Value::Array(Vec::new()));
    match labels {
        Value::Array(labels) if !labels.iter().any(|known| known == label) => labels.push(Value::from(label)),
        _ => return object,
    }
    Value::Object(members).to_string().into_bytes()
}

/// Why bytes are no STIX object. Lines and columns count from 1, from the start of the object.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// More than [`LARGEST_OBJECT`] bytes.
    #[error("the object has {length} bytes, more than {LARGEST_OBJECT}")]
    TooLarge {
        /// Length in bytes.
        length: usize,
    },
    /// Lists and objects nest deeper than [`DEEPEST_NESTING`].
    #[error("lists and objects nest deeper than {DEEPEST_NESTING} at line {line}, column {column}")]
    TooDeep {
        /// Line.
        line: usize,
        /// Column.
        column: usize,
    },
    /// The same key twice in one JSON object.
    #[error("key `{key}` is given twice at line {line}, column {column}")]
    DuplicateKey {
        /// The key.
        key: String,
        /// Line.
        line: usize,
        /// Column.
        column: usize,
    },
    /// Not JSON.
    #[error("not valid JSON at line {line}, column {column}")]
    Json {
        /// Line.
        line: usize,
        /// Column.
        column: usize,
        /// What the JSON reader says.
        #[source]
        source: serde_json::Error,
    },
    /// JSON, but a list or a single value.
    #[error("not a JSON object")]
    NotAnObject,
    /// No text under `type` or `id`.
    #[error("property `{property}` is missing or is not a text")]
    Missing {
        /// The property.
        property: &'static str,
    },
}

/// The order of an object's versions at full precision. `…00Z` and `…00.000Z` are the same version; a text that is no
/// timestamp comes before all that are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionKey {
    time: Option<Timestamp>,
    unreadable: String,
}

impl VersionKey {
    /// The key of a version text.
    pub fn of(version: &str) -> Self {
        match timestamp::parse(version) {
            Some(time) => Self { time: Some(time), unreadable: String::new() },
            None => Self { time: None, unreadable: version.to_owned() },
        }
    }
}

/// Reads any JSON document as strictly as an object: no key twice, no deeper nesting than [`DEEPEST_NESTING`].
pub fn read_json(bytes: &[u8]) -> Result<Value, ObjectError> {
    strict::parse(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
}

impl Object {
    /// Reads one object. Only its shape is checked; see [`crate::validate::check`] for the standard's rules.
    pub fn parse(bytes: &[u8]) -> Result<Self, ObjectError> {
        if bytes.len() > LARGEST_OBJECT {
            return Err(ObjectError::TooLarge { length: bytes.len() });
        }
        let value = strict::parse(bytes)?;
        if !value.is_object() {
            return Err(ObjectError::NotAnObject);
        }
        let text = |property: &'static str| {
            value.get(property).and_then(Value::as_str).map(str::to_owned).ok_or(ObjectError::Missing { property })
        };
        let (kind, id) = (text("type")?, text("id")?);
        Ok(Self { bytes: bytes.to_vec(), value, id, kind })
    }

    /// The sender's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What was read.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The `id`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The `type`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// A top-level property that is a text.
    pub fn text(&self, property: &str) -> Option<&str> {
        self.value.get(property)?.as_str()
    }

    /// The `spec_version`, which cyber-observable objects may omit.
    pub fn spec_version(&self) -> Option<&str> {
        self.text("spec_version")
    }

    /// `modified`, else `created`, else nothing; the exact text.
    pub fn version(&self) -> &str {
        self.text("modified").or_else(|| self.text("created")).unwrap_or("")
    }

    /// The version as something that can be ordered.
    pub fn version_key(&self) -> VersionKey {
        VersionKey::of(self.version())
    }

    /// The identity that made the object.
    pub fn created_by_ref(&self) -> Option<&str> {
        self.text("created_by_ref")
    }

    /// Whether the creator withdrew the object for good.
    pub fn is_revoked(&self) -> bool {
        self.value.get("revoked").and_then(Value::as_bool).unwrap_or(false)
    }

    /// Ids of the markings of the whole object, without entries that are no text.
    pub fn object_marking_refs(&self) -> Vec<&str> {
        let list = self.value.get("object_marking_refs").and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Whether portions of the object carry markings. Entries that only name a language are no markings; anything
    /// malformed counts as one, so that it cannot open what was meant to be closed.
    pub fn has_granular_markings(&self) -> bool {
        let only_language = |entry: &Value| entry.get("lang").is_some() && entry.get("marking_ref").is_none();
        match self.value.get("granular_markings") {
            None => false,
            Some(Value::Array(entries)) => !entries.iter().all(only_language),
            Some(_) => true,
        }
    }

    /// Every id under a property whose name ends in `_ref` or `_refs`, at any depth, each once, in the order of the
    /// parsed value.
    pub fn references(&self) -> Vec<&str> {
        let mut found = Vec::new();
        collect_references(&self.value, &mut found);
        let mut seen = std::collections::HashSet::new();
        found.retain(|id| seen.insert(*id));
        found
    }
}

/// The depth is bounded by [`DEEPEST_NESTING`], so recursion is.
fn collect_references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                if key.ends_with("_ref") {
                    found.extend(id_text(member));
                } else if key.ends_with("_refs") {
                    found.extend(member.as_array().into_iter().flatten().filter_map(id_text));
                }
                collect_references(member, found);
            }
        }
        Value::Array(members) => members.iter().for_each(|member| collect_references(member, found)),
        _ => {}
    }
}

fn id_text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| text.contains("--"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(json: &str) -> Object {
        Object::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn bytes_stay_as_they_were() {
        let json =
            "{ \"type\":\"x-a\",\n\"id\":\"x-a--1\", \"n\":5.0, \"big\":123456789012345678901, \"u\":\"\\u00e9\" }";
        assert_eq!(object(json).bytes(), json.as_bytes());
        assert_eq!(object(json).kind(), "x-a");
    }

    #[test]
    fn faults_are_named_with_their_place() {
        let deep = format!(r#"{{"type":"x-a","id":"x-a--1","a":{}{}}}"#, "[".repeat(64), "]".repeat(64));
        let large = format!(r#"{{"type":"x-a","id":"{}"}}"#, "a".repeat(LARGEST_OBJECT));
        let cases = [
            (r#"{"type":"x-a","id":"x-a--1","a":{"b":1,"b":2}}"#, "key `b` is given twice at line 1, column 42"),
            (deep.as_str(), "lists and objects nest deeper than 64 at line 1, column 97"),
            (large.as_str(), "the object has 1048598 bytes, more than 1048576"),
            (r#"{"type":"x-a","id":5}"#, "property `id` is missing or is not a text"),
            (r#"{"id":"x-a--1"}"#, "property `type` is missing or is not a text"),
            ("[]", "not a JSON object"),
            ("{\n\"type\":}", "not valid JSON at line 2, column 8"),
            (r#"{"type":"x-a","id":"x-a--1"} x"#, "not valid JSON at line 1, column 30"),
        ];
        for (json, expected) in cases {
            let short = json.get(..60).unwrap_or(json);
            assert_eq!(Object::parse(json.as_bytes()).unwrap_err().to_string(), expected, "{short}");
        }
    }

    #[test]
    fn versions_are_ordered_at_full_precision() {
        let key = |modified: &str| {
            object(&format!(
                r#"{{"type":"x-a","id":"x-a--1","created":"2016-01-01T00:00:00Z","modified":"{modified}"}}"#
            ))
            .version_key()
        };
        assert_eq!(key("2018-05-03T14:00:00Z"), key("2018-05-03T14:00:00.000Z"));
        assert!(key("2018-05-03T14:00:00.000000001Z") > key("2018-05-03T14:00:00Z"));
        assert!(key("yesterday") < key("1970-01-01T00:00:00Z"));
        let created_only = object(r#"{"type":"x-a","id":"x-a--1","created":"2016-01-01T00:00:00Z"}"#);
        assert_eq!(created_only.version(), "2016-01-01T00:00:00Z");
        assert_eq!(object(r#"{"type":"x-a","id":"x-a--1"}"#).version(), "");
    }

    #[test]
    fn references_are_found_at_every_depth() {
        let found = object(
            r#"{"type":"report","id":"report--1","created_by_ref":"identity--1","object_refs":["indicator--1","indicator--1"],
            "extensions":{"e":{"deep":[{"where_ref":"location--1"}]}},"granular_markings":[{"marking_ref":"marking-definition--1",
            "selectors":["name"]}],"x_ref":"no id"}"#,
        );
        let mut references = found.references();
        references.sort_unstable();
        assert_eq!(references, ["identity--1", "indicator--1", "location--1", "marking-definition--1"]);
        assert!(found.has_granular_markings());
    }

    #[test]
    fn a_language_tag_is_no_granular_marking() {
        let with = |entries: &str| {
            object(&format!(r#"{{"type":"x-a","id":"x-a--1","granular_markings":{entries}}}"#)).has_granular_markings()
        };
        assert!(!with(r#"[{"lang":"fr","selectors":["name"]}]"#));
        assert!(with(r#"[{"lang":"fr"},{"marking_ref":"marking-definition--1"}]"#));
        assert!(with(r#""oops""#));
        assert!(with("[{}]"));
    }

    #[test]
    fn a_label_is_put_on_once() {
        for (given, expected) in [
            (r#"{"id":"a"}"#, r#"{"id":"a","labels":["L"]}"#),
            (r#"{"id":"a","labels":["b"]}"#, r#"{"id":"a","labels":["b","L"]}"#),
            (r#"{"labels": ["L"], "id":"a"}"#, r#"{"labels": ["L"], "id":"a"}"#),
            (r#"{"labels":5}"#, r#"{"labels":5}"#),
            ("[1]", "[1]"),
            ("x", "x"),
        ] {
            let made = String::from_utf8(labelled(given.as_bytes().to_vec(), "L")).unwrap();
            let read = |text: &str| serde_json::from_str::<Value>(text).ok();
            assert!(made == expected || read(&made).is_some() && read(&made) == read(expected), "{given}: {made}");
        }
    }
}
