//! Decisions about objects, from TLP 2.0's audiences (FIRST, August 2022), ACS markings, the hub's recipients and clearance levels.
//!
//! Several markings are a conjunction: each must allow. TLP says: RED for named recipients only; AMBER+STRICT for the organisation
//! only; AMBER for the organisation and its clients; GREEN for the community; CLEAR without limit. What an ACS marking says is in `acs.rs`.
//!
//! A decision depends on four things, of which each can be known by itself, so that `table.rs` may keep it: what the recipient is ([`Class`]), how
//! the object is marked ([`Marks`]), how the two stand to each other ([`Relation`]), and the action.

use serde::{Deserialize, Serialize};
use ward_stix::marking::Tlp;
use ward_stix::marking::acs::Terms;

use crate::attributes::Attributes;
use crate::{acs, rule};

/// How far a person is cleared, or an object must be protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    Unclassified,
    Confidential,
    Secret,
    TopSecret,
}

/// Who would receive or act.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Recipient {
    /// The id of the organisation; empty: nobody knows who it is.
    pub organisation: String,
    /// The organisations whose client it is, directly and further up.
    pub client_of: Vec<String>,
    /// Whether it belongs to this hub's community.
    pub member: bool,
    pub clearance: Level,
    /// What ACS markings ask about.
    #[serde(default)]
    pub attributes: Attributes,
}

/// What is known of an object that matters for the decision.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Handling {
    /// The organisation that sent or made it.
    pub owner: String,
    /// The TLP markings of the object and of its portions, resolved.
    pub tlp: Vec<Tlp>,
    /// What the ACS markings of the object and of its portions ask.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acs: Vec<Terms>,
    /// Whether it carries a marking that is not understood or does not resolve.
    pub unknown_markings: bool,
    /// Whether parts of it are marked on their own and those markings are not among these.
    pub granular: bool,
    /// The TLP that a named person of this hub gave to an import that has none of its own.
    pub assigned_tlp: Option<Tlp>,
    pub required_level: Level,
    /// The organisations named as recipients.
    pub addressed: Vec<String>,
    /// When it was released to others, in microseconds UTC; none: not yet.
    pub released_at: Option<i64>,
    pub withdrawn: bool,
    /// Why the recipient needs to know it; the caller finds out.
    #[serde(default, skip_serializing_if = "Need::is_collection")]
    pub need: Need,
    /// Whether it mentions something that the recipient may not see; the caller finds out.
    #[serde(default, skip_serializing_if = "is_false")]
    pub mentions_hidden: bool,
}

/// Why somebody needs to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// The object is in a collection that the recipient has part in.
    #[default]
    Collection,
    /// Somebody granted it, until a time in microseconds UTC.
    Grant { until: i64 },
    /// There is no reason.
    Nothing,
}

/// What would be done to the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Action {
    Read,
    /// Hand it on to the recipient's own members.
    Relay,
    Delete,
    /// Read it and defend networks with it.
    NetworkDefence,
    /// Read it and use it in court.
    LegalUse,
    /// Read it and analyse it further as intelligence.
    IntelligenceAnalysis,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 6] =
        [Self::Read, Self::Relay, Self::Delete, Self::NetworkDefence, Self::LegalUse, Self::IntelligenceAnalysis];
    /// What a recipient may be told that they may do with an object.
    pub const USES: [Self; 3] = [Self::NetworkDefence, Self::LegalUse, Self::IntelligenceAnalysis];
}

/// Yes or no, and the clause that said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    pub allowed: bool,
    pub rule: &'static str,
}

/// What a recipient is, whoever they are: those of one class decide alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Class<'a> {
    pub(crate) member: bool,
    pub(crate) is_anonymous: bool,
    pub(crate) clearance: Level,
    pub(crate) attributes: &'a Attributes,
}

/// How an object is marked, whatever it says: those marked alike decide alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Marks<'a> {
    pub(crate) tlp: &'a [Tlp],
    pub(crate) acs: &'a [Terms],
    pub(crate) assigned_tlp: Option<Tlp>,
    pub(crate) unknown: bool,
    pub(crate) granular: bool,
    pub(crate) required_level: Level,
}

/// How a recipient and an object stand to each other now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Relation {
    pub(crate) owns: bool,
    pub(crate) is_addressed: bool,
    pub(crate) is_client: bool,
    pub(crate) released: bool,
    pub(crate) withdrawn: bool,
    pub(crate) need: Standing,
    pub(crate) mentions_hidden: bool,
}

/// How it stands with the need to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Standing {
    Has,
    Ended,
    Lacks,
}

impl Need {
    fn is_collection(&self) -> bool {
        *self == Self::Collection
    }
}

impl<'a> Class<'a> {
    /// Of a recipient.
    pub fn of(recipient: &'a Recipient) -> Self {
        Self {
            member: recipient.member,
            is_anonymous: recipient.organisation.is_empty(),
            clearance: recipient.clearance,
            attributes: &recipient.attributes,
        }
    }
}

