//! Verification by a stranger: from the bytes of a file alone, everything is computed again, and each thing that does not hold is named.
//!
//! Every form has one way to be written: a file is read, written again, and compared byte for byte, so no byte can change unseen. How a page is
//! written is the door's affair; it hands in what makes the HTML.

mod document;
mod file;

use serde::Serialize;

use crate::document::Document;

pub use file::HTML_BLOCK;

/// What makes the forms of a document.
pub struct Forms<'a> {
    /// The standalone page.
    pub html: &'a dyn Fn(&Document) -> String,
    /// The PDF, or why there is none.
    pub pdf: &'a dyn Fn(&Document) -> Result<Vec<u8>, String>,
}

/// What verification found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verification {
    pub holds: bool,
    /// False when the file is not a brief, or cannot be read.
    pub is_readable: bool,
    /// `Brief 3, Some Hub`; empty for what cannot be read.
    pub title: String,
    /// What does not hold, each by itself.
    pub problems: Vec<String>,
    /// How far a record vouches for what it is made of.
    pub vouched: String,
    /// The notice of a demonstration, repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
}

/// Verifies the JSON, HTML or PDF form of a brief. With the verifier key of the hub's log, known in another way, it must be on that log.
#[must_use]
pub fn verify(bytes: &[u8], hub_log_key: Option<&str>, forms: &Forms<'_>) -> Verification {
    let (found, form) = match file::read(bytes) {
        Ok(read) => read,
        Err(problem) => return unreadable(problem),
    };
    let mut problems = document::problems(&found);
    problems.extend(file::problems(bytes, &found, form, forms));
    let (vouched, on_record) = document::vouched(&found, hub_log_key);
    problems.extend(on_record);
    let is_demonstration = found.bundle.is_demonstration || found.notice.is_some();
    Verification {
        holds: problems.is_empty(),
        is_readable: true,
        title: found.title(),
        problems,
        vouched,
        notice: is_demonstration.then(|| crate::NOTICE.to_owned()),
    }
}

fn unreadable(problem: String) -> Verification {
    Verification {
        holds: false,
        is_readable: false,
        title: String::new(),
        problems: vec![problem],
        vouched: "Nothing is known of what cannot be read.".to_owned(),
        notice: None,
    }
}
