//! What stands of versions that can be passed on, for those who see the restricted objects.

use std::collections::BTreeSet;

use serde::Serialize;
use ward_directory::{Here, Who};
use ward_store::{MICROS_PER_SECOND, StoreError};

use super::sight::{self, Seen, SeenRow, Shelves, Sight};
use super::{DECLINED, OPEN, RELEASED, has_say, may_draft, unseen};
use crate::ShareError;
use crate::sql::tear_lines::{self as sql, CarriedRow, ListedRow};
use crate::task::DUE_HOURS;

/// Most that are listed.
const LISTED_MAX: i64 = 5_000;
const DAY_MICROS: i64 = 86_400 * MICROS_PER_SECOND;

/// What a restricted item carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Standing {
    /// Nobody has asked.
    Nothing,
    /// Somebody waits for it.
    Asked { tear_line_id: String, asked_at: i64, days: i64 },
    /// It can be had under this id.
    Released { stix_id: String },
    /// There will be none, because of this; it may be asked for again.
    Declined { reason: String },
}

/// A request for a version in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    pub id: String,
    /// The restricted object.
    pub stix_id: String,
    /// How it is marked, in words.
    pub markings: Vec<String>,
    /// `open`, `released` or `declined`.
    pub state: String,
    /// Microseconds UTC.
    pub asked_at: i64,
    /// Full days since somebody asked, or until it was closed.
    pub days: i64,
    /// For who may draft or approve.
    pub draft: Option<ListedDraft>,
    /// The id under which it can be had.
    pub released: Option<String>,
    pub reason: String,
    pub may_draft: bool,
    /// Whether the caller may approve or decline it.
    pub may_approve: bool,
    /// Whether the caller has approved the draft.
    pub has_approved: bool,
}

/// The draft that counts, in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedDraft {
    pub id: String,
    /// How many people approved it.
    pub approvals: usize,
    /// Whether the restricted object has changed since.
    pub is_old: bool,
}

/// One request for a version, with all that there is to see of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub listed: Listed,
    /// The organisations that asked; only for who may draft or approve, and one's own.
    pub asked_by: Vec<String>,
    /// The restricted object itself, for who may draft or approve.
    pub restricted: Option<String>,
    /// What the draft holds that is listed.
    pub draft: Option<ShownDraft>,
}

/// What a draft holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownDraft {
    /// The new object.
    pub body: String,
    /// Selectors of what it leaves out.
    pub removed: Vec<String>,
}

/// What somebody is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskKind {
    Draft,
    Approve,
}

/// Something to do about a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Task {
    pub kind: TaskKind,
    pub tear_line_id: String,
    pub days: i64,
    pub due_at: i64,
}

/// What an object carries, for who sees it; nothing for who does not.
///
/// # Errors
/// When the database fails.
pub async fn of(here: &Here, who: &Who, stix_id: &str) -> Result<Standing, ShareError> {
    let Some(row) = sql::carried(&here.store, stix_id).await? else { return Ok(Standing::Nothing) };
    Ok(match sight::seen(here, who, stix_id).await? {
        Some(_) => standing(row, here.now()),
        None => Standing::Nothing,
    })
}

/// What the row says, to who sees the object.
pub(crate) fn standing(row: CarriedRow, now: i64) -> Standing {
    match (row.state.as_str(), row.new_id) {
        (RELEASED, Some(stix_id)) => Standing::Released { stix_id },
        (DECLINED, _) => Standing::Declined { reason: row.reason },
        _ => Standing::Asked {
            days: days(row.asked_at, row.closed_at, now),
            tear_line_id: row.id,
            asked_at: row.asked_at,
        },
    }
}

/// The requests about objects that the caller sees: open ones first, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list(here: &Here, who: &Who) -> Result<Vec<Listed>, ShareError> {
    let person = who.person_id.as_deref().unwrap_or_default();
    let rows = sql::all(&here.store, person, LISTED_MAX).await?;
    listed_of(here, who, rows).await
}

/// One of them.
///
/// # Errors
/// [`ShareError::Unseen`] when there is none, or the caller does not see the restricted object.
pub async fn one(here: &Here, who: &Who, id: &str) -> Result<Shown, ShareError> {
    let person = who.person_id.as_deref().unwrap_or_default();
    let row = sql::one(&here.store, person, id).await?.ok_or_else(|| unseen(id))?;
    let seen = sight::seen(here, who, &row.stix_id).await?.ok_or_else(|| unseen(id))?;
    show(here, who, row, seen).await
}

