//! Events into segments, with bounded memory.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::file::writer::SerializedFileWriter;
use ward_detect::coverage::SourceFacts;
use ward_detect::lines::{Format, Parsed};

use crate::columns::{ROWS_A_GROUP, RowGroup, properties, schema};
use crate::durable::{DigestedFile, put_in_place};
use crate::error::ArchiveError;
use crate::index::IndexHeader;
use crate::index_build::IndexBuilder;
use crate::key::{DigestKey, Keys};
use crate::postings::day_of;
use crate::row::{Row, of_event};
use crate::segment::{NO_MONTH, SegmentMeta, SourceFile, folder, index_name, month_of_day, parquet_name};

/// A segment is closed at this many events: 31 row groups.
const MOST_ROWS: u64 = 31 * 65_536;
/// All that is being written stays under this, about.
const MOST_BYTES: usize = 256 * 1024 * 1024;
/// A log with times all over the calendar closes its largest month early.
const MOST_OPEN_MONTHS: usize = 24;
/// Bits of a posting's row groups.
pub(crate) const MOST_ROW_GROUPS: usize = 64;
pub(crate) const LAYOUT: u32 = 1;

/// Writes the events of one source. Nothing counts until the caller has committed what [`Writer::finish`] returns.
pub struct Writer {
    archive: PathBuf,
    source: String,
    digest_key: DigestKey,
    keep_raw: bool,
    open: BTreeMap<String, SegmentBuilder>,
    done: Vec<SegmentMeta>,
    day: Option<i32>,
    month: String,
    /// Rejected lines that are not yet in a segment's header.
    unplaced: SourceFacts,
    opened: u64,
    scratch: Vec<u8>,
    keys: Keys,
}

impl Writer {
    /// A writer into the archive's folder, which is made if it is not there. With `keep_raw` the raw line is kept
    /// too, without its query values.
    pub fn new(archive: &Path, source: &str, digest_key: DigestKey, keep_raw: bool) -> Result<Self, ArchiveError> {
        let segments = folder(archive);
        fs::create_dir_all(&segments).map_err(ArchiveError::file(&segments))?;
        Ok(Self {
            archive: archive.to_owned(),
            source: source.to_owned(),
            digest_key,
            keep_raw,
            open: BTreeMap::new(),
            done: Vec::new(),
            day: None,
            month: NO_MONTH.to_owned(),
            unplaced: SourceFacts::default(),
            opened: 0,
            scratch: Vec::new(),
            keys: Keys::default(),
        })
    }

    /// Adds what became of one line. Events are kept, rejected lines are counted. Add the lines of a file in their
    /// order, and file after file: then hits are listed without sorting.
    pub fn add(
        &mut self,
        parsed: &Parsed<'_>,
        format: Option<Format>,
        file: &SourceFile,
        line: u64,
        raw: &[u8],
    ) -> Result<(), ArchiveError> {
        let Parsed::Event(event) = parsed else {
            self.unplaced.add(parsed, format);
            return Ok(());
        };
        let mut keys = std::mem::take(&mut self.keys);
        let mut scratch = std::mem::take(&mut self.scratch);
        let raw = self.keep_raw.then_some(raw);
        let row = of_event(event, line, raw, &self.digest_key, &mut scratch, &mut keys);
        let segment = self.segment_of(row.time)?;
        segment.header.facts.add(parsed, format);
        segment.push(&row, file, &keys)?;
        self.keys = keys;
        self.scratch = scratch;
        self.close_what_is_full()
    }

    /// Writes what is left. The files are complete and on the disk when this returns.
    pub fn finish(mut self) -> Result<Vec<SegmentMeta>, ArchiveError> {
        while let Some((_, segment)) = self.open.pop_first() {
            self.close(segment)?;
        }
        if self.unplaced.lines_read > 0 {
            // Nothing but unreadable lines: an empty segment says so.
            let segment = self.new_segment(NO_MONTH)?;
            self.close(segment)?;
        }
        Ok(self.done)
    }

    /// The open segment of the time's month.
    fn segment_of(&mut self, time: Option<i64>) -> Result<&mut SegmentBuilder, ArchiveError> {
        let day = time.map(day_of);
        if day != self.day {
            self.day = day;
            self.month = day.map_or_else(|| NO_MONTH.to_owned(), month_of_day);
        }
        if !self.open.contains_key(&self.month) {
            if self.open.len() >= MOST_OPEN_MONTHS {
                self.close_largest()?;
            }
            let segment = self.new_segment(&self.month.clone())?;
            return Ok(self.open.entry(self.month.clone()).or_insert(segment));
        }
        self.open.get_mut(&self.month).ok_or_else(|| ArchiveError::damaged(&self.archive, "no open segment"))
    }

    fn close_what_is_full(&mut self) -> Result<(), ArchiveError> {
        let rows = self.open.get(&self.month).map_or(0, |segment| segment.rows);
        if rows >= MOST_ROWS
            && let Some(segment) = self.open.remove(&self.month)
        {
            return self.close(segment);
        }
        // Every so often, since the sum over months takes time.
        if rows.is_multiple_of(1024) && self.memory() > MOST_BYTES { self.close_largest() } else { Ok(()) }
    }

    fn memory(&self) -> usize {
        self.open.values().map(SegmentBuilder::memory).sum()
    }

