//! Rules of markings (STIX 2.1, section 7.2).

use serde_json::Value;

use super::text;
use crate::marking::selected;
use crate::timestamp;
use crate::validate::findings::{Findings, below};
use crate::validate::form::Members;
use crate::validate::formats::is_selector;
use crate::validate::vocabulary;

/// The four markings of the Traffic Light Protocol, which are the only ones (section 7.2.1.4).
const TLP: [(&str, &str); 4] = [
    ("white", "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"),
    ("green", "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"),
    ("amber", "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"),
    ("red", "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"),
];

/// When all four were created.
const TLP_CREATED: &str = "2017-01-20T00:00:00.000Z";

/// A granular marking has either a language or a marking.
pub(in crate::validate) fn granular(members: &Members, path: &str, found: &mut Findings<'_>) {
    if members.contains_key("marking_ref") == members.contains_key("lang") {
        found.error("granular-marking", path, "needs either `marking_ref` or `lang`");
    }
}

/// What is marked is there, and no object marks itself.
pub(in crate::validate) fn marked(object: &Value, path: &str, found: &mut Findings<'_>) {
    let id = object.get("id");
    let list = |name: &str| object.get(name).and_then(Value::as_array).into_iter().flatten().enumerate();
    for (position, reference) in list("object_marking_refs") {
        if Some(reference) == id {
            let place = below(path, &format!("object_marking_refs[{position}]"));
            found.error("circular", place, "an object cannot mark itself");
        }
    }
    for (position, marking) in list("granular_markings") {
        let place = below(path, &format!("granular_markings[{position}]"));
        if id.is_some() && marking.get("marking_ref") == id {
            found.error("circular", below(&place, "marking_ref"), "an object cannot mark itself");
        }
        let selectors = marking.get("selectors").and_then(Value::as_array).into_iter().flatten().enumerate();
        for (position, selector) in selectors.filter_map(|(position, selector)| Some((position, selector.as_str()?))) {
            let place = format!("{place}.selectors[{position}]");
            if !is_selector(selector) {
                found.error("selector", place, format!("`{selector}` has not the form of a selector"));
            } else if selected(object, selector).is_none() {
                found.error("selector", place, format!("`{selector}` selects nothing in the object"));
            }
        }
    }
}

/// A marking says what it is by `definition_type` with `definition`, or by an extension (section 7.2.1).
pub(in crate::validate) fn definition(members: &Members, path: &str, found: &mut Findings<'_>) {
    if members.contains_key("definition_type") != members.contains_key("definition") {
        found.error("missing", below(path, "definition"), "`definition_type` and `definition` go together");
    }
    let Some(definition) = members.get("definition").and_then(Value::as_object) else { return };
    match text(members, "definition_type") {
        Some("statement") => statement(definition, path, found),
        Some("tlp") => tlp(members, definition, path, found),
        Some(other) => {
            let message = format!("`{other}` is not a type of the standard: statement, tlp");
            found.warn("marking-definition-type", below(path, "definition_type"), message);
        }
        None => {}
    }
}

fn statement(definition: &Members, path: &str, found: &mut Findings<'_>) {
    if text(definition, "statement").is_none() {
        found.error("missing", below(path, "definition.statement"), "is missing or is not a text");
    }
}

fn tlp(members: &Members, definition: &Members, path: &str, found: &mut Findings<'_>) {
    let colour = text(definition, "tlp");
    match TLP.iter().find(|(name, _)| Some(*name) == colour) {
        None => {
            let message = format!("is none of {}", vocabulary::TLP.replace(' ', ", "));
            found.error("closed-vocabulary", below(path, "definition.tlp"), message);
        }
        Some((name, id)) => {
            if text(members, "id") != Some(id) {
                found.error("tlp", below(path, "id"), format!("TLP {name} has the id {id} and no other"));
            }
            if text(members, "created").and_then(timestamp::parse) != timestamp::parse(TLP_CREATED) {
                found.error("tlp", below(path, "created"), format!("TLP {name} was created at {TLP_CREATED}"));
            }
            let full_name = format!("TLP:{}", name.to_uppercase());
            if members.get("name").is_some_and(|name| *name != full_name) {
                found.error("tlp", below(path, "name"), format!("TLP {name} has the name {full_name}"));
            }
        }
    }
}
