//! `GET /api/recalls` and `POST /api/recalls/{id}/confirm`: what was called back from the caller's organisation, and that it is gone there.

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use ward_directory::{Here, Refused, Scope, Who, permit_scope};
use ward_share::recall::{self, Recalled};

use crate::auth::Caller;
use crate::error::ApiError;
use crate::notice::{self, Noticed};

#[derive(Serialize)]
pub struct Recalls {
    recalls: Vec<Recalled>,
}

#[derive(Serialize)]
pub struct Confirmed {
    /// How many objects this closes.
    objects: u64,
}

pub async fn list(State(here): State<Here>, Caller(who): Caller) -> Result<Json<Noticed<Recalls>>, ApiError> {
    permit_machine(&who)?;
    Ok(notice::json(&here, Recalls { recalls: recall::list(&here, &who).await? }))
}

pub async fn confirm(
    State(here): State<Here>,
    Caller(who): Caller,
    Path(recall_id): Path<String>,
) -> Result<Json<Noticed<Confirmed>>, ApiError> {
    let objects = recall::confirm(&here, &who, &recall_id).await?;
    Ok(notice::json(&here, Confirmed { objects }))
}

/// Who may read what is its organisation's own: a program that reads, or the node.
pub(super) fn permit_machine(who: &Who) -> Result<(), Refused> {
    permit_scope(who, Scope::Read, ()).or_else(|_| permit_scope(who, Scope::Node, ())).map(drop)
}
