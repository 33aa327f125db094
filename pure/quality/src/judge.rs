//! From facts to a verdict: block, watch or spent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::lists::{Listed, date, staleness};
use crate::rules;
use crate::stated::Stated;

/// What may be done with an indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// A machine may act on it by itself.
    Block,
    /// It is looked for and told of, and never acted on by itself.
    Watch,
    /// Expired, withdrawn, or ended by false alarms; only looking back still uses it.
    Spent,
}

impl Act {
    /// All, from the strongest.
    pub const ALL: [Self; 3] = [Self::Block, Self::Watch, Self::Spent];

    /// The word for it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Watch => "watch",
            Self::Spent => "spent",
        }
    }

    /// The verdict of that word.
    pub fn of_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.text() == text)
    }
}

/// What an organisation said last of an indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A named person confirmed a hit.
    Confirmed,
    /// A hit that nobody has looked at yet.
    Matched,
    /// It looked and did not see it.
    NotSeen,
    /// A named person reviewed a hit and found a false alarm; why, where it is known here.
    FalseAlarm { reason: Option<String> },
}

/// Who said what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficeWord {
    /// The organisation's id.
    pub organisation: String,
    pub said: Said,
}

/// All that is judged by.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    pub stated: &'a Stated,
    /// Two people signed an alert that holds it.
    pub is_vouched: bool,
    /// Its values that stand on lists.
    pub listed: &'a [Listed],
    /// What organisations said; of one organisation the last counts.
    pub words: &'a [OfficeWord],
}

/// The verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub act: Act,
    /// From 0 to 100.
    pub confidence: u8,
    /// In plain words, what decided first.
    pub reasons: Vec<String>,
}

/// Judges an indicator as of `now`, microseconds since 1970-01-01T00:00:00Z.
pub fn judge(facts: &Facts<'_>, now: i64) -> Verdict {
    let words = Words::count(facts.words);
    let confidence = confidence(facts, &words, now);
    let spent = why_spent(facts.stated, &words, now);
    if !spent.is_empty() {
        return verdict(Act::Spent, confidence, spent);
    }
    let mut reasons = why_only_watched(facts, &words, now);
    if confidence < rules::BLOCK_FROM {
        let stated = match facts.stated.confidence {
            Some(_) => "",
            None if facts.is_vouched => "",
            None => ", and its sender states none",
        };
        reasons
            .push(format!("its confidence is {confidence} of 100, and blocking needs {}{stated}", rules::BLOCK_FROM));
    }
    if !reasons.is_empty() {
        reasons.extend(words.sentences());
        return verdict(Act::Watch, confidence, reasons);
    }
    let because = match (facts.is_vouched, facts.stated.confidence) {
        (true, _) => "two people signed it in an alert",
        (false, Some(_)) => "its sender is sure enough",
        (false, None) => "it is exact, and nothing speaks against it",
    };
    reasons.push(format!("its confidence is {confidence} of 100: {because}"));
    reasons.extend(words.sentences());
    verdict(Act::Block, confidence, reasons)
}

fn verdict(act: Act, confidence: i64, reasons: Vec<String>) -> Verdict {
    Verdict { act, confidence: u8::try_from(confidence.clamp(0, 100)).unwrap_or(0), reasons }
}

/// The last word of each organisation, counted.
#[derive(Default)]
struct Words {
    confirmed: usize,
    matched: usize,
    not_seen: usize,
    false_alarms: usize,
    /// Reasons for false alarms, each once.
    reasons: Vec<String>,
}

impl Words {
    fn count(words: &[OfficeWord]) -> Self {
        let last: BTreeMap<&str, &Said> = words.iter().map(|word| (word.organisation.as_str(), &word.said)).collect();
        let mut counted = Self::default();
        for said in last.into_values() {
            match said {
                Said::Confirmed => counted.confirmed += 1,
                Said::Matched => counted.matched += 1,
                Said::NotSeen => counted.not_seen += 1,
                Said::FalseAlarm { reason } => {
                    counted.false_alarms += 1;
                    counted.reasons.extend(reason.clone());
                }
            }
        }
        counted.reasons.sort_unstable();
        counted.reasons.dedup();
        counted
    }

