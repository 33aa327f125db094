//! Comparison expressions: made ready once, asked of each observable (STIX 2.1, section 9.6).
//!
//! Every comparison is asked, also where an earlier one has settled `AND` or `OR`, so that broken data is reported
//! whatever the order of the comparisons.

use std::cmp::Ordering;

use serde_json::Value;

use super::constant::{Constant, Standing};
use super::expression::Expression as Regular;
use super::path::{self, Found};
use super::{Expression, MOST_EXPRESSIONS, MatchError, Observed, address};
use crate::pattern::tree::{Comparison, Literal, ObjectPath, Observation, Operator, PropertyTest, Qualifier};
use crate::{timestamp, validate};

const NANOS_PER_SECOND: f64 = 1_000_000_000.0;

/// A comparison expression made ready.
#[derive(Debug)]
pub(super) enum Comparing {
    Test(ObjectPath, bool, Check),
    All(Vec<Comparing>),
    Any(Vec<Comparing>),
}

/// What is asked of a property.
#[derive(Debug)]
pub(super) enum Check {
    Equal(Constant),
    NotEqual(Constant),
    Ordered(&'static [Ordering], Constant),
    In(Vec<Constant>),
    Regular(Regular),
    SubsetOf(address::Network),
    SupersetOf(address::Network),
    Exists,
}

/// The tree of a pattern with its constants read; counts the regular expressions.
pub(super) fn expression(pattern: &Observation, expressions: &mut usize) -> Result<Expression, MatchError> {
    let mut all = |parts: &[Observation]| -> Result<Vec<Expression>, MatchError> {
        parts.iter().map(|part| expression(part, expressions)).collect()
    };
    Ok(match pattern {
        Observation::Test(comparison) => Expression::Test(comparing(comparison, expressions)?),
        Observation::All(parts) => Expression::All(all(parts)?),
        Observation::Any(parts) => Expression::Any(all(parts)?),
        Observation::FollowedBy(parts) => Expression::FollowedBy(all(parts)?),
        Observation::Qualified(inner, qualifiers) => {
            let inner = expression(inner, expressions)?;
            qualifiers.iter().fold(inner, |inner, qualifier| qualified(Box::new(inner), qualifier))
        }
    })
}

fn qualified(inner: Box<Expression>, qualifier: &Qualifier) -> Expression {
    match qualifier {
        Qualifier::Within { seconds } => Expression::Within(inner, (seconds * NANOS_PER_SECOND).round() as i128),
        Qualifier::Repeats { times } => Expression::Repeats(inner, u64::try_from(*times).unwrap_or_default()),
        Qualifier::StartStop { start, stop } => {
            let nanos = |text: &str| timestamp::parse(text).map(|time| time.nanos());
            // The pattern's reader takes timestamps only; without them nothing holds.
            let (start, stop) = nanos(start).zip(nanos(stop)).unwrap_or((0, 0));
            Expression::Between(inner, start, stop)
        }
    }
}

fn comparing(comparison: &Comparison, expressions: &mut usize) -> Result<Comparing, MatchError> {
    let mut all = |parts: &[Comparison]| -> Result<Vec<Comparing>, MatchError> {
        parts.iter().map(|part| comparing(part, expressions)).collect()
    };
    Ok(match comparison {
        Comparison::Test(test) => Comparing::Test(test.path.clone(), test.negated, check(test, expressions)?),
        Comparison::All(parts) => Comparing::All(all(parts)?),
        Comparison::Any(parts) => Comparing::Any(all(parts)?),
    })
}

fn check(test: &PropertyTest, expressions: &mut usize) -> Result<Check, MatchError> {
    use Ordering::{Equal, Greater, Less};
    if test.operator == Operator::In {
        return list(test).map(Check::In);
    }
    let Some(literal) = test.values.first() else { return Ok(Check::Exists) };
    let text = if let Literal::Text(text) = literal { text } else { "" };
    let network = || address::read(text).ok_or_else(|| MatchError::Network { text: text.to_owned() });
    let constant = Constant::read(literal);
    Ok(match test.operator {
        Operator::Equal => Check::Equal(constant),
        Operator::NotEqual => Check::NotEqual(constant),
        Operator::Less => Check::Ordered(&[Less], constant),
        Operator::LessOrEqual => Check::Ordered(&[Less, Equal], constant),
        Operator::Greater => Check::Ordered(&[Greater], constant),
        Operator::GreaterOrEqual => Check::Ordered(&[Greater, Equal], constant),
        Operator::Like => Check::Regular(Regular::like(text)?),
        Operator::Matches => {
            *expressions += 1;
            if *expressions > MOST_EXPRESSIONS {
                return Err(MatchError::TooLarge { what: "regular expressions", limit: MOST_EXPRESSIONS });
            }
            Check::Regular(Regular::matching(text)?)
        }
        Operator::IsSubset => Check::SubsetOf(network()?),
        Operator::IsSuperset => Check::SupersetOf(network()?),
        Operator::Exists | Operator::In => Check::Exists,
    })
}

/// The constants of a list, which must be of one kind.
fn list(test: &PropertyTest) -> Result<Vec<Constant>, MatchError> {
    let constants: Vec<Constant> = test.values.iter().map(Constant::read).collect();
    match constants.first() {
        Some(first) if !constants.iter().all(|other| other.is_like(first)) => {
            Err(MatchError::MixedValues { path: test.path.to_string() })
        }
        _ => Ok(constants),
    }
}

impl Comparing {
    /// Whether one observable of an observation, with what it refers to, satisfies all of this. `kinds` are the types of
    /// observables that it speaks of.
    pub(super) fn is_met(&self, kinds: &[&str], observed: &Observed<'_>) -> Result<bool, MatchError> {
        let mut is_met = false;
        for kind in kinds {
            for object in observed.of_type(kind) {
                is_met |= self.is_met_by(kind, object, observed)?;
            }
        }
        Ok(is_met)
    }

