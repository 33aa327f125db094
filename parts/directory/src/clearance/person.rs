//! What goes with a person rather than with one record: topics, room, training, read-ins, and leaving office.

use serde_json::json;
use ward_policy::{Resource, Stage, Verb};
use ward_store::random;

use super::change::{line, own_people, past, record, settle, write};
use super::{Clearance, Holder, ReadIn, SecureContact, Training, TrainingKind, word_of};
use crate::model::Person;
use crate::permit::ask_again;
use crate::spill::guard_person;
use crate::sql::clearance as sql;
use crate::{DirectoryError, Here, Permit};

/// Most topics of one person.
const TOPICS_MAX: usize = 20;
/// Longest way to a room that is one: two days.
const TRAVEL_MINUTES_MAX: i64 = 2_880;

/// What is said of somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    pub is_chief_official: bool,
    /// Unclassified titles.
    pub topics: Vec<String>,
    pub room: String,
    pub travel_minutes: Option<i64>,
    pub secure_contact: SecureContact,
}

/// What is said of a read-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReadIn {
    pub at: i64,
    pub place: String,
    /// Unclassified.
    pub topic: String,
    pub briefer: String,
}

/// Writes what somebody needs to know and where they can hear it, in place of what was written before.
///
/// # Errors
/// When it may not be, or a text is not fit.
pub async fn set_details(here: &Here, permit: &Permit<Person>, new: &Details) -> Result<(), DirectoryError> {
    own_people(here, permit, Verb::Change)?;
    let (who, on) = (permit.who(), permit.on());
    let texts: Vec<&str> = new.topics.iter().chain([&new.room]).map(String::as_str).collect();
    guard_person(here, who, "clearance", &texts).await?;
    if new.topics.len() > TOPICS_MAX {
        return Err(DirectoryError::invalid(format!("somebody has at most {TOPICS_MAX} topics")));
    }
    let topics = new.topics.iter().map(|topic| line("a topic", topic).map(str::to_owned)).collect::<Result<_, _>>()?;
    let room = if new.room.trim().is_empty() { "" } else { line("the room", &new.room)? };
    if new.travel_minutes.is_some_and(|minutes| !(0..=TRAVEL_MINUTES_MAX).contains(&minutes)) {
        return Err(DirectoryError::invalid(format!("the way takes 0 to {TRAVEL_MINUTES_MAX} minutes")));
    }
    let mut tx = here.store.begin().await?;
    let known = sql::holder_in(&mut tx, &on.id).await?.unwrap_or_else(Holder::nothing);
    let holder = Holder {
        is_chief_official: new.is_chief_official,
        topics,
        room: room.to_owned(),
        travel_minutes: new.travel_minutes,
        secure_contact: new.secure_contact,
        ..known
    };
    sql::put_holder(&mut tx, &on.id, &holder).await?;
    let rows = [("clearance_holder", on.id.clone())];
    record(&mut tx, who, on, &on.id, ("person.briefing-details", json!({})), here.now(), &rows).await?;
    Ok(tx.commit().await?)
}

/// Notes that somebody was trained; later training of the same kind takes the place of earlier.
///
/// # Errors
/// When it may not be, or the day has yet to come.
pub async fn add_training(
    here: &Here,
    permit: &Permit<Person>,
    kind: TrainingKind,
    at: i64,
) -> Result<(), DirectoryError> {
    own_people(here, permit, Verb::Change)?;
    past(here, "the training", at)?;
    let (who, on) = (permit.who(), permit.on());
    let mut tx = here.store.begin().await?;
    let mut holder = sql::holder_in(&mut tx, &on.id).await?.unwrap_or_else(Holder::nothing);
    holder.training.retain(|done| done.kind != kind);
    holder.training.push(Training { kind, at });
    holder.training.sort_by_key(|done| done.kind);
    sql::put_holder(&mut tx, &on.id, &holder).await?;
    let rows = [("clearance_holder", on.id.clone())];
    let detail = json!({ "training": word_of(&kind) });
    record(&mut tx, who, on, &on.id, ("person.trained", detail), here.now(), &rows).await?;
    Ok(tx.commit().await?)
}

