//! What an alert still lacks before it can be published.

use super::{Alert, MOST_STEPS};
use crate::extract::names_a_host;
use crate::id;
use crate::problem::Problem;
use crate::timestamp;

const HEADLINE_LENGTHS: std::ops::RangeInclusive<usize> = 8..=120;
const LONGEST_STEP: usize = 200;
const LONGEST_TEXT: usize = 1000;

/// Everything that keeps the alert from being published; empty when nothing does. Lengths count characters.
pub fn problems(alert: &Alert) -> Vec<Problem> {
    let mut found = Vec::new();
    check_ids(alert, &mut found);
    check_times(alert, &mut found);
    check_headline(&alert.headline, &mut found);
    check_text("who_must_act", &alert.who_must_act, LONGEST_TEXT, &mut found);
    check_text("why_different", &alert.why_different, LONGEST_TEXT, &mut found);
    check_steps(&alert.steps, &mut found);
    if let Some(correction) = &alert.correction {
        check_text("correction.what_changed", &correction.what_changed, LONGEST_TEXT, &mut found);
        if timestamp::parse(&correction.of_modified).is_none() {
            found.push(Problem::new("timestamp", "correction.of_modified", "is not a timestamp"));
        }
    }
    found
}

fn check_ids(alert: &Alert, found: &mut Vec<Problem>) {
    for (path, value, kind) in
        [("report_id", &alert.report_id, "report"), ("created_by_ref", &alert.created_by_ref, "identity")]
    {
        if !id::is_of(value, kind) {
            found.push(Problem::new("id", path, format!("`{value}` is not the id of a {kind}")));
        }
    }
    if alert.indicator_refs.is_empty() {
        found.push(Problem::new("missing", "indicator_refs", "an alert needs at least one indicator"));
    }
    for (position, reference) in alert.indicator_refs.iter().enumerate() {
        if !id::is_of(reference, "indicator") {
            let path = format!("indicator_refs[{position}]");
            found.push(Problem::new("id", path, format!("`{reference}` is not the id of an indicator")));
        }
    }
}

fn check_times(alert: &Alert, found: &mut Vec<Problem>) {
    let created = timestamp::parse(&alert.created);
    let modified = timestamp::parse(&alert.modified);
    for (path, time) in [("created", &created), ("modified", &modified)] {
        if time.is_none() {
            found.push(Problem::new("timestamp", path, "is not a timestamp"));
        }
    }
    if modified < created {
        found.push(Problem::new("order", "modified", "is before the alert was created"));
    }
    if created.is_some_and(|created| alert.stops_mattering_at <= created.micros()) {
        found.push(Problem::new("order", "stops_mattering_at", "is not after the alert was created"));
    }
    if alert.search_until <= alert.search_from {
        found.push(Problem::new("order", "search_until", "is not after the start of the period to be searched"));
    }
}

fn check_headline(headline: &str, found: &mut Vec<Problem>) {
    let length = headline.trim().chars().count();
    if !HEADLINE_LENGTHS.contains(&length) {
        let (shortest, longest) = (HEADLINE_LENGTHS.start(), HEADLINE_LENGTHS.end());
        let message = format!("has {length} characters, not {shortest} to {longest}");
        found.push(Problem::new("length", "headline", message));
    }
    check_links("headline", headline, found);
}

fn check_steps(steps: &[String], found: &mut Vec<Problem>) {
    if steps.is_empty() {
        found.push(Problem::new("missing", "steps", "an alert says what to do: at least one step"));
    }
    if steps.len() > MOST_STEPS {
        let message = format!("{} steps are more than {MOST_STEPS}", steps.len());
        found.push(Problem::new("length", "steps", message));
    }
    for (position, step) in steps.iter().enumerate() {
        check_text(&format!("steps[{position}]"), step, LONGEST_STEP, found);
    }
}

fn check_text(path: &str, text: &str, longest: usize, found: &mut Vec<Problem>) {
    let length = text.trim().chars().count();
    if length == 0 {
        found.push(Problem::new("missing", path, "is empty"));
    }
    if length > longest {
        found.push(Problem::new("length", path, format!("has {length} characters, more than {longest}")));
    }
    check_links(path, text, found);
}

/// A link in a warning is what the other side sends; what to look for belongs in the indicators.
fn check_links(path: &str, text: &str, found: &mut Vec<Problem>) {
    if names_a_host(text) {
        found.push(Problem::new("link", path, "names a link or a host; an alert carries none"));
    }
}
