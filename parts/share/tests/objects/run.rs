//! One run of the model test: a hub, the plain rules beside it, readers that poll in every way, and what is asserted after each step.

use std::collections::{BTreeMap, BTreeSet};

use ward_directory::{Here, NewPerson, Scope, Who, add_person, anybody, permit, recipient, stands_for};
use ward_policy::{Recipient, Resource, Role, Verb};
use ward_share::collections::Collection;
use ward_share::{ShareError, anew, collections, recall};
use ward_store::testing::TestDatabase;
use ward_store::{Clock, sequence};
use ward_taxii::filter::Filter;

use crate::asked::{filter, last};
use crate::rules::{Key, Rules};
use crate::script::Step;
use crate::setup::{Hub, SECOND};

#[path = "run/ask.rs"]
mod ask;
#[path = "run/change.rs"]
mod change;
#[path = "run/poll.rs"]
mod poll;

/// The readers: the machines of Arizona, Pima and Illinois, and a person of Arizona. Illinois is watched by the test of what is hidden.
pub const WATCHED: usize = 2;
pub const POLLERS: u64 = 14;
/// How many readers there are: those, the machines of somebody who is no member, and anybody at the public collection.
const READERS: usize = 6;
const ANYBODY: usize = 5;

/// The place of a reader's organisation; anybody's is behind the last.
fn place_of(reader: usize) -> usize {
    [0, 1, 2, 0, 3, 4][reader]
}

/// How a poller goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
enum By {
    Next,
    Date,
    /// By a date of which it keeps only the milliseconds.
    Millis,
}

/// Somebody who polls, and what they hold.
struct Poller {
    reader: usize,
    by: By,
    is_all: bool,
    types: &'static [&'static str],
    filter: Filter,
    held: BTreeSet<Key>,
    /// What left the view after it was got.
    left: BTreeSet<Key>,
    called_back: BTreeSet<Key>,
    notes: BTreeSet<String>,
}

pub struct Run {
    hub: Hub,
    name: String,
    people: Vec<Who>,
    person_id: String,
    rules: Rules,
    pollers: Vec<Poller>,
    told: BTreeSet<(String, String)>,
    grants: BTreeMap<usize, String>,
    /// What the watched reader saw at any time, and what it was answered.
    pub ever_seen: BTreeSet<Key>,
    pub answers: Vec<String>,
    pub posted: Vec<crate::script::Thing>,
    /// Whether everything is told as it happens: `WARD_MODEL_TRACE`.
    is_traced: bool,
}

impl Run {
    pub async fn new(database: &TestDatabase, name: String) -> Run {
        let hub = Hub::new(database).await;
        let mut people = Vec::new();
        for who in [&hub.arizona, &hub.pima, &hub.illinois, &hub.stranger] {
            let new = NewPerson {
                organisation_id: who.organisation.id.clone(),
                name: format!("Director of {}", who.name),
                office: "Director".to_owned(),
                email: format!("{}@state.example", who.name.to_lowercase()),
                role: Role::Director,
            };
            let permit = permit(&hub.admin, Verb::Create, Resource::Person, new).unwrap();
            let person = add_person(&hub.here, &permit).await.unwrap();
            let who = stands_for(&hub.here, &who.organisation.id, Some(&person.id)).await.unwrap().unwrap();
            people.push(Who { scopes: vec![Scope::Read, Scope::Write], ..who });
        }
        let poller = |reader, by, is_all, types| Poller {
            reader,
            by,
            is_all,
            types,
            filter: filter(is_all, types),
            held: BTreeSet::new(),
            left: BTreeSet::new(),
            called_back: BTreeSet::new(),
            notes: BTreeSet::new(),
        };
        let pollers = vec![
            poller(2, By::Next, false, &[]),
            poller(2, By::Date, false, &[]),
            poller(2, By::Millis, false, &[]),
            poller(2, By::Date, true, &[]),
            poller(2, By::Next, false, &["indicator", "malware"]),
            poller(1, By::Date, false, &[]),
            poller(1, By::Next, true, &[]),
            poller(3, By::Date, false, &[]),
            poller(3, By::Next, true, &[]),
            poller(0, By::Next, false, &[]),
            poller(1, By::Date, false, &["report", "relationship"]),
            poller(4, By::Next, true, &[]),
            poller(ANYBODY, By::Date, false, &[]),
            poller(ANYBODY, By::Next, true, &[]),
        ];
        assert_eq!(pollers.len() as u64, POLLERS);
        let rules = Rules {
            hub: hub.here.installation.organisation_id.clone(),
            members: [&hub.arizona, &hub.pima, &hub.illinois, &hub.stranger]
                .map(|who| who.organisation.id.clone())
                .to_vec(),
            versions: Vec::new(),
            grants: BTreeMap::new(),
        };
        let person_id = people[0].person_id.clone().unwrap();
        let (told, grants, ever_seen) = (BTreeSet::new(), BTreeMap::new(), BTreeSet::new());
        let (answers, posted) = (Vec::new(), Vec::new());
        let is_traced = std::env::var_os("WARD_MODEL_TRACE").is_some();
        let mut run =
            Run { is_traced, hub, name, people, person_id, rules, pollers, told, grants, ever_seen, answers, posted };
        run.tick().await;
        run
    }

