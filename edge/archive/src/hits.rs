//! Listing the events behind a look-back, in the order of the log files and their lines.

use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use ward_stix::normal::format_address;
use ward_stix::term::Term;

use crate::error::ArchiveError;
use crate::index::Index;
use crate::key::{DigestKey, Wanted, address_of, of_term};
use crate::lookback::{Archive, groups_of, matched};
use crate::read::{Places, RowColumns, SegmentReader};

/// How to list.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// For each log file's id its place in the order, and its name now. A file that is not here comes last, under
    /// the name it had when it was archived.
    pub files: BTreeMap<u64, (u64, String)>,
    /// Read the other columns too.
    pub with_columns: bool,
}

/// One indicator × event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HitRow {
    /// The indicator's position in the list asked.
    pub indicator: u32,
    /// The observed value, as a matcher reports it.
    pub value: String,
    /// The log file's name.
    pub file: Arc<str>,
    /// The log file's number.
    pub file_id: u64,
    /// Counted from 1.
    pub line: u64,
    /// Microseconds UTC.
    pub time: Option<i64>,
    /// The event's other columns, if asked for.
    pub columns: Option<RowColumns>,
}

/// A hit with its place in the order.
type Placed = ((u64, u64), HitRow);

impl Archive {
    /// Lists every indicator × event: by file, line and indicator. Stops when `each` says so. Memory is bounded by
    /// the hits of one row group a segment, except for segments whose files have changed their order since.
    pub fn hits(
        &self,
        indicators: &[Vec<Term>],
        digest_key: &DigestKey,
        listing: &Listing,
        mut each: impl FnMut(HitRow) -> ControlFlow<()>,
    ) -> Result<(), ArchiveError> {
        let mut segments = Vec::new();
        for meta in &self.segments {
            let index_path = meta.index_path(&self.folder);
            let index = Index::open(&index_path)?;
            let mut keys: FxHashMap<Vec<u8>, KeyHits> = FxHashMap::default();
            let mut days = Vec::new();
            for (number, terms) in (0_u32..).zip(indicators) {
                for term in terms {
                    let wanted = of_term(term, digest_key);
                    for (key, found) in matched(&index, std::slice::from_ref(&wanted), &index_path)? {
                        keys.entry(key).or_insert_with_key(|key| KeyHits::new(key, term, &wanted)).add(number);
                        days.extend(found);
                    }
                }
            }
            if !keys.is_empty() {
                let groups = groups_of(days.iter()).collect();
                segments.push(SegmentHits::new(meta.parquet_path(&self.folder), &index, keys, groups, listing));
            }
        }
        merge(segments, listing.with_columns, &mut each)
    }
}

/// Hands over the foremost hit of all segments until none is left.
fn merge(
    mut segments: Vec<SegmentHits>,
    with_columns: bool,
    each: &mut impl FnMut(HitRow) -> ControlFlow<()>,
) -> Result<(), ArchiveError> {
    loop {
        for segment in &mut segments {
            segment.fill(with_columns)?;
        }
        segments.retain(|segment| !segment.waiting.is_empty());
        let next = segments
            .iter_mut()
            .min_by_key(|segment| segment.waiting.front().map(|(place, hit)| (*place, hit.line, hit.indicator)));
        let Some((_, hit)) = next.and_then(|segment| segment.waiting.pop_front()) else { return Ok(()) };
        if each(hit).is_break() {
            return Ok(());
        }
    }
}

/// The indicators that a key answers, and how its value is written.
struct KeyHits {
    value: String,
    indicators: Vec<u32>,
}

impl KeyHits {
    fn new(key: &[u8], term: &Term, wanted: &Wanted) -> Self {
        // An exact term is its own value; of a network it is the address that was in it.
        let value = match (wanted, address_of(key)) {
            (_, Some(address)) => format_address(address),
            (Wanted::Key(_) | Wanted::Range(..), None) => term.text(),
        };
        Self { value, indicators: Vec::new() }
    }

    fn add(&mut self, indicator: u32) {
        if self.indicators.last() != Some(&indicator) {
            self.indicators.push(indicator);
        }
    }
}

/// The hits of one segment, a row group at a time.
struct SegmentHits {
    parquet: PathBuf,
    keys: FxHashMap<Vec<u8>, KeyHits>,
    groups: VecDeque<usize>,
    /// For each file its place in the order, its number and its name.
    files: Vec<((u64, u64), Arc<str>)>,
    in_order: bool,
    waiting: VecDeque<Placed>,
}

impl SegmentHits {
    fn new(
        parquet: PathBuf,
        index: &Index,
        keys: FxHashMap<Vec<u8>, KeyHits>,
        groups: VecDeque<usize>,
        listing: &Listing,
    ) -> Self {
        let files: Vec<((u64, u64), Arc<str>)> = index
            .header
            .files
            .iter()
            .map(|file| match listing.files.get(&file.id) {
                Some((order, name)) => ((*order, file.id), Arc::from(name.as_str())),
                None => ((u64::MAX, file.id), Arc::from(file.name.as_str())),
            })
            .collect();
        let in_order = index.header.in_order && files.is_sorted_by_key(|(place, _)| *place);
        Self { parquet, keys, groups, files, in_order, waiting: VecDeque::new() }
    }

    /// Reads on until a hit waits, or to the end.
    fn fill(&mut self, with_columns: bool) -> Result<(), ArchiveError> {
        while self.waiting.is_empty() || !self.in_order {
            let Some(group) = self.groups.pop_front() else { break };
            let reader = SegmentReader::open(&self.parquet)?;
            let places = reader.places(group)?;
            let before = self.waiting.len();
            let mut rows = Vec::new();
            for row in 0..places.rows() {
                self.add_row(&places, row, &mut rows);
            }
            if with_columns && self.waiting.len() > before {
                let mut columns = reader.columns(group)?;
                for ((_, hit), row) in self.waiting.iter_mut().skip(before).zip(rows) {
                    hit.columns = columns.get_mut(row).cloned();
                }
            }
        }
        if !self.in_order {
            self.waiting.make_contiguous().sort_by_key(|(place, hit)| (*place, hit.line, hit.indicator));
            self.in_order = true;
        }
        Ok(())
    }

    /// Adds the hits of one row: for each indicator the first value, ordered by indicator.
    fn add_row(&mut self, places: &Places, row: usize, rows: &mut Vec<usize>) {
        let mut hits: Vec<(u32, &str)> = Vec::new();
        for key in places.keys(row) {
            if let Some(found) = self.keys.get(key) {
                hits.extend(found.indicators.iter().map(|indicator| (*indicator, found.value.as_str())));
            }
        }
        if hits.is_empty() {
            return;
        }
        hits.sort_by_key(|(indicator, _)| *indicator);
        hits.dedup_by_key(|(indicator, _)| *indicator);
        let file = places.file.get(row).and_then(|file| usize::try_from(*file).ok());
        let Some((place, name)) = file.and_then(|file| self.files.get(file)) else { return };
        let line = places.line.get(row).and_then(|line| u64::try_from(*line).ok()).unwrap_or(0);
        for (indicator, value) in hits {
            let hit = HitRow {
                indicator,
                value: value.to_owned(),
                file: Arc::clone(name),
                file_id: place.1,
                line,
                time: places.time.get(row).copied().flatten(),
                columns: None,
            };
            self.waiting.push_back((*place, hit));
            rows.push(row);
        }
    }
}
