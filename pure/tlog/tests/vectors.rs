//! The Merkle vectors of transparency-dev/merkle (98 inclusion, 98 consistency) and the RFC 6962 reference tree.
#![cfg(test)]

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use ward_tlog::{
    Frontier, Hash, MemoryNodes, Nodes as _, empty_root, leaf_hash, root, root_at, verify_consistency, verify_inclusion,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inclusion {
    leaf_idx: u64,
    tree_size: u64,
    root: String,
    leaf_hash: String,
    proof: Option<Vec<String>>,
    want_err: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consistency {
    size1: u64,
    size2: u64,
    root1: String,
    root2: String,
    proof: Option<Vec<String>>,
    want_err: bool,
}

/// The folder of vectors, or none when it is absent and this is not CI.
fn vectors(kind: &str) -> Option<Vec<PathBuf>> {
    let data = std::env::var("WARD_DATA")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").to_owned());
    let folder = Path::new(&data).join("rolls/merkle/testdata").join(kind);
    if !folder.is_dir() {
        assert!(std::env::var_os("CI").is_none(), "{folder:?} is absent");
        println!("skipped: {} is absent", folder.display());
        return None;
    }
    let mut files = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    assert_eq!(files.len(), 98);
    Some(files)
}

fn hashes(proof: Option<Vec<String>>) -> Option<Vec<Hash>> {
    let strict = |text: &String| Hash::from_base64(text).ok();
    proof.unwrap_or_default().iter().map(strict).collect()
}

/// A consistency vector's root. Some vectors put placeholder words of other lengths there, and one of them expects
/// success; a word stands for the hash of the word, so that equal words stay equal and no word is a true root.
fn root_or_word(base64: &str) -> Hash {
    let bytes = STANDARD.decode(base64).unwrap();
    Hash::try_from(bytes.as_slice()).unwrap_or_else(|_| leaf_hash(&bytes))
}

#[test]
fn inclusion_vectors() {
    let mut succeeded = 0;
    for file in vectors("inclusion").unwrap_or_default() {
        let text = std::fs::read_to_string(&file).unwrap();
        let vector: Inclusion = serde_json::from_str(&text).unwrap();
        // A leaf or root of another length cannot even be made into a hash.
        let parts =
            (hashes(vector.proof), Hash::from_base64(&vector.leaf_hash).ok(), Hash::from_base64(&vector.root).ok());
        let holds = match parts {
            (Some(proof), Some(leaf), Some(root)) => {
                let (index, size) = (vector.leaf_idx, vector.tree_size);
                verify_inclusion(index, size, &leaf, &proof, &root).is_ok()
            }
            _ => false,
        };
        assert_eq!(holds, !vector.want_err, "{}", file.display());
        succeeded += usize::from(holds);
    }
    assert!(succeeded == 6 || vectors("inclusion").is_none());
}

#[test]
fn consistency_vectors() {
    let mut succeeded = 0;
    for file in vectors("consistency").unwrap_or_default() {
        let text = std::fs::read_to_string(&file).unwrap();
        let vector: Consistency = serde_json::from_str(&text).unwrap();
        let (root1, root2) = (root_or_word(&vector.root1), root_or_word(&vector.root2));
        let (size1, size2) = (vector.size1, vector.size2);
        let holds =
            hashes(vector.proof).is_some_and(|proof| verify_consistency(size1, size2, &proof, &root1, &root2).is_ok());
        assert_eq!(holds, !vector.want_err, "{}", file.display());
        succeeded += usize::from(holds);
    }
    assert!(succeeded == 6 || vectors("consistency").is_none());
}

/// Leaves and roots of the Certificate Transparency reference tree (testonly/constants.go of transparency-dev/merkle).
const LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
/// Level, index, hash: some inner nodes of the same tree.
const NODES: [(u32, u64, &str); 5] = [
    (0, 7, "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1"),
    (1, 1, "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"),
    (1, 2, "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"),
    (2, 1, "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"),
    (3, 0, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
];

#[test]
fn reference_tree() {
    let leaves: Vec<Hash> = LEAVES.iter().map(|data| leaf_hash(data)).collect();
    let nodes: MemoryNodes = leaves.iter().copied().collect();
    let mut frontier = Frontier::new();
    for (size, expected) in ROOTS.iter().enumerate() {
        assert_eq!(format!("{:?}", root(&leaves[..size])), *expected);
        assert_eq!(format!("{:?}", frontier.root()), *expected);
        assert_eq!(format!("{:?}", root_at(&nodes, size as u64).unwrap()), *expected);
        if let Some(leaf) = leaves.get(size) {
            frontier.append(*leaf);
        }
    }
    for (level, index, expected) in NODES {
        assert_eq!(format!("{:?}", nodes.node(level, index).unwrap()), expected);
    }
    assert_eq!(nodes.node(2, 2), None);
    assert_eq!(format!("{:?}", empty_root()), ROOTS[0]);
}
