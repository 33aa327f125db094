//! Seen and not seen, in plain sentences that state the evidence: never that there was no attack.

use ward_stix::answer::Rung;

use crate::bundle::{AnswerFacts, Bundle};
use crate::facts::{Facts, Jurisdiction, Overall};

/// Said where an office is counted whatever else is known of it.
const OVERLAP: &str = "Some may be counted under other lines as well.";

/// What matters most, in three sentences at most.
pub(crate) fn bottom_line(facts: &Facts<'_>) -> Vec<String> {
    let (reporting, asked) = (facts.reporting(), facts.jurisdictions.len());
    if asked == 0 {
        return vec!["Nobody had been asked by then: nothing is known.".to_owned()];
    }
    let who = counted(facts.bundle, asked);
    let worst = Rung::ALL.into_iter().rev().find(|rung| facts.at_rung(*rung) > 0);
    let first = match (worst, facts.with(Overall::MatchUnderReview)) {
        (Some(rung), _) => format!(
            "{} of {asked} asked had something that a named person confirmed; the worst: {}.",
            counted(facts.bundle, facts.confirmed()),
            meaning(rung)
        ),
        (None, _) if facts.working() == 0 => {
            "Nobody has answered from a source that could have seen anything: nothing is known.".to_owned()
        }
        (None, 0) => format!("{who} asked: none has confirmed anything in the period."),
        (None, matches) => format!(
            "{who} asked: none has confirmed anything in the period, and {matches} of them have a match that no person has judged yet."
        ),
    };
    let reports = match asked - reporting {
        0 => format!("All {asked} answered every alert from a source that could have seen it, in whole or in part."),
        others => format!(
            "{reporting} of {asked} answered every alert from a source that could have seen it, in whole or in part; the other {others} are blind to \
             or silent about at least one alert, of which nothing is known."
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
    let under_review = facts.with(Overall::MatchUnderReview);
    if under_review > 0 {
        let who = counted(facts.bundle, under_review);
        sentences.push(format!(
            "{who}: a match is under review for at least one alert; no person has confirmed it yet. {OVERLAP}"
        ));
    }
    let at_another_time = facts.with(Overall::ConfirmedAtAnotherTime);
    if at_another_time > 0 {
        let who = counted(facts.bundle, at_another_time);
        sentences
            .push(format!("{who}: confirmed for at least one alert, but outside the period of this brief. {OVERLAP}"));
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
         {blind} blind, {silent} without an answer. Each is counted once.",
        counted(facts.bundle, asked)
    )];
    sentences.extend(evidence(facts));
    let (blind, silent) = (facts.with(Overall::Blind), facts.with(Overall::NoAnswer));
    if blind > 0 {
        let who = counted(facts.bundle, blind);
        sentences.push(format!(
            "{who}: for at least one alert no source could have seen it, so nothing is known of that. {OVERLAP}"
        ));
    }
    if silent > 0 {
        let who = counted(facts.bundle, silent);
        sentences.push(format!(
            "{who}: no answer yet to at least one alert, so nothing is known of that. Silence is not an all-clear. {OVERLAP}"
        ));
    }
    sentences
}

/// What those who saw nothing could have seen, by the worst of them. What is not known of somebody is said, and is not zero.
fn evidence(facts: &Facts<'_>) -> Option<String> {
    let all: Vec<&Jurisdiction<'_>> =
        facts.jurisdictions.iter().filter(|one| one.overall() == Overall::NotSeen).collect();
    let (named, others): (Vec<&Jurisdiction<'_>>, Vec<&Jurisdiction<'_>>) =
        all.iter().partition(|one| one.facts.released.is_some());
    let n = all.len();
    let answers = || others.iter().flat_map(|one| &one.facts.answers);
    let lacking = |is_known: fn(&AnswerFacts) -> bool| {
        others.iter().filter(|one| !one.facts.answers.iter().all(is_known)).count()
    };
    let mut parts = Vec::new();
    if let Some(hours) = answers().filter_map(|answer| answer.hours_per_mille).min() {
        parts.push(format!("had data in at least {} % of the hours asked", percent(hours)));
    }
    if let Some(rejected) = answers().filter_map(|answer| answer.rejected_per_mille).max() {
        parts.push(format!("could not read at most {} % of the lines", percent(rejected)));
    }
    let mut sentences = Vec::new();
    if !parts.is_empty() {
        sentences.push(format!("Those who searched fully {}, as far as that was counted", parts.join(" and ")));
    }
    for (count, unknown) in [
        (lacking(|answer| answer.hours_per_mille.is_some()), "the hours with data were not counted"),
        (lacking(|answer| answer.rejected_per_mille.is_some()), "the lines were not counted"),
        (named.len(), "what their sources could show is not given here, because they are named"),
    ] {
        if count > 0 {
            let begin = if sentences.is_empty() { "Of those who searched fully: for" } else { "for" };
            sentences.push(format!("{begin} {count} of {n} {unknown}"));
        }
    }
    (!sentences.is_empty()).then(|| format!("{}.", sentences.join("; ")))
}

fn percent(per_mille: u64) -> String {
    format!("{}.{}", per_mille / 10, per_mille % 10)
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

#[cfg(test)]
mod tests {
    use ward_share::situation::Standing;

    use super::*;
    use crate::bundle::{ReleasedName, Within};
    use crate::facts::tests::{answer, empty, office};

    /// Hours with data and lines not read, per mille.
    type Shares = (Option<u64>, Option<u64>);

    fn not_seen(hours_per_mille: Option<u64>, rejected_per_mille: Option<u64>) -> AnswerFacts {
        AnswerFacts { hours_per_mille, rejected_per_mille, ..answer(Standing::NotSeen, Within::Window) }
    }

    #[test]
    fn what_was_not_counted_is_not_zero() {
        let cases: [(&[Shares], bool, Option<&str>); 6] = [
            (&[], false, None),
            (
                &[(Some(987), Some(5)), (Some(1_000), Some(0))],
                false,
                Some(
                    "Those who searched fully had data in at least 98.7 % of the hours asked and could not read at most 0.5 % of the lines, as far as that was counted.",
                ),
            ),
            (
                &[(Some(987), Some(0)), (Some(1_000), None)],
                false,
                Some(
                    "Those who searched fully had data in at least 98.7 % of the hours asked and could not read at most 0.0 % of the lines, as far as that was counted; for 1 of 2 the lines were not counted.",
                ),
            ),
            (
                &[(Some(1_000), None)],
                false,
                Some(
                    "Those who searched fully had data in at least 100.0 % of the hours asked, as far as that was counted; for 1 of 1 the lines were not counted.",
                ),
            ),
            (
                &[(None, None)],
                false,
                Some(
                    "Of those who searched fully: for 1 of 1 the hours with data were not counted; for 1 of 1 the lines were not counted.",
                ),
            ),
            (
                &[(None, None)],
                true,
                Some(
                    "Of those who searched fully: for 1 of 1 what their sources could show is not given here, because they are named.",
                ),
            ),
        ];
        for (shares, is_named, expected) in cases {
            let released = || is_named.then(|| ReleasedName { name: "Ohio".to_owned(), state: "OH".to_owned() });
            let of = |(hours, rejected): &Shares| crate::JurisdictionFacts {
                released: released(),
                ..office(vec![not_seen(*hours, *rejected)])
            };
            let bundle = Bundle { jurisdictions: shares.iter().map(of).collect(), ..empty(0) };
            assert_eq!(evidence(&Facts::of(&bundle)).as_deref(), expected, "{shares:?}");
        }
    }

    #[test]
    fn a_match_stands_in_the_bottom_line_and_beside_what_is_confirmed() {
        let standing = |standing| answer(standing, Within::Window);
        let both = office(vec![standing(Standing::Confirmed(Rung::Scanned)), standing(Standing::MatchUnderReview)]);
        let review = office(vec![standing(Standing::MatchUnderReview), standing(Standing::NotSeen)]);
        let bundle = |jurisdictions| Bundle { jurisdictions, ..empty(0) };
        let told = |bundle: &Bundle| (bottom_line(&Facts::of(bundle)).swap_remove(0), seen(&Facts::of(bundle)));
        let (first, sentences) = told(&bundle(vec![both, review.clone()]));
        assert!(first.starts_with("1 state of 2 asked had something"), "{first}");
        assert!(sentences.last().unwrap().starts_with("2 states: a match is under review"), "{sentences:?}");
        let (first, _) = told(&bundle(vec![review]));
        assert!(first.ends_with("1 of them have a match that no person has judged yet."), "{first}");
        let (first, _) = told(&bundle(vec![office(Vec::new())]));
        assert!(first.starts_with("Nobody has answered"), "{first}");
    }
}
