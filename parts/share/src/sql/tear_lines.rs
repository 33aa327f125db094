//! The SQL of versions that can be passed on.

use ward_store::{Row, Store, StoreError, Tx, values};

/// A row of `tear_line`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TearLineRow {
    pub id: String,
    /// The restricted object.
    pub stix_id: String,
    pub state: String,
    pub asked_at: i64,
    /// The draft that counts.
    pub draft_id: Option<String>,
    pub reason: String,
    pub closed_at: Option<i64>,
}

/// The newest `tear_line` of an object, as it is read with that object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarriedRow {
    pub id: String,
    pub state: String,
    pub asked_at: i64,
    pub closed_at: Option<i64>,
    pub reason: String,
    /// The id that the draft that counts gives.
    pub new_id: Option<String>,
}

/// A row of `tear_line` in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedRow {
    pub id: String,
    pub stix_id: String,
    pub state: String,
    pub asked_at: i64,
    pub closed_at: Option<i64>,
    pub reason: String,
    /// The id that the draft that counts gives.
    pub new_id: Option<String>,
    pub draft: Option<DraftFacts>,
    /// Whether whoever looks approved that draft.
    pub has_approved: bool,
}

/// What a list says of the draft that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftFacts {
    pub id: String,
    /// The version of the restricted object that it was made from.
    pub of_version: String,
    pub approvals: usize,
}

/// A row of `tear_line_draft`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftRow {
    pub id: String,
    pub tear_line_id: String,
    /// The version of the restricted object that it was made from.
    pub of_version: String,
    /// JSON of what was chosen.
    pub choice: String,
    /// JSON list of selectors.
    pub removed: String,
    pub new_id: String,
    pub body: Vec<u8>,
    pub drafted_by: String,
    pub at: i64,
}

macro_rules! tear_line {
    ($rest:literal) => {
        concat!("SELECT id, stix_id, state, asked_at, draft_id, reason, closed_at FROM tear_line ", $rest)
    };
}

/// The newest of the object `$1`, for [`read_carried`].
macro_rules! carried_sql {
    () => {
        "SELECT l.id AS tear_line_id, l.state AS tear_line_state, l.asked_at, l.closed_at, l.reason, d.new_id FROM tear_line l
         LEFT JOIN tear_line_draft d ON d.id = l.draft_id WHERE l.stix_id = $1 ORDER BY l.id DESC LIMIT 1"
    };
}
pub(crate) use carried_sql;

/// What an object carries.
pub async fn carried(store: &Store, stix_id: &str) -> Result<Option<CarriedRow>, StoreError> {
    store.fetch_optional(carried_sql!(), values![stix_id]).await?.map_or(Ok(None), |row| read_carried(&row))
}

/// None where the columns are empty.
pub fn read_carried(row: &Row) -> Result<Option<CarriedRow>, StoreError> {
    let Some(id) = row.get("tear_line_id")? else { return Ok(None) };
    Ok(Some(CarriedRow {
        id,
        state: row.get("tear_line_state")?,
        asked_at: row.get("asked_at")?,
        closed_at: row.get("closed_at")?,
        reason: row.get("reason")?,
        new_id: row.get("new_id")?,
    }))
}

