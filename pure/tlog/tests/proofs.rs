//! Laws of the tree: every proof that is built holds, no altered one does, and all ways to a root agree.
#![cfg(test)]

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use ward_tlog::proof::{consistency_reads, frontier_at, inclusion_reads, root_reads};
use ward_tlog::tree::MAX_SIZE;
use ward_tlog::{
    Frontier, FrontierError, Hash, MemoryNodes, Nodes, ProofError, completed_nodes, consistency_proof, empty_root,
    inclusion_proof, leaf_hash, node_hash, root, root_at, verify_consistency, verify_inclusion,
};

const LARGEST: u64 = 300;

fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(|i| leaf_hash(&i.to_be_bytes())).collect()
}

/// MTH as RFC 6962 section 2.1 defines it, as a second opinion.
fn defined_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&defined_root(left), &defined_root(right))
        }
    }
}

#[test]
fn roots_agree() {
    let leaves = leaves(LARGEST);
    let nodes: MemoryNodes = leaves.iter().copied().collect();
    assert_eq!(nodes.size(), LARGEST);
    let mut stored = BTreeMap::new();
    let mut frontier = Frontier::new();
    for size in 0..=LARGEST {
        let expected = defined_root(&leaves[..size as usize]);
        assert_eq!(root(&leaves[..size as usize]), expected);
        assert_eq!(frontier.root(), expected);
        assert_eq!(root_at(&nodes, size).unwrap(), expected);
        assert_eq!(root_at(&stored, size).unwrap(), expected);
        assert_eq!(frontier_at(&stored, size).unwrap(), frontier);
        let (parts_size, parts) = frontier.clone().into_parts();
        assert_eq!(Frontier::from_parts(parts_size, parts).unwrap(), frontier);
        let Some(leaf) = leaves.get(size as usize) else {
            break;
        };
        let complete = completed_nodes(size, *leaf, |l, i| stored.node(l, i)).unwrap();
        let mut told = Vec::new();
        frontier.append_with(*leaf, |level, index, hash| told.push((level, index, hash)));
        let computed: Vec<_> = complete.iter().map(|n| (n.level, n.index, n.hash)).collect();
        assert_eq!(computed, told);
        for (level, index, hash) in told {
            assert_eq!(nodes.node(level, index), Some(hash));
            assert_eq!(stored.insert((level, index), hash), None, "a node completes once");
        }
    }
}

#[test]
fn every_inclusion_proof_holds() {
    let leaves = leaves(LARGEST);
    let nodes: MemoryNodes = leaves.iter().copied().collect();
    for size in 1..=LARGEST {
        let root = root_at(&nodes, size).unwrap();
        for (index, leaf) in (0..size).zip(&leaves) {
            let proof = inclusion_proof(&nodes, index, size).unwrap();
            verify_inclusion(index, size, leaf, &proof, &root).unwrap();
        }
    }
}

#[test]
fn every_consistency_proof_holds() {
    let nodes: MemoryNodes = leaves(LARGEST).into_iter().collect();
    let roots: Vec<Hash> = (0..=LARGEST).map(|n| root_at(&nodes, n).unwrap()).collect();
    for size2 in 1..=LARGEST {
        for size1 in 1..=size2 {
            let proof = consistency_proof(&nodes, size1, size2).unwrap();
            let (root1, root2) = (&roots[size1 as usize], &roots[size2 as usize]);
            verify_consistency(size1, size2, &proof, root1, root2).unwrap();
        }
    }
}

