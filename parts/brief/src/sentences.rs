//! Seen and not seen, in plain sentences that state the evidence: never that there was no attack.

use ward_stix::answer::Rung;

use crate::bundle::{Bundle, CoverageFacts};
use crate::facts::{Facts, Jurisdiction, Overall};

/// What matters most, in three sentences at most.
pub(crate) fn bottom_line(facts: &Facts<'_>) -> Vec<String> {
    let (reporting, asked) = (facts.reporting(), facts.jurisdictions.len());
    if asked == 0 {
        return vec!["Nobody had been asked by then: nothing is known.".to_owned()];
    }
    let confirmed: usize = Rung::ALL.into_iter().map(|rung| facts.at_rung(rung)).sum();
    let worst = Rung::ALL.into_iter().rev().find(|rung| facts.at_rung(*rung) > 0);
    let first = match worst {
        Some(rung) => format!(
            "{} of {asked} asked had something that a named person confirmed; the worst: {}.",
            counted(facts.bundle, confirmed),
            meaning(rung)
        ),
        None if reporting == 0 => {
            "Nobody has answered from a source that could have seen anything: nothing is known.".to_owned()
        }
        None => format!("{} asked: none has confirmed anything in the period.", counted(facts.bundle, asked)),
    };
    let reports = match asked - reporting {
        0 => format!("All {asked} reported from a source that could have seen it, in whole or in part."),
        others => format!(
            "{reporting} of {asked} reported from a source that could have seen it, in whole or in part; of the other {others} nothing is known."
        ),
    };
    let votes = "Nothing here says whether a vote was changed: audits of paper ballots say that.".to_owned();
    vec![first, reports, votes]
}

/// What was seen, worst first.
pub(crate) fn seen(facts: &Facts<'_>) -> Vec<String> {
    let mut sentences = Vec::new();
    let by_rung = Rung::ALL.into_iter().rev().map(|rung| (facts.at_rung(rung), rung));
    for (count, rung) in by_rung.filter(|(count, _)| *count > 0) {
        sentences.push(format!("{}: {}, confirmed by a named person.", counted(facts.bundle, count), meaning(rung)));
    }
    let under_review = facts.count(Overall::MatchUnderReview);
    if under_review > 0 {
        let who = counted(facts.bundle, under_review);
        sentences.push(format!("{who}: a match is under review; no person has confirmed it yet."));
    }
    let at_another_time = facts.count(Overall::ConfirmedAtAnotherTime);
    if at_another_time > 0 {
        sentences.push(format!(
            "{}: confirmed, but outside the period of this brief.",
            counted(facts.bundle, at_another_time)
        ));
    }
    sentences
}

/// What was not seen, with who could have seen it.
pub(crate) fn not_seen(facts: &Facts<'_>) -> Vec<String> {
    let asked = facts.jurisdictions.len();
    if asked == 0 {
        return vec!["Nobody had been asked by then: nothing is known.".to_owned()];
    }
    let (fully, partly) = (facts.count(Overall::NotSeen), facts.count(Overall::PartlySearched));
    let (blind, silent) = (facts.count(Overall::Blind), facts.count(Overall::NoAnswer));
    let saw = asked - fully - partly - blind - silent;
    let mut sentences = vec![format!(
        "{} asked: {saw} with a match or a confirmed event, {fully} searched fully and saw nothing, {partly} searched partly and saw nothing in that part, \
         {blind} blind, {silent} without an answer.",
        counted(facts.bundle, asked)
    )];
    sentences.extend(evidence(facts));
    if blind > 0 {
        sentences.push(format!("{}: no source could have seen it, so nothing is known.", counted(facts.bundle, blind)));
    }
    if silent > 0 {
        sentences.push(format!(
            "{}: no answer yet, so nothing is known. Silence is not an all-clear.",
            counted(facts.bundle, silent)
        ));
    }
    sentences
}

/// What those who saw nothing could have seen, by the worst of them.
fn evidence(facts: &Facts<'_>) -> Option<String> {
    let saw_nothing = |one: &&Jurisdiction<'_>| one.overall() == Overall::NotSeen;
    let answers = facts.jurisdictions.iter().filter(saw_nothing).flat_map(|one| &one.facts.answers);
    let coverages: Vec<_> = answers.filter_map(|answer| answer.coverage.as_ref()).collect();
    let share = |one: &&CoverageFacts| one.hours_with_data.saturating_mul(1_000).checked_div(one.hours_asked);
    let hours = coverages.iter().copied().filter_map(|one| share(&one)).min()?;
    let rejected = coverages.iter().filter_map(|one| rejected_share(one)).fold(0.0, f64::max);
    Some(format!(
        "Those who searched fully had data in at least {}.{} % of the hours asked and could not read at most {:.1} % of the lines.",
        hours / 10,
        hours % 10,
        rejected * 100.0
    ))
}

#[expect(clippy::cast_precision_loss, reason = "a share for people; 2^53 lines are more than a log has")]
fn rejected_share(coverage: &CoverageFacts) -> Option<f64> {
    (coverage.lines_read > 0).then(|| coverage.lines_rejected as f64 / coverage.lines_read as f64)
}

fn counted(bundle: &Bundle, count: usize) -> String {
    let noun = match (bundle.jurisdictions_are_states, count) {
        (true, 1) => "state",
        (true, _) => "states",
        (false, 1) => "jurisdiction",
        (false, _) => "jurisdictions",
    };
    format!("{count} {noun}")
}

/// A rung in a clerk's words.
fn meaning(rung: Rung) -> &'static str {
    match rung {
        Rung::Scanned => "scanned, someone looked for a way in",
        Rung::Attempted => "attempted, someone tried to get in",
        Rung::Accessed => "accessed, someone got in",
        Rung::DataTaken => "data taken",
        Rung::DataChanged => "data changed",
        Rung::TallySystemTouched => "a system that counts votes was touched",
    }
}
