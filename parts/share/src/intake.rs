//! Objects that come in over TAXII: each taken or refused by itself with its reason, all in one transaction with their entry and their status.
//!
//! The sender's bytes are kept as they are. A version that is here already is no error and adds nothing; the same version with other content is
//! kept aside; only the creator makes new versions, and none after a revocation; indicators that would match half the world are kept aside.

mod batch;
mod erase;
mod examine;

use serde_json::json;
use sha2::{Digest, Sha256};
use ward_directory::{Here, Who};
use ward_stix::marking::Tlp;
use ward_stix::object::{Object, ObjectError};
use ward_stix::timestamp::format_micros;
use ward_store::{Tx, hex, random};
use ward_taxii::wire::{Progress, Status, StatusDetail};

pub(crate) use batch::{Batch, Origin, Outcome, stranger};
pub use examine::version_key;

use crate::ShareError;
use crate::anew::{self, Written};
use crate::answers::Receipt;
use crate::collections::Collection;
use crate::handling::Handled;
use crate::quality;
use crate::sql::arriving::Arriving;
use crate::sql::objects::{self, HeldObject, NewObject, SIBLINGS};
use crate::sql::visibility::{self, Refilled};
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
    for (place, object) in mentioned_first(&objects) {
        outcomes.push((place, batch.place(object).await?));
    }
    for ((_, outcome), (_, object)) in outcomes.iter_mut().zip(mentioned_first(&objects)) {
        *outcome = batch.settled(object, outcome.clone());
    }
    outcomes.sort_by_key(|(place, _)| *place);
    let status = status_of(&objects, outcomes, &batch.receipts, now);
    status::keep(&mut batch.tx, who, &status, now).await?;
    batch.commit().await?;
    Ok(status)
}

/// Adds an object to a collection in the caller's transaction, with the caller's own decision how it is to be handled; for what the hub itself
/// publishes. Gives the rows that were written, for the entry of the act; none when the collection has this version. It counts as mentioning
/// nothing: the hub knows what it says.
pub async fn insert(
    tx: &mut Tx,
    collection_id: &str,
    object: &Object,
    handled: &Handled,
    sender_id: &str,
    now: i64,
) -> Result<Vec<Written>, ShareError> {
    let held = objects::versions_everywhere(tx, object.id()).await?;
    let placing = Placing { collection_id, sender_id, now, held: &held, attention: 0 };
    placing.insert(tx, object, &version_key(object.version()), handled).await
}

/// What is mentioned before what mentions it, marking-definitions first, else in order; with their place.
pub(crate) fn mentioned_first(objects: &[Result<Object, ObjectError>]) -> impl Iterator<Item = (usize, &Object)> {
    let readable = objects.iter().enumerate().filter_map(|(place, object)| Some((place, object.as_ref().ok()?)));
    let mut in_order: Vec<(usize, &Object)> = readable.collect();
    in_order.sort_by_key(|(_, object)| match object.kind() {
        "marking-definition" => 0,
        "identity" => 1,
        "relationship" | "sighting" | "report" | "grouping" | "note" | "opinion" | "observed-data" => 3,
        _ => 2,
    });
    in_order.into_iter()
}

/// Where and how an object is put.
pub(crate) struct Placing<'a> {
    pub collection_id: &'a str,
    pub sender_id: &'a str,
    pub now: i64,
    /// What is held with its id, erased versions among it.
    pub held: &'a [HeldObject],
    /// [`objects::MENTIONS`] when it mentions what is handled in another way.
    pub attention: i64,
}

impl Placing<'_> {
    /// The rows that were written; none when the collection has this version.
    pub async fn insert(
        &self,
        tx: &mut Tx,
        object: &Object,
        key: &str,
        handled: &Handled,
    ) -> Result<Vec<Written>, ShareError> {
        let siblings = || self.held.iter().filter(|row| row.collection_id == self.collection_id);
        if let Some(row) = siblings().find(|row| row.version_key == key) {
            return if row.is_erased() { self.refill(tx, row, object, handled).await } else { Ok(Vec::new()) };
        }
        let (handling_id, is_new) = handled.keep(tx, self.now).await?;
        let (id, sha256, has_siblings) = (random::id(), sha256_hex(object.bytes()), siblings().next().is_some());
        let attention = self.attention | if has_siblings { SIBLINGS } else { 0 };
        let new = NewObject { attention, ..self.row((&id, &sha256, &handling_id), object, key) };
        if !objects::insert_object(tx, &new).await? {
            return Ok(Vec::new());
        }
        if has_siblings {
            visibility::have_siblings(tx, self.collection_id, object.id()).await?;
        }
        quality::judge_new(tx, object, key, self.sender_id, self.now).await?;
        Ok(written(id, handling_id, is_new))
    }

    /// Puts an object that no collection has with those that are written together. The way of handling is kept already.
    pub fn push(
        &self,
        arriving: &mut Arriving,
        object: &Object,
        key: &str,
        (handling_id, is_new): (String, bool),
    ) -> Vec<Written> {
        let (id, sha256) = (random::id(), sha256_hex(object.bytes()));
        arriving.push(&self.row((&id, &sha256, &handling_id), object, key));
        written(id, handling_id, is_new)
    }

    fn row<'b>(
        &'b self,
        (id, sha256, handling_id): (&'b str, &'b str, &'b str),
        object: &'b Object,
        key: &'b str,
    ) -> NewObject<'b> {
        NewObject {
            id,
            collection_id: self.collection_id,
            stix_id: object.id(),
            kind: object.kind(),
            version: object.version(),
            version_key: key,
            spec_version: spec_version(object),
            created_by_ref: object.created_by_ref(),
            organisation_id: self.sender_id,
            body: object.bytes(),
            sha256,
            handling_id,
            attention: self.attention,
            received_at: self.now,
        }
    }

    /// Fills a version again that was erased: for its readers it comes anew.
    async fn refill(
        &self,
        tx: &mut Tx,
        row: &HeldObject,
        object: &Object,
        handled: &Handled,
    ) -> Result<Vec<Written>, ShareError> {
        let refilled = Refilled {
            object_id: &row.id,
            organisation_id: self.sender_id,
            created_by_ref: object.created_by_ref(),
            version: object.version(),
            spec_version: spec_version(object),
            body: object.bytes(),
            sha256: &sha256_hex(object.bytes()),
            received_at: self.now,
        };
        visibility::refill(tx, &refilled).await?;
        objects::note_size(tx, &row.collection_id, object.bytes().len()).await?;
        visibility::set_handling(tx, &row.id, &row.handling_id, self.attention).await?;
        quality::judge_new(tx, object, &row.version_key, self.sender_id, self.now).await?;
        let written = anew::handle(tx, row, handled, self.now).await?;
        anew::offer_around(tx, &[object.id().to_owned()]).await?;
        Ok(written)
    }
}

fn written(id: String, handling_id: String, is_new: bool) -> Vec<Written> {
    let mut written = vec![("collection_object", id)];
    if is_new {
        written.push(("handling", handling_id));
    }
    written
}

/// Cyber-observable objects may leave it out.
fn spec_version(object: &Object) -> &str {
    object.spec_version().unwrap_or("2.1")
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

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
