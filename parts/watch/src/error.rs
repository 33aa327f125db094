//! What can go wrong in watch, in words that the owner of the logs can act on.

/// A refusal or a failure of a verb.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    #[error("no {what} `{id}`")]
    Unknown { what: &'static str, id: String },
    #[error("{0}")]
    Invalid(String),
    #[error("the hub `{hub}` cannot be reached: {why}")]
    HubAway { hub: String, why: String },
    #[error("the hub `{hub}` refused: {why}")]
    HubRefused { hub: String, why: String },
    /// What came does not prove what it says; nothing was acted upon.
    #[error("not believed: {0}")]
    NotBelieved(String),
    /// Not now; the job is tried again.
    #[error("not ready yet: {0}")]
    NotYet(String),
    #[error("cannot read or write `{path}`")]
    File {
        path: String,
        #[source]
        source: std::io::Error,
    },
    #[error("the archive: {0}")]
    Archive(String),
    #[error(transparent)]
    Directory(#[from] ward_directory::DirectoryError),
    #[error(transparent)]
    Share(#[from] ward_share::ShareError),
    #[error(transparent)]
    Store(#[from] ward_store::StoreError),
}
