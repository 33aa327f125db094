//! What a poller asks for, and its answers as they are compared.

use std::collections::{BTreeMap, BTreeSet};

use ward_share::page;
use ward_taxii::filter::{Filter, VersionMatch, VersionPick};

use crate::rules::Key;
use crate::setup::SECOND;

pub fn filter(is_all: bool, types: &[&str]) -> Filter {
    let versions = if is_all { VersionMatch::All } else { VersionMatch::AnyOf(vec![VersionPick::Last]) };
    Filter { versions, types: types.iter().map(|kind| (*kind).to_owned()).collect(), ..Filter::default() }
}

pub fn exact(version: u64) -> VersionPick {
    VersionPick::Exact(ward_taxii::timestamp::canonical(&format!("2018-01-01T00:00:{version:02}.000Z")).unwrap())
}

pub fn number(version: &str) -> u64 {
    version.get(17..19).and_then(|text| text.parse().ok()).unwrap_or_default()
}

pub fn of_kind(key: &Key, kind: &str) -> bool {
    key.0.starts_with(&format!("{kind}--"))
}

pub fn last(seen: &BTreeSet<Key>) -> BTreeSet<Key> {
    let newest: BTreeMap<&String, u64> = seen.iter().map(|(id, version)| (id, *version)).collect();
    newest.into_iter().map(|(id, version)| (id.clone(), version)).collect()
}

/// An answer as it is compared: bytes, counts, `more`, how long `next` is, and the dates of the first and the last. What is different each time is
/// left out: the ids of notes, and what a date says below the second. Places are given in a row, so that by the microsecond it depends on how
/// many were given with it.
pub fn described(found: Option<&(page::Page<bytes::Bytes>, Vec<i64>)>) -> String {
    let Some((page, _)) = found else { return "no such collection".to_owned() };
    let bodies: Vec<String> = page.items.iter().map(|body| without_id(body)).collect();
    let cursor = page.next.as_ref().map(String::len);
    let at = [page.first_tick, page.last_tick].map(|tick| tick / SECOND);
    format!("{} {bodies:?}, more {}, next {cursor:?}, at {at:?}", bodies.len(), page.more)
}

/// A body; of a note without what is drawn.
pub fn without_id(body: &[u8]) -> String {
    let mut value: serde_json::Value = serde_json::from_slice(body).unwrap();
    if value["type"] == "note" {
        value["id"] = "".into();
        value["created_by_ref"] = "".into();
        value.to_string()
    } else {
        String::from_utf8(body.to_vec()).unwrap()
    }
}
