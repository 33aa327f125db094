//! The index of one segment while it is written: every key with its days.

use std::io::Write;
use std::path::Path;

use fst::MapBuilder;
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use crate::durable::DigestedFile;
use crate::error::ArchiveError;
use crate::index::{IndexHeader, MAGIC};
use crate::key::{ADDRESS, Keys};
use crate::postings::{Day, day_of, encode};

/// What a key costs in memory beside its own bytes, about.
const BYTES_A_KEY: usize = 120;
const BYTES_A_DAY: usize = 40;

struct Posting {
    latest: Day,
    earlier: Vec<Day>,
    last_row: u64,
}

/// Keys with their days.
#[derive(Default)]
pub(crate) struct IndexBuilder {
    keys: FxHashMap<Box<[u8]>, Posting>,
    memory: usize,
    more_than_one_address: bool,
}

impl IndexBuilder {
    /// Bytes in memory, about.
    pub fn memory(&self) -> usize {
        self.memory
    }

    /// Adds one event. A key that an event has twice counts once.
    pub fn add(&mut self, keys: &Keys, time: Option<i64>, row: u64, group: u32) {
        let mut addresses = 0_u32;
        for key in keys.iter() {
            if key.first() == Some(&ADDRESS) {
                addresses = addresses.saturating_add(1);
            }
            self.add_key(key, time, row, group);
        }
        self.more_than_one_address |= addresses > 1;
    }

    fn add_key(&mut self, key: &[u8], time: Option<i64>, row: u64, group: u32) {
        let Some(posting) = self.keys.get_mut(key) else {
            let mut latest = Day::new(time);
            latest.add(time, group);
            self.memory = self.memory.saturating_add(key.len()).saturating_add(BYTES_A_KEY);
            self.keys.insert(key.into(), Posting { latest, earlier: Vec::new(), last_row: row });
            return;
        };
        if posting.last_row == row {
            return;
        }
        posting.last_row = row;
        let day = time.map(day_of);
        if posting.latest.day != day {
            let next = match posting.earlier.iter().position(|earlier| earlier.day == day) {
                Some(known) => posting.earlier.remove(known),
                None => {
                    self.memory = self.memory.saturating_add(BYTES_A_DAY);
                    Day::new(time)
                }
            };
            posting.earlier.push(std::mem::replace(&mut posting.latest, next));
        }
        posting.latest.add(time, group);
    }

    /// Completes the header and writes the index; gives its length and SHA-256.
    pub fn write(self, path: &Path, header: IndexHeader) -> Result<(u64, String), ArchiveError> {
        let header = IndexHeader { single_address_rows: !self.more_than_one_address, ..header };
        let mut sorted: Vec<(Box<[u8]>, Posting)> = self.keys.into_iter().collect();
        sorted.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        let mut postings = Vec::new();
        let mut map = MapBuilder::memory();
        let unsorted = |error: fst::Error| ArchiveError::damaged(path, error.to_string());
        for (key, mut posting) in sorted {
            map.insert(&key, u64::try_from(postings.len()).unwrap_or(u64::MAX)).map_err(unsorted)?;
            posting.earlier.push(posting.latest);
            posting.earlier.sort_unstable_by_key(|day| day.day);
            encode(posting.earlier.into_iter(), &mut postings);
        }
        let map = map.into_inner().map_err(unsorted)?;
        let header = serde_json::to_vec(&header).map_err(|error| ArchiveError::damaged(path, error.to_string()))?;
        write_parts(path, &[&postings, &map, &header]).map_err(ArchiveError::file(path))
    }
}

/// Magic, the parts, their lengths, and the SHA-256 of all before it.
fn write_parts(path: &Path, parts: &[&[u8]; 3]) -> std::io::Result<(u64, String)> {
    let mut file = DigestedFile::create(path)?;
    let mut digest = Sha256::new();
    let mut write = |bytes: &[u8]| -> std::io::Result<()> {
        digest.update(bytes);
        file.write_all(bytes)
    };
    write(&MAGIC)?;
    for part in parts {
        write(part)?;
    }
    for part in parts {
        write(&u64::try_from(part.len()).unwrap_or(0).to_le_bytes())?;
    }
    let checksum = digest.finalize();
    file.write_all(&checksum)?;
    file.finish()
}
