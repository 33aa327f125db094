//! A record is opened, goes on, is raised by two people with the sponsor's word, and is lowered by one.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ward_policy::{Basis, Grade, Resource, Stage, Verb, effective};
use ward_store::{Act, RowRef, Tx, random};

use super::{Clearance, DHS, Holder, Proposal, ProposalState, SEATS_A_STATE, StageDate, Way, word_of};
use crate::model::{Person, level_name};
use crate::permit::{ask_again, is_own};
use crate::spill::guard_person;
use crate::sql::clearance as sql;
use crate::{DirectoryError, Here, Permit, Who, organisation};

/// Longest line of text, in characters.
const LINE_CHARACTERS_MAX: usize = 120;

/// What is said of somebody who is to be cleared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewClearance {
    /// `DHS`, or who else.
    pub sponsor: String,
    pub grade: Grade,
    pub basis: Basis,
    /// One of those before anything is decided.
    pub stage: Stage,
    pub since: i64,
}

/// What changes about a record; nothing else does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeClearance {
    /// The next stage and since when.
    pub stage: Option<(Stage, i64)>,
    #[serde(rename = "level")]
    pub grade: Option<Grade>,
    pub nda_signed_at: Option<i64>,
    /// When the sponsor was asked, and how.
    pub verified: Option<(i64, Way)>,
}

/// Who at the sponsor confirmed a change, when, by which way, and where it can be found again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SponsorWord {
    pub person: String,
    pub at: i64,
    pub way: Way,
    pub reference: String,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It holds.
    Now,
    /// It raises the clearance: the proposal with this id waits for somebody else.
    Proposed(String),
}

/// Opens a record before anything is decided, and takes a seat.
///
/// # Errors
/// When it may not be, the state has no seat left, or the stage is not one of the first.
pub async fn open_clearance(
    here: &Here,
    permit: &Permit<Person>,
    new: &NewClearance,
) -> Result<String, DirectoryError> {
    own_people(here, permit, Verb::Create)?;
    let (who, on, now) = (permit.who(), permit.on(), here.now());
    let sponsor = line("the sponsor", &new.sponsor)?;
    guard_person(here, who, "clearance", &[sponsor]).await?;
    if !new.stage.is_pending() || new.basis == Basis::Interim {
        return Err(DirectoryError::invalid(
            "a record begins before the decision: identified, nominated, form-sent or investigating; what was granted is entered next, and confirmed by a second person",
        ));
    }
    past(here, "the stage", new.since)?;
    let sponsor = if sponsor.eq_ignore_ascii_case(DHS) { DHS.to_owned() } else { sponsor.to_owned() };
    let clearance = Clearance {
        id: random::id(),
        person_id: on.id.clone(),
        sponsor,
        grade: new.grade,
        basis: new.basis,
        stage: new.stage,
        nda_signed_at: None,
        verified_at: None,
        verified_by: String::new(),
        verified_how: String::new(),
        version: 1,
        opened_at: now,
    };
    let mut tx = here.store.begin().await?;
    take_seat(&mut tx, here, on, &clearance).await?;
    let known = sql::of_person_in(&mut tx, &on.id).await?;
    if known.iter().any(|one| !one.stage.is_over() && one.grade == new.grade) {
        return Err(DirectoryError::invalid(format!("{} has an open record of this level already", on.name)));
    }
    sql::insert(&mut tx, &clearance).await?;
    let stage = add_stage(&mut tx, who, &clearance, new.since, now).await?;
    let mut holder = sql::holder_in(&mut tx, &on.id).await?.unwrap_or_else(Holder::nothing);
    holder.left_at = None;
    sql::put_holder(&mut tx, &on.id, &holder).await?;
    let rows = [("clearance", clearance.id.clone()), ("clearance_stage", stage), ("clearance_holder", on.id.clone())];
    record(&mut tx, who, on, &clearance.id, ("clearance.opened", json!({ "stage": word_of(&new.stage) })), now, &rows)
        .await?;
    tx.commit().await?;
    Ok(clearance.id)
}

