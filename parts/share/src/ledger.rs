//! Who received which version under which decision: one row for each page that went out, with its entry in the record.
//!
//! A row lists the rows of the collection that were on the page, each with the rule that allowed it and the grant it needed. The same page fetched
//! again adds nothing. What the hub's own people read, and what everyone may read, is no delivery.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use ward_directory::{Here, Permit, Who};
use ward_policy::{Resource, Verb};
use ward_store::{Act, Proof, RecordedEntry, RowRef, StoreError, Value, hex, prove, random, row_digest, unhex};
use ward_tlog::{Hash, VerifierKey, checkpoint, leaf_hash, verify_inclusion};

use crate::ShareError;
use crate::alert::hub_permits;
use crate::collections::{Collection, Kind};
use crate::entitlement::{self, Judged};
use crate::page::version_of;
use crate::sql::ledger::{self, PageRow};
use crate::sql::objects::{HeldObject, Placed};
use crate::sql::visibility;

/// Bytes for each object of a page: the row's id, and the place of its decision in the page's list.
const OBJECT_BYTES: usize = 17;
/// Pages that are read at once.
const PAGES_MAX: i64 = 100;
/// Pages that people read at once.
const SENT_MAX: i64 = 25;
/// So many objects of each of them.
const OBJECTS_SHOWN: usize = 5;
/// The act of a delivery.
const DELIVERED: &str = "objects.delivered";

/// Why an object was on a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The rule that allowed it.
    pub rule: String,
    /// The grant without which it would not have been.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
}

/// One page of the ledger with the proof of its entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerPage {
    pub id: String,
    pub organisation_id: String,
    pub reader: String,
    pub collection_id: String,
    /// Microseconds UTC.
    pub at: i64,
    pub first_tick: i64,
    pub last_tick: i64,
    /// As recorded: what the entry's digest is over.
    pub objects_hex: String,
    pub decisions: String,
    pub sha256: String,
    pub delivered: Vec<Delivered>,
    /// None until a checkpoint covers the entry.
    pub proof: Option<EntryProof>,
}

/// The entry of a page, and its place in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryProof {
    pub number: u64,
    pub body: String,
    /// Lower-case hex.
    pub salt: String,
    pub hashes: Vec<Hash>,
    /// The signed checkpoint that the proof leads to.
    pub checkpoint: String,
}

impl EntryProof {
    fn of(proof: Proof) -> Option<EntryProof> {
        let number = proof.entry.number.and_then(|number| u64::try_from(number).ok())?;
        let (body, salt) = (proof.entry.body, proof.entry.salt);
        Some(EntryProof { number, body, salt, hashes: proof.hashes, checkpoint: proof.checkpoint })
    }

    /// The leaf in the log. None when the salt is not hex.
    fn leaf(&self) -> Option<Hash> {
        let (id, number) = (String::new(), None);
        let entry = RecordedEntry { id, number, body: self.body.clone(), salt: self.salt.clone() };
        Some(leaf_hash(&entry.digest()?))
    }
}

/// One object that was delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// The row's id, in `objects_hex`.
    pub row: String,
    pub stix_id: String,
    pub version: String,
    /// SHA-256 of the bytes that went out.
    pub sha256: String,
    pub reason: Reason,
}

impl Delivered {
    fn of(held: &HeldObject, judged: &Judged) -> Delivered {
        Delivered {
            row: held.id.clone(),
            stix_id: held.stix_id.clone(),
            version: version_of(held),
            sha256: hex(&Sha256::digest(&held.body)),
            reason: reason(judged),
        }
    }
}

/// What the entry says of all that went out, in lower-case hex.
fn delivered_digest(delivered: &[Delivered]) -> Result<String, StoreError> {
    let text = serde_json::to_vec(delivered).map_err(|e| StoreError::Record(e.to_string()))?;
    Ok(hex(&Sha256::digest(text)))
}

fn reason(judged: &Judged) -> Reason {
    Reason { rule: judged.decision.rule.to_owned(), grant: judged.grant.clone() }
}

