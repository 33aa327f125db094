//! What a source could have shown over the period asked: the guard against a wrong "all clear".
//!
//! Everything here is counted while logs are read, so that a question years later can be answered from the counts:
//! hours with events, lines that could not be read, what the clients' addresses look like and which fields the lines
//! have. A source is searched in full only if nothing at all speaks against it; unknown is never taken for fine.

mod facts;
mod fields;
mod shape;
mod verdict;

use serde::{Deserialize, Serialize};
use ward_stix::answer::{HIGHEST_REJECTED_PERCENT, LOWEST_COVERED_PERCENT, SourceCoverage};

use crate::kinds::Kind;
use crate::lines::Format;

pub use facts::{PartFacts, SourceFacts};
pub use fields::FieldCounts;
pub use shape::AddressShape;
pub use verdict::{IndicatorFacts, Verdict, verdict};

/// One hour in microseconds.
pub const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;
/// As many empty hours in a row are a missing day, however long the period is.
const LONGEST_GAP_HOURS: u64 = 20;

/// The period that a question asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Microseconds, inclusive.
    pub from: i64,
    /// Microseconds, exclusive.
    pub until: i64,
    /// When it is answered: hours that have not passed are not asked.
    pub now: i64,
}

impl Question {
    /// The whole hours asked, as hours since 1970, first inclusive and last exclusive.
    fn hours(self) -> (i64, i64) {
        let first = self.from.div_euclid(HOUR) + i64::from(self.from.rem_euclid(HOUR) > 0);
        let end = self.until.min(self.now).div_euclid(HOUR);
        (first, end.max(first))
    }
}

/// Something that speaks against a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFinding {
    /// A short stable name, such as `missing-hours`.
    pub code: String,
    /// One plain sentence with its figures.
    pub text: String,
}

/// How far one source answers one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceAssessment {
    /// The figures that go home with the answer.
    pub coverage: SourceCoverage,
    /// Why the source is not searched in full; empty if it is.
    pub findings: Vec<SourceFinding>,
    /// Both figures in one sentence.
    pub figures: String,
}

