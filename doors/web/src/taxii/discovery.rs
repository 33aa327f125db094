//! `GET /taxii2/`: the server and its API root (TAXII 2.1, section 4.1).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use ward_directory::Here;
use ward_taxii::wire::Discovery;

use super::API_ROOT;
use super::answer::resource;
use super::caller::TaxiiCaller;
use crate::notice;

pub(super) async fn get(State(here): State<Here>, _caller: TaxiiCaller) -> Response {
    let discovery = Discovery {
        description: notice::text(&here, None),
        title: here.installation.name,
        default: Some(API_ROOT.to_owned()),
        api_roots: vec![API_ROOT.to_owned()],
        ..Discovery::default()
    };
    resource(StatusCode::OK, &discovery)
}