/// What the caller is to draft or to approve.
///
/// # Errors
/// When the database fails.
pub async fn tasks(here: &Here, who: &Who) -> Result<Vec<Task>, ShareError> {
    if !has_part_in_any(here, who) {
        return Ok(Vec::new());
    }
    let person = who.person_id.as_deref().unwrap_or_default();
    let open = listed_of(here, who, sql::open(&here.store, person, LISTED_MAX).await?).await?;
    let tasks = open.into_iter().filter_map(|one| {
        let is_good = one.draft.as_ref().is_some_and(|draft| !draft.is_old);
        let kind = match is_good {
            true => (one.may_approve && !one.has_approved).then_some(TaskKind::Approve),
            false => one.may_draft.then_some(TaskKind::Draft),
        }?;
        let due_at = one.asked_at + DUE_HOURS * 3_600 * MICROS_PER_SECOND;
        Some(Task { kind, tear_line_id: one.id, days: one.days, due_at })
    });
    Ok(tasks.collect())
}

/// Whether there can be anything for this person to draft or to approve: with everything theirs, there would be.
fn has_part_in_any(here: &Here, who: &Who) -> bool {
    let own = BTreeSet::from([who.organisation.id.clone()]);
    may_draft(here, who, &own) || has_say(here, who, &own)
}

async fn listed_of(here: &Here, who: &Who, rows: Vec<ListedRow>) -> Result<Vec<Listed>, ShareError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let shelves = Shelves::of(here, who).await?;
    let ids: BTreeSet<&str> = rows.iter().map(|row| row.stix_id.as_str()).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let newest = Sight::of(here, who, &shelves).await?.newest(&ids).await?;
    let seen: Vec<&str> = newest.keys().map(String::as_str).collect();
    let mut tx = here.store.begin_reading().await?;
    let owners = sight::owners_of(here, &mut tx, &seen).await?;
    tx.commit().await?;
    let visible = |row: ListedRow| {
        let (seen, owners) = (newest.get(&row.stix_id)?, owners.get(&row.stix_id)?);
        Some(list_one(here, who, row, seen, owners))
    };
    Ok(rows.iter().cloned().filter_map(visible).collect())
}

async fn show(here: &Here, who: &Who, row: ListedRow, seen: Seen) -> Result<Shown, ShareError> {
    let mut tx = here.store.begin_reading().await?;
    let owners = sight::owners(here, &mut tx, &row.stix_id).await?;
    let has_part = may_draft(here, who, &owners) || has_say(here, who, &owners);
    let mut asked_by = sql::asked_by(&mut tx, &row.id).await?;
    asked_by.retain(|id| has_part || *id == who.organisation.id);
    let listed = list_one(here, who, row, &seen.newest, &owners);
    let row = match &listed.draft {
        Some(draft) => sql::draft(&mut tx, &draft.id).await?,
        None => None,
    };
    tx.commit().await?;
    let draft = row.map(|row| {
        Ok::<_, ShareError>(ShownDraft {
            removed: serde_json::from_str(&row.removed).map_err(|e| StoreError::Record(e.to_string()))?,
            body: String::from_utf8_lossy(&row.body).into_owned(),
        })
    });
    let restricted = has_part.then(|| String::from_utf8_lossy(&seen.body).into_owned());
    Ok(Shown { listed, asked_by, restricted, draft: draft.transpose()? })
}

/// What one who sees the object may know and do.
fn list_one(here: &Here, who: &Who, row: ListedRow, seen: &SeenRow, owners: &BTreeSet<String>) -> Listed {
    let (may_draft, may_approve) = (may_draft(here, who, owners), has_say(here, who, owners));
    let (is_open, is_released) = (row.state == OPEN, row.state == RELEASED);
    let draft = row.draft.filter(|_| may_draft || may_approve);
    Listed {
        days: days(row.asked_at, row.closed_at, here.now()),
        id: row.id,
        stix_id: row.stix_id,
        markings: seen.markings.clone(),
        state: row.state,
        asked_at: row.asked_at,
        released: row.new_id.filter(|_| is_released),
        draft: draft.map(|draft| ListedDraft {
            is_old: draft.of_version != seen.row.version_key,
            id: draft.id,
            approvals: draft.approvals,
        }),
        reason: row.reason,
        may_draft: may_draft && is_open,
        may_approve: may_approve && is_open,
        has_approved: row.has_approved,
    }
}

fn days(asked_at: i64, closed_at: Option<i64>, now: i64) -> i64 {
    (closed_at.unwrap_or(now) - asked_at).max(0) / DAY_MICROS
}
