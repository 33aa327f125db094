//! What waits for a person at this node, each with the day by which it should be done.

use std::collections::BTreeMap;

use serde::Serialize;
use ward_directory::{Here, Who, permit};
use ward_policy::{Resource, Verb};
use ward_share::acknowledge::duty_of;
use ward_stix::answer::Finding;
use ward_stix::marking::Tlp;
use ward_store::MICROS_PER_SECOND;

use crate::lookback::Found;
use crate::receive::{ListedAlert, VERIFIED};
use crate::sql::{answers, sending};
use crate::{WatchError, lookback, receive, source};

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
    /// Say whether the office's name goes with what its answer says now.
    ReleaseName,
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
    let (confirms, releases_answers) =
        (may(Verb::Confirm, Resource::Confirmation), may(Verb::Release, Resource::Answer));
    let found = if confirms || releases_answers { lookback::findings(here).await? } else { BTreeMap::new() };
    let mut tasks = Vec::new();
    if confirms {
        tasks.extend(reviews(&found, &alerts));
    }
    if releases_answers {
        tasks.extend(releases(here, &alerts).await?);
        tasks.extend(names(&found, &alerts));
    }
    if may(Verb::See, Resource::Alert) {
        tasks.extend(acknowledgements(here, who, &alerts).await?);
    }
    if may(Verb::Change, Resource::Source) {
        tasks.extend(mends(here).await?);
    }
    mark(&alerts, &mut tasks);
    tasks.sort_by(|one, other| (one.due_at, one.kind, &one.id).cmp(&(other.due_at, other.kind, &other.id)));
    Ok(tasks)
}

/// Gives each task about an alert its marking: what is not known counts as the strictest.
fn mark(alerts: &BTreeMap<String, ListedAlert>, tasks: &mut [Task]) {
    for task in tasks.iter_mut().filter(|task| task.kind != Kind::Mend) {
        let about = alerts.values().filter(|alert| alert.report_id == task.id || alert.headline == task.about);
        task.tlp = about.map(|alert| alert.tlp).max().or(Some(Tlp::Red));
    }
}

fn due(since: i64) -> Option<i64> {
    Some(since + DUE_HOURS * 3_600 * MICROS_PER_SECOND)
}

async fn newest_verified(here: &Here) -> Result<BTreeMap<String, ListedAlert>, WatchError> {
    let mut newest: BTreeMap<String, ListedAlert> = BTreeMap::new();
    for alert in receive::listed(here).await?.into_iter().filter(|alert| alert.state == VERIFIED) {
        let known = newest.get(&alert.report_id);
        if known.is_none_or(|known| known.version_key < alert.version_key) {
            newest.insert(alert.report_id.clone(), alert);
        }
    }
    Ok(newest)
}

fn headline(alerts: &BTreeMap<String, ListedAlert>, report_id: &str) -> String {
    alerts.get(report_id).map(|alert| alert.headline.clone()).unwrap_or_default()
}

fn reviews(found: &BTreeMap<String, Found>, alerts: &BTreeMap<String, ListedAlert>) -> Vec<Task> {
    let matched = found.iter().filter(|(_, found)| found.finding == Finding::MatchUnderReview);
    let task = |(report_id, found): (&String, &Found)| Task {
        kind: Kind::Review,
        about: headline(alerts, report_id),
        id: report_id.clone(),
        tlp: None,
        due_at: due(found.searched_at),
    };
    matched.map(task).collect()
}

async fn releases(here: &Here, alerts: &BTreeMap<String, ListedAlert>) -> Result<Vec<Task>, WatchError> {
    let task = |row: answers::WaitingRow| Task {
        kind: Kind::Release,
        about: headline(alerts, &row.report_id),
        id: row.sighting_id,
        tlp: None,
        due_at: due(row.made_at),
    };
    Ok(answers::waiting(&here.store, "").await?.into_iter().map(task).collect())
}

/// A name that was released beside a milder answer does not go along until somebody says so again, or takes it back.
fn names(found: &BTreeMap<String, Found>, alerts: &BTreeMap<String, ListedAlert>) -> Vec<Task> {
    let is_outgrown = |found: &Found| found.released.as_ref().is_some_and(|said| !said.lets(found.finding));
    let task = |(report_id, found): (&String, &Found)| Task {
        kind: Kind::ReleaseName,
        about: headline(alerts, report_id),
        id: report_id.clone(),
        tlp: None,
        due_at: due(found.searched_at),
    };
    found.iter().filter(|(_, found)| is_outgrown(found)).map(task).collect()
}

async fn acknowledgements(
    here: &Here,
    who: &Who,
    alerts: &BTreeMap<String, ListedAlert>,
) -> Result<Vec<Task>, WatchError> {
    let Some(duty) = duty_of(who) else { return Ok(Vec::new()) };
    let done = sending::acknowledged(&here.store, duty.text()).await?;
    let is_done = |alert: &&ListedAlert| !done.contains(&(alert.report_id.clone(), alert.modified.clone()));
    let task = |alert: &ListedAlert| Task {
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
    for (source, facts) in source::all_with_facts(here).await? {
        let is_broken = facts.is_some_and(|facts| !facts.unreadable.is_empty());
        if is_broken && source.removed_at.is_none() {
            tasks.push(Task { kind: Kind::Mend, id: source.id, about: source.name, tlp: None, due_at: None });
        }
    }
    Ok(tasks)
}
