//! `/record`: how far the record of this installation is signed, who witnesses it, and how anybody checks that.

use axum::extract::State;
use axum::response::Response;
use ward_directory::Here;
use ward_policy::{Resource, Verb};

use super::shell::{Place, answer, is_own, may};
use crate::console::error::PageError;
use crate::console::session::SignedIn;
use crate::console::view::layout::Handling;
use crate::console::view::record::{RecordPage, record};
use crate::error::ApiError;

/// The page.
pub async fn page(State(here): State<Here>, signed_in: SignedIn) -> Result<Response, PageError> {
    let who = &signed_in.who;
    if !is_own(&here, who) || !may(who, Verb::See, Resource::Log) {
        return Err(ApiError::NotFound.into());
    }
    let latest = ward_store::latest_checkpoint(&here.store).await?;
    let witnesses = match &latest {
        Some((size, _)) => ward_store::cosignatures(&here.store, *size).await?,
        None => Vec::new(),
    };
    let witnessed = ward_store::witnessed_logs(&here.store).await?;
    let shown = RecordPage {
        key: here.installation.log_key.clone(),
        size: ward_store::tree_size(&here.store).await?,
        checkpoint: latest,
        witnesses: witnesses.into_iter().map(|one| (name(&one.witness), one.at)).collect(),
        witnessed: witnessed.into_iter().map(|log| (log.origin, log.size, log.at)).collect(),
    };
    Ok(answer(&here, &signed_in, Place::Record, Handling::Own, "Record", record(&shown)))
}

/// The name in a verifier key, which people can read.
fn name(verifier_key: &str) -> String {
    verifier_key.split('+').next().unwrap_or_default().to_owned()
}
