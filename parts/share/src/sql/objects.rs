//! The SQL of collections and the objects in them.

use ward_store::{Row, Store, StoreError, Tx, Value, values};

/// A place to read from: the database as committed, or a transaction with what it has written so far.
pub enum Reader<'a> {
    Store(&'a Store),
    Tx(&'a mut Tx),
}

impl Reader<'_> {
    async fn fetch(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        match self {
            Reader::Store(store) => store.fetch(sql, values).await,
            Reader::Tx(tx) => tx.fetch(sql, values).await,
        }
    }
}

/// A row of `collection`.
#[derive(Clone, Debug)]
pub struct CollectionRow {
    pub id: String,
    pub alias: String,
    pub title: String,
    pub description: String,
    pub kind: String,
}

/// A row of `collection_object`, as far as readers need it.
#[derive(Clone, Debug)]
pub struct HeldObject {
    /// The row's id, not the object's.
    pub id: String,
    pub collection_id: String,
    pub stix_id: String,
    pub kind: String,
    /// Exact text; empty when the object has neither `modified` nor `created`.
    pub version: String,
    pub version_key: String,
    pub spec_version: String,
    pub created_by_ref: Option<String>,
    /// Who sent it.
    pub organisation_id: String,
    pub body: Vec<u8>,
    /// JSON of [`crate::handling::Handled`].
    pub handling: String,
    pub received_at: i64,
    /// None until it was sequenced; nothing without a tick is served.
    pub tick: Option<i64>,
    /// How many sequenced versions of the object its collection holds.
    pub versions: i64,
}

/// A row to be written to `collection_object`.
#[derive(Clone, Copy, Debug)]
pub struct NewObject<'a> {
    pub id: &'a str,
    pub collection_id: &'a str,
    pub stix_id: &'a str,
    pub kind: &'a str,
    pub version: &'a str,
    pub version_key: &'a str,
    pub spec_version: &'a str,
    pub created_by_ref: Option<&'a str>,
    pub organisation_id: &'a str,
    pub body: &'a [u8],
    pub sha256: &'a str,
    pub handling: &'a str,
    pub received_at: i64,
}

/// Adds a collection unless its alias is taken. Gives whether it was added.
pub async fn insert_collection(tx: &mut Tx, row: &CollectionRow, created_at: i64) -> Result<bool, StoreError> {
    let sql = "INSERT INTO collection (id, alias, title, description, kind, created_at) VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (alias) DO NOTHING";
    let values = values![&row.id, &row.alias, &row.title, &row.description, &row.kind, created_at];
    Ok(tx.execute(sql, values).await? == 1)
}

/// All collections, by id.
pub async fn collections(store: &Store) -> Result<Vec<CollectionRow>, StoreError> {
    let rows = store.fetch("SELECT id, alias, title, description, kind FROM collection ORDER BY id", &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(CollectionRow {
                id: row.get("id")?,
                alias: row.get("alias")?,
                title: row.get("title")?,
                description: row.get("description")?,
                kind: row.get("kind")?,
            })
        })
        .collect()
}

/// Waits for the turn to write objects; held until the transaction ends. On SQLite there is one writer anyway.
pub async fn take_turn(tx: &mut Tx) -> Result<(), StoreError> {
    tx.execute("UPDATE sequencer SET beats = beats + 1 WHERE id = 1", &[]).await?;
    Ok(())
}

/// Adds an object unless its collection has this version. Gives whether it was added.
pub async fn insert_object(tx: &mut Tx, new: &NewObject<'_>) -> Result<bool, StoreError> {
    let sql = "INSERT INTO collection_object (id, collection_id, stix_id, kind, version, version_key, spec_version, created_by_ref,
                 organisation_id, body, sha256, handling, received_at, tick)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, NULL)
               ON CONFLICT (collection_id, stix_id, version_key) DO NOTHING";
    let values = values![
        new.id,
        new.collection_id,
        new.stix_id,
        new.kind,
        new.version,
        new.version_key,
        new.spec_version,
        new.created_by_ref,
        new.organisation_id,
        new.body,
        new.sha256,
        new.handling,
        new.received_at
    ];
    let added = tx.execute(sql, values).await? == 1;
    if added {
        tx.wakes_sequencer();
    }
    Ok(added)
}

