//! Real logs: nothing is rejected that should be read, and matching finds what a plain look at each line finds.
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::PathBuf;

use flate2::read::GzDecoder;
use ward_detect::lines::{Format, LineOptions, LineParser, Parsed};
use ward_detect::matcher::{MatchScratch, Matcher};
use ward_stix::normal::{address, domain, hash, network, url};
use ward_stix::term::Term;

/// The test data's folder, or `None` where it is absent, which is an error only in continuous integration.
fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("WARD_DATA")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")), PathBuf::from)
        .join("watch");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "no test data in {}", folder.display());
    println!("skipped: no test data in {}", folder.display());
    None
}

fn unpacked(path: PathBuf) -> Vec<u8> {
    let bytes = std::fs::read(&path).unwrap();
    let mut out = Vec::new();
    GzDecoder::new(bytes.as_slice()).read_to_end(&mut out).unwrap();
    out
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.strip_suffix(b"\n").unwrap_or(bytes).split(|byte| *byte == b'\n')
}

/// Events, and rejections by reason.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    events: usize,
    rejected: BTreeMap<&'static str, usize>,
}

impl Tally {
    fn of(bytes: &[u8]) -> Self {
        let mut tally = Self::default();
        let mut parser = LineParser::new(LineOptions::default());
        for line in lines(bytes) {
            match parser.parse(line) {
                Parsed::Event(_) => tally.events += 1,
                Parsed::Skipped => {}
                Parsed::Rejected(rejection) => *tally.rejected.entry(rejection.code()).or_default() += 1,
            }
        }
        tally
    }

    fn only_events(events: usize) -> Self {
        Self { events, ..Self::default() }
    }
}

/// Line numbers by indicator, as the matcher finds them.
fn matched(bytes: &[u8], indicators: &[Vec<Term>]) -> BTreeMap<u32, BTreeSet<usize>> {
    let matcher = Matcher::compile(indicators);
    let (mut scratch, mut hits) = (MatchScratch::default(), Vec::new());
    let mut parser = LineParser::new(LineOptions::default());
    let mut found: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
    for (number, line) in (1..).zip(lines(bytes)) {
        if let Parsed::Event(event) = parser.parse(line) {
            matcher.hits(&event, &mut scratch, &mut hits);
            for hit in &hits {
                found.entry(hit.indicator).or_default().insert(number);
            }
        }
    }
    found
}

fn single(text: &str) -> Vec<Term> {
    let address = address(text).unwrap();
    vec![Term::Network { first: address, last: address }]
}

fn lines_where(bytes: &[u8], holds: impl Fn(&str) -> bool) -> BTreeSet<usize> {
    let numbered = (1..).zip(lines(bytes));
    numbered.filter(|(_, line)| holds(&String::from_utf8_lossy(line))).map(|(number, _)| number).collect()
}

#[test]
fn an_apache_log() {
    let Some(data) = data() else { return };
    let log = unpacked(data.join("weblogs/elastic-apache_logs-10k-combined.gz"));
    assert_eq!(Tally::of(&log), Tally::only_events(10_000));
    let user_agent = "UniversalFeedParser/4.2-pre-314-svn +http://feedparser.org/";
    let indicators = [
        single("66.249.73.135"),
        single("46.105.14.53"),
        network("83.149.9.0/24").map(|(first, last)| Term::Network { first, last }).into_iter().collect(),
        vec![Term::Domain(domain("semicomplete.com").unwrap())],
        vec![Term::Url(url("http://semicomplete.com/presentations/logstash-monitorama-2013/").unwrap())],
        vec![Term::UserAgent(user_agent.to_owned())],
        single("6.249.73.135"),
    ];
    let field = |line: &str, number: usize| line.split('"').nth(number).unwrap_or_default().to_owned();
    let expected = [
        lines_where(&log, |line| line.starts_with("66.249.73.135 ")),
        lines_where(&log, |line| line.starts_with("46.105.14.53 ")),
        lines_where(&log, |line| line.starts_with("83.149.9.")),
        lines_where(&log, |line| field(line, 3).split('/').nth(2) == Some("semicomplete.com")),
        lines_where(&log, |line| field(line, 3) == "http://semicomplete.com/presentations/logstash-monitorama-2013/"),
        lines_where(&log, |line| field(line, 5) == user_agent),
        BTreeSet::new(),
    ];
    let found = matched(&log, &indicators);
    for (indicator, expected) in (0..).zip(expected) {
        let found = found.get(&indicator).cloned().unwrap_or_default();
        assert_eq!(found, expected, "indicator {indicator}");
        assert_eq!(expected.is_empty(), indicator == 6, "indicator {indicator} shows nothing");
    }
}

