//! Receipts as people read them: whose answer it was, about which alert, what it said, what was promised, and what became of it.

use serde::Serialize;
use ward_directory::{Here, Who, permit};
use ward_policy::{Resource, Verb};
use ward_stix::answer::{Answer, CountWithDefinition, from_object};
use ward_stix::marking::Tlp;

use crate::ShareError;
use crate::alert::{AlertSummary, AlertView, hub_permits, list, parse};
use crate::situation::Standing;
use crate::sql::answers::{AnswerRow, ReceiptRow};
use crate::sql::receipts::{self as sql, ListedRow};

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

/// One page of receipts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReceiptsPage {
    pub rows: Vec<AnsweredReceipt>,
    /// On all pages.
    pub total: usize,
    pub open: usize,
    /// Open, and promised before now.
    pub overdue: usize,
}

/// A page of receipts with their answers: of all for the hub's people who see answers, else of those that the caller's organisation got. Open ones
/// come first, those promised earliest before the others; then what was answered, the newest first. Pages count from 1, and the last one
/// stands for any beyond it.
///
/// # Errors
/// [`ShareError::Forbidden`] for who sees no answers.
pub async fn receipts_page(here: &Here, who: &Who, page: usize, page_rows: usize) -> Result<ReceiptsPage, ShareError> {
    let whose = whose(here, who)?;
    let alerts = list(here, who).await?;
    let counts = sql::counts(&here.store, whose, here.now()).await?;
    let rows = i64::try_from(page_rows.max(1)).unwrap_or(i64::MAX);
    let last = (counts.all - 1).max(0) / rows;
    let before = i64::try_from(page.saturating_sub(1)).unwrap_or(i64::MAX).min(last).saturating_mul(rows);
    let of_open = (counts.open - before).clamp(0, rows);
    let answered_before = (before - counts.open).max(0);
    let open = (of_open, before.min(counts.open));
    let found = sql::page(&here.store, whose, open, (rows - of_open, answered_before)).await?;
    let shown = found.into_iter().filter_map(|row| shown(row, &alerts).transpose());
    Ok(ReceiptsPage {
        rows: shown.collect::<Result<_, _>>()?,
        total: usize::try_from(counts.all).unwrap_or_default(),
        open: usize::try_from(counts.open).unwrap_or_default(),
        overdue: usize::try_from(counts.overdue).unwrap_or_default(),
    })
}

/// The receipt of that number, as in [`receipts_page`]; none for who may not see it.
///
/// # Errors
/// [`ShareError::Forbidden`] for who sees no answers.
pub async fn receipt(here: &Here, who: &Who, number: i64) -> Result<Option<AnsweredReceipt>, ShareError> {
    let whose = whose(here, who)?;
    let row = sql::one(&here.store, number).await?;
    let Some(row) = row.filter(|row| whose.is_empty() || row.receipt.organisation_id == whose) else { return Ok(None) };
    shown(row, &list(here, who).await?)
}

/// The newest receipt that the caller's organisation got for its answer to an alert that the caller sees.
///
/// # Errors
/// [`ShareError::Forbidden`] for who sees no answers.
pub async fn own_receipt(here: &Here, who: &Who, view: &AlertView) -> Result<Option<ReceiptRow>, ShareError> {
    whose(here, who)?;
    let rows = sql::of_alert(&here.store, &who.organisation.id, &view.summary.report_id).await?;
    Ok(rows.into_iter().find(|row| !row.is_superseded).map(|row| row.receipt))
}

/// Whose receipts somebody sees; all when it is empty.
fn whose<'a>(here: &Here, who: &'a Who) -> Result<&'a str, ShareError> {
    if permit(who, Verb::See, Resource::Answer, ()).is_err() {
        return Err(ShareError::Forbidden { who: who.name.clone() });
    }
    let sees_all = hub_permits(here, who, Verb::See, Resource::Answer).is_ok();
    Ok(if sees_all { "" } else { &who.organisation.id })
}

/// Who lost sight of the alert since loses sight of what was answered to it.
pub(crate) fn shown(row: ListedRow, alerts: &[AlertSummary]) -> Result<Option<AnsweredReceipt>, ShareError> {
    let is_it = |alert: &&AlertSummary| alert.report_id == row.answer.of_ref && alert.published_at.is_some();
    let Some(alert) = alerts.iter().rfind(is_it) else { return Ok(None) };
    let answer = read(&row.answer)?;
    Ok(Some(AnsweredReceipt {
        report_id: row.answer.of_ref.clone(),
        headline: alert.headline.clone(),
        tlp: alert.tlp.max(answer.tlp),
        office: row.office,
        sent_by: row.sent_by,
        standing: Standing::from(answer.finding).doubted(row.answer.doubted_at.is_some()),
        counts: answer.counts,
        matches: answer.count,
        released_by: answer.released_by,
        is_superseded: row.is_superseded,
        receipt: row.receipt,
    }))
}

fn read(row: &AnswerRow) -> Result<Answer, ShareError> {
    let object = parse(row.body.as_bytes())?;
    Ok(from_object(&object).map_err(|e| ward_store::StoreError::Record(e.to_string()))?)
}
