//! Secrets of the installation that live in files of its folder, readable by its owner only.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
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

/// Writes a secret that only the owner may read; an existing file stays as it is. The name appears with the whole text behind it: another process
/// that makes the same key at the same moment, or a crash, never leaves half of one.
pub fn write_secret(path: &Path, text: &str) -> Result<(), DirectoryError> {
    let failed = |source| file_error(path, source);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", random::uuid()));
    let beside = PathBuf::from(beside);
    write_new(&beside, text).map_err(failed)?;
    let linked = match fs::hard_link(&beside, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        // Some file systems know no second name.
        Err(_) if !path.exists() => fs::rename(&beside, path),
        linked => linked,
    };
    let _ = fs::remove_file(&beside);
    linked.map_err(failed)
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_made_by_many_at_once_is_one_and_its_owners_only() {
        let folder = std::env::temp_dir().join(format!("ward-keys-{}", random::uuid()));
        let makers: Vec<_> = (0..16)
            .map(|_| {
                let folder = folder.clone();
                std::thread::spawn(move || make_key_file(&folder, "witness").unwrap())
            })
            .collect();
        let keys: Vec<[u8; 32]> = makers.into_iter().map(|maker| maker.join().unwrap()).collect();
        assert!(keys.iter().all(|key| *key == keys[0]));
        assert_eq!(fs::read_dir(folder.join("keys")).unwrap().count(), 1, "nothing is left beside it");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.join("keys/witness.key")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
