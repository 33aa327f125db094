//! Seen and not seen, in plain sentences that state the evidence: never that there was no attack.

use ward_stix::answer::Rung;

use crate::facts::{Facts, Jurisdiction, Overall};

/// What was seen, worst first; and what was not, with who could have seen it.
pub(crate) fn sentences(facts: &Facts) -> (Vec<String>, Vec<String>) {
    (seen(facts), not_seen(facts))
}

fn seen(facts: &Facts) -> Vec<String> {
    let mut sentences = Vec::new();
    let by_rung = Rung::ALL.into_iter().rev().map(|rung| (facts.at_rung(rung), rung));
    for (count, rung) in by_rung.filter(|(count, _)| *count > 0) {
        sentences.push(format!("{}: {}, confirmed by a named person.", counted(facts, count), meaning(rung)));
    }
    let under_review = facts.count(Overall::UnderReview);
    if under_review > 0 {
        let who = counted(facts, under_review);
        sentences.push(format!("{who}: a match is under review; no person has confirmed it yet."));
    }
    let at_another_time = facts.count(Overall::ConfirmedAtAnotherTime);
    if at_another_time > 0 {
        sentences
            .push(format!("{}: confirmed, but outside the period of this brief.", counted(facts, at_another_time)));
    }
    sentences
}

fn not_seen(facts: &Facts) -> Vec<String> {
    let asked = facts.jurisdictions.len();
    if asked == 0 {
        return vec!["Nobody had been asked by then: nothing is known.".to_owned()];
    }
    let (fully, partly) = (facts.count(Overall::NotSeen), facts.count(Overall::Partly));
    let (blind, silent) = (facts.count(Overall::Blind), facts.count(Overall::Silent));
    let saw = asked - fully - partly - blind - silent;
    let mut sentences = vec![format!(
        "{} asked: {saw} with a match or a confirmed event, {fully} searched fully and saw nothing, {partly} searched partly and saw nothing in that part, \
         {blind} blind, {silent} without an answer.",
        counted(facts, asked)
    )];
    sentences.extend(evidence(facts));
    if blind > 0 {
        sentences.push(format!("{}: no source could have seen it, so nothing is known.", counted(facts, blind)));
    }
    if silent > 0 {
        sentences.push(format!(
            "{}: no answer yet, so nothing is known. Silence is not an all-clear.",
            counted(facts, silent)
        ));
    }
    sentences
}

/// What those who saw nothing could have seen, by the worst of them.
fn evidence(facts: &Facts) -> Option<String> {
    let saw_nothing = |one: &&Jurisdiction| one.overall() == Overall::NotSeen;
    let coverages: Vec<_> = facts.jurisdictions.iter().filter(saw_nothing).flat_map(|one| &one.coverages).collect();
    let hours = coverages.iter().filter_map(|one| (one.hours_with_data * 1_000).checked_div(one.hours_asked)).min()?;
    let rejected = coverages.iter().filter_map(|one| one.rejected_share).fold(0.0, f64::max);
    Some(format!(
        "Those who searched fully had data in at least {}.{} % of the hours asked and could not read at most {:.1} % of the lines.",
        hours / 10,
        hours % 10,
        rejected * 100.0
    ))
}

fn counted(facts: &Facts, count: usize) -> String {
    let noun = match (facts.are_states, count) {
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
