//! The look-back: was any of an alert's indicators ever here? Asked of all that is kept, from the archive's index.
//!
//! The alert's period says what the answer has to cover; the search itself ignores it, and the indicators' validity, and says where a hit
//! lies outside. What a machine finds is at most a match under review; only a person's word makes it more or less.

mod search;
mod verdict;

use std::collections::BTreeMap;

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
use crate::name::{self, NameSaid};
use crate::reading::UnreadableFile;
use crate::sql::local::{self, LookbackRow};
use crate::{WatchError, quality, release};

pub(crate) use search::{Inputs, SearchedSource, inputs};

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
    Ok(own(here, report_id).await?.0)
}

/// As [`result`], with what was said last of the office's name beside the answer.
pub async fn own(here: &Here, report_id: &str) -> Result<(Option<LookbackResult>, Option<NameSaid>), WatchError> {
    let (result, said) = local::own(&here.store, report_id, &here.installation.organisation_id).await?;
    Ok((result.as_deref().map(read).transpose()?, said.map(name::said).transpose()?))
}

/// What the last look-back for an alert found, and when, for this node's own jurisdiction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub finding: Finding,
    pub searched_at: i64,
    /// Where the office's name was released beside the answer.
    pub released: Option<NameSaid>,
}

/// What the last look-backs found, by report.
pub async fn findings(here: &Here) -> Result<BTreeMap<String, Found>, WatchError> {
    let mut findings = BTreeMap::new();
    for row in local::findings(&here.store, &here.installation.organisation_id).await? {
        let finding = match row.result {
            Some(result) => read(&result)?.finding,
            None => from_json(&format!("\"{}\"", row.finding), "a look-back's finding")?,
        };
        let released = row.released.map(name::said).transpose()?;
        findings.insert(row.report_id, Found { finding, searched_at: row.finished_at, released });
    }
    Ok(findings)
}

/// Searches without keeping anything, and judges by what a person said last.
pub(crate) async fn search(here: &Here, report_id: &str) -> Result<Searched, WatchError> {
    Ok(search_listed(here, report_id).await?.0)
}

/// As `search`, with what was searched.
pub(crate) async fn search_listed(here: &Here, report_id: &str) -> Result<(Searched, Inputs), WatchError> {
    let before = before(here, report_id).await?;
    let inputs = inputs(here).await?;
    Ok((search_in(here, report_id, before, &inputs).await?, inputs))
}

/// As `search`, given the word that a person is about to say.
pub(crate) async fn search_given(here: &Here, report_id: &str, word: Word) -> Result<Searched, WatchError> {
    let before = Before { word, ..before(here, report_id).await? };
    search_in(here, report_id, before, &inputs(here).await?).await
}

/// What is known before the search.
struct Before {
    jurisdiction: String,
    previous: Option<LookbackResult>,
    word: Word,
}

async fn before(here: &Here, report_id: &str) -> Result<Before, WatchError> {
    let own = &here.installation.organisation_id;
    let row = local::before(&here.store, report_id, own).await?;
    let row = row.ok_or_else(|| WatchError::Unknown { what: "organisation", id: own.clone() })?;
    Ok(Before {
        jurisdiction: row.jurisdiction,
        previous: row.result.as_deref().map(read).transpose()?,
        word: confirm::word_of(row.confirmation)?,
    })
}

async fn search_in(here: &Here, report_id: &str, before: Before, inputs: &Inputs) -> Result<Searched, WatchError> {
    let known = known::alert(here, report_id).await?;
    let found = search::search(inputs, &known).await?;
    let Before { jurisdiction, previous, word } = before;
    let mut result = verdict::judge(&known, inputs, found, &word, previous.as_ref(), here.now());
    result.because.extend(quality::sentences(here, report_id, &result.indicators).await?);
    Ok(Searched { known, result, word, jurisdiction })
}

fn read(result: &str) -> Result<LookbackResult, WatchError> {
    from_json(result, "a look-back's result")
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

async fn ask_again_after_the_period(tx: &mut Tx, here: &Here, searched: &Searched) -> Result<(), WatchError> {
    let until = searched.known.alert.search_until;
    if until > here.now() {
        // Data of its own: a look-back that is asked for before then must not be taken for this one.
        let data = json!({ "report_id": searched.result.report_id, "because": "the period asked has ended" });
        enqueue_once(tx, "look-back", &data, until + AFTER_THE_PERIOD_SECONDS * MICROS_PER_SECOND).await?;
    }
    Ok(())
}
