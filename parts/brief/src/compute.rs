//! The brief of a bundle: the same bundle gives the same brief, wherever it is computed.

use ward_directory::NOTICE;
use ward_stix::marking::Tlp;

use crate::bundle::Bundle;
use crate::facts::{Facts, Overall};
use crate::{Brief, Counted, Named, figures, sentences};

/// Answers are for the members that gave them and their hub, and counts are made of answers.
const MARKING: Tlp = Tlp::Amber;

/// Where nothing, or not all, could be seen, or nobody has judged yet what was.
const BLIND_SPOTS: [Overall; 4] =
    [Overall::MatchUnderReview, Overall::PartlySearched, Overall::Blind, Overall::NoAnswer];

/// Makes figures and sentences of a bundle, and of nothing else.
#[must_use]
pub fn compute(bundle: &Bundle) -> Brief {
    let facts = Facts::of(bundle);
    let named = facts.jurisdictions.iter().filter_map(|one| {
        let released = one.facts.released.as_ref()?;
        Some(Named { state: released.state.clone(), name: released.name.clone(), standing: one.overall() })
    });
    let mut named: Vec<Named> = named.collect();
    named.sort_by(|one, other| (&one.state, &one.name).cmp(&(&other.state, &other.name)));
    let not_named = |standing: Overall| {
        facts.jurisdictions.iter().filter(|one| one.facts.released.is_none() && one.overall() == standing).count()
    };
    let counted = Overall::ALL.into_iter().rev().map(|standing| Counted { standing, count: not_named(standing) });
    Brief {
        as_of: time_text(bundle.as_of),
        marking: MARKING.label().to_owned(),
        bottom_line: sentences::bottom_line(&facts),
        figures: vec![figures::probing(&facts), figures::reach(bundle), figures::time_to_share(bundle)],
        seen: sentences::seen(&facts),
        not_seen: sentences::not_seen(&facts),
        names: names(bundle, named.len()),
        named,
        not_named: counted.filter(|counted| counted.count > 0).collect(),
        blind_spots: BLIND_SPOTS
            .into_iter()
            .map(|standing| Counted { standing, count: facts.with(standing) })
            .filter(|counted| counted.count > 0)
            .collect(),
        basis: basis(bundle),
        alerts: bundle
            .alerts
            .iter()
            .filter(|alert| !alert.is_correction)
            .map(|alert| alert.report_id.clone())
            .collect(),
        notice: bundle.is_demonstration.then(|| NOTICE.to_owned()),
    }
}

/// Who is named, or why nobody is.
fn names(bundle: &Bundle, named: usize) -> String {
    let sentence = match (bundle.are_names_withheld, named) {
        (true, _) => {
            "Nobody is named: some let their names go, but only one or two did not, and the counts would then tell where those stand."
        }
        (false, 0) => "No jurisdiction has let its name go, so none is named.",
        (false, _) => "Named are those that let their names go; the others are only counted.",
    };
    sentence.to_owned()
}

/// What it is made of, in sentences.
fn basis(bundle: &Bundle) -> Vec<String> {
    let (corrections, alerts): (Vec<_>, Vec<_>) = bundle.alerts.iter().partition(|alert| alert.is_correction);
    let which = if bundle.has_every_alert { "every alert published by then" } else { "alerts that were chosen" };
    let who = if bundle.jurisdictions_are_states { "states" } else { "jurisdictions" };
    let made_of = format!(
        "Alerts: {} ({which}), with {} corrections; {} {who} asked, or answering unasked.",
        alerts.len(),
        corrections.len(),
        bundle.jurisdictions.len(),
    );
    let window = match (bundle.events_from, bundle.events_until) {
        (None, None) => "Events of any time count.".to_owned(),
        (from, until) => format!(
            "Events count from {} to {}; a search that does not cover this saw nothing in a part of it alone.",
            from.map_or_else(|| "any time".to_owned(), time_text),
            until.map_or_else(|| "any time".to_owned(), time_text)
        ),
    };
    vec![made_of, window]
}

/// RFC 3339, UTC.
pub(crate) fn time_text(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros).map_or_else(|_| micros.to_string(), |time| time.to_string())
}
