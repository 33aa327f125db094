//! Objects that are handled in another way from now on, and what must be offered again because of it.
//!
//! Each change is written down and gets its tick like an arrival, so that readers who walked past the object come upon it: whoever it comes into
//! view for gets it then, and nobody else. Other versions of the object and what mentions it are offered again as well, since they may come into
//! view with it, or when it leaves. Callers hold the turn to write objects (`Tx::take_turn`) and name the rows in their entry.

use std::collections::HashSet;

use serde_json::json;
use ward_directory::{Here, Who};
use ward_policy::{Action, decide};
use ward_stix::object::Object;
use ward_store::{Act, RowRef, StoreError, Tx};

use crate::ShareError;
use crate::handling::{Definitions, Handled};
use crate::intake::stranger;
use crate::recall;
use crate::sql::objects::{MENTIONS, OFFERED_AGAIN, Placed, Reader, SIBLINGS};
use crate::sql::visibility;

/// A row that the entry of the act names: table and id.
pub type Written = (&'static str, String);

/// Handles a row in another way from now on. Gives what was written; nothing when it was handled so already.
pub(crate) async fn handle(tx: &mut Tx, row: &Placed, handled: &Handled, now: i64) -> Result<Vec<Written>, ShareError> {
    let (id, is_new) = handled.keep(tx, now).await?;
    if id == row.handling_id {
        return Ok(Vec::new());
    }
    // What came just now comes as it is handled from now on.
    let is_new_here = tx.moment() == Some(row.moment);
    // What it mentions was handled alike perhaps, and is no more.
    let attention = if is_new_here { MENTIONS } else { OFFERED_AGAIN | MENTIONS };
    visibility::set_handling(tx, &row.id, &id, attention).await?;
    if !is_new_here {
        visibility::insert_change(tx, row, (&row.handling_id, &id)).await?;
    }
    let mut written = vec![("collection_object", row.id.clone())];
    if is_new {
        written.push(("handling", id));
    }
    Ok(written)
}

/// Offers again what may come into view because these objects changed or went: their other versions, and what mentions them.
pub(crate) async fn offer_around(tx: &mut Tx, stix_ids: &[String]) -> Result<(), ShareError> {
    offer_around_but(tx, stix_ids, HashSet::new()).await
}

/// As [`offer_around`], but for what is offered already.
async fn offer_around_but(tx: &mut Tx, stix_ids: &[String], mut offered: HashSet<String>) -> Result<(), ShareError> {
    for stix_id in stix_ids {
        let versions = visibility::handled_as(tx, stix_id).await?;
        for row in &versions {
            let has_siblings = versions.iter().any(|one| one.id != row.id && one.collection_id == row.collection_id);
            if has_siblings {
                offer_once(tx, row, OFFERED_AGAIN, &mut offered).await?;
            }
        }
    }
    offer_mentioning(tx, stix_ids.to_vec(), offered, false).await
}

/// Offers again what mentions these objects, which have just arrived, where they are handled in another way than it is.
pub(crate) async fn arrived(tx: &mut Tx, stix_ids: Vec<String>) -> Result<(), ShareError> {
    offer_mentioning(tx, stix_ids, HashSet::new(), true).await
}

/// What mentions these objects, and what mentions that; each with its other versions, of which another is the last that somebody sees when one leaves
/// the view or comes into it.
async fn offer_mentioning(
    tx: &mut Tx,
    mut pending: Vec<String>,
    mut offered: HashSet<String>,
    unless_alike: bool,
) -> Result<(), ShareError> {
    let mut known = HashSet::new();
    while let Some(stix_id) = pending.pop() {
        let mentioned = visibility::handled_as(tx, &stix_id).await?;
        for row in visibility::mentioning(tx, &stix_id).await? {
            // What depends on what it mentions may have waited for it.
            let depends = row.attention & MENTIONS != 0;
            if unless_alike && !depends && is_as_seen(tx, &row.handling_id, &mentioned).await? {
                continue;
            }
            offer_once(tx, &row, OFFERED_AGAIN | MENTIONS, &mut offered).await?;
            if row.attention & SIBLINGS != 0 {
                for other in visibility::handled_as(tx, &row.stix_id).await? {
                    if other.collection_id == row.collection_id {
                        offer_once(tx, &other, OFFERED_AGAIN, &mut offered).await?;
                    }
                }
            }
            if known.insert(row.id) {
                pending.push(row.stix_id);
            }
        }
    }
    Ok(())
}

/// Offers a row again, once however many reasons there are, unless it came just now and is offered there; each may add to what must be attended to,
/// which those that mention it ask next.
async fn offer_once(
    tx: &mut Tx,
    row: &Placed,
    attention: i64,
    offered: &mut HashSet<String>,
) -> Result<(), StoreError> {
    visibility::set_handling(tx, &row.id, &row.handling_id, attention).await?;
    if offered.insert(row.id.clone()) && tx.moment() != Some(row.moment) {
        visibility::insert_change(tx, row, (&row.handling_id, &row.handling_id)).await?;
    }
    Ok(())
}

/// Whether whoever sees what is handled so also sees the object of which these are the versions: one of them is handled alike or for everyone,
/// and depends on nothing that it mentions. Of what is not held there is nothing to see.
pub(crate) async fn is_as_seen(tx: &mut Tx, handling_id: &str, versions: &[Placed]) -> Result<bool, ShareError> {
    for version in versions.iter().filter(|version| version.attention & MENTIONS == 0) {
        if version.handling_id == handling_id || is_for_everyone(tx, &version.handling_id).await? {
            return Ok(true);
        }
    }
    Ok(versions.is_empty())
}

async fn is_for_everyone(tx: &mut Tx, handling_id: &str) -> Result<bool, ShareError> {
    let content = visibility::way_in(tx, handling_id).await?;
    let handled = content.and_then(|content| Handled::from_json(&content));
    Ok(handled.is_some_and(|handled| {
        // Whatever the time is: what has a date in it may close.
        handled.alerts.is_empty()
            && handled.changes_after(0) == i64::MAX
            && decide(&stranger(), &handled.handling, Action::Read, 0).allowed
    }))
}

/// Resolves the markings anew of all objects that name this marking-definition, which has just come or gone: of its sender's objects, and of
/// everybody's when the hub sent it.
pub(crate) async fn resolve_naming(
    tx: &mut Tx,
    definitions: &mut Definitions,
    marking_id: &str,
    sender: Option<&str>,
    now: i64,
) -> Result<Vec<Written>, ShareError> {
    let (mut written, mut changed) = (Vec::new(), Vec::new());
    for (handling_id, content) in visibility::ways_with(tx, marking_id).await? {
        let Some(handled) = Handled::from_json(&content).filter(|one| one.markings.iter().any(|id| id == marking_id))
        else {
            continue;
        };
        for row in visibility::handled_in(tx, &handling_id).await? {
            if sender.is_some_and(|sender| sender != row.organisation_id) {
                continue;
            }
            let body = visibility::body(tx, &row.id).await?.unwrap_or_default();
            let Ok(object) = Object::parse(&body) else { continue };
            let (markings, named) = definitions.markings(&mut Reader::Tx(tx), &object, &row.organisation_id).await?;
            let mut resolved = handled.clone().naming(named);
            resolved.handling.unknown_markings = !markings.unknown.is_empty();
            resolved.handling.tlp = markings.tlp;
            resolved.handling.acs = markings.acs;
            let wrote = handle(tx, &row, &resolved, now).await?;
            if !wrote.is_empty() {
                written.extend(wrote);
                changed.push(row.stix_id);
            }
        }
    }
    offer_around(tx, &changed).await?;
    Ok(written)
}

/// Brings the objects of an alert to its newest publication, so that those who became recipients come upon them.
pub async fn next_round(tx: &mut Tx, report_id: &str, round: i64, now: i64) -> Result<Vec<Written>, ShareError> {
    let (mut written, mut changed) = (Vec::new(), Vec::new());
    for (handling_id, content) in visibility::ways_with(tx, report_id).await? {
        let Some(handled) = Handled::from_json(&content).filter(|one| one.alerts.contains_key(report_id)) else {
            continue;
        };
        let handled = handled.of_alert(report_id, round);
        for row in visibility::handled_in(tx, &handling_id).await? {
            let wrote = handle(tx, &row, &handled, now).await?;
            written.extend(wrote);
            changed.push(row.stix_id);
        }
    }
    offer_around(tx, &changed).await?;
    Ok(written)
}

/// Takes it that a row which is here already belongs to an alert as well.
pub(crate) async fn join_alert(
    tx: &mut Tx,
    row: &Placed,
    report_id: &str,
    round: i64,
    now: i64,
) -> Result<Vec<Written>, ShareError> {
    let content = visibility::way_in(tx, &row.handling_id).await?;
    let Some(handled) = content.and_then(|content| Handled::from_json(&content)) else { return Ok(Vec::new()) };
    let written = handle(tx, row, &handled.of_alert(report_id, round), now).await?;
    if !written.is_empty() {
        offer_around(tx, std::slice::from_ref(&row.stix_id)).await?;
    }
    Ok(written)
}

/// That somebody has rows erased.
pub(crate) struct Erasure<'a> {
    pub who: &'a Who,
    /// The alias of the collection.
    pub collection: &'a str,
    pub why: &'a str,
    /// Whether it should never have been here: then what it mentioned is forgotten too. Else that is known, as what it was, since how others' places in
    /// the walk came about depends on it.
    pub is_spill: bool,
}

