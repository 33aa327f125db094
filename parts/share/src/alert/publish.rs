//! Publishing: the alert, its objects, its recipients and its entry in the record, in one transaction.

use serde_json::json;
use ward_directory::{Here, Permit};
use ward_policy::{Resource, Verb};
use ward_stix::marking;
use ward_stix::object::Object;
use ward_store::{Act, RowRef, Tx};
use ward_tlog::{Note, note::parse_signatures};

use super::evidence::{PUBLISHED, signers};
use super::manifest::{Manifest, sha256_hex};
use super::sign::people;
use super::{
    AlertKey, DISCARDED, DRAFT, Loaded, PUBLISHED_STATE, REPLACED, SIGNERS_NEEDED, hub_permits, load, newest_published,
};
use crate::ShareError;
use crate::anew::{Written, join_alert, next_round};
use crate::collections::{self, Kind};
use crate::covers;
use crate::handling::{FROM_ARRIVAL, Handled};
use crate::intake;
use crate::sql::alerts::{self, SignatureRow};
use crate::sql::objects::{self, Placed};

/// The act of addressing a published alert to organisations.
const ADDRESSED: &str = "alert.addressed";

/// What was published.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Published {
    pub key: AlertKey,
    /// Id of the entry in the record.
    pub entry_id: String,
    pub published_at: i64,
    pub recipients: usize,
    /// Objects that were new to the collection.
    pub objects: usize,
}

/// Publishes a draft that two people have signed.
///
/// # Errors
/// [`ShareError::Invalid`] when it is published already, is not signed by two people with keys that hold, or corrects what was corrected since.
pub async fn publish(here: &Here, permit: &Permit<()>, key: &AlertKey) -> Result<Published, ShareError> {
    let who = permit.who();
    hub_permits(here, who, Verb::Publish, Resource::Alert)?;
    collections::ensure(here).await?;
    let collection = collections::id_of(here, Kind::Alerts).await?;
    let loaded = load(here, &key.report_id, &key.modified).await?;
    check_manifest(&loaded)?;
    if loaded.row.state == REPLACED {
        return Err(ShareError::invalid("this draft was replaced by a newer one"));
    }
    if loaded.row.state == DISCARDED {
        return Err(ShareError::invalid("this draft was thrown away"));
    }
    let now = here.now();
    let mut tx = here.store.begin().await?;
    tx.take_turn(here.now()).await?;
    check_correction(&mut tx, &loaded, now).await?;
    let note = signed_note(&loaded, &alerts::signatures(&mut tx, &key.report_id, &key.modified).await?)?;
    if loaded.row.state != DRAFT || !alerts::publish(&mut tx, &key.report_id, &key.modified, &note, now).await? {
        return Err(ShareError::invalid("this version is published already"));
    }
    let outgoing = Outgoing { here, collection: &collection, loaded: &loaded, note: &note, now };
    let act = Recorded { act: PUBLISHED, actor: &who.actor, detail: json!({}) };
    let published = outgoing.write(&mut tx, act).await?;
    tx.commit().await?;
    Ok(published)
}

/// The draft is still what its manifest says, byte for byte.
fn check_manifest(loaded: &Loaded) -> Result<(), ShareError> {
    let listed: Vec<_> = loaded.objects.iter().map(|object| (object.id(), object.version(), object.bytes())).collect();
    let checked = Manifest::parse(&loaded.row.manifest).and_then(|manifest| manifest.check(&listed));
    checked.map_err(|problem| ShareError::invalid(problem.to_string()))
}

/// A correction corrects the newest version; a first version is the first.
async fn check_correction(tx: &mut Tx, loaded: &Loaded, now: i64) -> Result<(), ShareError> {
    let versions = alerts::versions_in(tx, &loaded.row.report_id).await?;
    let newest = newest_published(&versions, now).map(|row| row.modified.as_str());
    let corrects = loaded.alert.correction.as_ref().map(|correction| correction.of_modified.as_str());
    if loaded.row.state == DRAFT && newest != corrects {
        return Err(ShareError::invalid("another version was published since this one was drafted; draft it again"));
    }
    Ok(())
}

/// The manifest with the signatures of at least two different people whose keys are enrolled, not retired, and hold.
fn signed_note(loaded: &Loaded, signatures: &[SignatureRow]) -> Result<String, ShareError> {
    let current: Vec<SignatureRow> = signatures.iter().filter(|row| row.retired_at.is_none()).cloned().collect();
    if people(&current) < SIGNERS_NEEDED {
        let signed = people(&current);
        return Err(ShareError::invalid(format!(
            "{signed} of {SIGNERS_NEEDED} needed people have signed this version"
        )));
    }
    let lines: String = current.iter().map(|row| format!("{}\n", row.line)).collect();
    let failed = |e: ward_tlog::NoteError| ShareError::invalid(e.to_string());
    let note = Note::new(&loaded.row.manifest, parse_signatures(&lines).map_err(failed)?).map_err(failed)?;
    let keys: Vec<String> = current.iter().map(|row| row.verifier_key.clone()).collect();
    signers(&note, &keys).map_err(|problem| ShareError::invalid(problem.to_string()))?;
    Ok(note.to_string())
}

/// A version of an alert that goes out now.
pub(super) struct Outgoing<'a> {
    pub here: &'a Here,
    /// Id of the collection.
    pub collection: &'a str,
    pub loaded: &'a Loaded,
    pub note: &'a str,
    pub now: i64,
}

