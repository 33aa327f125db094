//! The figures, each with its definition and its denominator.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use ward_stix::answer::Rung;

use crate::Figure;
use crate::bundle::{AlertFacts, Bundle, RecipientFacts};
use crate::facts::{Facts, Overall};

const MINUTE: f64 = 60_000_000.0;
const HOUR: f64 = 3_600_000_000.0;
/// An alert that needs action is acknowledged within this time, in microseconds.
const ACKNOWLEDGED_WITHIN: i64 = 24 * 3_600_000_000;
/// A figure of fewer, in percent of those asked, says so and why.
const ENOUGH_PERCENT: usize = 80;

/// F1: who was touched, by the highest rung.
pub(crate) fn probing(facts: &Facts<'_>) -> Figure {
    let confirmed: usize = Rung::ALL.into_iter().map(|rung| facts.at_rung(rung)).sum();
    let (reporting, of) = (facts.reporting(), facts.jurisdictions.len());
    let is_known = reporting > 0;
    let by_rung: BTreeMap<&str, usize> = Rung::ALL.into_iter().map(|rung| (rung.text(), facts.at_rung(rung))).collect();
    let whose = if facts.bundle.jurisdictions_are_states { "States" } else { "Member organisations" };
    let (blind, no_answer) = (facts.count(Overall::Blind), facts.count(Overall::NoAnswer));
    // Who is silent about one alert and blind to all others is counted as silent, and reports nothing either.
    let why = format!(
        "the others could not have seen it or have not answered: {blind} blind to it, {no_answer} without an answer to at least one alert"
    );
    Figure {
        id: "F1".to_owned(),
        name: "Probing".to_owned(),
        value: if is_known { json!(confirmed) } else { Value::Null },
        reporting,
        of,
        caution: caution(reporting, of, &why),
        definition: format!(
            "{whose} with at least one event in the window that a named person confirmed, each at its highest rung. Reporting: answered from \
             at least one source that could have seen it. Of: asked, or answered unasked."
        ),
        beside: beside([
            ("by_rung", if is_known { json!(by_rung) } else { Value::Null }),
            ("blind", json!(blind)),
            ("no_answer", json!(no_answer)),
            ("under_review", json!(facts.count(Overall::MatchUnderReview))),
        ]),
    }
}

/// F2: who was reached, in time and by both people who must act.
pub(crate) fn reach(bundle: &Bundle) -> Figure {
    let pairs: Vec<(&AlertFacts, &RecipientFacts)> = bundle
        .alerts
        .iter()
        .flat_map(|alert| alert.recipients.iter().map(move |recipient| (alert, recipient)))
        .collect();
    let after = |(alert, recipient): &(&AlertFacts, &RecipientFacts)| {
        let by_both = recipient.election_acknowledged_at?.max(recipient.it_acknowledged_at?);
        Some(by_both.saturating_sub(alert.published_at))
    };
    let in_time =
        |pair: &&(&AlertFacts, &RecipientFacts)| after(pair).is_some_and(|micros| micros <= ACKNOWLEDGED_WITHIN);
    // Who still has time is not late.
    let is_decided = |pair: &&(&AlertFacts, &RecipientFacts)| {
        after(pair).is_some() || bundle.as_of.saturating_sub(pair.0.published_at) >= ACKNOWLEDGED_WITHIN
    };
    let decided = pairs.iter().filter(is_decided).count();
    let reached = pairs.iter().filter(in_time).count();
    let minutes = pairs.iter().filter_map(after).map(|micros| to_f64(micros) / MINUTE).collect();
    let lacking: BTreeSet<&str> = pairs
        .iter()
        .filter(|(_, recipient)| !recipient.has_verified_pair)
        .map(|(_, recipient)| recipient.pseudonym.as_str())
        .collect();
    let why = format!("{} still have time to acknowledge", pairs.len() - decided);
    Figure {
        id: "F2".to_owned(),
        name: "Reach".to_owned(),
        value: if decided == 0 { Value::Null } else { rounded(count(reached) / count(decided), 10_000.0) },
        reporting: decided,
        of: pairs.len(),
        caution: caution(decided, pairs.len(), &why),
        definition: "Share of alerts and recipients (each version to each organisation it is addressed to) that both an election contact and an IT \
                     contact acknowledged within 24 hours of publication. Reporting: acknowledged by both, or 24 hours have passed."
            .to_owned(),
        beside: beside([
            ("median_minutes_to_acknowledgement", median(minutes)),
            ("recipients_lacking_verified_pair", if pairs.is_empty() { Value::Null } else { json!(lacking.len()) }),
        ]),
    }
}

