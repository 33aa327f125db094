//! The sequencer: numbers entries and gives TAXII ticks in the order in which acts were committed, and signs checkpoints.
//!
//! Whoever sequences first takes the row lock of the one `sequencer` row (on SQLite, the write lock), so several servers on one
//! PostgreSQL take turns and none can give a number out of order: what is committed later gets a later number. Nothing is served
//! before its tick. Ticks are microseconds, unique and increasing over the whole installation, and never ahead of the clock.

use std::collections::HashMap;

use ward_tlog::nodes::NodesFn;
use ward_tlog::{Checkpoint, Frontier, Hash, SigningKey, VerifierKey, checkpoint, leaf_hash, proof};

use crate::{Row, Store, StoreError, Tx, values};

/// Most rows numbered in one transaction.
const BATCH: i64 = 5_000;

/// The installation's log key: its name is the log's origin.
pub struct LogKey(SigningKey);

/// What one run of the sequencer did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sequenced {
    pub entries: usize,
    pub ticks: usize,
}

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

/// Numbers what was committed since the last run. Run it again while it gives work.
pub async fn sequence(store: &Store, now: i64) -> Result<Sequenced, StoreError> {
    if waiting(store).await? == 0 {
        return Ok(Sequenced::default());
    }
    let mut tx = store.begin().await?;
    tx.execute("UPDATE sequencer SET beats = beats + 1 WHERE id = 1", &[]).await?;
    let state = tx.fetch_optional("SELECT size, last_tick FROM sequencer WHERE id = 1", &[]).await?;
    let state = state.ok_or_else(|| StoreError::Record("the sequencer has no row".to_owned()))?;
    let (size, last_tick) = (state.get::<i64>("size")?, state.get::<i64>("last_tick")?);
    let entries = number_entries(&mut tx, size).await?;
    let ticks = give_ticks(&mut tx, last_tick, now).await?;
    tx.commit().await?;
    store.objects_grew(ticks).await?;
    Ok(Sequenced { entries, ticks })
}

async fn waiting(store: &Store) -> Result<i64, StoreError> {
    let sql = "SELECT (SELECT COUNT(*) FROM entry WHERE number IS NULL)
                    + (SELECT COUNT(*) FROM collection_object WHERE tick IS NULL)
                    + (SELECT COUNT(*) FROM handling_change WHERE tick IS NULL) AS waiting";
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

/// Objects first: a change is offered after what it is about. When fewer ticks fit than wait, the rest waits for the clock.
async fn give_ticks(tx: &mut Tx, last_tick: i64, now: i64) -> Result<usize, StoreError> {
    let waiting = "SELECT (SELECT COUNT(*) FROM collection_object WHERE tick IS NULL) AS objects,
                          (SELECT COUNT(*) FROM handling_change WHERE tick IS NULL) AS changes";
    let Some(waiting) = tx.fetch_optional(waiting, &[]).await? else { return Ok(0) };
    let fitting = now.saturating_sub(last_tick).clamp(0, BATCH);
    let objects = waiting.get::<i64>("objects")?.min(fitting);
    let changes = waiting.get::<i64>("changes")?.min(fitting - objects);
    let Some(first) = reserve_ticks(tx, last_tick, objects + changes, now).await? else { return Ok(0) };
    let of_objects = "UPDATE collection_object SET tick = $1 + w.place
         FROM (SELECT id AS waiting_id, ROW_NUMBER() OVER (ORDER BY id) - 1 AS place FROM collection_object WHERE tick IS NULL
               ORDER BY id LIMIT $2) w WHERE id = w.waiting_id";
    let of_changes = "UPDATE handling_change SET tick = $1 + w.place
         FROM (SELECT id AS waiting_id, ROW_NUMBER() OVER (ORDER BY id) - 1 AS place FROM handling_change WHERE tick IS NULL
               ORDER BY id LIMIT $2) w WHERE id = w.waiting_id";
    let mut given = 0;
    for (sql, first, count) in [(of_objects, first, objects), (of_changes, first + objects, changes)] {
        if count > 0 {
            given += tx.execute(sql, values![first, count]).await?;
        }
    }
    Ok(usize::try_from(given).unwrap_or(usize::MAX))
}

/// The first of `count` ticks in a row, which are the caller's from now on; none while they do not fit between the last tick and the clock. Holds
/// the sequencer's turn until the transaction ends.
pub async fn take_ticks(tx: &mut Tx, count: i64, now: i64) -> Result<Option<i64>, StoreError> {
    let turn = "UPDATE sequencer SET beats = beats + 1 WHERE id = 1 RETURNING last_tick";
    let row = tx.fetch_optional(turn, &[]).await?;
    let last_tick = row.map_or(Ok(0), |row| row.get("last_tick"))?;
    reserve_ticks(tx, last_tick, count, now).await
}

/// The ticks end at the clock and begin after the last one.
async fn reserve_ticks(tx: &mut Tx, last_tick: i64, count: i64, now: i64) -> Result<Option<i64>, StoreError> {
    if count <= 0 || now.saturating_sub(last_tick) < count {
        return Ok(None);
    }
    let first = now - count + 1;
    tx.execute("UPDATE sequencer SET last_tick = $1 WHERE id = 1", values![now]).await?;
    Ok(Some(first))
}

/// Signs a checkpoint when the tree has grown since the last one. Gives the size it signed.
pub async fn sign_checkpoint(store: &Store, key: &LogKey, now: i64) -> Result<Option<i64>, StoreError> {
    let latest = latest_checkpoint(store).await?.map_or(-1, |(size, _)| size);
    if tree_size(store).await? <= latest {
        return Ok(None);
    }
    let mut tx = store.begin().await?;
    tx.execute("UPDATE sequencer SET beats = beats + 1 WHERE id = 1", &[]).await?;
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
