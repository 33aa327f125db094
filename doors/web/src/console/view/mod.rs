//! Views: pure functions from plain data to markup. They know no store, no clock and no request; `maud` escapes whatever they are given.

pub mod home;
pub mod layout;
pub mod message;
pub mod sign_in;
pub mod words;
