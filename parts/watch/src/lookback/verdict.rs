//! From what was found to what can be said: the coverage's verdict, and what persons have said since.

use ward_detect::coverage::{IndicatorFacts, Question, SourceFacts, verdict};
use ward_detect::kinds::Kind;
use ward_detect::signs::{Proposal, Signs, proposal};
use ward_stix::answer::Finding;

use super::search::{Found, Inputs, SearchedSource, Seen};
use super::{LookbackResult, NotSearched};
use crate::confirm::Word;
use crate::known::{KnownAlert, KnownIndicator};

/// What goes home of an unreadable file: its name stays here.
const UNREADABLE: &str = "missing, damaged, closed to Ward or in no format that it reads";

/// Judges what was found.
pub(super) fn judge(
    known: &KnownAlert,
    inputs: &Inputs,
    mut found: Found,
    word: &Word,
    previous: Option<&LookbackResult>,
    now: i64,
) -> LookbackResult {
    let mut proposed = proposal_of(&found);
    let mut because = Vec::new();
    keep_what_was_purged(known, inputs, &mut found, &mut proposed, previous, &mut because);
    let dismissed = dismissed_events(known, &mut found, word);
    let question = Question { from: known.alert.search_from, until: known.alert.search_until, now };
    let declared = inputs.sources.iter().filter(|searched| searched.source.removed_at.is_none());
    let facts: Vec<SourceFacts> =
        declared.map(|searched| source_facts(searched, found.coverage.get(&searched.source.id))).collect();
    let asked: Vec<IndicatorFacts> = known
        .indicators
        .iter()
        .zip(&found.indicators)
        .filter(|(indicator, seen)| !indicator.is_revoked || seen.count > 0)
        .map(|(indicator, seen)| indicator_facts(indicator, *seen))
        .collect();
    let verdict = verdict(&question, &facts, &asked);
    if facts.is_empty() {
        because.push("no logs are declared here".to_owned());
    }
    because.extend(verdict.because);
    because.extend(about_removed_and_revoked(known, inputs));
    if found.outside > 0 && found.events.count > 0 {
        because
            .push(format!("{} of {} matching events lie outside the period asked", found.outside, found.events.count));
    }
    if dismissed > 0 {
        because.push(format!("{dismissed} matching events were dismissed by a person as a false alarm"));
    }
    LookbackResult {
        report_id: known.alert.report_id.clone(),
        headline: known.alert.headline.clone(),
        period_from: question.from,
        period_until: question.until.min(now).max(question.from.saturating_add(1)),
        searched_at: now,
        finding: match word {
            Word::Confirmed { rung, .. } => Finding::Confirmed(*rung),
            Word::Nothing | Word::Dismissed { .. } => verdict.finding,
        },
        sources: verdict.sources,
        indicators: verdict.indicators,
        not_searched: not_searched(known),
        because,
        proposal: proposed,
        events_matched: found.events.count,
        first: found.events.first,
        last: found.events.last,
        events_outside_period: if found.events.count > 0 { found.outside } else { 0 },
        events_dismissed: dismissed,
        unreadable: unreadable(inputs),
    }
}

fn proposal_of(found: &Found) -> Proposal {
    let each = found.signs.iter().flat_map(|(bits, count)| {
        std::iter::repeat_n(Signs::from_bits(*bits), usize::try_from(*count).unwrap_or(usize::MAX))
    });
    proposal(each)
}

/// What was once seen stays seen: a purge since then takes lines away, not the fact.
fn keep_what_was_purged(
    known: &KnownAlert,
    inputs: &Inputs,
    found: &mut Found,
    proposed: &mut Proposal,
    previous: Option<&LookbackResult>,
    because: &mut Vec<String>,
) {
    let retained_from = inputs.sources.iter().filter_map(|searched| searched.facts.lines.retained_from).max();
    let (Some(previous), Some(retained_from)) = (previous, retained_from) else { return };
    let is_purged = |first: Option<i64>| first.is_some_and(|first| first < retained_from);
    let mut any = false;
    for (indicator, seen) in known.indicators.iter().zip(&mut found.indicators) {
        if indicator.is_revoked {
            continue; // Not asked any more, so nothing of it is missing.
        }
        let before = previous.indicators.iter().find(|result| result.indicator_ref == indicator.id);
        if let Some(before) = before.filter(|before| before.count > seen.count && is_purged(before.first)) {
            *seen = Seen { count: before.count, first: before.first, last: before.last.max(seen.last) };
            any = true;
        }
    }
    if any {
        found.events.count = found.events.count.max(previous.events_matched);
        found.events.first = [found.events.first, previous.first].into_iter().flatten().min();
        found.events.last = found.events.last.max(previous.last);
        proposed.clone_from(&previous.proposal);
        because.push("lines that matched have been purged since they were found; what they showed is kept".to_owned());
    }
}

