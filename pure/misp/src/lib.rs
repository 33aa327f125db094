//! Feeds of MISP: a manifest that names events, and events whose attributes become STIX indicators of our own making.
//!
//! The format is that of MISP's feed generator: `manifest.json` maps the UUID of each event to its `timestamp`, and `UUID.json` holds the event with
//! `Attribute` and `Object`. It must not know where a feed is, nor who may see what came of it.

mod event;
mod indicators;
mod manifest;

pub use event::{Event, MispError};
pub use indicators::{Made, Making, indicators};
pub use manifest::{Listed, manifest};
