//! Zeek's logs, tab-separated and JSON: one record of the same fields from either.
//!
//! Columns and their order differ from site to site, so tab-separated lines are read by the file's own `#fields`
//! header and by nothing else. Any log that has a time is read; those with hosts, names, URLs or hashes show them.

mod header;
mod record;

use std::borrow::Cow;

use memchr::memchr_iter;

use crate::address::Proxies;
use crate::escape::unescape;
use crate::event::Event;
use crate::json::{Scalar, Sink, walk};
use crate::lines::Rejection;
use crate::time;

pub(crate) use header::ZeekHeader;
use record::{Field, Record};

/// True for a line that begins as Zeek's tab-separated logs do, with seconds since 1970 and a tab: it would need a header.
pub(crate) fn looks_like_tsv(line: &[u8]) -> bool {
    let Some((stamp, rest)) = line.split_first_chunk::<10>() else {
        return false;
    };
    stamp.iter().all(u8::is_ascii_digit) && rest.starts_with(b".") && memchr_iter(b'\t', rest).take(3).count() == 3
}

/// Reads one tab-separated line by the header in force.
pub(crate) fn parse_tsv<'a>(line: &'a [u8], header: &ZeekHeader, proxies: &Proxies) -> Result<Event<'a>, Rejection> {
    if !header.is_active() {
        return Err(Rejection::NoHeader);
    }
    let mut record = Record::default();
    let mut columns = header.split(line);
    for field in header.fields() {
        let value = columns.next().ok_or(Rejection::FieldCount)?;
        let Some(field) = field else {
            continue;
        };
        if header.is_unset(value) {
            continue;
        }
        if field.is_set() {
            header.split_set(value).for_each(|item| record.text(*field, unescape(item)));
        } else {
            record.text(*field, unescape(value));
        }
    }
    if columns.next().is_some() {
        return Err(Rejection::FieldCount);
    }
    record.into_event(header.path(), proxies)
}

/// Reads one JSON line.
pub(crate) fn parse_json<'a>(line: &'a [u8], proxies: &Proxies) -> Result<Event<'a>, Rejection> {
    let mut record = Record::default();
    walk(line, &mut record, None)?;
    record.into_event(b"", proxies)
}

/// The outer object is the place `None`.
impl<'a> Sink<'a> for Record<'a> {
    type Place = Option<Field>;

    fn child(&self, parent: Option<Field>, key: &str) -> Option<Option<Field>> {
        match parent {
            None => Field::of(key.as_bytes()).map(Some),
            Some(_) => None,
        }
    }

    fn value(&mut self, place: Option<Field>, value: Scalar<'a>) {
        let Some(field) = place else {
            return;
        };
        match value {
            Scalar::Text(Cow::Borrowed(text)) => self.text(field, Cow::Borrowed(text.as_bytes())),
            Scalar::Text(Cow::Owned(text)) => self.text(field, Cow::Owned(text.into_bytes())),
            Scalar::Unsigned(number) => self.number(field, number),
            Scalar::Float(seconds) => self.time(field, time::epoch_float(seconds)),
        }
    }
}
