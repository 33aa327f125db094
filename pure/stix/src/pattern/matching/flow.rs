//! Different observations for demands that share them: a flow from demands to observations, each of which counts as
//! often as it was observed.
//!
//! Demands take greedily; where one comes up short, a shortest chain of exchanges is looked for that frees an
//! observation for it (Edmonds and Karp, 1972), so that a "no" is exact.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::plan::Set;
use super::{MOST_WORK, MatchError, Observed};

/// So many observations of a set that can be at or before `upper` and at or after `lower`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Demand {
    pub set: usize,
    pub upper: i128,
    pub lower: i128,
    pub times: u64,
}

/// Steps taken so far.
#[derive(Debug, Default)]
pub(super) struct Work(u64);

impl Work {
    /// Counts steps, up to the limit.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), MatchError> {
        self.0 = self.0.saturating_add(steps as u64);
        if self.0 > MOST_WORK { Err(MatchError::TooMuchWork) } else { Ok(()) }
    }
}

/// Observations that meet all demands together, in order, or `None` when none do.
pub(super) fn assign(
    demands: &[Demand],
    sets: &[Set],
    observations: &[Observed<'_>],
    work: &mut Work,
) -> Result<Option<Vec<usize>>, MatchError> {
    work.spend(demands.len())?;
    let demands = merged(demands);
    let mut flow =
        Flow { observations, candidates: Vec::new(), given: Vec::new(), holders: HashMap::new(), free: HashMap::new() };
    for demand in &demands {
        let set = sets.get(demand.set);
        if set.is_none_or(|set| set.at_most(demand.upper, demand.lower) < demand.times) {
            return Ok(None);
        }
    }
    for demand in &demands {
        let members = sets.get(demand.set).map_or(&[][..], |set| &set.members);
        work.spend(members.len())?;
        let fits = |at: &&usize| observations.get(**at).is_some_and(|one| one.fits(demand.upper, demand.lower));
        flow.candidates.push(members.iter().filter(fits).copied().collect());
        flow.given.push(BTreeMap::new());
    }
    // Those with the least to choose from choose first.
    let mut order: Vec<usize> = (0..demands.len()).collect();
    order.sort_by_key(|demand| flow.candidates.get(*demand).map_or(0, Vec::len));
    for demand in order {
        let times = demands.get(demand).map_or(0, |demand| demand.times);
        let mut open = flow.take(demand, times, work)?;
        while open > 0 {
            match flow.exchange(demand, open, work)? {
                0 => return Ok(None),
                gained => open -= gained,
            }
        }
    }
    let used: BTreeSet<usize> = flow.given.iter().flat_map(|given| given.keys().copied()).collect();
    Ok(Some(used.into_iter().collect()))
}

/// Equal demands as one.
fn merged(demands: &[Demand]) -> Vec<Demand> {
    let mut sorted = demands.to_vec();
    sorted.sort_unstable();
    let mut merged: Vec<Demand> = Vec::with_capacity(sorted.len());
    for demand in sorted {
        match merged.last_mut() {
            Some(last) if (last.set, last.upper, last.lower) == (demand.set, demand.upper, demand.lower) => {
                last.times = last.times.saturating_add(demand.times);
            }
            _ => merged.push(demand),
        }
    }
    merged
}

struct Flow<'a, 'b> {
    observations: &'b [Observed<'a>],
    /// For each demand the observations that it may take.
    candidates: Vec<Vec<usize>>,
    /// For each demand what it has taken, and how often.
    given: Vec<BTreeMap<usize, u64>>,
    /// For each observation the demands that hold some of it.
    holders: HashMap<usize, BTreeSet<usize>>,
    /// What is left of the observations that something was taken of.
    free: HashMap<usize, u64>,
}

impl Flow<'_, '_> {
    fn free(&self, observation: usize) -> u64 {
        let whole = || self.observations.get(observation).map_or(0, |one| one.times);
        self.free.get(&observation).copied().unwrap_or_else(whole)
    }

    /// Takes what is free; the answer is what is still open.
    fn take(&mut self, demand: usize, times: u64, work: &mut Work) -> Result<u64, MatchError> {
        let mut open = times;
        let candidates = self.candidates.get(demand).cloned().unwrap_or_default();
        for (count, observation) in candidates.into_iter().enumerate() {
            if open == 0 {
                return work.spend(count).map(|()| 0);
            }
            let taken = self.free(observation).min(open);
            if taken > 0 {
                self.free.insert(observation, self.free(observation) - taken);
                self.give(demand, observation, taken);
                open -= taken;
            }
        }
        work.spend(self.candidates.get(demand).map_or(0, Vec::len)).map(|()| open)
    }

    fn give(&mut self, demand: usize, observation: usize, amount: u64) {
        if let Some(given) = self.given.get_mut(demand) {
            *given.entry(observation).or_default() += amount;
        }
        self.holders.entry(observation).or_default().insert(demand);
    }

    fn take_back(&mut self, demand: usize, observation: usize, amount: u64) {
        let Some(given) = self.given.get_mut(demand) else { return };
        let Some(held) = given.get_mut(&observation) else { return };
        *held = held.saturating_sub(amount);
        if *held == 0 {
            given.remove(&observation);
            if let Some(holders) = self.holders.get_mut(&observation) {
                holders.remove(&demand);
            }
        }
    }

    /// Gains something for a demand by a chain of exchanges with others; 0 when there is none.
    fn exchange(&mut self, demand: usize, open: u64, work: &mut Work) -> Result<u64, MatchError> {
        // For each observation the demand that would take it; for each demand the observation that it would give up.
        let mut taker: HashMap<usize, usize> = HashMap::new();
        let mut gives_up: HashMap<usize, usize> = HashMap::new();
        let mut queue = VecDeque::from([demand]);
        while let Some(current) = queue.pop_front() {
            let candidates = self.candidates.get(current).map_or(&[][..], Vec::as_slice);
            work.spend(candidates.len())?;
            for observation in candidates {
                if taker.contains_key(observation) {
                    continue;
                }
                taker.insert(*observation, current);
                if self.free(*observation) > 0 {
                    return Ok(self.along(demand, *observation, open, &taker, &gives_up));
                }
                for holder in self.holders.get(observation).into_iter().flatten() {
                    if *holder != demand && !gives_up.contains_key(holder) {
                        gives_up.insert(*holder, *observation);
                        queue.push_back(*holder);
                    }
                }
            }
        }
        Ok(0)
    }

    /// Moves as much as a chain allows, from its free end back to the demand that began it.
    fn along(
        &mut self,
        demand: usize,
        end: usize,
        open: u64,
        taker: &HashMap<usize, usize>,
        gives_up: &HashMap<usize, usize>,
    ) -> u64 {
        let mut chain = Vec::new();
        let (mut amount, mut observation) = (open.min(self.free(end)), end);
        while let Some(current) = taker.get(&observation) {
            let before = gives_up.get(current).filter(|_| *current != demand);
            chain.push((*current, observation, before.copied()));
            let Some(before) = before else { break };
            let held = self.given.get(*current).and_then(|given| given.get(before));
            amount = amount.min(held.copied().unwrap_or_default());
            observation = *before;
        }
        self.free.insert(end, self.free(end) - amount);
        for (current, gained, lost) in chain {
            self.give(current, gained, amount);
            if let Some(lost) = lost {
                self.take_back(current, lost, amount);
            }
        }
        amount
    }
}
