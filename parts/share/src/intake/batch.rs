//! Objects on their way into a collection, in one transaction with the entry that records them: all of it or nothing.

use std::collections::{HashMap, HashSet};

use serde_json::json;
use ward_directory::{Here, Who};
use ward_policy::{Action, Attributes, Level, Recipient, decide};
use ward_quality::Stated;
use ward_stix::broad::too_broad;
use ward_stix::marking::Tlp;
use ward_stix::object::Object;
use ward_store::{Act, RowRef, StoreError, Tx, random};

use super::Placing;
use super::examine::{self, COLLIDES, Standing, version_key};
use crate::ShareError;
use crate::anew::{self, Written};
use crate::answers::{self, Receipt, TakeError};
use crate::collections::{Collection, Kind};
use crate::handling::{self, Definitions, FROM_ARRIVAL, Handled};
use crate::quality::{self, Arrived};
use crate::recall;
use crate::spill::{self, Guard};
use crate::sql::answers::organisation_of_identity;
use crate::sql::arriving::{self, Arriving};
use crate::sql::objects::{self, HeldObject, MENTIONS, NewQuarantine, Placed, Reader};
use crate::sql::visibility;

/// Most rows that one entry names.
const ROWS_IN_ENTRY_MAX: usize = 1_000;

/// How objects came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Over TAXII, from a member.
    Posted,
    /// From a file, by a named person of the hub.
    Imported,
}

/// What became of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Added,
    AlreadyHere,
    /// Kept aside with the reason, and not served.
    Quarantined(String),
    Refused(String),
}

/// An open transaction that takes objects.
pub(crate) struct Batch<'a> {
    pub tx: Tx,
    /// Receipts for the answers among the objects.
    pub receipts: Vec<Receipt>,
    pub(super) here: &'a Here,
    pub(super) who: &'a Who,
    pub(super) collection: &'a Collection,
    assigned_tlp: Option<Tlp>,
    origin: Origin,
    pub(super) now: i64,
    pub(super) definitions: Definitions,
    /// Whether an identity is another organisation's of this hub.
    foreign: HashMap<String, bool>,
    pub(super) rows: Vec<Written>,
    /// How what was mentioned so far is handled, by its id.
    alike: HashMap<String, Vec<Placed>>,
    /// Rows that may have left views.
    pub(super) left_views: Vec<String>,
    /// Rows whose markings were resolved anew.
    marked_anew: Vec<String>,
    /// What is marked as classified.
    pub(super) guard: Guard,
    /// Objects of this batch that were taken, and then fell to a marking that came after them: id and version.
    pub(super) withdrawn: HashSet<(String, String)>,
    /// Ids of which no collection had an object when the request came, and of which none was added since.
    absent: HashSet<String>,
    /// Rows that are added but not written yet; they are before anything is read that they could change.
    arriving: Arriving,
    /// Indicators among them, to be judged together.
    arrived: Vec<Arrived>,
    /// Ways of handling that are kept for certain.
    kept: HashSet<String>,
}

