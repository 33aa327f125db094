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

/// When an organisation was last asked again about each alert.
pub async fn last_asked(store: &Store, kind: &str, organisation_id: &str) -> Result<Vec<(String, i64)>, StoreError> {
    let sql =
        "SELECT report_id, MAX(at) AS at FROM reminder WHERE kind = $1 AND organisation_id = $2 GROUP BY report_id";
    let rows = store.fetch(sql, values![kind, organisation_id]).await?;
    rows.iter().map(|row| Ok((row.get("report_id")?, row.get("at")?))).collect()
}

/// Of each alert with silent offices: how many there are, and when one of them was last asked again.
pub async fn silences(store: &Store, kind: &str) -> Result<Vec<(String, i64, Option<i64>)>, StoreError> {
    let sql = "SELECT r.report_id, COUNT(*) AS offices, MAX((SELECT MAX(m.at) FROM reminder m
                 WHERE m.report_id = r.report_id AND m.organisation_id = r.organisation_id AND m.kind = $1)) AS asked_at
               FROM alert_recipient r WHERE r.answered = 0 GROUP BY r.report_id";
    let rows = store.fetch(sql, values![kind]).await?;
    rows.iter().map(|row| Ok((row.get("report_id")?, row.get("offices")?, row.get("asked_at")?))).collect()
}

/// How many offices are silent about an alert, and how many of them were not asked again after `earliest`.
pub async fn silent_counts(
    store: &Store,
    report_id: &str,
    kind: &str,
    earliest: i64,
) -> Result<(i64, i64), StoreError> {
    let sql = "SELECT COUNT(*) AS offices, COALESCE(SUM(CASE WHEN EXISTS (SELECT 1 FROM reminder m WHERE m.report_id = r.report_id
                 AND m.organisation_id = r.organisation_id AND m.kind = $2 AND m.at > $3) THEN 0 ELSE 1 END), 0) AS due
               FROM alert_recipient r WHERE r.answered = 0 AND r.report_id = $1";
    let row = store.fetch_optional(sql, values![report_id, kind, earliest]).await?;
    row.map_or(Ok((0, 0)), |row| Ok((row.get("offices")?, row.get("due")?)))
}

/// The offices that have not answered an alert as it is now, within a transaction.
pub async fn silent_in(tx: &mut Tx, report_id: &str) -> Result<Vec<String>, StoreError> {
    let sql =
        "SELECT organisation_id FROM alert_recipient WHERE report_id = $1 AND answered = 0 ORDER BY organisation_id";
    tx.fetch(sql, values![report_id]).await?.iter().map(|row| row.get("organisation_id")).collect()
}

/// An office that is silent about an alert.
pub struct SilentRow {
    pub organisation_id: String,
    pub organisation: String,
    pub state: String,
    /// When this version of the alert was fetched there.
    pub delivered_at: Option<i64>,
}

/// A page of them, by state, kind and name.
pub async fn silent(
    store: &Store,
    (report_id, modified): (&str, &str),
    at_most: i64,
    before: i64,
) -> Result<Vec<SilentRow>, StoreError> {
    let sql = "SELECT o.id, o.name, o.state, d.at AS delivered_at FROM alert_recipient r JOIN organisation o ON o.id = r.organisation_id
               LEFT JOIN delivery d ON d.report_id = r.report_id AND d.modified = $2 AND d.organisation_id = o.id
               WHERE r.answered = 0 AND r.report_id = $1 ORDER BY o.state, o.kind, o.name, o.id LIMIT $3 OFFSET $4";
    let read = |row: &Row| {
        Ok(SilentRow {
            organisation_id: row.get("id")?,
            organisation: row.get("name")?,
            state: row.get("state")?,
            delivered_at: row.get("delivered_at")?,
        })
    };
    store.fetch(sql, values![report_id, modified, at_most, before]).await?.iter().map(read).collect()
}

/// Of one alert and the silent offices, with the name of who did it, in the order in which they were made.
pub async fn of_silent(store: &Store, report_id: &str) -> Result<Vec<(ReminderRow, String)>, StoreError> {
    let sql = "SELECT m.id, m.report_id, m.organisation_id, m.kind, m.by_id, m.note, m.at, COALESCE(p.name, '') AS name
               FROM reminder m JOIN alert_recipient r ON r.report_id = m.report_id AND r.organisation_id = m.organisation_id
               LEFT JOIN person p ON p.id = m.by_id WHERE m.report_id = $1 AND r.answered = 0 ORDER BY m.at, m.id";
    let rows = store.fetch(sql, values![report_id]).await?;
    rows.iter().map(|row| Ok((read(row)?, row.get("name")?))).collect()
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
