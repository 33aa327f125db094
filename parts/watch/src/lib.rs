//! Watch: "did it touch us?", answered from the owner's own logs, months back and from now on.
//!
//! The node's side of the loop: it joins hubs and polls them, verifies each alert before it acts, reads its sources into the archive, looks back, and
//! answers. Log lines stay here; what leaves is an answer, on the record. Machines propose; a named person confirms.
//! It must not know HTTP servers or pages, nor how a hub decides who sees what.

pub mod acknowledge;
pub mod allow;
pub mod answer;
pub mod backup;
pub mod confirm;
mod error;
mod http;
pub mod hub;
pub mod jobs;
mod keeping;
mod known;
pub mod lookback;
pub mod name;
pub mod poll;
pub mod quality;
pub mod reading;
pub mod receive;
pub mod release;
pub mod review;
mod roster;
pub mod round;
pub mod send;
pub mod source;
mod sql;
pub mod subscribed;
pub mod task;
pub mod witness;

pub use error::WatchError;
