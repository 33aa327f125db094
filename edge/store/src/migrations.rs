//! Migrations, embedded. A database that knows a migration this program does not know is refused, untouched.

use sha2::{Digest, Sha256};

use crate::{Store, StoreError, Tx, record::hex, values};

/// Version (its place, from 1), name and SQL.
const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_record", include_str!("../migrations/0001_record.sql")),
    ("0002_directory", include_str!("../migrations/0002_directory.sql")),
    ("0003_share", include_str!("../migrations/0003_share.sql")),
    ("0004_watch", include_str!("../migrations/0004_watch.sql")),
];

/// Applies what is missing, each database in one transaction.
pub(crate) async fn apply(store: &Store) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.lock_out_others().await?;
    tx.execute(
        "CREATE TABLE IF NOT EXISTS migration (version BIGINT PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL)",
        &[],
    )
    .await?;
    let applied = refuse_newer(&mut tx).await?;
    for (place, (name, script)) in MIGRATIONS.iter().enumerate().skip(applied) {
        tx.execute_script(script).await?;
        let version = i64::try_from(place).unwrap_or(i64::MAX).saturating_add(1);
        tx.execute(
            "INSERT INTO migration (version, name, sha256) VALUES ($1, $2, $3)",
            values![version, *name, digest(script)],
        )
        .await?;
    }
    tx.commit().await
}

/// The number of migrations already applied.
async fn refuse_newer(tx: &mut Tx) -> Result<usize, StoreError> {
    let applied = tx.fetch("SELECT version, name, sha256 FROM migration ORDER BY version", &[]).await?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    for row in &applied {
        let version: i64 = row.get("version")?;
        if version > known {
            return Err(StoreError::Newer { found: version, known });
        }
        let script = usize::try_from(version - 1).ok().and_then(|place| MIGRATIONS.get(place));
        let found: String = row.get("sha256")?;
        if script.is_none_or(|(_, script)| digest(script) != found) {
            return Err(StoreError::ChangedMigration { version, found: row.get("name")? });
        }
    }
    Ok(applied.len())
}

fn digest(script: &str) -> String {
    hex(&Sha256::digest(script.as_bytes()))
}
