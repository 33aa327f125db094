//! Signed notes: a text and the signatures under it.
//!
//! C2SP signed-note. The text ends in a newline, an empty line follows, then one line for each signature: em dash, key
//! name, base64 of key id and signature. A [`Note`] always keeps these rules, so formatting cannot fail and gives back
//! the bytes that were parsed.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::key::{KeyError, VerifierKey, check_name};

/// The most signatures a note may carry (the standard asks for at least 16).
pub const MAX_SIGNATURES: usize = 100;
/// The largest note taken, in bytes.
pub const MAX_NOTE_BYTES: usize = 1_000_000;

/// A text with at least one signature. Nothing is known of who signed until [`Note::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    name: String,
    key_id: u32,
    bytes: Vec<u8>,
}

/// Why bytes are not a note, or a note is not verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Larger than [`MAX_NOTE_BYTES`].
    #[error("the note has {len} bytes, above {MAX_NOTE_BYTES}")]
    TooLarge {
        /// Size in bytes.
        len: usize,
    },
    /// Not UTF-8.
    #[error("the note is not UTF-8")]
    NotUtf8(#[source] std::str::Utf8Error),
    /// A control character other than newline.
    #[error("the note has a control character at byte {at}")]
    ControlCharacter {
        /// Offset in bytes.
        at: usize,
    },
    /// The text does not end in a newline.
    #[error("the note's text does not end in a newline")]
    NoFinalNewline,
    /// No empty line before the signatures, or none after it.
    #[error("the note has no signatures after an empty line")]
    NoSignatures,
    /// More than [`MAX_SIGNATURES`].
    #[error("the note has more than {MAX_SIGNATURES} signatures")]
    TooManySignatures,
    /// A line that should be a signature is not.
    #[error("signature line {line} is malformed: `{text}`")]
    MalformedSignature {
        /// Number of the line among the signature lines, from 1.
        line: usize,
        /// The line.
        text: String,
    },
    /// A signature without bytes.
    #[error("a signature has no bytes")]
    EmptySignature,
    /// A signature's key name is not one.
    #[error("a signature has no valid key name")]
    KeyName(#[source] KeyError),
    /// Two known keys share name and id, so it cannot be said whose a signature is.
    #[error("two known keys share the name `{name}` and one id")]
    AmbiguousKey {
        /// The shared name.
        name: String,
    },
    /// A signature that names a known key is not by that key.
    #[error("the signature of the known key `{name}` is wrong")]
    InvalidSignature {
        /// Name of the key.
        name: String,
    },
    /// No signature is by a known key.
    #[error("the note has no signature of a known key")]
    NoKnownSignature,
}

impl Note {
    /// A note of `text` and its signatures.
    ///
    /// # Errors
    /// [`NoteError`] when the text or the number of signatures breaks the format.
    pub fn new(text: &str, signatures: Vec<Signature>) -> Result<Self, NoteError> {
        check_text(text)?;
        check_count(signatures.len())?;
        let note = Self { text: text.to_owned(), signatures };
        check_size(note.to_string().len())?;
        Ok(note)
    }

    /// Reads a note, checking its form and not its signatures.
    ///
    /// # Errors
    /// [`NoteError`] with the place where the form is broken.
    pub fn parse(note: impl AsRef<[u8]>) -> Result<Self, NoteError> {
        let bytes = note.as_ref();
        check_size(bytes.len())?;
        let note = std::str::from_utf8(bytes).map_err(NoteError::NotUtf8)?;
        check_characters(note)?;
        // The text may hold empty lines itself: the last one is the border.
        let border = note.rfind("\n\n").ok_or(NoteError::NoSignatures)?;
        let (text, rest) = note.split_at(border + 1);
        let lines = rest.strip_prefix('\n').unwrap_or(rest);
        Ok(Self { text: text.to_owned(), signatures: parse_signatures(lines)? })
    }

    /// The signed text, with its final newline.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, in order.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// The same note with one more signature.
    ///
    /// # Errors
    /// [`NoteError::TooManySignatures`] or [`NoteError::TooLarge`].
    pub fn with_signature(mut self, signature: Signature) -> Result<Self, NoteError> {
        self.signatures.push(signature);
        check_count(self.signatures.len())?;
        check_size(self.to_string().len())?;
        Ok(self)
    }

    /// The same text with only those signatures that claim to be by one of `keys`; none when there is none.
    #[must_use]
    pub fn only(&self, keys: &[VerifierKey]) -> Option<Self> {
        let by_known = |signature: &&Signature| keys.iter().any(|key| key.made(signature));
        let signatures: Vec<_> = self.signatures.iter().filter(by_known).cloned().collect();
        (!signatures.is_empty()).then(|| Self { text: self.text.clone(), signatures })
    }

    /// Which of `keys` signed, each once, in the order of their signatures. Signatures of unknown keys are ignored.
    ///
    /// # Errors
    /// [`NoteError::InvalidSignature`] when a signature that names a known key is not by it, [`NoteError::NoKnownSignature`]
    /// when no known key signed, [`NoteError::AmbiguousKey`] when two keys cannot be told apart.
    pub fn verify<'k>(&self, keys: &'k [VerifierKey]) -> Result<Vec<&'k VerifierKey>, NoteError> {
        let mut signers: Vec<&VerifierKey> = Vec::new();
        for signature in &self.signatures {
            let Some(key) = known_key(keys, signature)? else {
                continue;
            };
            if !key.accepts(&self.text, signature) {
                return Err(NoteError::InvalidSignature { name: key.name().to_owned() });
            }
            if !signers.contains(&key) {
                signers.push(key);
            }
        }
        if signers.is_empty() {
            return Err(NoteError::NoKnownSignature);
        }
        Ok(signers)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl FromStr for Note {
    type Err = NoteError;

    fn from_str(note: &str) -> Result<Self, NoteError> {
        Self::parse(note)
    }
}

impl Signature {
    /// A signature by the key of this name and id.
    ///
    /// # Errors
    /// [`NoteError::KeyName`] or [`NoteError::EmptySignature`].
    pub fn new(name: &str, key_id: u32, bytes: Vec<u8>) -> Result<Self, NoteError> {
        check_name(name).map_err(NoteError::KeyName)?;
        if bytes.is_empty() {
            return Err(NoteError::EmptySignature);
        }
        Ok(Self { name: name.to_owned(), key_id, bytes })
    }

    /// The name of the key that is said to have signed.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of that key.
    #[must_use]
    pub fn key_id(&self) -> u32 {
        self.key_id
    }

    /// The signature proper, without the key id.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn parse_line(line: &str) -> Option<Self> {
        let (name, base64) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
        let bytes = STANDARD.decode(base64).ok()?;
        let (id, bytes) = bytes.split_first_chunk::<4>()?;
        Self::new(name, u32::from_be_bytes(*id), bytes.to_vec()).ok()
    }
}

