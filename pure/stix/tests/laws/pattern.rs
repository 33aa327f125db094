//! What holds of every text that is read as a pattern.

use serde_json::{Value, json};
use ward_stix::normal;
use ward_stix::pattern::matching::{Matcher, Observed, observed};
use ward_stix::pattern::{Compiled, Observation, compile, parse, parse_to_match};
use ward_stix::term::Term;

/// White space around it changes nothing; what compiles is what parses; an exact match never misses what the matcher finds; a search for a
/// match ends, within the matcher's own bound.
pub fn holds(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let compiled = compile(text);
    let strict = parse(text);
    assert_eq!(compiled.as_ref().err(), strict.as_ref().err(), "compiled and parsed alike");
    if let Err(error) = &strict {
        assert!(!error.to_string().is_empty());
    }
    let Ok(loose) = parse_to_match(text) else {
        assert!(strict.is_err(), "the matcher reads what the validator reads");
        return;
    };
    if let Ok(strict) = strict {
        assert_eq!(strict, loose);
        assert_eq!(parse(&format!(" /* a */\n{text} ")), Ok(strict), "white space");
    }
    let world = world();
    let observations = observed(std::slice::from_ref(&world)).expect("it is observed data");
    matched(&loose, &observations);
    if let Ok(compiled) = compiled {
        exact(&compiled, &loose, &observations);
    }
}

fn matched(pattern: &Observation, observations: &[Observed<'_>]) {
    let Ok(matcher) = Matcher::new(pattern) else { return };
    let answer = matcher.matches(observations);
    assert_eq!(answer, matcher.matches(observations), "asked twice");
    let Ok(found) = answer else { return };
    assert_eq!(found.matches, !found.observations.is_empty());
    assert!(found.observations.iter().all(|place| *place < observations.len()));
}

/// Terms are distinct. Where all of the pattern is exact, each observation that matches it holds one of the terms.
fn exact(compiled: &Compiled, pattern: &Observation, observations: &[Observed<'_>]) {
    let mut distinct = compiled.terms.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), compiled.terms.len(), "no term twice");
    assert!(compiled.terms.iter().all(|term| !term.text().is_empty()));
    if !compiled.unsupported.is_empty() {
        return;
    }
    assert!(!compiled.terms.is_empty(), "nothing to search for, and nobody told");
    let Ok(matcher) = Matcher::new(pattern) else { return };
    for one in observations {
        if matcher.matches(std::slice::from_ref(one)).is_ok_and(|found| found.matches) {
            assert!(compiled.terms.iter().any(seen), "matched, but by none of {:?}", compiled.terms);
        }
    }
}

const ADDRESSES: [&str; 3] = ["192.0.2.1", "198.51.100.7", "2001:db8::1"];
const DOMAINS: [&str; 2] = ["example.com", "a.example"];
const URLS: [&str; 2] = ["http://example.com/a?b=1", "https://a.example:8443/"];
const HASH: &str = "d41d8cd98f00b204e9800998ecf8427e";
const AGENT: &str = "sqlmap/1.0";

/// Whether a term is in [`world`].
fn seen(term: &Term) -> bool {
    let addresses = ADDRESSES.iter().filter_map(|text| normal::address(text));
    match term {
        Term::Network { first, last } => addresses.into_iter().any(|address| (*first..=*last).contains(&address)),
        Term::Domain(domain) => DOMAINS.iter().any(|known| normal::domain(known).as_ref() == Some(domain)),
        Term::Url(url) => URLS.iter().any(|known| normal::url(known).as_ref() == Some(url)),
        Term::Hash(hash) => hash == HASH,
        Term::UserAgent(agent) => agent == AGENT,
    }
}

/// Two observations ten seconds apart that hold something of each kind.
fn world() -> Value {
    let seen = |second: &str, refs: &[&str]| {
        json!({"type": "observed-data", "id": format!("observed-data--{second}"), "number_observed": 3,
            "first_observed": format!("2018-05-03T12:00:{second}Z"), "last_observed": format!("2018-05-03T12:00:{second}.5Z"),
            "object_refs": refs})
    };
    let headers = json!({"User-Agent": [AGENT], "Host": ["example.com"]});
    json!({"type": "bundle", "id": "bundle--1", "objects": [
        seen("00", &["ipv4-addr--1", "domain-name--1", "url--1", "file--1", "network-traffic--1"]),
        seen("10", &["ipv4-addr--2", "ipv6-addr--1", "domain-name--2", "url--2", "x-a--1"]),
        {"type": "ipv4-addr", "id": "ipv4-addr--1", "value": ADDRESSES[0]},
        {"type": "ipv4-addr", "id": "ipv4-addr--2", "value": ADDRESSES[1]},
        {"type": "ipv6-addr", "id": "ipv6-addr--1", "value": ADDRESSES[2]},
        {"type": "domain-name", "id": "domain-name--1", "value": DOMAINS[0], "resolves_to_refs": ["ipv4-addr--1"]},
        {"type": "domain-name", "id": "domain-name--2", "value": DOMAINS[1]},
        {"type": "url", "id": "url--1", "value": URLS[0]},
        {"type": "url", "id": "url--2", "value": URLS[1]},
        {"type": "file", "id": "file--1", "name": "a.dll", "size": 5, "hashes": {"MD5": HASH}, "atime": "2018-05-03T12:00:00Z"},
        {"type": "network-traffic", "id": "network-traffic--1", "src_ref": "ipv4-addr--1", "dst_ref": "domain-name--1",
            "src_port": 1234, "protocols": ["tcp", "http"], "extensions": {"http-request-ext": {"request_header": headers}}},
        {"type": "x-a", "id": "x-a--1", "n": 1.5, "t": true, "b_bin": "YWJj", "h_hex": "616263", "l": [1, [2, "x"]]}
    ]})
}
