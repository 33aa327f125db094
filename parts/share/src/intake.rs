//! Objects that come in over TAXII: each taken or refused by itself with its reason, all in one transaction with their entry and their status.
//!
//! The sender's bytes are kept as they are. A version that is here already is no error and adds nothing; the same version with other content is
//! kept aside; only the creator makes new versions, and none after a revocation; indicators that would match half the world are kept aside.

mod batch;
mod examine;

use serde_json::json;
use sha2::{Digest, Sha256};
use ward_directory::{Here, Who};
use ward_stix::marking::Tlp;
use ward_stix::object::{Object, ObjectError};
use ward_stix::timestamp::format_micros;
use ward_store::{Tx, random};
use ward_taxii::wire::{Progress, Status, StatusDetail};

pub(crate) use batch::{Batch, Origin, Outcome, stranger};
pub use examine::version_key;

use crate::ShareError;
use crate::answers::Receipt;
use crate::collections::Collection;
use crate::handling::Handled;
use crate::sql::objects::{self, NewObject};
use crate::status;

/// Most objects in one request; each gets a line in its status.
pub const OBJECTS_MAX: usize = 20_000;

/// Takes what a request brought, in its order: objects, or why something in it is none. Gives the status that the sender may ask for again.
///
/// Errors only when nothing was taken: the caller may not write there, the request is empty or has too many, or the database failed.
pub async fn add(
    here: &Here,
    who: &Who,
    collection: &Collection,
    objects: Vec<Result<Object, ObjectError>>,
    assigned_tlp: Option<Tlp>,
) -> Result<Status, ShareError> {
    if !collection.can_write {
        return Err(ShareError::Forbidden { who: who.name.clone() });
    }
    if objects.is_empty() || objects.len() > OBJECTS_MAX {
        return Err(ShareError::invalid(format!(
            "the request holds {} objects, not 1 to {OBJECTS_MAX}",
            objects.len()
        )));
    }
    let now = here.now();
    let mut batch = Batch::begin(here, who, collection, assigned_tlp, Origin::Posted).await?;
    batch.expect(objects.iter().flatten()).await?;
    let mut outcomes: Vec<(usize, Outcome)> = Vec::with_capacity(objects.len());
    for (place, object) in definitions_first(&objects) {
        outcomes.push((place, batch.place(object).await?));
    }
    outcomes.sort_by_key(|(place, _)| *place);
    let status = status_of(&objects, outcomes, &batch.receipts, now);
    status::keep(&mut batch.tx, who, &status, now).await?;
    batch.commit().await?;
    Ok(status)
}

/// Adds an object to a collection in the caller's transaction, with the caller's own decision how it is to be handled; for what the hub itself
/// publishes. Gives the id of the row of `collection_object`, for the entry of the act; none when the collection has this version.
pub async fn insert(
    tx: &mut Tx,
    collection_id: &str,
    object: &Object,
    handled: &Handled,
    sender_id: &str,
    now: i64,
) -> Result<Option<String>, ShareError> {
    insert_in(tx, collection_id, object, &version_key(object.version()), handled, sender_id, now).await
}

/// Lets the objects of an alert appear anew to those who poll, in the caller's transaction: organisations that became recipients have polled
/// past them.
pub async fn appear_again(tx: &mut Tx, collection_id: &str, report_id: &str) -> Result<u64, ShareError> {
    Ok(objects::sequence_again_of_alert(tx, collection_id, report_id).await?)
}

/// Marking-definitions before what they mark, else in order; with their place.
pub(crate) fn definitions_first(objects: &[Result<Object, ObjectError>]) -> impl Iterator<Item = (usize, &Object)> {
    let readable = || objects.iter().enumerate().filter_map(|(place, object)| Some((place, object.as_ref().ok()?)));
    let is_definition = |object: &Object| object.kind() == "marking-definition";
    let first = readable().filter(move |(_, object)| is_definition(object));
    first.chain(readable().filter(move |(_, object)| !is_definition(object)))
}

