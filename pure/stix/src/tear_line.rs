//! The version of a restricted object that can be passed on: a new object by the hub, never the old one with less in it.
//!
//! STIX 2.1, section 3.5: who republishes an object with changes, additions or omissions makes a new id; section 3.6: a version is the same for
//! everybody. The new object names neither the old one nor where it is from. What cannot be said to be free of them is refused, not mended.

mod cut;
mod search;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::marking::{Portions, Tlp, resolve, selected};
use crate::object::{Object, ObjectError};
use crate::problem::Problem;
use crate::validate::{self, is_of_the_standard, is_versioned};
use cut::Cut;

/// What a person says the new object is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Its one marking.
    pub tlp: Tlp,
    /// What is left out: properties and parts of them, as selectors name them (`external_references.[0].url`).
    #[serde(default)]
    pub remove: Vec<String>,
    /// Texts that take the place of others, by selector.
    #[serde(default)]
    pub replace: BTreeMap<String, String>,
    /// Of `external_references`, `extensions` and properties that are not of the standard, those that stay.
    #[serde(default)]
    pub keep: Vec<String>,
}

/// What the new object is made with.
pub struct Making<'a> {
    /// Its id.
    pub id: &'a str,
    /// The identity that makes it: the hub's.
    pub made_by: &'a str,
    /// When, as STIX has times.
    pub at: &'a str,
    /// The ids that whoever gets the new object sees, each with the id that is written for it: its own, or that of its releasable version.
    pub audience: &'a BTreeMap<String, String>,
    /// What must not be named, such as who sent the restricted object.
    pub unspoken: &'a [String],
    /// The markings that are known here.
    pub lookup: &'a dyn Fn(&str) -> Option<Object>,
}

/// The new object, and what it leaves out.
#[derive(Clone, Debug, PartialEq)]
pub struct TearLine {
    pub object: Object,
    /// Selectors of what was removed from the restricted object, in its order.
    pub removed: Vec<String>,
    /// Selectors of what has another text.
    pub replaced: Vec<String>,
}

