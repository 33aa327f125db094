//! `POST /api/cosignatures`: a member's witness vouches for a checkpoint of this log.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use ward_directory::{Here, Scope, permit_scope};
use ward_tlog::VerifierKey;

use super::body::JsonBody;
use crate::auth::Caller;
use crate::error::ApiError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    size: i64,
    /// The signature line, as in a note.
    line: String,
    /// The witness's verifier key, as C2SP vkey text.
    witness: String,
}

pub async fn keep(
    State(here): State<Here>,
    Caller(who): Caller,
    JsonBody(body): JsonBody<Body>,
) -> Result<StatusCode, ApiError> {
    permit_scope(&who, Scope::Node, ())?;
    let witness = VerifierKey::parse(&body.witness).map_err(|e| ApiError::Bad(format!("`witness`: {e}")))?;
    ward_directory::keep_cosignature(&here, &who, &witness, body.size, &body.line).await?;
    Ok(StatusCode::NO_CONTENT)
}