    /// Does a step, and looks at what it did.
    pub async fn step(&mut self, place: usize, step: &Step) {
        let said = format!("{}, step {place}: {step:?}", self.name);
        if self.is_traced {
            eprintln!("{said}");
        }
        match step {
            Step::Poll { poller, limit, pages } => {
                for _ in 0..*pages {
                    self.poll(*poller, Some(*limit), &said).await;
                }
            }
            Step::Walk { limit } => {
                for reader in 0..READERS {
                    self.walk(reader, *limit, &said).await;
                }
            }
            Step::Ask { id, version } => self.ask(id, *version).await,
            Step::Tick => self.tick().await,
            Step::House => self.house().await,
            Step::Pass { seconds } => {
                self.tick().await;
                self.hub.here.clock = Clock::Fixed(self.hub.here.now() + seconds * SECOND);
            }
            step => self.change(step, &said).await,
        }
        self.look().await;
    }

    /// At the end everybody has what they see.
    pub async fn end(&mut self) {
        let said = format!("{}, at the end", self.name);
        self.house().await;
        self.look().await;
        assert!(!self.grants.is_empty(), "{said}: nothing was granted, so grants were not tried");
        for poller in 0..self.pollers.len() {
            while self.poll(poller, None, &said).await {}
            let expected = self.expected(&self.pollers[poller], &self.seen(self.pollers[poller].reader).await);
            // What is one's own nobody calls back.
            let own = place_of(self.pollers[poller].reader);
            let mut held = self.pollers[poller].held.clone();
            held.retain(|key| expected.contains(key) || !self.rules.is_own(key, own));
            let missing: Vec<&Key> = expected.difference(&held).collect();
            let too_much: Vec<&Key> = held.difference(&expected).collect();
            assert!(missing.is_empty(), "{said}: poller {poller} lacks {missing:?}");
            assert!(too_much.is_empty(), "{said}: poller {poller} still holds {too_much:?}");
        }
        for reader in 0..READERS {
            let seen = self.seen(reader).await;
            for (limit, is_all) in [(1, false), (3, true), (7, false), (1_000, true)] {
                let found = self.whole(reader, limit, is_all, &said).await;
                let expected = if is_all { seen.clone() } else { last(&seen) };
                assert_eq!(found, expected, "{said}: reader {reader}, pages of {limit}, all {is_all}");
            }
        }
    }

    async fn tick(&mut self) {
        self.hub.here.clock = Clock::Fixed(self.hub.here.now() + SECOND);
        sequence(&self.hub.here.store).await.unwrap();
    }

    async fn house(&mut self) {
        anew::turn_dates(&self.hub.here).await.unwrap();
        recall::review_changed_readers(&self.hub.here).await.unwrap();
        recall::review_offered_again(&self.hub.here).await.unwrap();
    }

    async fn reader(&self, reader: usize) -> Who {
        if reader == ANYBODY {
            return anybody();
        }
        let person = (reader == 3).then_some(self.person_id.as_str());
        let of = &self.rules.members[place_of(reader)];
        stands_for(&self.hub.here, of, person).await.unwrap().unwrap()
    }

    async fn collection(&self, who: &Who) -> Result<Collection, ShareError> {
        let name = if who.organisation.id.is_empty() { "public" } else { "threat-information" };
        collections::find(&self.hub.here, who, name).await
    }

    async fn seen(&self, reader: usize) -> BTreeSet<Key> {
        self.rules.seen(&recipient_of(&self.hub.here, &self.reader(reader).await).await, self.hub.here.now())
    }
}

async fn recipient_of(here: &Here, who: &Who) -> Recipient {
    recipient(here, who).await.unwrap()
}
