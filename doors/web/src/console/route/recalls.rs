//! `/recalls`: what was called back, and saying that it is gone.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use ward_directory::{Here, organisations, permit};
use ward_policy::{Resource, Verb};
use ward_share::recall::{self, Recalled};
use ward_stix::marking::Tlp;

use super::shell::{Place, answer, is_own};
use crate::console::error::PageError;
use crate::console::session::{FormName, Posted, SignedIn};
use crate::console::view::layout::Handling;
use crate::console::view::recalls::{Confirming, OfOffice, Recalls, confirming, recalls};
use crate::error::ApiError;

/// Who had what is for the offices in question.
const HANDLING: Handling = Handling::Marked(Tlp::AmberStrict);

/// The form that says that it is gone.
pub struct Gone;

impl FormName for Gone {
    const NAME: &'static str = "confirm-recall";
}

/// From one's own office; for the hub's people from all.
pub async fn list(State(here): State<Here>, signed_in: SignedIn) -> Result<Response, PageError> {
    check(&here)?;
    let of_hub = is_own(&here, &signed_in.who);
    if of_hub {
        permit(&signed_in.who, Verb::See, Resource::Indicator, ()).map_err(ApiError::from)?;
    }
    let names: BTreeMap<String, String> =
        organisations(&here).await?.into_iter().map(|one| (one.id, one.name)).collect();
    let mut of_office: Vec<OfOffice> = Vec::new();
    for one in recall::list(&here, &signed_in.who).await? {
        let office = names.get(&one.organisation_id).unwrap_or(&one.organisation_id);
        match of_office.iter_mut().find(|known| known.recall_id == one.recall_id && known.office == *office) {
            Some(known) => known.objects.push((one.stix_id, one.version)),
            None => of_office.push(OfOffice {
                office: office.clone(),
                recall_id: one.recall_id,
                reason: one.reason,
                opened_at: one.opened_at,
                confirmed: one.confirmed_at.map(|at| (at, one.confirmed_by.unwrap_or_default())),
                objects: vec![(one.stix_id, one.version)],
            }),
        }
    }
    let shown = Recalls { of_office, of_hub };
    Ok(answer(&here, &signed_in, Place::Alerts, HANDLING, "What was called back", recalls(&shown)))
}

/// What confirming says.
pub async fn page(
    State(here): State<Here>,
    signed_in: SignedIn,
    Path(recall_id): Path<String>,
) -> Result<Response, PageError> {
    let found = own(&here, &signed_in, &recall_id).await?;
    let shown = Confirming { recall_id, found, token: signed_in.token::<Gone>() };
    Ok(answer(&here, &signed_in, Place::Alerts, HANDLING, "Is it deleted?", confirming(&shown)))
}

/// Confirms.
pub async fn confirm(
    State(here): State<Here>,
    Path(recall_id): Path<String>,
    posted: Posted<Gone>,
) -> Result<Response, PageError> {
    own(&here, &posted.signed_in, &recall_id).await?;
    recall::confirm(&here, &posted.signed_in.who, &recall_id).await?;
    Ok(Redirect::to("/recalls").into_response())
}

/// What a recall asks of the reader's own office.
async fn own(here: &Here, signed_in: &SignedIn, recall_id: &str) -> Result<Vec<Recalled>, PageError> {
    check(here)?;
    let mut found = recall::list(here, &signed_in.who).await?;
    found.retain(|one| one.recall_id == recall_id && one.organisation_id == signed_in.who.organisation.id);
    if found.is_empty() { Err(ApiError::NotFound.into()) } else { Ok(found) }
}

fn check(here: &Here) -> Result<(), PageError> {
    if here.installation.is_hub { Ok(()) } else { Err(ApiError::NotFound.into()) }
}