    fn sentences(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        if self.confirmed > 0 {
            sentences.push(format!("{} confirmed a hit on it", organisations(self.confirmed)));
        }
        if self.matched > 0 {
            sentences.push(format!("{} had a match that nobody has reviewed yet", organisations(self.matched)));
        }
        if self.not_seen > 0 {
            sentences.push(format!("{} looked for it and did not see it", organisations(self.not_seen)));
        }
        sentences
    }

    fn about_false_alarms(&self) -> String {
        let said = format!("{} reviewed a hit on it as a false alarm", organisations(self.false_alarms));
        if self.reasons.is_empty() { said } else { format!("{said}: {}", self.reasons.join("; ")) }
    }
}

fn organisations(count: usize) -> String {
    if count == 1 { "1 organisation".to_owned() } else { format!("{count} organisations") }
}

fn why_spent(stated: &Stated, words: &Words, now: i64) -> Vec<String> {
    let mut reasons = Vec::new();
    if stated.is_revoked {
        reasons.push("its sender withdrew it".to_owned());
    }
    if let Some(until) = stated.valid_until.filter(|until| *until <= now) {
        reasons.push(format!("it was valid until {}", date(until)));
    }
    let outnumbered = words.false_alarms >= words.confirmed.saturating_mul(rules::KILLED_RATIO);
    if words.false_alarms >= rules::KILLED_BY && outnumbered {
        reasons.push(words.about_false_alarms());
    }
    reasons
}

fn why_only_watched(facts: &Facts<'_>, words: &Words, now: i64) -> Vec<String> {
    let stated = facts.stated;
    let mut reasons: Vec<String> = facts.listed.iter().map(|listed| about_listed(listed, now)).collect();
    reasons.extend(stated.watch_only.map(str::to_owned));
    if stated.terms.is_empty() {
        reasons.push("nothing in it can be looked for exactly".to_owned());
    }
    if let Some(from) = stated.valid_from.filter(|from| *from > now) {
        reasons.push(format!("it is valid only from {}", date(from)));
    }
    if lifetimes_passed(stated, now) > 0 {
        reasons.extend(about_age(stated, now));
    }
    if words.false_alarms > 0 && words.false_alarms >= words.confirmed {
        reasons.push(words.about_false_alarms());
    }
    reasons
}

fn about_listed(listed: &Listed, now: i64) -> String {
    let stale = staleness(listed.as_of, now).map(|stale| format!(", {stale}")).unwrap_or_default();
    let why = if listed.why.is_empty() { String::new() } else { format!(": {}", listed.why) };
    format!("`{}` stands on the list \"{}\"{stale}{why}", listed.value, listed.list)
}

fn about_age(stated: &Stated, now: i64) -> Option<String> {
    let at = stated.stated_at?;
    let days = (now - at).max(0) / rules::DAY;
    Some(format!(
        "it names no end, and its sender last stood for it on {}, {days} days ago: values change hands",
        date(at)
    ))
}

/// How many lifetimes have passed since the sender last stood for it; an end that is given replaces them.
fn lifetimes_passed(stated: &Stated, now: i64) -> i64 {
    if stated.valid_until.is_some() {
        return 0;
    }
    let shortest = stated.terms.iter().filter_map(rules::lifetime_days).min();
    let passed = |(at, days): (i64, i64)| (now - at).max(0) / (days * rules::DAY);
    stated.stated_at.zip(shortest).map_or(0, passed)
}

fn confidence(facts: &Facts<'_>, words: &Words, now: i64) -> i64 {
    let stated = facts.stated;
    // Any of its terms may hit, so it is as sure as the least of them.
    let own = stated.terms.iter().map(rules::unstated).min().unwrap_or(0);
    let mut confidence = stated.confidence.map_or(own, i64::from);
    if facts.is_vouched && stated.confidence.is_none() {
        confidence = confidence.max(rules::VOUCHED);
    }
    let passed = lifetimes_passed(stated, now);
    if passed > 0 {
        confidence = (confidence - rules::AGED * passed.min(10)).max(rules::AGED_FLOOR.min(confidence));
    }
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    confidence += rules::CONFIRMED * count(words.confirmed).min(rules::CONFIRMED_MAX);
    confidence += rules::MATCHED * count(words.matched).min(rules::MATCHED_MAX);
    confidence -= rules::FALSE_ALARM * count(words.false_alarms).min(10);
    if !facts.listed.is_empty() {
        confidence -= rules::SHARED;
    }
    if stated.watch_only.is_some() {
        confidence -= rules::WATCH_ONLY;
    }
    confidence.clamp(0, 100)
}
