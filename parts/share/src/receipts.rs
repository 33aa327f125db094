//! Receipts as people read them: whose answer it was, about which alert, what it said, what was promised, and what became of it.

use serde::Serialize;
use ward_directory::{Here, Who, organisations, permit};
use ward_policy::{Resource, Verb};
use ward_stix::answer::{Answer, CountWithDefinition, from_object};
use ward_stix::marking::Tlp;

use crate::ShareError;
use crate::alert::{hub_permits, list, parse};
use crate::situation::Standing;
use crate::sql::answers::{self as sql, AnswerRow, ReceiptRow};

/// A receipt with the answer that it is for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AnsweredReceipt {
    pub receipt: ReceiptRow,
    pub report_id: String,
    pub headline: String,
    pub tlp: Tlp,
    /// Name of the office that the answer speaks of.
    pub office: String,
    /// Name of who sent it.
    pub sent_by: String,
    pub standing: Standing,
    /// Figures that go with it.
    pub counts: Vec<CountWithDefinition>,
    /// Events that matched.
    pub matches: u64,
    /// Name and office of the person who let it go, if it did not go by itself.
    pub released_by: Option<String>,
    /// A newer version of the same answer has come since.
    pub is_superseded: bool,
}

/// Receipts with their answers: all for the hub's people who see answers, else those that the caller's organisation got. Open ones come first, those
/// promised earliest before the others; then what was answered, the newest first.
///
/// # Errors
/// [`ShareError::Forbidden`] for who sees no answers.
pub async fn answered_receipts(here: &Here, who: &Who) -> Result<Vec<AnsweredReceipt>, ShareError> {
    if permit(who, Verb::See, Resource::Answer, ()).is_err() {
        return Err(ShareError::Forbidden { who: who.name.clone() });
    }
    let sees_all = hub_permits(here, who, Verb::See, Resource::Answer).is_ok();
    let (all, alerts) = (organisations(here).await?, list(here, who).await?);
    let rows = sql::receipts_with_answers(&here.store, sql::Which::All).await?;
    let mut newest = std::collections::BTreeMap::new();
    for (_, answer) in &rows {
        let known = newest.entry(answer.sighting_id.clone()).or_insert_with(|| answer.version_key.clone());
        *known = answer.version_key.clone().max(known.clone());
    }
    let name = |id: &str| all.iter().find(|one| one.id == id).map(|one| one.name.clone()).unwrap_or_default();
    let mut found = Vec::new();
    for (receipt, row) in rows {
        if !sees_all && receipt.organisation_id != who.organisation.id {
            continue;
        }
        // Who lost sight of the alert since loses sight of what was answered to it.
        let is_it = |alert: &&crate::alert::AlertSummary| alert.report_id == row.of_ref && alert.published_at.is_some();
        let Some(alert) = alerts.iter().rfind(is_it) else { continue };
        let answer = read(&row)?;
        found.push(AnsweredReceipt {
            report_id: row.of_ref.clone(),
            headline: alert.headline.clone(),
            tlp: alert.tlp.max(answer.tlp),
            office: name(&row.organisation_id),
            sent_by: name(&receipt.organisation_id),
            standing: answer.finding.into(),
            counts: answer.counts,
            matches: answer.count,
            released_by: answer.released_by,
            is_superseded: newest.get(&row.sighting_id).is_some_and(|key| *key > row.version_key),
            receipt,
        });
    }
    let order = |one: &AnsweredReceipt| match one.receipt.answered_at {
        None => (0, one.receipt.promised_at, one.receipt.number),
        Some(at) => (1, -at, one.receipt.number),
    };
    found.sort_by_key(order);
    Ok(found)
}

fn read(row: &AnswerRow) -> Result<Answer, ShareError> {
    let object = parse(row.body.as_bytes())?;
    Ok(from_object(&object).map_err(|e| ward_store::StoreError::Record(e.to_string()))?)
}
