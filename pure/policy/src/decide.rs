//! Decisions about objects, from TLP 2.0's audiences (FIRST, August 2022), the hub's recipients and clearance levels.
//!
//! Several markings are a conjunction: each must allow. TLP says: RED for named recipients only; AMBER+STRICT for the organisation
//! only; AMBER for the organisation and its clients; GREEN for the community; CLEAR without limit.

use serde::{Deserialize, Serialize};
use ward_stix::marking::Tlp;

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
    /// The id of the organisation.
    pub organisation: String,
    /// The organisations whose client it is, directly and further up.
    pub client_of: Vec<String>,
    /// Whether it belongs to this hub's community.
    pub member: bool,
    pub clearance: Level,
}

/// What is known of an object that matters for the decision.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Handling {
    /// The organisation that sent or made it.
    pub owner: String,
    /// The object's own TLP markings, resolved.
    pub tlp: Vec<Tlp>,
    /// Whether it carries a marking that is not understood or does not resolve.
    pub unknown_markings: bool,
    /// Whether parts of it are marked on their own.
    pub granular: bool,
    /// The TLP that a named person of this hub gave to an import that has none of its own.
    pub assigned_tlp: Option<Tlp>,
    pub required_level: Level,
    /// The organisations named as recipients.
    pub addressed: Vec<String>,
    /// When it was released to others, in microseconds UTC; none: not yet.
    pub released_at: Option<i64>,
    pub withdrawn: bool,
}

/// What would be done to the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Action {
    Read,
    /// Hand it on to the recipient's own members.
    Relay,
    Delete,
}

/// Yes or no, and the clause that said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    pub allowed: bool,
    pub rule: &'static str,
}

/// May `recipient` do `action` to an object handled so, at `now` (microseconds UTC)?
pub fn decide(recipient: &Recipient, handling: &Handling, action: Action, now: i64) -> Decision {
    if recipient.organisation == handling.owner {
        return allow("the owner has its own");
    }
    if action == Action::Delete {
        return deny("only the owner deletes");
    }
    if handling.withdrawn {
        return deny("it was withdrawn");
    }
    if handling.released_at.is_none_or(|at| at > now) {
        return deny("it is not released yet");
    }
    if handling.unknown_markings {
        return deny("it has a marking that is not understood");
    }
    if handling.granular {
        return deny("parts of it are marked on their own");
    }
    if recipient.clearance < handling.required_level {
        return deny("it needs a higher clearance");
    }
    let mut markings: Vec<Tlp> = handling.tlp.iter().chain(&handling.assigned_tlp).copied().collect();
    markings.sort_unstable();
    let mut decision = deny("it has no marking");
    // Each marking must allow; the strictest has the last word on why.
    for tlp in markings {
        decision = audience(recipient, handling, action, tlp);
        if !decision.allowed {
            return decision;
        }
    }
    decision
}

fn audience(recipient: &Recipient, handling: &Handling, action: Action, tlp: Tlp) -> Decision {
    let addressed = handling.addressed.contains(&recipient.organisation);
    let client = recipient.client_of.iter().any(|parent| handling.addressed.contains(parent));
    match (tlp, action) {
        (Tlp::Clear, _) => allow("TLP:CLEAR is for everyone"),
        (Tlp::Green, _) if recipient.member => allow("TLP:GREEN is for the community"),
        (Tlp::Green, _) => deny("TLP:GREEN is for the community only"),
        (Tlp::Amber, _) if addressed => allow("TLP:AMBER is for the organisations addressed"),
        (Tlp::Amber, Action::Read) if client => allow("TLP:AMBER is for the clients of the organisations addressed"),
        (Tlp::Amber, _) => deny("TLP:AMBER is for the organisations addressed and their clients only"),
        (Tlp::AmberStrict, Action::Read) if addressed => allow("TLP:AMBER+STRICT is for the organisations addressed"),
        (Tlp::AmberStrict, _) => deny("TLP:AMBER+STRICT is for the organisations addressed only"),
        (Tlp::Red, Action::Read) if addressed => allow("TLP:RED is for the recipients named"),
        (Tlp::Red, _) => deny("TLP:RED is for the recipients named only"),
    }
}

const fn allow(rule: &'static str) -> Decision {
    Decision { allowed: true, rule }
}

const fn deny(rule: &'static str) -> Decision {
    Decision { allowed: false, rule }
}
