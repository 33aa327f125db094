//! `GET …/collections/`: the collections behind a root that the caller may know of, by id (TAXII 2.1, section 5.1).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use ward_directory::Here;
use ward_taxii::wire::Collections;

use super::answer::resource;
use super::caller::TaxiiCaller;
use super::collection::on_the_wire;
use crate::error::TaxiiError;

pub(super) async fn get(
    State(here): State<Here>,
    TaxiiCaller { who, root }: TaxiiCaller,
) -> Result<Response, TaxiiError> {
    let collections = ward_share::collections::list(&here, &who).await?.into_iter();
    let collections: Vec<_> = collections.filter(|one| one.root == root).map(|one| on_the_wire(&here, one)).collect();
    Ok(resource(StatusCode::OK, &Collections { collections }))
}
