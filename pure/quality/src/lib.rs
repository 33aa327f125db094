//! The quality gate for indicators: may one act by itself, is it only looked for, or is it spent? Each with reasons in plain words.
//!
//! Lists of addresses and names that many share are data ([`list`]); what offices saw, and what turned out to be a false alarm, are arguments, and
//! so is the time. The constants of the judgement stand in [`rules`], each with its reason. It must not know where any of it is kept.

mod builtin;
pub mod judge;
pub mod list;
pub mod lists;
pub mod rules;
pub mod stated;

pub use builtin::builtin;
pub use judge::{Act, Facts, OfficeWord, Said, Verdict, judge};
pub use list::{ListError, WarningList};
pub use lists::{Listed, Lists};
pub use stated::Stated;
