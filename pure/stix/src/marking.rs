//! Data markings: the Traffic Light Protocol by its official ids, statements, and everything else as unknown.
//!
//! STIX 2.1, section 7.2 (TLP 1 in 7.2.1.4); TLP 2.0 as the OASIS common object repository defines it. A marking counts
//! by its id alone: a marking-definition that merely calls itself TLP is unknown, and unknown means no access.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::object::Object;

/// Traffic Light Protocol levels, from the widest audience to the narrowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Tlp {
    /// Anyone.
    #[serde(rename = "clear")]
    Clear,
    /// The community.
    #[serde(rename = "green")]
    Green,
    /// The recipient's organisation and its clients.
    #[serde(rename = "amber")]
    Amber,
    /// The recipient's organisation only.
    #[serde(rename = "amber+strict")]
    AmberStrict,
    /// The named recipients only.
    #[serde(rename = "red")]
    Red,
}

/// Id of the extension that carries TLP 2.0.
pub const TLP2_EXTENSION_ID: &str = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";

const OFFICIAL_IDS: [(&str, Tlp); 9] = [
    ("marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", Tlp::Clear),
    ("marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", Tlp::Green),
    ("marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421", Tlp::Amber),
    ("marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003", Tlp::AmberStrict),
    ("marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", Tlp::Red),
    // TLP 1: WHITE, GREEN, AMBER, RED.
    ("marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", Tlp::Clear),
    ("marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", Tlp::Green),
    ("marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", Tlp::Amber),
    ("marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", Tlp::Red),
];

macro_rules! tlp2_definition {
    ($uuid:literal, $name:literal, $value:literal) => {
        concat!(
            r#"{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--"#,
            $uuid,
            r#"","created":"2022-10-01T00:00:00.000Z","name":""#,
            $name,
            r#"","extensions":{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":"#,
            r#"{"extension_type":"property-extension","tlp_2_0":""#,
            $value,
            r#""}}}"#
        )
        .as_bytes()
    };
}

impl Tlp {
    /// Every level, from the widest audience to the narrowest.
    pub const ALL: [Self; 5] = [Self::Clear, Self::Green, Self::Amber, Self::AmberStrict, Self::Red];

    /// The id of the official TLP 2.0 marking-definition.
    pub fn official_id(self) -> &'static str {
        OFFICIAL_IDS.iter().find(|(_, tlp)| *tlp == self).map_or("", |(id, _)| id)
    }

    /// The official TLP 2.0 marking-definition as JSON.
    pub fn definition(self) -> &'static [u8] {
        match self {
            Self::Clear => tlp2_definition!("94868c89-83c2-464b-929b-a1a8aa3c8487", "TLP:CLEAR", "clear"),
            Self::Green => tlp2_definition!("bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "TLP:GREEN", "green"),
            Self::Amber => tlp2_definition!("55d920b0-5e8b-4f79-9ee9-91f868d9b421", "TLP:AMBER", "amber"),
            Self::AmberStrict => {
                tlp2_definition!("939a9414-2ddd-4d32-a0cd-375ea402b003", "TLP:AMBER+STRICT", "amber+strict")
            }
            Self::Red => tlp2_definition!("e828b379-4e03-4974-9ac4-e53a884c97c1", "TLP:RED", "red"),
        }
    }

    /// The label that people know, such as `TLP:AMBER+STRICT`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Clear => "TLP:CLEAR",
            Self::Green => "TLP:GREEN",
            Self::Amber => "TLP:AMBER",
            Self::AmberStrict => "TLP:AMBER+STRICT",
            Self::Red => "TLP:RED",
        }
    }

    /// Reads a label with or without `TLP:`, in any case; `WHITE` is clear.
    pub fn of_label(text: &str) -> Option<Self> {
        let label = text.trim().to_ascii_uppercase();
        let label = label.strip_prefix("TLP:").unwrap_or(&label);
        if label == "WHITE" {
            return Some(Self::Clear);
        }
        Self::ALL.into_iter().find(|tlp| tlp.label().strip_prefix("TLP:") == Some(label))
    }
}

/// The level that a marking-definition's id stands for: the official ids of TLP 1 and TLP 2.0, nothing else.
pub fn tlp_of_id(id: &str) -> Option<Tlp> {
    OFFICIAL_IDS.iter().find(|(official, _)| *official == id).map(|(_, tlp)| *tlp)
}

/// The markings that apply to an object as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markings {
    /// TLP levels, each as often as it is given. Several are a conjunction: the strictest counts.
    pub tlp: Vec<Tlp>,
    /// Number of statements (copyright, terms of use), which do not limit who may read.
    pub statements: usize,
    /// Ids that do not resolve, or resolve to something that cannot be evaluated here.
    pub unknown: Vec<String>,
    /// Portions of the object (or of one of its markings) carry markings of their own.
    pub granular: bool,
}

