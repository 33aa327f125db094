//! Keys of signed notes: the verifier key text, and the key a log signs with.
//!
//! C2SP signed-note, sections on signatures and verifier keys. The key id is the start of a hash over name, algorithm
//! and public key; a verifier key whose id does not agree is refused, so an altered one cannot be configured.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer as _;
use sha2::{Digest as _, Sha256};

use crate::cosignature;
use crate::note::{Note, NoteError, Signature, check_text};

/// What a key signs and how (the signature type byte of signed-note).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// 0x01: Ed25519 over the note's text.
    Ed25519,
    /// 0x04: a witness's timestamped Ed25519 cosignature.
    CosignatureV1,
}

/// A public key that signatures of notes are checked with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VerifierKey {
    name: String,
    key_id: u32,
    algorithm: Algorithm,
    public_key: ed25519_dalek::VerifyingKey,
}

/// A log's private key; it is wiped from memory when dropped and never shown.
pub struct SigningKey {
    verifier: VerifierKey,
    secret: ed25519_dalek::SigningKey,
}

/// Why a key is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not of the form `name+id+key`.
    #[error("`{text}` is not of the form name+id+key")]
    Form {
        /// The text as given.
        text: String,
    },
    /// The name is empty or holds a space, a plus or a control character.
    #[error("`{name}` is not a key name: it is empty or holds a space, a plus or a control character")]
    Name {
        /// The name as given.
        name: String,
    },
    /// The id is not eight hexadecimal digits.
    #[error("the key id `{id}` is not eight hexadecimal digits")]
    Id {
        /// The id as given.
        id: String,
    },
    /// The id is not the one of this name, algorithm and public key.
    #[error("the key id is `{found:08x}`, but name and key make `{expected:08x}`")]
    IdMismatch {
        /// The id in the text.
        found: u32,
        /// The id computed.
        expected: u32,
    },
    /// The key part is not base64.
    #[error("the key is not base64")]
    NotBase64(#[source] base64::DecodeError),
    /// The algorithm byte is not one that is supported.
    #[error("the key's algorithm {byte:#04x} is not supported")]
    UnknownAlgorithm {
        /// The byte.
        byte: u8,
    },
    /// The public key is not 32 bytes.
    #[error("an Ed25519 public key has 32 bytes, not {len}")]
    Length {
        /// Bytes given.
        len: usize,
    },
    /// The bytes are not a point of the curve, or one of the weak points that accept forged signatures.
    #[error("the public key is not a usable Ed25519 point")]
    Point,
}

impl Algorithm {
    /// The signature type byte.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::CosignatureV1 => 0x04,
        }
    }

    fn from_byte(byte: u8) -> Result<Self, KeyError> {
        match byte {
            0x01 => Ok(Self::Ed25519),
            0x04 => Ok(Self::CosignatureV1),
            _ => Err(KeyError::UnknownAlgorithm { byte }),
        }
    }
}

impl VerifierKey {
    /// A key from its parts; the id is computed.
    ///
    /// # Errors
    /// [`KeyError::Name`] or [`KeyError::Point`].
    pub fn new(name: &str, algorithm: Algorithm, public_key: &[u8; 32]) -> Result<Self, KeyError> {
        let public_key = ed25519_dalek::VerifyingKey::from_bytes(public_key).map_err(|_| KeyError::Point)?;
        if public_key.is_weak() {
            return Err(KeyError::Point);
        }
        check_name(name)?;
        Ok(Self {
            key_id: key_id(name, algorithm, public_key.as_bytes()),
            name: name.to_owned(),
            algorithm,
            public_key,
        })
    }

