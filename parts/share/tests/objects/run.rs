//! One run of the model test: a hub, the plain rules beside it, readers that poll in every way, and what is asserted after each step.

use std::collections::{BTreeMap, BTreeSet};

use ward_directory::{Here, NewPerson, Who, add_person, organisation, permit, recipient, stands_for};
use ward_policy::{Recipient, Resource, Role, Verb};
use ward_share::collections::Collection;
use ward_share::mark::{self, Change};
use ward_share::request::{self, Approved, Ask};
use ward_share::{ShareError, anew, collections, page, recall};
use ward_stix::object::Object;
use ward_store::testing::TestDatabase;
use ward_store::{Clock, sequence, values};
use ward_taxii::filter::{Filter, VersionMatch};

use crate::asked::{described, exact, filter, last, number, of_kind};
use crate::rules::{Granted, Key, Rules};
use crate::script::{Marked, Step};
use crate::setup::{Hub, SECOND};

/// The readers: the machines of Arizona, Pima and Illinois, and a person of Arizona. The last but one is watched by the test of what is hidden.
const WATCHED: usize = 2;
pub const POLLERS: u64 = 11;

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
    /// Whether each step gets its place before the next. When several get theirs at once, what was hidden only between two of them may come again.
    is_prompt: bool,
    pollers: Vec<Poller>,
    told: BTreeSet<(String, String)>,
    grants: BTreeMap<usize, String>,
    /// What the watched reader saw at any time, and what it was answered.
    pub ever_seen: BTreeSet<Key>,
    pub answers: Vec<String>,
    pub posted: Vec<crate::script::Thing>,
}

impl Run {
    pub async fn new(database: &TestDatabase, name: String, is_prompt: bool) -> Run {
        let hub = Hub::new(database).await;
        let mut people = Vec::new();
        for who in [&hub.arizona, &hub.pima, &hub.illinois] {
            let new = NewPerson {
                organisation_id: who.organisation.id.clone(),
                name: format!("Director of {}", who.name),
                office: "Director".to_owned(),
                email: format!("{}@state.example", who.name.to_lowercase()),
                role: Role::Director,
            };
            let permit = permit(&hub.admin, Verb::Create, Resource::Person, new).unwrap();
            let person = add_person(&hub.here, &permit).await.unwrap();
            people.push(stands_for(&hub.here, &who.organisation.id, Some(&person.id)).await.unwrap().unwrap());
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
        ];
        assert_eq!(pollers.len() as u64, POLLERS);
        let rules = Rules {
            hub: hub.here.installation.organisation_id.clone(),
            members: [&hub.arizona, &hub.pima, &hub.illinois].map(|who| who.organisation.id.clone()).to_vec(),
            versions: Vec::new(),
            grants: BTreeMap::new(),
        };
        let person_id = people[0].person_id.clone().unwrap();
        let (told, grants, ever_seen) = (BTreeSet::new(), BTreeMap::new(), BTreeSet::new());
        let (answers, posted) = (Vec::new(), Vec::new());
        let mut run =
            Run { hub, name, people, person_id, rules, is_prompt, pollers, told, grants, ever_seen, answers, posted };
        run.tick().await;
        run
    }

    /// Does a step, and looks at what it did.
    pub async fn step(&mut self, place: usize, step: &Step) {
        let said = format!("{}, step {place}: {step:?}", self.name);
        if std::env::var_os("WARD_MODEL_TRACE").is_some() {
            eprintln!("{said}");
        }
        match step {
            Step::Poll { poller, limit, pages } => {
                for _ in 0..*pages {
                    self.poll(*poller, Some(*limit), &said).await;
                }
            }
            Step::Walk { limit } => {
                for reader in 0..4 {
                    self.walk(reader, *limit, &said).await;
                }
            }
            Step::Tick => self.tick().await,
            Step::House => self.house().await,
            Step::Pass { seconds } => {
                self.tick().await;
                self.hub.here.clock = Clock::Fixed(self.hub.here.now() + seconds * SECOND);
            }
            step => {
                self.change(step, &said).await;
                if self.is_prompt {
                    self.tick().await;
                }
            }
        }
        self.look().await;
    }