impl Erasure<'_> {
    /// Erases a row, with its entry: its bytes go, what it was and to whom it went stays known. What may come into view by it is offered again.
    /// Gives the rows that may have left views, for `recall::review_rows` once this lasts.
    pub async fn write(&self, here: &Here, tx: &mut Tx, row: &Placed) -> Result<Vec<String>, ShareError> {
        let mut written = handle(tx, row, &Handled::erased(), here.now()).await?;
        visibility::empty(tx, &row.id).await?;
        match tx.moment() {
            Some(moment) if !self.is_spill => visibility::end_mentions(tx, &row.id, moment).await?,
            _ => visibility::forget_mentions(tx, &row.id).await?,
        }
        if row.kind == "marking-definition" {
            let mut definitions = Definitions::new(&here.installation.organisation_id);
            let everyones = row.organisation_id == here.installation.organisation_id;
            let sender = (!everyones).then_some(row.organisation_id.as_str());
            written.extend(resolve_naming(tx, &mut definitions, &row.stix_id, sender, here.now()).await?);
        }
        offer_around(tx, std::slice::from_ref(&row.stix_id)).await?;
        let keys: Vec<[&str; 1]> = written.iter().map(|(_, id)| [id.as_str()]).collect();
        let rows: Vec<RowRef<'_>> = written.iter().zip(&keys).map(|((table, _), key)| RowRef { table, key }).collect();
        let act = Act {
            act: "row.erased",
            actor: &self.who.actor,
            organisation: &self.who.organisation.id,
            subject: &format!("collection_object {}", row.id),
            at: here.now(),
            detail: &json!({"collection": self.collection, "id": row.stix_id, "version": row.version, "why": self.why}),
            rows: &rows,
        };
        tx.record(act).await?;
        Ok(written.into_iter().filter(|(table, _)| *table == "collection_object").map(|(_, id)| id).collect())
    }
}

/// Offers again everything whose markings say something else since time went by. To be called now and then; gives how many were offered.
pub async fn turn_dates(here: &Here) -> Result<usize, ShareError> {
    let now = here.now();
    if !visibility::is_way_due(&here.store, now).await? {
        return Ok(0);
    }
    let mut tx = here.store.begin().await?;
    tx.take_turn(now).await?;
    let (mut turned, mut turned_ids, mut offered) = (Vec::new(), Vec::new(), HashSet::new());
    for (handling_id, content) in visibility::ways_due(&mut tx, now).await? {
        let next = Handled::from_json(&content).map_or(i64::MAX, |handled| handled.changes_after(now));
        visibility::set_changes_at(&mut tx, &handling_id, (next < i64::MAX).then_some(next)).await?;
        for row in visibility::handled_in(&mut tx, &handling_id).await? {
            offer_once(&mut tx, &row, OFFERED_AGAIN, &mut offered).await?;
            turned.push(row.stix_id);
            turned_ids.push(row.id);
        }
    }
    offer_around_but(&mut tx, &turned, offered).await?;
    tx.commit().await?;
    recall::review_rows(here, &turned_ids, "its markings say something else since a date in them").await?;
    Ok(turned.len())
}
