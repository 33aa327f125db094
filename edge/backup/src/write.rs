//! Writing a backup: files one after the other, then the manifest. It is complete under its name only once `finish` has renamed it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::manifest::{self, FORMAT, Manifest, PackedFile, hexadecimal};
use crate::seal::Sealer;
use crate::{BackupError, Header};

type Sealed = zstd::Encoder<'static, Sealer<BufWriter<File>>>;

/// A backup that is being written. Dropped before `finish`, it leaves nothing behind.
pub struct BackupWriter {
    tar: Option<tar::Builder<Sealed>>,
    beside: PathBuf,
    to: PathBuf,
    files: Vec<PackedFile>,
}

impl BackupWriter {
    /// Begins `to`, beside it as `TO.part`, readable by its owner only. An existing file is refused and stays as it is.
    pub fn create(to: &Path, header: Header, key: &[u8; 32]) -> Result<BackupWriter, BackupError> {
        let exists = |path: &Path| BackupError::file(path)(io::ErrorKind::AlreadyExists.into());
        if to.exists() {
            return Err(exists(to));
        }
        let mut beside = to.as_os_str().to_owned();
        beside.push(".part");
        let beside = PathBuf::from(beside);
        let failed = BackupError::file(&beside);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let file = options.open(&beside).map_err(&failed)?;
        let mut writer = BackupWriter { tar: None, beside: beside.clone(), to: to.to_owned(), files: Vec::new() };
        let sealed = Sealer::new(BufWriter::new(file), header, key).map_err(&failed)?;
        writer.tar = Some(tar::Builder::new(zstd::Encoder::new(sealed, 0).map_err(&failed)?));
        Ok(writer)
    }

    /// Adds a file of the disk under the name `path`; gives its SHA-256 in lower-case hex.
    pub fn add_file(&mut self, path: &str, file: &Path) -> Result<String, BackupError> {
        let opened = File::open(file).map_err(BackupError::file(file))?;
        let bytes = opened.metadata().map_err(BackupError::file(file))?.len();
        self.add(path, bytes, opened)
    }

    /// Adds bytes under the name `path`.
    pub fn add_bytes(&mut self, path: &str, bytes: &[u8]) -> Result<String, BackupError> {
        self.add(path, u64::try_from(bytes.len()).unwrap_or(u64::MAX), bytes)
    }

    /// Writes the manifest and the last chunk, flushes to the disk, and renames.
    pub fn finish(mut self, about: serde_json::Value) -> Result<Manifest, BackupError> {
        let manifest = Manifest { format: FORMAT, about, files: std::mem::take(&mut self.files) };
        let text = serde_json::to_vec(&manifest).map_err(|error| BackupError::Manifest(error.to_string()))?;
        self.add_bytes(manifest::NAME, &text)?;
        let Some(tar) = self.tar.take() else { return Err(BackupError::TooLong) };
        let write = || -> io::Result<()> {
            let file = tar.into_inner()?.finish()?.finish()?;
            file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
            fs::rename(&self.beside, &self.to)?;
            match self.to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                Some(folder) => File::open(folder)?.sync_all(),
                None => Ok(()),
            }
        };
        write().map_err(BackupError::file(&self.to))?;
        Ok(manifest)
    }

    fn add(&mut self, path: &str, bytes: u64, contents: impl Read) -> Result<String, BackupError> {
        if !manifest::is_plain(path) {
            return Err(BackupError::Name { path: path.to_owned() });
        }
        let Some(tar) = self.tar.as_mut() else { return Err(BackupError::TooLong) };
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes);
        header.set_mode(0o600);
        let mut digested = Digested { inner: contents.take(bytes), digest: Sha256::new(), bytes: 0 };
        tar.append_data(&mut header, path, &mut digested).map_err(BackupError::file(&self.beside))?;
        if digested.bytes != bytes {
            return Err(BackupError::Changed { path: path.to_owned() });
        }
        let sha256 = hexadecimal(&digested.digest.finalize());
        self.files.push(PackedFile { path: path.to_owned(), bytes, sha256: sha256.clone() });
        Ok(sha256)
    }
}

impl Drop for BackupWriter {
    fn drop(&mut self) {
        if self.tar.take().is_some() || self.beside.exists() {
            // What stays behind has no last chunk and is never taken for a backup.
            let _ = fs::remove_file(&self.beside);
        }
    }
}

/// Digests and counts what is read through it.
struct Digested<R> {
    inner: R,
    digest: Sha256,
    bytes: u64,
}

impl<R: Read> Read for Digested<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.digest.update(into.get(..count).unwrap_or_default());
        self.bytes = self.bytes.saturating_add(u64::try_from(count).unwrap_or(0));
        Ok(count)
    }
}
