//! `GET …/objects/{object-id}/versions/`: the versions of an object (TAXII 2.1, section 5.8).

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use ward_directory::Here;
use ward_share::{collections, page};
use ward_taxii::filter::{self, Endpoint};
use ward_taxii::wire::Versions;

use super::answer;
use super::caller::TaxiiCaller;
use crate::error::TaxiiError;

pub(super) async fn get(
    State(here): State<Here>,
    TaxiiCaller { who, root }: TaxiiCaller,
    Path((collection, object)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, TaxiiError> {
    let collection = collections::find_behind(&here, &who, root, &collection).await?;
    let filter = filter::parse(query.as_deref().unwrap_or_default(), Endpoint::Versions)?;
    let page = page::versions(&here, &who, &collection, &object, &filter).await?;
    Ok(answer::page(&page, Versions { more: page.more, versions: page.items.clone() }))
}
