//! Calling back: who has what they may no longer see is told so, and confirms that it is gone.
//!
//! A recall opens when something leaves a view after it was delivered: its marking was raised, it was withdrawn or erased, a grant ended, a
//! clearance fell. It lists exactly who has what, from the ledger. Parties are told by a note of the hub in the collection itself, so that any
//! TAXII client gets it, and in the console.

use std::collections::BTreeMap;

use serde_json::json;
use ward_directory::{Here, Who, own_organisation, stands_for};
use ward_stix::marking::{self, Tlp};
use ward_stix::object::Object;
use ward_stix::timestamp::format_micros;
use ward_store::{Act, RowRef, Tx, put_setting, random, setting};

use crate::ShareError;
use crate::anew::Written;
use crate::collections::{self, Collection, Kind};
use crate::entitlement;
use crate::handling::{FROM_ARRIVAL, Handled};
use crate::intake;
use crate::ledger::decode;
use crate::page::{View, version_of};
use crate::sql::ledger::{self as sql, PageRow, PartyRow};
use crate::sql::objects::{MENTIONS, Placed};
use crate::sql::visibility;

pub use crate::sql::ledger::{PartyRow as Recalled, RecallRow};

/// Most recalls that are listed.
const LISTED_MAX: i64 = 1_000;
/// The setting that says up to which tick changes of what readers are entitled to were looked at.
const REVIEWED: &str = "recall.reviewed";
/// The same of what was offered again.
const OFFERED: &str = "recall.offered-again";
/// Why something is called back that says no more about itself than before.
const MENTIONS_HIDDEN: &str = "it mentions what is not for you now";
/// Most ids in one note.
const IDS_IN_NOTE_MAX: usize = 1_000;

/// Something that a reader has: the row, and when it went out last.
struct Had {
    object_id: String,
    delivered_at: i64,
}

/// Looks whether these rows, which are handled otherwise now or are gone, are still seen by all who have them; opens a recall for those who do
/// not. Gives how many parties it has.
///
/// # Errors
/// When the database fails.
pub async fn review_rows(here: &Here, object_ids: &[String], reason: &str) -> Result<usize, ShareError> {
    if object_ids.is_empty() {
        return Ok(0);
    }
    let mut rows = Vec::new();
    let mut tx = here.store.begin_reading().await?;
    for object_id in object_ids {
        rows.extend(visibility::placed(&mut tx, object_id).await?);
    }
    tx.commit().await?;
    let stix_ids = rows.iter().map(|row| row.stix_id.clone()).collect();
    let parties = review_placed(here, rows, reason).await?.parties;
    Ok(parties + review_mentioning(here, stix_ids, MENTIONS_HIDDEN).await?)
}

/// As [`review_rows`], of whatever depends on these objects because it mentions them, or mentions what does.
///
/// # Errors
/// When the database fails.
async fn review_mentioning(here: &Here, mut stix_ids: Vec<String>, reason: &str) -> Result<usize, ShareError> {
    if stix_ids.is_empty() {
        return Ok(0);
    }
    let mut rows: BTreeMap<String, Placed> = BTreeMap::new();
    let mut tx = here.store.begin_reading().await?;
    while let Some(stix_id) = stix_ids.pop() {
        for row in visibility::mentioning(&mut tx, &stix_id).await? {
            if row.attention & MENTIONS != 0 && !rows.contains_key(&row.id) {
                stix_ids.push(row.stix_id.clone());
                rows.insert(row.id.clone(), row);
            }
        }
    }
    tx.commit().await?;
    Ok(review_placed(here, rows.into_values().collect(), reason).await?.parties)
}

async fn review_placed(here: &Here, rows: Vec<Placed>, reason: &str) -> Result<Reviewed, ShareError> {
    let mut had: BTreeMap<String, Vec<Had>> = BTreeMap::new();
    let mut tx = here.store.begin_reading().await?;
    for row in &rows {
        let object_id = &row.id;
        for tick in sql::ticks_of(&mut tx, object_id).await? {
            for page in sql::pages_around(&mut tx, &row.collection_id, tick).await? {
                if decode(&page).iter().any(|(id, _)| id == object_id) {
                    let one = Had { object_id: object_id.clone(), delivered_at: page.at };
                    had.entry(page.reader).or_default().push(one);
                }
            }
        }
    }
    tx.commit().await?;
    review(here, had, reason).await
}

/// Looks whether a reader who is entitled to something else now still sees everything that went out to them.
///
/// # Errors
/// When the database fails.
pub async fn review_reader(here: &Here, reader: &str, reason: &str) -> Result<usize, ShareError> {
    let mut tx = here.store.begin_reading().await?;
    let pages = sql::pages_of(&mut tx, reader).await?;
    tx.commit().await?;
    let of_page = |page: &PageRow| {
        let at = page.at;
        decode(page).into_iter().map(move |(object_id, _)| Had { object_id, delivered_at: at })
    };
    let had = BTreeMap::from([(reader.to_owned(), pages.iter().flat_map(of_page).collect())]);
    Ok(review(here, had, reason).await?.parties)
}

/// Looks at every reader who is entitled to something else since this was done last, whether they asked since or not. To be called now and then;
/// gives how many parties recalls were opened for.
///
/// # Errors
/// When the database fails.
pub async fn review_changed_readers(here: &Here) -> Result<usize, ShareError> {
    for reader in sql::readers(&here.store).await? {
        let Some(who) = who_reads(here, &reader).await? else { continue };
        if entitlement::has_changed(here, &who).await? {
            entitlement::settle(here, &who).await?;
        }
    }
    let mut parties = 0;
    let reviewed = mark(here, REVIEWED).await?;
    let changed = visibility::entitled_since(&here.store, reviewed).await?;
    for (reader, _) in &changed {
        parties += review_reader(here, reader, "what you are entitled to has changed").await?;
    }
    set_mark(here, REVIEWED, changed.iter().map(|(_, tick)| *tick).max()).await?;
    Ok(parties)
}