/// Notes a read-in for one briefing. It is no clearance and raises nothing.
///
/// # Errors
/// When it may not be, or something is missing.
pub async fn add_read_in(here: &Here, permit: &Permit<Person>, new: &NewReadIn) -> Result<String, DirectoryError> {
    own_people(here, permit, Verb::Change)?;
    let (who, on) = (permit.who(), permit.on());
    guard_person(here, who, "read-in", &[&new.place, &new.topic, &new.briefer]).await?;
    past(here, "the read-in", new.at)?;
    let read_in = ReadIn {
        id: random::id(),
        person_id: on.id.clone(),
        at: new.at,
        place: line("the place", &new.place)?.to_owned(),
        topic: line("the topic", &new.topic)?.to_owned(),
        briefer: line("who briefs", &new.briefer)?.to_owned(),
        debriefed_at: None,
        by_id: who.actor.clone(),
    };
    let mut tx = here.store.begin().await?;
    sql::insert_read_in(&mut tx, &read_in).await?;
    let rows = [("read_in", read_in.id.clone())];
    record(&mut tx, who, on, &read_in.id, ("read-in.added", json!({})), here.now(), &rows).await?;
    tx.commit().await?;
    Ok(read_in.id)
}

/// Notes that somebody was debriefed after a read-in.
///
/// # Errors
/// When it may not be, or there is no such read-in that is open.
pub async fn debrief_read_in(here: &Here, permit: &Permit<Person>, id: &str, at: i64) -> Result<(), DirectoryError> {
    own_people(here, permit, Verb::Change)?;
    past(here, "the debriefing", at)?;
    let (who, on) = (permit.who(), permit.on());
    let mut tx = here.store.begin().await?;
    if !sql::debrief_read_in(&mut tx, id, &on.id, at).await? {
        return Err(DirectoryError::invalid("there is no open read-in that began before this debriefing"));
    }
    let rows = [("read_in", id.to_owned())];
    record(&mut tx, who, on, id, ("read-in.debriefed", json!({})), here.now(), &rows).await?;
    Ok(tx.commit().await?)
}

/// Notes that somebody left office: every record of theirs is withdrawn, their level falls, and who had access waits to be debriefed. One person
/// does it, their own office's too, and it works at once.
///
/// # Errors
/// When it may not be, or the day is wrong.
pub async fn leave_office(here: &Here, permit: &Permit<Person>, at: i64) -> Result<(), DirectoryError> {
    let (who, on, now) = (permit.who(), permit.on(), here.now());
    let of = &on.organisation_id;
    ask_again(here, permit, Verb::Change, Resource::Clearance, of)
        .or_else(|_| ask_again(here, permit, Verb::Change, Resource::Person, of))?;
    past(here, "the day", at)?;
    let mut tx = here.store.begin().await?;
    let mut rows = Vec::new();
    let known = sql::holder_in(&mut tx, &on.id).await?;
    for before in sql::of_person_in(&mut tx, &on.id).await?.into_iter().filter(|one| !one.stage.is_over()) {
        let since = sql::last_stage_in(&mut tx, &before.id).await?.unwrap_or_default().max(at);
        let after = Clearance { stage: Stage::Withdrawn, version: before.version + 1, ..before.clone() };
        rows.extend(write(&mut tx, here, who, &before, &after, Some(since)).await?);
    }
    if let Some(known) = known {
        let gone = Holder { left_at: Some(at), topics: Vec::new(), training: Vec::new(), ..known };
        sql::put_holder(&mut tx, &on.id, &gone).await?;
        rows.extend(settle(&mut tx, here, &on.id).await?);
    } else {
        rows.push(("person", on.id.clone()));
    }
    record(&mut tx, who, on, &on.id, ("person.left-office", json!({ "at": at })), now, &rows).await?;
    Ok(tx.commit().await?)
}
