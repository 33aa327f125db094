//! `GET /api/alerts/{report}/situation`: who was asked, who answered, what was found, as far as the caller may see.

use axum::Json;
use axum::extract::{Path, State};
use ward_directory::Here;
use ward_share::situation::Situation;

use crate::auth::Caller;
use crate::error::ApiError;
use crate::notice::{self, Noticed};

pub async fn situation(
    State(here): State<Here>,
    Caller(who): Caller,
    Path(report_id): Path<String>,
) -> Result<Json<Noticed<Situation>>, ApiError> {
    Ok(notice::json(&here, ward_share::situation::situation(&here, &who, &report_id).await?))
}
