//! Share: threat information to those who may and must see it, and what came back.
//!
//! Objects live in collections, byte for byte as received; every reading asks `ward_policy::decide` for every object. Alerts are made, signed by two
//! people and published here; answers, receipts and acknowledgements come home here. It must not know HTTP, nor how a node searches its logs.

pub mod acknowledge;
pub mod alert;
pub mod anew;
pub mod answers;
pub mod by_hand;
pub mod chase;
pub mod collections;
mod covers;
mod cursor;
mod entitlement;
mod error;
pub mod explain;
pub mod given;
pub mod grant;
pub mod handling;
pub mod import;
pub mod intake;
pub mod ledger;
pub mod mark;
pub mod notice;
pub mod page;
pub mod public_root;
pub mod quality;
pub mod recall;
pub mod receipts;
pub mod request;
pub mod situation;
pub mod spill;
mod sql;
pub mod status;
pub mod subscription;
pub mod task;
pub mod tear_line;

pub use answers::{Receipt, TakeError, take};
pub use error::ShareError;
