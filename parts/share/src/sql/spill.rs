//! Ids of markings that were refused as classified.

use ward_store::{StoreError, Tx, values};

pub async fn remember(tx: &mut Tx, id: &str, at: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO spilled_marking (id, at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";
    tx.execute(sql, values![id, at]).await.map(|_| ())
}

pub async fn is_known(tx: &mut Tx, id: &str) -> Result<bool, StoreError> {
    Ok(tx.fetch_optional("SELECT id FROM spilled_marking WHERE id = $1", values![id]).await?.is_some())
}
