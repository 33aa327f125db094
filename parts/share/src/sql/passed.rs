//! Where long stretches of a walk show a reader nothing, so that the next request need not read them again.

use ward_store::{Store, StoreError, values};

/// Up to which tick nothing is shown to a reader who asks a query from a tick on; that tick where nothing is known.
pub async fn passed(store: &Store, reader: &str, query: &str, tick: i64) -> Result<i64, StoreError> {
    let sql = "SELECT to_tick FROM passed WHERE reader = $1 AND query = $2 AND from_tick <= $3 AND to_tick > $3";
    let row = store.fetch_optional(sql, values![reader, query, tick]).await?;
    row.map_or(Ok(tick), |row| row.get("to_tick"))
}

/// Notes that nothing between two ticks is shown; the newest stretch is kept.
pub async fn pass(store: &Store, reader: &str, query: &str, (from, to): (i64, i64)) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    let sql = "INSERT INTO passed (reader, query, from_tick, to_tick) VALUES ($1, $2, $3, $4)
               ON CONFLICT (reader, query) DO UPDATE SET from_tick = excluded.from_tick, to_tick = excluded.to_tick";
    tx.execute(sql, values![reader, query, from, to]).await?;
    tx.commit().await
}
