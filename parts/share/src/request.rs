//! Asking for information, and granting it for a time: a case, or a class of information, with a purpose. Two people approve.
//!
//! What is the hub's own, two of its people grant. What others sent, their people grant together with the hub's: one of each at least. Nobody
//! approves what their own organisation asks for; what the hub asks for, two of the sender's people grant. A grant makes its holder a named recipient until it ends; what markings ask beyond that holds.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::json;
use ward_directory::{Here, Permit, Who, permit};
use ward_policy::{Resource, Role, Verb};
use ward_store::{Act, MICROS_PER_SECOND, RowRef, StoreError, Tx, random};

use crate::ShareError;
use crate::grant::Covers;
use crate::recall;
use crate::spill;
use crate::sql::grants::{self, RequestRow};
use crate::sql::visibility;
use crate::tear_line::sight::{Shelves, Sight};

/// How many people approve.
pub const APPROVALS_NEEDED: usize = 2;
/// Longest purpose or reason, in characters.
const TEXT_MAX: usize = 1_000;
/// A grant lasts this many days at most.
pub const DAYS_MAX: i64 = 366;
/// Most objects of a case.
const OBJECTS_MAX: usize = 100;
/// Most requests that are listed.
const LISTED_MAX: i64 = 5_000;
const DAY_MICROS: i64 = 86_400 * MICROS_PER_SECOND;

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Waits for approvals.
    Open,
    Granted,
    Refused,
}

/// A request as those see it who made it or may decide on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Request {
    pub id: String,
    pub organisation_id: String,
    pub asked_by: String,
    pub covers: Covers,
    pub purpose: String,
    pub days: i64,
    /// Microseconds UTC.
    pub asked_at: i64,
    pub state: State,
    /// Why it was refused.
    pub reason: String,
    pub closed_at: Option<i64>,
    /// Ids of the people who approved, in order.
    pub approved_by: Vec<String>,
    /// Until when it was granted, microseconds UTC; earlier when it was ended.
    pub granted_until: Option<i64>,
    /// Whether whoever looks has a say in it.
    pub may_decide: bool,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    pub covers: Covers,
    pub purpose: String,
    pub days: i64,
}

/// What an approval did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approved {
    /// One more person must approve; of the sender's organisation or the hub's, if that is missing.
    Waits,
    Granted,
}

/// Asks, in the name of the caller's organisation. Gives the id of the request.
///
/// # Errors
/// [`ShareError::Forbidden`] for who may not ask, [`ShareError::Invalid`] when something is missing or too long.
pub async fn ask(here: &Here, who: &Who, ask: &Ask) -> Result<String, ShareError> {
    permit(who, Verb::Create, Resource::Request, ()).map_err(|_| ShareError::Forbidden { who: who.name.clone() })?;
    check(ask)?;
    spill::guard(here, who, "a request for information", &[ask.purpose.as_str()]).await?;
    let covers = serde_json::to_string(&ask.covers).map_err(|e| StoreError::Record(e.to_string()))?;
    let row = RequestRow {
        id: random::id(),
        organisation_id: who.organisation.id.clone(),
        asked_by: who.actor.clone(),
        covers,
        purpose: ask.purpose.trim().to_owned(),
        days: ask.days,
        at: here.now(),
        state: OPEN.to_owned(),
        reason: String::new(),
        closed_at: None,
        granted_until: None,
    };
    let mut tx = here.store.begin().await?;
    grants::insert_request(&mut tx, &row).await?;
    record(&mut tx, here, who, ("information.asked", &row.id), &[("information_request", vec![&row.id])]).await?;
    tx.commit().await?;
    Ok(row.id)
}

const OPEN: &str = "open";
const GRANTED: &str = "granted";
const REFUSED: &str = "refused";

fn check(ask: &Ask) -> Result<(), ShareError> {
    let mut problems = Vec::new();
    let length = ask.purpose.trim().chars().count();
    if !(10..=TEXT_MAX).contains(&length) {
        problems.push(format!("say in 10 to {TEXT_MAX} characters what you need it for; these are {length}"));
    }
    if !(1..=DAYS_MAX).contains(&ask.days) {
        problems.push(format!("a grant lasts 1 to {DAYS_MAX} days, not {}", ask.days));
    }
    match &ask.covers {
        Covers::Objects(ids) if ids.is_empty() || ids.len() > OBJECTS_MAX => {
            problems.push(format!("name 1 to {OBJECTS_MAX} objects, not {}", ids.len()));
        }
        Covers::Objects(ids) => {
            problems
                .extend(ids.iter().filter(|id| !id.contains("--")).map(|id| format!("`{id}` is no id of an object")));
        }
        Covers::Class { kind, organisation_id } if kind.is_empty() || organisation_id.is_empty() => {
            problems.push("a class of information is a type of objects and whose they are".to_owned());
        }
        Covers::Class { .. } => {}
    }
    if problems.is_empty() { Ok(()) } else { Err(ShareError::Invalid(problems)) }
}

