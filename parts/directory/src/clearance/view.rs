//! What is shown of clearances: seats and who is stuck without anybody's level, one person's record whole, and what is to be done.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::json;
use ward_policy::{Basis, Level, Resource, Stage, Verb};
use ward_store::{Act, MICROS_PER_SECOND, RowRef};

use super::change::line;
use super::{Clearance, DHS, Holder, Listed, Proposal, ProposalState, ReadIn, SEATS_A_STATE, StageDate, Waiting};
use crate::permit::{ask_again, is_own};
use crate::sql::clearance as sql;
use crate::{DirectoryError, Here, Permit, Refused, Who, permit, person};

const DAY: i64 = 86_400 * MICROS_PER_SECOND;
/// Most seats that a state can be given.
const SEATS_MAX: i64 = 100;

/// The seats of a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeatRow {
    pub state: String,
    pub used: usize,
    pub seats: i64,
    /// How many of those who use one wait.
    pub waiting: usize,
}

/// Somebody who waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pending {
    pub person_id: String,
    pub person: String,
    pub office: String,
    pub organisation: String,
    pub state: String,
    pub clearance_id: String,
    pub stage: Stage,
    /// In this stage.
    pub days: i64,
    /// Each stage so far with its days, the first comes first.
    pub stages: Vec<(Stage, i64)>,
}

/// Everything that is to be seen at once; nobody's level.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// For the people of the installation's own office; no member learns of others.
    pub seats: Vec<SeatRow>,
    /// Those who have been in their stage longest come first.
    pub pending: Vec<Pending>,
    pub tasks: Vec<ClearanceTask>,
}

/// Something to do about somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClearanceTask {
    pub kind: ClearanceTaskKind,
    pub person_id: String,
    pub person: String,
    /// Since when it waits.
    pub since: i64,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClearanceTaskKind {
    /// Debrief who left or was withdrawn.
    Debrief,
    /// Debrief after a read-in.
    DebriefReadIn,
    /// Confirm or refuse what somebody else proposed.
    Confirm,
}

/// All that is on record of one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonRecord {
    pub person_id: String,
    pub person: String,
    pub office: String,
    pub organisation_id: String,
    /// What they are cleared to now.
    pub level: Level,
    pub holder: Option<Holder>,
    pub clearances: Vec<Clearance>,
    /// By record, each stage with when it began and its days.
    pub stages: BTreeMap<String, Vec<(Stage, i64, i64)>>,
    pub proposals: Vec<Proposal>,
    pub read_ins: Vec<ReadIn>,
    /// Records that wait for a debriefing.
    pub to_debrief: Vec<String>,
    /// Names of those who proposed.
    pub names: BTreeMap<String, String>,
}

/// Seats, who is stuck and what is to be done, for those who may see records; of their own office's people, or of all at the own office.
///
/// # Errors
/// When it may not be.
pub async fn overview(here: &Here, permitted: &Permit<()>) -> Result<Overview, DirectoryError> {
    let who = permitted.who();
    ask_again(here, permitted, Verb::See, Resource::Clearance, &who.organisation.id)?;
    let scope = scope(here, who);
    let listed = sql::listed(&here.store, scope, "").await?;
    let stages = by_record(sql::stages(&here.store, scope, "").await?);
    let now = here.now();
    let waits = |stage: Stage| stage.is_pending() || matches!(stage, Stage::Interim | Stage::Suspended);
    let mut pending: Vec<Pending> = listed
        .iter()
        .filter(|one| waits(one.clearance.stage))
        .map(|one| {
            let stages = days_in(stages.get(&one.clearance.id), now);
            Pending {
                person_id: one.clearance.person_id.clone(),
                person: one.person.clone(),
                office: one.office.clone(),
                organisation: one.organisation.clone(),
                state: one.state.clone(),
                clearance_id: one.clearance.id.clone(),
                stage: one.clearance.stage,
                days: stages.last().map_or(0, |(_, _, days)| *days),
                stages: stages.into_iter().map(|(stage, _, days)| (stage, days)).collect(),
            }
        })
        .collect();
    pending.sort_by(|a, b| (-a.days, &a.person, &a.clearance_id).cmp(&(-b.days, &b.person, &b.clearance_id)));
    let seats = if is_own(here, who) { seats(here, &listed).await? } else { Vec::new() };
    Ok(Overview { seats, pending, tasks: clearance_tasks(here, who).await? })
}

async fn seats(here: &Here, listed: &[Listed]) -> Result<Vec<SeatRow>, DirectoryError> {
    let other: BTreeMap<String, i64> = sql::seats(&here.store).await?.into_iter().collect();
    let mut rows = Vec::new();
    for state in sql::states(&here.store).await? {
        let sits = |one: &&Listed| {
            let (of, basis) = (&one.clearance, one.clearance.basis);
            one.state == state
                && of.sponsor == DHS
                && !of.stage.is_over()
                && matches!(basis, Basis::Final | Basis::Interim)
        };
        let seated: BTreeSet<&String> = listed.iter().filter(sits).map(|one| &one.clearance.person_id).collect();
        let has_one: BTreeSet<&String> = listed
            .iter()
            .filter(sits)
            .filter(|one| one.clearance.stage.is_cleared())
            .map(|one| &one.clearance.person_id)
            .collect();
        let seats = other.get(&state).copied().unwrap_or(SEATS_A_STATE);
        let (used, waiting) = (seated.len(), seated.difference(&has_one).count());
        rows.push(SeatRow { state, used, seats, waiting });
    }
    Ok(rows)
}

