//! The SQL of watch; it decides nothing.

pub mod answers;
pub mod hubs;
pub mod local;
pub mod quality;
pub mod received;
pub mod sending;
pub mod sources;
