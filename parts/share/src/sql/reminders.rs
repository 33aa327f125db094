//! Reminders: that an office was asked again, or spoken with.

use ward_store::{Row, Store, StoreError, Tx, values};

/// A row of `reminder`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReminderRow {
    pub id: String,
    pub report_id: String,
    pub organisation_id: String,
    pub kind: String,
    /// Id of the person who did it.
    pub by_id: String,
    pub note: String,
    pub at: i64,
}

pub async fn insert(tx: &mut Tx, row: &ReminderRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO reminder (id, report_id, organisation_id, kind, by_id, note, at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let (report_id, organisation_id) = (&row.report_id, &row.organisation_id);
    tx.execute(sql, values![&row.id, report_id, organisation_id, &row.kind, &row.by_id, &row.note, row.at]).await?;
    Ok(())
}

/// Of one alert, in the order in which they were made.
pub async fn of_report(store: &Store, report_id: &str, as_of: i64) -> Result<Vec<ReminderRow>, StoreError> {
    let sql = "SELECT id, report_id, organisation_id, kind, by_id, note, at FROM reminder
               WHERE report_id = $1 AND at <= $2 ORDER BY at, id";
    store.fetch(sql, values![report_id, as_of]).await?.iter().map(read).collect()
}

/// As `of_report`, within a transaction and whatever the time.
pub async fn of_report_in(tx: &mut Tx, report_id: &str) -> Result<Vec<ReminderRow>, StoreError> {
    let sql = "SELECT id, report_id, organisation_id, kind, by_id, note, at FROM reminder WHERE report_id = $1 ORDER BY at, id";
    tx.fetch(sql, values![report_id]).await?.iter().map(read).collect()
}

/// When each alert was last asked again about, by report and organisation.
pub async fn last_asked(store: &Store, kind: &str) -> Result<Vec<(String, String, i64)>, StoreError> {
    let sql = "SELECT report_id, organisation_id, MAX(at) AS at FROM reminder WHERE kind = $1 GROUP BY report_id, organisation_id";
    let rows = store.fetch(sql, values![kind]).await?;
    rows.iter().map(|row| Ok((row.get("report_id")?, row.get("organisation_id")?, row.get("at")?))).collect()
}

fn read(row: &Row) -> Result<ReminderRow, StoreError> {
    Ok(ReminderRow {
        id: row.get("id")?,
        report_id: row.get("report_id")?,
        organisation_id: row.get("organisation_id")?,
        kind: row.get("kind")?,
        by_id: row.get("by_id")?,
        note: row.get("note")?,
        at: row.get("at")?,
    })
}
