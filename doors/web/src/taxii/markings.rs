//! `GET …/x-ward-markings/`: what the caller may see behind a root, marking by marking, and by which rule. It is no resource of the standard, which has
//! none for this; its answer has the standard's media type all the same.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use ward_directory::Here;
use ward_share::{collections, explain};

use super::answer::resource;
use super::caller::TaxiiCaller;
use crate::error::{ApiError, TaxiiError};
use crate::notice;

pub(super) async fn get(
    State(here): State<Here>,
    TaxiiCaller { who, root }: TaxiiCaller,
) -> Result<Response, TaxiiError> {
    let behind = collections::list(&here, &who).await?.into_iter().filter(|one| one.root == root);
    let behind: Vec<String> = behind.map(|one| one.alias).collect();
    if behind.is_empty() {
        return Err(TaxiiError(ApiError::NotFound));
    }
    let mut entitlements = explain::entitlements(&here, &who).await?;
    entitlements.collections.retain(|alias| behind.contains(alias));
    Ok(resource(StatusCode::OK, &notice::noticed(&here, entitlements)))
}