/// Resolves an object's markings and the markings on those markings. `lookup` gives the object with an id, if it is
/// known here.
pub fn resolve(object: &Object, lookup: &dyn Fn(&str) -> Option<Object>) -> Markings {
    let mut markings = Markings::default();
    let mut pending = Vec::new();
    take(object, &mut markings, &mut pending);
    let mut seen = std::collections::HashSet::new();
    while let Some(id) = pending.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        if let Some(tlp) = tlp_of_id(&id) {
            markings.tlp.push(tlp);
            continue;
        }
        match lookup(&id).filter(|found| found.id() == id && found.kind() == "marking-definition") {
            Some(definition) => {
                if is_statement(&definition) {
                    markings.statements += 1;
                } else {
                    markings.unknown.push(id);
                }
                take(&definition, &mut markings, &mut pending);
            }
            None => markings.unknown.push(id),
        }
    }
    markings
}

/// Adds what an object says of its own markings; anything malformed becomes unknown.
fn take(object: &Object, markings: &mut Markings, pending: &mut Vec<String>) {
    markings.granular |= object.has_granular_markings();
    match object.value().get("object_marking_refs") {
        None => {}
        Some(Value::Array(entries)) => {
            for entry in entries.iter().rev() {
                match entry.as_str() {
                    Some(id) => pending.push(id.to_owned()),
                    None => markings.unknown.push(entry.to_string()),
                }
            }
        }
        Some(other) => markings.unknown.push(other.to_string()),
    }
}

/// A statement with an extension may say more than a statement, so it is none.
fn is_statement(definition: &Object) -> bool {
    let value = definition.value();
    let statement = value.get("definition").and_then(|definition| definition.get("statement"));
    definition.text("definition_type") == Some("statement")
        && statement.is_some_and(Value::is_string)
        && value.get("extensions").is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(refs: &[&str]) -> Object {
        let json = serde_json::json!({"type": "indicator", "id": "indicator--1", "object_marking_refs": refs});
        Object::parse(json.to_string().as_bytes()).unwrap()
    }

    fn definition(json: Value) -> Object {
        Object::parse(json.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn the_official_objects_carry_the_official_ids() {
        for tlp in Tlp::ALL {
            let object = Object::parse(tlp.definition()).unwrap();
            assert_eq!(object.id(), tlp.official_id());
            assert_eq!(tlp_of_id(object.id()), Some(tlp));
            assert_eq!(object.text("name"), Some(tlp.label()));
            assert_eq!(Tlp::of_label(tlp.label()), Some(tlp));
            let value = serde_json::to_value(tlp).unwrap();
            assert_eq!(object.value()["extensions"][TLP2_EXTENSION_ID]["tlp_2_0"], value);
        }
        assert!(Tlp::ALL.is_sorted());
        assert_eq!(Tlp::of_label("white"), Some(Tlp::Clear));
        assert_eq!(Tlp::of_label("puce"), None);
    }

    #[test]
    fn a_name_is_no_marking() {
        let liar = "marking-definition--94868c89-73b8-4b43-929b-a1a8aa3c8487";
        let object = marked(&[liar]);
        let lookup = |id: &str| {
            Some(definition(serde_json::json!({"type": "marking-definition", "id": id, "name": "TLP:CLEAR",
                "definition_type": "tlp", "definition": {"tlp": "white"},
                "extensions": {TLP2_EXTENSION_ID: {"extension_type": "property-extension", "tlp_2_0": "clear"}}})))
        };
        let markings = resolve(&object, &lookup);
        assert_eq!(markings, Markings { unknown: vec![liar.to_owned()], ..Markings::default() });
    }

    #[test]
    fn all_markings_and_the_markings_on_them_count() {
        let (statement, acs, missing) = ("marking-definition--s", "marking-definition--a", "marking-definition--m");
        let object = marked(&[Tlp::Green.official_id(), statement, acs, missing, statement]);
        let lookup = |id: &str| match id {
            "marking-definition--s" => Some(definition(serde_json::json!({"type": "marking-definition", "id": id,
                "definition_type": "statement", "definition": {"statement": "(c)"},
                "object_marking_refs": [Tlp::Red.official_id(), statement]}))),
            "marking-definition--a" => Some(definition(serde_json::json!({"type": "marking-definition", "id": id,
                "extensions": {"extension-definition--3a65884d-005a-4290-8335-cb2d778a83ce": {}}}))),
            _ => None,
        };
        let markings = resolve(&object, &lookup);
        assert_eq!(markings.tlp, [Tlp::Green, Tlp::Red]);
        assert_eq!(markings.statements, 1);
        assert_eq!(markings.unknown, [acs, missing]);
        assert!(!markings.granular);
    }

    #[test]
    fn malformed_markings_are_unknown() {
        for refs in [serde_json::json!("x"), serde_json::json!([5]), serde_json::json!(null)] {
            let object = definition(serde_json::json!({"type": "x-a", "id": "x-a--1", "object_marking_refs": refs}));
            assert_eq!(resolve(&object, &|_| None).unknown.len(), 1);
        }
    }
}
