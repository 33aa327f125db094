//! `/alerts/{report}/review`: the local lines behind a match, and a named person's word about them, checked before it is said.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use ward_directory::{Here, permit};
use ward_policy::{Resource, Verb};
use ward_stix::answer::{CountWithDefinition, Finding, Rung};
use ward_stix::marking::Tlp;
use ward_watch::confirm::{Confirm, Dismiss, confirm, dismiss};

use super::alert::newest_received;
use super::shell::{Place, answer, may, may_on_node};
use crate::console::error::PageError;
use crate::console::session::{Fields, FormName, Posted, SignedIn};
use crate::console::view::layout::Handling;
use crate::console::view::name::name_with_word;
use crate::console::view::review::{self as view, Line, ReviewPage, Word, review};
use crate::error::ApiError;

/// What the form's choice says for a false alarm; else it is a rung.
const FALSE_ALARM: &str = "false-alarm";

/// The form in which a person says what a match was.
pub struct Say;

impl FormName for Say {
    const NAME: &'static str = "say";
}

/// The form that makes it so.
pub struct MakeSo;

impl FormName for MakeSo {
    const NAME: &'static str = "make-so";
}

/// The lines, and the form.
pub async fn page(
    State(here): State<Here>,
    signed_in: SignedIn,
    Path(report_id): Path<String>,
) -> Result<Response, PageError> {
    let who = &signed_in.who;
    check(&here, &signed_in, Verb::See)?;
    let allowed = permit(who, Verb::See, Resource::Confirmation, report_id.clone()).map_err(ApiError::from)?;
    let found = ward_watch::review::matches(&here, &allowed).await?;
    let handling = Handling::Marked(found.tlp.max(Tlp::Amber));
    let shown = ReviewPage {
        report_id,
        headline: found.headline,
        standing: found.finding.into(),
        proposed: found.proposal.rung,
        why: found.proposal.why,
        because: found.because,
        hits_total: found.hits_total,
        lines: found.hits.into_iter().map(line).collect(),
        token: may(who, Verb::Confirm, Resource::Confirmation).then(|| signed_in.token::<Say>()),
    };
    Ok(answer(&here, &signed_in, Place::Alerts, handling, "What was the match?", review(&shown)))
}

/// Shows what was said, before anything is done.
pub async fn say(
    State(here): State<Here>,
    Path(report_id): Path<String>,
    posted: Posted<Say>,
) -> Result<Response, PageError> {
    let signed_in = &posted.signed_in;
    let handling = handling(&here, signed_in, &report_id, Verb::Confirm).await?;
    let word = word(&posted.fields)?;
    let said = ward_watch::name::name_said(&here, &report_id).await?;
    let name = name_with_word(said.as_ref(), word.rung.map(Finding::Confirmed));
    let (person, token) = (&signed_in.who.name, signed_in.token::<MakeSo>());
    let main = view::check(&report_id, &word, person, name.as_deref(), &token);
    Ok(answer(&here, signed_in, Place::Alerts, handling, "Check what you say", main))
}

/// Makes it so.
pub async fn make_so(
    State(here): State<Here>,
    Path(report_id): Path<String>,
    posted: Posted<MakeSo>,
) -> Result<Response, PageError> {
    let who = &posted.signed_in.who;
    handling(&here, &posted.signed_in, &report_id, Verb::Confirm).await?;
    let Word { rung, counts, reason, leaves } = word(&posted.fields)?;
    match rung {
        Some(rung) => {
            let said = Confirm { report_id: report_id.clone(), rung, counts, reason, release: leaves };
            let allowed = permit(who, Verb::Confirm, Resource::Confirmation, said).map_err(ApiError::from)?;
            confirm(&here, &allowed).await?;
        }
        None => {
            let said = Dismiss { report_id: report_id.clone(), reason, release: leaves };
            let allowed = permit(who, Verb::Confirm, Resource::Confirmation, said).map_err(ApiError::from)?;
            dismiss(&here, &allowed).await?;
        }
    }
    Ok(Redirect::to(&format!("/alerts/{report_id}#own")).into_response())
}

/// The marking of the pages about an alert that this node has; refused to who may not do this with confirmations here.
async fn handling(here: &Here, signed_in: &SignedIn, report_id: &str, verb: Verb) -> Result<Handling, PageError> {
    check(here, signed_in, verb)?;
    let (_, alert) = newest_received(here, &signed_in.who, report_id).await?.ok_or(ApiError::NotFound)?;
    Ok(Handling::Marked(alert.tlp.max(Tlp::Amber)))
}

fn check(here: &Here, signed_in: &SignedIn, verb: Verb) -> Result<(), PageError> {
    if !may_on_node(here, &signed_in.who, Verb::See, Resource::Confirmation) {
        return Err(ApiError::NotFound.into());
    }
    if !may_on_node(here, &signed_in.who, verb, Resource::Confirmation) {
        return Err(ApiError::Forbidden.into());
    }
    Ok(())
}

/// What the fields of either form say. Whether it may be said is the verb's to decide.
fn word(fields: &Fields) -> Result<Word, PageError> {
    let bad = |words: &str| PageError(ApiError::Unprocessable(words.to_owned()));
    let rung = match fields.text("what") {
        FALSE_ALARM => None,
        text => Some(Rung::of_text(text).ok_or_else(|| bad("Choose what it was. Go back to choose."))?),
    };
    let (value, definition) = (fields.text("count"), fields.text("definition"));
    let counts = match (value, definition) {
        ("", "") => Vec::new(),
        _ => {
            let value = value.replace(',', "").parse().map_err(|_| bad("The figure must be a whole number."))?;
            vec![CountWithDefinition { value, definition: definition.to_owned() }]
        }
    };
    Ok(Word { rung, counts, reason: fields.text("reason").to_owned(), leaves: fields.text("leaves") == "yes" })
}

fn line(hit: ward_watch::review::HitRow) -> Line {
    let names = hit.query_names.map(|names| format!(" ?{names}")).unwrap_or_default();
    let request = format!("{} {}{names}", hit.method.unwrap_or_default(), hit.path.unwrap_or_default());
    Line {
        time: hit.time,
        client: hit.client,
        request: request.trim().to_owned(),
        status: hit.status,
        value: hit.value,
        signs: hit.signs.join(", "),
        place: format!("{}: {}, line {}", hit.source, hit.file, hit.line),
    }
}
