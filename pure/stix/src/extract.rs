//! Indicators out of what people send: pasted text, CSV, the text of a PDF, defanged or not, and indicator files.
//!
//! What is found is only proposed; an analyst confirms each. So that confirming stays possible, words that merely look
//! like indicators (version numbers, file names, dates, e-mail addresses) are left out.

mod file;
mod jar;
mod refang;
mod words;

use std::collections::HashSet;

pub use file::{IndicatorFileError, IndicatorLine, indicator_file};
pub use jar::{JarError, JarRow, is_jar_csv, jar_csv, jar_rows};
pub use refang::refang;

use crate::normal;
use crate::term::Term;

/// Something that looks like an indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What would be searched for.
    pub term: Term,
    /// The word as it stands in the text, defanged or not.
    pub as_written: String,
    /// The STIX pattern for it.
    pub pattern: String,
    /// Line of the text, from 1.
    pub line: usize,
    /// `address`, `network`, `domain`, `url`, `hash` or `user-agent`.
    pub kind: &'static str,
}

/// Everything in a text that looks like an indicator, in its order; the same term only where it comes first.
pub fn extract(text: &str) -> Vec<Candidate> {
    let mut seen = HashSet::new();
    let mut candidates = Vec::new();
    for (line, words) in (1..).zip(text.lines()) {
        for found in words::found_in(words) {
            if seen.insert(found.term.clone()) {
                candidates.push(candidate(found.term, found.as_written, &found.refanged, line));
            }
        }
    }
    candidates
}

/// Whether a text names a host anywhere: a link, or a bare domain under a known top-level domain.
pub fn names_a_host(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.contains("http") || lower.contains("www.") || words::has_domain(text)
}

/// The STIX pattern that a term stands for.
pub fn pattern_of(term: &Term) -> String {
    let text = term.text();
    match term {
        Term::Network { first, last } => {
            let both_v4 = normal::as_v4(*first).is_some() && normal::as_v4(*last).is_some();
            let object = if both_v4 { "ipv4-addr" } else { "ipv6-addr" };
            format!("[{object}:value = '{text}']")
        }
        Term::Domain(_) => format!("[domain-name:value = '{text}']"),
        Term::Url(_) => format!("[url:value = '{}']", quoted(&text)),
        Term::Hash(_) => format!("[file:hashes.{} = '{text}']", hash_key(text.len())),
        Term::UserAgent(_) => {
            format!("[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = '{}']", quoted(&text))
        }
    }
}

/// The term that a single value stands for, already refanged: an address, network, hash, URL or domain.
pub fn term_of_value(value: &str) -> Option<Term> {
    let value = value.trim();
    if let Some((first, last)) = normal::network(value) {
        return Some(Term::Network { first, last });
    }
    if let Some(hash) = normal::hash(value) {
        return Some(Term::Hash(hash));
    }
    if value.contains(['/', '?']) {
        return normal::url(value).map(Term::Url);
    }
    normal::domain(value).map(Term::Domain)
}

/// A text inside single quotes of a pattern.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}

fn hash_key(length: usize) -> &'static str {
    match length {
        32 => "MD5",
        40 => "'SHA-1'",
        64 => "'SHA-256'",
        _ => "'SHA-512'",
    }
}

