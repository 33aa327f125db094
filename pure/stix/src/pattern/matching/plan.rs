//! From a pattern to what it needs: sets of observations that satisfy a comparison, how many of each, and in which order
//! and window of time.
//!
//! What needs no choice is settled here: `START … STOP` narrows the sets, `REPEATS` multiplies numbers and distributes
//! over `AND`, `OR` between comparisons unites sets. Only `OR` between larger parts, `FOLLOWEDBY` and `WITHIN` are left.

use super::{Expression, MOST_CHOICES, MOST_PARTS, MatchError, Observed};

/// Observations that satisfy a comparison, with prefix sums over their windows of time.
#[derive(Debug, Default)]
pub(super) struct Set {
    /// Positions, in order.
    pub members: Vec<usize>,
    /// First times in order, each with how many observations begin at or before it.
    firsts: Vec<(i128, u64)>,
    /// Last times in order, each with how many observations end at or before it.
    lasts: Vec<(i128, u64)>,
}

/// What a pattern needs.
#[derive(Clone, Debug)]
pub(super) enum Need {
    /// So many observations of a set.
    Seen { set: usize, times: u64 },
    /// All of these, by different observations.
    All(Vec<Need>),
    /// One of these.
    Any(Vec<Need>),
    /// The first at or before the second.
    Then(Box<Need>, Box<Need>),
    /// All within so many nanoseconds.
    Within(Box<Need>, i128),
}

/// Needs and the sets they speak of.
#[derive(Debug)]
pub(super) struct Plan {
    pub sets: Vec<Set>,
    pub need: Need,
}

/// What a pattern needs of these observations.
pub(super) fn plan(expression: &Expression, observations: &[Observed<'_>]) -> Result<Plan, MatchError> {
    let mut planner = Planner { observations, sets: Vec::new() };
    let need = planner.need(expression)?;
    bounded(&need)?;
    Ok(Plan { sets: planner.sets, need })
}

struct Planner<'a, 'b> {
    observations: &'b [Observed<'a>],
    sets: Vec<Set>,
}

impl Planner<'_, '_> {
    fn need(&mut self, expression: &Expression) -> Result<Need, MatchError> {
        match expression {
            Expression::Test(comparing) => {
                let (kinds, mut members) = (comparing.kinds(), Vec::new());
                for (position, observed) in self.observations.iter().enumerate() {
                    if comparing.is_met(&kinds, observed)? {
                        members.push(position);
                    }
                }
                Ok(self.seen(members, 1))
            }
            Expression::All(parts) => Ok(Need::All(self.needs(parts)?)),
            Expression::Any(parts) => {
                let parts = self.needs(parts)?;
                Ok(self.any(parts))
            }
            Expression::FollowedBy(parts) => {
                if parts.len() > MOST_CHOICES {
                    return Err(too_many_choices());
                }
                let mut parts = self.needs(parts)?.into_iter().rev();
                let last = parts.next().unwrap_or_else(|| Need::All(Vec::new()));
                Ok(parts.fold(last, |after, before| Need::Then(Box::new(before), Box::new(after))))
            }
            Expression::Within(inner, nanos) => Ok(within(self.need(inner)?, *nanos)),
            Expression::Repeats(inner, times) => {
                let need = self.need(inner)?;
                self.repeated(need, *times)
            }
            Expression::Between(inner, start, stop) => {
                let need = self.need(inner)?;
                Ok(self.between(need, *start, *stop))
            }
        }
    }

    fn needs(&mut self, parts: &[Expression]) -> Result<Vec<Need>, MatchError> {
        parts.iter().map(|part| self.need(part)).collect()
    }

    fn seen(&mut self, members: Vec<usize>, times: u64) -> Need {
        self.sets.push(Set::new(members, self.observations));
        Need::Seen { set: self.sets.len() - 1, times }
    }

    fn members(&self, set: usize) -> &[usize] {
        self.sets.get(set).map_or(&[], |set| &set.members)
    }

    /// One of several needs; those that any one observation satisfies become one set.
    fn any(&mut self, parts: Vec<Need>) -> Need {
        let (mut united, mut singles, mut rest) = (Vec::new(), 0, Vec::new());
        for part in parts {
            match part {
                Need::Seen { set, times: 1 } => {
                    singles += 1;
                    united.extend_from_slice(self.members(set));
                }
                _ => rest.push(part),
            }
        }
        if singles > 0 {
            united.sort_unstable();
            united.dedup();
            rest.insert(0, self.seen(united, 1));
        }
        if rest.len() == 1 { rest.remove(0) } else { Need::Any(rest) }
    }

