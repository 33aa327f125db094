//! `/alerts/{report}/sign` and `/alerts/{report}/publish`: two people sign a draft, then it is checked once more and published.

use std::collections::BTreeSet;

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use ward_directory::{DirectoryError, Here, permit};
use ward_policy::{Resource, Verb};
use ward_quality::Act;
use ward_share::ShareError;
use ward_share::alert::{
    self as alerts, AlertKey, AlertView, Preview, PreviewIndicator, PreviewRecipient, SIGNERS_NEEDED, clerk_sections,
};

use super::alert::Version;
use super::shell::{Place, answer, check_hub, is_own, may, refused};
use crate::console::csv::csv;
use crate::console::error::PageError;
use crate::console::form::{Wrong, capital};
use crate::console::session::{Fields, FormName, Posted, SignedIn, percent_encoded};
use crate::console::view::field::Filled;
use crate::console::view::hub::{HubSide, Next, Reach, Reached, Signed, signed_count};
use crate::console::view::layout::Handling;
use crate::console::view::signing::{self, Searched, Signing};
use crate::console::view::words::audience;
use crate::error::ApiError;

/// The form that signs.
pub struct Sign;

impl FormName for Sign {
    const NAME: &'static str = "sign";
}

/// The form that publishes.
pub struct Publish;

impl FormName for Publish {
    const NAME: &'static str = "publish";
}

/// What is signed, and where.
pub async fn sign_page(
    State(here): State<Here>,
    signed_in: SignedIn,
    Path(report_id): Path<String>,
    Query(asked): Query<Version>,
) -> Result<Response, PageError> {
    let view = draft(&here, &signed_in, &report_id, asked.version.as_deref(), Verb::Sign).await?;
    show(&here, &signed_in, &view, Verb::Sign, &[]).await
}

/// Signs.
pub async fn sign(
    State(here): State<Here>,
    Path(report_id): Path<String>,
    posted: Posted<Sign>,
) -> Result<Response, PageError> {
    let signed_in = &posted.signed_in;
    let version = posted.fields.text("version");
    let view = draft(&here, signed_in, &report_id, Some(version), Verb::Sign).await?;
    let password = posted.fields.untrimmed("password");
    if password.is_empty() {
        let wrong = [Wrong::new("password", "Enter your password.")];
        return show(&here, signed_in, &view, Verb::Sign, &wrong).await;
    }
    let wrong = match alerts::sign(&here, &signed_in.who, &key_of(&view), password).await {
        Ok(_) => return Ok(Redirect::to(&format!("{}#signed", draft_href(&view))).into_response()),
        Err(ShareError::Directory(DirectoryError::WrongPassword)) => {
            vec![Wrong::new("password", "The password is not right.")]
        }
        Err(ShareError::Directory(DirectoryError::Invalid(reason))) => vec![Wrong::new("", capital(&reason))],
        Err(ShareError::Invalid(reasons)) => reasons.iter().map(|one| Wrong::new("", capital(one))).collect(),
        Err(error) => return Err(error.into()),
    };
    show(&here, signed_in, &view, Verb::Sign, &wrong).await
}

/// Whom it reaches, who has signed, and the button.
pub async fn publish_page(
    State(here): State<Here>,
    signed_in: SignedIn,
    Path(report_id): Path<String>,
    Query(asked): Query<Version>,
) -> Result<Response, PageError> {
    let view = draft(&here, &signed_in, &report_id, asked.version.as_deref(), Verb::Publish).await?;
    show(&here, &signed_in, &view, Verb::Publish, &[]).await
}

