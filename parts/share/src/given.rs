//! One organisation's answer to an alert, whole: what counts, what others answered for it, earlier versions, and for each its receipt and its
//! entry in the record.

use std::collections::BTreeSet;

use ward_directory::{Here, Organisation, Permit, organisation, permit};
use ward_policy::{Resource, Verb};
use ward_stix::answer::{Answer, from_object};
use ward_store::{RecordedEntry, StoreError};

use crate::ShareError;
use crate::alert::{hub_permits, newest_published, parse, read};
use crate::answers::ReceiptRow;
use crate::situation::{Standing, of_answer, that_count};
use crate::sql::alerts;
use crate::sql::answers::{self as sql, AnswerRow, GivenRow};

/// Whose answer to what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerKey {
    pub report_id: String,
    pub organisation_id: String,
}

/// An answer with everything that this hub knows of it.
#[derive(Clone, Debug)]
pub struct Given {
    pub report_id: String,
    pub headline: String,
    /// The jurisdiction that is spoken of.
    pub organisation: Organisation,
    /// Whether a published version of the alert asked it.
    pub was_asked: bool,
    /// The one that counts.
    pub counts: GivenVersion,
    /// The newest of every other one who answered for the same office.
    pub also: Vec<GivenVersion>,
    /// What was replaced by a newer version of the same answer, the newest first.
    pub earlier: Vec<GivenVersion>,
}

impl Given {
    /// All that was answered for the organisation, the one that counts first.
    pub fn versions(&self) -> impl Iterator<Item = &GivenVersion> {
        std::iter::once(&self.counts).chain(&self.also).chain(&self.earlier)
    }
}

/// One version of it.
#[derive(Clone, Debug)]
pub struct GivenVersion {
    pub answer: Answer,
    /// What it counts for: a "not seen" that does not cover what the alert asks is "partly searched".
    pub standing: Standing,
    /// The name of the organisation that gave it.
    pub answered_by: Option<String>,
    pub received_at: i64,
    pub receipt: Option<ReceiptRow>,
    /// With its number, once it was sequenced.
    pub entry: Option<RecordedEntry>,
}

/// An organisation's answer: any for the hub's people who see answers; a member's own for its people who see answers and may see the alert.
///
/// # Errors
/// [`ShareError::Unseen`] for everybody else, and when there is none.
pub async fn given(here: &Here, allowed: &Permit<AnswerKey>) -> Result<Given, ShareError> {
    let (who, key) = (allowed.who(), allowed.on());
    let unseen = || ShareError::Unseen { what: "answer", id: key.organisation_id.clone() };
    let sees_all = hub_permits(here, who, Verb::See, Resource::Answer).is_ok();
    if !sees_all {
        let is_own = who.organisation.id == key.organisation_id;
        if !is_own || permit(who, Verb::See, Resource::Answer, ()).is_err() {
            return Err(unseen());
        }
        read(here, who, &key.report_id, None).await?;
    }
    let versions = alerts::versions(&here.store, &key.report_id).await?;
    let newest = newest_published(&versions, here.now()).ok_or_else(unseen)?;
    let rows = sql::answers_for(&here.store, &key.report_id, &key.organisation_id).await?;
    let answers = rows.iter().map(|row| row.answer.clone()).collect();
    let counts = that_count(answers, here.now())?.remove(&key.organisation_id).ok_or_else(unseen)?;
    let entries = sql::arrivals(&here.store, &key.report_id, &key.organisation_id).await?;
    let mut seen = BTreeSet::new();
    let (mut first, mut also, mut earlier) = (None, Vec::new(), Vec::new());
    for row in rows.into_iter().rev() {
        let sighting_id = row.answer.sighting_id.clone();
        let mut version = version_of(row, &entries, here.now())?;
        // A receipt is for who got it: what the hub wrote to somebody else is not the office's to read.
        version.receipt = version.receipt.filter(|one| sees_all || one.organisation_id == who.organisation.id);
        match (seen.insert(sighting_id.clone()), sighting_id == counts.sighting_id) {
            (true, true) => first = Some(version),
            (true, false) => also.push(version),
            (false, _) => earlier.push(version),
        }
    }
    Ok(Given {
        report_id: key.report_id.clone(),
        headline: newest.headline.clone(),
        organisation: organisation(here, &key.organisation_id).await?.ok_or_else(unseen)?,
        was_asked: versions
            .iter()
            .any(|row| row.published_at.is_some() && row.recipients.contains(&key.organisation_id)),
        counts: first.ok_or_else(unseen)?,
        also,
        earlier,
    })
}

fn version_of(row: GivenRow, entries: &[RecordedEntry], now: i64) -> Result<GivenVersion, ShareError> {
    let GivenRow { answer: row, answered_by, receipt } = row;
    let object = parse(row.body.as_bytes())?;
    Ok(GivenVersion {
        standing: of_answer(&row, now)?,
        answer: from_object(&object).map_err(|e| StoreError::Record(e.to_string()))?,
        answered_by,
        received_at: row.received_at,
        receipt,
        entry: entries.iter().find(|entry| is_about(entry, &row)).cloned(),
    })
}

/// Whether an entry is about this version.
fn is_about(entry: &RecordedEntry, row: &AnswerRow) -> bool {
    let body: Result<serde_json::Value, _> = serde_json::from_str(&entry.body);
    let says =
        |body: &serde_json::Value, place, wanted: &str| body.pointer(place).and_then(|v| v.as_str()) == Some(wanted);
    body.is_ok_and(|body| says(&body, "/subject", &row.sighting_id) && says(&body, "/detail/modified", &row.modified))
}
