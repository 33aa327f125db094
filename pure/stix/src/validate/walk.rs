//! Reads an object by the catalogue: every property against its form. The depth of the tables bounds the depth of the
//! walk; what stands in places that the catalogue leaves open is not looked at.

use serde_json::Value;

use super::catalogue;
use super::custom::{self, Place};
use super::findings::{Findings, below};
use super::form::{Form, Members, Structure, Targets, Vocabulary};
use super::formats::{id_type, is_dictionary_key, is_hash, is_hash_name, is_plain_word, no_id};
use super::lists::List;
use super::table::Category;
use super::vocabulary::HASH_ALGORITHM;
use crate::timestamp;

/// The members of one object, by its structure and the one it shares with others.
pub(super) fn members(
    members: &Members,
    structures: &[&'static Structure],
    path: &str,
    place: Place,
    found: &mut Findings<'_>,
) {
    for (name, value) in members {
        let path = below(path, name);
        let is_nothing = is_nothing(value, &path, found);
        match structures.iter().find_map(|structure| structure.property(name)) {
            Some(_) if is_nothing => {}
            Some(property) => form(value, &property.form, &path, found),
            None => custom::property(name, value, &path, place, found),
        }
    }
    for structure in structures {
        for property in structure.properties.iter().filter(|property| property.needed) {
            if !members.contains_key(property.name) {
                found.error("missing", below(path, property.name), "is missing");
            }
        }
        if !structure.any_of.is_empty() && !structure.any_of.iter().any(|name| members.contains_key(*name)) {
            found.error("missing", path, format!("at least one of {} is needed", structure.any_of.join(", ")));
        }
        for rule in structure.rules {
            rule(members, path, found);
        }
    }
}

/// One value against its form.
fn form(value: &Value, form: &Form, path: &str, found: &mut Findings<'_>) {
    match form {
        Form::Any => {}
        Form::Text => {
            text(value, path, found);
        }
        Form::Boolean => wrong_unless(value.is_boolean(), "is neither true nor false", path, found),
        Form::Integer(least, most) => integer(value, *least, *most, path, found),
        Form::Number(least, most) => match value.as_f64() {
            None => found.error("wrong-type", path, "is not a number"),
            Some(number) if (*least..=*most).contains(&number) => {}
            Some(number) => found.error("range", path, format!("{number} is not from {least} to {most}")),
        },
        Form::Time => {
            if text(value, path, found).is_some_and(|text| timestamp::parse(text).is_none()) {
                found.error("timestamp", path, format!("{value} is not an RFC 3339 timestamp with `Z`"));
            }
        }
        Form::Like(noun, test) => {
            if text(value, path, found).is_some_and(|text| !test(text)) {
                found.error("format", path, format!("{value} is not {noun}"));
            }
        }
        Form::Reference(targets) => reference(value, targets, path, found),
        Form::Pointer(types) => pointer(value, types, path, found),
        Form::List(entry) => match value.as_array() {
            Some(list) => {
                for (position, value) in list.iter().enumerate() {
                    self::form(value, entry, &format!("{path}[{position}]"), found);
                }
            }
            None => found.error("wrong-type", path, "is not a list"),
        },
        Form::Structure(structure) => {
            if let Some(inner) = entries(value, "an object", path, found) {
                members(inner, &[*structure], path, Place::Nested, found);
            }
        }
        Form::Dictionary(entry) => dictionary(value, entry, path, found),
        Form::Hashes => hashes(value, path, found),
        Form::OneOf(words) => {
            if text(value, path, found).is_some_and(|text| !words.split(' ').any(|word| word == text)) {
                found.error("closed-vocabulary", path, format!("{value} is none of {}", words.replace(' ', ", ")));
            }
        }
        Form::Open(vocabulary) => open(value, vocabulary, path, found),
        Form::Registered(check, list) => {
            if text(value, path, found).is_some_and(|text| !list.has(text)) {
                found.warn(check, path, format!("{value} is not {}", list.noun()));
            }
        }
        Form::RegisteredKeys(check, list, entry) => registered_keys(value, check, *list, entry, path, found),
    }
}

fn wrong_unless(is_right: bool, message: &str, path: &str, found: &mut Findings<'_>) {
    if !is_right {
        found.error("wrong-type", path, message);
    }
}

fn text<'a>(value: &'a Value, path: &str, found: &mut Findings<'_>) -> Option<&'a str> {
    wrong_unless(value.is_string(), "is not a text", path, found);
    value.as_str()
}

fn integer(value: &Value, least: i64, most: i64, path: &str, found: &mut Findings<'_>) {
    let is_whole = value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0);
    // Whole numbers beyond 64 bits do not fit; every bound is within them.
    let fits =
        value.as_i64().map_or_else(|| most == i64::MAX && !is_below(value, 0.0), |n| (least..=most).contains(&n));
    if !is_whole {
        found.error("wrong-type", path, "is not a whole number");
    } else if !fits {
        let message = match (least, most) {
            (0, i64::MAX) => format!("{value} is negative"),
            _ => format!("{value} is not from {least} to {most}"),
        };
        found.error("range", path, message);
    }
}

fn is_below(value: &Value, bound: f64) -> bool {
    value.as_f64().is_some_and(|number| number < bound)
}

