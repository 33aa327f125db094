//! The SQL of requests for information and of grants.

use ward_store::{Row, Store, StoreError, Tx, values};

/// A row of `information_request`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRow {
    pub id: String,
    pub organisation_id: String,
    pub asked_by: String,
    /// JSON of [`crate::grant::Covers`].
    pub covers: String,
    pub purpose: String,
    pub days: i64,
    pub at: i64,
    pub state: String,
    pub reason: String,
    pub closed_at: Option<i64>,
    /// Until when it was granted; earlier when that was ended.
    pub granted_until: Option<i64>,
}

pub async fn insert_request(tx: &mut Tx, row: &RequestRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO information_request (id, organisation_id, asked_by, covers, purpose, days, at, state, reason, closed_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values = values![
        &row.id,
        &row.organisation_id,
        &row.asked_by,
        &row.covers,
        &row.purpose,
        row.days,
        row.at,
        &row.state,
        &row.reason,
        row.closed_at
    ];
    tx.execute(sql, values).await?;
    Ok(())
}

macro_rules! request {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.organisation_id, r.asked_by, r.covers, r.purpose, r.days, r.at, r.state, r.reason, r.closed_at,
               COALESCE(g.ended_at, g.until) AS granted_until
             FROM information_request r LEFT JOIN information_grant g ON g.request_id = r.id ",
            $rest
        )
    };
}

pub async fn request(tx: &mut Tx, id: &str) -> Result<Option<RequestRow>, StoreError> {
    tx.fetch_optional(request!("WHERE r.id = $1"), values![id]).await?.as_ref().map(read_request).transpose()
}

/// All requests, open ones first, then the newest first.
pub async fn requests(tx: &mut Tx, at_most: i64) -> Result<Vec<RequestRow>, StoreError> {
    let sql = request!("ORDER BY CASE WHEN r.state = 'open' THEN 0 ELSE 1 END, r.id DESC LIMIT $1");
    tx.fetch(sql, values![at_most]).await?.iter().map(read_request).collect()
}

/// Open requests, the newest first.
pub async fn open_requests(tx: &mut Tx, at_most: i64) -> Result<Vec<RequestRow>, StoreError> {
    let sql = request!("WHERE r.state = 'open' ORDER BY r.id DESC LIMIT $1");
    tx.fetch(sql, values![at_most]).await?.iter().map(read_request).collect()
}

pub async fn close_request(tx: &mut Tx, id: &str, state: &str, reason: &str, at: i64) -> Result<(), StoreError> {
    let sql = "UPDATE information_request SET state = $1, reason = $2, closed_at = $3 WHERE id = $4";
    tx.execute(sql, values![state, reason, at, id]).await?;
    Ok(())
}

/// Who approved a request: person and organisation, in order.
pub async fn approvals(tx: &mut Tx, request_id: &str) -> Result<Vec<(String, String)>, StoreError> {
    let sql =
        "SELECT person_id, organisation_id FROM information_approval WHERE request_id = $1 ORDER BY at, person_id";
    let rows = tx.fetch(sql, values![request_id]).await?;
    rows.iter().map(|row| Ok((row.get("person_id")?, row.get("organisation_id")?))).collect()
}

/// Who approved each of these requests: request and person, of each in order.
pub async fn approvals_among(tx: &mut Tx, request_ids: &[&str]) -> Result<Vec<(String, String)>, StoreError> {
    let head = "SELECT request_id, person_id FROM information_approval WHERE request_id";
    let rows = tx.fetch_among(head, request_ids, "ORDER BY at, person_id").await?;
    rows.iter().map(|row| Ok((row.get("request_id")?, row.get("person_id")?))).collect()
}

pub async fn insert_approval(
    tx: &mut Tx,
    request_id: &str,
    person_id: &str,
    organisation_id: &str,
    at: i64,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO information_approval (request_id, person_id, organisation_id, at) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, values![request_id, person_id, organisation_id, at]).await?;
    Ok(())
}

pub async fn insert_grant(
    tx: &mut Tx,
    id: &str,
    request: &RequestRow,
    since: i64,
    until: i64,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO information_grant (id, request_id, organisation_id, covers, since, until, ended_at)
               VALUES ($1, $2, $3, $4, $5, $6, NULL)";
    let values = values![id, &request.id, &request.organisation_id, &request.covers, since, until];
    tx.execute(sql, values).await?;
    Ok(())
}

/// Ends the grant of a request, if it goes on. Gives its id.
pub async fn end_grant(tx: &mut Tx, request_id: &str, at: i64) -> Result<Option<String>, StoreError> {
    let sql = "UPDATE information_grant SET ended_at = $1 WHERE request_id = $2 AND ended_at IS NULL AND until > $1 RETURNING id";
    tx.fetch_optional(sql, values![at, request_id]).await?.map(|row| row.get("id")).transpose()
}

/// A grant that is held: id, until when, what it covers, as JSON, and an organisation that approved; one for each of those.
pub type HeldRow = (String, i64, String, String);

/// The grants that the organisation `$1` holds at the time `$2`, for [`read_held`].
macro_rules! held {
    ($rest:literal) => {
        concat!(
            "SELECT DISTINCT g.until AS at, g.covers AS content, g.id, a.organisation_id AS approved_by
             FROM information_grant g JOIN information_approval a ON a.request_id = g.request_id
             WHERE g.organisation_id = $1 AND g.until > $2 AND g.ended_at IS NULL ",
            $rest
        )
    };
}

/// The grants that an organisation holds.
pub async fn held(store: &Store, organisation_id: &str, now: i64) -> Result<Vec<HeldRow>, StoreError> {
    let rows = store.fetch(held!("ORDER BY 3, 4"), values![organisation_id, now]).await?;
    rows.iter().filter_map(|row| read_held(row).transpose()).collect()
}

/// As [`held`], and what a reader of the organisation was entitled to: from which tick on, and what, by tick. One statement, since every page asks.
pub async fn held_and_entitled(
    store: &Store,
    organisation_id: &str,
    reader: &str,
    now: i64,
) -> Result<(Vec<HeldRow>, Vec<(i64, String)>), StoreError> {
    let sql = held!("UNION ALL SELECT tick, content, NULL, NULL FROM entitlement WHERE reader = $3 ORDER BY 3, 4, 1");
    let (mut held, mut entitled) = (Vec::new(), Vec::new());
    for row in store.fetch(sql, values![organisation_id, now, reader]).await? {
        match read_held(&row)? {
            Some(grant) => held.push(grant),
            None => entitled.push((row.get("at")?, row.get("content")?)),
        }
    }
    Ok((held, entitled))
}

/// None of what is no grant.
fn read_held(row: &Row) -> Result<Option<HeldRow>, StoreError> {
    let Some(id) = row.get("id")? else { return Ok(None) };
    Ok(Some((id, row.get("at")?, row.get("content")?, row.get("approved_by")?)))
}

fn read_request(row: &Row) -> Result<RequestRow, StoreError> {
    Ok(RequestRow {
        id: row.get("id")?,
        organisation_id: row.get("organisation_id")?,
        asked_by: row.get("asked_by")?,
        covers: row.get("covers")?,
        purpose: row.get("purpose")?,
        days: row.get("days")?,
        at: row.get("at")?,
        state: row.get("state")?,
        reason: row.get("reason")?,
        closed_at: row.get("closed_at")?,
        granted_until: row.get("granted_until")?,
    })
}
