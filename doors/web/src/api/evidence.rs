//! `GET /api/alerts/{report}/{modified}/evidence`: what proves an alert to a node: signatures and the place in the log.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use ward_directory::Here;

use crate::auth::Caller;
use crate::error::ApiError;
use crate::notice;

/// 200 with the evidence, 202 while no checkpoint covers it, 404 for who may not see the alert.
pub async fn evidence(
    State(here): State<Here>,
    Caller(who): Caller,
    Path((report_id, modified)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let found = ward_share::alert::evidence(&here, &who, &report_id, &modified).await?;
    Ok(found
        .map_or_else(|| StatusCode::ACCEPTED.into_response(), |evidence| notice::json(&here, evidence).into_response()))
}
