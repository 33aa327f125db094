//! What is wrong with an object, an alert or an answer: a finding with its place, never a panic.

use serde::Serialize;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A stable name for this kind of problem, such as `missing`.
    pub code: &'static str,
    /// The property, such as `object_refs[2]`; empty for the object as a whole.
    pub path: String,
    /// What is wrong, in plain words.
    pub message: String,
}

impl Problem {
    /// A problem at a place.
    pub fn new(code: &'static str, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, path: path.into(), message: message.into() }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.path.is_empty() {
            return write!(out, "{}", self.message);
        }
        write!(out, "`{}`: {}", self.path, self.message)
    }
}
