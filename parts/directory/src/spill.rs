//! The spill guard for what people write: who writes classified information into a field learns it at once, and nothing of it is kept.
//!
//! The record says only that it happened, where and how often. Every verb that takes words of a person asks here before it keeps any.

use serde::Serialize;
use serde_json::json;
use ward_stix::marking::spill;
use ward_store::{Act, StoreError};

use crate::{DirectoryError, Here, Who};

/// What somebody is told whose words were refused.
const REFUSED: &str = "What you wrote is marked as classified. Nothing of it was kept. Classified information does not belong here, also not by mistake: tell your security officer.";

/// Refuses what somebody said at a place when a text in it is marked as classified.
///
/// # Errors
/// [`DirectoryError::Invalid`] then; the record says that it happened.
pub async fn guard<T: Serialize + Sync + ?Sized>(
    here: &Here,
    who: &Who,
    place: &str,
    said: &T,
) -> Result<(), DirectoryError> {
    guard_by(here, (&who.actor, &who.organisation.id), place, said).await
}

/// As [`guard`], for an actor of an organisation who is not known as anybody else.
pub(crate) async fn guard_by<T: Serialize + Sync + ?Sized>(
    here: &Here,
    by: (&str, &str),
    place: &str,
    said: &T,
) -> Result<(), DirectoryError> {
    let said = serde_json::to_value(said).map_err(|error| StoreError::Record(error.to_string()))?;
    if spill::classified(&spill::in_json(&said)).is_none() {
        return Ok(());
    }
    refuse(here, by, place, 1).await
}

/// Records that so many things were refused at a place, and refuses them.
///
/// # Errors
/// [`DirectoryError::Invalid`], always.
pub async fn refuse(
    here: &Here,
    (actor, organisation): (&str, &str),
    place: &str,
    count: usize,
) -> Result<(), DirectoryError> {
    let act = Act {
        act: "spill.refused",
        actor,
        organisation,
        subject: place,
        at: here.now(),
        detail: &json!({ "refused": count }),
        rows: &[],
    };
    let mut tx = here.store.begin().await?;
    tx.record(act).await?;
    tx.commit().await?;
    Err(DirectoryError::invalid(REFUSED))
}
