//! Whether the public root is read without a token: the hub's own choice, on the record. Until it is made, nobody reads without one.

use serde_json::json;
use ward_directory::{Here, Permit};
use ward_policy::{Resource, Verb};
use ward_store::{Act, put_setting, setting};

use crate::ShareError;
use crate::alert::hub_permits;

const SETTING: &str = "public_root.open";

/// Whether everybody reads the public root.
///
/// # Errors
/// [`ShareError::Store`].
pub async fn is_open(here: &Here) -> Result<bool, ShareError> {
    Ok(setting(&here.store, SETTING).await?.as_deref() == Some("true"))
}

/// Opens the public root to everybody, or closes it again; for whoever publishes indicators at the hub.
///
/// # Errors
/// [`ShareError::Forbidden`].
pub async fn set(here: &Here, permit: &Permit<bool>) -> Result<(), ShareError> {
    let (who, is_open) = (permit.who(), *permit.on());
    hub_permits(here, who, Verb::Publish, Resource::Indicator)?;
    let mut tx = here.store.begin().await?;
    put_setting(&mut tx, SETTING, if is_open { "true" } else { "false" }).await?;
    let act = Act {
        act: "settings.changed",
        actor: &who.actor,
        organisation: &who.organisation.id,
        subject: &here.installation.id,
        at: here.now(),
        detail: &json!({ SETTING: is_open }),
        rows: &[],
    };
    tx.record(act).await?;
    Ok(tx.commit().await?)
}
