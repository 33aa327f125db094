//! What of a restricted object its reader sees, and what everyone sees who would get the new one.

use std::collections::{BTreeMap, BTreeSet};

use ward_directory::{Here, Who, organisation};
use ward_policy::{Level, Need};
use ward_stix::marking::Tlp;
use ward_stix::object::Object;
use ward_store::Tx;

use super::RELEASED;
use crate::ShareError;
use crate::collections::{self, Collection, Kind};
use crate::handling::Handled;
use crate::page::View;
use crate::sql::objects::Placed;
use crate::sql::{tear_lines, visibility};

/// The collections in which one caller looks.
pub struct Shelves(Vec<Collection>);

/// What one caller sees, during one request.
pub struct Sight<'a> {
    here: &'a Here,
    views: Vec<View<'a>>,
}

/// The newest version of a restricted object that a caller sees.
pub struct SeenRow {
    pub row: Placed,
    /// Its markings in words.
    pub markings: Vec<String>,
}

/// The same with its bytes.
pub struct Seen {
    pub newest: SeenRow,
    pub body: Vec<u8>,
}

impl Shelves {
    pub async fn of(here: &Here, who: &Who) -> Result<Shelves, ShareError> {
        let mut all = collections::list(here, who).await?;
        all.retain(|one| one.can_read && matches!(one.kind, Kind::Alerts | Kind::ThreatInformation));
        Ok(Shelves(all))
    }
}

impl<'a> Sight<'a> {
    pub async fn of(here: &'a Here, who: &'a Who, shelves: &'a Shelves) -> Result<Sight<'a>, ShareError> {
        Ok(Sight { here, views: View::of_each(here, who, &shelves.0).await? })
    }

    /// Of each object the newest version that the caller sees; nothing of what they do not see, as if it were not there.
    pub async fn newest(&mut self, stix_ids: &[&str]) -> Result<BTreeMap<String, SeenRow>, ShareError> {
        let mut tx = self.here.store.begin_reading().await?;
        let rows = visibility::placed_versions_among(&mut tx, stix_ids).await?;
        tx.commit().await?;
        let mut newest: BTreeMap<String, SeenRow> = BTreeMap::new();
        for view in &mut self.views {
            let held: Vec<&Placed> = rows.iter().filter(|row| view.holds(row)).collect();
            for (row, is_seen) in held.iter().zip(view.see_now(&held).await?) {
                let is_newer = newest.get(&row.stix_id).is_none_or(|known| known.row.version_key < row.version_key);
                if is_seen && is_newer {
                    let seen = SeenRow { row: (*row).clone(), markings: view.markings(row).await? };
                    newest.insert(row.stix_id.clone(), seen);
                }
            }
        }
        Ok(newest)
    }
}

/// The newest version that somebody sees; none for who sees none.
pub async fn seen(here: &Here, who: &Who, stix_id: &str) -> Result<Option<Seen>, ShareError> {
    let shelves = Shelves::of(here, who).await?;
    let newest = Sight::of(here, who, &shelves).await?.newest(&[stix_id]).await?.remove(stix_id);
    let Some(newest) = newest else { return Ok(None) };
    let mut tx = here.store.begin_reading().await?;
    let body = visibility::body(&mut tx, &newest.row.id).await?;
    tx.commit().await?;
    Ok(body.map(|body| Seen { newest, body }))
}

/// As [`owners`], of several objects.
pub async fn owners_of(
    here: &Here,
    tx: &mut Tx,
    stix_ids: &[&str],
) -> Result<BTreeMap<String, BTreeSet<String>>, ShareError> {
    let own = &here.installation.organisation_id;
    let mut owners: BTreeMap<String, BTreeSet<String>> =
        stix_ids.iter().map(|id| ((*id).to_owned(), BTreeSet::from([own.clone()]))).collect();
    for (stix_id, organisation_id) in visibility::senders_among(tx, stix_ids).await? {
        owners.entry(stix_id).or_default().insert(organisation_id);
    }
    Ok(owners)
}

/// Whose an object is, the hub among them: each must say yes.
pub async fn owners(here: &Here, tx: &mut Tx, stix_id: &str) -> Result<BTreeSet<String>, ShareError> {
    let rows = visibility::handled_as(tx, stix_id).await?;
    let own = here.installation.organisation_id.clone();
    Ok(rows.into_iter().map(|row| row.organisation_id).chain([own]).collect())
}

/// What must not be named of those whose it is.
pub async fn unspoken(here: &Here, owners: &BTreeSet<String>) -> Result<Vec<String>, ShareError> {
    let mut names = Vec::new();
    for id in owners.iter().filter(|id| **id != here.installation.organisation_id) {
        if let Some(owner) = organisation(here, id).await? {
            names.extend([owner.name, owner.identity_id]);
        }
    }
    Ok(names)
}

/// Of what an object refers to, the ids that everyone sees who gets something of the hub's with this marking: its own, or that of the version that
/// was released of it.
pub async fn audience(
    here: &Here,
    tx: &mut Tx,
    restricted: &Object,
    tlp: Tlp,
) -> Result<BTreeMap<String, String>, ShareError> {
    let mut audience = BTreeMap::new();
    for id in restricted.references() {
        if is_open(here, tx, id, tlp).await? {
            audience.insert(id.to_owned(), id.to_owned());
        } else if let Some(row) = tear_lines::latest(tx, id).await?.filter(|row| row.state == RELEASED)
            && let Some(draft_id) = &row.draft_id
            && let Some(draft) = tear_lines::draft(tx, draft_id).await?
            && is_open(here, tx, &draft.new_id, tlp).await?
        {
            audience.insert(id.to_owned(), draft.new_id);
        }
    }
    Ok(audience)
}

/// Whether everyone sees some version of an object who gets something of the hub's with this marking.
pub async fn is_open(here: &Here, tx: &mut Tx, stix_id: &str, tlp: Tlp) -> Result<bool, ShareError> {
    let shared = collections::id_of(here, Kind::ThreatInformation).await?;
    for row in visibility::handled_as(tx, stix_id).await? {
        if row.collection_id == shared && is_row_open(here, tx, &row, tlp).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn is_row_open(here: &Here, tx: &mut Tx, row: &Placed, tlp: Tlp) -> Result<bool, ShareError> {
    let content = visibility::way_in(tx, &row.handling_id).await?;
    let Some(handled) = content.as_deref().and_then(Handled::from_json) else { return Ok(false) };
    let handling = &handled.handling;
    let strictest = handling.tlp.iter().copied().chain(handling.assigned_tlp).max();
    // Of others' objects only what the whole community has: whose clients get more is not the same for the hub.
    let is_own = handling.owner == here.installation.organisation_id;
    let by_tlp = strictest.is_some_and(|strictest| strictest <= tlp && (is_own || strictest <= Tlp::Green));
    let is_limited = !handling.acs.is_empty()
        || handling.unknown_markings
        || handling.granular
        || handling.withdrawn
        || handling.mentions_hidden
        || !handling.addressed.is_empty()
        || handling.required_level != Level::Unclassified
        || handling.need != Need::Collection
        || !handled.alerts.is_empty()
        || handled.erased;
    let is_released = handling.released_at.is_some_and(|at| at <= here.now());
    Ok(by_tlp && !is_limited && is_released)
}
