//! Object paths followed into the data (STIX 2.1, section 9.7), and values in their native form (section 9.6.4).

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

use super::{MatchError, Observed};
use crate::pattern::tree::{ObjectPath, Step};

/// Base64 with or without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A value that a path leads to.
#[derive(Clone, Debug)]
pub(super) enum Found<'a> {
    /// As in the data.
    Json(&'a Value),
    /// The octets of a `_hex` or `_bin` property.
    Bytes(Vec<u8>),
    /// A list of references, not yet followed.
    References(&'a [Value]),
}

/// All values that a path leads to from one observable. Where it leads nowhere there are none.
pub(super) fn values<'a>(
    path: &ObjectPath,
    start: &'a Value,
    observed: &Observed<'a>,
) -> Result<Vec<Found<'a>>, MatchError> {
    let mut found = vec![Found::Json(start)];
    for step in &path.steps {
        let mut next = Vec::with_capacity(found.len());
        for value in found {
            match step {
                Step::Key(key) => next.extend(under_key(path, key, &value, observed)?),
                Step::Index(index) => next.extend(at_index(path, *index, &value, observed)?),
                Step::AnyElement => next.extend(elements(path, &value, observed)?),
            }
        }
        // References may lead to one object on many ways; it is looked at once.
        let mut seen = std::collections::HashSet::new();
        next.retain(|value| !matches!(value, Found::Json(json) if !seen.insert(std::ptr::from_ref(*json))));
        found = next;
    }
    Ok(found)
}

/// Whether a path leads anywhere. The last property exists even where the object that it refers to is not known.
pub(super) fn exists<'a>(path: &ObjectPath, start: &'a Value, observed: &Observed<'a>) -> Result<bool, MatchError> {
    let Some((Step::Key(key), before)) = path.steps.split_last() else {
        return Ok(!values(path, start, observed)?.is_empty());
    };
    let parent = ObjectPath { object_type: path.object_type.clone(), steps: before.to_vec() };
    let parents = values(&parent, start, observed)?;
    Ok(parents.iter().any(|parent| matches!(parent, Found::Json(json) if json.get(key).is_some())))
}

/// Whether a path follows a reference, so that it may lead to objects of several types.
pub(super) fn refers(path: &ObjectPath) -> bool {
    path.steps.iter().any(|step| matches!(step, Step::Key(key) if key.ends_with("_ref") || key.ends_with("_refs")))
}

/// The error for a value that is not what it should be.
pub(super) fn wrong(path: &ObjectPath, expected: &'static str, value: &Value) -> MatchError {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    MatchError::Value { path: path.to_string(), expected, value: text.chars().take(80).collect() }
}

fn under_key<'a>(
    path: &ObjectPath,
    key: &str,
    value: &Found<'a>,
    observed: &Observed<'a>,
) -> Result<Option<Found<'a>>, MatchError> {
    let Found::Json(Value::Object(members)) = value else { return Ok(None) };
    let Some(value) = members.get(key) else { return Ok(None) };
    match value {
        Value::String(text) if key.ends_with("_hex") => {
            hex(text).map(|bytes| Some(Found::Bytes(bytes))).ok_or_else(|| wrong(path, "hexadecimal", value))
        }
        Value::String(text) if key.ends_with("_bin") => {
            base64(text).map(|bytes| Some(Found::Bytes(bytes))).ok_or_else(|| wrong(path, "base64 binary", value))
        }
        _ if key.ends_with("_ref") => follow(path, value, observed),
        Value::Array(references) if key.ends_with("_refs") => Ok(Some(Found::References(references))),
        _ if key.ends_with("_refs") => Err(wrong(path, "list of references", value)),
        _ => Ok(Some(Found::Json(value))),
    }
}

/// The object that a reference names, if it belongs to the same observation.
fn follow<'a>(path: &ObjectPath, value: &Value, observed: &Observed<'a>) -> Result<Option<Found<'a>>, MatchError> {
    let reference = value.as_str().ok_or_else(|| wrong(path, "reference", value))?;
    Ok(observed.objects.get(reference).map(|object| Found::Json(object)))
}

fn at_index<'a>(
    path: &ObjectPath,
    index: i64,
    value: &Found<'a>,
    observed: &Observed<'a>,
) -> Result<Option<Found<'a>>, MatchError> {
    let Ok(index) = usize::try_from(index) else { return Ok(None) };
    match value {
        Found::Json(Value::Array(items)) => Ok(items.get(index).map(Found::Json)),
        Found::References(references) => references.get(index).map_or(Ok(None), |one| follow(path, one, observed)),
        _ => Ok(None),
    }
}

fn elements<'a>(path: &ObjectPath, value: &Found<'a>, observed: &Observed<'a>) -> Result<Vec<Found<'a>>, MatchError> {
    match value {
        Found::Json(Value::Array(items)) => Ok(items.iter().map(Found::Json).collect()),
        Found::References(references) => {
            references.iter().filter_map(|reference| follow(path, reference, observed).transpose()).collect()
        }
        _ => Ok(Vec::new()),
    }
}

/// The octets that hexadecimal digits stand for.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = text.as_bytes().chunks(2);
    let octet = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
        _ => None,
    };
    pairs.map(octet).collect()
}

/// The octets that base64 stands for; line feeds and other white space are ignored.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    if text.contains(|character: char| character.is_ascii_whitespace()) {
        return BASE64.decode(text.split_ascii_whitespace().collect::<String>()).ok();
    }
    BASE64.decode(text).ok()
}
