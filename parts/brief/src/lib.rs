//! The brief: one page for the people who decide, every figure defined, with how many of how many reported.
//!
//! Figures F1 to F3: probing, reach, time to share. What is not known is null and never zero; what came after the time of the brief is left out.
//! Nobody is named: a jurisdiction that was touched names itself. It must not know where facts are kept, only the verbs that give them.

mod facts;
mod figures;
mod sentences;
mod text;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
pub use ward_directory::NOTICE;
use ward_directory::{Here, Permit};
use ward_share::ShareError;

pub use text::text;

/// A brief.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Brief {
    /// RFC 3339, UTC.
    pub as_of: String,
    pub figures: Vec<Figure>,
    /// Plain sentences.
    pub seen: Vec<String>,
    pub not_seen: Vec<String>,
    /// [`NOTICE`] in a demonstration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
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
    let facts = facts::gather(here, permit, report_ids, as_of, window).await?;
    let (seen, not_seen) = sentences::sentences(&facts);
    Ok(Brief {
        as_of: jiff::Timestamp::from_microsecond(as_of).unwrap_or_default().to_string(),
        figures: vec![figures::probing(&facts), figures::reach(&facts), figures::time_to_share(&facts)],
        seen,
        not_seen,
        notice: here.is_demonstration().then(|| NOTICE.to_owned()),
    })
}