/// Writes down a page that goes out now. Gives whether it is a delivery that was not known.
pub(crate) async fn deliver(
    here: &Here,
    who: &Who,
    collection: &Collection,
    rows: &[(&HeldObject, Judged)],
) -> Result<bool, ShareError> {
    let own = who.organisation.id == here.installation.organisation_id;
    let (Some((first, _)), Some((last, _))) = (rows.first(), rows.last()) else { return Ok(false) };
    if own || matches!(collection.kind, Kind::Public | Kind::Answers) {
        return Ok(false);
    }
    let (objects, decisions) = encode(rows)?;
    let mut row = PageRow {
        id: random::id(),
        organisation_id: who.organisation.id.clone(),
        reader: entitlement::reader(who),
        collection_id: collection.kept_in.clone(),
        at: here.now(),
        first_tick: first.offered,
        last_tick: last.offered,
        objects,
        decisions,
        sha256: String::new(),
        entry_id: String::new(),
    };
    row.sha256 = digest(&row);
    if ledger::is_known(&here.store, &row.reader, &row.sha256).await? {
        return Ok(false);
    }
    let delivered: Vec<Delivered> = rows.iter().map(|(held, judged)| Delivered::of(held, judged)).collect();
    let mut tx = here.store.begin().await?;
    ledger::insert_page(&mut tx, &row).await?;
    let act = Act {
        act: DELIVERED,
        actor: &who.actor,
        organisation: &who.organisation.id,
        subject: &who.organisation.id,
        at: row.at,
        detail: &json!({"collection": collection.alias, "objects": rows.len(), "delivered": delivered_digest(&delivered)?}),
        rows: &[RowRef { table: "delivered_page", key: &[&row.id] }],
    };
    let entry_id = tx.record(act).await?;
    ledger::set_entry(&mut tx, &row.id, &entry_id).await?;
    tx.commit().await?;
    Ok(true)
}

/// The rows' ids, each with the place of its reason, and the list of reasons.
fn encode(rows: &[(&HeldObject, Judged)]) -> Result<(Vec<u8>, String), ShareError> {
    let mut reasons: Vec<Reason> = Vec::new();
    let mut objects = Vec::with_capacity(rows.len() * OBJECT_BYTES);
    for (row, judged) in rows {
        let reason = reason(judged);
        let place = reasons.iter().position(|known| *known == reason).unwrap_or(reasons.len());
        if place == reasons.len() {
            reasons.push(reason);
        }
        let id = Uuid::parse_str(&row.id).map_err(|e| StoreError::Record(e.to_string()))?;
        objects.extend_from_slice(id.as_bytes());
        // A page holds fewer grants and rules than that; if ever not, the last stands for all beyond.
        objects.push(u8::try_from(place).unwrap_or(u8::MAX));
    }
    let decisions = serde_json::to_string(&reasons).map_err(|e| StoreError::Record(e.to_string()))?;
    Ok((objects, decisions))
}

/// The ids of the rows on a page, each with its reason.
pub(crate) fn decode(row: &PageRow) -> Vec<(String, Reason)> {
    let reasons: Vec<Reason> = serde_json::from_str(&row.decisions).unwrap_or_default();
    let one = |bytes: &[u8]| {
        let (id, place) = bytes.split_at_checked(OBJECT_BYTES - 1)?;
        let id = Uuid::from_slice(id).ok()?;
        let reason = reasons.get(usize::from(*place.first()?))?;
        Some((id.to_string(), reason.clone()))
    };
    row.objects.chunks_exact(OBJECT_BYTES).filter_map(one).collect()
}

/// What tells a page from others: everything but when it went out.
fn digest(row: &PageRow) -> String {
    let mut hasher = Sha256::new();
    for part in [row.reader.as_bytes(), row.collection_id.as_bytes(), &row.objects, row.decisions.as_bytes()] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.update(row.first_tick.to_be_bytes());
    hasher.update(row.last_tick.to_be_bytes());
    hex(&hasher.finalize())
}

/// The ledger of the caller's own organisation after one of its pages, with proofs.
///
/// # Errors
/// When the database fails.
pub async fn own(here: &Here, who: &Who, after_id: &str) -> Result<Vec<LedgerPage>, ShareError> {
    read(here, &who.organisation.id, after_id).await
}

