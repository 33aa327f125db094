//! `/alerts/{report}/answer` on a hub: a member's person answers for their office; `/alerts/{report}/answer-for` on a node: for an office without one.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use ward_directory::{Here, permit};
use ward_policy::{Resource, Verb};
use ward_share::ShareError;
use ward_share::alert::{self as alerts, AlertPage, AlertView};
use ward_share::by_hand::{Found, HandAnswer, HandSource, answer_by_hand, answers_by_hand, said};
use ward_share::situation::SituationRow;
use ward_stix::alert::Alert;
use ward_stix::marking::Tlp;
use ward_stix::problem::Problem;
use ward_watch::WatchError;
use ward_watch::answer::{AnswerFor, answer_for};

use super::alert::newest_received;
use super::shell::{Place, answer, check_hub, is_own, may_on_node, refused};
use crate::console::error::PageError;
use crate::console::form::{Wrong, add, capital, date};
use crate::console::session::{Fields, FormName, Posted, SignedIn};
use crate::console::view::by_hand::{HandForm, Other, SOURCES, hand_form};
use crate::console::view::field::Filled;
use crate::console::view::layout::Handling;
use crate::console::view::words::day_here;
use crate::error::ApiError;

/// Why the form comes again: what is on the page now is what is answered.
const CORRECTED: &str = "The alert was corrected meanwhile. Read it again, then answer.";

/// The form that answers for one's own office.
pub struct ByHand;

impl FormName for ByHand {
    const NAME: &'static str = "answer-by-hand";
}

/// The form that answers for another.
pub struct ForAnother;

impl FormName for ForAnother {
    const NAME: &'static str = "answer-for";
}

/// The form on a page of its own.
pub async fn page(
    State(here): State<Here>,
    signed_in: SignedIn,
    Path(report_id): Path<String>,
) -> Result<Response, PageError> {
    let page = asked(&here, &signed_in, &report_id).await?;
    show(&here, &signed_in, &page, &Fields::default(), &[]).await
}

/// Answers; who answers has read it.
pub async fn send(
    State(here): State<Here>,
    Path(report_id): Path<String>,
    posted: Posted<ByHand>,
) -> Result<Response, PageError> {
    let (signed_in, fields) = (&posted.signed_in, &posted.fields);
    let page = asked(&here, signed_in, &report_id).await?;
    let view = &page.view;
    let live: Vec<String> = view.indicators.iter().filter(|(_, _, gone)| !gone).map(|(id, _, _)| id.clone()).collect();
    let (entered, mut wrong) = entered(fields, &report_id);
    if entered.modified != view.summary.modified {
        wrong.push(Wrong::new("", CORRECTED));
    }
    if let Err(found) = said(&entered, (view.alert.search_from, view.alert.search_until), &live, here.now()) {
        add(&mut wrong, found.iter().map(|problem| place(problem, fields)).collect());
    }
    if !wrong.is_empty() {
        return show(&here, signed_in, &page, fields, &wrong).await;
    }
    let allowed = permit(&signed_in.who, Verb::Create, Resource::Answer, entered).map_err(ApiError::from)?;
    match answer_by_hand(&here, &allowed).await {
        Ok(_) => {}
        Err(ShareError::Invalid(reasons)) => {
            let wrong: Vec<Wrong> = reasons.iter().map(|reason| Wrong::new("", capital(reason))).collect();
            return show(&here, signed_in, &page, fields, &wrong).await;
        }
        Err(error) => return Err(error.into()),
    }
    if let Some(duty) = ward_share::acknowledge::duty_of(&signed_in.who) {
        // The version that was on the page, and no other.
        let (who, version) = (&signed_in.who, fields.text("version"));
        ward_share::acknowledge::acknowledge(&here, who, &report_id, version, duty, &who.name).await?;
    }
    Ok(Redirect::to(&format!("/alerts/{report_id}#answer")).into_response())
}

/// The form for the alert's own page; none for who does not answer by hand here.
pub async fn own_form<'a>(
    here: &Here,
    signed_in: &SignedIn,
    view: &AlertView,
    own_row: Option<&SituationRow>,
    filled: Filled<'a>,
) -> Result<Option<HandForm<'a>>, PageError> {
    if !answers_by_hand(here, &signed_in.who) || view.summary.published_at.is_none() {
        return Ok(None);
    }
    let receipt = ward_share::receipts::own_receipt(here, &signed_in.who, view).await?;
    Ok(Some(HandForm {
        filled,
        action: format!("/alerts/{}/answer", view.summary.report_id),
        token: signed_in.token::<ByHand>(),
        version: view.summary.modified.clone(),
        hub: here.installation.name.clone(),
        so_far: own_row.and_then(|row| Some((row.standing, row.answered_at?))),
        receipt: receipt.map(|one| (one.number, one.promised_at, one.answer_text)),
        has_node: ward_directory::has_node(here, &signed_in.who.organisation.id).await?,
        period: (view.alert.search_from, view.alert.search_until),
        things: view.indicators.iter().filter(|(_, _, is_withdrawn)| !is_withdrawn).count(),
        other: None,
    }))
}

