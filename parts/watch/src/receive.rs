//! An alert that came: proved before anything acts on it, then its indicators are taken over and the look-back is asked for.
//!
//! What is checked: two signers known here signed exactly these bytes, and the hub's log, under the key pinned on joining, holds the
//! publication. What fails for good is refused, recorded, and never acted upon; what is only not there yet is tried again.

mod indicators;

use serde::Serialize;
use serde_json::{Value, json};
use ward_directory::Here;
use ward_share::alert::evidence::{self, Evidence, PUBLISHED, RELAYED, Verified, verify_evidence};
use ward_share::alert::manifest::{Manifest, ObjectBytes};
use ward_share::alert::{Relayed, RelayedAlert};
use ward_share::intake::version_key;
use ward_stix::alert::{Alert, from_object, problems};
use ward_stix::marking::{Tlp, resolve};
use ward_stix::object::Object;
use ward_store::{Act, MICROS_PER_SECOND, RowRef, StoreError, Tx, enqueue_once};
use ward_taxii::client::PageQuery;
use ward_tlog::Note;

use crate::http::taxii_error;
use crate::hub::{Hub, hub, place, refresh, token};
use crate::sql::received::{self, ListedRow};
use crate::{WatchError, acknowledge, poll, roster};

pub use indicators::{ACTIVE, IndicatorRow, NOT_SEARCHED, QUARANTINED, REVOKED};

/// The states of a received alert.
pub const WAITING: &str = "waiting";
pub const VERIFIED: &str = "verified";
pub const REFUSED: &str = "refused";
/// How long a hub may say that it knows nothing of an alert that it sent, before the alert is refused.
const PATIENCE_SECONDS: i64 = 3600;
/// The shortest and the longest wait for evidence that is not there yet.
const WAIT_SECONDS: (i64, i64) = (1, 10);

/// A version of an alert, as it came from a hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReceivedAlert {
    pub report_id: String,
    /// The version, exact text.
    pub modified: String,
    /// Sorts by time.
    pub version_key: String,
    pub hub_id: String,
    pub headline: String,
    /// [`WAITING`], [`VERIFIED`] or [`REFUSED`].
    pub state: String,
    /// Why it was refused; else empty.
    pub reason: String,
    /// The evidence as JSON, once it was verified.
    #[serde(skip)]
    pub evidence: Option<String>,
    /// The origin of the log of the hub that made it, once it was verified.
    pub made_by: Option<String>,
    pub received_at: i64,
    pub verified_at: Option<i64>,
}

/// All versions of all alerts that came, newest first.
pub async fn received(here: &Here) -> Result<Vec<ReceivedAlert>, WatchError> {
    Ok(received::alerts(&here.store).await?)
}

/// A version of an alert that came, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedAlert {
    pub report_id: String,
    /// The version, exact text.
    pub modified: String,
    /// Sorts by time.
    pub version_key: String,
    /// The name of the hub that sent it.
    pub hub: String,
    pub headline: String,
    /// [`WAITING`], [`VERIFIED`] or [`REFUSED`].
    pub state: String,
    /// Why it was refused; else empty.
    pub reason: String,
    /// The strictest of its markings; [`Tlp::Red`] when it has none that is understood.
    pub tlp: Tlp,
    pub received_at: i64,
    pub verified_at: Option<i64>,
}

/// All versions of all alerts that came, newest first, as lists show them.
pub async fn listed(here: &Here) -> Result<Vec<ListedAlert>, WatchError> {
    let rows = received::listed(&here.store, "").await?;
    let each = |row: ListedRow| {
        let tlp = row.body.as_deref().and_then(|body| Object::parse(body).ok()).and_then(|report| strictest(&report));
        of_listed(row, tlp)
    };
    Ok(rows.into_iter().map(each).collect())
}

