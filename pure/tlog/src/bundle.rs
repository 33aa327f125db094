//! What is in a tile: the bytes of hash tiles and of entry bundles, and proofs read back from hash tiles.
//!
//! C2SP tlog-tiles. A hash tile is its hashes one after the other; a bundle is its entries, each after its length as two
//! big-endian bytes.

use std::collections::HashMap;

use crate::hash::Hash;
use crate::nodes::Nodes;
use crate::tile::{HEIGHT, Tile, TileError, TileKind, WIDTH};
use crate::tree::root;

const HASH_BYTES: usize = 32;

/// The content of a hash tile, read from the log's nodes.
///
/// # Errors
/// [`TileError::Kind`] for an entry bundle, [`TileError::MissingNode`] when a node is not stored.
pub fn hash_tile_bytes(nodes: &impl Nodes, tile: &Tile) -> Result<Vec<u8>, TileError> {
    let TileKind::Hashes { level } = tile.kind() else {
        return Err(other_kind(tile));
    };
    let level = HEIGHT * u32::from(level);
    let mut bytes = Vec::with_capacity(usize::from(tile.width()) * HASH_BYTES);
    for place in 0..u64::from(tile.width()) {
        let index = tile.index().saturating_mul(u64::from(WIDTH)).saturating_add(place);
        let hash = nodes.node(level, index);
        bytes.extend_from_slice(&hash.ok_or(TileError::MissingNode { level, index })?.0);
    }
    Ok(bytes)
}

/// The hashes of a hash tile's content.
///
/// # Errors
/// [`TileError::Kind`] for an entry bundle, [`TileError::Length`] when the content does not fit the width.
pub fn parse_hash_tile(tile: &Tile, bytes: &[u8]) -> Result<Vec<Hash>, TileError> {
    if tile.kind() == TileKind::Entries {
        return Err(other_kind(tile));
    }
    let expected = usize::from(tile.width()) * HASH_BYTES;
    if bytes.len() != expected {
        return Err(TileError::Length { expected, found: bytes.len() });
    }
    let (hashes, _) = bytes.as_chunks::<HASH_BYTES>();
    Ok(hashes.iter().copied().map(Hash).collect())
}

/// The content of an entry bundle. Its width is the number of entries.
///
/// # Errors
/// [`TileError::Width`] when there is none or more than 256, [`TileError::EntryTooLong`] above 65,535 bytes.
pub fn build_bundle(entries: &[impl AsRef<[u8]>]) -> Result<Vec<u8>, TileError> {
    if entries.is_empty() || entries.len() > usize::from(WIDTH) {
        return Err(TileError::Width { width: entries.len() as u64 });
    }
    let mut bytes = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let entry = entry.as_ref();
        let too_long = |_| TileError::EntryTooLong { at, len: entry.len() };
        let len = u16::try_from(entry.len()).map_err(too_long)?;
        bytes.extend_from_slice(&len.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Ok(bytes)
}

/// The entries of a bundle's content, as many as the tile is wide.
///
/// # Errors
/// [`TileError::Kind`] for a hash tile, [`TileError::Truncated`] or [`TileError::Trailing`].
pub fn parse_bundle<'b>(tile: &Tile, bytes: &'b [u8]) -> Result<Vec<&'b [u8]>, TileError> {
    if tile.kind() != TileKind::Entries {
        return Err(other_kind(tile));
    }
    let mut entries = Vec::with_capacity(usize::from(tile.width()));
    let mut rest = bytes;
    for at in 0..usize::from(tile.width()) {
        let truncated = TileError::Truncated { at };
        let Some((len, tail)) = rest.split_first_chunk::<2>() else {
            return Err(truncated);
        };
        let len = usize::from(u16::from_be_bytes(*len));
        let (entry, tail) = tail.split_at_checked(len).ok_or(truncated)?;
        entries.push(entry);
        rest = tail;
    }
    if rest.is_empty() { Ok(entries) } else { Err(TileError::Trailing { len: rest.len() }) }
}

/// Nodes read from hash tiles, so that a reader of a published log can build roots and proofs. The levels between two
/// tile levels are computed. What the tiles say is proved only by a root that a checkpoint signs.
#[derive(Debug, Clone, Default)]
pub struct TileNodes {
    tiles: HashMap<(u32, u64), Vec<Hash>>,
}

impl TileNodes {
    /// No tiles yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a hash tile's content; of two widths of one tile the wider stays.
    ///
    /// # Errors
    /// As [`parse_hash_tile`].
    pub fn add(&mut self, tile: &Tile, bytes: &[u8]) -> Result<(), TileError> {
        let hashes = parse_hash_tile(tile, bytes)?;
        let TileKind::Hashes { level } = tile.kind() else {
            return Err(other_kind(tile));
        };
        let held = self.tiles.entry((u32::from(level), tile.index())).or_default();
        if held.len() < hashes.len() {
            *held = hashes;
        }
        Ok(())
    }
}

impl Nodes for TileNodes {
    fn node(&self, level: u32, index: u64) -> Option<Hash> {
        let (tile_level, height) = (level / HEIGHT, level % HEIGHT);
        // The node spans `1 << height` hashes of its tile, all within one.
        let per_tile = u64::from(WIDTH) >> height;
        let tile = self.tiles.get(&(tile_level, index / per_tile))?;
        let start = usize::try_from((index % per_tile) << height).ok()?;
        tile.get(start..start + (1 << height)).map(root)
    }
}

fn other_kind(tile: &Tile) -> TileError {
    TileError::Kind { path: tile.to_string() }
}
