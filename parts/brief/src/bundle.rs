//! The bundle: everything that figures and sentences are made of, so that a stranger can make them again, and nothing more.
//!
//! Nobody is named in it who has not let their name go, and of who has it says where they stand and nothing else. An organisation stands under a
//! pseudonym, which is a commitment: SHA-256 over a salt and the organisation's id. The salt is of one brief and one organisation and stays with the
//! hub, so that two briefs cannot be joined by it, and the hub can still show an owner which line is theirs. What would join two briefs by
//! itself is left out or made coarse: which alert an answer is about, the moments of events and acknowledgements, counts of hours and lines.
//! Who acknowledged is no list of organisations at all, only how many took how many minutes. Nothing here is a float: what is written is read back
//! as it was.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ward_share::situation::Standing;

/// What a brief is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// The name of the hub that made it.
    pub hub: String,
    /// What came later is not in it. Microseconds UTC, as all times here.
    pub as_of: i64,
    /// Events count from here, with this moment; at any time without it.
    pub events_from: Option<i64>,
    /// And up to here, with this moment.
    pub events_until: Option<i64>,
    /// False when alerts were chosen.
    pub has_every_alert: bool,
    /// Whether all of them are states.
    pub jurisdictions_are_states: bool,
    /// Some let their names go, but so few of the others are left that their standing could be told: nobody is named.
    pub are_names_withheld: bool,
    pub is_demonstration: bool,
    /// Published versions, in the order of publication.
    pub alerts: Vec<AlertFacts>,
    /// Organisations that these are addressed to, each once.
    pub recipients: usize,
    /// Of those, without a verified election contact and a verified IT contact at that time.
    pub recipients_lacking_verified_pair: usize,
    /// Those that were asked, or answered unasked, by pseudonym.
    pub jurisdictions: Vec<JurisdictionFacts>,
}

/// How far one published version of an alert had come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertFacts {
    pub report_id: String,
    pub modified: String,
    pub published_at: i64,
    /// When any member first saw what it is about, where that is known.
    pub first_seen_at: Option<i64>,
    /// Whether it corrects an earlier version.
    pub is_correction: bool,
    /// Minutes from publication to the first delivery, begun ones counted whole; none before it.
    pub first_delivered_after_minutes: Option<i64>,
    /// All whom it is addressed to, by how long they took.
    pub acknowledged: Vec<AcknowledgedFacts>,
}

/// How many recipients took so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgedFacts {
    /// Minutes from publication until both an election contact and an IT contact had acknowledged, begun ones counted whole; none before that.
    pub by_both_after_minutes: Option<i64>,
    pub recipients: usize,
}

/// A jurisdiction with what it answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JurisdictionFacts {
    pub pseudonym: String,
    /// Only when it has let its name go for all that stands here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<ReleasedName>,
    /// What it answered, equal answers together; silence is one of them.
    pub answers: Vec<AnswerFacts>,
}

/// The name of a jurisdiction that has let it go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleasedName {
    pub name: String,
    /// Two letters, or empty.
    pub state: String,
}

/// Where a jurisdiction stands with some alerts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerFacts {
    pub standing: Standing,
    /// How far it reaches into the window of the brief.
    pub within: Within,
    /// Hours with data, per mille of the hours asked, rounded down; none where that is not known, and for who is named.
    pub hours_per_mille: Option<u64>,
    /// Lines that could not be read, per mille of all, rounded up; none where lines were not counted, and for who is named.
    pub rejected_per_mille: Option<u64>,
    /// How many alerts it stands so with.
    pub alerts: usize,
}

/// How far an answer reaches into the window of a brief: a confirmed event by its first and last sign, a search by the period searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Within {
    /// There is no window, the search covers it, or the event may lie in it.
    Window,
    /// A search that covers a part of it.
    Part,
    /// Nothing of it.
    Outside,
}

/// The pseudonym of an organisation under a salt: lower-case hex of SHA-256 over both.
#[must_use]
pub fn pseudonym(salt: &[u8], organisation_id: &str) -> String {
    hex(&Sha256::new().chain_update(salt).chain_update(organisation_id.as_bytes()).finalize())
}

/// The salt of an organisation in a brief, of the brief's secret. Both parts have one length, so that no salt tells another.
pub(crate) fn salt(secret: &[u8; 32], organisation_id: &str) -> [u8; 32] {
    let id = Sha256::digest(organisation_id.as_bytes());
    Sha256::new().chain_update(secret).chain_update(id).finalize().into()
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Lower-case hex of SHA-256.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