    /// Reads the text `name+id+key`.
    ///
    /// # Errors
    /// [`KeyError`] saying which part is wrong.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Form { text: text.to_owned() });
        };
        let found = parse_id(id)?;
        let bytes = STANDARD.decode(key).map_err(KeyError::NotBase64)?;
        let (byte, public_key) = bytes.split_first().ok_or(KeyError::Length { len: 0 })?;
        let algorithm = Algorithm::from_byte(*byte)?;
        let public_key: &[u8; 32] = public_key.try_into().map_err(|_| KeyError::Length { len: public_key.len() })?;
        let key = Self::new(name, algorithm, public_key)?;
        if key.key_id != found {
            return Err(KeyError::IdMismatch { found, expected: key.key_id });
        }
        Ok(key)
    }

    /// The key's name; a log's origin, a witness's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id that signatures carry.
    #[must_use]
    pub fn key_id(&self) -> u32 {
        self.key_id
    }

    /// What the key signs.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The 32 bytes of the Ed25519 public key.
    #[must_use]
    pub fn public_key(&self) -> &[u8; 32] {
        self.public_key.as_bytes()
    }

    /// Whether `signature` claims to be by this key: same name and same id.
    #[must_use]
    pub fn made(&self, signature: &Signature) -> bool {
        self.key_id == signature.key_id() && self.name == signature.name()
    }

    /// Whether `signature` is this key's over the note text `text`.
    #[must_use]
    pub fn accepts(&self, text: &str, signature: &Signature) -> bool {
        self.made(signature)
            && match self.algorithm {
                Algorithm::Ed25519 => self.accepts_message(text.as_bytes(), signature.bytes()),
                Algorithm::CosignatureV1 => cosignature::time_of(text, signature, self).is_some(),
            }
    }

    /// Strict Ed25519: no signature is accepted under a key or commitment of small order.
    pub(crate) fn accepts_message(&self, message: &[u8], signature: &[u8]) -> bool {
        ed25519_dalek::Signature::from_slice(signature)
            .is_ok_and(|signature| self.public_key.verify_strict(message, &signature).is_ok())
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::parse(text)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![self.algorithm.byte()];
        key.extend_from_slice(self.public_key());
        let (name, id) = (&self.name, self.key_id);
        write!(f, "{name}+{id:08x}+{}", STANDARD.encode(key))
    }
}

impl SigningKey {
    /// A log's key from its name and its 32-byte secret seed.
    ///
    /// # Errors
    /// [`KeyError::Name`].
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        Self::with_algorithm(name, seed, Algorithm::Ed25519)
    }

    pub(crate) fn with_algorithm(name: &str, seed: &[u8; 32], algorithm: Algorithm) -> Result<Self, KeyError> {
        let secret = ed25519_dalek::SigningKey::from_bytes(seed);
        let verifier = VerifierKey::new(name, algorithm, secret.verifying_key().as_bytes())?;
        Ok(Self { verifier, secret })
    }

    /// The public half.
    #[must_use]
    pub fn verifier_key(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.verifier.name()
    }

    /// Signs a note text (it must end in a newline) into a note with this one signature.
    ///
    /// # Errors
    /// [`NoteError`] when the text cannot be a note's.
    pub fn sign(&self, text: &str) -> Result<Note, NoteError> {
        Note::new(text, vec![self.signature(text)?])
    }

    /// This key's signature over a note text, to be added to a note.
    ///
    /// # Errors
    /// [`NoteError`] when the text cannot be a note's.
    pub fn signature(&self, text: &str) -> Result<Signature, NoteError> {
        check_text(text)?;
        Signature::new(self.name(), self.verifier.key_id, self.sign_message(text.as_bytes()).to_vec())
    }

    pub(crate) fn sign_message(&self, message: &[u8]) -> [u8; 64] {
        self.secret.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}

/// A key name is not empty and holds no Unicode space, no plus and no control character (a note could not carry it).
pub(crate) fn check_name(name: &str) -> Result<(), KeyError> {
    let barred = |c: char| c.is_whitespace() || c == '+' || c < ' ';
    if name.is_empty() || name.contains(barred) {
        return Err(KeyError::Name { name: name.to_owned() });
    }
    Ok(())
}

fn key_id(name: &str, algorithm: Algorithm, public_key: &[u8; 32]) -> u32 {
    let digest: [u8; 32] = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', algorithm.byte()])
        .chain_update(public_key)
        .finalize()
        .into();
    let [a, b, c, d, ..] = digest;
    u32::from_be_bytes([a, b, c, d])
}

fn parse_id(id: &str) -> Result<u32, KeyError> {
    // `from_str_radix` alone would take a sign.
    let digits = id.len() == 8 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    match u32::from_str_radix(id, 16) {
        Ok(value) if digits => Ok(value),
        _ => Err(KeyError::Id { id: id.to_owned() }),
    }
}
