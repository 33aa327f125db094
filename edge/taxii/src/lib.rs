//! TAXII 2.1 (OASIS Standard, 10 June 2021): the resources on the wire, media types, the filter a request carries, and
//! a client.
//!
//! Server and client share these types, so that what one writes the other reads. Cursors are the server's own affair
//! and are not here: to this crate `next` is opaque text, as section 3.5 has it.

pub mod client;
pub mod filter;
pub mod media;
pub mod timestamp;
pub mod wire;
