//! What goes to hubs: acknowledgements until they arrive, and released answers until they are taken.

use ward_store::{Row, Store, StoreError, Tx, values};

/// Adds an acknowledgement that is to be sent. False when this duty acknowledged before.
pub async fn insert_acknowledgement(
    tx: &mut Tx,
    (hub_id, report_id, modified): (&str, &str, &str),
    (duty, person): (&str, &str),
    now: i64,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO sent_acknowledgement (hub_id, report_id, modified, duty, person, at, arrived_at)
               VALUES ($1, $2, $3, $4, $5, $6, NULL) ON CONFLICT (hub_id, report_id, modified, duty) DO NOTHING";
    Ok(tx.execute(sql, values![hub_id, report_id, modified, duty, person, now]).await? == 1)
}

/// Report and version of all that somebody acknowledged here in a duty.
pub async fn acknowledged(store: &Store, duty: &str) -> Result<Vec<(String, String)>, StoreError> {
    let sql = "SELECT report_id, modified FROM sent_acknowledgement WHERE duty = $1";
    let rows = store.fetch(sql, values![duty]).await?;
    rows.iter().map(|row| Ok((row.get("report_id")?, row.get("modified")?))).collect()
}

/// Who acknowledged; none when nobody did, or when it has arrived.
pub async fn unsent_acknowledgement(
    store: &Store,
    (hub_id, report_id, modified): (&str, &str, &str),
    duty: &str,
) -> Result<Option<String>, StoreError> {
    let sql = "SELECT person FROM sent_acknowledgement
               WHERE hub_id = $1 AND report_id = $2 AND modified = $3 AND duty = $4 AND arrived_at IS NULL";
    let row = store.fetch_optional(sql, values![hub_id, report_id, modified, duty]).await?;
    row.map(|row| row.get("person")).transpose()
}

pub async fn acknowledgement_arrived(
    tx: &mut Tx,
    (hub_id, report_id, modified): (&str, &str, &str),
    duty: &str,
    now: i64,
) -> Result<(), StoreError> {
    let sql = "UPDATE sent_acknowledgement SET arrived_at = $1 WHERE hub_id = $2 AND report_id = $3 AND modified = $4 AND duty = $5";
    tx.execute(sql, values![now, hub_id, report_id, modified, duty]).await?;
    Ok(())
}

/// Duty, person, time and arrival of the acknowledgements of an alert, oldest first.
pub async fn acknowledgements(
    store: &Store,
    report_id: &str,
) -> Result<Vec<(String, String, String, i64, Option<i64>)>, StoreError> {
    let sql = "SELECT modified, duty, person, at, arrived_at FROM sent_acknowledgement WHERE report_id = $1 ORDER BY at, duty";
    let read = |row: &Row| {
        Ok((row.get("modified")?, row.get("duty")?, row.get("person")?, row.get("at")?, row.get("arrived_at")?))
    };
    store.fetch(sql, values![report_id]).await?.iter().map(read).collect()
}

/// An answer that was released and has not been taken by its hub.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub sighting_id: String,
    pub modified: String,
    pub body: Vec<u8>,
}

/// The next released answers to a hub, in the order in which they were made.
pub async fn released(store: &Store, hub_id: &str, at_most: i64) -> Result<Vec<Outgoing>, StoreError> {
    let sql = "SELECT sighting_id, modified, body FROM sent_answer WHERE hub_id = $1 AND state = 'released'
               ORDER BY made_at, sighting_id, modified LIMIT $2";
    let read = |row: &Row| {
        Ok(Outgoing { sighting_id: row.get("sighting_id")?, modified: row.get("modified")?, body: row.get("body")? })
    };
    store.fetch(sql, values![hub_id, at_most]).await?.iter().map(read).collect()
}

/// What a hub said of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub state: &'static str,
    pub receipt_number: Option<i64>,
    pub promised_at: Option<i64>,
    pub hub_message: Option<String>,
}

/// Notes what became of a released answer. False when that was noted before.
pub async fn set_outcome(tx: &mut Tx, answer: &Outgoing, outcome: &Outcome, now: i64) -> Result<bool, StoreError> {
    let sql = "UPDATE sent_answer SET state = $1, sent_at = $2, receipt_number = $3, promised_at = $4, hub_message = $5
               WHERE sighting_id = $6 AND modified = $7 AND state = 'released'";
    let values = values![
        outcome.state,
        now,
        outcome.receipt_number,
        outcome.promised_at,
        outcome.hub_message.as_deref(),
        &answer.sighting_id,
        &answer.modified
    ];
    Ok(tx.execute(sql, values).await? == 1)
}
