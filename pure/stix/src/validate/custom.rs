//! What is not of the standard: custom types, properties and extensions (STIX 2.1, sections 7.3 and 11).
//!
//! The standard wants them to come with an extension definition; the older way, by names that begin with `x_` or `x-`,
//! is only looked at where `extensions-use` is off. Both are recommendations; the letters of a name are a requirement.

use serde_json::Value;

use super::findings::{Findings, below};
use super::formats::{is_dictionary_key, is_property_name};
use super::vocabulary::EXTENSION_TYPE;
use super::walk;
use crate::id;
use crate::object::DEEPEST_NESTING;

/// Where a property that the standard does not have stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// On an object of a type of the standard.
    Object {
        /// One of its extensions adds properties to it.
        is_extended: bool,
    },
    /// On an observable. An extension may add properties to one, but no reader can tell which are meant without the
    /// definition at hand, so the properties should go into the extension.
    Observable,
    /// In a structure within an object.
    Nested,
    /// On an object of a custom type, whose properties are its own.
    CustomObject,
}

/// Names that the standard keeps for itself (section 3.4).
const RESERVED_PROPERTIES: [&str; 4] = ["action", "severity", "usernames", "phone_numbers"];

/// How names of custom things begin.
#[derive(Clone, Copy)]
enum Prefix {
    /// `x_` or `x-`, the source, and a name.
    WithSource,
    /// `x_` or `x-`, and a name.
    Plain,
}

/// The form of names that is asked for, if any, and the check that asks for it.
fn prefix(found: &Findings<'_>) -> Option<(Prefix, &'static str)> {
    match &found.options {
        options if options.asks("extensions-use") => None,
        options if options.asks("custom-prefix") => Some((Prefix::WithSource, "custom-prefix")),
        options if options.asks("custom-prefix-lax") => Some((Prefix::Plain, "custom-prefix-lax")),
        _ => None,
    }
}

fn has_prefix(name: &str, prefix: Prefix, mark: char) -> bool {
    let rest = name.strip_prefix('x').and_then(|rest| rest.strip_prefix(mark)).unwrap_or_default();
    match prefix {
        Prefix::Plain => !rest.is_empty(),
        Prefix::WithSource => {
            rest.split_once(mark).is_some_and(|(source, name)| !source.is_empty() && !name.is_empty())
        }
    }
}

fn warn_of_prefix(name: &str, mark: char, path: &str, found: &mut Findings<'_>) {
    let Some((prefix, check)) = prefix(found) else { return };
    if has_prefix(name, prefix, mark) {
        return;
    }
    let begin = match prefix {
        Prefix::WithSource => format!("`x{mark}` and the name of its source"),
        Prefix::Plain => format!("`x{mark}`"),
    };
    found.warn(check, path, format!("the custom name `{name}` should begin with {begin}"));
}

/// A property that the standard does not have.
pub(super) fn property(name: &str, value: &Value, path: &str, place: Place, found: &mut Findings<'_>) {
    if !is_property_name(name) {
        let message = format!("`{name}` is not a name of 3 to 250 lower-case letters, digits and underscores");
        found.error("property-name", path, message);
    }
    if RESERVED_PROPERTIES.contains(&name) && place != Place::CustomObject {
        found.error("reserved", path, format!("the standard keeps the name `{name}` for itself"));
    }
    if place == Place::CustomObject {
        return;
    }
    if found.options.strict_properties {
        found.error("strict-properties", path, format!("`{name}` is not a property of the standard"));
    }
    if place != (Place::Object { is_extended: true }) {
        let message = format!("`{name}` is not a property of the standard and should come with an extension");
        found.warn("extensions-use", path, message);
    }
    warn_of_prefix(name, '_', path, found);
    if place == Place::Observable {
        dictionary_keys(value, path, 0, found);
    }
}

/// Keys of dictionaries on observables should be in lower case.
fn dictionary_keys(value: &Value, path: &str, depth: usize, found: &mut Findings<'_>) {
    if depth > DEEPEST_NESTING {
        found.error("too-deep", path, format!("lists and objects nest deeper than {DEEPEST_NESTING}"));
        return;
    }
    match value {
        Value::Array(list) => {
            for (position, value) in list.iter().enumerate() {
                dictionary_keys(value, &format!("{path}[{position}]"), depth + 1, found);
            }
        }
        Value::Object(members) => {
            for (key, value) in members {
                let place = below(path, key);
                if !is_dictionary_key(key) || key.bytes().any(|byte| byte.is_ascii_uppercase()) {
                    let message = format!("the key `{key}` should have lower-case letters, digits and hyphens only");
                    found.warn("observable-dictionary-keys", &place, message);
                }
                dictionary_keys(value, &place, depth + 1, found);
            }
        }
        _ => {}
    }
}

