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
    /// For each reason of rejection the place of one such line.
    pub samples: BTreeMap<String, Sample>,
}

/// A file that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadableFile {
    pub path: String,
    pub reason: String,
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

    pub(super) fn add(&mut self, slice: &Slice) {
        self.lines.merge(&slice.lines);
        self.lines.hours.clear();
        (self.lines.first_event, self.lines.last_event) = (None, None);
        self.unreadable.clone_from(&slice.unreadable);
        for (reason, sample) in &slice.samples {
            self.samples.entry(reason.clone()).or_insert_with(|| sample.clone());
        }
    }
}
