//! Chasing silence: who was asked and has not answered, how to reach them, asking them again, and noting that somebody rang them.
//!
//! Ward sends no e-mail. Asking again is a line in the record that the office sees when it signs in at the hub, and that its node is told with the
//! situation; once a day at most, so that it stays worth reading.

use serde::Serialize;
use serde_json::json;
use ward_directory::{Contact, Here, Permit, Who, contacts_of};
use ward_policy::{Resource, Verb};
use ward_store::{Act, MICROS_PER_SECOND, RowRef, random};

use crate::alert::{AlertKey, AlertSummary, hub_permits, newest_published};
use crate::sql::alerts;
use crate::sql::reminders::{self, ReminderRow, SilentRow};
use crate::{ShareError, spill};

/// An office is asked again about an alert at most once in this time, in hours.
pub const AGAIN_HOURS: i64 = 24;
/// Longest note, in characters.
const NOTE_MAX: usize = 500;
pub(crate) const ASKED_AGAIN: &str = "asked-again";
const RANG: &str = "rang";

/// An office that was asked and is silent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SilentOffice {
    pub organisation_id: String,
    pub organisation: String,
    pub state: String,
    /// When the newest version of the alert was fetched there; none: not yet.
    pub delivered_at: Option<i64>,
    pub contacts: Vec<Contact>,
    /// In the order in which it was done.
    pub reminders: Vec<Reminder>,
    /// Whether it may be asked again now.
    pub may_be_asked: bool,
}

/// That an office was asked again, or spoken with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reminder {
    /// Spoken with, with what was said; else asked again.
    pub is_call: bool,
    /// The name of the person who did it.
    pub by: String,
    pub note: String,
    /// Microseconds UTC.
    pub at: i64,
}

/// Who has not answered an alert yet, a page of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SilentPage {
    pub rows: Vec<SilentOffice>,
    /// On all pages.
    pub total: usize,
    /// How many of all may be asked again now.
    pub may_be_asked: usize,
}

/// Who has not answered a published version of an alert yet, for the hub's people who see reminders. Pages count from 1, and the last one stands
/// for any beyond it.
///
/// # Errors
/// [`ShareError::Forbidden`].
pub async fn silent_offices(
    here: &Here,
    permit: &Permit<()>,
    key: &AlertKey,
    page: usize,
    page_rows: usize,
) -> Result<SilentPage, ShareError> {
    hub_permits(here, permit.who(), Verb::See, Resource::Reminder)?;
    let (report_id, store) = (key.report_id.as_str(), &here.store);
    let earliest = here.now() - AGAIN_HOURS * 3_600 * MICROS_PER_SECOND;
    let (total, due) = reminders::silent_counts(store, report_id, ASKED_AGAIN, earliest).await?;
    let rows = i64::try_from(page_rows.max(1)).unwrap_or(i64::MAX);
    let page = i64::try_from(page.saturating_sub(1)).unwrap_or(i64::MAX).min((total - 1).max(0) / rows);
    let found = reminders::silent(store, (report_id, &key.modified), rows, page.saturating_mul(rows)).await?;
    let ids: Vec<String> = found.iter().map(|row| row.organisation_id.clone()).collect();
    let contacts = contacts_of(here, &ids).await?;
    let told = if found.is_empty() { Vec::new() } else { reminders::of_silent(store, report_id).await? };
    let office = |row: SilentRow| {
        let of: Vec<&(ReminderRow, String)> =
            told.iter().filter(|(one, _)| one.organisation_id == row.organisation_id).collect();
        SilentOffice {
            contacts: contacts.iter().filter(|one| one.organisation_id == row.organisation_id).cloned().collect(),
            may_be_asked: may_be_asked(of.iter().map(|(one, _)| one), here.now()),
            reminders: of.into_iter().map(reminder).collect(),
            organisation_id: row.organisation_id,
            organisation: row.organisation,
            state: row.state,
            delivered_at: row.delivered_at,
        }
    };
    Ok(SilentPage {
        rows: found.into_iter().map(office).collect(),
        total: usize::try_from(total).unwrap_or_default(),
        may_be_asked: usize::try_from(due).unwrap_or_default(),
    })
}

fn reminder((row, by): &(ReminderRow, String)) -> Reminder {
    Reminder { is_call: row.kind == RANG, by: by.clone(), note: row.note.clone(), at: row.at }
}

