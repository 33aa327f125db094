//! The pure core of a transparency log: Merkle tree, proofs, signed checkpoints, witnesses and tiles.
//!
//! Standards: RFC 6962 section 2.1 for the tree and its proofs (checked with the algorithms of RFC 9162 sections 2.1.3.2
//! and 2.1.4.2), and the C2SP pages signed-note, tlog-checkpoint, tlog-cosignature, tlog-tiles, tlog-witness and
//! tlog-proof. Nothing here reads a file, a socket, a database, a clock or a source of randomness: stored hashes come
//! through [`Nodes`], seeds and times are arguments, and whoever calls persists what a decision says.

pub mod bundle;
pub mod checkpoint;
pub mod cosignature;
pub mod hash;
pub mod inclusion;
pub mod key;
pub mod nodes;
pub mod note;
pub mod proof;
mod text;
pub mod tile;
pub mod tree;
pub mod witness;

pub use bundle::{TileNodes, build_bundle, hash_tile_bytes, parse_bundle, parse_hash_tile};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use cosignature::{CosignError, CosignerKey};
pub use hash::{Hash, HashError, empty_root, leaf_hash, node_hash};
pub use inclusion::{LogProof, LogProofError};
pub use key::{Algorithm, KeyError, SigningKey, VerifierKey};
pub use nodes::{CompleteNode, MemoryNodes, Nodes, completed_nodes};
pub use note::{Note, NoteError, Signature};
pub use proof::{ProofError, consistency_proof, inclusion_proof, root_at, verify_consistency, verify_inclusion};
pub use tile::{Tile, TileError, TileKind};
pub use tree::{Frontier, FrontierError, root};
pub use witness::{Accepted, AddCheckpoint, WitnessError, decide};