impl<'a> Marks<'a> {
    /// Of an object.
    pub fn of(handling: &'a Handling) -> Self {
        Self {
            tlp: &handling.tlp,
            acs: &handling.acs,
            assigned_tlp: handling.assigned_tlp,
            unknown: handling.unknown_markings,
            granular: handling.granular,
            required_level: handling.required_level,
        }
    }

    /// The next time after `now` at which the markings change by themselves; `i64::MAX` when they never do.
    pub fn changes_after(&self, now: i64) -> i64 {
        self.acs.iter().map(|terms| terms.changes_after(now)).min().unwrap_or(i64::MAX)
    }
}

impl Relation {
    /// Of a recipient to an object, at `now` (microseconds UTC).
    pub fn of(recipient: &Recipient, handling: &Handling, now: i64) -> Self {
        Self {
            owns: !handling.owner.is_empty() && recipient.organisation == handling.owner,
            is_addressed: handling.addressed.contains(&recipient.organisation),
            is_client: recipient.client_of.iter().any(|parent| handling.addressed.contains(parent)),
            released: handling.released_at.is_some_and(|at| at <= now),
            withdrawn: handling.withdrawn,
            need: match handling.need {
                Need::Collection => Standing::Has,
                Need::Grant { until } if until > now => Standing::Has,
                Need::Grant { .. } => Standing::Ended,
                Need::Nothing => Standing::Lacks,
            },
            mentions_hidden: handling.mentions_hidden,
        }
    }
}

/// May `recipient` do `action` to an object handled so, at `now` (microseconds UTC)?
pub fn decide(recipient: &Recipient, handling: &Handling, action: Action, now: i64) -> Decision {
    judge(Class::of(recipient), Marks::of(handling), Relation::of(recipient, handling, now), action, now)
}

/// The decision from its parts.
pub(crate) fn judge(class: Class<'_>, marks: Marks<'_>, relation: Relation, action: Action, now: i64) -> Decision {
    if relation.owns {
        return allow(rule::OWNER);
    }
    if let Some(rule) = state(class, marks, relation, action) {
        return deny(rule);
    }
    if let Some(rule) = marks.acs.iter().find_map(|terms| acs::refusal(class, terms, action, now)) {
        return deny(rule);
    }
    let decision = marking(class, marks, relation, action, now);
    if decision.allowed && relation.mentions_hidden { deny(rule::MENTIONS_HIDDEN) } else { decision }
}

/// Why nobody but the owner may, or not this recipient, before any marking is asked.
fn state(class: Class<'_>, marks: Marks<'_>, relation: Relation, action: Action) -> Option<&'static str> {
    let clauses = [
        (action == Action::Delete, rule::ONLY_OWNER_DELETES),
        (relation.withdrawn, rule::WITHDRAWN),
        (!relation.released, rule::NOT_RELEASED),
        (relation.need == Standing::Lacks, rule::NO_NEED),
        (relation.need == Standing::Ended, rule::GRANT_ENDED),
        (marks.unknown, rule::NOT_UNDERSTOOD),
        (marks.granular, rule::PARTS_MARKED),
        (class.clearance < marks.required_level, rule::CLEARANCE),
    ];
    clauses.into_iter().find(|(refuses, _)| *refuses).map(|(_, rule)| rule)
}

/// What the markings say when no ACS marking refuses: each TLP must allow, and the strictest has the last word on why.
fn marking(class: Class<'_>, marks: Marks<'_>, relation: Relation, action: Action, now: i64) -> Decision {
    let mut decision = match marks.acs {
        [] => deny(rule::NO_MARKING),
        acs if acs.iter().all(|terms| terms.is_public_at(now)) => allow(rule::PUBLIC),
        _ => allow(rule::ACS),
    };
    for level in Tlp::ALL {
        if marks.tlp.contains(&level) || marks.assigned_tlp == Some(level) {
            decision = audience(class, relation, action, level);
            if !decision.allowed {
                return decision;
            }
        }
    }
    decision
}

fn audience(class: Class<'_>, relation: Relation, action: Action, tlp: Tlp) -> Decision {
    let (addressed, relays) = (relation.is_addressed, action == Action::Relay);
    match tlp {
        Tlp::Clear => allow(rule::CLEAR),
        Tlp::Green if class.member => allow(rule::GREEN),
        Tlp::Green => deny(rule::NOT_GREEN),
        Tlp::Amber if addressed => allow(rule::AMBER),
        Tlp::Amber if relation.is_client && !relays => allow(rule::AMBER_CLIENT),
        Tlp::Amber => deny(rule::NOT_AMBER),
        Tlp::AmberStrict if addressed && !relays => allow(rule::AMBER_STRICT),
        Tlp::AmberStrict => deny(rule::NOT_AMBER_STRICT),
        Tlp::Red if addressed && !relays => allow(rule::RED),
        Tlp::Red => deny(rule::NOT_RED),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

const fn allow(rule: &'static str) -> Decision {
    Decision { allowed: true, rule }
}

const fn deny(rule: &'static str) -> Decision {
    Decision { allowed: false, rule }
}
