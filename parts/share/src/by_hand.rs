//! Answers by hand: a person of an office that runs no Ward of its own says what they looked at, and what could be seen there.
//!
//! The ladder is the one of every answer: "not seen" needs a log that holds the whole period and everything that the alert lists searched for;
//! less is "partly searched" or "blind". What a person finds odd is a match under review. Nobody's "not seen" by hand takes back what the office's
//! own Ward matched.

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;
use ward_directory::{Here, Permit, Who, permit, person};
use ward_policy::{Resource, Verb};
use ward_stix::answer::{
    Answer, CountWithDefinition, Finding, IndicatorResult, Seen, SourceCoverage, problems, sighting_id, to_object,
};
use ward_stix::marking::Tlp;
use ward_stix::problem::Problem;
use ward_stix::timestamp;
use ward_store::{Act, StoreError};

use crate::alert::{parse, read};
use crate::collections::{self, Kind};
use crate::intake::{Batch, Origin, Outcome};
use crate::notice::with_notice;
use crate::sql::answers::{self as sql, AnswerRow};
use crate::{Receipt, ShareError};

const HOUR: i64 = 3_600_000_000;
const MILLISECOND: i64 = 1_000;
/// Longest name of a log and longest sentence, in characters.
const NAME_MAX: usize = 200;
const WORDS_MAX: usize = 500;
/// Most logs of one answer.
const SOURCES_MAX: usize = 20;
/// How a source that a person looked at is told from one that Ward read.
const KIND: &str = "looked at by hand";

/// What a person says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandAnswer {
    pub report_id: String,
    pub found: Found,
    /// What was looked at.
    pub sources: Vec<HandSource>,
    /// Everything that the alert lists was searched for.
    pub has_searched_all: bool,
    /// What could not be seen, and why.
    pub could_not_see: String,
    /// What was seen, in plain words, and how often.
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
/// being said, each with the field of [`HandAnswer`].
///
/// # Errors
/// The problems.
pub fn said(entered: &HandAnswer, period: (i64, i64), indicators: &[String]) -> Result<Said, Vec<Problem>> {
    let found = check(entered, period);
    if !found.is_empty() {
        return Err(found);
    }
    let could_not = Seen::CouldNotBeSeen { reason: entered.could_not_see.trim().to_owned() };
    let seen = match entered.found {
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
        finding: finding(entered.found),
        sources: entered.sources.iter().map(|source| coverage(source, entered, period)).collect(),
        indicators: seen.as_ref().map(indicator).unwrap_or_default(),
        counts: if is_something { vec![saw] } else { Vec::new() },
        count: if is_something { entered.count } else { 0 },
    })
}

fn finding(found: Found) -> Finding {
    match found {
        Found::Nothing => Finding::NotSeen,
        Found::NothingInPart => Finding::PartlySearched,
        Found::CouldNotLook => Finding::Blind,
        Found::Something => Finding::MatchUnderReview,
    }
}

fn check(entered: &HandAnswer, period: (i64, i64)) -> Vec<Problem> {
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
        if entered.found == Found::Nothing && hours_with_data(source, period) < hours(period) {
            refuse(
                &path,
                "to say \"not seen\", what was looked at must hold the whole period without gaps; if it does not, say that you looked in part",
            );
        }
    }
    if entered.sources.len() > SOURCES_MAX {
        refuse("sources", "more than 20 logs or systems");
    }
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

fn is_bad(text: &str, longest: usize) -> bool {
    text.chars().count() > longest || text.chars().any(|letter| letter.is_control() && !letter.is_whitespace())
}

fn hours((from, until): (i64, i64)) -> u64 {
    u64::try_from((until - from + HOUR - 1) / HOUR).unwrap_or(0)
}

/// Whole hours of the period that the log holds.
fn hours_with_data(source: &HandSource, period: (i64, i64)) -> u64 {
    let (from, until) = (source.holds_from.max(period.0), source.holds_until.min(period.1));
    if (from, until) == period {
        return hours(period);
    }
    u64::try_from((until - from).max(0) / HOUR).unwrap_or(0)
}

