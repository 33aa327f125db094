//! Migrations, embedded. A database that knows a migration this program does not know is refused, untouched.

use sha2::{Digest, Sha256};

use crate::{Store, StoreError, Tx, record::hex, values};

/// Version (its place, from 1), name and SQL.
const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_record", include_str!("../migrations/0001_record.sql")),
    ("0002_directory", include_str!("../migrations/0002_directory.sql")),
    ("0003_share", include_str!("../migrations/0003_share.sql")),
    ("0004_watch", include_str!("../migrations/0004_watch.sql")),
    ("0005_names", include_str!("../migrations/0005_names.sql")),
    ("0006_sign_in", include_str!("../migrations/0006_sign_in.sql")),
    ("0007_reminder", include_str!("../migrations/0007_reminder.sql")),
    ("0008_brief", include_str!("../migrations/0008_brief.sql")),
    ("0009_lists", include_str!("../migrations/0009_lists.sql")),
    ("0010_doubted", include_str!("../migrations/0010_doubted.sql")),
    ("0011_spill", include_str!("../migrations/0011_spill.sql")),
    ("0012_clearance", include_str!("../migrations/0012_clearance.sql")),
    ("0013_sharing", include_str!("../migrations/0013_sharing.sql")),
    ("0014_quality", include_str!("../migrations/0014_quality.sql")),
    ("0015_tear_line", include_str!("../migrations/0015_tear_line.sql")),
];

/// A migration as a database has it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Migration {
    pub version: i64,
    pub name: String,
    pub sha256: String,
}

/// The migrations that the database of this transaction has, in order.
pub async fn migrations(tx: &mut Tx) -> Result<Vec<Migration>, StoreError> {
    let rows = tx.fetch("SELECT version, name, sha256 FROM migration ORDER BY version", &[]).await?;
    rows.iter()
        .map(|row| Ok(Migration { version: row.get("version")?, name: row.get("name")?, sha256: row.get("sha256")? }))
        .collect()
}

/// The tables that the first `applied` migrations make, in an order in which every table comes after those that it refers to. The
/// list of migrations itself is not one of them.
pub(crate) fn tables(applied: usize) -> Vec<&'static str> {
    let mut tables = Vec::new();
    for line in MIGRATIONS.iter().take(applied).flat_map(|(_, script)| script.lines()) {
        let named = |statement: &str| line.strip_prefix(statement)?.split([' ', ';', '(']).next();
        if let Some(name) = named("CREATE TABLE ") {
            tables.push(name);
        }
        if let Some(gone) = named("DROP TABLE ") {
            tables.retain(|name| *name != gone);
        }
    }
    tables
}

/// Applies what is missing, each database in one transaction.
pub(crate) async fn apply(store: &Store) -> Result<(), StoreError> {
    apply_until(store, MIGRATIONS.len()).await
}

/// Applies what is missing of the first `until`.
pub(crate) async fn apply_until(store: &Store, until: usize) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.lock_out_others().await?;
    tx.execute(
        "CREATE TABLE IF NOT EXISTS migration (version BIGINT PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL)",
        &[],
    )
    .await?;
    let applied = refuse_newer(&mut tx).await?;
    for (place, (name, script)) in MIGRATIONS.iter().enumerate().take(until).skip(applied) {
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
    let applied = migrations(tx).await?;
    check(&applied)?;
    Ok(applied.len())
}

/// Refuses migrations that this program does not know, or knows otherwise.
pub(crate) fn check(applied: &[Migration]) -> Result<(), StoreError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    for (place, migration) in (1..).zip(applied) {
        let version = migration.version;
        if version > known {
            return Err(StoreError::Newer { found: version, known });
        }
        let script = usize::try_from(version - 1).ok().and_then(|place| MIGRATIONS.get(place));
        if version != place || script.is_none_or(|(_, script)| digest(script) != migration.sha256) {
            return Err(StoreError::ChangedMigration { version, found: migration.name.clone() });
        }
    }
    Ok(())
}

fn digest(script: &str) -> String {
    hex(&Sha256::digest(script.as_bytes()))
}