/// Every version of an object in any collection, sequenced or not.
pub async fn versions_everywhere(tx: &mut Tx, stix_id: &str) -> Result<Vec<HeldObject>, StoreError> {
    let sql = "SELECT id, collection_id, stix_id, kind, version, version_key, spec_version, created_by_ref, organisation_id, body,
                 handling, received_at, tick, 0 AS versions
               FROM collection_object WHERE stix_id = $1 ORDER BY id";
    tx.fetch(sql, values![stix_id]).await?.iter().map(read_object).collect()
}

/// The sequenced versions of an object in a collection, by tick.
pub async fn versions(store: &Store, collection_id: &str, stix_id: &str) -> Result<Vec<HeldObject>, StoreError> {
    let sql = "SELECT id, collection_id, stix_id, kind, version, version_key, spec_version, created_by_ref, organisation_id, body,
                 handling, received_at, tick, COUNT(*) OVER () AS versions
               FROM collection_object WHERE collection_id = $1 AND stix_id = $2 AND tick IS NOT NULL ORDER BY tick";
    store.fetch(sql, values![collection_id, stix_id]).await?.iter().map(read_object).collect()
}

/// The next sequenced rows of a collection after a tick, by tick. `kinds` is empty for any kind, else the kinds wanted between commas,
/// with a comma at both ends.
pub async fn after(
    store: &Store,
    collection_id: &str,
    tick: i64,
    kinds: &str,
    at_most: i64,
) -> Result<Vec<HeldObject>, StoreError> {
    let sql =
        "SELECT c.id, c.collection_id, c.stix_id, c.kind, c.version, c.version_key, c.spec_version, c.created_by_ref,
                 c.organisation_id, c.body, c.handling, c.received_at, c.tick,
                 (SELECT COUNT(*) FROM collection_object o
                  WHERE o.collection_id = c.collection_id AND o.stix_id = c.stix_id AND o.tick IS NOT NULL) AS versions
               FROM collection_object c
               WHERE c.collection_id = $1 AND c.tick > $2 AND ($3 = '' OR $3 LIKE '%,' || c.kind || ',%')
               ORDER BY c.tick LIMIT $4";
    store.fetch(sql, values![collection_id, tick, kinds, at_most]).await?.iter().map(read_object).collect()
}

/// The marking-definitions with this id that either of two organisations sent, newest version first: sender and body.
pub async fn marking_definitions(
    reader: &mut Reader<'_>,
    stix_id: &str,
    sender: &str,
    or_sender: &str,
) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let sql = "SELECT organisation_id, body FROM collection_object
               WHERE stix_id = $1 AND kind = 'marking-definition' AND (organisation_id = $2 OR organisation_id = $3)
               ORDER BY version_key DESC, id";
    let rows = reader.fetch(sql, values![stix_id, sender, or_sender]).await?;
    rows.iter().map(|row| Ok((row.get("organisation_id")?, row.get("body")?))).collect()
}

/// Lets the objects of a sender (of any, when empty) whose handling names this id be sequenced anew, so that those who poll get them.
pub async fn sequence_again_naming(tx: &mut Tx, stix_id: &str, sender: &str) -> Result<u64, StoreError> {
    let sql = "UPDATE collection_object SET tick = NULL
               WHERE tick IS NOT NULL AND ($2 = '' OR organisation_id = $2) AND handling LIKE '%' || $1 || '%'";
    tx.wakes_sequencer();
    tx.execute(sql, values![stix_id, sender]).await
}

