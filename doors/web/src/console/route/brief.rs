//! `/brief`: today's figures, freezing them, and every frozen brief with its files.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use ward_brief::Document;
use ward_directory::{Here, Permit, Who, permit};
use ward_policy::{Resource, Verb};
use ward_stix::marking::Tlp;

use super::shell::{Place, answer, is_own, may};
use crate::console::error::PageError;
use crate::console::page::HEADERS;
use crate::console::session::{FormName, Posted, SignedIn};
use crate::console::view::brief::{BriefsPage, briefs, issue};
use crate::console::view::layout::Handling;
use crate::error::ApiError;

/// The form that freezes.
pub struct Freeze;

impl FormName for Freeze {
    const NAME: &'static str = "freeze-brief";
}

/// Today's figures, and the list of frozen briefs.
pub async fn page(State(here): State<Here>, signed_in: SignedIn) -> Result<Response, PageError> {
    let who = &signed_in.who;
    let permit = sees(&here, who)?;
    let now = ward_brief::document(&here, &permit, None, here.now(), None).await?;
    let issues = ward_brief::list(&here, &permit).await?;
    let shown = BriefsPage {
        now: &now,
        freeze_token: may(who, Verb::Publish, Resource::Brief).then(|| signed_in.token::<Freeze>()),
        issues: issues.into_iter().map(|one| (one.number, one.as_of, one.frozen_at, one.frozen_by)).collect(),
    };
    Ok(answer(&here, &signed_in, Place::Brief, handling(&now), "Brief", briefs(&shown)))
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
    let document = ward_brief::frozen(&here, &permit, number).await?;
    let (media_type, bytes) = match form {
        None => {
            let (title, main) = (document.title(), issue(&document, number));
            return Ok(answer(&here, &signed_in, Place::Brief, handling(&document), &title, main));
        }
        Some("json") => ("application/json", format!("{}\n", document.json()).into_bytes()),
        Some("txt") => ("text/plain; charset=utf-8", ward_brief::text(&document).into_bytes()),
        Some("html") => ("text/html; charset=utf-8", crate::brief::html(&document).into_bytes()),
        Some("pdf") => ("application/pdf", pdf(document).await?),
        Some(_) => return Err(ApiError::NotFound.into()),
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

fn handling(document: &Document) -> Handling {
    Handling::Marked(Tlp::of_label(&document.marking).unwrap_or(Tlp::Red))
}