/// What waits for this person about clearances; nothing for who may not change or confirm any.
///
/// # Errors
/// When the database cannot be read.
pub async fn clearance_tasks(here: &Here, who: &Who) -> Result<Vec<ClearanceTask>, DirectoryError> {
    if permit(who, Verb::Change, Resource::Clearance, ()).is_err() {
        return Ok(Vec::new());
    }
    let confirms = is_own(here, who) && permit(who, Verb::Confirm, Resource::Clearance, ()).is_ok();
    let is_theirs = |one: &Waiting| {
        one.kind != ClearanceTaskKind::Confirm || confirms && one.by_id != who.actor && one.person_id != who.actor
    };
    let waiting = sql::waiting(&here.store, scope(here, who)).await?;
    let mut tasks: Vec<ClearanceTask> = waiting
        .into_iter()
        .filter(is_theirs)
        .map(|one| ClearanceTask { kind: one.kind, person_id: one.person_id, person: one.person, since: one.since })
        .collect();
    tasks.sort_by(|a, b| (a.kind, a.since, &a.person).cmp(&(b.kind, b.since, &b.person)));
    Ok(tasks)
}

/// Who signed and has no clearance any more is debriefed.
fn is_to_debrief(clearance: &Clearance) -> bool {
    clearance.stage == Stage::Withdrawn && clearance.nda_signed_at.is_some()
}

/// All that is on record of somebody, for themself and for who may see it.
///
/// # Errors
/// [`DirectoryError::Unknown`] when it may not be seen, or there is nobody.
pub async fn record_of(here: &Here, who: &Who, person_id: &str) -> Result<PersonRecord, DirectoryError> {
    let unknown = || DirectoryError::Unknown { what: "person", id: person_id.to_owned() };
    let of = person(here, person_id).await?.ok_or_else(unknown)?;
    let is_themself = who.person_id.as_deref() == Some(person_id);
    let is_near = is_own(here, who) || who.organisation.id == of.organisation_id;
    let sees = permit(who, Verb::See, Resource::Clearance, ()).map_err(|_: Refused| unknown());
    if !is_themself && (!is_near || sees.is_err()) {
        return Err(unknown());
    }
    let holder = sql::holder(&here.store, person_id).await?;
    let clearances: Vec<Clearance> =
        sql::listed(&here.store, "", person_id).await?.into_iter().map(|one| one.clearance).collect();
    let stages = by_record(sql::stages(&here.store, "", person_id).await?);
    let proposals = sql::proposals(&here.store, person_id).await?;
    let now = here.now();
    Ok(PersonRecord {
        level: holder.as_ref().map_or(Level::Unclassified, |holder| holder.level(now).min(of.clearance)),
        person_id: of.id,
        person: of.name,
        office: of.office,
        organisation_id: of.organisation_id,
        holder,
        stages: stages.iter().map(|(id, dates)| (id.clone(), days_in(Some(dates), now))).collect(),
        to_debrief: clearances.iter().filter(|one| is_to_debrief(one)).map(|one| one.id.clone()).collect(),
        clearances,
        names: proposals.iter().map(|(one, by)| (one.proposed_by.clone(), by.clone())).collect(),
        proposals: proposals.into_iter().map(|(one, _)| one).collect(),
        read_ins: sql::read_ins(&here.store, person_id).await?,
    })
}

/// One's own record.
///
/// # Errors
/// [`DirectoryError::Unknown`] when whoever asks is no person.
pub async fn own_record(here: &Here, who: &Who) -> Result<PersonRecord, DirectoryError> {
    let id = who.person_id.clone().unwrap_or_default();
    record_of(here, who, &id).await
}

/// Says how many seats a state has.
///
/// # Errors
/// When it may not be.
pub async fn set_seats(here: &Here, permitted: &Permit<String>, seats: i64) -> Result<(), DirectoryError> {
    ask_again(here, permitted, Verb::Change, Resource::Clearance, &here.installation.organisation_id)?;
    let state = line("the state", permitted.on())?;
    if !sql::states(&here.store).await?.iter().any(|known| known == state) {
        return Err(DirectoryError::invalid(format!("no office here is in `{state}`")));
    }
    if !(0..=SEATS_MAX).contains(&seats) {
        return Err(DirectoryError::invalid(format!("a state has 0 to {SEATS_MAX} seats")));
    }
    let mut tx = here.store.begin().await?;
    sql::put_seats(&mut tx, state, seats).await?;
    let act = Act {
        act: "clearance.seats",
        actor: &permitted.who().actor,
        organisation: &permitted.who().organisation.id,
        subject: state,
        at: here.now(),
        detail: &json!({ "seats": seats }),
        rows: &[RowRef { table: "clearance_seat", key: &[state] }],
    };
    tx.record(act).await?;
    Ok(tx.commit().await?)
}

/// Whose records somebody sees: all at the office that runs this installation, else those of their own organisation.
pub(super) fn scope<'a>(here: &Here, who: &'a Who) -> &'a str {
    if is_own(here, who) { "" } else { &who.organisation.id }
}

fn by_record(dates: Vec<StageDate>) -> BTreeMap<String, Vec<StageDate>> {
    let mut found: BTreeMap<String, Vec<StageDate>> = BTreeMap::new();
    for date in dates {
        found.entry(date.clearance_id.clone()).or_default().push(date);
    }
    found
}

/// Each stage with when it began and its days, up to the next one or to now.
fn days_in(dates: Option<&Vec<StageDate>>, now: i64) -> Vec<(Stage, i64, i64)> {
    let dates = dates.map_or(&[] as &[StageDate], Vec::as_slice);
    let ends = dates.iter().skip(1).map(|next| next.since).chain([now]);
    dates.iter().zip(ends).map(|(date, end)| (date.stage, date.since, (end - date.since).max(0) / DAY)).collect()
}

impl Proposal {
    /// Whether it waits for a second person.
    pub fn is_open(&self) -> bool {
        self.state == ProposalState::Open
    }
}
