//! An archive against a scan of the same events: equal counts and hits, whatever the segments; no query value on disk;
//! damage is noticed.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use proptest::prelude::*;
use ward_archive::{
    Archive, ArchiveError, DigestKey, HitRow, Listing, SegmentMeta, SourceFile, Writer, merge, purge_before,
    sweep_orphans, verify,
};
use ward_detect::lines::{LineOptions, LineParser, Parsed};
use ward_detect::matcher::{MatchScratch, Matcher};
use ward_stix::normal;
use ward_stix::term::Term;

const SITE: &str = "vote.example.gov";

fn key() -> DigestKey {
    DigestKey::new(&[7; 32])
}

fn options() -> LineOptions {
    LineOptions { site_hosts: vec![SITE.to_owned()], ..LineOptions::default() }
}

/// Writes the files as one run; each is a name and its lines.
fn write(folder: &Path, files: &[(u64, &str, Vec<String>)], keep_raw: bool) -> Vec<SegmentMeta> {
    let mut writer = Writer::new(folder, "logs", key(), keep_raw).unwrap();
    for (id, name, lines) in files {
        let file = SourceFile { id: *id, name: (*name).to_owned() };
        let mut parser = LineParser::new(options());
        for (number, line) in (1..).zip(lines) {
            let parsed = parser.parse(line.as_bytes());
            writer.add(&parsed, parser.format_seen(), &file, number, line.as_bytes()).unwrap();
        }
    }
    writer.finish().unwrap()
}

type Place = (String, u64, u32, String, Option<i64>);

/// What a matcher finds in the same lines.
fn scan(files: &[(u64, &str, Vec<String>)], indicators: &[Vec<Term>]) -> Vec<Place> {
    let matcher = Matcher::compile(indicators);
    let (mut scratch, mut hits, mut found) = (MatchScratch::default(), Vec::new(), Vec::new());
    for (_, name, lines) in files {
        let mut parser = LineParser::new(options());
        for (number, line) in (1..).zip(lines) {
            if let Parsed::Event(event) = parser.parse(line.as_bytes()) {
                matcher.hits(&event, &mut scratch, &mut hits);
                found.extend(
                    hits.iter().map(|hit| ((*name).to_owned(), number, hit.indicator, hit.value.clone(), event.time)),
                );
            }
        }
    }
    found
}

fn listed(archive: &Archive, indicators: &[Vec<Term>], listing: &Listing) -> Vec<HitRow> {
    let mut rows = Vec::new();
    archive
        .hits(indicators, &key(), listing, |row| {
            rows.push(row);
            ControlFlow::Continue(())
        })
        .unwrap();
    rows
}

fn places(rows: &[HitRow]) -> Vec<Place> {
    rows.iter().map(|row| (row.file.to_string(), row.line, row.indicator, row.value.clone(), row.time)).collect()
}

/// Counts and hits of the archive equal those of the scan.
fn check(archive: &Archive, files: &[(u64, &str, Vec<String>)], indicators: &[Vec<Term>]) {
    let listing = Listing {
        files: (0..).zip(files).map(|(order, (id, name, _))| (*id, (order, (*name).to_owned()))).collect(),
        with_columns: false,
    };
    let expected = scan(files, indicators);
    assert_eq!(places(&listed(archive, indicators, &listing)), expected);
    let found = archive.lookback(indicators, &key()).unwrap();
    for (number, found) in (0_u32..).zip(&found) {
        let times: Vec<i64> = expected.iter().filter(|place| place.2 == number).map(|place| place.4.unwrap()).collect();
        assert_eq!(found.count, times.len() as u64, "indicator {number}");
        assert_eq!(found.first, times.iter().min().copied(), "indicator {number}");
        assert_eq!(found.last, times.iter().max().copied(), "indicator {number}");
        let days: u64 = found.days.iter().map(|(_, count)| count).sum();
        assert_eq!(days + found.untimed, found.count, "indicator {number}");
    }
}

fn combined(address: &str, day: u32, month: &str, target: &str, referer: &str, agent: &str) -> String {
    format!(
        "{address} - - [{day:02}/{month}/2018:10:00:00 +0000] \"GET {target} HTTP/1.1\" 200 512 \"{referer}\" \"{agent}\""
    )
}

fn eve(source: &str, destination: &str, day: u32, host: &str) -> String {
    format!(
        r#"{{"timestamp":"2018-05-{day:02}T10:00:00.123456+0000","event_type":"http","src_ip":"{source}","dest_ip":"{destination}","http":{{"hostname":"{host}","url":"/status?id=1","http_user_agent":"sqlmap/1.0"}}}}"#
    )
}

