//! `/alerts/{report}`: one alert, as the reader's office has it, and the word that it was read.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use ward_directory::{Duty, Here, Who, permit};
use ward_policy::{Resource, Verb};
use ward_share::acknowledge::{self, duty_of};
use ward_share::alert::clerk_sections;
use ward_share::situation::{Community, community};
use ward_share::{ShareError, alert as alerts};
use ward_stix::alert::Alert;
use ward_watch::receive::{ListedAlert, VERIFIED};

use super::by_hand::own_form;
use super::given::opens;
use super::shell::{Place, answer, is_own, may, may_on_node};
use super::signing::hub_side;
use super::tear_lines::carried;
use crate::console::error::PageError;
use crate::console::list::ROWS_A_PAGE;
use crate::console::session::{Fields, FormName, Posted, SignedIn};
use crate::console::view::alert::{Acknowledge, AlertPage, Left, OwnLogs, OwnResult, Read, ReadBy, alert};
use crate::console::view::field::Filled;
use crate::console::view::layout::Handling;
use crate::console::view::name::name_at_the_hub;
use crate::error::ApiError;

/// The form that says that an alert was read.
pub struct HasRead;

impl FormName for HasRead {
    const NAME: &'static str = "acknowledge";
}

#[derive(Deserialize)]
pub struct Version {
    pub version: Option<String>,
}

/// The page.
pub async fn page(
    State(here): State<Here>,
    signed_in: SignedIn,
    Path(report_id): Path<String>,
    Query(asked): Query<Version>,
) -> Result<Response, PageError> {
    let who = &signed_in.who;
    if !may(who, Verb::See, Resource::Alert) {
        return Err(ApiError::Forbidden.into());
    }
    let fields = Fields::default();
    let (page, read) = match newest_received(&here, who, &report_id).await? {
        Some((received, read)) => (of_received(&here, &signed_in, &received, &read).await?, read),
        None if here.installation.is_hub => {
            let version = asked.version.as_deref();
            let published = ward_share::alert::page(&here, who, &report_id, version, ROWS_A_PAGE).await?;
            let read = published.view.alert.clone();
            (of_published(&here, &signed_in, published, &fields).await?, read)
        }
        None => return Err(ApiError::NotFound.into()),
    };
    // Answers are for the members that gave them and their hub, whatever the alert's own marking.
    let with_answers =
        page.community.as_ref().is_some_and(|community| community.summary.answered > 0) || page.own_logs.is_some();
    let handling = if with_answers { read.tlp.max(ward_stix::marking::Tlp::Amber) } else { read.tlp };
    Ok(answer(&here, &signed_in, Place::Alerts, Handling::Marked(handling), &read.headline, alert(&page)))
}

/// Notes that the reader has read it.
pub async fn has_read(
    State(here): State<Here>,
    Path(report_id): Path<String>,
    posted: Posted<HasRead>,
) -> Result<Response, PageError> {
    let who = &posted.signed_in.who;
    let duty = duty_of(who).ok_or(ApiError::Forbidden)?;
    if may_on_node(&here, who, Verb::See, Resource::Alert) {
        let permit = permit(who, Verb::See, Resource::Alert, report_id.clone()).map_err(ApiError::from)?;
        let duty = if duty == acknowledge::Duty::It { Duty::It } else { Duty::Election };
        ward_watch::acknowledge::acknowledge(&here, &permit, duty, &who.name).await?;
    } else {
        acknowledge::acknowledge(&here, who, &report_id, posted.fields.text("version"), duty, &who.name).await?;
    }
    Ok(Redirect::to(&format!("/alerts/{report_id}#read")).into_response())
}

/// The version that this node acts upon, with what it says: the newest verified one, else the newest.
pub async fn newest_received(
    here: &Here,
    who: &Who,
    report_id: &str,
) -> Result<Option<(ListedAlert, Alert)>, PageError> {
    if !may_on_node(here, who, Verb::See, Resource::Alert) {
        return Ok(None);
    }
    Ok(ward_watch::receive::newest(here, report_id).await?)
}

async fn of_received(
    here: &Here,
    signed_in: &SignedIn,
    received: &ListedAlert,
    read: &Alert,
) -> Result<AlertPage<'static>, PageError> {
    let who = &signed_in.who;
    let is_verified = received.state == VERIFIED;
    let done = ward_watch::acknowledge::acknowledgements(here, &received.report_id).await?;
    let done: Vec<_> = done.into_iter().filter(|one| one.modified == received.modified && one.duty != "node").collect();
    let is_due = duty_of(who).is_some_and(|duty| !done.iter().any(|one| one.duty == duty.text()));
    Ok(AlertPage {
        report_id: received.report_id.clone(),
        version: received.modified.clone(),
        from: received.hub.clone(),
        caution: (!is_verified).then(|| caution(received)),
        sections: clerk_sections(read),
        indicators: None,
        acknowledge: Some(Acknowledge {
            done: done.into_iter().map(read_by).collect(),
            token: (is_verified && is_due).then(|| signed_in.token::<HasRead>()),
        }),
        answer: None,
        asked_again_at: None,
        may_chase: false,
        own_logs: own_logs(here, who, &received.report_id).await?,
        community: passed_on(here, who, &received.report_id).await?,
        carried: None,
        hub: None,
        opens: opens(here, who),
    })
}

