//! Secrets of the installation that live in files of its folder, readable by its owner only.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use ward_store::random;

use crate::DirectoryError;

/// The 32 bytes of the key `keys/NAME.key`.
pub fn key_file(folder: &Path, name: &str) -> Result<[u8; 32], DirectoryError> {
    let path = key_path(folder, name);
    let text = fs::read_to_string(&path).map_err(|source| file_error(&path, source))?;
    parse_hex(text.trim())
        .ok_or_else(|| DirectoryError::invalid(format!("`{}` does not hold a key of 64 hex digits", path.display())))
}

/// Makes the key if it is not there yet; gives its bytes. Two that make it at once end with the same key.
pub fn make_key_file(folder: &Path, name: &str) -> Result<[u8; 32], DirectoryError> {
    let path = key_path(folder, name);
    if !path.exists() {
        let hex: String = random::bytes::<32>()?.iter().map(|byte| format!("{byte:02x}")).collect();
        write_secret(&path, &format!("{hex}\n"))?;
    }
    key_file(folder, name)
}

/// Writes a secret that only the owner may read; an existing file stays as it is.
pub fn write_secret(path: &Path, text: &str) -> Result<(), DirectoryError> {
    let failed = |source| file_error(path, source);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = match options.open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Ok(()),
        opened => opened.map_err(failed)?,
    };
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

fn key_path(folder: &Path, name: &str) -> PathBuf {
    folder.join("keys").join(format!("{name}.key"))
}

fn parse_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 {
        return None;
    }
    let byte = |place: usize| u8::from_str_radix(text.get(place * 2..place * 2 + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..32).map(byte).collect();
    bytes?.try_into().ok()
}

fn file_error(path: &Path, source: std::io::Error) -> DirectoryError {
    DirectoryError::File { path: path.display().to_string(), source }
}
