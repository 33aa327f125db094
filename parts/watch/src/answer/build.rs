//! The versions that a look-back makes: one sighting of the report for each hub, and one of each indicator that was seen.

use std::collections::BTreeMap;

use uuid::Uuid;
use ward_stix::answer::{
    Answer, CountWithDefinition, FALSE_ALARM, Finding, INDICATORS_LISTED_MAX, IndicatorResult, Seen, TOO_MANY_TO_LIST,
    problems, sighting_id,
};
use ward_stix::marking::Tlp;
use ward_store::MICROS_PER_SECOND;

use super::{Earlier, Leave, Making, namespace, next_modified};
use crate::WatchError;
use crate::confirm::Word;
use crate::lookback::LookbackResult;
use crate::sql::received::HubRow;

/// Figures of coverage that changed are sent on after this long, with nothing else new.
const COVERAGE_AGE_SECONDS: i64 = 86_400;

/// The new versions for one hub; empty when they would say nothing new.
pub(super) fn drafts(
    making: &Making<'_>,
    hub: &HubRow,
    earlier: &BTreeMap<String, Earlier>,
    is_name_released: bool,
) -> Result<Vec<Answer>, WatchError> {
    let now = making.here.now();
    let modified = next_modified(now, earlier.values().map(|earlier| &earlier.answer));
    let namespace = namespace(making.here)?;
    let draft = Draft { making, hub, earlier, is_name_released, namespace, modified };
    let report = draft.of_report();
    let last = earlier.get(&report.of_ref);
    let until = making.searched.known.alert.search_until;
    let is_new = last.is_none_or(|last| says_something_new(last, &report, until, now));
    if !is_new && !making.even_if_nothing_new {
        return Ok(Vec::new());
    }
    let mut answers = vec![report];
    answers.extend(making.searched.result.indicators.iter().filter_map(|result| draft.of_indicator(result)));
    answers.extend(draft.no_longer_asked());
    Ok(answers)
}

struct Draft<'a> {
    making: &'a Making<'a>,
    hub: &'a HubRow,
    earlier: &'a BTreeMap<String, Earlier>,
    is_name_released: bool,
    namespace: Uuid,
    modified: String,
}

impl Draft<'_> {
    fn result(&self) -> &LookbackResult {
        &self.making.searched.result
    }

    fn of_report(&self) -> Answer {
        let result = self.result();
        let mut answer = self.answer(&result.report_id);
        list_indicators(&mut answer, &result.indicators);
        answer.count = result.events_matched;
        if result.events_outside_period > 0 && result.finding == Finding::MatchUnderReview {
            let definition = "matching events outside the period asked".to_owned();
            answer.counts.push(CountWithDefinition { value: result.events_outside_period, definition });
        }
        (answer.first_seen, answer.last_seen) = (result.first, result.last);
        if answer.finding == Finding::NotSeen && !problems(&answer).is_empty() {
            // Two crates judge the coverage; when one doubts, nothing is "not seen".
            answer.finding = Finding::PartlySearched;
        }
        answer
    }

    /// None where the indicator was not seen and nobody was ever told otherwise, or where nothing changed.
    fn of_indicator(&self, result: &IndicatorResult) -> Option<Answer> {
        let last = self.earlier.get(&result.indicator_ref);
        if result.count == 0 && last.is_none_or(|last| last.answer.count == 0) {
            return None;
        }
        let mut answer = self.answer(&result.indicator_ref);
        answer.indicators = vec![result.clone()];
        answer.count = result.count;
        (answer.first_seen, answer.last_seen) = (result.first, result.last);
        if result.count == 0 && !matches!(answer.finding, Finding::Confirmed(_)) {
            answer.finding = Finding::PartlySearched;
        }
        let is_new = last.is_none_or(|last| differs(&last.answer, &answer));
        (is_new || self.making.even_if_nothing_new).then_some(answer)
    }

    /// Corrections for indicators that were once reported as seen and are not asked any more.
    fn no_longer_asked(&self) -> Vec<Answer> {
        let result = self.result();
        let is_asked = |of_ref: &String| result.indicators.iter().any(|asked| asked.indicator_ref == *of_ref);
        let left = self
            .earlier
            .iter()
            .filter(|(of_ref, earlier)| **of_ref != result.report_id && earlier.answer.count > 0 && !is_asked(of_ref));
        left.filter_map(|(of_ref, _)| {
            self.of_indicator(&IndicatorResult {
                indicator_ref: of_ref.clone(),
                seen: Seen::CouldNotBeSeen { reason: "the indicator was withdrawn by its sender".to_owned() },
                count: 0,
                first: None,
                last: None,
                outside_validity: false,
            })
        })
        .collect()
    }

    /// Everything but what was counted.
    fn answer(&self, of_ref: &str) -> Answer {
        let result = self.result();
        let earlier = self.earlier.get(of_ref).map(|earlier| earlier.answer.created.clone());
        let (confirmed_by, counts) = said(&self.making.searched.word, result);
        Answer {
            sighting_id: sighting_id(self.namespace, of_ref, &self.hub.own_identity_id),
            of_ref: of_ref.to_owned(),
            where_sighted_ref: self.hub.own_identity_id.clone(),
            answered_by_ref: self.hub.own_identity_id.clone(),
            created: earlier.unwrap_or_else(|| self.modified.clone()),
            modified: self.modified.clone(),
            period_from: result.period_from,
            period_until: result.period_until,
            finding: result.finding,
            sources: result.sources.clone(),
            indicators: Vec::new(),
            confirmed_by,
            counts,
            false_alarms: false_alarms(&self.making.searched.word, result),
            released_by: match &self.making.leave {
                Leave::ByPerson(person) => Some(person.clone()),
                Leave::BySetting(_) => None,
            },
            is_name_released: self.is_name_released,
            count: 0,
            first_seen: None,
            last_seen: None,
            tlp: Tlp::Amber,
        }
    }
}