fn indicators() -> Vec<Vec<Term>> {
    let single = |text: &str| {
        let (first, last) = normal::network(text).unwrap();
        Term::Network { first, last }
    };
    vec![
        vec![single("198.51.100.1")],
        vec![single("198.51.100.0/24")],
        vec![single("0.0.0.0/1"), single("128.0.0.0/1")],
        vec![single("2001:db8::/32")],
        vec![Term::Domain("evil.example".to_owned())],
        vec![Term::Domain("example".to_owned())],
        vec![Term::Url("evil.example/a?b=c".to_owned())],
        vec![Term::Url("evil.example/a".to_owned())],
        vec![Term::Url(format!("{SITE}/status?id=1"))],
        vec![Term::Url(format!("{SITE}/status"))],
        vec![Term::UserAgent("sqlmap/1.0".to_owned())],
        vec![Term::UserAgent("Bot (+http://x.example/?who=me)".to_owned())],
        vec![single("198.51.100.1"), Term::Domain("evil.example".to_owned()), Term::UserAgent("sqlmap/1.0".to_owned())],
        vec![Term::Hash("0".repeat(32))],
        vec![single("198.51.100.1")],
    ]
}

fn sample_lines(count: u32) -> Vec<String> {
    (0..count)
        .map(|n| {
            let address = match n % 4 {
                0 => "198.51.100.1".to_owned(),
                1 => format!("198.51.100.{}", n % 250),
                2 => "2001:db8::7".to_owned(),
                _ => format!("192.0.2.{}", n % 250),
            };
            let target = if n % 3 == 0 { "/status?id=1" } else { "/status" };
            let referer = ["-", "http://evil.example/a?b=c", "https://evil.example/a", "http://x.evil.example/"];
            let agent = ["Mozilla/5.0", "sqlmap/1.0", "Bot (+http://x.example/?who=me)"];
            let (day, month) = (n % 27 + 1, if n % 5 == 0 { "Apr" } else { "May" });
            combined(&address, day, month, target, referer[n as usize % 4], agent[n as usize % 3])
        })
        .chain([String::new(), "no log line".to_owned()])
        .collect()
}

#[test]
fn counts_and_hits_equal_a_scan() {
    let folder = tempfile::tempdir().unwrap();
    let sensor = (0..40)
        .map(|n| eve("198.51.100.1", ["198.51.100.2", "203.0.113.5"][n as usize % 2], n % 27 + 1, "evil.example"));
    let files = [(1, "a.log", sample_lines(300)), (2, "eve.json", sensor.collect())];
    let metas = write(folder.path(), &files, false);
    assert_eq!(
        metas.iter().map(|meta| meta.month.as_str()).collect::<BTreeSet<_>>(),
        BTreeSet::from(["2018-04", "2018-05"])
    );
    let archive = Archive::open(folder.path(), &metas);
    check(&archive, &files, &indicators());
    let facts = archive.coverage(None).unwrap();
    assert_eq!((facts.lines_rejected, facts.rejected_by_reason.values().sum::<u64>()), (1, 1));
    assert_eq!(facts.hours.values().map(|count| u64::from(*count)).sum::<u64>(), 340);
    metas.iter().for_each(|meta| verify(folder.path(), meta).unwrap());
}

#[test]
fn several_row_groups() {
    let folder = tempfile::tempdir().unwrap();
    let files = [(1, "a.log", sample_lines(70_000))];
    let metas = write(folder.path(), &files, false);
    check(&Archive::open(folder.path(), &metas), &files, &indicators());
}

#[test]
fn files_that_change_their_order_are_listed_in_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let files = [(1, "b.log", sample_lines(50)), (2, "a.log", sample_lines(60))];
    let metas = write(folder.path(), &files, false);
    let [first, second] = files;
    check(&Archive::open(folder.path(), &metas), &[second, first], &indicators());
}