/// Looks at everything that was handled otherwise or offered again since this was done last: what arrived may hide what mentions it, which shows
/// only when it has its place. To be called now and then; gives how many parties recalls were opened for.
///
/// # Errors
/// When the database fails.
pub async fn review_offered_again(here: &Here) -> Result<usize, ShareError> {
    let changed = visibility::offered_since(&here.store, mark(here, OFFERED).await?).await?;
    let last = changed.iter().map(|(_, tick)| *tick).max();
    let rows = changed.into_iter().map(|(row, _)| row).collect();
    let reviewed = review_placed(here, rows, MENTIONS_HIDDEN).await?;
    if !reviewed.is_waiting {
        set_mark(here, OFFERED, last).await?;
    }
    Ok(reviewed.parties)
}

/// Up to which tick something was looked at.
async fn mark(here: &Here, name: &str) -> Result<i64, ShareError> {
    Ok(setting(&here.store, name).await?.and_then(|tick| tick.parse().ok()).unwrap_or(0))
}

async fn set_mark(here: &Here, name: &str, tick: Option<i64>) -> Result<(), ShareError> {
    let Some(tick) = tick else { return Ok(()) };
    let mut tx = here.store.begin().await?;
    put_setting(&mut tx, name, &tick.to_string()).await?;
    Ok(tx.commit().await?)
}

async fn who_reads(here: &Here, reader: &str) -> Result<Option<Who>, ShareError> {
    let (organisation, person) = reader.split_once('/').map_or((reader, None), |(id, person)| (id, Some(person)));
    Ok(stands_for(here, organisation, person).await?)
}

/// What a review did.
struct Reviewed {
    parties: usize,
    /// Whether a reader was left out for now.
    is_waiting: bool,
}

/// A reader is left out until what they are entitled to now has its place: called back before, and shown again before anybody knew in between, it
/// would not be offered to them again. Once it has its place, everything that they have is looked at.
async fn review(here: &Here, had: BTreeMap<String, Vec<Had>>, reason: &str) -> Result<Reviewed, ShareError> {
    let mut lost: Vec<(String, Placed, i64)> = Vec::new();
    let mut is_waiting = false;
    for (reader, all) in had {
        let organisation = reader.split('/').next().unwrap_or_default().to_owned();
        let who = who_reads(here, &reader).await?;
        if let Some(who) = &who {
            let entitled = entitlement::settle(here, who).await?;
            if entitled.history.last().is_some_and(|(_, last)| *last != entitled.now) {
                is_waiting = true;
                continue;
            }
        }
        let mut newest: BTreeMap<String, i64> = BTreeMap::new();
        for one in all {
            let at = newest.entry(one.object_id).or_insert(one.delivered_at);
            *at = one.delivered_at.max(*at);
        }
        for row in no_longer_seen(here, who.as_ref(), newest.keys()).await? {
            let at = newest.get(&row.id).copied().unwrap_or_default();
            // Of an organisation's readers the one who got it last counts: what others got before may have been called back already.
            match lost.iter_mut().find(|(other, placed, _)| *other == organisation && placed.id == row.id) {
                Some((_, _, last)) => *last = at.max(*last),
                None => lost.push((organisation.clone(), row, at)),
            }
        }
    }
    let parties = if lost.is_empty() { 0 } else { open(here, lost, reason).await? };
    Ok(Reviewed { parties, is_waiting })
}

/// Those of the rows that somebody does not see now; all of them when there is nobody any more.
async fn no_longer_seen(
    here: &Here,
    who: Option<&Who>,
    object_ids: impl Iterator<Item = &String>,
) -> Result<Vec<Placed>, ShareError> {
    let collections: Vec<Collection> = match who {
        Some(who) => collections::list(here, who).await?.into_iter().filter(|one| one.can_read).collect(),
        None => Vec::new(),
    };
    let mut views: BTreeMap<String, View<'_>> = BTreeMap::new();
    let mut lost = Vec::new();
    for object_id in object_ids {
        let mut tx = here.store.begin_reading().await?;
        let row = visibility::placed(&mut tx, object_id).await?;
        tx.commit().await?;
        let Some(row) = row else { continue };
        let collection = collections.iter().find(|one| one.id == row.collection_id);
        let is_seen = match (who, collection) {
            (Some(who), Some(collection)) => {
                if !views.contains_key(&collection.id) {
                    views.insert(collection.id.clone(), View::of(here, who, collection).await?);
                }
                match views.get_mut(&collection.id) {
                    Some(view) => view.sees_now(&row).await?,
                    None => false,
                }
            }
            _ => false,
        };
        if !is_seen {
            lost.push(row);
        }
    }
    Ok(lost)
}

/// Opens a recall, unless it is open already for what went out since.
async fn open(here: &Here, lost: Vec<(String, Placed, i64)>, reason: &str) -> Result<usize, ShareError> {
    let mut tx = here.store.begin().await?;
    tx.take_turn(here.now()).await?;
    let (recall_id, now) = (random::id(), here.now());
    let mut parties = Vec::new();
    for (organisation_id, row, delivered_at) in lost {
        let last = sql::last_recall(&mut tx, &organisation_id, &row.id).await?;
        let is_owner = row.organisation_id == organisation_id;
        if is_owner || last.is_some_and(|last| last >= delivered_at) {
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
    }
    if parties.is_empty() {
        return Ok(0);
    }
    sql::insert_recall(&mut tx, &recall_id, reason, now).await?;
    for party in &parties {
        sql::insert_party(&mut tx, party).await?;
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
