//! The facts of a bundle: where each jurisdiction stands over all alerts, and its highest rung in the window.

use serde::{Deserialize, Serialize};
use ward_share::situation::Standing;
use ward_stix::answer::Rung;

use crate::bundle::{AnswerFacts, Bundle, JurisdictionFacts, Within};

/// A bundle with what follows from it for each jurisdiction.
pub(crate) struct Facts<'a> {
    pub bundle: &'a Bundle,
    /// In the bundle's order.
    pub jurisdictions: Vec<Jurisdiction<'a>>,
}

/// A jurisdiction over all alerts of the brief.
pub(crate) struct Jurisdiction<'a> {
    pub facts: &'a JurisdictionFacts,
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

    /// From the best to the worst, for one picture of several offices: nothing seen only where all say so.
    #[must_use]
    pub fn badness(self) -> usize {
        match self {
            Overall::NotSeen => 0,
            Overall::PartlySearched => 1,
            Overall::Blind => 2,
            Overall::NoAnswer => 3,
            Overall::ConfirmedAtAnotherTime => 4,
            Overall::MatchUnderReview => 5,
            Overall::Confirmed(rung) => 6 + Rung::ALL.into_iter().take_while(|one| *one < rung).count(),
        }
    }

    /// Where an answer stands, within the window of the brief: a search that misses a part of it saw nothing in the rest alone.
    fn of_answer(answer: &AnswerFacts) -> Overall {
        match (answer.standing, answer.within) {
            (Standing::NotAsked | Standing::NoAnswerYet, _) => Overall::NoAnswer,
            (Standing::Blind, _) | (Standing::NotSeen | Standing::PartlySearched, Within::Outside) => Overall::Blind,
            (Standing::PartlySearched, _) | (Standing::NotSeen, Within::Part) => Overall::PartlySearched,
            (Standing::NotSeen, Within::Window) => Overall::NotSeen,
            (Standing::MatchUnderReview, _) => Overall::MatchUnderReview,
            (Standing::Confirmed(_), Within::Outside) => Overall::ConfirmedAtAnotherTime,
            (Standing::Confirmed(rung), _) => Overall::Confirmed(rung),
        }
    }
}

impl Jurisdiction<'_> {
    fn answers(&self) -> impl Iterator<Item = Overall> {
        self.facts.answers.iter().map(Overall::of_answer)
    }

    /// In one word: what is sure stands first; what is silent in part is silent; only who saw nothing everywhere saw nothing.
    pub fn overall(&self) -> Overall {
        let rung = self.answers().filter_map(|one| if let Overall::Confirmed(rung) = one { Some(rung) } else { None });
        match rung.max() {
            Some(rung) => Overall::Confirmed(rung),
            None if self.has(Overall::MatchUnderReview) => Overall::MatchUnderReview,
            None if self.has(Overall::ConfirmedAtAnotherTime) => Overall::ConfirmedAtAnotherTime,
            None if self.has(Overall::NoAnswer) => Overall::NoAnswer,
            None if self.answers().all(|one| one == Overall::Blind) => Overall::Blind,
            None if self.answers().all(|one| one == Overall::NotSeen) => Overall::NotSeen,
            None => Overall::PartlySearched,
        }
    }

    /// Whether it stands so with at least one alert, whatever else is known of it.
    pub fn has(&self, wanted: Overall) -> bool {
        self.answers().any(|one| one == wanted) || wanted == Overall::NoAnswer && self.facts.answers.is_empty()
    }

    /// Whether an answer came from a source that worked.
    pub fn has_working(&self) -> bool {
        self.answers().any(|one| !matches!(one, Overall::NoAnswer | Overall::Blind))
    }

    /// Whether all of them did.
    pub fn is_reporting(&self) -> bool {
        !self.has(Overall::NoAnswer) && !self.has(Overall::Blind)
    }
}

