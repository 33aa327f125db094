//! Where a reader gets an object, against a plain simulation: time goes by tick by tick, a client polls now and then from where it stood, and what left
//! the view is taken from it. In the end it holds what is seen, and nothing came to it that it had.
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use ward_policy::{Course, Entitled, Mention, Offer, offered};

/// How open a version is, against how much the reader is entitled to: seen when not above it.
type Openness = u8;

#[derive(Clone, Debug)]
enum Event {
    /// Versions come, or if they are there, are handled in another way, all at once.
    Handle(Vec<(usize, Openness)>),
    Entitle(Openness),
    Poll,
    /// Polls without waiting for what changed since.
    Pass,
}

#[derive(Clone, Debug)]
struct World {
    /// Which object each version is of.
    objects: Vec<usize>,
    /// The objects that each version mentions.
    mentions: Vec<BTreeSet<usize>>,
    /// Whether only the newest of the seen versions of an object is asked for.
    is_last: bool,
    events: Vec<Event>,
}

const VERSIONS: usize = 6;
const OBJECTS: usize = 4;

fn world() -> impl Strategy<Value = World> {
    let event = prop_oneof![
        4 => prop::collection::vec((0..VERSIONS, 0..4_u8), 1..4).prop_map(Event::Handle),
        2 => (0..4_u8).prop_map(Event::Entitle),
        2 => Just(Event::Poll),
        1 => Just(Event::Pass),
    ];
    let objects = prop::collection::vec(0..OBJECTS, VERSIONS);
    let mentions = prop::collection::vec(prop::collection::btree_set(0..OBJECTS, 0..2), VERSIONS);
    (objects, mentions, any::<bool>(), prop::collection::vec(event, 1..30)).prop_map(
        |(objects, mut mentions, is_last, events)| {
            for (version, mentioned) in mentions.iter_mut().enumerate() {
                mentioned.remove(&objects[version]);
            }
            World { objects, mentions, is_last, events }
        },
    )
}

/// What is kept of what happened, as a store keeps it: every change offers again all that could come into view by it.
#[derive(Default)]
struct Kept {
    handled: BTreeMap<usize, Vec<(i64, Openness)>>,
    offers: BTreeMap<usize, Vec<Offer>>,
    entitled: Vec<(i64, Openness)>,
    tick: i64,
}

impl Kept {
    /// Offers everything that is there, each at a tick of its own.
    fn offer_all(&mut self, moment: i64) {
        for version in self.handled.keys() {
            self.tick += 1;
            self.offers.entry(*version).or_default().push(Offer { moment, tick: self.tick });
        }
    }

    fn handle(&mut self, changes: &[(usize, Openness)]) {
        let moment = self.tick + 1;
        for (version, openness) in changes {
            self.tick += 1;
            self.handled.entry(*version).or_default().push((moment, *openness));
            self.offers.entry(*version).or_default().push(Offer { moment, tick: self.tick });
        }
        self.offer_all(moment);
    }

    fn entitle(&mut self, openness: Openness) {
        self.tick += 1;
        self.entitled.push((self.tick, openness));
        self.offer_all(self.tick);
    }

    /// What is offered, by tick, as `offered` says.
    fn walk(&self, world: &World) -> BTreeMap<i64, usize> {
        let places: Vec<usize> = self.handled.keys().copied().collect();
        let place = |version: usize| places.iter().position(|one| *one == version);
        let of_object = |object: usize| -> Vec<usize> {
            (0..VERSIONS).filter(|version| world.objects[*version] == object).filter_map(place).collect()
        };
        let courses: Vec<Course<Openness>> = places
            .iter()
            .map(|version| Course {
                handled: self.handled[version].clone(),
                offers: self.offers[version].clone(),
                mentions: world.mentions[*version]
                    .iter()
                    .map(|object| of_object(*object))
                    .filter(|one| !one.is_empty())
                    .map(Mention::always)
                    .collect(),
                gone: Vec::new(),
            })
            .collect();
        let objects: Vec<Vec<usize>> = (0..OBJECTS).map(of_object).filter(|one| !one.is_empty()).collect();
        let entitled = Entitled { history: self.entitled.clone(), now: self.entitled.last().unwrap().1 };
        let sees = |_: usize, openness: &Openness, entitled: &Openness, _: i64| openness <= entitled;
        let selects = |seen: &[usize]| {
            if world.is_last { seen.iter().max().copied().into_iter().collect() } else { seen.to_vec() }
        };
        let found = offered(&courses, &objects, &entitled, self.tick, sees, selects);
        found.iter().zip(&places).filter_map(|(tick, version)| Some(((*tick)?, *version))).collect()
    }

