//! Versions of restricted objects that can be passed on: asked for with one click, drafted, and released by two people as the hub's own.
//!
//! Never a redaction under the same id (STIX 2.1, sections 3.5 and 3.6). Of what others sent, a person of theirs approves and one of the hub. Who
//! does not see the restricted object learns neither that there is one, nor that somebody asked, nor what its new version is.

mod read;
pub(crate) mod sight;

use std::collections::BTreeSet;

use serde::Serialize;
use ward_directory::{Here, Who, own_organisation, permit};
use ward_policy::{Resource, Verb};
use ward_stix::marking;
use ward_stix::object::Object;
use ward_stix::tear_line::{Choice, Making, TearLine as Made, make};
use ward_stix::timestamp::format_stix;
use ward_store::{StoreError, Tx, random};

use crate::ShareError;
use crate::collections::{self, Kind};
use crate::handling::{FROM_ARRIVAL, Handled};
use crate::intake;
use crate::request::{APPROVALS_NEEDED, decides, record};
use crate::spill;
use crate::sql::tear_lines::{self as sql, DraftRow, TearLineRow};
pub(crate) use read::standing;
pub use read::{Listed, ListedDraft, Shown, ShownDraft, Standing, Task, TaskKind, list, of, one, tasks};
use sight::Seen;

/// Longest reason, in characters.
const TEXT_MAX: usize = 1_000;

const OPEN: &str = "open";
const RELEASED: &str = "released";
const DECLINED: &str = "declined";

/// What a draft holds, for who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drafted {
    pub tear_line_id: String,
    /// What is approved.
    pub draft_id: String,
    /// The id that the new object will have.
    pub new_id: String,
    /// Selectors of what it leaves out.
    pub removed: Vec<String>,
}

/// What an approval did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approved {
    /// One more person must approve; of the sender's organisation or the hub's, if that is missing.
    Waits,
    /// The new object's id.
    Released(String),
}

