//! Who has what they may no longer see: from the ledger, and from what each reader sees now.
//!
//! Asked whenever something is handled otherwise or goes, and from time to time of those who are entitled to something else than before.

use std::collections::{BTreeMap, BTreeSet};

use ward_directory::{Here, Who, stands_for};
use ward_store::{put_setting, setting};

use super::{Lost, open};
use crate::ShareError;
use crate::collections::{self, Collection};
use crate::entitlement;
use crate::ledger::decode;
use crate::page::View;
use crate::sql::ledger::{self as sql, PageRow};
use crate::sql::objects::{MENTIONS, Placed};
use crate::sql::visibility;

/// The setting that says up to which tick changes of what readers are entitled to were looked at.
const REVIEWED: &str = "recall.reviewed";
/// The same of what was offered again.
const OFFERED: &str = "recall.offered-again";
/// Why something is called back that says no more about itself than before.
const MENTIONS_HIDDEN: &str = "it mentions what is not for you now";

/// Something that went out to a reader: the row, on which page of the ledger, and when.
struct Had {
    object_id: String,
    page_id: String,
    delivered_at: i64,
}

impl Had {
    fn on(page: &PageRow) -> impl Iterator<Item = Had> {
        let on = |object_id| Had { object_id, page_id: page.id.clone(), delivered_at: page.at };
        decode(page).into_iter().map(move |(object_id, _)| on(object_id))
    }
}

/// Looks whether these rows, which are handled otherwise now or are gone, are still seen by all who have them; opens a recall for those who do
/// not. Gives how many parties it has.
///
/// # Errors
/// When the database fails.
pub async fn review_rows(here: &Here, object_ids: &[String], reason: &str) -> Result<usize, ShareError> {
    if object_ids.is_empty() {
        return Ok(0);
    }
    let mut rows = Vec::new();
    let mut tx = here.store.begin_reading().await?;
    for object_id in object_ids {
        rows.extend(visibility::placed(&mut tx, object_id).await?);
    }
    tx.commit().await?;
    let stix_ids = rows.iter().map(|row| row.stix_id.clone()).collect();
    let parties = review_placed(here, rows, reason).await?.parties;
    Ok(parties + review_mentioning(here, stix_ids, MENTIONS_HIDDEN).await?)
}

/// As [`review_rows`], of whatever depends on these objects because it mentions them, or mentions what does.
///
/// # Errors
/// When the database fails.
async fn review_mentioning(here: &Here, mut stix_ids: Vec<String>, reason: &str) -> Result<usize, ShareError> {
    if stix_ids.is_empty() {
        return Ok(0);
    }
    let mut rows: BTreeMap<String, Placed> = BTreeMap::new();
    let mut tx = here.store.begin_reading().await?;
    while let Some(stix_id) = stix_ids.pop() {
        for row in visibility::mentioning(&mut tx, &stix_id).await? {
            if row.attention & MENTIONS != 0 && !rows.contains_key(&row.id) {
                stix_ids.push(row.stix_id.clone());
                rows.insert(row.id.clone(), row);
            }
        }
    }
    tx.commit().await?;
    Ok(review_placed(here, rows.into_values().collect(), reason).await?.parties)
}

async fn review_placed(here: &Here, rows: Vec<Placed>, reason: &str) -> Result<Reviewed, ShareError> {
    let mut had: BTreeMap<String, Vec<Had>> = BTreeMap::new();
    let mut tx = here.store.begin_reading().await?;
    for row in &rows {
        let object_id = &row.id;
        for tick in sql::ticks_of(&mut tx, object_id).await? {
            for page in sql::pages_around(&mut tx, &row.collection_id, tick).await? {
                let this = Had::on(&page).find(|one| one.object_id == *object_id);
                had.entry(page.reader).or_default().extend(this);
            }
        }
    }
    tx.commit().await?;
    review(here, had, reason).await
}

/// Looks at every reader who is entitled to something else since this was done last, whether they asked since or not. To be called now and then;
/// gives how many parties recalls were opened for.
///
/// # Errors
/// When the database fails.
pub async fn review_changed_readers(here: &Here) -> Result<usize, ShareError> {
    for reader in sql::readers(&here.store).await? {
        let Some(who) = who_reads(here, &reader).await? else { continue };
        entitlement::settle(here, &who).await?;
    }
    let changed = visibility::entitled_since(&here.store, mark(here, REVIEWED).await?).await?;
    let mut by_organisation: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for (reader, _) in &changed {
        by_organisation.entry(parts_of(reader).0).or_default().push(reader);
    }
    let (mut parties, mut is_waiting) = (0, false);
    for readers in by_organisation.into_values() {
        let mut had = BTreeMap::new();
        let mut tx = here.store.begin_reading().await?;
        for reader in readers {
            let pages = sql::pages_of(&mut tx, reader).await?;
            had.insert(reader.clone(), pages.iter().flat_map(Had::on).collect());
        }
        tx.commit().await?;
        let reviewed = review(here, had, "what you are entitled to has changed").await?;
        parties += reviewed.parties;
        is_waiting |= reviewed.is_waiting;
    }
    if !is_waiting {
        set_mark(here, REVIEWED, changed.iter().map(|(_, tick)| *tick).max()).await?;
    }
    Ok(parties)
}

