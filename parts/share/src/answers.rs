//! Answers: what the members saw and did not see, taken with a receipt in the transaction in which they arrive.
//!
//! An answer says who it is for and who gives it. A state answers for its county, a vendor or a navigator for an office in which they have a
//! role; nobody else speaks for an office, and one reason covers all the ways in which somebody may not, so that it tells nothing.

use serde::{Deserialize, Serialize};
use serde_json::json;
use ward_directory::{Here, Permit, Who, parse_role};
use ward_policy::{Action, Attributes, Level, Recipient, Resource, Role, Verb, decide, may};
use ward_stix::answer::{self, Answer, AnswerError, Finding};
use ward_stix::object::Object;
use ward_stix::timestamp;
use ward_store::{Act, MICROS_PER_SECOND, RowRef, StoreError, Tx};

use crate::ShareError;
use crate::alert::{handling, hub_permits, newest_published, parse};
use crate::covers::doubted_at;
use crate::intake::version_key;
use crate::quality;
use crate::spill;
use crate::sql::alerts;
use crate::sql::answers::{self as sql, AnswerRow, OrganisationRow};

pub use crate::sql::answers::ReceiptRow;

/// An answer is answered in its turn within this time, in hours.
pub const PROMISED_HOURS: i64 = 24;
/// The act of an answer that arrived.
pub(crate) const RECEIVED: &str = "answer.received";
/// How far the sender's clock may be ahead, in hours.
const AHEAD_HOURS_MAX: i64 = 24;
/// Most parents of an organisation that are followed.
const PARENTS_MAX: usize = 8;
/// Longest answer to an answer, in characters.
const CLOSING_TEXT_MAX: usize = 2_000;

/// What the sender of an answer gets for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Counts from 1 at this hub.
    pub number: i64,
    pub sighting_id: String,
    /// The version of the sighting.
    pub modified: String,
    /// When the hub will have looked at it, in microseconds UTC.
    pub promised_at: i64,
}

/// Why a sighting was not taken.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Failed(#[from] ShareError),
}

impl From<StoreError> for TakeError {
    fn from(error: StoreError) -> TakeError {
        TakeError::Failed(error.into())
    }
}

/// Takes a sighting that arrives in `tx`. An answer to an alert gets a receipt, the same one when it comes again; other objects and sightings of
/// single indicators get none.
///
/// # Errors
/// [`TakeError::Refused`] with the reason for the sender; the transaction may go on.
pub async fn take(tx: &mut Tx, here: &Here, who: &Who, object: &Object) -> Result<Option<Receipt>, TakeError> {
    if object.kind() != "sighting" {
        return Ok(None);
    }
    let Some(answer) = readable(object)? else {
        check_plain(tx, who, object).await?;
        return Ok(None);
    };
    if answer_time(&answer).is_none_or(|time| time > here.now() + AHEAD_HOURS_MAX * 3_600 * MICROS_PER_SECOND) {
        return refuse("`modified` lies in the future: the newest version of an answer counts, and none later could");
    }
    let speaking = authority(tx, who, &answer).await?;
    if !answer.of_ref.starts_with("report--") {
        return Ok(None);
    }
    let newest = check_alert(tx, here, who, &speaking, &answer.of_ref).await?;
    tx.take_turn(here.now()).await?;
    let key = version_key(&answer.modified);
    let earlier = sql::answer_versions(tx, &answer.sighting_id).await?;
    if earlier.iter().any(|row| row.organisation_id != speaking.jurisdiction.id || row.of_ref != answer.of_ref) {
        return refuse("an earlier version of this sighting is of another alert or another office");
    }
    if let Some(same) = earlier.iter().find(|row| row.version_key == key) {
        return again(tx, same, object).await;
    }
    let row = AnswerRow {
        doubted_at: doubted_at(tx, &answer, &newest, here.now()).await?,
        sighting_id: answer.sighting_id.clone(),
        version_key: key,
        modified: answer.modified.clone(),
        of_ref: answer.of_ref.clone(),
        organisation_id: speaking.jurisdiction.id,
        answered_by_id: speaking.answered_by_id,
        finding: answer.finding.text().to_owned(),
        rung: match answer.finding {
            Finding::Confirmed(rung) => Some(rung.text().to_owned()),
            _ => None,
        },
        body: String::from_utf8_lossy(object.bytes()).into_owned(),
        received_at: here.now(),
    };
    let receipt = write(tx, who, &row, answer.is_name_released).await?;
    quality::hear(tx, &row, &answer).await?;
    Ok(Some(receipt))
}

