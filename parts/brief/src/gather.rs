//! The bundle of a time: what directory and share knew then, under pseudonyms, and no finer than the figures need it.

use std::collections::{BTreeMap, BTreeSet};

use ward_directory::{Here, OrganisationKind, Permit};
use ward_share::ShareError;
use ward_share::acknowledge::{Reach, RecipientReach, reach};
use ward_share::situation::{Coverage, SituationRow, Standing, situation_at};
use ward_store::random;

use crate::bundle::{
    AcknowledgedFacts, AlertFacts, AnswerFacts, Bundle, JurisdictionFacts, ReleasedName, Within, pseudonym, salt,
};
use crate::{BriefError, Window};

const MINUTE: i64 = 60_000_000;
/// Of so few unnamed ones the counts tell where each stands: to everybody of one, and of two to the other.
const FEW: std::ops::RangeInclusive<usize> = 1..=2;

/// A bundle and the secret that the salts behind its pseudonyms are made of.
pub(crate) struct Gathered {
    pub bundle: Bundle,
    pub secret: [u8; 32],
}

/// Reads everything that was known at `as_of`.
pub(crate) async fn gather(
    here: &Here,
    permit: &Permit<()>,
    report_ids: Option<&[String]>,
    as_of: i64,
    window: Option<Window>,
) -> Result<Gathered, BriefError> {
    let mut reaches = reach(here, permit, as_of).await?;
    if let Some(wanted) = report_ids {
        if let Some(unknown) = wanted.iter().find(|id| !reaches.iter().any(|reach| &reach.report_id == *id)) {
            return Err(ShareError::Unseen { what: "alert", id: unknown.clone() }.into());
        }
        reaches.retain(|reach| wanted.contains(&reach.report_id));
    }
    let mut offices: BTreeMap<String, Office> = BTreeMap::new();
    for first in reaches.iter().filter(|reach| !reach.is_correction) {
        let rows = situation_at(here, permit, &first.report_id, as_of).await?.rows;
        let released_now = released_now(here, permit, &first.report_id, as_of).await?;
        for row in rows.into_iter().filter(|row| row.standing != Standing::NotAsked) {
            let is_released =
                row.is_name_released && released_now.as_ref().is_none_or(|ids| ids.contains(&row.organisation_id));
            offices.entry(row.organisation_id.clone()).or_insert_with(|| Office::of(&row)).add(
                &row,
                is_released,
                window,
            );
        }
    }
    let secret = random::bytes::<32>()?;
    let named = offices.values().filter(|office| office.is_released).count();
    let are_names_withheld = named > 0 && FEW.contains(&(offices.len() - named));
    let mut jurisdictions: Vec<JurisdictionFacts> = Vec::with_capacity(offices.len());
    for (id, office) in &offices {
        jurisdictions.push(office.facts(pseudonym(&salt(&secret, id), id), are_names_withheld));
    }
    jurisdictions.sort_by(|one, other| one.pseudonym.cmp(&other.pseudonym));
    let recipients = || reaches.iter().flat_map(|reach| &reach.recipients);
    let distinct = |of: &mut dyn Iterator<Item = &RecipientReach>| {
        of.map(|one| one.organisation_id.as_str()).collect::<BTreeSet<_>>().len()
    };
    let bundle = Bundle {
        hub: here.installation.name.clone(),
        as_of,
        events_from: window.map(|window| window.from).filter(|from| *from != i64::MIN),
        events_until: window.map(|window| window.until).filter(|until| *until != i64::MAX),
        has_every_alert: report_ids.is_none(),
        jurisdictions_are_states: !offices.is_empty()
            && offices.values().all(|office| office.kind == OrganisationKind::State),
        are_names_withheld,
        is_demonstration: here.is_demonstration(),
        recipients: distinct(&mut recipients()),
        recipients_lacking_verified_pair: distinct(&mut recipients().filter(|one| !one.has_verified_pair)),
        alerts: reaches.iter().map(alert).collect(),
        jurisdictions,
    };
    Ok(Gathered { bundle, secret })
}

/// Who has let their name go for this alert as of now; none when the brief itself is as of now. A name that was taken back since stays away
/// from an older brief as well: what is frozen cannot be taken back.
async fn released_now(
    here: &Here,
    permit: &Permit<()>,
    report_id: &str,
    as_of: i64,
) -> Result<Option<BTreeSet<String>>, BriefError> {
    let now = here.now();
    if as_of >= now {
        return Ok(None);
    }
    let rows = situation_at(here, permit, report_id, now).await?.rows;
    Ok(Some(rows.into_iter().filter(|row| row.is_name_released).map(|row| row.organisation_id).collect()))
}

