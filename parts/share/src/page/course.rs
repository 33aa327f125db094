//! What became of rows and of everything that decides with them: their other versions, what they mention, what those mention, and so on.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use ward_policy::{Course, Mention, Offer};
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
        let mut courses = Vec::with_capacity(gathering.rows.len());
        for (place, row) in gathering.rows.iter().enumerate() {
            let mentions = if view.owns(row) { Vec::new() } else { gathering.mentions(place, row) };
            courses.push(course(view, &mut tx, row, mentions, &past).await?);
        }
        tx.commit().await?;
        if gathering.rows.len() > ROWS_MAX {
            // Nothing is in an empty group, so that nobody sees it.
            courses.iter_mut().for_each(|course| course.mentions.push(Mention::always(Vec::new())));
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
    /// What each row mentions or mentioned, by place: its id, since when and until when.
    mentioned: HashMap<usize, BTreeSet<(String, i64, i64)>>,
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
        let mut mentioned: HashMap<String, BTreeSet<(String, i64, i64)>> = HashMap::new();
        let mut found = Vec::new();
        for row in visibility::placed_mentioned_among(tx, &ids).await? {
            let mention = (row.mentioned.stix_id.clone(), row.since, row.until.unwrap_or(i64::MAX));
            mentioned.entry(row.object_id).or_default().insert(mention);
            found.push(row.mentioned);
        }
        self.add_new(found);
        let creators: BTreeSet<&str> = followed.iter().filter_map(|(_, row)| creator_of(row)).collect();
        let unknown: Vec<&str> = creators.into_iter().filter(|id| !self.by_object.contains_key(*id)).collect();
        self.add_new(visibility::placed_versions_among(tx, &unknown).await?);
        for (place, row) in &followed {
            let mut mentions = mentioned.remove(&row.id).unwrap_or_default();
            let creator = creator_of(row).filter(|id| self.by_object.contains_key(*id));
            mentions.extend(creator.map(|id| (id.to_owned(), i64::MIN, i64::MAX)));
            self.mentioned.insert(*place, mentions);
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
    fn mentions(&self, place: usize, row: &Placed) -> Vec<Mention> {
        let mentioned = self.mentioned.get(&place).into_iter().flatten();
        let mentions = mentioned.filter_map(|(id, since, until)| {
            Some(Mention { since: *since, until: *until, versions: self.by_object.get(id)?.clone() })
        });
        let counts = |mention: &Mention| {
            mention.versions.iter().filter_map(|place| self.rows.get(*place)).any(|one| {
                !one.handling_id.is_empty() && (one.id < row.id || one.organisation_id == row.organisation_id)
            })
        };
        mentions.filter(counts).collect()
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
}

async fn course(
    view: &mut View<'_>,
    tx: &mut Tx,
    row: &Placed,
    mentions: Vec<Mention>,
    past: &Past,
) -> Result<Course<Arc<Handled>>, ShareError> {
    let changes = past.changes.get(&row.id).map_or(&[][..], Vec::as_slice);
    let mut offers = vec![Offer { moment: row.moment, tick: row.tick }];
    offers.extend(changes.iter().map(|change| Offer { moment: change.moment, tick: change.tick }));
    let appeared = past.appearances.get(&row.id).into_iter().flatten();
    offers.extend(appeared.map(|tick| Offer { moment: *tick, tick: *tick }));
    offers.sort_unstable_by_key(|offer| offer.tick);
    let first_id = changes.first().map_or(&row.handling_id, |change| &change.before_id);
    let ways = changes.iter().map(|change| (change.moment, &change.after_id));
    let mut handled = Vec::with_capacity(changes.len() + 1);
    for (moment, id) in std::iter::once((row.moment, first_id)).chain(ways) {
        // What cannot be read is there, and nobody sees it.
        let nobodys = || Arc::new(Handled { erased: false, ..Handled::erased() });
        handled.push((moment, view.way_within(&mut Reader::Tx(tx), id).await?.unwrap_or_else(nobodys)));
    }
    let ends = handled.iter().skip(1).map(|(moment, _)| *moment).chain(std::iter::once(i64::MAX));
    let gone = handled.iter().zip(ends).filter(|((_, one), _)| one.erased).map(|((from, _), until)| (*from, until));
    let gone = gone.collect();
    Ok(Course { handled, offers, mentions, gone })
}
