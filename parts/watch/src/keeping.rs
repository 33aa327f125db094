//! The node's own archive: where it is, its key, and who may touch its files when.
//!
//! One process reads sources at a time. Files that are no longer committed are removed only while nobody searches, so that a look-back
//! never loses a segment under its hands.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use ward_archive::{ArchiveError, DigestKey, SegmentMeta};
use ward_directory::Here;

use crate::WatchError;
use crate::sql::sources::{self, SegmentRow};

/// The archive's folder.
pub(crate) fn folder(here: &Here) -> PathBuf {
    here.folder.join("archive")
}

/// The archive's own key, made at its first use.
pub(crate) fn digest_key(here: &Here) -> Result<DigestKey, WatchError> {
    Ok(DigestKey::new(&ward_directory::make_key_file(&here.folder, "archive")?))
}

/// The committed segments, in the order of their commits.
pub(crate) async fn segments(here: &Here) -> Result<Vec<(SegmentRow, SegmentMeta)>, WatchError> {
    let rows = sources::segments(&here.store).await?;
    rows.into_iter().map(|row| read_meta(&row.meta).map(|meta| (row, meta))).collect()
}

/// Runs work that reads or writes files beside the asynchronous threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, WatchError> + Send + 'static,
) -> Result<T, WatchError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| WatchError::Archive(format!("the work on it ended early: {error}")))?
}

/// Held by the one who reads sources; a second one is told to come again.
pub(crate) fn reading_lock(folder: &Path) -> Result<File, WatchError> {
    let file = lock_file(folder, "reading.lock")?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(WatchError::NotYet("the sources are being read already".to_owned())),
        Err(TryLockError::Error(source)) => Err(failed(folder, source)),
    }
}

/// Held while segments are searched.
pub(crate) fn searching_lock(folder: &Path) -> Result<File, WatchError> {
    let file = lock_file(folder, "sweep.lock")?;
    file.lock_shared().map_err(|source| failed(folder, source))?;
    Ok(file)
}

/// Held while files are removed; none while somebody searches.
pub(crate) fn sweeping_lock(folder: &Path) -> Result<Option<File>, WatchError> {
    let file = lock_file(folder, "sweep.lock")?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(failed(folder, source)),
    }
}

/// An archive's error with its causes in one sentence.
pub(crate) fn archive_error(error: ArchiveError) -> WatchError {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    WatchError::Archive(text)
}

/// JSON that this program wrote itself.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(text: &str, what: &str) -> Result<T, WatchError> {
    serde_json::from_str(text)
        .map_err(|error| WatchError::Store(ward_store::StoreError::Record(format!("{what} cannot be read: {error}"))))
}

/// JSON of a value that always has one.
pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, WatchError> {
    serde_json::to_string(value).map_err(|error| WatchError::Store(ward_store::StoreError::Record(error.to_string())))
}

fn read_meta(text: &str) -> Result<SegmentMeta, WatchError> {
    from_json(text, "a segment's description")
}

fn lock_file(folder: &Path, name: &str) -> Result<File, WatchError> {
    std::fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
    let path = folder.join(name);
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    opened.map_err(|source| failed(&path, source))
}

fn failed(path: &Path, source: std::io::Error) -> WatchError {
    WatchError::File { path: path.display().to_string(), source }
}
