//! Values that go into a query and rows that come out, the same for both databases.

use std::sync::Arc;

use bytes::Bytes;

use crate::StoreError;

/// A parameter or a column: an integer, a text or bytes, each possibly null. Nulls carry their type because PostgreSQL asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Integer(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    /// A null that came out of the database; its type no longer matters.
    Null,
}

macro_rules! value_from {
    ($($from:ty => $variant:ident, $convert:expr;)*) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Value::$variant(($convert)(value))
            }
        }
    )*};
}

value_from! {
    i64 => Integer, Some;
    Option<i64> => Integer, |v| v;
    bool => Integer, |v| Some(i64::from(v));
    &str => Text, |v: &str| Some(v.to_owned());
    String => Text, Some;
    &String => Text, |v: &String| Some(v.clone());
    Option<String> => Text, |v| v;
    Option<&str> => Text, |v: Option<&str>| v.map(str::to_owned);
    Vec<u8> => Bytes, Some;
    &[u8] => Bytes, |v: &[u8]| Some(v.to_vec());
    &[u8; 32] => Bytes, |v: &[u8; 32]| Some(v.to_vec());
}

/// The parameters of a query: `values![id, Some(3), name]`.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::Value::from($value)),*] };
}

/// One row of an answer; columns are read by name.
#[derive(Clone, Debug)]
pub struct Row {
    pub(crate) columns: Arc<Vec<String>>,
    pub(crate) values: Vec<Value>,
}

impl Row {
    /// The column `name` as `T`. Errors when there is no such column or it is of another type.
    pub fn get<T: FromValue>(&self, name: &str) -> Result<T, StoreError> {
        let place = self.columns.iter().position(|column| column == name);
        let value = place.and_then(|place| self.values.get(place));
        let value = value.ok_or_else(|| StoreError::NoColumn(name.to_owned()))?;
        T::from_value(value).ok_or(StoreError::ColumnType { column: name.to_owned(), wanted: T::WANTED })
    }

    /// The bytes of the column `name`, of a text those of its characters, which the row no longer has then; for what is large. Parts of them are
    /// shared, not copied.
    pub fn take(&mut self, name: &str) -> Result<Bytes, StoreError> {
        let place = self.columns.iter().position(|column| column == name);
        let value = place.and_then(|place| self.values.get_mut(place));
        let value = value.ok_or_else(|| StoreError::NoColumn(name.to_owned()))?;
        match std::mem::replace(value, Value::Null) {
            Value::Bytes(Some(bytes)) => Ok(Bytes::from(bytes)),
            Value::Text(Some(text)) => Ok(Bytes::from(text)),
            _ => Err(StoreError::ColumnType { column: name.to_owned(), wanted: Vec::<u8>::WANTED }),
        }
    }

    /// The values in the order of the query's columns.
    pub fn values(&self) -> &[Value] {
        &self.values
    }
}

/// A type that a column can be read as.
pub trait FromValue: Sized {
    const WANTED: &'static str;
    fn from_value(value: &Value) -> Option<Self>;
}

impl FromValue for i64 {
    const WANTED: &'static str = "an integer";
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Integer(Some(v)) => Some(*v),
            _ => None,
        }
    }
}

impl FromValue for bool {
    const WANTED: &'static str = "0 or 1";
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Integer(Some(0)) => Some(false),
            Value::Integer(Some(1)) => Some(true),
            _ => None,
        }
    }
}

impl FromValue for String {
    const WANTED: &'static str = "a text";
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Text(Some(v)) => Some(v.clone()),
            _ => None,
        }
    }
}

impl FromValue for Vec<u8> {
    const WANTED: &'static str = "bytes";
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Bytes(Some(v)) => Some(v.clone()),
            _ => None,
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    const WANTED: &'static str = T::WANTED;
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Null | Value::Integer(None) | Value::Text(None) | Value::Bytes(None) => Some(None),
            other => T::from_value(other).map(Some),
        }
    }
}
