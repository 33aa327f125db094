//! Reading collections: pages of objects, manifests and versions, each object decided on by itself at each reading; and deleting one's own.
//!
//! Pages are in the order of ticks, which are unique, so that a reader who follows `next` or the last tick gets everything once. What the caller
//! may not see leaves no trace in ids, counts, ticks, `more` or errors.

mod course;
mod view;
mod walk;

use bytes::Bytes;
use ward_directory::{Here, Who};
use ward_policy::Action;
use ward_stix::timestamp::format_micros;
use ward_taxii::filter::{Endpoint, Filter, VersionMatch};
use ward_taxii::media::STIX_MEDIA_TYPE;
use ward_taxii::wire::ManifestRecord;

use crate::ShareError;
use crate::acknowledge;
use crate::anew::Erasure;
use crate::collections::{Collection, Kind};
use crate::ledger;
use crate::recall;
use crate::sql::objects::HeldObject;
pub(crate) use view::{View, version_of};
use walk::{Walk, Walked};

/// One page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Whether more follows.
    pub more: bool,
    /// With `more`: what to hand back for the page after this one.
    pub next: Option<String>,
    /// Ticks (microseconds UTC) of the first and the last item; of an empty page, where it stands.
    pub first_tick: i64,
    pub last_tick: i64,
}

/// A page of objects, each as its sender wrote it. A page with alerts is a delivery and is recorded.
pub async fn objects(
    here: &Here,
    who: &Who,
    collection: &Collection,
    filter: &Filter,
) -> Result<Page<Bytes>, ShareError> {
    let walked = walk(here, who, collection, filter, Endpoint::Objects).await?;
    delivered(here, who, collection, &walked).await?;
    Ok(page(walked, |row| row.body))
}

/// A page of what the collection holds.
pub async fn manifest(
    here: &Here,
    who: &Who,
    collection: &Collection,
    filter: &Filter,
) -> Result<Page<ManifestRecord>, ShareError> {
    let walked = walk(here, who, collection, filter, Endpoint::Manifest).await?;
    Ok(page(walked, |row| ManifestRecord {
        date_added: format_micros(row.offered),
        version: version_of(&row),
        media_type: Some(STIX_MEDIA_TYPE.to_owned()),
        id: row.stix_id.clone(),
    }))
}

/// A page of the versions of one object that the filter asks for.
pub async fn object(
    here: &Here,
    who: &Who,
    collection: &Collection,
    stix_id: &str,
    filter: &Filter,
) -> Result<Page<Bytes>, ShareError> {
    let filter = Filter { ids: vec![stix_id.to_owned()], types: Vec::new(), ..filter.clone() };
    seen(here, who, collection, stix_id).await?;
    let walked = walk(here, who, collection, &filter, Endpoint::Object).await?;
    delivered(here, who, collection, &walked).await?;
    Ok(page(walked, |row| row.body))
}

/// A page of the version texts of one object.
pub async fn versions(
    here: &Here,
    who: &Who,
    collection: &Collection,
    stix_id: &str,
    filter: &Filter,
) -> Result<Page<String>, ShareError> {
    let (ids, versions) = (vec![stix_id.to_owned()], VersionMatch::All);
    let filter = Filter { ids, types: Vec::new(), versions, ..filter.clone() };
    seen(here, who, collection, stix_id).await?;
    let walked = walk(here, who, collection, &filter, Endpoint::Versions).await?;
    Ok(page(walked, |row| version_of(&row)))
}

/// Deletes the versions of one's own object that the filter asks for from this collection, for good; the record keeps that they were there.
pub async fn delete(
    here: &Here,
    who: &Who,
    collection: &Collection,
    stix_id: &str,
    filter: &Filter,
) -> Result<(), ShareError> {
    let forbidden = || ShareError::Forbidden { who: who.name.clone() };
    if !collection.can_read || !collection.can_write || collection.kind != Kind::ThreatInformation {
        return Err(forbidden());
    }
    let mut rows = seen(here, who, collection, stix_id).await?;
    let picked = view::pick(&rows.iter().map(std::ops::Deref::deref).collect::<Vec<_>>(), filter);
    rows.retain(|row| picked.contains(&row.id));
    if rows.is_empty() {
        return Err(unseen(stix_id));
    }
    let mut view = View::of(here, who, collection).await?;
    for row in &rows {
        let judged = view.judge(row, Action::Delete).await?;
        if row.organisation_id != who.organisation.id || !judged.is_some_and(|judged| judged.decision.allowed) {
            return Err(forbidden());
        }
    }
    erase(here, who, collection, &rows).await
}

async fn erase(here: &Here, who: &Who, collection: &Collection, rows: &[HeldObject]) -> Result<(), ShareError> {
    let mut tx = here.store.begin().await?;
    tx.take_turn(here.now()).await?;
    let mut left = Vec::new();
    for row in rows {
        let erasure = Erasure { who, collection: &collection.alias, why: "its sender deleted it", is_spill: false };
        left.extend(erasure.write(here, &mut tx, row).await?);
    }
    tx.commit().await?;
    recall::review_rows(here, &left, "its sender deleted it").await?;
    Ok(())
}

async fn walk(
    here: &Here,
    who: &Who,
    collection: &Collection,
    filter: &Filter,
    endpoint: Endpoint,
) -> Result<Walked, ShareError> {
    if !collection.can_read {
        return Err(ShareError::Forbidden { who: who.name.clone() });
    }
    Walk::run(here, who, collection, filter, endpoint).await
}

/// The versions of an object that the caller sees; an error when there is none.
async fn seen(here: &Here, who: &Who, collection: &Collection, stix_id: &str) -> Result<Vec<HeldObject>, ShareError> {
    if !collection.can_read {
        return Err(ShareError::Forbidden { who: who.name.clone() });
    }
    let rows = View::of(here, who, collection).await?.versions(stix_id).await?;
    if rows.is_empty() { Err(unseen(stix_id)) } else { Ok(rows) }
}

fn unseen(stix_id: &str) -> ShareError {
    ShareError::Unseen { what: "object", id: stix_id.to_owned() }
}

/// The hub's own people read what they themselves published: that is no delivery.
async fn delivered(here: &Here, who: &Who, collection: &Collection, walked: &Walked) -> Result<(), ShareError> {
    let own = who.organisation.id == here.installation.organisation_id;
    if own || walked.rows.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = walked.rows.iter().zip(walked.judged.iter().cloned()).collect();
    ledger::deliver(here, who, collection, &rows).await?;
    if collection.kind != Kind::Alerts {
        return Ok(());
    }
    let reports: Vec<(String, String)> = walked
        .rows
        .iter()
        .filter(|row| row.kind == "report")
        .map(|row| (row.stix_id.clone(), row.version.clone()))
        .collect();
    if !reports.is_empty() {
        acknowledge::delivered(here, who, &reports).await?;
    }
    Ok(())
}

fn page<T>(walked: Walked, item: impl FnMut(HeldObject) -> T) -> Page<T> {
    Page {
        items: walked.rows.into_iter().map(item).collect(),
        more: walked.more,
        next: walked.next,
        first_tick: walked.first_tick,
        last_tick: walked.last_tick,
    }
}
