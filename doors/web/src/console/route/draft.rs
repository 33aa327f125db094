//! `/alerts/new`, `/alerts/{report}/edit` and `/alerts/{report}/correct`: an alert is written, what it searches for is confirmed, a draft is kept.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use ward_directory::{Here, organisations, permit};
use ward_policy::{Resource, Verb};
use ward_share::ShareError;
use ward_share::alert::{self as alerts, AlertKey, AlertView, proposals};

use super::alert::Version;
use super::shell::{Place, answer, check_hub, is_own, may, refused};
use crate::console::error::PageError;
use crate::console::form::{Wrong, add, capital};
use crate::console::session::{Fields, FormName, Posted, SignedIn, percent_encoded};
use crate::console::view::draft::{Confirm, Corrects, DraftForm, confirm, form};
use crate::console::view::field::Filled;
use crate::console::view::layout::Handling;
use crate::error::ApiError;
use written::{Written, read_written};

mod begun;
mod written;

/// The form that drafts an alert.
pub struct Draft;

impl FormName for Draft {
    const NAME: &'static str = "draft";
}

/// The form that writes a draft anew.
pub struct Edit;

impl FormName for Edit {
    const NAME: &'static str = "edit-draft";
}

/// The form that corrects a published alert.
pub struct Correct;

impl FormName for Correct {
    const NAME: &'static str = "correct";
}

/// The form that throws a draft away.
pub struct Discard;

impl FormName for Discard {
    const NAME: &'static str = "discard-draft";
}

/// What is written.
pub enum Kind {
    New,
    Edit(Box<AlertView>),
    /// The published version, and the draft of a correction that this one takes the place of.
    Correct(Box<AlertView>, Option<Box<AlertView>>),
}

/// An empty form.
pub async fn new(State(here): State<Here>, signed_in: SignedIn) -> Result<Response, PageError> {
    check_may(&here, &signed_in, Verb::Create)?;
    let fields = begun::new(here.now());
    page::<Draft>(&here, &signed_in, &Kind::New, &fields, &[]).await
}

/// Drafts an alert.
pub async fn draft(State(here): State<Here>, posted: Posted<Draft>) -> Result<Response, PageError> {
    check_may(&here, &posted.signed_in, Verb::Create)?;
    step::<Draft>(&here, &posted.signed_in, &posted.fields, &Kind::New).await
}

/// The form with a draft in it.
pub async fn edit_page(
    State(here): State<Here>,
    signed_in: SignedIn,
    Path(report_id): Path<String>,
    Query(asked): Query<Version>,
) -> Result<Response, PageError> {
    check_may(&here, &signed_in, Verb::Change)?;
    let version = asked.version.unwrap_or_default();
    let view = alerts::read(&here, &signed_in.who, &report_id, Some(&version)).await?;
    if view.alert.correction.is_some() {
        let version = percent_encoded(&version);
        return Ok(Redirect::to(&format!("/alerts/{report_id}/correct?version={version}")).into_response());
    }
    let fields = begun::of_draft(&view, &addressed(&here, &signed_in, &view).await?);
    page::<Edit>(&here, &signed_in, &Kind::Edit(Box::new(view)), &fields, &[]).await
}

/// Writes a draft anew.
pub async fn edit(
    State(here): State<Here>,
    Path(report_id): Path<String>,
    posted: Posted<Edit>,
) -> Result<Response, PageError> {
    check_may(&here, &posted.signed_in, Verb::Change)?;
    let version = posted.fields.text("version");
    let view = alerts::read(&here, &posted.signed_in.who, &report_id, Some(version)).await?;
    step::<Edit>(&here, &posted.signed_in, &posted.fields, &Kind::Edit(Box::new(view))).await
}

/// The form with the published version in it, or with the draft of a correction.
pub async fn correct_page(
    State(here): State<Here>,
    signed_in: SignedIn,
    Path(report_id): Path<String>,
    Query(asked): Query<Version>,
) -> Result<Response, PageError> {
    check_may(&here, &signed_in, Verb::Change)?;
    let kind = correcting(&here, &signed_in, &report_id, asked.version.as_deref()).await?;
    let Kind::Correct(base, open) = &kind else { return Err(ApiError::NotFound.into()) };
    let mut more = Vec::new();
    if let Some(open) = open {
        let before = addressed(&here, &signed_in, base).await?;
        more = addressed(&here, &signed_in, open).await?;
        more.retain(|id| !before.contains(id));
    }
    let fields = begun::of_correction(base, open.as_deref(), &more);
    page::<Correct>(&here, &signed_in, &kind, &fields, &[]).await
}

/// Drafts a correction.
pub async fn correct(
    State(here): State<Here>,
    Path(report_id): Path<String>,
    posted: Posted<Correct>,
) -> Result<Response, PageError> {
    check_may(&here, &posted.signed_in, Verb::Change)?;
    let version = Some(posted.fields.text("version")).filter(|version| !version.is_empty());
    let kind = correcting(&here, &posted.signed_in, &report_id, version).await?;
    step::<Correct>(&here, &posted.signed_in, &posted.fields, &kind).await
}

