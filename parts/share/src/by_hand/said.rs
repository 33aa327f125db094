//! What a person's words say: the ladder of an answer by hand, with everything that keeps "not seen" from being said.
//!
//! No files, no database, no clock: words, a period, and the time in; a finding or the problems out.

use serde::{Deserialize, Serialize};
use ward_stix::answer::{CountWithDefinition, Finding, IndicatorResult, Seen, SourceCoverage};
use ward_stix::problem::Problem;

const HOUR: i64 = 3_600_000_000;
/// Longest name of a log and longest sentence, in characters.
const NAME_MAX: usize = 200;
const WORDS_MAX: usize = 500;
/// Most logs of one answer.
const SOURCES_MAX: usize = 20;
/// How a source that a person looked at is told from one that Ward read.
const KIND: &str = "looked at by hand";
/// Why nothing is "not seen" yet.
const STILL_OPEN: &str = "the period that the alert asks about is not over";

/// What a person says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandAnswer {
    pub report_id: String,
    /// The version of the alert that was read: nobody answers what they have not seen.
    pub modified: String,
    pub found: Found,
    /// What was looked at.
    pub sources: Vec<HandSource>,
    /// Everything that the alert lists was searched for.
    pub has_searched_all: bool,
    /// What could not be seen, and why.
    pub could_not_see: String,
    /// What was seen, in plain words, and how often; where a match is taken back, what it was.
    pub saw: String,
    pub count: u64,
    /// Other members may see the office's name with this answer.
    pub is_name_released: bool,
}

/// What a person found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    Nothing,
    NothingInPart,
    CouldNotLook,
    /// Something odd; they need help.
    Something,
}

/// A log that a person looked at, and what it holds without gaps. Times are microseconds UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandSource {
    pub name: String,
    pub holds_from: i64,
    pub holds_until: i64,
}

/// What an answer says, made of a person's words.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    pub finding: Finding,
    pub sources: Vec<SourceCoverage>,
    pub indicators: Vec<IndicatorResult>,
    pub counts: Vec<CountWithDefinition>,
    pub count: u64,
}

/// What a person's words say about a period (microseconds UTC) and the ids of the indicators of an alert; or everything that keeps them from
/// being said, each with the field of [`HandAnswer`]. No log holds what is later than `now`: while the period asked is not over, nobody can
/// say more than that nothing was seen so far.
///
/// # Errors
/// The problems.
pub fn said(entered: &HandAnswer, period: (i64, i64), indicators: &[String], now: i64) -> Result<Said, Vec<Problem>> {
    let found = check(entered, period, now);
    if !found.is_empty() {
        return Err(found);
    }
    let is_open = period.1 > now;
    let could_not = Seen::CouldNotBeSeen { reason: entered.could_not_see.trim().to_owned() };
    let seen = match entered.found {
        Found::Nothing if is_open => Some(Seen::CouldNotBeSeen { reason: STILL_OPEN.to_owned() }),
        Found::Nothing => Some(Seen::NotSeen),
        Found::NothingInPart | Found::CouldNotLook => Some(could_not),
        Found::Something => None,
    };
    let indicator = |seen: &Seen| {
        let result = |id: &String| IndicatorResult {
            indicator_ref: id.clone(),
            seen: seen.clone(),
            count: 0,
            first: None,
            last: None,
            outside_validity: false,
        };
        indicators.iter().map(result).collect()
    };
    let is_something = entered.found == Found::Something;
    let saw = CountWithDefinition { value: entered.count, definition: entered.saw.trim().to_owned() };
    Ok(Said {
        finding: finding(entered.found, is_open),
        sources: entered.sources.iter().map(|source| coverage(source, entered, period, now)).collect(),
        indicators: seen.as_ref().map(indicator).unwrap_or_default(),
        counts: if is_something { vec![saw] } else { Vec::new() },
        count: if is_something { entered.count } else { 0 },
    })
}

fn finding(found: Found, is_open: bool) -> Finding {
    match found {
        Found::Nothing if is_open => Finding::PartlySearched,
        Found::Nothing => Finding::NotSeen,
        Found::NothingInPart => Finding::PartlySearched,
        Found::CouldNotLook => Finding::Blind,
        Found::Something => Finding::MatchUnderReview,
    }
}

