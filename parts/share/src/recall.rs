//! Calling back: who has what they may no longer see is told so, and confirms that it is gone.
//!
//! A recall opens when something leaves a view after it was delivered: its marking was raised, it was withdrawn or erased, a grant ended, a
//! clearance fell. It lists exactly who has what, from the ledger. Parties are told by a note of the hub in the collection itself, so that any
//! TAXII client gets it, and in the console.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use ward_directory::{Here, Who, own_organisation};
use ward_stix::marking::{self, Tlp};
use ward_stix::object::Object;
use ward_stix::timestamp::format_micros;
use ward_store::{Act, RowRef, Tx, random};

use crate::ShareError;
use crate::anew::Written;
use crate::collections::{self, Kind};
use crate::handling::{FROM_ARRIVAL, Handled};
use crate::intake;
use crate::page::version_of;
use crate::sql::ledger::{self as sql, PartyRow};
use crate::sql::objects::Placed;

mod review;

pub use self::review::{review_changed_readers, review_offered_again, review_rows};
pub use crate::sql::ledger::{PartyRow as Recalled, RecallRow};

/// Most recalls that are listed.
const LISTED_MAX: i64 = 1_000;
/// Most ids in one note.
const IDS_IN_NOTE_MAX: usize = 1_000;

/// Something that an organisation has and may no longer see.
struct Lost {
    organisation_id: String,
    row: Placed,
    /// The pages of the ledger on which it went out, and when the last of them did.
    pages: BTreeSet<String>,
    delivered_at: i64,
}

/// Opens a recall of what went out on a page that was not called back before. Gives how many parties it has.
async fn open(here: &Here, lost: Vec<Lost>, reason: &str) -> Result<usize, ShareError> {
    let mut tx = here.store.begin().await?;
    tx.take_turn(here.now()).await?;
    let (recall_id, now) = (random::id(), here.now());
    let (mut parties, mut pages_of_parties) = (Vec::new(), Vec::new());
    for one in lost {
        let Lost { organisation_id, row, pages, delivered_at } = one;
        if row.organisation_id == organisation_id {
            continue;
        }
        let known = sql::pages_called_back(&mut tx, &organisation_id, &row.id).await?;
        if pages.is_subset(&known) {
            continue;
        }
        parties.push(PartyRow {
            recall_id: recall_id.clone(),
            reason: reason.to_owned(),
            opened_at: now,
            organisation_id,
            object_id: row.id.clone(),
            version: version_of(&row),
            stix_id: row.stix_id,
            delivered_at,
            confirmed_at: None,
            confirmed_by: None,
        });
        pages_of_parties.push(pages);
    }
    if parties.is_empty() {
        return Ok(0);
    }
    sql::insert_recall(&mut tx, &recall_id, reason, now).await?;
    for (party, pages) in parties.iter().zip(&pages_of_parties) {
        sql::insert_party(&mut tx, party, pages).await?;
    }
    let told = tell(here, &mut tx, &parties, reason).await?;
    record(here, &mut tx, &recall_id, &parties, told).await?;
    tx.commit().await?;
    Ok(parties.len())
}

/// A note for each party, which only that party sees: what it was sent, and that it is called back.
async fn tell(here: &Here, tx: &mut Tx, parties: &[PartyRow], reason: &str) -> Result<Vec<Written>, ShareError> {
    let collection = collections::id_of(here, Kind::ThreatInformation).await?;
    let own = own_organisation(here).await?;
    let mut of_party: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for party in parties {
        of_party.entry(&party.organisation_id).or_default().push(&party.stix_id);
    }
    let at = format_micros(here.now());
    let mut written = Vec::new();
    for (organisation_id, mut ids) in of_party {
        ids.sort_unstable();
        ids.dedup();
        for ids in ids.chunks(IDS_IN_NOTE_MAX) {
            let note = json!({
                "type": "note", "spec_version": "2.1", "id": format!("note--{}", random::uuid()), "created_by_ref": own.identity_id,
                "created": at, "modified": at, "abstract": "Called back",
                "content": format!("{} called this back: {reason}. Delete it wherever you keep it, and confirm that you did.", own.name),
                "labels": ["recall"], "object_refs": ids, "object_marking_refs": [Tlp::AmberStrict.official_id()],
            });
            let note = Object::parse(note.to_string().as_bytes()).map_err(|e| ShareError::invalid(e.to_string()))?;
            let handled = Handled::new(&own.id, &marking::resolve(&note, &|_| None), FROM_ARRIVAL);
            let handled = handled.addressed_to(organisation_id);
            written.extend(intake::insert(tx, &collection, &note, &handled, &own.id, here.now()).await?);
        }
    }
    Ok(written)
}

