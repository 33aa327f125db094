//! The facts of a bundle: where each jurisdiction stands over all alerts, and its highest rung in the window.

use serde::{Deserialize, Serialize};
use ward_share::situation::Standing;
use ward_stix::answer::Rung;

use crate::bundle::{AnswerFacts, Bundle, JurisdictionFacts};

/// A bundle with what follows from it for each jurisdiction.
pub(crate) struct Facts<'a> {
    pub bundle: &'a Bundle,
    /// In the bundle's order.
    pub jurisdictions: Vec<Jurisdiction<'a>>,
}

/// A jurisdiction over all alerts of the brief.
pub(crate) struct Jurisdiction<'a> {
    pub facts: &'a JurisdictionFacts,
    /// The highest rung of a confirmed event in the window.
    pub rung: Option<Rung>,
}

/// Where a jurisdiction stands over all alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overall {
    /// No answer to at least one alert.
    NoAnswer,
    Blind,
    PartlySearched,
    NotSeen,
    MatchUnderReview,
    /// Confirmed, but not in the window.
    ConfirmedAtAnotherTime,
    Confirmed(Rung),
}

impl Overall {
    /// All, from what is least known to what is worst.
    pub const ALL: [Overall; 12] = [
        Overall::NoAnswer,
        Overall::Blind,
        Overall::PartlySearched,
        Overall::NotSeen,
        Overall::MatchUnderReview,
        Overall::ConfirmedAtAnotherTime,
        Overall::Confirmed(Rung::Scanned),
        Overall::Confirmed(Rung::Attempted),
        Overall::Confirmed(Rung::Accessed),
        Overall::Confirmed(Rung::DataTaken),
        Overall::Confirmed(Rung::DataChanged),
        Overall::Confirmed(Rung::TallySystemTouched),
    ];

    /// The form for people.
    #[must_use]
    pub fn plain(self) -> String {
        match self {
            Overall::NoAnswer => Standing::NoAnswerYet.plain(),
            Overall::Blind => Standing::Blind.plain(),
            Overall::PartlySearched => Standing::PartlySearched.plain(),
            Overall::NotSeen => Standing::NotSeen.plain(),
            Overall::MatchUnderReview => Standing::MatchUnderReview.plain(),
            Overall::ConfirmedAtAnotherTime => "confirmed at another time".to_owned(),
            Overall::Confirmed(rung) => Standing::Confirmed(rung).plain(),
        }
    }
}

impl Jurisdiction<'_> {
    /// What is sure stands first; what is silent in part is silent; only who saw nothing everywhere saw nothing.
    pub fn overall(&self) -> Overall {
        let any = |wanted: fn(Standing) -> bool| self.facts.answers.iter().any(|answer| wanted(answer.standing));
        let all = |wanted: Standing| self.facts.answers.iter().all(|answer| answer.standing == wanted);
        match self.rung {
            Some(rung) => Overall::Confirmed(rung),
            None if any(|standing| standing == Standing::MatchUnderReview) => Overall::MatchUnderReview,
            None if any(|standing| matches!(standing, Standing::Confirmed(_))) => Overall::ConfirmedAtAnotherTime,
            None if any(|standing| matches!(standing, Standing::NoAnswerYet | Standing::NotAsked)) => Overall::NoAnswer,
            None if self.facts.answers.is_empty() => Overall::NoAnswer,
            None if all(Standing::Blind) => Overall::Blind,
            None if all(Standing::NotSeen) => Overall::NotSeen,
            None => Overall::PartlySearched,
        }
    }

    /// Whether at least one answer had a source that worked.
    pub fn is_reporting(&self) -> bool {
        let works =
            |standing: Standing| !matches!(standing, Standing::NoAnswerYet | Standing::NotAsked | Standing::Blind);
        self.facts.answers.iter().any(|answer| works(answer.standing))
    }
}

