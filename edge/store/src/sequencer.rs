//! The sequencer: numbers entries in the order in which acts were committed, and signs checkpoints.
//!
//! Whoever sequences first takes the row lock of the one `sequencer` row (on SQLite, the write lock), so several servers on one
//! PostgreSQL take turns and none can give a number out of order: what is committed later gets a later number.

use std::collections::HashMap;

use ward_tlog::nodes::NodesFn;
use ward_tlog::{Checkpoint, Frontier, Hash, SigningKey, VerifierKey, checkpoint, leaf_hash, proof};

use crate::{Row, Store, StoreError, Tx, values};

/// Most rows numbered in one transaction.
const BATCH: i64 = 5_000;

/// The installation's log key: its name is the log's origin.
pub struct LogKey(SigningKey);

impl LogKey {
    /// From the log's origin and its 32-byte seed.
    pub fn new(origin: &str, seed: &[u8; 32]) -> Result<LogKey, StoreError> {
        SigningKey::from_seed(origin, seed).map(LogKey).map_err(|e| StoreError::Record(e.to_string()))
    }

    /// The key that others verify with.
    pub fn verifier_key(&self) -> &VerifierKey {
        self.0.verifier_key()
    }

    /// The signing key, for notes that the installation signs in its own name.
    pub fn signing_key(&self) -> &SigningKey {
        &self.0
    }
}

/// Numbers what was committed since the last run. Gives how many entries that were; run it again while it gives any.
pub async fn sequence(store: &Store) -> Result<usize, StoreError> {
    if waiting(store).await? == 0 {
        return Ok(0);
    }
    let mut tx = store.begin().await?;
    // It gives no ticks, so that the clock does not count.
    tx.take_turn(0).await?;
    let state = tx.fetch_optional("SELECT size FROM sequencer WHERE id = 1", &[]).await?;
    let entries = number_entries(&mut tx, state.map_or(Ok(0), |row| row.get("size"))?).await?;
    tx.commit().await?;
    Ok(entries)
}

async fn waiting(store: &Store) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) AS waiting FROM entry WHERE number IS NULL";
    store.fetch_optional(sql, &[]).await?.map_or(Ok(0), |row| row.get("waiting"))
}

async fn number_entries(tx: &mut Tx, size: i64) -> Result<usize, StoreError> {
    let sql = "SELECT id, digest FROM entry WHERE number IS NULL ORDER BY id LIMIT $1";
    let waiting = tx.fetch(sql, values![BATCH]).await?;
    let mut frontier = frontier(tx, size).await?;
    let mut complete: Vec<(u32, u64, Hash)> = Vec::new();
    for (row, number) in waiting.iter().zip(size..) {
        let digest: Vec<u8> = row.get("digest")?;
        frontier.append_with(leaf_hash(&digest), |level, index, hash| complete.push((level, index, hash)));
        tx.execute("UPDATE entry SET number = $1 WHERE id = $2", values![number, row.get::<String>("id")?]).await?;
    }
    for (level, index, hash) in complete {
        tx.execute(
            "INSERT INTO log_node (level, node_index, hash) VALUES ($1, $2, $3)",
            values![i64::from(level), index.cast_signed(), &hash.0],
        )
        .await?;
    }
    let new_size = frontier.size().cast_signed();
    tx.execute("UPDATE sequencer SET size = $1 WHERE id = 1", values![new_size]).await?;
    Ok(waiting.len())
}

/// Signs a checkpoint when the tree has grown since the last one. Gives the size it signed.
pub async fn sign_checkpoint(store: &Store, key: &LogKey, now: i64) -> Result<Option<i64>, StoreError> {
    let latest = latest_checkpoint(store).await?.map_or(-1, |(size, _)| size);
    if tree_size(store).await? <= latest {
        return Ok(None);
    }
    let mut tx = store.begin().await?;
    tx.take_turn(now).await?;
    let row = tx.fetch_optional("SELECT size FROM sequencer WHERE id = 1", &[]).await?;
    let size: i64 = row.map_or(Ok(0), |row| row.get("size"))?;
    let root = frontier(&mut tx, size).await?.root();
    let origin = key.verifier_key().name().to_owned();
    let tree = Checkpoint { origin, size: size.unsigned_abs(), root, extensions: Vec::new() };
    let note = checkpoint::signed(&tree, key.signing_key()).map_err(|e| StoreError::Record(e.to_string()))?;
    let written = tx
        .execute(
            "INSERT INTO checkpoint (size, at, root, note) VALUES ($1, $2, $3, $4) ON CONFLICT (size) DO NOTHING",
            values![size, now, &root.0, note.to_string()],
        )
        .await?;
    tx.commit().await?;
    Ok((written > 0).then_some(size))
}

/// Size and signed note of the latest checkpoint.
pub async fn latest_checkpoint(store: &Store) -> Result<Option<(i64, String)>, StoreError> {
    let row = store.fetch_optional("SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1", &[]).await?;
    row.map(|row| Ok((row.get("size")?, row.get("note")?))).transpose()
}

/// The number of numbered entries.
pub async fn tree_size(store: &Store) -> Result<i64, StoreError> {
    let row = store.fetch_optional("SELECT size FROM sequencer WHERE id = 1", &[]).await?;
    row.map_or(Ok(0), |row| row.get("size"))
}

/// The stored hashes of these tree nodes.
pub async fn nodes_for(store: &Store, wanted: &[(u32, u64)]) -> Result<HashMap<(u32, u64), Hash>, StoreError> {
    let mut nodes = HashMap::with_capacity(wanted.len());
    for (level, index) in wanted {
        let sql = "SELECT hash FROM log_node WHERE level = $1 AND node_index = $2";
        let found = store.fetch_optional(sql, values![i64::from(*level), index.cast_signed()]).await?;
        if let Some(row) = found {
            nodes.insert((*level, *index), hash_of(&row, "hash")?);
        }
    }
    Ok(nodes)
}

/// The frontier of the first `size` entries, from the stored nodes.
async fn frontier(tx: &mut Tx, size: i64) -> Result<Frontier, StoreError> {
    let failed = |e: proof::ProofError| StoreError::Record(e.to_string());
    let size = size.unsigned_abs();
    let mut nodes = HashMap::new();
    for (level, index) in proof::root_reads(size).map_err(failed)? {
        let sql = "SELECT hash FROM log_node WHERE level = $1 AND node_index = $2";
        if let Some(row) = tx.fetch_optional(sql, values![i64::from(level), index.cast_signed()]).await? {
            nodes.insert((level, index), hash_of(&row, "hash")?);
        }
    }
    proof::frontier_at(&NodesFn(|level, index| nodes.get(&(level, index)).copied()), size).map_err(failed)
}

pub(crate) fn hash_of(row: &Row, column: &str) -> Result<Hash, StoreError> {
    let bytes: Vec<u8> = row.get(column)?;
    let bytes =
        <[u8; 32]>::try_from(bytes).map_err(|_| StoreError::Record(format!("`{column}` is not a hash of 32 bytes")))?;
    Ok(Hash(bytes))
}
