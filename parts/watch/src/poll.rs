//! Polling a hub: what is new in its alerts is stored page by page, each page in one transaction with the place up to which it reaches.
//!
//! Killed at any moment, the next poll goes on where the last whole page ended; what comes again is known already. An object that cannot be
//! read is counted and recorded, and stops nothing.

use serde_json::json;
use serde_json::value::RawValue;
use ward_directory::Here;
use ward_share::intake::version_key;
use ward_stix::alert::{AlertError, from_object};
use ward_stix::object::Object;
use ward_stix::validate;
use ward_store::{Act, RowRef, Tx, enqueue_once};
use ward_taxii::client::{Client, Credentials, Page, PageQuery};
use ward_taxii::timestamp;

use crate::http::taxii_error;
use crate::hub::{Hub, refresh, token};
use crate::receive::{self, ReceivedAlert};
use crate::sql::hubs as sql;
use crate::sql::received;
use crate::{WatchError, hub};

/// Objects asked for at once, which is also the most that one entry names.
const PAGE_OBJECTS: u64 = 500;
/// Most refused objects that one entry names; all are counted.
const REFUSED_NAMED_MAX: usize = 20;
/// Most characters of a reason.
const REASON_MAX_CHARS: usize = 300;

/// What a poll brought that was not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Polled {
    pub objects: usize,
    /// Versions of alerts among them, waiting to be verified.
    pub alerts: usize,
    /// Objects that cannot be read, break the standard, or differ from what came before in the same version.
    pub refused: usize,
}

/// Fetches what is new from a hub.
pub async fn poll(here: &Here, http: &reqwest::Client, hub_id: &str) -> Result<Polled, WatchError> {
    let hub = refresh(here, http, &hub::hub(here, hub_id).await?).await?;
    let query = PageQuery {
        added_after: hub.added_after.clone(),
        limit: Some(PAGE_OBJECTS),
        versions: vec!["all".to_owned()],
        ..PageQuery::default()
    };
    let mut walk = client(here, http, &hub)?.walk(&hub.alerts_collection, &query);
    let mut polled = Polled::default();
    while let Some(page) = walk.next_page().await.map_err(|e| taxii_error(&hub.name, &e))? {
        let reached = walk.date_added_last().and_then(timestamp::parse_micros).and_then(timestamp::format_micros);
        let stored = store_page(here, &hub, &page, reached.as_deref()).await?;
        polled.objects += stored.objects;
        polled.alerts += stored.alerts;
        polled.refused += stored.refused;
    }
    Ok(polled)
}

/// A TAXII client of a hub.
pub(crate) fn client(here: &Here, http: &reqwest::Client, hub: &Hub) -> Result<Client, WatchError> {
    let root = format!("{}/share/", hub.url);
    let credentials = Credentials::Bearer(token(here, hub)?);
    Client::new(http.clone(), &root, credentials).map_err(|e| taxii_error(&hub.name, &e))
}

/// What a batch of objects brought.
#[derive(Default)]
pub(crate) struct Batch {
    /// Id and version key of the objects that are new.
    objects: Vec<(String, String)>,
    /// Report id and version of the alerts that are new.
    alerts: Vec<(String, String)>,
    /// What an object is called or where it stands, and why it is refused.
    refused: Vec<(String, String)>,
}

async fn store_page(here: &Here, hub: &Hub, page: &Page, reached: Option<&str>) -> Result<Polled, WatchError> {
    let mut tx = here.store.begin().await?;
    let batch = store_objects(&mut tx, here, hub, &page.objects).await?;
    if let Some(reached) = reached {
        sql::set_added_after(&mut tx, &hub.id, reached).await?;
    }
    tx.commit().await?;
    Ok(Polled { objects: batch.objects.len(), alerts: batch.alerts.len(), refused: batch.refused.len() })
}

