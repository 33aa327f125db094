//! The search for observations that meet what a pattern needs.
//!
//! All that time asks of a group of observations depends on the latest of their first times and the earliest of their
//! last times. So a choice is a branch of an `OR`, or one time: the latest first time of what comes before a
//! `FOLLOWEDBY`, or the earliest last time of what is `WITHIN`. Once it is chosen, what is left are bounds on single
//! observations. Before each choice a flow shows whether all that is settled can still be met together, so that most
//! dead ends are left at once; after the last choice the flow is the answer.

use super::flow::{Demand, Work, assign};
use super::plan::{Need, Plan};
use super::{MatchError, Observed};

/// Positions of observations that meet the plan together, in order, or `None` when none do.
pub(super) fn search(plan: &Plan, observations: &[Observed<'_>]) -> Result<Option<Vec<usize>>, MatchError> {
    let mut search = Search { plan, observations, work: Work::default() };
    let whole = Bound { need: &plan.need, upper: i128::MAX, lower: i128::MIN };
    search.solve(vec![whole], Vec::new())
}

/// A need, and bounds on the times of all that meets it.
#[derive(Clone, Copy)]
struct Bound<'a> {
    need: &'a Need,
    upper: i128,
    lower: i128,
}

struct Search<'a, 'b> {
    plan: &'a Plan,
    observations: &'a [Observed<'b>],
    work: Work,
}

impl<'a> Search<'a, '_> {
    /// Meets open needs beside demands that are settled.
    fn solve(&mut self, open: Vec<Bound<'a>>, mut settled: Vec<Demand>) -> Result<Option<Vec<usize>>, MatchError> {
        let mut choices = Vec::new();
        let mut pending = open;
        while let Some(bound) = pending.pop() {
            self.work.spend(1)?;
            match bound.need {
                Need::Seen { set, times } => settled.push(bound.demand(*set, *times)),
                Need::All(parts) => pending.extend(parts.iter().rev().map(|need| Bound { need, ..bound })),
                Need::Any(_) | Need::Then(..) | Need::Within(..) => choices.push(bound),
            }
        }
        let mut certain = settled.clone();
        for choice in &choices {
            self.certain(*choice, &mut certain)?;
        }
        let found = assign(&certain, &self.plan.sets, self.observations, &mut self.work)?;
        if found.is_none() || choices.is_empty() {
            return Ok(found);
        }
        let choice = choices.remove(0);
        for way in self.ways(choice)? {
            self.work.spend(choices.len() + settled.len())?;
            let mut open = choice.settled(way);
            open.extend_from_slice(&choices);
            let found = self.solve(open, settled.clone())?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// What a need demands whichever way it is met.
    fn certain(&mut self, bound: Bound<'a>, demands: &mut Vec<Demand>) -> Result<(), MatchError> {
        let mut pending = vec![bound];
        while let Some(bound) = pending.pop() {
            self.work.spend(1)?;
            match bound.need {
                Need::Seen { set, times } => demands.push(bound.demand(*set, *times)),
                Need::All(parts) => pending.extend(parts.iter().map(|need| Bound { need, ..bound })),
                Need::Any(_) => {}
                Need::Then(before, after) => {
                    pending.extend([before, after].map(|need| Bound { need, ..bound }));
                }
                Need::Within(inner, _) => pending.push(Bound { need: inner, ..bound }),
            }
        }
        Ok(())
    }

    /// The ways to settle a choice: the positions of its branches, or times.
    fn ways(&mut self, choice: Bound<'a>) -> Result<Vec<i128>, MatchError> {
        match choice.need {
            Need::Any(parts) => Ok((0..).take(parts.len()).collect()),
            Need::Then(before, _) => self.times(Bound { need: before, ..choice }, |one| one.first),
            Need::Within(inner, _) => self.times(Bound { need: inner, ..choice }, |one| one.last),
            Need::Seen { .. } | Need::All(_) => Ok(vec![0]),
        }
    }

    /// The times of all observations that may meet some part of a need, in order, each once.
    fn times(&mut self, bound: Bound<'a>, time: fn(&Observed<'_>) -> i128) -> Result<Vec<i128>, MatchError> {
        let (mut pending, mut sets) = (vec![bound.need], Vec::new());
        while let Some(need) = pending.pop() {
            self.work.spend(1)?;
            match need {
                Need::Seen { set, .. } => sets.push(*set),
                Need::All(parts) | Need::Any(parts) => pending.extend(parts),
                Need::Then(before, after) => pending.extend([before.as_ref(), after.as_ref()]),
                Need::Within(inner, _) => pending.push(inner),
            }
        }
        sets.sort_unstable();
        sets.dedup();
        let mut times = Vec::new();
        for set in sets.into_iter().filter_map(|set| self.plan.sets.get(set)) {
            self.work.spend(set.members.len())?;
            let members = set.members.iter().filter_map(|at| self.observations.get(*at));
            times.extend(members.filter(|one| one.fits(bound.upper, bound.lower)).map(time));
        }
        times.sort_unstable();
        times.dedup();
        Ok(times)
    }
}

impl<'a> Bound<'a> {
    /// The needs that a choice leaves when it is settled in one way.
    fn settled(self, way: i128) -> Vec<Bound<'a>> {
        let later = self.lower.max(way);
        match self.need {
            Need::Any(parts) => {
                let part = usize::try_from(way).ok().and_then(|at| parts.get(at));
                part.map(|need| Bound { need, ..self }).into_iter().collect()
            }
            Need::Then(before, after) => {
                let before = Bound { need: before, upper: self.upper.min(way), ..self };
                vec![before, Bound { need: after, lower: later, ..self }]
            }
            Need::Within(inner, nanos) => {
                let upper = self.upper.min(way.saturating_add(*nanos));
                vec![Bound { need: inner, upper, lower: later }]
            }
            Need::Seen { .. } | Need::All(_) => vec![self],
        }
    }

    fn demand(self, set: usize, times: u64) -> Demand {
        Demand { set, upper: self.upper, lower: self.lower, times }
    }
}
