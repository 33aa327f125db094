//! STIX 2.1 patterns (section 9 of the standard): read as a tree, then compiled to exact terms.
//!
//! Every legal pattern parses. Only patterns that say "any one of these exact values was seen" compile to terms; for
//! all else the compiler says in plain words what it cannot look for, and never looks for more than the pattern says.
//! [`matching`] matches every pattern, of all three levels, against observed data.

mod compile;
pub mod matching;
mod syntax;
mod token;
mod tree;

pub use compile::{Compiled, compile};
pub use syntax::{parse, parse_to_match};
pub use tree::{Comparison, Literal, ObjectPath, Observation, Operator, PropertyTest, Qualifier, Step};

/// Longest pattern that is read, in bytes.
pub const LONGEST_PATTERN: usize = 256 * 1024;
/// Deepest nesting of parentheses that is read.
pub const DEEPEST_NESTING: usize = 64;

/// Why a text is no STIX pattern; `at` counts bytes from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// The text is longer than [`LONGEST_PATTERN`].
    #[error("the pattern has {length} bytes, more than {LONGEST_PATTERN}")]
    TooLong {
        /// Length in bytes.
        length: usize,
    },
    /// Parentheses nest deeper than [`DEEPEST_NESTING`].
    #[error("parentheses nest deeper than {DEEPEST_NESTING} at byte {at}")]
    TooDeep {
        /// Place of the parenthesis.
        at: usize,
    },
    /// A character that begins no token.
    #[error("unexpected character `{found}` at byte {at}")]
    Character {
        /// The character.
        found: char,
        /// Its place.
        at: usize,
    },
    /// A string, literal or comment that does not end.
    #[error("the text that begins at byte {at} does not end")]
    Unterminated {
        /// Where it begins.
        at: usize,
    },
    /// A backslash in a string before something other than `'` or a backslash.
    #[error("a backslash at byte {at} must be followed by `'` or a backslash")]
    Escape {
        /// Place of the backslash.
        at: usize,
    },
    /// A literal whose content is not what its prefix says.
    #[error("`{text}` at byte {at} is not a valid {kind}")]
    Literal {
        /// What it should be.
        kind: &'static str,
        /// The text as written.
        text: String,
        /// Its place.
        at: usize,
    },
    /// A token in the wrong place.
    #[error("found {found} at byte {at}, expected {expected}")]
    Unexpected {
        /// What was found.
        found: String,
        /// What would be right.
        expected: &'static str,
        /// Its place.
        at: usize,
    },
    /// The same qualifier twice on one observation expression.
    #[error("qualifier `{qualifier}` is given twice at byte {at}")]
    DuplicateQualifier {
        /// `WITHIN`, `REPEATS` or `START`.
        qualifier: &'static str,
        /// Place of the second one.
        at: usize,
    },
    /// A window of no time, or a repetition of none.
    #[error("qualifier `{qualifier}` at byte {at} can never hold")]
    EmptyQualifier {
        /// `WITHIN` or `REPEATS`.
        qualifier: &'static str,
        /// Its place.
        at: usize,
    },
    /// A value compared with a hash that does not have that hash's form.
    #[error("`{text}` at byte {at} is not a valid {algorithm} hash")]
    Hash {
        /// The algorithm as named in the pattern.
        algorithm: String,
        /// The value.
        text: String,
        /// Its place.
        at: usize,
    },
}
