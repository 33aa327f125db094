//! Validation against STIX 2.1 (errata 01), each problem with its place and reason, in two kinds.
//!
//! [`check`] finds what makes a hub refuse an object: only what the standard says MUST be, and only where a breach does
//! harm, so that what is sound is never refused. [`validate`] finds everything: each MUST as an error, each SHOULD as a
//! warning.

mod catalogue;
mod common;
mod custom;
mod document;
mod findings;
mod form;
mod formats;
mod kinds;
mod links;
mod lists;
mod options;
mod patterns;
mod rules;
mod table;
#[cfg(test)]
mod tests;
mod vocabulary;
mod walk;

use serde_json::Value;

use crate::id;
use crate::object::Object;
pub use crate::problem::Problem;
pub use document::{Verdict, validate, validate_document, validate_text};
pub use findings::Report;
pub use options::{Options, UnknownCheck};
use table::{Category, Kind};

/// What makes a hub refuse an object; empty when nothing does.
pub fn check(object: &Object) -> Vec<Problem> {
    let mut found = Vec::new();
    let value = object.value();
    check_type_and_id(object, &mut found);
    let kind = table::kind(object.kind());
    common::check_spec_version(object, kind.map(|kind| kind.category), &mut found);
    common::check_empty_lists(value, &mut found);
    common::check_versions(object, &mut found);
    common::check_common_properties(value, &mut found);
    if let Some(kind) = kind {
        check_required(kind, value, &mut found);
        common::check_timestamps(kind, value, &mut found);
        check_references(kind, value, &mut found);
        kinds::check(object, &mut found);
    }
    found
}

/// Whether objects of a type can be cyber-observables: those that the standard does not give another place.
pub(crate) fn may_be_observed(kind: &str) -> bool {
    kind != "bundle" && table::kind(kind).is_none_or(|kind| kind.category == Category::Observable)
}

/// Whether the standard has this property for objects of this type.
pub(crate) fn is_of_the_standard(kind: &str, property: &str) -> bool {
    match catalogue::find(kind) {
        Some(kind) => kind.has(property),
        None => catalogue::OF_UNKNOWN.property(property).is_some(),
    }
}

/// Whether an object is one that has a maker, times and versions: an observable of the standard has none (section 3.2).
pub(crate) fn is_versioned(object: &Object) -> bool {
    table::kind(object.kind()).map_or(object.value().get("modified").is_some(), |kind| {
        matches!(kind.category, Category::Domain | Category::Relationship)
    })
}

fn check_type_and_id(object: &Object, found: &mut Vec<Problem>) {
    let kind = object.kind();
    if !id::is_type_name(kind) {
        found.push(Problem::new("type-name", "type", format!("`{kind}` is not a valid name of a type")));
    } else if table::kind(kind).is_none() && !is_custom(object) {
        let message = format!("`{kind}` is not a type of the standard, and no extension defines it");
        found.push(Problem::new("unknown-type", "type", message));
    }
    match id::split(object.id()) {
        None => {
            let message = format!("`{}` has not the form type--UUID", object.id());
            found.push(Problem::new("id", "id", message));
        }
        Some((prefix, _)) if prefix != kind => {
            let message = format!("`{}` is not the id of a {kind}", object.id());
            found.push(Problem::new("id-type", "id", message));
        }
        Some(_) => {}
    }
}

/// Custom types begin with `x-` or are defined by an extension (sections 7.3 and 11.2).
fn is_custom(object: &Object) -> bool {
    object.kind().starts_with("x-") || object.value().get("extensions").is_some_and(Value::is_object)
}

fn check_required(kind: &Kind, value: &Value, found: &mut Vec<Problem>) {
    let common: &[&str] = match kind.category {
        Category::Domain | Category::Relationship => &["created", "modified"],
        Category::Observable => &[],
        Category::MarkingDefinition => &["created"],
    };
    for property in common.iter().chain(kind.required) {
        if value.get(property).is_none() {
            found.push(Problem::new("missing", *property, format!("a {} needs `{property}`", kind.name)));
        }
    }
    if !kind.one_of.is_empty() && !kind.one_of.iter().any(|property| value.get(property).is_some()) {
        let message = format!("a {} needs at least one of {}", kind.name, kind.one_of.join(", "));
        found.push(Problem::new("missing", "", message));
    }
    for property in kind.texts {
        if value.get(property).is_some_and(|value| !value.is_string()) {
            found.push(Problem::new("wrong-type", *property, "is not a text"));
        }
    }
}

/// Every reference at the top level is an id, of a type that the standard allows there.
fn check_references(kind: &Kind, value: &Value, found: &mut Vec<Problem>) {
    for (property, member) in value.as_object().into_iter().flatten() {
        if property.ends_with("_ref") {
            check_reference(kind, property, property, member, found);
        } else if property.ends_with("_refs") {
            let Some(list) = member.as_array() else {
                found.push(Problem::new("wrong-type", property, "is not a list of ids"));
                continue;
            };
            for (position, entry) in list.iter().enumerate() {
                check_reference(kind, property, &format!("{property}[{position}]"), entry, found);
            }
        }
    }
}

fn check_reference(kind: &Kind, property: &str, path: &str, reference: &Value, found: &mut Vec<Problem>) {
    let Some(text) = reference.as_str() else {
        found.push(Problem::new("wrong-type", path, "is not an id"));
        return;
    };
    // Observables are found in the wild with references whose UUID is cut short; they dangle, which is legal.
    let target = match (id::split(text), text.split_once("--")) {
        (Some((target, _)), _) => Some(target),
        (None, Some((target, rest))) if kind.category == Category::Observable && !rest.is_empty() => Some(target),
        _ => None,
    };
    let Some(target) = target else {
        found.push(Problem::new("id", path, format!("`{text}` has not the form type--UUID")));
        return;
    };
    if !table::may_refer(kind, property, target) {
        let message = format!("`{property}` of a {} may not refer to a {target}", kind.name);
        found.push(Problem::new("reference-type", path, message));
    }
}
