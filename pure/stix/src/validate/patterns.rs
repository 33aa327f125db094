//! The patterns of indicators: their syntax, and the types and properties that they name (STIX 2.1, section 9).

use super::catalogue;
use super::custom;
use super::findings::{Findings, below};
use super::form::Members;
use super::formats::is_property_name;
use crate::id;
use crate::pattern::{self, Comparison, ObjectPath, Observation, Step};

/// A pattern of type `stix` reads, and what it names is named rightly.
pub(super) fn indicator(members: &Members, path: &str, found: &mut Findings<'_>) {
    let text = |name: &str| members.get(name).and_then(serde_json::Value::as_str);
    let (Some(pattern), Some("stix")) = (text("pattern"), text("pattern_type")) else { return };
    let place = below(path, "pattern");
    match pattern::parse(pattern) {
        Err(error) => found.error("pattern", place, error.to_string()),
        Ok(observation) => observed(&observation, &place, found),
    }
}

// The reader of patterns bounds their depth.
fn observed(observation: &Observation, place: &str, found: &mut Findings<'_>) {
    match observation {
        Observation::Test(comparison) => compared(comparison, place, found),
        Observation::All(parts) | Observation::Any(parts) | Observation::FollowedBy(parts) => {
            for part in parts {
                observed(part, place, found);
            }
        }
        Observation::Qualified(inner, _) => observed(inner, place, found),
    }
}

fn compared(comparison: &Comparison, place: &str, found: &mut Findings<'_>) {
    match comparison {
        Comparison::Test(test) => named(&test.path, place, found),
        Comparison::All(parts) | Comparison::Any(parts) => {
            for part in parts {
                compared(part, place, found);
            }
        }
    }
}

fn named(path: &ObjectPath, place: &str, found: &mut Findings<'_>) {
    let name = &path.object_type;
    let Some(kind) = catalogue::find(name) else {
        if !id::is_type_name(name) {
            found.error("type-name", place, format!("`{name}` is not a valid name of a type"));
        }
        if found.options.strict_types {
            found.error("strict-types", place, format!("`{name}` is not a type of the standard"));
        }
        custom::pattern_name(name, '-', place, found);
        return;
    };
    let Some(Step::Key(property)) = path.steps.first() else { return };
    if kind.has(property) {
        return;
    }
    if !is_property_name(property) {
        let message = format!("`{property}` is not a name of 3 to 250 lower-case letters, digits and underscores");
        found.error("property-name", place, message);
    }
    if found.options.strict_properties {
        found.error("strict-properties", place, format!("`{property}` is not a property of {name}"));
    }
    custom::pattern_name(property, '_', place, found);
}
