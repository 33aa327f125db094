//! Freezing: a brief gets its number, goes on the record with all that it is made of, and is never changed.

use serde::Serialize;
use serde_json::json;
use ward_directory::{Here, Permit, Who, permit};
use ward_policy::{Resource, Verb};
use ward_share::ShareError;
use ward_store::{Act, RowRef};

use crate::bundle::sha256_hex;
use crate::compute::compute;
use crate::document::{Document, Inclusion, Issue, PROGRAM, Recorded, canonical};
use crate::gather::gather;
use crate::sql::{self, BriefRow};
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
    // The salts have no line in the entry, which a stranger reads: the pseudonyms in the bundle commit to them already.
    for (organisation_id, salt) in &gathered.salts {
        sql::insert_salt(&mut tx, &id, organisation_id, salt).await?;
    }
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

/// The frozen briefs, the newest first.
///
/// # Errors
/// [`ShareError::Forbidden`] for who may not see briefs of this hub.
pub async fn list(here: &Here, permit: &Permit<()>) -> Result<Vec<IssueSummary>, BriefError> {
    of_hub(here, permit.who(), Verb::See)?;
    let rows = sql::briefs(&here.store).await?.into_iter().map(|row| IssueSummary {
        number: row.number,
        as_of: row.as_of,
        frozen_at: row.frozen_at,
        frozen_by: row.frozen_by,
        supersedes: row.supersedes,
    });
    Ok(rows.collect())
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
    Ok(sql::salt(&here.store, &id(number), organisation_id).await?)
}

/// The id of a frozen brief, which its entry is about.
pub(crate) fn id(number: i64) -> String {
    format!("brief-{number}")
}

async fn recorded(here: &Here, entry_id: &str) -> Result<Option<Recorded>, BriefError> {
    let log_key = here.installation.log_key.clone();
    if let Some(proof) = ward_store::prove(&here.store, entry_id).await? {
        let inclusion = Inclusion { hashes: proof.hashes, checkpoint: proof.checkpoint };
        return Ok(Some(Recorded { log_key, entry: proof.entry, inclusion: Some(inclusion) }));
    }
    let entry = ward_store::entry(&here.store, entry_id).await?;
    Ok(entry.map(|entry| Recorded { log_key, entry, inclusion: None }))
}

/// Asks again where it is done: only the people of the organisation that owns a hub act on its briefs.
fn of_hub(here: &Here, who: &Who, verb: Verb) -> Result<(), BriefError> {
    let is_own = who.organisation.id == here.installation.organisation_id && here.installation.is_hub;
    if is_own && permit(who, verb, Resource::Brief, ()).is_ok() {
        return Ok(());
    }
    Err(ShareError::Forbidden { who: who.name.clone() }.into())
}
