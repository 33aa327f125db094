//! Review: the local lines behind a match, for the person who has to say what it was, and exactly what has left.
//!
//! This is the one place where log lines are shown, on the owner's own page. Nothing of it is sent.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Deref};
use std::sync::Arc;

use serde::Serialize;
use ward_archive::{Archive, Listing};
use ward_detect::signs::{Proposal, Signs};
use ward_directory::{Here, Permit};
use ward_stix::answer::{Finding, IndicatorResult};
use ward_stix::marking::Tlp;
use ward_stix::normal::format_address;
use ward_stix::term::Term;

use crate::WatchError;
use crate::keeping::{self, archive_error};
use crate::known::KnownIndicator;
use crate::lookback::{self, Inputs, LookbackResult, SearchedSource};
use crate::reading::UnreadableFile;
use crate::sql::answers as sql;

/// As many hits are shown, the earliest first.
pub const HITS_SHOWN: usize = 500;

/// Everything a person needs to say what a match was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Review {
    #[serde(flatten)]
    pub matches: Matches,
    /// Every version of every answer that was made, with its bytes and its state.
    pub what_left: Vec<WhatLeft>,
}

/// What matched, with what it means.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Matches {
    pub report_id: String,
    pub headline: String,
    /// Of the alert.
    pub tlp: Tlp,
    pub finding: Finding,
    pub proposal: Proposal,
    /// The first [`HITS_SHOWN`] indicator × event by time.
    pub hits: Vec<HitRow>,
    /// How many there are in all; an event that holds two indicators is two of these.
    pub hits_total: u64,
    /// Events that hold at least one indicator.
    pub events_matched: u64,
    /// Totals for each indicator.
    pub indicators: Vec<IndicatorResult>,
    /// Why the finding is what it is, with figures.
    pub because: Vec<String>,
    /// Files of any source that were not searched, by the source's name. Their names stay here.
    pub unreadable: Vec<(String, UnreadableFile)>,
}

impl Deref for Review {
    type Target = Matches;

    fn deref(&self) -> &Matches {
        &self.matches
    }
}

/// One indicator × event of the local logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HitRow {
    pub source: String,
    pub file: String,
    /// Counted from 1.
    pub line: u64,
    /// Microseconds UTC.
    pub time: Option<i64>,
    pub client: Option<String>,
    pub method: Option<String>,
    pub host: Option<String>,
    /// Without its query.
    pub path: Option<String>,
    /// The names of the query's parameters; their values are not kept.
    pub query_names: Option<String>,
    pub status: Option<u16>,
    pub bytes: Option<u64>,
    pub referer: Option<String>,
    pub user_agent: Option<String>,
    pub indicator: String,
    /// What was observed, such as the address that fell in a network.
    pub value: String,
    /// Stable names of the signs, such as `sql-like`.
    pub signs: Vec<String>,
    /// Outside the indicator's `valid_from` to `valid_until`.
    pub outside_validity: bool,
}

/// An answer that was made, whether or not it has left yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhatLeft {
    pub sighting_id: String,
    pub modified: String,
    pub hub_id: String,
    /// The report or one of its indicators.
    pub of_ref: String,
    pub jurisdiction: String,
    pub finding: String,
    /// `held`, `superseded`, `released`, `sent`, `receipted` or `refused-by-hub`.
    pub state: String,
    pub held_because: String,
    pub released_by: Option<String>,
    pub made_at: i64,
    pub sent_at: Option<i64>,
    pub receipt_number: Option<i64>,
    pub promised_at: Option<i64>,
    pub body: String,
}

/// What is to be reviewed of an alert. `permit` is for seeing confirmations and names the report.
pub async fn review(here: &Here, permit: &Permit<String>) -> Result<Review, WatchError> {
    Ok(Review { matches: matches(here, permit).await?, what_left: all_versions(here, permit.on()).await? })
}

/// As [`review`], without what has left.
pub async fn matches(here: &Here, permit: &Permit<String>) -> Result<Matches, WatchError> {
    let report_id = permit.on();
    let (searched, inputs) = lookback::search_listed(here, report_id).await?;
    let (hits, hits_total) = list_hits(&inputs, &searched.known.indicators).await?;
    let LookbackResult { headline, finding, proposal, events_matched, indicators, because, unreadable, .. } =
        searched.result;
    Ok(Matches {
        report_id: report_id.clone(),
        headline,
        tlp: searched.known.alert.tlp,
        finding,
        proposal,
        hits,
        hits_total,
        events_matched,
        indicators,
        because,
        unreadable,
    })
}

