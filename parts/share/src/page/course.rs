//! What became of rows and of everything that decides with them: their other versions, what they mention, what those mention, and so on.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;
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
/// So many rows are followed to what they mention at once.
const FOLLOWED_AT_ONCE: usize = 200;

/// Rows with what became of each, place by place.
pub(super) struct Gathered {
    pub rows: Vec<Placed>,
    pub courses: Vec<Course<Arc<Handled>>>,
    /// Places by the ids of the rows.
    by_row: HashMap<String, usize>,
}

impl Gathered {
    /// Everything around some rows, as it stands at one moment. What is asked of the database is asked for many rows at once.
    pub async fn around(view: &mut View<'_>, asked: &[&Placed]) -> Result<Gathered, ShareError> {
        view.learn_readable().await?;
        let mut tx = view.store().begin_reading().await?;
        let mut gathering = Gathering::default();
        gathering.begin(&mut tx, asked).await?;
        let mut next = 0;
        while next < gathering.rows.len() && gathering.rows.len() <= ROWS_MAX {
            let until = gathering.rows.len().min(next + FOLLOWED_AT_ONCE);
            gathering.follow(&mut tx, next..until, view.has_grants()).await?;
            next = until;
        }
        let past = Past::of(view, &mut tx, &gathering.rows).await?;
        let moments = past.moments();
        let mut courses = Vec::with_capacity(gathering.rows.len());
        for (place, row) in gathering.rows.iter().enumerate() {
            let mentions = if view.owns(row) { Vec::new() } else { gathering.mentions(place, row) };
            courses.push(course(view, &mut tx, row, mentions, (&past, &moments)).await?);
        }
        tx.commit().await?;
        if gathering.rows.len() > ROWS_MAX {
            // Nothing is in an empty group, so that nobody sees it.
            courses.iter_mut().for_each(|course| course.mentions.push(Vec::new()));
        }
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

    /// The rows that are asked about, with their other versions where there are any.
    async fn begin(&mut self, tx: &mut Tx, asked: &[&Placed]) -> Result<(), ShareError> {
        let is_alone = |row: &&&Placed| row.attention & (SIBLINGS | MENTIONS) == 0;
        let (alone, others): (Vec<&Placed>, Vec<&Placed>) = asked.iter().partition(|row| is_alone(row));
        let ids: BTreeSet<&str> = others.iter().map(|row| row.stix_id.as_str()).collect();
        self.add(visibility::placed_versions_among(tx, &ids.into_iter().collect::<Vec<_>>()).await?);
        for row in alone {
            if !self.by_object.contains_key(&row.stix_id) {
                self.add(vec![row.clone()]);
            }
        }
        Ok(())
    }

    /// Adds what some rows mention, if that matters: always to who holds grants, since what is handled alike is then not seen alike.
    async fn follow(&mut self, tx: &mut Tx, places: Range<usize>, has_grants: bool) -> Result<(), ShareError> {
        let followed: Vec<(usize, Placed)> = places
            .filter_map(|place| Some((place, self.rows.get(place)?.clone())))
            .filter(|(_, row)| row.attention & MENTIONS != 0 || has_grants)
            .collect();
        if followed.is_empty() {
            return Ok(());
        }
        let ids: Vec<&str> = followed.iter().map(|(_, row)| row.id.as_str()).collect();
        let mut mentioned: HashMap<String, BTreeSet<String>> = HashMap::new();
        let mut found = Vec::new();
        for (by, row) in visibility::placed_mentioned_among(tx, &ids).await? {
            mentioned.entry(by).or_default().insert(row.stix_id.clone());
            found.push(row);
        }
        self.add_new(found);
        let creators: BTreeSet<&str> = followed.iter().filter_map(|(_, row)| creator_of(row)).collect();
        let unknown: Vec<&str> = creators.into_iter().filter(|id| !self.by_object.contains_key(*id)).collect();
        self.add_new(visibility::placed_versions_among(tx, &unknown).await?);
        for (place, row) in &followed {
            let mut ids = mentioned.remove(&row.id).unwrap_or_default();
            ids.extend(creator_of(row).filter(|id| self.by_object.contains_key(*id)).map(str::to_owned));
            self.mentioned.insert(*place, ids.into_iter().collect());
        }
        Ok(())
    }

    /// Adds rows of objects that were not known. The same row may come several times, and the versions of an object come in order.
    fn add_new(&mut self, mut found: Vec<Placed>) {
        let mut added = HashSet::new();
        found.retain(|row| !self.by_object.contains_key(&row.stix_id) && added.insert(row.id.clone()));
        self.add(found);
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

/// Who made an object, when it is another one.
fn creator_of(row: &Placed) -> Option<&str> {
    row.created_by_ref.as_deref().filter(|creator| *creator != row.stix_id)
}

/// What was written down about rows, by their ids.
struct Past {
    changes: HashMap<String, Vec<Change>>,
    /// The ticks at which they appeared to the reader.
    appearances: HashMap<String, Vec<i64>>,
}

impl Past {
    async fn of(view: &mut View<'_>, tx: &mut Tx, rows: &[Placed]) -> Result<Past, ShareError> {
        let changed = rows.iter().filter(|row| row.attention & OFFERED_AGAIN != 0);
        let changed: Vec<&str> = changed.map(|row| row.id.as_str()).collect();
        let mut past = Past { changes: HashMap::new(), appearances: HashMap::new() };
        for (object_id, change) in visibility::changes_among(tx, &changed).await? {
            past.changes.entry(object_id).or_default().push(change);
        }
        if view.has_changed() {
            let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
            for (object_id, tick) in visibility::appearances_among(tx, &view.reader, &ids).await? {
                past.appearances.entry(object_id).or_default().push(tick);
            }
        }
        let now = rows.iter().map(|row| row.handling_id.as_str());
        let of_changes = |change: &'_ Change| [change.before_id.clone(), change.after_id.clone()];
        let then: Vec<String> = past.changes.values().flatten().flat_map(of_changes).collect();
        view.learn_ways(tx, now.chain(then.iter().map(String::as_str))).await?;
        Ok(past)
    }

    /// When what changed at one moment changed: at the first of its ticks. Between two of them nothing stood as it seems from there, such as an
    /// object of which one version is erased already and the others not yet.
    fn moments(&self) -> HashMap<&str, i64> {
        let mut moments: HashMap<&str, i64> = HashMap::new();
        for change in self.changes.values().flatten() {
            let Some(tick) = change.tick else { continue };
            let first = moments.entry(&change.moment).or_insert(tick);
            *first = tick.min(*first);
        }
        moments
    }
}

async fn course(
    view: &mut View<'_>,
    tx: &mut Tx,
    row: &Placed,
    mentions: Vec<Vec<usize>>,
    (past, moments): (&Past, &HashMap<&str, i64>),
) -> Result<Course<Arc<Handled>>, ShareError> {
    // What cannot be read is there, and nobody sees it.
    let nobodys = Arc::new(Handled { erased: false, ..Handled::erased() });
    let arrival = row.tick.unwrap_or(i64::MAX);
    let changes = past.changes.get(&row.id).map_or(&[][..], Vec::as_slice);
    let mut offers = vec![arrival];
    offers.extend(changes.iter().filter_map(|change| change.tick));
    offers.extend(past.appearances.get(&row.id).into_iter().flatten());
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
