//! Exact matching of events against many indicators at once.
//!
//! Never substrings: an observable equals a term, or is an address inside its network. Every indicator that holds is
//! reported, also where networks are nested and where several indicators name the same thing, since each has a
//! source of its own that waits for an answer.

mod networks;

use rustc_hash::FxHashMap;
use ward_stix::normal::format_address;
use ward_stix::term::Term;

use crate::event::{Event, Observable};
use crate::kinds::{Kind, Kinds};

use networks::Networks;

/// Compiled indicators.
#[derive(Debug, Default)]
pub struct Matcher {
    kinds: Kinds,
    networks: Networks,
    domains: Texts,
    urls: Texts,
    hashes: Texts,
    user_agents: Texts,
}

/// One indicator that an event holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The indicator's position in the list that was compiled.
    pub indicator: u32,
    /// The observed value as text, such as the address that fell in the network.
    pub value: String,
}

/// Buffers to reuse from event to event.
#[derive(Debug, Default)]
pub struct MatchScratch {
    text: Vec<u8>,
}

impl Matcher {
    /// Compiles indicators, each a list of alternative terms; an indicator's number is its position. An indicator
    /// without terms never matches.
    pub fn compile(indicators: &[Vec<Term>]) -> Self {
        let mut matcher = Self::default();
        let mut ranges = Vec::new();
        for (ordinal, terms) in (0_u32..).zip(indicators) {
            for term in terms {
                matcher.kinds.insert(Kind::of(term));
                match term {
                    Term::Network { first, last } => ranges.push((*first, *last, ordinal)),
                    Term::Domain(text) => matcher.domains.add(text, ordinal),
                    Term::Url(text) => matcher.urls.add(text, ordinal),
                    Term::Hash(text) => matcher.hashes.add(text, ordinal),
                    Term::UserAgent(text) => matcher.user_agents.add(text, ordinal),
                }
            }
        }
        matcher.networks = Networks::new(ranges);
        matcher
    }

    /// The kinds of observable that the indicators look at.
    pub fn kinds(&self) -> Kinds {
        self.kinds
    }

    /// Replaces `out` by the hits of one event: at most one for each indicator, ordered by indicator. Where several
    /// observables satisfy one indicator, the value is the first that [`Event::observables`] hands out.
    pub fn hits(&self, event: &Event<'_>, scratch: &mut MatchScratch, out: &mut Vec<Hit>) {
        out.clear();
        event.observables_of(self.kinds, &mut scratch.text, &mut |observable| self.look_up(observable, out));
        if out.len() > 1 {
            // Stable: of several values for one indicator the first stays.
            out.sort_by_key(|hit| hit.indicator);
            out.dedup_by_key(|hit| hit.indicator);
        }
    }

    fn look_up(&self, observable: Observable<'_>, out: &mut Vec<Hit>) {
        let (texts, text) = match observable {
            Observable::Address(address) => {
                self.networks.each_holding(address, &mut |indicator| {
                    out.push(Hit { indicator, value: format_address(address) });
                });
                return;
            }
            Observable::Domain(text) => (&self.domains, text),
            Observable::Url(text) => (&self.urls, text),
            Observable::Hash(text) => (&self.hashes, text),
            Observable::UserAgent(text) => (&self.user_agents, text),
        };
        for indicator in texts.get(text) {
            out.push(Hit { indicator: *indicator, value: String::from_utf8_lossy(text).into_owned() });
        }
    }
}

/// Texts of one kind, each with the indicators that name it.
#[derive(Debug, Default)]
struct Texts(FxHashMap<Box<[u8]>, Vec<u32>>);

impl Texts {
    fn add(&mut self, text: &str, indicator: u32) {
        self.0.entry(Box::from(text.as_bytes())).or_default().push(indicator);
    }

    fn get(&self, text: &[u8]) -> &[u32] {
        self.0.get(text).map(Vec::as_slice).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use ward_stix::normal::{address, network};

    use super::*;

    fn net(text: &str) -> Term {
        let (first, last) = network(text).unwrap();
        Term::Network { first, last }
    }

    fn found(matcher: &Matcher, event: &Event<'_>) -> Vec<(u32, String)> {
        let mut hits = vec![Hit { indicator: 99, value: "of the event before".to_owned() }];
        matcher.hits(event, &mut MatchScratch::default(), &mut hits);
        hits.into_iter().map(|hit| (hit.indicator, hit.value)).collect()
    }

    #[test]
    fn every_indicator_is_reported_once() {
        let matcher = Matcher::compile(&[
            vec![net("198.51.100.0/24")],
            vec![Term::Domain("evil.example".to_owned()), net("198.51.100.7")],
            vec![],
            vec![net("198.51.100.7"), net("198.51.0.0/16")],
            vec![net("98.51.100.7"), net("198.51.100.70")],
            vec![net("0.0.0.0/0")],
            vec![net("::/0")],
            vec![Term::UserAgent("sqlmap".to_owned())],
        ]);
        let event = Event {
            client: address("198.51.100.7"),
            hosts: vec![Cow::Borrowed(b"evil.example")],
            user_agent: Some(Cow::Borrowed(b"sqlmap/1.0")),
            ..Event::default()
        };
        let seen = "198.51.100.7".to_owned();
        assert_eq!(found(&matcher, &event), [0, 1, 3, 5, 6].map(|indicator| (indicator, seen.clone())));
        assert_eq!(found(&matcher, &Event::default()), []);
    }

    #[test]
    fn values_of_each_kind_are_equal_or_not() {
        let matcher = Matcher::compile(&[
            vec![Term::Domain("evil.example".to_owned())],
            vec![Term::Url("evil.example/a?b=1".to_owned())],
            vec![Term::Hash("d41d8cd98f00b204e9800998ecf8427e".to_owned())],
            vec![Term::UserAgent("Scanner \"X\"".to_owned())],
        ]);
        let event =
            |host: &'static [u8], target: &'static [u8], hash: &'static [u8], user_agent: &'static [u8]| Event {
                host: Some(Cow::Borrowed(host)),
                target: Some(Cow::Borrowed(target)),
                hashes: vec![Cow::Borrowed(hash)],
                user_agent: Some(Cow::Borrowed(user_agent)),
                ..Event::default()
            };
        let all = event(b"EVIL.example:80", b"/%61?b=1", b"d41d8cd98f00b204e9800998ecf8427e", b"Scanner \"X\"");
        let values = ["evil.example", "evil.example/a?b=1", "d41d8cd98f00b204e9800998ecf8427e", "Scanner \"X\""];
        let expected: Vec<(u32, String)> = (0..).zip(values.map(str::to_owned)).collect();
        assert_eq!(found(&matcher, &all), expected);
        assert_eq!(
            found(
                &matcher,
                &event(b"www.evil.example", b"/a?b=12", b"d41d8cd98f00b204e9800998ecf8427", b"scanner \"X\"")
            ),
            []
        );
        assert_eq!(matcher.kinds().iter().count(), 4);
    }
}
