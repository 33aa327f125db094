//! The archive's part in a backup: which files a snapshot of the database names, and that none of them goes while they are copied.
//!
//! Merging and purging take rows away; files go only when they are swept, and nobody sweeps while this is held. So hold the archive first, then
//! take the snapshot: every file that it names is there until the archive is let go.

use std::fs::File;

use ward_archive::SegmentMeta;
use ward_directory::{ArchiveFile, Here};
use ward_store::Tx;

use crate::sql::sources;
use crate::{WatchError, keeping};

/// The archive, from which no file is removed until this is dropped.
pub struct HeldArchive {
    _lock: File,
}

/// Holds the archive; waits for a sweep that is under way. Reading sources and looking back go on.
pub async fn hold(here: &Here) -> Result<HeldArchive, WatchError> {
    let folder = keeping::folder(here);
    let lock = keeping::blocking(move || keeping::searching_lock(&folder)).await?;
    Ok(HeldArchive { _lock: lock })
}

impl HeldArchive {
    /// The files of every segment that the snapshot names. It must have begun after the archive was held.
    pub async fn files(&self, snapshot: &mut Tx) -> Result<Vec<ArchiveFile>, WatchError> {
        let mut files = Vec::new();
        for row in sources::segments_in(snapshot).await? {
            let meta: SegmentMeta = keeping::from_json(&row.meta, "a segment's description")?;
            let named = meta.files().map(|(path, sha256)| (format!("archive/{path}"), sha256.to_owned()));
            files.extend(named.map(|(path, sha256)| ArchiveFile { path, sha256 }));
        }
        Ok(files)
    }
}
