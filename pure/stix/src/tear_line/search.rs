//! Whether anything of what was hidden still stands in the new object: looked for in every name and text of it, whatever made it.

use serde_json::Value;

use super::cut::Cut;
use super::{Making, TearLineError};
use crate::id;
use crate::marking::{named_markings, tlp_of_id};
use crate::object::Object;

/// Shorter texts, such as `high` or `malware`, stand in many objects for other reasons.
const TELLING_CHARACTERS: usize = 12;

/// Refuses an object that says what it must not.
pub fn nothing_hidden(
    restricted: &Object,
    object: &Object,
    cut: &Cut<'_>,
    making: &Making<'_>,
) -> Result<(), TearLineError> {
    let mut hidden: Vec<(String, &'static str)> = vec![("derived-from".to_owned(), "what it was made from")];
    hidden.push((bare(restricted.id()), "the id of the restricted object"));
    let source = restricted.created_by_ref().filter(|source| *source != making.made_by);
    hidden.extend(source.map(|source| (bare(source), "who made the restricted object")));
    hidden.extend(making.unspoken.iter().map(|name| (name.to_lowercase(), "who the restricted object is from")));
    let markings = named_markings(restricted).into_iter().filter(|id| tlp_of_id(id).is_none());
    hidden.extend(markings.map(|id| (bare(&id), "a marking of the restricted object")));
    let telling = cut.texts.iter().filter(|text| text.chars().count() >= TELLING_CHARACTERS);
    hidden.extend(telling.map(|text| (text.to_lowercase(), "what was removed or replaced")));
    hidden.retain(|(text, _)| !text.trim().is_empty());
    let seen: Vec<&str> = making.audience.values().map(String::as_str).chain([object.id(), making.made_by]).collect();
    each_text("", object.value(), &mut |place, text| {
        let lower = text.to_lowercase();
        let found = hidden.iter().find(|(hidden, _)| lower.contains(hidden));
        let what = found
            .map(|(_, what)| *what)
            .or_else(|| names_unseen(&lower, &seen).then_some("the id of an object that those who get it do not see"));
        match what {
            Some(what) => Err(TearLineError::Still { place: place.to_owned(), what }),
            None => Ok(()),
        }
    })
}

/// The UUID of an id, by which it is found also where the type is left off.
fn bare(id: &str) -> String {
    id.split_once("--").map_or(id, |(_, uuid)| uuid).to_lowercase()
}

/// Whether a text in small letters has in it the id of an object that is none of these.
fn names_unseen(text: &str, seen: &[&str]) -> bool {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
    let ids = words.map(|word| word.trim_matches('-')).filter(|word| id::split(word).is_some());
    let mut unseen = ids.filter(|id| {
        let is_seen = seen.iter().any(|one| one.eq_ignore_ascii_case(id));
        !is_seen && tlp_of_id(id).is_none() && !id.starts_with("extension-definition--")
    });
    unseen.next().is_some()
}

/// Every name and every text, with its selector.
fn each_text(
    place: &str,
    value: &Value,
    look: &mut dyn FnMut(&str, &str) -> Result<(), TearLineError>,
) -> Result<(), TearLineError> {
    match value {
        Value::String(text) => look(place, text),
        Value::Array(entries) => {
            let mut numbered = entries.iter().enumerate();
            numbered.try_for_each(|(number, entry)| each_text(&format!("{place}.[{number}]"), entry, look))
        }
        Value::Object(members) => members.iter().try_for_each(|(name, value)| {
            look(place, name)?;
            let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
            each_text(&place, value, look)
        }),
        _ => Ok(()),
    }
}
