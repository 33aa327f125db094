//! The web door: HTTP in, a verb, HTTP out. TAXII 2.1 for whoever speaks it, pages for people.
//!
//! Routes hold no SQL and no rule: they find out who asks, hand the question to a verb of a part, and write down its answer. Listening, TLS and what
//! runs beside are the binary's.

pub mod api;
pub mod auth;
mod console;
pub mod error;
pub mod log;
pub mod taxii;
pub mod welcome;

use axum::Router;
use ward_directory::Here;

/// Everything that an installation answers over HTTP.
pub fn router(here: Here) -> Router {
    Router::new()
        .merge(taxii::router())
        .merge(api::router())
        .merge(log::router())
        .merge(welcome::router())
        .merge(console::router())
        .with_state(here)
}
