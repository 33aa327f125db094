//! Log files as they are on disk: found, decompressed, cut into lines, and read on from where reading stopped.
//!
//! Files are appended to, renamed, compressed, truncated and deleted by other programs while Ward reads them. What
//! has been read is kept in a [`Checkpoint`] per file, recognised by its first bytes and not by its name, so that
//! nothing is read twice and nothing is missed unnoticed. The caller commits checkpoints together with what it made
//! of the lines; this crate keeps nothing.

mod checkpoint;
mod error;
mod expand;
mod lines;
mod open;
mod plan;
mod read;
mod rotation;

pub use checkpoint::{Checkpoint, Damage, LONGEST_IDENTITY};
pub use error::SourcesError;
pub use expand::expand;
pub use lines::{LONGEST_LINE, Line, Position, for_each_line};
pub use open::{Compression, Reader, open};
pub use plan::{Plan, Reading, Unreadable, plan};
pub use read::{Outcome, Taken, read};
