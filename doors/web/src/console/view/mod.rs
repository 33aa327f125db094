//! Views: pure functions from plain data to markup. They know no store, no clock and no request; `maud` escapes whatever they are given.

pub mod alert;
pub mod alerts;
pub mod home;
pub mod layout;
pub mod listing;
pub mod message;
pub mod sign_in;
pub mod situation;
pub mod standing;
pub mod words;
