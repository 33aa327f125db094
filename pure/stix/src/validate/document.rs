//! The full validation of objects and bundles against STIX 2.1 (errata 01).

use std::collections::HashSet;

use serde::Serialize;
use serde_json::Value;

use super::catalogue::{self, Kind};
use super::common::Order;
use super::custom::{self, Place};
use super::findings::{Findings, Report, below};
use super::form::{Members, Structure};
use super::formats::{id_type, no_id, uuid_version};
use super::options::Options;
use super::rules::{markings, order};
use super::table::Category;
use super::walk;
use crate::id;
use crate::object::{self, ObjectError};
use crate::observable_id::contributing;
use crate::problem::Problem;

/// What was found about one object of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The object's id; empty where it has none.
    pub id: String,
    /// Whether it is valid by the options that were given.
    pub valid: bool,
    /// Requirements (MUST) that are breached.
    pub errors: Vec<Problem>,
    /// Recommendations (SHOULD) that are not followed.
    pub warnings: Vec<Problem>,
}

/// Everything that is wrong with an object, or with a bundle and the objects in it.
pub fn validate(value: &Value, options: &Options) -> Report {
    let mut found = Findings::new(options);
    match objects_of_bundle(value) {
        Some(objects) => {
            bundle(value, &mut found);
            for (position, value) in objects.iter().enumerate() {
                object(value, &format!("objects[{position}]"), false, &mut found);
            }
        }
        None => object(value, "", false, &mut found),
    }
    found.report
}

/// A verdict for each object of a document: a single object, a list, or a bundle, which comes first itself.
pub fn validate_document(value: &Value, options: &Options) -> Vec<Verdict> {
    let alone = |value: &Value| {
        let mut found = Findings::new(options);
        if is_bundle(value) {
            bundle(value, &mut found);
        } else {
            object(value, "", false, &mut found);
        }
        let id = value.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let valid = found.report.is_valid(options.strict);
        Verdict { id, valid, errors: found.report.errors, warnings: found.report.warnings }
    };
    let mut verdicts = Vec::new();
    let outer = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    for value in outer {
        verdicts.push(alone(value));
        verdicts.extend(objects_of_bundle(value).unwrap_or_default().iter().map(alone));
    }
    verdicts
}

/// The same for the text of a document. What is no JSON, has a key twice or nests too deep has no verdicts.
pub fn validate_text(bytes: &[u8], options: &Options) -> Result<Vec<Verdict>, ObjectError> {
    Ok(validate_document(&object::read_json(bytes)?, options))
}

fn is_bundle(value: &Value) -> bool {
    value.get("type").and_then(Value::as_str) == Some("bundle")
}

fn objects_of_bundle(value: &Value) -> Option<&[Value]> {
    let objects = value.get("objects").and_then(Value::as_array);
    is_bundle(value).then(|| objects.map_or(&[] as &[Value], Vec::as_slice))
}

/// The bundle itself (section 8), without the objects in it.
fn bundle(value: &Value, found: &mut Findings<'_>) {
    for (name, member) in value.as_object().into_iter().flatten() {
        match name.as_str() {
            "type" | "id" => {}
            "objects" if !member.is_array() => found.error("wrong-type", "objects", "is not a list"),
            "objects" if member.as_array().is_some_and(Vec::is_empty) => {
                found.error("empty-list", "objects", "is an empty list");
            }
            "objects" => {}
            other => custom::property(other, member, other, Place::Object { is_extended: false }, found),
        }
    }
    identifier(value, "bundle", '4', "", found);
    let mut seen = HashSet::new();
    for (position, object) in objects_of_bundle(value).unwrap_or_default().iter().enumerate() {
        let text = |name: &str| object.get(name).and_then(Value::as_str);
        let path = format!("objects[{position}]");
        if is_bundle(object) {
            found.error("reference-type", path, "a bundle cannot hold a bundle");
        } else if let (Some(id), modified) = (text("id"), text("modified"))
            && !seen.insert((id, modified))
        {
            found.warn("duplicate-ids", path, format!("`{id}` is there twice in the same version"));
        }
    }
}

/// An observable within an observed-data object, the way before references.
pub(super) fn embedded(value: &Value, path: &str, found: &mut Findings<'_>) {
    object(value, path, true, found);
}

