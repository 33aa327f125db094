//! What a step of the model test changes: at the hub, and in the plain rules beside it.

use ward_directory::{Scope, Who, enter_attributes, organisation, permit, stands_for};
use ward_policy::{Attributes, Resource, Verb};
use ward_share::mark::{self, Change};
use ward_share::request::{self, Approved, Ask};
use ward_share::{ShareError, page, recall};
use ward_store::values;
use ward_taxii::filter::{Filter, VersionMatch};

use super::Run;
use crate::asked::exact;
use crate::rules::Granted;
use crate::script::{CLEARED, Marked, Step};
use crate::setup::SECOND;

impl Run {
    pub(super) async fn change(&mut self, step: &Step, said: &str) {
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
                let id = request::ask(&self.hub.here, &self.people[*to], &ask).await.unwrap();
                let first = request::approve(&self.hub.here, &self.hub.analyst, &id).await.unwrap();
                assert_eq!(first, Approved::Waits, "{said}");
                match request::approve(&self.hub.here, &self.people[*owner], &id).await {
                    Ok(second) => assert_eq!(second, Approved::Granted, "{said}"),
                    Err(ShareError::Unseen { .. }) => return,
                    Err(error) => panic!("{said}: {error}"),
                }
                if self.is_traced {
                    eprintln!("    granted");
                }
                let until = now + days * 86_400 * SECOND;
                let to = self.rules.members[*to].clone();
                self.rules.grants.insert(*name, Granted { to, until, covers, is_ended: false });
                self.grants.insert(*name, id);
            }
            Step::End { name } => {
                let Some(id) = self.grants.get(name) else { return };
                if request::end(&self.hub.here, &self.hub.analyst, id).await.is_ok()
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
            Step::Clearance { who, is_raised } => {
                let of = organisation(&self.hub.here, &self.rules.members[*who]).await.unwrap().unwrap();
                let organisations = if *is_raised { vec![CLEARED.to_owned()] } else { Vec::new() };
                let codes = Attributes { organisations, ..Attributes::default() };
                let permit = permit(&self.hub.admin, Verb::Change, Resource::Organisation, of).unwrap();
                enter_attributes(&self.hub.here, &permit, &codes).await.unwrap();
            }
            Step::Confirm { who } => self.confirm(*who, said).await,
            // Those above were done before.
            _ => {}
        }
    }

    /// Confirms the newest recall that waits for it. Once is enough.
    async fn confirm(&self, who: usize, said: &str) {
        let who = self.writer(who).await;
        let open = |all: Vec<recall::Recalled>| all.into_iter().find(|one| one.confirmed_at.is_none());
        let Some(one) = open(recall::list(&self.hub.here, &who).await.unwrap()) else { return };
        let confirmed = recall::confirm(&self.hub.here, &who, &one.recall_id).await.unwrap();
        assert!(confirmed > 0, "{said}");
        assert_eq!(recall::confirm(&self.hub.here, &who, &one.recall_id).await.unwrap(), 0, "{said}");
        let left = recall::list(&self.hub.here, &who).await.unwrap();
        assert!(left.iter().all(|other| other.recall_id != one.recall_id || other.confirmed_at.is_some()), "{said}");
    }

    async fn execute(&self, sql: &'static str, values: &[ward_store::Value]) {
        let mut tx = self.hub.here.store.begin().await.unwrap();
        tx.execute(sql, values).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn writer(&self, owner: usize) -> Who {
        let who = stands_for(&self.hub.here, &self.rules.members[owner], None).await.unwrap().unwrap();
        Who { scopes: vec![Scope::Read, Scope::Write], ..who }
    }
}
