//! The store: one seam over SQLite (embedded, the default) and PostgreSQL, with migrations, jobs, and the record with its sequencer.
//!
//! One SQL text serves both databases: only BIGINT, TEXT and BYTEA columns, `$1` parameters, `RETURNING` and `ON CONFLICT`.
//! The store knows no rule of any part: it keeps rows, gives numbers and ticks in the order in which they were committed,
//! and can recompute the record from its tables. It must not know who may see what, nor that the web exists.

mod clock;
mod database;
mod dump;
mod entries;
mod error;
mod jobs;
mod many;
mod migrations;
pub mod random;
mod readers;
mod record;
mod rows;
mod sequencer;
mod settings;
#[cfg(feature = "testing")]
pub mod testing;
mod tiles;
mod transaction;
mod turn;
mod value;
mod verify;
mod witness;

pub use clock::{Clock, DEMO_CLOCK_FILE, DemoClock, MICROS_PER_SECOND};
pub use database::{Database, Store};
pub use dump::{Loaded, Piece, dump, load_piece, open_empty};
pub use entries::{Entries, EntryLine, EntryQuery, each_entry, entries};
pub use error::StoreError;
pub use jobs::{ClaimedJob, claim, enqueue, enqueue_once, fail, finish, pending};
pub use migrations::{Migration, migrations};
pub use record::{Act, Proof, RecordedEntry, entry, entry_of, hex, latest_entry_about, prove, read_entry, unhex};
pub use rows::{RowRef, row_digest};
pub use sequencer::{LogKey, latest_checkpoint, nodes_for, sequence, sign_checkpoint, tree_size};
pub use settings::{put_setting, setting};
pub use tiles::{consistency, tile};
pub use transaction::Tx;
pub use turn::Tick;
pub use value::{Row, Value};
pub use verify::{Broken, Verified, verify, verify_in};
pub use witness::{
    Cosignature, WitnessedLog, add_cosignature, cosignatures, known_log, remember_log, update_witnessed, witnessed_logs,
};
