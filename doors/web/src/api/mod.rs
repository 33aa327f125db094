//! `/api/`: what nodes and programs need beside TAXII: joining, the hub's facts, evidence, acknowledgements, cosignatures, the situation,
//! the ledger and recalls.

mod acknowledgements;
mod body;
mod cosignatures;
mod evidence;
mod hub;
mod join;
mod ledger;
mod recalls;
mod situation;
mod witness;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use ward_directory::{Here, Refused};
use ward_store::StoreError;
use ward_watch::WatchError;

use crate::error::ApiError;

pub fn router() -> Router<Here> {
    Router::new()
        .route("/api/join", post(join::join))
        .route("/api/hub", get(hub::hub))
        .route("/api/alerts/{report_id}/{modified}/evidence", get(evidence::evidence))
        .route("/api/alerts/{report_id}/situation", get(situation::situation))
        .route("/api/acknowledgements", post(acknowledgements::acknowledge))
        .route("/api/ledger", get(ledger::ledger))
        .route("/api/recalls", get(recalls::list))
        .route("/api/recalls/{recall_id}/confirm", post(recalls::confirm))
        .route("/api/cosignatures", post(cosignatures::keep))
        .layer(DefaultBodyLimit::max(body::MAX_BODY_BYTES))
        .route("/witness/add-checkpoint", post(witness::add_checkpoint))
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> ApiError {
        match refused {
            Refused::Unseen => ApiError::NotFound,
            Refused::Forbidden => ApiError::Forbidden,
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> ApiError {
        ApiError::Failed(Box::new(error))
    }
}

impl From<WatchError> for ApiError {
    fn from(error: WatchError) -> ApiError {
        match error {
            WatchError::Unknown { .. } => ApiError::NotFound,
            WatchError::Invalid(reason) => ApiError::Unprocessable(reason),
            WatchError::Directory(error) => error.into(),
            WatchError::Share(error) => error.into(),
            other => ApiError::Failed(Box::new(other)),
        }
    }
}
