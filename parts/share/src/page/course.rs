//! What became of rows and of everything that decides with them: their other versions, what they mention, what those mention, and so on.

use std::collections::HashMap;
use std::sync::Arc;

use ward_policy::Course;
use ward_store::Tx;

use super::view::View;
use crate::ShareError;
use crate::handling::Handled;
use crate::sql::objects::{MENTIONS, OFFERED_AGAIN, Placed, Reader, SIBLINGS};
use crate::sql::visibility::{self, Change};

/// Most rows that are looked at for a page; rows that would need more are not shown.
const ROWS_MAX: usize = 20_000;

/// Rows with what became of each, place by place.
pub(super) struct Gathered {
    pub rows: Vec<Placed>,
    pub courses: Vec<Course<Arc<Handled>>>,
    /// Places by the ids of the rows.
    by_row: HashMap<String, usize>,
}

impl Gathered {
    /// Everything around some rows, as it stands at one moment.
    pub async fn around(view: &mut View<'_>, asked: &[&Placed]) -> Result<Gathered, ShareError> {
        view.learn_readable().await?;
        let mut tx = view.store().begin_reading().await?;
        let mut gathering = Gathering::default();
        for row in asked {
            if gathering.by_object.contains_key(&row.stix_id) {
                continue;
            }
            gathering.add(match row.attention & (SIBLINGS | MENTIONS) {
                0 => vec![(*row).clone()],
                _ => visibility::placed_versions(&mut tx, &row.stix_id).await?,
            });
        }
        let mut next = 0;
        while let Some(row) = gathering.rows.get(next).cloned() {
            if gathering.rows.len() > ROWS_MAX {
                break;
            }
            gathering.follow(&mut tx, next, &row, view.has_grants()).await?;
            next += 1;
        }
        let mut changes = Vec::with_capacity(gathering.rows.len());
        for row in &gathering.rows {
            changes.push(match row.attention & OFFERED_AGAIN {
                0 => Vec::new(),
                _ => visibility::changes(&mut tx, &row.id).await?,
            });
        }
        let moments = moments(&changes);
        let mut courses = Vec::with_capacity(gathering.rows.len());
        for ((place, row), changes) in gathering.rows.iter().enumerate().zip(&changes) {
            let mut mentions = if view.owns(row) { Vec::new() } else { gathering.mentions(place, row) };
            if gathering.rows.len() > ROWS_MAX {
                // Nothing is in an empty group, so that nobody sees it.
                mentions.push(Vec::new());
            }
            courses.push(course(view, &mut tx, row, changes, &moments, mentions).await?);
        }
        tx.commit().await?;
        let by_row = gathering.rows.iter().enumerate().map(|(place, row)| (row.id.clone(), place)).collect();
        Ok(Gathered { rows: gathering.rows, courses, by_row })
    }

    /// The places of the versions in a collection, object by object.
    pub fn objects(&self, collection_id: &str) -> Vec<Vec<usize>> {
        let mut objects: HashMap<&str, Vec<usize>> = HashMap::new();
        for (place, row) in self.rows.iter().enumerate().filter(|(_, row)| row.collection_id == collection_id) {
            objects.entry(&row.stix_id).or_default().push(place);
        }
        objects.into_values().collect()
    }

    /// The place of a row.
    pub fn place(&self, row: &Placed) -> Option<usize> {
        self.by_row.get(&row.id).copied()
    }
}

#[derive(Default)]
struct Gathering {
    rows: Vec<Placed>,
    /// Places of the versions of each object.
    by_object: HashMap<String, Vec<usize>>,
    /// Ids of what each row mentions, by place.
    mentioned: HashMap<usize, Vec<String>>,
}

impl Gathering {
    fn add(&mut self, versions: Vec<Placed>) {
        for row in versions {
            self.by_object.entry(row.stix_id.clone()).or_default().push(self.rows.len());
            self.rows.push(row);
        }
    }