impl<'a> Facts<'a> {
    /// What follows from a bundle, for each jurisdiction.
    pub fn of(bundle: &'a Bundle) -> Facts<'a> {
        Facts { bundle, jurisdictions: bundle.jurisdictions.iter().map(|facts| Jurisdiction { facts }).collect() }
    }

    /// How many jurisdictions stand so, each counted once.
    pub fn count(&self, wanted: Overall) -> usize {
        self.jurisdictions.iter().filter(|jurisdiction| jurisdiction.overall() == wanted).count()
    }

    /// How many stand so with at least one alert; who does may be counted elsewhere too.
    pub fn with(&self, wanted: Overall) -> usize {
        self.jurisdictions.iter().filter(|jurisdiction| jurisdiction.has(wanted)).count()
    }

    pub fn reporting(&self) -> usize {
        self.jurisdictions.iter().filter(|jurisdiction| jurisdiction.is_reporting()).count()
    }

    /// How many gave at least one answer from a source that worked.
    pub fn working(&self) -> usize {
        self.jurisdictions.iter().filter(|jurisdiction| jurisdiction.has_working()).count()
    }

    /// How many jurisdictions have this as their highest rung.
    pub fn at_rung(&self, rung: Rung) -> usize {
        self.count(Overall::Confirmed(rung))
    }

    /// How many have a confirmed event in the window.
    pub fn confirmed(&self) -> usize {
        Rung::ALL.into_iter().map(|rung| self.at_rung(rung)).sum()
    }
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
            are_names_withheld: false,
            is_demonstration: false,
            alerts: Vec::new(),
            recipients: 0,
            recipients_lacking_verified_pair: 0,
            jurisdictions: Vec::new(),
        }
    }

    pub fn answer(standing: Standing, within: Within) -> AnswerFacts {
        AnswerFacts { standing, within, hours_per_mille: None, rejected_per_mille: None, alerts: 1 }
    }

    pub fn office(answers: Vec<AnswerFacts>) -> JurisdictionFacts {
        JurisdictionFacts { pseudonym: "p".to_owned(), released: None, answers }
    }

    #[test]
    fn what_is_sure_stands_first_and_silence_is_no_all_clear() {
        use Standing::{Blind, Confirmed, MatchUnderReview, NoAnswerYet, NotAsked, NotSeen, PartlySearched};
        use Within::{Outside, Part, Window};
        let scanned = Confirmed(Rung::Scanned);
        let cases: [(&[Standing], Within, Overall, bool); 19] = [
            (&[NotSeen], Window, Overall::NotSeen, true),
            (&[NotSeen], Part, Overall::PartlySearched, true),
            (&[NotSeen], Outside, Overall::Blind, false),
            (&[NotSeen, NotSeen], Window, Overall::NotSeen, true),
            (&[NotSeen, Blind], Window, Overall::PartlySearched, false),
            (&[PartlySearched, NotSeen], Window, Overall::PartlySearched, true),
            (&[PartlySearched], Outside, Overall::Blind, false),
            (&[Blind], Window, Overall::Blind, false),
            (&[NoAnswerYet, NotSeen], Window, Overall::NoAnswer, false),
            (&[NotAsked, NotSeen], Window, Overall::NoAnswer, false),
            (&[NoAnswerYet], Window, Overall::NoAnswer, false),
            (&[], Window, Overall::NoAnswer, false),
            (&[MatchUnderReview, NoAnswerYet], Window, Overall::MatchUnderReview, false),
            (&[MatchUnderReview], Outside, Overall::MatchUnderReview, true),
            (&[MatchUnderReview, scanned], Outside, Overall::MatchUnderReview, true),
            (&[scanned, NotSeen], Window, Overall::Confirmed(Rung::Scanned), true),
            (&[scanned, Blind], Window, Overall::Confirmed(Rung::Scanned), false),
            (&[scanned, Confirmed(Rung::Accessed)], Window, Overall::Confirmed(Rung::Accessed), true),
            (&[scanned], Outside, Overall::ConfirmedAtAnotherTime, true),
        ];
        for (standings, within, expected, reporting) in cases {
            let answers = standings.iter().map(|standing| answer(*standing, within)).collect();
            let bundle = Bundle { jurisdictions: vec![office(answers)], ..empty(0) };
            let facts = Facts::of(&bundle);
            let one = facts.jurisdictions.first().unwrap();
            assert_eq!((one.overall(), one.is_reporting()), (expected, reporting), "{standings:?} {within:?}");
        }
    }

    #[test]
    fn a_confirmed_event_hides_nothing_else_of_an_office() {
        let all =
            [Standing::Confirmed(Rung::Scanned), Standing::MatchUnderReview, Standing::Blind, Standing::NoAnswerYet];
        let answers = all.map(|standing| answer(standing, Within::Window)).to_vec();
        let bundle = Bundle { jurisdictions: vec![office(answers), office(Vec::new())], ..empty(0) };
        let facts = Facts::of(&bundle);
        assert_eq!((facts.at_rung(Rung::Scanned), facts.count(Overall::MatchUnderReview)), (1, 0));
        let with = [Overall::MatchUnderReview, Overall::Blind, Overall::NoAnswer].map(|one| facts.with(one));
        assert_eq!((with, facts.reporting(), facts.working()), ([1, 1, 2], 0, 1));
    }

    #[test]
    fn nothing_seen_is_the_best_and_every_rung_is_worse_than_the_one_before() {
        use Overall::{Blind, ConfirmedAtAnotherTime, MatchUnderReview, NoAnswer, NotSeen, PartlySearched};
        let order = [NotSeen, PartlySearched, Blind, NoAnswer, ConfirmedAtAnotherTime, MatchUnderReview];
        let order = order.into_iter().chain(Rung::ALL.map(Overall::Confirmed));
        assert!(order.map(Overall::badness).eq(0..Overall::ALL.len()));
    }
}
