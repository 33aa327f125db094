//! Views: pure functions from plain data to markup. They know no store, no clock and no request; `maud` escapes whatever they are given.

pub mod alert;
pub mod alerts;
pub mod altered;
pub mod answers;
pub mod brief;
pub mod by_hand;
pub mod chase;
pub mod demo;
pub mod draft;
pub mod field;
pub mod given;
pub mod home;
pub mod hub;
pub mod layout;
pub mod listing;
pub mod message;
pub mod name;
pub mod receipts;
pub mod record;
pub mod review;
pub mod sign_in;
pub mod signing;
pub mod situation;
pub mod sources;
pub mod standing;
pub mod words;
