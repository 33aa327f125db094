//! A brief of a real hub, on both databases.
#![cfg(test)]

#[path = "brief/frozen.rs"]
mod frozen;
#[path = "brief/known.rs"]
mod known;
#[path = "brief/named.rs"]
mod named;
#[path = "brief/pdf.rs"]
mod pdf;
#[path = "brief/setup.rs"]
mod setup;
