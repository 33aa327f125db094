//! The office's name beside its answer: other members of a hub see whose answer it is only once a named person of the office lets them.
//!
//! Nobody is named as a victim before they release it. What is said here travels with the answer, so that releasing a name, and taking it back for
//! the future, is a version of the answer like any other. A name that was released beside one finding does not go with a worse one: it takes a
//! person again.

use std::collections::BTreeMap;

use serde_json::json;
use ward_directory::{Here, Permit};
use ward_stix::answer::{Finding, Rung};
use ward_store::{Act, RowRef};

use crate::answer::{self, Leave, Making, named_person};
use crate::keeping::{from_json, to_json};
use crate::lookback;
use crate::review::WhatLeft;
use crate::send::{RECEIPTED, SENT};
use crate::sql::local::{self, NameRow};
use crate::{WatchError, release};

/// The mildest that an answer can say. Where nothing was searched yet it stands for what would be said, so that a name is released beside no more.
pub const MILDEST: Finding = Finding::NotSeen;

/// The states of a version that was not sent.
const HELD: &str = "held";
const SUPERSEDED: &str = "superseded";
const RELEASED: &str = "released";

/// What a person says about the office's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameRelease {
    pub report_id: String,
    /// Whether other members may see it from now on.
    pub is_released: bool,
    /// What the answer said when the person decided: the name goes with that and with what is milder.
    pub beside: Finding,
    /// The answer leaves with this act, whatever the owner has set. One that takes the name back always does.
    pub release: bool,
}

/// Who said what about the name, and when (microseconds UTC).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameSaid {
    pub is_released: bool,
    /// The worst that the name goes with.
    pub beside: Finding,
    pub person: String,
    pub at: i64,
}

impl NameSaid {
    /// Whether the name goes with an answer that says this.
    #[must_use]
    pub fn lets(&self, finding: Finding) -> bool {
        self.is_released && weight(finding) <= weight(self.beside)
    }
}

/// From the mildest to the worst, in the order in which an office would less and less be named with it.
fn weight(finding: Finding) -> (u8, Option<Rung>) {
    match finding {
        Finding::NotSeen => (0, None),
        Finding::PartlySearched => (1, None),
        Finding::Blind => (2, None),
        Finding::MatchUnderReview => (3, None),
        Finding::Confirmed(rung) => (4, Some(rung)),
    }
}

/// What the hubs have of the name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// The last answer that a hub took stands there with the name.
    pub is_shown: bool,
    /// A newer answer has not arrived, and says the opposite.
    pub next: Option<Next>,
}

/// Where an answer is that has not arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It waits here for a person.
    Held,
    OnItsWay,
}

/// One hub: whether its newest answer names the office, and the answer after it that has not arrived, with whether that one does.
#[derive(Default)]
struct AtHub {
    is_shown: bool,
    next: Option<(bool, Next)>,
}

/// What the hubs have of the name, by all versions of the answers to a report in the order in which they were made.
///
/// # Errors
/// [`WatchError::Store`] for an answer that cannot be read.
pub fn beside(report_id: &str, made: &[WhatLeft]) -> Result<Beside, WatchError> {
    let of_report = made.iter().filter(|version| version.of_ref == report_id && version.state != SUPERSEDED);
    let mut hubs: BTreeMap<&str, AtHub> = BTreeMap::new();
    for version in of_report {
        let is_named = answer::read_body(version.body.as_bytes())?.is_name_released;
        let hub = hubs.entry(&version.sighting_id).or_default();
        match version.state.as_str() {
            SENT | RECEIPTED => *hub = AtHub { is_shown: is_named, next: None },
            HELD => hub.next = Some((is_named, Next::Held)),
            RELEASED => hub.next = Some((is_named, Next::OnItsWay)),
            // What a hub refused changes nothing there.
            _ => {}
        }
    }
    let is_shown = hubs.values().any(|hub| hub.is_shown);
    let next = hubs.values().filter_map(|hub| hub.next).find(|(is_named, _)| *is_named != is_shown);
    Ok(Beside { is_shown, next: next.map(|(_, next)| next) })
}

/// Releases the name, or takes it back for the future; the answer gets a new version that says so. `permit` is for releasing answers.
///
/// # Errors
/// [`WatchError::Unknown`] for an alert that this node does not act on, [`WatchError::Invalid`] for a token.
pub async fn release_name(here: &Here, permit: &Permit<NameRelease>) -> Result<(), WatchError> {
    let said = permit.on();
    let person = named_person(here, permit.who()).await?;
    let searched = lookback::search(here, &said.report_id).await?;
    // What the person saw, or less when it says less by now.
    let beside = [said.beside, searched.result.finding].into_iter().min_by_key(|finding| weight(*finding));
    let row = NameRow {
        report_id: said.report_id.clone(),
        is_released: said.is_released,
        finding: to_json(&beside.unwrap_or(said.beside))?,
        person: person.clone(),
        at: here.now(),
    };
    let setting = release::settings(here).await?.release;
    // A name that is taken back must not stay at the hub because the answer waits here.
    let leave = if said.release || !said.is_released { Leave::ByPerson(person) } else { Leave::BySetting(setting) };
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
    local::name(&here.store, report_id).await?.map(self::said).transpose()
}

/// What was said, from its row.
pub(crate) fn said(row: NameRow) -> Result<NameSaid, WatchError> {
    let beside = from_json(&row.finding, "what a name was released beside")?;
    Ok(NameSaid { is_released: row.is_released, beside, person: row.person, at: row.at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_goes_with_the_same_and_with_what_is_milder() {
        let order = [
            Finding::NotSeen,
            Finding::PartlySearched,
            Finding::Blind,
            Finding::MatchUnderReview,
            Finding::Confirmed(Rung::Scanned),
            Finding::Confirmed(Rung::Accessed),
            Finding::Confirmed(Rung::TallySystemTouched),
        ];
        for (place, beside) in order.into_iter().enumerate() {
            let said = |is_released| NameSaid { is_released, beside, person: "P".to_owned(), at: 0 };
            for (other, finding) in order.into_iter().enumerate() {
                assert_eq!(said(true).lets(finding), other <= place, "{beside:?} {finding:?}");
                assert!(!said(false).lets(finding));
            }
        }
    }
}
