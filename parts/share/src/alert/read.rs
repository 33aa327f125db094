//! Reading alerts, and the evidence that recipients get with them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use ward_directory::{Here, PARENTS_READ, Permit, SignerFact, Who, person, recipient_below, signers};
use ward_policy::{Action, Recipient, Resource, Verb, decide};
use ward_stix::alert::{Alert, from_object};
use ward_stix::marking::{Tlp, resolve};
use ward_stix::object::Object;
use ward_store::{Proof, StoreError, prove};
use ward_tlog::{Note, VerifierKey};

use super::{
    DISCARDED, Evidence, Loaded, PUBLISHED_STATE, REPLACED, clerk_text, handling, hub_permits, load_row, parse, reads,
};
use crate::ShareError;
use crate::sql::alerts::{self, AlertRow};
use crate::sql::lists::{self, ListedRow};

/// A version of an alert in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AlertSummary {
    pub report_id: String,
    pub modified: String,
    /// `draft`, `published`, `replaced` for a draft in whose place there is another one, or `discarded`.
    pub state: String,
    pub headline: String,
    /// The strictest of its markings; `Tlp::Red` when it has one that is not understood, or none.
    pub tlp: Tlp,
    pub drafted_at: i64,
    pub published_at: Option<i64>,
    /// The hub that made it, when it was passed on here.
    pub relayed_from: Option<String>,
    /// How many organisations it is addressed to.
    pub recipients: usize,
    /// None when the report cannot be read.
    pub stops_mattering_at: Option<i64>,
    /// When any member first saw what it is about, where that is known.
    pub first_seen_at: Option<i64>,
}

/// A version of an alert, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AlertView {
    pub summary: AlertSummary,
    pub alert: Alert,
    /// Id, pattern, and whether it was withdrawn.
    pub indicators: Vec<(String, String, bool)>,
    /// How a clerk reads it.
    pub clerk_text: String,
    /// The name of the hub that made it.
    pub sender: String,
}

/// All versions that the caller may see, in the order in which they were drafted: for the hub's own people drafts too, but for those that were
/// replaced or thrown away.
pub async fn list(here: &Here, who: &Who) -> Result<Vec<AlertSummary>, ShareError> {
    reads(who)?;
    let is_hub = hub_permits(here, who, Verb::See, Resource::Alert).is_ok();
    let eyes = if is_hub { None } else { Some(Eyes::of(here, who, "").await?) };
    let mut seen = Vec::new();
    let is_kept = |row: &ListedRow| row.state != REPLACED && row.state != DISCARDED;
    for row in lists::listed(&here.store).await?.into_iter().filter(is_kept) {
        let report = row.report.as_deref().map(parse).transpose()?;
        let is_seen = match (&eyes, &report) {
            (None, _) => true,
            (Some(eyes), Some(report)) => eyes.see(here, (&row.report_id, &row.state, row.published_at), report),
            (Some(_), None) => false,
        };
        if is_seen {
            seen.push(listed(row, report.as_ref()));
        }
    }
    Ok(seen)
}

/// Of each alert the newest published version, the newest alert first.
pub(crate) fn newest_of_each(mut alerts: Vec<AlertSummary>) -> Vec<AlertSummary> {
    alerts.retain(|alert| alert.published_at.is_some());
    alerts.sort_by_key(|alert| std::cmp::Reverse(alert.published_at));
    let mut seen = BTreeSet::new();
    alerts.retain(|alert| seen.insert(alert.report_id.clone()));
    alerts
}

/// A version of an alert; the newest published one when none is named.
///
/// # Errors
/// [`ShareError::Unseen`] when there is none for the caller.
pub async fn read(here: &Here, who: &Who, report_id: &str, modified: Option<&str>) -> Result<AlertView, ShareError> {
    view(here, &visible(here, who, report_id, modified).await?)
}

/// As [`read`], with all that its row says.
pub(crate) async fn visible(
    here: &Here,
    who: &Who,
    report_id: &str,
    modified: Option<&str>,
) -> Result<Loaded, ShareError> {
    reads(who)?;
    let unseen = || ShareError::Unseen { what: "alert", id: report_id.to_owned() };
    let found = match modified {
        Some(modified) => alerts::loaded(&here.store, report_id, modified).await?,
        None => alerts::newest_loaded(&here.store, report_id, here.now()).await?,
    };
    let loaded = load_row(found.ok_or_else(unseen)?)?;
    let is_hub = hub_permits(here, who, Verb::See, Resource::Alert).is_ok();
    if !is_hub && !may_read(here, who, &loaded.row, &loaded.report).await? {
        return Err(unseen());
    }
    Ok(loaded)
}

/// Whom each version of an alert is addressed to, by version; for the hub's own people.
///
/// # Errors
/// [`ShareError::Forbidden`].
pub async fn recipients_of(
    here: &Here,
    permit: &Permit<()>,
    report_id: &str,
) -> Result<BTreeMap<String, Vec<String>>, ShareError> {
    hub_permits(here, permit.who(), Verb::See, Resource::Alert)?;
    Ok(alerts::drafted_recipients(&here.store, report_id).await?.into_iter().collect())
}