/// Changes a record. What raises it needs the sponsor's word and waits for a second person; all else holds at once.
///
/// # Errors
/// When it may not be, the change does not follow from the record, or the sponsor's word is missing where it is needed.
pub async fn change_clearance(
    here: &Here,
    permit: &Permit<Person>,
    clearance_id: &str,
    change: &ChangeClearance,
    word: Option<&SponsorWord>,
) -> Result<Changed, DirectoryError> {
    ask_again(here, permit, Verb::Change, Resource::Clearance, &permit.on().organisation_id)?;
    let (who, on, now) = (permit.who(), permit.on(), here.now());
    if let Some(word) = word {
        guard_person(here, who, "clearance", &[&word.person, &word.reference]).await?;
    }
    let mut tx = here.store.begin().await?;
    let before = found(&mut tx, clearance_id, &on.id).await?;
    let last = sql::last_stage_in(&mut tx, clearance_id).await?.unwrap_or_default();
    let after = changed(here, &before, change, last, &who.name)?;
    if after.held().is_more_than(&before.held(), now) {
        own_people(here, permit, Verb::Change)?;
        let id = propose(&mut tx, here, permit, &before, change, word).await?;
        tx.commit().await?;
        return Ok(Changed::Proposed(id));
    }
    let goes_on = change.stage.is_some_and(|(to, _)| !is_lower(to)) || after.grade > before.grade;
    if goes_on || change.verified.is_some() || change.nda_signed_at.is_some() {
        own_people(here, permit, Verb::Change)?;
    }
    let mut rows = write(&mut tx, here, who, &before, &after, change.stage.map(|(_, since)| since)).await?;
    rows.extend(settle(&mut tx, here, &on.id).await?);
    let detail = json!({ "stage": word_of(&after.stage) });
    record(&mut tx, who, on, clearance_id, ("clearance.changed", detail), now, &rows).await?;
    tx.commit().await?;
    Ok(Changed::Now)
}

/// Confirms or refuses what somebody else proposed.
///
/// # Errors
/// When the same person proposed it, it is about themself, it is not open any more, or the record changed since.
pub async fn decide_proposal(
    here: &Here,
    permit: &Permit<Person>,
    proposal_id: &str,
    is_confirmed: bool,
) -> Result<(), DirectoryError> {
    own_people(here, permit, Verb::Confirm)?;
    let (who, on, now) = (permit.who(), permit.on(), here.now());
    let unknown = || DirectoryError::Unknown { what: "proposal", id: proposal_id.to_owned() };
    let mut tx = here.store.begin().await?;
    let proposal = sql::proposal_in(&mut tx, proposal_id).await?.ok_or_else(unknown)?;
    let before = found(&mut tx, &proposal.clearance_id, &on.id).await.map_err(|_| unknown())?;
    if is_confirmed && proposal.proposed_by == who.actor {
        return Err(DirectoryError::invalid("whoever proposed it cannot confirm it: a second person does"));
    }
    let state = if is_confirmed { ProposalState::Confirmed } else { ProposalState::Refused };
    if !sql::decide(&mut tx, proposal_id, state, &who.actor, now).await? || proposal.version != before.version {
        return Err(DirectoryError::invalid("this proposal is not open any more; nothing was changed"));
    }
    let mut rows = vec![("clearance_proposal", proposal_id.to_owned())];
    let act = if is_confirmed {
        let last = sql::last_stage_in(&mut tx, &before.id).await?.unwrap_or_default();
        let by = sql::name_in(&mut tx, &proposal.proposed_by).await?;
        let mut after = changed(here, &before, &proposal.change, last, &by)?;
        // The sponsor's word is a verification by itself.
        if after.verified_at < Some(proposal.sponsor_at) {
            after.verified_at = Some(proposal.sponsor_at);
            after.verified_by = by;
            after.verified_how = word_of(&proposal.sponsor_way);
        }
        rows.extend(write(&mut tx, here, who, &before, &after, proposal.change.stage.map(|(_, since)| since)).await?);
        rows.extend(settle(&mut tx, here, &on.id).await?);
        "clearance.confirmed"
    } else {
        "clearance.refused"
    };
    let detail = json!({ "proposal": proposal_id });
    record(&mut tx, who, on, &before.id, (act, detail), now, &rows).await?;
    Ok(tx.commit().await?)
}