/// Why there is no such object.
#[derive(Debug, thiserror::Error)]
pub enum TearLineError {
    /// Markings, extensions' definitions and bundles.
    #[error("a {0} has no version to be passed on")]
    Kind(String),
    #[error("it was withdrawn by who made it")]
    Revoked,
    /// Nobody can say which part is meant.
    #[error("a marking on a part of it is malformed, so that nobody can say what it covers")]
    Marking,
    #[error("`{0}` is new in any case and cannot be chosen")]
    Fixed(String),
    /// A slip of the pen must not leave in what was to be removed.
    #[error("it has no `{0}`")]
    Missing(String),
    #[error("`{0}` is not a text, so no text can take its place")]
    NotAText(String),
    #[error("the new id must be an id of a {0}, and another one")]
    Id(String),
    /// Where something stands that must not.
    #[error("`{place}` still says {what}")]
    Still {
        /// Selector.
        place: String,
        /// In words that do not repeat it.
        what: &'static str,
    },
    /// What is left is no object of the standard.
    #[error("what is left is not sound: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Unsound(Vec<Problem>),
    #[error(transparent)]
    Object(#[from] ObjectError),
}

/// What a new object has anew.
const FIXED: [&str; 8] =
    ["type", "id", "spec_version", "created_by_ref", "created", "modified", "object_marking_refs", "granular_markings"];

/// Makes the version of an object that can be passed on.
///
/// Of the standard's own observables it has no maker and no times, which those do not have.
///
/// # Errors
/// [`TearLineError`] when nothing sound is left, or something of what was hidden.
pub fn make(restricted: &Object, choice: &Choice, making: &Making<'_>) -> Result<TearLine, TearLineError> {
    check(restricted, choice, making)?;
    let mut cut = Cut::new(choice, making.audience, stricter_portions(restricted, choice.tlp, making.lookup)?);
    let mut members = Map::new();
    for (name, value) in restricted.value().as_object().into_iter().flatten() {
        if FIXED.contains(&name.as_str()) {
            continue;
        }
        if !is_kept(restricted.kind(), name, choice) {
            cut.drop(name, value);
        } else if let Some(value) = cut.member(name, name, value) {
            members.insert(name.clone(), value);
        }
    }
    fill(&mut members, restricted, choice.tlp, making);
    let object = Object::parse(Value::Object(members).to_string().as_bytes())?;
    let problems = validate::check(&object);
    if !problems.is_empty() {
        return Err(TearLineError::Unsound(problems));
    }
    search::nothing_hidden(restricted, &object, &cut, making)?;
    Ok(TearLine { object, removed: cut.removed, replaced: choice.replace.keys().cloned().collect() })
}

fn check(restricted: &Object, choice: &Choice, making: &Making<'_>) -> Result<(), TearLineError> {
    let kind = restricted.kind();
    if ["marking-definition", "extension-definition", "bundle", "language-content"].contains(&kind) {
        return Err(TearLineError::Kind(kind.to_owned()));
    }
    if restricted.is_revoked() {
        return Err(TearLineError::Revoked);
    }
    if !crate::id::is_of(making.id, kind) || making.id.eq_ignore_ascii_case(restricted.id()) {
        return Err(TearLineError::Id(kind.to_owned()));
    }
    for place in choice.remove.iter().chain(choice.replace.keys()).chain(&choice.keep) {
        let property = place.split('.').next().unwrap_or_default();
        if FIXED.contains(&property) {
            return Err(TearLineError::Fixed(property.to_owned()));
        }
        if selected(restricted.value(), place).is_none() {
            return Err(TearLineError::Missing(place.clone()));
        }
    }
    let is_text = |place: &&String| selected(restricted.value(), place).is_some_and(Value::is_string);
    match choice.replace.keys().find(|place| !is_text(place)) {
        Some(place) => Err(TearLineError::NotAText(place.clone())),
        None => Ok(()),
    }
}

/// Selectors of the portions whose own marking asks for more than the new one, or is not understood.
fn stricter_portions(
    restricted: &Object,
    tlp: Tlp,
    lookup: &dyn Fn(&str) -> Option<Object>,
) -> Result<Vec<String>, TearLineError> {
    let portions = Portions::of(restricted);
    if !portions.malformed.is_empty() {
        return Err(TearLineError::Marking);
    }
    let mut stricter = Vec::new();
    for (marking, selectors) in portions.marked {
        // Nothing but this marking and those on it.
        let alone = serde_json::json!({"type": "x-portion", "id": "x-portion--0", "object_marking_refs": [marking]});
        let marks = resolve(&Object::parse(alone.to_string().as_bytes())?, lookup);
        let is_open = marks.unknown.is_empty() && marks.acs.is_empty() && marks.tlp.iter().all(|one| *one <= tlp);
        if !is_open {
            stricter.extend(selectors);
        }
    }
    Ok(stricter)
}

/// References to elsewhere, extensions and what is not of the standard may name anything: only a person can say that they do not.
fn is_kept(kind: &str, property: &str, choice: &Choice) -> bool {
    let is_plain = is_of_the_standard(kind, property) && property != "external_references" && property != "extensions";
    is_plain || choice.keep.iter().any(|kept| kept == property)
}

fn fill(members: &mut Map<String, Value>, restricted: &Object, tlp: Tlp, making: &Making<'_>) {
    members.insert("type".to_owned(), restricted.kind().into());
    members.insert("spec_version".to_owned(), "2.1".into());
    members.insert("id".to_owned(), making.id.into());
    members.insert("object_marking_refs".to_owned(), vec![tlp.official_id()].into());
    if is_versioned(restricted) {
        for (name, value) in [("created_by_ref", making.made_by), ("created", making.at), ("modified", making.at)] {
            members.insert(name.to_owned(), value.into());
        }
    }
}

#[cfg(test)]
mod tests;
