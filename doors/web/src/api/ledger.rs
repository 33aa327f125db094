//! `GET /api/ledger?after=ID`: what was sent to the caller's organisation, page by page, each with what proves it.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use ward_directory::Here;
use ward_share::ledger::{self, LedgerPage};

use super::recalls::permit_machine;
use crate::auth::Caller;
use crate::error::ApiError;
use crate::notice::{self, Noticed};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The id of the last page that the caller has.
    #[serde(default)]
    after: String,
}

#[derive(Serialize)]
pub struct Ledger {
    pages: Vec<LedgerPage>,
}

pub async fn ledger(
    State(here): State<Here>,
    Caller(who): Caller,
    place: Result<Query<Place>, QueryRejection>,
) -> Result<Json<Noticed<Ledger>>, ApiError> {
    permit_machine(&who)?;
    let Query(place) = place.map_err(|_| ApiError::Bad("`after` is the id of a page of the ledger".to_owned()))?;
    Ok(notice::json(&here, Ledger { pages: ledger::own(&here, &who, &place.after).await? }))
}
