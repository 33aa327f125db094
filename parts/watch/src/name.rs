//! The office's name beside its answer: other members of a hub see whose answer it is only once a named person of the office lets them.
//!
//! Nobody is named as a victim before they release it. What is said here travels with the answer, so that releasing a name, and taking it back for
//! the future, is a version of the answer like any other.

use serde_json::json;
use ward_directory::{Here, Permit};
use ward_store::{Act, RowRef};

use crate::answer::{self, Leave, Making, named_person};
use crate::lookback;
use crate::sql::local::{self, NameRow};
use crate::{WatchError, release};

/// What a person says about the office's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameRelease {
    pub report_id: String,
    /// Whether other members may see it from now on.
    pub is_released: bool,
    /// The answer leaves with this act, whatever the owner has set.
    pub release: bool,
}

/// Who said what about the name, and when (microseconds UTC).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameSaid {
    pub is_released: bool,
    pub person: String,
    pub at: i64,
}

/// Releases the name, or takes it back for the future; the answer gets a new version that says so. `permit` is for releasing answers.
///
/// # Errors
/// [`WatchError::Unknown`] for an alert that this node does not act on, [`WatchError::Invalid`] for a token.
pub async fn release_name(here: &Here, permit: &Permit<NameRelease>) -> Result<(), WatchError> {
    let said = permit.on();
    let person = named_person(here, permit.who()).await?;
    let searched = lookback::search(here, &said.report_id).await?;
    let row = NameRow {
        report_id: said.report_id.clone(),
        is_released: said.is_released,
        person: person.clone(),
        at: here.now(),
    };
    let setting = release::settings(here).await?.release;
    let leave = if said.release { Leave::ByPerson(person) } else { Leave::BySetting(setting) };
    let mut tx = here.store.begin().await?;
    local::put_name(&mut tx, &row).await?;
    let act = Act {
        act: if said.is_released { "name.released" } else { "name.withdrawn" },
        actor: &permit.who().actor,
        organisation: &permit.who().organisation.id,
        subject: &said.report_id,
        at: row.at,
        detail: &json!({ "released": matches!(leave, Leave::ByPerson(_)) }),
        rows: &[RowRef { table: "name_release", key: &[&row.report_id] }],
    };
    tx.record(act).await?;
    lookback::keep(&mut tx, &searched).await?;
    let actor = &permit.who().actor;
    let making = Making { here, searched: &searched, leave, actor, even_if_nothing_new: true };
    answer::make(&mut tx, &making).await?;
    Ok(tx.commit().await?)
}

/// What was said last about the name beside the answer to an alert; none: nothing, so it is not released.
///
/// # Errors
/// [`WatchError::Store`].
pub async fn name_said(here: &Here, report_id: &str) -> Result<Option<NameSaid>, WatchError> {
    Ok(local::name(&here.store, report_id).await?.map(NameSaid::from))
}

impl From<NameRow> for NameSaid {
    fn from(row: NameRow) -> NameSaid {
        NameSaid { is_released: row.is_released, person: row.person, at: row.at }
    }
}