/// Throws a draft away.
pub async fn discard(
    State(here): State<Here>,
    Path(report_id): Path<String>,
    posted: Posted<Discard>,
) -> Result<Response, PageError> {
    check_may(&here, &posted.signed_in, Verb::Change)?;
    let key = AlertKey { report_id, modified: posted.fields.text("version").to_owned() };
    let permit = permit(&posted.signed_in.who, Verb::Change, Resource::Alert, ()).map_err(ApiError::from)?;
    alerts::discard(&here, &permit, &key).await?;
    Ok(Redirect::to("/alerts").into_response())
}

fn check_may(here: &Here, signed_in: &SignedIn, verb: Verb) -> Result<(), PageError> {
    check_hub(here)?;
    let allowed = is_own(here, &signed_in.who) && may(&signed_in.who, verb, Resource::Alert);
    if allowed { Ok(()) } else { Err(ApiError::Forbidden.into()) }
}

async fn correcting(
    here: &Here,
    signed_in: &SignedIn,
    report_id: &str,
    version: Option<&str>,
) -> Result<Kind, PageError> {
    let base = alerts::read(here, &signed_in.who, report_id, None).await?;
    let open = match version {
        Some(version) => Some(alerts::read(here, &signed_in.who, report_id, Some(version)).await?),
        None => None,
    };
    let open = open.filter(|open| open.summary.published_at.is_none());
    Ok(Kind::Correct(Box::new(base), open.map(Box::new)))
}

/// Ids of the organisations that a version is addressed to.
async fn addressed(here: &Here, signed_in: &SignedIn, view: &AlertView) -> Result<Vec<String>, PageError> {
    let permit = permit(&signed_in.who, Verb::See, Resource::Alert, ()).map_err(ApiError::from)?;
    let mut versions = alerts::recipients_of(here, &permit, &view.summary.report_id).await?;
    Ok(versions.remove(&view.summary.modified).unwrap_or_default())
}

fn key_of(view: &AlertView) -> AlertKey {
    AlertKey { report_id: view.summary.report_id.clone(), modified: view.summary.modified.clone() }
}

