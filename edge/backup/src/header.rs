//! The header, in the clear: what the file is, how the key is drawn from a passphrase, where the nonces begin, and a sign that the key is right.
//!
//! 8 bytes magic, 2 format, 4 memory in KiB, 4 passes, 4 lanes (argon2id, RFC 9106), 16 salt, 19 nonce prefix, 16 tag of an empty message
//! under the key, 32 SHA-256 of all before. Numbers are big-endian. Length, magic and digest stay as they are in every later format, so that
//! damage, a newer format and a wrong passphrase are told apart.

use chacha20poly1305::XChaCha20Poly1305;
use sha2::{Digest, Sha256};

use crate::BackupError;
use crate::seal::{Sealer, check_tag};

/// Length of the header.
pub const HEADER_BYTES: usize = 105;
const MAGIC: &[u8; 8] = b"WARD-BAK";
/// The container's format; a change that an older program cannot read makes it larger.
const FORMAT: u16 = 1;
const TAG_AT: usize = 57;
const DIGEST_AT: usize = 73;

/// How argon2id draws the key from a passphrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyDraw {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
    pub salt: [u8; 16],
}

/// What stands before the chunks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub key_draw: KeyDraw,
    /// The first 19 bytes of every nonce.
    pub(crate) nonce_prefix: [u8; 19],
    tag: [u8; 16],
}

impl KeyDraw {
    /// RFC 9106 section 4, the second recommended option: 64 MiB, three passes, four lanes.
    pub fn new(salt: [u8; 16]) -> KeyDraw {
        KeyDraw { memory_kib: 64 * 1024, passes: 3, lanes: 4, salt }
    }

    /// A file cannot make its reader work for hours or fill its memory.
    fn is_bounded(&self) -> bool {
        self.memory_kib <= 1024 * 1024 && (1..=16).contains(&self.passes) && (1..=16).contains(&self.lanes)
    }
}

impl Header {
    /// The header of a new backup; `nonce_prefix` is random, and new for each backup.
    pub fn new(key_draw: KeyDraw, nonce_prefix: [u8; 19], key: &[u8; 32]) -> Result<Header, BackupError> {
        let mut header = Header { key_draw, nonce_prefix, tag: [0; 16] };
        header.tag = check_tag(&Sealer::cipher(key), &nonce_prefix, &header.fields())?;
        Ok(header)
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.fields();
        bytes.extend(self.tag);
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        bytes.extend(digest);
        bytes
    }

    /// Reads what `to_bytes` gave. `path` is for the message.
    pub(crate) fn from_bytes(bytes: &[u8; HEADER_BYTES], path: &str) -> Result<Header, BackupError> {
        let (before, digest) = bytes.split_at(DIGEST_AT);
        let after_magic = before.get(MAGIC.len()..).unwrap_or_default();
        let is_whole = Sha256::new().chain_update(MAGIC).chain_update(after_magic).finalize().as_slice() == digest;
        // A whole header under a damaged magic is a backup all the same.
        match (before.starts_with(MAGIC), is_whole) {
            (true, true) => {}
            (false, false) => return Err(BackupError::NotABackup { path: path.to_owned() }),
            (true, false) | (false, true) => return Err(BackupError::DamagedHeader),
        }
        let format = u16::from_be_bytes(field(bytes, 8)?);
        if format != FORMAT {
            return Err(BackupError::Newer { found: format.into(), known: FORMAT.into() });
        }
        let number = |at: usize| field(bytes, at).map(u32::from_be_bytes);
        let key_draw =
            KeyDraw { memory_kib: number(10)?, passes: number(14)?, lanes: number(18)?, salt: field(bytes, 22)? };
        if !key_draw.is_bounded() {
            return Err(BackupError::KeyDraw);
        }
        Ok(Header { key_draw, nonce_prefix: field(bytes, 38)?, tag: field(bytes, TAG_AT)? })
    }

    /// Whether this is the key that the backup was sealed with.
    pub(crate) fn check_key(&self, cipher: &XChaCha20Poly1305) -> Result<(), BackupError> {
        let expected = check_tag(cipher, &self.nonce_prefix, &self.fields())?;
        if expected == self.tag { Ok(()) } else { Err(BackupError::WrongPassphrase) }
    }

    /// All before the tag; every chunk is bound to it.
    pub(crate) fn fields(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(FORMAT.to_be_bytes());
        for number in [self.key_draw.memory_kib, self.key_draw.passes, self.key_draw.lanes] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(self.key_draw.salt);
        bytes.extend(self.nonce_prefix);
        bytes
    }
}

fn field<const N: usize>(bytes: &[u8; HEADER_BYTES], at: usize) -> Result<[u8; N], BackupError> {
    let found = bytes.get(at..).and_then(|rest| rest.first_chunk::<N>());
    found.copied().ok_or(BackupError::DamagedHeader)
}