    /// A need so many times over, each time by different observations.
    fn repeated(&self, need: Need, times: u64) -> Result<Need, MatchError> {
        match need {
            Need::Seen { set, times: once } => Ok(Need::Seen { set, times: once.saturating_mul(times) }),
            Need::All(parts) => {
                Ok(Need::All(parts.into_iter().map(|part| self.repeated(part, times)).collect::<Result<_, _>>()?))
            }
            need => {
                let choices = usize::try_from(times).unwrap_or(usize::MAX).saturating_mul(bounded(&need)?);
                if choices > MOST_CHOICES {
                    return Err(too_many_choices());
                }
                Ok(Need::All((0..times).map(|_| need.clone()).collect()))
            }
        }
    }

    /// A need with only the observations that may be from `start` up to before `stop`.
    fn between(&mut self, need: Need, start: i128, stop: i128) -> Need {
        let mut all = |parts: Vec<Need>| parts.into_iter().map(|part| self.between(part, start, stop)).collect();
        match need {
            Need::All(parts) => Need::All(all(parts)),
            Need::Any(parts) => Need::Any(all(parts)),
            Need::Then(before, after) => {
                let before = self.between(*before, start, stop);
                Need::Then(Box::new(before), Box::new(self.between(*after, start, stop)))
            }
            Need::Within(inner, nanos) => Need::Within(Box::new(self.between(*inner, start, stop)), nanos),
            Need::Seen { set, times } => {
                let is_in = |position: &&usize| {
                    self.observations
                        .get(**position)
                        .is_some_and(|it| start < stop && it.first < stop && it.last >= start)
                };
                let members = self.members(set).iter().filter(is_in).copied().collect();
                self.seen(members, times)
            }
        }
    }
}

/// A single observation is always within a time; of two windows the narrower counts.
fn within(need: Need, nanos: i128) -> Need {
    match need {
        Need::Seen { times: 1, .. } => need,
        Need::Within(inner, other) => Need::Within(inner, nanos.min(other)),
        need => Need::Within(Box::new(need), nanos),
    }
}

fn too_many_choices() -> MatchError {
    MatchError::TooLarge { what: "choices between observations", limit: MOST_CHOICES }
}

/// How many choices a need leaves, if it is within the limits.
fn bounded(need: &Need) -> Result<usize, MatchError> {
    let (mut choices, mut parts, mut pending) = (0, 0, vec![need]);
    while let Some(need) = pending.pop() {
        parts += 1;
        match need {
            Need::Seen { .. } => {}
            Need::All(needs) => pending.extend(needs),
            Need::Any(needs) => {
                choices += 1;
                pending.extend(needs);
            }
            Need::Then(before, after) => {
                choices += 1;
                pending.extend([before.as_ref(), after.as_ref()]);
            }
            Need::Within(inner, _) => {
                choices += 1;
                pending.push(inner);
            }
        }
    }
    if parts > MOST_PARTS {
        return Err(MatchError::TooLarge { what: "parts", limit: MOST_PARTS });
    }
    if choices > MOST_CHOICES { Err(too_many_choices()) } else { Ok(choices) }
}

impl Set {
    fn new(members: Vec<usize>, observations: &[Observed<'_>]) -> Self {
        let sums = |time: fn(&Observed<'_>) -> i128| {
            let mut all: Vec<(i128, u64)> =
                members.iter().filter_map(|at| observations.get(*at)).map(|one| (time(one), one.times)).collect();
            all.sort_unstable();
            let mut sum = 0_u64;
            for (_, times) in &mut all {
                sum = sum.saturating_add(*times);
                *times = sum;
            }
            all
        };
        let (firsts, lasts) = (sums(|one| one.first), sums(|one| one.last));
        Self { members, firsts, lasts }
    }

    /// How many observations of the set can be at or before one time and at or after another: exact when the second is
    /// not later than the first, else never too few.
    pub(super) fn at_most(&self, upper: i128, lower: i128) -> u64 {
        let count =
            |sums: &[(i128, u64)], below: usize| below.checked_sub(1).and_then(|at| sums.get(at)).map_or(0, |at| at.1);
        let begun = count(&self.firsts, self.firsts.partition_point(|(first, _)| *first <= upper));
        let ended = count(&self.lasts, self.lasts.partition_point(|(last, _)| *last < lower));
        if lower <= upper {
            return begun.saturating_sub(ended);
        }
        let total = self.lasts.last().map_or(0, |(_, sum)| *sum);
        begun.min(total.saturating_sub(ended))
    }
}
