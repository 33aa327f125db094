//! The SQL of collections and the objects in them.

use bytes::Bytes;
use ward_store::{Row, Store, StoreError, Tx, Value, values};

/// A place to read from: the database as committed, or a transaction with what it has written so far.
pub enum Reader<'a> {
    Store(&'a Store),
    Tx(&'a mut Tx),
}

impl Reader<'_> {
    pub(super) async fn fetch(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
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
    /// Bytes of the largest object that was ever in it.
    pub largest_bytes: i64,
}

/// The collection has, or had, other versions of the object.
pub const SIBLINGS: i64 = 1;
/// It was handled in another way before, or offered again.
pub const OFFERED_AGAIN: i64 = 2;
/// It mentions what is handled in another way.
pub const MENTIONS: i64 = 4;

/// A row of `collection_object` without its bytes.
#[derive(Clone, Debug)]
pub struct Placed {
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
    /// How it is handled now: a row of `handling`.
    pub handling_id: String,
    /// What its place in a walk depends on beside how it is handled: [`SIBLINGS`], [`OFFERED_AGAIN`], [`MENTIONS`].
    pub attention: i64,
    pub received_at: i64,
    /// Its place in the walk, and when it came, in microseconds UTC.
    pub tick: i64,
    /// The first tick of what came with it, all at once.
    pub moment: i64,
}

impl Placed {
    /// A row that is in no collection, for what is asked of a way of handling alone.
    pub fn nowhere() -> Placed {
        Placed {
            id: String::new(),
            collection_id: String::new(),
            stix_id: String::new(),
            kind: String::new(),
            version: String::new(),
            version_key: String::new(),
            spec_version: String::new(),
            created_by_ref: None,
            organisation_id: String::new(),
            handling_id: String::new(),
            attention: 0,
            received_at: 0,
            tick: 0,
            moment: 0,
        }
    }
}

/// The same with its bytes, as it was found.
#[derive(Clone, Debug)]
pub struct HeldObject {
    placed: Placed,
    /// As its sender wrote it; empty when it was erased.
    pub body: Bytes,
    /// The tick at which a walk came upon it: its own, or a later one at which it is offered again.
    pub offered: i64,
}

impl std::ops::Deref for HeldObject {
    type Target = Placed;

    fn deref(&self) -> &Placed {
        &self.placed
    }
}

impl HeldObject {
    /// As a walk found it.
    pub(super) fn new(placed: Placed, body: Bytes, offered: i64) -> HeldObject {
        HeldObject { placed, body, offered }
    }

    /// Whether it is only known to have been there.
    pub fn is_erased(&self) -> bool {
        self.body.is_empty()
    }

    /// What stays when the bytes go elsewhere.
    pub fn into_parts(self) -> (Placed, Bytes, i64) {
        (self.placed, self.body, self.offered)
    }
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
    pub handling_id: &'a str,
    pub attention: i64,
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
    let rows = store
        .fetch("SELECT id, alias, title, description, kind, largest_bytes FROM collection ORDER BY id", &[])
        .await?;
    rows.iter()
        .map(|row| {
            Ok(CollectionRow {
                id: row.get("id")?,
                alias: row.get("alias")?,
                title: row.get("title")?,
                description: row.get("description")?,
                kind: row.get("kind")?,
                largest_bytes: row.get("largest_bytes")?,
            })
        })
        .collect()
}

/// Notes how large an object is that comes into a collection.
pub async fn note_size(tx: &mut Tx, collection_id: &str, bytes: usize) -> Result<(), StoreError> {
    let sql = "UPDATE collection SET largest_bytes = $2 WHERE id = $1 AND largest_bytes < $2";
    tx.execute(sql, values![collection_id, i64::try_from(bytes).unwrap_or(i64::MAX)]).await.map(drop)
}

/// Adds an object unless its collection has this version. Gives whether it was added. The transaction must have its turn.
pub async fn insert_object(tx: &mut Tx, new: &NewObject<'_>) -> Result<bool, StoreError> {
    let sql = "INSERT INTO collection_object (id, collection_id, stix_id, kind, version, version_key, spec_version, created_by_ref,
                 organisation_id, body, sha256, handling_id, attention, received_at, tick, moment)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
               ON CONFLICT (collection_id, stix_id, version_key) DO NOTHING";
    let tick = tx.tick()?;
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
        new.handling_id,
        new.attention,
        new.received_at,
        tick.at,
        tick.moment
    ];
    let added = tx.execute(sql, values).await? == 1;
    if added {
        note_size(tx, new.collection_id, new.body.len()).await?;
        tx.wrote_objects(1);
    }
    Ok(added)
}

