//! `GET /share/status/{id}/`: what became of a request to add objects (TAXII 2.1, section 4.3).

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use ward_directory::Here;

use super::answer::resource;
use super::caller::TaxiiCaller;
use crate::error::TaxiiError;

pub(super) async fn get(
    State(here): State<Here>,
    TaxiiCaller { who, .. }: TaxiiCaller,
    Path(id): Path<String>,
) -> Result<Response, TaxiiError> {
    Ok(resource(StatusCode::OK, &ward_share::status::find(&here, &who, &id).await?))
}