/// The evidence of a published version, for those who may see it; none until a checkpoint covers its entry.
///
/// # Errors
/// [`ShareError::Unseen`] when there is no such published version for the caller.
pub async fn evidence(here: &Here, who: &Who, report_id: &str, modified: &str) -> Result<Option<Evidence>, ShareError> {
    reads(who)?;
    let unseen = || ShareError::Unseen { what: "alert", id: report_id.to_owned() };
    let row = alerts::alert(&here.store, report_id, modified).await?.ok_or_else(unseen)?;
    let report = alerts::report(&here.store, report_id, modified).await?.ok_or_else(unseen)?;
    if row.state != PUBLISHED_STATE || !may_read(here, who, &row, &parse(&report)?).await? {
        return Err(unseen());
    }
    let (Some(entry_id), Some(note)) = (&row.entry_id, &row.note) else { return Ok(None) };
    let Some(proof) = prove(&here.store, entry_id).await? else { return Ok(None) };
    let signers = match row.relayed_from {
        Some(_) => relayed_signers(&proof)?,
        None => own_signers(here, note).await?,
    };
    Ok(Some(Evidence { note: note.clone(), proof, signers }))
}

/// What decides which alerts somebody may read: who they are to the one decision, and what they and those above them are addressed in.
struct Eyes {
    recipient: Recipient,
    /// Organisation and report.
    addressed: BTreeSet<(String, String)>,
}

impl Eyes {
    /// For one alert, or for all when `report_id` is empty.
    async fn of(here: &Here, who: &Who, report_id: &str) -> Result<Eyes, ShareError> {
        let own = &who.organisation.id;
        let (above, addressed) = lists::addressed(&here.store, own, report_id, PARENTS_READ).await?;
        Ok(Eyes { recipient: recipient_below(who, above)?, addressed: addressed.into_iter().collect() })
    }

    /// Only published versions, by the one decision on the report. Of those addressed it is told the ones that it could ask about.
    fn see(&self, here: &Here, (report_id, state, published_at): (&str, &str, Option<i64>), report: &Object) -> bool {
        if state != PUBLISHED_STATE {
            return false;
        }
        let of_report = self.addressed.iter().filter(|(_, report)| report == report_id);
        let addressed = of_report.map(|(organisation, _)| organisation.clone()).collect();
        let handling = handling(here, report, addressed, published_at);
        decide(&self.recipient, &handling, Action::Read, here.now()).allowed
    }
}

async fn may_read(here: &Here, who: &Who, row: &AlertRow, report: &Object) -> Result<bool, ShareError> {
    let eyes = Eyes::of(here, who, &row.report_id).await?;
    Ok(eyes.see(here, (&row.report_id, &row.state, row.published_at), report))
}

fn strictest(report: Option<&Object>) -> Tlp {
    let markings = report.map(|report| resolve(report, &|_| None)).unwrap_or_default();
    markings.tlp.into_iter().max().filter(|_| markings.unknown.is_empty()).unwrap_or(Tlp::Red)
}

fn listed(row: ListedRow, report: Option<&Object>) -> AlertSummary {
    AlertSummary {
        tlp: strictest(report),
        stops_mattering_at: report.and_then(|report| from_object(report).ok()).map(|alert| alert.stops_mattering_at),
        report_id: row.report_id,
        modified: row.modified,
        state: row.state,
        headline: row.headline,
        drafted_at: row.drafted_at,
        published_at: row.published_at,
        relayed_from: row.relayed_from,
        recipients: usize::try_from(row.recipients).unwrap_or_default(),
        first_seen_at: row.first_seen_at,
    }
}

fn summary(row: &AlertRow, alert: &Alert) -> AlertSummary {
    AlertSummary {
        stops_mattering_at: Some(alert.stops_mattering_at),
        report_id: row.report_id.clone(),
        modified: row.modified.clone(),
        state: row.state.clone(),
        headline: row.headline.clone(),
        tlp: alert.tlp,
        drafted_at: row.drafted_at,
        published_at: row.published_at,
        relayed_from: row.relayed_from.clone(),
        recipients: row.recipients.len(),
        first_seen_at: row.first_seen_at,
    }
}

pub(crate) fn view(here: &Here, loaded: &Loaded) -> Result<AlertView, ShareError> {
    let indicators = loaded.objects.iter().filter(|object| object.kind() == "indicator");
    let indicator = |object: &Object| {
        (object.id().to_owned(), object.text("pattern").unwrap_or_default().to_owned(), object.is_revoked())
    };
    let alert = from_object(&loaded.report).map_err(|e| StoreError::Record(e.to_string()))?;
    let own = || here.installation.name.clone();
    let sender = loaded.row.relayed_from.clone().unwrap_or_else(own);
    Ok(AlertView {
        summary: summary(&loaded.row, &alert),
        indicators: indicators.map(indicator).collect(),
        clerk_text: clerk_text(&alert, &sender),
        sender,
        alert,
    })
}

/// The enrolled people whose keys are on the note.
async fn own_signers(here: &Here, note: &str) -> Result<Vec<SignerFact>, ShareError> {
    let note = Note::parse(note).map_err(|e| StoreError::Record(e.to_string()))?;
    let mut facts = Vec::new();
    for signer in signers(here).await? {
        let Ok(key) = VerifierKey::parse(&signer.verifier_key) else { continue };
        if !note.signatures().iter().any(|signature| key.made(signature)) {
            continue;
        }
        let person = person(here, &signer.person_id).await?;
        facts.push(SignerFact {
            verifier_key: signer.verifier_key,
            name: person.as_ref().map_or_else(String::new, |person| person.name.clone()),
            office: person.map_or_else(String::new, |person| person.office),
            enrolled_by: signer.enrolled_by,
            enrolment: signer.enrolment,
        });
    }
    Ok(facts)
}

/// The signers of a relayed alert, as its entry keeps them.
fn relayed_signers(proof: &Proof) -> Result<Vec<SignerFact>, ShareError> {
    let failed = |e: serde_json::Error| StoreError::Record(e.to_string());
    let body: serde_json::Value = serde_json::from_str(&proof.entry.body).map_err(failed)?;
    let signers = body.pointer("/detail/signers").cloned().unwrap_or_default();
    Ok(serde_json::from_value(signers).map_err(failed)?)
}
