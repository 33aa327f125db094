//! What can be wrong with a backup file, each with its place.

/// A refusal or a failure. Offsets are bytes from the beginning of the file.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("`{path}` is not a backup of Ward")]
    NotABackup { path: String },
    #[error("the backup's header (bytes 0 to {}) is damaged", super::HEADER_BYTES - 1)]
    DamagedHeader,
    #[error("the file ends within the backup's header, after {bytes} bytes")]
    CutHeader { bytes: usize },
    #[error(
        "the backup was written by a newer program: its format is {found}, this program knows {known}; install the newer program"
    )]
    Newer { found: u64, known: u64 },
    #[error("the backup's header asks for more work to draw the key than any Ward does; it is damaged or not Ward's")]
    KeyDraw,
    #[error("the passphrase is not the one that this backup was written with")]
    WrongPassphrase,
    #[error("the backup is damaged: chunk {chunk} (bytes {from} to {until}) is not what was written there")]
    Damaged { chunk: u32, from: u64, until: u64 },
    #[error("the backup is cut: it ends at byte {at}, after chunk {chunk}, and its last chunk is missing")]
    Cut { chunk: u32, at: u64 },
    #[error("the backup is longer than it was written: something was added at byte {at}, after its last chunk {chunk}")]
    Longer { chunk: u32, at: u64 },
    #[error("the backup is too long for its format")]
    TooLong,
    #[error("the backup holds `{path}`, which is not a file name that a backup has")]
    Name { path: String },
    #[error("`{path}` in the backup is not what its manifest says: {what}")]
    Differs { path: String, what: String },
    #[error("the backup's manifest cannot be read: {0}")]
    Manifest(String),
    #[error("`{path}` changed its length while it was read")]
    Changed { path: String },
    #[error("cannot read or write `{path}`")]
    File {
        path: String,
        #[source]
        source: std::io::Error,
    },
}

impl BackupError {
    pub(crate) fn file(path: &std::path::Path) -> impl Fn(std::io::Error) -> BackupError {
        move |source| BackupError::File { path: path.display().to_string(), source }
    }
}
