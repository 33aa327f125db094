//! The SQL of answers on their way home: every version that was made, and what became of it.

use ward_store::{Row, Store, StoreError, Tx, values};

/// A row of `sent_answer`, as far as this side of the node needs it.
#[derive(Clone, Debug)]
pub struct AnswerRow {
    pub sighting_id: String,
    /// RFC 3339 with milliseconds, so that the order of the texts is the order of the times.
    pub modified: String,
    pub hub_id: String,
    pub report_id: String,
    /// The report, or one of its indicators.
    pub of_ref: String,
    pub jurisdiction: String,
    pub finding: String,
    pub body: Vec<u8>,
    /// `held`, `superseded`, `released`, and what the sending makes of it.
    pub state: String,
    pub held_because: String,
    pub released_by: Option<String>,
    pub made_at: i64,
    pub sent_at: Option<i64>,
    pub receipt_number: Option<i64>,
    pub promised_at: Option<i64>,
}

pub async fn insert(tx: &mut Tx, row: &AnswerRow) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO sent_answer (sighting_id, modified, hub_id, report_id, of_ref, jurisdiction, finding, body, state,
                 held_because, released_by, made_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let values = values![
        &row.sighting_id,
        &row.modified,
        &row.hub_id,
        &row.report_id,
        &row.of_ref,
        &row.jurisdiction,
        &row.finding,
        row.body.as_slice(),
        &row.state,
        &row.held_because,
        row.released_by.as_deref(),
        row.made_at
    ];
    tx.execute(sql, values).await.map(|_| ())
}

/// The newest version of each sighting for a report, a hub and a jurisdiction.
pub async fn newest(
    tx: &mut Tx,
    report_id: &str,
    hub_id: &str,
    jurisdiction: &str,
) -> Result<Vec<AnswerRow>, StoreError> {
    let sql = "SELECT sighting_id, modified, hub_id, report_id, of_ref, jurisdiction, finding, body, state, held_because,
                 released_by, made_at, sent_at, receipt_number, promised_at
               FROM sent_answer WHERE report_id = $1 AND hub_id = $2 AND jurisdiction = $3 ORDER BY sighting_id, modified";
    let mut newest: Vec<AnswerRow> = Vec::new();
    for row in tx.fetch(sql, values![report_id, hub_id, jurisdiction]).await? {
        let row = read(&row)?;
        match newest.last_mut() {
            Some(last) if last.sighting_id == row.sighting_id => *last = row,
            _ => newest.push(row),
        }
    }
    Ok(newest)
}

/// A held version gives way to the newer one that is made in this transaction.
pub async fn supersede_held(tx: &mut Tx, sighting_id: &str) -> Result<(), StoreError> {
    let sql = "UPDATE sent_answer SET state = 'superseded' WHERE sighting_id = $1 AND state = 'held'";
    tx.execute(sql, values![sighting_id]).await.map(|_| ())
}

/// Everything held, oldest first.
pub async fn held(store: &Store) -> Result<Vec<AnswerRow>, StoreError> {
    let sql =
        "SELECT sighting_id, modified, hub_id, report_id, of_ref, jurisdiction, finding, body, state, held_because,
                 released_by, made_at, sent_at, receipt_number, promised_at
               FROM sent_answer WHERE state = 'held' ORDER BY made_at, sighting_id";
    store.fetch(sql, &[]).await?.iter().map(read).collect()
}

/// An answer of a report that waits, as lists show it.
#[derive(Clone, Debug)]
pub struct WaitingRow {
    pub sighting_id: String,
    pub modified: String,
    pub report_id: String,
    /// The name of the hub that it goes to.
    pub hub: String,
    pub finding: String,
    pub held_because: String,
    pub made_at: i64,
    /// Only of the one that is asked for.
    pub body: Option<Vec<u8>>,
}

/// The answers of reports that wait, oldest first; with `sighting_id` only that one, with its body.
pub async fn waiting(store: &Store, sighting_id: &str) -> Result<Vec<WaitingRow>, StoreError> {
    let sql = "SELECT a.sighting_id, a.modified, a.report_id, h.name AS hub, a.finding, a.held_because, a.made_at,
                 CASE WHEN a.sighting_id = $1 THEN a.body END AS body
               FROM sent_answer a JOIN hub h ON h.id = a.hub_id
               WHERE a.state = 'held' AND a.of_ref = a.report_id AND ($1 = '' OR a.sighting_id = $1)
               ORDER BY a.made_at, a.sighting_id";
    let read = |row: &Row| {
        Ok(WaitingRow {
            sighting_id: row.get("sighting_id")?,
            modified: row.get("modified")?,
            report_id: row.get("report_id")?,
            hub: row.get("hub")?,
            finding: row.get("finding")?,
            held_because: row.get("held_because")?,
            made_at: row.get("made_at")?,
            body: row.get("body")?,
        })
    };
    store.fetch(sql, values![sighting_id]).await?.iter().map(read).collect()
}

/// Every version that was made for a report, oldest first.
pub async fn of_report(store: &Store, report_id: &str) -> Result<Vec<AnswerRow>, StoreError> {
    let sql =
        "SELECT sighting_id, modified, hub_id, report_id, of_ref, jurisdiction, finding, body, state, held_because,
                 released_by, made_at, sent_at, receipt_number, promised_at
               FROM sent_answer WHERE report_id = $1 ORDER BY made_at, of_ref, modified";
    store.fetch(sql, values![report_id]).await?.iter().map(read).collect()
}

/// Releases a held version; gives how many rows that was.
pub async fn release(tx: &mut Tx, row: &AnswerRow, body: &[u8], released_by: &str) -> Result<u64, StoreError> {
    let sql = "UPDATE sent_answer SET state = 'released', body = $1, released_by = $2
               WHERE sighting_id = $3 AND modified = $4 AND state = 'held'";
    tx.execute(sql, values![body, released_by, &row.sighting_id, &row.modified]).await
}

fn read(row: &Row) -> Result<AnswerRow, StoreError> {
    Ok(AnswerRow {
        sighting_id: row.get("sighting_id")?,
        modified: row.get("modified")?,
        hub_id: row.get("hub_id")?,
        report_id: row.get("report_id")?,
        of_ref: row.get("of_ref")?,
        jurisdiction: row.get("jurisdiction")?,
        finding: row.get("finding")?,
        body: row.get("body")?,
        state: row.get("state")?,
        held_because: row.get("held_because")?,
        released_by: row.get("released_by")?,
        made_at: row.get("made_at")?,
        sent_at: row.get("sent_at")?,
        receipt_number: row.get("receipt_number")?,
        promised_at: row.get("promised_at")?,
    })
}
