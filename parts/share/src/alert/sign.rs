//! Signing: a person puts their key to the manifest of a draft. The drafter may be one of the two.

use serde::Serialize;
use serde_json::json;
use ward_directory::{Here, Permit, Who, sign_text};
use ward_policy::{Resource, Verb};
use ward_store::{Act, RowRef};

use super::{AlertKey, DISCARDED, DRAFT, REPLACED, hub_permits};
use crate::ShareError;
use crate::sql::alerts::{self, SignatureRow};

/// Signs a draft as the person who asks; `password` opens their key. Gives how many different people have signed.
///
/// # Errors
/// [`ShareError::Forbidden`] without the role, [`ShareError::Invalid`] when it is published or this person signed before; a wrong
/// password is the directory's error.
pub async fn sign(here: &Here, who: &Who, key: &AlertKey, password: &str) -> Result<usize, ShareError> {
    hub_permits(here, who, Verb::Sign, Resource::Alert)?;
    let person = who.person_id.as_deref().ok_or_else(|| ShareError::invalid("only a person signs, not a machine"))?;
    let (report_id, modified) = (key.report_id.as_str(), key.modified.as_str());
    let unseen = || ShareError::Unseen { what: "alert", id: report_id.to_owned() };
    let row = alerts::alert(&here.store, report_id, modified).await?.ok_or_else(unseen)?;
    if row.state == REPLACED {
        return Err(ShareError::invalid("this draft was replaced by a newer one; sign that one"));
    }
    if row.state == DISCARDED {
        return Err(ShareError::invalid("this draft was thrown away"));
    }
    if row.state != DRAFT {
        return Err(ShareError::invalid("this version is published; what is published is not signed again"));
    }
    let (signer, signature) = sign_text(here, person, password, &row.manifest).await?;
    let mut tx = here.store.begin().await?;
    let before = alerts::signatures(&mut tx, report_id, modified).await?;
    // A signature whose key was retired since counts no more, so the person may sign with their new one.
    if before.iter().any(|signature| signature.person_id == person && signature.retired_at.is_none()) {
        return Err(ShareError::invalid(format!("{} has signed already; a second person is needed", who.name)));
    }
    alerts::insert_signature(&mut tx, (report_id, modified), &signer.id, &signature.to_string(), here.now()).await?;
    let act = Act {
        act: "alert.signed",
        actor: &who.actor,
        organisation: &who.organisation.id,
        subject: report_id,
        at: here.now(),
        detail: &json!({"modified": modified, "verifier_key": signer.verifier_key}),
        rows: &[RowRef { table: "alert_signature", key: &[report_id, modified, &signer.id] }],
    };
    tx.record(act).await?;
    let mut counting = alerts::signatures(&mut tx, report_id, modified).await?;
    counting.retain(|signature| signature.retired_at.is_none());
    tx.commit().await?;
    Ok(people(&counting))
}

/// That somebody has signed a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignedBy {
    pub person_id: String,
    pub name: String,
    pub office: String,
    /// Microseconds UTC.
    pub at: i64,
    /// Whether it counts for publishing: not when the key was retired.
    pub counts: bool,
}

/// Who has signed a version, in the order of signing; for the hub's own people.
///
/// # Errors
/// [`ShareError::Forbidden`].
pub async fn signed_by(here: &Here, permit: &Permit<()>, key: &AlertKey) -> Result<Vec<SignedBy>, ShareError> {
    hub_permits(here, permit.who(), Verb::See, Resource::Alert)?;
    let rows = alerts::signed(&here.store, &key.report_id, &key.modified).await?;
    let signed = rows.into_iter().map(|row| SignedBy {
        person_id: row.person_id,
        name: row.name,
        office: row.office,
        at: row.at,
        counts: row.retired_at.is_none(),
    });
    Ok(signed.collect())
}

/// How many different people are behind signatures.
pub(super) fn people(signatures: &[SignatureRow]) -> usize {
    let people: std::collections::BTreeSet<&str> = signatures.iter().map(|row| row.person_id.as_str()).collect();
    people.len()
}