/// Lets the objects of an alert be sequenced anew.
pub async fn sequence_again_of_alert(tx: &mut Tx, collection_id: &str, report_id: &str) -> Result<u64, StoreError> {
    let sql = "UPDATE collection_object SET tick = NULL
               WHERE collection_id = $1 AND tick IS NOT NULL
                 AND stix_id IN (SELECT stix_id FROM alert_object WHERE report_id = $2)";
    tx.wakes_sequencer();
    tx.execute(sql, values![collection_id, report_id]).await
}

/// The organisations that an alert is addressed to.
pub async fn alert_recipients(store: &Store, report_id: &str) -> Result<Vec<String>, StoreError> {
    let rows =
        store.fetch("SELECT organisation_id FROM alert_recipient WHERE report_id = $1", values![report_id]).await?;
    rows.iter().map(|row| row.get("organisation_id")).collect()
}

/// Removes a row for good.
pub async fn delete_object(tx: &mut Tx, id: &str) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM collection_object WHERE id = $1", values![id]).await
}

/// Whether these bytes of this sender are in quarantine: `None` when not, else whether a person released them.
pub async fn quarantined(
    tx: &mut Tx,
    stix_id: &str,
    organisation_id: &str,
    body: &[u8],
) -> Result<Option<bool>, StoreError> {
    let sql = "SELECT released_by FROM quarantine WHERE stix_id = $1 AND organisation_id = $2 AND body = $3 LIMIT 1";
    let row = tx.fetch_optional(sql, values![stix_id, organisation_id, body]).await?;
    row.map(|row| Ok(row.get::<Option<String>>("released_by")?.is_some())).transpose()
}

/// A row to be written to `quarantine`.
#[derive(Clone, Copy, Debug)]
pub struct NewQuarantine<'a> {
    pub id: &'a str,
    pub stix_id: &'a str,
    pub organisation_id: &'a str,
    pub reason: &'a str,
    pub body: &'a [u8],
    pub at: i64,
}

/// Puts an object into quarantine.
pub async fn insert_quarantine(tx: &mut Tx, new: &NewQuarantine<'_>) -> Result<(), StoreError> {
    let sql = "INSERT INTO quarantine (id, stix_id, organisation_id, reason, body, at, released_by)
               VALUES ($1, $2, $3, $4, $5, $6, NULL)";
    tx.execute(sql, values![new.id, new.stix_id, new.organisation_id, new.reason, new.body, new.at]).await?;
    Ok(())
}

/// Keeps a status resource and forgets those made before `forget_before`.
pub async fn insert_status(
    tx: &mut Tx,
    id: &str,
    organisation_id: &str,
    body: &str,
    at: i64,
    forget_before: i64,
) -> Result<(), StoreError> {
    tx.execute("DELETE FROM taxii_status WHERE created_at < $1", values![forget_before]).await?;
    let sql = "INSERT INTO taxii_status (id, organisation_id, body, created_at) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, values![id, organisation_id, body, at]).await?;
    Ok(())
}

/// The status resource with this id, for the organisation that sent the request.
pub async fn status(store: &Store, id: &str, organisation_id: &str) -> Result<Option<String>, StoreError> {
    let sql = "SELECT body FROM taxii_status WHERE id = $1 AND organisation_id = $2";
    store.fetch_optional(sql, values![id, organisation_id]).await?.map(|row| row.get("body")).transpose()
}

fn read_object(row: &Row) -> Result<HeldObject, StoreError> {
    Ok(HeldObject {
        id: row.get("id")?,
        collection_id: row.get("collection_id")?,
        stix_id: row.get("stix_id")?,
        kind: row.get("kind")?,
        version: row.get("version")?,
        version_key: row.get("version_key")?,
        spec_version: row.get("spec_version")?,
        created_by_ref: row.get("created_by_ref")?,
        organisation_id: row.get("organisation_id")?,
        body: row.get("body")?,
        handling: row.get("handling")?,
        received_at: row.get("received_at")?,
        tick: row.get("tick")?,
        versions: row.get("versions")?,
    })
}
