//! Constants of a pattern, and how values of the data compare with them (STIX 2.1, sections 9.2 and 9.6.1 to 9.6.4).

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::MatchError;
use super::path::{self, Found};
use crate::pattern::tree::{Literal, ObjectPath};
use crate::timestamp::{self, Timestamp};

/// A constant in the form it is compared in.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Constant {
    Text(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Bytes(Vec<u8>),
    Time(Timestamp),
}

/// How a value stands to a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// They have an order.
    Ordered(Ordering),
    /// They are of kinds that do not compare: the value is unequal, and neither less nor greater.
    OtherKind,
    /// Octets and a text with characters that are none.
    NoOctets,
}

impl Constant {
    /// Reads a constant. The pattern's reader has seen to the form of each; one that has not is no text anyone means.
    pub(super) fn read(literal: &Literal) -> Self {
        match literal {
            Literal::Text(text) => Self::Text(text.clone()),
            Literal::Integer(number) => Self::Integer(*number),
            Literal::Float(number) => Self::Float(*number),
            Literal::Boolean(value) => Self::Boolean(*value),
            Literal::Binary(text) => path::base64(text).map_or_else(|| Self::Text(text.clone()), Self::Bytes),
            Literal::Hex(text) => path::hex(text).map_or_else(|| Self::Text(text.clone()), Self::Bytes),
            Literal::Timestamp(text) => timestamp::parse(text).map_or_else(|| Self::Text(text.clone()), Self::Time),
        }
    }

    /// Whether two constants may stand in one list of `IN`; whole and other numbers may.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let is_number = |constant: &Self| matches!(constant, Self::Integer(_) | Self::Float(_));
        std::mem::discriminant(self) == std::mem::discriminant(other) || (is_number(self) && is_number(other))
    }

    /// How a value stands to this constant. A text that is compared with a timestamp must be one.
    pub(super) fn compare(&self, value: &Found<'_>, path: &ObjectPath) -> Result<Standing, MatchError> {
        Ok(match (value, self) {
            (Found::Json(Value::String(text)), Self::Text(constant)) => Standing::Ordered(text.cmp(constant)),
            (Found::Json(json @ Value::String(text)), Self::Time(constant)) => {
                let time = timestamp::parse(text).ok_or_else(|| path::wrong(path, "timestamp", json))?;
                Standing::Ordered(time.cmp(constant))
            }
            (Found::Json(Value::String(text)), Self::Bytes(constant)) => octets(text, |text| text.cmp(constant)),
            (Found::Json(Value::Number(number)), Self::Integer(constant)) => with_integer(number, *constant),
            (Found::Json(Value::Number(number)), Self::Float(constant)) => with_float(number, *constant),
            (Found::Json(Value::Bool(value)), Self::Boolean(constant)) => Standing::Ordered(value.cmp(constant)),
            (Found::Bytes(bytes), Self::Bytes(constant)) => Standing::Ordered(bytes.cmp(constant)),
            (Found::Bytes(bytes), Self::Text(constant)) => octets(constant, |constant| bytes.cmp(constant)),
            _ => Standing::OtherKind,
        })
    }

    /// Whether a value is equal to this constant.
    pub(super) fn equals(&self, value: &Found<'_>, path: &ObjectPath) -> Result<bool, MatchError> {
        Ok(self.compare(value, path)? == Standing::Ordered(Ordering::Equal))
    }
}

/// Compares the octets of a text, one for each character below U+0100.
fn octets(text: &str, compare: impl FnOnce(&Vec<u8>) -> Ordering) -> Standing {
    let octets: Option<Vec<u8>> = text.chars().map(|character| u8::try_from(character).ok()).collect();
    octets.map_or(Standing::NoOctets, |octets| Standing::Ordered(compare(&octets)))
}

fn with_integer(number: &Number, constant: i64) -> Standing {
    match number.as_i128() {
        Some(whole) => Standing::Ordered(whole.cmp(&i128::from(constant))),
        None => number.as_f64().map_or(Standing::OtherKind, |float| by_value(float, i128::from(constant))),
    }
}

fn with_float(number: &Number, constant: f64) -> Standing {
    match number.as_i128() {
        Some(whole) => match by_value(constant, whole) {
            Standing::Ordered(order) => Standing::Ordered(order.reverse()),
            other => other,
        },
        None => number
            .as_f64()
            .and_then(|float| float.partial_cmp(&constant))
            .map_or(Standing::OtherKind, Standing::Ordered),
    }
}

/// A floating-point number against a whole one, neither rounded: first by whole part, then by fraction.
fn by_value(float: f64, whole: i128) -> Standing {
    if float.is_nan() {
        return Standing::OtherKind;
    }
    // Saturates beyond what any whole number of JSON can be.
    let order = (float.floor() as i128).cmp(&whole);
    let has_fraction = float.floor() < float;
    Standing::Ordered(if order == Ordering::Equal && has_fraction { Ordering::Greater } else { order })
}
