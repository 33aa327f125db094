//! The figures, each with its definition and its denominator.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use ward_stix::answer::Rung;

use crate::Figure;
use crate::bundle::{AlertFacts, Bundle};
use crate::facts::{Facts, Overall};

const MINUTE: i64 = 60_000_000;
const HOUR: f64 = 3_600_000_000.0;
/// An alert that needs action is acknowledged within this time.
const ACKNOWLEDGED_WITHIN_MINUTES: i64 = 24 * 60;
/// A figure of fewer, in percent of those asked, says so and why.
const ENOUGH_PERCENT: usize = 80;
/// The name of the number beside a figure that can still grow.
pub(crate) const STILL_IN_TIME: &str = "still_in_time";

/// F1: who was touched, by the highest rung.
pub(crate) fn probing(facts: &Facts<'_>) -> Figure {
    let confirmed = facts.confirmed();
    let (reporting, of) = (facts.reporting(), facts.jurisdictions.len());
    let is_known = facts.working() > 0;
    let by_rung: BTreeMap<&str, usize> = Rung::ALL.into_iter().map(|rung| (rung.text(), facts.at_rung(rung))).collect();
    let whose = if facts.bundle.jurisdictions_are_states { "States" } else { "Jurisdictions" };
    let (blind, no_answer) = (facts.with(Overall::Blind), facts.with(Overall::NoAnswer));
    let why = format!(
        "the others could not have seen all of it or have not answered: {blind} blind to at least one alert, {no_answer} without an answer to at \
         least one alert; some may be both"
    );
    Figure {
        id: "F1".to_owned(),
        name: "Probing".to_owned(),
        value: if is_known { json!(confirmed) } else { Value::Null },
        reporting,
        of,
        caution: caution(reporting, of, &why),
        definition: format!(
            "{whose} with at least one event in the window that a named person confirmed, each at its highest rung. Reporting: answered every alert \
             from a source that could have seen it, in whole or in part. Of: asked, or answered unasked. Blind, no answer and under review count \
             whoever stands so with at least one alert; one may be counted in several."
        ),
        beside: beside([
            ("by_rung", if is_known { json!(by_rung) } else { Value::Null }),
            ("blind", json!(blind)),
            ("no_answer", json!(no_answer)),
            ("under_review", json!(facts.with(Overall::MatchUnderReview))),
        ]),
    }
}

/// F2: who was reached, in time and by both people who must act.
pub(crate) fn reach(bundle: &Bundle) -> Figure {
    let (mut pairs, mut by_both, mut in_time, mut decided) = (0_usize, 0_usize, 0_usize, 0_usize);
    let mut minutes: Vec<(i64, usize)> = Vec::new();
    for alert in &bundle.alerts {
        let age_minutes = bundle.as_of.saturating_sub(alert.published_at).div_euclid(MINUTE);
        for one in &alert.acknowledged {
            let count = one.recipients;
            pairs = pairs.saturating_add(count);
            // Who still has time is not late.
            if one.by_both_after_minutes.is_some() || age_minutes >= ACKNOWLEDGED_WITHIN_MINUTES {
                decided = decided.saturating_add(count);
            }
            if let Some(taken) = one.by_both_after_minutes {
                by_both = by_both.saturating_add(count);
                minutes.push((taken, count));
                in_time = in_time.saturating_add(if taken <= ACKNOWLEDGED_WITHIN_MINUTES { count } else { 0 });
            }
        }
    }
    let still_in_time = pairs - decided;
    let why = format!("{still_in_time} still have time to acknowledge");
    let is_known = decided > 0;
    let thin = caution(decided, pairs, &why);
    let so_far = || format!("So far: {why}, so the share can still grow.");
    Figure {
        id: "F2".to_owned(),
        name: "Reach".to_owned(),
        value: if is_known { rounded(count(in_time) / count(pairs), 10_000.0) } else { Value::Null },
        reporting: decided,
        of: pairs,
        caution: thin.or_else(|| (still_in_time > 0).then(so_far)),
        definition: "Share of alerts and recipients (each version to each organisation it is addressed to) that both an election contact and an IT \
                     contact acknowledged within 24 hours of publication; until 24 hours have passed it is the share so far. Reporting: acknowledged \
                     by both, or 24 hours have passed. The median is over those that both acknowledged, however late."
            .to_owned(),
        beside: beside([
            ("acknowledged_by_both", json!(format!("{by_both} of {pairs}"))),
            ("median_minutes_to_acknowledgement", weighted_median(minutes)),
            (STILL_IN_TIME, json!(still_in_time)),
            (
                "recipients_lacking_verified_pair",
                if pairs == 0 { Value::Null } else { json!(format!("{} of {}", bundle.recipients_lacking_verified_pair, bundle.recipients)) },
            ),
        ]),
    }
}

