//! How an object is to be handled: its markings resolved to what the one decision asks, each way of handling kept once, by its digest.
//!
//! It is made when the object comes in; markings on portions count for the whole, which is served whole or not at all. When a marking-definition
//! comes or goes, what names it is handled anew (`anew.rs`). Who the recipients of an alert are is asked at each reading, so that the way of
//! handling is the same for all its objects. A marking-definition counts only when the object's sender or the hub itself sent it: otherwise
//! anyone could open an object by defining the marking that keeps it closed.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ward_policy::{Handling, Level, Marks, Need};
use ward_stix::marking::{self, Tlp};
use ward_stix::object::Object;
use ward_store::{StoreError, Tx};

use crate::sql::objects::{self, Reader};
use crate::sql::visibility;

/// Released as soon as it is here: its tick may lie a little before the moment at which it was written.
pub const FROM_ARRIVAL: i64 = 0;

/// The handling of an object, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handled {
    #[serde(flatten)]
    pub handling: Handling,
    /// Ids of the markings that it names, and that those name, beside the official ones of TLP.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub markings: Vec<String>,
    /// The alerts that it belongs to, by the id of the report, whose recipients count as addressed; each with its newest publication, since
    /// recipients that came later are not addressed yet.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub alerts: BTreeMap<String, i64>,
    /// Whether it was erased: nobody sees it, and there is nothing to see.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
}

impl Handled {
    /// Of an object of the hub itself or of a member: nobody is addressed, and it is released at `released_at`.
    pub fn new(owner: &str, markings: &marking::Markings, released_at: i64) -> Handled {
        Handled {
            handling: Handling {
                owner: owner.to_owned(),
                tlp: markings.tlp.clone(),
                acs: markings.acs.clone(),
                unknown_markings: !markings.unknown.is_empty(),
                granular: false,
                assigned_tlp: None,
                required_level: Level::Unclassified,
                addressed: Vec::new(),
                released_at: Some(released_at),
                withdrawn: false,
                need: Need::Collection,
                mentions_hidden: false,
            },
            markings: markings.unknown.clone(),
            alerts: BTreeMap::new(),
            erased: false,
        }
    }

    /// Of what was erased.
    pub fn erased() -> Handled {
        let nothing = marking::Markings::default();
        let mut handled = Handled::new("", &nothing, FROM_ARRIVAL);
        handled.handling.withdrawn = true;
        handled.erased = true;
        handled
    }

    /// The same, with the ids of all the markings that it names.
    #[must_use]
    pub fn naming(mut self, markings: Vec<String>) -> Handled {
        self.markings = markings;
        self
    }

    /// The same, for an object of an alert that was published so many times.
    #[must_use]
    pub fn of_alert(mut self, report_id: &str, round: i64) -> Handled {
        self.alerts.insert(report_id.to_owned(), round);
        self
    }

    /// The same, with the TLP that a named person of the hub gave to it. It only adds to the object's own markings.
    #[must_use]
    pub fn assigned(mut self, tlp: Option<Tlp>) -> Handled {
        self.handling.assigned_tlp = tlp;
        self
    }

    /// The same, addressed to an organisation.
    #[must_use]
    pub fn addressed_to(mut self, organisation_id: &str) -> Handled {
        self.handling.addressed.push(organisation_id.to_owned());
        self
    }

    /// The next time after `now` (microseconds UTC) at which time alone changes what this means; `i64::MAX` when it never does.
    pub fn changes_after(&self, now: i64) -> i64 {
        let released_at = self.handling.released_at.filter(|at| *at > now).unwrap_or(i64::MAX);
        Marks::of(&self.handling).changes_after(now).min(released_at)
    }

    /// As it is kept.
    pub fn to_json(&self) -> Result<String, StoreError> {
        serde_json::to_string(self).map_err(|e| StoreError::Record(e.to_string()))
    }

    /// From what is kept. None when it cannot be read: then nobody may have the object.
    pub fn from_json(text: &str) -> Option<Handled> {
        serde_json::from_str(text).ok()
    }

    /// Keeps this way of handling, if it is not kept yet: its id, and whether it is new.
    pub(crate) async fn keep(&self, tx: &mut Tx, now: i64) -> Result<(String, bool), StoreError> {
        let content = self.to_json()?;
        let id = id_of(&content);
        let changes_at = self.changes_after(now);
        let is_new = visibility::keep_way(tx, &id, &content, (changes_at < i64::MAX).then_some(changes_at)).await?;
        Ok((id, is_new))
    }
}

/// The id of a way of handling: a changed content is not found under it.
pub(crate) fn id_of(content: &str) -> String {
    ward_store::hex(&Sha256::digest(content.as_bytes()))
}

/// The marking-definitions met so far, so that each is read once a request.
#[derive(Debug)]
pub(crate) struct Definitions {
    hub: String,
    /// By sender of the object and id of the marking.
    known: HashMap<(String, String), Option<Object>>,
}

impl Definitions {
    /// None met yet. `hub` is the organisation whose definitions count for all.
    pub fn new(hub: &str) -> Definitions {
        Definitions { hub: hub.to_owned(), known: HashMap::new() }
    }

    /// The markings of an object that `sender` sent, and the markings on those; with the ids of all of them beside the official ones of TLP.
    pub async fn markings(
        &mut self,
        reader: &mut Reader<'_>,
        object: &Object,
        sender: &str,
    ) -> Result<(marking::Markings, Vec<String>), StoreError> {
        let mut pending = marking::named_markings(object);
        let mut seen = std::collections::HashSet::new();
        while let Some(id) = pending.pop() {
            if marking::tlp_of_id(&id).is_some() || !seen.insert(id.clone()) {
                continue;
            }
            if let Some(definition) = self.definition(reader, &id, sender).await? {
                pending.extend(marking::named_markings(definition));
            }
        }
        let known = |id: &str| self.known.get(&(sender.to_owned(), id.to_owned())).cloned().flatten();
        let mut named: Vec<String> = seen.into_iter().collect();
        named.sort_unstable();
        Ok((marking::resolve(object, &known), named))
    }

    /// Takes it that `sender` sent this definition too, though another's copy of it is the one that is kept.
    pub fn vouched(&mut self, sender: &str, definition: &Object) {
        self.known.insert((sender.to_owned(), definition.id().to_owned()), Some(definition.clone()));
    }

    /// Forgets what was known of an id, because it was just added.
    pub fn forget(&mut self, id: &str) {
        self.known.retain(|(_, known), _| known != id);
    }

    async fn definition(
        &mut self,
        reader: &mut Reader<'_>,
        id: &str,
        sender: &str,
    ) -> Result<Option<&Object>, StoreError> {
        let key = (sender.to_owned(), id.to_owned());
        if !self.known.contains_key(&key) {
            let found = objects::marking_definitions(reader, id, sender, &self.hub).await?;
            let of_hub = found.iter().find(|(from, _)| *from == self.hub);
            let body = of_hub.or(found.first()).map(|(_, body)| body);
            self.known.insert(key.clone(), body.and_then(|body| Object::parse(body).ok()));
        }
        Ok(self.known.get(&key).and_then(Option::as_ref))
    }
}