/// The version of an alert that this node acts upon, the newest verified one, else the newest; with what it says.
pub async fn newest(here: &Here, report_id: &str) -> Result<Option<(ListedAlert, Alert)>, WatchError> {
    let mut rows = received::listed(&here.store, report_id).await?;
    let newest = rows.iter().zip(0..).max_by_key(|(row, _)| (row.state == VERIFIED, row.version_key.clone()));
    let Some(place) = newest.map(|(_, place)| place) else { return Ok(None) };
    let row = rows.swap_remove(place);
    let body = row.body.as_deref().ok_or_else(|| unknown(report_id))?;
    let report = Object::parse(body).map_err(|e| StoreError::Record(e.to_string()))?;
    let said = from_object(&report).map_err(|e| StoreError::Record(e.to_string()))?;
    Ok(Some((of_listed(row, strictest(&report)), said)))
}

fn of_listed(row: ListedRow, tlp: Option<Tlp>) -> ListedAlert {
    ListedAlert {
        tlp: tlp.unwrap_or(Tlp::Red),
        report_id: row.report_id,
        modified: row.modified,
        version_key: row.version_key,
        hub: row.hub,
        headline: row.headline,
        state: row.state,
        reason: row.reason,
        received_at: row.received_at,
        verified_at: row.verified_at,
    }
}

/// None when it has no marking, or one that is not understood.
fn strictest(report: &Object) -> Option<Tlp> {
    let markings = resolve(report, &|_| None);
    markings.tlp.into_iter().max().filter(|_| markings.unknown.is_empty())
}

/// What an alert says; also of one that waits or was refused, so that a page can show it as such.
pub async fn read(here: &Here, alert: &ReceivedAlert) -> Result<Alert, WatchError> {
    let body = received::object(&here.store, &alert.hub_id, &alert.report_id, &alert.version_key).await?;
    let body = body.ok_or_else(|| unknown(&alert.report_id))?;
    let report = Object::parse(&body).map_err(|e| StoreError::Record(e.to_string()))?;
    Ok(from_object(&report).map_err(|e| StoreError::Record(e.to_string()))?)
}

/// Verifies an alert that waits, and acts on it or refuses it. One that waits no longer is left alone.
pub async fn verify_alert(
    here: &Here,
    http: &reqwest::Client,
    hub_id: &str,
    report_id: &str,
    modified: &str,
) -> Result<(), WatchError> {
    let mut hub = hub(here, hub_id).await?;
    let alert = received::alert(&here.store, hub_id, report_id, modified).await?.ok_or_else(|| unknown(report_id))?;
    if alert.state != WAITING {
        return Ok(());
    }
    let checked = match check(here, http, &hub, &alert).await? {
        // A signer who was enrolled since may explain it.
        Err(Doubt::Signers(_)) => {
            hub = refresh(here, http, &hub).await?;
            check(here, http, &hub, &alert).await?
        }
        checked => checked,
    };
    match checked {
        Ok(proved) => store_verified(here, &hub, alert, &proved).await,
        Err(Doubt::Signers(reason) | Doubt::Other(reason)) => store_refused(here, alert, reason).await,
    }
}

/// How long to wait for something that is not there yet, in microseconds: the longer the alert waits already, the longer.
pub(crate) async fn wait_micros(here: &Here, data: &JobData) -> Result<i64, WatchError> {
    let alert = received::alert(&here.store, &data.hub_id, &data.report_id, &data.modified).await?;
    let age_seconds = alert.map_or(0, |alert| (here.now() - alert.received_at) / MICROS_PER_SECOND);
    Ok((age_seconds / 8).clamp(WAIT_SECONDS.0, WAIT_SECONDS.1) * MICROS_PER_SECOND)
}

/// What the jobs about one alert of one hub carry.
#[derive(Clone, Debug, serde::Deserialize)]
pub(crate) struct JobData {
    pub hub_id: String,
    pub report_id: String,
    pub modified: String,
}

/// The same, as it is enqueued.
pub(crate) fn job_data(alert: &ReceivedAlert) -> Value {
    json!({"hub_id": alert.hub_id, "report_id": alert.report_id, "modified": alert.modified})
}

