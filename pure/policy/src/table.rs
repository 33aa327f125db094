//! Decisions that were made, kept by what they depend on, so that a page of objects with few kinds of marking is decided in few decisions.
//!
//! The key is the recipient's class, the set of markings, how the two stand to each other, and the action; everything that `decide` looks at is
//! in it but the time. An entry holds from when it was made until the next date in its markings. A hit allocates nothing.

use std::hash::{BuildHasher, Hash};

use rustc_hash::{FxBuildHasher, FxHashMap};
use ward_stix::marking::Tlp;
use ward_stix::marking::acs::Terms;

use crate::attributes::Attributes;
use crate::decide::{Action, Class, Decision, Handling, Level, Marks, Recipient, Relation, judge};

/// Entries, classes or sets of markings that are kept at most; one more, and the table begins anew.
const KEPT_MAX: usize = 100_000;

/// A class of recipients in one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClassId {
    generation: u32,
    place: u32,
}

/// A set of markings in one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MarksId {
    generation: u32,
    place: u32,
}

/// Decisions that were made.
#[derive(Debug, Default)]
pub struct Table {
    classes: Known<OwnClass>,
    marks: Known<OwnMarks>,
    entries: FxHashMap<Key, Entry>,
    /// Counts the times it began anew: ids of an earlier time open nothing.
    generation: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    class: ClassId,
    marks: MarksId,
    relation: Relation,
    action: Action,
}

/// A decision, and the times between which it holds.
#[derive(Clone, Copy, Debug)]
struct Entry {
    decision: Decision,
    from: i64,
    until: i64,
}

#[derive(Debug)]
struct OwnClass {
    member: bool,
    is_anonymous: bool,
    clearance: Level,
    attributes: Attributes,
}

#[derive(Debug)]
struct OwnMarks {
    tlp: Vec<Tlp>,
    acs: Vec<Terms>,
    assigned_tlp: Option<Tlp>,
    unknown: bool,
    granular: bool,
    required_level: Level,
}

/// Values in the order in which they came, found by the hash of what is borrowed from them.
#[derive(Debug)]
struct Known<T> {
    values: Vec<T>,
    by_hash: FxHashMap<u64, Vec<u32>>,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self { values: Vec::new(), by_hash: FxHashMap::default() }
    }
}

impl<T> Known<T> {
    fn id<B: Hash>(&mut self, borrowed: &B, same: impl Fn(&T, &B) -> bool, own: impl FnOnce(&B) -> T) -> u32 {
        let bucket = self.by_hash.entry(FxBuildHasher.hash_one(borrowed)).or_default();
        let known = |id: &&u32| self.values.get(**id as usize).is_some_and(|value| same(value, borrowed));
        if let Some(id) = bucket.iter().find(known) {
            return *id;
        }
        let id = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        bucket.push(id);
        self.values.push(own(borrowed));
        id
    }
}

impl OwnClass {
    fn borrowed(&self) -> Class<'_> {
        Class {
            member: self.member,
            is_anonymous: self.is_anonymous,
            clearance: self.clearance,
            attributes: &self.attributes,
        }
    }
}

impl OwnMarks {
    fn borrowed(&self) -> Marks<'_> {
        Marks {
            tlp: &self.tlp,
            acs: &self.acs,
            assigned_tlp: self.assigned_tlp,
            unknown: self.unknown,
            granular: self.granular,
            required_level: self.required_level,
        }
    }
}

impl Table {
    /// The class of a recipient. Ids are those of one [`Table::generation`].
    pub fn class(&mut self, recipient: &Recipient) -> ClassId {
        let own = |class: &Class<'_>| OwnClass {
            member: class.member,
            is_anonymous: class.is_anonymous,
            clearance: class.clearance,
            attributes: class.attributes.clone(),
        };
        let place = self.classes.id(&Class::of(recipient), |known, class| known.borrowed() == *class, own);
        ClassId { generation: self.generation, place }
    }

    /// The set of an object's markings. Ids are those of one [`Table::generation`].
    pub fn marks(&mut self, handling: &Handling) -> MarksId {
        let own = |marks: &Marks<'_>| OwnMarks {
            tlp: marks.tlp.to_vec(),
            acs: marks.acs.to_vec(),
            assigned_tlp: marks.assigned_tlp,
            unknown: marks.unknown,
            granular: marks.granular,
            required_level: marks.required_level,
        };
        let place = self.marks.id(&Marks::of(handling), |known, marks| known.borrowed() == *marks, own);
        MarksId { generation: self.generation, place }
    }

    /// What `decide` says, from what is kept where it holds, else decided and kept. None: an id is of an earlier
    /// generation.
    pub fn decide(
        &mut self,
        class: ClassId,
        marks: MarksId,
        relation: Relation,
        action: Action,
        now: i64,
    ) -> Option<Decision> {
        if class.generation != self.generation || marks.generation != self.generation {
            return None;
        }
        let key = Key { class, marks, relation, action };
        if let Some(entry) = self.entries.get(&key)
            && (entry.from..entry.until).contains(&now)
        {
            return Some(entry.decision);
        }
        let class = self.classes.values.get(class.place as usize)?.borrowed();
        let marks = self.marks.values.get(marks.place as usize)?.borrowed();
        let decision = judge(class, marks, relation, action, now);
        let until = marks.changes_after(now);
        if self.entries.len() >= KEPT_MAX {
            self.entries.clear();
        }
        self.entries.insert(key, Entry { decision, from: now, until });
        Some(decision)
    }

    /// Counts how often the table began anew. Who keeps ids asks for them again when it has changed.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Begins anew if it has grown too large. Between requests, since ids do not outlive it.
    pub fn tidy(&mut self) {
        if self.classes.values.len().max(self.marks.values.len()) >= KEPT_MAX {
            *self = Self { generation: self.generation.wrapping_add(1), ..Self::default() };
        }
    }
}