/// What the entry says beside version and digest.
pub(super) struct Recorded<'a> {
    pub act: &'static str,
    pub actor: &'a str,
    pub detail: serde_json::Value,
}

impl Outgoing<'_> {
    /// Writes recipients, objects, what earlier answers count for, and the entry; the alert's row is there already and says `published`.
    pub async fn write(&self, tx: &mut Tx, recorded: Recorded<'_>) -> Result<Published, ShareError> {
        let (report_id, modified) = self.loaded.key();
        let versions = alerts::versions_in(tx, report_id).await?;
        // Its own row says `published` already.
        let published = versions.iter().filter(|row| row.state == PUBLISHED_STATE).count();
        let round = i64::try_from(published).unwrap_or(i64::MAX);
        let (recipients, mut written) = self.add_recipients(tx, round).await?;
        let added = self.add_objects(tx, round).await?;
        let objects = added.iter().filter(|(table, _)| *table == "collection_object").count();
        written.extend(added);
        covers::judge_anew(tx, report_id, &self.loaded.objects, self.now).await?;
        self.record_recipients(tx, recorded.actor, &recipients).await?;
        let mut rows = vec![vec![report_id, modified]];
        rows.extend(written.iter().map(|(_, id)| vec![id.as_str()]));
        let tables = std::iter::once("alert").chain(written.iter().map(|(table, _)| *table));
        let rows: Vec<RowRef<'_>> = tables.zip(&rows).map(|(table, key)| RowRef { table, key }).collect();
        let mut detail = recorded.detail;
        if let Some(members) = detail.as_object_mut() {
            members.insert("modified".to_owned(), modified.into());
            members.insert("note_sha256".to_owned(), sha256_hex(self.note.as_bytes()).into());
        }
        let act = Act {
            act: recorded.act,
            actor: recorded.actor,
            organisation: &self.here.installation.organisation_id,
            subject: report_id,
            at: self.now,
            detail: &detail,
            rows: &rows,
        };
        let entry_id = tx.record(act).await?;
        alerts::set_entry(tx, report_id, modified, &entry_id).await?;
        Ok(Published {
            key: AlertKey { report_id: report_id.to_owned(), modified: modified.to_owned() },
            entry_id,
            published_at: self.now,
            recipients: self.loaded.row.recipients.len(),
            objects,
        })
    }

    /// The entry of the publication goes to every recipient as evidence; who the others are is an entry that goes to none.
    async fn record_recipients(&self, tx: &mut Tx, actor: &str, recipients: &[String]) -> Result<(), ShareError> {
        if recipients.is_empty() {
            return Ok(());
        }
        let (report_id, modified) = self.loaded.key();
        let keys: Vec<[&str; 2]> = recipients.iter().map(|id| [report_id, id.as_str()]).collect();
        let rows: Vec<RowRef<'_>> = keys.iter().map(|key| RowRef { table: "alert_recipient", key }).collect();
        let act = Act {
            act: ADDRESSED,
            actor,
            organisation: &self.here.installation.organisation_id,
            subject: report_id,
            at: self.now,
            detail: &json!({"modified": modified}),
            rows: &rows,
        };
        tx.record(act).await?;
        Ok(())
    }

    /// The recipients that are new. What went out before is offered again, so that they get it when they ask for what is new.
    async fn add_recipients(&self, tx: &mut Tx, round: i64) -> Result<(Vec<String>, Vec<Written>), ShareError> {
        let report_id = &self.loaded.row.report_id;
        let mut added = Vec::new();
        for recipient in &self.loaded.row.recipients {
            if alerts::add_recipient(tx, report_id, recipient, round).await? {
                added.push(recipient.clone());
            }
        }
        let is_addition = !added.is_empty() && self.loaded.alert.correction.is_some();
        let written = if is_addition { next_round(tx, report_id, round, self.now).await? } else { Vec::new() };
        Ok((added, written))
    }

    /// The rows of the objects that are new to the collection; what is there already must be the same bytes.
    async fn add_objects(&self, tx: &mut Tx, round: i64) -> Result<Vec<Written>, ShareError> {
        let owner = &self.here.installation.organisation_id;
        let mut added = Vec::new();
        let report_id = &self.loaded.row.report_id;
        for object in &self.loaded.objects {
            let markings = marking::resolve(object, &|_| None);
            let handled = Handled::new(owner, &markings, FROM_ARRIVAL).of_alert(report_id, round);
            let mut written = intake::insert(tx, self.collection, object, &handled, owner, self.now).await?;
            if written.is_empty() {
                let here = self.is_the_same(tx, object).await?;
                written = join_alert(tx, &here, report_id, round, self.now).await?;
            }
            added.extend(written);
        }
        Ok(added)
    }

    /// The row that has these bytes.
    async fn is_the_same(&self, tx: &mut Tx, object: &Object) -> Result<Placed, ShareError> {
        let held = objects::versions_everywhere(tx, object.id()).await?;
        let same = |held: &objects::HeldObject| held.collection_id == self.collection && held.body == object.bytes();
        let found = held.into_iter().find(same).map(|held| held.into_parts().0);
        found.ok_or_else(|| {
            let id = object.id();
            ShareError::invalid(format!("`{id}` is in the collection in this version with other content"))
        })
    }
}