/// What the members answered to an alert that came from another hub, when it was passed on to them.
async fn passed_on(here: &Here, who: &Who, report_id: &str) -> Result<Option<Community>, PageError> {
    if !here.installation.is_hub {
        return Ok(None);
    }
    match community(here, who, report_id, ROWS_A_PAGE).await {
        Ok(community) => Ok(Some(community)),
        Err(ShareError::Unseen { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A duty as people call it; none for the machine's own.
fn words(duty: &str) -> Option<&'static str> {
    match duty {
        "election" => Some("the election official"),
        "it" => Some("the IT person"),
        _ => None,
    }
}

fn read_by(one: ward_watch::acknowledge::Acknowledgement) -> Read {
    let by = ReadBy { person: one.person, at: one.at, has_arrived: one.arrived_at.is_some() };
    Read { duty: words(&one.duty).unwrap_or_default(), by: Some(by) }
}

fn caution(received: &ListedAlert) -> String {
    match received.reason.as_str() {
        "" => {
            "This alert has come but is not proven yet. Do not act on it until it is; Ward does not either.".to_owned()
        }
        reason => format!(
            "Do not act on this alert: what came does not prove what it says ({reason}). Ward does not act on it either."
        ),
    }
}

fn draft_caution(state: &str) -> Option<&'static str> {
    match state {
        "draft" => Some(
            "This is a draft. Nobody outside this hub sees it until two people have signed it and it is published.",
        ),
        "replaced" => Some("This draft was replaced by a newer one. It can be neither signed nor published."),
        "discarded" => Some("This draft was thrown away. It can be neither signed nor published."),
        _ => None,
    }
}

async fn own_logs(here: &Here, who: &Who, report_id: &str) -> Result<Option<OwnLogs>, PageError> {
    let Ok(permit) = permit(who, Verb::See, Resource::Answer, report_id.to_owned()) else { return Ok(None) };
    let (result, said) = ward_watch::lookback::own(here, report_id).await?;
    let left = ward_watch::review::what_left(here, &permit).await?;
    let beside = ward_watch::name::beside(report_id, &left)?;
    let finding = result.as_ref().map(|result| result.finding);
    let name = name_at_the_hub(beside, said.as_ref(), finding);
    let left = left.into_iter().filter(|one| one.of_ref == report_id).map(|one| Left {
        sighting_id: one.sighting_id,
        made_at: one.made_at,
        sent_at: one.sent_at,
        finding: one.finding.replace('-', " "),
        state: one.state,
        bytes: one.body.len(),
        released_by: one.released_by,
        receipt: one.receipt_number,
    });
    Ok(Some(OwnLogs {
        left: left.collect(),
        name,
        may_release_name: may(who, Verb::Release, Resource::Answer),
        may_answer_for: may(who, Verb::Create, Resource::Answer),
        may_review: result.as_ref().is_some_and(|result| result.events_matched + result.events_dismissed > 0)
            && may(who, Verb::See, Resource::Confirmation),
        result: result.map(|result| OwnResult {
            standing: result.finding.into(),
            searched_at: result.searched_at,
            period: (result.period_from, result.period_until),
            events_matched: result.events_matched,
            because: result.because,
            sources: result.sources,
        }),
    }))
}

async fn of_published<'a>(
    here: &Here,
    signed_in: &SignedIn,
    page: alerts::AlertPage,
    fields: &'a Fields,
) -> Result<AlertPage<'a>, PageError> {
    let who = &signed_in.who;
    let view = page.view;
    let own_row = page.community.as_ref().and_then(|community| community.own.as_ref());
    let duty = duty_of(who);
    let is_due = own_row.is_some_and(|row| duty.is_some_and(|duty| !row.acknowledged.contains(&duty)));
    let acknowledge = own_row.filter(|_| !is_own(here, who)).map(|row| Acknowledge {
        done: row
            .acknowledged
            .iter()
            .filter_map(|duty| words(duty.text()))
            .map(|duty| Read { duty, by: None })
            .collect(),
        token: is_due.then(|| signed_in.token::<HasRead>()),
    });
    let hub = match page.preview {
        Some(preview) => Some(hub_side(here, signed_in, &view, preview).await?),
        None => None,
    };
    let asked_again = own_row.and_then(|row| row.asked_again_at);
    let form = own_form(here, signed_in, &view, own_row, Filled { fields, wrong: &[] }).await?;
    let is_published = view.summary.published_at.is_some();
    let carried = is_published.then(|| carried(signed_in, view.alert.tlp, page.carried)).flatten();
    let patterns = view.indicators.into_iter().map(|(_, pattern, is_withdrawn)| (pattern, is_withdrawn));
    Ok(AlertPage {
        indicators: may(who, Verb::See, Resource::Indicator).then(|| patterns.collect()),
        report_id: view.summary.report_id,
        version: view.summary.modified,
        from: view.sender,
        caution: draft_caution(&view.summary.state).map(str::to_owned),
        sections: clerk_sections(&view.alert),
        acknowledge,
        asked_again_at: asked_again,
        may_chase: is_own(here, who) && may(who, Verb::See, Resource::Reminder),
        answer: form,
        own_logs: None,
        community: page.community,
        carried,
        hub,
        opens: opens(here, who),
    })
}