/// The ledger of an organisation, for the hub's people who see its record.
///
/// # Errors
/// [`ShareError::Forbidden`].
pub async fn of_organisation(
    here: &Here,
    permit: &Permit<()>,
    organisation_id: &str,
    after_id: &str,
) -> Result<Vec<LedgerPage>, ShareError> {
    hub_permits(here, permit.who(), Verb::See, Resource::Log)?;
    read(here, organisation_id, after_id).await
}

async fn read(here: &Here, organisation_id: &str, after_id: &str) -> Result<Vec<LedgerPage>, ShareError> {
    let rows = ledger::pages(&here.store, organisation_id, after_id, PAGES_MAX).await?;
    let on_pages: Vec<Vec<(String, Reason)>> = rows.iter().map(decode).collect();
    let known = known(here, on_pages.iter().flatten()).await?;
    let mut pages = Vec::new();
    for (row, on_page) in rows.into_iter().zip(on_pages) {
        let delivered = on_page.into_iter().filter_map(|(id, reason)| {
            let (placed, sha256) = known.get(&id)?;
            let (stix_id, version, sha256) = (placed.stix_id.clone(), version_of(placed), sha256.clone());
            Some(Delivered { row: id, stix_id, version, sha256, reason })
        });
        let delivered = delivered.collect();
        let proof = prove(&here.store, &row.entry_id).await?.and_then(EntryProof::of);
        pages.push(LedgerPage {
            id: row.id,
            organisation_id: row.organisation_id,
            reader: row.reader,
            collection_id: row.collection_id,
            at: row.at,
            first_tick: row.first_tick,
            last_tick: row.last_tick,
            objects_hex: hex(&row.objects),
            decisions: row.decisions,
            sha256: row.sha256,
            delivered,
            proof,
        });
    }
    Ok(pages)
}

/// The rows that were on pages, by id, each with the digest of its bytes.
async fn known(
    here: &Here,
    on_pages: impl Iterator<Item = &(String, Reason)>,
) -> Result<BTreeMap<String, (Placed, String)>, ShareError> {
    let ids: BTreeSet<&str> = on_pages.map(|(id, _)| id.as_str()).collect();
    let mut tx = here.store.begin_reading().await?;
    let rows = visibility::placed_among(&mut tx, &ids.into_iter().collect::<Vec<_>>()).await?;
    tx.commit().await?;
    Ok(rows.into_iter().map(|(placed, sha256)| (placed.id.clone(), (placed, sha256))).collect())
}

/// One page of the ledger as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub id: String,
    pub collection_id: String,
    /// Microseconds UTC.
    pub at: i64,
    /// The number of its entry in the record; none until it has one.
    pub entry: Option<i64>,
    /// How many objects were on it.
    pub objects: usize,
    /// The first of them, or all when only this page was asked for: object, version, and why.
    pub delivered: Vec<(String, String, Reason)>,
}

