//! Status resources: what became of a request to add objects (TAXII 2.1, section 4.3), for the organisation that sent it.

use ward_directory::{Here, Who};
use ward_store::{MICROS_PER_SECOND, StoreError, Tx};
use ward_taxii::wire::Status;

use crate::ShareError;
use crate::sql::objects;

/// How long a status is kept at least; the standard asks for a day.
const KEPT_SECONDS: i64 = 7 * 86_400;

/// The status with this id, if the caller's organisation sent the request.
pub async fn find(here: &Here, who: &Who, id: &str) -> Result<Status, ShareError> {
    let body = objects::status(&here.store, id, &who.organisation.id).await?;
    let body = body.ok_or_else(|| ShareError::Unseen { what: "status", id: id.to_owned() })?;
    Ok(serde_json::from_str(&body).map_err(|e| StoreError::Record(e.to_string()))?)
}

/// Keeps a status in the transaction of the request that it tells of.
pub(crate) async fn keep(tx: &mut Tx, who: &Who, status: &Status, now: i64) -> Result<(), ShareError> {
    let body = serde_json::to_string(status).map_err(|e| StoreError::Record(e.to_string()))?;
    let forget_before = now - KEPT_SECONDS * MICROS_PER_SECOND;
    objects::insert_status(tx, &status.id, &who.organisation.id, &body, now, forget_before).await?;
    Ok(())
}
