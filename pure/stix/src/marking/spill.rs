//! Classified information where it must not be: found in an object or a text alone, without any definition at hand.
//!
//! Two signs count as classified: an ACS control set above unclassified, and a banner or portion marking as the CAPCO register writes them
//! (`TOP SECRET//SI//NOFORN`, `(S//NF)`). Words in a sentence do not: what is recognised is upper case in the form of a marking, so that a
//! report about the Secretary of State or a secret ballot stays what it is. Controlled but unclassified information (CUI, LES, PCII, FOUO) is
//! recognised apart, since it may be here. Nothing found does not prove that nothing is classified.

mod text;

use serde_json::Value;

use super::acs::{ACS_EXTENSION_ID, Classification};
use crate::object::Object;

/// A sign in a text or in an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// What it is a sign of.
    pub of: Kind,
    /// Where in the JSON, such as `labels.[0]`; empty in a plain text.
    pub place: String,
    /// The marking as it is written, cut to a line.
    pub written: String,
}

/// What a sign is a sign of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Controlled unclassified information.
    Controlled,
    /// For official use only.
    OfficialUseOnly,
    /// Law enforcement sensitive.
    LawEnforcement,
    /// Protected critical infrastructure information.
    ProtectedInfrastructure,
    /// Classified, at this level, which is above unclassified.
    Classified(Classification),
}

/// The signs in an object.
pub fn in_object(object: &Object) -> Vec<Sign> {
    in_json(object.value())
}

/// The signs in any JSON: its ACS control sets, and every text and key in it.
pub fn in_json(value: &Value) -> Vec<Sign> {
    let mut found = Vec::new();
    walk(value, &Place::Whole, &mut found);
    found
}

/// The signs in a text.
pub fn in_text(text: &str) -> Vec<Sign> {
    let sign = |(of, written): (Kind, &str)| Sign { of, place: String::new(), written: written.to_owned() };
    text::signs(text).into_iter().map(sign).collect()
}

/// The highest classification among signs; none when none is classified.
pub fn classified(signs: &[Sign]) -> Option<Classification> {
    let level = |sign: &Sign| match sign.of {
        Kind::Classified(level) => Some(level),
        Kind::Controlled | Kind::OfficialUseOnly | Kind::LawEnforcement | Kind::ProtectedInfrastructure => None,
    };
    signs.iter().filter_map(level).max()
}

/// Where in the JSON something stands. It is written out only where a sign is.
enum Place<'a> {
    Whole,
    Key(&'a Place<'a>, &'a str),
    Index(&'a Place<'a>, usize),
}

impl Place<'_> {
    fn written(&self) -> String {
        match self {
            Place::Whole => String::new(),
            Place::Key(above, key) => below(above, key),
            Place::Index(above, at) => below(above, &format!("[{at}]")),
        }
    }
}

fn below(above: &Place<'_>, step: &str) -> String {
    let above = above.written();
    if above.is_empty() { step.to_owned() } else { format!("{above}.{step}") }
}

/// Objects nest only as deep as they are read, and so does this.
fn walk(value: &Value, place: &Place<'_>, found: &mut Vec<Sign>) {
    let take = |text: &str, found: &mut Vec<Sign>| {
        found.extend(in_text(text).into_iter().map(|sign| Sign { place: place.written(), ..sign }));
    };
    match value {
        Value::String(text) => take(text, found),
        Value::Array(members) => {
            for (at, member) in members.iter().enumerate() {
                walk(member, &Place::Index(place, at), found);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                take(key, found);
                let place = Place::Key(place, key);
                if key == ACS_EXTENSION_ID || key == "control_set" {
                    found.extend(control_set(member, &place));
                }
                walk(member, &place, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The classification of a control set, however well or badly the rest of the marking is formed; also one that stands in the extension itself.
fn control_set(member: &Value, place: &Place<'_>) -> Option<Sign> {
    let written = member.get("classification")?.as_str()?;
    let level = text::level(&written.trim().to_ascii_uppercase())?;
    (level > Classification::Unclassified).then(|| Sign {
        of: Kind::Classified(level),
        place: below(place, "classification"),
        written: written.to_owned(),
    })
}

#[cfg(test)]
mod tests;