fn open(value: &Value, vocabulary: &Vocabulary, path: &str, found: &mut Findings<'_>) {
    let Some(text) = text(value, path, found) else { return };
    if vocabulary.words.split(' ').any(|word| word == text) {
        return;
    }
    found.warn(vocabulary.check, path, format!("{value} is not a word of the standard's vocabulary"));
    if !is_plain_word(text) {
        found.warn("open-vocab-format", path, format!("{value} should be in lower case, with hyphens between words"));
    }
}

fn reference(value: &Value, targets: &Targets, path: &str, found: &mut Findings<'_>) {
    let Some(text) = text(value, path, found) else { return };
    match id_type(text) {
        None => found.error("id", path, no_id(text)),
        Some(kind) if may_refer(targets, kind) => {}
        Some(kind) => found.error("reference-type", path, format!("may not refer to a {kind}")),
    }
}

fn may_refer(targets: &Targets, kind: &str) -> bool {
    use Category::{Domain, Observable};
    let category = catalogue::find(kind).map(|kind| kind.category);
    // Of the types of this category, these are about other objects and not of the domain itself.
    let is_meta = matches!(kind, "language-content" | "extension-definition");
    match (targets, category) {
        _ if kind == "bundle" => false,
        (Targets::Any, _) => true,
        (Targets::Types(types), None) => *types != ["marking-definition"],
        (Targets::Types(types), Some(_)) => types.contains(&kind),
        (Targets::Translated, _) => kind != "language-content",
        (_, None) => true,
        (Targets::Domain, Some(category)) => category == Domain && !is_meta,
        (Targets::Observables, Some(category)) => category == Observable,
        (Targets::DomainAndObservables, Some(category)) => matches!(category, Domain | Observable) && !is_meta,
    }
}

fn pointer(value: &Value, types: &[&str], path: &str, found: &mut Findings<'_>) {
    let Some(text) = text(value, path, found) else { return };
    match text.split_once("--") {
        Some((kind, rest)) if crate::id::is_type_name(kind) && !rest.is_empty() => {
            if !types.is_empty() && !types.contains(&kind) && catalogue::find(kind).is_some() {
                found.error("reference-type", path, format!("may not refer to a {kind}"));
            }
        }
        _ => found.error("id", path, format!("{value} has not the form type--UUID")),
    }
}

fn dictionary(value: &Value, entry: &Form, path: &str, found: &mut Findings<'_>) {
    let Some(members) = entries(value, "a dictionary", path, found) else { return };
    for (key, value) in members {
        if !is_dictionary_key(key) {
            let message = format!("`{key}` is not a key of letters, digits, hyphens and underscores");
            found.error("dictionary-key", below(path, key), message);
        }
        form(value, entry, &below(path, key), found);
    }
}

fn registered_keys(value: &Value, check: &'static str, list: List, entry: &Form, path: &str, found: &mut Findings<'_>) {
    let Some(members) = entries(value, "a dictionary", path, found) else { return };
    for (key, value) in members {
        if !list.has(key) {
            found.warn(check, below(path, key), format!("`{key}` is not {}", list.noun()));
        }
        form(value, entry, &below(path, key), found);
    }
}

/// Hashes by the names of their algorithms (section 2.7).
fn hashes(value: &Value, path: &str, found: &mut Findings<'_>) {
    /// Longest name that should be used, in letters.
    const LONGEST_NAME: usize = 30;
    let Some(members) = entries(value, "a dictionary of hashes", path, found) else { return };
    for (algorithm, value) in members {
        let place = below(path, algorithm);
        let Some(hash) = text(value, &place, found) else { continue };
        if !is_hash_name(algorithm) {
            found.error("hash-name", &place, format!("`{algorithm}` cannot be the name of an algorithm"));
        }
        if !is_hash(algorithm, hash) {
            found.error("hash", &place, format!("{value} is not a hash of {algorithm}"));
        }
        if algorithm.len() > LONGEST_NAME {
            found.warn("hash-length", &place, format!("the name has more than {LONGEST_NAME} letters"));
        }
        if !HASH_ALGORITHM.split(' ').any(|known| known == algorithm) && !algorithm.starts_with("x_") {
            found.warn("hash-algo", &place, format!("`{algorithm}` is not an algorithm of the standard's vocabulary"));
        }
    }
}

/// Whether a value is one that is left out instead (sections 2.4 and 2.8), which is then told. What stands deeper within
/// a custom property is for its own definition to say.
pub(super) fn is_nothing(value: &Value, path: &str, found: &mut Findings<'_>) -> bool {
    match value {
        Value::Null => found.error("null", path, "is null"),
        Value::Array(list) if list.is_empty() => found.error("empty-list", path, "is an empty list"),
        _ => return false,
    }
    true
}

/// The members of a dictionary, which is never empty.
fn entries<'a>(value: &'a Value, noun: &str, path: &str, found: &mut Findings<'_>) -> Option<&'a Members> {
    match value.as_object() {
        None => found.error("wrong-type", path, format!("is not {noun}")),
        Some(members) if members.is_empty() => found.error("empty-object", path, "is empty"),
        members => return members,
    }
    None
}
