//! What can go wrong in share, in words that the person who asked can act on. HTTP statuses are the door's business.

/// A refusal or a failure of a verb.
#[derive(Debug, thiserror::Error)]
pub enum ShareError {
    /// It does not exist, or the caller may not know of it: the two are not told apart.
    #[error("no {what} `{id}`")]
    Unseen { what: &'static str, id: String },
    #[error("this may be seen but not done by {who}")]
    Forbidden { who: String },
    /// The request is wrong; every reason at once.
    #[error("{}", .0.join("; "))]
    Invalid(Vec<String>),
    #[error(transparent)]
    Directory(#[from] ward_directory::DirectoryError),
    #[error(transparent)]
    Store(#[from] ward_store::StoreError),
}

impl ShareError {
    /// One reason why a request is wrong.
    pub fn invalid(reason: impl Into<String>) -> ShareError {
        ShareError::Invalid(vec![reason.into()])
    }
}
