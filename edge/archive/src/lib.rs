//! Log events at rest: Parquet segments that other programs can read too, each with an index of what can be looked for.
//!
//! A segment belongs to one source and one UTC month: `segments/<id>.parquet` holds the events, `segments/<id>.index`
//! maps each observable to when it was seen, how often and in which row groups. A look-back asks the index and opens
//! the events only to list lines, or where the index alone could not count exactly.
//!
//! Query values never reach the disk: of a URL with a query the archive keeps the path, the names and a keyed digest
//! of the whole, which finds exactly that URL again and nothing else.
//!
//! A file exists once the caller has committed its [`SegmentMeta`]; [`sweep_orphans`] removes what was never
//! committed, and what no longer is.

mod columns;
mod coverage;
mod durable;
mod error;
mod hits;
mod index;
mod index_build;
mod key;
mod lookback;
mod merge;
mod postings;
mod read;
mod redact;
mod row;
mod segment;
mod upkeep;
mod varint;
mod writer;

pub use durable::write_file;
pub use error::ArchiveError;
pub use hits::{HitRow, Listing};
pub use index::IndexHeader;
pub use key::DigestKey;
pub use lookback::{Archive, Found};
pub use merge::merge;
pub use read::RowColumns;
pub use segment::{SegmentMeta, SourceFile};
pub use upkeep::{purge_before, sweep_orphans, verify};
pub use writer::Writer;
