//! The spill guard: what is marked as classified is refused unseen. Nothing of it is kept, and the record says only that it happened.
//!
//! Ward is no place for classified information and cannot become one by accident: whoever sends some learns it at once, from their own side.

use ward_directory::{DirectoryError, Here, Who, record_refusal};
use ward_stix::marking::{named_markings, spill, tlp_of_id};
use ward_stix::object::Object;
use ward_store::Tx;

use crate::ShareError;
use crate::sql::spill as sql;

/// What somebody is told whose object or text was refused.
pub const REFUSED: &str = "it is marked as classified: nothing of it was kept; classified information does not belong here, also not by mistake: tell your security officer";

/// Whether an object is classified: by itself, or by naming a marking that was refused as such. Remembers the ids of such markings.
pub(crate) async fn refuses(tx: &mut Tx, object: &Object, now: i64) -> Result<bool, ShareError> {
    if marks_itself(object) {
        if object.kind() == "marking-definition" {
            sql::remember(tx, object.id(), now).await?;
        }
        return Ok(true);
    }
    for id in named_markings(object).into_iter().filter(|id| tlp_of_id(id).is_none()) {
        if sql::is_known(tx, &id).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Records in the caller's transaction that so many things were refused at a place, and nothing more.
pub(crate) async fn record(tx: &mut Tx, who: &Who, place: &str, count: usize, now: i64) -> Result<(), ShareError> {
    Ok(record_refusal(tx, who, place, count, now).await?)
}

/// Refuses a form when one of its texts is marked as classified.
///
/// # Errors
/// [`ShareError::Invalid`] then; the record says that it happened.
pub async fn guard<'a>(
    here: &Here,
    who: &Who,
    place: &str,
    texts: impl Iterator<Item = &'a str>,
) -> Result<(), ShareError> {
    refuse(here, who, place, texts.filter(|text| ward_directory::is_classified(text)).count()).await
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

fn marks_itself(object: &Object) -> bool {
    spill::classified(&spill::in_object(object)).is_some()
}

async fn refuse(here: &Here, who: &Who, place: &str, count: usize) -> Result<(), ShareError> {
    ward_directory::refuse_spill(here, who, place, count).await.map_err(|error| match error {
        DirectoryError::Invalid(reason) => ShareError::invalid(reason),
        other => other.into(),
    })
}