async fn propose(
    tx: &mut Tx,
    here: &Here,
    permit: &Permit<Person>,
    before: &Clearance,
    change: &ChangeClearance,
    word: Option<&SponsorWord>,
) -> Result<String, DirectoryError> {
    let (who, on, now) = (permit.who(), permit.on(), here.now());
    let word = word.ok_or_else(|| {
        DirectoryError::invalid(
            "this raises a clearance: say who at the sponsor confirmed it, when, by which way, and the reference of their word",
        )
    })?;
    past(here, "the sponsor's word", word.at)?;
    if !sql::open_proposals_in(tx, &before.id).await?.is_empty() {
        return Err(DirectoryError::invalid("another proposal about this record waits; confirm or refuse it first"));
    }
    let proposal = Proposal {
        id: random::id(),
        clearance_id: before.id.clone(),
        version: before.version,
        change: change.clone(),
        sponsor_person: line("who at the sponsor confirmed it", &word.person)?.to_owned(),
        sponsor_at: word.at,
        sponsor_way: word.way,
        sponsor_reference: line("the reference", &word.reference)?.to_owned(),
        proposed_by: who.actor.clone(),
        proposed_at: now,
        state: ProposalState::Open,
        decided_by: None,
        decided_at: None,
    };
    sql::insert_proposal(tx, &proposal).await?;
    let rows = [("clearance_proposal", proposal.id.clone())];
    let detail = json!({ "proposal": proposal.id });
    record(tx, who, on, &before.id, ("clearance.proposed", detail), now, &rows).await?;
    Ok(proposal.id)
}

/// The record as it would be.
fn changed(
    here: &Here,
    before: &Clearance,
    change: &ChangeClearance,
    last: i64,
    by: &str,
) -> Result<Clearance, DirectoryError> {
    if *change == ChangeClearance::default() {
        return Err(DirectoryError::invalid("nothing changes"));
    }
    let mut after = Clearance { version: before.version + 1, ..before.clone() };
    if let Some((stage, since)) = change.stage {
        past(here, "the stage", since)?;
        if !before.stage.goes_to(stage) {
            let (from, to) = (word_of(&before.stage), word_of(&stage));
            return Err(DirectoryError::invalid(format!("a record that is `{from}` does not become `{to}`")));
        }
        if since < last {
            return Err(DirectoryError::invalid("the stage begins before the one that it follows"));
        }
        after.stage = stage;
        after.basis = match (stage, before.basis) {
            (Stage::Interim, Basis::Final) => Basis::Interim,
            (Stage::Granted | Stage::ContinuousVetting, Basis::Interim) => Basis::Final,
            (_, basis) => basis,
        };
    } else if before.stage.is_over() {
        return Err(DirectoryError::invalid("this record has ended; what comes next is a new one"));
    }
    after.grade = change.grade.unwrap_or(before.grade);
    if let Some(at) = change.nda_signed_at {
        past(here, "the signature", at)?;
        after.nda_signed_at = Some(at);
    }
    if let Some((at, way)) = change.verified {
        past(here, "the verification", at)?;
        if before.verified_at.is_some_and(|known| known > at) {
            return Err(DirectoryError::invalid("it was verified later than that already"));
        }
        (after.verified_at, after.verified_by, after.verified_how) = (Some(at), by.to_owned(), word_of(&way));
    }
    Ok(after)
}

/// Writes the record as it is now; gives the rows written. What was proposed of it before counts no more.
pub(super) async fn write(
    tx: &mut Tx,
    here: &Here,
    who: &Who,
    before: &Clearance,
    after: &Clearance,
    since: Option<i64>,
) -> Result<Vec<(&'static str, String)>, DirectoryError> {
    let now = here.now();
    if !sql::update(tx, after, before.version).await? {
        return Err(DirectoryError::invalid("somebody else changed this record just now; look at it again"));
    }
    let mut rows = vec![("clearance", after.id.clone())];
    if let Some(since) = since {
        rows.push(("clearance_stage", add_stage(tx, who, after, since, now).await?));
    }
    for id in sql::open_proposals_in(tx, &after.id).await? {
        sql::decide(tx, &id, ProposalState::Overtaken, &who.actor, now).await?;
        rows.push(("clearance_proposal", id));
    }
    Ok(rows)
}

async fn add_stage(tx: &mut Tx, who: &Who, of: &Clearance, since: i64, at: i64) -> Result<String, DirectoryError> {
    let id = random::id();
    let (clearance_id, by_id) = (of.id.clone(), who.actor.clone());
    sql::insert_stage(tx, &id, &StageDate { clearance_id, stage: of.stage, since, by_id, at }).await?;
    Ok(id)
}

