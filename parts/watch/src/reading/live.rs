//! The active indicators, compiled for matching what comes in.
//!
//! An indicator's validity governs this matching and nothing else: an event outside it triggers nothing here, and is found by the
//! look-back, which says that it lies outside.

use std::collections::BTreeSet;

use ward_detect::event::Event;
use ward_detect::matcher::{Hit, MatchScratch, Matcher};
use ward_directory::Here;

use crate::WatchError;
use crate::sql::received;

/// The compiled indicators and the alerts that they came with.
#[derive(Default)]
pub(super) struct Live {
    matcher: Matcher,
    /// `valid_from` and `valid_until` by the matcher's numbers.
    validity: Vec<(Option<i64>, Option<i64>)>,
    /// Alerts by the matcher's numbers.
    alert_of: Vec<String>,
    alerts: BTreeSet<String>,
}

/// Buffers to reuse from event to event.
#[derive(Default)]
pub(super) struct LiveScratch {
    scratch: MatchScratch,
    hits: Vec<Hit>,
}

/// Compiles the active indicators of all verified alerts.
pub(super) async fn compile(here: &Here) -> Result<Live, WatchError> {
    let alerts = received::verified_ids(&here.store).await?.into_iter().collect();
    let (mut terms, mut validity, mut alert_of) = (Vec::new(), Vec::new(), Vec::new());
    for row in received::active_indicators(&here.store).await? {
        // What does not compile is not `active`; the look-back says so.
        let Ok(compiled) = ward_stix::question::compile(&row.pattern) else { continue };
        terms.push(compiled.terms);
        validity.push((row.valid_from, row.valid_until));
        alert_of.push(row.report_id);
    }
    Ok(Live { matcher: Matcher::compile(&terms), validity, alert_of, alerts })
}

impl Live {
    /// Notes the indicators that the event holds and that were valid at its time. Gives whether there was one.
    pub fn note(&self, event: &Event<'_>, now: i64, scratch: &mut LiveScratch, noted: &mut BTreeSet<u32>) -> bool {
        self.matcher.hits(event, &mut scratch.scratch, &mut scratch.hits);
        let at = event.time.unwrap_or(now);
        let mut any = false;
        for hit in &scratch.hits {
            if self.is_valid(hit.indicator, at) {
                noted.insert(hit.indicator);
                any = true;
            }
        }
        any
    }

    /// The alerts that the noted indicators came with, each once.
    pub fn reports_of(&self, noted: &BTreeSet<u32>) -> BTreeSet<&str> {
        let of = |number: &u32| self.alert_of.get(usize::try_from(*number).unwrap_or(usize::MAX));
        noted.iter().filter_map(of).map(String::as_str).collect()
    }

    /// All verified alerts.
    pub fn reports(&self) -> impl Iterator<Item = &str> {
        self.alerts.iter().map(String::as_str)
    }

    fn is_valid(&self, indicator: u32, at: i64) -> bool {
        let window = self.validity.get(usize::try_from(indicator).unwrap_or(usize::MAX));
        window.is_some_and(|(from, until)| from.is_none_or(|from| from <= at) && until.is_none_or(|until| at < until))
    }
}
