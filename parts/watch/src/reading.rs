//! Reading the declared sources into the archive, while every event is matched against the active indicators.
//!
//! A file of the archive exists once its row is committed, in the same transaction as the checkpoints of what was read: killed at any
//! moment, nothing is read twice and nothing is missed. Big backlogs are committed in slices.

mod facts;
mod files;
mod live;
mod slice;
mod upkeep;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::json;
use ward_archive::SegmentMeta;
use ward_directory::Here;
use ward_sources::Checkpoint;
use ward_store::{MICROS_PER_SECOND, Tx, enqueue_once};

use crate::keeping::{self, to_json};
use crate::release::Settings;
use crate::source::{self, Source};
use crate::sql::sources::{self as sql, SegmentRow};
use crate::{WatchError, release};

pub use facts::{ReadingFacts, Sample, UnreadableFile};
use live::Live;
use slice::{Slice, SliceInput};

/// No further file is begun after as many lines; what comes after is the next transaction's.
const LINES_A_SLICE: u64 = 2_000_000;
/// New events alone ask for another look-back after this long; it also finds hits outside the indicators' validity.
const LOOK_AGAIN_SECONDS: i64 = 3_600;

/// How often and how long a reader waits for the one before it.
const LOCK_TRIES: u32 = 20;
const LOCK_WAIT: Duration = Duration::from_millis(50);

/// What one reading of one source brought.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SourceReading {
    pub source_id: String,
    pub name: String,
    /// Files that had something new.
    pub files_read: u64,
    /// Without blank lines, headers and comments.
    pub lines_read: u64,
    pub lines_rejected: u64,
    pub events: u64,
    /// Events that hold an indicator which was valid at the event's time.
    pub live_hits: u64,
    /// Files that cannot be read, with the reasons.
    pub unreadable: Vec<UnreadableFile>,
    /// Stretches of time, in microseconds from and until, whose lines were rotated away before they were read.
    pub lost: Vec<(i64, i64)>,
}

/// Reads everything that is new in every declared source. Gives `NotYet` while another reader is at it.
pub async fn read_sources(here: &Here) -> Result<Vec<SourceReading>, WatchError> {
    let _reading = patient_lock(here).await?;
    upkeep::sweep(here).await?;
    let live = Arc::new(live::compile(here).await?);
    let mut readings = Vec::new();
    let (mut has_events, mut has_news) = (false, false);
    for source in source::sources(here).await? {
        let (reading, is_news) = read_source(here, &source, &live).await?;
        has_events |= reading.events > 0;
        has_news |= is_news;
        upkeep::merge_small(here, &source).await?;
        readings.push(reading);
    }
    if upkeep::purge(here).await? {
        upkeep::sweep(here).await?;
    }
    if has_events || has_news {
        ask_for_look_backs(here, &live, has_news).await?;
    }
    Ok(readings)
}

/// The lock of the one reader. A reader that is about to end is waited for.
async fn patient_lock(here: &Here) -> Result<std::fs::File, WatchError> {
    let folder = keeping::folder(here);
    for _ in 0..LOCK_TRIES {
        match keeping::reading_lock(&folder) {
            Err(WatchError::NotYet(_)) => tokio::time::sleep(LOCK_WAIT).await,
            taken => return taken,
        }
    }
    keeping::reading_lock(&folder)
}

/// What all readings so far say of a source; none before the first.
pub async fn facts_of(here: &Here, source_id: &str) -> Result<Option<ReadingFacts>, WatchError> {
    let stored = sql::facts(&here.store, source_id).await?;
    stored.map(|(text, _)| keeping::from_json(&text, "a source's reading")).transpose()
}

/// The files behind a source's path as they are now, by the names that they have without links.
pub(crate) fn files_behind(path: &Path) -> BTreeSet<PathBuf> {
    let found = files::of_source(path).unwrap_or_default();
    found.iter().filter_map(|file| std::fs::canonicalize(file).ok()).collect()
}

/// Reads one source, slice by slice. The second value says whether its first events came, or what can be read of it has changed.
async fn read_source(here: &Here, source: &Source, live: &Arc<Live>) -> Result<(SourceReading, bool), WatchError> {
    let settings = release::settings(here).await?;
    let before = facts_of(here, &source.id).await?;
    let mut facts = before.clone().unwrap_or_else(|| ReadingFacts::declared(&source.name));
    let mut reading =
        SourceReading { source_id: source.id.clone(), name: source.name.clone(), ..SourceReading::default() };
    let mut known = source::checkpoints(here, &source.id).await?;
    let declared: Vec<PathBuf> = source::sources(here).await?.into_iter().map(|source| source.path.into()).collect();
    loop {
        let input = SliceInput {
            declared: declared.clone(),
            ..slice_input(here, source, &settings, known.clone(), &facts, live)?
        };
        let slice = keeping::blocking(move || slice::read(input)).await?;
        facts.add(&slice);
        reading.add(&slice);
        commit(here, source, live, &known, &facts, &slice).await?;
        if !slice.has_more {
            break;
        }
        known = source::checkpoints(here, &source.id).await?;
    }
    reading.unreadable = facts.not_read().collect();
    let was_empty = before.as_ref().is_none_or(|before| before.lines.fields.events == 0);
    let is_news = was_empty && reading.events > 0
        || before.is_none_or(|before| {
            before.unreadable != facts.unreadable
                || before.without_events != facts.without_events
                || before.lines.lost != facts.lines.lost
        });
    Ok((reading, is_news))
}

