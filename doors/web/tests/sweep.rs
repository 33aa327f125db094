//! Every route, asked by everybody who should not be answered, over real HTTP.
//!
//! The table names each route once, in the order of the sources; a route that is not in it, or a row without a route, fails. What a caller
//! may not see is 404 and cannot be told from what does not exist; what a token is too small for is 403 whether it exists or not.
#![cfg(test)]

#[path = "sweep/callers.rs"]
mod callers;
#[path = "sweep/hostile.rs"]
mod hostile;
#[path = "sweep/routes.rs"]
mod routes;
#[path = "taxii/setup.rs"]
mod setup;
#[path = "sweep/sources.rs"]
mod sources;
#[path = "sweep/table.rs"]
mod table;
