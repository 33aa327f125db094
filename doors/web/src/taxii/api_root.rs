//! `GET /share/`, `/public/`, `/ingest/`: an API root (TAXII 2.1, section 4.2); one without anything for the caller is not there.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use ward_directory::Here;
use ward_share::collections;
use ward_taxii::media::MEDIA_TYPE;
use ward_taxii::wire::ApiRoot;

use super::MAX_CONTENT_LENGTH;
use super::answer::resource;
use super::caller::TaxiiCaller;
use crate::error::{ApiError, TaxiiError};
use crate::notice;

pub(super) async fn get(
    State(here): State<Here>,
    TaxiiCaller { who, root }: TaxiiCaller,
) -> Result<Response, TaxiiError> {
    if !collections::roots(&here, &who).await?.contains(&root) {
        return Err(TaxiiError(ApiError::NotFound));
    }
    let root = ApiRoot {
        description: notice::text(&here, None),
        title: here.installation.name,
        versions: vec![MEDIA_TYPE.to_owned()],
        max_content_length: MAX_CONTENT_LENGTH as u64,
    };
    Ok(resource(StatusCode::OK, &root))
}
