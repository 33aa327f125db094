//! What waits for a member's person at their hub: alerts that nobody with their duty has acknowledged.

use serde::Serialize;
use ward_directory::{Here, Who};
use ward_policy::{Resource, Verb};
use ward_stix::marking::Tlp;
use ward_store::MICROS_PER_SECOND;

use crate::ShareError;
use crate::acknowledge::duty_of;
use crate::alert::{hub_permits, list};
use crate::sql::alerts;

/// An alert should be acknowledged within this time, in hours.
pub const DUE_HOURS: i64 = 24;

/// An alert to read, and to say so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Task {
    pub report_id: String,
    pub headline: String,
    pub tlp: Tlp,
    /// Microseconds UTC.
    pub due_at: i64,
}

/// What waits for this person, those due first come first; nothing for the hub's own people, who acknowledge nothing.
pub async fn tasks(here: &Here, who: &Who) -> Result<Vec<Task>, ShareError> {
    let Some(duty) = duty_of(who) else { return Ok(Vec::new()) };
    if !here.installation.is_hub || hub_permits(here, who, Verb::See, Resource::Alert).is_ok() {
        return Ok(Vec::new());
    }
    let mut newest = std::collections::BTreeMap::new();
    for alert in list(here, who).await? {
        newest.insert(alert.report_id.clone(), alert);
    }
    let done = alerts::acknowledged(&here.store, &who.organisation.id, duty.text()).await?;
    newest.retain(|_, alert| !done.contains(&(alert.report_id.clone(), alert.modified.clone())));
    let task = |alert: crate::alert::AlertSummary| {
        let due_at = alert.published_at? + DUE_HOURS * 3_600 * MICROS_PER_SECOND;
        Some(Task { report_id: alert.report_id, headline: alert.headline, tlp: alert.tlp, due_at })
    };
    let mut tasks: Vec<Task> = newest.into_values().filter_map(task).collect();
    tasks.sort_by_key(|task| task.due_at);
    Ok(tasks)
}
