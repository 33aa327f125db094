//! What this installation knows of other logs (as their witness), and what witnesses said of its own.
//!
//! C2SP tlog-witness asks that the check against the last known checkpoint and the storing of the new one are one step:
//! `known_log` and `update_witnessed` are called in one transaction, and the update names the size that was checked.

use ward_tlog::Hash;

use crate::sequencer::hash_of;
use crate::{Store, StoreError, Tx, values};

/// A witness's signature line on one of this log's checkpoints.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Cosignature {
    pub size: i64,
    pub witness: String,
    pub line: String,
    pub at: i64,
}

/// Begins to witness a log, at size 0, or takes its changed key when the organisation is the same.
pub async fn remember_log(
    tx: &mut Tx,
    origin: &str,
    organisation: &str,
    verifier_key: &str,
    now: i64,
) -> Result<bool, StoreError> {
    let empty = ward_tlog::empty_root();
    let sql = "INSERT INTO witnessed_log (origin, organisation_id, verifier_key, size, root, note, at) VALUES ($1, $2, $3, 0, $4, '', $5)
               ON CONFLICT (origin) DO UPDATE SET verifier_key = excluded.verifier_key
               WHERE witnessed_log.organisation_id = excluded.organisation_id";
    Ok(tx.execute(sql, values![origin, organisation, verifier_key, &empty.0, now]).await? == 1)
}

/// The key of a log and the last size and root that were witnessed; locked until the transaction ends.
pub async fn known_log(tx: &mut Tx, origin: &str) -> Result<Option<(String, u64, Hash)>, StoreError> {
    // The write takes the row's lock, so that two servers cannot both check against the same old size.
    tx.execute("UPDATE witnessed_log SET at = at WHERE origin = $1", values![origin]).await?;
    let row = tx
        .fetch_optional("SELECT verifier_key, size, root FROM witnessed_log WHERE origin = $1", values![origin])
        .await?;
    row.map(|row| Ok((row.get("verifier_key")?, row.get::<i64>("size")?.unsigned_abs(), hash_of(&row, "root")?)))
        .transpose()
}

/// Stores the checkpoint that was just checked against `checked_size`.
pub async fn update_witnessed(
    tx: &mut Tx,
    origin: &str,
    checked_size: u64,
    size: u64,
    root: Hash,
    note: &str,
    now: i64,
) -> Result<bool, StoreError> {
    let sql = "UPDATE witnessed_log SET size = $1, root = $2, note = $3, at = $4 WHERE origin = $5 AND size = $6";
    let done =
        tx.execute(sql, values![size.cast_signed(), &root.0, note, now, origin, checked_size.cast_signed()]).await?;
    Ok(done == 1)
}

/// Keeps a witness's signature on this log's checkpoint of that size.
pub async fn add_cosignature(tx: &mut Tx, cosignature: &Cosignature) -> Result<(), StoreError> {
    let sql = "INSERT INTO cosignature (size, witness, line, at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (size, witness) DO UPDATE SET line = excluded.line, at = excluded.at";
    tx.execute(sql, values![cosignature.size, &cosignature.witness, &cosignature.line, cosignature.at]).await?;
    Ok(())
}

/// The signatures of witnesses on the checkpoint of that size, by name.
pub async fn cosignatures(store: &Store, size: i64) -> Result<Vec<Cosignature>, StoreError> {
    let sql = "SELECT size, witness, line, at FROM cosignature WHERE size = $1 ORDER BY witness";
    let rows = store.fetch(sql, values![size]).await?;
    let read = |row: &crate::Row| {
        Ok(Cosignature {
            size: row.get("size")?,
            witness: row.get("witness")?,
            line: row.get("line")?,
            at: row.get("at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// A log that this installation witnesses.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct WitnessedLog {
    pub origin: String,
    pub verifier_key: String,
    pub size: i64,
    pub at: i64,
}

/// The logs that this installation witnesses, by origin.
pub async fn witnessed_logs(store: &Store) -> Result<Vec<WitnessedLog>, StoreError> {
    let rows = store.fetch("SELECT origin, verifier_key, size, at FROM witnessed_log ORDER BY origin", &[]).await?;
    let read = |row: &crate::Row| {
        let (origin, verifier_key) = (row.get("origin")?, row.get("verifier_key")?);
        Ok(WitnessedLog { origin, verifier_key, size: row.get("size")?, at: row.get("at")? })
    };
    rows.iter().map(read).collect()
}
