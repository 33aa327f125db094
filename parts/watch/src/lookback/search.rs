//! The search itself: every source's segments by the index, and the events behind the hits for their signs.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ward_archive::{Archive, DigestKey, Listing, SegmentMeta};
use ward_detect::coverage::{PartFacts, SourceFacts};
use ward_detect::signs::Signs;
use ward_directory::Here;
use ward_stix::term::Term;

use crate::WatchError;
use crate::keeping::{self, archive_error};
use crate::known::KnownAlert;
use crate::reading::ReadingFacts;
use crate::source::{self, Source};

/// Everything that is searched.
pub(crate) struct Inputs {
    pub folder: PathBuf,
    pub digest_key: DigestKey,
    /// Declared sources, and removed ones whose events are still kept.
    pub sources: Vec<SearchedSource>,
    /// No file is removed while this is open.
    _searching: File,
}

/// One source with its segments.
#[derive(Clone)]
pub(crate) struct SearchedSource {
    pub source: Source,
    pub facts: ReadingFacts,
    pub segments: Vec<SegmentMeta>,
}

/// How often one indicator was seen in all sources.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub count: u64,
    pub first: Option<i64>,
    pub last: Option<i64>,
}

/// What was found in all sources.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// In the order of the alert's indicators.
    pub indicators: Vec<Seen>,
    /// Events that hold any indicator.
    pub events: Seen,
    /// The signs of these events, and how many have them.
    pub signs: BTreeMap<u16, u64>,
    /// Events outside the period asked.
    pub outside: u64,
    /// By the source's id.
    pub coverage: BTreeMap<String, SourceFacts>,
}

/// Loads what is to be searched; its files stay as long as the value lives.
pub(crate) async fn inputs(here: &Here) -> Result<Inputs, WatchError> {
    let folder = keeping::folder(here);
    let locked = folder.clone();
    let searching = keeping::blocking(move || keeping::searching_lock(&locked)).await?;
    let segments = keeping::segments(here).await?;
    let mut sources = Vec::new();
    for (source, facts) in source::all_with_facts(here).await? {
        let of_source = segments.iter().filter(|(row, _)| row.source_id == source.id);
        sources.push(SearchedSource {
            facts: facts.unwrap_or_else(|| ReadingFacts::declared(&source.name)),
            segments: of_source.map(|(_, meta)| meta.clone()).collect(),
            source,
        });
    }
    Ok(Inputs { folder, digest_key: keeping::digest_key(here)?, sources, _searching: searching })
}

/// Searches all that is kept for the alert's indicators.
pub(super) async fn search(inputs: &Inputs, known: &KnownAlert) -> Result<Found, WatchError> {
    let indicators: Arc<Vec<Vec<Term>>> =
        Arc::new(known.indicators.iter().map(|indicator| indicator.terms.clone()).collect());
    let mut found = Found { indicators: vec![Seen::default(); indicators.len()], ..Found::default() };
    let asked = known.alert.search_from..known.alert.search_until;
    for source in &inputs.sources {
        let archive = Archive::open(&inputs.folder, &source.segments);
        let months = months_of(&inputs.folder, &source.segments, &asked);
        let (digest_key, indicators, asked) = (inputs.digest_key.clone(), Arc::clone(&indicators), asked.clone());
        let one = keeping::blocking(move || search_source(&archive, months, &indicators, &digest_key, &asked)).await?;
        found.add(&source.source.id, one);
    }
    Ok(found)
}

/// The same, for one source.
struct FoundInSource {
    indicators: Vec<Seen>,
    events: Seen,
    signs: BTreeMap<u16, u64>,
    outside: u64,
    coverage: SourceFacts,
}

/// The segments that the period touches, month by month.
fn months_of(folder: &Path, segments: &[SegmentMeta], asked: &Range<i64>) -> Vec<(String, Archive)> {
    let mut months: BTreeMap<&str, Vec<SegmentMeta>> = BTreeMap::new();
    let touches = |meta: &&SegmentMeta| {
        meta.first.is_none_or(|first| first < asked.end) && meta.last.is_none_or(|last| last >= asked.start)
    };
    for meta in segments.iter().filter(touches) {
        months.entry(&meta.month).or_default().push(meta.clone());
    }
    months.into_iter().map(|(month, segments)| (month.to_owned(), Archive::open(folder, &segments))).collect()
}

/// What a month could have shown by itself: a proxy that came in the last month is nothing in the sum of a year.
fn part_of((name, archive): (String, Archive)) -> Result<PartFacts, WatchError> {
    let SourceFacts { client_addresses, fields, .. } = archive.coverage(None).map_err(archive_error)?;
    Ok(PartFacts { name, client_addresses, fields })
}

fn search_source(
    archive: &Archive,
    months: Vec<(String, Archive)>,
    indicators: &[Vec<Term>],
    digest_key: &DigestKey,
    asked: &Range<i64>,
) -> Result<FoundInSource, WatchError> {
    let found = archive.lookback(indicators, digest_key).map_err(archive_error)?;
    let mut coverage = archive.coverage(None).map_err(archive_error)?;
    coverage.parts = months.into_iter().map(part_of).collect::<Result<_, _>>()?;
    let indicators_seen: Vec<Seen> =
        found.iter().map(|found| Seen { count: found.count, first: found.first, last: found.last }).collect();
    let mut events = Seen::default();
    let (mut signs, mut outside) = (BTreeMap::new(), 0);
    if indicators_seen.iter().any(|seen| seen.count > 0) {
        let listing = Listing { with_columns: true, ..Listing::default() };
        let mut before = None;
        let each = |hit: ward_archive::HitRow| {
            // The hits of one event follow each other.
            let place = Some((hit.file_id, hit.line));
            if place != before {
                before = place;
                events.add(Seen { count: 1, first: hit.time, last: hit.time });
                outside += u64::from(hit.time.is_some_and(|time| !asked.contains(&time)));
                let bits = hit.columns.map_or(Signs::NONE.bits(), |columns| columns.signs);
                *signs.entry(bits).or_default() += 1;
            }
            ControlFlow::Continue(())
        };
        archive.hits(indicators, digest_key, &listing, each).map_err(archive_error)?;
    }
    Ok(FoundInSource { indicators: indicators_seen, events, signs, outside, coverage })
}

impl Seen {
    pub(super) fn add(&mut self, other: Seen) {
        self.count = self.count.saturating_add(other.count);
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
    }
}

impl Found {
    fn add(&mut self, source_id: &str, one: FoundInSource) {
        for (sum, seen) in self.indicators.iter_mut().zip(one.indicators) {
            sum.add(seen);
        }
        self.events.add(one.events);
        self.outside += one.outside;
        for (bits, count) in one.signs {
            *self.signs.entry(bits).or_default() += count;
        }
        self.coverage.insert(source_id.to_owned(), one.coverage);
    }
}