/// One sending of the form: back to it, on to what was found, or kept.
async fn step<F: FormName>(
    here: &Here,
    signed_in: &SignedIn,
    fields: &Fields,
    kind: &Kind,
) -> Result<Response, PageError> {
    let is_saved = fields.text("do") == "save";
    if fields.text("do") == "change" {
        return page::<F>(here, signed_in, kind, fields, &[]).await;
    }
    let found = proposals(fields.text("indicators"));
    let possible: Vec<&str> = found.possible().map(|one| one.pattern.as_str()).collect();
    let confirmed: Vec<&str> =
        possible.into_iter().filter(|pattern| !is_saved || fields.has("confirm", pattern)).collect();
    let written = read_written(fields, &organisations(here).await?, &confirmed, kind, here);
    let mut wrong = written.wrong.clone();
    add(&mut wrong, problems(here, signed_in, &written, kind).await?);
    let (of_found, of_form): (Vec<Wrong>, Vec<Wrong>) =
        wrong.into_iter().partition(|one| one.field == "indicators" && !found.found.is_empty());
    if !of_form.is_empty() {
        return page::<F>(here, signed_in, kind, fields, &[of_form, of_found].concat()).await;
    }
    if !is_saved || !of_found.is_empty() {
        let of_found = of_found.into_iter().map(|one| Wrong { field: "confirm".to_owned(), ..one }).collect::<Vec<_>>();
        let wrong = if is_saved { of_found.as_slice() } else { &[] };
        return to_confirm::<F>(here, signed_in, kind, fields, &found, (wrong, &written)).await;
    }
    match keep(here, signed_in, written, kind).await {
        Ok(key) => {
            let version = percent_encoded(&key.modified);
            Ok(Redirect::to(&format!("/alerts/{}?version={version}", key.report_id)).into_response())
        }
        Err(ShareError::Invalid(reasons)) => {
            let wrong: Vec<Wrong> = reasons.iter().map(|reason| Wrong::new("", capital(reason))).collect();
            page::<F>(here, signed_in, kind, fields, &wrong).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What the verb would refuse.
async fn problems(here: &Here, signed_in: &SignedIn, written: &Written, kind: &Kind) -> Result<Vec<Wrong>, PageError> {
    let who = &signed_in.who;
    let found = match kind {
        Kind::New | Kind::Edit(_) => {
            let permit = permit(who, Verb::Create, Resource::Alert, ()).map_err(ApiError::from)?;
            alerts::draft_problems(here, &permit, &written.draft()).await?
        }
        Kind::Correct(base, _) => {
            let permit = permit(who, Verb::Change, Resource::Alert, ()).map_err(ApiError::from)?;
            alerts::correction_problems(here, &permit, &base.summary.report_id, &written.correction()).await?
        }
    };
    Ok(found.iter().map(|problem| written.place(problem)).collect())
}

async fn keep(here: &Here, signed_in: &SignedIn, written: Written, kind: &Kind) -> Result<AlertKey, ShareError> {
    let who = &signed_in.who;
    let forbidden = |_| ShareError::Forbidden { who: who.name.clone() };
    let verb = if matches!(kind, Kind::New) { Verb::Create } else { Verb::Change };
    let permit = permit(who, verb, Resource::Alert, ()).map_err(forbidden)?;
    match kind {
        Kind::New => alerts::draft(here, &permit, written.draft()).await,
        Kind::Edit(view) => alerts::redraft(here, &permit, &key_of(view), written.draft()).await,
        Kind::Correct(_, Some(open)) => alerts::recorrect(here, &permit, &key_of(open), written.correction()).await,
        Kind::Correct(base, None) => {
            alerts::correct(here, &permit, &base.summary.report_id, written.correction()).await
        }
    }
}

async fn page<F: FormName>(
    here: &Here,
    signed_in: &SignedIn,
    kind: &Kind,
    fields: &Fields,
    wrong: &[Wrong],
) -> Result<Response, PageError> {
    let shown = draft_form::<F>(here, signed_in, kind, Filled { fields, wrong }).await?;
    let (title, main) = (title(kind), form(&shown));
    let handling = handling(kind, fields);
    Ok(match wrong {
        [] => answer(here, signed_in, Place::Alerts, handling, title, main),
        _ => refused(here, signed_in, Place::Alerts, handling, title, main),
    })
}

async fn to_confirm<F: FormName>(
    here: &Here,
    signed_in: &SignedIn,
    kind: &Kind,
    fields: &Fields,
    proposals: &alerts::Proposals,
    (wrong, written): (&[Wrong], &Written),
) -> Result<Response, PageError> {
    let form = draft_form::<F>(here, signed_in, kind, Filled { fields, wrong }).await?;
    let all = organisations(here).await?;
    let name = |id: &String| all.iter().find(|one| one.id == *id).map(|one| one.name.clone());
    let mut ids = match kind {
        Kind::Correct(base, _) => addressed(here, signed_in, base).await?,
        _ => Vec::new(),
    };
    ids.extend(written.recipients.iter().filter(|id| !ids.contains(id)).cloned().collect::<Vec<_>>());
    let main = confirm(&Confirm { form, proposals, recipients: ids.iter().filter_map(name).collect() });
    let handling = handling(kind, fields);
    Ok(match wrong {
        [] => answer(here, signed_in, Place::Alerts, handling, "Confirm what is searched for", main),
        _ => refused(here, signed_in, Place::Alerts, handling, "Confirm what is searched for", main),
    })
}

fn title(kind: &Kind) -> &'static str {
    match kind {
        Kind::New => "Draft an alert",
        Kind::Edit(_) => "Change the draft",
        Kind::Correct(..) => "Correct the alert",
    }
}

/// The marking that is chosen, or that of what is changed, whichever is stricter.
fn handling(kind: &Kind, fields: &Fields) -> Handling {
    let chosen = written::marking(fields.text("tlp"));
    let before = match kind {
        Kind::New => None,
        Kind::Edit(view) | Kind::Correct(view, _) => Some(view.alert.tlp),
    };
    chosen.into_iter().chain(before).max().map_or(Handling::Own, Handling::Marked)
}

async fn draft_form<'a, F: FormName>(
    here: &Here,
    signed_in: &SignedIn,
    kind: &Kind,
    filled: Filled<'a>,
) -> Result<DraftForm<'a>, PageError> {
    let mut members = organisations(here).await?;
    members.retain(|one| one.is_member && one.id != here.installation.organisation_id);
    let states: std::collections::BTreeSet<String> =
        members.iter().map(|one| one.state.clone()).filter(|state| !state.is_empty()).collect();
    let (action, version, corrects) = match kind {
        Kind::New => ("/alerts/new".to_owned(), None, None),
        Kind::Edit(view) => (format!("/alerts/{}/edit", view.summary.report_id), Some(view), None),
        Kind::Correct(base, open) => {
            let live = base.indicators.iter().filter(|(_, _, is_withdrawn)| !is_withdrawn);
            let indicators = live.map(|(id, pattern, _)| (id.clone(), pattern.clone())).collect();
            let corrects = Corrects { tlp: base.alert.tlp, indicators };
            (format!("/alerts/{}/correct", base.summary.report_id), open.as_ref(), Some(corrects))
        }
    };
    let signed = match version {
        Some(view) => {
            let permit = permit(&signed_in.who, Verb::See, Resource::Alert, ()).map_err(ApiError::from)?;
            alerts::signed_by(here, &permit, &key_of(view)).await?.len()
        }
        None => 0,
    };
    let report_id = version.map(|view| view.summary.report_id.as_str());
    let discard = report_id.map(|id| (format!("/alerts/{id}/discard"), signed_in.token::<Discard>()));
    Ok(DraftForm {
        discard,
        filled,
        action,
        token: signed_in.token::<F>(),
        version: version.map(|view| view.summary.modified.clone()),
        states: states.into_iter().collect(),
        offices: members.into_iter().map(|one| (one.id, one.name)).collect(),
        corrects,
        signed,
    })
}
