//! Freezing: a brief gets its number, goes on the record with all that it is made of, and is never changed.

use serde::Serialize;
use serde_json::json;
use ward_directory::{Here, Permit, Who, permit};
use ward_policy::{Resource, Verb};
use ward_share::ShareError;
use ward_store::{Act, RowRef};

use crate::bundle::{Bundle, pseudonym, salt, sha256_hex};
use crate::compute::compute;
use crate::document::{Document, Inclusion, Issue, PROGRAM, Recorded, canonical};
use crate::gather::gather;
use crate::sql::{self, BriefRow, SummaryRow};
use crate::{Brief, BriefError, Window};

/// The act of freezing.
pub const FROZEN: &str = "brief.frozen";

/// A frozen brief in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IssueSummary {
    pub number: i64,
    /// Microseconds UTC.
    pub as_of: i64,
    pub frozen_at: i64,
    pub frozen_by: String,
    pub supersedes: Option<i64>,
}

/// Freezes the brief of these alerts (of all, without a list) as of a time, for events in a window; gives its number.
///
/// # Errors
/// [`ShareError::Forbidden`] for who may not publish briefs of this hub, [`ShareError::Invalid`] for a time to come,
/// [`ShareError::Unseen`] for a report that was not published by then.
pub async fn freeze(
    here: &Here,
    permit: &Permit<()>,
    report_ids: Option<&[String]>,
    as_of: i64,
    window: Option<Window>,
) -> Result<i64, BriefError> {
    let who = permit.who();
    of_hub(here, who, Verb::Publish)?;
    if as_of > here.now() {
        return Err(ShareError::Invalid(vec!["a brief of a time to come cannot be frozen".to_owned()]).into());
    }
    let gathered = gather(here, permit, report_ids, as_of, window).await?;
    let mut tx = here.store.begin().await?;
    let before = sql::newest(&mut tx).await?;
    let row = BriefRow {
        number: before.unwrap_or(0) + 1,
        as_of,
        content: canonical(&compute(&gathered.bundle)),
        bundle: canonical(&gathered.bundle),
        program: PROGRAM.to_owned(),
        frozen_by: who.name.clone(),
        frozen_at: here.now(),
        supersedes: before,
    };
    let id = id(row.number);
    sql::insert(&mut tx, &id, &row).await?;
    // The secret has no line in the entry, which a stranger reads: the pseudonyms in the bundle commit to it already.
    sql::insert_secret(&mut tx, &id, &gathered.secret).await?;
    let entry = tx
        .record(Act {
            act: FROZEN,
            actor: &who.actor,
            organisation: &who.organisation.id,
            subject: &id,
            at: row.frozen_at,
            detail: &json!({"content_sha256": sha256_hex(row.content.as_bytes()), "bundle_sha256": sha256_hex(row.bundle.as_bytes())}),
            rows: &[RowRef { table: "brief", key: &[&id] }],
        })
        .await?;
    sql::set_entry(&mut tx, &id, &entry).await?;
    tx.commit().await?;
    Ok(row.number)
}

/// A page of the frozen briefs, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issues {
    pub issues: Vec<IssueSummary>,
    /// On all pages.
    pub total: usize,
}

/// The frozen briefs, the newest first: so many after so many; beyond the last of them, the last so many.
///
/// # Errors
/// [`ShareError::Forbidden`] for who may not see briefs of this hub.
pub async fn list(here: &Here, permit: &Permit<()>, offset: usize, limit: usize) -> Result<Issues, BriefError> {
    of_hub(here, permit.who(), Verb::See)?;
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let total = usize::try_from(sql::count(&here.store).await?).unwrap_or_default();
    let last = total.saturating_sub(1) / limit.max(1) * limit;
    let rows = sql::briefs(&here.store, count(offset.min(last)), count(limit)).await?;
    let issues = rows.into_iter().map(|row| IssueSummary {
        number: row.number,
        as_of: row.as_of,
        frozen_at: row.frozen_at,
        frozen_by: row.frozen_by,
        supersedes: row.supersedes,
    });
    Ok(Issues { issues: issues.collect(), total })
}

/// What is shown of a frozen brief, without what it is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    pub issue: Issue,
    /// Microseconds UTC.
    pub as_of: i64,
    pub brief: Brief,
    /// The program that computed it.
    pub program: String,
}

