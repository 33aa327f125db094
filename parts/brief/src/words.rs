//! A document in words for people, the same for every form: how a figure is said, who stands where, and what it is all based on.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::compute::time_text;
use crate::{Document, Figure, Overall};

/// How many jurisdictions stand so, of all, whether they are named or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stand {
    pub standing: Overall,
    pub count: usize,
    pub of: usize,
}

/// A figure's value with its unit, such as `17 %` or `250 hours`; `not known` where it is not.
#[must_use]
pub fn value(figure: &Figure) -> String {
    match (figure.id.as_str(), figure.value.as_f64()) {
        ("F2", Some(share)) => format!("{:.0} %", share * 100.0),
        ("F3", Some(hours)) => format!("{hours} hours"),
        _ => plain(&figure.value),
    }
}

/// The figures beside a figure, each with its name in words.
#[must_use]
pub fn beside(figure: &Figure) -> Vec<(String, String)> {
    figure.beside.iter().map(|(name, value)| (name.replace('_', " "), plain(value))).collect()
}

/// Who stands where, the worst first, and only where somebody stands.
#[must_use]
pub fn stands(document: &Document) -> Vec<Stand> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    let place = |standing: Overall| Overall::ALL.iter().position(|one| *one == standing).unwrap_or_default();
    for counted in &document.not_named {
        *counts.entry(place(counted.standing)).or_default() += counted.count;
    }
    for named in &document.named {
        *counts.entry(place(named.standing)).or_default() += 1;
    }
    let of = counts.values().sum();
    let stands = counts
        .iter()
        .rev()
        .filter_map(|(place, count)| Some(Stand { standing: *Overall::ALL.get(*place)?, count: *count, of }));
    stands.collect()
}

/// Of those, where nothing or not all could be seen.
#[must_use]
pub fn blind_spots(document: &Document) -> Vec<Stand> {
    let is_blind = |stand: &Stand| {
        matches!(
            stand.standing,
            Overall::NoAnswer | Overall::Blind | Overall::PartlySearched | Overall::MatchUnderReview
        )
    };
    stands(document).into_iter().filter(is_blind).collect()
}

/// What it means to stand so.
#[must_use]
pub fn meaning(standing: Overall) -> &'static str {
    match standing {
        Overall::NoAnswer => "No answer to at least one alert. Silence is no all-clear.",
        Overall::Blind => "Its logs could not have shown it. No all-clear.",
        Overall::PartlySearched => "Nothing found in what could be searched; the rest could not be. No all-clear.",
        Overall::NotSeen => "The logs cover the whole period and do not hold it.",
        Overall::MatchUnderReview => "Something matched; nobody there has said yet what it was.",
        Overall::ConfirmedAtAnotherTime => "Confirmed by a person there, but outside the period of this brief.",
        Overall::Confirmed(_) => "Confirmed by a named person there, at the highest rung.",
    }
}

/// What the document is based on, and how it can be checked, in sentences.
#[must_use]
pub fn basis(document: &Document) -> Vec<String> {
    let bundle = &document.bundle;
    let (corrections, alerts): (Vec<_>, Vec<_>) = bundle.alerts.iter().partition(|alert| alert.is_correction);
    let which = if bundle.has_every_alert { "every alert published by then" } else { "alerts that were chosen" };
    let mut sentences = vec![format!(
        "Alerts: {} ({which}), with {} corrections; {} {}.",
        alerts.len(),
        corrections.len(),
        bundle.jurisdictions.len(),
        if bundle.jurisdictions_are_states {
            "states asked, or answering unasked"
        } else {
            "member organisations asked, or answering unasked"
        }
    )];
    sentences.push(match (bundle.events_from, bundle.events_until) {
        (None, None) => "Events of any time count.".to_owned(),
        (from, until) => format!(
            "Events count from {} to {}.",
            from.map_or_else(|| "any time".to_owned(), time_text),
            until.map_or_else(|| "any time".to_owned(), time_text)
        ),
    });
    sentences.push(match &document.issue {
        Some(issue) => {
            let before = issue.supersedes.map(|number| format!(" It supersedes number {number}.")).unwrap_or_default();
            format!(
                "Frozen as number {} by {} at {}.{before}",
                issue.number,
                issue.frozen_by,
                time_text(issue.frozen_at)
            )
        }
        None => "Not frozen: these are the figures of the moment, and no record vouches for them.".to_owned(),
    });
    sentences.push(format!(
        "Computed by {}. Everything can be computed again from the data in the JSON, HTML and PDF forms: ward brief verify FILE. Digest: {}.",
        document.program, document.content_sha256
    ));
    sentences
}

/// A value in words.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Null => "not known".to_owned(),
        Value::Object(members) => {
            let parts: Vec<String> =
                members.iter().map(|(name, value)| format!("{} {}", name.replace('-', " "), plain(value))).collect();
            parts.join(", ")
        }
        other => other.to_string(),
    }
}
