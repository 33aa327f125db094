//! Acknowledgements: this node has an alert, and its people have read it. Kept here at once, sent to the hub until they arrive.

use serde_json::json;
use ward_directory::{Duty, Here, Permit, spill};
use ward_store::{Act, RowRef, StoreError, Tx, enqueue_once};

use crate::WatchError;
use crate::hub::{hub, place, token};
use crate::receive::{self, ReceivedAlert, VERIFIED};
use crate::sql::{received, sending};

/// What a node acknowledges by itself, beside the duties of people.
pub const NODE: &str = "node";

/// An acknowledgement of a version of an alert.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Acknowledgement {
    pub modified: String,
    /// `node`, `election` or `it`.
    pub duty: String,
    /// The person, or the installation for the duty `node`.
    pub person: String,
    pub at: i64,
    /// When the hub had it; none while it is on its way.
    pub arrived_at: Option<i64>,
}

/// Somebody has read the newest verified version of the alert that the permit names, in this duty. Saying it twice changes nothing.
pub async fn acknowledge(here: &Here, permit: &Permit<String>, duty: Duty, person: &str) -> Result<(), WatchError> {
    let report_id = permit.on();
    spill::guard(here, permit.who(), "acknowledgement", person).await?;
    if person.trim().is_empty() || person.chars().any(char::is_control) {
        return Err(WatchError::Invalid("say who acknowledges: a name".to_owned()));
    }
    let duty = match duty {
        Duty::Election => "election",
        Duty::It => "it",
    };
    let mut tx = here.store.begin().await?;
    let versions = received::versions(&mut tx, report_id).await?;
    let verified: Vec<&ReceivedAlert> = versions.iter().filter(|alert| alert.state == VERIFIED).collect();
    let newest = verified.iter().map(|alert| &alert.version_key).max().cloned();
    let newest = newest.ok_or_else(|| WatchError::Unknown { what: "verified alert", id: report_id.clone() })?;
    for alert in verified.into_iter().filter(|alert| alert.version_key == newest) {
        if add(&mut tx, here, alert, duty, person.trim()).await? {
            record(&mut tx, here, alert, duty, &permit.who().actor).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// Who acknowledged which version of an alert, oldest first.
pub async fn acknowledgements(here: &Here, report_id: &str) -> Result<Vec<Acknowledgement>, WatchError> {
    let rows = sending::acknowledgements(&here.store, report_id).await?;
    let read = |(modified, duty, person, at, arrived_at)| Acknowledgement { modified, duty, person, at, arrived_at };
    Ok(rows.into_iter().map(read).collect())
}

/// Keeps an acknowledgement and asks for it to be sent. False when it is there already.
pub(crate) async fn add(
    tx: &mut Tx,
    here: &Here,
    alert: &ReceivedAlert,
    duty: &str,
    person: &str,
) -> Result<bool, StoreError> {
    let key = (alert.hub_id.as_str(), alert.report_id.as_str(), alert.modified.as_str());
    let added = sending::insert_acknowledgement(tx, key, (duty, person), here.now()).await?;
    if added {
        let mut data = receive::job_data(alert);
        if let Some(members) = data.as_object_mut() {
            members.insert("duty".to_owned(), duty.into());
        }
        enqueue_once(tx, "acknowledge", &data, here.now()).await?;
    }
    Ok(added)
}

/// Sends an acknowledgement that has not arrived; the job "acknowledge".
pub(crate) async fn send(
    here: &Here,
    http: &reqwest::Client,
    (hub_id, report_id, modified): (&str, &str, &str),
    duty: &str,
) -> Result<(), WatchError> {
    let key = (hub_id, report_id, modified);
    let Some(person) = sending::unsent_acknowledgement(&here.store, key, duty).await? else { return Ok(()) };
    let hub = hub(here, hub_id).await?;
    let token = token(here, &hub)?;
    let place = place(http, &hub, &token);
    let body = json!({"report_id": report_id, "modified": modified, "duty": duty, "person": person});
    let answer = place.post_json("/api/acknowledgements", &body).await?;
    if !matches!(answer.status, 200 | 204) {
        return Err(place.refused(&answer));
    }
    let mut tx = here.store.begin().await?;
    sending::acknowledgement_arrived(&mut tx, key, duty, here.now()).await?;
    Ok(tx.commit().await?)
}

async fn record(tx: &mut Tx, here: &Here, alert: &ReceivedAlert, duty: &str, actor: &str) -> Result<(), StoreError> {
    let key = [alert.hub_id.as_str(), &alert.report_id, &alert.modified, duty];
    let act = Act {
        act: "alert.acknowledged",
        actor,
        organisation: &here.installation.organisation_id,
        subject: &alert.report_id,
        at: here.now(),
        detail: &json!({"modified": alert.modified, "hub": alert.hub_id}),
        rows: &[RowRef { table: "sent_acknowledgement", key: &key }],
    };
    tx.record(act).await?;
    Ok(())
}
