//! One event as a feed has it, as far as indicators are made of it.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Most attributes of one event.
pub const ATTRIBUTES_MAX: usize = 200_000;

/// Why something is no feed of MISP.
#[derive(Debug, thiserror::Error)]
pub enum MispError {
    /// No manifest.
    #[error("not the manifest of a MISP feed: {0}")]
    Manifest(#[source] serde_json::Error),
    /// No event.
    #[error("not an event of MISP: {0}")]
    Event(#[source] serde_json::Error),
    /// More than is read.
    #[error("more than {at_most} {what}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many are read.
        at_most: usize,
    },
}

/// An event.
#[derive(Clone, Debug, Deserialize)]
pub struct Event {
    #[serde(default)]
    pub uuid: String,
    /// What it is about.
    #[serde(default)]
    pub info: String,
    /// `YYYY-MM-DD`.
    #[serde(default)]
    pub date: String,
    #[serde(default)]
    pub(crate) timestamp: Value,
    #[serde(default, rename = "Tag")]
    pub(crate) tags: Vec<Tag>,
    #[serde(default, rename = "Attribute")]
    pub(crate) attributes: Vec<Attribute>,
    #[serde(default, rename = "Object")]
    pub(crate) objects: Vec<ObjectOfEvent>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Tag {
    #[serde(default)]
    pub name: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ObjectOfEvent {
    #[serde(default, rename = "Attribute")]
    pub attributes: Vec<Attribute>,
    #[serde(default, deserialize_with = "flag")]
    pub deleted: bool,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Attribute {
    #[serde(default)]
    pub uuid: String,
    #[serde(default, rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub value: String,
    #[serde(default)]
    pub comment: String,
    /// Meant for automatic detection.
    #[serde(default, deserialize_with = "flag")]
    pub to_ids: bool,
    #[serde(default, deserialize_with = "flag")]
    pub deleted: bool,
    #[serde(default)]
    pub timestamp: Value,
    #[serde(default)]
    pub first_seen: Option<String>,
    #[serde(default, rename = "Tag")]
    pub tags: Vec<Tag>,
}

#[derive(Deserialize)]
struct File {
    #[serde(rename = "Event")]
    event: Event,
}

impl Event {
    /// Reads an event's file.
    pub fn read(json: &[u8]) -> Result<Self, MispError> {
        let file: File = serde_json::from_slice(json).map_err(MispError::Event)?;
        let of_objects: usize = file.event.objects.iter().map(|object| object.attributes.len()).sum();
        if file.event.attributes.len() + of_objects > ATTRIBUTES_MAX {
            return Err(MispError::TooMany { what: "attributes", at_most: ATTRIBUTES_MAX });
        }
        Ok(file.event)
    }
}

/// Seconds since 1970, which MISP writes as a text or as a number.
pub(crate) fn seconds(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_i64(),
        _ => None,
    }
}

/// True, false, 1, 0, "1" and "0" are all in use.
fn flag<'de, D: Deserializer<'de>>(input: D) -> Result<bool, D::Error> {
    let value = Value::deserialize(input)?;
    Ok(match &value {
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_i64() == Some(1),
        Value::String(text) => text == "1" || text.eq_ignore_ascii_case("true"),
        _ => false,
    })
}
