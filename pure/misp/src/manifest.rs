//! The manifest of a feed: which events it has, and when each changed last.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::event::{MispError, seconds};

/// Most events of one feed.
const EVENTS_MAX: usize = 1_000_000;

/// An event that a manifest names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// In lower case with hyphens: it goes into an address, so nothing else may stand there.
    pub event_id: String,
    /// When it changed last; another text is another version.
    pub stamp: String,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    timestamp: Value,
}

/// Reads `manifest.json`: the events in the order in which they changed. Events whose name is no UUID are counted and left out.
pub fn manifest(json: &[u8]) -> Result<(Vec<Listed>, usize), MispError> {
    let entries: BTreeMap<String, Entry> = serde_json::from_slice(json).map_err(MispError::Manifest)?;
    if entries.len() > EVENTS_MAX {
        return Err(MispError::TooMany { what: "events", at_most: EVENTS_MAX });
    }
    let mut listed = Vec::with_capacity(entries.len());
    let mut left_out = 0;
    for (name, entry) in entries {
        match Uuid::try_parse(&name) {
            Ok(id) => {
                let stamp = seconds(&entry.timestamp).unwrap_or(0);
                listed.push((stamp, Listed { event_id: id.hyphenated().to_string(), stamp: stamp.to_string() }));
            }
            Err(_) => left_out += 1,
        }
    }
    listed.sort_by(|one, other| (one.0, &one.1.event_id).cmp(&(other.0, &other.1.event_id)));
    Ok((listed.into_iter().map(|(_, listed)| listed).collect(), left_out))
}