/// The hashes with one byte altered, for each byte in turn.
fn altered(hashes: &[Hash], mask: u8) -> impl Iterator<Item = Vec<Hash>> {
    (0..hashes.len() * 32).map(move |at| {
        let mut hashes = hashes.to_vec();
        hashes[at / 32].0[at % 32] ^= mask;
        hashes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_altered_inclusion_proof_holds(size in 1..=LARGEST, at in 0.0..1.0, mask in 1..=255u8) {
        let index = (at * size as f64) as u64;
        let leaves = leaves(size);
        let nodes: MemoryNodes = leaves.iter().copied().collect();
        let proof = inclusion_proof(&nodes, index, size).unwrap();
        let (leaf, root) = (leaves[index as usize], root_at(&nodes, size).unwrap());
        // Leaf, root and proof in one list, so that each byte of them is altered in turn.
        let all: Vec<Hash> = [leaf, root].into_iter().chain(proof.iter().copied()).collect();
        prop_assert!(verify_inclusion(index, size, &all[0], &all[2..], &all[1]).is_ok());
        for bad in altered(&all, mask) {
            prop_assert!(verify_inclusion(index, size, &bad[0], &bad[2..], &bad[1]).is_err());
        }
        let longer = [proof.as_slice(), &[root]].concat();
        prop_assert!(verify_inclusion(index, size, &leaf, &longer, &root).is_err());
        if let Some((_, shorter)) = proof.split_last() {
            prop_assert!(verify_inclusion(index, size, &leaf, shorter, &root).is_err());
        }
        for other in (0..size).filter(|other| *other != index) {
            prop_assert!(verify_inclusion(other, size, &leaf, &proof, &root).is_err());
        }
    }

    #[test]
    fn no_altered_consistency_proof_holds(size2 in 1..=LARGEST, at in 0.0..1.0, mask in 1..=255u8) {
        let size1 = 1 + (at * size2 as f64) as u64;
        let nodes: MemoryNodes = leaves(size2).into_iter().collect();
        let proof = consistency_proof(&nodes, size1, size2).unwrap();
        let (root1, root2) = (root_at(&nodes, size1).unwrap(), root_at(&nodes, size2).unwrap());
        let all: Vec<Hash> = [root1, root2].into_iter().chain(proof.iter().copied()).collect();
        prop_assert!(verify_consistency(size1, size2, &all[2..], &all[0], &all[1]).is_ok());
        for bad in altered(&all, mask) {
            prop_assert!(verify_consistency(size1, size2, &bad[2..], &bad[0], &bad[1]).is_err());
        }
        let longer = [proof.as_slice(), &[root2]].concat();
        prop_assert!(verify_consistency(size1, size2, &longer, &root1, &root2).is_err());
        if let Some((_, shorter)) = proof.split_last() {
            prop_assert!(verify_consistency(size1, size2, shorter, &root1, &root2).is_err());
        }
    }

    #[test]
    fn reads_are_exactly_what_a_proof_needs(size2 in 1..=LARGEST, at in 0.0..1.0) {
        let index = (at * size2 as f64) as u64;
        let nodes: MemoryNodes = leaves(size2).into_iter().collect();
        let fetch = |reads: Vec<(u32, u64)>| -> HashMap<(u32, u64), Hash> {
            reads.into_iter().map(|(l, i)| ((l, i), nodes.node(l, i).unwrap())).collect()
        };
        let fetched = fetch(inclusion_reads(index, size2).unwrap());
        prop_assert_eq!(inclusion_proof(&fetched, index, size2), inclusion_proof(&nodes, index, size2));
        let fetched = fetch(consistency_reads(index + 1, size2).unwrap());
        prop_assert_eq!(consistency_proof(&fetched, index + 1, size2), consistency_proof(&nodes, index + 1, size2));
        let fetched = fetch(root_reads(size2).unwrap());
        prop_assert_eq!(root_at(&fetched, size2), root_at(&nodes, size2));
    }

    #[test]
    fn no_size_overflows(index: u64, size: u64, len in 0..70usize) {
        let proof = vec![empty_root(); len];
        let root = empty_root();
        prop_assert!(verify_inclusion(index, size, &root, &proof, &leaf_hash(b"")).is_err());
        prop_assert!(verify_consistency(index, size, &proof, &root, &leaf_hash(b"")).is_err());
        // Both answer; what is asked of the nodes never exceeds a proof's length squared.
        if let Ok(reads) = inclusion_reads(index, size) {
            prop_assert!(reads.len() <= 64 * 64);
        }
        if let Ok(reads) = consistency_reads(index, size) {
            prop_assert!(reads.len() <= 64 * 64);
        }
    }
}

#[test]
fn refusals() {
    let nodes: MemoryNodes = leaves(5).into_iter().collect();
    let hash = empty_root();
    let out_of_range = ProofError::IndexOutOfRange { index: 5, size: 5 };
    assert_eq!(inclusion_proof(&nodes, 5, 5), Err(out_of_range.clone()));
    assert_eq!(verify_inclusion(5, 5, &hash, &[], &hash), Err(out_of_range));
    let order = ProofError::SizeOrder { size1: 5, size2: 4 };
    assert_eq!(consistency_proof(&nodes, 5, 4), Err(order));
    assert_eq!(consistency_proof(&nodes, 0, 4), Err(ProofError::EmptyTree));
    let missing = ProofError::MissingNode { level: 0, index: 5 };
    assert_eq!(inclusion_proof(&nodes, 4, 6), Err(missing));
    let missing = ProofError::MissingNode { level: 2, index: 0 };
    assert_eq!(completed_nodes(7, hash, |l, _| (l < 2).then_some(hash)), Err(missing));
    let size = MAX_SIZE + 1;
    assert_eq!(root_at(&nodes, size), Err(ProofError::TooLarge { size }));
    let too_large = FrontierError::TooLarge { size };
    assert_eq!(Frontier::from_parts(size, vec![hash]), Err(too_large));
    assert!(matches!(Frontier::from_parts(5, vec![hash]), Err(FrontierError::NodeCount { expected: 2, found: 1, .. })));
}
