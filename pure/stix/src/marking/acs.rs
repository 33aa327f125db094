//! Markings of the Information Sharing Architecture's Access Control Specification 3.0 (ACS), as Automated Indicator Sharing uses them.
//!
//! The property extension of the OASIS common object repository (`isa-acs-3-0.json`), read strictly: whatever is missing, misspelt or not in
//! its vocabulary is a typed problem, and a marking with a problem is unknown, which means no access. What decides is kept in [`Terms`]; who is
//! responsible for the marking decides nothing.

mod read;
mod vocabulary;

use serde::{Deserialize, Serialize};

use crate::object::Object;
pub use vocabulary::{Caveat, Classification, Community, Determination, Effect, Entity, PrivilegeAction, Sensitivity};

/// Id of the extension that carries an ACS marking.
pub const ACS_EXTENSION_ID: &str = "extension-definition--3a65884d-005a-4290-8335-cb2d778a83ce";

/// An ACS marking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acs {
    /// The resource's identifier, such as `isa:guide.19001.ACS3-…`.
    pub identifier: String,
    /// The organisation that is responsible for it, such as `USA.DHS.US-CERT`.
    pub custodian: String,
    /// Where it comes from, when that is said; may be a cover name.
    pub originator: Option<String>,
    /// What it asks of a recipient.
    pub terms: Terms,
}

/// What an ACS marking asks of a recipient. Two markings with the same terms decide alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The classification until `declassified_at`.
    pub classification: Classification,
    /// Compartments, all of which a recipient must have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sci_controls: Vec<String>,
    /// Categories of legal authority, all of which a recipient must have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authority_categories: Vec<String>,
    /// Formal determinations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub determinations: Vec<Determination>,
    /// Caveats, all of which a recipient must be able to handle.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caveats: Vec<Caveat>,
    /// Sensitivities, all of which a recipient must be able to handle.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sensitivities: Vec<Sensitivity>,
    /// Communities, one of which a recipient must belong to; empty: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub communities: Vec<Community>,
    /// Kinds of entity, one of which a recipient must be; empty: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<Entity>,
    /// GENC codes of countries, one of which a recipient must be of; empty: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nationalities: Vec<String>,
    /// Codes of organisations, one of which a recipient must belong to; empty: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub organisations: Vec<String>,
    /// What a recipient may do with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub privileges: Vec<Privilege>,
    /// To whom it may be handed on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sharing: Vec<Sharing>,
    /// What holds for an action that no privilege applies to.
    pub privilege_default: Effect,
    /// What holds for whom no rule of sharing applies to.
    pub sharing_default: Effect,
    /// When it becomes unclassified by its date, in microseconds UTC; none when it is exempt from that, or by an event only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declassified_at: Option<i64>,
    /// When it is to be disposed of, in microseconds UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposed_at: Option<i64>,
    /// When it was or will be released to the public, in microseconds UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released_at: Option<i64>,
}

/// A rule about an action.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Privilege {
    /// The action.
    pub action: PrivilegeAction,
    /// Whom it is about.
    pub scope: Scope,
    /// Yes or no.
    pub effect: Effect,
}

/// Whom a privilege is about: those for whom every part holds that is given. At least one is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// By nationality.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nationalities: Option<Among<String>>,
    /// By organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisations: Option<Among<String>>,
    /// By community.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub communities: Option<Among<Community>>,
    /// By kind of entity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entities: Option<Among<Entity>>,
}

/// All, or one of these.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Among<T> {
    /// Whoever it is, also who is not known.
    All,
    /// One of these.
    These(Vec<T>),
}

/// A rule about handing on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sharing {
    /// Codes of organisations, or [`FOREIGN_GOVERNMENT`] or [`SECTOR`].
    pub scope: Vec<String>,
    /// Yes or no.
    pub effect: Effect,
}

/// The scope of handing on that means governments of other countries.
pub const FOREIGN_GOVERNMENT: &str = "FOREIGNGOV";
/// The scope of handing on that means the resource's own sector.
pub const SECTOR: &str = "SECTOR";

/// Why a marking-definition is no ACS marking that can be evaluated. Paths are those inside the extension.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AcsProblem {
    /// It has no ACS extension.
    #[error("it has no ACS extension")]
    Absent,
    /// It says more than the ACS marking, and what that is cannot be evaluated.
    #[error("beside the ACS marking it has `{property}`")]
    NotAlone {
        /// The other definition or extension.
        property: String,
    },
    /// A property that the schema requires.
    #[error("`{path}` is missing")]
    Missing {
        /// Where.
        path: String,
    },
    /// A property that the schema does not have.
    #[error("`{path}` is not in the schema")]
    Unexpected {
        /// Where.
        path: String,
    },
    /// Not of the type that the schema gives.
    #[error("`{path}` is not {expected}")]
    WrongType {
        /// Where.
        path: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A list or text without anything in it.
    #[error("`{path}` is empty")]
    Empty {
        /// Where.
        path: String,
    },
    /// A value that is not in its vocabulary or has not its form.
    #[error("`{path}` has the unknown value `{value}`")]
    UnknownValue {
        /// Where.
        path: String,
        /// The value.
        value: String,
    },
}

impl Acs {
    /// Reads a marking-definition. The `modified` that real feeds carry against the standard is passed over.
    pub fn of(definition: &Object) -> Result<Self, AcsProblem> {
        read::marking(definition)
    }
}

impl Terms {
    /// The classification at `now`, in microseconds UTC.
    pub fn classification_at(&self, now: i64) -> Classification {
        match self.declassified_at {
            Some(at) if at <= now => Classification::Unclassified,
            _ => self.classification,
        }
    }

    /// Whether it is released to the public at `now`: determined so, unclassified, and nothing in it says otherwise.
    pub fn is_public_at(&self, now: i64) -> bool {
        let contradicts =
            |said: &Determination| matches!(said, Determination::NoForeigners | Determination::OfficialUseOnly);
        self.determinations.contains(&Determination::PublicRelease)
            && self.classification_at(now) == Classification::Unclassified
            && self.released_at.is_none_or(|at| at <= now)
            && !self.determinations.iter().any(contradicts)
    }

    /// The next time after `now` at which something about it changes by itself; `i64::MAX` when nothing will.
    pub fn changes_after(&self, now: i64) -> i64 {
        let dates = [self.declassified_at, self.disposed_at, self.released_at];
        dates.into_iter().flatten().filter(|at| *at > now).min().unwrap_or(i64::MAX)
    }
}

/// Whether a text has the form of an organisation's code: `USA.DHS.US-CERT`, or one of the schema's groups.
pub fn is_organisation_code(text: &str) -> bool {
    const GROUPS: [&str; 7] = ["CDC", "CIKR", "DIB", "FIN", "ISAC", "NONFED", "PRIVATESECTOR"];
    let upper = |part: &str| part.bytes().next().is_some_and(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let right = |part: &str| part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b"-_".contains(&b));
    GROUPS.contains(&text) || text.contains('.') && text.split('.').all(|part| upper(part) && right(part))
}

/// Whether a text has the form of a GENC code of a country or a group of countries.
pub fn is_nationality_code(text: &str) -> bool {
    (3..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase()) && text != "ALL"
}

#[cfg(test)]
mod tests;
