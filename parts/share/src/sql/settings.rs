//! Settings of the installation, by name.

use ward_store::{Store, StoreError, Tx, values};

pub async fn setting(store: &Store, name: &str) -> Result<Option<String>, StoreError> {
    let row = store.fetch_optional("SELECT value FROM setting WHERE name = $1", values![name]).await?;
    row.map(|row| row.get("value")).transpose()
}

pub async fn put(tx: &mut Tx, name: &str, value: &str) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    tx.execute(sql, values![name, value]).await.map(|_| ())
}