/// Which part of a ledger people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// What follows a page; everything when empty.
    After(&'a str),
    /// One page with all that was on it.
    Only(&'a str),
}

/// A part of the ledger of an organisation as people read it: of their own, or of any for the hub's people who see its record. Gives whether
/// there is more.
///
/// # Errors
/// [`ShareError::Forbidden`].
pub async fn sent(
    here: &Here,
    who: &Who,
    organisation_id: &str,
    part: Part<'_>,
) -> Result<(Vec<Sent>, bool), ShareError> {
    if who.organisation.id != organisation_id {
        hub_permits(here, who, Verb::See, Resource::Log)?;
    }
    let (place, shown) = match part {
        Part::After(id) => ((id, ""), OBJECTS_SHOWN),
        Part::Only(id) => (("", id), usize::MAX),
    };
    let mut rows = ledger::numbered_pages(&here.store, organisation_id, place, SENT_MAX + 1).await?;
    let has_more = rows.len() > SENT_MAX as usize;
    rows.truncate(SENT_MAX as usize);
    let on_pages: Vec<Vec<(String, Reason)>> = rows.iter().map(|(row, _)| decode(row)).collect();
    let known = known(here, on_pages.iter().flat_map(|on_page| on_page.iter().take(shown))).await?;
    let one = |row: PageRow, entry: Option<i64>, on_page: Vec<(String, Reason)>| Sent {
        objects: on_page.len(),
        delivered: on_page
            .into_iter()
            .take(shown)
            .filter_map(|(id, reason)| {
                let (placed, _) = known.get(&id)?;
                Some((placed.stix_id.clone(), version_of(placed), reason))
            })
            .collect(),
        id: row.id,
        collection_id: row.collection_id,
        at: row.at,
        entry,
    };
    let sent = rows.into_iter().zip(on_pages).map(|((row, entry), on_page)| one(row, entry, on_page));
    Ok((sent.collect(), has_more))
}

/// What is wrong with a page of a ledger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerProblem {
    #[error("`{0}` is not a verifier key")]
    Key(String),
    #[error("no checkpoint covers the entry of the page yet; ask again after the next one")]
    NotProved,
    #[error("the checkpoint is not one of this log")]
    Checkpoint,
    #[error("the entry cannot be read")]
    Entry,
    #[error("the entry is not in the log")]
    NotInLog,
    #[error("the entry is not about this page")]
    OtherPage,
    #[error("what the page lists is not what went out")]
    OtherObjects,
}

/// Checks one page from itself alone, under the key of the hub's log: its entry is in the log, and says what the page says. Gives the entry's
/// number.
///
/// # Errors
/// The first [`LedgerProblem`].
pub fn verify(page: &LedgerPage, log_key: &str) -> Result<u64, LedgerProblem> {
    let key = VerifierKey::parse(log_key).map_err(|_| LedgerProblem::Key(log_key.to_owned()))?;
    let proof = page.proof.as_ref().ok_or(LedgerProblem::NotProved)?;
    let (tree, _) = checkpoint::open(&proof.checkpoint, &key).map_err(|_| LedgerProblem::Checkpoint)?;
    let leaf = proof.leaf().ok_or(LedgerProblem::Entry)?;
    verify_inclusion(proof.number, tree.size, &leaf, &proof.hashes, &tree.root).map_err(|_| LedgerProblem::NotInLog)?;
    let objects = unhex(&page.objects_hex).ok_or(LedgerProblem::OtherPage)?;
    let entry: EntryBody = serde_json::from_str(&proof.body).map_err(|_| LedgerProblem::Entry)?;
    let recorded = row_digest("delivered_page", &columns(page, &objects)).ok_or(LedgerProblem::OtherPage)?;
    let is_about = entry.act == DELIVERED
        && entry.organisation == page.organisation_id
        && entry
            .rows
            .iter()
            .any(|row| row.table == "delivered_page" && row.key == [page.id.as_str()] && row.sha256 == recorded);
    if !is_about {
        return Err(LedgerProblem::OtherPage);
    }
    let is_whole = delivered_digest(&page.delivered).is_ok_and(|digest| digest == entry.detail.delivered);
    if is_whole { Ok(proof.number) } else { Err(LedgerProblem::OtherObjects) }
}

#[derive(Deserialize)]
struct EntryBody {
    act: String,
    organisation: String,
    detail: EntryDetail,
    rows: Vec<EntryRow>,
}

#[derive(Deserialize)]
struct EntryDetail {
    delivered: String,
}

#[derive(Deserialize)]
struct EntryRow {
    table: String,
    key: Vec<String>,
    sha256: String,
}

/// The columns that the record digests, in its order.
fn columns(page: &LedgerPage, objects: &[u8]) -> Vec<(&'static str, Value)> {
    vec![
        ("organisation_id", Value::from(&page.organisation_id)),
        ("reader", Value::from(&page.reader)),
        ("collection_id", Value::from(&page.collection_id)),
        ("at", Value::from(page.at)),
        ("first_tick", Value::from(page.first_tick)),
        ("last_tick", Value::from(page.last_tick)),
        ("objects", Value::from(objects)),
        ("decisions", Value::from(&page.decisions)),
        ("sha256", Value::from(&page.sha256)),
    ]
}
