//! Files that are either there in full or not at all, after a crash too: written under another name, flushed to the
//! disk, renamed, and the folder flushed.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::ArchiveError;

/// Replaces the file's contents as one step.
pub fn write_file(path: &Path, contents: &[u8]) -> Result<(), ArchiveError> {
    let beside = path.with_extension("tmp");
    let write = || -> io::Result<()> {
        let mut file = File::create(&beside)?;
        file.write_all(contents)?;
        file.sync_all()?;
        put_in_place(&beside, path)
    };
    write().map_err(ArchiveError::file(path))
}

/// Renames a file that is already flushed, and flushes its folder.
pub(crate) fn put_in_place(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    match to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// A file that digests and counts what is written to it.
pub(crate) struct DigestedFile {
    file: File,
    digest: Sha256,
    bytes: u64,
}

impl DigestedFile {
    pub fn create(path: &Path) -> io::Result<Self> {
        Ok(Self { file: File::create(path)?, digest: Sha256::new(), bytes: 0 })
    }

    /// Flushes to the disk; gives length and SHA-256.
    pub fn finish(self) -> io::Result<(u64, String)> {
        self.file.sync_all()?;
        Ok((self.bytes, hexadecimal(&self.digest.finalize())))
    }
}

impl Write for DigestedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.digest.update(bytes.get(..written).unwrap_or_default());
        self.bytes = self.bytes.saturating_add(u64::try_from(written).unwrap_or(0));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// SHA-256 of a file, in hexadecimal.
pub(crate) fn digest_of(path: &Path) -> io::Result<String> {
    let mut digest = Sha256::new();
    let mut file = File::open(path)?;
    let mut piece = vec![0_u8; 256 * 1024];
    loop {
        let read = io::Read::read(&mut file, &mut piece)?;
        if read == 0 {
            return Ok(hexadecimal(&digest.finalize()));
        }
        digest.update(piece.get(..read).unwrap_or_default());
    }
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
