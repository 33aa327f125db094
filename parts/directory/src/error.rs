//! What can go wrong in the directory.

/// A refusal or a failure.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    #[error("`{path}` is not a Ward folder: it has no {missing}; make one with `ward init`")]
    NotAFolder { path: String, missing: &'static str },
    #[error("`{0}` already holds an installation; nothing was changed")]
    AlreadyThere(String),
    #[error(
        "the clock of `{path}` is not its own: a demonstration's clock is only used where `ward demo` made the installation, and there no other"
    )]
    BorrowedClock { path: String },
    #[error("no {what} `{id}`")]
    Unknown { what: &'static str, id: String },
    #[error("{0}")]
    Invalid(String),
    #[error("the password is not right")]
    WrongPassword,
    #[error("the link or token is not valid: it was used, revoked or has expired")]
    Spent,
    #[error("cannot read or write `{path}`")]
    File {
        path: String,
        #[source]
        source: std::io::Error,
    },
    #[error("`{0}` is not empty; nothing was changed: name a new folder")]
    NotEmpty(String),
    #[error("the record does not hold at {place}: {what}; nothing was written")]
    BrokenRecord { place: String, what: String },
    #[error(transparent)]
    Backup(#[from] ward_backup::BackupError),
    #[error(transparent)]
    Store(#[from] ward_store::StoreError),
    #[error("cryptography failed: {0}")]
    Cryptography(String),
    #[error("too many passwords are being looked at: try again in a minute")]
    Busy,
    #[error("{who} may not do this")]
    Refused { who: String },
}

impl DirectoryError {
    /// A request that is wrong, in words for the person who made it.
    pub fn invalid(reason: impl Into<String>) -> DirectoryError {
        DirectoryError::Invalid(reason.into())
    }
}