fn check(entered: &HandAnswer, period: (i64, i64), now: i64) -> Vec<Problem> {
    let mut found = check_sources(entered, (period.0, period.1.min(now)));
    let mut refuse = |path: &str, message: &str| found.push(Problem::new("by-hand", path, message));
    let (needs_source, needs_reason, needs_saw) = match entered.found {
        Found::Nothing => (true, false, false),
        Found::NothingInPart => (true, true, false),
        Found::CouldNotLook => (false, true, false),
        Found::Something => (false, false, true),
    };
    if needs_source && entered.sources.is_empty() {
        refuse(
            "sources",
            "say which log or system you looked at; without one this is no answer but \"could not look\"",
        );
    }
    if entered.found == Found::Nothing && !entered.has_searched_all {
        refuse("has_searched_all", "to say \"not seen\", everything that the alert lists must have been searched for");
    }
    if entered.found == Found::Nothing && !entered.could_not_see.trim().is_empty() {
        refuse("could_not_see", "where something could not be seen, the answer is that you looked in part");
    }
    if needs_reason && entered.could_not_see.trim().is_empty() {
        refuse("could_not_see", "say what could not be seen, and why");
    }
    if needs_saw && entered.saw.trim().is_empty() {
        refuse("saw", "say in a few words what you saw");
    }
    if needs_saw && entered.count == 0 {
        refuse("count", "say how often it was seen: once at least");
    }
    for (path, text) in [("could_not_see", &entered.could_not_see), ("saw", &entered.saw)] {
        if is_bad(text, WORDS_MAX) {
            refuse(path, "this has more than 500 characters, or signs that cannot be shown");
        }
    }
    found
}

/// `so_far` is the period asked as far as it is over.
fn check_sources(entered: &HandAnswer, so_far: (i64, i64)) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut refuse = |path: &str, message: &str| found.push(Problem::new("by-hand", path, message));
    for (place, source) in entered.sources.iter().enumerate() {
        let path = format!("sources[{place}]");
        if source.name.trim().is_empty() || is_bad(&source.name, NAME_MAX) {
            refuse(&path, "a log or system that was looked at has a name of 1 to 200 characters");
        }
        if source.holds_until <= source.holds_from {
            refuse(&path, "the last day that the log holds is not after the first");
        }
        if entered.found == Found::Nothing && held(source, so_far) != so_far {
            refuse(
                &path,
                "to say \"not seen\", what was looked at must hold the whole period without gaps; if it does not, say that you looked in part",
            );
        }
    }
    if entered.sources.len() > SOURCES_MAX {
        refuse("sources", "more than 20 logs or systems");
    }
    let holds_nothing = |source: &HandSource| {
        let (from, until) = held(source, so_far);
        until <= from
    };
    let looks = matches!(entered.found, Found::Nothing | Found::NothingInPart) && !entered.sources.is_empty();
    if looks && entered.sources.iter().all(holds_nothing) {
        refuse(
            "sources",
            "what you looked at holds nothing of the period that the alert asks about: choose \"could not look\"",
        );
    }
    found
}

fn is_bad(text: &str, longest: usize) -> bool {
    text.chars().count() > longest || text.chars().any(|letter| letter.is_control() && !letter.is_whitespace())
}

fn hours((from, until): (i64, i64)) -> u64 {
    u64::try_from((until - from + HOUR - 1) / HOUR).unwrap_or(0)
}

/// What the log holds of a period.
fn held(source: &HandSource, period: (i64, i64)) -> (i64, i64) {
    (source.holds_from.max(period.0), source.holds_until.min(period.1))
}

/// Whole hours of the period that the log holds; nothing in it is later than `now`.
fn hours_with_data(source: &HandSource, period: (i64, i64), now: i64) -> u64 {
    let (from, until) = held(source, (period.0, period.1.min(now)));
    if (from, until) == period {
        return hours(period);
    }
    u64::try_from(until.saturating_sub(from).max(0) / HOUR).unwrap_or(0)
}

