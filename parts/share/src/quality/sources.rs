//! How good the sources of indicators are: of the matches that people reviewed, how many were false alarms.

use serde::Serialize;
use ward_directory::{Here, Who};

use crate::ShareError;
use crate::sql::quality as sql;

/// A source of indicators: a member, a partner, or the hub itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourceOfIndicators {
    pub organisation_id: String,
    pub name: String,
    pub is_member: bool,
    /// Indicators that may block by themselves, are watched, are spent.
    pub block: i64,
    pub watch: i64,
    pub spent: i64,
    /// Reviewed matches: each office counts once for each value that it reviewed.
    pub reviewed: i64,
    pub false_alarms: i64,
}

impl SourceOfIndicators {
    /// "3 of 41 reviewed", and not known where nothing was reviewed.
    pub fn rate(&self) -> String {
        match self.reviewed {
            0 => "not known: nothing reviewed yet".to_owned(),
            reviewed => format!("{} of {reviewed} reviewed", self.false_alarms),
        }
    }
}

/// The sources, by name; for everyone who has an account here: they are figures, and say nothing of whose match it was.
pub async fn sources(here: &Here, who: &Who) -> Result<Vec<SourceOfIndicators>, ShareError> {
    if who.person_id.is_none() {
        return Err(ShareError::Forbidden { who: who.name.clone() });
    }
    let shown = |row: sql::SourceRow| SourceOfIndicators {
        organisation_id: row.organisation_id,
        name: row.name,
        is_member: row.is_member,
        block: row.block,
        watch: row.watch,
        spent: row.spent,
        reviewed: row.reviewed,
        false_alarms: row.false_alarms,
    };
    Ok(sql::sources(&here.store).await?.into_iter().map(shown).collect())
}
