//! Indicator files: a STIX bundle, one pattern or plain value a line, or the JAR's CSV, told apart by their content.

use super::refang::refang;
use super::{is_jar_csv, jar_rows, pattern_of, term_of_value};
use crate::bundle::{self, BundleError};
use crate::object::Object;
use crate::pattern::{self, Compiled};
use crate::term::Term;
use crate::timestamp;

/// One indicator of a file, or why something in it is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndicatorLine {
    /// The STIX id, else the pattern as given or made.
    pub id: String,
    /// The pattern.
    pub pattern: String,
    /// What to search for; empty when there is nothing that can be searched for exactly.
    pub terms: Vec<Term>,
    /// Why parts of it are not searched for, in plain words.
    pub unsupported: Vec<String>,
    /// Where it stands: `line 3` or `object 3`, from 1.
    pub place: String,
    /// The creator withdrew it.
    pub revoked: bool,
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub valid_from: Option<i64>,
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub valid_until: Option<i64>,
}

/// Why a file holds no indicators at all.
#[derive(Debug, thiserror::Error)]
pub enum IndicatorFileError {
    /// Not UTF-8.
    #[error("not UTF-8 text at byte {at}")]
    NotUtf8 {
        /// First byte that is not.
        at: usize,
    },
    /// JSON, but no bundle.
    #[error("not a readable STIX file")]
    Bundle(#[from] BundleError),
    /// The JAR's header, but no readable CSV.
    #[error("not a readable indicator CSV")]
    Jar(#[from] super::JarError),
}

/// Reads an indicator file. Every indicator, usable or not, is one line of the answer, in the file's order; STIX objects
/// of other types are no indicators and are passed over.
pub fn indicator_file(bytes: &[u8]) -> Result<Vec<IndicatorLine>, IndicatorFileError> {
    let text = str::from_utf8(bytes).map_err(|error| IndicatorFileError::NotUtf8 { at: error.valid_up_to() })?;
    let text = text.trim_start_matches('\u{feff}');
    if is_json(text) {
        return stix_lines(text.as_bytes());
    }
    if is_jar_csv(text) {
        return Ok(jar_rows(text)?.into_iter().map(jar_line).collect());
    }
    let lines = (1..).zip(text.lines());
    let kept = lines.map(|(number, line)| (number, line.trim())).filter(|(_, line)| !is_comment(line));
    Ok(kept.map(|(number, line)| plain_line(number, line)).collect())
}

/// A pattern begins with `[` too, but never with `[{`, `[[` or `["`.
fn is_json(text: &str) -> bool {
    let text = text.trim_start();
    match text.strip_prefix('[') {
        Some(inner) => inner.trim_start().starts_with(['{', ']']),
        None => text.starts_with('{'),
    }
}

fn is_comment(line: &str) -> bool {
    line.is_empty() || line.starts_with('#')
}

fn stix_lines(bytes: &[u8]) -> Result<Vec<IndicatorLine>, IndicatorFileError> {
    let batch = bundle::split(bytes)?;
    let lines = (1..).zip(batch.objects).filter_map(|(number, object): (usize, _)| {
        let place = format!("object {number}");
        match object {
            Ok(object) if object.kind() == "indicator" => Some(stix_line(&object, place)),
            Ok(_) => None,
            Err(error) => {
                let unsupported = vec![error.to_string()];
                Some(IndicatorLine { place, unsupported, ..IndicatorLine::default() })
            }
        }
    });
    Ok(lines.collect())
}

fn stix_line(object: &Object, place: String) -> IndicatorLine {
    let micros = |property| object.text(property).and_then(timestamp::parse_micros);
    let pattern = object.text("pattern").unwrap_or_default().to_owned();
    let Compiled { terms, unsupported } = match object.text("pattern_type") {
        Some("stix") => compiled(&pattern),
        Some(other) => refused(format!("patterns of type `{other}` are not searched for")),
        None => refused("the indicator has no pattern type".to_owned()),
    };
    IndicatorLine {
        id: object.id().to_owned(),
        pattern,
        terms,
        unsupported,
        place,
        revoked: object.is_revoked(),
        valid_from: micros("valid_from"),
        valid_until: micros("valid_until"),
    }
}

fn jar_line(row: super::JarRow) -> IndicatorLine {
    let place = format!("line {}", row.line);
    match row.candidate {
        Ok(found) => IndicatorLine {
            id: found.pattern.clone(),
            pattern: found.pattern,
            terms: vec![found.term],
            place,
            ..IndicatorLine::default()
        },
        Err(reason) => IndicatorLine { id: row.value, unsupported: vec![reason], place, ..IndicatorLine::default() },
    }
}

/// A pattern, or a plain value, defanged or not. An IPv6 address in brackets looks like a pattern, but is none.
fn plain_line(number: usize, line: &str) -> IndicatorLine {
    let place = format!("line {number}");
    let as_pattern = line.starts_with(['[', '(']).then(|| pattern::compile(line));
    if let Some(Ok(Compiled { terms, unsupported })) = as_pattern {
        return IndicatorLine { terms, unsupported, ..line_as_given(line, place) };
    }
    let plain = refang(line);
    if let Some(term) = term_of_value(&plain) {
        let pattern = match &term {
            Term::Url(_) => super::candidate(term.clone(), String::new(), &plain, number).pattern,
            _ => pattern_of(&term),
        };
        return IndicatorLine { terms: vec![term], ..line_as_given(&pattern, place) };
    }
    let reason = match as_pattern {
        Some(Err(error)) => error.to_string(),
        _ => format!("`{line}` is neither a pattern nor an address, network, domain, URL or hash"),
    };
    IndicatorLine { unsupported: vec![reason], ..line_as_given(line, place) }
}

fn line_as_given(pattern: &str, place: String) -> IndicatorLine {
    IndicatorLine { id: pattern.to_owned(), pattern: pattern.to_owned(), place, ..IndicatorLine::default() }
}

fn compiled(pattern: &str) -> Compiled {
    pattern::compile(pattern).unwrap_or_else(|error| refused(error.to_string()))
}

fn refused(reason: String) -> Compiled {
    Compiled { terms: Vec::new(), unsupported: vec![reason] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_patterns_or_values() {
        let text = "# comment\n\n[ipv4-addr:value = '192.0.2.1']\n 198.51.100[.]0/24 \nhxxp://evil[.]example/a\n\
            evil.example\n[2001:db8::1]\nnot an indicator\n[url:value LIKE 'a%']\n[url:value =]\n\
            [url:value = 'http://a.example/b']\n";
        let lines = indicator_file(text.as_bytes()).unwrap();
        let short: Vec<(&str, &str, usize, usize)> = lines
            .iter()
            .map(|line| (line.place.as_str(), line.id.as_str(), line.terms.len(), line.unsupported.len()))
            .collect();
        assert_eq!(
            short,
            [
                ("line 3", "[ipv4-addr:value = '192.0.2.1']", 1, 0),
                ("line 4", "[ipv4-addr:value = '198.51.100.0/24']", 1, 0),
                ("line 5", "[url:value = 'http://evil.example/a']", 1, 0),
                ("line 6", "[domain-name:value = 'evil.example']", 1, 0),
                ("line 7", "[ipv6-addr:value = '2001:db8::1']", 1, 0),
                ("line 8", "not an indicator", 0, 1),
                ("line 9", "[url:value LIKE 'a%']", 0, 1),
                ("line 10", "[url:value =]", 0, 1),
                ("line 11", "[url:value = 'http://a.example/b']", 1, 0),
            ]
        );
    }

    #[test]
    fn bundles_keep_ids_and_dates() {
        let text = r#"{"type":"bundle","id":"bundle--1","objects":[{"type":"identity","id":"identity--1"},
            {"type":"indicator","id":"indicator--1","pattern":"[ipv4-addr:value = '192.0.2.1']","pattern_type":"stix",
             "valid_from":"1970-01-01T00:00:01Z","valid_until":"1970-01-01T00:00:02Z","revoked":true},
            {"type":"indicator","id":"indicator--2","pattern":"alert tcp any","pattern_type":"snort"},
            {"type":"indicator"}]}"#;
        let lines = indicator_file(text.as_bytes()).unwrap();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0].id, "indicator--1");
        assert_eq!(
            (lines[0].valid_from, lines[0].valid_until, lines[0].revoked),
            (Some(1_000_000), Some(2_000_000), true)
        );
        assert_eq!(lines[1].unsupported, ["patterns of type `snort` are not searched for"]);
        assert_eq!((lines[2].place.as_str(), lines[2].terms.len()), ("object 4", 0));
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert!(matches!(indicator_file(b"a\xff"), Err(IndicatorFileError::NotUtf8 { at: 1 })));
        assert!(matches!(indicator_file(b"{"), Err(IndicatorFileError::Bundle(_))));
    }
}
