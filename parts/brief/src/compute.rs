//! The brief of a bundle: the same bundle gives the same brief, wherever it is computed.

use ward_directory::NOTICE;
use ward_stix::marking::Tlp;

use crate::bundle::Bundle;
use crate::facts::{Facts, Overall};
use crate::{Brief, Counted, Named, figures, sentences};

/// Answers are for the members that gave them and their hub, and counts are made of answers.
const MARKING: Tlp = Tlp::Amber;

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
        named,
        not_named: counted.filter(|counted| counted.count > 0).collect(),
        notice: bundle.is_demonstration.then(|| NOTICE.to_owned()),
    }
}

/// RFC 3339, UTC.
pub(crate) fn time_text(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros).map_or_else(|_| micros.to_string(), |time| time.to_string())
}
