//! Who is cleared, as a list: it is a target by itself, so it is given out for a reason only, and each time is on the record.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use ward_policy::{Basis, Briefing, Grade, Holder as PolicyHolder, Level, Resource, Stage, Verb};
use ward_store::Act;

use super::change::line;
use super::view::scope;
use super::{Holder, Listed, word_of};
use crate::permit::ask_again;
use crate::spill::guard_person;
use crate::sql::clearance as sql;
use crate::{DirectoryError, Here, Permit, Who};

/// Shortest reason, in characters.
const REASON_CHARACTERS_MIN: usize = 8;

/// A briefing that is to be held, and why somebody asks who can come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub grade: Grade,
    /// Unclassified.
    pub topic: String,
    pub within_minutes: Option<i64>,
    pub reason: String,
}

/// Somebody with a record, and why they cannot be briefed; no reason: they can.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Briefed {
    pub person_id: String,
    pub person: String,
    pub office: String,
    pub organisation: String,
    pub state: String,
    pub stage: Stage,
    pub room: String,
    pub travel_minutes: Option<i64>,
    pub is_chief_official: bool,
    pub lacks: Vec<&'static str>,
}

/// A line of the roster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RosterRow {
    pub person: String,
    pub office: String,
    pub organisation: String,
    pub state: String,
    pub sponsor: String,
    #[serde(rename = "level")]
    pub grade: Grade,
    #[serde(rename = "kind")]
    pub basis: Basis,
    pub stage: Stage,
    pub nda_signed_at: Option<i64>,
    pub verified_at: Option<i64>,
    /// What the person is cleared to now.
    pub effective: Level,
}

/// Who can be briefed today, those who can come first. The question and its reason are on the record.
///
/// # Errors
/// When it may not be asked, or without a reason or a topic.
pub async fn who_can_be_briefed(here: &Here, permit: &Permit<Asked>) -> Result<Vec<Briefed>, DirectoryError> {
    let (who, asked, now) = (permit.who(), permit.on(), here.now());
    ask_again(here, permit, Verb::See, Resource::Roster, &who.organisation.id)?;
    guard_person(here, who, "briefing", &[&asked.topic, &asked.reason]).await?;
    let (topic, reason) = (line("the topic", &asked.topic)?, reason(&asked.reason)?);
    let briefing = Briefing { grade: asked.grade, topic, within_minutes: asked.within_minutes };
    let (listed, holders) = read(here, who).await?;
    let nothing = Holder::nothing();
    let mut found: BTreeMap<String, Briefed> = BTreeMap::new();
    for one in listed.into_iter().filter(|one| one.clearance.stage != Stage::Debriefed) {
        let known = holders.get(&one.clearance.person_id).unwrap_or(&nothing);
        let holder = PolicyHolder { topics: &known.topics, room: &known.room, travel_minutes: known.travel_minutes };
        let lacks = one.clearance.held().lacks(&holder, &briefing, now);
        let id = one.clearance.person_id.clone();
        // Of several records the one that comes nearest counts.
        if found.get(&id).is_none_or(|known| lacks.len() < known.lacks.len()) {
            found.insert(id, briefed(one, known, lacks));
        }
    }
    let mut found: Vec<Briefed> = found.into_values().collect();
    found.sort_by(|a, b| (a.lacks.len(), &a.state, &a.person).cmp(&(b.lacks.len(), &b.state, &b.person)));
    let can = found.iter().filter(|one| one.lacks.is_empty()).count();
    let detail = json!({ "level": word_of(&asked.grade), "topic": topic, "reason": reason, "can": can, "cannot": found.len() - can });
    record(here, who, "roster.asked", detail).await?;
    Ok(found)
}

/// The roster, for a reason that is on the record before anybody has it.
///
/// # Errors
/// When it may not be given out, or without a reason.
pub async fn roster(here: &Here, permit: &Permit<String>) -> Result<Vec<RosterRow>, DirectoryError> {
    let (who, now) = (permit.who(), here.now());
    ask_again(here, permit, Verb::Release, Resource::Roster, &who.organisation.id)?;
    guard_person(here, who, "roster", &[permit.on()]).await?;
    let reason = reason(permit.on())?;
    let (listed, holders) = read(here, who).await?;
    let level = |id: &String| holders.get(id).map_or(Level::Unclassified, |holder| holder.level(now));
    let mut rows: Vec<RosterRow> = listed
        .into_iter()
        .map(|one| RosterRow {
            effective: level(&one.clearance.person_id),
            person: one.person,
            office: one.office,
            organisation: one.organisation,
            state: one.state,
            sponsor: one.clearance.sponsor,
            grade: one.clearance.grade,
            basis: one.clearance.basis,
            stage: one.clearance.stage,
            nda_signed_at: one.clearance.nda_signed_at,
            verified_at: one.clearance.verified_at,
        })
        .collect();
    rows.sort_by(|a, b| (&a.state, &a.person, a.grade).cmp(&(&b.state, &b.person, b.grade)));
    record(here, who, "roster.exported", json!({ "reason": reason, "rows": rows.len() })).await?;
    Ok(rows)
}

async fn read(here: &Here, who: &Who) -> Result<(Vec<Listed>, BTreeMap<String, Holder>), DirectoryError> {
    let scope = scope(here, who);
    let listed = sql::listed(&here.store, scope, "").await?;
    Ok((listed, sql::holders(&here.store, scope).await?.into_iter().collect()))
}

fn briefed(one: Listed, known: &Holder, lacks: Vec<&'static str>) -> Briefed {
    Briefed {
        person_id: one.clearance.person_id,
        person: one.person,
        office: one.office,
        organisation: one.organisation,
        state: one.state,
        stage: one.clearance.stage,
        room: known.room.clone(),
        travel_minutes: known.travel_minutes,
        is_chief_official: known.is_chief_official,
        lacks,
    }
}

fn reason(text: &str) -> Result<&str, DirectoryError> {
    let reason = line("the reason", text)?;
    if reason.chars().count() < REASON_CHARACTERS_MIN {
        return Err(DirectoryError::invalid("say in a few words what the list is for; it goes on the record"));
    }
    Ok(reason)
}

async fn record(here: &Here, who: &Who, act: &'static str, detail: Value) -> Result<(), DirectoryError> {
    let organisation = &who.organisation.id;
    let mut tx = here.store.begin().await?;
    let (actor, at) = (&who.actor, here.now());
    tx.record(Act { act, actor, organisation, subject: organisation, at, detail: &detail, rows: &[] }).await?;
    Ok(tx.commit().await?)
}
