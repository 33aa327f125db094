//! Walks one JSON object and hands the wanted scalars to a sink, without building a tree.
//!
//! Sensors differ from version to version in shape and type (a field may be a text, a list of texts or a list of
//! objects), so a list is walked as its elements and a value of an unexpected type is skipped rather than refused.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::lines::Rejection;

/// A JSON value that is neither list nor object.
#[derive(Clone, Debug)]
pub(crate) enum Scalar<'a> {
    Text(Cow<'a, str>),
    Unsigned(u64),
    Float(f64),
}

impl<'a> Scalar<'a> {
    /// The text; numbers are not texts.
    pub(crate) fn text(self) -> Option<Cow<'a, [u8]>> {
        match self {
            Self::Text(Cow::Borrowed(text)) => Some(Cow::Borrowed(text.as_bytes())),
            Self::Text(Cow::Owned(text)) => Some(Cow::Owned(text.into_bytes())),
            Self::Unsigned(_) | Self::Float(_) => None,
        }
    }

    /// A whole number, also one written as a text.
    pub(crate) fn unsigned(&self) -> Option<u64> {
        match self {
            Self::Unsigned(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            Self::Float(_) => None,
        }
    }
}

/// Takes the values of the places it asked for.
pub(crate) trait Sink<'a> {
    /// Where in the object something stands.
    type Place: Copy;

    /// The place of a key below a place; `None` skips its value.
    fn child(&self, parent: Self::Place, key: &str) -> Option<Self::Place>;

    /// One value, or one of the values of a list.
    fn value(&mut self, place: Self::Place, value: Scalar<'a>);

    /// The object at a place has ended.
    fn end(&mut self, _place: Self::Place) {}
}

/// Walks the one object that a line is.
pub(crate) fn walk<'a, S: Sink<'a>>(line: &'a [u8], sink: &mut S, root: S::Place) -> Result<(), Rejection> {
    let text = std::str::from_utf8(line).map_err(|_| Rejection::Encoding)?;
    let mut json = serde_json::Deserializer::from_str(text);
    Node { sink, place: root }.deserialize(&mut json).map_err(|_| Rejection::NotJson)?;
    json.end().map_err(|_| Rejection::NotJson)
}

struct Node<'s, S, P> {
    sink: &'s mut S,
    place: P,
}

impl<'a, S: Sink<'a>> DeserializeSeed<'a> for Node<'_, S, S::Place> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a, S: Sink<'a>> Visitor<'a> for Node<'_, S, S::Place> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(key) = map.next_key_seed(Key)? {
            match self.sink.child(self.place, &key) {
                Some(place) => map.next_value_seed(Node { sink: &mut *self.sink, place })?,
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        self.sink.end(self.place);
        Ok(())
    }

    fn visit_seq<Q: SeqAccess<'a>>(self, mut list: Q) -> Result<(), Q::Error> {
        while list.next_element_seed(Node { sink: &mut *self.sink, place: self.place })?.is_some() {}
        Ok(())
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<(), E> {
        self.sink.value(self.place, Scalar::Text(Cow::Borrowed(text)));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.sink.value(self.place, Scalar::Text(Cow::Owned(text.to_owned())));
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.sink.value(self.place, Scalar::Unsigned(number));
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.sink.value(self.place, Scalar::Float(number));
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// A key, borrowed unless it holds escapes.
struct Key;

impl<'a> DeserializeSeed<'a> for Key {
    type Value = Cow<'a, str>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Cow<'a, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for Key {
    type Value = Cow<'a, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'a str) -> Result<Cow<'a, str>, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Cow<'a, str>, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}
