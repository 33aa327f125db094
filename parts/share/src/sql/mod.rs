//! The SQL of share; it decides nothing.

pub mod alerts;
pub mod answers;
pub mod objects;
pub mod reminders;
