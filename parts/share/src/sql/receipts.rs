//! Receipts with the answers that they are for, a few at a time: those that are open first, then what was answered.

use ward_store::{Row, Store, StoreError, values};

use super::answers::{AnswerRow, ReceiptRow, read_answer, read_receipt};

/// A receipt with the version of the answer that it is for.
#[derive(Clone, Debug)]
pub struct ListedRow {
    pub receipt: ReceiptRow,
    pub answer: AnswerRow,
    /// Name of the office that the answer speaks of.
    pub office: String,
    /// Name of who sent it.
    pub sent_by: String,
    /// A newer version of the same answer has come since.
    pub is_superseded: bool,
}

/// How many receipts there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub all: i64,
    pub open: i64,
    /// Open, and promised before the time asked.
    pub overdue: i64,
}

/// Joins the chosen receipts, `r`, in their order.
macro_rules! joined {
    ($chosen:expr) => {
        concat!(
            "SELECT r.number, r.sighting_id, r.modified, r.organisation_id AS receiver_id, r.at, r.promised_at, r.answered_at, r.answer_text,
               a.version_key, a.of_ref, a.organisation_id, a.answered_by_id, a.finding, a.rung, a.body, a.received_at, a.doubted_at,
               COALESCE(o.name, '') AS office, COALESCE(b.name, '') AS sent_by,
               CASE WHEN EXISTS (SELECT 1 FROM answer x WHERE x.sighting_id = a.sighting_id AND x.version_key > a.version_key)
                 THEN 1 ELSE 0 END AS is_superseded
             FROM (",
            $chosen,
            ") r JOIN answer a ON a.sighting_id = r.sighting_id AND a.modified = r.modified
             LEFT JOIN organisation o ON o.id = a.organisation_id LEFT JOIN organisation b ON b.id = r.organisation_id
             ORDER BY CASE WHEN r.answered_at IS NULL THEN 0 ELSE 1 END, COALESCE(-r.answered_at, r.promised_at), r.number"
        )
    };
}

/// One page of the open ones, those promised earliest first, and one of those answered, the newest first; `$whose` chooses among all.
macro_rules! page {
    ($whose:literal) => {
        joined!(concat!(
            "SELECT * FROM (SELECT * FROM receipt WHERE answered_at IS NULL AND ",
            $whose,
            " ORDER BY promised_at, number LIMIT $2 OFFSET $3) open
             UNION ALL SELECT * FROM (SELECT * FROM receipt WHERE answered_at IS NOT NULL AND ",
            $whose,
            " ORDER BY answered_at DESC, number LIMIT $4 OFFSET $5) answered"
        ))
    };
}

macro_rules! counts {
    ($whose:literal) => {
        concat!(
            "SELECT (SELECT COUNT(*) FROM receipt WHERE ",
            $whose,
            ") AS every, (SELECT COUNT(*) FROM receipt WHERE answered_at IS NULL AND ",
            $whose,
            ") AS open, (SELECT COUNT(*) FROM receipt WHERE answered_at IS NULL AND promised_at < $2 AND ",
            $whose,
            ") AS overdue"
        )
    };
}

/// Of the receipts that an organisation got, or of all when it is empty.
pub async fn counts(store: &Store, organisation_id: &str, now: i64) -> Result<Counts, StoreError> {
    let sql = if organisation_id.is_empty() { counts!("$1 = ''") } else { counts!("organisation_id = $1") };
    let row = store.fetch_optional(sql, values![organisation_id, now]).await?;
    row.map_or(Ok(Counts::default()), |row| {
        Ok(Counts { all: row.get("every")?, open: row.get("open")?, overdue: row.get("overdue")? })
    })
}

/// So many of the open ones after the first few, and so many of those answered; of an organisation, or of all when it is empty.
pub async fn page(
    store: &Store,
    organisation_id: &str,
    (open, open_before): (i64, i64),
    (answered, answered_before): (i64, i64),
) -> Result<Vec<ListedRow>, StoreError> {
    let sql = if organisation_id.is_empty() { page!("$1 = ''") } else { page!("organisation_id = $1") };
    let values = values![organisation_id, open, open_before, answered, answered_before];
    store.fetch(sql, values).await?.iter().map(read).collect()
}

/// The receipt of that number.
pub async fn one(store: &Store, number: i64) -> Result<Option<ListedRow>, StoreError> {
    let sql = joined!("SELECT * FROM receipt WHERE number = $1");
    store.fetch_optional(sql, values![number]).await?.as_ref().map(read).transpose()
}

/// The receipts that an organisation got for its answers to an alert.
pub async fn of_alert(store: &Store, organisation_id: &str, report_id: &str) -> Result<Vec<ListedRow>, StoreError> {
    let sql = joined!(
        "SELECT * FROM receipt WHERE organisation_id = $1
           AND EXISTS (SELECT 1 FROM answer w WHERE w.sighting_id = receipt.sighting_id AND w.of_ref = $2)"
    );
    store.fetch(sql, values![organisation_id, report_id]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<ListedRow, StoreError> {
    let receiver: String = row.get("receiver_id")?;
    Ok(ListedRow {
        receipt: ReceiptRow { organisation_id: receiver, ..read_receipt(row)? },
        answer: read_answer(row)?,
        office: row.get("office")?,
        sent_by: row.get("sent_by")?,
        is_superseded: row.get("is_superseded")?,
    })
}