pub async fn insert(tx: &mut Tx, row: &TearLineRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO tear_line (id, stix_id, state, asked_at, draft_id, reason, closed_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let draft_id = row.draft_id.as_deref();
    tx.execute(sql, values![&row.id, &row.stix_id, &row.state, row.asked_at, draft_id, &row.reason, row.closed_at])
        .await?;
    Ok(())
}

pub async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<TearLineRow>, StoreError> {
    tx.fetch_optional(tear_line!("WHERE id = $1"), values![id]).await?.as_ref().map(read).transpose()
}

/// The newest of an object.
pub async fn latest(tx: &mut Tx, stix_id: &str) -> Result<Option<TearLineRow>, StoreError> {
    let sql = tear_line!("WHERE stix_id = $1 ORDER BY id DESC LIMIT 1");
    tx.fetch_optional(sql, values![stix_id]).await?.as_ref().map(read).transpose()
}

macro_rules! listed {
    ($rest:literal) => {
        concat!(
            "SELECT l.id, l.stix_id, l.state, l.asked_at, l.closed_at, l.reason, l.draft_id, d.new_id, d.of_version,
               (SELECT COUNT(*) FROM tear_line_approval a WHERE a.draft_id = l.draft_id) AS approvals,
               (SELECT COUNT(*) FROM tear_line_approval a WHERE a.draft_id = l.draft_id AND a.person_id = $1) AS own_approvals
             FROM tear_line l LEFT JOIN tear_line_draft d ON d.id = l.draft_id ",
            $rest
        )
    };
}

/// Open ones first, the oldest first, then the others, with what this person did.
pub async fn all(store: &Store, person_id: &str, at_most: i64) -> Result<Vec<ListedRow>, StoreError> {
    let sql = listed!("ORDER BY CASE WHEN l.state = 'open' THEN 0 ELSE 1 END, l.asked_at, l.id LIMIT $2");
    store.fetch(sql, values![person_id, at_most]).await?.iter().map(read_listed).collect()
}

/// Open ones, the oldest first.
pub async fn open(store: &Store, person_id: &str, at_most: i64) -> Result<Vec<ListedRow>, StoreError> {
    let sql = listed!("WHERE l.state = 'open' ORDER BY l.asked_at, l.id LIMIT $2");
    store.fetch(sql, values![person_id, at_most]).await?.iter().map(read_listed).collect()
}

pub async fn one(store: &Store, person_id: &str, id: &str) -> Result<Option<ListedRow>, StoreError> {
    let row = store.fetch_optional(listed!("WHERE l.id = $2"), values![person_id, id]).await?;
    row.as_ref().map(read_listed).transpose()
}

fn read_listed(row: &Row) -> Result<ListedRow, StoreError> {
    let approvals: i64 = row.get("approvals")?;
    let draft = match (row.get("draft_id")?, row.get("of_version")?) {
        (Some(id), Some(of_version)) => {
            Some(DraftFacts { id, of_version, approvals: usize::try_from(approvals).unwrap_or(0) })
        }
        _ => None,
    };
    Ok(ListedRow {
        id: row.get("id")?,
        stix_id: row.get("stix_id")?,
        state: row.get("state")?,
        asked_at: row.get("asked_at")?,
        closed_at: row.get("closed_at")?,
        reason: row.get("reason")?,
        new_id: row.get("new_id")?,
        draft,
        has_approved: row.get::<i64>("own_approvals")? > 0,
    })
}

pub async fn close(tx: &mut Tx, id: &str, state: &str, reason: &str, at: i64) -> Result<(), StoreError> {
    let sql = "UPDATE tear_line SET state = $1, reason = $2, closed_at = $3 WHERE id = $4";
    tx.execute(sql, values![state, reason, at, id]).await?;
    Ok(())
}

/// The organisations that asked, in order.
pub async fn asked_by(tx: &mut Tx, id: &str) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT organisation_id FROM tear_line_ask WHERE tear_line_id = $1 ORDER BY at, organisation_id";
    tx.fetch(sql, values![id]).await?.iter().map(|row| row.get("organisation_id")).collect()
}

pub async fn insert_ask(
    tx: &mut Tx,
    id: &str,
    organisation_id: &str,
    asked_by: &str,
    at: i64,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO tear_line_ask (tear_line_id, organisation_id, asked_by, at) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, values![id, organisation_id, asked_by, at]).await?;
    Ok(())
}

/// Adds a draft, which counts from now on.
pub async fn insert_draft(tx: &mut Tx, row: &DraftRow) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO tear_line_draft (id, tear_line_id, of_version, choice, removed, new_id, body, drafted_by, at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values = values![
        &row.id,
        &row.tear_line_id,
        &row.of_version,
        &row.choice,
        &row.removed,
        &row.new_id,
        row.body.as_slice(),
        &row.drafted_by,
        row.at
    ];
    tx.execute(sql, values).await?;
    tx.execute("UPDATE tear_line SET draft_id = $1 WHERE id = $2", values![&row.id, &row.tear_line_id]).await?;
    Ok(())
}

pub async fn draft(tx: &mut Tx, id: &str) -> Result<Option<DraftRow>, StoreError> {
    let sql = "SELECT id, tear_line_id, of_version, choice, removed, new_id, body, drafted_by, at FROM tear_line_draft WHERE id = $1";
    tx.fetch_optional(sql, values![id]).await?.as_ref().map(read_draft).transpose()
}

/// Who approved a draft: person and organisation, in order.
pub async fn approvals(tx: &mut Tx, draft_id: &str) -> Result<Vec<(String, String)>, StoreError> {
    let sql = "SELECT person_id, organisation_id FROM tear_line_approval WHERE draft_id = $1 ORDER BY at, person_id";
    let rows = tx.fetch(sql, values![draft_id]).await?;
    rows.iter().map(|row| Ok((row.get("person_id")?, row.get("organisation_id")?))).collect()
}

pub async fn insert_approval(
    tx: &mut Tx,
    draft_id: &str,
    person_id: &str,
    organisation_id: &str,
    at: i64,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO tear_line_approval (draft_id, person_id, organisation_id, at) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, values![draft_id, person_id, organisation_id, at]).await?;
    Ok(())
}

fn read(row: &Row) -> Result<TearLineRow, StoreError> {
    Ok(TearLineRow {
        id: row.get("id")?,
        stix_id: row.get("stix_id")?,
        state: row.get("state")?,
        asked_at: row.get("asked_at")?,
        draft_id: row.get("draft_id")?,
        reason: row.get("reason")?,
        closed_at: row.get("closed_at")?,
    })
}

fn read_draft(row: &Row) -> Result<DraftRow, StoreError> {
    Ok(DraftRow {
        id: row.get("id")?,
        tear_line_id: row.get("tear_line_id")?,
        of_version: row.get("of_version")?,
        choice: row.get("choice")?,
        removed: row.get("removed")?,
        new_id: row.get("new_id")?,
        body: row.get("body")?,
        drafted_by: row.get("drafted_by")?,
        at: row.get("at")?,
    })
}