fn candidate(term: Term, as_written: String, refanged: &str, line: usize) -> Candidate {
    let pattern = match &term {
        // The term has lost the scheme; the pattern keeps what the source said.
        Term::Url(_) => format!("[url:value = '{}']", quoted(refanged)),
        _ => pattern_of(&term),
    };
    let kind = term.kind();
    Candidate { term, as_written, pattern, line, kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> =
            extract(text).iter().map(|found| format!("{} {}", found.kind, found.term.text())).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn defanged_and_plain_words_are_found() {
        check(
            "Block 192.0.2[.]1, 198.51.100.0/24 and 203.0.113(.)9.",
            &["address 192.0.2.1", "network 198.51.100.0/24", "address 203.0.113.9"],
        );
        check("hxxps://Evil[.]example[.]com:443/a?b=1#c", &["url evil.example.com/a?b=1"]);
        check("hXXp[://]evil{.}example{dot}org/x", &["url evil.example.org/x"]);
        check("(see http://a.example.com/x_(y).)", &["url a.example.com/x_(y)"]);
        check("C2: private.directinvesting.com", &["domain private.directinvesting.com"]);
        check("evil[dot]example and good[.]invalid", &["domain evil.example", "domain good.invalid"]);
        check("2001[:]db8::5 2001:db8::6", &["address 2001:db8::5", "address 2001:db8::6"]);
        check("efax.pfdregistry.net/eFax/37486.ZIP", &["url efax.pfdregistry.net/eFax/37486.ZIP"]);
        check("MD5 = 8F154D23AC2071D7F179959AABA37AD5;", &["hash 8f154d23ac2071d7f179959aaba37ad5"]);
        check("192.0.2.1:8080 and c2.example.net:443", &["address 192.0.2.1", "domain c2.example.net"]);
        check("http://a.example.com/c,URL,note\nx,192.0.2.1,y", &["url a.example.com/c", "address 192.0.2.1"]);
        check(
            "FILE|SHA1:da39a3ee5e6b4b0d3255bfef95601890afd80709|ip:192.0.2.3",
            &["hash da39a3ee5e6b4b0d3255bfef95601890afd80709", "address 192.0.2.3"],
        );
        check("src=192.0.2.4 [192.0.2.5]", &["address 192.0.2.4", "address 192.0.2.5"]);
    }

    #[test]
    fn what_only_looks_like_an_indicator_is_left() {
        for text in [
            "v1.2.3.4.5 and 1.2.3.4.5",
            "version 1.2.3.4",
            "Version:1.2.3.4",
            "Version: 10.0.0.1",
            "v1.2.3.4",
            "status.php HRDG022184_certclint.dll setup.exe report.pdf run.py",
            "2016-12-29 12/29/2016 29.12.2016 2016/12/29 12:30:45 00:11:22:33:44:55",
            "analyst@example.com analyst[at]example[.]com",
            "e.g. U.S. i.e. No.5 3.14 TLP:WHITE and/or std::fmt ::",
            "AA:BB 123456789012345678901234567890123",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn the_first_place_wins_and_is_told() {
        let found = extract("x\n192.0.2[.]1 y\n192.0.2.1");
        assert_eq!(found.len(), 1);
        let first = found.first().unwrap();
        assert_eq!((first.line, first.as_written.as_str()), (2, "192.0.2[.]1"));
        assert_eq!(first.pattern, "[ipv4-addr:value = '192.0.2.1']");
    }

    #[test]
    fn the_pattern_compiles_to_the_term() {
        let text = "hxxp://a[.]example[.]com/it's?q=\\x 192.0.2.1 198.51.100.0/24 2001:db8::/48 evil.example.com \
            8F154D23AC2071D7F179959AABA37AD5 da39a3ee5e6b4b0d3255bfef95601890afd80709";
        let found = extract(text);
        assert_eq!(found.len(), 7);
        for candidate in found {
            let compiled = crate::pattern::compile(&candidate.pattern).unwrap();
            assert_eq!(compiled.terms, std::slice::from_ref(&candidate.term), "{}", candidate.pattern);
            let made = crate::pattern::compile(&pattern_of(&candidate.term)).unwrap();
            assert_eq!(made.terms, [candidate.term]);
        }
    }

    #[test]
    fn hosts_in_plain_words_are_seen() {
        for text in ["see www.example", "go to HTTPS now", "call example.com today", "mail x@county.gov", "a[.]b.com"] {
            assert!(names_a_host(text), "{text}");
        }
        for text in ["Search your logs, e.g. since June.", "At 5 p.m. in the U.S.", "Close port 1433."] {
            assert!(!names_a_host(text), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text: String) {
            let _ = (extract(&text), names_a_host(&text), indicator_file(text.as_bytes()));
        }
    }
}
