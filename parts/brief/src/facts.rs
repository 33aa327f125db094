//! The facts behind the figures: where each jurisdiction stands over all alerts, and how far each alert came.

use std::collections::BTreeMap;

use ward_directory::{Here, OrganisationKind, Permit, organisations};
use ward_share::ShareError;
use ward_share::acknowledge::{Reach, reach};
use ward_share::situation::{Coverage, Situation, SituationRow, Standing, situation_at};
use ward_stix::answer::Rung;

use crate::{BriefError, Window};

/// Everything that figures and sentences are made of.
pub(crate) struct Facts {
    pub as_of: i64,
    /// Published versions, in the order of publication.
    pub reaches: Vec<Reach>,
    /// Those that were asked, or answered unasked.
    pub jurisdictions: Vec<Jurisdiction>,
    /// Whether the jurisdictions are states.
    pub are_states: bool,
}

/// A jurisdiction over all alerts of the brief.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Jurisdiction {
    /// One for each alert that it was asked about or answered.
    pub standings: Vec<Standing>,
    /// The highest rung of a confirmed event in the window.
    pub rung: Option<Rung>,
    pub coverages: Vec<Coverage>,
}

/// Where a jurisdiction stands over all alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overall {
    Confirmed(Rung),
    /// Confirmed, but not in the window.
    ConfirmedAtAnotherTime,
    UnderReview,
    /// No answer to at least one alert.
    Silent,
    Partly,
    Blind,
    NotSeen,
}

impl Jurisdiction {
    /// What is sure stands first; what is silent in part is silent; only who saw nothing everywhere saw nothing.
    pub fn overall(&self) -> Overall {
        let any = |wanted: fn(&Standing) -> bool| self.standings.iter().any(wanted);
        let all = |wanted: Standing| self.standings.iter().all(|standing| *standing == wanted);
        match self.rung {
            Some(rung) => Overall::Confirmed(rung),
            None if any(|standing| *standing == Standing::MatchUnderReview) => Overall::UnderReview,
            None if any(|standing| matches!(standing, Standing::Confirmed(_))) => Overall::ConfirmedAtAnotherTime,
            None if any(|standing| *standing == Standing::NoAnswerYet) => Overall::Silent,
            None if all(Standing::Blind) => Overall::Blind,
            None if all(Standing::NotSeen) => Overall::NotSeen,
            None => Overall::Partly,
        }
    }

    /// Whether at least one answer had a source that worked.
    pub fn is_reporting(&self) -> bool {
        let works =
            |standing: &Standing| !matches!(standing, Standing::NoAnswerYet | Standing::NotAsked | Standing::Blind);
        self.standings.iter().any(works)
    }
}

impl Facts {
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

/// Reads everything that was known at `as_of`.
pub(crate) async fn gather(
    here: &Here,
    permit: &Permit<()>,
    report_ids: Option<&[String]>,
    as_of: i64,
    window: Option<Window>,
) -> Result<Facts, BriefError> {
    let mut reaches = reach(here, permit, as_of).await?;
    if let Some(wanted) = report_ids {
        if let Some(unknown) = wanted.iter().find(|id| !reaches.iter().any(|reach| &reach.report_id == *id)) {
            return Err(ShareError::Unseen { what: "alert", id: unknown.clone() }.into());
        }
        reaches.retain(|reach| wanted.contains(&reach.report_id));
    }
    let own = &here.installation.organisation_id;
    let all = organisations(here).await?;
    let are_states = all.iter().any(|one| one.kind == OrganisationKind::State && &one.id != own);
    let counts = |row: &SituationRow| !are_states || row.kind == OrganisationKind::State;
    let mut jurisdictions = BTreeMap::new();
    for first in reaches.iter().filter(|reach| !reach.is_correction) {
        let situation = situation_at(here, permit, &first.report_id, as_of).await?;
        add(&mut jurisdictions, situation, &counts, window);
    }
    Ok(Facts { as_of, reaches, jurisdictions: jurisdictions.into_values().collect(), are_states })
}

fn add(
    jurisdictions: &mut BTreeMap<String, Jurisdiction>,
    situation: Situation,
    counts: &dyn Fn(&SituationRow) -> bool,
    window: Option<Window>,
) {
    let of_brief = |row: &SituationRow| counts(row) && row.standing != Standing::NotAsked;
    for row in situation.rows.into_iter().filter(of_brief) {
        let one: &mut Jurisdiction = jurisdictions.entry(row.organisation_id.clone()).or_default();
        if let Standing::Confirmed(rung) = row.standing
            && is_in(&row, window)
        {
            one.rung = one.rung.max(Some(rung));
        }
        one.standings.push(row.standing);
        one.coverages.extend(row.coverage);
    }
}

/// Whether the event may lie in the window: from its first to its last sign, or where those are not known within the period searched.
fn is_in(row: &SituationRow, window: Option<Window>) -> bool {
    let Some(window) = window else { return true };
    let from = row.seen_from.or(row.searched_from);
    let until = row.seen_until.or(row.searched_until);
    from.is_none_or(|from| from <= window.until) && until.is_none_or(|until| until >= window.from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sure_stands_first_and_silence_is_no_all_clear() {
        use Standing::{Blind, Confirmed, MatchUnderReview, NoAnswerYet, NotSeen, PartlySearched};
        let scanned = Confirmed(Rung::Scanned);
        let cases: [(&[Standing], Option<Rung>, Overall, bool); 10] = [
            (&[NotSeen], None, Overall::NotSeen, true),
            (&[NotSeen, NotSeen], None, Overall::NotSeen, true),
            (&[NotSeen, Blind], None, Overall::Partly, true),
            (&[PartlySearched, NotSeen], None, Overall::Partly, true),
            (&[Blind], None, Overall::Blind, false),
            (&[NoAnswerYet, NotSeen], None, Overall::Silent, true),
            (&[NoAnswerYet], None, Overall::Silent, false),
            (&[MatchUnderReview, NoAnswerYet], None, Overall::UnderReview, true),
            (&[scanned, NotSeen], Some(Rung::Scanned), Overall::Confirmed(Rung::Scanned), true),
            (&[scanned], None, Overall::ConfirmedAtAnotherTime, true),
        ];
        for (standings, rung, expected, reporting) in cases {
            let one = Jurisdiction { standings: standings.to_vec(), rung, coverages: Vec::new() };
            assert_eq!((one.overall(), one.is_reporting()), (expected, reporting), "{standings:?}");
        }
    }
}