/// All results, or of very many only those that were seen, with the number asked.
fn list_indicators(answer: &mut Answer, results: &[IndicatorResult]) {
    if results.len() <= INDICATORS_LISTED_MAX {
        answer.indicators = results.to_vec();
        return;
    }
    let seen = results.iter().filter(|result| result.count > 0).take(INDICATORS_LISTED_MAX);
    answer.indicators = seen.cloned().collect();
    let definition = TOO_MANY_TO_LIST.to_owned();
    let value = u64::try_from(results.len()).unwrap_or(u64::MAX);
    answer.counts.push(CountWithDefinition { value, definition });
}

/// What a person's word adds.
fn said(word: &Word, result: &LookbackResult) -> (Option<String>, Vec<CountWithDefinition>) {
    match word {
        Word::Confirmed { counts, person, .. } => (Some(person.clone()), counts.clone()),
        Word::Dismissed { person, .. } if result.events_dismissed > 0 => {
            let definition = format!("events that matched and that {person} {FALSE_ALARM}");
            (None, vec![CountWithDefinition { value: result.events_dismissed, definition }])
        }
        Word::Dismissed { .. } | Word::Nothing => (None, Vec::new()),
    }
}

/// The indicators whose hits a person took back, as long as nothing has matched since.
fn false_alarms(word: &Word, result: &LookbackResult) -> Vec<String> {
    match word {
        Word::Dismissed { hits, .. } if result.events_dismissed > 0 => {
            let had_hits = hits.iter().filter(|(_, hits)| hits.count > 0).map(|(id, _)| id.clone());
            had_hits.take(INDICATORS_LISTED_MAX).collect()
        }
        _ => Vec::new(),
    }
}

fn says_something_new(last: &Earlier, new: &Answer, asked_until: i64, now: i64) -> bool {
    let has_ended_since = last.answer.period_until < asked_until && new.period_until >= asked_until;
    let is_old = last.made_at <= now - COVERAGE_AGE_SECONDS * MICROS_PER_SECOND;
    differs(&last.answer, new) || has_ended_since || (is_old && last.answer.sources != new.sources)
}

/// Whether the finding, its counts or an indicator's result is another; reasons hold figures of coverage, which may grow.
fn differs(last: &Answer, new: &Answer) -> bool {
    let facts = |answer: &Answer| {
        let results = answer.indicators.iter().map(|result| {
            let kind = std::mem::discriminant(&result.seen);
            (result.indicator_ref.clone(), kind, result.count, result.first, result.last, result.outside_validity)
        });
        let said =
            (answer.confirmed_by.clone(), answer.counts.clone(), answer.false_alarms.clone(), answer.is_name_released);
        (answer.finding, answer.count, said, results.collect::<Vec<_>>())
    };
    facts(last) != facts(new)
}
