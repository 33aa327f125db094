//! What waits for a person at a hub: for a member's people alerts to read and to answer; for the hub's own people drafts to sign and to publish,
//! receipts to answer, and offices that are silent. Nothing stands here that this person cannot do.

use std::collections::BTreeMap;

use serde::Serialize;
use ward_directory::{Here, Who, has_node, signers};
use ward_policy::{Resource, Verb};
use ward_stix::marking::Tlp;
use ward_store::MICROS_PER_SECOND;

use crate::ShareError;
use crate::acknowledge::duty_of;
use crate::alert::{AlertSummary, DRAFT, SIGNERS_NEEDED, hub_permits, list};
use crate::by_hand::answers_by_hand;
use crate::receipts::shown;
use crate::sql::alerts::{self, SignedRow};
use crate::sql::{receipts, reminders};
use crate::{chase, recall, request};

/// An alert should be acknowledged, answered, signed and published within this time, in hours.
pub const DUE_HOURS: i64 = 24;
/// So many open receipts, requests or recalls are tasks of their own.
const SHOWN: usize = 10;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Read an alert, and say so.
    Read,
    /// Answer an alert for an office that has no node.
    Answer,
    /// The office's own Ward has not answered, though the hub asked again: look after it, or answer by hand.
    Silent,
    /// Sign a draft.
    Sign,
    /// Publish a draft that is signed.
    Publish,
    /// Answer whoever sent an answer.
    AnswerReceipt,
    /// Answer the receipts that do not stand here one by one.
    AnswerReceipts,
    /// Ask again who has not answered.
    Chase,
    /// Approve or refuse what somebody asked to be shown.
    Approve,
    /// The same of the requests that do not stand here one by one.
    ApproveOthers,
    /// Delete what was called back, and say so.
    ConfirmRecall,
    /// The same of the recalls that do not stand here one by one.
    ConfirmOthers,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Task {
    pub kind: Kind,
    /// Of an alert; of a request for information or a recall, its own id.
    pub report_id: String,
    /// Of a draft, its version.
    pub version: Option<String>,
    /// Of a receipt, its number.
    pub receipt: Option<i64>,
    /// A headline, or whose answer it is.
    pub about: String,
    pub tlp: Tlp,
    /// Microseconds UTC.
    pub due_at: i64,
    /// When the hub asked again, if it did.
    pub asked_again_at: Option<i64>,
}

/// What waits for this person, those due first come first.
pub async fn tasks(here: &Here, who: &Who) -> Result<Vec<Task>, ShareError> {
    if !here.installation.is_hub {
        return Ok(Vec::new());
    }
    let mut tasks = match hub_permits(here, who, Verb::See, Resource::Alert) {
        Ok(()) => of_the_hub(here, who).await?,
        Err(_) => of_a_member(here, who).await?,
    };
    tasks.extend(of_sharing(here, who).await?);
    tasks.sort_by_key(|task| (task.due_at, task.kind));
    Ok(tasks)
}

/// The newest version of each alert that its office has not read, or has not answered where nobody else does.
async fn of_a_member(here: &Here, who: &Who) -> Result<Vec<Task>, ShareError> {
    let Some(duty) = duty_of(who) else { return Ok(Vec::new()) };
    let own = &who.organisation.id;
    let mut newest = BTreeMap::new();
    for alert in list(here, who).await? {
        newest.insert(alert.report_id.clone(), alert);
    }
    let read = alerts::acknowledged(&here.store, own, duty.text()).await?;
    let asked: BTreeMap<String, bool> = alerts::asked(&here.store, own).await?.into_iter().collect();
    let answers = answers_by_hand(here, who);
    let answers_here = answers && !has_node(here, own).await?;
    let again: BTreeMap<String, i64> =
        reminders::last_asked(&here.store, chase::ASKED_AGAIN, own).await?.into_iter().collect();
    let mut tasks = Vec::new();
    for alert in newest.into_values() {
        let Some(published_at) = alert.published_at else { continue };
        let is_read = read.contains(&(alert.report_id.clone(), alert.modified.clone()));
        let is_silent = asked.get(&alert.report_id) == Some(&false);
        let is_asked = answers_here && is_silent;
        let again = again.get(&alert.report_id).copied().filter(|_| is_silent);
        let kind = match (is_asked, is_read) {
            (true, _) => Kind::Answer,
            (false, false) => Kind::Read,
            (false, true) if answers && again.is_some() => Kind::Silent,
            (false, true) => continue,
        };
        tasks.push(Task { asked_again_at: again, ..task(kind, alert, due(published_at)) });
    }
    Ok(tasks)
}

/// What somebody asked to be shown and this person decides on, and what was called back from their office.
async fn of_sharing(here: &Here, who: &Who) -> Result<Vec<Task>, ShareError> {
    let waiting = request::waiting(here, who).await?;
    let mut asked: Vec<Task> =
        waiting.into_iter().map(|one| other(Kind::Approve, one.id, one.purpose, one.asked_at)).collect();
    asked.sort_by_key(|task| task.due_at);
    let mut tasks = first_of(asked, Kind::ApproveOthers);
    if who.organisation.id == here.installation.organisation_id {
        return Ok(tasks);
    }
    let back = recall::waiting(here, who).await?.into_iter().map(|one| {
        let about = format!("{} of what was sent to you: {}", one.objects, one.reason);
        other(Kind::ConfirmRecall, one.recall_id, about, one.opened_at)
    });
    tasks.extend(first_of(back.collect(), Kind::ConfirmOthers));
    Ok(tasks)
}

