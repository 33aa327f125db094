//! The verdict on a question: not seen, partly searched, blind, or a match that a person must look at.
//!
//! "Not seen" is said only when nothing speaks against it: every declared source was searched in full, and every
//! indicator could have been seen. A verdict therefore never gets better by having less data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ward_stix::answer::{Finding, IndicatorResult, Seen, SourceCoverage};

use super::{Question, SourceAssessment, SourceFacts, assess, could_show};
use crate::kinds::{Kind, Kinds};
use crate::lines::Format;

/// What is known of one indicator of the question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndicatorFacts {
    /// Its STIX id, or its pattern.
    pub indicator_ref: String,
    /// The kinds of observable that its terms look at.
    pub kinds: Kinds,
    /// The parts of its pattern that are not searched, each with the reason.
    pub unsupported: Vec<String>,
    /// Events that hold it.
    pub hits: u64,
    /// Time of the first of them, microseconds.
    pub first: Option<i64>,
    /// Time of the last of them, microseconds.
    pub last: Option<i64>,
    /// Some hit lies outside the indicator's own period of validity.
    pub outside_validity: bool,
}

/// The answer to one question as far as a machine can give it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Never `Confirmed`: only a person confirms.
    pub finding: Finding,
    /// Each declared source with its figures.
    pub sources: Vec<SourceCoverage>,
    /// Each indicator: seen, not seen, or why it could not be seen.
    pub indicators: Vec<IndicatorResult>,
    /// Plain sentences with the figures that led to the finding.
    pub because: Vec<String>,
}

/// Judges a question by all declared sources, also those that delivered nothing, and all indicators asked.
pub fn verdict(question: &Question, sources: &[SourceFacts], indicators: &[IndicatorFacts]) -> Verdict {
    let mut searched: Vec<Searched<'_>> =
        sources.iter().map(|facts| Searched { facts, assessment: assess(*question, facts) }).collect();
    let results: Vec<IndicatorResult> = indicators.iter().map(|indicator| result(indicator, &searched)).collect();
    let finding = finding(&searched, indicators, &results);
    let mut because: Vec<String> = searched.iter().map(|source| source.assessment.figures.clone()).collect();
    because.extend(searched.iter().flat_map(|source| &source.assessment.findings).map(|finding| finding.text.clone()));
    because.extend(about_indicators(sources, &results));
    if indicators.iter().any(|indicator| indicator.kinds.contains(Kind::Address)) {
        searched.iter_mut().for_each(Searched::note_blind_to_addresses);
    }
    let sources = searched.into_iter().map(|source| source.assessment.coverage).collect();
    Verdict { finding, sources, indicators: results, because }
}

struct Searched<'a> {
    facts: &'a SourceFacts,
    assessment: SourceAssessment,
}

impl Searched<'_> {
    fn has_data(&self) -> bool {
        self.assessment.coverage.hours_with_data > 0
    }

    /// Only an access log owes an answer about addresses; a sensor may be placed where it sees none from outside.
    fn note_blind_to_addresses(&mut self) {
        if self.facts.kind == Some(Format::Combined)
            && let (None, Err(reason)) =
                (&self.assessment.coverage.blind_because, could_show(self.facts, Kind::Address))
        {
            self.assessment.coverage.blind_because = Some(reason);
        }
    }
}