#[test]
fn access_logs_of_many_shapes() {
    let Some(data) = data() else { return };
    let log = std::fs::read(data.join("nginx/beats-nginx-test.log")).unwrap();
    assert_eq!(Tally::of(&log), Tally::only_events(lines(&log).count()));
    let errors = std::fs::read(data.join("weblogs/loghub-Apache-error_2k.log")).unwrap();
    assert_eq!(Tally::of(&errors).events, 0, "an error log is no access log");
}

/// One pattern a line, as `[ipv4-addr:value = '192.0.2.1']`.
fn term_of(pattern: &str) -> Term {
    let value = pattern.split('\'').nth(1).unwrap();
    if pattern.starts_with("[domain-name") {
        Term::Domain(domain(value).unwrap())
    } else if pattern.starts_with("[url") {
        Term::Url(url(value).unwrap())
    } else {
        let (first, last) = network(value).unwrap();
        Term::Network { first, last }
    }
}

#[test]
fn a_hundred_thousand_indicators() {
    let Some(data) = data() else { return };
    let log = unpacked(data.join("synthetic/access-first60k.log.gz"));
    let patterns = String::from_utf8(unpacked(data.join("synthetic/patterns-100k.stix.txt.gz"))).unwrap();
    let indicators: Vec<Vec<Term>> = patterns.lines().map(|pattern| vec![term_of(pattern)]).collect();
    assert_eq!(indicators.len(), 100_000);
    assert_eq!(Tally::of(&log), Tally::only_events(60_000));
    let mut found = matched(&log, &indicators);
    // By looking at each range for each line.
    let ranges: Vec<(u128, u128, u32)> = (0_u32..)
        .zip(&indicators)
        .filter_map(|(indicator, terms)| match terms.as_slice() {
            [Term::Network { first, last }] => Some((*first, *last, indicator)),
            _ => None,
        })
        .collect();
    let mut of_address: BTreeMap<u128, Vec<u32>> = BTreeMap::new();
    let mut expected: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
    for (number, line) in (1..).zip(lines(&log)) {
        let client = address(String::from_utf8_lossy(line).split(' ').next().unwrap()).unwrap();
        let holding = of_address.entry(client).or_insert_with(|| {
            ranges.iter().filter(|(first, last, _)| (*first..=*last).contains(&client)).map(|range| range.2).collect()
        });
        for indicator in holding {
            expected.entry(*indicator).or_default().insert(number);
        }
    }
    found.retain(|indicator, _| expected.contains_key(indicator) || ranges.iter().any(|range| range.2 == *indicator));
    assert_eq!(found, expected);
    let truth = std::fs::read_to_string(data.join("synthetic/access-first60k.truth.tsv")).unwrap();
    let planted = truth.lines().filter_map(|row| row.split_once("\tioc\t")?.0.parse::<usize>().ok());
    let lines_found: BTreeSet<usize> = found.into_values().flatten().collect();
    let missed: Vec<usize> = planted.filter(|line| !lines_found.contains(line)).collect();
    assert!(missed.is_empty(), "{missed:?}");
}

/// Every text of a JSON value under one of the keys.
fn texts_under<'a>(value: &'a serde_json::Value, keys: &[&str], wanted: bool, out: &mut Vec<&'a str>) {
    match value {
        serde_json::Value::Object(map) => {
            map.iter().for_each(|(key, value)| texts_under(value, keys, keys.contains(&key.as_str()), out));
        }
        serde_json::Value::Array(list) => list.iter().for_each(|value| texts_under(value, keys, wanted, out)),
        serde_json::Value::String(text) if wanted => out.push(text),
        _ => {}
    }
}

