//! What is known of a recipient beyond the organisation and the clearance: what markings of the Access Control Specification ask about.
//!
//! Nothing is known until somebody enters it, and what is not known is not had: the default fails closed.

use serde::{Deserialize, Serialize};
use ward_stix::marking::acs::{Among, Caveat, Community, Effect, Entity, FOREIGN_GOVERNMENT, Scope, Sensitivity};

/// GENC code of the United States.
pub const UNITED_STATES: &str = "USA";

/// Attributes of a recipient.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Attributes {
    /// Compartments that it is read into.
    pub sci_controls: Vec<String>,
    /// Categories of legal authority that it holds.
    pub authority_categories: Vec<String>,
    /// Caveats that it can handle.
    pub caveats: Vec<Caveat>,
    /// Sensitivities that it can handle.
    pub sensitivities: Vec<Sensitivity>,
    /// The GENC code of its nationality; none: not known.
    pub nationality: Option<String>,
    /// Codes of every organisation and group that it belongs to, such as `USA.SLTT`. That it belongs to a part of an organisation does not say
    /// that it belongs to the whole.
    pub organisations: Vec<String>,
    /// Communities that it belongs to.
    pub communities: Vec<Community>,
    /// What kinds of entity it is.
    pub entities: Vec<Entity>,
}

impl Attributes {
    /// Whether a rule is about this recipient. One that permits must be so for certain; one that denies is, unless it is certainly not: what is
    /// not known of the recipient, and the parts of an organisation that is denied, are.
    pub(crate) fn within(&self, scope: &Scope, effect: Effect) -> bool {
        let nationality: Vec<&String> = self.nationality.iter().collect();
        let is_own = |code: &String| nationality.contains(&code);
        covers(&scope.nationalities, nationality.is_empty(), effect, is_own)
            && covers(&scope.organisations, self.organisations.is_empty(), effect, |code| self.is_of(code, effect))
            && covers(&scope.communities, self.communities.is_empty(), effect, |one| self.communities.contains(one))
            && covers(&scope.entities, self.entities.is_empty(), effect, |one| self.entities.contains(one))
    }

    /// Whether a rule of handing on is about this recipient, by the same measure.
    pub(crate) fn named_in(&self, scope: &[String], effect: Effect) -> bool {
        let abroad = self.nationality.as_deref() != Some(UNITED_STATES);
        let named =
            |code: &String| self.is_of(code, effect) || effect == Effect::Deny && abroad && code == FOREIGN_GOVERNMENT;
        scope.iter().any(named) || effect == Effect::Deny && self.organisations.is_empty()
    }

    fn is_of(&self, code: &str, effect: Effect) -> bool {
        let part_of = |own: &str| own.strip_prefix(code).is_some_and(|rest| rest.starts_with('.'));
        self.organisations.iter().any(|own| own == code || effect == Effect::Deny && part_of(own))
    }
}

/// Whether everything asked for is had.
pub(crate) fn all_of<T: PartialEq>(asked: &[T], had: &[T]) -> bool {
    asked.iter().all(|one| had.contains(one))
}

/// Whether one of those named is had; where none is named, any will do.
pub(crate) fn one_of<T: PartialEq>(named: &[T], had: &[T]) -> bool {
    named.is_empty() || named.iter().any(|one| had.contains(one))
}

fn covers<T>(part: &Option<Among<T>>, unknown: bool, effect: Effect, has: impl Fn(&T) -> bool) -> bool {
    match part {
        None | Some(Among::All) => true,
        Some(Among::These(values)) => values.iter().any(has) || effect == Effect::Deny && unknown,
    }
}
