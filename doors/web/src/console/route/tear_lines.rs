//! `/tear-lines`: versions of restricted objects that can be passed on: asked for, drafted, approved.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use ward_directory::Here;
use ward_policy::{Resource, Verb};
use ward_share::ShareError;
use ward_share::tear_line::{self, Approved, Standing};
use ward_stix::marking::Tlp;
use ward_stix::tear_line::Choice;

use super::shell::{Place, answer, check_hub, may, refused};
use crate::console::error::PageError;
use crate::console::form::{Wrong, capital};
use crate::console::list::page_of_all;
use crate::console::session::{Fields, FormName, Posted, SignedIn};
use crate::console::view::field::Filled;
use crate::console::view::layout::Handling;
use crate::console::view::tear_lines::{Carried, TearLinePage, TearLines, tear_line as one_page, tear_lines};
use crate::error::ApiError;

/// The form that asks.
pub struct Ask;

impl FormName for Ask {
    const NAME: &'static str = "tear-line-ask";
}

/// The form that drafts, approves or declines.
pub struct Decide;

impl FormName for Decide {
    const NAME: &'static str = "tear-line";
}

/// What is shown of restricted objects is for their readers only.
const HANDLING: Handling = Handling::Marked(Tlp::Red);

/// What was asked for.
pub async fn page(
    State(here): State<Here>,
    signed_in: SignedIn,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    check_may(&here, &signed_in)?;
    show_all(&here, &signed_in, &Fields::of(pairs), &[]).await
}

/// Asks.
pub async fn ask(State(here): State<Here>, posted: Posted<Ask>) -> Result<Response, PageError> {
    check_may(&here, &posted.signed_in)?;
    let object = posted.fields.text("object");
    match tear_line::ask(&here, &posted.signed_in.who, object).await {
        Ok(_) if posted.fields.has("from", "alert") => {
            Ok(Redirect::to(&format!("/alerts/{object}#pass-on")).into_response())
        }
        Ok(id) => Ok(Redirect::to(&format!("/tear-lines/{id}")).into_response()),
        Err(ShareError::Invalid(reasons)) => {
            let wrong = [Wrong::new("object", format!("{}.", capital(&reasons.join("; "))))];
            show_all(&here, &posted.signed_in, &posted.fields, &wrong).await
        }
        Err(ShareError::Unseen { .. }) => {
            let wrong = [Wrong::new("object", "There is no such object for you.")];
            show_all(&here, &posted.signed_in, &posted.fields, &wrong).await
        }
        Err(error) => Err(error.into()),
    }
}

/// One of them.
pub async fn one(State(here): State<Here>, signed_in: SignedIn, Path(id): Path<String>) -> Result<Response, PageError> {
    check_may(&here, &signed_in)?;
    show(&here, &signed_in, &id, &Fields::default(), &[]).await
}

/// Drafts, approves or declines.
pub async fn decide(
    State(here): State<Here>,
    Path(id): Path<String>,
    posted: Posted<Decide>,
) -> Result<Response, PageError> {
    check_may(&here, &posted.signed_in)?;
    let (who, fields) = (&posted.signed_in.who, &posted.fields);
    let known = tear_line::one(&here, who, &id).await?;
    if !known.listed.may_draft && !known.listed.may_approve {
        return Err(ApiError::Forbidden.into());
    }
    let (field, done) = match fields.text("what") {
        "approve" => ("draft", tear_line::approve(&here, who, fields.text("draft")).await.map(approved)),
        "decline" => ("reason", tear_line::decline(&here, who, &id, fields.text("reason")).await),
        "draft" => match serde_json::from_str::<Choice>(fields.text("choice")) {
            Ok(choice) => ("choice", tear_line::draft(&here, who, &known.listed.stix_id, &choice).await.map(|_| ())),
            Err(error) => ("choice", Err(ShareError::invalid(format!("this cannot be read: {error}")))),
        },
        _ => ("choice", Err(ShareError::invalid("say what is to be done"))),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/tear-lines/{id}")).into_response()),
        Err(ShareError::Invalid(reasons)) => {
            let wrong = [Wrong::new(field, format!("{}.", capital(&reasons.join("; "))))];
            show(&here, &posted.signed_in, &id, fields, &wrong).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The page says what an approval did.
fn approved(_: Approved) {}

/// What a restricted object carries: its version that can be passed on, or the request for one, or the button that asks. None where everyone may
/// have it as it is, and for who cannot ask.
pub fn carried(signed_in: &SignedIn, tlp: Tlp, standing: Standing) -> Option<Carried> {
    if tlp == Tlp::Clear || !may(&signed_in.who, Verb::See, Resource::Request) {
        return None;
    }
    let may_ask = matches!(standing, Standing::Nothing | Standing::Declined { .. });
    Some(Carried { standing, token: may_ask.then(|| signed_in.token::<Ask>()) })
}

fn check_may(here: &Here, signed_in: &SignedIn) -> Result<(), PageError> {
    check_hub(here)?;
    if may(&signed_in.who, Verb::See, Resource::Request) { Ok(()) } else { Err(ApiError::Forbidden.into()) }
}

async fn show_all(here: &Here, signed_in: &SignedIn, fields: &Fields, wrong: &[Wrong]) -> Result<Response, PageError> {
    let at = [("page".to_owned(), fields.text("page").to_owned())];
    let found = page_of_all(&at, tear_line::list(here, &signed_in.who).await?);
    let page = TearLines { found, filled: Filled { fields, wrong }, token: signed_in.token::<Ask>() };
    let title = "Versions that can be passed on";
    Ok(match wrong {
        [] => answer(here, signed_in, Place::Alerts, HANDLING, title, tear_lines(&page)),
        _ => refused(here, signed_in, Place::Alerts, HANDLING, title, tear_lines(&page)),
    })
}

async fn show(
    here: &Here,
    signed_in: &SignedIn,
    id: &str,
    fields: &Fields,
    wrong: &[Wrong],
) -> Result<Response, PageError> {
    let shown = tear_line::one(here, &signed_in.who, id).await?;
    let page = TearLinePage { shown, filled: Filled { fields, wrong }, token: signed_in.token::<Decide>() };
    let title = "A version that can be passed on";
    Ok(match wrong {
        [] => answer(here, signed_in, Place::Alerts, HANDLING, title, one_page(&page)),
        _ => refused(here, signed_in, Place::Alerts, HANDLING, title, one_page(&page)),
    })
}
