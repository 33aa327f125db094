//! Patterns of all three levels matched against observed data (STIX 2.1, errata 01, section 9).
//!
//! Two readings of the standard are those of the OASIS reference matcher, so that both give the same answers:
//! observations exactly `x` seconds apart are `WITHIN x SECONDS`, and each qualifier and each `FOLLOWEDBY` asks by itself
//! whether times in the observations' windows could satisfy it. Data that is not what its place says it is (a text where
//! the pattern names a timestamp or a network, a broken `_hex` value) is an error and never a quiet "no match".
//!
//! The work is bounded: an answer that needs more than [`MOST_WORK`] steps is an error. Its cost does not depend on
//! `number_observed`. `MATCHES` runs in time linear in the text; what such an engine cannot do (look-around,
//! back-references) is an error as well. Times are compared to the nanosecond between observations, and in full between
//! values.

mod address;
mod constant;
mod expression;
mod flow;
mod observed;
mod path;
mod plan;
mod search;
mod test;

pub use observed::{Observed, ObservedError, observed};

use super::tree::Observation;
use test::Comparing;

/// Most steps of the search for observations that satisfy a pattern together; about a second.
pub const MOST_WORK: u64 = 200_000_000;
/// Most regular expressions in one pattern.
pub const MOST_EXPRESSIONS: usize = 256;
/// Most parts of a pattern that leave a choice (`OR`, `FOLLOWEDBY` and `WITHIN` between observations), repetitions of
/// them counted singly.
pub const MOST_CHOICES: usize = 500;
/// Most parts of a pattern, repetitions of parts with a choice counted singly.
pub const MOST_PARTS: usize = 50_000;

/// Whether a pattern matches, and by what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Match {
    /// The pattern matches.
    pub matches: bool,
    /// The observations that the first binding found uses, as positions in the list given, in its order.
    pub observations: Vec<usize>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MatchError {
    /// `IN` with values of several kinds.
    #[error("the values of `IN` for `{path}` are not all of one kind")]
    MixedValues {
        /// The property compared.
        path: String,
    },
    /// A regular expression that is broken, too large, or needs what a linear-time engine cannot do.
    #[error("the regular expression `{expression}` cannot be used: {reason}")]
    Expression {
        /// As in the pattern.
        expression: String,
        /// What the regular expression engine says.
        reason: String,
    },
    /// A constant of the pattern that is no address and no network.
    #[error("`{text}` in the pattern is not an address or network")]
    Network {
        /// The constant.
        text: String,
    },
    /// More regular expressions than [`MOST_EXPRESSIONS`], or more parts than [`MOST_PARTS`] or [`MOST_CHOICES`].
    #[error("the pattern has more than {limit} {what}")]
    TooLarge {
        /// What there are too many of.
        what: &'static str,
        /// How many may be.
        limit: usize,
    },
    /// A value of the data that the pattern compares as something it is not.
    #[error("`{value}` under `{path}` in the data is not a valid {expected}")]
    Value {
        /// The property compared.
        path: String,
        /// What the pattern or the property's name says it is.
        expected: &'static str,
        /// The beginning of the value.
        value: String,
    },
    /// The search took more than [`MOST_WORK`] steps.
    #[error("the pattern was given up after {MOST_WORK} steps of search")]
    TooMuchWork,
}

/// A pattern made ready to be matched many times.
#[derive(Debug)]
pub struct Matcher {
    expression: Expression,
}

/// The tree of a pattern, its comparisons made ready.
#[derive(Debug)]
enum Expression {
    Test(Comparing),
    All(Vec<Expression>),
    Any(Vec<Expression>),
    FollowedBy(Vec<Expression>),
    Within(Box<Expression>, i128),
    Repeats(Box<Expression>, u64),
    /// From the first up to before the second, in nanoseconds.
    Between(Box<Expression>, i128, i128),
}

impl Matcher {
    /// Reads the constants of a pattern.
    pub fn new(pattern: &Observation) -> Result<Self, MatchError> {
        let mut expressions = 0;
        Ok(Self { expression: test::expression(pattern, &mut expressions)? })
    }

    /// Whether the pattern matches these observations.
    pub fn matches(&self, observations: &[Observed<'_>]) -> Result<Match, MatchError> {
        let plan = plan::plan(&self.expression, observations)?;
        let found = search::search(&plan, observations)?;
        Ok(match found {
            Some(observations) => Match { matches: true, observations },
            None => Match::default(),
        })
    }
}

/// Whether a pattern matches these observations. A pattern for many lists of observations is made ready once with
/// [`Matcher::new`].
pub fn matches(pattern: &Observation, observations: &[Observed<'_>]) -> Result<Match, MatchError> {
    Matcher::new(pattern)?.matches(observations)
}

#[cfg(test)]
mod tests;