fn object(value: &Value, path: &str, is_embedded: bool, found: &mut Findings<'_>) {
    let Some(members) = value.as_object() else {
        found.error("wrong-type", path, "is not an object");
        return;
    };
    let Some(name) = members.get("type").and_then(Value::as_str) else {
        found.error("missing", below(path, "type"), "is missing or is not a text");
        return;
    };
    let known = catalogue::find(name);
    if is_embedded && known.is_some_and(|kind| kind.category != Category::Observable) {
        found.error("reference-type", path, format!("a {name} is not an observable"));
        return;
    }
    if !id::is_type_name(name) {
        found.error("type-name", below(path, "type"), format!("`{name}` is not a valid name of a type"));
    }
    let extensions = members.get("extensions");
    match known {
        Some(kind) => of_standard(kind, members, path, found),
        None => of_custom(name, members, path, found),
    }
    spec_version(members, path, found);
    if let Some(extensions) = extensions {
        self::extensions(name, extensions, &below(path, "extensions"), found);
    }
    markings::marked(value, path, found);
}

fn of_standard(kind: &'static Kind, members: &Members, path: &str, found: &mut Findings<'_>) {
    let place = match kind.category {
        Category::Observable => Place::Observable,
        _ => Place::Object { is_extended: custom::is_extended(members.get("extensions")) },
    };
    walk::members(members, &[&kind.structure, kind.common()], path, place, found);
    let version = match kind.category {
        Category::Observable if contributing(kind.name).iter().any(|name| members.contains_key(*name)) => '5',
        _ => '4',
    };
    identifier_of(members, kind.name, version, path, found);
    if kind.category != Category::Observable {
        order(members, ("created", "modified"), Order::NotBefore, path, found);
    }
}

fn of_custom(name: &str, members: &Members, path: &str, found: &mut Findings<'_>) {
    let extensions = members.get("extensions");
    custom::kind(name, extensions, path, found);
    let common: &'static Structure = match custom::defined_as(extensions) {
        Some("new-sdo" | "new-sro") => &catalogue::OF_DOMAIN,
        Some("new-sco") => &catalogue::OF_OBSERVABLES,
        _ => &catalogue::OF_UNKNOWN,
    };
    walk::members(members, &[common], path, Place::CustomObject, found);
    // Which version of UUID a custom observable has is for its extension to say.
    let is_observable = custom::defined_as(extensions) == Some("new-sco");
    identifier_of(members, name, if is_observable { '5' } else { '4' }, path, found);
    order(members, ("created", "modified"), Order::NotBefore, path, found);
}

fn spec_version(members: &Members, path: &str, found: &mut Findings<'_>) {
    if members.get("spec_version").is_some_and(|version| version != "2.1") {
        found.error("spec-version", below(path, "spec_version"), "is not the version 2.1");
    }
}

fn identifier(value: &Value, kind: &str, version: char, path: &str, found: &mut Findings<'_>) {
    match value.as_object() {
        Some(members) if members.contains_key("id") => identifier_of(members, kind, version, path, found),
        _ => found.error("missing", below(path, "id"), "is missing"),
    }
}

/// The id has the type of its object and a UUID of the version that the standard recommends (sections 2.9 and 3.3).
fn identifier_of(members: &Members, kind: &str, version: char, path: &str, found: &mut Findings<'_>) {
    let place = below(path, "id");
    let Some(text) = members.get("id").and_then(Value::as_str) else { return };
    match id_type(text) {
        None => found.error("id", place, no_id(text)),
        Some(other) if other != kind => found.error("id-type", place, format!("`{text}` is not the id of a {kind}")),
        Some(_) if uuid_version(text) == Some(version) => {}
        Some(_) => found.warn("uuid-check", place, format!("the UUID should be of version {version}")),
    }
}

/// The extensions of an object (section 7.3), predefined ones by their tables.
fn extensions(kind: &str, value: &Value, path: &str, found: &mut Findings<'_>) {
    let Some(members) = value.as_object() else {
        found.error("wrong-type", path, "is not an object");
        return;
    };
    if members.is_empty() {
        found.error("empty-object", path, "is empty");
    }
    for (name, value) in members {
        let place = below(path, name);
        match (catalogue::extension(kind, name), value.as_object()) {
            (Some(structure), Some(inner)) => walk::members(inner, &[structure], &place, Place::Nested, found),
            (Some(_), None) => found.error("wrong-type", place, "is not an object"),
            (None, _) => custom::extension(name, value, &place, found),
        }
    }
}
