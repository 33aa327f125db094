//! The directory: organisations, people, what they may do, how they are known, and how they sign.
//!
//! Every verb of Ward begins here: who asks (`authenticate`, `session`, `acting_as`), and may they (`permit`). Only this crate makes a
//! `Permit`; the rule itself is `ward_policy`'s. It must not know alerts, logs or HTTP.

mod attributes;
mod backup;
mod certificate;
pub mod clearance;
mod contact;
mod demonstration;
mod error;
mod here;
mod keys;
mod model;
mod organisation;
mod permit;
mod person;
mod restore;
mod roster;
mod session;
mod signer;
pub mod spill;
mod sql;
mod throttle;
mod token;
mod turn;
mod witness;

pub use attributes::{enter_attributes, known_attributes};
pub use backup::{About, ArchiveFile, BackedUp, backup};
pub use certificate::{Fingerprint, add_certificate, authenticate_certificate};
pub use contact::{NewContact, add_contact, contacts, contacts_of, verify_contact};
pub use demonstration::{Demonstration, Part, Place, TryOut, demonstration, invented_people, keep_demonstration};
pub use error::DirectoryError;
pub use here::{Here, Init, NOTICE, become_node, init, open};
pub use keys::{key_file, make_key_file, write_secret};
pub use model::{
    Contact, Duty, Installation, Membership, Organisation, OrganisationKind, Person, Scope, Signer, Who, level_name,
    parse_level, parse_role, role_name,
};
pub use organisation::{
    Named, NewOrganisation, add_organisation, add_partner, organisation, organisation_named, organisation_of_identity,
    organisations, own_organisation, partner,
};
pub use permit::{
    AT_MOST_READ as PARENTS_READ, Permit, Refused, permit, permit_member, permit_scope, recipient, recipient_below,
};
pub use person::{
    NewPerson, accept_invitation, acting_as, add_membership, add_person, invite, memberships, names, people, person,
    person_of_email,
};
pub use restore::{Restore, restore};
pub use roster::{HubFacts, SignerFact, hub_facts};
pub use session::{Session, SignIn, end_session, end_sessions_of, session, sign_in};
pub use signer::{EnrolledBy, enrol_signer, enrolment_text, roster_text, sign_text, signers};
pub use spill::NOT_HERE;
pub use token::{
    Joined, anybody, authenticate, has_node, issue_token, redeem_join_token, revoke_token, stands_for, tokens,
};
pub use witness::{add_checkpoint, keep_cosignature, witness_key};
