//! A proof that travels: one text that shows, offline, that an entry is in a log.
//!
//! C2SP tlog-proof (`c2sp.org/tlog-proof@v1`): header, perhaps extra data, index, inclusion proof, an empty line, and the
//! checkpoint with all its signatures.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::checkpoint::{self, Checkpoint, CheckpointError};
use crate::hash::{Hash, HashError};
use crate::key::VerifierKey;
use crate::note::{Note, NoteError};
use crate::proof::{ProofError, verify_inclusion};
use crate::text::decimal;

/// The first line.
pub const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// The most hashes taken: no inclusion proof of a tree below 2^63 leaves is longer.
pub const MAX_HASHES: usize = 63;

/// The parts of a proof text. Nothing in it is trusted before [`LogProof::verify`], and `extra` never is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogProof {
    /// Data for the application that nobody signed; empty when there is none.
    pub extra: Vec<u8>,
    /// Index of the entry in the log, from 0.
    pub index: u64,
    /// The inclusion proof, from the leaf's sibling up.
    pub hashes: Vec<Hash>,
    /// The checkpoint, with the log's and its witnesses' signatures.
    pub checkpoint: Note,
}

/// Why a text is not a proof, or the proof does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogProofError {
    /// Not text, or not parted by an empty line.
    #[error("the proof is not a head, an empty line and a checkpoint")]
    Form,
    /// The first line is another.
    #[error("the first line is not `{HEADER}`")]
    Header,
    /// The extra line is not base64, or empty.
    #[error("the extra data is not base64")]
    Extra,
    /// No index line where it must be.
    #[error("line {line} is not `index` and a number")]
    Index {
        /// Number of the line, from 1.
        line: usize,
    },
    /// A line of the proof is not a hash.
    #[error("line {line} is not a hash")]
    HashLine {
        /// Number of the line, from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: HashError,
    },
    /// More than [`MAX_HASHES`] hashes.
    #[error("the proof has more than {MAX_HASHES} hashes")]
    TooLong,
    /// The checkpoint is not a note.
    #[error("the checkpoint is not a signed note")]
    Note(#[source] NoteError),
    /// The checkpoint is not the log's.
    #[error("the checkpoint is not valid")]
    Checkpoint(#[source] CheckpointError),
    /// The entry is not in the checkpointed tree.
    #[error("the inclusion proof does not hold")]
    Proof(#[source] ProofError),
}

impl LogProof {
    /// Reads a proof text, checking its form only.
    ///
    /// # Errors
    /// [`LogProofError`] with the line that is wrong.
    pub fn parse(proof: impl AsRef<[u8]>) -> Result<Self, LogProofError> {
        let proof = std::str::from_utf8(proof.as_ref()).map_err(|_| LogProofError::Form)?;
        let (head, checkpoint) = proof.split_once("\n\n").ok_or(LogProofError::Form)?;
        let mut lines = head.split('\n').zip(1..).peekable();
        if lines.next().is_none_or(|(line, _)| line != HEADER) {
            return Err(LogProofError::Header);
        }
        let is_extra = |(line, _): &(&str, usize)| line.starts_with("extra ");
        let extra = match lines.next_if(is_extra) {
            Some((line, _)) => parse_extra(line)?,
            None => Vec::new(),
        };
        let (line, number) = lines.next().unwrap_or(("", 2));
        let index = line.strip_prefix("index ").and_then(decimal);
        let index = index.ok_or(LogProofError::Index { line: number })?;
        let mut hashes = Vec::new();
        for (text, line) in lines {
            if hashes.len() == MAX_HASHES {
                return Err(LogProofError::TooLong);
            }
            let hash = Hash::from_base64(text);
            hashes.push(hash.map_err(|source| LogProofError::HashLine { line, source })?);
        }
        Ok(Self { extra, index, hashes, checkpoint: Note::parse(checkpoint).map_err(LogProofError::Note)? })
    }

    /// Checks that the entry with this leaf hash is in the log of `log_key`, and gives the checkpoint that says so.
    /// Compute the leaf hash from the entry itself. Which witnesses signed is in [`crate::cosignature::cosigners`].
    ///
    /// # Errors
    /// [`LogProofError::Checkpoint`] or [`LogProofError::Proof`].
    pub fn verify(&self, leaf: &Hash, log_key: &VerifierKey) -> Result<Checkpoint, LogProofError> {
        let keys = std::slice::from_ref(log_key);
        let checkpoint = checkpoint::verify(&self.checkpoint, keys).map_err(LogProofError::Checkpoint)?;
        let (size, root) = (checkpoint.size, checkpoint.root);
        verify_inclusion(self.index, size, leaf, &self.hashes, &root).map_err(LogProofError::Proof)?;
        Ok(checkpoint)
    }
}

/// The proof text.
impl fmt::Display for LogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if !self.extra.is_empty() {
            writeln!(f, "extra {}", STANDARD.encode(&self.extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for LogProof {
    type Err = LogProofError;

    fn from_str(proof: &str) -> Result<Self, LogProofError> {
        Self::parse(proof)
    }
}

fn parse_extra(line: &str) -> Result<Vec<u8>, LogProofError> {
    let base64 = line.strip_prefix("extra ").unwrap_or_default();
    let extra = STANDARD.decode(base64).map_err(|_| LogProofError::Extra)?;
    // Without extra data the line is left out, so that a proof has one spelling.
    if extra.is_empty() {
        return Err(LogProofError::Extra);
    }
    Ok(extra)
}
