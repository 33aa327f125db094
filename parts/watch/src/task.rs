//! What waits for a person at this node, each with the day by which it should be done.

use std::collections::BTreeMap;

use serde::Serialize;
use ward_directory::{Here, Who, permit};
use ward_policy::{Resource, Verb};
use ward_share::acknowledge::duty_of;
use ward_stix::answer::Finding;
use ward_stix::marking::Tlp;
use ward_store::MICROS_PER_SECOND;

use crate::receive::{ReceivedAlert, VERIFIED};
use crate::sql::{answers, hubs as sql};
use crate::{WatchError, lookback, reading, receive, source};

/// What waits for a person should be done within this time, in hours: the time in which a hub counts an alert as reached.
pub const DUE_HOURS: i64 = 24;

/// What there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Say what a match was.
    Review,
    /// Let an answer go.
    Release,
    /// Read an alert, and say so.
    Acknowledge,
    /// Make a source readable again.
    Mend,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Task {
    pub kind: Kind,
    /// The report, the sighting or the source.
    pub id: String,
    /// The alert's headline or the source's name.
    pub about: String,
    /// Of the alert; none for what is this office's own.
    pub tlp: Option<Tlp>,
    /// Microseconds UTC; none: as soon as can be.
    pub due_at: Option<i64>,
}

/// What waits for this person at the node of their own office: those due first come first. Nothing for people of other offices.
pub async fn tasks(here: &Here, who: &Who) -> Result<Vec<Task>, WatchError> {
    if who.organisation.id != here.installation.organisation_id || !here.installation.is_node {
        return Ok(Vec::new());
    }
    let alerts = newest_verified(here).await?;
    let may = |verb, resource| permit(who, verb, resource, ()).is_ok();
    let mut tasks = Vec::new();
    if may(Verb::Confirm, Resource::Confirmation) {
        tasks.extend(reviews(here).await?);
    }
    if may(Verb::Release, Resource::Answer) {
        tasks.extend(releases(here, &alerts).await?);
    }
    if may(Verb::See, Resource::Alert) {
        tasks.extend(acknowledgements(here, who, &alerts).await?);
    }
    if may(Verb::Change, Resource::Source) {
        tasks.extend(mends(here).await?);
    }
    mark(here, &alerts, &mut tasks).await?;
    tasks.sort_by(|one, other| (one.due_at, one.kind, &one.id).cmp(&(other.due_at, other.kind, &other.id)));
    Ok(tasks)
}

/// Gives each task about an alert its marking: what is not known counts as the strictest.
async fn mark(here: &Here, alerts: &BTreeMap<String, ReceivedAlert>, tasks: &mut [Task]) -> Result<(), WatchError> {
    if tasks.iter().all(|task| task.kind == Kind::Mend) {
        return Ok(());
    }
    let markings = receive::markings(here).await?;
    let of = |alert: &ReceivedAlert| {
        let key = [alert.hub_id.clone(), alert.report_id.clone(), alert.modified.clone()];
        markings.get(&key).copied().unwrap_or(Tlp::Red)
    };
    for task in tasks.iter_mut().filter(|task| task.kind != Kind::Mend) {
        let about = alerts.values().filter(|alert| alert.report_id == task.id || alert.headline == task.about);
        task.tlp = about.map(of).max().or(Some(Tlp::Red));
    }
    Ok(())
}

fn due(since: i64) -> Option<i64> {
    Some(since + DUE_HOURS * 3_600 * MICROS_PER_SECOND)
}

async fn newest_verified(here: &Here) -> Result<BTreeMap<String, ReceivedAlert>, WatchError> {
    let mut newest: BTreeMap<String, ReceivedAlert> = BTreeMap::new();
    for alert in sql::alerts(&here.store).await?.into_iter().filter(|alert| alert.state == VERIFIED) {
        let known = newest.get(&alert.report_id);
        if known.is_none_or(|known| known.version_key < alert.version_key) {
            newest.insert(alert.report_id.clone(), alert);
        }
    }
    Ok(newest)
}

async fn reviews(here: &Here) -> Result<Vec<Task>, WatchError> {
    let results = lookback::results(here).await?.into_iter();
    let matched = results.filter(|result| result.finding == Finding::MatchUnderReview);
    let task = |result: lookback::LookbackResult| Task {
        kind: Kind::Review,
        id: result.report_id,
        about: result.headline,
        tlp: None,
        due_at: due(result.searched_at),
    };
    Ok(matched.map(task).collect())
}

async fn releases(here: &Here, alerts: &BTreeMap<String, ReceivedAlert>) -> Result<Vec<Task>, WatchError> {
    let held = answers::held(&here.store).await?.into_iter().filter(|row| row.of_ref == row.report_id);
    let task = |row: answers::AnswerRow| Task {
        kind: Kind::Release,
        about: alerts.get(&row.report_id).map(|alert| alert.headline.clone()).unwrap_or_default(),
        id: row.sighting_id,
        tlp: None,
        due_at: due(row.made_at),
    };
    Ok(held.map(task).collect())
}

async fn acknowledgements(
    here: &Here,
    who: &Who,
    alerts: &BTreeMap<String, ReceivedAlert>,
) -> Result<Vec<Task>, WatchError> {
    let Some(duty) = duty_of(who) else { return Ok(Vec::new()) };
    let done = sql::acknowledged(&here.store, duty.text()).await?;
    let is_done = |alert: &&ReceivedAlert| !done.contains(&(alert.report_id.clone(), alert.modified.clone()));
    let task = |alert: &ReceivedAlert| Task {
        kind: Kind::Acknowledge,
        id: alert.report_id.clone(),
        about: alert.headline.clone(),
        tlp: None,
        due_at: alert.verified_at.and_then(due),
    };
    Ok(alerts.values().filter(is_done).map(task).collect())
}

async fn mends(here: &Here) -> Result<Vec<Task>, WatchError> {
    let mut tasks = Vec::new();
    for source in source::sources(here).await? {
        let facts = reading::facts_of(here, &source.id).await?;
        if facts.is_some_and(|facts| !facts.unreadable.is_empty()) {
            tasks.push(Task { kind: Kind::Mend, id: source.id, about: source.name, tlp: None, due_at: None });
        }
    }
    Ok(tasks)
}
