//! `GET …/manifest/`: what a collection holds (TAXII 2.1, section 5.3).

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use ward_directory::Here;
use ward_share::{collections, page};
use ward_taxii::filter::{self, Endpoint};
use ward_taxii::wire::Manifest;

use super::answer;
use super::caller::TaxiiCaller;
use crate::error::TaxiiError;

pub(super) async fn get(
    State(here): State<Here>,
    TaxiiCaller { who, root }: TaxiiCaller,
    Path(collection): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, TaxiiError> {
    let collection = collections::find_behind(&here, &who, root, &collection).await?;
    let filter = filter::parse(query.as_deref().unwrap_or_default(), Endpoint::Manifest)?;
    let page = page::manifest(&here, &who, &collection, &filter).await?;
    Ok(answer::page(&page, Manifest { more: page.more, objects: page.items.clone() }))
}