    /// The types of observables that it speaks of, each once; types that have another place in the standard are none.
    pub(super) fn kinds(&self) -> Vec<&str> {
        let (mut pending, mut found) = (vec![self], Vec::new());
        while let Some(part) = pending.pop() {
            match part {
                Self::Test(path, ..) => found.push(path.object_type.as_str()),
                Self::All(parts) | Self::Any(parts) => pending.extend(parts),
            }
        }
        found.sort_unstable();
        found.dedup();
        found.retain(|kind| validate::may_be_observed(kind));
        found
    }

    fn is_met_by<'a>(&self, kind: &str, object: &'a Value, observed: &Observed<'a>) -> Result<bool, MatchError> {
        match self {
            Self::Test(path, ..) if path.object_type != kind => Ok(false),
            Self::Test(path, negated, check) => check.holds(path, *negated, object, observed),
            Self::All(parts) => {
                parts.iter().try_fold(true, |all, part| Ok(part.is_met_by(kind, object, observed)? && all))
            }
            Self::Any(parts) => {
                parts.iter().try_fold(false, |any, part| Ok(part.is_met_by(kind, object, observed)? || any))
            }
        }
    }
}

impl Check {
    /// Whether any value that the path leads to passes. Where there is none, nothing does, negated or not, but for
    /// `EXISTS`.
    fn holds<'a>(
        &self,
        path: &ObjectPath,
        negated: bool,
        object: &'a Value,
        observed: &Observed<'a>,
    ) -> Result<bool, MatchError> {
        if matches!(self, Self::Exists) {
            return Ok(path::exists(path, object, observed)? != negated);
        }
        for value in path::values(path, object, observed)? {
            if self.passes(&value, negated, path)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn passes(&self, value: &Found<'_>, negated: bool, path: &ObjectPath) -> Result<bool, MatchError> {
        let passes = match self {
            Self::Equal(constant) => constant.equals(value, path)?,
            Self::NotEqual(constant) => !constant.equals(value, path)?,
            Self::In(constants) => {
                let mut is_in = false;
                for constant in constants {
                    is_in |= constant.equals(value, path)?;
                }
                is_in
            }
            Self::Ordered(wanted, constant) => match constant.compare(value, path)? {
                Standing::Ordered(order) => wanted.contains(&order),
                Standing::NoOctets => false,
                // Values without an order are neither less nor not less.
                Standing::OtherKind => return Ok(false),
            },
            Self::Regular(expression) => expression.matches(value),
            Self::SubsetOf(network) => addresses(value, path)?.is_some_and(|addresses| network.holds(addresses)),
            Self::SupersetOf(network) => addresses(value, path)?.is_some_and(|addresses| addresses.holds(*network)),
            Self::Exists => true,
        };
        Ok(passes != negated)
    }
}

/// The addresses that a value stands for. A reference may lead to a name as well as to an address; a text anywhere else
/// must be one.
fn addresses(value: &Found<'_>, path: &ObjectPath) -> Result<Option<address::Network>, MatchError> {
    let Found::Json(json @ Value::String(text)) = value else { return Ok(None) };
    match address::read(text) {
        None if !path::refers(path) => Err(path::wrong(path, "address or network", json)),
        found => Ok(found),
    }
}