fn slice_input(
    here: &Here,
    source: &Source,
    settings: &Settings,
    known: Vec<Checkpoint>,
    facts: &ReadingFacts,
    live: &Arc<Live>,
) -> Result<SliceInput, WatchError> {
    Ok(SliceInput {
        archive: keeping::folder(here),
        source_id: source.id.clone(),
        source_name: source.name.clone(),
        path: PathBuf::from(&source.path),
        declared: Vec::new(),
        options: source.options.line_options(),
        known,
        unreadable_before: facts.unreadable.clone(),
        digest_key: keeping::digest_key(here)?,
        keep_raw: settings.keep_raw,
        live: Arc::clone(live),
        lines_most: LINES_A_SLICE,
        now: here.now(),
    })
}

/// Segments, checkpoints, facts and the look-backs that live hits ask for, or nothing of it.
async fn commit(
    here: &Here,
    source: &Source,
    live: &Live,
    known: &[Checkpoint],
    facts: &ReadingFacts,
    slice: &Slice,
) -> Result<(), WatchError> {
    let mut tx = here.store.begin().await?;
    for meta in &slice.segments {
        insert_segment(&mut tx, here, source, meta).await?;
    }
    let known: BTreeMap<u64, &Checkpoint> = known.iter().map(|checkpoint| (checkpoint.id, checkpoint)).collect();
    for checkpoint in slice.checkpoints.iter().filter(|new| known.get(&new.id) != Some(new)) {
        sql::put_checkpoint(&mut tx, &source.id, checkpoint.id.cast_signed(), &to_json(checkpoint)?).await?;
    }
    sql::put_facts(&mut tx, &source.id, &to_json(facts)?, here.now()).await?;
    for report_id in live.reports_of(&slice.indicators_hit) {
        enqueue_once(&mut tx, "look-back", &json!({ "report_id": report_id }), here.now()).await?;
    }
    Ok(tx.commit().await?)
}

async fn insert_segment(tx: &mut Tx, here: &Here, source: &Source, meta: &SegmentMeta) -> Result<(), WatchError> {
    let row = SegmentRow {
        id: meta.id.clone(),
        source_id: source.id.clone(),
        meta: to_json(meta)?,
        committed_at: here.now(),
    };
    Ok(sql::insert_segment(tx, &row).await?)
}

/// New lines change what can be said of an alert even when none of them holds an indicator, and old lines that come late may hold one outside its
/// validity. An alert that was looked back for just now is looked at again when the pause is over, also if no further line ever comes.
async fn ask_for_look_backs(here: &Here, live: &Live, has_news: bool) -> Result<(), WatchError> {
    let own = ward_directory::own_organisation(here).await?.identity_id;
    let now = here.now();
    let done = crate::sql::local::lookbacks(&here.store, &own).await?;
    let pause_ends: BTreeMap<&str, i64> = done
        .iter()
        .map(|row| (row.report_id.as_str(), row.finished_at + LOOK_AGAIN_SECONDS * MICROS_PER_SECOND))
        .filter(|(_, pause_ends)| *pause_ends > now && !has_news)
        .collect();
    let mut tx = here.store.begin().await?;
    for report_id in live.reports() {
        match pause_ends.get(report_id) {
            None => enqueue_once(&mut tx, "look-back", &json!({ "report_id": report_id }), now).await?,
            Some(pause_ends) => {
                // Data of its own: a look-back that is asked for before then must not be taken for this one.
                let data = json!({ "report_id": report_id, "because": "new lines came" });
                enqueue_once(&mut tx, "look-back", &data, *pause_ends).await?;
            }
        }
    }
    Ok(tx.commit().await?)
}

impl SourceReading {
    fn add(&mut self, slice: &Slice) {
        self.files_read += slice.files_read;
        self.lines_read += slice.lines.lines_read;
        self.lines_rejected += slice.lines.lines_rejected;
        self.events += slice.lines.fields.events;
        self.live_hits += slice.live_hits;
        self.lost.extend_from_slice(&slice.lines.lost);
    }
}
