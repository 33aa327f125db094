//! The index of one segment: opened, and asked.
//!
//! Layout: [`MAGIC`]; the postings; an `fst` map from key to place in the postings; the header as JSON; the lengths
//! of these three (64 bits each, little endian); SHA-256 of everything before it.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use fst::{IntoStreamer, Map, Streamer};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ward_detect::coverage::SourceFacts;

use crate::error::ArchiveError;
use crate::lookback::Matched;
use crate::postings::{Day, decode};
use crate::segment::SourceFile;

pub(crate) const MAGIC: [u8; 8] = *b"WARDIDX1";
const CHECKSUM_BYTES: usize = 32;
const TRAILER_BYTES: usize = 24 + CHECKSUM_BYTES;

/// What a segment says of itself.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct IndexHeader {
    /// The layout's version.
    pub version: u32,
    /// The source that the events are of.
    pub source: String,
    /// The UTC month.
    pub month: String,
    /// Events.
    pub rows: u64,
    /// Events in each row group of the Parquet file.
    pub row_groups: Vec<u32>,
    /// Time of the earliest event, microseconds UTC.
    pub first: Option<i64>,
    /// Time of the latest event, microseconds UTC.
    pub last: Option<i64>,
    /// What the segment's lines could show: hours, rejected lines, fields, how the clients' addresses look. Rejected
    /// lines have no time; they are counted in the segment that was closed next.
    pub facts: SourceFacts,
    /// No event has more than one address.
    pub single_address_rows: bool,
    /// Rows are ordered by file, as `files` lists them, and within a file by line.
    pub in_order: bool,
    /// The log files, in the order of the `file` column.
    pub files: Vec<SourceFile>,
}

/// An open index.
pub(crate) struct Index {
    pub header: IndexHeader,
    map: Map<Vec<u8>>,
    postings: Vec<u8>,
}

impl Index {
    /// Opens without computing the checksum.
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        let mut file = File::open(path).map_err(ArchiveError::file(path))?;
        let lengths = lengths(&mut file, path)?;
        let mut part = |length: u64| -> Result<Vec<u8>, ArchiveError> {
            let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
            file.by_ref().take(length).read_to_end(&mut bytes).map_err(ArchiveError::file(path))?;
            Ok(bytes)
        };
        let postings = part(lengths.0)?;
        let map = part(lengths.1)?;
        let header = part(lengths.2)?;
        let header = serde_json::from_slice(&header).map_err(|error| damaged(path, &error.to_string()))?;
        let map = Map::new(map).map_err(|error| damaged(path, &error.to_string()))?;
        Ok(Self { header, map, postings })
    }

    /// The days of one key; empty if it was never seen.
    pub fn days(&self, key: &[u8], path: &Path) -> Result<Vec<Day>, ArchiveError> {
        match self.map.get(key) {
            Some(place) => self.days_at(place, path),
            None => Ok(Vec::new()),
        }
    }

    /// Every key from first to last, with its days.
    pub fn range(&self, first: &[u8], last: &[u8], path: &Path) -> Result<Matched, ArchiveError> {
        let mut found = Vec::new();
        let mut keys = self.map.range().ge(first).le(last).into_stream();
        while let Some((key, place)) = keys.next() {
            found.push((key.to_vec(), self.days_at(place, path)?));
        }
        Ok(found)
    }

    fn days_at(&self, place: u64, path: &Path) -> Result<Vec<Day>, ArchiveError> {
        let bytes = usize::try_from(place).ok().and_then(|place| self.postings.get(place..));
        bytes.and_then(decode).ok_or_else(|| damaged(path, &format!("postings at byte {place}")))
    }
}

/// Computes the checksum over the whole file.
pub(crate) fn verify(path: &Path) -> Result<(), ArchiveError> {
    let bytes = std::fs::read(path).map_err(ArchiveError::file(path))?;
    let (before, checksum) = bytes
        .len()
        .checked_sub(CHECKSUM_BYTES)
        .and_then(|length| bytes.split_at_checked(length))
        .ok_or_else(|| damaged(path, "it is too short"))?;
    if Sha256::digest(before).as_slice() == checksum { Ok(()) } else { Err(damaged(path, "the checksum differs")) }
}

/// Checks magic and lengths; leaves the file at the start of the postings.
fn lengths(file: &mut File, path: &Path) -> Result<(u64, u64, u64), ArchiveError> {
    let read = |file: &mut File| -> std::io::Result<([u8; 8], u64, [u8; TRAILER_BYTES])> {
        let mut magic = [0; 8];
        let mut trailer = [0; TRAILER_BYTES];
        file.read_exact(&mut magic)?;
        let back = i64::try_from(TRAILER_BYTES).unwrap_or(i64::MAX).saturating_neg();
        let end = file.seek(SeekFrom::End(back))?;
        file.read_exact(&mut trailer)?;
        file.seek(SeekFrom::Start(8))?;
        Ok((magic, end, trailer))
    };
    let (magic, end, trailer) = read(file).map_err(|error| damaged(path, &error.to_string()))?;
    let mut numbers = trailer.chunks_exact(8).filter_map(|bytes| bytes.try_into().ok().map(u64::from_le_bytes));
    let (Some(postings), Some(map), Some(header)) = (numbers.next(), numbers.next(), numbers.next()) else {
        return Err(damaged(path, "it is too short"));
    };
    let sum = postings.checked_add(map).and_then(|sum| sum.checked_add(header)).and_then(|sum| sum.checked_add(8));
    if magic != MAGIC || sum != Some(end) {
        return Err(damaged(path, "it is no index or was cut"));
    }
    Ok((postings, map, header))
}

fn damaged(path: &Path, what: &str) -> ArchiveError {
    ArchiveError::damaged(path, what)
}
