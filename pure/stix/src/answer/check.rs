//! What an answer claims without the means to claim it.

use super::{Answer, Finding, IndicatorResult, Rung, Seen, SourceCoverage};
use crate::id;
use crate::problem::Problem;
use crate::timestamp;

/// "Not seen" needs data in at least this share of the hours asked.
pub const LOWEST_COVERED_PERCENT: u64 = 95;
/// "Not seen" needs at most this share of lines rejected.
pub const HIGHEST_REJECTED_PERCENT: u64 = 1;

/// Everything that keeps the answer from being sent; empty when nothing does.
pub fn problems(answer: &Answer) -> Vec<Problem> {
    let mut found = Vec::new();
    check_ids(answer, &mut found);
    check_times(answer, &mut found);
    for (position, result) in answer.indicators.iter().enumerate() {
        check_indicator(position, result, &mut found);
    }
    check_counts(answer, &mut found);
    match answer.finding {
        Finding::NotSeen => check_not_seen(answer, &mut found),
        Finding::PartlySearched | Finding::Blind => check_nothing_seen(answer, &mut found),
        Finding::MatchUnderReview => {
            if answer.count == 0 {
                found.push(Problem::new("finding", "finding", "a match under review needs a match"));
            }
        }
        Finding::Confirmed(rung) => check_confirmed(answer, rung, &mut found),
    }
    found
}

fn check_ids(answer: &Answer, found: &mut Vec<Problem>) {
    let of_kind = if answer.of_ref.starts_with("indicator--") { "indicator" } else { "report" };
    let ids = [
        ("sighting_id", &answer.sighting_id, "sighting"),
        ("of_ref", &answer.of_ref, of_kind),
        ("where_sighted_ref", &answer.where_sighted_ref, "identity"),
        ("answered_by_ref", &answer.answered_by_ref, "identity"),
    ];
    for (path, value, kind) in ids {
        if !id::is_of(value, kind) {
            found.push(Problem::new("id", path, format!("`{value}` is not the id of a {kind}")));
        }
    }
}

fn check_times(answer: &Answer, found: &mut Vec<Problem>) {
    for (path, text) in [("created", &answer.created), ("modified", &answer.modified)] {
        if timestamp::parse(text).is_none() {
            found.push(Problem::new("timestamp", path, format!("`{text}` is not a timestamp")));
        }
    }
    if timestamp::parse(&answer.modified) < timestamp::parse(&answer.created) {
        found.push(Problem::new("order", "modified", "is before the answer was created"));
    }
    if answer.period_until <= answer.period_from {
        found.push(Problem::new("order", "period_until", "is not after the start of the period"));
    }
    check_first_and_last("first_seen", answer.count, answer.first_seen, answer.last_seen, found);
}

/// First and last are known for what was seen at a known time, in order, and absent for what was not seen.
fn check_first_and_last(path: &str, count: u64, first: Option<i64>, last: Option<i64>, found: &mut Vec<Problem>) {
    let wrong = match (first, last) {
        (Some(_), _) | (_, Some(_)) if count == 0 => Some("there is a time, but nothing was seen"),
        (Some(first), Some(last)) if last < first => Some("the last time is before the first"),
        (Some(_), None) | (None, Some(_)) => Some("first and last are given together"),
        _ => None,
    };
    found.extend(wrong.map(|message| Problem::new("order", path, message)));
}

fn check_indicator(position: usize, result: &IndicatorResult, found: &mut Vec<Problem>) {
    let path = format!("indicators[{position}]");
    if !id::is_of(&result.indicator_ref, "indicator") {
        found.push(Problem::new("id", format!("{path}.indicator_ref"), "is not the id of an indicator"));
    }
    let wrong = match &result.seen {
        Seen::Seen if result.count == 0 => Some("seen, but counted 0 times"),
        Seen::NotSeen if result.count > 0 => Some("not seen, but counted"),
        Seen::CouldNotBeSeen { .. } if result.count > 0 => Some("could not be seen, but was counted"),
        Seen::CouldNotBeSeen { reason } if reason.trim().is_empty() => Some("could not be seen, without a reason"),
        _ => None,
    };
    found.extend(wrong.map(|message| Problem::new("count", path.clone(), message)));
    check_first_and_last(&path, result.count, result.first, result.last, found);
}

fn check_counts(answer: &Answer, found: &mut Vec<Problem>) {
    let any_seen = answer.indicators.iter().any(|result| result.seen == Seen::Seen);
    if any_seen && answer.count == 0 {
        found.push(Problem::new("count", "count", "is 0, but an indicator was seen"));
    }
    for (position, count) in answer.counts.iter().enumerate() {
        if count.definition.trim().is_empty() {
            let path = format!("counts[{position}].definition");
            found.push(Problem::new("definition", path, "a count says what it counts"));
        }
    }
}

fn check_nothing_seen(answer: &Answer, found: &mut Vec<Problem>) {
    if answer.count > 0 {
        let message = format!("`{}`, but {} events matched", answer.finding.text(), answer.count);
        found.push(Problem::new("finding", "finding", message));
    }
}

/// "Not seen" needs, for every indicator, sources that would have shown it over the whole period.
fn check_not_seen(answer: &Answer, found: &mut Vec<Problem>) {
    check_nothing_seen(answer, found);
    if answer.sources.is_empty() {
        found.push(Problem::new("coverage", "sources", "`not-seen` needs a source that was searched"));
    }
    for (position, source) in answer.sources.iter().enumerate() {
        if let Some(lack) = lack_of(source) {
            let message = format!("`not-seen` needs more: {lack}");
            found.push(Problem::new("coverage", format!("sources[{position}]"), message));
        }
    }
    for (position, result) in answer.indicators.iter().enumerate() {
        if matches!(result.seen, Seen::CouldNotBeSeen { .. }) {
            let path = format!("indicators[{position}]");
            found.push(Problem::new("coverage", path, "`not-seen`, but this indicator could not be seen"));
        }
    }
}

fn lack_of(source: &SourceCoverage) -> Option<String> {
    if let Some(reason) = &source.blind_because {
        return Some(format!("the source is blind: {reason}"));
    }
    let too_few_hours = || {
        let covered = u128::from(source.hours_with_data) * 100;
        source.hours_asked == 0 || covered < u128::from(source.hours_asked) * u128::from(LOWEST_COVERED_PERCENT)
    };
    if too_few_hours() {
        let (with_data, asked) = (source.hours_with_data, source.hours_asked);
        return Some(format!("data in {with_data} of {asked} hours, less than {LOWEST_COVERED_PERCENT} %"));
    }
    let rejected = u128::from(source.lines_rejected) * 100;
    if rejected > u128::from(source.lines_read) * u128::from(HIGHEST_REJECTED_PERCENT) {
        let (rejected, read) = (source.lines_rejected, source.lines_read);
        return Some(format!("{rejected} of {read} lines rejected, more than {HIGHEST_REJECTED_PERCENT} %"));
    }
    None
}

fn check_confirmed(answer: &Answer, rung: Rung, found: &mut Vec<Problem>) {
    if answer.confirmed_by.as_ref().is_none_or(|name| name.trim().is_empty()) {
        found.push(Problem::new("missing", "confirmed_by", "a confirmation needs a named person"));
    }
    if rung >= Rung::Accessed && answer.counts.is_empty() {
        let message = format!("`{}` needs a count with its definition", rung.plain());
        found.push(Problem::new("missing", "counts", message));
    }
}
