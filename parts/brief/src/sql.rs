//! Frozen briefs and the salts behind their pseudonyms.

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

pub async fn insert_salt(tx: &mut Tx, id: &str, organisation_id: &str, salt: &[u8; 32]) -> Result<(), StoreError> {
    let sql = "INSERT INTO brief_salt (brief_id, organisation_id, salt) VALUES ($1, $2, $3)";
    tx.execute(sql, values![id, organisation_id, salt]).await?;
    Ok(())
}

pub async fn salt(store: &Store, id: &str, organisation_id: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT salt FROM brief_salt WHERE brief_id = $1 AND organisation_id = $2";
    store.fetch_optional(sql, values![id, organisation_id]).await?.map(|row| row.get("salt")).transpose()
}

/// The brief with the id of its entry.
pub async fn brief(store: &Store, id: &str) -> Result<Option<(BriefRow, Option<String>)>, StoreError> {
    let sql = "SELECT number, as_of, content, bundle, program, frozen_by, frozen_at, supersedes, entry_id
               FROM brief WHERE id = $1";
    let row = store.fetch_optional(sql, values![id]).await?;
    row.map(|row| Ok((read(&row)?, row.get("entry_id")?))).transpose()
}

/// All of them, the newest first.
pub async fn briefs(store: &Store) -> Result<Vec<BriefRow>, StoreError> {
    let sql = "SELECT number, as_of, content, bundle, program, frozen_by, frozen_at, supersedes
               FROM brief ORDER BY number DESC";
    store.fetch(sql, &[]).await?.iter().map(read).collect()
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