/// One text of all of [`Placed`] and what else is named, of `collection_object` as `c`: what a row costs is paid by the value. No part holds the
/// separator (`intake::examine` refuses control characters in them).
macro_rules! fields {
    ($also:literal) => {
        concat!(
            "concat_ws('\u{1f}', c.id, c.collection_id, c.stix_id, c.kind, c.version, c.version_key, c.spec_version, COALESCE(c.created_by_ref, ''),
               c.organisation_id, c.handling_id, c.attention, c.received_at, c.tick, c.moment",
            $also,
            ")"
        )
    };
}
pub(super) use fields;

/// A query for [`read_placed`].
macro_rules! placed {
    ($before:literal, $rest:literal) => {
        concat!($before, "SELECT ", $crate::sql::objects::fields!(""), " AS placed", $rest)
    };
}
pub(super) use placed;

/// Every version of an object in any collection.
pub async fn versions_everywhere(tx: &mut Tx, stix_id: &str) -> Result<Vec<HeldObject>, StoreError> {
    let sql = placed!("", ", c.body, c.tick AS offered FROM collection_object c WHERE c.stix_id = $1 ORDER BY c.id");
    read_objects(tx.fetch(sql, values![stix_id]).await?)
}

/// The versions of an object in a collection, by tick.
pub async fn versions(store: &Store, collection_id: &str, stix_id: &str) -> Result<Vec<HeldObject>, StoreError> {
    let sql = placed!(
        "",
        ", c.body, c.tick AS offered FROM collection_object c
         WHERE c.collection_id = $1 AND c.stix_id = $2 ORDER BY c.tick"
    );
    read_objects(store.fetch(sql, values![collection_id, stix_id]).await?)
}

/// Every place at which a version of an object is offered to a reader.
pub async fn offers(
    store: &Store,
    collection_id: &str,
    reader: &str,
    stix_id: &str,
) -> Result<Vec<HeldObject>, StoreError> {
    let sql = concat!(
        placed!(
            "",
            ", c.body, c.tick AS offered FROM collection_object c WHERE c.collection_id = $1 AND c.stix_id = $2"
        ),
        placed!(
            " UNION ALL ",
            ", c.body, h.tick AS offered FROM collection_object c JOIN handling_change h ON h.object_id = c.id
             WHERE c.collection_id = $1 AND c.stix_id = $2"
        ),
        placed!(
            " UNION ALL ",
            ", c.body, a.tick AS offered FROM collection_object c JOIN appearance a ON a.object_id = c.id
             WHERE c.collection_id = $1 AND c.stix_id = $2 AND a.reader = $3"
        )
    );
    read_objects(store.fetch(sql, values![collection_id, stix_id, reader]).await?)
}

/// The marking-definitions with this id that either of two organisations sent, newest version first: sender and body.
pub async fn marking_definitions(
    reader: &mut Reader<'_>,
    stix_id: &str,
    sender: &str,
    or_sender: &str,
) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let sql = "SELECT organisation_id, body FROM collection_object
               WHERE stix_id = $1 AND kind = 'marking-definition' AND (organisation_id = $2 OR organisation_id = $3) AND length(body) > 0
               ORDER BY version_key DESC, id";
    let rows = reader.fetch(sql, values![stix_id, sender, or_sender]).await?;
    rows.iter().map(|row| Ok((row.get("organisation_id")?, row.get("body")?))).collect()
}

/// Removes a row that nobody was offered, for good.
pub async fn delete_object(tx: &mut Tx, id: &str) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM mention WHERE object_id = $1", values![id]).await?;
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

pub(super) fn read_placed(row: &Row) -> Result<Placed, StoreError> {
    parse_placed(&row.get::<String>("placed")?)
}

pub(super) fn parse_placed(text: &str) -> Result<Placed, StoreError> {
    let unreadable = || StoreError::Record("a row of `collection_object` cannot be read".to_owned());
    let mut parts = text.split('\u{1f}');
    let mut next = || parts.next().ok_or_else(unreadable);
    let number = |text: &str| text.parse::<i64>().map_err(|_| unreadable());
    let placed = Placed {
        id: next()?.to_owned(),
        collection_id: next()?.to_owned(),
        stix_id: next()?.to_owned(),
        kind: next()?.to_owned(),
        version: next()?.to_owned(),
        version_key: next()?.to_owned(),
        spec_version: next()?.to_owned(),
        created_by_ref: Some(next()?).filter(|creator| !creator.is_empty()).map(str::to_owned),
        organisation_id: next()?.to_owned(),
        handling_id: next()?.to_owned(),
        attention: number(next()?)?,
        received_at: number(next()?)?,
        tick: number(next()?)?,
        moment: number(next()?)?,
    };
    if parts.next().is_some() { Err(unreadable()) } else { Ok(placed) }
}

fn read_objects(rows: Vec<Row>) -> Result<Vec<HeldObject>, StoreError> {
    let read = |mut row: Row| {
        Ok(HeldObject { placed: read_placed(&row)?, offered: row.get("offered")?, body: row.take("body")? })
    };
    rows.into_iter().map(read).collect()
}
