//! How an object is to be handled: its markings resolved to what the one decision asks, kept beside the object as JSON.
//!
//! It is made when the object comes in; markings on portions count for the whole, which is served whole or not at all. Two things may come later and are asked again at each reading: markings that did not resolve then, and
//! the recipients of the alert that the object belongs to. A marking-definition counts only when the object's sender or the hub itself
//! sent it: otherwise anyone could open an object by defining the marking that keeps it closed.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use ward_policy::{Handling, Level, Need};
use ward_stix::marking::{self, Tlp};
use ward_stix::object::Object;
use ward_store::StoreError;

use crate::sql::objects::{self, Reader};

/// The handling of an object, as its row keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handled {
    #[serde(flatten)]
    pub handling: Handling,
    /// Ids of markings that did not resolve to something that can be evaluated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
    /// The id of the report of the alert that it belongs to: the alert's recipients count as addressed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<String>,
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
            unknown: markings.unknown.clone(),
            alert: None,
        }
    }

    /// The same, for an object of an alert.
    #[must_use]
    pub fn of_alert(mut self, report_id: &str) -> Handled {
        self.alert = Some(report_id.to_owned());
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

    /// As the row keeps it.
    pub fn to_json(&self) -> Result<String, StoreError> {
        serde_json::to_string(self).map_err(|e| StoreError::Record(e.to_string()))
    }

    /// From the row. None when it cannot be read: then nobody may have the object.
    pub fn from_json(text: &str) -> Option<Handled> {
        serde_json::from_str(text).ok()
    }
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

    /// The markings of an object that `sender` sent, and the markings on those.
    pub async fn markings(
        &mut self,
        reader: &mut Reader<'_>,
        object: &Object,
        sender: &str,
    ) -> Result<marking::Markings, StoreError> {
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
        Ok(marking::resolve(object, &|id| self.known.get(&(sender.to_owned(), id.to_owned())).cloned().flatten()))
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