#[test]
fn a_merge_changes_nothing_but_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let lines = sample_lines(200);
    let earlier = [(1, "a.log", lines[..90].to_vec()), (2, "b.log", sample_lines(30))];
    let mut metas = write(folder.path(), &earlier, true);
    // The second run goes on in the first file: same number, later lines.
    let mut writer = Writer::new(folder.path(), "logs", key(), true).unwrap();
    let file = SourceFile { id: 1, name: "a.log".to_owned() };
    let mut parser = LineParser::new(options());
    for (number, line) in (1..).zip(&lines).skip(90) {
        let parsed = parser.parse(line.as_bytes());
        writer.add(&parsed, parser.format_seen(), &file, number, line.as_bytes()).unwrap();
    }
    metas.extend(writer.finish().unwrap());
    let all = [(1, "a.log", lines), (2, "b.log", sample_lines(30))];
    check(&Archive::open(folder.path(), &metas), &all, &indicators());

    let before = Archive::open(folder.path(), &metas).coverage(None).unwrap();
    let may: Vec<SegmentMeta> = metas.iter().filter(|meta| meta.month == "2018-05").cloned().collect();
    assert_eq!(may.len(), 2);
    assert!(matches!(merge(folder.path(), &metas), Err(ArchiveError::Mixed)));
    let merged = merge(folder.path(), &may).unwrap();
    let mut after: Vec<SegmentMeta> = metas.into_iter().filter(|meta| meta.month != "2018-05").collect();
    after.push(merged);
    assert_eq!(sweep_orphans(folder.path(), &after).unwrap().len(), 4);
    let archive = Archive::open(folder.path(), &after);
    check(&archive, &all, &indicators());
    assert_eq!(archive.coverage(None).unwrap().hours, before.hours);
}

#[test]
fn columns_are_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let line = combined("198.51.100.1", 3, "May", "/status?id=1&name=Jane", "http://evil.example/a?b=c", "sqlmap/1.0");
    let metas = write(folder.path(), &[(1, "a.log", vec![line])], true);
    let listing = Listing { with_columns: true, ..Listing::default() };
    let rows = listed(&Archive::open(folder.path(), &metas), &indicators()[..1], &listing);
    let columns = rows[0].columns.clone().unwrap();
    assert_eq!(columns.client, normal::address("198.51.100.1"));
    assert_eq!((columns.method.as_deref(), columns.path.as_deref()), (Some("GET"), Some("/status")));
    assert_eq!(
        (columns.query_names.as_deref(), columns.status, columns.bytes),
        (Some("id&name"), Some(200), Some(512))
    );
    assert_eq!(
        (columns.referer.as_deref(), columns.user_agent.as_deref()),
        (Some("http://evil.example/a"), Some("sqlmap/1.0"))
    );
    assert!(columns.query_digest.is_some() && columns.signs != 0);
    assert_eq!(columns.raw.as_deref().map(|raw| raw.contains("/status?id&name\"")), Some(true));
}

/// Law: query values never reach the disk.
#[test]
fn no_query_value_is_on_disk() {
    let secret = "Zq7XsecretVoterName";
    let lines = vec![
        combined("192.0.2.1", 3, "May", &format!("/status?name={secret}"), "-", "M"),
        combined("192.0.2.1", 3, "May", &format!("/status?{secret}"), "-", "M"),
        combined("192.0.2.1", 3, "May", &format!("/status?a=b {secret} c"), "-", "M"),
        combined("192.0.2.1", 3, "May", "/", &format!("http://x.example/?q={secret}"), "M"),
        combined("192.0.2.1", 3, "May", "/", &format!("http://x.example/#{secret}"), "M"),
        combined("192.0.2.1", 3, "May", "/", "-", &format!("Bot (+http://x.example/?who={secret}; x)")),
        combined("192.0.2.1", 3, "May", &format!("http://x.example/a?b={secret}"), "-", "M"),
        format!(
            r#"{{"timestamp":"2018-05-03T10:00:00.1+0000","event_type":"http","src_ip":"192.0.2.1","dest_ip":"192.0.2.2","http":{{"hostname":"x.example","url":"/a?b={secret}","http_refer":"http://y.example/?c={secret}"}}}}"#
        ),
    ];
    for keep_raw in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let metas = write(folder.path(), &[(1, "a.log", lines.clone())], keep_raw);
        assert_eq!(metas[0].rows, 8);
        // Compressed pages would hide it: look at what is read back, and at the index as it is.
        let all = vec![vec![Term::Network { first: 0, last: u128::MAX }]];
        let rows =
            listed(&Archive::open(folder.path(), &metas), &all, &Listing { with_columns: true, ..Listing::default() });
        assert_eq!(rows.len(), 8);
        for row in rows {
            assert_eq!(row.columns.as_ref().map(|columns| columns.raw.is_some()), Some(keep_raw));
            assert!(!format!("{row:?}").contains(secret), "{row:?}");
        }
        for entry in fs::read_dir(folder.path().join("segments")).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
        }
    }
}

