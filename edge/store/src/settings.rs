//! Settings of the installation, by name. What a name means, and what it may be set to, is its part's own affair.

use crate::database::Store;
use crate::error::StoreError;
use crate::transaction::Tx;
use crate::values;

/// What a setting is set to, if it is.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn setting(store: &Store, name: &str) -> Result<Option<String>, StoreError> {
    let row = store.fetch_optional("SELECT value FROM setting WHERE name = $1", values![name]).await?;
    row.map(|row| row.get("value")).transpose()
}

/// Sets a setting; the caller's act goes on the record in the same transaction.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn put_setting(tx: &mut Tx, name: &str, value: &str) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    tx.execute(sql, values![name, value]).await.map(|_| ())
}
