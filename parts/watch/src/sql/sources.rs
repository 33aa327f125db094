//! The SQL of sources: what is declared, how far each file was read, what is known of the lines, and the archive's segments.

use ward_store::{Row, Store, StoreError, Tx, values};

/// A row of `source`.
#[derive(Clone, Debug)]
pub struct SourceRow {
    pub id: String,
    pub name: String,
    pub path: String,
    /// JSON of `SourceOptions`.
    pub options: String,
    pub declared_at: i64,
    pub removed_at: Option<i64>,
}

/// A row of `segment`.
#[derive(Clone, Debug)]
pub struct SegmentRow {
    pub id: String,
    pub source_id: String,
    /// JSON of `ward_archive::SegmentMeta`.
    pub meta: String,
    pub committed_at: i64,
}

pub async fn insert_source(tx: &mut Tx, source: &SourceRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO source (id, name, path, options, declared_at, removed_at) VALUES ($1, $2, $3, $4, $5, NULL)";
    let values = values![&source.id, &source.name, &source.path, &source.options, source.declared_at];
    tx.execute(sql, values).await.map(|_| ())
}

/// All sources ever declared, by name.
pub async fn sources(store: &Store) -> Result<Vec<SourceRow>, StoreError> {
    let sql = "SELECT id, name, path, options, declared_at, removed_at FROM source ORDER BY name";
    store.fetch(sql, &[]).await?.iter().map(read_source).collect()
}

/// All sources ever declared, by name, each with the JSON of what the readings say of it.
pub async fn sources_with_facts(store: &Store) -> Result<Vec<(SourceRow, Option<String>)>, StoreError> {
    let sql = "SELECT s.id, s.name, s.path, s.options, s.declared_at, s.removed_at, r.facts
               FROM source s LEFT JOIN source_reading r ON r.source_id = s.id ORDER BY s.name";
    let rows = store.fetch(sql, &[]).await?;
    rows.iter().map(|row| Ok((read_source(row)?, row.get("facts")?))).collect()
}

pub async fn set_removed(tx: &mut Tx, id: &str, at: Option<i64>) -> Result<u64, StoreError> {
    tx.execute("UPDATE source SET removed_at = $1 WHERE id = $2", values![at, id]).await
}

pub async fn set_options(tx: &mut Tx, id: &str, options: &str) -> Result<u64, StoreError> {
    tx.execute("UPDATE source SET options = $1 WHERE id = $2", values![options, id]).await
}

/// The checkpoints of a source's files, as JSON.
pub async fn checkpoints(store: &Store, source_id: &str) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT checkpoint FROM source_file WHERE source_id = $1 ORDER BY file_id";
    store.fetch(sql, values![source_id]).await?.iter().map(|row| row.get("checkpoint")).collect()
}

pub async fn put_checkpoint(tx: &mut Tx, source_id: &str, file_id: i64, checkpoint: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO source_file (source_id, file_id, checkpoint) VALUES ($1, $2, $3)
               ON CONFLICT (source_id, file_id) DO UPDATE SET checkpoint = excluded.checkpoint";
    tx.execute(sql, values![source_id, file_id, checkpoint]).await.map(|_| ())
}

/// Forgets everything that was read of a source.
pub async fn forget_reading(tx: &mut Tx, source_id: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM source_file WHERE source_id = $1", values![source_id]).await?;
    tx.execute("DELETE FROM source_reading WHERE source_id = $1", values![source_id]).await?;
    tx.execute("DELETE FROM segment WHERE source_id = $1", values![source_id]).await.map(|_| ())
}

/// What the readings so far say of a source, as JSON, and when it was last read.
pub async fn facts(store: &Store, source_id: &str) -> Result<Option<(String, i64)>, StoreError> {
    let sql = "SELECT facts, read_at FROM source_reading WHERE source_id = $1";
    let row = store.fetch_optional(sql, values![source_id]).await?;
    row.map(|row| Ok((row.get("facts")?, row.get("read_at")?))).transpose()
}

pub async fn put_facts(tx: &mut Tx, source_id: &str, facts: &str, read_at: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO source_reading (source_id, facts, read_at) VALUES ($1, $2, $3)
               ON CONFLICT (source_id) DO UPDATE SET facts = excluded.facts, read_at = excluded.read_at";
    tx.execute(sql, values![source_id, facts, read_at]).await.map(|_| ())
}

const SEGMENTS: &str = "SELECT id, source_id, meta, committed_at FROM segment ORDER BY committed_at, id";

/// The archive's segments in the order in which they were committed.
pub async fn segments(store: &Store) -> Result<Vec<SegmentRow>, StoreError> {
    store.fetch(SEGMENTS, &[]).await?.iter().map(read_segment).collect()
}

/// As [`segments`], of what a transaction sees.
pub async fn segments_in(tx: &mut Tx) -> Result<Vec<SegmentRow>, StoreError> {
    tx.fetch(SEGMENTS, &[]).await?.iter().map(read_segment).collect()
}

pub async fn insert_segment(tx: &mut Tx, segment: &SegmentRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO segment (id, source_id, meta, committed_at) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, values![&segment.id, &segment.source_id, &segment.meta, segment.committed_at]).await.map(|_| ())
}

pub async fn delete_segment(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM segment WHERE id = $1", values![id]).await.map(|_| ())
}

fn read_source(row: &Row) -> Result<SourceRow, StoreError> {
    Ok(SourceRow {
        id: row.get("id")?,
        name: row.get("name")?,
        path: row.get("path")?,
        options: row.get("options")?,
        declared_at: row.get("declared_at")?,
        removed_at: row.get("removed_at")?,
    })
}

fn read_segment(row: &Row) -> Result<SegmentRow, StoreError> {
    Ok(SegmentRow {
        id: row.get("id")?,
        source_id: row.get("source_id")?,
        meta: row.get("meta")?,
        committed_at: row.get("committed_at")?,
    })
}