/// Every version of every answer that was made for an alert, oldest first. `permit` is for seeing answers and names the report.
pub async fn what_left(here: &Here, permit: &Permit<String>) -> Result<Vec<WhatLeft>, WatchError> {
    all_versions(here, permit.on()).await
}

async fn all_versions(here: &Here, report_id: &str) -> Result<Vec<WhatLeft>, WatchError> {
    let rows = sql::of_report(&here.store, report_id).await?;
    let shown = rows.into_iter().map(|row| WhatLeft {
        sighting_id: row.sighting_id,
        modified: row.modified,
        hub_id: row.hub_id,
        of_ref: row.of_ref,
        jurisdiction: row.jurisdiction,
        finding: row.finding,
        state: row.state,
        held_because: row.held_because,
        released_by: row.released_by,
        made_at: row.made_at,
        sent_at: row.sent_at,
        receipt_number: row.receipt_number,
        promised_at: row.promised_at,
        body: String::from_utf8_lossy(&row.body).into_owned(),
    });
    Ok(shown.collect())
}

/// The earliest hits of all sources, and how many there are in all.
async fn list_hits(inputs: &Inputs, indicators: &[KnownIndicator]) -> Result<(Vec<HitRow>, u64), WatchError> {
    let indicators: Arc<[KnownIndicator]> = Arc::from(indicators);
    let mut earliest = Earliest::default();
    for source in &inputs.sources {
        let archive = Archive::open(&inputs.folder, &source.segments);
        let (source, digest_key, indicators) = (source.clone(), inputs.digest_key.clone(), Arc::clone(&indicators));
        earliest = keeping::blocking(move || {
            let terms: Vec<Vec<Term>> = indicators.iter().map(|indicator| indicator.terms.clone()).collect();
            let listing = Listing { with_columns: true, ..Listing::default() };
            let each = |hit| {
                earliest.add(&source, &indicators, hit);
                ControlFlow::Continue(())
            };
            archive.hits(&terms, &digest_key, &listing, each).map_err(archive_error)?;
            Ok(earliest)
        })
        .await?;
    }
    Ok((earliest.hits.into_values().collect(), earliest.total))
}

/// Keeps only the earliest, so that millions of hits cost no memory.
#[derive(Default)]
struct Earliest {
    /// By time and, within it, by the order of arrival; hits without a time come last.
    hits: BTreeMap<(i64, u64), HitRow>,
    total: u64,
}

impl Earliest {
    fn add(&mut self, source: &SearchedSource, indicators: &[KnownIndicator], hit: ward_archive::HitRow) {
        self.total += 1;
        let key = (hit.time.unwrap_or(i64::MAX), self.total);
        if self.hits.len() >= HITS_SHOWN && self.hits.last_key_value().is_some_and(|(last, _)| *last < key) {
            return;
        }
        let indicator = usize::try_from(hit.indicator).ok().and_then(|number| indicators.get(number));
        if let Some(indicator) = indicator {
            self.hits.insert(key, row(source, indicator, hit));
        }
        if self.hits.len() > HITS_SHOWN {
            self.hits.pop_last();
        }
    }
}

fn row(source: &SearchedSource, indicator: &KnownIndicator, hit: ward_archive::HitRow) -> HitRow {
    let columns = hit.columns.unwrap_or_default();
    let is_outside = hit.time.is_some_and(|time| {
        indicator.valid_from.is_some_and(|from| time < from) || indicator.valid_until.is_some_and(|until| time >= until)
    });
    HitRow {
        source: source.source.name.clone(),
        file: hit.file.to_string(),
        line: hit.line,
        time: hit.time,
        client: columns.client.map(format_address),
        method: columns.method,
        host: columns.host,
        path: columns.path,
        query_names: columns.query_names,
        status: columns.status,
        bytes: columns.bytes,
        referer: columns.referer,
        user_agent: columns.user_agent,
        indicator: indicator.id.clone(),
        value: hit.value,
        signs: Signs::from_bits(columns.signs).names().map(str::to_owned).collect(),
        outside_validity: is_outside,
    }
}
