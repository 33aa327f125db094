//! The backup's file: a tar in zstd, sealed in chunks under one key, with a manifest of every file within.
//!
//! The order of the chunks is authenticated, so that damage, a cut and an exchange are named with their place. The container must not know what
//! the files mean, nor where the key comes from: `Header` says what a passphrase's key is drawn with, the caller draws it.

mod error;
mod header;
mod manifest;
mod open;
mod seal;
mod unpack;
mod write;

pub use error::BackupError;
pub use header::{HEADER_BYTES, Header, KeyDraw};
pub use manifest::{FORMAT, Manifest, PackedFile};
pub use seal::CHUNK_BYTES;
pub use unpack::{read_header, unpack};
pub use write::BackupWriter;
