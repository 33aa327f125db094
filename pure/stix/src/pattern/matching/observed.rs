//! Observed data as a pattern sees it: windows of time, numbers, and the observables that belong to each
//! (STIX 2.1, sections 4.14 and 9.1).

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use crate::timestamp::{self, Timestamp};

/// Most that `number_observed` counts for, far above the standard's 999,999,999, so that sums of it are exact.
const MOST_TIMES: u64 = 1 << 44;

/// One observed-data object with its observables.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed<'a> {
    /// Its id, which the older form may lack.
    pub id: Option<&'a str>,
    /// How many of its `object_refs` the input does not hold. A pattern that speaks of them does not match.
    pub missing: usize,
    /// Nanoseconds since 1970.
    pub(super) first: i128,
    /// Nanoseconds since 1970, not before `first`.
    pub(super) last: i128,
    /// `number_observed`, at most [`MOST_TIMES`].
    pub(super) times: u64,
    /// The observables by the text that references name them with.
    pub(super) objects: BTreeMap<&'a str, &'a Value>,
}

/// Why JSON is no observed data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObservedError {
    /// Something that is no JSON object with a `type`, where a bundle or an object should be.
    #[error("item {position} of the input is not a STIX object or bundle")]
    NotAnObject {
        /// Its place, from 1.
        position: usize,
    },
    /// A property that observed data needs, missing or not what it should be.
    #[error("property `{property}` of {id} is missing or not {expected}")]
    Property {
        /// The object, by id or by place.
        id: String,
        /// The property.
        property: &'static str,
        /// What it should be.
        expected: &'static str,
    },
}

/// All observed data in a list of STIX objects, bundles, or lists of either. References are followed across bundles. Of
/// two versions of one observed-data object the newer counts, of two equally new ones the later in the list.
pub fn observed(input: &[Value]) -> Result<Vec<Observed<'_>>, ObservedError> {
    let mut objects = Vec::new();
    for (position, item) in input.iter().enumerate() {
        flatten(item, position + 1, &mut objects)?;
    }
    let mut by_id = HashMap::new();
    let mut sightings: Vec<(Option<Timestamp>, &Map<String, Value>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (object, members) in objects {
        let id = members.get("id").and_then(Value::as_str);
        if members.get("type").and_then(Value::as_str) != Some("observed-data") {
            by_id.extend(id.map(|id| (id, object)));
            continue;
        }
        let modified = members.get("modified").and_then(Value::as_str).and_then(timestamp::parse);
        let place = id.map_or(sightings.len(), |id| *places.entry(id).or_insert(sightings.len()));
        match sightings.get_mut(place) {
            Some(known) if known.0 > modified => {}
            Some(known) => *known = (modified, members),
            None => sightings.push((modified, members)),
        }
    }
    let numbered = sightings.into_iter().zip(1..);
    numbered.map(|((_, members), at)| observation(at, members, &by_id)).collect()
}

fn flatten<'a>(
    item: &'a Value,
    position: usize,
    objects: &mut Vec<(&'a Value, &'a Map<String, Value>)>,
) -> Result<(), ObservedError> {
    let wrong = || ObservedError::NotAnObject { position };
    let mut pending = vec![item];
    while let Some(item) = pending.pop() {
        match item {
            Value::Array(items) => pending.extend(items.iter().rev()),
            Value::Object(members) => match members.get("type").and_then(Value::as_str).ok_or_else(wrong)? {
                "bundle" => match members.get("objects") {
                    Some(Value::Array(items)) => pending.extend(items.iter().rev()),
                    Some(_) => return Err(wrong()),
                    None => {}
                },
                _ => objects.push((item, members)),
            },
            _ => return Err(wrong()),
        }
    }
    Ok(())
}

fn observation<'a>(
    at: usize,
    members: &'a Map<String, Value>,
    by_id: &HashMap<&'a str, &'a Value>,
) -> Result<Observed<'a>, ObservedError> {
    let id = members.get("id").and_then(Value::as_str);
    let wrong = |property, expected| {
        let id = id.map_or_else(|| format!("observed data {at}"), |id| format!("`{id}`"));
        ObservedError::Property { id, property, expected }
    };
    let time = |property| {
        let text = members.get(property).and_then(Value::as_str);
        text.and_then(timestamp::parse).ok_or_else(|| wrong(property, "a timestamp"))
    };
    let (first, last) = (time("first_observed")?, time("last_observed")?);
    if last < first {
        return Err(wrong("last_observed", "at or after `first_observed`"));
    }
    let times = members.get("number_observed").and_then(Value::as_u64).filter(|times| *times > 0);
    let times = times.ok_or_else(|| wrong("number_observed", "a whole number of at least 1"))?;
    let (objects, missing) = observables(members, by_id).map_err(|(property, expected)| wrong(property, expected))?;
    let times = times.min(MOST_TIMES);
    Ok(Observed { id, missing, first: first.nanos(), last: last.nanos(), times, objects })
}

/// A property that is wrong, and what it should be.
type Wrong = (&'static str, &'static str);

/// The observables of an observation by the text that references name them with, and how many are not there.
fn observables<'a>(
    members: &'a Map<String, Value>,
    by_id: &HashMap<&'a str, &'a Value>,
) -> Result<(BTreeMap<&'a str, &'a Value>, usize), Wrong> {
    let (references, inner) = (members.get("object_refs"), members.get("objects"));
    if references.is_none() && inner.is_none() {
        return Err(("object_refs", "there, nor `objects`"));
    }
    let (mut objects, mut missing) = (BTreeMap::new(), 0);
    if let Some(references) = references {
        for reference in references.as_array().ok_or(("object_refs", "a list"))? {
            let reference = reference.as_str().ok_or(("object_refs", "a list of ids"))?;
            match by_id.get(reference) {
                Some(object) => drop(objects.insert(reference, *object)),
                None => missing += 1,
            }
        }
    }
    if let Some(inner) = inner {
        let inner = inner.as_object().ok_or(("objects", "a dictionary"))?;
        objects.extend(inner.iter().map(|(key, object)| (key.as_str(), object)));
    }
    Ok((objects, missing))
}

impl<'a> Observed<'a> {
    /// The observables of a type.
    pub(super) fn of_type<'b>(&'b self, kind: &'b str) -> impl Iterator<Item = &'a Value> + 'b {
        let all = self.objects.values().copied();
        all.filter(move |object| object.get("type").and_then(Value::as_str) == Some(kind))
    }

    /// Whether it could have happened at or before one time and at or after another.
    pub(super) fn fits(&self, upper: i128, lower: i128) -> bool {
        self.first <= upper && self.last >= lower
    }
}