/// The hub's answer to an answer: what was made of it.
///
/// # Errors
/// [`ShareError::Unseen`] when there is no such receipt or it was answered before; [`ShareError::Invalid`] without a text.
pub async fn close_receipt(
    here: &Here,
    permit: &Permit<()>,
    number: i64,
    text: &str,
) -> Result<ReceiptRow, ShareError> {
    let who = permit.who();
    hub_permits(here, who, Verb::Change, Resource::Answer)?;
    spill::guard(here, who, "answer to a receipt", text).await?;
    let length = text.trim().chars().count();
    if !(1..=CLOSING_TEXT_MAX).contains(&length) {
        return Err(ShareError::invalid(format!("the answer has {length} characters, not 1 to {CLOSING_TEXT_MAX}")));
    }
    let mut tx = here.store.begin().await?;
    let closed = sql::close_receipt(&mut tx, number, text.trim(), here.now()).await?;
    let closed = closed.ok_or_else(|| ShareError::Unseen { what: "open receipt", id: number.to_string() })?;
    let act = Act {
        act: "receipt.answered",
        actor: &who.actor,
        organisation: &who.organisation.id,
        subject: &closed.sighting_id,
        at: here.now(),
        detail: &json!({"number": number, "modified": closed.modified}),
        rows: &[RowRef { table: "receipt", key: &[&closed.sighting_id, &closed.modified] }],
    };
    tx.record(act).await?;
    tx.commit().await?;
    Ok(closed)
}

/// Receipts by number: all for the hub's people who see answers, else those that the caller's organisation got.
pub async fn receipts(here: &Here, who: &Who) -> Result<Vec<ReceiptRow>, ShareError> {
    let all = sql::receipts(&here.store).await?;
    if hub_permits(here, who, Verb::See, Resource::Answer).is_ok() {
        return Ok(all);
    }
    Ok(all.into_iter().filter(|row| row.organisation_id == who.organisation.id).collect())
}

