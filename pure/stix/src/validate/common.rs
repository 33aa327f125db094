//! What holds for objects of every type (STIX 2.1, sections 2, 3 and 7.2).

use serde_json::Value;

use super::table::{Category, Kind};
use crate::marking::selected;
use crate::object::Object;
use crate::problem::Problem;
use crate::timestamp;

/// Objects with versions say which standard they follow; observables may.
pub(super) fn check_spec_version(object: &Object, category: Option<Category>, found: &mut Vec<Problem>) {
    let needed = !matches!(category, None | Some(Category::Observable));
    match object.value().get("spec_version") {
        None if needed => found.push(Problem::new("missing", "spec_version", "is missing")),
        Some(Value::String(version)) if version == "2.1" => {}
        None => {}
        Some(other) => {
            found.push(Problem::new("spec-version", "spec_version", format!("{other} is not the version 2.1")));
        }
    }
}

/// A property without values is left out (section 2.8). Custom properties and what is inside others are let pass: there
/// are such lists in use.
pub(super) fn check_empty_lists(value: &Value, found: &mut Vec<Problem>) {
    for (name, member) in value.as_object().into_iter().flatten() {
        if !name.starts_with("x_") && member.as_array().is_some_and(Vec::is_empty) {
            found.push(Problem::new("empty-list", name, "is an empty list"));
        }
    }
}

/// `created` and `modified` are timestamps in order (section 3.6).
pub(super) fn check_versions(object: &Object, found: &mut Vec<Problem>) {
    let value = object.value();
    for property in ["created", "modified"] {
        // Some observables have properties of these names in their own right; all are timestamps.
        check_timestamp(value, property, found);
    }
    check_order(value, "created", "modified", Order::NotBefore, found);
}

/// The type's own timestamps.
pub(super) fn check_timestamps(kind: &Kind, value: &Value, found: &mut Vec<Problem>) {
    for property in kind.times {
        check_timestamp(value, property, found);
    }
}

fn check_timestamp(value: &Value, property: &str, found: &mut Vec<Problem>) {
    let Some(time) = value.get(property) else { return };
    if time.as_str().and_then(timestamp::parse).is_none() {
        let message = format!("{time} is not an RFC 3339 timestamp with `Z`");
        found.push(Problem::new("timestamp", property, message));
    }
}

/// How a later time stands to an earlier one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    NotBefore,
    After,
}

/// The second time comes after the first (or not before it), where both are there.
pub(super) fn check_order(value: &Value, earlier: &str, later: &str, order: Order, found: &mut Vec<Problem>) {
    if let Some(message) = disorder(value.get(earlier), value.get(later), earlier, order) {
        found.push(Problem::new("order", later, message));
    }
}

/// What is wrong with the order of two times, where both are there and are times.
pub(super) fn disorder(first: Option<&Value>, second: Option<&Value>, earlier: &str, order: Order) -> Option<String> {
    let time = |value: Option<&Value>| value.and_then(Value::as_str).and_then(timestamp::parse);
    let (first, second) = (time(first)?, time(second)?);
    let is_wrong = match order {
        Order::NotBefore => second < first,
        Order::After => second <= first,
    };
    let relation = if order == Order::After { "not after" } else { "before" };
    is_wrong.then(|| format!("is {relation} `{earlier}`"))
}

/// Properties that every type may have.
pub(super) fn check_common_properties(value: &Value, found: &mut Vec<Problem>) {
    check_integer(value, "confidence", 0, 100, found);
    if value.get("revoked").is_some_and(|revoked| !revoked.is_boolean()) {
        found.push(Problem::new("wrong-type", "revoked", "is neither true nor false"));
    }
    check_texts(value, "labels", found);
    if value.get("lang").is_some_and(|lang| !lang.is_string()) {
        found.push(Problem::new("wrong-type", "lang", "is not a text"));
    }
    check_entries(value, "external_references", found, |entry, path, found| {
        need_texts(entry, path, &["source_name"], found);
        let facts = ["description", "url", "external_id"];
        if !facts.iter().any(|fact| entry.get(fact).is_some()) {
            found.push(Problem::new("missing", path, format!("needs at least one of {}", facts.join(", "))));
        }
    });
    check_entries(value, "kill_chain_phases", found, |entry, path, found| {
        need_texts(entry, path, &["kill_chain_name", "phase_name"], found);
    });
    check_entries(value, "granular_markings", found, |entry, path, found| {
        let has = |property: &str| entry.get(property).is_some();
        if has("marking_ref") == has("lang") {
            found.push(Problem::new("granular-marking", path, "needs either `marking_ref` or `lang`"));
        }
        check_granular(value, entry, path, found);
    });
    if value.get("extensions").is_some_and(|extensions| !extensions.is_object()) {
        found.push(Problem::new("wrong-type", "extensions", "is not an object"));
    }
}

/// A granular marking refers to a marking and selects what is there (section 7.2.3).
fn check_granular(object: &Value, entry: &Value, path: &str, found: &mut Vec<Problem>) {
    if let Some(reference) = entry.get("marking_ref") {
        let is_marking = reference.as_str().is_some_and(|id| crate::id::is_of(id, "marking-definition"));
        if !is_marking {
            let message = format!("{reference} is not the id of a marking-definition");
            found.push(Problem::new("reference-type", format!("{path}.marking_ref"), message));
        }
        if object.get("id") == Some(reference) {
            found.push(Problem::new("granular-marking", path, "an object cannot mark itself"));
        }
    }
    let Some(selectors) = entry.get("selectors").and_then(Value::as_array) else {
        found.push(Problem::new("missing", format!("{path}.selectors"), "is missing or is not a list"));
        return;
    };
    for (position, selector) in selectors.iter().enumerate() {
        if selector.as_str().is_none_or(|selector| selected(object, selector).is_none()) {
            let message = format!("{selector} selects nothing in the object");
            found.push(Problem::new("selector", format!("{path}.selectors[{position}]"), message));
        }
    }
}

/// An integer within bounds.
pub(super) fn check_integer(value: &Value, property: &str, least: u64, most: u64, found: &mut Vec<Problem>) {
    let Some(number) = value.get(property) else { return };
    if !number.as_u64().is_some_and(|number| (least..=most).contains(&number)) {
        let message = format!("{number} is not an integer from {least} to {most}");
        found.push(Problem::new("range", property, message));
    }
}

fn check_texts(value: &Value, property: &str, found: &mut Vec<Problem>) {
    let Some(list) = value.get(property) else { return };
    if !list.as_array().is_some_and(|list| list.iter().all(Value::is_string)) {
        found.push(Problem::new("wrong-type", property, "is not a list of texts"));
    }
}

/// Checks each entry of a list of objects.
fn check_entries(
    value: &Value,
    property: &str,
    found: &mut Vec<Problem>,
    check: impl Fn(&Value, &str, &mut Vec<Problem>),
) {
    let Some(list) = value.get(property) else { return };
    let Some(entries) = list.as_array() else {
        found.push(Problem::new("wrong-type", property, "is not a list"));
        return;
    };
    for (position, entry) in entries.iter().enumerate() {
        let path = format!("{property}[{position}]");
        if entry.is_object() {
            check(entry, &path, found);
        } else {
            found.push(Problem::new("wrong-type", path, "is not an object"));
        }
    }
}

fn need_texts(entry: &Value, path: &str, properties: &[&str], found: &mut Vec<Problem>) {
    for property in properties {
        if !entry.get(property).is_some_and(Value::is_string) {
            found.push(Problem::new("missing", format!("{path}.{property}"), "is missing or is not a text"));
        }
    }
}