/// Keeps the objects that are not known, with one entry for all of them and a job for each alert among them.
pub(crate) async fn store_objects(
    tx: &mut Tx,
    here: &Here,
    hub: &Hub,
    objects: &[Box<RawValue>],
) -> Result<Batch, WatchError> {
    let mut batch = Batch::default();
    for (place, raw) in objects.iter().enumerate() {
        let name = || format!("object {} of the page", place + 1);
        match Object::parse(raw.get().as_bytes()) {
            Err(problem) => batch.refuse(name(), &problem.to_string()),
            Ok(object) => match validate::check(&object).first() {
                Some(problem) => batch.refuse(object.id().to_owned(), &problem.to_string()),
                None => store_object(tx, here, hub, &object, &mut batch).await?,
            },
        }
    }
    batch.record(tx, here, hub).await?;
    Ok(batch)
}

async fn store_object(
    tx: &mut Tx,
    here: &Here,
    hub: &Hub,
    object: &Object,
    batch: &mut Batch,
) -> Result<(), WatchError> {
    let key = version_key(object.version());
    let new = received::NewObject {
        hub_id: &hub.id,
        stix_id: object.id(),
        version_key: &key,
        version: object.version(),
        kind: object.kind(),
        body: object.bytes(),
    };
    if !received::insert_object(tx, &new, here.now()).await? {
        let known = received::object_in(tx, &hub.id, object.id(), &key).await?;
        if known.as_deref() != Some(object.bytes()) {
            batch.refuse(object.id().to_owned(), "it came before in this version with other content");
        }
        return Ok(());
    }
    batch.objects.push((object.id().to_owned(), key.clone()));
    match from_object(object) {
        Err(AlertError::NotAnAlert) => Ok(()),
        Err(problem) => {
            batch.refuse(object.id().to_owned(), &format!("it is no alert that can be read: {problem}"));
            Ok(())
        }
        Ok(alert) => {
            let waiting = ReceivedAlert {
                report_id: alert.report_id,
                modified: alert.modified,
                version_key: key,
                hub_id: hub.id.clone(),
                headline: alert.headline,
                state: receive::WAITING.to_owned(),
                reason: String::new(),
                evidence: None,
                made_by: None,
                received_at: here.now(),
                verified_at: None,
            };
            add_alert(tx, here, waiting, batch).await
        }
    }
}

async fn add_alert(tx: &mut Tx, here: &Here, alert: ReceivedAlert, batch: &mut Batch) -> Result<(), WatchError> {
    if received::insert_alert(tx, &alert).await? {
        enqueue_once(tx, "fetch-evidence", &receive::job_data(&alert), here.now()).await?;
        batch.alerts.push((alert.report_id, alert.modified));
    }
    Ok(())
}

impl Batch {
    fn refuse(&mut self, name: String, reason: &str) {
        self.refused.push((name, reason.chars().take(REASON_MAX_CHARS).collect()));
    }

    /// One entry for what came; none when everything was known.
    async fn record(&self, tx: &mut Tx, here: &Here, hub: &Hub) -> Result<(), WatchError> {
        if self.objects.is_empty() && self.refused.is_empty() {
            return Ok(());
        }
        let named: Vec<_> = self.refused.iter().take(REFUSED_NAMED_MAX).collect();
        let (objects, alerts, refused) = (self.objects.len(), self.alerts.len(), self.refused.len());
        let detail = json!({"objects": objects, "alerts": alerts, "refused": refused, "reasons": named});
        let objects = self.objects.iter().map(|(id, key)| [hub.id.as_str(), id, key]);
        let alerts = self.alerts.iter().map(|(id, modified)| [hub.id.as_str(), id, modified]);
        let (objects, alerts): (Vec<_>, Vec<_>) = (objects.collect(), alerts.collect());
        let mut rows: Vec<RowRef<'_>> = objects.iter().map(|key| RowRef { table: "received_object", key }).collect();
        rows.extend(alerts.iter().map(|key| RowRef { table: "received_alert", key }));
        let act = Act {
            act: "objects.received",
            actor: "ward",
            organisation: &here.installation.organisation_id,
            subject: &hub.id,
            at: here.now(),
            detail: &detail,
            rows: &rows,
        };
        tx.record(act).await?;
        Ok(())
    }
}
