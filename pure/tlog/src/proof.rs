//! Inclusion and consistency proofs: checking them, and building them from stored nodes.
//!
//! Building follows PATH and SUBPROOF of RFC 6962 sections 2.1.1 and 2.1.2; checking follows the iterative algorithms of
//! RFC 9162 sections 2.1.3.2 and 2.1.4.2, which accept the same proofs.

use std::cell::RefCell;

use crate::hash::{Hash, node_hash};
use crate::nodes::{Nodes, NodesFn};
use crate::tree::{Frontier, FrontierError, MAX_SIZE};

/// Why a proof does not hold or cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The leaf's index is not in the tree.
    #[error("leaf {index} is not in a tree of size {size}")]
    IndexOutOfRange {
        /// Index of the leaf, from 0.
        index: u64,
        /// Size of the tree, in leaves.
        size: u64,
    },
    /// The first tree is larger than the second.
    #[error("tree size {size1} is above {size2}")]
    SizeOrder {
        /// The earlier size.
        size1: u64,
        /// The later size.
        size2: u64,
    },
    /// The earlier tree is empty: it is consistent with every tree, so a proof says nothing.
    #[error("a proof from the empty tree proves nothing")]
    EmptyTree,
    /// The size is above [`MAX_SIZE`].
    #[error("the tree size {size} is above 2^63 - 1")]
    TooLarge {
        /// The size given.
        size: u64,
    },
    /// The proof has too many or too few hashes for the sizes.
    #[error("a proof of {len} hashes does not fit these tree sizes")]
    Length {
        /// Hashes in the proof.
        len: usize,
    },
    /// The root computed from leaf and proof is not the root given.
    #[error("the proof leads to root `{computed}`, not to `{given}`")]
    RootMismatch {
        /// What the proof gives.
        computed: Hash,
        /// What was to be proved.
        given: Hash,
    },
    /// The node source lacks a node that is needed.
    #[error("node {index} at level {level} is missing")]
    MissingNode {
        /// Level, 0 for leaves.
        level: u32,
        /// Position in the level.
        index: u64,
    },
    /// A frontier read from the nodes has impossible parts.
    #[error("the nodes do not make a frontier")]
    Frontier(#[source] FrontierError),
}

/// Checks that `leaf` (a leaf hash) is at `index` in the tree of `size` leaves with `root`.
///
/// # Errors
/// [`ProofError`] saying what does not fit.
pub fn verify_inclusion(index: u64, size: u64, leaf: &Hash, proof: &[Hash], root: &Hash) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::IndexOutOfRange { index, size });
    }
    let wrong_length = ProofError::Length { len: proof.len() };
    let mut position = Position { node: index, last: size - 1 };
    let mut computed = *leaf;
    for sibling in proof {
        if position.last == 0 {
            return Err(wrong_length);
        }
        computed = if position.step() { node_hash(sibling, &computed) } else { node_hash(&computed, sibling) };
    }
    if position.last != 0 {
        return Err(wrong_length);
    }
    same_root(computed, *root)
}

/// Checks that the tree of `size1` leaves with `root1` is a prefix of the tree of `size2` leaves with `root2`.
///
/// # Errors
/// [`ProofError`] saying what does not fit; [`ProofError::EmptyTree`] when `size1` is 0 (the witness protocol treats that
/// case before it gets here).
pub fn verify_consistency(
    size1: u64,
    size2: u64,
    proof: &[Hash],
    root1: &Hash,
    root2: &Hash,
) -> Result<(), ProofError> {
    check_sizes(size1, size2)?;
    let wrong_length = ProofError::Length { len: proof.len() };
    if size1 == size2 {
        if !proof.is_empty() {
            return Err(wrong_length);
        }
        return same_root(*root1, *root2);
    }
    // When the first tree is perfect its root is the proof's first node and is left out of the proof.
    let (seed, rest) = match proof.split_first() {
        None => return Err(wrong_length),
        Some(_) if size1.is_power_of_two() => (*root1, proof),
        Some((first, rest)) => (*first, rest),
    };
    let mut position = Position { node: size1 - 1, last: size2 - 1 };
    position.skip(position.node.trailing_ones());
    let (mut first, mut second) = (seed, seed);
    for node in rest {
        if position.last == 0 {
            return Err(wrong_length);
        }
        if position.step() {
            first = node_hash(node, &first);
            second = node_hash(node, &second);
        } else {
            second = node_hash(&second, node);
        }
    }
    if position.last != 0 {
        return Err(wrong_length);
    }
    same_root(first, *root1)?;
    same_root(second, *root2)
}

