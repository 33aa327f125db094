//! What reached whom: deliveries, which a page of alerts makes by itself, and acknowledgements, which people and nodes make.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::json;
use ward_directory::{Here, Permit, Scope, Who, recipient};
use ward_policy::{Action, Resource, Role, Verb, decide};
use ward_store::{Act, RowRef};

use crate::alert::{PUBLISHED_STATE, handling, hub_permits, load};
use crate::sql::alerts::{self, AlertRow, Reached};
use crate::sql::lists;
use crate::{ShareError, spill};

/// Longest name of a person, in characters.
const PERSON_MAX: usize = 200;

/// Who in an organisation acknowledges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Duty {
    /// The machine: it has the alert and verified it.
    Node,
    /// The election official.
    Election,
    /// Whoever looks after the systems.
    It,
}

impl Duty {
    /// All duties.
    pub const ALL: [Duty; 3] = [Duty::Node, Duty::Election, Duty::It];

    /// The word in data.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Duty::Node => "node",
            Duty::Election => "election",
            Duty::It => "it",
        }
    }

    /// The duty of that word.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Duty> {
        Duty::ALL.into_iter().find(|duty| duty.text() == text)
    }
}

/// In which duty a person acknowledges: whoever looks after the systems, or the election official. None for roles that have neither.
#[must_use]
pub fn duty_of(who: &Who) -> Option<Duty> {
    if who.roles.contains(&Role::It) {
        return Some(Duty::It);
    }
    who.roles.iter().any(|role| matches!(role, Role::Clerk | Role::Director)).then_some(Duty::Election)
}

/// Notes that the caller's organisation has read a version of an alert. Gives false when this duty had done so before; nothing changes then.
///
/// # Errors
/// [`ShareError::Unseen`] when there is no such published alert for the caller, [`ShareError::Forbidden`] with a token that only
/// reads, [`ShareError::Invalid`] without a name.
pub async fn acknowledge(
    here: &Here,
    who: &Who,
    report_id: &str,
    modified: &str,
    duty: Duty,
    person: &str,
) -> Result<bool, ShareError> {
    let length = person.trim().chars().count();
    if !(1..=PERSON_MAX).contains(&length) || person.chars().any(char::is_control) {
        return Err(ShareError::invalid("an acknowledgement names the person or machine that made it"));
    }
    // Before anything is looked up, so that it tells nothing of what there is.
    if !who.scopes.iter().any(|scope| matches!(scope, Scope::Write | Scope::Node)) {
        return Err(ShareError::Forbidden { who: who.name.clone() });
    }
    check_readable(here, who, report_id, modified).await?;
    spill::guard(here, who, "acknowledgement", person).await?;
    let organisation = who.organisation.id.as_str();
    let mut tx = here.store.begin().await?;
    let key = (report_id, modified);
    if !alerts::insert_acknowledgement(&mut tx, key, organisation, (duty.text(), person.trim()), here.now()).await? {
        return Ok(false);
    }
    let act = Act {
        act: "alert.acknowledged",
        actor: &who.actor,
        organisation,
        subject: report_id,
        at: here.now(),
        detail: &json!({"modified": modified, "duty": duty.text()}),
        rows: &[RowRef { table: "acknowledgement", key: &[report_id, modified, organisation, duty.text()] }],
    };
    tx.record(act).await?;
    tx.commit().await?;
    Ok(true)
}

/// Notes that these versions of alerts went to the caller's organisation, in one entry; what went before is left out, and the hub itself is
/// no recipient. The caller has decided that they may be seen. Gives how many were new.
pub async fn delivered(here: &Here, who: &Who, versions: &[(String, String)]) -> Result<usize, ShareError> {
    let organisation = who.organisation.id.as_str();
    if organisation == here.installation.organisation_id {
        return Ok(0);
    }
    // Most pages bring nothing new: look before taking the one writer's place.
    let mut new = Vec::new();
    for (report_id, modified) in versions {
        let is_published =
            alerts::alert(&here.store, report_id, modified).await?.is_some_and(|row| row.state == PUBLISHED_STATE);
        if is_published && !alerts::is_delivered(&here.store, (report_id, modified), organisation).await? {
            new.push((report_id.as_str(), modified.as_str()));
        }
    }
    if new.is_empty() {
        return Ok(0);
    }
    let mut tx = here.store.begin().await?;
    let mut written = Vec::new();
    for (report_id, modified) in new {
        if alerts::insert_delivery(&mut tx, (report_id, modified), organisation, here.now()).await? {
            written.push([report_id, modified, organisation]);
        }
    }
    if written.is_empty() {
        return Ok(0);
    }
    let rows: Vec<RowRef<'_>> = written.iter().map(|key| RowRef { table: "delivery", key }).collect();
    let act = Act {
        act: "alert.delivered",
        actor: &who.actor,
        organisation,
        subject: organisation,
        at: here.now(),
        detail: &json!({"alerts": written.len()}),
        rows: &rows,
    };
    tx.record(act).await?;
    tx.commit().await?;
    Ok(written.len())
}