/// The alerts of a hub that were refused wait again.
pub(crate) async fn look_again(tx: &mut Tx, here: &Here, hub_id: &str, actor: &str) -> Result<(), WatchError> {
    for alert in received::refused_alerts(tx, hub_id).await? {
        let waiting = ReceivedAlert { state: WAITING.to_owned(), reason: String::new(), ..alert };
        received::set_alert(tx, &waiting, REFUSED).await?;
        enqueue_once(tx, "fetch-evidence", &job_data(&waiting), here.now()).await?;
        record(tx, here, "alert.looked-at-again", actor, &waiting, &json!({"modified": waiting.modified})).await?;
    }
    Ok(())
}

/// Passes a verified alert on to the members of this installation, if its marking allows it; the job "relay".
pub(crate) async fn relay(here: &Here, data: &JobData) -> Result<(), WatchError> {
    let hub = hub(here, &data.hub_id).await?;
    let alert = received::alert(&here.store, &hub.id, &data.report_id, &data.modified).await?;
    let alert = alert.filter(|alert| alert.state == VERIFIED).ok_or_else(|| unknown(&data.report_id))?;
    let evidence: Evidence = serde_json::from_str(alert.evidence.as_deref().unwrap_or_default())
        .map_err(|e| StoreError::Record(e.to_string()))?;
    let note = Note::parse(&evidence.note).map_err(|e| StoreError::Record(e.to_string()))?;
    let manifest = Manifest::parse(note.text()).map_err(|e| StoreError::Record(e.to_string()))?;
    let (objects, missing) = kept(here, &hub, &manifest).await?;
    if !missing.is_empty() {
        return Err(StoreError::Record(format!("objects of the alert `{}` are gone", alert.report_id)).into());
    }
    let upstream = RelayedAlert {
        report_id: alert.report_id.clone(),
        modified: alert.modified.clone(),
        objects: objects.into_iter().map(|(_, _, bytes)| bytes).collect(),
        note: evidence.note,
        signers: evidence.signers,
        from: hub.name,
    };
    let why = match ward_share::alert::relay(here, upstream).await {
        Ok(Relayed::Published { .. } | Relayed::AlreadyHere) => return Ok(()),
        Ok(Relayed::KeptHere { rule }) => rule,
        Err(ward_share::ShareError::Invalid(reasons)) => reasons.join("; "),
        Err(other) => return Err(other.into()),
    };
    let mut tx = here.store.begin().await?;
    record(&mut tx, here, "alert.not-relayed", "ward", &alert, &json!({"modified": alert.modified, "reason": why}))
        .await?;
    Ok(tx.commit().await?)
}

/// Why an alert is not believed. What is only not there yet is an error of the attempt instead.
enum Doubt {
    /// Too few of its signatures are of signers known here.
    Signers(String),
    Other(String),
}

/// An alert that holds.
struct Proved {
    evidence: Evidence,
    verified: Verified,
    /// All but the report.
    objects: Vec<Object>,
}

async fn check(
    here: &Here,
    http: &reqwest::Client,
    hub: &Hub,
    alert: &ReceivedAlert,
) -> Result<Result<Proved, Doubt>, WatchError> {
    let Some(evidence) = fetch(here, http, hub, alert).await? else {
        return Ok(Err(Doubt::Other("the hub that sent it knows no such alert".to_owned())));
    };
    // The signatures first: nothing is fetched because of a list that nobody signed.
    let (manifest, keys) = match signed_manifest(&evidence, hub) {
        Ok(signed) => signed,
        Err(doubt) => return Ok(Err(doubt)),
    };
    let objects = objects(here, http, hub, &manifest).await?;
    Ok(prove(hub, alert, evidence, &keys, &objects))
}

/// The evidence of an alert; none when the hub has had its time and still knows nothing of it.
async fn fetch(
    here: &Here,
    http: &reqwest::Client,
    hub: &Hub,
    alert: &ReceivedAlert,
) -> Result<Option<Evidence>, WatchError> {
    let token = token(here, hub)?;
    let place = place(http, hub, &token);
    let answer = place.get(&format!("/api/alerts/{}/{}/evidence", alert.report_id, alert.modified)).await?;
    match answer.status {
        202 => Err(WatchError::NotYet(format!("no checkpoint of `{}` covers the alert yet", hub.name))),
        404 if here.now() - alert.received_at > PATIENCE_SECONDS * MICROS_PER_SECOND => Ok(None),
        404 => Err(WatchError::NotYet(format!("`{}` has no evidence of the alert yet", hub.name))),
        _ => Ok(Some(place.json(&answer)?)),
    }
}

