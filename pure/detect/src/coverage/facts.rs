//! What is known of a source from its lines, counted while they are read.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{AddressShape, FieldCounts, HOUR};
use crate::event::Event;
use crate::lines::{Format, Parsed};

/// What is known of one declared source, from all of its lines. A source that was declared and never delivered a line
/// has these facts too, all of them empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceFacts {
    /// The owner's name for it.
    pub name: String,
    /// The format of its lines; `None` while no line could be read.
    pub kind: Option<Format>,
    /// Hours since 1970 (UTC) with events, and how many.
    pub hours: BTreeMap<i64, u32>,
    /// Lines read, rejected ones included; blank lines, headers and comments are not counted.
    pub lines_read: u64,
    /// Lines that could not be read.
    pub lines_rejected: u64,
    /// The same by [`crate::lines::Rejection::code`].
    pub rejected_by_reason: BTreeMap<String, u64>,
    /// The same by the hour of the event before, since a line that cannot be read has no time of its own: a bad day
    /// must not vanish in a good year.
    #[serde(default)]
    pub rejected_hours: BTreeMap<i64, u32>,
    /// Lines that could not be read before any event: they may belong to every period.
    #[serde(default)]
    pub rejected_unplaced: u64,
    /// The hour of the latest event added, for the next line that cannot be read.
    #[serde(default)]
    pub placed_hour: Option<i64>,
    /// Files that could not be opened, decompressed or read to their end.
    pub unreadable: Vec<String>,
    /// Stretches, in microseconds from and until, whose lines were overwritten before they were read (rotated twice).
    pub lost: Vec<(i64, i64)>,
    /// What the clients' addresses look like.
    pub client_addresses: AddressShape,
    /// Which fields the events have.
    pub fields: FieldCounts,
    /// The formats seen; a source that mixes access logs with a sensor's logs cannot be judged by either.
    #[serde(default)]
    pub formats: BTreeSet<Format>,
    /// The addresses and fields of each month that the question touches, for a caller that knows them: what is fine
    /// over all that is kept may be blind in the period asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartFacts>,
    /// Time of the earliest event, microseconds.
    pub first_event: Option<i64>,
    /// Time of the latest event, microseconds.
    pub last_event: Option<i64>,
    /// Nothing older than this is kept, microseconds; `None` if nothing was ever removed.
    pub retained_from: Option<i64>,
}

/// What is known of a part of a source, such as a month.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PartFacts {
    /// For the reason: `2018-05`.
    pub name: String,
    /// What the clients' addresses look like.
    pub client_addresses: AddressShape,
    /// Which fields the events have.
    pub fields: FieldCounts,
}

impl SourceFacts {
    /// Facts of a source that has not been read yet.
    pub fn declared(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Counts one line.
    pub fn add(&mut self, parsed: &Parsed<'_>, format: Option<Format>) {
        match parsed {
            Parsed::Event(event) => self.add_event(event, format),
            Parsed::Skipped => {}
            Parsed::Rejected(rejection) => {
                self.lines_read += 1;
                self.lines_rejected += 1;
                self.place_rejected();
                match self.rejected_by_reason.get_mut(rejection.code()) {
                    Some(count) => *count += 1,
                    None => {
                        self.rejected_by_reason.insert(rejection.code().to_owned(), 1);
                    }
                }
            }
        }
    }

    /// Begins a file, or goes on with one: `time` is that of the latest event read of it, microseconds.
    pub fn begin_file(&mut self, time: Option<i64>) {
        self.placed_hour = time.map(|time| time.div_euclid(HOUR));
    }

    /// Adds the facts of another part of the same source, such as a file or a day.
    pub fn merge(&mut self, other: &Self) {
        self.kind = self.kind.or(other.kind);
        for (hour, events) in &other.hours {
            let sum = self.hours.entry(*hour).or_default();
            *sum = sum.saturating_add(*events);
        }
        self.lines_read += other.lines_read;
        self.lines_rejected += other.lines_rejected;
        for (reason, count) in &other.rejected_by_reason {
            *self.rejected_by_reason.entry(reason.clone()).or_default() += count;
        }
        for (hour, lines) in &other.rejected_hours {
            let sum = self.rejected_hours.entry(*hour).or_default();
            *sum = sum.saturating_add(*lines);
        }
        self.rejected_unplaced += other.rejected_unplaced;
        self.placed_hour = other.placed_hour.or(self.placed_hour);
        self.formats.extend(&other.formats);
        self.unreadable.extend_from_slice(&other.unreadable);
        self.lost.extend_from_slice(&other.lost);
        self.client_addresses.merge(&other.client_addresses);
        self.fields.merge(&other.fields);
        self.first_event = [self.first_event, other.first_event].into_iter().flatten().min();
        self.last_event = self.last_event.max(other.last_event);
        self.retained_from = self.retained_from.max(other.retained_from);
    }

    fn add_event(&mut self, event: &Event<'_>, format: Option<Format>) {
        self.lines_read += 1;
        self.kind = self.kind.or(format);
        self.formats.extend(format);
        if let Some(time) = event.time {
            self.placed_hour = Some(time.div_euclid(HOUR));
            let events = self.hours.entry(time.div_euclid(HOUR)).or_default();
            *events = events.saturating_add(1);
            self.first_event = Some(self.first_event.map_or(time, |first| first.min(time)));
            self.last_event = self.last_event.max(Some(time));
        }
        self.client_addresses.add_event(event);
        self.fields.add(event);
    }
}

impl SourceFacts {
    fn place_rejected(&mut self) {
        match self.placed_hour {
            Some(hour) => {
                let lines = self.rejected_hours.entry(hour).or_default();
                *lines = lines.saturating_add(1);
            }
            None => self.rejected_unplaced += 1,
        }
    }

    /// An access log and a sensor's log in one source.
    pub(super) fn is_mixed(&self) -> bool {
        self.formats.len() > 1 && self.formats.contains(&Format::Combined)
    }
}
