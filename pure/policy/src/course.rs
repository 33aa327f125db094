//! When an object came into somebody's view: the place at which a reader who walks by time gets it, once.
//!
//! An object that was there all along comes into view when a marking is lowered, an embargo ends, a clearance is raised or something that it
//! mentions is shown. A reader who has walked past its arrival must still get it, and get it once: at the last time at which it came into view.
//! A reader whose view it leaves and enters again gets it again, because what left was called back.
//!
//! Time is a list of moments, in microseconds. What changes at a moment changes all at once, and between two moments nothing does. What is offered
//! at a moment stands in the walk one after the other, each at a tick, from the moment on and before the next. Whether a version is seen at a moment
//! is the caller's decision (`sees`); a version that mentions what is not seen is not seen either, and which of the seen versions of an object are
//! asked for is the caller's question (`selects`).

use std::collections::{BTreeMap, BTreeSet};

/// After every moment: what stands now.
const END: i64 = i64::MAX - 1;

/// What became of one version of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course<H> {
    /// From which moment on it was handled how, in order; the first is its arrival, and of one moment the last counts.
    pub handled: Vec<(i64, H)>,
    /// Where the reader is offered it, in order. Whether it is seen by itself changes at these moments only, or with what the reader is entitled to.
    pub offers: Vec<Offer>,
    pub mentions: Vec<Mention>,
    /// From which moment on until before which it was erased, and so mentioned like something that never was here.
    pub gone: Vec<(i64, i64)>,
}

/// That a version mentions an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// From which moment on, and until before which.
    pub since: i64,
    pub until: i64,
    /// The object's versions, as places in the list of courses. While one of them is there, what mentions it is seen only while one of them is seen;
    /// where none is listed, never.
    pub versions: Vec<usize>,
}

impl Mention {
    /// At all times.
    pub fn always(versions: Vec<usize>) -> Self {
        Self { since: i64::MIN, until: i64::MAX, versions }
    }
}

/// A place in the walk, and the moment that it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    pub moment: i64,
    pub tick: i64,
}

impl<H> Course<H> {
    /// Of a version that was never handled in another way and mentions nothing that matters.
    pub fn plain(arrival: i64, handled: H) -> Self {
        Self {
            handled: vec![(arrival, handled)],
            offers: vec![Offer { moment: arrival, tick: arrival }],
            mentions: Vec::new(),
            gone: Vec::new(),
        }
    }
}

/// What a reader was entitled to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitled<E> {
    /// From which moment on it was entitled to what, in order; not empty, and the first holds for all time before it as well.
    pub history: Vec<(i64, E)>,
    /// What it is entitled to now, which may be newer than the last of these.
    pub now: E,
}

impl<E> Entitled<E> {
    /// What it was entitled to at a moment.
    pub fn at(&self, moment: i64) -> &E {
        let held = self.history.iter().rev().find(|(from, _)| *from <= moment).or_else(|| self.history.first());
        held.map_or(&self.now, |(_, entitled)| entitled)
    }
}

/// For each version the tick at which it is offered to the reader; none for what the reader does not see or did not ask for, for what came into
/// view since the last moment, which will be offered at a later one, and for what is in no object.
///
/// `objects` are the versions of each object that is asked about, as places in the list of courses. `sees(place, handled, entitled, at)` decides
/// on a version by itself; `selects` says which of the seen versions of one object are asked for.
pub fn offered<H, E>(
    courses: &[Course<H>],
    objects: &[Vec<usize>],
    entitled: &Entitled<E>,
    now: i64,
    sees: impl Fn(usize, &H, &E, i64) -> bool,
    selects: impl Fn(&[usize]) -> Vec<usize>,
) -> Vec<Option<i64>> {
    let mut found = vec![None; courses.len()];
    let together = together(courses, objects);
    let mut groups: BTreeMap<usize, Vec<&Vec<usize>>> = BTreeMap::new();
    for object in objects {
        if let Some(group) = object.first().and_then(|place| together.get(*place)) {
            groups.entry(*group).or_default().push(object);
        }
    }
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, group) in together.iter().enumerate() {
        members.entry(*group).or_default().push(place);
    }
    for (group, objects) in groups {
        let places = members.get(&group).map_or(&[][..], Vec::as_slice);
        let part = Part { courses, places, objects, entitled };
        for (place, tick) in part.offered(now, &sees, &selects) {
            if let Some(found) = found.get_mut(place) {
                *found = Some(tick);
            }
        }
    }
    found
}

/// Versions that may depend on each other, and on no others.
struct Part<'a, H, E> {
    courses: &'a [Course<H>],
    places: &'a [usize],
    objects: Vec<&'a Vec<usize>>,
    entitled: &'a Entitled<E>,
}

