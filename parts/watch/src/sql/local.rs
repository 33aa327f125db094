//! The SQL of what the node makes of an alert: look-backs, confirmations and the allow-list.

use ward_store::{Row, Store, StoreError, Tx, values};

/// A row of `lookback`.
#[derive(Clone, Debug)]
pub struct LookbackRow {
    pub report_id: String,
    pub jurisdiction: String,
    pub modified: String,
    pub finding: String,
    pub result: String,
    pub finished_at: i64,
}

/// A row of `name_release`.
pub struct NameRow {
    pub report_id: String,
    pub is_released: bool,
    /// JSON of what the answer said then.
    pub finding: String,
    pub person: String,
    pub at: i64,
}

/// What a look-back found, with the row of `name_release` where the name is released.
pub struct FoundRow {
    pub report_id: String,
    pub finding: String,
    pub finished_at: i64,
    /// JSON, of a confirmed one.
    pub result: Option<String>,
    pub released: Option<NameRow>,
}

/// A row of `confirmation`.
#[derive(Clone, Debug)]
pub struct ConfirmationRow {
    pub id: String,
    pub report_id: String,
    pub jurisdiction: String,
    /// A rung of the ladder, or `dismissed`.
    pub rung: String,
    pub counts: String,
    pub person: String,
    pub reason: String,
    pub at: i64,
}

/// A row of `allow_entry`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowRow {
    pub id: String,
    pub value: String,
    pub reason: String,
    pub added_by: String,
    pub at: i64,
}

/// All look-backs of one jurisdiction.
pub async fn lookbacks(store: &Store, jurisdiction: &str) -> Result<Vec<LookbackRow>, StoreError> {
    let sql = "SELECT report_id, jurisdiction, modified, finding, result, finished_at FROM lookback
               WHERE jurisdiction = $1 ORDER BY report_id";
    store.fetch(sql, values![jurisdiction]).await?.iter().map(read_lookback).collect()
}

pub async fn put_lookback(tx: &mut Tx, row: &LookbackRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO lookback (report_id, jurisdiction, modified, finding, result, finished_at)
               VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (report_id, jurisdiction) DO UPDATE SET modified = excluded.modified,
                 finding = excluded.finding, result = excluded.result, finished_at = excluded.finished_at";
    let values = values![&row.report_id, &row.jurisdiction, &row.modified, &row.finding, &row.result, row.finished_at];
    tx.execute(sql, values).await.map(|_| ())
}