/// The first few, and one task for all the others.
fn first_of(mut tasks: Vec<Task>, others: Kind) -> Vec<Task> {
    let more = tasks.len().saturating_sub(SHOWN);
    if more > 0 {
        tasks.truncate(SHOWN + 1);
        if let Some(last) = tasks.last_mut() {
            (last.kind, last.about) = (others, format!("there are {more} more"));
        }
    }
    tasks
}

/// Something to do that is about no alert.
fn other(kind: Kind, id: String, about: String, since: i64) -> Task {
    let (tlp, due_at) = (Tlp::Amber, due(since));
    Task { kind, report_id: id, version: None, receipt: None, about, tlp, due_at, asked_again_at: None }
}

async fn of_the_hub(here: &Here, who: &Who) -> Result<Vec<Task>, ShareError> {
    let all = list(here, who).await?;
    let mut tasks = drafts(here, who, &all).await?;
    if hub_permits(here, who, Verb::Change, Resource::Answer).is_ok() {
        tasks.extend(open_receipts(here, &all).await?);
    }
    if hub_permits(here, who, Verb::Create, Resource::Reminder).is_ok() {
        for (report_id, offices, due_at) in chase::overdue(here, &all, DUE_HOURS).await? {
            let of = |alert: &&AlertSummary| alert.report_id == report_id && alert.published_at.is_some();
            let Some(alert) = all.iter().rfind(of) else { continue };
            if alert.stops_mattering_at.is_none_or(|at| at > here.now()) {
                let about = format!("{} ({offices} not yet)", alert.headline);
                tasks.push(Task { about, ..task(Kind::Chase, alert.clone(), due_at) });
            }
        }
    }
    Ok(tasks)
}

async fn drafts(here: &Here, who: &Who, all: &[AlertSummary]) -> Result<Vec<Task>, ShareError> {
    let has_key = signers(here)
        .await?
        .iter()
        .any(|one| one.retired_at.is_none() && who.person_id.as_ref() == Some(&one.person_id));
    let signs = has_key && hub_permits(here, who, Verb::Sign, Resource::Alert).is_ok();
    let publishes = hub_permits(here, who, Verb::Publish, Resource::Alert).is_ok();
    let mut tasks = Vec::new();
    let signatures = alerts::signed(&here.store, "", "").await?;
    for draft in all.iter().filter(|alert| alert.state == DRAFT) {
        let of = |row: &&SignedRow| row.report_id == draft.report_id && row.modified == draft.modified;
        let signed: Vec<&SignedRow> = signatures.iter().filter(of).collect();
        let counting: std::collections::BTreeSet<&String> =
            signed.iter().filter(|row| row.retired_at.is_none()).map(|row| &row.person_id).collect();
        let is_signed = counting.len() >= SIGNERS_NEEDED;
        let has_signed = who.person_id.as_ref().is_some_and(|own| counting.contains(own));
        if is_signed && publishes {
            tasks.push(task(Kind::Publish, draft.clone(), due(draft.drafted_at)));
        }
        if !is_signed && signs && !has_signed {
            tasks.push(task(Kind::Sign, draft.clone(), due(draft.drafted_at)));
        }
    }
    Ok(tasks)
}

/// The first of the open receipts, and one task more for all the others.
async fn open_receipts(here: &Here, all: &[AlertSummary]) -> Result<Vec<Task>, ShareError> {
    let mut tasks = Vec::new();
    for row in receipts::page(&here.store, "", (SHOWN as i64 + 1, 0), (0, 0)).await? {
        let Some(found) = shown(row, all)? else { continue };
        let of = |alert: &&AlertSummary| alert.report_id == found.report_id && alert.published_at.is_some();
        let Some(alert) = all.iter().rfind(of) else { continue };
        tasks.push(Task {
            receipt: Some(found.receipt.number),
            about: format!("{}: {}", found.office, found.standing.plain()),
            tlp: found.tlp,
            ..task(Kind::AnswerReceipt, alert.clone(), found.receipt.promised_at)
        });
    }
    if tasks.len() > SHOWN
        && let Some(last) = tasks.last_mut()
    {
        (last.kind, last.receipt, last.about) = (Kind::AnswerReceipts, None, "there are more".to_owned());
    }
    Ok(tasks)
}

fn task(kind: Kind, alert: AlertSummary, due_at: i64) -> Task {
    let is_draft = alert.published_at.is_none();
    Task {
        kind,
        report_id: alert.report_id,
        version: is_draft.then_some(alert.modified),
        receipt: None,
        about: alert.headline,
        tlp: alert.tlp,
        due_at,
        asked_again_at: None,
    }
}

fn due(since: i64) -> i64 {
    since + DUE_HOURS * 3_600 * MICROS_PER_SECOND
}
