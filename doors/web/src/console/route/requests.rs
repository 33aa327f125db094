//! `/requests`: asking to be shown information, and approving, refusing and ending it, each on a page that says what will be done.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use ward_directory::{Here, names, permit};
use ward_policy::{Resource, Verb};
use ward_share::ShareError;
use ward_share::grant::Covers;
use ward_share::request::{self, Ask, Request, State as Stage};
use ward_stix::marking::Tlp;

use super::shell::{Place, answer, check_hub, may, meant, office_names, refused};
use crate::console::error::PageError;
use crate::console::form::{Wrong, capital};
use crate::console::list::{Paged, page_of_all};
use crate::console::session::{Fields, FormName, Posted, SignedIn};
use crate::console::view::field::Filled;
use crate::console::view::layout::Handling;
use crate::console::view::requests::{Deciding, Line, New, Step, deciding, list as listed, new as new_form};
use crate::error::ApiError;

/// Who asks for what is for the offices in question.
const HANDLING: Handling = Handling::Marked(Tlp::Amber);

/// The form that asks.
pub struct AskFor;

impl FormName for AskFor {
    const NAME: &'static str = "ask-information";
}

/// The form that approves.
pub struct Approve;

impl FormName for Approve {
    const NAME: &'static str = "approve-request";
}

/// The form that refuses.
pub struct Refuse;

impl FormName for Refuse {
    const NAME: &'static str = "refuse-request";
}

/// The form that ends a grant.
pub struct End;

impl FormName for End {
    const NAME: &'static str = "end-grant";
}

/// All that the reader may see.
pub async fn list(
    State(here): State<Here>,
    signed_in: SignedIn,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    check_hub(&here)?;
    let allowed = permit(&signed_in.who, Verb::See, Resource::Request, ()).map_err(ApiError::from)?;
    let found = page_of_all(&pairs, request::list(&here, &allowed).await?);
    let lines =
        Paged { rows: lines(&here, found.rows).await?, total: found.total, page: found.page, pages: found.pages };
    let asks = may(&signed_in.who, Verb::Create, Resource::Request);
    Ok(answer(&here, &signed_in, Place::Alerts, HANDLING, "Requests for information", listed(&lines, asks)))
}

/// The form to ask with.
pub async fn new(State(here): State<Here>, signed_in: SignedIn) -> Result<Response, PageError> {
    check_hub(&here)?;
    permit(&signed_in.who, Verb::Create, Resource::Request, ()).map_err(ApiError::from)?;
    Ok(show_new(&here, &signed_in, &Fields::of(vec![("days".to_owned(), "30".to_owned())]), &[]))
}

/// Asks.
pub async fn ask(State(here): State<Here>, posted: Posted<AskFor>) -> Result<Response, PageError> {
    check_hub(&here)?;
    let (signed_in, fields) = (&posted.signed_in, &posted.fields);
    permit(&signed_in.who, Verb::Create, Resource::Request, ()).map_err(ApiError::from)?;
    let mut wrong = Vec::new();
    let covers = covers(&here, fields, &mut wrong).await?;
    let days = fields.text("days").parse().unwrap_or(0);
    if days == 0 {
        wrong.push(Wrong::new("days", "Say for how many days, as a number."));
    }
    if fields.text("purpose").is_empty() {
        wrong.push(Wrong::new("purpose", "Say what you need it for."));
    }
    if !wrong.is_empty() {
        return Ok(show_new(&here, signed_in, fields, &wrong));
    }
    let asked = Ask { covers, purpose: fields.text("purpose").to_owned(), days };
    match request::ask(&here, &signed_in.who, &asked).await {
        Ok(_) => Ok(Redirect::to("/requests").into_response()),
        Err(ShareError::Invalid(reasons)) => Ok(show_new(&here, signed_in, fields, &[sentence(&reasons)])),
        Err(error) => Err(error.into()),
    }
}

/// What is asked for, as the form says it: ids, or a type and whose.
async fn covers(here: &Here, fields: &Fields, wrong: &mut Vec<Wrong>) -> Result<Covers, PageError> {
    let (kind, of) = (fields.text("kind"), fields.text("of"));
    let ids: Vec<String> = fields.text("objects").split_whitespace().map(str::to_owned).collect();
    if kind.is_empty() && of.is_empty() {
        if ids.is_empty() {
            wrong.push(Wrong::new("objects", "Give the ids of objects, or a type and whose it is."));
        }
        return Ok(Covers::Objects(ids));
    }
    if !ids.is_empty() {
        wrong.push(Wrong::new("objects", "Give either ids of objects or a type and whose it is, not both."));
    }
    if kind.is_empty() {
        wrong.push(Wrong::new("kind", "Say which type of objects."));
    }
    let organisation_id = meant(here, of, wrong).await?.map(|one| one.id).unwrap_or_default();
    Ok(Covers::Class { kind: kind.to_owned(), organisation_id })
}

fn show_new(here: &Here, signed_in: &SignedIn, fields: &Fields, wrong: &[Wrong]) -> Response {
    let shown = New { filled: Filled { fields, wrong }, token: signed_in.token::<AskFor>() };
    let page = if wrong.is_empty() { answer } else { refused };
    page(here, signed_in, Place::Alerts, HANDLING, "Ask for information", new_form(&shown))
}

