//! The SQL of share; it decides nothing.

pub mod alerts;
pub mod answers;
pub mod arriving;
pub mod grants;
pub mod ledger;
pub mod lists;
pub mod objects;
pub mod offered;
pub mod passed;
pub mod quality;
pub mod receipts;
pub mod reminders;
pub mod situation;
pub mod spill;
pub mod subscriptions;
pub mod tear_lines;
pub mod visibility;

/// A pattern for `LIKE … ESCAPE '!'` that finds this text anywhere.
pub fn pattern(sought: &str) -> String {
    let escaped = sought.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{escaped}%")
}
