//! Routes: who asks, which verb, which view. They hold no rule.

mod home;
mod shell;
mod sign_in;

use axum::Router;
use axum::routing::{get, post};
use ward_directory::Here;

use super::style;

pub fn router() -> Router<Here> {
    Router::new()
        .route("/", get(home::home))
        .route("/sign-in", get(sign_in::form).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/style/{name}", get(style::style))
}
