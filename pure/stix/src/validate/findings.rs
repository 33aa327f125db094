//! What a full validation finds: errors (a MUST is breached) and warnings (a SHOULD is).

use serde::Serialize;

use super::options::Options;
use crate::problem::Problem;

/// Everything that was found in one object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Requirements (MUST) that are breached.
    pub errors: Vec<Problem>,
    /// Recommendations (SHOULD) that are not followed; the code is the name of the check.
    pub warnings: Vec<Problem>,
}

impl Report {
    /// Whether the object is valid: without errors, and without warnings where they count.
    pub fn is_valid(&self, strict: bool) -> bool {
        self.errors.is_empty() && (!strict || self.warnings.is_empty())
    }
}

/// A report that is being written.
pub(super) struct Findings<'a> {
    pub options: &'a Options,
    pub report: Report,
}

impl<'a> Findings<'a> {
    pub(super) fn new(options: &'a Options) -> Self {
        Self { options, report: Report::default() }
    }

    /// A requirement is breached.
    pub(super) fn error(&mut self, code: &'static str, path: impl Into<String>, message: impl Into<String>) {
        self.report.errors.push(Problem::new(code, path, message));
    }

    /// A recommendation is not followed; nothing where the check is off.
    pub(super) fn warn(&mut self, check: &'static str, path: impl Into<String>, message: impl Into<String>) {
        if self.options.asks(check) {
            self.report.warnings.push(Problem::new(check, path, message));
        }
    }
}

/// The place of a member.
pub(super) fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
