//! Relaying: an installation that is hub and node passes a hub's verified alert on to its own members, byte for byte.
//!
//! TLP decides: CLEAR and GREEN go to all members, AMBER to those whose parent this organisation is, AMBER+STRICT and RED stay here. The signed
//! note goes along, so that a county checks the same two signatures as its state did.

use serde::{Deserialize, Serialize};
use serde_json::json;
use ward_directory::{Here, Organisation, SignerFact, organisations, own_organisation};
use ward_policy::{Action, Handling, decide};
use ward_stix::alert::from_object;
use ward_stix::marking::Tlp;
use ward_stix::object::Object;
use ward_tlog::Note;

use super::evidence::RELAYED;
use super::manifest::Manifest;
use super::publish::{Outgoing, Published, Recorded};
use super::{Loaded, PUBLISHED_STATE, handling, parents, recipient_of};
use crate::ShareError;
use crate::collections::{self, Kind};
use crate::sql::alerts::{self, AlertRow};

/// An alert that this installation received and verified as a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayedAlert {
    pub report_id: String,
    pub modified: String,
    /// The report and every other object of the manifest, as received.
    pub objects: Vec<Vec<u8>>,
    /// The signed note, as received.
    pub note: String,
    /// The signers, as received.
    pub signers: Vec<SignerFact>,
    /// The name of the hub that it came from.
    pub from: String,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relayed {
    /// Passed on to so many members.
    Published { recipients: usize },
    /// Passed on before; nothing changed.
    AlreadyHere,
    /// Its marking does not allow it.
    KeptHere { rule: String },
}

/// Passes a verified alert on. Doing it again does nothing.
///
/// # Errors
/// [`ShareError::Invalid`] when this installation is no hub, or the objects are not those that were signed.
pub async fn relay(here: &Here, upstream: RelayedAlert) -> Result<Relayed, ShareError> {
    if !here.installation.is_hub {
        return Err(ShareError::invalid("this installation has no members to pass an alert on to"));
    }
    let (all, own) = (organisations(here).await?, own_organisation(here).await?);
    let (note, objects) = check(&upstream)?;
    let report = objects.first().cloned().ok_or_else(|| ShareError::invalid("there is no report"))?;
    let decided =
        Handling { owner: upstream.from.clone(), ..handling(here, &report, vec![own.id.clone()], Some(here.now())) };
    let decision = decide(&recipient_of(&own, &all), &decided, Action::Relay, here.now());
    if !decision.allowed {
        return Ok(Relayed::KeptHere { rule: decision.rule.to_owned() });
    }
    let alert = from_object(&report).map_err(|problem| ShareError::invalid(problem.to_string()))?;
    let now = here.now();
    let row = AlertRow {
        report_id: upstream.report_id.clone(),
        modified: upstream.modified.clone(),
        state: PUBLISHED_STATE.to_owned(),
        headline: alert.headline.clone(),
        drafted_by: upstream.from.clone(),
        drafted_at: now,
        first_seen_at: None,
        recipients: audience(alert.tlp, &own, &all),
        manifest: note.text().to_owned(),
        note: Some(upstream.note.clone()),
        published_at: Some(now),
        entry_id: None,
        relayed_from: Some(upstream.from.clone()),
    };
    let loaded = Loaded { row, objects, report, alert, carried: None };
    let published = write(here, &upstream, &loaded, now).await?;
    Ok(published.map_or(Relayed::AlreadyHere, |published| Relayed::Published { recipients: published.recipients }))
}

/// The members it goes to.
fn audience(tlp: Tlp, own: &Organisation, all: &[Organisation]) -> Vec<String> {
    let is_client = |member: &Organisation| parents(member, all).iter().any(|parent| parent.id == own.id);
    let members = all.iter().filter(|member| member.is_member && member.id != own.id);
    let reached = members.filter(|member| matches!(tlp, Tlp::Clear | Tlp::Green) || is_client(member));
    reached.map(|member| member.id.clone()).collect()
}

/// The note and the objects in the manifest's order, the report first.
fn check(upstream: &RelayedAlert) -> Result<(Note, Vec<Object>), ShareError> {
    let invalid = |problem: String| ShareError::invalid(problem);
    let note = Note::parse(&upstream.note).map_err(|problem| invalid(problem.to_string()))?;
    let manifest = Manifest::parse(note.text()).map_err(|problem| invalid(problem.to_string()))?;
    if (&manifest.report_id, &manifest.modified) != (&upstream.report_id, &upstream.modified) {
        return Err(invalid("the note is of another alert".to_owned()));
    }
    let parsed = upstream.objects.iter().map(|bytes| Object::parse(bytes)).collect::<Result<Vec<_>, _>>();
    let mut objects = parsed.map_err(|problem| invalid(problem.to_string()))?;
    let listed: Vec<_> = objects.iter().map(|object| (object.id(), object.version(), object.bytes())).collect();
    manifest.check(&listed).map_err(|problem| invalid(problem.to_string()))?;
    let place = |object: &Object| manifest.objects.iter().position(|listed| listed.stix_id == object.id());
    // The report is in no further line, so its place is none, which is first.
    objects.sort_by_key(place);
    Ok((note, objects))
}

/// None when this version is here already.
async fn write(
    here: &Here,
    upstream: &RelayedAlert,
    loaded: &Loaded,
    now: i64,
) -> Result<Option<Published>, ShareError> {
    collections::ensure(here).await?;
    let collection = collections::id_of(here, Kind::Alerts).await?;
    let (report_id, modified) = loaded.key();
    if alerts::alert(&here.store, report_id, modified).await?.is_some() {
        return Ok(None);
    }
    let mut tx = here.store.begin().await?;
    tx.take_turn(here.now()).await?;
    let versions = alerts::versions_in(&mut tx, report_id).await?;
    if versions.iter().any(|version| version.modified == modified) {
        return Ok(None);
    }
    if versions.iter().any(|version| version.relayed_from.is_none()) {
        return Err(ShareError::invalid("an alert of this installation has this id"));
    }
    alerts::insert_alert(&mut tx, &loaded.row).await?;
    for (object, place) in loaded.objects.iter().zip(0..) {
        alerts::insert_alert_object(&mut tx, (report_id, modified), place, object.id(), object.bytes()).await?;
    }
    let outgoing = Outgoing { here, collection: &collection, loaded, note: &upstream.note, now };
    let detail = json!({"relayed_from": upstream.from, "signers": upstream.signers});
    let published = outgoing.write(&mut tx, Recorded { act: RELAYED, actor: "relay", detail }).await?;
    tx.commit().await?;
    Ok(Some(published))
}
