//! Frozen briefs, the secrets behind their pseudonyms, and the one draft.

use ward_store::{Row, Store, StoreError, Tx, Value, values};

/// A row of `brief`, but for its entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BriefRow {
    pub number: i64,
    pub as_of: i64,
    /// The brief as canonical JSON.
    pub content: String,
    /// The bundle as canonical JSON.
    pub bundle: String,
    pub program: String,
    pub frozen_by: String,
    pub frozen_at: i64,
    pub supersedes: Option<i64>,
}

impl BriefRow {
    /// The columns that the record vouches for, in its order.
    pub fn recorded(&self) -> [(&'static str, Value); 8] {
        [
            ("number", Value::from(self.number)),
            ("as_of", Value::from(self.as_of)),
            ("content", Value::from(&self.content)),
            ("bundle", Value::from(&self.bundle)),
            ("program", Value::from(&self.program)),
            ("frozen_by", Value::from(&self.frozen_by)),
            ("frozen_at", Value::from(self.frozen_at)),
            ("supersedes", Value::from(self.supersedes)),
        ]
    }
}

/// The number of the newest brief.
pub async fn newest(tx: &mut Tx) -> Result<Option<i64>, StoreError> {
    let row = tx.fetch_optional("SELECT number FROM brief ORDER BY number DESC LIMIT 1", &[]).await?;
    row.map(|row| row.get("number")).transpose()
}

pub async fn insert(tx: &mut Tx, id: &str, row: &BriefRow) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO brief (id, number, as_of, content, bundle, program, frozen_by, frozen_at, supersedes, entry_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL)",
        values![
            id,
            row.number,
            row.as_of,
            &row.content,
            &row.bundle,
            &row.program,
            &row.frozen_by,
            row.frozen_at,
            row.supersedes,
        ],
    )
    .await?;
    Ok(())
}

pub async fn set_entry(tx: &mut Tx, id: &str, entry_id: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE brief SET entry_id = $1 WHERE id = $2", values![entry_id, id]).await?;
    Ok(())
}

pub async fn insert_secret(tx: &mut Tx, id: &str, secret: &[u8; 32]) -> Result<(), StoreError> {
    tx.execute("INSERT INTO brief_secret (brief_id, secret) VALUES ($1, $2)", values![id, secret]).await?;
    Ok(())
}

pub async fn secret(store: &Store, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT secret FROM brief_secret WHERE brief_id = $1";
    store.fetch_optional(sql, values![id]).await?.map(|row| row.get("secret")).transpose()
}

/// The brief with the id of its entry.
pub async fn brief(store: &Store, id: &str) -> Result<Option<(BriefRow, Option<String>)>, StoreError> {
    let sql = "SELECT number, as_of, content, bundle, program, frozen_by, frozen_at, supersedes, entry_id
               FROM brief WHERE id = $1";
    let row = store.fetch_optional(sql, values![id]).await?;
    row.map(|row| Ok((read(&row)?, row.get("entry_id")?))).transpose()
}

/// What a list says of a brief.
pub struct SummaryRow {
    pub number: i64,
    pub as_of: i64,
    pub frozen_by: String,
    pub frozen_at: i64,
    pub supersedes: Option<i64>,
}

/// A page of them, the newest first.
pub async fn briefs(store: &Store, offset: i64, limit: i64) -> Result<Vec<SummaryRow>, StoreError> {
    let sql =
        "SELECT number, as_of, frozen_by, frozen_at, supersedes FROM brief ORDER BY number DESC LIMIT $1 OFFSET $2";
    store.fetch(sql, values![limit, offset]).await?.iter().map(summary).collect()
}

pub async fn count(store: &Store) -> Result<i64, StoreError> {
    let row = store.fetch_optional("SELECT COUNT(*) AS count FROM brief", &[]).await?;
    row.map_or(Ok(0), |row| row.get("count"))
}

/// What is shown of a brief, without the bundle; the newest without an id.
pub async fn content(store: &Store, id: Option<&str>) -> Result<Option<(SummaryRow, String, String)>, StoreError> {
    let row = match id {
        Some(id) => {
            let sql =
                "SELECT number, as_of, content, program, frozen_by, frozen_at, supersedes FROM brief WHERE id = $1";
            store.fetch_optional(sql, values![id]).await?
        }
        None => {
            let sql = "SELECT number, as_of, content, program, frozen_by, frozen_at, supersedes
                       FROM brief ORDER BY number DESC LIMIT 1";
            store.fetch_optional(sql, &[]).await?
        }
    };
    row.map(|row| Ok((summary(&row)?, row.get("content")?, row.get("program")?))).transpose()
}

/// The one draft that is kept.
pub struct DraftRow {
    pub as_of: i64,
    pub content: String,
    pub program: String,
    pub drafted_by: String,
}

const DRAFT: &str = "draft";

/// Puts a draft in the place of the one before.
pub async fn keep_draft(tx: &mut Tx, row: &DraftRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO brief_draft (id, as_of, content, program, drafted_by) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (id) DO UPDATE SET as_of = $2, content = $3, program = $4, drafted_by = $5";
    tx.execute(sql, values![DRAFT, row.as_of, &row.content, &row.program, &row.drafted_by]).await?;
    Ok(())
}

pub async fn draft(store: &Store) -> Result<Option<DraftRow>, StoreError> {
    let sql = "SELECT as_of, content, program, drafted_by FROM brief_draft WHERE id = $1";
    let row = store.fetch_optional(sql, values![DRAFT]).await?;
    row.map(|row| {
        Ok(DraftRow {
            as_of: row.get("as_of")?,
            content: row.get("content")?,
            program: row.get("program")?,
            drafted_by: row.get("drafted_by")?,
        })
    })
    .transpose()
}

fn summary(row: &Row) -> Result<SummaryRow, StoreError> {
    Ok(SummaryRow {
        number: row.get("number")?,
        as_of: row.get("as_of")?,
        frozen_by: row.get("frozen_by")?,
        frozen_at: row.get("frozen_at")?,
        supersedes: row.get("supersedes")?,
    })
}

fn read(row: &Row) -> Result<BriefRow, StoreError> {
    Ok(BriefRow {
        number: row.get("number")?,
        as_of: row.get("as_of")?,
        content: row.get("content")?,
        bundle: row.get("bundle")?,
        program: row.get("program")?,
        frozen_by: row.get("frozen_by")?,
        frozen_at: row.get("frozen_at")?,
        supersedes: row.get("supersedes")?,
    })
}
