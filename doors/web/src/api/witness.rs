//! `POST /witness/add-checkpoint`: this installation as a witness of its members' logs (C2SP tlog-witness).

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use ward_directory::Here;
use ward_tlog::witness::{SIZE_MEDIA_TYPE, WitnessError, format_conflict};

use crate::error::ApiError;

pub async fn add_checkpoint(State(here): State<Here>, body: Bytes) -> Result<Response, ApiError> {
    Ok(match ward_directory::add_checkpoint(&here, &body).await? {
        Ok(lines) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], lines).into_response(),
        Err(WitnessError::Conflict { known }) => {
            (StatusCode::CONFLICT, [(header::CONTENT_TYPE, SIZE_MEDIA_TYPE)], format_conflict(known)).into_response()
        }
        Err(refused) => {
            let status = StatusCode::from_u16(refused.status()).unwrap_or(StatusCode::BAD_REQUEST);
            (status, format!("{refused}\n")).into_response()
        }
    })
}
