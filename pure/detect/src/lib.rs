//! The pure core of watching logs: lines → events → observables → exact matches → coverage and verdict.
//!
//! Nothing here reads a file or a clock. A line that is not understood is a [`lines::Rejection`] with a name to count
//! by, and what a log could never have shown is said by [`coverage`], so that "not seen" is never said by mistake.

mod address;
mod combined;
pub mod coverage;
mod escape;
mod eve;
pub mod event;
mod json;
pub mod kinds;
pub mod lines;
pub mod matcher;
mod normal;
pub mod signs;
mod time;
mod zeek;