/// The inclusion proof of leaf `index` in the tree of `size` leaves, from the leaf's sibling up.
///
/// # Errors
/// [`ProofError::IndexOutOfRange`], [`ProofError::TooLarge`], or [`ProofError::MissingNode`] naming the node.
pub fn inclusion_proof(nodes: &impl Nodes, index: u64, size: u64) -> Result<Vec<Hash>, ProofError> {
    if index >= size {
        return Err(ProofError::IndexOutOfRange { index, size });
    }
    check_size(size)?;
    let (mut start, mut end) = (0, size);
    let mut proof = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            proof.push(subtree(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(subtree(nodes, start, middle)?);
            start = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The consistency proof from the tree of `size1` leaves to that of `size2`; empty when they are the same.
///
/// # Errors
/// [`ProofError::EmptyTree`], [`ProofError::SizeOrder`], [`ProofError::TooLarge`], or [`ProofError::MissingNode`].
pub fn consistency_proof(nodes: &impl Nodes, size1: u64, size2: u64) -> Result<Vec<Hash>, ProofError> {
    check_sizes(size1, size2)?;
    check_size(size2)?;
    let (mut start, mut end) = (0, size2);
    let mut proof = Vec::new();
    while size1 != end {
        let middle = start + split(end - start);
        if size1 <= middle {
            proof.push(subtree(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(subtree(nodes, start, middle)?);
            start = middle;
        }
    }
    // At the far left the remaining subtree is the whole first tree, whose root the verifier has.
    if start != 0 {
        proof.push(subtree(nodes, start, end)?);
    }
    proof.reverse();
    Ok(proof)
}

/// The root of the first `size` leaves.
///
/// # Errors
/// [`ProofError::TooLarge`] or [`ProofError::MissingNode`].
pub fn root_at(nodes: &impl Nodes, size: u64) -> Result<Hash, ProofError> {
    Ok(frontier_at(nodes, size)?.root())
}

/// The frontier of the first `size` leaves, from which a log goes on after a restart.
///
/// # Errors
/// [`ProofError::TooLarge`] or [`ProofError::MissingNode`].
pub fn frontier_at(nodes: &impl Nodes, size: u64) -> Result<Frontier, ProofError> {
    check_size(size)?;
    let mut found = Vec::new();
    for (level, index) in perfect_subtrees(0, size) {
        found.push(nodes.node(level, index).ok_or(ProofError::MissingNode { level, index })?);
    }
    Frontier::from_parts(size, found).map_err(ProofError::Frontier)
}

/// Which nodes (level, index) [`inclusion_proof`] will read, so that a caller can fetch them in one query first.
///
/// # Errors
/// As [`inclusion_proof`], without missing nodes.
pub fn inclusion_reads(index: u64, size: u64) -> Result<Vec<(u32, u64)>, ProofError> {
    reads(|nodes| inclusion_proof(nodes, index, size).map(drop))
}

/// Which nodes (level, index) [`consistency_proof`] will read.
///
/// # Errors
/// As [`consistency_proof`], without missing nodes.
pub fn consistency_reads(size1: u64, size2: u64) -> Result<Vec<(u32, u64)>, ProofError> {
    reads(|nodes| consistency_proof(nodes, size1, size2).map(drop))
}

/// Which nodes (level, index) [`root_at`] and [`frontier_at`] will read.
///
/// # Errors
/// [`ProofError::TooLarge`].
pub fn root_reads(size: u64) -> Result<Vec<(u32, u64)>, ProofError> {
    check_size(size)?;
    Ok(perfect_subtrees(0, size).collect())
}

/// A node on its way to the root, and the last node of its level.
struct Position {
    node: u64,
    last: u64,
}

impl Position {
    /// Goes one proof hash up; true when that hash stands at the left.
    fn step(&mut self) -> bool {
        let left = self.node & 1 == 1 || self.node == self.last;
        if left && self.node & 1 == 0 {
            // The last node of a level without a sibling rises unhashed until it is a right child.
            self.skip(self.node.trailing_zeros().min(63));
        }
        self.skip(1);
        left
    }

    fn skip(&mut self, levels: u32) {
        self.node >>= levels;
        self.last >>= levels;
    }
}

fn same_root(computed: Hash, given: Hash) -> Result<(), ProofError> {
    if computed == given { Ok(()) } else { Err(ProofError::RootMismatch { computed, given }) }
}

fn check_sizes(size1: u64, size2: u64) -> Result<(), ProofError> {
    if size1 > size2 {
        return Err(ProofError::SizeOrder { size1, size2 });
    }
    if size1 == 0 {
        return Err(ProofError::EmptyTree);
    }
    Ok(())
}

fn check_size(size: u64) -> Result<(), ProofError> {
    if size > MAX_SIZE {
        return Err(ProofError::TooLarge { size });
    }
    Ok(())
}

/// The largest power of two below `leaves`, which is at least 2.
fn split(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

/// The perfect subtrees, as (level, index), that make up the subtree over the leaves from `start` up to `end`, leftmost
/// first. `start` is aligned as the tree's own splits align it.
fn perfect_subtrees(start: u64, end: u64) -> impl Iterator<Item = (u32, u64)> {
    let mut start = start;
    std::iter::from_fn(move || {
        let level = (end - start).checked_ilog2()?;
        let node = (level, start >> level);
        start += 1 << level;
        Some(node)
    })
}

/// The root over the leaves from `start` up to `end`.
fn subtree(nodes: &impl Nodes, start: u64, end: u64) -> Result<Hash, ProofError> {
    let mut found = Vec::new();
    for (level, index) in perfect_subtrees(start, end) {
        let node = nodes.node(level, index);
        found.push(node.ok_or(ProofError::MissingNode { level, index })?);
    }
    let frontier = Frontier::from_parts(end - start, found).map_err(ProofError::Frontier)?;
    Ok(frontier.root())
}

/// Runs `build` on nodes that exist everywhere and notes which were asked for.
fn reads(
    build: impl FnOnce(&NodesFn<&dyn Fn(u32, u64) -> Option<Hash>>) -> Result<(), ProofError>,
) -> Result<Vec<(u32, u64)>, ProofError> {
    let asked = RefCell::new(Vec::new());
    let record = |level, index| {
        asked.borrow_mut().push((level, index));
        Some(Hash([0; 32]))
    };
    build(&NodesFn(&record))?;
    Ok(asked.into_inner())
}
