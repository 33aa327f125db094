//! Cosignatures: a witness's dated word that a checkpoint follows from all it saw before.
//!
//! C2SP tlog-cosignature, the Ed25519 form (cosignature/v1): the signature is eight bytes of POSIX time and 64 bytes of
//! Ed25519 over a header line, a time line and the checkpoint's whole text.

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::key::{Algorithm, KeyError, SigningKey, VerifierKey};
use crate::note::{Note, NoteError, Signature, known_key};

/// The latest time a cosignature may carry, in seconds since 1970: 2^63 − 1.
pub const MAX_TIME_SECONDS: u64 = i64::MAX as u64;

/// A witness's private key. The standard asks for one key for each witness, used for nothing else.
#[derive(Debug)]
pub struct CosignerKey(SigningKey);

/// Why a note is not cosigned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CosignError {
    /// Only checkpoints are cosigned.
    #[error("the note is not a checkpoint")]
    NotACheckpoint(#[source] CheckpointError),
    /// The time is above [`MAX_TIME_SECONDS`].
    #[error("the time {time_seconds} is above 2^63 - 1")]
    Time {
        /// The time given, in seconds since 1970.
        time_seconds: u64,
    },
    /// The signature line could not be made.
    #[error("the cosignature cannot be written")]
    Note(#[source] NoteError),
}

impl CosignerKey {
    /// A witness's key from its name and its 32-byte secret seed.
    ///
    /// # Errors
    /// [`KeyError::Name`].
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        SigningKey::with_algorithm(name, seed, Algorithm::CosignatureV1).map(Self)
    }

    /// The public half.
    #[must_use]
    pub fn verifier_key(&self) -> &VerifierKey {
        self.0.verifier_key()
    }

    /// The witness's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// Cosigns a checkpoint note at `time_seconds` since 1970. Call it only after [`crate::decide`] accepted and what it
    /// accepted is stored.
    ///
    /// # Errors
    /// [`CosignError`] when the note is no checkpoint or the time too large.
    pub fn cosign(&self, note: &Note, time_seconds: u64) -> Result<Signature, CosignError> {
        Checkpoint::parse(note.text()).map_err(CosignError::NotACheckpoint)?;
        if time_seconds > MAX_TIME_SECONDS {
            return Err(CosignError::Time { time_seconds });
        }
        let mut bytes = time_seconds.to_be_bytes().to_vec();
        let message = message(note.text(), time_seconds);
        bytes.extend_from_slice(&self.0.sign_message(message.as_bytes()));
        Signature::new(self.name(), self.verifier_key().key_id(), bytes).map_err(CosignError::Note)
    }
}

/// The time of a witness's signature over a note text, in seconds since 1970.
///
/// # Errors
/// [`NoteError::InvalidSignature`] when it is not this key's cosignature.
pub fn verify(text: &str, signature: &Signature, key: &VerifierKey) -> Result<u64, NoteError> {
    let invalid = || NoteError::InvalidSignature { name: signature.name().to_owned() };
    time_of(text, signature, key).ok_or_else(invalid)
}

/// The witnesses among `keys` that cosigned the note, each once with its latest time in seconds since 1970; empty when
/// none did. How many are enough is the caller's policy.
///
/// # Errors
/// [`NoteError::InvalidSignature`] when a signature that names a known witness is not by it, [`NoteError::AmbiguousKey`].
pub fn cosigners<'k>(note: &Note, keys: &'k [VerifierKey]) -> Result<Vec<(&'k VerifierKey, u64)>, NoteError> {
    let mut found: Vec<(&VerifierKey, u64)> = Vec::new();
    for signature in note.signatures() {
        let Some(key) = known_key(keys, signature)? else {
            continue;
        };
        let time = verify(note.text(), signature, key)?;
        // The message does not name the witness: one key under two names is still one witness.
        let same = |other: &VerifierKey| other.public_key() == key.public_key();
        match found.iter_mut().find(|(other, _)| same(other)) {
            Some((_, latest)) => *latest = time.max(*latest),
            None => found.push((key, time)),
        }
    }
    Ok(found)
}

/// The signed time when `signature` is the cosignature of `key` over `text`, else none.
pub(crate) fn time_of(text: &str, signature: &Signature, key: &VerifierKey) -> Option<u64> {
    if key.algorithm() != Algorithm::CosignatureV1 || !key.made(signature) {
        return None;
    }
    let (time, bytes) = signature.bytes().split_first_chunk::<8>()?;
    let time = u64::from_be_bytes(*time);
    let valid = time <= MAX_TIME_SECONDS && key.accepts_message(message(text, time).as_bytes(), bytes);
    valid.then_some(time)
}

fn message(text: &str, time_seconds: u64) -> String {
    format!("cosignature/v1\ntime {time_seconds}\n{text}")
}