/// A type that the standard does not have.
pub(super) fn kind(name: &str, extensions: Option<&Value>, path: &str, found: &mut Findings<'_>) {
    let place = below(path, "type");
    if name == "action" {
        found.error("reserved", &place, "the standard keeps the name `action` for itself");
    }
    if found.options.strict_types {
        found.error("strict-types", &place, format!("`{name}` is not a type of the standard"));
    }
    if defined_as(extensions).is_none() {
        let message = format!("`{name}` is not a type of the standard and should come with an extension");
        found.warn("extensions-use", &place, message);
    }
    warn_of_prefix(name, '-', &place, found);
}

/// What an object's extensions make of its type: `new-sdo`, `new-sco` or `new-sro`.
pub(super) fn defined_as(extensions: Option<&Value>) -> Option<&str> {
    extension_types(extensions).find(|kind| kind.starts_with("new-"))
}

/// Whether one of an object's extensions adds properties to it.
pub(super) fn is_extended(extensions: Option<&Value>) -> bool {
    extension_types(extensions).any(|kind| kind == "toplevel-property-extension")
}

fn extension_types(extensions: Option<&Value>) -> impl Iterator<Item = &str> {
    let members = extensions.and_then(Value::as_object).into_iter().flatten();
    members.filter_map(|(_, extension)| extension.get("extension_type").and_then(Value::as_str))
}

/// An extension that the standard does not have.
pub(super) fn extension(name: &str, value: &Value, path: &str, found: &mut Findings<'_>) {
    if name.starts_with("extension-definition--") {
        defined_extension(name, value, path, found);
        return;
    }
    if !id::is_type_name(name) || !name.ends_with("-ext") {
        let message = format!("`{name}` is neither the id of an extension definition nor an extension of the standard");
        found.error("extension-name", path, message);
    }
    if !value.is_object() {
        found.error("wrong-type", path, "is not an object");
    }
    if found.options.strict_properties {
        found.error("strict-properties", path, format!("`{name}` is not an extension of the standard"));
    }
    let message = format!("`{name}` should be the id of an extension definition");
    found.warn("extensions-use", path, message);
    warn_of_prefix(name.strip_suffix("-ext").unwrap_or(name), '-', path, found);
}

fn defined_extension(name: &str, value: &Value, path: &str, found: &mut Findings<'_>) {
    if super::formats::id_type(name).is_none() {
        found.error("id", path, super::formats::no_id(name));
    }
    let Some(members) = value.as_object() else {
        found.error("wrong-type", path, "is not an object");
        return;
    };
    let place = below(path, "extension_type");
    match members.get("extension_type") {
        None => found.error("missing", place, "is missing"),
        Some(Value::String(kind)) if EXTENSION_TYPE.split(' ').any(|known| known == kind) => {}
        Some(other) => {
            let message = format!("{other} is none of {}", EXTENSION_TYPE.replace(' ', ", "));
            found.error("closed-vocabulary", place, message);
        }
    }
    for (name, value) in members {
        let place = below(path, name);
        walk::is_nothing(value, &place, found);
        if !is_property_name(name) {
            let message = format!("`{name}` is not a name of 3 to 250 lower-case letters, digits and underscores");
            found.error("property-name", place, message);
        }
    }
}

/// A name of a type or property in a pattern: `mark` is its hyphen or underscore.
pub(super) fn pattern_name(name: &str, mark: char, path: &str, found: &mut Findings<'_>) {
    warn_of_prefix(name, mark, path, found);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_told_apart() {
        let cases = [
            ("x_org_a", true, true),
            ("x_a", false, true),
            ("x__a", false, true),
            ("a_b_c", false, false),
            ("x_", false, false),
            ("xa_b", false, false),
        ];
        for (name, with_source, plain) in cases {
            assert_eq!(has_prefix(name, Prefix::WithSource, '_'), with_source, "{name}");
            assert_eq!(has_prefix(name, Prefix::Plain, '_'), plain, "{name}");
        }
    }
}