#[test]
fn eve_of_a_real_sensor() {
    let Some(data) = data() else { return };
    let log = unpacked(data.join("eve/suricata-7.0.10-over-suricata-verify-pcaps.eve.json.gz"));
    let tally = Tally::of(&log);
    assert_eq!(tally.rejected, BTreeMap::new());
    let values: Vec<serde_json::Value> = lines(&log).map(|line| serde_json::from_slice(line).unwrap()).collect();
    assert_eq!(tally.events, values.iter().filter(|value| value["event_type"] != "stats").count());
    let mut wanted = BTreeMap::new();
    for value in &values {
        for (keys, kind) in [
            (&["src_ip", "dest_ip"][..], 0),
            (&["rrname", "hostname", "sni"][..], 1),
            (&["md5", "sha1", "sha256"][..], 2),
        ] {
            let mut texts = Vec::new();
            let parts: &[&str] = [&["src_ip", "dest_ip"][..], &["http", "dns", "tls"], &["fileinfo"]][kind];
            parts.iter().for_each(|part| texts_under(&value[*part], keys, keys.contains(part), &mut texts));
            for text in texts {
                let term = match kind {
                    0 => address(text).map(|address| Term::Network { first: address, last: address }),
                    1 => domain(text).map(Term::Domain),
                    _ => hash(text).map(Term::Hash),
                };
                if let Some(term) = term {
                    *wanted.entry(term).or_insert(0_usize) += 1;
                }
            }
        }
    }
    let indicators: Vec<Vec<Term>> = wanted.keys().map(|term| vec![term.clone()]).collect();
    assert!(indicators.len() > 500, "{}", indicators.len());
    let found = matched(&log, &indicators);
    let missed: Vec<&Vec<Term>> =
        (0..).zip(&indicators).filter(|(number, _)| !found.contains_key(number)).map(|(_, terms)| terms).collect();
    assert!(missed.is_empty(), "{missed:?}");
    // Three addresses line by line: as source, destination, an end of the flow, or an answer.
    for text in ["192.168.100.67", "8.8.4.4", "145.254.160.237"] {
        let position = indicators.iter().position(|terms| *terms == single(text)).unwrap();
        let expected = lines_where(&log, |line| {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            let mut texts = Vec::new();
            texts_under(&value, &["src_ip", "dest_ip", "rdata", "A"], false, &mut texts);
            texts.contains(&text)
        });
        assert_eq!(found[&(position as u32)], expected, "{text}");
    }
}

/// The files of a tar archive: a header of 512 bytes, then the content padded to 512 bytes.
fn files_of(tar: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut at = 0;
    while let Some(header) = tar.get(at..at + 512).filter(|header| header[0] != 0) {
        let text = |from: usize, until: usize| {
            String::from_utf8_lossy(&header[from..until]).trim_matches(['\0', ' ']).to_owned()
        };
        let length = usize::from_str_radix(&text(124, 136), 8).unwrap();
        if header[156] == b'0' {
            files.push((text(0, 100), tar[at + 512..at + 512 + length].to_vec()));
        }
        at += 512 + length.div_ceil(512) * 512;
    }
    files
}

#[test]
fn zeek_logs() {
    let Some(data) = data() else { return };
    for folder in ["zeek/wrccdc-tsv", "zeek/wrccdc-json"] {
        for entry in std::fs::read_dir(data.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let log = unpacked(path.clone());
            let events = lines(&log).filter(|line| !line.starts_with(b"#")).count();
            assert_eq!(Tally::of(&log), Tally::only_events(events), "{}", path.display());
        }
    }
    let files = files_of(&unpacked(data.join("zeek/zeek-btest-baseline-conn-http-dns-intel.tar.gz")));
    let logs = files
        .iter()
        .filter(|(name, log)| name.ends_with(".log") && log.windows(11).any(|text| text == b"#fields\tts\t"));
    let mut read = 0;
    for (name, log) in logs {
        let tally = Tally::of(log);
        // Baselines replace times by `XXXXXXXXXX.XXXXXX`: such lines have no time and are searched all the same.
        assert_eq!(tally.rejected, BTreeMap::new(), "{name}");
        read += tally.events;
    }
    assert!(read > 1_000, "{read}");
}

#[test]
fn zeek_addresses_and_names_are_found() {
    let Some(data) = data() else { return };
    let log = unpacked(data.join("zeek/wrccdc-tsv/ssl.log.gz"));
    let mut parser = LineParser::new(LineOptions::default());
    lines(&log).for_each(|line| drop(parser.parse(line)));
    assert_eq!(parser.format_seen(), Some(Format::ZeekTsv));
    let column = |line: &str, number: usize| line.split('\t').nth(number).unwrap_or_default().to_owned();
    let text = String::from_utf8_lossy(&log).into_owned();
    let names: BTreeSet<String> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| column(line, 9))
        .filter(|name| name != "-")
        .collect();
    let name = names.iter().find(|name| domain(name).is_some()).unwrap();
    let found = matched(&log, &[single("10.47.3.200"), vec![Term::Domain(domain(name).unwrap())]]);
    assert_eq!(found[&0], lines_where(&log, |line| [2, 4].iter().any(|number| column(line, *number) == "10.47.3.200")));
    assert_eq!(found[&1], lines_where(&log, |line| column(line, 9).eq_ignore_ascii_case(name)));
}
