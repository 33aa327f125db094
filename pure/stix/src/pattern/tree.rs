//! The tree of a STIX pattern (STIX 2.1, sections 9.2 to 9.7).

/// What must be observed.
#[derive(Clone, Debug, PartialEq)]
pub enum Observation {
    /// `[ … ]`: one observation that satisfies the comparison.
    Test(Comparison),
    /// Joined by `AND`.
    All(Vec<Observation>),
    /// Joined by `OR`.
    Any(Vec<Observation>),
    /// Joined by `FOLLOWEDBY`, in order.
    FollowedBy(Vec<Observation>),
    /// With `WITHIN`, `REPEATS` or `START … STOP` after it.
    Qualified(Box<Observation>, Vec<Qualifier>),
}

/// What one observation must satisfy.
#[derive(Clone, Debug, PartialEq)]
pub enum Comparison {
    /// One comparison.
    Test(PropertyTest),
    /// Joined by `AND`.
    All(Vec<Comparison>),
    /// Joined by `OR`.
    Any(Vec<Comparison>),
}

/// One property compared with its values.
#[derive(Clone, Debug, PartialEq)]
pub struct PropertyTest {
    /// The property.
    pub path: ObjectPath,
    /// `NOT` stands before the operator.
    pub negated: bool,
    /// The comparison operator.
    pub operator: Operator,
    /// One value, several for `IN`, none for `EXISTS`.
    pub values: Vec<Literal>,
}

/// `type:step.step[…]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPath {
    /// The cyber-observable type.
    pub object_type: String,
    /// At least one step.
    pub steps: Vec<Step>,
}

/// One step of an object path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A property or dictionary key, quoted or not.
    Key(String),
    /// One element of a list.
    Index(i64),
    /// Any element of a list, `[*]`.
    AnyElement,
}

/// Comparison operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the standard's own words")]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Like,
    Matches,
    IsSubset,
    IsSuperset,
    Exists,
}

/// A constant of the pattern.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the variants are the standard's own words")]
pub enum Literal {
    Text(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    /// Base64 as written.
    Binary(String),
    /// Hexadecimal as written.
    Hex(String),
    /// RFC 3339 as written.
    Timestamp(String),
}

/// A condition on the time or number of observations.
#[derive(Clone, Debug, PartialEq)]
pub enum Qualifier {
    /// All within so many seconds.
    Within {
        /// More than 0.
        seconds: f64,
    },
    /// At least so many times.
    Repeats {
        /// More than 0.
        times: i64,
    },
    /// From `start` up to before `stop`, RFC 3339 as written.
    StartStop {
        /// Inclusive.
        start: String,
        /// Exclusive. Nothing holds when it is not later than `start`.
        stop: String,
    },
}

impl Operator {
    /// The operator as it is written.
    pub fn text(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "IN",
            Self::Like => "LIKE",
            Self::Matches => "MATCHES",
            Self::IsSubset => "ISSUBSET",
            Self::IsSuperset => "ISSUPERSET",
            Self::Exists => "EXISTS",
        }
    }
}

impl std::fmt::Display for ObjectPath {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}:", self.object_type)?;
        for (position, step) in self.steps.iter().enumerate() {
            match step {
                Step::Key(key) if position == 0 => write!(out, "{key}")?,
                Step::Key(key) => write!(out, ".{key}")?,
                Step::Index(index) => write!(out, "[{index}]")?,
                Step::AnyElement => write!(out, "[*]")?,
            }
        }
        Ok(())
    }
}

impl Qualifier {
    /// The word that begins it.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Within { .. } => "WITHIN",
            Self::Repeats { .. } => "REPEATS",
            Self::StartStop { .. } => "START",
        }
    }
}
