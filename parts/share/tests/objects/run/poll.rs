//! How the readers of the model test ask, and what is asserted of each answer.

use std::collections::BTreeSet;

use ward_directory::Who;
use ward_share::{page, recall};
use ward_stix::object::Object;
use ward_taxii::filter::Filter;

use super::{ANYBODY, By, Poller, READERS, Run, WATCHED, place_of};
use crate::asked::{described, filter, last, number, of_kind, without_id};
use crate::rules::Key;

impl Run {
    pub(super) fn expected(&self, poller: &Poller, seen: &BTreeSet<Key>) -> BTreeSet<Key> {
        let is_wanted = |key: &&Key| poller.types.is_empty() || poller.types.iter().any(|kind| of_kind(key, kind));
        let wanted: BTreeSet<Key> = seen.iter().filter(is_wanted).cloned().collect();
        if poller.is_all { wanted } else { last(&wanted) }
    }

    /// What left views, and what was called back from whom.
    pub(super) async fn look(&mut self) {
        let mut seen = Vec::new();
        for reader in 0..READERS {
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
            if self.is_traced {
                eprintln!("    called back from {of}: {key:?}");
            }
            for poller in self.pollers.iter_mut().filter(|poller| place_of(poller.reader) == of) {
                poller.called_back.insert(key.clone());
            }
        }
        self.leave(&seen);
        for poller in &mut self.pollers {
            let seen = &seen[poller.reader];
            let (held, called_back) = (&mut poller.held, &poller.called_back);
            // From anybody nothing is called back: nobody knows who they are.
            held.retain(|key| seen.contains(key) || !(called_back.contains(key) || poller.reader == ANYBODY));
        }
    }

    /// Notes what is not among what each poller asks for any more.
    pub(super) fn leave(&mut self, seen: &[BTreeSet<Key>]) {
        for place in 0..self.pollers.len() {
            let expected = self.expected(&self.pollers[place], &seen[self.pollers[place].reader]);
            let poller = &mut self.pollers[place];
            poller.left.extend(poller.held.difference(&expected).cloned());
        }
    }

    /// What is new to a poller that cuts its dates to the millisecond. Whether it gets again what it had depends on where in the millisecond that
    /// stands, and so on how many places were given at once.
    fn news(&self, place: usize, filter: &Filter, answer: Option<&(page::Page<bytes::Bytes>, Vec<i64>)>) -> String {
        let Some((page, dates)) = answer else { return described(None) };
        let poller = &self.pollers[place];
        let is_news = |(body, date): &(&bytes::Bytes, &i64)| {
            let object = Object::parse(body).unwrap();
            let is_held = poller.held.contains(&(object.id().to_owned(), number(object.version())));
            let is_known = is_held || poller.notes.contains(object.id());
            !is_known || filter.added_after.is_none_or(|after| *date / 1_000 != after / 1_000)
        };
        let news: Vec<String> =
            page.items.iter().zip(dates).filter(is_news).map(|(body, _)| without_id(body)).collect();
        format!("{} {news:?}, more {}", news.len(), page.more)
    }

    /// Gets one page. Gives whether more follows.
    pub(super) async fn poll(&mut self, place: usize, limit: Option<u64>, said: &str) -> bool {
        let (reader, by) = (self.pollers[place].reader, self.pollers[place].by);
        let who = self.reader(reader).await;
        let limit = if by == By::Millis { None } else { limit };
        let filter = Filter { limit, ..self.pollers[place].filter.clone() };
        let found = self.page(&who, &filter, said).await;
        if reader == WATCHED {
            let answer = found.as_ref();
            let described = if by == By::Millis { self.news(place, &filter, answer) } else { described(answer) };
            self.answers.push(described);
        }
        let Some((page, dates)) = found else { return false };
        let seen = self.seen(reader).await;
        let is_traced = self.is_traced;
        let poller = &mut self.pollers[place];
        for (body, date) in page.items.iter().zip(dates) {
            let object = Object::parse(body).unwrap();
            let is_within = by == By::Millis && filter.added_after.is_some_and(|after| date / 1_000 == after / 1_000);
            if object.kind() == "note" {
                assert!(poller.notes.insert(object.id().to_owned()) || is_within, "{said}: a note came twice");
                continue;
            }
            let key = (object.id().to_owned(), number(object.version()));
            if is_traced {
                eprintln!("    poller {place} got {key:?} at {date} of {} - {}", page.first_tick, page.last_tick);
            }
            assert!(seen.contains(&key), "{said}: poller {place} got {key:?}, which it may not see");
            let is_again = poller.held.contains(&key) && !poller.left.contains(&key) && !is_within;
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
    pub(super) async fn page(
        &self,
        who: &Who,
        filter: &Filter,
        said: &str,
    ) -> Option<(page::Page<bytes::Bytes>, Vec<i64>)> {
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
    pub(super) async fn whole(&mut self, reader: usize, limit: u64, is_all: bool, said: &str) -> BTreeSet<Key> {
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
    pub(super) async fn walk(&mut self, reader: usize, limit: u64, said: &str) {
        let seen = self.seen(reader).await;
        for is_all in [true, false] {
            let found = self.whole(reader, limit, is_all, said).await;
            let hidden: Vec<&Key> = found.difference(&seen).collect();
            assert!(hidden.is_empty(), "{said}: reader {reader} gets {hidden:?}");
        }
    }
}
