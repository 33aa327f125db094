//! The one decision: who may see what, and which role may do what.
//!
//! `decide` answers for objects, from their markings and the recipient; `may` answers for verbs, from the role. Both are plain functions of their
//! arguments and fail closed: unknown, unresolvable or missing means no. Nothing else in Ward decides about access.
//!
//! The clauses of `decide` stand a second time in `policies/share.cedar`, where people can read and check them; tests hold the two to the same
//! answers with the same reasons.

mod acs;
mod attributes;
mod clearance;
mod course;
mod decide;
mod roles;
mod rule;
mod table;

pub use attributes::{Attributes, UNITED_STATES};
pub use clearance::{Basis, Briefing, Grade, Held, Holder, Stage, VERIFIED_FOR, effective, lacks};
pub use course::{Course, Entitled, Mention, Offer, offered};
pub use decide::{Action, Class, Decision, Handling, Level, Marks, Need, Recipient, Relation, decide};
pub use roles::{Resource, Role, Verb, may};
pub use rule::{MENTIONS_HIDDEN, NO_NEED, RULES};
pub use table::{ClassId, MarksId, Table};
