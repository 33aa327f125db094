//! `POST /api/acknowledgements`: a node, or a person of a member, has the alert.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use ward_directory::{Here, Scope, permit_scope};
use ward_share::acknowledge::{self, Duty};

use super::body::JsonBody;
use crate::auth::Caller;
use crate::error::ApiError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    report_id: String,
    modified: String,
    duty: Duty,
    person: String,
}

pub async fn acknowledge(
    State(here): State<Here>,
    Caller(who): Caller,
    JsonBody(body): JsonBody<Body>,
) -> Result<StatusCode, ApiError> {
    permit_scope(&who, Scope::Node, ())?;
    acknowledge::acknowledge(&here, &who, &body.report_id, &body.modified, body.duty, &body.person).await?;
    Ok(StatusCode::NO_CONTENT)
}
