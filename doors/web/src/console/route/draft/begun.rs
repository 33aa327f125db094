//! With what the forms that draft begin: nothing but today, a draft as it is, or a published version as it is.

use std::collections::BTreeSet;

use ward_share::alert::AlertView;
use ward_stix::alert::{Alert, Confidence};

use crate::console::form::day_text;
use crate::console::session::Fields;
use crate::console::view::draft::step_name;

type Pairs = Vec<(String, String)>;

/// An empty form, but that logs are searched until today.
pub fn new(now: i64) -> Fields {
    Fields::of(vec![pair("until", day_text(now))])
}

/// A draft, with everything that it searches for confirmed as it was.
pub fn of_draft(view: &AlertView, recipients: &[String]) -> Fields {
    let mut pairs = common(&view.alert);
    pairs.push(pair("tlp", view.alert.tlp.label()));
    pairs.push(pair("to", "chosen"));
    pairs.extend(recipients.iter().map(|id| pair("office", id)));
    pairs.extend(view.summary.first_seen_at.map(|at| pair("seen", day_text(at))));
    let patterns: Vec<&str> = view.indicators.iter().map(|(_, pattern, _)| pattern.as_str()).collect();
    pairs.push(pair("indicators", patterns.join("\n")));
    pairs.extend(patterns.into_iter().map(|pattern| pair("confirm", pattern)));
    Fields::of(pairs)
}

/// A published version, with what the draft of its correction says where there is one.
pub fn of_correction(base: &AlertView, open: Option<&AlertView>, more_recipients: &[String]) -> Fields {
    let mut pairs = common(&open.unwrap_or(base).alert);
    pairs.push(pair("to", if more_recipients.is_empty() { "nobody" } else { "chosen" }));
    pairs.extend(more_recipients.iter().map(|id| pair("office", id)));
    if let Some(open) = open {
        let changed = open.alert.correction.as_ref().map(|correction| correction.what_changed.as_str());
        pairs.push(pair("changed", changed.unwrap_or_default()));
        let known: BTreeSet<&str> = base.indicators.iter().map(|(id, _, _)| id.as_str()).collect();
        let added = open.indicators.iter().filter(|(id, _, _)| !known.contains(id.as_str()));
        let added: Vec<&str> = added.map(|(_, pattern, _)| pattern.as_str()).collect();
        pairs.push(pair("indicators", added.join("\n")));
        pairs.extend(added.into_iter().map(|pattern| pair("confirm", pattern)));
        let withdrawn = open.indicators.iter().filter(|(_, _, is_withdrawn)| *is_withdrawn);
        let before = |id: &String| base.indicators.iter().any(|(known, _, is_withdrawn)| known == id && *is_withdrawn);
        pairs.extend(withdrawn.filter(|(id, _, _)| !before(id)).map(|(id, _, _)| pair("revoke", id)));
    }
    Fields::of(pairs)
}

fn common(alert: &Alert) -> Pairs {
    let confidence = match alert.confidence {
        Confidence::Low => "low",
        Confidence::Moderate => "moderate",
        Confidence::High => "high",
    };
    let steps = alert.steps.iter().zip(1..).map(|(step, number)| (step_name(number), step.clone()));
    let mut pairs: Pairs = steps.collect();
    pairs.extend([
        pair("headline", &alert.headline),
        pair("who", &alert.who_must_act),
        pair("confidence", confidence),
        pair("why", &alert.why_different),
        pair("stops", day_text(alert.stops_mattering_at)),
        pair("from", day_text(alert.search_from)),
        pair("until", day_text(alert.search_until)),
    ]);
    pairs
}

fn pair(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}
