//! `/alerts/{report}/silent`: who has not answered, asking them again, and noting that somebody rang them.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use ward_directory::{Here, permit};
use ward_policy::{Resource, Verb};
use ward_share::ShareError;
use ward_share::alert::AlertKey;
use ward_share::chase::{ask_again, note_call, silent_offices};
use ward_stix::marking::Tlp;

use super::shell::{Place, answer, check_hub, is_own, may, refused};
use crate::console::error::PageError;
use crate::console::form::{Wrong, capital};
use crate::console::list::{ListQuery, Paged, ROWS_A_PAGE};
use crate::console::session::{Fields, FormName, Posted, SignedIn};
use crate::console::view::chase::{Chase, chase};
use crate::console::view::field::Filled;
use crate::console::view::layout::Handling;
use crate::error::ApiError;

/// The form that asks all again.
pub struct Remind;

impl FormName for Remind {
    const NAME: &'static str = "remind";
}

/// The form that notes a call.
pub struct Call;

impl FormName for Call {
    const NAME: &'static str = "note-call";
}

/// Who is silent.
pub async fn page(
    State(here): State<Here>,
    signed_in: SignedIn,
    Path(report_id): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    check_may(&here, &signed_in, Verb::See)?;
    let page = ListQuery::of(&pairs, &[], ("", false)).page;
    show(&here, &signed_in, (&report_id, page), &Fields::default(), &[]).await
}

/// Asks them again.
pub async fn remind(
    State(here): State<Here>,
    Path(report_id): Path<String>,
    posted: Posted<Remind>,
) -> Result<Response, PageError> {
    check_may(&here, &posted.signed_in, Verb::Create)?;
    let allowed = permit(&posted.signed_in.who, Verb::Create, Resource::Reminder, ()).map_err(ApiError::from)?;
    ask_again(&here, &allowed, &report_id).await?;
    Ok(Redirect::to(&format!("/alerts/{report_id}/silent")).into_response())
}

/// Notes a call.
pub async fn call(
    State(here): State<Here>,
    Path(report_id): Path<String>,
    posted: Posted<Call>,
) -> Result<Response, PageError> {
    let (signed_in, fields) = (&posted.signed_in, &posted.fields);
    check_may(&here, signed_in, Verb::Create)?;
    let (office, note) = (fields.text("office"), fields.text("note"));
    let mut wrong = Vec::new();
    if office.is_empty() {
        wrong.push(Wrong::new("office", "Say whom you rang."));
    }
    if note.is_empty() {
        wrong.push(Wrong::new("note", "Say what was said."));
    }
    if !wrong.is_empty() {
        return show(&here, signed_in, (&report_id, 1), fields, &wrong).await;
    }
    let allowed = permit(&signed_in.who, Verb::Create, Resource::Reminder, ()).map_err(ApiError::from)?;
    match note_call(&here, &allowed, &report_id, office, note).await {
        Ok(()) => Ok(Redirect::to(&format!("/alerts/{report_id}/silent")).into_response()),
        Err(ShareError::Invalid(reasons)) => {
            let wrong = [Wrong::new("note", format!("{}.", capital(&reasons.join("; "))))];
            show(&here, signed_in, (&report_id, 1), fields, &wrong).await
        }
        Err(error) => Err(error.into()),
    }
}

fn check_may(here: &Here, signed_in: &SignedIn, verb: Verb) -> Result<(), PageError> {
    check_hub(here)?;
    let allowed = is_own(here, &signed_in.who) && may(&signed_in.who, verb, Resource::Reminder);
    if allowed { Ok(()) } else { Err(ApiError::Forbidden.into()) }
}

async fn show(
    here: &Here,
    signed_in: &SignedIn,
    (report_id, page): (&str, usize),
    fields: &Fields,
    wrong: &[Wrong],
) -> Result<Response, PageError> {
    let who = &signed_in.who;
    let view = ward_share::alert::read(here, who, report_id, None).await?;
    let allowed = permit(who, Verb::See, Resource::Reminder, ()).map_err(ApiError::from)?;
    let key = AlertKey { report_id: report_id.to_owned(), modified: view.summary.modified.clone() };
    let silent = silent_offices(here, &allowed, &key, page, ROWS_A_PAGE).await?;
    let may_ask = may(who, Verb::Create, Resource::Reminder);
    let shown = Chase {
        report_id: report_id.to_owned(),
        headline: view.alert.headline,
        hub: here.installation.name.clone(),
        published_at: view.summary.published_at.unwrap_or_default(),
        may_be_asked: silent.may_be_asked,
        silent: Paged::of(silent.rows, silent.total, page),
        filled: Filled { fields, wrong },
        tokens: may_ask.then(|| (signed_in.token::<Remind>(), signed_in.token::<Call>())),
    };
    let handling = Handling::Marked(view.alert.tlp.max(Tlp::Amber));
    Ok(match wrong {
        [] => answer(here, signed_in, Place::Alerts, handling, "Not yet answered", chase(&shown)),
        _ => refused(here, signed_in, Place::Alerts, handling, "Not yet answered", chase(&shown)),
    })
}
