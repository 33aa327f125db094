//! Sending answers home: released answers go to their hub's collection, byte for byte as they were made, and what the hub said is kept.
//!
//! Ids and bytes do not change, so sending again after a kill is the same request: the hub takes it once and gives the same receipt.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use ward_directory::Here;
use ward_store::{Act, RowRef, StoreError};
use ward_taxii::client::Client;
use ward_taxii::timestamp;
use ward_taxii::wire::{Progress, Status, StatusDetail};

use crate::WatchError;
use crate::http::taxii_error;
use crate::hub::{Hub, hub};
use crate::poll::client;
use crate::sql::sending::{self, Outcome, Outgoing};

/// What a hub made of an answer.
pub const SENT: &str = "sent";
pub const RECEIPTED: &str = "receipted";
pub const REFUSED_BY_HUB: &str = "refused-by-hub";

/// Answers in one envelope.
const ENVELOPE_OBJECTS: i64 = 100;
/// How often and how long apart a hub that works on a request is asked.
const STATUS_TRIES: u32 = 50;
const STATUS_PAUSE: Duration = Duration::from_millis(200);

/// What was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Sent {
    pub taken: usize,
    /// Of those, with a receipt.
    pub receipted: usize,
    pub refused: usize,
}

/// A hub's word that it has an answer, and when it will have answered it.
#[derive(Clone, Debug, Deserialize)]
struct Receipt {
    number: i64,
    sighting_id: String,
    modified: String,
    promised_at: Moment,
}

/// Microseconds, or a time as text.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Moment {
    Micros(i64),
    Text(String),
}

impl Moment {
    fn micros(&self) -> Option<i64> {
        match self {
            Moment::Micros(micros) => Some(*micros),
            Moment::Text(text) => timestamp::parse_micros(text),
        }
    }
}

/// Sends all released answers of a hub; the job "send-answers".
pub async fn run(here: &Here, http: &reqwest::Client, hub_id: &str) -> Result<Sent, WatchError> {
    let hub = hub(here, hub_id).await?;
    let mut sent = Sent::default();
    loop {
        let answers = sending::released(&here.store, hub_id, ENVELOPE_OBJECTS).await?;
        if answers.is_empty() {
            return Ok(sent);
        }
        let client = client(here, http, &hub)?;
        let status = post(&client, &hub, &answers).await?;
        let outcomes = outcomes(&hub, &answers, &status)?;
        store(here, &hub, &answers, &outcomes).await?;
        sent.refused += outcomes.iter().filter(|outcome| outcome.state == REFUSED_BY_HUB).count();
        sent.receipted += outcomes.iter().filter(|outcome| outcome.state == RECEIPTED).count();
        sent.taken += outcomes.iter().filter(|outcome| outcome.state != REFUSED_BY_HUB).count();
    }
}

/// Posts the answers and waits until the hub has dealt with all of them.
async fn post(client: &Client, hub: &Hub, answers: &[Outgoing]) -> Result<Status, WatchError> {
    let damaged = |e: String| StoreError::Record(format!("an answer that is kept here cannot be read: {e}"));
    let mut objects: Vec<Box<RawValue>> = Vec::with_capacity(answers.len());
    for answer in answers {
        let text = String::from_utf8(answer.body.clone()).map_err(|e| damaged(e.to_string()))?;
        objects.push(RawValue::from_string(text).map_err(|e| damaged(e.to_string()))?);
    }
    let objects: Vec<&RawValue> = objects.iter().map(|object| &**object).collect();
    let failed = |e| taxii_error(&hub.name, &e);
    let status = client.post(&hub.answers_collection, &objects).await.map_err(failed)?;
    match status.status {
        Progress::Complete => Ok(status),
        Progress::Pending => client.wait(&status.id, STATUS_TRIES, STATUS_PAUSE).await.map_err(failed),
    }
}

/// What became of each answer, in their order.
fn outcomes(hub: &Hub, answers: &[Outgoing], status: &Status) -> Result<Vec<Outcome>, WatchError> {
    let counted = status.success_count + status.failure_count;
    let total = u64::try_from(answers.len()).unwrap_or(u64::MAX);
    if counted != total || u64::try_from(status.failures.len()).ok() != Some(status.failure_count) {
        let why =
            format!("it was sent {total} answers and tells of {counted}, {} refused by name", status.failures.len());
        return Err(WatchError::HubRefused { hub: hub.name.clone(), why });
    }
    let receipts: Vec<Receipt> = match status.custom.get("x_ward_receipts") {
        None => Vec::new(),
        Some(list) => serde_json::from_value(list.clone()).map_err(|e| WatchError::HubRefused {
            hub: hub.name.clone(),
            why: format!("its receipts cannot be read: {e}"),
        })?,
    };
    Ok(answers.iter().map(|answer| outcome(answer, &status.failures, &receipts)).collect())
}

