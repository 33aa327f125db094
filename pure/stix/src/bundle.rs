//! Splits what arrives (a STIX bundle, a TAXII envelope, a list, a single object) into the raw bytes of each object.
//!
//! Each object is read by itself, so that one bad object does not lose the others, and its bytes are cut out of the
//! text as they are. STIX 2.1, section 8; TAXII 2.1, section 3.7.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::object::{Object, ObjectError};

/// What kind of text the objects came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// A STIX bundle.
    Bundle,
    /// A TAXII envelope.
    Envelope,
    /// A bare JSON list.
    List,
    /// One object by itself.
    Single,
}

/// The objects of a text, in its order; their position counts from 0.
#[derive(Debug)]
pub struct Batch {
    /// What they came in.
    pub container: Container,
    /// A TAXII envelope says that more follows.
    pub more: bool,
    /// A TAXII envelope's cursor.
    pub next: Option<String>,
    /// Each object by itself.
    pub objects: Vec<Result<Object, ObjectError>>,
}

/// Why a text holds no objects at all.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Not JSON, or `objects` is not a list.
    #[error("not a readable JSON document at line {line}, column {column}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the JSON reader says.
        #[source]
        source: serde_json::Error,
    },
    /// JSON, but neither a list nor an object.
    #[error("neither a STIX bundle, a TAXII envelope, a list nor an object")]
    NeitherListNorObject,
}

#[derive(Deserialize)]
struct Outer<'a> {
    r#type: Option<serde_json::Value>,
    #[serde(borrow)]
    objects: Option<&'a RawValue>,
    #[serde(default)]
    more: Option<bool>,
    #[serde(default)]
    next: Option<String>,
}

/// Splits a text. A byte order mark at the start is skipped.
pub fn split(bytes: &[u8]) -> Result<Batch, BundleError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => {
            let objects = objects(read(bytes)?);
            Ok(Batch { container: Container::List, more: false, next: None, objects })
        }
        Some(b'{') => split_outer(bytes),
        Some(_) => {
            let _: &RawValue = read(bytes)?;
            Err(BundleError::NeitherListNorObject)
        }
        None => Err(json_error(serde_json::from_slice::<&RawValue>(bytes).err())),
    }
}

fn split_outer(bytes: &[u8]) -> Result<Batch, BundleError> {
    let outer: Outer<'_> = read(bytes)?;
    let container = match outer.r#type.as_ref().map(serde_json::Value::as_str) {
        Some(Some("bundle")) => Container::Bundle,
        Some(_) => Container::Single,
        None => Container::Envelope,
    };
    let objects = match (container, outer.objects) {
        (Container::Single, _) => vec![Object::parse(bytes.trim_ascii())],
        (_, Some(list)) => objects(read(list.get().as_bytes())?),
        (_, None) => Vec::new(),
    };
    Ok(Batch { container, more: outer.more.unwrap_or(false), next: outer.next, objects })
}

fn objects(list: Vec<&RawValue>) -> Vec<Result<Object, ObjectError>> {
    list.into_iter().map(|raw| Object::parse(raw.get().as_bytes())).collect()
}

fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, BundleError> {
    serde_json::from_slice(bytes).map_err(|error| json_error(Some(error)))
}

fn json_error(error: Option<serde_json::Error>) -> BundleError {
    match error {
        Some(source) => BundleError::Json { line: source.line(), column: source.column(), source },
        None => BundleError::NeitherListNorObject,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_container_is_taken_apart_byte_for_byte() {
        let one = r#"{ "type":"x-a", "id":"x-a--1","n":1.0 }"#;
        let cases = [
            (format!(r#"{{"type":"bundle","id":"bundle--1","objects":[{one} , {one}]}}"#), Container::Bundle, 2),
            (format!(r#"{{"more":true,"next":"c","objects":[{one}]}}"#), Container::Envelope, 1),
            ("{}".to_owned(), Container::Envelope, 0),
            (format!("\u{feff} [{one}]"), Container::List, 1),
            (format!("  {one}\n"), Container::Single, 1),
        ];
        for (text, container, count) in cases {
            let batch = split(text.as_bytes()).unwrap();
            assert_eq!((batch.container, batch.objects.len()), (container, count), "{text}");
            assert!(batch.objects.iter().all(|object| object.as_ref().unwrap().bytes() == one.as_bytes()), "{text}");
        }
    }

    #[test]
    fn one_bad_object_does_not_lose_the_others() {
        let text = r#"{"type":"bundle","objects":[{"type":"x-a","id":"x-a--1"},{"type":"x-a"},5,{"id":"x","id":"y"},
            {"type":"x-a","id":"x-a--2"}]}"#;
        let good: Vec<bool> = split(text.as_bytes()).unwrap().objects.iter().map(Result::is_ok).collect();
        assert_eq!(good, [true, false, false, false, true]);
    }

    #[test]
    fn what_is_no_container_is_refused() {
        for text in ["", "5", "{", r#"{"type":"bundle","objects":{}}"#, "[1", r#"{"objects":[],"objects":[]}"#] {
            assert!(split(text.as_bytes()).is_err(), "{text}");
        }
    }
}
