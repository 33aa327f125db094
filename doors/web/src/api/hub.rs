//! `GET /api/hub`: the hub's facts, for its nodes.

use axum::Json;
use axum::extract::State;
use ward_directory::{Here, HubFacts, Scope, permit_member, permit_scope};

use crate::auth::Caller;
use crate::error::ApiError;
use crate::notice::{self, Noticed};

pub async fn hub(State(here): State<Here>, Caller(who): Caller) -> Result<Json<Noticed<HubFacts>>, ApiError> {
    permit_member(&who, ())?;
    permit_scope(&who, Scope::Read, ())?;
    Ok(notice::json(&here, facts(&here).await?))
}

/// This hub's facts, with the signers of the hubs whose alerts it passes on.
pub async fn facts(here: &Here) -> Result<HubFacts, ApiError> {
    let relayed = ward_watch::hub::upstream_signers(here).await?;
    Ok(ward_directory::hub_facts(here, relayed).await?)
}