/// Looks at everything that was handled otherwise or offered again since this was done last: what arrived may hide what mentions it, which shows
/// only when it has its place. To be called now and then; gives how many parties recalls were opened for.
///
/// # Errors
/// When the database fails.
pub async fn review_offered_again(here: &Here) -> Result<usize, ShareError> {
    let changed = visibility::offered_since(&here.store, mark(here, OFFERED).await?).await?;
    let last = changed.iter().map(|(_, tick)| *tick).max();
    let rows = changed.into_iter().map(|(row, _)| row).collect();
    let reviewed = review_placed(here, rows, MENTIONS_HIDDEN).await?;
    if !reviewed.is_waiting {
        set_mark(here, OFFERED, last).await?;
    }
    Ok(reviewed.parties)
}

/// Up to which tick something was looked at.
async fn mark(here: &Here, name: &str) -> Result<i64, ShareError> {
    Ok(setting(&here.store, name).await?.and_then(|tick| tick.parse().ok()).unwrap_or(0))
}

async fn set_mark(here: &Here, name: &str, tick: Option<i64>) -> Result<(), ShareError> {
    let Some(tick) = tick else { return Ok(()) };
    let mut tx = here.store.begin().await?;
    put_setting(&mut tx, name, &tick.to_string()).await?;
    Ok(tx.commit().await?)
}

/// The organisation of a reader, and the person if it is one.
fn parts_of(reader: &str) -> (&str, Option<&str>) {
    reader.split_once('/').map_or((reader, None), |(organisation, person)| (organisation, Some(person)))
}

async fn who_reads(here: &Here, reader: &str) -> Result<Option<Who>, ShareError> {
    let (organisation, person) = parts_of(reader);
    Ok(stands_for(here, organisation, person).await?)
}

/// What a review did.
struct Reviewed {
    parties: usize,
    /// Whether a reader was left out for now.
    is_waiting: bool,
}

/// A reader is left out until what they are entitled to now has its place: called back before, and shown again before anybody knew in between, it
/// would not be offered to them again. Once it has its place, everything that they have is looked at.
async fn review(here: &Here, had: BTreeMap<String, Vec<Had>>, reason: &str) -> Result<Reviewed, ShareError> {
    let mut lost: Vec<Lost> = Vec::new();
    let mut is_waiting = false;
    for (reader, all) in had {
        let (organisation, _) = parts_of(&reader);
        let who = who_reads(here, &reader).await?;
        if let Some(who) = &who {
            let entitled = entitlement::settle(here, who).await?;
            if entitled.history.last().is_some_and(|(_, last)| *last != entitled.now) {
                is_waiting = true;
                continue;
            }
        }
        let mut pages: BTreeMap<String, (BTreeSet<String>, i64)> = BTreeMap::new();
        for one in all {
            let (ids, last) = pages.entry(one.object_id).or_default();
            ids.insert(one.page_id);
            *last = one.delivered_at.max(*last);
        }
        for row in no_longer_seen(here, who.as_ref(), pages.keys()).await? {
            let (ids, at) = pages.remove(&row.id).unwrap_or_default();
            match lost.iter_mut().find(|one| one.organisation_id == organisation && one.row.id == row.id) {
                Some(one) => {
                    one.pages.extend(ids);
                    one.delivered_at = at.max(one.delivered_at);
                }
                None => {
                    lost.push(Lost { organisation_id: organisation.to_owned(), row, pages: ids, delivered_at: at });
                }
            }
        }
    }
    let parties = if lost.is_empty() { 0 } else { open(here, lost, reason).await? };
    Ok(Reviewed { parties, is_waiting })
}

/// Those of the rows that somebody does not see now; all of them when there is nobody any more.
async fn no_longer_seen(
    here: &Here,
    who: Option<&Who>,
    object_ids: impl Iterator<Item = &String>,
) -> Result<Vec<Placed>, ShareError> {
    let collections: Vec<Collection> = match who {
        Some(who) => collections::list(here, who).await?.into_iter().filter(|one| one.can_read).collect(),
        None => Vec::new(),
    };
    let mut views: BTreeMap<String, View<'_>> = BTreeMap::new();
    let mut lost = Vec::new();
    for object_id in object_ids {
        let mut tx = here.store.begin_reading().await?;
        let row = visibility::placed(&mut tx, object_id).await?;
        tx.commit().await?;
        let Some(row) = row else { continue };
        let collection = collections.iter().find(|one| one.id == row.collection_id);
        let is_seen = match (who, collection) {
            (Some(who), Some(collection)) => {
                if !views.contains_key(&collection.id) {
                    views.insert(collection.id.clone(), View::of(here, who, collection).await?);
                }
                match views.get_mut(&collection.id) {
                    Some(view) => view.sees_now(&row).await?,
                    None => false,
                }
            }
            _ => false,
        };
        if !is_seen {
            lost.push(row);
        }
    }
    Ok(lost)
}