/// What approving does.
pub async fn approve_page(state: State<Here>, signed_in: SignedIn, id: Path<String>) -> Result<Response, PageError> {
    step_page(&state.0, &signed_in, Step::Approve, &id.0).await
}

/// What refusing does.
pub async fn refuse_page(state: State<Here>, signed_in: SignedIn, id: Path<String>) -> Result<Response, PageError> {
    step_page(&state.0, &signed_in, Step::Refuse, &id.0).await
}

/// What ending does.
pub async fn end_page(state: State<Here>, signed_in: SignedIn, id: Path<String>) -> Result<Response, PageError> {
    step_page(&state.0, &signed_in, Step::End, &id.0).await
}

async fn step_page(here: &Here, signed_in: &SignedIn, step: Step, id: &str) -> Result<Response, PageError> {
    check_hub(here)?;
    show(here, signed_in, step, id, &Fields::default(), &[]).await
}

/// Approves.
pub async fn approve(
    State(here): State<Here>,
    Path(id): Path<String>,
    posted: Posted<Approve>,
) -> Result<Response, PageError> {
    check_hub(&here)?;
    let done = request::approve(&here, &posted.signed_in.who, &id).await.map(drop);
    told(&here, &posted.signed_in, (Step::Approve, &id), &posted.fields, done).await
}

/// Refuses.
pub async fn refuse(
    State(here): State<Here>,
    Path(id): Path<String>,
    posted: Posted<Refuse>,
) -> Result<Response, PageError> {
    check_hub(&here)?;
    request::to_decide(&here, &posted.signed_in.who, &id).await?;
    let done = request::refuse(&here, &posted.signed_in.who, &id, posted.fields.text("reason")).await;
    told(&here, &posted.signed_in, (Step::Refuse, &id), &posted.fields, done).await
}

/// Ends a grant.
pub async fn end(State(here): State<Here>, Path(id): Path<String>, posted: Posted<End>) -> Result<Response, PageError> {
    check_hub(&here)?;
    let done = request::end(&here, &posted.signed_in.who, &id).await;
    told(&here, &posted.signed_in, (Step::End, &id), &posted.fields, done).await
}

async fn told(
    here: &Here,
    signed_in: &SignedIn,
    (step, id): (Step, &str),
    fields: &Fields,
    done: Result<(), ShareError>,
) -> Result<Response, PageError> {
    match done {
        Ok(()) => Ok(Redirect::to("/requests").into_response()),
        Err(ShareError::Invalid(reasons)) => show(here, signed_in, step, id, fields, &[sentence(&reasons)]).await,
        Err(error) => Err(error.into()),
    }
}

async fn show(
    here: &Here,
    signed_in: &SignedIn,
    step: Step,
    id: &str,
    fields: &Fields,
    wrong: &[Wrong],
) -> Result<Response, PageError> {
    let found = request::to_decide(here, &signed_in.who, id).await?;
    let goes_on = found.state == Stage::Granted && found.granted_until.is_some_and(|until| until > here.now());
    if wrong.is_empty() && !(if step == Step::End { goes_on } else { found.state == Stage::Open }) {
        return Err(ApiError::NotFound.into());
    }
    let seen = match step {
        Step::Approve => request::held_objects(here, &signed_in.who, &found.covers).await?,
        Step::Refuse | Step::End => 0,
    };
    let token = match step {
        Step::Approve => signed_in.token::<Approve>(),
        Step::Refuse => signed_in.token::<Refuse>(),
        Step::End => signed_in.token::<End>(),
    };
    let line = lines(here, vec![found]).await?.pop().ok_or(ApiError::NotFound)?;
    let shown = Deciding { step, line, seen, filled: Filled { fields, wrong }, token };
    let page = if wrong.is_empty() { answer } else { refused };
    Ok(page(here, signed_in, Place::Alerts, HANDLING, step.title(), deciding(&shown)))
}

/// Requests with the names of who asked and approved.
async fn lines(here: &Here, found: Vec<Request>) -> Result<Vec<Line>, PageError> {
    let ids: BTreeSet<String> =
        found.iter().flat_map(|one| one.approved_by.iter().chain([&one.asked_by])).cloned().collect();
    let people = names(here, &ids).await?;
    let offices = office_names(here).await?;
    let name = |known: &BTreeMap<String, String>, id: &String| known.get(id).unwrap_or(id).clone();
    let now = here.now();
    let line = |one: Request| Line {
        what: match &one.covers {
            Covers::Objects(ids) => ids.clone(),
            Covers::Class { kind, organisation_id } => {
                vec![format!("every {kind} that {} sends", name(&offices, organisation_id))]
            }
        },
        office: name(&offices, &one.organisation_id),
        asked_by: name(&people, &one.asked_by),
        approved_by: one.approved_by.iter().map(|id| name(&people, id)).collect(),
        is_over: one.granted_until.is_some_and(|until| until <= now),
        request: one,
    };
    Ok(found.into_iter().map(line).collect())
}

fn sentence(reasons: &[String]) -> Wrong {
    Wrong::new("", format!("{}.", capital(&reasons.join("; "))))
}