/// Asks all who have not answered, or not the alert as it was corrected, again, but for those who were asked within [`AGAIN_HOURS`]. Gives how many were asked.
///
/// # Errors
/// [`ShareError::Forbidden`]; [`ShareError::Unseen`] when the alert was never published.
pub async fn ask_again(here: &Here, permit: &Permit<()>, report_id: &str) -> Result<usize, ShareError> {
    let who = permit.who();
    hub_permits(here, who, Verb::Create, Resource::Reminder)?;
    let versions = alerts::versions(&here.store, report_id).await?;
    if newest_published(&versions, here.now()).is_none() {
        return Err(ShareError::Unseen { what: "alert", id: report_id.to_owned() });
    }
    let mut tx = here.store.begin().await?;
    tx.take_turn(here.now()).await?;
    let silent = reminders::silent_in(&mut tx, report_id).await?;
    let before = reminders::of_report_in(&mut tx, report_id).await?;
    let due = |id: &String| may_be_asked(before.iter().filter(|row| row.organisation_id == *id), here.now());
    let rows: Vec<ReminderRow> =
        silent.into_iter().filter(due).map(|id| row_of(here, who, (report_id, id), ASKED_AGAIN, "")).collect();
    if rows.is_empty() {
        return Ok(0);
    }
    for row in &rows {
        reminders::insert(&mut tx, row).await?;
    }
    record(&mut tx, here, who, report_id, ("alert.asked-again", &rows)).await?;
    tx.commit().await?;
    Ok(rows.len())
}

/// Notes that somebody spoke with an office that was asked, and what was said.
///
/// # Errors
/// [`ShareError::Forbidden`]; [`ShareError::Unseen`] when the office was not asked; [`ShareError::Invalid`] without a note.
pub async fn note_call(
    here: &Here,
    permit: &Permit<()>,
    report_id: &str,
    organisation_id: &str,
    note: &str,
) -> Result<(), ShareError> {
    let who = permit.who();
    hub_permits(here, who, Verb::Create, Resource::Reminder)?;
    spill::guard(here, who, "note of a call", note).await?;
    let length = note.trim().chars().count();
    if !(1..=NOTE_MAX).contains(&length) || note.chars().any(|letter| letter.is_control() && !letter.is_whitespace()) {
        return Err(ShareError::invalid(format!("the note has {length} characters, not 1 to {NOTE_MAX}")));
    }
    let versions = alerts::versions(&here.store, report_id).await?;
    let is_asked = newest_published(&versions, here.now()).is_some()
        && alerts::recipients(&here.store, report_id).await?.iter().any(|id| id == organisation_id);
    if !is_asked {
        return Err(ShareError::Unseen { what: "office that was asked", id: organisation_id.to_owned() });
    }
    let row = row_of(here, who, (report_id, organisation_id.to_owned()), RANG, note.trim());
    let mut tx = here.store.begin().await?;
    reminders::insert(&mut tx, &row).await?;
    record(&mut tx, here, who, report_id, ("alert.rang", &[row])).await?;
    Ok(tx.commit().await?)
}

/// Alerts about which somebody is silent longer than they were given: report, how many offices, and when that was due. `alerts` are all versions
/// that were published.
pub(crate) async fn overdue(
    here: &Here,
    alerts: &[AlertSummary],
    hours: i64,
) -> Result<Vec<(String, usize, i64)>, ShareError> {
    let mut found = Vec::new();
    for (report_id, silent, asked_at) in reminders::silences(&here.store, ASKED_AGAIN).await? {
        let of = alerts.iter().filter(|alert| alert.report_id == report_id);
        let Some(first) = of.filter_map(|alert| alert.published_at).min() else { continue };
        // Due anew some time after those who are silent were last asked.
        let due_at = asked_at.unwrap_or(first) + hours * 3_600 * MICROS_PER_SECOND;
        if due_at <= here.now() {
            found.push((report_id, usize::try_from(silent).unwrap_or_default(), due_at));
        }
    }
    Ok(found)
}

fn may_be_asked<'a>(mut rows: impl Iterator<Item = &'a ReminderRow>, now: i64) -> bool {
    let earliest = now - AGAIN_HOURS * 3_600 * MICROS_PER_SECOND;
    !rows.any(|row| row.kind == ASKED_AGAIN && row.at > earliest)
}

fn row_of(here: &Here, who: &Who, (report_id, organisation_id): (&str, String), kind: &str, note: &str) -> ReminderRow {
    ReminderRow {
        id: random::id(),
        report_id: report_id.to_owned(),
        organisation_id,
        kind: kind.to_owned(),
        by_id: who.actor.clone(),
        note: note.to_owned(),
        at: here.now(),
    }
}

async fn record(
    tx: &mut ward_store::Tx,
    here: &Here,
    who: &Who,
    report_id: &str,
    (act, rows): (&'static str, &[ReminderRow]),
) -> Result<(), ShareError> {
    let keys: Vec<[&str; 1]> = rows.iter().map(|row| [row.id.as_str()]).collect();
    let refs: Vec<RowRef<'_>> = keys.iter().map(|key| RowRef { table: "reminder", key }).collect();
    let act = Act {
        act,
        actor: &who.actor,
        organisation: &who.organisation.id,
        subject: report_id,
        at: here.now(),
        detail: &json!({"offices": rows.len()}),
        rows: &refs,
    };
    tx.record(act).await?;
    Ok(())
}