/// The manifest, once enough signers known here have signed it, with the keys that count.
fn signed_manifest(evidence: &Evidence, hub: &Hub) -> Result<(Manifest, Vec<String>), Doubt> {
    let note = Note::parse(&evidence.note).map_err(|e| Doubt::Other(e.to_string()))?;
    let manifest = Manifest::parse(note.text()).map_err(|e| Doubt::Other(e.to_string()))?;
    let keys = roster::believed(&hub.signers);
    evidence::signers(&note, &keys).map_err(|problem| match problem {
        evidence::EvidenceProblem::TooFewSigners { .. } => Doubt::Signers(problem.to_string()),
        other => Doubt::Other(in_words(&other)),
    })?;
    Ok((manifest, keys))
}

type Kept = (String, String, Vec<u8>);

/// The objects of a manifest that this hub sent, the report first, and id and version of those that it has not sent yet.
async fn kept(here: &Here, hub: &Hub, manifest: &Manifest) -> Result<(Vec<Kept>, Vec<(String, String)>), WatchError> {
    let report = (manifest.report_id.clone(), manifest.modified.clone());
    let others = manifest.objects.iter().map(|listed| (listed.stix_id.clone(), listed.version.clone()));
    let (mut kept, mut missing) = (Vec::new(), Vec::new());
    for (id, version) in std::iter::once(report).chain(others) {
        match received::object(&here.store, &hub.id, &id, &version_key(&version)).await? {
            Some(body) => kept.push((id, version, body)),
            None => missing.push((id, version)),
        }
    }
    Ok((kept, missing))
}

/// All objects of a manifest. What a poll has not brought is asked for by its id: it may have been added before this recipient was.
async fn objects(here: &Here, http: &reqwest::Client, hub: &Hub, manifest: &Manifest) -> Result<Vec<Kept>, WatchError> {
    let (all, missing) = kept(here, hub, manifest).await?;
    if missing.is_empty() {
        return Ok(all);
    }
    let client = poll::client(here, http, hub)?;
    for (id, version) in &missing {
        let query = PageQuery { versions: vec![version.clone()], ..PageQuery::default() };
        let page = client.object(&hub.alerts_collection, id, &query).await;
        let page = page.map_err(|e| WatchError::NotYet(format!("`{id}`: {}", taxii_error(&hub.name, &e))))?;
        let mut tx = here.store.begin().await?;
        poll::store_objects(&mut tx, here, hub, &page.objects).await?;
        tx.commit().await?;
    }
    let (all, missing) = kept(here, hub, manifest).await?;
    match missing.first() {
        None => Ok(all),
        Some((id, _)) => Err(WatchError::NotYet(format!("`{id}` of the alert has not come from `{}`", hub.name))),
    }
}

fn prove(
    hub: &Hub,
    alert: &ReceivedAlert,
    evidence: Evidence,
    keys: &[String],
    kept: &[Kept],
) -> Result<Proved, Doubt> {
    let other = |reason: String| Doubt::Other(reason);
    let listed: Vec<ObjectBytes<'_>> = kept.iter().map(|(id, version, bytes)| (&**id, &**version, &**bytes)).collect();
    let acts = [PUBLISHED, RELAYED];
    let (report_id, modified) = (&alert.report_id, &alert.modified);
    let verified = verify_evidence(&evidence, &hub.verifier_key, keys, &listed, report_id, modified, &acts)
        .map_err(|problem| other(in_words(&problem)))?;
    let parsed: Result<Vec<_>, _> = kept.iter().map(|(_, _, bytes)| Object::parse(bytes)).collect();
    let mut objects = parsed.map_err(|e| other(e.to_string()))?;
    let place = objects.iter().position(|object| object.id() == report_id && object.version() == modified);
    let report = objects.remove(place.ok_or_else(|| other("its report is not among what was signed".to_owned()))?);
    let said = from_object(&report).map_err(|e| other(e.to_string()))?;
    let problems: Vec<String> = problems(&said).iter().map(ToString::to_string).collect();
    if !problems.is_empty() {
        return Err(other(format!("it is not what an alert must be: {}", problems.join("; "))));
    }
    let signed = |id: &String| objects.iter().any(|object| object.id() == id);
    match said.indicator_refs.iter().find(|id| !signed(id)) {
        Some(id) => Err(other(format!("it refers to `{id}`, which was not signed"))),
        None => Ok(Proved { evidence, verified, objects }),
    }
}

