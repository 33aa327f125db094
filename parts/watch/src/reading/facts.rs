//! What all readings of a source say of it, kept between readings.
//!
//! The hours with events are not kept here but asked of the archive: what was purged can no longer be searched, whatever was once read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ward_detect::coverage::SourceFacts;

use super::slice::Slice;

/// Counts, problems and samples of one source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReadingFacts {
    /// Counts over all lines read; its hours, its first and last event and its unreadable files are left empty.
    pub lines: SourceFacts,
    /// Files that cannot be read at present.
    pub unreadable: Vec<UnreadableFile>,
    /// Files of which no line could be read as an event, by their number.
    #[serde(default)]
    pub without_events: BTreeMap<u64, WithoutEvents>,
    /// For each reason of rejection the place of one such line.
    pub samples: BTreeMap<String, Sample>,
}

/// A file that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadableFile {
    pub path: String,
    pub reason: String,
}

/// A file that has lines, and none that is an event: a log in another format, or no log at all. What its lines tell is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithoutEvents {
    pub path: String,
    pub lines: u64,
}

/// The place of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    pub file: String,
    /// Counted from 1.
    pub line: u64,
}

impl ReadingFacts {
    /// Of a source that has not been read yet.
    pub fn declared(name: &str) -> Self {
        Self { lines: SourceFacts::declared(name), ..Self::default() }
    }

    /// All files whose lines are not searched, with the reasons.
    pub fn not_read(&self) -> impl Iterator<Item = UnreadableFile> {
        let without_events = self.without_events.values().map(|file| UnreadableFile {
            path: file.path.clone(),
            reason: format!(
                "none of its {} lines is in a format that Ward reads: keep it out of the source, for example by a pattern such as `access.log*`",
                file.lines
            ),
        });
        self.unreadable.iter().cloned().chain(without_events)
    }

    pub(super) fn add(&mut self, slice: &Slice) {
        self.lines.merge(&slice.lines);
        self.lines.hours.clear();
        (self.lines.first_event, self.lines.last_event) = (None, None);
        self.unreadable.clone_from(&slice.unreadable);
        for (id, counts) in &slice.files {
            if counts.events > 0 {
                self.without_events.remove(id);
            } else if counts.rejected > 0 && !counts.had_events {
                let file = self.without_events.entry(*id).or_default();
                file.path.clone_from(&counts.path);
                file.lines += counts.rejected;
            }
        }
        for (reason, sample) in &slice.samples {
            self.samples.entry(reason.clone()).or_insert_with(|| sample.clone());
        }
    }
}