/// The published alert, for who answers for a member here.
async fn asked(here: &Here, signed_in: &SignedIn, report_id: &str) -> Result<AlertPage, PageError> {
    check_hub(here)?;
    let page = alerts::page(here, &signed_in.who, report_id, None, 1).await?;
    if answers_by_hand(here, &signed_in.who) { Ok(page) } else { Err(ApiError::Forbidden.into()) }
}

async fn show(
    here: &Here,
    signed_in: &SignedIn,
    AlertPage { view, community, .. }: &AlertPage,
    fields: &Fields,
    wrong: &[Wrong],
) -> Result<Response, PageError> {
    let own = community.as_ref().and_then(|community| community.own.as_ref());
    let form = own_form(here, signed_in, view, own, Filled { fields, wrong }).await?.ok_or(ApiError::Forbidden)?;
    Ok(shown(here, signed_in, &view.alert, &form, "Answer the alert"))
}

fn shown(here: &Here, signed_in: &SignedIn, alert: &Alert, form: &HandForm<'_>, title: &str) -> Response {
    let handling = Handling::Marked(alert.tlp.max(Tlp::Amber));
    let main = maud::html! {
        p.lead { a href=(format!("/alerts/{}", alert.report_id)) { (alert.headline) } }
        (hand_form(form))
    };
    match form.filled.wrong {
        [] => answer(here, signed_in, Place::Alerts, handling, title, main),
        _ => refused(here, signed_in, Place::Alerts, handling, title, main),
    }
}

/// What the fields say. A row of a log that nothing was typed into is none.
fn entered(fields: &Fields, report_id: &str) -> (HandAnswer, Vec<Wrong>) {
    let mut wrong = Vec::new();
    let found = match fields.text("found") {
        "nothing" => Found::Nothing,
        "part" => Found::NothingInPart,
        "something" => Found::Something,
        "blind" => Found::CouldNotLook,
        _ => {
            wrong.push(Wrong::new("", "Select one of the four buttons."));
            Found::CouldNotLook
        }
    };
    let sources = rows(fields).into_iter().map(|place| source(fields, place, found, &mut wrong)).collect();
    let count = match fields.text("count") {
        "" => 1,
        text => text.replace(',', "").parse().unwrap_or_else(|_| {
            wrong.push(Wrong::new("count", "How often it was seen must be a whole number."));
            1
        }),
    };
    let entered = HandAnswer {
        report_id: report_id.to_owned(),
        modified: fields.text("version").to_owned(),
        found,
        sources,
        has_searched_all: fields.has("searched", "yes"),
        could_not_see: fields.text("unseen").to_owned(),
        saw: fields.text("saw").to_owned(),
        count,
        is_name_released: fields.has("name", "yes"),
    };
    (entered, wrong)
}

/// Numbers of the rows into which something was typed.
fn rows(fields: &Fields) -> Vec<usize> {
    let is_used = |place: &usize| {
        ["source", "from", "until"].iter().any(|name| !fields.text(&format!("{name}-{place}")).is_empty())
    };
    (1..=SOURCES).filter(is_used).collect()
}

/// Where nothing could be seen in it, the days do not matter.
fn source(fields: &Fields, place: usize, found: Found, wrong: &mut Vec<Wrong>) -> HandSource {
    let name = fields.text(&format!("source-{place}")).to_owned();
    if matches!(found, Found::CouldNotLook | Found::Something) && fields.text(&format!("from-{place}")).is_empty() {
        return HandSource { name, holds_from: 0, holds_until: 1 };
    }
    let mut read = |which: &str, words: &str| {
        let field = format!("{which}-{place}");
        let read = date(fields.text(&field)).and_then(day_here);
        if read.is_none() {
            wrong
                .push(Wrong::new(&field, format!("Log or system {place}: {words} must be a day, such as 2018-05-03.")));
        }
        read
    };
    let (from, until) = (read("from", "the first day that it holds"), read("until", "the last day that it holds"));
    let (from, until) = (from.map_or(0, |(begins, _)| begins), until.map_or(i64::MAX, |(_, ends)| ends));
    HandSource { name, holds_from: from, holds_until: until }
}

/// What the verb found, at the field where it was typed.
fn place(problem: &Problem, fields: &Fields) -> Wrong {
    let place = problem.path.split(['[', ']']).nth(1).and_then(|place| place.parse::<usize>().ok());
    let row = place.and_then(|place| rows(fields).get(place).copied());
    let (field, words) = match (problem.path.as_str(), row) {
        ("sources", _) => ("source-1".to_owned(), problem.message.clone()),
        (_, Some(row)) => (format!("source-{row}"), format!("log or system {row}: {}", problem.message)),
        ("has_searched_all", _) => ("searched".to_owned(), problem.message.clone()),
        ("could_not_see", _) => ("unseen".to_owned(), problem.message.clone()),
        (field, _) => (field.to_owned(), problem.message.clone()),
    };
    Wrong::new(&field, format!("{}.", capital(&words)))
}

