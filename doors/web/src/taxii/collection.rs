//! `GET /share/collections/{id or alias}/`: one collection (TAXII 2.1, section 5.2).

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use ward_directory::Here;
use ward_share::collections;
use ward_taxii::media::STIX_MEDIA_TYPE;
use ward_taxii::wire::Collection;

use super::answer::resource;
use super::caller::TaxiiCaller;
use crate::error::TaxiiError;
use crate::notice;

pub(super) async fn get(
    State(here): State<Here>,
    TaxiiCaller { who, root }: TaxiiCaller,
    Path(collection): Path<String>,
) -> Result<Response, TaxiiError> {
    Ok(resource(StatusCode::OK, &on_the_wire(&here, collections::find_behind(&here, &who, root, &collection).await?)))
}

/// A collection as TAXII writes it.
pub(super) fn on_the_wire(here: &Here, collection: collections::Collection) -> Collection {
    Collection {
        id: collection.id,
        title: collection.title,
        description: notice::text(here, Some(collection.description)),
        alias: Some(collection.alias),
        can_read: collection.can_read,
        can_write: collection.can_write,
        media_types: vec![STIX_MEDIA_TYPE.to_owned()],
    }
}