impl SourceAssessment {
    /// True if the whole period was searched.
    pub fn is_full(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Assesses one source for one question.
pub fn assess(question: Question, facts: &SourceFacts) -> SourceAssessment {
    let hours = HoursSearched::of(question, facts);
    let mut findings = Vec::new();
    let mut note = |code: &str, text: String| findings.push(SourceFinding { code: code.to_owned(), text });
    hours.note_gaps(&facts.name, &mut note);
    note_lines(question, facts, hours.events, &mut note);
    note_losses(question, facts, &mut note);
    note_clock(question, facts, hours.with_data, &mut note);
    let blind_because =
        findings.iter().map(|finding: &SourceFinding| finding.text.as_str()).collect::<Vec<_>>().join("; ");
    let figures = format!(
        "{}: events in {} of {} hours asked ({}), {} of {} lines rejected ({})",
        facts.name,
        grouped(hours.with_data),
        grouped(hours.asked),
        percent(hours.with_data, hours.asked, Rounding::Down),
        grouped(facts.lines_rejected),
        grouped(facts.lines_read),
        percent(facts.lines_rejected, facts.lines_read, Rounding::Up),
    );
    let coverage = SourceCoverage {
        name: facts.name.clone(),
        kind: facts.kind.map_or("unknown", Format::code).to_owned(),
        events_read: hours.events,
        lines_read: facts.lines_read,
        lines_rejected: facts.lines_rejected,
        hours_asked: hours.asked,
        hours_with_data: hours.with_data,
        first_event: facts.first_event,
        last_event: facts.last_event,
        blind_because: (!findings.is_empty()).then_some(blind_because),
    };
    SourceAssessment { coverage, findings, figures }
}

/// Whether observables of a kind could have been seen in a source, however many hours it has; if not, the plain reason.
pub fn could_show(facts: &SourceFacts, kind: Kind) -> Result<(), String> {
    if facts.hours.is_empty() {
        return Err("the source has no events".to_owned());
    }
    could_fields_show(&facts.client_addresses, &facts.fields, facts.kind, kind)?;
    for part in facts.parts.iter().filter(|part| part.fields.events > 0) {
        could_fields_show(&part.client_addresses, &part.fields, facts.kind, kind)
            .map_err(|reason| format!("in {}: {reason}", part.name))?;
    }
    Ok(())
}

fn could_fields_show(
    addresses: &AddressShape,
    fields: &FieldCounts,
    format: Option<Format>,
    kind: Kind,
) -> Result<(), String> {
    match kind {
        Kind::Address => addresses.problem().map_or(Ok(()), |problem| Err(problem.text)),
        _ => fields.could_show(kind, format),
    }
}

struct HoursSearched {
    asked: u64,
    with_data: u64,
    longest_gap: u64,
    /// Events within the hours asked.
    events: u64,
}

impl HoursSearched {
    fn of(question: Question, facts: &SourceFacts) -> Self {
        let (first, end) = question.hours();
        let mut searched = Self { asked: end.abs_diff(first), with_data: 0, longest_gap: 0, events: 0 };
        let mut previous = first - 1;
        for (hour, events) in facts.hours.range(first..end).filter(|(_, events)| **events > 0) {
            searched.with_data += 1;
            searched.events += u64::from(*events);
            searched.longest_gap = searched.longest_gap.max((hour - previous - 1).unsigned_abs());
            previous = *hour;
        }
        searched.longest_gap = searched.longest_gap.max((end - previous - 1).unsigned_abs());
        searched
    }

    fn note_gaps(&self, name: &str, note: &mut impl FnMut(&str, String)) {
        if self.asked == 0 {
            note("no-hours", "the period asked holds no whole hour that has passed".to_owned());
        } else if self.with_data == 0 {
            note("no-data", format!("{name} has no events in the period asked"));
        } else if self.with_data * 100 < self.asked * LOWEST_COVERED_PERCENT {
            let missing = self.asked - self.with_data;
            note(
                "missing-hours",
                format!("{name} has no events in {} of {} hours", grouped(missing), grouped(self.asked)),
            );
        } else if self.longest_gap >= LONGEST_GAP_HOURS {
            note("gap", format!("{name} has no events for {} hours in a row", grouped(self.longest_gap)));
        }
    }
}

fn note_lines(question: Question, facts: &SourceFacts, events: u64, note: &mut impl FnMut(&str, String)) {
    let (first, end) = question.hours();
    let in_hours: u64 = facts.rejected_hours.range(first..end).map(|(_, lines)| u64::from(*lines)).sum();
    let rejected_then = in_hours + facts.rejected_unplaced;
    let lines_then = events + rejected_then;
    if facts.lines_rejected * 100 > facts.lines_read * HIGHEST_REJECTED_PERCENT {
        let most = facts.rejected_by_reason.iter().max_by_key(|(_, count)| **count);
        let reason = most.map(|(reason, _)| format!(", mostly `{reason}`")).unwrap_or_default();
        let (rejected, read) = (grouped(facts.lines_rejected), grouped(facts.lines_read));
        note("rejected-lines", format!("{rejected} of {read} lines of {} could not be read{reason}", facts.name));
    } else if rejected_then * 100 > lines_then * HIGHEST_REJECTED_PERCENT {
        let (rejected, read) = (grouped(rejected_then), grouped(lines_then));
        note(
            "rejected-lines",
            format!("{rejected} of {read} lines of {} in the period asked could not be read", facts.name),
        );
    }
    if facts.is_mixed() {
        note(
            "mixed-formats",
            format!("{} holds access logs and a sensor's logs: declare each as a source of its own", facts.name),
        );
    }
    if let Some(first) = facts.unreadable.first() {
        let text = match facts.unreadable.len() {
            1 => format!("1 file of {} could not be read: {first}", facts.name),
            several => format!("{several} files of {} could not be read, the first: {first}", facts.name),
        };
        note("unreadable-file", text);
    }
}

fn note_losses(question: Question, facts: &SourceFacts, note: &mut impl FnMut(&str, String)) {
    if facts.lost.iter().any(|(from, until)| *from < question.until && *until > question.from) {
        note("lost-lines", format!("lines of {} were rotated away before they were read", facts.name));
    }
    if facts.retained_from.is_some_and(|retained_from| retained_from > question.from) {
        note("retention", format!("{} is not kept as far back as the question asks", facts.name));
    }
}

/// A clock that is wrong puts events where nobody looks for them.
fn note_clock(question: Question, facts: &SourceFacts, hours_with_data: u64, note: &mut impl FnMut(&str, String)) {
    let (Some(first), Some(last)) = (facts.first_event, facts.last_event) else {
        return;
    };
    let is_a_year_off = [-366, -365, 365, 366].into_iter().any(|days| {
        let shift = days * DAY;
        first.saturating_add(shift) < question.until && last.saturating_add(shift) > question.from
    });
    if last > question.now.saturating_add(DAY) {
        note("clock", format!("{} has events in the future: its clock or its time zone is wrong", facts.name));
    } else if hours_with_data == 0 && is_a_year_off {
        note(
            "clock",
            format!("every event of {} is about a year away from the period asked: look at its clock", facts.name),
        );
    }
}

#[derive(Clone, Copy)]
enum Rounding {
    Up,
    Down,
}

/// A share with one decimal, rounded so that it never looks better than it is.
fn percent(part: u64, whole: u64, rounding: Rounding) -> String {
    if whole == 0 {
        return "none".to_owned();
    }
    let (part, whole) = (u128::from(part) * 1000, u128::from(whole));
    let tenths = match rounding {
        Rounding::Up => part.div_ceil(whole),
        Rounding::Down => part / whole,
    };
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// A number with commas between the thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + 6);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
