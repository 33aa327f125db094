//! The brief: one page for the people who decide, every figure defined, with how many of how many reported.
//!
//! Figures F1 to F3: probing, reach, time to share. What is not known is null and never zero; what came after the time of the brief is left out.
//! Nobody is named who has not let their name go. Facts and computing are apart: a [`Bundle`] is gathered, and [`compute`] makes the brief of it and of
//! nothing else, so that a stranger can do the same ([`verify`]). A frozen brief is numbered, on the record, and never changed.

mod bundle;
mod compute;
mod document;
mod draft;
mod facts;
mod figures;
mod freeze;
mod gather;
mod pdf;
mod sentences;
mod sql;
mod text;
mod verify;
pub mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
pub use ward_directory::NOTICE;
use ward_directory::{Here, Permit};
use ward_share::ShareError;

pub use bundle::{
    AcknowledgedFacts, AlertFacts, AnswerFacts, Bundle, JurisdictionFacts, ReleasedName, Within, pseudonym,
};
pub use compute::compute;
pub use document::{Document, Entry, Inclusion, Issue, PROGRAM, Recorded, title};
pub use draft::{Draft, draft, drafted};
pub use facts::Overall;
pub use freeze::{FROZEN, IssueSummary, Issues, Shown, freeze, frozen, issue, list, opening};
pub use pdf::pdf;
pub use text::text;
pub use verify::{Forms, HTML_BLOCK, OnRecord, Verification, verify};

/// A brief.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Brief {
    /// RFC 3339, UTC.
    pub as_of: String,
    /// How it may be passed on.
    pub marking: String,
    /// What matters most, in three sentences at most.
    pub bottom_line: Vec<String>,
    pub figures: Vec<Figure>,
    /// Plain sentences.
    pub seen: Vec<String>,
    pub not_seen: Vec<String>,
    /// Who is named, or why nobody is.
    pub names: String,
    /// Jurisdictions that let their names go, by state and name.
    pub named: Vec<Named>,
    /// How many of the others stand where, the worst first, each counted once.
    pub not_named: Vec<Counted>,
    /// How many, named or not, stand so with at least one alert, where nothing or not all could be seen; one may be counted in several.
    pub blind_spots: Vec<Counted>,
    /// What it is made of, in sentences.
    pub basis: Vec<String>,
    /// The report ids of its alerts, each once.
    pub alerts: Vec<String>,
    /// [`NOTICE`] in a demonstration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
}

/// A jurisdiction that let its name go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Two letters, or empty.
    pub state: String,
    pub name: String,
    pub standing: Overall,
}

/// How many jurisdictions stand so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    pub standing: Overall,
    pub count: usize,
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// `F1` and so on.
    pub id: String,
    pub name: String,
    /// A number, or null when it is not known.
    pub value: serde_json::Value,
    /// How many reported, of how many asked.
    pub reporting: usize,
    pub of: usize,
    /// That too few reported, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caution: Option<String>,
    /// What is counted.
    pub definition: String,
    /// Figures that belong beside it.
    #[serde(flatten)]
    pub beside: BTreeMap<String, serde_json::Value>,
}

/// The time in which events count, in microseconds UTC, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub from: i64,
    pub until: i64,
}

/// Why there is no brief.
#[derive(Debug, thiserror::Error)]
pub enum BriefError {
    #[error(transparent)]
    Share(#[from] ShareError),
    #[error(transparent)]
    Directory(#[from] ward_directory::DirectoryError),
    #[error(transparent)]
    Store(#[from] ward_store::StoreError),
    #[error("a frozen brief cannot be read")]
    Stored(#[source] serde_json::Error),
}

/// The brief of these alerts (of all, without a list) as it could have been written at `as_of`, for events in `window` (at any time, without one).
///
/// # Errors
/// [`ShareError::Forbidden`] for who may not see briefs of this hub, [`ShareError::Unseen`] for a report that was not published by then.
pub async fn figures(
    here: &Here,
    permit: &Permit<()>,
    report_ids: Option<&[String]>,
    as_of: i64,
    window: Option<Window>,
) -> Result<Brief, BriefError> {
    Ok(document(here, permit, report_ids, as_of, window).await?.brief())
}

/// As [`figures`], with the bundle that they are made of; not frozen.
///
/// # Errors
/// As [`figures`].
pub async fn document(
    here: &Here,
    permit: &Permit<()>,
    report_ids: Option<&[String]>,
    as_of: i64,
    window: Option<Window>,
) -> Result<Document, BriefError> {
    let gathered = gather::gather(here, permit, report_ids, as_of, window).await?;
    Ok(Document::new(gathered.bundle, None, PROGRAM, None))
}