fn finding(sources: &[Searched<'_>], indicators: &[IndicatorFacts], results: &[IndicatorResult]) -> Finding {
    let is = |wanted: fn(&Seen) -> bool| move |result: &IndicatorResult| wanted(&result.seen);
    if results.iter().any(is(|seen| matches!(seen, Seen::Seen))) {
        return Finding::MatchUnderReview;
    }
    let all_full = !sources.is_empty() && sources.iter().all(|source| source.assessment.is_full());
    if all_full && !results.is_empty() && results.iter().all(is(|seen| matches!(seen, Seen::NotSeen))) {
        return Finding::NotSeen;
    }
    let any_visible = indicators.iter().any(|indicator| {
        indicator.unsupported.is_empty()
            && !indicator.kinds.is_empty()
            && indicator.kinds.iter().all(|kind| is_visible_anywhere(kind, sources))
    });
    if any_visible { Finding::PartlySearched } else { Finding::Blind }
}

fn is_visible_anywhere(kind: Kind, sources: &[Searched<'_>]) -> bool {
    sources.iter().any(|source| source.has_data() && could_show(source.facts, kind).is_ok())
}

fn result(indicator: &IndicatorFacts, sources: &[Searched<'_>]) -> IndicatorResult {
    let seen = if indicator.hits > 0 {
        Seen::Seen
    } else {
        match why_not_searched(indicator, sources) {
            Some(reason) => Seen::CouldNotBeSeen { reason },
            None => Seen::NotSeen,
        }
    };
    IndicatorResult {
        indicator_ref: indicator.indicator_ref.clone(),
        seen,
        count: indicator.hits,
        first: indicator.first,
        last: indicator.last,
        outside_validity: indicator.outside_validity,
    }
}

/// Why the absence of hits says nothing about an indicator, if so. Its terms are alternatives, so that every kind of
/// them must have been visible.
fn why_not_searched(indicator: &IndicatorFacts, sources: &[Searched<'_>]) -> Option<String> {
    if let Some(reason) = indicator.unsupported.first() {
        let what = if indicator.kinds.is_empty() { "it" } else { "part of the pattern" };
        return Some(format!("{what} is not searched: {reason}"));
    }
    if indicator.kinds.is_empty() {
        return Some("the pattern names nothing that is searched".to_owned());
    }
    if sources.is_empty() {
        return Some("no source is declared".to_owned());
    }
    if let Some(reason) = indicator.kinds.iter().find_map(|kind| why_not_visible(kind, sources)) {
        return Some(reason);
    }
    let partial = sources.iter().find(|source| !source.assessment.is_full())?;
    let first = partial.assessment.findings.first().map(|finding| finding.text.clone()).unwrap_or_default();
    Some(format!("searched only in part: {first}"))
}

/// Addresses, user agents and URLs must be visible in every access log, since a visitor comes to one server only; the
/// other kinds in some source. Whether that source was searched in full is asked of all sources at once.
fn why_not_visible(kind: Kind, sources: &[Searched<'_>]) -> Option<String> {
    let reason_in = |source: &Searched<'_>| {
        let reason = could_show(source.facts, kind).err()?;
        Some(format!("{} in {}: {reason}", kind.plural(), source.facts.name))
    };
    if matches!(kind, Kind::Address | Kind::UserAgent | Kind::Url) {
        let access_logs = sources.iter().filter(|source| source.facts.kind == Some(Format::Combined));
        if let Some(reason) = access_logs.clone().find_map(reason_in) {
            return Some(reason);
        }
    }
    let visible = sources.iter().any(|source| could_show(source.facts, kind).is_ok());
    if visible { None } else { sources.iter().find_map(reason_in) }
}

/// Each reason once, with the number of indicators that it holds for.
fn about_indicators(sources: &[SourceFacts], results: &[IndicatorResult]) -> Vec<String> {
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for result in results {
        if let Seen::CouldNotBeSeen { reason } = &result.seen {
            *reasons.entry(reason).or_default() += 1;
        }
    }
    let count = |wanted: fn(&Seen) -> bool| results.iter().filter(|result| wanted(&result.seen)).count();
    let (seen, not_seen) = (count(|seen| matches!(seen, Seen::Seen)), count(|seen| matches!(seen, Seen::NotSeen)));
    let total = results.len();
    let mut sentences = vec![format!(
        "of {total} indicators {seen} seen, {not_seen} not seen, {} could not be seen (sources: {})",
        total - seen - not_seen,
        sources.len()
    )];
    sentences.extend(reasons.into_iter().map(|(reason, count)| format!("{count} of {total} indicators: {reason}")));
    sentences
}
