//! `GET /share/`: the API root (TAXII 2.1, section 4.2).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use ward_directory::Here;
use ward_taxii::media::MEDIA_TYPE;
use ward_taxii::wire::ApiRoot;

use super::MAX_CONTENT_LENGTH;
use super::answer::resource;
use super::caller::TaxiiCaller;
use crate::notice;

pub(super) async fn get(State(here): State<Here>, _caller: TaxiiCaller) -> Response {
    let root = ApiRoot {
        description: notice::text(&here, None),
        title: here.installation.name,
        versions: vec![MEDIA_TYPE.to_owned()],
        max_content_length: MAX_CONTENT_LENGTH as u64,
    };
    resource(StatusCode::OK, &root)
}