impl<'a> Facts<'a> {
    /// What follows from a bundle, for each jurisdiction.
    pub fn of(bundle: &'a Bundle) -> Facts<'a> {
        let jurisdictions = bundle.jurisdictions.iter().map(|facts| Jurisdiction { facts, rung: rung(bundle, facts) });
        Facts { bundle, jurisdictions: jurisdictions.collect() }
    }

    /// How many jurisdictions stand so.
    pub fn count(&self, wanted: Overall) -> usize {
        self.jurisdictions.iter().filter(|jurisdiction| jurisdiction.overall() == wanted).count()
    }

    pub fn reporting(&self) -> usize {
        self.jurisdictions.iter().filter(|jurisdiction| jurisdiction.is_reporting()).count()
    }

    /// How many jurisdictions have this as their highest rung.
    pub fn at_rung(&self, rung: Rung) -> usize {
        self.count(Overall::Confirmed(rung))
    }
}

/// The highest rung of a confirmed event in the bundle's window.
fn rung(bundle: &Bundle, facts: &JurisdictionFacts) -> Option<Rung> {
    let confirmed = facts.answers.iter().filter_map(|answer| match answer.standing {
        Standing::Confirmed(rung) if is_in(answer, bundle) => Some(rung),
        _ => None,
    });
    confirmed.max()
}

/// Whether the event may lie in the window: from its first to its last sign, or where those are not known within the period searched.
fn is_in(answer: &AnswerFacts, bundle: &Bundle) -> bool {
    let from = answer.seen_from.or(answer.searched_from);
    let until = answer.seen_until.or(answer.searched_until);
    let begins_in_time = from.zip(bundle.events_until).is_none_or(|(from, end)| from <= end);
    let ends_in_time = until.zip(bundle.events_from).is_none_or(|(until, start)| until >= start);
    begins_in_time && ends_in_time
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A bundle without alerts and jurisdictions.
    pub fn empty(as_of: i64) -> Bundle {
        Bundle {
            hub: "Test Hub".to_owned(),
            as_of,
            events_from: None,
            events_until: None,
            has_every_alert: true,
            jurisdictions_are_states: true,
            is_demonstration: false,
            alerts: Vec::new(),
            jurisdictions: Vec::new(),
        }
    }

    fn answer(standing: Standing, seen: Option<(i64, i64)>) -> AnswerFacts {
        AnswerFacts {
            report_id: "r".to_owned(),
            standing,
            seen_from: seen.map(|seen| seen.0),
            seen_until: seen.map(|seen| seen.1),
            searched_from: Some(0),
            searched_until: Some(100),
            coverage: None,
        }
    }

    #[test]
    fn what_is_sure_stands_first_and_silence_is_no_all_clear() {
        use Standing::{Blind, Confirmed, MatchUnderReview, NoAnswerYet, NotSeen, PartlySearched};
        let scanned = Confirmed(Rung::Scanned);
        let cases: [(&[Standing], bool, Overall, bool); 11] = [
            (&[NotSeen], true, Overall::NotSeen, true),
            (&[NotSeen, NotSeen], true, Overall::NotSeen, true),
            (&[NotSeen, Blind], true, Overall::PartlySearched, true),
            (&[PartlySearched, NotSeen], true, Overall::PartlySearched, true),
            (&[Blind], true, Overall::Blind, false),
            (&[NoAnswerYet, NotSeen], true, Overall::NoAnswer, true),
            (&[NoAnswerYet], true, Overall::NoAnswer, false),
            (&[], true, Overall::NoAnswer, false),
            (&[MatchUnderReview, NoAnswerYet], true, Overall::MatchUnderReview, true),
            (&[scanned, NotSeen], true, Overall::Confirmed(Rung::Scanned), true),
            (&[scanned], false, Overall::ConfirmedAtAnotherTime, true),
        ];
        for (standings, is_in_window, expected, reporting) in cases {
            let seen = if is_in_window { (10, 20) } else { (60, 70) };
            let answers = standings.iter().map(|standing| answer(*standing, Some(seen))).collect();
            let mut bundle = Bundle { events_until: Some(50), ..empty(0) };
            bundle.jurisdictions = vec![JurisdictionFacts { pseudonym: "p".to_owned(), released: None, answers }];
            let facts = Facts::of(&bundle);
            let one = facts.jurisdictions.first().unwrap();
            assert_eq!((one.overall(), one.is_reporting()), (expected, reporting), "{standings:?}");
        }
    }

    #[test]
    fn the_period_searched_stands_for_an_event_without_times() {
        let scanned = Standing::Confirmed(Rung::Scanned);
        for (from, until, seen, expected) in [
            (None, None, None, true),
            (Some(100), None, None, true),
            (Some(101), None, None, false),
            (None, Some(0), None, true),
            (None, Some(-1), None, false),
            (Some(5), Some(9), Some((10, 20)), false),
            (Some(20), Some(30), Some((10, 20)), true),
        ] {
            let bundle = Bundle { events_from: from, events_until: until, ..empty(0) };
            assert_eq!(is_in(&answer(scanned, seen), &bundle), expected, "{from:?} {until:?} {seen:?}");
        }
    }
}