/// Takes away hits that a person dismissed, as long as there are no more and no later ones than the person saw. Gives how many events that was.
fn dismissed_events(known: &KnownAlert, found: &mut Found, word: &Word) -> u64 {
    let Word::Dismissed { hits, .. } = word else { return 0 };
    let is_covered = known.indicators.iter().zip(&found.indicators).all(|(indicator, seen)| {
        let known = hits.get(&indicator.id).copied().unwrap_or_default();
        // What came later is new even if so many have been purged since that there are no more than before.
        seen.count <= known.count && seen.last <= known.last
    });
    if !is_covered {
        return 0;
    }
    let events = found.events.count;
    found.events = Seen::default();
    found.indicators.fill(Seen::default());
    events
}

/// What the archive holds is what can be searched; what its lines cannot say comes from the readings.
fn source_facts(searched: &SearchedSource, kept: Option<&SourceFacts>) -> SourceFacts {
    let facts = &searched.facts;
    SourceFacts {
        name: searched.source.name.clone(),
        unreadable: facts.not_read().map(|_| UNREADABLE.to_owned()).collect(),
        lost: facts.lines.lost.clone(),
        rejected_hours: facts.lines.rejected_hours.clone(),
        rejected_unplaced: facts.lines.rejected_unplaced,
        retained_from: facts.lines.retained_from,
        ..kept.cloned().unwrap_or_default()
    }
}

fn indicator_facts(indicator: &KnownIndicator, seen: Seen) -> IndicatorFacts {
    let is_before = indicator.valid_from.zip(seen.first).is_some_and(|(from, first)| first < from);
    let is_after = indicator.valid_until.zip(seen.last).is_some_and(|(until, last)| last >= until);
    IndicatorFacts {
        indicator_ref: indicator.id.clone(),
        kinds: indicator.terms.iter().map(Kind::of).collect(),
        unsupported: indicator.not_searched.clone(),
        hits: seen.count,
        first: seen.first,
        last: seen.last,
        outside_validity: is_before || is_after,
    }
}

fn not_searched(known: &KnownAlert) -> Vec<NotSearched> {
    let with_reason = known.indicators.iter().filter(|indicator| !indicator.not_searched.is_empty());
    with_reason
        .map(|indicator| NotSearched { indicator_ref: indicator.id.clone(), reason: indicator.not_searched.join("; ") })
        .collect()
}

fn about_removed_and_revoked(known: &KnownAlert, inputs: &Inputs) -> Vec<String> {
    let mut sentences = Vec::new();
    let revoked = known.indicators.iter().filter(|indicator| indicator.is_revoked).count();
    if revoked > 0 {
        sentences.push(format!("{revoked} indicators were withdrawn by their sender and are not searched"));
    }
    let removed = inputs.sources.iter().filter(|searched| searched.source.removed_at.is_some());
    sentences.extend(removed.map(|searched| {
        let name = &searched.source.name;
        format!("the source {name} was removed: what is kept of it was searched, but it is not counted as covered")
    }));
    sentences
}

fn unreadable(inputs: &Inputs) -> Vec<(String, crate::reading::UnreadableFile)> {
    let declared = inputs.sources.iter().filter(|searched| searched.source.removed_at.is_none());
    let of = |searched: &SearchedSource| {
        let name = searched.source.name.clone();
        searched.facts.not_read().map(move |file| (name.clone(), file)).collect::<Vec<_>>()
    };
    declared.flat_map(of).collect()
}
