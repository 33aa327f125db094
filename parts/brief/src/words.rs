//! A document in words for people, the same for every form: how a figure is said, who stands where, and what it is all based on.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use crate::compute::time_text;
use crate::figures::STILL_IN_TIME;
use crate::{Brief, Counted, Document, Figure, Issue, Overall};

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
        ("F2", Some(share)) => {
            let is_open = figure.beside.get(STILL_IN_TIME).and_then(Value::as_u64).is_some_and(|count| count > 0);
            format!("{:.0} %{}", share * 100.0, if is_open { " so far" } else { "" })
        }
        ("F3", Some(hours)) => format!("{hours} hours"),
        _ => plain(&figure.value),
    }
}

/// The figures beside a figure, each with its name in words.
#[must_use]
pub fn beside(figure: &Figure) -> Vec<(String, String)> {
    figure.beside.iter().map(|(name, value)| (name.replace('_', " "), plain(value))).collect()
}

/// Who stands where, the worst first, and only where somebody stands; each is counted once.
#[must_use]
pub fn stands(brief: &Brief) -> Vec<Stand> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    let place = |standing: Overall| Overall::ALL.iter().position(|one| *one == standing).unwrap_or_default();
    for counted in &brief.not_named {
        *counts.entry(place(counted.standing)).or_default() += counted.count;
    }
    for named in &brief.named {
        *counts.entry(place(named.standing)).or_default() += 1;
    }
    let of = counts.values().sum();
    let stands = counts
        .iter()
        .rev()
        .filter_map(|(place, count)| Some(Stand { standing: *Overall::ALL.get(*place)?, count: *count, of }));
    stands.collect()
}

/// Where nothing or not all could be seen for at least one alert; one may be counted in several.
#[must_use]
pub fn blind_spots(brief: &Brief) -> Vec<Stand> {
    let of = brief.named.len() + brief.not_named.iter().map(|counted| counted.count).sum::<usize>();
    let stand = |counted: &Counted| Stand { standing: counted.standing, count: counted.count, of };
    brief.blind_spots.iter().map(stand).collect()
}

/// What it means to stand so.
#[must_use]
pub fn meaning(standing: Overall) -> &'static str {
    match standing {
        Overall::NoAnswer => "No answer to at least one alert. Silence is no all-clear.",
        Overall::Blind => "Its logs, or the time that it searched, could not have shown it. No all-clear.",
        Overall::PartlySearched => "Nothing found in what could be searched; the rest could not be. No all-clear.",
        Overall::NotSeen => "The logs cover the whole period and do not hold it.",
        Overall::MatchUnderReview => "Something matched; nobody there has said yet what it was.",
        Overall::ConfirmedAtAnotherTime => "Confirmed by a person there, but outside the period of this brief.",
        Overall::Confirmed(_) => "Confirmed by a named person there, at the highest rung.",
    }
}

/// A time of a document, such as `2018-05-03T13:00:00.003507Z`, as people say it: in UTC, to the minute before.
#[must_use]
pub fn moment(text: &str) -> String {
    text.parse::<Timestamp>().map_or_else(|_| text.to_owned(), |at| at.strftime("%-d %B %Y, %H:%M UTC").to_string())
}

/// What the document is based on, and how it can be checked, in sentences.
#[must_use]
pub fn basis(document: &Document) -> Vec<String> {
    let mut sentences = document.basis.clone();
    sentences.push(frozen(document.issue.as_ref()));
    sentences.push(format!(
        "Computed by {}. Everything can be computed again from the data in the JSON, HTML and PDF forms: ward brief verify FILE. Digest: {}.",
        document.program, document.content_sha256
    ));
    sentences
}

/// Whether and by whom it was frozen.
#[must_use]
pub fn frozen(issue: Option<&Issue>) -> String {
    match issue {
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
    }
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
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