impl<H, E> Part<'_, H, E> {
    fn offered(
        &self,
        now: i64,
        sees: &impl Fn(usize, &H, &E, i64) -> bool,
        selects: &impl Fn(&[usize]) -> Vec<usize>,
    ) -> Vec<(usize, i64)> {
        let mut came: BTreeMap<usize, i64> = BTreeMap::new();
        let mut by_itself: BTreeSet<usize> = BTreeSet::new();
        let mut seen_before: Vec<Vec<usize>> = vec![Vec::new(); self.objects.len()];
        for (moment, concerned) in self.moments() {
            let before = by_itself.clone();
            // What arrives unseen hides what mentions it, and what goes hides nothing any more.
            let arrives = concerned.iter().any(|place| self.comes_or_goes(*place, moment));
            for place in concerned {
                let is_seen = self.courses.get(place).is_some_and(|course| {
                    let handled = course.handled.iter().rev().find(|(from, _)| *from <= moment);
                    handled.is_some_and(|(_, handled)| sees(place, handled, self.entitled.at(moment), moment))
                });
                if is_seen {
                    by_itself.insert(place)
                } else {
                    by_itself.remove(&place)
                };
            }
            if before == by_itself && !arrives {
                continue;
            }
            let seen = self.closed(by_itself.clone(), moment);
            for (object, seen_before) in self.objects.iter().zip(&mut seen_before) {
                let versions = among(object, &seen);
                if versions != *seen_before {
                    let selected = selects(&versions);
                    came.retain(|place, _| !object.contains(place) || selected.contains(place));
                    selected.iter().for_each(|place| _ = came.entry(*place).or_insert(moment));
                    *seen_before = versions;
                }
            }
        }
        // What time changed since the last moment only takes away: what comes into view by it does so at a moment of its own.
        let current = self.places.iter().copied().filter(|place| {
            let handled = self.courses.get(*place).and_then(|course| course.handled.last());
            handled.is_some_and(|(_, handled)| sees(*place, handled, &self.entitled.now, now))
        });
        let current = self.closed(current.collect(), END);
        let selected: BTreeSet<usize> =
            self.objects.iter().flat_map(|object| selects(&among(object, &current))).collect();
        let offered = |(place, came): (usize, i64)| {
            let offers = &self.courses.get(place).filter(|_| selected.contains(&place))?.offers;
            Some((place, offers.iter().find(|offer| offer.moment >= came)?.tick))
        };
        came.into_iter().filter_map(offered).collect()
    }

    /// Every moment at which something changes, in order, with the versions that it concerns.
    fn moments(&self) -> BTreeMap<i64, BTreeSet<usize>> {
        let mut moments: BTreeMap<i64, BTreeSet<usize>> = BTreeMap::new();
        for place in self.places {
            let Some(course) = self.courses.get(*place) else { continue };
            let handled = course.handled.iter().map(|(moment, _)| *moment);
            for moment in handled.chain(course.offers.iter().map(|offer| offer.moment)) {
                moments.entry(moment).or_default().insert(*place);
            }
        }
        for (moment, _) in &self.entitled.history {
            moments.entry(*moment).or_default().extend(self.places);
        }
        moments
    }

    fn comes_or_goes(&self, place: usize, moment: i64) -> bool {
        self.courses.get(place).is_some_and(|course| {
            let arrives = course.handled.first().is_some_and(|(arrival, _)| *arrival == moment);
            arrives || course.gone.iter().any(|(from, until)| *from == moment || *until == moment)
        })
    }

    /// Whether a version was there at a moment, seen or not.
    fn is_there(&self, place: usize, moment: i64) -> bool {
        self.courses.get(place).is_some_and(|course| {
            let arrived = course.handled.first().is_some_and(|(arrival, _)| *arrival <= moment);
            arrived && !course.gone.iter().any(|(from, until)| (*from..*until).contains(&moment))
        })
    }

    /// The largest part of what is seen at a moment in which nothing mentions what is there and outside it.
    fn closed(&self, mut seen: BTreeSet<usize>, moment: i64) -> BTreeSet<usize> {
        let is_there = |version: &usize| self.is_there(*version, moment);
        let hides = |mention: &Mention, seen: &BTreeSet<usize>| {
            let versions = &mention.versions;
            (mention.since..mention.until).contains(&moment)
                && !versions.iter().any(|version| seen.contains(version))
                && (versions.is_empty() || versions.iter().any(is_there))
        };
        loop {
            let before = seen.len();
            let hidden: Vec<usize> = seen
                .iter()
                .copied()
                .filter(|place| {
                    let mentions = self.courses.get(*place).map_or(&[][..], |course| &course.mentions);
                    mentions.iter().any(|mention| hides(mention, &seen))
                })
                .collect();
            hidden.iter().for_each(|place| _ = seen.remove(place));
            if seen.len() == before {
                return seen;
            }
        }
    }
}

fn among(object: &[usize], seen: &BTreeSet<usize>) -> Vec<usize> {
    object.iter().copied().filter(|place| seen.contains(place)).collect()
}

/// For each version the first of those that it may depend on, through versions of one object and mentions.
fn together<H>(courses: &[Course<H>], objects: &[Vec<usize>]) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..courses.len()).collect();
    let mut join = |one: usize, other: usize| {
        let (one, other) = (root(&mut parent, one), root(&mut parent, other));
        if let Some(place) = parent.get_mut(one.max(other)) {
            *place = one.min(other);
        }
    };
    for object in objects {
        object.windows(2).for_each(|pair| {
            if let [one, other] = pair {
                join(*one, *other)
            }
        });
    }
    for (place, course) in courses.iter().enumerate() {
        course.mentions.iter().flat_map(|mention| &mention.versions).for_each(|mentioned| join(place, *mentioned));
    }
    (0..courses.len()).map(|place| root(&mut parent, place)).collect()
}

fn root(parent: &mut [usize], mut place: usize) -> usize {
    while let Some(next) = parent.get(place).copied().filter(|next| *next != place) {
        let above = parent.get(next).copied().unwrap_or(next);
        if let Some(own) = parent.get_mut(place) {
            *own = above;
        }
        place = next;
    }
    place
}