/// The signature line, without its newline.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.key_id.to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.bytes);
        write!(f, "\u{2014} {} {}", self.name, STANDARD.encode(bytes))
    }
}

/// Reads signature lines alone, each with its newline, as a witness answers them.
///
/// # Errors
/// [`NoteError`] with the number of the broken line.
pub fn parse_signatures(lines: &str) -> Result<Vec<Signature>, NoteError> {
    check_size(lines.len())?;
    if lines.is_empty() {
        return Err(NoteError::NoSignatures);
    }
    let lines = lines.strip_suffix('\n').ok_or(NoteError::NoFinalNewline)?;
    let mut signatures = Vec::new();
    for (at, line) in lines.split('\n').enumerate() {
        check_count(at + 1)?;
        let signature = Signature::parse_line(line);
        signatures
            .push(signature.ok_or_else(|| NoteError::MalformedSignature { line: at + 1, text: line.to_owned() })?);
    }
    Ok(signatures)
}

/// What a note's text must be: it ends in a newline and has no other control character.
pub(crate) fn check_text(text: &str) -> Result<(), NoteError> {
    check_characters(text)?;
    if !text.ends_with('\n') {
        return Err(NoteError::NoFinalNewline);
    }
    Ok(())
}

/// The known key that the signature claims, or none when it is not known.
pub(crate) fn known_key<'k>(
    keys: &'k [VerifierKey],
    signature: &Signature,
) -> Result<Option<&'k VerifierKey>, NoteError> {
    let mut named = keys.iter().filter(|key| key.made(signature));
    let first = named.next();
    if named.any(|other| Some(other) != first) {
        return Err(NoteError::AmbiguousKey { name: signature.name.clone() });
    }
    Ok(first)
}

fn check_characters(note: &str) -> Result<(), NoteError> {
    match note.bytes().position(|byte| byte < b' ' && byte != b'\n') {
        Some(at) => Err(NoteError::ControlCharacter { at }),
        None => Ok(()),
    }
}

fn check_count(signatures: usize) -> Result<(), NoteError> {
    match signatures {
        0 => Err(NoteError::NoSignatures),
        1..=MAX_SIGNATURES => Ok(()),
        _ => Err(NoteError::TooManySignatures),
    }
}

fn check_size(len: usize) -> Result<(), NoteError> {
    if len > MAX_NOTE_BYTES {
        return Err(NoteError::TooLarge { len });
    }
    Ok(())
}