/// An office over the alerts read so far.
struct Office {
    kind: OrganisationKind,
    name: String,
    state: String,
    /// A name stands over every line of an office, so it must be let go for all of them.
    is_released: bool,
    answers: Vec<AnswerFacts>,
}

impl Office {
    fn of(row: &SituationRow) -> Office {
        let (name, state) = (row.organisation.clone(), row.state.clone());
        Office { kind: row.kind, name, state, is_released: true, answers: Vec::new() }
    }

    /// Equal answers are kept once, so this looks through a few.
    fn add(&mut self, row: &SituationRow, is_released: bool, window: Option<Window>) {
        self.is_released &= is_released;
        add(&mut self.answers, answer(row, window));
    }

    /// Of who is named only where it stands is said.
    fn facts(&self, pseudonym: String, are_names_withheld: bool) -> JurisdictionFacts {
        let is_named = self.is_released && !are_names_withheld;
        let mut answers = Vec::with_capacity(self.answers.len());
        for one in &self.answers {
            let outline = AnswerFacts { hours_per_mille: None, rejected_per_mille: None, ..one.clone() };
            add(&mut answers, if is_named { outline } else { one.clone() });
        }
        answers
            .sort_by_cached_key(|one| (one.standing.plain(), one.within, one.hours_per_mille, one.rejected_per_mille));
        let released = is_named.then(|| ReleasedName { name: self.name.clone(), state: self.state.clone() });
        JurisdictionFacts { pseudonym, released, answers }
    }
}

fn add(answers: &mut Vec<AnswerFacts>, answer: AnswerFacts) {
    let is_equal = |one: &&mut AnswerFacts| AnswerFacts { alerts: answer.alerts, ..(**one).clone() } == answer;
    match answers.iter_mut().find(is_equal) {
        Some(equal) => equal.alerts += answer.alerts,
        None => answers.push(answer),
    }
}

fn answer(row: &SituationRow, window: Option<Window>) -> AnswerFacts {
    let coverage = row.coverage.as_ref();
    AnswerFacts {
        standing: row.standing,
        within: window.map_or(Within::Window, |window| within(row, window)),
        hours_per_mille: coverage.and_then(|one| per_mille(one.hours_with_data, one.hours_asked, u128::div_euclid)),
        rejected_per_mille: coverage
            .and_then(|one: &Coverage| per_mille(one.lines_rejected, one.lines_read, u128::div_ceil)),
        alerts: 1,
    }
}

fn per_mille(part: u64, whole: u64, divided: fn(u128, u128) -> u128) -> Option<u64> {
    (whole > 0).then(|| u64::try_from(divided(u128::from(part) * 1_000, u128::from(whole))).unwrap_or(u64::MAX))
}

/// An event lies where its first and last sign are, or where those are not known within the period searched. An end of the window that is open asks
/// for no more than the alert did.
fn within(row: &SituationRow, window: Window) -> Within {
    let overlaps = |from: Option<i64>, until: Option<i64>| {
        from.is_none_or(|from| from <= window.until) && until.is_none_or(|until| until >= window.from)
    };
    match row.standing {
        Standing::NotAsked | Standing::NoAnswerYet | Standing::Blind => Within::Window,
        Standing::MatchUnderReview | Standing::Confirmed(_) => {
            let (from, until) = (row.seen_from.or(row.searched_from), row.seen_until.or(row.searched_until));
            if overlaps(from, until) { Within::Window } else { Within::Outside }
        }
        Standing::NotSeen | Standing::PartlySearched => match (row.searched_from, row.searched_until) {
            (Some(from), Some(until)) if covers(from, until, window) => Within::Window,
            (Some(from), Some(until)) if overlaps(Some(from), Some(until)) => Within::Part,
            _ => Within::Outside,
        },
    }
}

fn covers(from: i64, until: i64, window: Window) -> bool {
    (window.from == i64::MIN || from <= window.from) && (window.until == i64::MAX || until >= window.until)
}

fn alert(reach: &Reach) -> AlertFacts {
    let after = |at: i64| minutes(at.saturating_sub(reach.published_at));
    let mut acknowledged: BTreeMap<Option<i64>, usize> = BTreeMap::new();
    for one in &reach.recipients {
        let by_both = one.election_acknowledged_at.zip(one.it_acknowledged_at).map(|(one, other)| one.max(other));
        *acknowledged.entry(by_both.map(after)).or_default() += 1;
    }
    let first_delivered = reach.recipients.iter().filter_map(|one| one.delivered_at).min();
    AlertFacts {
        report_id: reach.report_id.clone(),
        modified: reach.modified.clone(),
        published_at: reach.published_at,
        first_seen_at: reach.first_seen_at,
        is_correction: reach.is_correction,
        first_delivered_after_minutes: first_delivered.map(after),
        acknowledged: acknowledged
            .into_iter()
            .map(|(by_both_after_minutes, recipients)| AcknowledgedFacts { by_both_after_minutes, recipients })
            .collect(),
    }
}