    /// At the end, when nothing waits any more, everybody has what they see.
    pub async fn end(&mut self) {
        let said = format!("{}, at the end", self.name);
        for _ in 0..3 {
            self.tick().await;
            self.house().await;
            self.look().await;
        }
        self.tick().await;
        for poller in 0..self.pollers.len() {
            while self.poll(poller, None, &said).await {}
            let expected = self.expected(&self.pollers[poller], &self.seen(self.pollers[poller].reader).await);
            // What is one's own nobody calls back.
            let own = self.pollers[poller].reader % 3;
            let mut held = self.pollers[poller].held.clone();
            held.retain(|key| expected.contains(key) || !self.rules.is_own(key, own));
            let missing: Vec<&Key> = expected.difference(&held).collect();
            let too_much: Vec<&Key> = held.difference(&expected).collect();
            assert!(missing.is_empty(), "{said}: poller {poller} lacks {missing:?}");
            assert!(too_much.is_empty(), "{said}: poller {poller} still holds {too_much:?}");
        }
        for reader in 0..4 {
            let seen = self.seen(reader).await;
            for (limit, is_all) in [(1, false), (3, true), (7, false), (1_000, true)] {
                let found = self.whole(reader, limit, is_all, &said).await;
                let expected = if is_all { seen.clone() } else { last(&seen) };
                assert_eq!(found, expected, "{said}: reader {reader}, pages of {limit}, all {is_all}");
            }
        }
    }

    async fn tick(&mut self) {
        for _ in 0..3 {
            let now = self.hub.here.now() + SECOND;
            self.hub.here.clock = Clock::Fixed(now);
            sequence(&self.hub.here.store, now).await.unwrap();
        }
        // One after the other: what mentions an object leaves the view with its first version, if that is hidden, and comes again with the next.
        while self.rules.place() {
            let mut seen = Vec::new();
            for reader in 0..4 {
                seen.push(self.seen(reader).await);
            }
            self.leave(&seen);
        }
    }

    async fn house(&mut self) {
        anew::turn_dates(&self.hub.here).await.unwrap();
        recall::review_changed_readers(&self.hub.here).await.unwrap();
        recall::review_offered_again(&self.hub.here).await.unwrap();
    }

