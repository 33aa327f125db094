//! Sealing: what is written is cut into chunks, each under XChaCha20-Poly1305 with its number and whether it is the last in its nonce.
//!
//! The construction is STREAM of Hoang, Reyhanitabar, Rogaway and Vizár (CRYPTO 2015): a chunk opens only at its place, and only the last one as
//! the last. Nonce: the header's 19 random bytes, the number (4 bytes, big-endian), 0 or 1 for the last.

use std::io::{self, Write};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::{BackupError, Header};

/// Bytes of the sealed stream in each chunk but the last.
pub const CHUNK_BYTES: usize = 64 * 1024;
pub(crate) const TAG_BYTES: usize = 16;
/// The sign of the key has a nonce that no chunk has.
const CHECK: u8 = 2;

/// Seals what is written to it. Only `finish` writes the last chunk; a file without it is seen to be cut.
pub(crate) struct Sealer<W: Write> {
    inner: W,
    cipher: XChaCha20Poly1305,
    header: Header,
    waiting: Vec<u8>,
    chunk: u32,
}

impl Sealer<io::Sink> {
    pub fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&(*key).into())
    }
}

impl<W: Write> Sealer<W> {
    /// Writes the header.
    pub fn new(mut inner: W, header: Header, key: &[u8; 32]) -> io::Result<Sealer<W>> {
        inner.write_all(&header.to_bytes())?;
        let waiting = Vec::with_capacity(CHUNK_BYTES);
        Ok(Sealer { inner, cipher: Sealer::cipher(key), header, waiting, chunk: 0 })
    }

    /// Writes the last chunk; gives back what it was written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.write_chunk(true)?;
        self.inner.flush()?;
        Ok(self.inner)
    }

    fn write_chunk(&mut self, is_last: bool) -> io::Result<()> {
        let nonce = nonce(&self.header.nonce_prefix, self.chunk, u8::from(is_last));
        let payload = Payload { msg: &self.waiting, aad: &self.header.fields() };
        let sealed = self.cipher.encrypt(&nonce, payload).map_err(|_| io::Error::other(BackupError::TooLong))?;
        self.inner.write_all(&sealed)?;
        self.waiting.clear();
        self.chunk = self.chunk.checked_add(1).ok_or_else(|| io::Error::other(BackupError::TooLong))?;
        Ok(())
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full chunk is written only when more comes: it might be the last.
        if self.waiting.len() == CHUNK_BYTES {
            self.write_chunk(false)?;
        }
        let room = CHUNK_BYTES.saturating_sub(self.waiting.len()).min(bytes.len());
        self.waiting.extend_from_slice(bytes.get(..room).unwrap_or_default());
        Ok(room)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

pub(crate) fn nonce(prefix: &[u8; 19], chunk: u32, kind: u8) -> XNonce {
    let mut nonce = [0_u8; 24];
    let parts = prefix.iter().copied().chain(chunk.to_be_bytes()).chain([kind]);
    nonce.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
    nonce.into()
}

/// The tag of an empty message under the key, bound to the header.
pub(crate) fn check_tag(
    cipher: &XChaCha20Poly1305,
    prefix: &[u8; 19],
    fields: &[u8],
) -> Result<[u8; TAG_BYTES], BackupError> {
    let sealed = cipher.encrypt(&nonce(prefix, 0, CHECK), Payload { msg: &[], aad: fields });
    let tag = sealed.ok().and_then(|sealed| sealed.try_into().ok());
    tag.ok_or(BackupError::TooLong)
}