/// Makes somebody's level what their records say now; the only place that sets it.
pub(super) async fn settle(
    tx: &mut Tx,
    here: &Here,
    person_id: &str,
) -> Result<Vec<(&'static str, String)>, DirectoryError> {
    let records = sql::of_person_in(tx, person_id).await?;
    let (level, until) = effective(&sql::held(&records), here.now());
    let holder = sql::holder_in(tx, person_id).await?.unwrap_or_else(Holder::nothing);
    sql::put_holder(tx, person_id, &Holder { effective: level, effective_until: until, ..holder }).await?;
    sql::set_level(tx, person_id, level_name(level)).await?;
    Ok(vec![("clearance_holder", person_id.to_owned()), ("person", person_id.to_owned())])
}

async fn take_seat(tx: &mut Tx, here: &Here, on: &Person, new: &Clearance) -> Result<(), DirectoryError> {
    if new.sponsor != DHS || new.basis != Basis::Final {
        return Ok(());
    }
    let state = organisation(here, &on.organisation_id).await?.map(|office| office.state).unwrap_or_default();
    if state.is_empty() {
        return Ok(());
    }
    let seats = sql::hold_seats(tx, &state, SEATS_A_STATE).await?;
    let used = sql::seated_in(tx, &state, DHS, &on.id).await?;
    if used < seats {
        return Ok(());
    }
    Err(DirectoryError::invalid(format!(
        "{used} of {seats} seats of {state} are used; one must be free before somebody else is nominated"
    )))
}

/// Only the people of the office that runs this installation say that somebody is cleared, and nobody of themself.
pub(super) fn own_people(here: &Here, permit: &Permit<Person>, verb: Verb) -> Result<(), DirectoryError> {
    ask_again(here, permit, verb, Resource::Clearance, &permit.on().organisation_id)?;
    if !is_own(here, permit.who()) {
        return Err(DirectoryError::Refused { who: permit.who().name.clone() });
    }
    if permit.who().person_id.as_ref() == Some(&permit.on().id) {
        return Err(DirectoryError::invalid("nobody keeps their own record: somebody else does"));
    }
    Ok(())
}

fn is_lower(stage: Stage) -> bool {
    stage == Stage::Suspended || stage.is_over()
}

async fn found(tx: &mut Tx, clearance_id: &str, person_id: &str) -> Result<Clearance, DirectoryError> {
    let unknown = || DirectoryError::Unknown { what: "clearance", id: clearance_id.to_owned() };
    let found = sql::clearance_in(tx, clearance_id).await?;
    found.filter(|one| one.person_id == person_id).ok_or_else(unknown)
}

/// One line of text that says something.
pub(super) fn line<'a>(what: &str, text: &'a str) -> Result<&'a str, DirectoryError> {
    let text = text.trim();
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(DirectoryError::invalid(format!("{what} is missing")));
    }
    if text.chars().count() > LINE_CHARACTERS_MAX {
        return Err(DirectoryError::invalid(format!("{what} has more than {LINE_CHARACTERS_MAX} characters")));
    }
    Ok(text)
}

/// Nothing that is entered has yet to happen.
pub(super) fn past(here: &Here, what: &str, at: i64) -> Result<(), DirectoryError> {
    if at <= here.now() {
        return Ok(());
    }
    Err(DirectoryError::invalid(format!("{what} is of a day that has yet to come")))
}

pub(super) async fn record(
    tx: &mut Tx,
    who: &Who,
    on: &Person,
    subject: &str,
    (act, detail): (&'static str, Value),
    at: i64,
    rows: &[(&'static str, String)],
) -> Result<(), DirectoryError> {
    let keys: Vec<[&str; 1]> = rows.iter().map(|(_, key)| [key.as_str()]).collect();
    let rows: Vec<RowRef<'_>> =
        rows.iter().zip(&keys).map(|((table, _), key)| RowRef { table, key: key.as_slice() }).collect();
    let organisation = &on.organisation_id;
    tx.record(Act { act, actor: &who.actor, organisation, subject, at, detail: &detail, rows: &rows }).await?;
    Ok(())
}
