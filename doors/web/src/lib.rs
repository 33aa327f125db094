//! The web door: HTTP in, a verb, HTTP out. TAXII 2.1 for whoever speaks it, pages for people.
//!
//! Routes hold no SQL and no rule: they find out who asks, hand the question to a verb of a part, and write down its answer. What runs beside is
//! the binary's.

mod address;
pub mod api;
pub mod auth;
pub mod brief;
mod console;
pub mod error;
pub mod legible;
pub mod limit;
pub mod listen;
pub mod log;
mod notice;
pub mod peer;
pub mod taxii;
pub mod welcome;

use std::time::Duration;

use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::http::{HeaderValue, StatusCode};
use axum::{Extension, Router};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use ward_directory::Here;

use crate::limit::Limits;

/// A request that takes longer, to come or to be answered, is given up: nobody holds a connection for ever. What it had begun to write is undone.
const LONGEST_REQUEST: Duration = Duration::from_mins(5);

/// Everything that an installation answers over HTTP, to each organisation as much as `limits` lets it ask.
pub fn router(here: Here, limits: Limits) -> Router {
    Router::new()
        .merge(taxii::router())
        .merge(api::router())
        .merge(log::router())
        .merge(welcome::router())
        .merge(console::router())
        .layer(Extension(limits))
        .layer(axum::middleware::from_fn(peer::says_https))
        .layer(axum::middleware::from_fn(address::readable))
        .layer(axum::middleware::from_fn_with_state(here.clone(), notice::on_everything))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST_REQUEST))
        .layer(SetResponseHeaderLayer::if_not_present(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
        .with_state(here)
}
