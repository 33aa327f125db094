//! Routes: who asks, which verb, which view. They hold no rule.

mod alert;
mod alerts;
mod home;
mod shell;
mod sign_in;
mod situation;

use axum::Router;
use axum::routing::{get, post};
use ward_directory::Here;

use super::style;

pub fn router() -> Router<Here> {
    Router::new()
        .route("/", get(home::home))
        .route("/alerts", get(alerts::list))
        .route("/alerts.csv", get(alerts::file))
        .route("/alerts/{report_id}", get(alert::page))
        .route("/alerts/{report_id}/acknowledge", post(alert::has_read))
        .route("/situation", get(situation::page))
        .route("/situation.csv", get(situation::file))
        .route("/sign-in", get(sign_in::form).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/style/{name}", get(style::style))
}
