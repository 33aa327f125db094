//! The look-back: was any of an alert's indicators ever here? Asked of all that is kept, from the archive's index.
//!
//! The alert's period says what the answer has to cover; the search itself ignores it, and the indicators' validity, and says where a hit
//! lies outside. What a machine finds is at most a match under review; only a person's word makes it more or less.

mod search;
mod verdict;

use serde::{Deserialize, Serialize};
use serde_json::json;
use ward_detect::signs::Proposal;
use ward_directory::Here;
use ward_stix::answer::{Finding, IndicatorResult, SourceCoverage};
use ward_store::{MICROS_PER_SECOND, Tx, enqueue_once};

use crate::answer::{self, Leave, Making};
use crate::confirm::{self, Word};
use crate::keeping::{from_json, to_json};
use crate::known::{self, KnownAlert};
use crate::reading::UnreadableFile;
use crate::sql::local::{self, LookbackRow};
use crate::{WatchError, release};

pub(crate) use search::{SearchedSource, inputs};

/// The last look-back waits until logs of the period's end have been written and read.
const AFTER_THE_PERIOD_SECONDS: i64 = 3_600;

/// What a look-back found, for the owner's own page. It never leaves as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LookbackResult {
    pub report_id: String,
    pub headline: String,
    /// The period that the answer covers, microseconds UTC.
    pub period_from: i64,
    pub period_until: i64,
    pub searched_at: i64,
    pub finding: Finding,
    pub sources: Vec<SourceCoverage>,
    /// Each indicator that is asked, in the report's order.
    pub indicators: Vec<IndicatorResult>,
    /// Indicators that are not searched, or only in part, each with the reason.
    pub not_searched: Vec<NotSearched>,
    /// Plain sentences with the figures that led to the finding.
    pub because: Vec<String>,
    /// What the signs of the hits propose to the person who reviews them.
    pub proposal: Proposal,
    /// Events that hold at least one indicator; an event that holds two counts once.
    pub events_matched: u64,
    pub first: Option<i64>,
    pub last: Option<i64>,
    /// How many of them lie outside the period that the answer covers.
    #[serde(default)]
    pub events_outside_period: u64,
    /// Matching events that a person dismissed as a false alarm.
    pub events_dismissed: u64,
    /// Files of any source that cannot be read, by the source's name.
    pub unreadable: Vec<(String, UnreadableFile)>,
}

/// An indicator that is not searched, or only in part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotSearched {
    pub indicator_ref: String,
    pub reason: String,
}

/// A look-back with what it is about.
pub(crate) struct Searched {
    pub known: KnownAlert,
    pub result: LookbackResult,
    /// What a person said last about this alert here.
    pub word: Word,
    /// This jurisdiction as it calls itself.
    pub jurisdiction: String,
}

/// Looks back for one alert, keeps what was found, and makes the answers that say something new. Safe to run twice.
pub async fn run(here: &Here, report_id: &str) -> Result<(), WatchError> {
    let searched = search(here, report_id).await?;
    let settings = release::settings(here).await?;
    let mut tx = here.store.begin().await?;
    keep(&mut tx, &searched).await?;
    let making = Making {
        here,
        searched: &searched,
        leave: Leave::BySetting(settings.release),
        actor: "look-back",
        even_if_nothing_new: false,
    };
    answer::make(&mut tx, &making).await?;
    ask_again_after_the_period(&mut tx, here, &searched).await?;
    Ok(tx.commit().await?)
}

/// The stored result of the last look-back for an alert, for this node's own jurisdiction.
pub async fn result(here: &Here, report_id: &str) -> Result<Option<LookbackResult>, WatchError> {
    let own = ward_directory::own_organisation(here).await?.identity_id;
    stored(here, report_id, &own).await
}

/// The stored results of the last look-backs for all alerts, for this node's own jurisdiction.
pub async fn results(here: &Here) -> Result<Vec<LookbackResult>, WatchError> {
    let own = ward_directory::own_organisation(here).await?.identity_id;
    let rows = local::lookbacks(&here.store, &own).await?;
    rows.iter().map(|row| from_json(&row.result, "a look-back's result")).collect()
}

/// Searches without keeping anything, and judges by what a person said last.
pub(crate) async fn search(here: &Here, report_id: &str) -> Result<Searched, WatchError> {
    let jurisdiction = ward_directory::own_organisation(here).await?.identity_id;
    let word = confirm::latest_word(here, report_id, &jurisdiction).await?;
    search_given(here, report_id, word).await
}

/// As `search`, given the word that a person is about to say.
pub(crate) async fn search_given(here: &Here, report_id: &str, word: Word) -> Result<Searched, WatchError> {
    let known = known::alert(here, report_id).await?;
    let jurisdiction = ward_directory::own_organisation(here).await?.identity_id;
    let previous = stored(here, report_id, &jurisdiction).await?;
    let inputs = inputs(here).await?;
    let found = search::search(&inputs, &known).await?;
    let result = verdict::judge(&known, &inputs, found, &word, previous.as_ref(), here.now());
    Ok(Searched { known, result, word, jurisdiction })
}

/// Writes what was found.
pub(crate) async fn keep(tx: &mut Tx, searched: &Searched) -> Result<(), WatchError> {
    let row = LookbackRow {
        report_id: searched.result.report_id.clone(),
        jurisdiction: searched.jurisdiction.clone(),
        modified: searched.known.modified.clone(),
        finding: searched.result.finding.text().to_owned(),
        result: to_json(&searched.result)?,
        finished_at: searched.result.searched_at,
    };
    Ok(local::put_lookback(tx, &row).await?)
}

async fn stored(here: &Here, report_id: &str, jurisdiction: &str) -> Result<Option<LookbackResult>, WatchError> {
    let row = local::lookback(&here.store, report_id, jurisdiction).await?;
    row.map(|row| from_json(&row.result, "a look-back's result")).transpose()
}

async fn ask_again_after_the_period(tx: &mut Tx, here: &Here, searched: &Searched) -> Result<(), WatchError> {
    let until = searched.known.alert.search_until;
    if until > here.now() {
        // Data of its own: a look-back that is asked for before then must not be taken for this one.
        let data = json!({ "report_id": searched.result.report_id, "because": "the period asked has ended" });
        enqueue_once(tx, "look-back", &data, until + AFTER_THE_PERIOD_SECONDS * MICROS_PER_SECOND).await?;
    }
    Ok(())
}