    fn close_largest(&mut self) -> Result<(), ArchiveError> {
        let largest = self.open.iter().max_by_key(|(_, segment)| segment.memory()).map(|(month, _)| month.clone());
        match largest.and_then(|month| self.open.remove(&month)) {
            Some(segment) => self.close(segment),
            None => Ok(()),
        }
    }

    fn new_segment(&mut self, month: &str) -> Result<SegmentBuilder, ArchiveError> {
        self.opened = self.opened.saturating_add(1);
        let name = format!("writing-{}-{month}-{}", std::process::id(), self.opened);
        SegmentBuilder::new(folder(&self.archive).join(name), &self.source, month)
    }

    fn close(&mut self, mut segment: SegmentBuilder) -> Result<(), ArchiveError> {
        segment.header.facts.merge(&std::mem::take(&mut self.unplaced));
        let meta = segment.finish(&folder(&self.archive))?;
        self.done.push(meta);
        Ok(())
    }
}

/// One segment being written.
pub(crate) struct SegmentBuilder {
    /// Both files are named after it until they are complete.
    path: PathBuf,
    parquet: SerializedFileWriter<DigestedFile>,
    group: RowGroup,
    index: IndexBuilder,
    pub header: IndexHeader,
    rows: u64,
    /// The place in the list of files, and the line, of the row before.
    at: (usize, i64),
}

impl SegmentBuilder {
    pub fn new(path: PathBuf, source: &str, month: &str) -> Result<Self, ArchiveError> {
        let file = DigestedFile::create(&path.with_extension("parquet.tmp")).map_err(ArchiveError::file(&path))?;
        let schema = schema().map_err(ArchiveError::parquet(&path))?;
        let parquet =
            SerializedFileWriter::new(file, schema, Arc::new(properties())).map_err(ArchiveError::parquet(&path))?;
        let header = IndexHeader {
            version: LAYOUT,
            source: source.to_owned(),
            month: month.to_owned(),
            in_order: true,
            facts: SourceFacts::declared(source),
            ..IndexHeader::default()
        };
        Ok(Self {
            path,
            parquet,
            group: RowGroup::default(),
            index: IndexBuilder::default(),
            header,
            rows: 0,
            at: (0, 0),
        })
    }

    pub fn push(&mut self, row: &Row<'_>, file: &SourceFile, keys: &Keys) -> Result<(), ArchiveError> {
        let ordinal = self.ordinal(file);
        self.header.in_order &= (ordinal, row.line) >= self.at;
        self.at = (ordinal, row.line);
        let group = u32::try_from(self.header.row_groups.len()).unwrap_or(u32::MAX);
        self.index.add(keys, row.time, self.rows, group);
        self.group.push(row, i32::try_from(ordinal).unwrap_or(i32::MAX), keys);
        self.rows = self.rows.saturating_add(1);
        if let Some(time) = row.time {
            self.header.first = Some(self.header.first.map_or(time, |first| first.min(time)));
            self.header.last = Some(self.header.last.map_or(time, |last| last.max(time)));
        }
        if self.group.rows() >= ROWS_A_GROUP { self.write_group() } else { Ok(()) }
    }

    fn memory(&self) -> usize {
        self.index.memory().saturating_add(self.group.memory())
    }

    fn ordinal(&mut self, file: &SourceFile) -> usize {
        if self.header.files.get(self.at.0) == Some(file) {
            return self.at.0;
        }
        match self.header.files.iter().position(|known| known == file) {
            Some(known) => known,
            None => {
                self.header.files.push(file.clone());
                self.header.files.len().saturating_sub(1)
            }
        }
    }

    fn write_group(&mut self) -> Result<(), ArchiveError> {
        if self.group.rows() == 0 {
            return Ok(());
        }
        self.header.row_groups.push(u32::try_from(self.group.rows()).unwrap_or(u32::MAX));
        self.group.write(&mut self.parquet).map_err(ArchiveError::parquet(&self.path))
    }

    pub fn finish(mut self, segments: &Path) -> Result<SegmentMeta, ArchiveError> {
        self.write_group()?;
        let parquet_path = self.path.with_extension("parquet.tmp");
        let index_path = self.path.with_extension("index.tmp");
        let file = self.parquet.into_inner().map_err(ArchiveError::parquet(&parquet_path))?;
        let (parquet_bytes, sha256) = file.finish().map_err(ArchiveError::file(&parquet_path))?;
        let header = IndexHeader { rows: self.rows, ..self.header };
        let (source, month) = (header.source.clone(), header.month.clone());
        let (first, last) = (header.first, header.last);
        let (index_bytes, index_sha256) = self.index.write(&index_path, header)?;
        let id =
            format!("{month}-{}{}", sha256.get(..12).unwrap_or_default(), index_sha256.get(..12).unwrap_or_default());
        let meta = SegmentMeta {
            file: parquet_name(&id),
            source,
            month,
            rows: self.rows,
            bytes: parquet_bytes.saturating_add(index_bytes),
            first,
            last,
            sha256,
            index_sha256,
            id,
        };
        put_in_place(&parquet_path, &segments.join(&meta.file)).map_err(ArchiveError::file(&parquet_path))?;
        put_in_place(&index_path, &segments.join(index_name(&meta.id))).map_err(ArchiveError::file(&index_path))?;
        Ok(meta)
    }
}
