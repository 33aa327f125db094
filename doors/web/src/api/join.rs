//! `POST /api/join`: a node spends its join token and learns who its hub is.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use ward_directory::{DirectoryError, Here, HubFacts};

use super::body::JsonBody;
use crate::error::ApiError;
use crate::notice::{self, Noticed};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The name the node's owner gave it; the hub's own name for the organisation stands.
    #[serde(rename = "name")]
    _name: String,
    log_verifier_key: String,
}

#[derive(Serialize)]
pub struct Joined {
    organisation_id: String,
    identity_id: String,
    token: String,
    hub: HubFacts,
}

/// Spends the join token given as Bearer; answers the node's token, shown once, and the hub's facts.
pub async fn join(
    State(here): State<Here>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<Body>,
) -> Result<Json<Noticed<Joined>>, ApiError> {
    let secret = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let secret = secret.and_then(|value| value.strip_prefix("Bearer ")).ok_or(ApiError::Unauthenticated)?;
    let hub = super::hub::facts(&here).await?;
    let joined =
        ward_directory::redeem_join_token(&here, secret.trim(), &body.log_verifier_key).await.map_err(refused)?;
    let (organisation_id, identity_id) = (joined.organisation.id, joined.organisation.identity_id);
    Ok(notice::json(&here, Joined { organisation_id, identity_id, token: joined.token, hub }))
}

/// A token that was spent, revoked or has expired is no token.
fn refused(error: DirectoryError) -> ApiError {
    match error {
        DirectoryError::Spent => ApiError::Unauthenticated,
        other => other.into(),
    }
}