#[test]
fn other_keys_give_other_digests() {
    let folder = tempfile::tempdir().unwrap();
    let line = combined("192.0.2.1", 3, "May", "/status?id=1", "-", "M");
    let metas = write(folder.path(), &[(1, "a.log", vec![line])], false);
    let archive = Archive::open(folder.path(), &metas);
    let wanted = [vec![Term::Url(format!("{SITE}/status?id=1"))]];
    assert_eq!(archive.lookback(&wanted, &key()).unwrap()[0].count, 1);
    assert_eq!(archive.lookback(&wanted, &DigestKey::new(&[8; 32])).unwrap()[0].count, 0);
}

#[test]
fn damage_and_orphans() {
    let folder = tempfile::tempdir().unwrap();
    let metas = write(folder.path(), &[(1, "a.log", sample_lines(100))], false);
    let segments = folder.path().join("segments");
    fs::write(segments.join("writing-1-2018-05-1.parquet.tmp"), "x").unwrap();
    assert_eq!(sweep_orphans(folder.path(), &metas).unwrap(), ["writing-1-2018-05-1.parquet.tmp"]);
    assert_eq!(fs::read_dir(&segments).unwrap().count(), metas.len() * 2);
    for name in [metas[0].file.clone(), format!("{}.index", metas[0].id)] {
        let path = segments.join(name);
        let whole = fs::read(&path).unwrap();
        let mut bytes = whole.clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert!(matches!(verify(folder.path(), &metas[0]), Err(ArchiveError::Damaged { .. })));
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert!(verify(folder.path(), &metas[0]).is_err());
        fs::write(&path, whole).unwrap();
    }
    let index = segments.join(format!("{}.index", metas[0].id));
    fs::write(&index, "WARDIDX1").unwrap();
    assert!(Archive::open(folder.path(), &metas).lookback(&indicators(), &key()).is_err());
}

#[test]
fn whole_months_are_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let metas = write(folder.path(), &[(1, "a.log", sample_lines(100))], false);
    let first_of = |month: u8| jiff_micros(month);
    let months = |metas: &[SegmentMeta]| metas.iter().map(|meta| meta.month.clone()).collect::<Vec<_>>();
    for (month, kept) in [(4, vec!["2018-04", "2018-05"]), (5, vec!["2018-05"]), (6, vec![])] {
        assert_eq!(months(&purge_before(&metas, first_of(month)).0), kept, "{month}");
    }
}

/// Microseconds of the first of a month of 2018.
fn jiff_micros(month: u8) -> i64 {
    let days = [0, 0, 31, 59, 90, 120, 151][usize::from(month)];
    (17_532 + days) * 86_400_000_000
}

#[test]
fn the_same_events_make_the_same_segment() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let files = [(1, "a.log", sample_lines(500))];
    assert_eq!(write(one.path(), &files, false), write(other.path(), &files, false));
}

#[test]
fn nothing_but_rejected_lines_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let metas = write(folder.path(), &[(1, "a.log", vec!["x".to_owned(); 5])], false);
    assert_eq!((metas.len(), metas[0].rows), (1, 0));
    let archive = Archive::open(folder.path(), &metas);
    assert_eq!(archive.coverage(Some("logs")).unwrap().lines_rejected, 5);
    assert_eq!(archive.coverage(Some("other")).unwrap().lines_read, 0);
    check(&archive, &[(1, "a.log", Vec::new())], &indicators());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_lines(seeds in proptest::collection::vec((0_u8..6, 0_u8..4, 0_u8..3, 1_u32..27, any::<bool>()), 0..60)) {
        let folder = tempfile::tempdir().unwrap();
        let lines: Vec<String> = seeds.iter().map(|(address, target, agent, day, sensor)| {
            let address = ["198.51.100.1", "198.51.100.2", "2001:db8::1", "192.0.2.9", "host.example", "::ffff:198.51.100.1"][usize::from(*address)];
            let target = ["/status?id=1", "/status", "/a?x=%41", "*"][usize::from(*target)];
            let agent = ["sqlmap/1.0", "-", "Bot (+http://x.example/?who=me)"][usize::from(*agent)];
            if *sensor && !address.contains("host") { eve(address, "198.51.100.1", *day, "evil.example") } else { combined(address, *day, "May", target, "http://evil.example/a?b=c", agent) }
        }).collect();
        let half = lines.len() / 2;
        let files = [(1, "a.log", lines[..half].to_vec()), (2, "b.log", lines[half..].to_vec())];
        let metas = write(folder.path(), &files, false);
        check(&Archive::open(folder.path(), &metas), &files, &indicators());
    }
}