/// Approves a request. The second approval grants it, if the hub and every sender are among those who approved.
///
/// # Errors
/// [`ShareError::Unseen`] without such a request; [`ShareError::Forbidden`] for who has no say in it; [`ShareError::Invalid`] when it is closed, or
/// the same person approved before.
pub async fn approve(here: &Here, who: &Who, request_id: &str) -> Result<Approved, ShareError> {
    let mut tx = here.store.begin().await?;
    tx.take_turn(here.now()).await?;
    let request = open_request(&mut tx, request_id).await?;
    let owners = owners(here, &mut tx, &request).await?;
    check_say(here, who, &request, &owners)?;
    let before = grants::approvals(&mut tx, request_id).await?;
    let person = who.person_id.clone().unwrap_or_default();
    if before.iter().any(|(known, _)| *known == person) {
        return Err(ShareError::invalid("you have approved this; it takes another person"));
    }
    let now = here.now();
    grants::insert_approval(&mut tx, request_id, &person, &who.organisation.id, now).await?;
    let mut sides: BTreeSet<&str> = before.iter().map(|(_, organisation)| organisation.as_str()).collect();
    sides.insert(&who.organisation.id);
    let is_enough = before.len() + 1 >= APPROVALS_NEEDED && owners.iter().all(|owner| sides.contains(owner.as_str()));
    let mut rows: Vec<(&'static str, Vec<&str>)> = vec![("information_approval", vec![request_id, &person])];
    let grant_id = random::id();
    if is_enough {
        let until = now + request.days * DAY_MICROS;
        grants::close_request(&mut tx, request_id, GRANTED, "", now).await?;
        grants::insert_grant(&mut tx, &grant_id, &request, now, until).await?;
        rows.extend([("information_request", vec![request_id]), ("information_grant", vec![grant_id.as_str()])]);
    }
    let act = if is_enough { "information.granted" } else { "information.approved" };
    record(&mut tx, here, who, (act, request_id), &rows).await?;
    tx.commit().await?;
    if !is_enough {
        return Ok(Approved::Waits);
    }
    // What it shows has its place from now on, whenever they ask.
    recall::review_changed_readers(here).await?;
    Ok(Approved::Granted)
}

/// Refuses a request, with the reason, which its organisation reads.
///
/// # Errors
/// As [`approve`]; [`ShareError::Invalid`] without a reason.
pub async fn refuse(here: &Here, who: &Who, request_id: &str, reason: &str) -> Result<(), ShareError> {
    let length = reason.trim().chars().count();
    if !(1..=TEXT_MAX).contains(&length) {
        return Err(ShareError::invalid(format!("say in 1 to {TEXT_MAX} characters why; these are {length}")));
    }
    spill::guard(here, who, "the refusal of a request", &[reason]).await?;
    let mut tx = here.store.begin().await?;
    let request = open_request(&mut tx, request_id).await?;
    let owners = owners(here, &mut tx, &request).await?;
    check_say(here, who, &request, &owners)?;
    grants::close_request(&mut tx, request_id, REFUSED, reason.trim(), here.now()).await?;
    record(&mut tx, here, who, ("information.refused", request_id), &[("information_request", vec![request_id])])
        .await?;
    Ok(tx.commit().await?)
}

/// Ends a grant before its time. What it showed is called back.
///
/// # Errors
/// As [`approve`]; [`ShareError::Unseen`] when the request was not granted or the grant is over.
pub async fn end(here: &Here, who: &Who, request_id: &str) -> Result<(), ShareError> {
    let mut tx = here.store.begin().await?;
    let request = grants::request(&mut tx, request_id).await?.ok_or_else(|| unseen(request_id))?;
    let owners = owners(here, &mut tx, &request).await?;
    check_say(here, who, &request, &owners)?;
    let ended = grants::end_grant(&mut tx, request_id, here.now()).await?.ok_or_else(|| unseen(request_id))?;
    record(&mut tx, here, who, ("information.grant-ended", request_id), &[("information_grant", vec![&ended])]).await?;
    tx.commit().await?;
    recall::review_changed_readers(here).await?;
    Ok(())
}

/// The requests of the caller's own organisation, and those that the caller has a say in; the hub's people see all. Open ones first, then the newest.
///
/// # Errors
/// [`ShareError::Forbidden`] for who may not see requests.
pub async fn list(here: &Here, permit: &Permit<()>) -> Result<Vec<Request>, ShareError> {
    let who = permit.who();
    ward_directory::permit(who, Verb::See, Resource::Request, ())
        .map_err(|_| ShareError::Forbidden { who: who.name.clone() })?;
    let of_hub = who.organisation.id == here.installation.organisation_id;
    let mut tx = here.store.begin_reading().await?;
    let rows = grants::requests(&mut tx, LISTED_MAX).await?;
    let mut seen = with_say(here, who, &mut tx, rows).await?;
    seen.retain(|(row, may_decide)| *may_decide || of_hub || row.organisation_id == who.organisation.id);
    let shown = shown(&mut tx, seen).await?;
    tx.commit().await?;
    Ok(shown)
}

/// Each request with whether the caller has a say in it; what is theirs is asked for all at once.
async fn with_say(
    here: &Here,
    who: &Who,
    tx: &mut Tx,
    rows: Vec<RequestRow>,
) -> Result<Vec<(RequestRow, bool)>, ShareError> {
    if !decides(here, who) {
        return Ok(rows.into_iter().map(|row| (row, false)).collect());
    }
    let own = &who.organisation.id;
    let of_hub = *own == here.installation.organisation_id;
    let all: Vec<Covers> = rows.iter().map(covers).collect::<Result<_, _>>()?;
    let mut asked: BTreeSet<&str> = BTreeSet::new();
    for covers in all.iter().filter(|_| !of_hub) {
        if let Covers::Objects(ids) = covers {
            asked.extend(ids.iter().map(String::as_str));
        }
    }
    let sent = visibility::sent_among(tx, own, &asked.into_iter().collect::<Vec<_>>()).await?;
    let sent: BTreeSet<String> = sent.into_iter().collect();
    let is_theirs = |covers: &Covers| match covers {
        _ if of_hub => true,
        Covers::Class { organisation_id, .. } => organisation_id == own,
        Covers::Objects(ids) => ids.iter().any(|id| sent.contains(id)),
    };
    let with = |(row, covers): (RequestRow, &Covers)| {
        let has_say = row.organisation_id != *own && is_theirs(covers);
        (row, has_say)
    };
    Ok(rows.into_iter().zip(&all).map(with).collect())
}

/// One request, for who has a say in it.
///
/// # Errors
/// As [`approve`], but that closed ones are shown.
pub async fn to_decide(here: &Here, who: &Who, request_id: &str) -> Result<Request, ShareError> {
    let mut tx = here.store.begin_reading().await?;
    let request = grants::request(&mut tx, request_id).await?.ok_or_else(|| unseen(request_id))?;
    let owners = owners(here, &mut tx, &request).await?;
    check_say(here, who, &request, &owners)?;
    let shown = shown(&mut tx, vec![(request, true)]).await?.pop();
    tx.commit().await?;
    shown.ok_or_else(|| unseen(request_id))
}

/// The open requests that wait for this person's word.
///
/// # Errors
/// When the database fails.
pub async fn waiting(here: &Here, who: &Who) -> Result<Vec<Request>, ShareError> {
    if permit(who, Verb::See, Resource::Request, ()).is_err() || !decides(here, who) {
        return Ok(Vec::new());
    }
    let mut tx = here.store.begin_reading().await?;
    let rows = grants::open_requests(&mut tx, LISTED_MAX).await?;
    let mut waiting = with_say(here, who, &mut tx, rows).await?;
    waiting.retain(|(_, may_decide)| *may_decide);
    let mut shown = shown(&mut tx, waiting).await?;
    tx.commit().await?;
    shown.retain(|one| !who.person_id.as_ref().is_some_and(|own| one.approved_by.contains(own)));
    Ok(shown)
}

async fn shown(tx: &mut Tx, rows: Vec<(RequestRow, bool)>) -> Result<Vec<Request>, ShareError> {
    let ids: Vec<&str> = rows.iter().map(|(row, _)| row.id.as_str()).collect();
    let mut approvals: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (request_id, person) in grants::approvals_among(tx, &ids).await? {
        approvals.entry(request_id).or_default().push(person);
    }
    let one = |(row, may_decide): (RequestRow, bool)| {
        Ok(Request {
            may_decide,
            covers: covers(&row)?,
            state: match row.state.as_str() {
                GRANTED => State::Granted,
                REFUSED => State::Refused,
                _ => State::Open,
            },
            approved_by: approvals.remove(&row.id).unwrap_or_default(),
            id: row.id,
            organisation_id: row.organisation_id,
            asked_by: row.asked_by,
            purpose: row.purpose,
            days: row.days,
            asked_at: row.at,
            reason: row.reason,
            closed_at: row.closed_at,
            granted_until: row.granted_until,
        })
    };
    rows.into_iter().map(one).collect()
}

async fn open_request(tx: &mut Tx, request_id: &str) -> Result<RequestRow, ShareError> {
    let request = grants::request(tx, request_id).await?.ok_or_else(|| unseen(request_id))?;
    if request.state != OPEN {
        return Err(ShareError::invalid(format!("this request was {} before", request.state)));
    }
    Ok(request)
}

fn unseen(request_id: &str) -> ShareError {
    ShareError::Unseen { what: "request", id: request_id.to_owned() }
}

fn covers(row: &RequestRow) -> Result<Covers, ShareError> {
    Ok(serde_json::from_str(&row.covers).map_err(|e| StoreError::Record(e.to_string()))?)
}

/// Whose what is asked for is, and the hub, which has a say in everything; but for who asks: what is theirs they see already.
async fn owners(here: &Here, tx: &mut Tx, request: &RequestRow) -> Result<BTreeSet<String>, ShareError> {
    let mut owners = BTreeSet::from([here.installation.organisation_id.clone()]);
    match covers(request)? {
        Covers::Class { organisation_id, .. } => _ = owners.insert(organisation_id),
        Covers::Objects(ids) => {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            owners.extend(visibility::senders_among(tx, &ids).await?.into_iter().map(|(_, sender)| sender));
        }
    }
    owners.remove(&request.organisation_id);
    Ok(owners)
}

/// Whether a person has a say in what somebody asks of their organisation.
pub(crate) fn decides(here: &Here, who: &Who) -> bool {
    let may = if who.organisation.id == here.installation.organisation_id {
        permit(who, Verb::Confirm, Resource::Request, ()).is_ok()
    } else {
        // Of a sender the one who answers for the office.
        who.roles.contains(&Role::Director) && permit(who, Verb::Create, Resource::Request, ()).is_ok()
    };
    may && who.person_id.is_some()
}

/// A person of the hub, or of an organisation whose information it is, but not of the one that asks.
fn check_say(here: &Here, who: &Who, request: &RequestRow, owners: &BTreeSet<String>) -> Result<(), ShareError> {
    let own = who.organisation.id == here.installation.organisation_id;
    let has_say = owners.contains(&who.organisation.id) && who.organisation.id != request.organisation_id;
    if has_say && decides(here, who) {
        return Ok(());
    }
    if request.organisation_id == who.organisation.id || own {
        return Err(ShareError::Forbidden { who: who.name.clone() });
    }
    Err(unseen(&request.id))
}

/// Writes the entry of what somebody did about a request, with the rows that it wrote.
pub(crate) async fn record(
    tx: &mut Tx,
    here: &Here,
    who: &Who,
    (act, request_id): (&'static str, &str),
    rows: &[(&'static str, Vec<&str>)],
) -> Result<(), ShareError> {
    let rows: Vec<RowRef<'_>> = rows.iter().map(|(table, key)| RowRef { table, key }).collect();
    let act = Act {
        act,
        actor: &who.actor,
        organisation: &who.organisation.id,
        subject: request_id,
        at: here.now(),
        detail: &json!({}),
        rows: &rows,
    };
    tx.record(act).await?;
    Ok(())
}

/// How many of the objects of a case the caller sees; for the page on which requests are decided.
///
/// # Errors
/// When the database fails.
pub async fn held_objects(here: &Here, who: &Who, covers: &Covers) -> Result<usize, ShareError> {
    let Covers::Objects(ids) = covers else { return Ok(0) };
    let shelves = Shelves::of(here, who).await?;
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    Ok(Sight::of(here, who, &shelves).await?.newest(&ids).await?.len())
}