    async fn change(&mut self, step: &Step, said: &str) {
        let now = self.hub.here.now();
        match step {
            Step::Post(things) => {
                let new = |thing: &&crate::script::Thing| !self.rules.is_there(&thing.id, thing.version);
                let things: Vec<_> = things.iter().filter(new).cloned().collect();
                let Some(owner) = things.first().map(|thing| thing.owner) else { return };
                let who = self.writer(owner).await;
                if !who.organisation.is_member {
                    return;
                }
                let bodies: Vec<_> = things.iter().map(|thing| thing.body.clone()).collect();
                let status = self.hub.post(&who, "threat-information", &bodies).await.unwrap();
                assert_eq!(status.failure_count, 0, "{said}: {:?}", status.failures);
                things.iter().for_each(|thing| self.rules.post(thing));
                self.posted.extend(things);
            }
            Step::Delete { owner, id, version } => {
                let who = self.writer(*owner).await;
                if !who.organisation.is_member {
                    return;
                }
                // Before its tick nobody sees it, its owner neither.
                self.tick().await;
                let versions = version.map_or(VersionMatch::All, |version| VersionMatch::AnyOf(vec![exact(version)]));
                let filter = Filter { versions, ..Filter::default() };
                let collection = self.collection(&who).await.unwrap();
                let done = page::delete(&self.hub.here, &who, &collection, id, &filter).await;
                let is_there = |one: &crate::rules::Version| {
                    one.is_there && one.thing.id == *id && version.is_none_or(|version| version == one.thing.version)
                };
                let expected = self.rules.versions.iter().any(is_there);
                assert_eq!(done.is_ok(), expected, "{said}: {done:?}");
                self.rules.delete(id, *version);
            }
            Step::Mark { id, change } => {
                let change = match change {
                    Marked::Now(change) => *change,
                    Marked::Hold { seconds } => Change::HoldUntil(now + seconds * SECOND),
                };
                let permit = permit(&self.hub.analyst, Verb::Change, Resource::Indicator, id.clone()).unwrap();
                let done = mark::change(&self.hub.here, &permit, change, "so it is").await;
                if !matches!(done, Err(ShareError::Unseen { .. })) {
                    self.rules.mark(id, change);
                }
            }
            Step::Grant { name, to, owner, covers, days } => {
                let covers = covers.covers(&self.rules.members[*owner]);
                let ask = Ask { covers: covers.clone(), purpose: "to know what this is about".to_owned(), days: *days };
                let Ok(id) = request::ask(&self.hub.here, &self.people[*to], &ask).await else { return };
                let first = request::approve(&self.hub.here, &self.hub.admin, &id).await.unwrap();
                assert_eq!(first, Approved::Waits, "{said}");
                match request::approve(&self.hub.here, &self.people[*owner], &id).await {
                    Ok(second) => assert_eq!(second, Approved::Granted, "{said}"),
                    Err(ShareError::Unseen { .. }) => return,
                    Err(error) => panic!("{said}: {error}"),
                }
                let until = now + days * 86_400 * SECOND;
                let to = self.rules.members[*to].clone();
                self.rules.grants.insert(*name, Granted { to, until, covers, is_ended: false });
                self.grants.insert(*name, id);
            }
            Step::End { name } => {
                let Some(id) = self.grants.get(name) else { return };
                if request::end(&self.hub.here, &self.hub.admin, id).await.is_ok()
                    && let Some(grant) = self.rules.grants.get_mut(name)
                {
                    grant.is_ended = true;
                }
            }
            Step::Parent { child, parent } => {
                let parent = parent.map(|place| self.rules.members.get(place).unwrap_or(&self.rules.hub).clone());
                let sql = "UPDATE organisation SET parent_id = $1 WHERE id = $2";
                self.execute(sql, values![parent, &self.rules.members[*child]]).await;
            }
            Step::Member { who, is_member } => {
                let sql = "UPDATE organisation SET is_member = $1 WHERE id = $2";
                self.execute(sql, values![i64::from(*is_member), &self.rules.members[*who]]).await;
                // Who comes back gets again what is for them.
                self.pollers.iter_mut().filter(|poller| poller.reader == *who).for_each(|poller| poller.notes.clear());
            }
            Step::Clearance { is_secret } => {
                let level = if *is_secret { "secret" } else { "unclassified" };
                self.execute("UPDATE person SET clearance = $1 WHERE id = $2", values![level, &self.person_id]).await;
            }
            // Those above were done before.
            _ => {}
        }
    }

