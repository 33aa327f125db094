//! Keeping the folder equal to what is committed: orphans out, old months out, checksums.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::durable::digest_of;
use crate::error::ArchiveError;
use crate::index;
use crate::postings::day_of;
use crate::segment::{SegmentMeta, folder, index_name, month_of_day};

/// Removes every file of `segments/` that no committed segment owns; returns their names. Nobody may be writing.
pub fn sweep_orphans(archive: &Path, segments: &[SegmentMeta]) -> Result<Vec<String>, ArchiveError> {
    let owned: BTreeSet<String> = segments.iter().flat_map(|meta| [meta.file.clone(), index_name(&meta.id)]).collect();
    let path = folder(archive);
    let entries = match fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(ArchiveError::file(&path)(error)),
    };
    let mut removed = Vec::new();
    for entry in entries {
        let entry = entry.map_err(ArchiveError::file(&path))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !owned.contains(&name) {
            fs::remove_file(entry.path()).map_err(ArchiveError::file(&entry.path()))?;
            removed.push(name);
        }
    }
    removed.sort_unstable();
    Ok(removed)
}

/// Splits segments into those to keep and those of months that ended before `before` (microseconds UTC): what
/// retention drops. Commit what is kept, then [`sweep_orphans`] removes the files. Events without a time stay.
pub fn purge_before(segments: &[SegmentMeta], before: i64) -> (Vec<SegmentMeta>, Vec<SegmentMeta>) {
    let month = month_of_day(day_of(before));
    segments.iter().cloned().partition(|meta| meta.last.is_none_or(|last| last >= before) || meta.month == month)
}

/// Computes the checksums of a segment's files and of the index within.
pub fn verify(archive: &Path, meta: &SegmentMeta) -> Result<(), ArchiveError> {
    let index_path = meta.index_path(archive);
    index::verify(&index_path)?;
    for (path, expected) in [(meta.parquet_path(archive), &meta.sha256), (index_path, &meta.index_sha256)] {
        if digest_of(&path).map_err(ArchiveError::file(&path))? != *expected {
            return Err(ArchiveError::damaged(&path, "its SHA-256 is not the one that was recorded"));
        }
    }
    Ok(())
}