/// F3: how long it took until a warning was first delivered.
pub(crate) fn time_to_share(bundle: &Bundle) -> Figure {
    let alerts: Vec<&AlertFacts> = bundle.alerts.iter().filter(|alert| !alert.is_correction).collect();
    let delivered = |alert: &AlertFacts| alert.recipients.iter().filter_map(|recipient| recipient.delivered_at).min();
    let hours = |alert: &&AlertFacts| {
        let taken = delivered(alert)?.saturating_sub(alert.first_seen_at?);
        Some(to_f64(taken.max(0)) / HOUR)
    };
    let known: Vec<f64> = alerts.iter().filter_map(hours).collect();
    let unseen = alerts.iter().filter(|alert| alert.first_seen_at.is_none()).count();
    let undelivered = alerts.iter().filter(|alert| delivered(alert).is_none()).count();
    let why = format!("for {unseen} the first sign is not known, and {undelivered} were delivered to nobody yet");
    Figure {
        id: "F3".to_owned(),
        name: "Time to share".to_owned(),
        reporting: known.len(),
        of: alerts.len(),
        caution: caution(known.len(), alerts.len(), &why),
        definition: "Median hours from the first sign at any member to the first delivery of the alert to a recipient. Reporting: alerts whose first \
                     sign is known and that were delivered."
            .to_owned(),
        beside: beside([("p90_hours", ninetieth(known.clone()))]),
        value: median(known),
    }
}

/// What is said beside a figure of too few.
fn caution(reporting: usize, of: usize, why: &str) -> Option<String> {
    let is_thin = of > 0 && reporting.saturating_mul(100) < of.saturating_mul(ENOUGH_PERCENT);
    is_thin.then(|| format!("Under {ENOUGH_PERCENT} % reporting: {why}."))
}