/// The answer in a sighting; none in a plain sighting of something that is no alert.
fn readable(object: &Object) -> Result<Option<Answer>, TakeError> {
    let of_report = object.text("sighting_of_ref").is_some_and(|id| id.starts_with("report--"));
    let answer = match answer::from_object(object) {
        Ok(answer) => answer,
        Err(AnswerError::NotAnAnswer) if !of_report => return Ok(None),
        Err(AnswerError::Extension(source)) => {
            return refuse(format!("the answer extension is not readable: {source}"));
        }
        Err(problem) => return refuse(format!("an answer to an alert needs Ward's extension: {problem}")),
    };
    let problems = answer::problems(&answer);
    if problems.is_empty() {
        return Ok(Some(answer));
    }
    refuse(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}

/// For whom an answer speaks, and who gives it.
struct Speaking {
    jurisdiction: OrganisationRow,
    /// Its parents, the nearest first.
    above: Vec<String>,
    answered_by_id: String,
    /// Whether the person who asks has a role in the jurisdiction.
    has_role: bool,
}

async fn authority(tx: &mut Tx, who: &Who, answer: &Answer) -> Result<Speaking, TakeError> {
    let may_not = || TakeError::Refused(format!("{} may not answer for `{}`", who.name, answer.where_sighted_ref));
    let found = sql::organisation_of_identity(tx, &answer.where_sighted_ref).await?;
    let jurisdiction = found.ok_or_else(may_not)?;
    let above = parents(tx, jurisdiction.parent_id.clone()).await?;
    let has_role = has_answering_role(tx, who, &jurisdiction.id).await?;
    if !speaks_for(who, &jurisdiction.id, &above) && !has_role {
        return Err(may_not());
    }
    match own_name(tx, who, &answer.answered_by_ref).await? {
        Some(answered_by_id) => Ok(Speaking { jurisdiction, above, answered_by_id, has_role }),
        None => refuse(format!("`created_by_ref` must be who answers: {}", who.organisation.identity_id)),
    }
}

/// Whether the caller's organisation answers for an office: itself, or one that it is above of. A machine does so with its token, a person
/// with a role that answers.
fn speaks_for(who: &Who, office: &str, above: &[String]) -> bool {
    let own = &who.organisation.id;
    let answers = who.person_id.is_none() || who.roles.iter().any(|role| answering(*role));
    answers && (office == own || above.contains(own))
}

/// Whether the person who asks, if it is one, has a role that answers in an office.
async fn has_answering_role(tx: &mut Tx, who: &Who, office: &str) -> Result<bool, StoreError> {
    let Some(person) = &who.person_id else { return Ok(false) };
    let roles = sql::roles_in(tx, person, office).await?;
    Ok(roles.iter().filter_map(|role| parse_role(role)).any(answering))
}

fn answering(role: Role) -> bool {
    may(role, Verb::Create, Resource::Answer)
}

/// The organisation of an identity, when the caller may sign with its name: their organisation's, or the home of the person who asks.
async fn own_name(tx: &mut Tx, who: &Who, identity: &str) -> Result<Option<String>, StoreError> {
    let named = sql::organisation_of_identity(tx, identity).await?.map(|row| row.id);
    let home = match &who.person_id {
        Some(person) => sql::organisation_of_person(tx, person).await?,
        None => None,
    };
    Ok(named.filter(|id| *id == who.organisation.id || home.as_ref() == Some(id)))
}

/// A plain sighting names nobody of this hub whom the caller may not speak for, neither as who saw nor as who says so.
async fn check_plain(tx: &mut Tx, who: &Who, object: &Object) -> Result<(), TakeError> {
    if let Some(creator) = object.created_by_ref()
        && sql::organisation_of_identity(tx, creator).await?.is_some()
        && own_name(tx, who, creator).await?.is_none()
    {
        return refuse(format!("`created_by_ref` must be who answers: {}", who.organisation.identity_id));
    }
    let value = object.value();
    let places = value.get("where_sighted_refs").and_then(|refs| refs.as_array()).into_iter().flatten();
    for place in places.filter_map(|place| place.as_str()) {
        let Some(office) = sql::organisation_of_identity(tx, place).await? else { continue };
        let above = parents(tx, office.parent_id.clone()).await?;
        if !speaks_for(who, &office.id, &above) && !has_answering_role(tx, who, &office.id).await? {
            return refuse(format!("{} may not answer for `{place}`", who.name));
        }
    }
    Ok(())
}

fn answer_time(answer: &Answer) -> Option<i64> {
    timestamp::parse_micros(&answer.modified)
}

/// The organisations above, the nearest first.
async fn parents(tx: &mut Tx, mut next: Option<String>) -> Result<Vec<String>, StoreError> {
    let mut above: Vec<String> = Vec::new();
    while let Some(id) = next.take() {
        if above.len() == PARENTS_MAX || above.contains(&id) {
            break;
        }
        next = sql::organisation(tx, &id).await?.and_then(|row| row.parent_id);
        above.push(id);
    }
    Ok(above)
}

/// The alert is published, and the caller or the office that they have a role in may see it. Gives its newest version.
async fn check_alert(
    tx: &mut Tx,
    here: &Here,
    who: &Who,
    speaking: &Speaking,
    report_id: &str,
) -> Result<String, TakeError> {
    let unknown = || TakeError::Refused(format!("no alert `{report_id}`"));
    let now = here.now();
    let versions = alerts::versions_in(tx, report_id).await?;
    let newest = newest_published(&versions, now).ok_or_else(unknown)?;
    let body = alerts::report_in(tx, report_id, &newest.modified).await?.ok_or_else(unknown)?;
    let addressed = alerts::recipients_in(tx, report_id).await?;
    let handling = handling(here, &parse(&body)?, addressed, newest.published_at);
    let caller = Recipient {
        organisation: who.organisation.id.clone(),
        client_of: parents(tx, who.organisation.parent_id.clone()).await?,
        member: who.organisation.is_member,
        clearance: who.clearance,
        attributes: who.attributes.clone(),
    };
    let office = Recipient {
        organisation: speaking.jurisdiction.id.clone(),
        client_of: speaking.above.clone(),
        member: speaking.jurisdiction.is_member,
        clearance: Level::Unclassified,
        attributes: Attributes::default(),
    };
    let sees = |recipient| decide(recipient, &handling, Action::Read, now).allowed;
    if sees(&caller) || speaking.has_role && sees(&office) { Ok(newest.modified.clone()) } else { Err(unknown()) }
}

/// The same version came again: the same receipt, if it is the same.
async fn again(tx: &mut Tx, same: &AnswerRow, object: &Object) -> Result<Option<Receipt>, TakeError> {
    if same.body.as_bytes() != object.bytes() {
        return refuse("this version of the sighting came before with other content");
    }
    let receipt = sql::receipt_of(tx, &same.sighting_id, &same.modified).await?;
    Ok(receipt.map(|row| receipt_of(&row)))
}

async fn write(tx: &mut Tx, who: &Who, row: &AnswerRow, is_name_released: bool) -> Result<Receipt, TakeError> {
    sql::insert_answer(tx, row, is_name_released).await?;
    let receipt = ReceiptRow {
        number: sql::next_receipt_number(tx).await?,
        sighting_id: row.sighting_id.clone(),
        modified: row.modified.clone(),
        organisation_id: who.organisation.id.clone(),
        at: row.received_at,
        promised_at: row.received_at + PROMISED_HOURS * 3_600 * MICROS_PER_SECOND,
        answered_at: None,
        answer_text: None,
    };
    sql::insert_receipt(tx, &receipt).await?;
    let act = Act {
        act: RECEIVED,
        actor: &who.actor,
        organisation: &who.organisation.id,
        subject: &row.sighting_id,
        at: row.received_at,
        detail: &json!({"of": row.of_ref, "modified": row.modified, "receipt": receipt.number}),
        rows: &[
            RowRef { table: "answer", key: &[&row.sighting_id, &row.version_key] },
            RowRef { table: "receipt", key: &[&row.sighting_id, &row.modified] },
        ],
    };
    tx.record(act).await?;
    Ok(receipt_of(&receipt))
}

fn receipt_of(row: &ReceiptRow) -> Receipt {
    Receipt {
        number: row.number,
        sighting_id: row.sighting_id.clone(),
        modified: row.modified.clone(),
        promised_at: row.promised_at,
    }
}

fn refuse<T>(reason: impl Into<String>) -> Result<T, TakeError> {
    Err(TakeError::Refused(reason.into()))
}
