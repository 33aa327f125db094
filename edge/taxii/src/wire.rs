//! The resources of TAXII 2.1 as they are on the wire (sections 3.6, 3.7, 4 and 5 of the standard).
//!
//! Names, types and presence are the standard's: an empty list is never written, its key is left out (section 2), and so
//! is `more` when false, so that a resource with nothing in it is the empty object sections 5.1, 5.3 and 5.8 ask for.
//! Reading is a little wider where servers in use, or the standard's own examples, stray.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// Reads a body as one of these resources. Use it instead of `serde_json` alone, which would also take a JSON array as a
/// resource, its elements as the properties in order.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    let is_object = body.trim_ascii_start().starts_with(b"{");
    let resource = serde_json::from_slice(body)?;
    if is_object { Ok(resource) } else { Err(serde_json::Error::custom("a resource is a JSON object")) }
}

/// A server and the API roots it advertises (section 4.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovery {
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// One of `api_roots`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Absolute `https` URLs, or paths that begin with one `/`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub api_roots: Vec<String>,
}

/// One API root (section 4.2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiRoot {
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Media types with version; [`crate::media::MEDIA_TYPE`] must be among them.
    pub versions: Vec<String>,
    /// Largest request body accepted, in bytes, above zero.
    pub max_content_length: u64,
}

/// All collections of an API root that the client may know of (section 5.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collections {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collections: Vec<Collection>,
}

/// One collection, with what this client may do with it (section 5.2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collection {
    pub id: String,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A readable name that may stand for the id in paths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    pub can_read: bool,
    pub can_write: bool,
    /// Of the objects; none means `application/stix+json`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media_types: Vec<String>,
}

/// A page of what a collection holds (section 5.3.1). It has no `next`: paging goes on by date of addition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    #[serde(default, skip_serializing_if = "is_false")]
    pub more: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<ManifestRecord>,
}

/// One version of one object (section 5.3.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestRecord {
    pub id: String,
    /// A TAXII timestamp, see [`crate::timestamp::format_micros`].
    pub date_added: String,
    /// The object's `modified`, or `created`, as its author wrote it.
    pub version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
}

/// Objects on their way in or out (section 3.7). Each object keeps the very bytes it came with.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Envelope {
    #[serde(default, skip_serializing_if = "is_false")]
    pub more: bool,
    /// Opaque; only with `more`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<Box<RawValue>>,
}

/// A page of the versions of one object (section 5.8.1). No `next`, as in [`Manifest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    #[serde(default, skip_serializing_if = "is_false")]
    pub more: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<String>,
}

/// What became of a request to add objects (section 4.3.1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    pub id: String,
    pub status: Progress,
    /// A TAXII timestamp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_timestamp: Option<String>,
    /// Objects in the request; 0 while the server has not begun.
    pub total_count: u64,
    pub success_count: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub successes: Vec<StatusDetail>,
    pub failure_count: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<StatusDetail>,
    pub pending_count: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pendings: Vec<StatusDetail>,
    /// Properties the standard does not define (section 7.1), such as `x_ward_receipts`.
    #[serde(flatten)]
    pub custom: Map<String, Value>,
}

/// Whether a [`Status`] may still change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Progress {
    Pending,
    /// It will not, and the server may forget it.
    Complete,
}

/// One object of a [`Status`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusDetail {
    pub id: String,
    /// Required when writing; optional here because the standard's own example in section 5.5 leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The body of an error response (section 3.6.1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ErrorMessage {
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Of this one occurrence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_id: Option<String>,
    /// Of this kind of error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// The response's status code as text; a number is read too, since some servers send one.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "text_or_number")]
    pub http_status: Option<String>,
    /// A URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_details: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Map<String, Value>>,
}

impl ErrorMessage {
    /// An error with the status code it goes out with.
    pub fn new(http_status: u16, title: impl Into<String>, description: Option<String>) -> ErrorMessage {
        ErrorMessage {
            title: title.into(),
            description,
            http_status: Some(http_status.to_string()),
            ..ErrorMessage::default()
        }
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        Number(u16),
    }
    let value = Option::<Either>::deserialize(deserializer)?;
    Ok(value.map(|either| match either {
        Either::Text(text) => text,
        Either::Number(number) => number.to_string(),
    }))
}

#[cfg(test)]
mod tests;