async fn store_verified(here: &Here, hub: &Hub, alert: ReceivedAlert, proved: &Proved) -> Result<(), WatchError> {
    let mut tx = here.store.begin().await?;
    let versions = received::versions(&mut tx, &alert.report_id).await?;
    let verified: Vec<&ReceivedAlert> = versions.iter().filter(|other| other.state == VERIFIED).collect();
    let made_by = Some(proved.verified.made_by.clone());
    if verified.iter().any(|other| other.made_by != made_by) {
        drop(tx);
        return store_refused(here, alert, "an alert of another hub has this id".to_owned()).await;
    }
    let evidence = serde_json::to_string(&proved.evidence).map_err(|e| StoreError::Record(e.to_string()))?;
    let alert = ReceivedAlert {
        state: VERIFIED.to_owned(),
        evidence: Some(evidence),
        made_by,
        verified_at: Some(here.now()),
        ..alert
    };
    if !received::set_alert(&mut tx, &alert, WAITING).await? {
        return Ok(());
    }
    let is_newest = verified.iter().all(|other| other.version_key <= alert.version_key);
    let counts = match is_newest {
        true => indicators::take_over(&mut tx, &alert, &proved.objects, here.now()).await?,
        false => json!("a newer version is in force"),
    };
    let detail = json!({
        "modified": alert.modified,
        "hub": hub.id,
        "act": proved.verified.act,
        "made_by": proved.verified.made_by,
        "entry": proved.verified.number,
        "signed_by": proved.verified.signed_by,
        "indicators": counts,
    });
    record(&mut tx, here, "alert.verified", "ward", &alert, &detail).await?;
    enqueue_once(&mut tx, "look-back", &json!({"report_id": alert.report_id}), here.now()).await?;
    acknowledge::add(&mut tx, here, &alert, acknowledge::NODE, &here.installation.name).await?;
    if here.installation.is_hub {
        enqueue_once(&mut tx, "relay", &job_data(&alert), here.now()).await?;
    }
    Ok(tx.commit().await?)
}

async fn store_refused(here: &Here, alert: ReceivedAlert, reason: String) -> Result<(), WatchError> {
    tracing::warn!(report = alert.report_id, reason, "an alert is not believed and not acted upon");
    let mut tx = here.store.begin().await?;
    let alert = ReceivedAlert { state: REFUSED.to_owned(), reason, ..alert };
    if !received::set_alert(&mut tx, &alert, WAITING).await? {
        return Ok(());
    }
    let detail = json!({"modified": alert.modified, "hub": alert.hub_id, "reason": alert.reason});
    record(&mut tx, here, "alert.refused", "ward", &alert, &detail).await?;
    Ok(tx.commit().await?)
}

async fn record(
    tx: &mut Tx,
    here: &Here,
    act: &'static str,
    actor: &str,
    alert: &ReceivedAlert,
    detail: &Value,
) -> Result<(), WatchError> {
    let key = [alert.hub_id.as_str(), &alert.report_id, &alert.modified];
    let act = Act {
        act,
        actor,
        organisation: &here.installation.organisation_id,
        subject: &alert.report_id,
        at: here.now(),
        detail,
        rows: &[RowRef { table: "received_alert", key: &key }],
    };
    tx.record(act).await?;
    Ok(())
}

/// A problem and its cause.
fn in_words(problem: &evidence::EvidenceProblem) -> String {
    let cause = std::error::Error::source(problem).map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{problem}{cause}")
}

fn unknown(report_id: &str) -> WatchError {
    WatchError::Unknown { what: "alert", id: report_id.to_owned() }
}