fn beside<const N: usize>(values: [(&str, Value); N]) -> BTreeMap<String, Value> {
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The middle value, or the mean of the two in the middle, to a tenth; null of none.
fn median(mut values: Vec<f64>) -> Value {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let lower = if values.len().is_multiple_of(2) { middle.checked_sub(1) } else { Some(middle) };
    let pair = (lower.and_then(|lower| values.get(lower)), values.get(middle));
    match pair {
        (Some(lower), Some(upper)) => rounded(f64::midpoint(*lower, *upper), 10.0),
        _ => Value::Null,
    }
}

/// The 90th percentile by the nearest rank, to a tenth; null of none.
fn ninetieth(mut values: Vec<f64>) -> Value {
    values.sort_by(f64::total_cmp);
    let rank = (values.len() * 9).div_ceil(10);
    rank.checked_sub(1).and_then(|place| values.get(place)).map_or(Value::Null, |value| rounded(*value, 10.0))
}

fn rounded(value: f64, parts: f64) -> Value {
    json!((value * parts).round() / parts)
}

#[expect(clippy::cast_precision_loss, reason = "times of a brief, far below 2^53 microseconds apart")]
fn to_f64(micros: i64) -> f64 {
    micros as f64
}

#[expect(clippy::cast_precision_loss, reason = "counts of organisations and alerts")]
fn count(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOURS: i64 = 3_600_000_000;

    #[test]
    fn medians_and_percentiles() {
        let cases: [(&[f64], Value, Value); 5] = [
            (&[], Value::Null, Value::Null),
            (&[5.0], json!(5.0), json!(5.0)),
            (&[3.0, 1.0], json!(2.0), json!(3.0)),
            (&[9.0, 1.0, 2.0], json!(2.0), json!(9.0)),
            (&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0], json!(5.5), json!(9.0)),
        ];
        for (values, middle, high) in cases {
            assert_eq!((median(values.to_vec()), ninetieth(values.to_vec())), (middle, high), "{values:?}");
        }
    }

    fn recipient(election: Option<i64>, it: Option<i64>, delivered: Option<i64>) -> RecipientFacts {
        RecipientFacts {
            pseudonym: format!("{election:?}{it:?}{delivered:?}"),
            delivered_at: delivered,
            election_acknowledged_at: election,
            it_acknowledged_at: it,
            has_verified_pair: election.is_some(),
        }
    }

    fn bundle(as_of: i64, recipients: Vec<RecipientFacts>, first_seen_at: Option<i64>) -> Bundle {
        let one = AlertFacts {
            report_id: "r".into(),
            modified: "m".into(),
            published_at: 100 * HOURS,
            first_seen_at,
            is_correction: false,
            recipients,
        };
        Bundle { alerts: vec![one], ..crate::facts::tests::empty(as_of) }
    }

    #[test]
    fn who_still_has_time_is_not_late() {
        let all = || {
            vec![
                recipient(Some(101 * HOURS), Some(102 * HOURS), Some(101 * HOURS)),
                recipient(Some(101 * HOURS), Some(130 * HOURS), None),
                recipient(Some(101 * HOURS), None, None),
                recipient(None, None, None),
            ]
        };
        let early = reach(&bundle(110 * HOURS, all(), None));
        assert_eq!((early.value, early.reporting, early.of), (json!(0.5), 2, 4));
        let caution = "Under 80 % reporting: 2 still have time to acknowledge.";
        assert_eq!(early.caution.as_deref(), Some(caution));
        let late = reach(&bundle(124 * HOURS, all(), None));
        assert_eq!((late.value, late.reporting, late.of), (json!(0.25), 4, 4));
        assert_eq!(late.caution, None);
        assert_eq!(late.beside.get("median_minutes_to_acknowledgement"), Some(&json!(960.0)));
        assert_eq!(late.beside.get("recipients_lacking_verified_pair"), Some(&json!(1)));
        let nobody = reach(&bundle(124 * HOURS, Vec::new(), None));
        assert_eq!(
            (nobody.value, nobody.beside.get("recipients_lacking_verified_pair")),
            (Value::Null, Some(&Value::Null))
        );
    }

    #[test]
    fn time_to_share_needs_both_ends() {
        let delivered = || vec![recipient(None, None, Some(106 * HOURS)), recipient(None, None, Some(103 * HOURS))];
        let known = time_to_share(&bundle(200 * HOURS, delivered(), Some(53 * HOURS)));
        assert_eq!((known.value, known.reporting, known.of), (json!(50.0), 1, 1));
        for unknown in [bundle(200 * HOURS, delivered(), None), bundle(200 * HOURS, Vec::new(), Some(0))] {
            let figure = time_to_share(&unknown);
            assert_eq!((figure.value, figure.reporting, figure.of), (Value::Null, 0, 1));
            assert_eq!(figure.beside.get("p90_hours"), Some(&Value::Null));
        }
    }

    #[test]
    fn four_of_five_are_enough() {
        for (reporting, of, is_thin) in [(0, 0, false), (0, 1, true), (4, 5, false), (79, 100, true), (80, 100, false)]
        {
            assert_eq!(caution(reporting, of, "why").is_some(), is_thin, "{reporting} of {of}");
        }
    }

    #[test]
    fn times_beyond_all_measure_are_no_panic() {
        let strange = |published_at| {
            let mut bundle =
                bundle(i64::MAX, vec![recipient(Some(i64::MAX), Some(i64::MAX), Some(i64::MAX))], Some(i64::MIN));
            bundle.alerts.iter_mut().for_each(|alert| alert.published_at = published_at);
            (reach(&bundle).value, time_to_share(&bundle).reporting)
        };
        assert_eq!(strange(i64::MIN), (json!(0.0), 1));
        assert_eq!(strange(i64::MAX), (json!(1.0), 1));
    }
}
