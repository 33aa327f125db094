//! The one decision: who may see what, and which role may do what.
//!
//! `decide` answers for objects, from their markings and the recipient; `may` answers for verbs, from the role. Both are plain functions of their
//! arguments and fail closed: unknown, unresolvable or missing means no. Nothing else in Ward decides about access.

mod decide;
mod roles;

pub use decide::{Action, Decision, Handling, Level, Recipient, decide};
pub use roles::{Resource, Role, Verb, may};
