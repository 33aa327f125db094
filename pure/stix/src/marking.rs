//! Data markings: the Traffic Light Protocol by its official ids, ACS, statements, and everything else as unknown.
//!
//! STIX 2.1, section 7.2 (TLP 1 in 7.2.1.4); TLP 2.0 as the OASIS common object repository defines it. A TLP marking counts by its id alone:
//! a marking-definition that merely calls itself TLP is unknown, and unknown means no access. The standard does not say how several markings
//! go together; here each must allow.

pub mod acs;
pub mod handling;
mod portion;
pub mod spill;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::object::Object;
use acs::{Acs, AcsProblem, Terms};
pub use portion::{Portions, selected};

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

/// The markings that apply to an object, or to a portion of it. Several are a conjunction: each must allow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markings {
    /// TLP levels, each as often as it is given: the strictest counts.
    pub tlp: Vec<Tlp>,
    /// What the ACS markings ask.
    pub acs: Vec<Terms>,
    /// Number of statements (copyright, terms of use), which do not limit who may read.
    pub statements: usize,
    /// Ids that do not resolve, or resolve to something that cannot be evaluated here; of what is malformed, its JSON.
    pub unknown: Vec<String>,
    /// Why ACS markings among the unknown are none, by id.
    pub malformed: Vec<(String, AcsProblem)>,
    /// Portions of the object (or of one of its markings) carry markings of their own, which are among these.
    pub granular: bool,
}

/// Resolves every marking of an object: of the whole, of all its portions, and the markings on those markings. Who satisfies all of them may
/// have the object whole. `lookup` gives the object with an id, if it is known here.
pub fn resolve(object: &Object, lookup: &dyn Fn(&str) -> Option<Object>) -> Markings {
    let mut found = Search::default();
    found.take(object);
    found.run(lookup)
}

/// Resolves the markings of one portion, such as `external_references.[0].url`: those of the whole and those whose selectors it falls under.
/// Portions below it may be marked more strictly. Where the object's markings are malformed, no portion is known to be free of them.
pub fn resolve_portion(object: &Object, place: &str, lookup: &dyn Fn(&str) -> Option<Object>) -> Markings {
    let mut found = Search::default();
    found.take_whole(object);
    let portions = Portions::of(object);
    found.pending.extend(portions.markings_at(place).map(str::to_owned));
    found.markings.granular |= !portions.marked.is_empty();
    found.markings.unknown.extend(portions.malformed);
    if portion::selected(object.value(), place).is_none() {
        found.markings.unknown.push(place.to_owned());
    }
    found.run(lookup)
}

/// Every marking that an object names: of the whole, then of its portions.
pub fn named_markings(object: &Object) -> Vec<String> {
    let whole = object.object_marking_refs().into_iter().map(str::to_owned);
    whole.chain(Portions::of(object).marked.into_iter().map(|(id, _)| id)).collect()
}

/// Markings as far as they are resolved, and the ids that are still to be.
#[derive(Default)]
struct Search {
    markings: Markings,
    pending: Vec<String>,
}

impl Search {
    /// Adds what an object says of its own markings; anything malformed becomes unknown.
    fn take(&mut self, object: &Object) {
        let portions = Portions::of(object);
        self.markings.granular |= object.has_granular_markings();
        self.pending.extend(portions.marked.into_iter().rev().map(|(id, _)| id));
        self.markings.unknown.extend(portions.malformed);
        self.take_whole(object);
    }

    fn take_whole(&mut self, object: &Object) {
        match object.value().get("object_marking_refs") {
            None => {}
            Some(Value::Array(entries)) => {
                for entry in entries.iter().rev() {
                    match entry.as_str() {
                        Some(id) => self.pending.push(id.to_owned()),
                        None => self.markings.unknown.push(entry.to_string()),
                    }
                }
            }
            Some(other) => self.markings.unknown.push(other.to_string()),
        }
    }

    fn run(mut self, lookup: &dyn Fn(&str) -> Option<Object>) -> Markings {
        let mut seen = std::collections::HashSet::new();
        while let Some(id) = self.pending.pop() {
            if !seen.insert(id.clone()) {
                continue;
            }
            if let Some(tlp) = tlp_of_id(&id) {
                self.markings.tlp.push(tlp);
                continue;
            }
            match lookup(&id).filter(|found| found.id() == id && found.kind() == "marking-definition") {
                Some(definition) => {
                    self.define(id, &definition);
                    self.take(&definition);
                }
                None => self.markings.unknown.push(id),
            }
        }
        self.markings
    }