/// Asks for a version of an object, in the name of the caller's organisation. Gives the id of the request; asking again changes nothing.
///
/// # Errors
/// [`ShareError::Unseen`] for who does not see the object; [`ShareError::Forbidden`] for who is no person; [`ShareError::Invalid`] for what
/// everyone may have as it is.
pub async fn ask(here: &Here, who: &Who, stix_id: &str) -> Result<String, ShareError> {
    let seen = sight::seen(here, who, stix_id).await?.ok_or_else(|| unseen_object(stix_id))?;
    if who.person_id.is_none() {
        return Err(ShareError::Forbidden { who: who.name.clone() });
    }
    if seen.newest.markings == [marking::Tlp::Clear.label()] {
        return Err(ShareError::invalid("everyone may have this as it is"));
    }
    let mut tx = here.store.begin().await?;
    tx.take_turn(here.now()).await?;
    let (row, is_new) = match sql::latest(&mut tx, stix_id).await? {
        Some(row) if row.state == RELEASED => return Ok(row.id),
        Some(row) if row.state == OPEN => (row, false),
        _ => (begin(here, &mut tx, stix_id).await?, true),
    };
    let own = &who.organisation.id;
    if sql::asked_by(&mut tx, &row.id).await?.contains(own) {
        return Ok(row.id);
    }
    sql::insert_ask(&mut tx, &row.id, own, &who.actor, here.now()).await?;
    let mut rows: Vec<(&'static str, Vec<&str>)> = vec![("tear_line_ask", vec![&row.id, own])];
    if is_new {
        rows.push(("tear_line", vec![&row.id]));
    }
    record(&mut tx, here, who, ("tear-line.asked", &row.id), &rows).await?;
    tx.commit().await?;
    Ok(row.id)
}

async fn begin(here: &Here, tx: &mut Tx, stix_id: &str) -> Result<TearLineRow, ShareError> {
    let row = TearLineRow {
        id: random::id(),
        stix_id: stix_id.to_owned(),
        state: OPEN.to_owned(),
        asked_at: here.now(),
        draft_id: None,
        reason: String::new(),
        closed_at: None,
    };
    sql::insert(tx, &row).await?;
    Ok(row)
}

/// Drafts the version of an object; it takes the place of an earlier draft, whose approvals count no more.
///
/// # Errors
/// [`ShareError::Unseen`] for who does not see the object; [`ShareError::Forbidden`] for who may not draft; [`ShareError::Invalid`] when nothing
/// sound is left, something of what was hidden is, or there is a released version.
pub async fn draft(here: &Here, who: &Who, stix_id: &str, choice: &Choice) -> Result<Drafted, ShareError> {
    let seen = sight::seen(here, who, stix_id).await?.ok_or_else(|| unseen_object(stix_id))?;
    let place = "the draft of a version that can be passed on";
    spill::guard(here, who, place, &choice.replace).await?;
    let mut tx = here.store.begin().await?;
    tx.take_turn(here.now()).await?;
    let owners = sight::owners(here, &mut tx, stix_id).await?;
    if !may_draft(here, who, &owners) {
        return Err(ShareError::Forbidden { who: who.name.clone() });
    }
    let (row, is_new) = match sql::latest(&mut tx, stix_id).await? {
        Some(row) if row.state == RELEASED => {
            return Err(ShareError::invalid("there is a version of this that can be passed on"));
        }
        Some(row) if row.state == OPEN => (row, false),
        _ => (begin(here, &mut tx, stix_id).await?, true),
    };
    let made = made(here, &mut tx, &seen, choice, &owners).await?;
    if spill::is_classified(&made.object) {
        drop(tx);
        spill::guard_objects(here, who, place, [&made.object].into_iter()).await?;
        return Err(ShareError::invalid(spill::REFUSED));
    }
    let draft = draft_row(here, who, (&row.id, &seen), choice, &made)?;
    sql::insert_draft(&mut tx, &draft).await?;
    let mut rows = vec![("tear_line_draft", vec![draft.id.as_str()])];
    rows.push(("tear_line", vec![row.id.as_str()]));
    let act = if is_new { "tear-line.drafted-unasked" } else { "tear-line.drafted" };
    record(&mut tx, here, who, (act, &row.id), &rows).await?;
    tx.commit().await?;
    Ok(Drafted { tear_line_id: row.id, draft_id: draft.id, new_id: draft.new_id, removed: made.removed })
}

async fn made(
    here: &Here,
    tx: &mut Tx,
    seen: &Seen,
    choice: &Choice,
    owners: &BTreeSet<String>,
) -> Result<Made, ShareError> {
    let restricted = Object::parse(&seen.body).map_err(|e| StoreError::Record(e.to_string()))?;
    let audience = sight::audience(here, tx, &restricted, choice.tlp).await?;
    let hub = own_organisation(here).await?.identity_id;
    let making = Making {
        id: &format!("{}--{}", restricted.kind(), random::uuid()),
        made_by: &hub,
        at: &format_stix(here.now()),
        audience: &audience,
        unspoken: &sight::unspoken(here, owners).await?,
        // Only TLP is understood on portions: what else they are marked with is left out.
        lookup: &|_| None,
    };
    make(&restricted, choice, &making).map_err(|error| ShareError::invalid(error.to_string()))
}

fn draft_row(
    here: &Here,
    who: &Who,
    (tear_line_id, seen): (&str, &Seen),
    choice: &Choice,
    made: &Made,
) -> Result<DraftRow, ShareError> {
    let in_json = |error: serde_json::Error| StoreError::Record(error.to_string());
    Ok(DraftRow {
        id: random::id(),
        tear_line_id: tear_line_id.to_owned(),
        of_version: seen.newest.row.version_key.clone(),
        choice: serde_json::to_string(choice).map_err(in_json)?,
        removed: serde_json::to_string(&made.removed).map_err(in_json)?,
        new_id: made.object.id().to_owned(),
        body: made.object.bytes().to_vec(),
        drafted_by: who.actor.clone(),
        at: here.now(),
    })
}

/// Approves a draft. The second approval releases it, if the hub and everyone whose object it is are among those who approved.
///
/// # Errors
/// [`ShareError::Unseen`] without such a draft, or for who does not see the restricted object; [`ShareError::Forbidden`] for who has no say;
/// [`ShareError::Invalid`] when it counts no more, or the same person approved before.
pub async fn approve(here: &Here, who: &Who, draft_id: &str) -> Result<Approved, ShareError> {
    let mut tx = here.store.begin_reading().await?;
    let draft = sql::draft(&mut tx, draft_id).await?.ok_or_else(|| unseen(draft_id))?;
    tx.commit().await?;
    let seen = seen_of(here, who, &draft.tear_line_id, draft_id).await?;
    let mut tx = here.store.begin().await?;
    tx.take_turn(here.now()).await?;
    let row = open_row(&mut tx, &draft.tear_line_id).await?;
    let owners = sight::owners(here, &mut tx, &row.stix_id).await?;
    check_say(here, who, &owners)?;
    if row.draft_id.as_deref() != Some(draft_id) || draft.of_version != seen.newest.row.version_key {
        return Err(ShareError::invalid(
            "this draft counts no more: there is another, or a newer version of what it is of",
        ));
    }
    let before = sql::approvals(&mut tx, draft_id).await?;
    let person = who.person_id.clone().unwrap_or_default();
    if before.iter().any(|(known, _)| *known == person) {
        return Err(ShareError::invalid("you have approved this; it takes another person"));
    }
    sql::insert_approval(&mut tx, draft_id, &person, &who.organisation.id, here.now()).await?;
    let mut sides: BTreeSet<&str> = before.iter().map(|(_, organisation)| organisation.as_str()).collect();
    sides.insert(&who.organisation.id);
    let is_enough = before.len() + 1 >= APPROVALS_NEEDED && owners.iter().all(|owner| sides.contains(owner.as_str()));
    let approval: (&'static str, Vec<&str>) = ("tear_line_approval", vec![draft_id, &person]);
    if !is_enough {
        record(&mut tx, here, who, ("tear-line.approved", &row.id), &[approval]).await?;
        tx.commit().await?;
        return Ok(Approved::Waits);
    }
    let written = release(here, &mut tx, &row, &draft).await?;
    let mut rows = vec![approval, ("tear_line", vec![row.id.as_str()])];
    rows.extend(written.iter().map(|(table, key)| (*table, vec![key.as_str()])));
    record(&mut tx, here, who, ("tear-line.released", &row.id), &rows).await?;
    tx.commit().await?;
    Ok(Approved::Released(draft.new_id))
}

/// Puts the new object with the threat information, as the hub's own. What it refers to must still be seen by who gets it.
async fn release(
    here: &Here,
    tx: &mut Tx,
    row: &TearLineRow,
    draft: &DraftRow,
) -> Result<Vec<(&'static str, String)>, ShareError> {
    let object = Object::parse(&draft.body).map_err(|e| StoreError::Record(e.to_string()))?;
    let choice: Choice = serde_json::from_str(&draft.choice).map_err(|e| StoreError::Record(e.to_string()))?;
    for id in object.references() {
        let is_own = object.created_by_ref() == Some(id) || marking::tlp_of_id(id).is_some();
        if !is_own && !sight::is_open(here, tx, id, choice.tlp).await? {
            return Err(ShareError::invalid(
                "something that it refers to is not seen any more by who gets it: draft anew",
            ));
        }
    }
    let collection = collections::id_of(here, Kind::ThreatInformation).await?;
    let owner = &here.installation.organisation_id;
    let handled = Handled::new(owner, &marking::resolve(&object, &|_| None), FROM_ARRIVAL);
    let written = intake::insert(tx, &collection, &object, &handled, owner, here.now()).await?;
    sql::close(tx, &row.id, RELEASED, "", here.now()).await?;
    Ok(written)
}

/// Declines to make such a version, with the reason, which everyone reads who sees the restricted object.
///
/// # Errors
/// As [`approve`]; [`ShareError::Invalid`] without a reason.
pub async fn decline(here: &Here, who: &Who, tear_line_id: &str, reason: &str) -> Result<(), ShareError> {
    seen_of(here, who, tear_line_id, tear_line_id).await?;
    let length = reason.trim().chars().count();
    if !(1..=TEXT_MAX).contains(&length) {
        return Err(ShareError::invalid(format!("say in 1 to {TEXT_MAX} characters why; these are {length}")));
    }
    spill::guard(here, who, "why there is no version that can be passed on", &[reason]).await?;
    let mut tx = here.store.begin().await?;
    tx.take_turn(here.now()).await?;
    let row = open_row(&mut tx, tear_line_id).await?;
    check_say(here, who, &sight::owners(here, &mut tx, &row.stix_id).await?)?;
    sql::close(&mut tx, tear_line_id, DECLINED, reason.trim(), here.now()).await?;
    record(&mut tx, here, who, ("tear-line.declined", tear_line_id), &[("tear_line", vec![tear_line_id])]).await?;
    Ok(tx.commit().await?)
}

/// The restricted object as the caller sees it; `asked` is what is said not to be there otherwise.
async fn seen_of(here: &Here, who: &Who, tear_line_id: &str, asked: &str) -> Result<Seen, ShareError> {
    let mut tx = here.store.begin_reading().await?;
    let row = sql::by_id(&mut tx, tear_line_id).await?.ok_or_else(|| unseen(asked))?;
    tx.commit().await?;
    sight::seen(here, who, &row.stix_id).await?.ok_or_else(|| unseen(asked))
}

async fn open_row(tx: &mut Tx, id: &str) -> Result<TearLineRow, ShareError> {
    let row = sql::by_id(tx, id).await?.ok_or_else(|| unseen(id))?;
    if row.state == OPEN { Ok(row) } else { Err(ShareError::invalid(format!("this was {} before", row.state))) }
}

fn unseen(id: &str) -> ShareError {
    ShareError::Unseen { what: "request for a version that can be passed on", id: id.to_owned() }
}

fn unseen_object(id: &str) -> ShareError {
    ShareError::Unseen { what: "object", id: id.to_owned() }
}

/// A person of the hub who writes indicators, or one of those whose object it is.
fn may_draft(here: &Here, who: &Who, owners: &BTreeSet<String>) -> bool {
    let may = if who.organisation.id == here.installation.organisation_id {
        permit(who, Verb::Create, Resource::Indicator, ()).is_ok()
    } else {
        owners.contains(&who.organisation.id) && permit(who, Verb::Create, Resource::Request, ()).is_ok()
    };
    may && who.person_id.is_some()
}

/// A person of the hub, or of the organisation whose it is the one who answers for the office.
fn has_say(here: &Here, who: &Who, owners: &BTreeSet<String>) -> bool {
    owners.contains(&who.organisation.id) && decides(here, who)
}

fn check_say(here: &Here, who: &Who, owners: &BTreeSet<String>) -> Result<(), ShareError> {
    if has_say(here, who, owners) { Ok(()) } else { Err(ShareError::Forbidden { who: who.name.clone() }) }
}
