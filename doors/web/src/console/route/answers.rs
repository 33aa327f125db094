//! `/answers`: answers that wait for a person, exactly what will leave, and letting one go.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use ward_directory::{Here, permit};
use ward_policy::{Resource, Verb};
use ward_stix::marking::Tlp;
use ward_stix::timestamp::format_stix;
use ward_watch::release::WaitingAnswer;

use super::shell::{Place, answer, may, may_on_node};
use crate::console::csv::csv;
use crate::console::error::PageError;
use crate::console::list::ListQuery;
use crate::console::session::{FormName, Posted, SignedIn};
use crate::console::view::answers::{COLUMNS, HEADS, Waiting, release_form, waiting};
use crate::console::view::layout::Handling;
use crate::console::view::listing::Listing;
use crate::error::ApiError;

/// The form that lets an answer go.
pub struct Release;

impl FormName for Release {
    const NAME: &'static str = "release";
}

type Pairs = Query<Vec<(String, String)>>;

/// The answers that wait.
pub async fn list(State(here): State<Here>, signed_in: SignedIn, Query(pairs): Pairs) -> Result<Response, PageError> {
    let (query, rows) = chosen(&here, &signed_in, &pairs).await?;
    let paged = query.paged(rows);
    let handling = if paged.rows.is_empty() { Handling::Own } else { Handling::Marked(Tlp::Amber) };
    let main = waiting(&Listing { path: "/answers", kept: Vec::new(), query: &query }, &paged);
    Ok(answer(&here, &signed_in, Place::Answers, handling, "Answers that wait", main))
}

/// The list as a file, all pages.
pub async fn file(State(here): State<Here>, signed_in: SignedIn, Query(pairs): Pairs) -> Result<Response, PageError> {
    let (_, rows) = chosen(&here, &signed_in, &pairs).await?;
    let cells = |row: Waiting| {
        vec![row.finding, row.hub, format_stix(row.made_at), row.held_because, row.report_id, row.sighting_id]
    };
    Ok(csv(&here, "answers", &HEADS, rows.into_iter().map(cells)))
}

async fn chosen(
    here: &Here,
    signed_in: &SignedIn,
    pairs: &[(String, String)],
) -> Result<(ListQuery, Vec<Waiting>), PageError> {
    check(here, signed_in)?;
    let permit = permit(&signed_in.who, Verb::See, Resource::Answer, ()).map_err(ApiError::from)?;
    let rows = ward_watch::release::waiting(here, &permit).await?.into_iter().map(shown).collect();
    let query = ListQuery::of(pairs, &COLUMNS, ("time", false));
    let words = |row: &Waiting| vec![row.finding.clone(), row.hub.clone(), row.held_because.clone()];
    let key = |row: &Waiting, column: &'static str| match column {
        "finding" => (row.finding.clone(), row.made_at),
        "hub" => (row.hub.to_lowercase(), row.made_at),
        _ => (String::new(), row.made_at),
    };
    let rows = query.chosen(rows, words, key);
    Ok((query, rows))
}

/// One of them, to be checked before it goes.
pub async fn page(
    State(here): State<Here>,
    signed_in: SignedIn,
    Path(sighting_id): Path<String>,
) -> Result<Response, PageError> {
    let (shown, body) = found(&here, &signed_in, &sighting_id).await?.ok_or(ApiError::NotFound)?;
    let token = may(&signed_in.who, Verb::Release, Resource::Answer).then(|| signed_in.token::<Release>());
    let pretty = serde_json::from_str::<serde_json::Value>(&body).and_then(|body| serde_json::to_string_pretty(&body));
    let main = release_form(&shown, &pretty.unwrap_or(body), token.as_deref());
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
    let found = found(&here, &posted.signed_in, &sighting_id).await?.map(|(shown, _)| shown);
    let found = found.filter(|one| one.version == seen).ok_or_else(|| {
        ApiError::Unprocessable(
            "This answer has changed or has gone since you looked at it. Look at it again.".to_owned(),
        )
    })?;
    let permit = permit(who, Verb::Release, Resource::Answer, sighting_id).map_err(ApiError::from)?;
    ward_watch::release::release(&here, &permit).await?;
    Ok(Redirect::to(&format!("/alerts/{}#own", found.report_id)).into_response())
}

/// The waiting answer with this id, and what will leave.
async fn found(here: &Here, signed_in: &SignedIn, sighting_id: &str) -> Result<Option<(Waiting, String)>, PageError> {
    check(here, signed_in)?;
    let permit = permit(&signed_in.who, Verb::See, Resource::Answer, sighting_id.to_owned()).map_err(ApiError::from)?;
    let one = ward_watch::release::waiting_one(here, &permit).await?;
    Ok(one.map(|(one, body)| (shown(one), body)))
}

fn check(here: &Here, signed_in: &SignedIn) -> Result<(), PageError> {
    match may_on_node(here, &signed_in.who, Verb::See, Resource::Answer) {
        true => Ok(()),
        false => Err(ApiError::NotFound.into()),
    }
}

fn shown(one: WaitingAnswer) -> Waiting {
    Waiting {
        sighting_id: one.sighting_id,
        version: one.modified,
        report_id: one.report_id,
        hub: one.hub,
        finding: one.finding.replace('-', " "),
        held_because: one.held_because,
        made_at: one.made_at,
    }
}
