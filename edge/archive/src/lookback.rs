//! The look-back: how often, when first and when last each indicator was seen, from the indexes.
//!
//! Counts are of events. Where one key answers an indicator, or several address keys in a segment whose events have
//! one address each, the index is exact. Elsewhere one event may have two of the keys, so the row groups that the
//! index names are read and the events counted.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;
use ward_stix::term::Term;

use crate::error::ArchiveError;
use crate::index::Index;
use crate::key::{ADDRESS, DigestKey, Wanted, of_term};
use crate::postings::{Day, day_of};
use crate::read::SegmentReader;
use crate::segment::SegmentMeta;

/// The segments of an archive, as the caller committed them.
#[derive(Clone, Debug)]
pub struct Archive {
    pub(crate) folder: PathBuf,
    pub(crate) segments: Vec<SegmentMeta>,
}

/// What is known of one indicator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Events.
    pub count: u64,
    /// Time of the earliest event, microseconds UTC; `None` if none has a time.
    pub first: Option<i64>,
    /// Time of the latest event, microseconds UTC.
    pub last: Option<i64>,
    /// Events by UTC day since 1970, ascending.
    pub days: Vec<(i32, u64)>,
    /// Events without a time.
    pub untimed: u64,
    /// The ids of the segments with such events.
    pub segments: Vec<String>,
}

/// The keys of one segment that answer one indicator, with their days.
pub(crate) type Matched = Vec<(Vec<u8>, Vec<Day>)>;

impl Archive {
    /// An archive in a folder. Files are opened when they are asked, one after the other.
    pub fn open(folder: &Path, segments: &[SegmentMeta]) -> Self {
        Self { folder: folder.to_owned(), segments: segments.to_vec() }
    }

    /// One [`Found`] for each indicator, each a list of alternative terms; in the same order.
    pub fn lookback(&self, indicators: &[Vec<Term>], digest_key: &DigestKey) -> Result<Vec<Found>, ArchiveError> {
        let wanted = wanted(indicators, digest_key);
        let mut found = vec![Found::default(); indicators.len()];
        for meta in &self.segments {
            let index = Index::open(&meta.index_path(&self.folder))?;
            let mut inexact = Vec::new();
            for (number, (wanted, found)) in wanted.iter().zip(&mut found).enumerate() {
                let matched = matched(&index, wanted, &meta.index_path(&self.folder))?;
                if matched.is_empty() {
                    continue;
                }
                found.segments.push(meta.id.clone());
                if is_exact(&index, &matched) {
                    matched.iter().flat_map(|(_, days)| days).for_each(|day| found.add(day));
                } else {
                    inexact.push((number, matched));
                }
            }
            if !inexact.is_empty() {
                count_rows(&meta.parquet_path(&self.folder), inexact, &mut found)?;
            }
        }
        Ok(found)
    }
}

impl Found {
    fn add(&mut self, day: &Day) {
        let count = u64::from(day.count);
        self.count = self.count.saturating_add(count);
        let Some(number) = day.day else {
            self.untimed = self.untimed.saturating_add(count);
            return;
        };
        self.first = Some(self.first.map_or(day.first, |first| first.min(day.first)));
        self.last = Some(self.last.map_or(day.last, |last| last.max(day.last)));
        match self.days.binary_search_by_key(&number, |(known, _)| *known) {
            Ok(place) => {
                if let Some((_, sum)) = self.days.get_mut(place) {
                    *sum = sum.saturating_add(count);
                }
            }
            Err(place) => self.days.insert(place, (number, count)),
        }
    }
}

pub(crate) fn wanted(indicators: &[Vec<Term>], digest_key: &DigestKey) -> Vec<Vec<Wanted>> {
    indicators.iter().map(|terms| terms.iter().map(|term| of_term(term, digest_key)).collect()).collect()
}

/// The segment's keys that answer an indicator, each once.
pub(crate) fn matched(index: &Index, wanted: &[Wanted], path: &Path) -> Result<Matched, ArchiveError> {
    let mut matched = Matched::new();
    for wanted in wanted {
        match wanted {
            Wanted::Key(key) => {
                let days = index.days(key, path)?;
                if !days.is_empty() {
                    matched.push((key.clone(), days));
                }
            }
            Wanted::Range(first, last) => matched.extend(index.range(first, last, path)?),
        }
    }
    if matched.len() > 1 {
        matched.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        matched.dedup_by(|one, other| one.0 == other.0);
    }
    Ok(matched)
}

fn is_exact(index: &Index, matched: &Matched) -> bool {
    let all_addresses = || matched.iter().all(|(key, _)| key.first() == Some(&ADDRESS));
    matched.len() == 1 || (index.header.single_address_rows && all_addresses())
}

/// The row groups that any of the days names, ascending.
pub(crate) fn groups_of<'a>(days: impl Iterator<Item = &'a Day>) -> impl Iterator<Item = usize> {
    let mask = days.fold(0_u64, |mask, day| mask | day.groups);
    (0_u32..64).filter(move |bit| mask >> bit & 1 == 1).filter_map(|bit| usize::try_from(bit).ok())
}

fn count_rows(path: &Path, inexact: Vec<(usize, Matched)>, found: &mut [Found]) -> Result<(), ArchiveError> {
    let mut askers: FxHashMap<&[u8], Vec<usize>> = FxHashMap::default();
    for (number, matched) in &inexact {
        for (key, _) in matched {
            askers.entry(key).or_default().push(*number);
        }
    }
    let days = inexact.iter().flat_map(|(_, matched)| matched).flat_map(|(_, days)| days);
    let reader = SegmentReader::open(path)?;
    let mut seen = Vec::new();
    for group in groups_of(days) {
        let places = reader.places(group)?;
        for (row, time) in (0..places.rows()).zip(&places.time) {
            seen.clear();
            for key in places.keys(row) {
                seen.extend(askers.get(key).into_iter().flatten().copied());
            }
            seen.sort_unstable();
            seen.dedup();
            let at = time.unwrap_or(0);
            let day = Day { day: time.map(day_of), count: 1, first: at, last: at, groups: 0 };
            for number in &seen {
                if let Some(found) = found.get_mut(*number) {
                    found.add(&day);
                }
            }
        }
    }
    Ok(())
}