/// The form for another office, on a node.
pub async fn for_another_page(
    State(here): State<Here>,
    signed_in: SignedIn,
    Path(report_id): Path<String>,
) -> Result<Response, PageError> {
    let read = received(&here, &signed_in, &report_id).await?;
    show_for_another(&here, &signed_in, &read, &Fields::default(), &[]).await
}

/// Answers for another office.
pub async fn for_another(
    State(here): State<Here>,
    Path(report_id): Path<String>,
    posted: Posted<ForAnother>,
) -> Result<Response, PageError> {
    let (signed_in, fields) = (&posted.signed_in, &posted.fields);
    let read = received(&here, signed_in, &report_id).await?;
    let (version, alert) = &read;
    let (entered, mut wrong) = entered(fields, &report_id);
    if entered.modified != *version {
        wrong.push(Wrong::new("", CORRECTED));
    }
    for (field, words) in [
        ("office", "Say which office you answer for."),
        ("identity", "Give its identity at the hub."),
        ("reason", "Say how you know."),
    ] {
        if fields.text(field).is_empty() {
            wrong.push(Wrong::new(field, words));
        }
    }
    let period = (alert.search_from, alert.search_until);
    let said = match said(&entered, period, &alert.indicator_refs, here.now()) {
        Ok(said) if wrong.is_empty() => said,
        Ok(_) => return show_for_another(&here, signed_in, &read, fields, &wrong).await,
        Err(found) => {
            add(&mut wrong, found.iter().map(|problem| place(problem, fields)).collect());
            return show_for_another(&here, signed_in, &read, fields, &wrong).await;
        }
    };
    let answer = AnswerFor {
        report_id: report_id.clone(),
        hub_id: Some(fields.text("hub").to_owned()).filter(|id| !id.is_empty()),
        jurisdiction: fields.text("identity").to_owned(),
        jurisdiction_name: fields.text("office").to_owned(),
        finding: said.finding,
        period_from: period.0,
        period_until: period.1,
        sources: said.sources,
        indicators: said.indicators,
        count: said.count,
        first_seen: None,
        last_seen: None,
        counts: said.counts,
        what_it_was: fields.text("saw").to_owned(),
        reason: fields.text("reason").to_owned(),
    };
    let allowed = permit(&signed_in.who, Verb::Create, Resource::Answer, answer).map_err(ApiError::from)?;
    match answer_for(&here, &allowed).await {
        Ok(_) => Ok(Redirect::to(&format!("/alerts/{report_id}#own")).into_response()),
        Err(WatchError::Invalid(reason)) => {
            let wrong = [Wrong::new("", capital(&reason))];
            show_for_another(&here, signed_in, &read, fields, &wrong).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The verified alert with its version, for who answers on this node.
async fn received(here: &Here, signed_in: &SignedIn, report_id: &str) -> Result<(String, Alert), PageError> {
    let who = &signed_in.who;
    if !may_on_node(here, who, Verb::See, Resource::Answer) {
        return Err(ApiError::NotFound.into());
    }
    if !is_own(here, who) || !may_on_node(here, who, Verb::Create, Resource::Answer) {
        return Err(ApiError::Forbidden.into());
    }
    let (listed, alert) = newest_received(here, who, report_id).await?.ok_or(ApiError::NotFound)?;
    Ok((listed.modified, alert))
}

async fn show_for_another(
    here: &Here,
    signed_in: &SignedIn,
    (version, alert): &(String, Alert),
    fields: &Fields,
    wrong: &[Wrong],
) -> Result<Response, PageError> {
    let sent: std::collections::BTreeSet<String> = ward_watch::receive::received(here)
        .await?
        .into_iter()
        .filter(|one| one.report_id == alert.report_id)
        .map(|one| one.hub_id)
        .collect();
    let hubs = ward_watch::hub::hubs(here).await?.into_iter().filter(|hub| sent.contains(&hub.id));
    let hubs: Vec<(String, String)> = hubs.map(|hub| (hub.id, hub.name)).collect();
    let names: Vec<&str> = hubs.iter().map(|(_, name)| name.as_str()).collect();
    let form = HandForm {
        filled: Filled { fields, wrong },
        action: format!("/alerts/{}/answer-for", alert.report_id),
        token: signed_in.token::<ForAnother>(),
        version: version.to_owned(),
        hub: names.join(" or "),
        so_far: None,
        receipt: None,
        has_node: false,
        period: (alert.search_from, alert.search_until),
        things: alert.indicator_refs.len(),
        other: Some(Other { hubs: hubs.clone() }),
    };
    Ok(shown(here, signed_in, alert, &form, "Answer for another office"))
}
