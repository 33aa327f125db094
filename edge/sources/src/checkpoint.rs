//! What is remembered of a file between two readings.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::lines::Position;

/// At most this many first bytes make a file's identity.
pub const LONGEST_IDENTITY: usize = 1024;

/// How far one file has been read, and how to know it again under another name.
///
/// Commit it in the same transaction as what was made of the lines; then a crash neither loses nor repeats a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Stable number of the file, given at first sight in order of reading, never used again.
    pub id: u64,
    /// SHA-256, in hexadecimal, of the first `identity_len` decompressed bytes.
    pub identity: String,
    /// How many bytes the identity covers: grows with the file up to [`LONGEST_IDENTITY`].
    pub identity_len: u32,
    /// Decompressed bytes taken.
    pub offset: u64,
    /// Lines taken.
    pub lines: u64,
    /// The file's inode when last seen; decides only between files that begin alike.
    pub inode: u64,
    /// The file's path when last seen.
    pub path: String,
    /// Read to its end when it was no longer written to (rotated or compressed).
    pub finished: bool,
    /// Read to its end as a compressed file: its contents cannot change any more.
    pub sealed: bool,
    /// The last line taken had no newline yet. If it is continued later, the continuation is passed over.
    pub torn: bool,
    /// The file is no longer there.
    pub gone: bool,
    /// The header in force at the offset, for formats that declare their columns; kept and set by the caller, who
    /// parses.
    pub header: String,
    /// Set if the file's compressed contents are damaged after the offset.
    pub damage: Option<Damage>,
    /// Time of the latest event, in microseconds UTC; set by the caller, who parses.
    pub last_event_time: Option<i64>,
}

/// Why a compressed file was not read to its end. It is not tried again until its length changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damage {
    /// In words, with the file's name.
    pub reason: String,
    /// Bytes on disk at that time.
    pub stored_length: u64,
}

impl Checkpoint {
    /// The place to read on from.
    pub fn position(&self) -> Position {
        Position { offset: self.offset, lines: self.lines }
    }
}

/// The identity of a file that begins with these bytes, over at most `length` of them.
pub(crate) fn identity(head: &[u8], length: usize) -> String {
    let covered = head.get(..length).unwrap_or(head);
    Sha256::digest(covered).iter().map(|byte| format!("{byte:02x}")).collect()
}