async fn insert_in(
    tx: &mut Tx,
    collection_id: &str,
    object: &Object,
    key: &str,
    handled: &Handled,
    sender_id: &str,
    now: i64,
) -> Result<Option<String>, ShareError> {
    let (id, handling, sha256) = (random::id(), handled.to_json()?, sha256_hex(object.bytes()));
    let row = Row { id: &id, handling: &handling, sha256: &sha256 };
    let new = new_object(row, collection_id, object, key, sender_id, now);
    Ok(objects::insert_object(tx, &new).await?.then_some(id))
}

/// What a row of an object holds beside the object.
struct Row<'a> {
    id: &'a str,
    handling: &'a str,
    sha256: &'a str,
}

fn new_object<'a>(
    row: Row<'a>,
    collection_id: &'a str,
    object: &'a Object,
    key: &'a str,
    sender_id: &'a str,
    now: i64,
) -> NewObject<'a> {
    NewObject {
        id: row.id,
        collection_id,
        stix_id: object.id(),
        kind: object.kind(),
        version: object.version(),
        version_key: key,
        // Cyber-observable objects may leave it out.
        spec_version: object.spec_version().unwrap_or("2.1"),
        created_by_ref: object.created_by_ref(),
        organisation_id: sender_id,
        body: object.bytes(),
        sha256: row.sha256,
        handling: row.handling,
        received_at: now,
    }
}

/// The status says of an object that was here already what it says of one that was not: whether it was is nobody's business.
fn status_of(
    objects: &[Result<Object, ObjectError>],
    outcomes: Vec<(usize, Outcome)>,
    receipts: &[Receipt],
    now: i64,
) -> Status {
    let (mut successes, mut failures) = (Vec::new(), Vec::new());
    let mut outcomes = outcomes.into_iter().peekable();
    for (place, object) in objects.iter().enumerate() {
        let outcome = outcomes.next_if(|(of, _)| *of == place).map(|(_, outcome)| outcome);
        match (object, outcome) {
            (Ok(object), Some(Outcome::Added | Outcome::AlreadyHere)) => successes.push(detail(object, now, None)),
            (Ok(object), Some(Outcome::Quarantined(reason) | Outcome::Refused(reason))) => {
                failures.push(detail(object, now, Some(reason)));
            }
            (Ok(object), None) => failures.push(detail(object, now, Some("it was not looked at".to_owned()))),
            (Err(error), _) => failures.push(StatusDetail {
                id: format!("object {} of the request", place + 1),
                version: Some(format_micros(now)),
                message: Some(error.to_string()),
            }),
        }
    }
    let mut custom = serde_json::Map::new();
    if !receipts.is_empty() {
        custom.insert("x_ward_receipts".to_owned(), receipts.iter().map(receipt_json).collect());
    }
    Status {
        id: random::uuid(),
        status: Progress::Complete,
        request_timestamp: Some(format_micros(now)),
        total_count: objects.len() as u64,
        success_count: successes.len() as u64,
        successes,
        failure_count: failures.len() as u64,
        failures,
        pending_count: 0,
        pendings: Vec::new(),
        custom,
    }
}

/// An object without a version of its own has that of its arrival.
fn detail(object: &Object, now: i64, message: Option<String>) -> StatusDetail {
    let version = if object.version().is_empty() { format_micros(now) } else { object.version().to_owned() };
    StatusDetail { id: object.id().to_owned(), version: Some(version), message }
}

fn receipt_json(receipt: &Receipt) -> serde_json::Value {
    json!({
        "number": receipt.number,
        "sighting_id": receipt.sighting_id,
        "modified": receipt.modified,
        "promised_at": receipt.promised_at,
    })
}

fn sha256_hex(bytes: &[u8]) -> String {
    let digits = Sha256::digest(bytes);
    let digits = digits.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or('0')).collect()
}