async fn check_readable(here: &Here, who: &Who, report_id: &str, modified: &str) -> Result<(), ShareError> {
    let unseen = || ShareError::Unseen { what: "alert", id: report_id.to_owned() };
    let loaded = load(here, report_id, modified).await?;
    if loaded.row.state != PUBLISHED_STATE {
        return Err(unseen());
    }
    let addressed = alerts::recipients(&here.store, report_id).await?;
    let handling = handling(here, &loaded.report, addressed, loaded.row.published_at);
    let decision = decide(&recipient(here, who).await?, &handling, Action::Read, here.now());
    if decision.allowed { Ok(()) } else { Err(unseen()) }
}

/// How far one published version of an alert has come, by a time; for figures. Times are microseconds UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reach {
    pub report_id: String,
    pub modified: String,
    pub published_at: i64,
    /// When any member first saw what the alert is about, where that is known.
    pub first_seen_at: Option<i64>,
    /// Whether it corrects an earlier version.
    pub is_correction: bool,
    pub recipients: Vec<RecipientReach>,
}

/// How far it has come with one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecipientReach {
    pub organisation_id: String,
    pub delivered_at: Option<i64>,
    pub election_acknowledged_at: Option<i64>,
    pub it_acknowledged_at: Option<i64>,
    /// A verified election contact and a verified IT contact at that time.
    pub has_verified_pair: bool,
}

/// How far every version that was published by `as_of` had come by then, in the order of publication. For the hub's people who see briefs.
///
/// # Errors
/// [`ShareError::Forbidden`].
pub async fn reach(here: &Here, permit: &Permit<()>, as_of: i64) -> Result<Vec<Reach>, ShareError> {
    hub_permits(here, permit.who(), Verb::See, Resource::Brief)?;
    let pairs = verified_pairs(here, as_of).await?;
    let mut reaches = Vec::new();
    let mut first_versions: Vec<String> = Vec::new();
    let mut published = alerts::alerts(&here.store).await?;
    published.retain(|row| row.state == PUBLISHED_STATE && row.published_at.is_some_and(|at| at <= as_of));
    published.sort_by_key(|row| row.published_at);
    for row in published {
        let deliveries = alerts::deliveries(&here.store, &row.report_id, as_of).await?;
        let acknowledgements = alerts::acknowledgements(&here.store, &row.report_id, as_of).await?;
        let is_correction = first_versions.contains(&row.report_id);
        first_versions.push(row.report_id.clone());
        reaches.push(reach_of(&row, is_correction, &deliveries, &acknowledgements, &pairs));
    }
    Ok(reaches)
}

/// Ids of the organisations that had a verified election contact and a verified IT contact at that time.
async fn verified_pairs(here: &Here, as_of: i64) -> Result<HashSet<String>, ShareError> {
    let all = lists::reachable(&here.store, as_of).await?.into_iter();
    let both = all.filter(|one| {
        [one.election_verified_at, one.it_verified_at].into_iter().all(|at| crate::alert::is_recent(at, as_of))
    });
    Ok(both.map(|one| one.id).collect())
}

fn reach_of(
    row: &AlertRow,
    is_correction: bool,
    deliveries: &[Reached],
    acknowledgements: &[Reached],
    pairs: &HashSet<String>,
) -> Reach {
    let mut first: HashMap<(&str, &str), i64> = HashMap::new();
    for one in deliveries.iter().chain(acknowledgements).filter(|one| one.modified == row.modified) {
        let at = first.entry((&one.organisation_id, &one.duty)).or_insert(one.at);
        *at = one.at.min(*at);
    }
    let recipient = |id: &String| RecipientReach {
        organisation_id: id.clone(),
        delivered_at: first.get(&(id.as_str(), "")).copied(),
        election_acknowledged_at: first.get(&(id.as_str(), Duty::Election.text())).copied(),
        it_acknowledged_at: first.get(&(id.as_str(), Duty::It.text())).copied(),
        has_verified_pair: pairs.contains(id),
    };
    Reach {
        report_id: row.report_id.clone(),
        modified: row.modified.clone(),
        published_at: row.published_at.unwrap_or_default(),
        first_seen_at: row.first_seen_at,
        is_correction,
        recipients: row.recipients.iter().map(recipient).collect(),
    }
}
