//! Subscriptions of a hub, against servers that behave as servers in use do, on both databases.
#![cfg(test)]

#[path = "subscribed/feed.rs"]
mod feed;
#[path = "subscribed/setup.rs"]
mod setup;
#[path = "subscribed/taxii.rs"]
mod taxii;
