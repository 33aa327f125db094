//! `/brief`: the newest figures, computing and freezing today's, and every frozen brief with its files.
//!
//! Looking computes nothing and reads no bundle: it must stay cheap with thousands of offices. Only the two forms and the files do.

use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use ward_brief::{Brief, Document};
use ward_directory::{Here, Permit, Who, permit};
use ward_policy::{Resource, Verb};
use ward_stix::marking::Tlp;

use super::shell::{Place, answer, is_own, may};
use crate::console::error::PageError;
use crate::console::list::{ListQuery, Paged, ROWS_A_PAGE};
use crate::console::page::HEADERS;
use crate::console::session::{FormName, Posted, SignedIn};
use crate::console::view::brief::{BriefsPage, First, briefs, issue};
use crate::console::view::layout::Handling;
use crate::error::ApiError;

/// The form that freezes.
pub struct Freeze;

impl FormName for Freeze {
    const NAME: &'static str = "freeze-brief";
}

/// The form that computes today's figures.
pub struct Look;

impl FormName for Look {
    const NAME: &'static str = "draft-brief";
}

/// The draft when it is newer than the newest frozen brief, otherwise that; and the list of frozen briefs.
pub async fn page(
    State(here): State<Here>,
    signed_in: SignedIn,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let who = &signed_in.who;
    let permit = sees(&here, who)?;
    let asked = ListQuery::of(&pairs, &[], ("", false)).page;
    let listed = ward_brief::list(&here, &permit, (asked - 1).saturating_mul(ROWS_A_PAGE), ROWS_A_PAGE).await?;
    let newest = ward_brief::issue(&here, &permit, None).await?;
    let draft = ward_brief::drafted(&here, &permit).await?;
    let draft = draft.filter(|draft| newest.as_ref().is_none_or(|newest| draft.as_of > newest.issue.frozen_at));
    let (first, handling) = match (&draft, &newest) {
        (Some(draft), _) => (First::Draft(draft), handling(&draft.brief)),
        (None, Some(newest)) => (First::Newest(newest), handling(&newest.brief)),
        (None, None) => (First::Nothing, Handling::Own),
    };
    let shown = BriefsPage {
        first,
        draft_token: may(who, Verb::Create, Resource::Brief).then(|| signed_in.token::<Look>()),
        freeze_token: may(who, Verb::Publish, Resource::Brief).then(|| signed_in.token::<Freeze>()),
        issues: Paged::of(listed.issues, listed.total, asked),
    };
    Ok(answer(&here, &signed_in, Place::Brief, handling, "Brief", briefs(&shown)))
}

/// Computes today's figures and keeps them as the draft.
pub async fn look(State(here): State<Here>, posted: Posted<Look>) -> Result<Response, PageError> {
    let who = &posted.signed_in.who;
    sees(&here, who)?;
    let permit = permit(who, Verb::Create, Resource::Brief, ()).map_err(ApiError::from)?;
    ward_brief::draft(&here, &permit).await?;
    Ok(Redirect::to("/brief").into_response())
}

/// Freezes today's figures.
pub async fn freeze(State(here): State<Here>, posted: Posted<Freeze>) -> Result<Response, PageError> {
    let who = &posted.signed_in.who;
    sees(&here, who)?;
    let permit = permit(who, Verb::Publish, Resource::Brief, ()).map_err(ApiError::from)?;
    let number = ward_brief::freeze(&here, &permit, None, here.now(), None).await?;
    Ok(Redirect::to(&format!("/brief/{number}")).into_response())
}

/// A frozen brief: `3` is its page, `3.pdf`, `3.html`, `3.json` and `3.txt` are its files.
pub async fn one(
    State(here): State<Here>,
    signed_in: SignedIn,
    Path(name): Path<String>,
) -> Result<Response, PageError> {
    let permit = sees(&here, &signed_in.who)?;
    let (number, form) = name.split_once('.').map_or((name.as_str(), None), |(number, form)| (number, Some(form)));
    let is_plain = !number.starts_with('0') && number.bytes().all(|byte| byte.is_ascii_digit());
    let number: i64 = number.parse().ok().filter(|_| is_plain).ok_or(ApiError::NotFound)?;
    let Some(form) = form else {
        let shown = ward_brief::issue(&here, &permit, Some(number)).await?.ok_or(ApiError::NotFound)?;
        let title = ward_brief::title(Some(number), &here.installation.name);
        return Ok(answer(&here, &signed_in, Place::Brief, handling(&shown.brief), &title, issue(&shown)));
    };
    if !["json", "txt", "html", "pdf"].contains(&form) {
        return Err(ApiError::NotFound.into());
    }
    let document = ward_brief::frozen(&here, &permit, number).await?;
    let (media_type, bytes) = match form {
        "json" => ("application/json", format!("{}\n", document.json()).into_bytes()),
        "txt" => ("text/plain; charset=utf-8", ward_brief::text(&document).into_bytes()),
        "html" => ("text/html; charset=utf-8", crate::brief::html(&document).into_bytes()),
        _ => ("application/pdf", pdf(document).await?),
    };
    let disposition = format!("attachment; filename=\"brief-{name}\"");
    let headers = [(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((HEADERS, headers, bytes).into_response())
}

/// Setting takes a processor for a while: others are answered meanwhile.
async fn pdf(document: Document) -> Result<Vec<u8>, PageError> {
    let set = tokio::task::spawn_blocking(move || ward_brief::pdf(&document)).await;
    let set = set.map_err(|error| ApiError::Failed(Box::new(error)))?;
    Ok(set.map_err(|error| ApiError::Failed(Box::new(error)))?)
}

/// Only the people of a hub see its briefs; for others there are none.
fn sees(here: &Here, who: &Who) -> Result<Permit<()>, PageError> {
    if !here.installation.is_hub || !is_own(here, who) {
        return Err(ApiError::NotFound.into());
    }
    Ok(permit(who, Verb::See, Resource::Brief, ()).map_err(ApiError::from)?)
}

fn handling(brief: &Brief) -> Handling {
    Handling::Marked(Tlp::of_label(&brief.marking).unwrap_or(Tlp::Red))
}
