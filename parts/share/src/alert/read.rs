//! Reading alerts, and the evidence that recipients get with them.

use std::collections::BTreeMap;

use serde::Serialize;
use ward_directory::{Here, SignerFact, Who, person, recipient, signers};
use ward_policy::{Action, Resource, Verb, decide};
use ward_stix::alert::{Alert, from_object};
use ward_stix::marking::{Tlp, resolve};
use ward_store::{Proof, StoreError, prove};
use ward_tlog::{Note, VerifierKey};

use super::{
    DISCARDED, Evidence, Loaded, PUBLISHED_STATE, REPLACED, clerk_text, handling, hub_permits, load, newest_published,
    parse, reads,
};
use crate::ShareError;
use crate::sql::alerts::{self, AlertRow};

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
    let reports = alerts::reports(&here.store).await?;
    let reports: BTreeMap<(&str, &str), &[u8]> =
        reports.iter().map(|(id, modified, body)| ((id.as_str(), modified.as_str()), body.as_slice())).collect();
    let mut seen = Vec::new();
    for row in
        alerts::alerts(&here.store).await?.into_iter().filter(|row| row.state != REPLACED && row.state != DISCARDED)
    {
        if is_hub || may_read(here, who, &row).await? {
            let report = reports.get(&(row.report_id.as_str(), row.modified.as_str()));
            seen.push(summary(&row, strictest(report.copied())?));
        }
    }
    Ok(seen)
}

/// A version of an alert; the newest published one when none is named.
///
/// # Errors
/// [`ShareError::Unseen`] when there is none for the caller.
pub async fn read(here: &Here, who: &Who, report_id: &str, modified: Option<&str>) -> Result<AlertView, ShareError> {
    reads(who)?;
    let unseen = || ShareError::Unseen { what: "alert", id: report_id.to_owned() };
    let versions = alerts::versions(&here.store, report_id).await?;
    let row = match modified {
        Some(modified) => versions.iter().find(|row| row.modified == modified),
        None => newest_published(&versions, here.now()),
    };
    let row = row.ok_or_else(unseen)?;
    let is_hub = hub_permits(here, who, Verb::See, Resource::Alert).is_ok();
    if !is_hub && !may_read(here, who, row).await? {
        return Err(unseen());
    }
    view(here, &load(here, report_id, &row.modified).await?).await
}

/// The evidence of a published version, for those who may see it; none until a checkpoint covers its entry.
///
/// # Errors
/// [`ShareError::Unseen`] when there is no such published version for the caller.
pub async fn evidence(here: &Here, who: &Who, report_id: &str, modified: &str) -> Result<Option<Evidence>, ShareError> {
    reads(who)?;
    let unseen = || ShareError::Unseen { what: "alert", id: report_id.to_owned() };
    let row = alerts::alert(&here.store, report_id, modified).await?.ok_or_else(unseen)?;
    if row.state != PUBLISHED_STATE || !may_read(here, who, &row).await? {
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

/// Only published versions, by the one decision on the report.
async fn may_read(here: &Here, who: &Who, row: &AlertRow) -> Result<bool, ShareError> {
    if row.state != PUBLISHED_STATE {
        return Ok(false);
    }
    let Some(body) = alerts::report(&here.store, &row.report_id, &row.modified).await? else { return Ok(false) };
    let addressed = alerts::recipients(&here.store, &row.report_id).await?;
    let handling = handling(here, &parse(&body)?, addressed, row.published_at);
    Ok(decide(&recipient(here, who).await?, &handling, Action::Read, here.now()).allowed)
}

fn strictest(report: Option<&[u8]>) -> Result<Tlp, ShareError> {
    let markings = report.map(parse).transpose()?.map(|report| resolve(&report, &|_| None)).unwrap_or_default();
    let known = markings.tlp.into_iter().max().filter(|_| markings.unknown.is_empty());
    Ok(known.unwrap_or(Tlp::Red))
}

fn summary(row: &AlertRow, tlp: Tlp) -> AlertSummary {
    AlertSummary {
        report_id: row.report_id.clone(),
        modified: row.modified.clone(),
        state: row.state.clone(),
        headline: row.headline.clone(),
        tlp,
        drafted_at: row.drafted_at,
        published_at: row.published_at,
        relayed_from: row.relayed_from.clone(),
        recipients: row.recipients.len(),
        first_seen_at: row.first_seen_at,
    }
}

async fn view(here: &Here, loaded: &Loaded) -> Result<AlertView, ShareError> {
    let indicators = loaded.objects.iter().filter(|object| object.kind() == "indicator");
    let indicator = |object: &ward_stix::object::Object| {
        (object.id().to_owned(), object.text("pattern").unwrap_or_default().to_owned(), object.is_revoked())
    };
    let alert = from_object(&loaded.report).map_err(|e| StoreError::Record(e.to_string()))?;
    let own = || here.installation.name.clone();
    let sender = loaded.row.relayed_from.clone().unwrap_or_else(own);
    Ok(AlertView {
        summary: summary(&loaded.row, alert.tlp),
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
