//! What the log publishes, read from the tables: hash tiles, entry bundles and consistency proofs (C2SP tlog-tiles).
//!
//! Only what the latest signed checkpoint covers is given out.

use std::collections::HashMap;

use ward_tlog::nodes::NodesFn;
use ward_tlog::{Hash, Tile, TileKind, build_bundle, consistency_proof, hash_tile_bytes, proof};

use crate::sequencer::{hash_of, latest_checkpoint, nodes_for};
use crate::{Store, StoreError, values};

/// Entries and hashes in a full tile.
const WIDTH: u64 = 256;
/// Levels of the tree in a level of tiles.
const TILE_HEIGHT: i64 = 8;

/// The bytes of a tile; none when the latest checkpoint does not cover it.
pub async fn tile(store: &Store, tile: &Tile) -> Result<Option<Vec<u8>>, StoreError> {
    let size = latest_checkpoint(store).await?.map_or(0, |(size, _)| size.unsigned_abs());
    let Some(whole) = Tile::at_size(tile.kind(), tile.index(), size) else { return Ok(None) };
    if whole.width() < tile.width() {
        return Ok(None);
    }
    let first = tile.index().saturating_mul(WIDTH).cast_signed();
    let end = first.saturating_add(i64::from(tile.width()));
    match tile.kind() {
        TileKind::Hashes { level } => hashes(store, tile, i64::from(level) * TILE_HEIGHT, first, end).await.map(Some),
        TileKind::Entries => entries(store, first, end).await.map(Some),
    }
}

/// The proof that the tree of `from` entries is the beginning of the tree of `to`; none when no checkpoint covers `to`.
pub async fn consistency(store: &Store, from: u64, to: u64) -> Result<Option<Vec<Hash>>, StoreError> {
    let size = latest_checkpoint(store).await?.map_or(0, |(size, _)| size.unsigned_abs());
    if to > size || from > to {
        return Ok(None);
    }
    let failed = |e: proof::ProofError| StoreError::Record(e.to_string());
    let nodes = nodes_for(store, &proof::consistency_reads(from, to).map_err(failed)?).await?;
    let nodes = NodesFn(|level, index| nodes.get(&(level, index)).copied());
    consistency_proof(&nodes, from, to).map(Some).map_err(failed)
}

async fn hashes(store: &Store, tile: &Tile, level: i64, first: i64, end: i64) -> Result<Vec<u8>, StoreError> {
    let sql = "SELECT node_index, hash FROM log_node WHERE level = $1 AND node_index >= $2 AND node_index < $3";
    let mut nodes = HashMap::new();
    for row in store.fetch(sql, values![level, first, end]).await? {
        nodes.insert(row.get::<i64>("node_index")?.unsigned_abs(), hash_of(&row, "hash")?);
    }
    let nodes = NodesFn(|_, index| nodes.get(&index).copied());
    hash_tile_bytes(&nodes, tile).map_err(|e| StoreError::Record(e.to_string()))
}

async fn entries(store: &Store, first: i64, end: i64) -> Result<Vec<u8>, StoreError> {
    let sql = "SELECT digest FROM entry WHERE number >= $1 AND number < $2 ORDER BY number";
    let rows = store.fetch(sql, values![first, end]).await?;
    let digests = rows.iter().map(|row| row.get("digest")).collect::<Result<Vec<Vec<u8>>, _>>()?;
    build_bundle(&digests).map_err(|e| StoreError::Record(e.to_string()))
}
