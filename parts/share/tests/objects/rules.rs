//! Who sees what, said once more and plainly: every version by itself by the one decision, then without what mentions something unseen, again and
//! again until nothing changes. No ticks, no walks, no database.

use std::collections::{BTreeMap, BTreeSet};

use ward_policy::{Action, Handling, Need, Recipient, decide};
use ward_share::grant::Covers;
use ward_share::handling::{FROM_ARRIVAL, Handled};
use ward_share::mark::Change;
use ward_stix::marking;
use ward_stix::object::Object;

use crate::script::Thing;

/// A version, in the order in which it first came.
pub struct Version {
    pub thing: Thing,
    pub object: Object,
    pub is_there: bool,
    assigned: Option<marking::Tlp>,
    released_at: i64,
    withdrawn: bool,
}

pub struct Granted {
    pub to: String,
    pub until: i64,
    pub covers: Covers,
    pub is_ended: bool,
}

/// What happened so far, as far as it decides.
pub struct Rules {
    pub hub: String,
    pub members: Vec<String>,
    pub versions: Vec<Version>,
    pub grants: BTreeMap<usize, Granted>,
}

/// Id and number of a version.
pub type Key = (String, u64);

impl Rules {
    pub fn is_there(&self, id: &str, version: u64) -> bool {
        self.versions.iter().any(|one| one.is_there && one.thing.id == id && one.thing.version == version)
    }

    pub fn post(&mut self, thing: &Thing) {
        let object = Object::parse(thing.body.to_string().as_bytes()).unwrap();
        let thing = thing.clone();
        let is_there = true;
        let (assigned, released_at, withdrawn) = (None, FROM_ARRIVAL, false);
        let new = Version { thing, object, is_there, assigned, released_at, withdrawn };
        let same = |one: &&mut Version| one.thing.id == new.thing.id && one.thing.version == new.thing.version;
        match self.versions.iter_mut().find(same) {
            Some(old) => *old = new,
            None => self.versions.push(new),
        }
    }

    pub fn delete(&mut self, id: &str, version: Option<u64>) {
        let of = |one: &&mut Version| one.thing.id == id && version.is_none_or(|version| version == one.thing.version);
        self.versions.iter_mut().filter(of).for_each(|one| one.is_there = false);
    }

    pub fn mark(&mut self, id: &str, change: Change) {
        for one in self.versions.iter_mut().filter(|one| one.is_there && one.thing.id == id) {
            match change {
                Change::Assign(tlp) => one.assigned = tlp,
                Change::HoldUntil(at) => one.released_at = at,
                Change::Release => one.released_at = FROM_ARRIVAL,
                Change::Withdraw => one.withdrawn = true,
                Change::Restore => one.withdrawn = false,
            }
        }
    }

    pub fn is_own(&self, key: &Key, member: usize) -> bool {
        self.versions.iter().any(|one| one.thing.id == key.0 && one.thing.owner == member)
    }

    /// The versions that somebody sees at a time.
    pub fn seen(&self, who: &Recipient, now: i64) -> BTreeSet<Key> {
        let places = 0..self.versions.len();
        // Who has no part in the collection is let in by a grant, to what is granted and to what they sent themselves.
        // Anybody is in the public collection.
        let is_in = who.member || who.organisation.is_empty() || self.held(who).any(|grant| grant.until > now);
        let mut seen: BTreeSet<usize> = places.filter(|place| is_in && self.sees(who, *place, now)).collect();
        loop {
            let hidden: Vec<usize> =
                seen.iter().copied().filter(|place| self.mentions_unseen(*place, who, &seen)).collect();
            if hidden.is_empty() {
                break;
            }
            hidden.iter().for_each(|place| _ = seen.remove(place));
        }
        seen.into_iter().map(|place| self.key(place)).collect()
    }

    fn key(&self, place: usize) -> Key {
        let thing = &self.versions[place].thing;
        (thing.id.clone(), thing.version)
    }

    fn sees(&self, who: &Recipient, place: usize, now: i64) -> bool {
        let version = &self.versions[place];
        if !version.is_there {
            return false;
        }
        let mut handling = self.handling(version);
        if !who.member {
            handling.need = Need::Nothing;
        }
        if decide(who, &handling, Action::Read, now).allowed {
            return true;
        }
        handling.addressed.push(who.organisation.clone());
        self.held(who).any(|grant| {
            let covered = match &grant.covers {
                Covers::Objects(ids) => ids.contains(&version.thing.id),
                Covers::Class { kind, organisation_id } => {
                    kind == version.thing.kind() && *organisation_id == self.members[version.thing.owner]
                }
            };
            let handling = Handling { need: Need::Grant { until: grant.until }, ..handling.clone() };
            covered && decide(who, &handling, Action::Read, now).allowed
        })
    }

    fn held(&self, who: &Recipient) -> impl Iterator<Item = &Granted> {
        self.grants.values().filter(|one| !one.is_ended && one.to == who.organisation)
    }

    fn handling(&self, version: &Version) -> Handling {
        let definition = |id: &str| {
            let is_it = |one: &&Version| one.is_there && one.thing.id == id && one.thing.owner == version.thing.owner;
            self.versions.iter().find(is_it).map(|one| one.object.clone())
        };
        let markings = marking::resolve(&version.object, &definition);
        let handled = Handled::new(&self.members[version.thing.owner], &markings, version.released_at);
        let mut handling = handled.addressed_to(&self.hub).assigned(version.assigned).handling;
        handling.withdrawn = version.withdrawn;
        handling
    }

    /// What one sent oneself one sees whatever it mentions. For others it counts when something came before or from the same sender.
    fn mentions_unseen(&self, place: usize, who: &Recipient, seen: &BTreeSet<usize>) -> bool {
        let one = &self.versions[place];
        if self.members[one.thing.owner] == who.organisation {
            return false;
        }
        let refs = one.object.references();
        let mentioned = refs.into_iter().chain(one.object.created_by_ref());
        let is_object = |id: &&str| !id.starts_with("marking-definition--") && *id != one.thing.id;
        mentioned.filter(is_object).any(|id| {
            let of_it = |other: &usize| self.versions[*other].thing.id == id;
            let versions: Vec<usize> = (0..self.versions.len()).filter(of_it).collect();
            let counts = |other: &usize| *other < place || self.versions[*other].thing.owner == one.thing.owner;
            let is_there = |other: &usize| self.versions[*other].is_there;
            versions.iter().any(counts)
                && versions.iter().any(is_there)
                && !versions.iter().any(|other| seen.contains(other))
        })
    }
}
