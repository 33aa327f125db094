//! TAXII over real HTTP: the protocol's rules one by one, and a client that others wrote.
#![cfg(test)]

#[path = "taxii/interop.rs"]
mod interop;
#[path = "taxii/own.rs"]
mod own;
#[path = "taxii/pollers.rs"]
mod pollers;
#[path = "taxii/polling.rs"]
mod polling;
#[path = "taxii/protocol.rs"]
mod protocol;
#[path = "taxii/public_root.rs"]
mod public_root;
#[path = "taxii/real_client.rs"]
mod real_client;
#[path = "taxii/revoked.rs"]
mod revoked;
#[path = "taxii/setup.rs"]
mod setup;
#[path = "taxii/subscribing.rs"]
mod subscribing;
#[path = "taxii/tls.rs"]
mod tls;
#[path = "taxii/traps.rs"]
mod traps;
