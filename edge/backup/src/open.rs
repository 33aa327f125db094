//! Opening: the chunks in their order, each authenticated before a byte of it is handed on, and what does not open named with its place.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, Payload};

use crate::seal::{CHUNK_BYTES, Sealer, TAG_BYTES, nonce};
use crate::{BackupError, HEADER_BYTES, Header};

const SEALED_BYTES: usize = CHUNK_BYTES + TAG_BYTES;

/// Where the reader leaves what was wrong: what reads through it, zstd and tar, hands on only its text.
pub(crate) type Wrong = Arc<Mutex<Option<BackupError>>>;

/// Reads what was sealed. It ends only after the last chunk was seen to be the last.
pub(crate) struct Opener<R: Read> {
    inner: R,
    cipher: XChaCha20Poly1305,
    header: Header,
    /// The chunk read ahead, still sealed: only what follows it says whether it is the last.
    ahead: Vec<u8>,
    opened: Vec<u8>,
    taken: usize,
    chunk: u32,
    has_ended: bool,
    wrong: Wrong,
}

impl<R: Read> Opener<R> {
    /// `inner` stands after the header.
    pub fn new(mut inner: R, header: Header, key: &[u8; 32], wrong: Wrong) -> Result<Opener<R>, BackupError> {
        let cipher = Sealer::cipher(key);
        header.check_key(&cipher)?;
        let ahead = read_chunk(&mut inner).map_err(BackupError::file(std::path::Path::new("the backup")))?;
        Ok(Opener { inner, cipher, header, ahead, opened: Vec::new(), taken: 0, chunk: 0, has_ended: false, wrong })
    }

    fn next_chunk(&mut self) -> io::Result<()> {
        let next = read_chunk(&mut self.inner)?;
        let is_last = next.is_empty();
        match self.opens(&self.ahead, is_last) {
            Some(opened) => self.opened = opened,
            None => return Err(self.fail(is_last)),
        }
        (self.taken, self.has_ended, self.ahead) = (0, is_last, next);
        self.chunk = self.chunk.checked_add(1).ok_or_else(|| io::Error::other(BackupError::TooLong))?;
        Ok(())
    }

    fn opens(&self, sealed: &[u8], is_last: bool) -> Option<Vec<u8>> {
        let nonce = nonce(&self.header.nonce_prefix, self.chunk, u8::from(is_last));
        self.cipher.decrypt(&nonce, Payload { msg: sealed, aad: &self.header.fields() }).ok()
    }

    /// Says what is wrong with the chunk that did not open: it opens as the other kind, or not at all.
    fn fail(&self, is_last: bool) -> io::Error {
        let header = u64::try_from(HEADER_BYTES).unwrap_or(0);
        let from = header + u64::from(self.chunk) * u64::try_from(SEALED_BYTES).unwrap_or(0);
        let until = from + u64::try_from(self.ahead.len()).unwrap_or(0);
        let chunk = self.chunk;
        let wrong = match (self.opens(&self.ahead, !is_last).is_some(), is_last) {
            (true, true) => BackupError::Cut { chunk, at: until },
            (true, false) => BackupError::Longer { chunk, at: until },
            // Nothing at all where a chunk must be: the file ends with its header.
            (false, true) if self.ahead.is_empty() => BackupError::Cut { chunk, at: until },
            (false, _) => BackupError::Damaged { chunk, from, until: until.saturating_sub(1) },
        };
        let text = wrong.to_string();
        *self.wrong.lock().unwrap_or_else(PoisonError::into_inner) = Some(wrong);
        io::Error::other(text)
    }
}

impl<R: Read> Read for Opener<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.taken >= self.opened.len() {
            if self.has_ended {
                return Ok(0);
            }
            self.next_chunk()?;
        }
        let rest = self.opened.get(self.taken..).unwrap_or_default();
        let count = rest.len().min(into.len());
        into.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        self.taken += count;
        Ok(count)
    }
}

/// One sealed chunk, shorter only at the end of the file.
fn read_chunk(inner: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut chunk = Vec::with_capacity(SEALED_BYTES);
    inner.take(u64::try_from(SEALED_BYTES).unwrap_or(u64::MAX)).read_to_end(&mut chunk)?;
    Ok(chunk)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;
    use crate::KeyDraw;

    const KEY: [u8; 32] = [7; 32];

    fn opened(bytes: &[u8]) -> Result<usize, BackupError> {
        let header = Header::new(KeyDraw::new([1; 16]), [2; 19], &KEY)?;
        let wrong = Wrong::default();
        let mut opener = Opener::new(bytes.get(HEADER_BYTES..).unwrap(), header, &KEY, Wrong::clone(&wrong))?;
        let mut all = Vec::new();
        let read = opener.read_to_end(&mut all);
        wrong.lock().unwrap().take().map_or_else(|| Ok(read.unwrap()), Err)
    }

    #[test]
    fn a_stream_that_fills_its_last_chunk_ends_there() {
        for length in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES] {
            let header = Header::new(KeyDraw::new([1; 16]), [2; 19], &KEY).unwrap();
            let mut sealer = Sealer::new(Vec::new(), header, &KEY).unwrap();
            sealer.write_all(&vec![3; length]).unwrap();
            let mut bytes = sealer.finish().unwrap();
            let chunks = length.div_ceil(CHUNK_BYTES).max(1);
            assert_eq!(bytes.len(), HEADER_BYTES + length + chunks * TAG_BYTES);
            assert_eq!(opened(&bytes).unwrap(), length);
            let end = bytes.len() as u64;
            bytes.push(0);
            let error = opened(&bytes).unwrap_err();
            let is_full = length > 0 && length % CHUNK_BYTES == 0;
            assert_eq!(matches!(error, BackupError::Longer { at, .. } if at == end), is_full, "{length}: {error}");
        }
    }
}
