//! What can go wrong between this client and a server, told apart by who has to act.

use std::time::Duration;

/// Why a request brought nothing usable. URLs are without their query.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The API root's address cannot be used; nothing was sent.
    #[error("API root `{url}` {reason}")]
    Address { url: String, reason: &'static str },
    /// An id cannot be part of a path; nothing was sent.
    #[error("`{segment}` cannot be part of a path")]
    Segment { segment: String },
    /// The request could not be made, for example with a line break in a token; nothing was sent.
    #[error("the request to `{url}` cannot be made")]
    Request {
        url: String,
        #[source]
        source: reqwest::Error,
    },
    /// No whole answer came: no connection, a broken one, or a time limit.
    #[error("`{url}` cannot be reached")]
    Unreachable {
        url: String,
        #[source]
        source: reqwest::Error,
    },
    /// The server answered with an error.
    #[error("`{url}` answered {status}: {title}")]
    Refused {
        url: String,
        status: u16,
        /// The server's word, or the status code's usual phrase where it gave none.
        title: String,
        description: Option<String>,
        /// How long the server asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The server answered, but not with TAXII 2.1.
    #[error("`{url}` answered with type `{content_type}`, which is not TAXII 2.1")]
    NotTaxii { url: String, content_type: String },
    /// The body is not the JSON it should be.
    #[error("the body from `{url}` cannot be read")]
    Malformed {
        url: String,
        #[source]
        source: serde_json::Error,
    },
    /// The body is larger than this client reads.
    #[error("the body from `{url}` is larger than {cap_bytes} bytes")]
    TooLarge { url: String, cap_bytes: usize },
    /// The server says there is more, but following its pages leads nowhere new.
    #[error("pages of collection `{collection}` end without an end: {reason}")]
    NoProgress { collection: String, reason: &'static str },
    /// The collection holds more than the caller wants at once.
    #[error("collection `{collection}` has more than {at_most} objects")]
    TooMany { collection: String, at_most: usize },
    /// A request to add objects was not finished in time. It may still be.
    #[error("status `{status_id}` is still pending after {tries} tries")]
    StillPending { status_id: String, tries: u32 },
}
