//! The SQL of share; it decides nothing.

pub mod alerts;
pub mod answers;
pub mod arriving;
pub mod lists;
pub mod objects;
pub mod receipts;
pub mod reminders;
pub mod settings;
pub mod situation;
pub mod spill;

/// A pattern for `LIKE … ESCAPE '!'` that finds this text anywhere.
pub fn pattern(sought: &str) -> String {
    let escaped = sought.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{escaped}%")
}
