//! Reading a backup: everything into a folder, each file as the manifest says, and the stream to its very end.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::PoisonError;

use sha2::{Digest, Sha256};

use crate::manifest::{self, FORMAT, Manifest, PackedFile, hexadecimal};
use crate::open::{Opener, Wrong};
use crate::{BackupError, HEADER_BYTES, Header};

/// A manifest is read into memory; no installation's is as long.
const MANIFEST_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The header, from which the caller draws the key.
pub fn read_header(file: &Path) -> Result<Header, BackupError> {
    let mut opened = File::open(file).map_err(BackupError::file(file))?;
    header_of(&mut opened, file)
}

/// Unpacks a backup below `into`, which the caller has made, is the only one to enter, and removes when this fails.
pub fn unpack(file: &Path, key: &[u8; 32], into: &Path) -> Result<Manifest, BackupError> {
    let mut opened = File::open(file).map_err(BackupError::file(file))?;
    let header = header_of(&mut opened, file)?;
    let wrong = Wrong::default();
    let opener = Opener::new(opened, header, key, Wrong::clone(&wrong))?;
    let unpacked = unpack_stream(opener, into, file);
    // What was wrong with a chunk says more than what zstd or tar made of it.
    match wrong.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(wrong) => Err(wrong),
        None => unpacked,
    }
}

fn unpack_stream(opener: impl Read, into: &Path, file: &Path) -> Result<Manifest, BackupError> {
    let failed = BackupError::file(file);
    let mut tar = tar::Archive::new(zstd::Decoder::new(opener).map_err(&failed)?);
    let (mut found, mut text) = (Vec::new(), None);
    for entry in tar.entries().map_err(&failed)? {
        let mut entry = entry.map_err(&failed)?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if !manifest::is_plain(&path) || !entry.header().entry_type().is_file() {
            return Err(BackupError::Name { path });
        }
        if path == manifest::NAME {
            let mut bytes = Vec::new();
            entry.take(MANIFEST_BYTES_MAX).read_to_end(&mut bytes).map_err(&failed)?;
            text = Some(bytes);
        } else {
            found.push(write_out(&mut entry, &path, into)?);
        }
    }
    io::copy(&mut tar.into_inner(), &mut io::sink()).map_err(&failed)?;
    let manifest = read_manifest(text)?;
    compare(&manifest.files, found)?;
    Ok(manifest)
}

fn read_manifest(text: Option<Vec<u8>>) -> Result<Manifest, BackupError> {
    #[derive(serde::Deserialize)]
    struct Format {
        format: u64,
    }
    let unreadable = |error: serde_json::Error| BackupError::Manifest(error.to_string());
    let text = text.ok_or_else(|| BackupError::Manifest("there is none".to_owned()))?;
    let Format { format } = serde_json::from_slice(&text).map_err(unreadable)?;
    if format > FORMAT {
        return Err(BackupError::Newer { found: format, known: FORMAT });
    }
    serde_json::from_slice(&text).map_err(unreadable)
}

/// Exactly the files of the manifest, each with its length and digest.
fn compare(expected: &[PackedFile], found: Vec<PackedFile>) -> Result<(), BackupError> {
    let differs = |path: &str, what: &str| Err(BackupError::Differs { path: path.to_owned(), what: what.to_owned() });
    let mut found: BTreeMap<String, PackedFile> = found.into_iter().map(|file| (file.path.clone(), file)).collect();
    for file in expected {
        match found.remove(&file.path) {
            None => return differs(&file.path, "it is missing"),
            Some(other) if other.bytes != file.bytes => return differs(&file.path, "it has another length"),
            Some(other) if other.sha256 != file.sha256 => return differs(&file.path, "it has another SHA-256"),
            Some(_) => {}
        }
    }
    match found.into_keys().next() {
        Some(path) => differs(&path, "it is not named there"),
        None => Ok(()),
    }
}

fn write_out(entry: &mut impl Read, path: &str, into: &Path) -> Result<PackedFile, BackupError> {
    let target = into.join(path);
    let mut write = || -> io::Result<PackedFile> {
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut file = options.open(&target)?;
        let (mut digest, mut bytes, mut piece) = (Sha256::new(), 0_u64, vec![0_u8; 128 * 1024]);
        loop {
            let count = entry.read(&mut piece)?;
            if count == 0 {
                break;
            }
            let read = piece.get(..count).unwrap_or_default();
            digest.update(read);
            file.write_all(read)?;
            bytes = bytes.saturating_add(u64::try_from(count).unwrap_or(0));
        }
        file.sync_all()?;
        Ok(PackedFile { path: path.to_owned(), bytes, sha256: hexadecimal(&digest.finalize()) })
    };
    write().map_err(BackupError::file(&target))
}

fn header_of(opened: &mut File, file: &Path) -> Result<Header, BackupError> {
    let path = file.display().to_string();
    let mut bytes = Vec::with_capacity(HEADER_BYTES);
    let length = u64::try_from(HEADER_BYTES).unwrap_or(u64::MAX);
    opened.take(length).read_to_end(&mut bytes).map_err(BackupError::file(file))?;
    match <&[u8; HEADER_BYTES]>::try_from(bytes.as_slice()) {
        Ok(bytes) => Header::from_bytes(bytes, &path),
        Err(_) if bytes.starts_with(b"WARD") => Err(BackupError::CutHeader { bytes: bytes.len() }),
        Err(_) => Err(BackupError::NotABackup { path }),
    }
}
