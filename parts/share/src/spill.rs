//! The spill guard: what is marked as classified is refused unseen. Nothing of it is kept, and the record says only that it happened.
//!
//! Ward is no place for classified information and cannot become one by accident: whoever sends some learns it at once, from their own side.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Value, json};
use ward_directory::{DirectoryError, Here, Who, spill as directory};
use ward_stix::marking::{named_markings, spill, tlp_of_id};
use ward_stix::object::Object;
use ward_store::{Act, Tx};

use crate::ShareError;
use crate::sql::spill as sql;

/// What somebody is told whose object or text was refused.
pub const REFUSED: &str = "it is marked as classified: nothing of it was kept; classified information does not belong here, also not by mistake: tell your security officer";

/// What one batch of objects knows of refused markings, each asked for once, and what came of it.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    /// By the marking's id, whether it was refused as classified.
    known: HashMap<String, bool>,
    /// Objects of the batch that were refused.
    pub refused: usize,
    /// Rows that were here before, and were erased for naming a marking of the batch.
    pub erased: usize,
}

impl Guard {
    /// Whether an object is classified: by itself, or by naming a marking that was refused as such. Remembers the ids of such markings.
    pub async fn refuses(&mut self, tx: &mut Tx, object: &Object, now: i64) -> Result<bool, ShareError> {
        if !marks_itself(object) && !self.names_refused(tx, object).await? {
            return Ok(false);
        }
        self.refused += 1;
        if object.kind() == "marking-definition" {
            self.remember(tx, object.id(), now).await?;
        }
        Ok(true)
    }

    /// From now on whatever names this marking is refused. The official markings mean what they mean, whoever sends what under their ids.
    pub async fn remember(&mut self, tx: &mut Tx, id: &str, now: i64) -> Result<(), ShareError> {
        if tlp_of_id(id).is_none() {
            sql::remember(tx, id, now).await?;
            self.known.insert(id.to_owned(), true);
        }
        Ok(())
    }

    async fn names_refused(&mut self, tx: &mut Tx, object: &Object) -> Result<bool, ShareError> {
        for id in named_markings(object).into_iter().filter(|id| tlp_of_id(id).is_none()) {
            let is_refused = match self.known.get(&id) {
                Some(known) => *known,
                None => sql::is_known(tx, &id).await?,
            };
            self.known.insert(id, is_refused);
            if is_refused {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Records in the caller's transaction how many things were refused at a place and erased for it, and nothing more.
    pub async fn record(&self, tx: &mut Tx, who: &Who, place: &str, now: i64) -> Result<(), ShareError> {
        match (self.refused, self.erased) {
            (0, 0) => Ok(()),
            (refused, 0) => record(tx, who, place, &json!({ "refused": refused }), now).await,
            (refused, erased) => record(tx, who, place, &json!({ "refused": refused, "erased": erased }), now).await,
        }
    }
}

async fn record(tx: &mut Tx, who: &Who, place: &str, detail: &Value, now: i64) -> Result<(), ShareError> {
    let act = Act {
        act: "spill.refused",
        actor: &who.actor,
        organisation: &who.organisation.id,
        subject: place,
        at: now,
        detail,
        rows: &[],
    };
    tx.record(act).await?;
    Ok(())
}

/// Refuses what somebody said at a place when a text in it is marked as classified.
///
/// # Errors
/// [`ShareError::Invalid`] then; the record says that it happened.
pub async fn guard<T: Serialize + Sync + ?Sized>(
    here: &Here,
    who: &Who,
    place: &str,
    said: &T,
) -> Result<(), ShareError> {
    directory::guard(here, who, place, said).await.map_err(in_share)
}

/// As [`guard`], for objects that the hub makes of what a person wrote.
///
/// # Errors
/// As [`guard`].
pub(crate) async fn guard_objects<'a>(
    here: &Here,
    who: &Who,
    place: &str,
    objects: impl Iterator<Item = &'a Object>,
) -> Result<(), ShareError> {
    refuse(here, who, place, objects.filter(|object| marks_itself(object)).count()).await
}

/// Whether an object that the hub made says of itself that it is classified.
pub(crate) fn is_classified(object: &Object) -> bool {
    marks_itself(object)
}

fn marks_itself(object: &Object) -> bool {
    spill::classified(&spill::in_object(object)).is_some()
}

async fn refuse(here: &Here, who: &Who, place: &str, count: usize) -> Result<(), ShareError> {
    if count == 0 {
        return Ok(());
    }
    directory::refuse(here, (&who.actor, &who.organisation.id), place, count).await.map_err(in_share)
}

/// What is wrong with what somebody wrote is wrong with it here as well.
fn in_share(error: DirectoryError) -> ShareError {
    match error {
        DirectoryError::Invalid(reason) => ShareError::invalid(reason),
        other => other.into(),
    }
}
