//! What waits for a person at a hub: for a member's people alerts to read and to answer; for the hub's own people drafts to sign and to publish,
//! receipts to answer, and offices that are silent. Nothing stands here that this person cannot do.

use std::collections::BTreeMap;

use serde::Serialize;
use ward_directory::{Here, Who, has_node, organisations, signers};
use ward_policy::{Resource, Verb};
use ward_stix::answer::from_object;
use ward_stix::marking::Tlp;
use ward_store::MICROS_PER_SECOND;

use crate::ShareError;
use crate::acknowledge::duty_of;
use crate::alert::{AlertSummary, DRAFT, SIGNERS_NEEDED, hub_permits, list, load, parse};
use crate::by_hand::answers_by_hand;
use crate::chase;
use crate::situation::Standing;
use crate::sql::{alerts, answers, reminders};

/// An alert should be acknowledged, answered, signed and published within this time, in hours.
pub const DUE_HOURS: i64 = 24;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Read an alert, and say so.
    Read,
    /// Answer an alert for an office that has no node.
    Answer,
    /// Sign a draft.
    Sign,
    /// Publish a draft that is signed.
    Publish,
    /// Answer whoever sent an answer.
    AnswerReceipt,
    /// Ask again who has not answered.
    Chase,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Task {
    pub kind: Kind,
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
    let answered = answers::answered(&here.store).await?;
    let answers_here = answers_by_hand(here, who) && !has_node(here, own).await?;
    let asked = reminders::last_asked(&here.store, chase::ASKED_AGAIN).await?;
    let mut tasks = Vec::new();
    for alert in newest.into_values() {
        let Some(published_at) = alert.published_at else { continue };
        let is_read = read.contains(&(alert.report_id.clone(), alert.modified.clone()));
        let is_answered = answered.contains(&(alert.report_id.clone(), own.clone()));
        let is_asked =
            answers_here && !is_answered && alerts::recipients(&here.store, &alert.report_id).await?.contains(own);
        let kind = match (is_asked, is_read) {
            (true, _) => Kind::Answer,
            (false, false) => Kind::Read,
            (false, true) => continue,
        };
        let again = asked.iter().find(|(report, office, _)| *report == alert.report_id && office == own);
        let again = again.filter(|_| !is_answered).map(|(_, _, at)| *at);
        tasks.push(Task { asked_again_at: again, ..task(kind, alert, due(published_at)) });
    }
    Ok(tasks)
}

async fn of_the_hub(here: &Here, who: &Who) -> Result<Vec<Task>, ShareError> {
    let all = list(here, who).await?;
    let mut tasks = drafts(here, who, &all).await?;
    if hub_permits(here, who, Verb::Change, Resource::Answer).is_ok() {
        tasks.extend(open_receipts(here, &all).await?);
    }
    if hub_permits(here, who, Verb::Create, Resource::Reminder).is_ok() {
        for (report_id, offices, due_at) in chase::overdue(here, DUE_HOURS).await? {
            let of = |alert: &&AlertSummary| alert.report_id == report_id && alert.published_at.is_some();
            let Some(alert) = all.iter().rfind(of) else { continue };
            let read = load(here, &alert.report_id, &alert.modified).await?.alert;
            if read.stops_mattering_at > here.now() {
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
    for draft in all.iter().filter(|alert| alert.state == DRAFT) {
        let signed = alerts::signed(&here.store, &draft.report_id, &draft.modified).await?;
        let counting: std::collections::BTreeSet<&String> =
            signed.iter().filter(|(_, _, retired_at)| retired_at.is_none()).map(|(person, _, _)| person).collect();
        let is_signed = counting.len() >= SIGNERS_NEEDED;
        let has_signed = signed.iter().any(|(person, _, _)| who.person_id.as_ref() == Some(person));
        if is_signed && publishes {
            tasks.push(task(Kind::Publish, draft.clone(), due(draft.drafted_at)));
        }
        if !is_signed && signs && !has_signed {
            tasks.push(task(Kind::Sign, draft.clone(), due(draft.drafted_at)));
        }
    }
    Ok(tasks)
}

async fn open_receipts(here: &Here, all: &[AlertSummary]) -> Result<Vec<Task>, ShareError> {
    let offices = organisations(here).await?;
    let mut tasks = Vec::new();
    for (receipt, row) in answers::receipts_with_answers(&here.store, answers::Which::Open).await? {
        let of = |alert: &&AlertSummary| alert.report_id == row.of_ref && alert.published_at.is_some();
        let Some(alert) = all.iter().rfind(of) else { continue };
        let answer = from_object(&parse(row.body.as_bytes())?);
        let answer = answer.map_err(|e| ward_store::StoreError::Record(e.to_string()))?;
        let office = offices.iter().find(|one| one.id == row.organisation_id).map_or("", |one| one.name.as_str());
        tasks.push(Task {
            receipt: Some(receipt.number),
            about: format!("{office}: {}", Standing::from(answer.finding).plain()),
            tlp: alert.tlp.max(answer.tlp),
            ..task(Kind::AnswerReceipt, alert.clone(), receipt.promised_at)
        });
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
