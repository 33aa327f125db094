//! Indicators made of an event's attributes: the same attribute is always the same indicator, and a later timestamp is its next version.

use std::collections::BTreeMap;

use uuid::Uuid;
use ward_quality::stated::WATCH_ONLY_LABEL;
use ward_stix::alert::{IndicatorFacts, indicator_object};
use ward_stix::extract::pattern_of;
use ward_stix::marking::Tlp;
use ward_stix::normal;
use ward_stix::object::{Object, labelled};
use ward_stix::term::Term;
use ward_stix::timestamp::{format_stix, parse_micros};

use crate::event::{Attribute, Event, Tag, seconds};

/// Namespace of the ids.
const NAMESPACE: Uuid = Uuid::from_u128(0x6a0f_3d0e_74b1_4b52_9c0f_5a9d_2f0e_11c7);
const MICROS: i64 = 1_000_000;
/// Most characters of a description.
const DESCRIPTION_MAX_CHARS: usize = 1_000;

/// How indicators are made.
#[derive(Clone, Debug)]
pub struct Making<'a> {
    /// The identity of the source, which stands as their creator.
    pub identity_id: &'a str,
    /// For what bears no TLP.
    pub assigned_tlp: Tlp,
}

/// What was made of an event.
#[derive(Clone, Debug, Default)]
pub struct Made {
    pub indicators: Vec<Object>,
    /// Attributes of which none was made: how many of each type.
    pub left_out: BTreeMap<String, usize>,
}

/// The indicators of an event.
pub fn indicators(event: &Event, making: &Making<'_>) -> Made {
    let mut made = Made::default();
    let of_objects = event
        .objects
        .iter()
        .flat_map(|object| object.attributes.iter().map(|attribute| (attribute, object.deleted || attribute.deleted)));
    let all = event.attributes.iter().map(|attribute| (attribute, attribute.deleted)).chain(of_objects);
    for (attribute, is_deleted) in all {
        match indicator(event, attribute, is_deleted, making) {
            Some(object) => made.indicators.push(object),
            None => *made.left_out.entry(attribute.kind.clone()).or_default() += 1,
        }
    }
    made
}

fn indicator(event: &Event, attribute: &Attribute, is_deleted: bool, making: &Making<'_>) -> Option<Object> {
    let term = term(&attribute.kind, attribute.value.trim())?;
    let attribute_id = Uuid::try_parse(&attribute.uuid).ok()?;
    let tlp = tlp(&attribute.tags).or_else(|| tlp(&event.tags)).unwrap_or(making.assigned_tlp);
    // What changes about the event (its marking) changes what is made of it, so the later of the two times is the version.
    let changed = seconds(&attribute.timestamp).max(seconds(&event.timestamp))?.checked_mul(MICROS)?;
    let created = parse_micros(&format!("{}T00:00:00Z", event.date)).unwrap_or(changed).min(changed);
    let valid_from = attribute.first_seen.as_deref().and_then(first_seen).unwrap_or(created);
    let name = format!("{}\n{attribute_id}", making.identity_id);
    let id = format!("indicator--{}", Uuid::new_v5(&NAMESPACE, name.as_bytes()));
    let description = description(event, attribute);
    let bytes = indicator_object(&IndicatorFacts {
        id: &id,
        created_by_ref: making.identity_id,
        created: &format_stix(created),
        modified: &format_stix(changed),
        name: &format!("{} {}", term.kind(), term.text()),
        description: (!description.is_empty()).then_some(&description),
        pattern: &pattern(&term, attribute.value.trim()),
        tlp,
        valid_from: &format_stix(valid_from),
        valid_until: None,
        revoked: is_deleted,
    });
    let bytes = if attribute.to_ids { bytes } else { labelled(bytes, WATCH_ONLY_LABEL) };
    Object::parse(&bytes).ok()
}

/// A URL as it was written, since others match it whole.
fn pattern(term: &Term, value: &str) -> String {
    match term {
        Term::Url(_) => format!("[url:value = '{}']", value.replace('\\', "\\\\").replace('\'', "\\'")),
        other => pattern_of(other),
    }
}

fn description(event: &Event, attribute: &Attribute) -> String {
    let parts = [event.info.trim(), attribute.comment.trim()];
    let said: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    said.join(": ").chars().take(DESCRIPTION_MAX_CHARS).collect()
}

/// MISP writes offsets, as `2018-05-03T10:00:00.000000+00:00`; only UTC is read, and another time is the event's.
fn first_seen(text: &str) -> Option<i64> {
    parse_micros(text).or_else(|| parse_micros(&format!("{}Z", text.strip_suffix("+00:00")?)))
}

/// What an attribute of a type looks for; none for types that are not searched for exactly, or about people.
fn term(kind: &str, value: &str) -> Option<Term> {
    // Two values stand in one, with a bar between them; the one that says more counts.
    let (first, second) = value.split_once('|').unwrap_or((value, ""));
    let network = |text: &str| normal::network(text).map(|(first, last)| Term::Network { first, last });
    match kind {
        "ip-src" | "ip-dst" => network(value),
        "ip-src|port" | "ip-dst|port" => network(first),
        "domain" | "hostname" => normal::domain(value).map(Term::Domain),
        "domain|ip" | "hostname|port" => normal::domain(first).map(Term::Domain),
        "url" => normal::url(value).map(Term::Url),
        "md5" | "sha1" | "sha256" | "sha512" => normal::hash(value).map(Term::Hash),
        "filename|md5" | "filename|sha1" | "filename|sha256" | "filename|sha512" => {
            normal::hash(second).map(Term::Hash)
        }
        "user-agent" => Some(value.to_owned()).filter(|agent| !agent.is_empty()).map(Term::UserAgent),
        _ => None,
    }
}

/// The strictest TLP among tags such as `tlp:amber+strict`.
fn tlp(tags: &[Tag]) -> Option<Tlp> {
    let of = |tag: &Tag| {
        Some(match tag.name.trim().to_ascii_lowercase().as_str() {
            "tlp:clear" | "tlp:white" => Tlp::Clear,
            "tlp:green" => Tlp::Green,
            "tlp:amber" => Tlp::Amber,
            "tlp:amber+strict" => Tlp::AmberStrict,
            // What is only for those it was sent to, and TLP tags that are not known.
            other if other.starts_with("tlp:") => Tlp::Red,
            _ => return None,
        })
    };
    let order = [Tlp::Clear, Tlp::Green, Tlp::Amber, Tlp::AmberStrict, Tlp::Red];
    let place = |tlp: &Tlp| order.iter().position(|known| known == tlp);
    tags.iter().filter_map(of).max_by_key(place)
}