    fn define(&mut self, id: String, definition: &Object) {
        if is_statement(definition) {
            self.markings.statements += 1;
            return;
        }
        match Acs::of(definition) {
            Ok(acs) => self.markings.acs.push(acs.terms),
            Err(AcsProblem::Absent) => self.markings.unknown.push(id),
            Err(problem) => {
                self.markings.unknown.push(id.clone());
                self.markings.malformed.push((id, problem));
            }
        }
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
        assert_eq!(markings.malformed.len(), 1, "an empty ACS marking is told from one that is missing");
        assert!(!markings.granular);
    }

    #[test]
    fn malformed_markings_are_unknown() {
        for refs in [serde_json::json!("x"), serde_json::json!([5]), serde_json::json!(null)] {
            let object = definition(serde_json::json!({"type": "x-a", "id": "x-a--1", "object_marking_refs": refs}));
            assert_eq!(resolve(&object, &|_| None).unknown.len(), 1);
        }
    }

    fn acs_definition(id: &str, classification: &str) -> Object {
        definition(serde_json::json!({"type": "marking-definition", "id": id, "modified": "2021-08-14T01:08:09Z",
            "extensions": {acs::ACS_EXTENSION_ID: {"extension_type": "property-extension", "identifier": "i",
                "create_date_time": "2021-08-14T01:08:08Z", "responsible_entity_custodian": "USA.DHS",
                "policy_reference": "urn:isa:policy:acs:ns:v3.0?privdefault=permit&sharedefault=permit",
                "control_set": {"classification": classification}}}}))
    }

    #[test]
    fn portions_have_their_own_markings_and_the_whole_has_all() {
        let (low, high) = ("marking-definition--u", "marking-definition--s");
        let object = definition(
            serde_json::json!({"type": "x-a", "id": "x-a--1", "name": "n", "refs": [{"url": "u"}, {"url": "v"}],
            "object_marking_refs": [low], "granular_markings": [
                {"marking_ref": high, "selectors": ["refs.[1]"]}, {"marking_ref": Tlp::Red.official_id(), "selectors": ["refs"]}]}),
        );
        let lookup = |id: &str| (id != "nowhere").then(|| acs_definition(id, if id == high { "S" } else { "U" }));
        let levels = |markings: &Markings| -> Vec<&str> {
            markings.acs.iter().map(|terms| terms.classification.text()).collect()
        };
        let whole = resolve(&object, &lookup);
        assert_eq!(
            (levels(&whole), whole.tlp.as_slice(), whole.granular),
            (vec!["U", "S"], [Tlp::Red].as_slice(), true)
        );
        for (place, expected, tlp) in [
            ("name", vec!["U"], &[][..]),
            ("refs", vec!["U"], &[Tlp::Red]),
            ("refs.[0].url", vec!["U"], &[Tlp::Red]),
            ("refs.[1].url", vec!["S", "U"], &[Tlp::Red]),
        ] {
            let mut portion = resolve_portion(&object, place, &lookup);
            portion.acs.sort_by_key(|terms| std::cmp::Reverse(terms.classification));
            assert_eq!((levels(&portion), portion.tlp.as_slice()), (expected, tlp), "{place}");
            assert!(portion.unknown.is_empty());
        }
        assert_eq!(resolve_portion(&object, "nowhere", &lookup).unknown, ["nowhere"]);
        assert_eq!(resolve(&object, &|_| None).unknown, [low, high]);
    }

    #[test]
    fn a_portion_marked_amiss_makes_the_object_unknown() {
        let object = definition(serde_json::json!({"type": "x-a", "id": "x-a--1", "name": "n",
            "granular_markings": [{"marking_ref": Tlp::Clear.official_id(), "selectors": ["title"]}]}));
        let markings = resolve(&object, &|_| None);
        assert_eq!((markings.tlp.as_slice(), markings.unknown.len()), ([Tlp::Clear].as_slice(), 1));
        assert_eq!(resolve_portion(&object, "name", &|_| None).unknown.len(), 1);
    }
}
