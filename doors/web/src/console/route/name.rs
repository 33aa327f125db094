//! `/alerts/{report}/name`: whether other members of the hub may see this office's name beside its answer.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use ward_directory::{Here, permit};
use ward_policy::{Resource, Verb};
use ward_stix::marking::Tlp;
use ward_watch::name::{MILDEST, NameRelease, release_name};

use super::alert::newest_received;
use super::shell::{Place, answer, may_on_node};
use crate::console::error::PageError;
use crate::console::session::{FormName, Posted, SignedIn};
use crate::console::view::layout::Handling;
use crate::console::view::name::{NamePage, name};
use crate::error::ApiError;

/// The form that releases the name or takes it back.
pub struct SayName;

impl FormName for SayName {
    const NAME: &'static str = "name";
}

/// What it means, and the form.
pub async fn page(
    State(here): State<Here>,
    signed_in: SignedIn,
    Path(report_id): Path<String>,
) -> Result<Response, PageError> {
    if !may_on_node(&here, &signed_in.who, Verb::See, Resource::Answer) {
        return Err(ApiError::NotFound.into());
    }
    if !may_on_node(&here, &signed_in.who, Verb::Release, Resource::Answer) {
        return Err(ApiError::Forbidden.into());
    }
    let (received, alert) = newest_received(&here, &signed_in.who, &report_id).await?.ok_or(ApiError::NotFound)?;
    let (result, said) = ward_watch::lookback::own(&here, &report_id).await?;
    let finding = result.map_or(MILDEST, |result| result.finding);
    let shown = NamePage {
        office: signed_in.who.organisation.name.clone(),
        said,
        finding,
        beside: serde_json::to_string(&finding).map_err(|error| ApiError::Failed(Box::new(error)))?,
        report_id,
        headline: received.headline,
        token: signed_in.token::<SayName>(),
    };
    let handling = Handling::Marked(alert.tlp.max(Tlp::Amber));
    Ok(answer(&here, &signed_in, Place::Alerts, handling, "Your office's name", name(&shown)))
}

/// Makes it so.
pub async fn say(
    State(here): State<Here>,
    Path(report_id): Path<String>,
    posted: Posted<SayName>,
) -> Result<Response, PageError> {
    let who = &posted.signed_in.who;
    if !may_on_node(&here, who, Verb::See, Resource::Answer) {
        return Err(ApiError::NotFound.into());
    }
    if !may_on_node(&here, who, Verb::Release, Resource::Answer) {
        return Err(ApiError::Forbidden.into());
    }
    newest_received(&here, who, &report_id).await?.ok_or(ApiError::NotFound)?;
    let is_released = match posted.fields.text("name") {
        "release" => true,
        "withdraw" => false,
        _ => {
            return Err(
                ApiError::Unprocessable("Say whether the name is released. Go back to choose.".to_owned()).into()
            );
        }
    };
    let release = posted.fields.text("leaves") == "yes";
    let beside = match serde_json::from_str(posted.fields.text("beside")) {
        Ok(beside) => beside,
        // To take the name back it does not matter what the answer says.
        Err(_) if !is_released => MILDEST,
        Err(_) => {
            let words = "The form does not say what the answer said. Load its page again.".to_owned();
            return Err(ApiError::Unprocessable(words).into());
        }
    };
    let said = NameRelease { report_id: report_id.clone(), is_released, beside, release };
    let allowed = permit(who, Verb::Release, Resource::Answer, said).map_err(ApiError::from)?;
    release_name(&here, &allowed).await?;
    Ok(Redirect::to(&format!("/alerts/{report_id}#own")).into_response())
}
