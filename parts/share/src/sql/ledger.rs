//! The SQL of what was delivered to whom, and of what was called back.

use ward_store::{Row, Store, StoreError, Tx, values};

use super::objects::{Placed, placed, read_placed};

/// A row of `delivered_page`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRow {
    pub id: String,
    pub organisation_id: String,
    pub reader: String,
    pub collection_id: String,
    pub at: i64,
    pub first_tick: i64,
    pub last_tick: i64,
    pub objects: Vec<u8>,
    pub decisions: String,
    pub sha256: String,
    pub entry_id: String,
}

macro_rules! page {
    ($rest:literal) => {
        concat!(
            "SELECT id, organisation_id, reader, collection_id, at, first_tick, last_tick, objects, decisions, sha256, entry_id
             FROM delivered_page ",
            $rest
        )
    };
}

/// Whether the very same page went to the reader before.
pub async fn is_known(store: &Store, reader: &str, sha256: &str) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM delivered_page WHERE reader = $1 AND sha256 = $2 LIMIT 1";
    Ok(store.fetch_optional(sql, values![reader, sha256]).await?.is_some())
}

pub async fn insert_page(tx: &mut Tx, row: &PageRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO delivered_page (id, organisation_id, reader, collection_id, at, first_tick, last_tick, objects, decisions, sha256,
                 entry_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '')";
    let values = values![
        &row.id,
        &row.organisation_id,
        &row.reader,
        &row.collection_id,
        row.at,
        row.first_tick,
        row.last_tick,
        row.objects.as_slice(),
        &row.decisions,
        &row.sha256
    ];
    tx.execute(sql, values).await?;
    Ok(())
}

pub async fn set_entry(tx: &mut Tx, page_id: &str, entry_id: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE delivered_page SET entry_id = $1 WHERE id = $2", values![entry_id, page_id]).await?;
    Ok(())
}

/// The pages that went to an organisation after one of them, in order.
pub async fn pages(
    store: &Store,
    organisation_id: &str,
    after_id: &str,
    at_most: i64,
) -> Result<Vec<PageRow>, StoreError> {
    let sql = page!("WHERE organisation_id = $1 AND id > $2 ORDER BY id LIMIT $3");
    store.fetch(sql, values![organisation_id, after_id, at_most]).await?.iter().map(read_page).collect()
}

/// The pages that may hold what was offered at a tick.
pub async fn pages_around(tx: &mut Tx, collection_id: &str, tick: i64) -> Result<Vec<PageRow>, StoreError> {
    let sql = page!("WHERE collection_id = $1 AND first_tick <= $2 AND last_tick >= $2 ORDER BY id");
    tx.fetch(sql, values![collection_id, tick]).await?.iter().map(read_page).collect()
}

/// The pages that went to a reader.
pub async fn pages_of(tx: &mut Tx, reader: &str) -> Result<Vec<PageRow>, StoreError> {
    tx.fetch(page!("WHERE reader = $1 ORDER BY id"), values![reader]).await?.iter().map(read_page).collect()
}

/// Every reader that anything went to.
pub async fn readers(store: &Store) -> Result<Vec<String>, StoreError> {
    let rows = store.fetch("SELECT DISTINCT reader FROM delivered_page ORDER BY reader", &[]).await?;
    rows.iter().map(|row| row.get("reader")).collect()
}

/// A row of a collection with the digest of its bytes.
pub async fn placed_with_digest(store: &Store, object_id: &str) -> Result<Option<(Placed, String)>, StoreError> {
    let sql = placed!("", ", c.sha256 FROM collection_object c WHERE c.id = $1");
    let row = store.fetch_optional(sql, values![object_id]).await?;
    row.map(|row| Ok((read_placed(&row)?, row.get("sha256")?))).transpose()
}

/// Every tick at which a row was offered to anybody.
pub async fn ticks_of(tx: &mut Tx, object_id: &str) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT tick FROM collection_object WHERE id = $1 AND tick IS NOT NULL
               UNION SELECT tick FROM handling_change WHERE object_id = $1 AND tick IS NOT NULL
               UNION SELECT tick FROM appearance WHERE object_id = $1";
    tx.fetch(sql, values![object_id]).await?.iter().map(|row| row.get("tick")).collect()
}