    /// Adds what a row mentions, if that matters: always to who holds grants, since what is handled alike is then not seen alike.
    async fn follow(&mut self, tx: &mut Tx, place: usize, row: &Placed, has_grants: bool) -> Result<(), ShareError> {
        if row.attention & MENTIONS == 0 && !has_grants {
            return Ok(());
        }
        let mut mentioned = visibility::placed_mentioned(tx, &row.id).await?;
        if let Some(creator) = row.created_by_ref.as_deref().filter(|creator| *creator != row.stix_id) {
            mentioned.extend(visibility::placed_versions(tx, creator).await?);
        }
        let mut ids: Vec<String> = mentioned.iter().map(|one| one.stix_id.clone()).collect();
        ids.sort_unstable();
        ids.dedup();
        mentioned.retain(|one| !self.by_object.contains_key(&one.stix_id));
        self.mentioned.insert(place, ids);
        self.add(mentioned);
        Ok(())
    }

    /// The places of the versions of each object that a row mentions, as far as it counts: what came later from somebody else was no secret
    /// when it was mentioned, and would let anybody hide what others sent.
    fn mentions(&self, place: usize, row: &Placed) -> Vec<Vec<usize>> {
        let ids = self.mentioned.get(&place).into_iter().flatten();
        let groups = ids.filter_map(|id| self.by_object.get(id));
        let counts = |group: &&Vec<usize>| {
            group.iter().filter_map(|place| self.rows.get(*place)).any(|one| {
                !one.handling_id.is_empty() && (one.id < row.id || one.organisation_id == row.organisation_id)
            })
        };
        groups.filter(counts).cloned().collect()
    }
}

/// When what changed at one moment changed: at the first of its ticks. Between two of them nothing stood as it seems from there, such as an object
/// of which one version is erased already and the others not yet.
fn moments(changes: &[Vec<Change>]) -> HashMap<&str, i64> {
    let mut moments: HashMap<&str, i64> = HashMap::new();
    for change in changes.iter().flatten() {
        let Some(tick) = change.tick else { continue };
        let first = moments.entry(&change.moment).or_insert(tick);
        *first = tick.min(*first);
    }
    moments
}

async fn course(
    view: &mut View<'_>,
    tx: &mut Tx,
    row: &Placed,
    changes: &[Change],
    moments: &HashMap<&str, i64>,
    mentions: Vec<Vec<usize>>,
) -> Result<Course<Arc<Handled>>, ShareError> {
    // What cannot be read is there, and nobody sees it.
    let nobodys = Arc::new(Handled { erased: false, ..Handled::erased() });
    let arrival = row.tick.unwrap_or(i64::MAX);
    let mut offers = vec![arrival];
    offers.extend(changes.iter().filter_map(|change| change.tick));
    if view.has_changed() {
        offers.extend(visibility::appearances(tx, &view.reader, &row.id).await?);
    }
    offers.sort_unstable();
    let first_id = changes.first().map_or(&row.handling_id, |change| &change.before_id);
    let mut handled =
        vec![(arrival, view.way_within(&mut Reader::Tx(tx), first_id).await?.unwrap_or_else(|| Arc::clone(&nobodys)))];
    for change in changes {
        let Some(tick) = change.tick else { continue };
        handled.push((
            moments.get(change.moment.as_str()).copied().unwrap_or(tick),
            view.way_within(&mut Reader::Tx(tx), &change.after_id).await?.unwrap_or_else(|| Arc::clone(&nobodys)),
        ));
    }
    let handled_now = view.way_within(&mut Reader::Tx(tx), &row.handling_id).await?.unwrap_or(nobodys);
    let ends = handled.iter().skip(1).map(|(tick, _)| *tick).chain(std::iter::once(i64::MAX));
    let gone = handled.iter().zip(ends).filter(|((_, one), _)| one.erased).map(|((from, _), until)| (*from, until));
    let gone = gone.collect();
    let gone_now = handled_now.erased;
    Ok(Course { handled, handled_now, offers, mentions, gone, gone_now })
}