impl<'a> Batch<'a> {
    /// Begins, after those who write objects now.
    pub async fn begin(
        here: &'a Here,
        who: &'a Who,
        collection: &'a Collection,
        assigned_tlp: Option<Tlp>,
        origin: Origin,
    ) -> Result<Batch<'a>, ShareError> {
        let mut tx = here.store.begin().await?;
        tx.take_turn(here.now()).await?;
        Ok(Batch {
            tx,
            receipts: Vec::new(),
            here,
            who,
            collection,
            assigned_tlp,
            origin,
            now: here.now(),
            definitions: Definitions::new(&here.installation.organisation_id),
            foreign: HashMap::new(),
            rows: Vec::new(),
            alike: HashMap::new(),
            left_views: Vec::new(),
            marked_anew: Vec::new(),
            guard: Guard::default(),
            withdrawn: HashSet::new(),
            absent: HashSet::new(),
            arriving: Arriving::default(),
            arrived: Vec::new(),
            kept: HashSet::new(),
        })
    }

    /// Asks at once what is here of the objects that will be placed, which saves asking for each.
    pub async fn expect(&mut self, objects: impl Iterator<Item = &Object>) -> Result<(), ShareError> {
        let ids: HashSet<&str> = objects.map(Object::id).collect();
        let asked: Vec<&str> = ids.iter().copied().collect();
        let present = arriving::present(&mut self.tx, &asked).await?;
        self.absent = ids.into_iter().filter(|id| !present.contains(*id)).map(str::to_owned).collect();
        Ok(())
    }

    /// Takes one object, or says why not.
    pub async fn place(&mut self, object: &Object) -> Result<Outcome, ShareError> {
        // Before anything else looks at it: what is refused here leaves no trace but its number.
        if self.guard.refuses(&mut self.tx, object, self.now).await? {
            if object.kind() == "marking-definition" {
                self.erase_naming(object.id()).await?;
            }
            return Ok(Outcome::Refused(spill::REFUSED.to_owned()));
        }
        if let Some(reason) = examine::problems(object).or_else(|| self.not_for_here(object)) {
            return Ok(Outcome::Refused(reason));
        }
        match examine::official(object) {
            Some(Err(reason)) => return Ok(Outcome::Refused(reason)),
            Some(Ok(_)) if self.origin == Origin::Posted => return Ok(Outcome::AlreadyHere),
            _ => {}
        }
        if let Some(reason) = self.borrowed_name(object).await? {
            return Ok(Outcome::Refused(reason.to_owned()));
        }
        let key = version_key(object.version());
        let held = self.held(object.id()).await?;
        let there: Vec<&HeldObject> = held.iter().filter(|row| !row.is_erased()).collect();
        let sender = (self.origin == Origin::Posted).then_some(self.who.organisation.id.as_str());
        match examine::standing(&there, object, &key, &self.collection.kept_in, sender) {
            Standing::Conflict => self.quarantine(object, COLLIDES.to_owned()).await,
            Standing::Refused => Ok(Outcome::Refused(COLLIDES.to_owned())),
            Standing::Here => {
                if object.kind() == "marking-definition" {
                    self.definitions.vouched(&self.who.organisation.id, object);
                }
                Ok(self.take_answer(object).await?.map_or(Outcome::AlreadyHere, Outcome::Refused))
            }
            Standing::New => self.add(object, &key, &held).await,
        }
    }

    /// What became of an object once all of the batch were placed.
    pub fn settled(&self, object: &Object, outcome: Outcome) -> Outcome {
        if self.withdrawn.is_empty() {
            return outcome;
        }
        let version = (object.id().to_owned(), version_key(object.version()));
        if self.withdrawn.contains(&version) { Outcome::Refused(spill::REFUSED.to_owned()) } else { outcome }
    }

    /// Every version of an object in any collection.
    async fn held(&mut self, stix_id: &str) -> Result<Vec<HeldObject>, StoreError> {
        if self.absent.contains(stix_id) {
            return Ok(Vec::new());
        }
        self.arriving.write(&mut self.tx).await?;
        objects::versions_everywhere(&mut self.tx, stix_id).await
    }

    /// Judges the indicators that came in so far.
    pub async fn judge(&mut self) -> Result<(), ShareError> {
        let arrived = std::mem::take(&mut self.arrived);
        quality::judge_arrived(&mut self.tx, arrived, &self.who.organisation.id, self.now).await
    }

    /// Records what was done and makes it last.
    pub async fn commit(mut self) -> Result<(), ShareError> {
        self.judge().await?;
        self.arriving.write(&mut self.tx).await?;
        self.guard.record(&mut self.tx, self.who, &self.collection.alias, self.now).await?;
        if let Some(moment) = self.tx.moment() {
            let kept_in = &self.collection.kept_in;
            let mentioned = visibility::mentioned_arrivals(&mut self.tx, kept_in, moment).await?;
            anew::arrived(&mut self.tx, mentioned).await?;
        }
        self.rows.sort_unstable();
        self.rows.dedup();
        let quarantined = self.rows.iter().filter(|(table, _)| *table == "quarantine").count();
        let objects = self.rows.iter().filter(|(table, _)| *table == "collection_object").count();
        let detail = json!({"collection": self.collection.alias, "objects": objects, "quarantined": quarantined});
        for rows in self.rows.chunks(ROWS_IN_ENTRY_MAX) {
            let keys: Vec<[&str; 1]> = rows.iter().map(|(_, id)| [id.as_str()]).collect();
            let rows: Vec<RowRef<'_>> = rows.iter().zip(&keys).map(|((table, _), key)| RowRef { table, key }).collect();
            let act = Act {
                act: "objects.added",
                actor: &self.who.actor,
                organisation: &self.who.organisation.id,
                subject: &self.collection.kept_in,
                at: self.now,
                detail: &detail,
                rows: &rows,
            };
            self.tx.record(act).await?;
        }
        self.tx.commit().await?;
        recall::review_rows(self.here, &self.left_views, "it was deleted").await?;
        recall::review_rows(self.here, &self.marked_anew, "it is handled more strictly now").await?;
        Ok(())
    }

    /// Answers are sightings, and nothing else comes in that way.
    fn not_for_here(&self, object: &Object) -> Option<String> {
        let answers = self.collection.kind == Kind::Answers;
        (answers && object.kind() != "sighting")
            .then(|| format!("a {} is no answer: answers are sightings", object.kind()))
    }

    /// Nobody sends objects in the name of another organisation of this hub, nor says who another is. Who may answer for whom is the answers'
    /// own affair, and a person of the hub may import what others made.
    async fn borrowed_name(&mut self, object: &Object) -> Result<Option<&'static str>, ShareError> {
        if self.origin == Origin::Imported || self.collection.kind == Kind::Answers {
            return Ok(None);
        }
        if let Some(creator) = object.created_by_ref()
            && self.is_anothers(creator).await?
        {
            return Ok(Some("`created_by_ref` is not an identity of the sender"));
        }
        if object.kind() == "identity" && self.is_anothers(object.id()).await? {
            return Ok(Some("this is the identity of another organisation here, which says itself who it is"));
        }
        Ok(None)
    }

    /// Whether an identity is another organisation's of this hub. Read within the transaction: a second connection while this one is held could
    /// wait for itself when many send at once.
    async fn is_anothers(&mut self, identity: &str) -> Result<bool, ShareError> {
        if let Some(foreign) = self.foreign.get(identity) {
            return Ok(*foreign);
        }
        let found = organisation_of_identity(&mut self.tx, identity).await?;
        let foreign = found.is_some_and(|organisation| organisation.id != self.who.organisation.id);
        self.foreign.insert(identity.to_owned(), foreign);
        Ok(foreign)
    }

    async fn add(&mut self, object: &Object, key: &str, held: &[HeldObject]) -> Result<Outcome, ShareError> {
        let stated = Stated::of(object);
        // What would match half the world.
        if let Some(reason) = stated.as_ref().and_then(|stated| too_broad(&stated.terms))
            && self.released(object).await? != Some(true)
        {
            return self.quarantine(object, reason).await;
        }
        let handled = self.handled(object).await?;
        if self.collection.kind == Kind::Public && !everyone_may_read(&handled, self.now) {
            let reason =
                "not everyone may read it: the collection is for TLP:CLEAR and for what is released to the public"
                    .to_owned();
            return Ok(Outcome::Refused(reason));
        }
        if let Some(reason) = self.take_answer(object).await? {
            return Ok(Outcome::Refused(reason));
        }
        let sender = &self.who.organisation.id;
        let mentions = mentions(object);
        let content = handled.to_json()?;
        let handling_id = handling::id_of(&content);
        let is_alike = self.mentions_what_is_alike(&handling_id, object, &mentions).await?;
        let attention = if is_alike { 0 } else { MENTIONS };
        let collection_id = &self.collection.kept_in;
        let placing = Placing { collection_id, sender_id: sender, now: self.now, held, attention };
        let written = if self.absent.remove(object.id()) {
            let is_new = !self.kept.contains(&handling_id) && handled.keep(&mut self.tx, self.now).await?.1;
            self.kept.insert(handling_id.clone());
            self.arrived.extend(stated.map(|stated| Arrived::new(object, key, stated)));
            placing.push(&mut self.arriving, object, key, (handling_id, is_new))
        } else {
            self.arriving.write(&mut self.tx).await?;
            placing.insert(&mut self.tx, object, key, &handled).await?
        };
        let Some((_, id)) = written.first() else { return Ok(Outcome::AlreadyHere) };
        // What is written with the first ticks was there at no moment before them.
        let since = self.tx.moment().unwrap_or(0);
        for mention in mentions {
            visibility::insert_mention(&mut self.tx, id, mention, since).await?;
        }
        self.alike.remove(object.id());
        self.rows.extend(written);
        if object.kind() == "marking-definition" {
            self.arriving.write(&mut self.tx).await?;
            self.definitions.forget(object.id());
            let everyones = *sender == self.here.installation.organisation_id;
            let sender = (!everyones).then_some(sender.as_str());
            let (tx, definitions) = (&mut self.tx, &mut self.definitions);
            let changed = anew::resolve_naming(tx, definitions, object.id(), sender, self.now).await?;
            let rows = changed.iter().filter(|(table, _)| *table == "collection_object");
            self.marked_anew.extend(rows.map(|(_, id)| id.clone()));
            self.rows.extend(changed);
        }
        Ok(Outcome::Added)
    }

    /// Whether everything that an object mentions is seen by whoever sees the object: it is not held, or handled alike, or for everyone.
    async fn mentions_what_is_alike(
        &mut self,
        handling_id: &str,
        object: &Object,
        mentions: &[&str],
    ) -> Result<bool, ShareError> {
        for mention in object.created_by_ref().iter().chain(mentions) {
            if !self.alike.contains_key(*mention) {
                self.arriving.write(&mut self.tx).await?;
                let versions = visibility::handled_as(&mut self.tx, mention).await?;
                self.alike.insert((*mention).to_owned(), versions);
            }
            let versions = self.alike.get(*mention).map_or(&[][..], Vec::as_slice);
            if !versions.is_empty() && !anew::is_as_seen(&mut self.tx, handling_id, versions).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What a member sends is sent to the hub, so the hub is addressed. The official TLP definitions are for everyone.
    async fn handled(&mut self, object: &Object) -> Result<Handled, ShareError> {
        let sender = &self.who.organisation.id;
        let (markings, named) = self.definitions.markings(&mut Reader::Tx(&mut self.tx), object, sender).await?;
        let handled = Handled::new(sender, &markings, FROM_ARRIVAL).naming(named);
        let official = matches!(examine::official(object), Some(Ok(_)));
        Ok(match self.origin {
            Origin::Posted => handled.assigned(self.assigned_tlp).addressed_to(&self.here.installation.organisation_id),
            Origin::Imported if official => handled.assigned(Some(Tlp::Clear)),
            Origin::Imported => handled.assigned(self.assigned_tlp),
        })
    }

    /// Hands a sighting to the answers; gives the reason when they refuse it.
    async fn take_answer(&mut self, object: &Object) -> Result<Option<String>, ShareError> {
        if self.collection.kind != Kind::Answers {
            return Ok(None);
        }
        match answers::take(&mut self.tx, self.here, self.who, object).await {
            Ok(receipt) => {
                self.receipts.extend(receipt);
                Ok(None)
            }
            Err(TakeError::Refused(reason)) => Ok(Some(reason)),
            Err(TakeError::Failed(error)) => Err(error),
        }
    }

    async fn released(&mut self, object: &Object) -> Result<Option<bool>, StoreError> {
        objects::quarantined(&mut self.tx, object.id(), &self.who.organisation.id, object.bytes()).await
    }

    /// Keeps an object aside, once however often it is sent.
    async fn quarantine(&mut self, object: &Object, reason: String) -> Result<Outcome, ShareError> {
        if self.released(object).await?.is_none() {
            let id = random::id();
            let new = NewQuarantine {
                id: &id,
                stix_id: object.id(),
                organisation_id: &self.who.organisation.id,
                reason: &reason,
                body: object.bytes(),
                at: self.now,
            };
            objects::insert_quarantine(&mut self.tx, &new).await?;
            self.rows.push(("quarantine", id));
        }
        Ok(Outcome::Quarantined(reason))
    }
}

/// What an object mentions beside its creator and its markings.
fn mentions(object: &Object) -> Vec<&str> {
    let creator = object.created_by_ref();
    let is_marking = |id: &str| id.starts_with("marking-definition--") || id.starts_with("extension-definition--");
    object.references().into_iter().filter(|id| Some(*id) != creator && *id != object.id() && !is_marking(id)).collect()
}

/// Somebody about whom nothing is known.
pub(crate) fn stranger() -> Recipient {
    Recipient {
        organisation: String::new(),
        client_of: Vec::new(),
        member: false,
        clearance: Level::Unclassified,
        attributes: Attributes::default(),
    }
}

fn everyone_may_read(handled: &Handled, now: i64) -> bool {
    decide(&stranger(), &handled.handling, Action::Read, now).allowed
}