/// A row of `recall_party` with its recall.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PartyRow {
    pub recall_id: String,
    pub reason: String,
    pub opened_at: i64,
    pub organisation_id: String,
    pub object_id: String,
    pub stix_id: String,
    pub version: String,
    pub delivered_at: i64,
    pub confirmed_at: Option<i64>,
    pub confirmed_by: Option<String>,
}

pub async fn insert_recall(tx: &mut Tx, id: &str, reason: &str, at: i64) -> Result<(), StoreError> {
    tx.execute("INSERT INTO recall (id, reason, at) VALUES ($1, $2, $3)", values![id, reason, at]).await?;
    Ok(())
}

pub async fn insert_party(tx: &mut Tx, row: &PartyRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO recall_party (recall_id, organisation_id, object_id, stix_id, version, delivered_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let values =
        values![&row.recall_id, &row.organisation_id, &row.object_id, &row.stix_id, &row.version, row.delivered_at];
    tx.execute(sql, values).await?;
    Ok(())
}

macro_rules! party {
    ($rest:literal) => {
        concat!(
            "SELECT p.recall_id, r.reason, r.at AS opened_at, p.organisation_id, p.object_id, p.stix_id, p.version, p.delivered_at,
               p.confirmed_at, p.confirmed_by FROM recall_party p JOIN recall r ON r.id = p.recall_id ",
            $rest
        )
    };
}

/// What was called back from an organisation, of everybody when empty; the newest first.
pub async fn parties(store: &Store, organisation_id: &str, at_most: i64) -> Result<Vec<PartyRow>, StoreError> {
    let sql = party!(
        "WHERE ($1 = '' OR p.organisation_id = $1) ORDER BY r.at DESC, p.recall_id, p.organisation_id, p.stix_id LIMIT $2"
    );
    store.fetch(sql, values![organisation_id, at_most]).await?.iter().map(read_party).collect()
}

/// When a row was last called back from an organisation.
pub async fn last_recall(tx: &mut Tx, organisation_id: &str, object_id: &str) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT MAX(r.at) AS at FROM recall_party p JOIN recall r ON r.id = p.recall_id
               WHERE p.organisation_id = $1 AND p.object_id = $2";
    tx.fetch_optional(sql, values![organisation_id, object_id]).await?.map_or(Ok(None), |row| row.get("at"))
}

/// What a recall called back from an organisation, within a transaction.
pub async fn parties_in(tx: &mut Tx, recall_id: &str, organisation_id: &str) -> Result<Vec<PartyRow>, StoreError> {
    let sql = party!("WHERE p.recall_id = $1 AND p.organisation_id = $2 ORDER BY p.stix_id");
    tx.fetch(sql, values![recall_id, organisation_id]).await?.iter().map(read_party).collect()
}

/// Notes that an organisation did what a recall asks. Gives how many rows that closes.
pub async fn confirm(
    tx: &mut Tx,
    recall_id: &str,
    organisation_id: &str,
    by: &str,
    at: i64,
) -> Result<u64, StoreError> {
    let sql = "UPDATE recall_party SET confirmed_at = $1, confirmed_by = $2
               WHERE recall_id = $3 AND organisation_id = $4 AND confirmed_at IS NULL";
    tx.execute(sql, values![at, by, recall_id, organisation_id]).await
}

fn read_page(row: &Row) -> Result<PageRow, StoreError> {
    Ok(PageRow {
        id: row.get("id")?,
        organisation_id: row.get("organisation_id")?,
        reader: row.get("reader")?,
        collection_id: row.get("collection_id")?,
        at: row.get("at")?,
        first_tick: row.get("first_tick")?,
        last_tick: row.get("last_tick")?,
        objects: row.get("objects")?,
        decisions: row.get("decisions")?,
        sha256: row.get("sha256")?,
        entry_id: row.get("entry_id")?,
    })
}

fn read_party(row: &Row) -> Result<PartyRow, StoreError> {
    Ok(PartyRow {
        recall_id: row.get("recall_id")?,
        reason: row.get("reason")?,
        opened_at: row.get("opened_at")?,
        organisation_id: row.get("organisation_id")?,
        object_id: row.get("object_id")?,
        stix_id: row.get("stix_id")?,
        version: row.get("version")?,
        delivered_at: row.get("delivered_at")?,
        confirmed_at: row.get("confirmed_at")?,
        confirmed_by: row.get("confirmed_by")?,
    })
}