/// No line was counted: what a person looked at is not what Ward read, and says so.
fn coverage(source: &HandSource, entered: &HandAnswer, period: (i64, i64)) -> SourceCoverage {
    let is_blind = entered.found == Found::CouldNotLook;
    SourceCoverage {
        name: source.name.trim().to_owned(),
        kind: KIND.to_owned(),
        events_read: 0,
        lines_read: 0,
        lines_rejected: 0,
        hours_asked: hours(period),
        hours_with_data: if is_blind { 0 } else { hours_with_data(source, period) },
        first_event: None,
        last_event: None,
        blind_because: is_blind.then(|| entered.could_not_see.trim().to_owned()),
    }
}

/// Takes a person's answer for their own office: like any other answer, with receipt, entry and place in the situation.
///
/// # Errors
/// [`ShareError::Invalid`] with every reason; [`ShareError::Unseen`] when there is no such alert for them; [`ShareError::Forbidden`] for who does not
/// answer, and for the hub's own people.
pub async fn answer_by_hand(here: &Here, allowed: &Permit<HandAnswer>) -> Result<Receipt, ShareError> {
    let (who, entered) = (allowed.who(), allowed.on());
    check_may(here, who)?;
    let view = read(here, who, &entered.report_id, None).await?;
    let period = (view.alert.search_from, view.alert.search_until);
    let live = view.indicators.iter().filter(|(_, _, is_withdrawn)| !is_withdrawn);
    let indicators: Vec<String> = live.map(|(id, _, _)| id.clone()).collect();
    let said = said(entered, period, &indicators)
        .map_err(|found| ShareError::Invalid(found.iter().map(|problem| problem.message.clone()).collect()))?;
    let id = sighting_id(namespace(here)?, &entered.report_id, &who.organisation.identity_id);
    let rows = sql::answers(&here.store, &entered.report_id, here.now()).await?;
    let rows: Vec<AnswerRow> = rows.into_iter().filter(|row| row.organisation_id == who.organisation.id).collect();
    check_no_match(&rows, &id, said.finding)?;
    let earlier = rows.iter().rfind(|row| row.sighting_id == id);
    let answer = answer_of(here, who, entered, said, (id, earlier)).await?;
    let wrong: Vec<String> = problems(&answer).iter().map(ToString::to_string).collect();
    if !wrong.is_empty() {
        return Err(ShareError::Invalid(wrong));
    }
    take(here, who, entered, &answer).await
}

/// Whether a person answers by hand here: a member's own, with a role that answers.
#[must_use]
pub fn answers_by_hand(here: &Here, who: &Who) -> bool {
    check_may(here, who).is_ok()
}

fn check_may(here: &Here, who: &Who) -> Result<(), ShareError> {
    let is_member = who.organisation.is_member && who.organisation.id != here.installation.organisation_id;
    let may = permit(who, Verb::Create, Resource::Answer, ()).is_ok() && who.person_id.is_some();
    if is_member && may { Ok(()) } else { Err(ShareError::Forbidden { who: who.name.clone() }) }
}

/// What the office's own Ward, or who answers for it, found is not taken back by somebody else's word that there is nothing.
fn check_no_match(rows: &[AnswerRow], own_id: &str, finding: Finding) -> Result<(), ShareError> {
    if finding == Finding::MatchUnderReview {
        return Ok(());
    }
    let others = rows.iter().filter(|row| row.sighting_id != own_id);
    let newest: std::collections::BTreeMap<&str, &AnswerRow> =
        others.map(|row| (row.sighting_id.as_str(), row)).collect();
    let is_match = |row: &&AnswerRow| row.finding == Finding::MatchUnderReview.text() || row.rung.is_some();
    if newest.into_values().any(|row| is_match(&row)) {
        return Err(ShareError::invalid(
            "another answer for this office says that something matched: it must be reviewed where it was found, and cannot be taken back here",
        ));
    }
    Ok(())
}

