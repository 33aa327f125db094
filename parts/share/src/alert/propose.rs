//! Indicators proposed from what an analyst pasted: what is found, what of it may not be asked, and which lines held nothing.
//!
//! Nothing of it is in an alert until the analyst has confirmed it, one by one.

use std::collections::BTreeSet;

use ward_stix::extract::{extract, pattern_of};
use ward_stix::{pattern, question};

use super::draft::check_pattern;

/// Longest text that is looked through, in characters.
const TEXT_MAX: usize = 200_000;

/// Something that could be searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The STIX pattern.
    pub pattern: String,
    /// What it looks for, such as `address 203.0.113.7`.
    pub looks_for: String,
    /// As it stands in the text.
    pub as_written: String,
    /// Line of the text, from 1.
    pub line: usize,
    /// Why it may not be in an alert, if it may not.
    pub refusal: Option<String>,
}

/// What a text holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposals {
    pub found: Vec<Proposal>,
    /// Lines in which nothing was found: their number, what they say, and why.
    pub nothing_in: Vec<(usize, String, &'static str)>,
}

impl Proposals {
    /// Those that may be in an alert.
    pub fn possible(&self) -> impl Iterator<Item = &Proposal> {
        self.found.iter().filter(|proposal| proposal.refusal.is_none())
    }
}

/// What could be searched for in a text: STIX patterns, one a line, or anything in free text, defanged or not.
#[must_use]
pub fn proposals(text: &str) -> Proposals {
    let text: String = text.chars().take(TEXT_MAX).collect();
    let (mut proposals, mut seen) = (Proposals::default(), BTreeSet::new());
    for (line, words) in (1..).zip(text.lines()) {
        let words = words.trim();
        let here = of_line(words, line);
        if here.is_empty() && !words.is_empty() {
            proposals.nothing_in.push((line, words.to_owned(), why_nothing(words)));
        }
        proposals.found.extend(here.into_iter().filter(|proposal| seen.insert(proposal.pattern.clone())));
    }
    proposals
}

fn of_line(words: &str, line: usize) -> Vec<Proposal> {
    if words.starts_with('[') && pattern::parse(words).is_ok() {
        return vec![of_pattern(words, line)];
    }
    let proposal = |found: ward_stix::extract::Candidate| Proposal {
        refusal: check_pattern(&found.pattern).err(),
        looks_for: format!("{} {}", found.kind, found.term.text()),
        as_written: found.as_written,
        pattern: found.pattern,
        line,
    };
    extract(words).into_iter().map(proposal).collect()
}

/// A pattern as it is: the person knows how to write one.
fn of_pattern(words: &str, line: usize) -> Proposal {
    let terms = question::compile(words).map(|compiled| compiled.terms).unwrap_or_default();
    let looks_for: Vec<String> = terms.iter().map(|term| format!("{} {}", term.kind(), term.text())).collect();
    // Written as the extraction writes it where it is the same question, so that it is not asked twice.
    let pattern = match terms.as_slice() {
        [only] if check_pattern(words).is_ok() && !matches!(only, ward_stix::term::Term::Url(_)) => pattern_of(only),
        _ => words.to_owned(),
    };
    let looks_for = if looks_for.is_empty() { "a pattern".to_owned() } else { looks_for.join(", ") };
    Proposal { refusal: check_pattern(words).err(), looks_for, as_written: words.to_owned(), pattern, line }
}

fn why_nothing(words: &str) -> &'static str {
    let lower = words.to_ascii_lowercase();
    if lower.contains('@') || lower.contains("[at]") || lower.contains("(at)") {
        return "an e-mail address or account is about a person: nodes refuse such questions";
    }
    "no address, network, domain, web address or file digest in it"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_is_proposed_and_what_may_not_be_asked_says_why() {
        let text = "seen from 203.0.113[.]7 and 203.0.113.7\n\n[ipv4-addr:value = '203.0.113.7']\n10.0.0.0/8\n\
                    hxxps://vote.example/lookup?name=Smith\njane@county.example\nnothing here\n[email-addr:value = 'j@b.example']";
        let found = proposals(text);
        let told: Vec<(&str, usize, bool)> =
            found.found.iter().map(|one| (one.looks_for.as_str(), one.line, one.refusal.is_some())).collect();
        assert_eq!(
            told,
            [
                ("address 203.0.113.7", 1, false),
                ("network 10.0.0.0/8", 4, true),
                ("url vote.example/lookup?name=Smith", 5, true),
                ("a pattern", 8, true)
            ]
        );
        assert_eq!(found.possible().count(), 1);
        let nothing: Vec<usize> = found.nothing_in.iter().map(|(line, _, _)| *line).collect();
        assert_eq!(nothing, [6, 7]);
        assert!(found.nothing_in.first().unwrap().2.contains("about a person"));
    }
}
