//! What a named person of the hub changes in how an object is handled: the TLP that the hub gave it, an embargo, withdrawing it.
//!
//! It only changes what the hub itself decides: the markings that the sender gave stand beside it and hold. What leaves a view by it is called
//! back; what comes into view is offered to those who see it now.

use serde_json::json;
use ward_directory::{Here, Permit};
use ward_policy::{Resource, Verb};
use ward_stix::marking::Tlp;
use ward_store::{Act, RowRef};

use crate::ShareError;
use crate::alert::hub_permits;
use crate::anew;
use crate::handling::{FROM_ARRIVAL, Handled};
use crate::sql::visibility;
use crate::{recall, spill};

/// Longest reason, in characters.
const REASON_MAX: usize = 1_000;

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The TLP that the hub gives it, beside the sender's own; none takes it back.
    Assign(Option<Tlp>),
    /// Nobody but its owner sees it before this time, in microseconds UTC.
    HoldUntil(i64),
    /// An embargo ends now.
    Release,
    /// Nobody but its owner sees it.
    Withdraw,
    /// A withdrawal is taken back.
    Restore,
}

impl Change {
    fn name(self) -> &'static str {
        match self {
            Change::Assign(_) => "assign",
            Change::HoldUntil(_) => "hold",
            Change::Release => "release",
            Change::Withdraw => "withdraw",
            Change::Restore => "restore",
        }
    }

    fn apply(self, mut handled: Handled) -> Handled {
        let handling = &mut handled.handling;
        match self {
            Change::Assign(tlp) => handling.assigned_tlp = tlp,
            Change::HoldUntil(at) => handling.released_at = Some(at),
            Change::Release => handling.released_at = Some(FROM_ARRIVAL),
            Change::Withdraw => handling.withdrawn = true,
            Change::Restore => handling.withdrawn = false,
        }
        handled
    }
}

/// What a change did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Changed {
    /// Versions that are handled otherwise now.
    pub versions: usize,
    /// Organisations that something was called back from, object by object.
    pub recalled: usize,
}

/// Changes how every version of an object is handled, wherever it is held. For the hub's people who change indicators.
///
/// # Errors
/// [`ShareError::Forbidden`]; [`ShareError::Unseen`]; [`ShareError::Invalid`] without a reason, or when nothing would change.
pub async fn change(here: &Here, permit: &Permit<String>, change: Change, reason: &str) -> Result<Changed, ShareError> {
    let (who, stix_id) = (permit.who(), permit.on());
    hub_permits(here, who, Verb::Change, Resource::Indicator)?;
    let length = reason.trim().chars().count();
    if !(1..=REASON_MAX).contains(&length) {
        return Err(ShareError::invalid(format!("say in 1 to {REASON_MAX} characters why; these are {length}")));
    }
    spill::guard(here, who, "the reason of a change of handling", &[reason]).await?;
    let mut tx = here.store.begin().await?;
    tx.take_turn(here.now()).await?;
    let rows = visibility::handled_as(&mut tx, stix_id).await?;
    if rows.is_empty() {
        return Err(ShareError::Unseen { what: "object", id: stix_id.clone() });
    }
    let (mut written, mut changed) = (Vec::new(), Vec::new());
    for row in &rows {
        let content = visibility::way_in(&mut tx, &row.handling_id).await?;
        let Some(handled) = content.and_then(|content| Handled::from_json(&content)).filter(|one| !one.erased) else {
            continue;
        };
        let wrote = anew::handle(&mut tx, row, &change.apply(handled), here.now()).await?;
        if !wrote.is_empty() {
            written.extend(wrote);
            changed.push(row.id.clone());
        }
    }
    if changed.is_empty() {
        return Err(ShareError::invalid(format!("`{stix_id}` is handled so already")));
    }
    anew::offer_around(&mut tx, std::slice::from_ref(stix_id)).await?;
    let keys: Vec<[&str; 1]> = written.iter().map(|(_, id)| [id.as_str()]).collect();
    let named: Vec<RowRef<'_>> = written.iter().zip(&keys).map(|((table, _), key)| RowRef { table, key }).collect();
    let act = Act {
        act: "object.handled-anew",
        actor: &who.actor,
        organisation: &who.organisation.id,
        subject: stix_id,
        at: here.now(),
        detail: &json!({"change": change.name(), "reason": reason.trim()}),
        rows: &named,
    };
    tx.record(act).await?;
    tx.commit().await?;
    let recalled = recall::review_rows(here, &changed, "it is handled more strictly now").await?;
    Ok(Changed { versions: changed.len(), recalled })
}
