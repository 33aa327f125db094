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

/// How far the record of a hub vouches for a brief.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnRecord {
    /// Proved under the log key that was given.
    Proved,
    /// Proved under the log key that the file itself names, which anybody can make.
    OwnKey,
    /// The file says so, and nothing in it proves it.
    Stated,
    /// It does not even say so.
    NotFrozen,
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
    /// Whether the hub's record vouches for what it is made of, and by what.
    pub on_record: OnRecord,
    /// The same in words.
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
    // Setting a PDF takes a processor for a while; of a document that does not hold it would say nothing new.
    if problems.is_empty() || form != file::Form::Pdf {
        problems.extend(file::problems(bytes, &found, form, forms));
    }
    let vouched = document::vouched(&found, hub_log_key);
    problems.extend(vouched.problems);
    let is_demonstration = found.bundle.is_demonstration || found.notice.is_some();
    Verification {
        holds: problems.is_empty(),
        is_readable: true,
        title: found.title(),
        problems,
        on_record: vouched.on_record,
        vouched: vouched.words,
        notice: is_demonstration.then(|| crate::NOTICE.to_owned()),
    }
}

fn unreadable(problem: String) -> Verification {
    Verification {
        holds: false,
        is_readable: false,
        title: String::new(),
        problems: vec![problem],
        on_record: OnRecord::NotFrozen,
        vouched: "Nothing is known of what cannot be read.".to_owned(),
        notice: None,
    }
}
