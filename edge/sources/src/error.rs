//! What can go wrong with a file, always with its name, in words for the person who has to repair it.

use std::io;
use std::path::PathBuf;

/// Why a file or folder could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SourcesError {
    /// Nothing has that name, and as a pattern it matches nothing.
    #[error("no file, folder or match for `{0}`")]
    NothingThere(PathBuf),
    /// A folder was given where a file is needed, or a folder could not be listed.
    #[error("`{path}` is a folder that could not be listed")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
    /// The file could not be opened or read.
    #[error("`{path}` could not be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's or the decompressor's reason.
        #[source]
        source: io::Error,
    },
}

impl SourcesError {
    /// The error and its cause in one sentence.
    pub fn in_full(&self) -> String {
        match self {
            Self::NothingThere(_) => self.to_string(),
            Self::Folder { source, .. } | Self::Unreadable { source, .. } => {
                format!("{self}: {source}")
            }
        }
    }
}
