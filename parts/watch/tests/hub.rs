//! The node and its hubs over real HTTP, on both databases: the node's on the tested one, the hub's on SQLite.
#![cfg(test)]

#[path = "hub/joining.rs"]
mod joining;
#[path = "hub/onward.rs"]
mod onward;
#[path = "hub/receiving.rs"]
mod receiving;
#[path = "hub/sending.rs"]
mod sending;
#[path = "hub/server.rs"]
mod server;
#[path = "hub/setup.rs"]
mod setup;
#[path = "hub/witnessing.rs"]
mod witnessing;