/// A frozen brief by its number, or the newest, as it was frozen but without its bundle: for looking at.
///
/// # Errors
/// [`ShareError::Forbidden`] for who may not see briefs of this hub.
pub async fn issue(here: &Here, permit: &Permit<()>, number: Option<i64>) -> Result<Option<Shown>, BriefError> {
    of_hub(here, permit.who(), Verb::See)?;
    let found = sql::content(&here.store, number.map(id).as_deref()).await?;
    found
        .map(|(row, content, program)| {
            let brief = serde_json::from_str(&content).map_err(BriefError::Stored)?;
            let SummaryRow { number, as_of, frozen_by, frozen_at, supersedes } = row;
            Ok(Shown { issue: Issue { number, frozen_by, frozen_at, supersedes }, as_of, brief, program })
        })
        .transpose()
}

/// A frozen brief as it was frozen, with its entry and, once a checkpoint covers it, the proof.
///
/// # Errors
/// [`ShareError::Forbidden`] for who may not see briefs of this hub, [`ShareError::Unseen`] when there is none of this number.
pub async fn frozen(here: &Here, permit: &Permit<()>, number: i64) -> Result<Document, BriefError> {
    of_hub(here, permit.who(), Verb::See)?;
    let unseen = || ShareError::Unseen { what: "brief", id: number.to_string() };
    let (row, entry_id) = sql::brief(&here.store, &id(number)).await?.ok_or_else(unseen)?;
    let record = match entry_id {
        Some(entry_id) => recorded(here, &entry_id).await?,
        None => None,
    };
    let brief: Brief = serde_json::from_str(&row.content).map_err(BriefError::Stored)?;
    let bundle = serde_json::from_str(&row.bundle).map_err(BriefError::Stored)?;
    let issue =
        Issue { number: row.number, frozen_by: row.frozen_by, frozen_at: row.frozen_at, supersedes: row.supersedes };
    Ok(Document::of(brief, bundle, Some(issue), &row.program, record))
}

/// The salt behind the pseudonym of an organisation in a frozen brief, with which the hub can show an owner which line is theirs. None when it is not
/// in the brief.
///
/// # Errors
/// [`ShareError::Forbidden`] for who may not publish briefs of this hub.
pub async fn opening(
    here: &Here,
    permit: &Permit<()>,
    number: i64,
    organisation_id: &str,
) -> Result<Option<Vec<u8>>, BriefError> {
    of_hub(here, permit.who(), Verb::Publish)?;
    let Some((row, _)) = sql::brief(&here.store, &id(number)).await? else { return Ok(None) };
    let secret = sql::secret(&here.store, &id(number)).await?.and_then(|secret| <[u8; 32]>::try_from(secret).ok());
    let Some(secret) = secret else { return Ok(None) };
    let bundle: Bundle = serde_json::from_str(&row.bundle).map_err(BriefError::Stored)?;
    let salt = salt(&secret, organisation_id);
    let pseudonym = pseudonym(&salt, organisation_id);
    Ok(bundle.jurisdictions.iter().any(|one| one.pseudonym == pseudonym).then(|| salt.to_vec()))
}

/// The id of a frozen brief, which its entry is about.
pub(crate) fn id(number: i64) -> String {
    format!("brief-{number}")
}

async fn recorded(here: &Here, entry_id: &str) -> Result<Option<Recorded>, BriefError> {
    let log_key = here.installation.log_key.clone();
    if let Some(proof) = ward_store::prove(&here.store, entry_id).await? {
        let inclusion = Inclusion { hashes: proof.hashes, checkpoint: proof.checkpoint };
        return Ok(Some(Recorded { log_key, entry: proof.entry.into(), inclusion: Some(inclusion) }));
    }
    let entry = ward_store::entry(&here.store, entry_id).await?;
    Ok(entry.map(|entry| Recorded { log_key, entry: entry.into(), inclusion: None }))
}

/// Asks again where it is done: only the people of the organisation that owns a hub act on its briefs.
pub(crate) fn of_hub(here: &Here, who: &Who, verb: Verb) -> Result<(), BriefError> {
    let is_own = who.organisation.id == here.installation.organisation_id && here.installation.is_hub;
    if is_own && permit(who, verb, Resource::Brief, ()).is_ok() {
        return Ok(());
    }
    Err(ShareError::Forbidden { who: who.name.clone() }.into())
}