/// F3: how long it took until a warning was first delivered.
pub(crate) fn time_to_share(bundle: &Bundle) -> Figure {
    let alerts: Vec<&AlertFacts> = bundle.alerts.iter().filter(|alert| !alert.is_correction).collect();
    let hours = |alert: &&AlertFacts| {
        let delivered_at =
            alert.published_at.saturating_add(alert.first_delivered_after_minutes?.saturating_mul(MINUTE));
        let taken = delivered_at.saturating_sub(alert.first_seen_at?);
        Some(to_f64(taken.max(0)) / HOUR)
    };
    let known: Vec<f64> = alerts.iter().filter_map(hours).collect();
    let unseen = alerts.iter().filter(|alert| alert.first_seen_at.is_none()).count();
    let undelivered = alerts.iter().filter(|alert| alert.first_delivered_after_minutes.is_none()).count();
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

/// The median of values that stand for several each; null of none.
fn weighted_median(mut values: Vec<(i64, usize)>) -> Value {
    values.sort_unstable();
    let total: usize = values.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count));
    let at = |place: usize| {
        let mut before = 0_usize;
        values.iter().find_map(|(value, count)| {
            before = before.saturating_add(*count);
            (place < before).then_some(*value)
        })
    };
    let lower = total.checked_sub(1).and_then(|last| at(last / 2));
    median(lower.into_iter().chain(at(total / 2)).map(to_f64).collect())
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
    use crate::bundle::AcknowledgedFacts;

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

    #[test]
    fn a_median_of_counts_is_that_of_the_values_one_by_one() {
        let cases: [&[(i64, usize)]; 6] =
            [&[], &[(5, 1)], &[(5, 4)], &[(3, 1), (1, 1)], &[(9, 3), (1, 3)], &[(7, 2), (1, 4), (9, 1)]];
        for counted in cases {
            let each = counted.iter().flat_map(|(value, count)| std::iter::repeat_n(to_f64(*value), *count)).collect();
            assert_eq!(weighted_median(counted.to_vec()), median(each), "{counted:?}");
        }
    }

    fn bundle(as_of: i64, acknowledged: &[(Option<i64>, usize)], delivered: Option<i64>, seen: Option<i64>) -> Bundle {
        let facts = |(by_both_after_minutes, recipients): &(Option<i64>, usize)| AcknowledgedFacts {
            by_both_after_minutes: *by_both_after_minutes,
            recipients: *recipients,
        };
        let one = AlertFacts {
            report_id: "r".into(),
            modified: "m".into(),
            published_at: 100 * HOURS,
            first_seen_at: seen,
            is_correction: false,
            first_delivered_after_minutes: delivered,
            acknowledged: acknowledged.iter().map(facts).collect(),
        };
        let empty = crate::facts::tests::empty(as_of);
        Bundle { alerts: vec![one], recipients: 4, recipients_lacking_verified_pair: 1, ..empty }
    }

    #[test]
    fn who_still_has_time_is_not_late_and_the_share_is_of_all() {
        let all = [(Some(120), 1), (Some(1_800), 1), (None, 2)];
        let nobody_yet = reach(&bundle(110 * HOURS, &[(None, 4)], None, None));
        assert_eq!((nobody_yet.value, nobody_yet.reporting, nobody_yet.of), (Value::Null, 0, 4));
        let early = reach(&bundle(110 * HOURS, &all, None, None));
        assert_eq!((&early.value, early.reporting, early.of), (&json!(0.25), 2, 4));
        assert_eq!(early.caution.as_deref(), Some("Under 80 % reporting: 2 still have time to acknowledge."));
        assert_eq!(crate::words::value(&early), "25 % so far");
        let nearly = reach(&bundle(110 * HOURS, &[(Some(120), 9), (None, 1)], None, None));
        let said = "So far: 1 still have time to acknowledge, so the share can still grow.";
        assert_eq!((nearly.value, nearly.caution.as_deref()), (json!(0.9), Some(said)));
        let late = reach(&bundle(124 * HOURS, &all, None, None));
        assert_eq!((&late.value, late.reporting, late.of), (&json!(0.25), 4, 4));
        assert_eq!((late.caution.as_deref(), crate::words::value(&late)), (None, "25 %".to_owned()));
        for (name, expected) in [
            ("acknowledged_by_both", json!("2 of 4")),
            ("median_minutes_to_acknowledgement", json!(960.0)),
            ("recipients_lacking_verified_pair", json!("1 of 4")),
        ] {
            assert_eq!(late.beside.get(name), Some(&expected), "{name}");
        }
        let nobody = reach(&bundle(124 * HOURS, &[], None, None));
        assert_eq!(
            (nobody.value, nobody.beside.get("recipients_lacking_verified_pair")),
            (Value::Null, Some(&Value::Null))
        );
    }

    #[test]
    fn time_to_share_needs_both_ends() {
        let known = time_to_share(&bundle(200 * HOURS, &[], Some(180), Some(53 * HOURS)));
        assert_eq!((known.value, known.reporting, known.of), (json!(50.0), 1, 1));
        for (delivered, seen) in [(Some(180), None), (None, Some(0))] {
            let figure = time_to_share(&bundle(200 * HOURS, &[], delivered, seen));
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
    fn numbers_beyond_all_measure_are_no_panic() {
        let strange = |published_at, minutes| {
            let acknowledged = [(Some(minutes), usize::MAX), (None, usize::MAX)];
            let mut bundle = bundle(i64::MAX, &acknowledged, Some(minutes), Some(i64::MIN));
            bundle.alerts.iter_mut().for_each(|alert| alert.published_at = published_at);
            (reach(&bundle).value, time_to_share(&bundle).reporting)
        };
        assert_eq!(strange(i64::MIN, i64::MAX), (json!(0.0), 1));
        assert_eq!(strange(i64::MAX, i64::MIN), (json!(1.0), 1));
    }
}
