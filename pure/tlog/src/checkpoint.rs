//! Checkpoints: a log's signed statement of its size and root.
//!
//! C2SP tlog-checkpoint: a note whose text is origin, decimal size and base64 root, a line each, and perhaps extension
//! lines. The log's key is named as its origin, so a key can vouch for one log only.

use std::fmt;
use std::str::FromStr;

use crate::hash::{Hash, HashError};
use crate::key::{Algorithm, SigningKey, VerifierKey};
use crate::note::{Note, NoteError};
use crate::text::decimal;
use crate::tree::MAX_SIZE;

/// A log's tree at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's identity; not empty.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// Root of the tree of that size.
    pub root: Hash,
    /// Extension lines, without newlines; not empty. Their use is discouraged: nobody but the log vouches for them.
    pub extensions: Vec<String>,
}

/// Why a text is not a checkpoint, or a checkpoint not the log's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// A line is missing, empty or not ended by a newline.
    #[error("line {line} of the checkpoint is missing, empty or unfinished")]
    Line {
        /// Number of the line, from 1.
        line: usize,
    },
    /// The size is not a decimal without leading zeroes, or above 2^63 − 1.
    #[error("`{text}` is not a tree size")]
    Size {
        /// The second line.
        text: String,
    },
    /// The root is not a base64 hash.
    #[error("the root is not a hash")]
    Root(#[source] HashError),
    /// The note is malformed or its signature wrong.
    #[error("the checkpoint's note is not valid")]
    Note(#[source] NoteError),
    /// The origin is not the name of the key that signs or signed.
    #[error("the checkpoint is of `{origin}`, the key of `{key}`")]
    Origin {
        /// The first line.
        origin: String,
        /// Name of the key.
        key: String,
    },
    /// A witness's key was given where the log's key belongs.
    #[error("the key `{key}` is a cosigner's, not a log's")]
    NotALogKey {
        /// Name of the key.
        key: String,
    },
}

impl Checkpoint {
    /// Reads a checkpoint's text: the text of its note, without signatures.
    ///
    /// # Errors
    /// [`CheckpointError`] with the line that is wrong.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = Vec::new();
        for (at, line) in text.split_inclusive('\n').enumerate() {
            match line.strip_suffix('\n') {
                Some(line) if !line.is_empty() => lines.push(line),
                _ => return Err(CheckpointError::Line { line: at + 1 }),
            }
        }
        let [origin, size, root, extensions @ ..] = lines.as_slice() else {
            let line = lines.len() + 1;
            return Err(CheckpointError::Line { line });
        };
        let size = decimal(size).filter(|size| *size <= MAX_SIZE);
        Ok(Self {
            origin: (*origin).to_owned(),
            size: size
                .ok_or_else(|| CheckpointError::Size { text: lines.get(1).copied().unwrap_or_default().to_owned() })?,
            root: Hash::from_base64(root).map_err(CheckpointError::Root)?,
            extensions: extensions.iter().map(|line| (*line).to_owned()).collect(),
        })
    }

    /// Whether the fields can be written so that they are read back the same.
    fn check(&self) -> Result<(), CheckpointError> {
        match Self::parse(&self.to_string()) {
            Ok(same) if same == *self => Ok(()),
            Ok(_) => Err(CheckpointError::Line { line: 1 }),
            Err(error) => Err(error),
        }
    }
}

/// The checkpoint's text, with its final newline.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, self.root)?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        Self::parse(text)
    }
}

/// Signs a checkpoint with its log's key.
///
/// # Errors
/// [`CheckpointError::Origin`] when the key is of another log, or what is wrong with the fields.
pub fn signed(checkpoint: &Checkpoint, key: &SigningKey) -> Result<Note, CheckpointError> {
    check_origin(checkpoint, key.verifier_key())?;
    checkpoint.check()?;
    key.sign(&checkpoint.to_string()).map_err(CheckpointError::Note)
}

/// Reads a checkpoint note and checks that the log's key signed it. The note keeps all its signatures.
///
/// # Errors
/// [`CheckpointError`] when the form, the signature or the origin is wrong.
pub fn open(note: impl AsRef<[u8]>, log_key: &VerifierKey) -> Result<(Checkpoint, Note), CheckpointError> {
    let note = Note::parse(note).map_err(CheckpointError::Note)?;
    let checkpoint = verify(&note, std::slice::from_ref(log_key))?;
    Ok((checkpoint, note))
}

/// Checks that a note is a checkpoint signed by one of the log's keys (several while a key is being replaced).
///
/// # Errors
/// [`CheckpointError`] when a key, the signature, the form or the origin is wrong.
pub fn verify(note: &Note, log_keys: &[VerifierKey]) -> Result<Checkpoint, CheckpointError> {
    let is_log_key = |key: &&VerifierKey| key.algorithm() == Algorithm::Ed25519;
    if let Some(key) = log_keys.iter().find(|key| !is_log_key(key)) {
        return Err(CheckpointError::NotALogKey { key: key.name().to_owned() });
    }
    let signers = note.verify(log_keys).map_err(CheckpointError::Note)?;
    let checkpoint = Checkpoint::parse(note.text())?;
    signers.iter().try_for_each(|key| check_origin(&checkpoint, key))?;
    Ok(checkpoint)
}

fn check_origin(checkpoint: &Checkpoint, key: &VerifierKey) -> Result<(), CheckpointError> {
    if checkpoint.origin == key.name() {
        return Ok(());
    }
    Err(CheckpointError::Origin { origin: checkpoint.origin.clone(), key: key.name().to_owned() })
}
