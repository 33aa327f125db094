//! The bundle: everything that figures and sentences are made of, so that a stranger can make them again.
//!
//! Nobody is named in it who has not let their name go. An organisation stands under a pseudonym, which is a commitment: SHA-256 over a random salt and
//! the organisation's id. The salt is of one brief and one organisation and stays with the hub, so that two briefs cannot be joined by it, and
//! the hub can still show an owner which line is theirs. Times are microseconds UTC. Nothing here is a float: what is written is read back as it was.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ward_share::situation::Standing;

/// What a brief is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// The name of the hub that made it.
    pub hub: String,
    /// What came later is not in it.
    pub as_of: i64,
    /// Events count from here, with this moment; at any time without it.
    pub events_from: Option<i64>,
    /// And up to here, with this moment.
    pub events_until: Option<i64>,
    /// False when alerts were chosen.
    pub has_every_alert: bool,
    pub jurisdictions_are_states: bool,
    pub is_demonstration: bool,
    /// Published versions, in the order of publication.
    pub alerts: Vec<AlertFacts>,
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
    /// By pseudonym.
    pub recipients: Vec<RecipientFacts>,
}

/// How far it had come with one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipientFacts {
    pub pseudonym: String,
    pub delivered_at: Option<i64>,
    pub election_acknowledged_at: Option<i64>,
    pub it_acknowledged_at: Option<i64>,
    /// A verified election contact and a verified IT contact at that time.
    pub has_verified_pair: bool,
}

/// A jurisdiction with what it answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JurisdictionFacts {
    pub pseudonym: String,
    /// Only when it has let its name go for all that stands here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<ReleasedName>,
    /// One for each alert that it was asked about or answered.
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

/// Where a jurisdiction stands with one alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerFacts {
    pub report_id: String,
    pub standing: Standing,
    /// First and last event.
    pub seen_from: Option<i64>,
    pub seen_until: Option<i64>,
    /// The period that was searched.
    pub searched_from: Option<i64>,
    pub searched_until: Option<i64>,
    /// None without an answer.
    pub coverage: Option<CoverageFacts>,
}

/// What an answer's sources could show, together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoverageFacts {
    pub hours_asked: u64,
    pub hours_with_data: u64,
    pub lines_read: u64,
    pub lines_rejected: u64,
}

/// The pseudonym of an organisation under a salt: lower-case hex of SHA-256 over both.
#[must_use]
pub fn pseudonym(salt: &[u8], organisation_id: &str) -> String {
    hex(&Sha256::new().chain_update(salt).chain_update(organisation_id.as_bytes()).finalize())
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Lower-case hex of SHA-256.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