/// Whole minutes, begun ones counted: never shorter than it was.
fn minutes(micros: i64) -> i64 {
    micros.saturating_add(MINUTE - 1).div_euclid(MINUTE)
}

#[cfg(test)]
mod tests {
    use ward_stix::answer::Rung;

    use super::*;

    fn row(standing: Standing, searched: Option<(i64, i64)>, seen: Option<(i64, i64)>) -> SituationRow {
        SituationRow {
            organisation_id: "o".to_owned(),
            organisation: "Ohio".to_owned(),
            kind: OrganisationKind::State,
            state: "OH".to_owned(),
            standing,
            is_name_released: true,
            answered_by: None,
            coverage: None,
            counts: Vec::new(),
            matches: None,
            seen_from: seen.map(|seen| seen.0),
            seen_until: seen.map(|seen| seen.1),
            searched_from: searched.map(|searched| searched.0),
            searched_until: searched.map(|searched| searched.1),
            delivered_at: None,
            acknowledged: Vec::new(),
            asked_again_at: None,
            answered_at: None,
        }
    }

    #[test]
    fn a_search_reaches_into_the_window_as_far_as_its_period() {
        const OPEN: (i64, i64) = (i64::MIN, i64::MAX);
        for (window, searched, expected) in [
            ((0, 100), Some((0, 100)), Within::Window),
            ((0, 100), Some((-5, 105)), Within::Window),
            ((0, 100), Some((1, 100)), Within::Part),
            ((0, 100), Some((0, 99)), Within::Part),
            ((0, 100), Some((-10, -1)), Within::Outside),
            ((0, 100), Some((101, 200)), Within::Outside),
            ((0, 100), None, Within::Outside),
            ((OPEN.0, 100), Some((50, 100)), Within::Window),
            ((50, OPEN.1), Some((51, 100)), Within::Part),
            (OPEN, Some((50, 51)), Within::Window),
        ] {
            for standing in [Standing::NotSeen, Standing::PartlySearched] {
                let window = Window { from: window.0, until: window.1 };
                assert_eq!(within(&row(standing, searched, None), window), expected, "{window:?} {searched:?}");
            }
        }
    }

    #[test]
    fn the_period_searched_stands_for_an_event_without_times() {
        for (window, seen, expected) in [
            ((100, 200), None, Within::Window),
            ((101, 200), None, Within::Outside),
            ((-9, 0), None, Within::Window),
            ((-9, -1), None, Within::Outside),
            ((5, 9), Some((10, 20)), Within::Outside),
            ((20, 30), Some((10, 20)), Within::Window),
        ] {
            let row = row(Standing::Confirmed(Rung::Scanned), Some((0, 100)), seen);
            assert_eq!(within(&row, Window { from: window.0, until: window.1 }), expected, "{window:?} {seen:?}");
        }
    }

    #[test]
    fn shares_and_minutes_are_never_better_than_they_were() {
        for (part, whole, down, up) in
            [(0, 0, None, None), (5, 0, None, None), (999, 1_000, Some(999), Some(999)), (1, 3, Some(333), Some(334))]
        {
            assert_eq!(per_mille(part, whole, u128::div_euclid), down);
            assert_eq!(per_mille(part, whole, u128::div_ceil), up);
        }
        for (micros, expected) in [(0, 0), (1, 1), (MINUTE, 1), (MINUTE + 1, 2), (i64::MAX, i64::MAX / MINUTE)] {
            assert_eq!(minutes(micros), expected, "{micros}");
        }
    }

    #[test]
    fn who_is_named_is_named_with_where_it_stands_alone() {
        let mut office = Office::of(&row(Standing::NotSeen, None, None));
        for (hours, rejected) in [(1_000, 3), (999, 4)] {
            let coverage = Coverage {
                sources: 1,
                events_read: 1,
                hours_asked: 1_000,
                hours_with_data: hours,
                lines_read: 1_000,
                lines_rejected: rejected,
                rejected_share: None,
            };
            office.add(&SituationRow { coverage: Some(coverage), ..row(Standing::NotSeen, None, None) }, true, None);
        }
        assert_eq!(office.facts("p".to_owned(), true).answers.len(), 2, "who is not named keeps what the figures need");
        let named = office.facts("p".to_owned(), false);
        assert_eq!(named.released.map(|one| one.name).as_deref(), Some("Ohio"));
        let facts = AnswerFacts {
            standing: Standing::NotSeen,
            within: Within::Window,
            hours_per_mille: None,
            rejected_per_mille: None,
            alerts: 2,
        };
        assert_eq!(named.answers, [facts]);
    }
}
