//! What can go wrong with an archive, always with the file's name.

use std::io;
use std::path::{Path, PathBuf};

/// Why an archive could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The file or folder could not be read or written.
    #[error("`{path}` could not be read or written")]
    File {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
    /// The Parquet file could not be read or written.
    #[error("`{path}` is not readable as Parquet or could not be written")]
    Parquet {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: parquet::errors::ParquetError,
    },
    /// The file is not what was written.
    #[error("`{path}` is damaged: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where and how, in words.
        what: String,
    },
    /// The segments hold more events together than one segment can.
    #[error("{rows} events are too many for one segment")]
    TooLarge {
        /// Events in all.
        rows: u64,
    },
    /// Segments of different sources or months were to be merged.
    #[error("segments of different sources or months cannot be merged")]
    Mixed,
}

impl ArchiveError {
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    pub(crate) fn parquet(path: &Path) -> impl FnOnce(parquet::errors::ParquetError) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Parquet { path, source }
    }

    pub(crate) fn damaged(path: &Path, what: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), what: what.into() }
    }
}
