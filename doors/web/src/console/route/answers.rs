//! `/answers`: answers that wait for a person, exactly what will leave, and letting one go.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use ward_directory::{Here, permit};
use ward_policy::{Resource, Verb};
use ward_stix::marking::Tlp;
use ward_watch::release::HeldAnswer;

use super::shell::{Place, answer, may, may_on_node};
use crate::console::error::PageError;
use crate::console::session::{FormName, Posted, SignedIn};
use crate::console::view::answers::{Held, held, release_form};
use crate::console::view::layout::Handling;
use crate::error::ApiError;

/// The form that lets an answer go.
pub struct Release;

impl FormName for Release {
    const NAME: &'static str = "release";
}

/// The answers that wait.
pub async fn list(State(here): State<Here>, signed_in: SignedIn) -> Result<Response, PageError> {
    let waiting = waiting(&here, &signed_in).await?;
    let mut shown = Vec::new();
    for one in waiting {
        shown.push(of_held(&here, one).await?);
    }
    let handling = if shown.is_empty() { Handling::Own } else { Handling::Marked(Tlp::Amber) };
    Ok(answer(&here, &signed_in, Place::Answers, handling, "Answers that wait", held(&shown)))
}

/// One of them, to be checked before it goes.
pub async fn page(
    State(here): State<Here>,
    signed_in: SignedIn,
    Path(sighting_id): Path<String>,
) -> Result<Response, PageError> {
    let found = waiting(&here, &signed_in).await?.into_iter().find(|one| one.sighting_id == sighting_id);
    let shown = of_held(&here, found.ok_or(ApiError::NotFound)?).await?;
    let token = may(&signed_in.who, Verb::Release, Resource::Answer).then(|| signed_in.token::<Release>());
    let main = release_form(&shown, token.as_deref());
    Ok(answer(
        &here,
        &signed_in,
        Place::Answers,
        Handling::Marked(Tlp::Amber),
        "Check the answer before it leaves",
        main,
    ))
}

/// Lets it go.
pub async fn release(
    State(here): State<Here>,
    Path(sighting_id): Path<String>,
    posted: Posted<Release>,
) -> Result<Response, PageError> {
    let who = &posted.signed_in.who;
    if !may_on_node(&here, who, Verb::Release, Resource::Answer) {
        return Err(ApiError::Forbidden.into());
    }
    // Only what was looked at is let go: a newer version made meanwhile is looked at anew.
    let seen = posted.fields.text("version");
    let found = waiting(&here, &posted.signed_in).await?.into_iter().find(|one| one.sighting_id == sighting_id);
    let found = found.filter(|one| one.modified == seen).ok_or_else(|| {
        ApiError::Unprocessable(
            "This answer has changed or has gone since you looked at it. Look at it again.".to_owned(),
        )
    })?;
    let permit = permit(who, Verb::Release, Resource::Answer, sighting_id).map_err(ApiError::from)?;
    ward_watch::release::release(&here, &permit).await?;
    Ok(Redirect::to(&format!("/alerts/{}#own", found.report_id)).into_response())
}

async fn waiting(here: &Here, signed_in: &SignedIn) -> Result<Vec<HeldAnswer>, PageError> {
    if !may_on_node(here, &signed_in.who, Verb::See, Resource::Answer) {
        return Err(ApiError::NotFound.into());
    }
    let permit = permit(&signed_in.who, Verb::See, Resource::Answer, ()).map_err(ApiError::from)?;
    Ok(ward_watch::release::held(here, &permit).await?)
}

async fn of_held(here: &Here, one: HeldAnswer) -> Result<Held, PageError> {
    let hub = ward_watch::hub::hub(here, &one.hub_id).await?;
    let pretty =
        serde_json::from_str::<serde_json::Value>(&one.body).and_then(|body| serde_json::to_string_pretty(&body));
    Ok(Held {
        sighting_id: one.sighting_id,
        version: one.modified,
        report_id: one.report_id,
        hub: hub.name,
        finding: one.finding.replace('-', " "),
        held_because: one.held_because,
        made_at: one.made_at,
        body: pretty.unwrap_or(one.body),
    })
}
