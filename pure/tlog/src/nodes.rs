//! Where stored hashes of complete subtrees come from, and which ones a new leaf completes.
//!
//! A log keeps every complete (perfect) node once, in a table keyed by level and index; nothing in that table ever
//! changes, and every proof and tile of every tree size is read from it (RFC 6962 section 2.1, C2SP tlog-tiles).

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use crate::hash::{Hash, node_hash};
use crate::proof::ProofError;

/// A source of complete nodes: level 0 holds the leaf hashes, and node (level, i) is the root over the leaves
/// `i << level` up to, not including, `(i + 1) << level`.
pub trait Nodes {
    /// The hash of the node, or none when it is not stored (or not yet complete).
    fn node(&self, level: u32, index: u64) -> Option<Hash>;
}

/// A node that a new leaf made complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompleteNode {
    /// 0 for a leaf.
    pub level: u32,
    /// Position in the level, from 0.
    pub index: u64,
    /// The root of the subtree below it.
    pub hash: Hash,
}

/// The nodes that become complete when the leaf at `index` is appended, the leaf itself first. `lower` reads nodes
/// stored before (level, index); only the left siblings on the way up are asked for.
///
/// # Errors
/// [`ProofError::MissingNode`] when `lower` does not have one of them.
pub fn completed_nodes(
    index: u64,
    leaf: Hash,
    lower: impl Fn(u32, u64) -> Option<Hash>,
) -> Result<Vec<CompleteNode>, ProofError> {
    let mut hash = leaf;
    let mut complete = vec![CompleteNode { level: 0, index, hash }];
    for level in 0..index.trailing_ones().min(63) {
        let sibling = (index >> level) - 1;
        let left = lower(level, sibling).ok_or(ProofError::MissingNode { level, index: sibling })?;
        hash = node_hash(&left, &hash);
        complete.push(CompleteNode { level: level + 1, index: index >> (level + 1), hash });
    }
    Ok(complete)
}

/// All complete nodes of a tree in memory: for tests and for trees small enough to be rebuilt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryNodes {
    levels: Vec<Vec<Hash>>,
}

impl MemoryNodes {
    /// The empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// Appends a leaf hash and completes what it completes.
    pub fn append(&mut self, leaf: Hash) {
        let mut carried = Some(leaf);
        let mut level = 0;
        while let Some(hash) = carried {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let Some(row) = self.levels.get_mut(level) else {
                return;
            };
            row.push(hash);
            carried = match row.as_slice() {
                [.., left, right] if row.len() % 2 == 0 => Some(node_hash(left, right)),
                _ => None,
            };
            level += 1;
        }
    }
}

impl FromIterator<Hash> for MemoryNodes {
    fn from_iter<I: IntoIterator<Item = Hash>>(leaves: I) -> Self {
        let mut nodes = Self::new();
        leaves.into_iter().for_each(|leaf| nodes.append(leaf));
        nodes
    }
}

impl Nodes for MemoryNodes {
    fn node(&self, level: u32, index: u64) -> Option<Hash> {
        let row = self.levels.get(usize::try_from(level).ok()?)?;
        row.get(usize::try_from(index).ok()?).copied()
    }
}

/// A source made of a closure over (level, index).
#[derive(Debug, Clone, Copy)]
pub struct NodesFn<F>(pub F);

impl<F: Fn(u32, u64) -> Option<Hash>> Nodes for NodesFn<F> {
    fn node(&self, level: u32, index: u64) -> Option<Hash> {
        (self.0)(level, index)
    }
}

impl<S: BuildHasher> Nodes for HashMap<(u32, u64), Hash, S> {
    fn node(&self, level: u32, index: u64) -> Option<Hash> {
        self.get(&(level, index)).copied()
    }
}

impl Nodes for BTreeMap<(u32, u64), Hash> {
    fn node(&self, level: u32, index: u64) -> Option<Hash> {
        self.get(&(level, index)).copied()
    }
}
