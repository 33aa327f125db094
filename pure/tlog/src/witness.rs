//! What a witness decides about a checkpoint handed to it, and the texts of that exchange.
//!
//! C2SP tlog-witness, `add-checkpoint`. The decision is a function of what the witness remembers, the request and the
//! log's keys. The caller looks up log and memory by [`AddCheckpoint::origin`] (an unknown origin is status 404), and
//! stores what was accepted in the same transaction as the look-up, before it cosigns: else two requests at once could
//! roll the log back.
//!
//! Where the standard's first version answers 409 to another root at the same size, its current text answers 422; this
//! follows the current text, and its rules for the empty tree and for canonical base64.

use std::fmt;

use crate::checkpoint::{self, Checkpoint, CheckpointError};
use crate::hash::{Hash, HashError, empty_root};
use crate::key::VerifierKey;
use crate::note::{Note, NoteError, Signature, parse_signatures};
use crate::proof::{ProofError, verify_consistency};
use crate::text::decimal;

/// The most consistency proof lines of a request.
pub const MAX_PROOF_LINES: usize = 63;
/// The media type of a 409 answer, which carries the size the witness knows.
pub const SIZE_MEDIA_TYPE: &str = "text/x.tlog.size";

/// A request to cosign a checkpoint. Its form is checked, its signatures are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    old_size: u64,
    proof: Vec<Hash>,
    note: Note,
    claimed: Checkpoint,
}

/// What the witness has accepted and must store before it cosigns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The verified checkpoint: its size and root are what to remember for its origin.
    pub checkpoint: Checkpoint,
    /// The note with the log's own signatures only.
    pub note: Note,
}

/// Why the witness does not cosign; [`WitnessError::status`] is the HTTP status of the answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    /// 400: the first line is not `old` and a size.
    #[error("the first line is not `old` and a size: `{line}`")]
    OldSize {
        /// The line.
        line: String,
    },
    /// 400: no empty line parts the proof from the checkpoint, or the body is not text.
    #[error("the request is not a proof, an empty line and a checkpoint")]
    Form,
    /// 400: a proof line is not a hash.
    #[error("line {line} is not a hash")]
    ProofLine {
        /// Number of the line in the request, from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: HashError,
    },
    /// 400: too many proof lines.
    #[error("the proof has more than {MAX_PROOF_LINES} lines")]
    ProofTooLong,
    /// 400: the checkpoint is not a note.
    #[error("the checkpoint is not a signed note")]
    Note(#[source] NoteError),
    /// 400: the note is not a checkpoint.
    #[error("the note is not a checkpoint")]
    Checkpoint(#[source] CheckpointError),
    /// 400: the old size is above the checkpoint's.
    #[error("the old size {old} is above the checkpoint's size {new}")]
    OldAboveNew {
        /// Old size in the request.
        old: u64,
        /// Size in the checkpoint.
        new: u64,
    },
    /// 404: the keys given are not of the checkpoint's origin.
    #[error("`{origin}` is not the log of these keys")]
    UnknownLog {
        /// The checkpoint's origin.
        origin: String,
    },
    /// 403: not signed by a trusted key of the log.
    #[error("the checkpoint is not signed by its log")]
    Signature(#[source] CheckpointError),
    /// 409: the old size is not the latest the witness cosigned.
    #[error("the witness knows size {known}")]
    Conflict {
        /// The size to answer with.
        known: u64,
    },
    /// 422: the log signed two roots for one size. Keep the request: it proves that the log forked.
    #[error("size {size} is known with another root")]
    RootChanged {
        /// The size.
        size: u64,
    },
    /// 422: the consistency proof does not hold. The request may be proof that the log forked.
    #[error("the consistency proof does not hold")]
    Proof(#[source] ProofError),
    /// 422: a proof was sent where none can be (from the empty tree), or an empty tree with another root.
    #[error("an empty tree has no proof and one root only")]
    EmptyTree,
}

impl WitnessError {
    /// The HTTP status the standard asks for.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::OldSize { .. }
            | Self::Form
            | Self::ProofLine { .. }
            | Self::ProofTooLong
            | Self::Note(_)
            | Self::Checkpoint(_)
            | Self::OldAboveNew { .. } => 400,
            Self::Signature(_) => 403,
            Self::UnknownLog { .. } => 404,
            Self::Conflict { .. } => 409,
            Self::RootChanged { .. } | Self::Proof(_) | Self::EmptyTree => 422,
        }
    }
}

impl AddCheckpoint {
    /// A request of a log's own making: `proof` leads from `old_size` to the checkpoint in `note`.
    ///
    /// # Errors
    /// [`WitnessError`] when the note is no checkpoint, or proof and size break the format.
    pub fn new(old_size: u64, proof: Vec<Hash>, note: Note) -> Result<Self, WitnessError> {
        if proof.len() > MAX_PROOF_LINES {
            return Err(WitnessError::ProofTooLong);
        }
        let claimed = Checkpoint::parse(note.text()).map_err(WitnessError::Checkpoint)?;
        Ok(Self { old_size, proof, note, claimed })
    }

    /// Reads a request body.
    ///
    /// # Errors
    /// [`WitnessError`] with status 400 and the place.
    pub fn parse(body: impl AsRef<[u8]>) -> Result<Self, WitnessError> {
        let body = std::str::from_utf8(body.as_ref()).map_err(|_| WitnessError::Form)?;
        let (head, note) = body.split_once("\n\n").ok_or(WitnessError::Form)?;
        let mut lines = head.split('\n');
        let first = lines.next().unwrap_or_default();
        let old_size = first.strip_prefix("old ").and_then(decimal);
        let old_size = old_size.ok_or_else(|| WitnessError::OldSize { line: first.to_owned() })?;
        let mut proof = Vec::new();
        for (at, line) in lines.enumerate() {
            if at == MAX_PROOF_LINES {
                return Err(WitnessError::ProofTooLong);
            }
            let hash = Hash::from_base64(line);
            proof.push(hash.map_err(|source| WitnessError::ProofLine { line: at + 2, source })?);
        }
        Self::new(old_size, proof, Note::parse(note).map_err(WitnessError::Note)?)
    }

    /// The log the request says it is of: what to look keys and memory up by. Not verified.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.claimed.origin
    }

    /// The size the client believes the witness knows.
    #[must_use]
    pub fn old_size(&self) -> u64 {
        self.old_size
    }

    /// The checkpoint note as sent, with every signature.
    #[must_use]
    pub fn note(&self) -> &Note {
        &self.note
    }
}

