//! `GET /taxii2/`: the server and the API roots behind which the caller has something (TAXII 2.1, section 4.1).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use ward_directory::Here;
use ward_share::collections;
use ward_taxii::wire::Discovery;

use super::answer::resource;
use super::caller::TaxiiCaller;
use crate::error::TaxiiError;
use crate::notice;

pub(super) async fn get(
    State(here): State<Here>,
    TaxiiCaller { who, .. }: TaxiiCaller,
) -> Result<Response, TaxiiError> {
    let roots = collections::roots(&here, &who).await?;
    let api_roots: Vec<String> = roots.into_iter().map(|root| format!("/{}/", root.name())).collect();
    let discovery = Discovery {
        description: notice::text(&here, None),
        title: here.installation.name,
        default: api_roots.first().cloned(),
        api_roots,
        ..Discovery::default()
    };
    Ok(resource(StatusCode::OK, &discovery))
}