async fn record(
    here: &Here,
    tx: &mut Tx,
    recall_id: &str,
    parties: &[PartyRow],
    told: Vec<Written>,
) -> Result<(), ShareError> {
    let mut rows: Vec<(&'static str, Vec<&str>)> = vec![("recall", vec![recall_id])];
    rows.extend(
        parties
            .iter()
            .map(|one| ("recall_party", vec![one.organisation_id.as_str(), one.object_id.as_str(), recall_id])),
    );
    rows.extend(told.iter().map(|(table, id)| (*table, vec![id.as_str()])));
    let rows: Vec<RowRef<'_>> = rows.iter().map(|(table, key)| RowRef { table, key }).collect();
    let act = Act {
        act: "recall.opened",
        actor: "ward",
        organisation: &here.installation.organisation_id,
        subject: recall_id,
        at: here.now(),
        detail: &json!({"parties": parties.len()}),
        rows: &rows,
    };
    tx.record(act).await?;
    Ok(())
}

/// What was called back: from the caller's own organisation, or, for the hub's people, from everybody; the newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(here: &Here, who: &Who) -> Result<Vec<Recalled>, ShareError> {
    Ok(sql::parties(&here.store, of_whom(here, who), LISTED_MAX).await?)
}

/// Part of a list, and how long it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<T> {
    pub rows: Vec<T>,
    pub total: usize,
    /// How many of all are not confirmed.
    pub open: usize,
    /// Which page it is; the last one when one beyond was asked for.
    pub page: usize,
}

/// The recalls of the caller's own organisation, or, for the hub's people, of everybody; the newest first.
///
/// # Errors
/// When the database fails.
pub async fn recalls_page(
    here: &Here,
    who: &Who,
    page: usize,
    rows_a_page: usize,
) -> Result<Part<RecallRow>, ShareError> {
    let of = of_whom(here, who);
    let (total, open, page, place) = place(sql::count_recalls(&here.store, of).await?, page, rows_a_page);
    Ok(Part { rows: sql::recalls(&here.store, of, place).await?, total, open, page })
}

/// What one recall asks of the caller's own organisation, or, for the hub's people, of everybody.
///
/// # Errors
/// [`ShareError::Unseen`] when nothing was called back from it so.
pub async fn recall_page(
    here: &Here,
    who: &Who,
    recall_id: &str,
    page: usize,
    rows_a_page: usize,
) -> Result<Part<Recalled>, ShareError> {
    let of = of_whom(here, who);
    let counts = sql::count_parties(&here.store, recall_id, of).await?;
    let (total, open, page, place) = place(counts, page, rows_a_page);
    let rows = sql::parties_of(&here.store, recall_id, of, place).await?;
    if rows.is_empty() {
        return Err(ShareError::Unseen { what: "recall", id: recall_id.to_owned() });
    }
    Ok(Part { rows, total, open, page })
}

/// What was called back from the caller's own organisation and is not confirmed, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn waiting(here: &Here, who: &Who) -> Result<Vec<RecallRow>, ShareError> {
    Ok(sql::open_recalls(&here.store, &who.organisation.id, LISTED_MAX).await?)
}

/// Empty for the hub's people: of everybody.
fn of_whom<'a>(here: &Here, who: &'a Who) -> &'a str {
    let own = who.organisation.id == here.installation.organisation_id;
    if own { "" } else { &who.organisation.id }
}

/// How many there are, how many are open, which page is shown, and where its rows are.
fn place((total, open): (i64, i64), page: usize, rows_a_page: usize) -> (usize, usize, usize, (i64, i64)) {
    let count = |number: i64| usize::try_from(number).unwrap_or(0);
    let page = page.min(count(total).div_ceil(rows_a_page).max(1));
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    (count(total), count(open), page, (number(rows_a_page), number((page - 1) * rows_a_page)))
}

/// Notes that the caller's organisation deleted what a recall asks for. Gives how many objects that closes.
///
/// # Errors
/// [`ShareError::Unseen`] when nothing was called back from it so, [`ShareError::Forbidden`] with a token that only reads.
pub async fn confirm(here: &Here, who: &Who, recall_id: &str) -> Result<u64, ShareError> {
    if !who.scopes.iter().any(|scope| matches!(scope, ward_directory::Scope::Write | ward_directory::Scope::Node)) {
        return Err(ShareError::Forbidden { who: who.name.clone() });
    }
    let organisation_id = &who.organisation.id;
    let mut tx = here.store.begin().await?;
    let parties = sql::parties_in(&mut tx, recall_id, organisation_id).await?;
    if parties.is_empty() {
        return Err(ShareError::Unseen { what: "recall", id: recall_id.to_owned() });
    }
    let closed = sql::confirm(&mut tx, recall_id, organisation_id, &who.name, here.now()).await?;
    if closed == 0 {
        return Ok(0);
    }
    let keys: Vec<[&str; 3]> =
        parties.iter().map(|one| [organisation_id.as_str(), one.object_id.as_str(), recall_id]).collect();
    let rows: Vec<RowRef<'_>> = keys.iter().map(|key| RowRef { table: "recall_party", key }).collect();
    let act = Act {
        act: "recall.confirmed",
        actor: &who.actor,
        organisation: organisation_id,
        subject: recall_id,
        at: here.now(),
        detail: &json!({"objects": closed}),
        rows: &rows,
    };
    tx.record(act).await?;
    tx.commit().await?;
    Ok(closed)
}