pub async fn insert_confirmation(tx: &mut Tx, row: &ConfirmationRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO confirmation (id, report_id, jurisdiction, rung, counts, person, reason, at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values =
        values![&row.id, &row.report_id, &row.jurisdiction, &row.rung, &row.counts, &row.person, &row.reason, row.at];
    tx.execute(sql, values).await.map(|_| ())
}

/// What stands here about an alert before it is searched again.
pub struct BeforeRow {
    /// This node's own jurisdiction.
    pub jurisdiction: String,
    /// JSON of the last look-back's result.
    pub result: Option<String>,
    /// What a person said last.
    pub confirmation: Option<ConfirmationRow>,
}

/// The last look-back and the last word of a person, for the jurisdiction of an organisation of this installation.
pub async fn before(store: &Store, report_id: &str, organisation_id: &str) -> Result<Option<BeforeRow>, StoreError> {
    let sql =
        "SELECT o.identity_id, l.result, c.id, c.report_id, c.jurisdiction, c.rung, c.counts, c.person, c.reason, c.at
               FROM organisation o
               LEFT JOIN lookback l ON l.report_id = $1 AND l.jurisdiction = o.identity_id
               LEFT JOIN confirmation c ON c.id = (SELECT x.id FROM confirmation x WHERE x.report_id = $1
                 AND x.jurisdiction = o.identity_id ORDER BY x.at DESC, x.id DESC LIMIT 1)
               WHERE o.id = $2";
    let row = store.fetch_optional(sql, values![report_id, organisation_id]).await?;
    row.map(|row| {
        let said = row.get::<Option<String>>("id")?.is_some();
        Ok(BeforeRow {
            jurisdiction: row.get("identity_id")?,
            result: row.get("result")?,
            confirmation: if said { Some(read_confirmation(&row)?) } else { None },
        })
    })
    .transpose()
}

/// What stands here about an alert: the last look-back's result as JSON, and what was said of the office's name.
pub async fn own(
    store: &Store,
    report_id: &str,
    organisation_id: &str,
) -> Result<(Option<String>, Option<NameRow>), StoreError> {
    let sql = "SELECT l.result, n.report_id, n.is_released, n.finding, n.person, n.at
               FROM organisation o
               LEFT JOIN lookback l ON l.report_id = $1 AND l.jurisdiction = o.identity_id
               LEFT JOIN name_release n ON n.report_id = $1
               WHERE o.id = $2";
    let Some(row) = store.fetch_optional(sql, values![report_id, organisation_id]).await? else {
        return Ok((None, None));
    };
    let said = row.get::<Option<String>>("report_id")?.is_some();
    Ok((row.get("result")?, if said { Some(read_name(&row)?) } else { None }))
}

/// What the last look-backs of an organisation of this installation found.
pub async fn findings(store: &Store, organisation_id: &str) -> Result<Vec<FoundRow>, StoreError> {
    let sql = "SELECT l.report_id AS about, l.finding AS found, l.finished_at,
                 CASE WHEN l.finding = 'confirmed' THEN l.result END AS result,
                 n.report_id, n.is_released, n.finding, n.person, n.at
               FROM lookback l JOIN organisation o ON o.identity_id = l.jurisdiction
               LEFT JOIN name_release n ON n.report_id = l.report_id AND n.is_released = 1
               WHERE o.id = $1 ORDER BY l.report_id";
    let read = |row: &Row| {
        let is_released = row.get::<Option<String>>("report_id")?.is_some();
        Ok(FoundRow {
            report_id: row.get("about")?,
            finding: row.get("found")?,
            finished_at: row.get("finished_at")?,
            result: row.get("result")?,
            released: if is_released { Some(read_name(row)?) } else { None },
        })
    };
    store.fetch(sql, values![organisation_id]).await?.iter().map(read).collect()
}

pub async fn put_name(tx: &mut Tx, row: &NameRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO name_release (report_id, is_released, finding, person, at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (report_id) DO UPDATE SET is_released = excluded.is_released, finding = excluded.finding,
                 person = excluded.person, at = excluded.at";
    tx.execute(sql, values![&row.report_id, i64::from(row.is_released), &row.finding, &row.person, row.at]).await?;
    Ok(())
}

pub async fn name(store: &Store, report_id: &str) -> Result<Option<NameRow>, StoreError> {
    let sql = "SELECT report_id, is_released, finding, person, at FROM name_release WHERE report_id = $1";
    let row = store.fetch_optional(sql, values![report_id]).await?;
    row.as_ref().map(read_name).transpose()
}

/// As `name`, in a transaction.
pub async fn name_in(tx: &mut Tx, report_id: &str) -> Result<Option<NameRow>, StoreError> {
    let sql = "SELECT report_id, is_released, finding, person, at FROM name_release WHERE report_id = $1";
    let row = tx.fetch_optional(sql, values![report_id]).await?;
    row.as_ref().map(read_name).transpose()
}

pub async fn allow_entries(store: &Store) -> Result<Vec<AllowRow>, StoreError> {
    let sql = "SELECT id, value, reason, added_by, at FROM allow_entry ORDER BY value";
    let rows = store.fetch(sql, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(AllowRow {
                id: row.get("id")?,
                value: row.get("value")?,
                reason: row.get("reason")?,
                added_by: row.get("added_by")?,
                at: row.get("at")?,
            })
        })
        .collect()
}

pub async fn insert_allow(tx: &mut Tx, row: &AllowRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO allow_entry (id, value, reason, added_by, at) VALUES ($1, $2, $3, $4, $5)";
    tx.execute(sql, values![&row.id, &row.value, &row.reason, &row.added_by, row.at]).await.map(|_| ())
}

pub async fn delete_allow(tx: &mut Tx, id: &str) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM allow_entry WHERE id = $1", values![id]).await
}

fn read_lookback(row: &Row) -> Result<LookbackRow, StoreError> {
    Ok(LookbackRow {
        report_id: row.get("report_id")?,
        jurisdiction: row.get("jurisdiction")?,
        modified: row.get("modified")?,
        finding: row.get("finding")?,
        result: row.get("result")?,
        finished_at: row.get("finished_at")?,
    })
}

fn read_name(row: &Row) -> Result<NameRow, StoreError> {
    Ok(NameRow {
        report_id: row.get("report_id")?,
        is_released: row.get("is_released")?,
        finding: row.get("finding")?,
        person: row.get("person")?,
        at: row.get("at")?,
    })
}

fn read_confirmation(row: &Row) -> Result<ConfirmationRow, StoreError> {
    Ok(ConfirmationRow {
        id: row.get("id")?,
        report_id: row.get("report_id")?,
        jurisdiction: row.get("jurisdiction")?,
        rung: row.get("rung")?,
        counts: row.get("counts")?,
        person: row.get("person")?,
        reason: row.get("reason")?,
        at: row.get("at")?,
    })
}
