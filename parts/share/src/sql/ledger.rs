//! The SQL of what was delivered to whom, and of what was called back.

use std::collections::BTreeSet;

use ward_store::{Row, Store, StoreError, Tx, values};

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

/// As [`pages`], each with the number of its entry in the record; only that one when its id is given.
pub async fn numbered_pages(
    store: &Store,
    organisation_id: &str,
    (after_id, only_id): (&str, &str),
    at_most: i64,
) -> Result<Vec<(PageRow, Option<i64>)>, StoreError> {
    let sql = "SELECT p.id, p.organisation_id, p.reader, p.collection_id, p.at, p.first_tick, p.last_tick, p.objects, p.decisions, p.sha256,
                 p.entry_id, e.number FROM delivered_page p LEFT JOIN entry e ON e.id = p.entry_id
               WHERE p.organisation_id = $1 AND p.id > $2 AND ($3 = '' OR p.id = $3) ORDER BY p.id LIMIT $4";
    let rows = store.fetch(sql, values![organisation_id, after_id, only_id, at_most]).await?;
    rows.iter().map(|row| Ok((read_page(row)?, row.get("number")?))).collect()
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

/// Every tick at which a row was offered to anybody.
pub async fn ticks_of(tx: &mut Tx, object_id: &str) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT tick FROM collection_object WHERE id = $1
               UNION SELECT tick FROM handling_change WHERE object_id = $1
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

/// With the pages on which the row went out.
pub async fn insert_party(tx: &mut Tx, row: &PartyRow, pages: &BTreeSet<String>) -> Result<(), StoreError> {
    let sql = "INSERT INTO recall_party (recall_id, organisation_id, object_id, stix_id, version, delivered_at, pages)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let pages = serde_json::to_string(pages).map_err(|e| StoreError::Record(e.to_string()))?;
    let values = values![
        &row.recall_id,
        &row.organisation_id,
        &row.object_id,
        &row.stix_id,
        &row.version,
        row.delivered_at,
        &pages
    ];
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

/// A recall with what it asks of one organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecallRow {
    pub recall_id: String,
    pub reason: String,
    pub opened_at: i64,
    pub organisation_id: String,
    pub objects: i64,
    /// The first of the objects.
    pub stix_id: String,
    /// When it was confirmed, and who did.
    pub confirmed: Option<(i64, String)>,
}

/// How many recalls there are, one for each organisation, and how many of them are not confirmed; of everybody when no organisation is named.
pub async fn count_recalls(store: &Store, organisation_id: &str) -> Result<(i64, i64), StoreError> {
    let sql = "SELECT COUNT(*) AS n, COUNT(CASE WHEN g.open > 0 THEN 1 END) AS open FROM
                 (SELECT COUNT(*) - COUNT(confirmed_at) AS open FROM recall_party WHERE ($1 = '' OR organisation_id = $1)
                  GROUP BY recall_id, organisation_id) g";
    let row = store.fetch_optional(sql, values![organisation_id]).await?;
    row.map_or(Ok((0, 0)), |row| Ok((row.get("n")?, row.get("open")?)))
}

/// The recalls of an organisation, of everybody when empty; the newest first.
pub async fn recalls(
    store: &Store,
    organisation_id: &str,
    (at_most, after): (i64, i64),
) -> Result<Vec<RecallRow>, StoreError> {
    let sql = "SELECT p.recall_id, r.reason, r.at AS opened_at, p.organisation_id, COUNT(*) AS objects, MIN(p.stix_id) AS stix_id,
                 MIN(COALESCE(p.confirmed_at, 0)) AS confirmed_at, MAX(p.confirmed_by) AS confirmed_by
               FROM recall_party p JOIN recall r ON r.id = p.recall_id WHERE ($1 = '' OR p.organisation_id = $1)
               GROUP BY p.recall_id, r.reason, r.at, p.organisation_id
               ORDER BY r.at DESC, p.recall_id, p.organisation_id LIMIT $2 OFFSET $3";
    store.fetch(sql, values![organisation_id, at_most, after]).await?.iter().map(read_recall).collect()
}

/// The recalls that an organisation has not confirmed, the oldest first.
pub async fn open_recalls(store: &Store, organisation_id: &str, at_most: i64) -> Result<Vec<RecallRow>, StoreError> {
    let sql = "SELECT p.recall_id, r.reason, r.at AS opened_at, p.organisation_id, COUNT(*) AS objects, MIN(p.stix_id) AS stix_id,
                 CAST(0 AS BIGINT) AS confirmed_at, MAX(p.confirmed_by) AS confirmed_by
               FROM recall_party p JOIN recall r ON r.id = p.recall_id WHERE p.organisation_id = $1 AND p.confirmed_at IS NULL
               GROUP BY p.recall_id, r.reason, r.at, p.organisation_id ORDER BY r.at, p.recall_id LIMIT $2";
    store.fetch(sql, values![organisation_id, at_most]).await?.iter().map(read_recall).collect()
}

/// What a recall asks of an organisation, of everybody when empty.
pub async fn parties_of(
    store: &Store,
    recall_id: &str,
    organisation_id: &str,
    (at_most, after): (i64, i64),
) -> Result<Vec<PartyRow>, StoreError> {
    let sql = party!(
        "WHERE p.recall_id = $1 AND ($2 = '' OR p.organisation_id = $2)
         ORDER BY p.organisation_id, p.stix_id, p.object_id LIMIT $3 OFFSET $4"
    );
    store.fetch(sql, values![recall_id, organisation_id, at_most, after]).await?.iter().map(read_party).collect()
}

/// How many objects a recall asks of an organisation, and how many of them are not confirmed; of everybody when empty.
pub async fn count_parties(store: &Store, recall_id: &str, organisation_id: &str) -> Result<(i64, i64), StoreError> {
    let sql = "SELECT COUNT(*) AS n, COUNT(*) - COUNT(confirmed_at) AS open FROM recall_party
               WHERE recall_id = $1 AND ($2 = '' OR organisation_id = $2)";
    let row = store.fetch_optional(sql, values![recall_id, organisation_id]).await?;
    row.map_or(Ok((0, 0)), |row| Ok((row.get("n")?, row.get("open")?)))
}

/// The pages on which a row went out to an organisation and was called back since.
pub async fn pages_called_back(
    tx: &mut Tx,
    organisation_id: &str,
    object_id: &str,
) -> Result<BTreeSet<String>, StoreError> {
    let sql = "SELECT pages FROM recall_party WHERE organisation_id = $1 AND object_id = $2";
    let mut pages = BTreeSet::new();
    for row in tx.fetch(sql, values![organisation_id, object_id]).await? {
        let called_back: Vec<String> =
            serde_json::from_str(&row.get::<String>("pages")?).map_err(|e| StoreError::Record(e.to_string()))?;
        pages.extend(called_back);
    }
    Ok(pages)
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

fn read_recall(row: &Row) -> Result<RecallRow, StoreError> {
    let confirmed_at: i64 = row.get("confirmed_at")?;
    let by: Option<String> = row.get("confirmed_by")?;
    Ok(RecallRow {
        recall_id: row.get("recall_id")?,
        reason: row.get("reason")?,
        opened_at: row.get("opened_at")?,
        organisation_id: row.get("organisation_id")?,
        objects: row.get("objects")?,
        stix_id: row.get("stix_id")?,
        confirmed: (confirmed_at > 0).then(|| (confirmed_at, by.unwrap_or_default())),
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
