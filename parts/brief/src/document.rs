//! A brief as it leaves the hub: with its bundle, and when it is frozen with its number and what the record says of it.
//!
//! The form is canonical JSON, one line: the fields in the order below, no blank, and last a digest of all that stands before it. So there is one
//! way to write a document, and any other byte is found by writing it again.

use serde::{Deserialize, Serialize};
use ward_store::RecordedEntry;
use ward_tlog::Hash;

use crate::bundle::{Bundle, sha256_hex};
use crate::compute::compute;
use crate::{Brief, Counted, Figure, Named};

/// The name and version of this program.
pub const PROGRAM: &str = concat!("ward ", env!("CARGO_PKG_VERSION"));

/// A brief with all that it can be checked by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub as_of: String,
    pub marking: String,
    pub bottom_line: Vec<String>,
    pub figures: Vec<Figure>,
    pub seen: Vec<String>,
    pub not_seen: Vec<String>,
    pub names: String,
    pub named: Vec<Named>,
    pub not_named: Vec<Counted>,
    pub blind_spots: Vec<Counted>,
    pub basis: Vec<String>,
    pub alerts: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// None: not frozen, and nothing vouches for what it is made of.
    pub issue: Option<Issue>,
    /// The program that computed it.
    pub program: String,
    pub bundle: Bundle,
    /// None while it is not frozen.
    pub record: Option<Recorded>,
    /// Lower-case hex of SHA-256 over this document with this field empty.
    pub content_sha256: String,
}

/// A frozen brief's own facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issue {
    /// From 1, without gaps.
    pub number: i64,
    /// Who froze it.
    pub frozen_by: String,
    /// Microseconds UTC.
    pub frozen_at: i64,
    /// The number of the issue before.
    pub supersedes: Option<i64>,
}

/// What the hub's record says of a frozen brief.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// The verifier key of the hub's log, as this document states it: compare it with what the hub told you in another way.
    pub log_key: String,
    pub entry: Entry,
    /// Where the entry is in the log; none until a signed checkpoint covers it.
    pub inclusion: Option<Inclusion>,
}

/// An entry of the record. Its id in the hub's tables is left out: no proof binds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its place in the log; none while it is not proved.
    pub number: Option<i64>,
    pub body: String,
    /// Lower-case hex.
    pub salt: String,
}

impl From<RecordedEntry> for Entry {
    fn from(entry: RecordedEntry) -> Entry {
        Entry { number: entry.number, body: entry.body, salt: entry.salt }
    }
}

impl Entry {
    /// The digest that stands in the log; none when the salt is not hex.
    pub(crate) fn digest(&self) -> Option<[u8; 32]> {
        let (number, body, salt) = (self.number, self.body.clone(), self.salt.clone());
        RecordedEntry { id: String::new(), number, body, salt }.digest()
    }
}

/// The proof of an entry's place in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inclusion {
    pub hashes: Vec<Hash>,
    pub checkpoint: String,
}

impl Document {
    /// The document of a bundle.
    #[must_use]
    pub fn new(bundle: Bundle, issue: Option<Issue>, program: &str, record: Option<Recorded>) -> Document {
        let brief = compute(&bundle);
        Document::of(brief, bundle, issue, program, record)
    }

    pub(crate) fn of(
        brief: Brief,
        bundle: Bundle,
        issue: Option<Issue>,
        program: &str,
        record: Option<Recorded>,
    ) -> Document {
        let document = Document {
            as_of: brief.as_of,
            marking: brief.marking,
            bottom_line: brief.bottom_line,
            figures: brief.figures,
            seen: brief.seen,
            not_seen: brief.not_seen,
            names: brief.names,
            named: brief.named,
            not_named: brief.not_named,
            blind_spots: brief.blind_spots,
            basis: brief.basis,
            alerts: brief.alerts,
            notice: brief.notice,
            issue,
            program: program.to_owned(),
            bundle,
            record,
            content_sha256: String::new(),
        };
        Document { content_sha256: document.digest(), ..document }
    }

    /// What is computed of it.
    #[must_use]
    pub fn brief(&self) -> Brief {
        Brief {
            as_of: self.as_of.clone(),
            marking: self.marking.clone(),
            bottom_line: self.bottom_line.clone(),
            figures: self.figures.clone(),
            seen: self.seen.clone(),
            not_seen: self.not_seen.clone(),
            names: self.names.clone(),
            named: self.named.clone(),
            not_named: self.not_named.clone(),
            blind_spots: self.blind_spots.clone(),
            basis: self.basis.clone(),
            alerts: self.alerts.clone(),
            notice: self.notice.clone(),
        }
    }

    /// The canonical form, without the end of the line.
    #[must_use]
    pub fn json(&self) -> String {
        canonical(self)
    }

    /// The hub's name, and the number when it is frozen.
    #[must_use]
    pub fn title(&self) -> String {
        title(self.issue.as_ref().map(|issue| issue.number), &self.bundle.hub)
    }

    /// What the last field should say.
    pub(crate) fn digest(&self) -> String {
        sha256_hex(canonical(&Document { content_sha256: String::new(), ..self.clone() }).as_bytes())
    }
}

/// The title of a frozen brief, or of one without a number.
#[must_use]
pub fn title(number: Option<i64>, hub: &str) -> String {
    match number {
        Some(number) => format!("Brief {number}, {hub}"),
        None => format!("Brief, {hub} (not frozen)"),
    }
}

/// The one way in which a value is written. What is written here has only texts as keys and cannot fail.
pub(crate) fn canonical<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