/// Publishes.
pub async fn publish(
    State(here): State<Here>,
    Path(report_id): Path<String>,
    posted: Posted<Publish>,
) -> Result<Response, PageError> {
    let signed_in = &posted.signed_in;
    let version = posted.fields.text("version");
    let view = draft(&here, signed_in, &report_id, Some(version), Verb::Publish).await?;
    let allowed = permit(&signed_in.who, Verb::Publish, Resource::Alert, ()).map_err(ApiError::from)?;
    match alerts::publish(&here, &allowed, &key_of(&view)).await {
        Ok(_) => Ok(Redirect::to(&format!("/alerts/{report_id}")).into_response()),
        Err(ShareError::Invalid(reasons)) => {
            let wrong: Vec<Wrong> = reasons.iter().map(|one| Wrong::new("", capital(one))).collect();
            show(&here, signed_in, &view, Verb::Publish, &wrong).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Whom a version reaches, as a file.
pub async fn reach_file(
    State(here): State<Here>,
    signed_in: SignedIn,
    Path(report_id): Path<String>,
    Query(asked): Query<Version>,
) -> Result<Response, PageError> {
    check_hub(&here)?;
    let who = &signed_in.who;
    if !is_own(&here, who) {
        return Err(ApiError::Forbidden.into());
    }
    let allowed = permit(who, Verb::See, Resource::Alert, ()).map_err(ApiError::from)?;
    let modified = match asked.version {
        Some(version) => version,
        None => alerts::read(&here, who, &report_id, None).await?.summary.modified,
    };
    let preview = alerts::preview(&here, &allowed, &AlertKey { report_id, modified }).await?;
    let mark = |has: bool| if has { "verified" } else { "missing" }.to_owned();
    let cells = |sees: bool| {
        move |one: PreviewRecipient| {
            vec![
                one.organisation,
                if one.is_addressed { "yes" } else { "no" }.to_owned(),
                if sees { "yes" } else { "no" }.to_owned(),
                one.rule.to_owned(),
                mark(one.has_election_contact),
                mark(one.has_it_contact),
            ]
        }
    };
    let rows =
        preview.will_not_see.into_iter().map(cells(false)).chain(preview.recipients.into_iter().map(cells(true)));
    Ok(csv(
        &here,
        "reach",
        &["office", "asked to answer", "sees it", "because", "election contact", "IT contact"],
        rows,
    ))
}

/// What the hub's own people see below an alert, with what they may do next.
pub async fn hub_side(
    here: &Here,
    signed_in: &SignedIn,
    view: &AlertView,
    preview: Preview,
) -> Result<HubSide, PageError> {
    let who = &signed_in.who;
    let permit = permit(who, Verb::See, Resource::Alert, ()).map_err(ApiError::from)?;
    let signed = alerts::signed_by(here, &permit, &key_of(view)).await?;
    let has_signed = signed.iter().any(|one| one.counts && who.person_id.as_ref() == Some(&one.person_id));
    let signed: Vec<Signed> = signed
        .into_iter()
        .map(|one| Signed { name: one.name, office: one.office, at: one.at, counts: one.counts })
        .collect();
    let next = next(signed_in, view, has_signed, signed_count(&signed));
    let offices = preview.recipients.into_iter().map(|one| Reached {
        name: one.organisation,
        is_addressed: one.is_addressed,
        has_election_contact: one.has_election_contact,
        has_it_contact: one.has_it_contact,
    });
    let reach = Reach {
        offices: offices.collect(),
        will_not_see: preview.will_not_see.into_iter().map(|one| one.organisation).collect(),
        lacks_contact: preview.lacks_contact,
        indicators: preview.indicators.len(),
        not_blocked: preview.indicators.into_iter().filter_map(not_blocked).collect(),
        file: format!(
            "/alerts/{}/reach.csv?version={}",
            view.summary.report_id,
            percent_encoded(&view.summary.modified)
        ),
    };
    Ok(HubSide { reach, signed, has_signed, needed: SIGNERS_NEEDED, next })
}

fn not_blocked(one: PreviewIndicator) -> Option<(String, &'static str, String)> {
    (one.verdict.act != Act::Block).then(|| (one.name, one.verdict.act.text(), one.verdict.reasons.join("; ")))
}

/// A draft is signed, then published; what is published is corrected.
fn next(signed_in: &SignedIn, view: &AlertView, has_signed: bool, signed: usize) -> Vec<Next> {
    let can = |verb| may(&signed_in.who, verb, Resource::Alert);
    let report_id = &view.summary.report_id;
    let version = percent_encoded(&view.summary.modified);
    let link = |page: &str, label: &str, is_main| Next {
        href: format!("/alerts/{report_id}/{page}?version={version}"),
        label: label.to_owned(),
        is_main,
    };
    let mut next = Vec::new();
    match view.summary.state.as_str() {
        "draft" => {
            let is_signed = signed >= SIGNERS_NEEDED;
            if can(Verb::Publish) && is_signed {
                next.push(link("publish", "Check and publish", true));
            }
            if can(Verb::Sign) && !has_signed {
                next.push(link("sign", "Sign this draft", !is_signed));
            }
            if can(Verb::Change) {
                let page = if view.alert.correction.is_some() { "correct" } else { "edit" };
                next.push(link(page, "Change the draft", false));
            }
        }
        "published" if can(Verb::Change) && view.summary.relayed_from.is_none() => next.push(Next {
            href: format!("/alerts/{report_id}/correct"),
            label: "Correct this alert".to_owned(),
            is_main: false,
        }),
        _ => {}
    }
    next
}

/// A version that is not published; refused to who may not do this with alerts of this hub.
async fn draft(
    here: &Here,
    signed_in: &SignedIn,
    report_id: &str,
    version: Option<&str>,
    verb: Verb,
) -> Result<AlertView, PageError> {
    check_hub(here)?;
    if !is_own(here, &signed_in.who) || !may(&signed_in.who, verb, Resource::Alert) {
        return Err(ApiError::Forbidden.into());
    }
    let view = alerts::read(here, &signed_in.who, report_id, Some(version.unwrap_or_default())).await?;
    if view.summary.published_at.is_some() {
        return Err(ApiError::Unprocessable("This version is published already.".to_owned()).into());
    }
    Ok(view)
}

async fn show(
    here: &Here,
    signed_in: &SignedIn,
    view: &AlertView,
    verb: Verb,
    wrong: &[Wrong],
) -> Result<Response, PageError> {
    let allowed = permit(&signed_in.who, Verb::See, Resource::Alert, ()).map_err(ApiError::from)?;
    let preview = alerts::preview(here, &allowed, &key_of(view)).await?;
    let hub = hub_side(here, signed_in, view, preview).await?;
    let fields = Fields::default();
    let shown = Signing {
        report_id: view.summary.report_id.clone(),
        version: view.summary.modified.clone(),
        headline: view.alert.headline.clone(),
        sections: clerk_sections(&view.alert),
        searched: searched(view, corrected(here, signed_in, view).await?.as_ref()),
        marking: (view.alert.tlp.label(), audience(view.alert.tlp)),
        has_signed: hub.has_signed,
        hub,
        filled: Filled { fields: &fields, wrong },
        token: if verb == Verb::Sign { signed_in.token::<Sign>() } else { signed_in.token::<Publish>() },
        draft_href: draft_href(view),
    };
    let (title, main) = match verb {
        Verb::Sign => ("Sign the draft", signing::sign(&shown)),
        _ => ("Check before you publish", signing::publish(&shown)),
    };
    let handling = Handling::Marked(view.alert.tlp);
    Ok(match wrong {
        [] => answer(here, signed_in, Place::Alerts, handling, title, main),
        _ => refused(here, signed_in, Place::Alerts, handling, title, main),
    })
}

/// The published version that a draft corrects.
async fn corrected(here: &Here, signed_in: &SignedIn, view: &AlertView) -> Result<Option<AlertView>, PageError> {
    let Some(correction) = &view.alert.correction else { return Ok(None) };
    let (report_id, of) = (&view.summary.report_id, correction.of_modified.as_str());
    Ok(Some(alerts::read(here, &signed_in.who, report_id, Some(of)).await?))
}

/// What is searched for, and what a correction makes of it: an indicator that is gone is withdrawn too, and one with another pattern is new.
fn searched(view: &AlertView, corrected: Option<&AlertView>) -> Searched {
    let of = |view: &AlertView, is_withdrawn: bool| -> BTreeSet<(String, String)> {
        let chosen = view.indicators.iter().filter(|(_, _, withdrawn)| *withdrawn == is_withdrawn);
        chosen.map(|(id, pattern, _)| (id.clone(), pattern.clone())).collect()
    };
    let (live, withdrawn) = (of(view, false), of(view, true));
    let patterns = |chosen: &mut dyn Iterator<Item = &(String, String)>| -> Vec<String> {
        chosen.map(|(_, pattern)| pattern.clone()).collect()
    };
    let Some(before) = corrected.map(|corrected| of(corrected, false)) else {
        return Searched {
            added: Vec::new(),
            kept: patterns(&mut live.iter()),
            withdrawn: Vec::new(),
            withdrawn_before: patterns(&mut withdrawn.iter()),
        };
    };
    Searched {
        added: patterns(&mut live.difference(&before)),
        kept: patterns(&mut live.intersection(&before)),
        withdrawn: patterns(&mut before.difference(&live)),
        withdrawn_before: patterns(&mut withdrawn.difference(&before)),
    }
}

fn key_of(view: &AlertView) -> AlertKey {
    AlertKey { report_id: view.summary.report_id.clone(), modified: view.summary.modified.clone() }
}

fn draft_href(view: &AlertView) -> String {
    format!("/alerts/{}?version={}", view.summary.report_id, percent_encoded(&view.summary.modified))
}
