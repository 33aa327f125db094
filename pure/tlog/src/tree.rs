//! Tree roots: from all leaves, and from a frontier that grows one leaf at a time.
//!
//! RFC 6962 section 2.1. A tree of n leaves splits into perfect subtrees, one for each bit set in n, the largest at the
//! left; their roots, the frontier, are all that is needed to append a leaf or to compute the root.

use crate::hash::{Hash, empty_root, node_hash};

/// The largest tree size taken: 2^63 − 1, so that a size fits a database's signed integer.
pub const MAX_SIZE: u64 = i64::MAX as u64;

/// The roots of the perfect subtrees that make up a tree, the leftmost (largest) first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    nodes: Vec<Hash>,
}

/// Why stored parts are not a [`Frontier`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    /// The number of nodes is not the number of bits set in the size.
    #[error("a tree of size {size} has {expected} frontier nodes, not {found}")]
    NodeCount {
        /// The size given, in leaves.
        size: u64,
        /// Bits set in the size.
        expected: u32,
        /// Nodes given.
        found: usize,
    },
    /// The size is above [`MAX_SIZE`].
    #[error("the tree size {size} is above 2^63 - 1")]
    TooLarge {
        /// The size given, in leaves.
        size: u64,
    },
}

/// The root of the tree over `leaves` (leaf hashes, in order); [`empty_root`] when there are none.
#[must_use]
pub fn root(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    for leaf in leaves {
        frontier.append(*leaf);
    }
    frontier.root()
}

impl Frontier {
    /// The empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Rebuilds a stored frontier from its size and nodes (leftmost first).
    ///
    /// # Errors
    /// [`FrontierError`] when the count of nodes does not fit the size. Whether the hashes are right shows in the root.
    pub fn from_parts(size: u64, nodes: Vec<Hash>) -> Result<Self, FrontierError> {
        if size > MAX_SIZE {
            return Err(FrontierError::TooLarge { size });
        }
        if nodes.len() != size.count_ones() as usize {
            return Err(FrontierError::NodeCount { size, expected: size.count_ones(), found: nodes.len() });
        }
        Ok(Self { size, nodes })
    }

    /// Size and nodes, for storing.
    #[must_use]
    pub fn into_parts(self) -> (u64, Vec<Hash>) {
        (self.size, self.nodes)
    }

    /// The number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the perfect subtrees, leftmost first.
    #[must_use]
    pub fn nodes(&self) -> &[Hash] {
        &self.nodes
    }

    /// Appends a leaf hash.
    pub fn append(&mut self, leaf: Hash) {
        self.append_with(leaf, |_, _, _| {});
    }

    /// Appends a leaf hash and tells `complete` each node (level, index, hash) that it completes, the leaf first:
    /// what a store needs to serve [`crate::Nodes`].
    pub fn append_with(&mut self, leaf: Hash, mut complete: impl FnMut(u32, u64, Hash)) {
        let index = self.size;
        let mut hash = leaf;
        complete(0, index, hash);
        // Each low bit set in the index is a perfect subtree of that height waiting for its right sibling.
        for level in 1..=index.trailing_ones() {
            if let Some(left) = self.nodes.pop() {
                hash = node_hash(&left, &hash);
                complete(level, index >> level, hash);
            }
        }
        self.nodes.push(hash);
        self.size += 1;
    }

    /// The root at the present size.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.nodes.iter().rev().copied().reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(empty_root)
    }
}