/// No line was counted: what a person looked at is not what Ward read, and says so.
fn coverage(source: &HandSource, entered: &HandAnswer, period: (i64, i64), now: i64) -> SourceCoverage {
    let is_blind = entered.found == Found::CouldNotLook;
    SourceCoverage {
        name: source.name.trim().to_owned(),
        kind: KIND.to_owned(),
        events_read: 0,
        lines_read: 0,
        lines_rejected: 0,
        hours_asked: hours(period),
        hours_with_data: if is_blind { 0 } else { hours_with_data(source, period, now) },
        first_event: None,
        last_event: None,
        blind_because: is_blind.then(|| entered.could_not_see.trim().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * HOUR;

    fn entered(found: Found) -> HandAnswer {
        let whole = HandSource { name: "Web log".into(), holds_from: 0, holds_until: 11 * DAY };
        let (sources, could_not_see, saw, count) = match found {
            Found::Nothing => (vec![whole], "", "", 0),
            Found::NothingInPart => {
                (vec![HandSource { holds_from: 5 * DAY, ..whole }], "The first days are gone.", "", 0)
            }
            Found::CouldNotLook => (Vec::new(), "We keep no logs.", "", 0),
            Found::Something => (Vec::new(), "", "Many requests at night", 3),
        };
        HandAnswer {
            report_id: "report--8f0cb1c5-1b0a-4c5b-9f4e-1c5f0a8f9c01".into(),
            modified: String::new(),
            found,
            sources,
            has_searched_all: found == Found::Nothing,
            could_not_see: could_not_see.into(),
            saw: saw.into(),
            count,
            is_name_released: false,
        }
    }

    fn paths(entered: &HandAnswer) -> Vec<String> {
        let period = (DAY, 11 * DAY);
        said(entered, period, &[], 100 * DAY)
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|problem| problem.path)
            .collect()
    }

    #[test]
    fn each_rung_says_what_it_must() {
        let indicators = ["indicator--8f0cb1c5-1b0a-4c5b-9f4e-1c5f0a8f9c01".to_owned()];
        for (found, finding, hours_with_data) in [
            (Found::Nothing, Finding::NotSeen, 240),
            (Found::NothingInPart, Finding::PartlySearched, 144),
            (Found::CouldNotLook, Finding::Blind, 0),
            (Found::Something, Finding::MatchUnderReview, 0),
        ] {
            let said = said(&entered(found), (DAY, 11 * DAY), &indicators, 100 * DAY).unwrap();
            assert_eq!(said.finding, finding);
            let with_data: u64 = said.sources.iter().map(|source| source.hours_with_data).sum();
            assert_eq!(with_data, hours_with_data, "{found:?}");
            let all_not_seen = said.indicators.iter().all(|one| one.seen == Seen::NotSeen);
            assert_eq!(all_not_seen && !said.indicators.is_empty(), found == Found::Nothing, "{found:?}");
            assert_eq!(said.count > 0, found == Found::Something);
        }
    }

    #[test]
    fn nobody_says_not_seen_without_a_log_that_could_have_shown_it() {
        let not_seen = || entered(Found::Nothing);
        let with = |holds_from, holds_until| {
            let source = HandSource { name: "Web log".into(), holds_from, holds_until };
            HandAnswer { sources: vec![source], ..not_seen() }
        };
        assert!(paths(&not_seen()).is_empty());
        assert!(paths(&with(DAY, 11 * DAY)).is_empty());
        for (answer, path) in [
            (HandAnswer { sources: Vec::new(), ..not_seen() }, "sources"),
            (HandAnswer { found: Found::NothingInPart, could_not_see: "x".into(), ..with(0, DAY) }, "sources"),
            (
                HandAnswer { found: Found::NothingInPart, could_not_see: "x".into(), ..with(11 * DAY, 12 * DAY) },
                "sources",
            ),
            (with(DAY + 1, 11 * DAY), "sources[0]"),
            (with(DAY, 11 * DAY - 1), "sources[0]"),
            (HandAnswer { has_searched_all: false, ..not_seen() }, "has_searched_all"),
            (HandAnswer { could_not_see: "The second server".into(), ..not_seen() }, "could_not_see"),
            (HandAnswer { could_not_see: String::new(), ..entered(Found::NothingInPart) }, "could_not_see"),
            (HandAnswer { sources: Vec::new(), ..entered(Found::NothingInPart) }, "sources"),
            (HandAnswer { could_not_see: " ".into(), ..entered(Found::CouldNotLook) }, "could_not_see"),
            (HandAnswer { saw: String::new(), ..entered(Found::Something) }, "saw"),
            (HandAnswer { count: 0, ..entered(Found::Something) }, "count"),
            (HandAnswer { saw: "x".repeat(501), ..entered(Found::Something) }, "saw"),
        ] {
            assert_eq!(paths(&answer), [path], "{answer:?}");
        }
        // One log that holds everything does not make up for another that does not.
        let mut two = not_seen();
        two.sources.push(HandSource { name: "Mail log".into(), holds_from: 5 * DAY, holds_until: 11 * DAY });
        assert_eq!(paths(&two), ["sources[1]"]);
    }

    #[test]
    fn nobody_says_not_seen_of_days_to_come() {
        let indicators = ["indicator--8f0cb1c5-1b0a-4c5b-9f4e-1c5f0a8f9c01".to_owned()];
        for (now, finding, hours) in [
            (11 * DAY, Finding::NotSeen, 240),
            (11 * DAY - 1, Finding::PartlySearched, 239),
            (2 * DAY, Finding::PartlySearched, 24),
        ] {
            let said = said(&entered(Found::Nothing), (DAY, 11 * DAY), &indicators, now).unwrap();
            assert_eq!((said.finding, said.sources[0].hours_with_data), (finding, hours), "{now}");
            assert_eq!(said.indicators[0].seen == Seen::NotSeen, finding == Finding::NotSeen);
        }
        // The period has not begun.
        let found = said(&entered(Found::Nothing), (DAY, 11 * DAY), &indicators, DAY).unwrap_err();
        assert_eq!(found[0].path, "sources");
    }
}