/// The request body.
impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old_size)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.note)
    }
}

/// Decides on a request. `known` is the size and root the witness cosigned last for this origin, `log_keys` the keys it
/// trusts for it (several while a key is being replaced).
///
/// # Errors
/// [`WitnessError`], in the standard's order: unknown log, signature, old size, conflict, proof.
pub fn decide(
    known: Option<(u64, Hash)>,
    request: &AddCheckpoint,
    log_keys: &[VerifierKey],
) -> Result<Accepted, WitnessError> {
    let unknown_log = || WitnessError::UnknownLog { origin: request.origin().to_owned() };
    if !log_keys.iter().any(|key| key.name() == request.origin()) {
        return Err(unknown_log());
    }
    let checkpoint = checkpoint::verify(&request.note, log_keys).map_err(WitnessError::Signature)?;
    let note = request.note.only(log_keys).ok_or_else(unknown_log)?;
    let (old, new) = (request.old_size, checkpoint.size);
    if old > new {
        return Err(WitnessError::OldAboveNew { old, new });
    }
    let (known_size, known_root) = known.unwrap_or_else(|| (0, empty_root()));
    if old != known_size {
        return Err(WitnessError::Conflict { known: known_size });
    }
    check_growth(known_size, known_root, &request.proof, &checkpoint)?;
    Ok(Accepted { checkpoint, note })
}

/// The body of a 409 answer, of media type [`SIZE_MEDIA_TYPE`].
#[must_use]
pub fn format_conflict(known_size: u64) -> String {
    format!("{known_size}\n")
}

/// The size in the body of a 409 answer; none when it is malformed.
#[must_use]
pub fn parse_conflict(body: &str) -> Option<u64> {
    body.strip_suffix('\n').and_then(decimal)
}

/// The body of a 200 answer: a line for each cosignature.
#[must_use]
pub fn format_cosignatures(signatures: &[Signature]) -> String {
    signatures.iter().map(|signature| format!("{signature}\n")).collect()
}

/// Reads the body of a 200 answer and adds to `note` those cosignatures in it that are by `witnesses`.
///
/// # Errors
/// [`NoteError`] when the body is malformed or a known witness's signature wrong;
/// [`NoteError::NoKnownSignature`] when no witness of `witnesses` cosigned.
pub fn add_cosignatures(note: Note, body: &str, witnesses: &[VerifierKey]) -> Result<Note, NoteError> {
    let answer = Note::new(note.text(), parse_signatures(body)?)?;
    if crate::cosignature::cosigners(&answer, witnesses)?.is_empty() {
        return Err(NoteError::NoKnownSignature);
    }
    let answer = answer.only(witnesses).ok_or(NoteError::NoKnownSignature)?;
    answer.signatures().iter().try_fold(note, |note, signature| note.with_signature(signature.clone()))
}

fn check_growth(old_size: u64, old_root: Hash, proof: &[Hash], new: &Checkpoint) -> Result<(), WitnessError> {
    if new.size == 0 && new.root != empty_root() {
        return Err(WitnessError::EmptyTree);
    }
    // Every tree grows from the empty one, which RFC 6962 has no proof for.
    if old_size == 0 {
        return match proof {
            [] => Ok(()),
            _ => Err(WitnessError::EmptyTree),
        };
    }
    if old_size == new.size && old_root != new.root {
        return Err(WitnessError::RootChanged { size: new.size });
    }
    verify_consistency(old_size, new.size, proof, &old_root, &new.root).map_err(WitnessError::Proof)
}