/// The secret namespace of the ids of answers that are made here.
fn namespace(here: &Here) -> Result<Uuid, ShareError> {
    let key = ward_directory::make_key_file(&here.folder, "namespace")?;
    let [first, ..] = *key.as_chunks::<16>().0 else {
        return Err(StoreError::Record("the namespace key is too short".to_owned()).into());
    };
    Ok(Uuid::from_bytes(first))
}

async fn answer_of(
    here: &Here,
    who: &Who,
    entered: &HandAnswer,
    said: Said,
    (sighting_id, earlier): (String, Option<&AnswerRow>),
) -> Result<Answer, ShareError> {
    let view = read(here, who, &entered.report_id, None).await?;
    let earlier = earlier.map(|row| parse(row.body.as_bytes())).transpose()?;
    let earlier = earlier.and_then(|object| ward_stix::answer::from_object(&object).ok());
    let last = earlier.as_ref().and_then(|answer| timestamp::parse_micros(&answer.modified));
    let floor = |micros: i64| micros.div_euclid(MILLISECOND) * MILLISECOND;
    let at = floor(here.now()).max(last.map_or(i64::MIN, |last| floor(last) + MILLISECOND));
    let modified = timestamp::format_stix(at);
    Ok(Answer {
        sighting_id,
        of_ref: entered.report_id.clone(),
        where_sighted_ref: who.organisation.identity_id.clone(),
        answered_by_ref: who.organisation.identity_id.clone(),
        created: earlier.map_or_else(|| modified.clone(), |answer| answer.created),
        modified,
        period_from: view.alert.search_from,
        period_until: view.alert.search_until,
        finding: said.finding,
        sources: said.sources,
        indicators: said.indicators,
        confirmed_by: None,
        counts: said.counts,
        released_by: Some(name_and_office(here, who).await?),
        is_name_released: entered.is_name_released,
        count: said.count,
        first_seen: None,
        last_seen: None,
        tlp: Tlp::Amber,
    })
}

async fn name_and_office(here: &Here, who: &Who) -> Result<String, ShareError> {
    let id = who.person_id.as_deref().unwrap_or_default();
    let office = person(here, id).await?.map(|person| person.office).unwrap_or_default();
    Ok(if office.trim().is_empty() { who.name.clone() } else { format!("{}, {}", who.name, office.trim()) })
}

/// As it would come in over TAXII, with an entry that says who entered it.
async fn take(here: &Here, who: &Who, entered: &HandAnswer, answer: &Answer) -> Result<Receipt, ShareError> {
    let object = parse(&with_notice(here, to_object(answer)))?;
    collections::ensure(here).await?;
    let collection = collections::find(here, who, Kind::Answers.alias()).await?;
    let mut batch = Batch::begin(here, who, &collection, None, Origin::Posted).await?;
    match batch.place(&object).await? {
        Outcome::Added => {}
        Outcome::AlreadyHere => return Err(ShareError::invalid("this answer is here already")),
        Outcome::Quarantined(reason) | Outcome::Refused(reason) => return Err(ShareError::invalid(reason)),
    }
    let receipt = batch.receipts.first().cloned();
    let receipt = receipt.ok_or_else(|| ShareError::invalid("this is no answer to an alert"))?;
    let act = Act {
        act: "answer.by-hand",
        actor: &who.actor,
        organisation: &who.organisation.id,
        subject: &entered.report_id,
        at: here.now(),
        detail: &json!({"sighting_id": answer.sighting_id, "modified": answer.modified, "finding": answer.finding.text()}),
        rows: &[],
    };
    batch.tx.record(act).await?;
    batch.commit().await?;
    Ok(receipt)
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
        said(entered, period, &[]).err().unwrap_or_default().into_iter().map(|problem| problem.path).collect()
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
            let said = said(&entered(found), (DAY, 11 * DAY), &indicators).unwrap();
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
}
