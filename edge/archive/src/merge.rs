//! Small segments of one month made into one: the same rows, one index.

use std::path::Path;

use crate::columns::ROWS_A_GROUP;
use crate::error::ArchiveError;
use crate::index::Index;
use crate::key::Keys;
use crate::read::SegmentReader;
use crate::segment::{SegmentMeta, folder};
use crate::writer::{MOST_ROW_GROUPS, SegmentBuilder};

/// Writes one segment with the rows of all, in the order given. The old files stay until the caller has committed
/// the new segment in their place and calls [`crate::sweep_orphans`].
pub fn merge(archive: &Path, segments: &[SegmentMeta]) -> Result<SegmentMeta, ArchiveError> {
    let Some(first) = segments.first() else { return Err(ArchiveError::Mixed) };
    if segments.iter().any(|meta| meta.source != first.source || meta.month != first.month) {
        return Err(ArchiveError::Mixed);
    }
    let rows = segments.iter().fold(0_u64, |sum, meta| sum.saturating_add(meta.rows));
    let most = u64::try_from(MOST_ROW_GROUPS.saturating_mul(ROWS_A_GROUP)).unwrap_or(u64::MAX);
    if rows > most {
        return Err(ArchiveError::TooLarge { rows });
    }
    let name = format!("merging-{}-{}", std::process::id(), first.id);
    let mut builder = SegmentBuilder::new(folder(archive).join(name), &first.source, &first.month)?;
    for meta in segments {
        let index = Index::open(&meta.index_path(archive))?;
        builder.header.facts.merge(&index.header.facts);
        copy_rows(archive, meta, &index, &mut builder)?;
    }
    builder.finish(&folder(archive))
}

fn copy_rows(
    archive: &Path,
    meta: &SegmentMeta,
    index: &Index,
    builder: &mut SegmentBuilder,
) -> Result<(), ArchiveError> {
    let path = meta.parquet_path(archive);
    let reader = SegmentReader::open(&path)?;
    let mut keys = Keys::default();
    for group in 0..index.header.row_groups.len() {
        let places = reader.places(group)?;
        for (row, columns) in reader.columns(group)?.iter().enumerate() {
            keys.clear();
            places.keys(row).for_each(|key| keys.push(key));
            let file = places.file.get(row).and_then(|file| index.header.files.get(usize::try_from(*file).ok()?));
            let (Some(file), Some(time), Some(line)) = (file, places.time.get(row), places.line.get(row)) else {
                return Err(ArchiveError::damaged(&path, format!("row {row} of row group {group}")));
            };
            builder.push(&columns.as_row(*time, *line), file, &keys)?;
        }
    }
    Ok(())
}