    async fn execute(&self, sql: &'static str, values: &[ward_store::Value]) {
        let mut tx = self.hub.here.store.begin().await.unwrap();
        tx.execute(sql, values).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn writer(&self, owner: usize) -> Who {
        let who = [&self.hub.arizona, &self.hub.pima, &self.hub.illinois][owner].clone();
        let organisation = organisation(&self.hub.here, &who.organisation.id).await.unwrap().unwrap();
        Who { organisation, ..who }
    }

    async fn reader(&self, reader: usize) -> Who {
        let person = (reader == 3).then_some(self.person_id.as_str());
        let of = &self.rules.members[reader % 3];
        stands_for(&self.hub.here, of, person).await.unwrap().unwrap()
    }

    async fn collection(&self, who: &Who) -> Result<Collection, ShareError> {
        collections::find(&self.hub.here, who, "threat-information").await
    }

    async fn seen(&self, reader: usize) -> BTreeSet<Key> {
        self.rules.seen(&recipient_of(&self.hub.here, &self.reader(reader).await).await, self.hub.here.now())
    }

    fn expected(&self, poller: &Poller, seen: &BTreeSet<Key>) -> BTreeSet<Key> {
        let is_wanted = |key: &&Key| poller.types.is_empty() || poller.types.iter().any(|kind| of_kind(key, kind));
        let wanted: BTreeSet<Key> = seen.iter().filter(is_wanted).cloned().collect();
        if poller.is_all { wanted } else { last(&wanted) }
    }

    /// What left views, and what was called back from whom.
    async fn look(&mut self) {
        let mut seen = Vec::new();
        for reader in 0..4 {
            seen.push(self.seen(reader).await);
        }
        self.ever_seen.extend(seen[WATCHED].iter().cloned());
        let recalls = recall::list(&self.hub.here, &self.hub.admin).await.unwrap();
        for one in recalls {
            if !self.told.insert((one.recall_id.clone(), format!("{} {}", one.organisation_id, one.object_id))) {
                continue;
            }
            let key = (one.stix_id.clone(), number(&one.version));
            let of = self.rules.members.iter().position(|id| *id == one.organisation_id).unwrap();
            for poller in self.pollers.iter_mut().filter(|poller| poller.reader % 3 == of) {
                poller.called_back.insert(key.clone());
            }
        }
        self.leave(&seen);
        for poller in &mut self.pollers {
            let seen = &seen[poller.reader];
            let (held, called_back) = (&mut poller.held, &poller.called_back);
            held.retain(|key| seen.contains(key) || !called_back.contains(key));
        }
    }

    /// Notes what is not among what each poller asks for any more.
    fn leave(&mut self, seen: &[BTreeSet<Key>]) {
        for place in 0..self.pollers.len() {
            let expected = self.expected(&self.pollers[place], &seen[self.pollers[place].reader]);
            let poller = &mut self.pollers[place];
            poller.left.extend(poller.held.difference(&expected).cloned());
        }
    }

    /// Gets one page. Gives whether more follows.
    async fn poll(&mut self, place: usize, limit: Option<u64>, said: &str) -> bool {
        let (reader, by) = (self.pollers[place].reader, self.pollers[place].by);
        let who = self.reader(reader).await;
        let limit = if by == By::Millis { None } else { limit };
        let filter = Filter { limit, ..self.pollers[place].filter.clone() };
        let found = self.page(&who, &filter, said).await;
        if reader == WATCHED {
            self.answers.push(described(found.as_ref()));
        }
        let Some((page, dates)) = found else { return false };
        let seen = self.seen(reader).await;
        let poller = &mut self.pollers[place];
        for (body, date) in page.items.iter().zip(dates) {
            let object = Object::parse(body).unwrap();
            let is_within = by == By::Millis && filter.added_after.is_some_and(|after| date / 1_000 == after / 1_000);
            if object.kind() == "note" {
                assert!(poller.notes.insert(object.id().to_owned()) || is_within, "{said}: a note came twice");
                continue;
            }
            let key = (object.id().to_owned(), number(object.version()));
            assert!(seen.contains(&key), "{said}: poller {place} got {key:?}, which it may not see");
            let is_again = self.is_prompt && poller.held.contains(&key) && !poller.left.contains(&key) && !is_within;
            assert!(!is_again, "{said}: poller {place} got {key:?} twice");
            if !poller.is_all {
                let others: Vec<Key> = poller.held.iter().filter(|held| held.0 == key.0).cloned().collect();
                others.iter().for_each(|other| _ = poller.held.remove(other));
            }
            poller.left.remove(&key);
            poller.called_back.remove(&key);
            poller.held.insert(key);
        }
        let last = (!page.items.is_empty() || page.more).then_some(page.last_tick);
        match by {
            By::Next if page.more => poller.filter.next.clone_from(&page.next),
            By::Next | By::Date => {
                poller.filter.next = None;
                poller.filter.added_after = last.or(poller.filter.added_after);
            }
            By::Millis => poller.filter.added_after = last.map(|at| at / 1_000 * 1_000).or(poller.filter.added_after),
        }
        page.more
    }

    /// A page of objects with the date of each; none when there is no such collection for the reader. The manifest lists the same.
    async fn page(&self, who: &Who, filter: &Filter, said: &str) -> Option<(page::Page<bytes::Bytes>, Vec<i64>)> {
        let collection = self.collection(who).await.ok()?;
        let here = &self.hub.here;
        let page = page::objects(here, who, &collection, filter).await.unwrap_or_else(|e| panic!("{said}: {e}"));
        let of_manifest = Filter { next: None, ..filter.clone() };
        let is_first = filter.next.is_none();
        let mut dates = vec![0; page.items.len()];
        if is_first {
            let manifest = page::manifest(here, who, &collection, &of_manifest).await.unwrap();
            let listed: Vec<(String, String)> =
                manifest.items.iter().map(|one| (one.id.clone(), one.version.clone())).collect();
            let got: Vec<Object> = page.items.iter().map(|body| Object::parse(body).unwrap()).collect();
            let got: Vec<(String, String)> =
                got.iter().map(|one| (one.id().to_owned(), one.version().to_owned())).collect();
            assert_eq!(listed, got, "{said}: the manifest lists what is on the page");
            let date = |text: &String| ward_stix::timestamp::parse(text).unwrap().micros();
            dates = manifest.items.iter().map(|one| date(&one.date_added)).collect();
            assert!(dates.is_sorted_by(|one, other| one < other), "{said}: dates increase");
            if let (Some(first), Some(last)) = (dates.first(), dates.last()) {
                assert_eq!((*first, *last), (page.first_tick, page.last_tick), "{said}: the dates of what is shown");
            }
        }
        if page.items.is_empty() {
            let stands = filter.added_after.unwrap_or(0);
            assert!(!is_first || (page.first_tick, page.last_tick) == (stands, stands), "{said}: stands where it was");
        }
        assert_eq!(page.more, page.next.is_some(), "{said}");
        Some((page, dates))
    }

    /// Everything from the start on, each once.
    async fn whole(&mut self, reader: usize, limit: u64, is_all: bool, said: &str) -> BTreeSet<Key> {
        let who = self.reader(reader).await;
        let mut filter = Filter { limit: Some(limit), ..filter(is_all, &[]) };
        let mut found = BTreeSet::new();
        loop {
            let page = self.page(&who, &filter, said).await;
            if reader == WATCHED {
                self.answers.push(described(page.as_ref()));
            }
            let Some((page, _)) = page else { return found };
            for body in &page.items {
                let object = Object::parse(body).unwrap();
                let key = (object.id().to_owned(), number(object.version()));
                assert!(object.kind() == "note" || found.insert(key.clone()), "{said}: {key:?} stands there twice");
            }
            if !page.more {
                return found;
            }
            filter.next = page.next;
        }
    }

    /// Walks everything while things wait: nothing twice, and nothing that may not be seen.
    async fn walk(&mut self, reader: usize, limit: u64, said: &str) {
        let seen = self.seen(reader).await;
        for is_all in [true, false] {
            let found = self.whole(reader, limit, is_all, said).await;
            let hidden: Vec<&Key> = found.difference(&seen).collect();
            assert!(hidden.is_empty(), "{said}: reader {reader} gets {hidden:?}");
        }
    }
}

async fn recipient_of(here: &Here, who: &Who) -> Recipient {
    recipient(here, who).await.unwrap()
}