    /// What is seen now and asked for, from nothing but how things stand now.
    fn seen(&self, world: &World) -> BTreeSet<usize> {
        let entitled = self.entitled.last().unwrap().1;
        let is_open = |version: &usize| self.handled[version].last().unwrap().1 <= entitled;
        let mut seen: BTreeSet<usize> = self.handled.keys().copied().filter(is_open).collect();
        let is_here = |object: usize| self.handled.keys().any(|version| world.objects[*version] == object);
        loop {
            let shows = |object: usize| seen.iter().any(|version| world.objects[*version] == object);
            let hidden = seen
                .iter()
                .copied()
                .find(|version| world.mentions[*version].iter().any(|object| is_here(*object) && !shows(*object)));
            match hidden {
                Some(version) => seen.remove(&version),
                None => break,
            };
        }
        let is_newest = |version: &usize| {
            !seen.iter().any(|other| other > version && world.objects[*other] == world.objects[*version])
        };
        if world.is_last { seen.iter().copied().filter(is_newest).collect() } else { seen }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn who_polls_by_time_ends_with_what_is_seen_and_gets_nothing_twice(world in world()) {
        let mut kept = Kept { entitled: vec![(0, 1)], ..Kept::default() };
        let (mut held, mut stood): (BTreeSet<usize>, i64) = (BTreeSet::new(), 0);
        let mut events = world.events.clone();
        events.push(Event::Poll);
        for event in events {
            match event {
                Event::Handle(changes) => kept.handle(&changes),
                Event::Entitle(openness) => kept.entitle(openness),
                Event::Pass => kept.tick += 5,
                Event::Poll => {
                    let whole = kept.walk(&world);
                    let all: BTreeSet<usize> = whole.values().copied().collect();
                    prop_assert_eq!(&all, &kept.seen(&world), "a walk from the start");
                    prop_assert_eq!(all.len(), whole.len(), "each once");
                    for (tick, version) in whole.range(stood + 1..) {
                        prop_assert!(held.insert(*version), "version {} came twice, at {}", version, tick);
                        stood = *tick;
                    }
                    prop_assert_eq!(&held, &kept.seen(&world), "a poll from where it stood");
                }
            }
            // What leaves the view is called back at once.
            let seen = kept.seen(&world);
            held.retain(|version| seen.contains(version));
        }
    }
}

#[test]
fn what_is_mentioned_hides_only_from_its_arrival_on() {
    let course = |arrival: i64, openness: Openness, offers: &[i64], mentions: &[usize]| Course {
        handled: vec![(arrival, openness)],
        offers: offers.iter().map(|tick| Offer { moment: *tick, tick: *tick }).collect(),
        mentions: mentions.iter().map(|place| Mention::always(vec![*place])).collect(),
        gone: Vec::new(),
    };
    let entitled = Entitled { history: vec![(0, 1)], now: 1 };
    let places = |courses: &[Course<Openness>]| {
        offered(
            courses,
            &[vec![0], vec![1]],
            &entitled,
            100,
            |_, openness, entitled, _| openness <= entitled,
            <[usize]>::to_vec,
        )
    };
    // What it mentions came later and is seen: it stays where it was.
    assert_eq!(places(&[course(10, 1, &[10, 21], &[1]), course(20, 1, &[20], &[])]), [Some(10), Some(20)]);
    // Unseen, it hides it.
    assert_eq!(places(&[course(10, 1, &[10, 21], &[1]), course(20, 2, &[20], &[])]), [None, None]);
    // Come at one moment, it is seen where it stands, though what it mentions stands behind it.
    let behind =
        Course { handled: vec![(10, 1)], offers: vec![Offer { moment: 10, tick: 12 }], ..course(10, 1, &[], &[]) };
    assert_eq!(places(&[course(10, 1, &[10], &[1]), behind]), [Some(10), Some(12)]);
    // Opened later, it brings it back.
    let opened = Course { handled: vec![(20, 2), (30, 1)], ..course(20, 2, &[20, 30], &[]) };
    assert_eq!(places(&[course(10, 1, &[10, 21, 31], &[1]), opened]), [Some(31), Some(30)]);
    // Hidden from 20 on, erased at 40: what mentions it is mentioned like something that never was here.
    let erased = Course { gone: vec![(40, i64::MAX)], ..course(20, 2, &[20, 40], &[]) };
    assert_eq!(places(&[course(10, 1, &[10, 21, 41], &[1]), erased]), [Some(41), None]);
    // What it mentioned before it came anew at 30 hid it then, and hides it no more.
    let earlier = Mention { since: 0, until: 30, versions: vec![1] };
    let anew = Course { mentions: vec![earlier], gone: vec![(20, 30)], ..course(10, 1, &[10, 20, 30], &[]) };
    assert_eq!(places(&[anew, course(5, 2, &[5], &[])]), [Some(30), None]);
}