fn outcome(answer: &Outgoing, failures: &[StatusDetail], receipts: &[Receipt]) -> Outcome {
    let is_this = |id: &str, version: Option<&str>| {
        id == answer.sighting_id && version.is_none_or(|version| same_version(version, &answer.modified))
    };
    if let Some(failure) = failures.iter().find(|failure| is_this(&failure.id, failure.version.as_deref())) {
        let message = failure.message.clone().unwrap_or_else(|| "it gave no reason".to_owned());
        return Outcome { state: REFUSED_BY_HUB, receipt_number: None, promised_at: None, hub_message: Some(message) };
    }
    let receipt = receipts.iter().find(|receipt| is_this(&receipt.sighting_id, Some(&receipt.modified)));
    Outcome {
        state: if receipt.is_some() { RECEIPTED } else { SENT },
        receipt_number: receipt.map(|receipt| receipt.number),
        promised_at: receipt.and_then(|receipt| receipt.promised_at.micros()),
        hub_message: None,
    }
}

fn same_version(one: &str, other: &str) -> bool {
    one == other || timestamp::canonical(one).is_some_and(|one| timestamp::canonical(other) == Some(one))
}

/// Notes what became of the answers, with one entry for all whose outcome was not noted before.
async fn store(here: &Here, hub: &Hub, answers: &[Outgoing], outcomes: &[Outcome]) -> Result<(), WatchError> {
    let mut tx = here.store.begin().await?;
    let (mut told, mut refused) = (Vec::new(), Vec::new());
    for (answer, outcome) in answers.iter().zip(outcomes) {
        if !sending::set_outcome(&mut tx, answer, outcome, here.now()).await? {
            continue;
        }
        told.push([answer.sighting_id.as_str(), answer.modified.as_str()]);
        if let Some(message) = &outcome.hub_message {
            refused.push(json!({"sighting_id": answer.sighting_id, "modified": answer.modified, "message": message}));
        }
    }
    if told.is_empty() {
        return Ok(());
    }
    let receipts: Vec<i64> = outcomes.iter().filter_map(|outcome| outcome.receipt_number).collect();
    let rows: Vec<RowRef<'_>> = told.iter().map(|key| RowRef { table: "sent_answer", key }).collect();
    let act = Act {
        act: "answers.sent",
        actor: "ward",
        organisation: &here.installation.organisation_id,
        subject: &hub.id,
        at: here.now(),
        detail: &json!({"sent": told.len(), "receipts": receipts, "refused": refused}),
        rows: &rows,
    };
    tx.record(act).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(id: &str, modified: &str) -> Outgoing {
        Outgoing { sighting_id: id.to_owned(), modified: modified.to_owned(), body: Vec::new() }
    }

    fn detail(id: &str, version: Option<&str>, message: Option<&str>) -> StatusDetail {
        StatusDetail { id: id.to_owned(), version: version.map(str::to_owned), message: message.map(str::to_owned) }
    }

    #[test]
    fn what_became_of_an_answer() {
        let receipts: Vec<Receipt> = serde_json::from_value(json!([
            {"number": 7, "sighting_id": "sighting--1", "modified": "2018-05-03T12:00:00.000Z", "promised_at": 5},
            {"number": 8, "sighting_id": "sighting--2", "modified": "2018-05-03T12:00:00Z", "promised_at": "1970-01-01T00:00:01Z"},
        ]))
        .unwrap();
        let failures = [
            detail("sighting--3", None, Some("no such alert")),
            detail("sighting--1", Some("2018-05-03T13:00:00Z"), None),
        ];
        let at = "2018-05-03T12:00:00.000Z";
        let check = |answer: Outgoing,
                     state: &str,
                     number: Option<i64>,
                     promised: Option<i64>,
                     message: Option<&str>| {
            let found = outcome(&answer, &failures, &receipts);
            assert_eq!((found.state, found.receipt_number, found.promised_at), (state, number, promised), "{answer:?}");
            assert_eq!(found.hub_message.as_deref(), message);
        };
        check(answer("sighting--1", at), RECEIPTED, Some(7), Some(5), None);
        check(answer("sighting--2", at), RECEIPTED, Some(8), Some(1_000_000), None);
        check(answer("sighting--3", at), REFUSED_BY_HUB, None, None, Some("no such alert"));
        check(answer("sighting--1", "2018-05-03T13:00:00.000Z"), REFUSED_BY_HUB, None, None, Some("it gave no reason"));
        check(answer("sighting--4", at), SENT, None, None, None);
    }
}
