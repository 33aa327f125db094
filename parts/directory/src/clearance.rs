//! Clearances that others granted: Ward tracks them and never grants one.
//!
//! What is kept is what a state's liaison needs to get people cleared and to know whom to call to a briefing, and nothing of an investigation. To
//! raise one takes two people and the sponsor's word; to lower one takes one person and works at once. The level that the one decision
//! asks about follows from these records and from nothing else.

mod change;
mod person;
mod roster;
mod view;

use serde::{Deserialize, Serialize};
use ward_policy::{Basis, Grade, Held, Level, Stage};

use crate::model::text_of;

pub use change::{
    ChangeClearance, Changed, NewClearance, SponsorWord, change_clearance, decide_proposal, open_clearance,
};
pub use person::{Details, NewReadIn, add_read_in, add_training, debrief_read_in, leave_office, set_details};
pub use roster::{Asked, Briefed, RosterRow, roster, who_can_be_briefed};
pub use view::{
    ClearanceTask, ClearanceTaskKind, Overview, Pending, PersonRecord, SeatRow, clearance_tasks, overview, own_record,
    record_of, set_seats,
};

/// The sponsor whose seats are counted.
pub const DHS: &str = "DHS";
/// Seats that it sponsors in a state, unless another number was entered.
pub const SEATS_A_STATE: i64 = 3;

/// A record of a clearance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Clearance {
    pub id: String,
    pub person_id: String,
    pub sponsor: String,
    #[serde(rename = "level")]
    pub grade: Grade,
    #[serde(rename = "kind")]
    pub basis: Basis,
    pub stage: Stage,
    pub nda_signed_at: Option<i64>,
    pub verified_at: Option<i64>,
    /// The name of who asked the sponsor.
    pub verified_by: String,
    pub verified_how: String,
    /// Counts the changes.
    pub version: i64,
    pub opened_at: i64,
}

/// What else is known of somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Holder {
    pub is_chief_official: bool,
    /// Unclassified titles of what they need to know.
    pub topics: Vec<String>,
    pub training: Vec<Training>,
    /// The nearest accredited room.
    pub room: String,
    pub travel_minutes: Option<i64>,
    pub secure_contact: SecureContact,
    /// What their records reach together, and until when.
    pub effective: Level,
    pub effective_until: Option<i64>,
    /// When they left office.
    pub left_at: Option<i64>,
}

/// Training in handling what is sensitive but not classified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Training {
    pub kind: TrainingKind,
    pub at: i64,
}

/// In handling what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrainingKind {
    Pcii,
    Les,
    Cui,
}

/// By what kind of thing somebody can be reached for classified talk. No number and no key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecureContact {
    #[default]
    None,
    SecureTelephone,
    SecureMobile,
    SecureNetwork,
    FusionCenter,
    FederalOffice,
}

/// By which way somebody asked or was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    InPerson,
    Telephone,
    Letter,
    SecureMail,
    SponsorsSystem,
}

/// A stage that a record came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StageDate {
    pub clearance_id: String,
    pub stage: Stage,
    pub since: i64,
    pub by_id: String,
    /// When it was entered.
    pub at: i64,
}

/// A change that raises a clearance and waits for a second person, or did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proposal {
    pub id: String,
    pub clearance_id: String,
    /// Of the record that it was made for: it counts for no other.
    pub version: i64,
    pub change: ChangeClearance,
    pub sponsor_person: String,
    pub sponsor_at: i64,
    pub sponsor_way: Way,
    pub sponsor_reference: String,
    pub proposed_by: String,
    pub proposed_at: i64,
    pub state: ProposalState,
    pub decided_by: Option<String>,
    pub decided_at: Option<i64>,
}

/// What became of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProposalState {
    Open,
    Confirmed,
    Refused,
    /// The record changed meanwhile.
    Overtaken,
}

/// A paper signed for one briefing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReadIn {
    pub id: String,
    pub person_id: String,
    pub at: i64,
    pub place: String,
    /// Unclassified.
    pub topic: String,
    pub briefer: String,
    pub debriefed_at: Option<i64>,
    pub by_id: String,
}

/// Something that waits, and who proposed it.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub kind: ClearanceTaskKind,
    pub person_id: String,
    pub person: String,
    pub since: i64,
    pub by_id: String,
}

/// A record with whose it is.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub clearance: Clearance,
    pub person: String,
    pub office: String,
    pub organisation: String,
    pub state: String,
}

impl Clearance {
    /// As far as it decides.
    pub fn held(&self) -> Held {
        Held {
            grade: self.grade,
            basis: self.basis,
            stage: self.stage,
            nda_signed_at: self.nda_signed_at,
            verified_at: self.verified_at,
        }
    }
}

impl Holder {
    /// Of whom nothing is on record.
    pub(crate) fn nothing() -> Holder {
        Holder {
            is_chief_official: false,
            topics: Vec::new(),
            training: Vec::new(),
            room: String::new(),
            travel_minutes: None,
            secure_contact: SecureContact::None,
            effective: Level::Unclassified,
            effective_until: None,
            left_at: None,
        }
    }

    /// What their records reach now.
    pub fn level(&self, now: i64) -> Level {
        if self.effective_until.is_some_and(|until| now < until) { self.effective } else { Level::Unclassified }
    }
}

impl TrainingKind {
    /// All.
    pub const ALL: [Self; 3] = [Self::Pcii, Self::Les, Self::Cui];
}

impl SecureContact {
    /// All.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::SecureTelephone,
        Self::SecureMobile,
        Self::SecureNetwork,
        Self::FusionCenter,
        Self::FederalOffice,
    ];
}

impl Way {
    /// All.
    pub const ALL: [Self; 5] = [Self::InPerson, Self::Telephone, Self::Letter, Self::SecureMail, Self::SponsorsSystem];
}

/// The word by which a value of these vocabularies is written: a level, kind, stage, way, training or contact.
pub fn word_of<T: Serialize>(value: &T) -> String {
    text_of(value)
}

/// The value of that word.
pub fn of_word<T: for<'d> Deserialize<'d>>(word: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}
