//! What the invented logs promise: the same bytes again, no gap where none is meant, and no address of anybody.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use super::super::facts::{self, Probe, State, Targeted};
use super::*;

const SEED: u64 = 2_016;

/// Name of each log file and its text, decompressed.
type Files = BTreeMap<String, String>;

fn at(day: Date) -> i64 {
    day.to_zoned(TimeZone::UTC).unwrap().timestamp().as_second()
}

/// June to November 2016: 183 days.
fn june() -> i64 {
    at(date(2016, 6, 1))
}

fn december() -> i64 {
    at(date(2016, 12, 1))
}

fn shapes() -> Vec<Shape> {
    let others =
        [Shape::Breached, Shape::Quiet, Shape::DayMissing, Shape::HalfRejected, Shape::BehindProxy, Shape::NoLogsKept];
    others.into_iter().chain(Probe::ALL.map(Shape::Probed)).collect()
}

fn of(shape: Shape) -> StatePlan {
    let state = State { code: "IL".into(), name: "Illinois".into(), jurisdictions: 110 };
    StatePlan { state, shape }
}

fn files(folder: &Path) -> Files {
    let mut files = Files::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let bytes = fs::read(entry.path()).unwrap();
        let name = entry.file_name().into_string().unwrap();
        let mut text = String::new();
        if name.ends_with(".gz") {
            flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
        } else {
            text = String::from_utf8(bytes).unwrap();
        }
        files.insert(name, text);
    }
    files
}

fn written(shape: Shape, steps: &[i64]) -> Files {
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs");
    for step in steps.windows(2) {
        write_hours(&logs, &of(shape), step[0], step[1], SEED).unwrap();
    }
    let beside: BTreeSet<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside, BTreeSet::from(["logs".into(), NOTICE_FILE.into()]));
    files(&logs)
}

fn all_months(shape: Shape) -> Files {
    written(shape, &[june(), december()])
}

/// Address and second of a line, if it is in the log format.
fn parsed(line: &str) -> Option<(IpAddr, i64)> {
    let (address, rest) = line.split_once(" - - [")?;
    let (time, rest) = rest.split_once("] \"")?;
    assert_eq!(rest.matches('"').count(), 7, "{line}");
    let status = rest.split_once(" HTTP/1.1\" ").unwrap().1;
    let numbers: Vec<&str> = status.split(' ').take(2).collect();
    assert!((200..600).contains(&numbers[0].parse::<u16>().unwrap()), "{line}");
    numbers[1].parse::<u32>().unwrap();
    let time = jiff::fmt::strtime::parse("%d/%b/%Y:%H:%M:%S %z", time).unwrap();
    Some((address.parse().unwrap(), time.to_timestamp().unwrap().as_second()))
}

/// Address, second and text of every line in the log format, in the order of the files' names (the current file
/// last).
fn lines(files: &Files) -> Vec<(IpAddr, i64, &str)> {
    let (current, older): (Vec<_>, Vec<_>) = files.iter().partition(|(name, _)| *name == "access.log");
    let texts = older.into_iter().chain(current).flat_map(|(_, text)| text.lines());
    texts.filter_map(|line| parsed(line).map(|(address, second)| (address, second, line))).collect()
}

fn listed() -> BTreeSet<IpAddr> {
    facts::indicators().unwrap().iter().map(|one| one.address.parse().unwrap()).collect()
}

/// The hits of the eight addresses: how many, the first and the last second, and of how many of the eight.
fn hits(files: &Files) -> (usize, Timestamp, Timestamp, usize) {
    let listed = listed();
    let hits: Vec<_> = lines(files).into_iter().filter(|(address, ..)| listed.contains(address)).collect();
    let who: BTreeSet<_> = hits.iter().map(|(address, ..)| *address).collect();
    let second = |hit: Option<&(IpAddr, i64, &str)>| {
        hit.map(|(_, second, _)| Timestamp::from_second(*second).unwrap()).unwrap_or_default()
    };
    (hits.len(), second(hits.first()), second(hits.last()), who.len())
}

#[test]
fn day_numbers_are_those_of_the_calendar() {
    let table = [
        (hostile::DAY_23_JUNE, date(2016, 6, 23)),
        (hostile::DAY_12_JULY, date(2016, 7, 12)),
        (hostile::DAY_5_AUGUST, date(2016, 8, 5)),
        (hostile::DAY_12_AUGUST, date(2016, 8, 12)),
        (hostile::DAY_28_OCTOBER, date(2016, 10, 28)),
        (DAY_1_JULY, date(2016, 7, 1)),
    ];
    for (number, day) in table {
        assert_eq!(number * DAY_SECONDS, at(day));
    }
    assert_eq!(rotation::week_of(june()), at(date(2016, 5, 29)), "a Sunday");
    assert_eq!(rotation::week_of(at(date(2016, 6, 5))), at(date(2016, 6, 5)));
    assert_eq!(rotation::week_of(at(date(2016, 6, 5)) - 1), at(date(2016, 5, 29)));
}

#[test]
fn same_seed_gives_the_same_bytes_and_another_seed_does_not() {
    let bytes = |seed: u64, shape: Shape| {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        let until = at(date(2016, 7, 15));
        write_hours(&logs, &of(shape), june(), until, seed).unwrap();
        let entries = fs::read_dir(&logs).unwrap().map(|entry| entry.unwrap().path());
        entries.map(|p| (p.file_name().unwrap().to_owned(), fs::read(p).unwrap())).collect::<BTreeMap<_, _>>()
    };
    for shape in shapes() {
        assert_eq!(bytes(1, shape), bytes(1, shape), "{shape:?}");
        assert_ne!(bytes(1, shape), bytes(2, shape), "{shape:?}");
    }
}

#[test]
fn steps_give_the_files_of_one_call() {
    let (from, until) = (june(), at(date(2016, 8, 17)) + 5 * HOUR_SECONDS);
    let table: &[&[i64]] = &[
        // within a week; at a week's end and weeks later; an hour and no time at all
        &[from, from + HOUR_SECONDS, at(date(2016, 6, 3)), until],
        &[from, at(date(2016, 6, 5)), at(date(2016, 7, 31)), until],
        &[from, until - HOUR_SECONDS, until - HOUR_SECONDS, until],
    ];
    for shape in shapes() {
        let once = written(shape, &[from, until]);
        for steps in table {
            assert!(once == written(shape, steps), "{shape:?} {steps:?}");
        }
        let expected = if shape == Shape::NoLogsKept { 3 } else { 12 };
        assert_eq!(once.len(), expected, "{shape:?}: {:?}", once.keys());
        assert!(once.contains_key("access.log") && once.contains_key("access.log-20160814.gz"));
    }
}

#[test]
fn a_gap_between_calls_closes_the_week_that_was_open() {
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs");
    let plan = of(Shape::Quiet);
    let (second, third) = (at(date(2016, 6, 2)), at(date(2016, 9, 1)));
    write_hours(&logs, &plan, june(), second, SEED).unwrap();
    let more = write_hours(&logs, &plan, third, third + HOUR_SECONDS, SEED).unwrap();
    assert_eq!(more.files, 2);
    let files = files(&logs);
    assert_eq!(files.keys().collect::<Vec<_>>(), ["access.log", "access.log-20160605.gz"]);
    assert_eq!(files["access.log"].lines().count() as u64, more.lines);
    assert_eq!(files["access.log"].len() as u64, more.bytes);
}

#[test]
fn periods_that_are_not_whole_hours_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (from, until) in [(1, 3_600), (0, 3_601), (7_200, 3_600)] {
        let error = write_hours(&folder.path().join("l"), &of(Shape::Quiet), from, until, 1).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}

#[test]
fn files_hold_their_week_in_order() {
    let files = all_months(Shape::Breached);
    let seconds: Vec<i64> = lines(&files).iter().map(|(_, second, _)| *second).collect();
    assert!(seconds.is_sorted());
    let week: Vec<i64> = files["access.log-20160703.gz"].lines().map(|line| parsed(line).unwrap().1).collect();
    let (from, until) = (at(date(2016, 6, 26)), at(date(2016, 7, 3)));
    assert!(week.iter().all(|second| (from..until).contains(second)));
}

#[test]
fn every_line_is_marked_and_no_address_is_anybodys() {
    let proxy: IpAddr = PROXY_ADDRESS.parse().unwrap();
    let listed = listed();
    for shape in shapes() {
        let files = all_months(shape);
        let text: Vec<&str> = files.values().flat_map(|text| text.lines()).collect();
        assert!(text.iter().all(|line| line.ends_with("\" \"RECONSTRUCTION-INVENTED-LOG\"")), "{shape:?}");
        let lines = lines(&files);
        for (address, _, line) in &lines {
            let known = match address {
                IpAddr::V4(v4) if Ipv4Addr::from(u32::from(*v4) & 0xfffe_0000) == Ipv4Addr::new(198, 18, 0, 0) => {
                    !matches!(v4.octets()[3], 0 | 255)
                }
                IpAddr::V4(_) => listed.contains(address),
                IpAddr::V6(v6) => v6.segments()[..2] == [0x2001, 0xdb8] && v6.segments()[7] != 0,
            };
            assert!(known != (shape == Shape::BehindProxy), "{shape:?}: {line}");
            assert_eq!(*address == proxy, shape == Shape::BehindProxy, "{line}");
        }
        let share = lines.len() as f64 / text.len() as f64;
        let expected = if shape == Shape::HalfRejected { 0.5..0.6 } else { 1.0..1.1 };
        assert!(expected.contains(&share), "{shape:?}: {share}");
        let clients = lines.iter().map(|(address, ..)| address).collect::<BTreeSet<_>>().len();
        assert!(if shape == Shape::BehindProxy { clients == 1 } else { clients > 1_000 }, "{shape:?}");
    }
}

#[test]
fn every_hour_has_lines_where_no_gap_is_meant() {
    let asked: BTreeSet<i64> = (june()..december()).step_by(3_600).collect();
    assert_eq!(asked.len(), 183 * 24);
    for shape in shapes() {
        let files = all_months(shape);
        let mut per_hour: BTreeMap<i64, u32> = BTreeMap::new();
        for (_, second, _) in lines(&files) {
            *per_hour.entry(second - second % HOUR_SECONDS).or_default() += 1;
        }
        let missing: Vec<i64> = asked.iter().filter(|hour| !per_hour.contains_key(hour)).copied().collect();
        match shape {
            Shape::DayMissing => {
                let day = missing_day("IL", SEED);
                assert_eq!(missing, (day..day + DAY_SECONDS).step_by(3_600).collect::<Vec<_>>());
                assert!((at(date(2016, 7, 1))..at(date(2016, 7, 29))).contains(&day));
            }
            Shape::NoLogsKept => {
                let kept = at(date(2016, 11, 13));
                assert_eq!(missing, (june()..kept).step_by(3_600).collect::<Vec<_>>());
                assert_eq!(files.len(), 3);
            }
            _ => assert!(missing.is_empty(), "{shape:?}: {missing:?}"),
        }
        if shape == Shape::Quiet {
            assert!(per_hour.values().all(|count| (2..=8).contains(count)));
        }
    }
}

#[test]
fn hits_are_those_of_the_shape() {
    let before_the_warning = at(date(2016, 8, 18));
    let table = [
        (Shape::Quiet, 0, 0),
        (Shape::DayMissing, 0, 0),
        (Shape::HalfRejected, 0, 0),
        (Shape::BehindProxy, 0, 0),
        (Shape::NoLogsKept, 0, 0),
        (Shape::Probed(Probe::ShortScan), 30, 1),
        (Shape::Probed(Probe::SlowScan), 72, 1),
        (Shape::Probed(Probe::CasingTheLot), 240, 1),
        (Shape::Probed(Probe::SingleVisit), 7, 1),
        (Shape::Probed(Probe::LateVisit), 36, 1),
        (Shape::Probed(Probe::LoudInjection), 1_521, 3),
    ];
    for (shape, count, addresses) in table {
        let files = all_months(shape);
        let (hits, first, last, who) = hits(&files);
        assert_eq!((hits, who), (count, addresses), "{shape:?}");
        let day = |time: Timestamp| time.to_zoned(TimeZone::UTC).date();
        match shape {
            Shape::Probed(Probe::ShortScan) => assert_eq!(first, last, "in one second"),
            Shape::Probed(Probe::LateVisit) => {
                assert_eq!((day(first), day(last)), (date(2016, 10, 28), date(2016, 10, 28)));
            }
            Shape::Probed(Probe::LoudInjection) => {
                assert_eq!((day(first), day(last)), (date(2016, 8, 5), date(2016, 8, 5)));
            }
            _ => assert!(last.as_second() < before_the_warning, "{shape:?}"),
        }
    }
}

#[test]
fn the_breach_runs_from_23_june_to_11_august_with_a_spike() {
    let files = all_months(Shape::Breached);
    let (count, first, last, who) = hits(&files);
    assert_eq!(first.as_second() / HOUR_SECONDS * HOUR_SECONDS, at(date(2016, 6, 23)));
    let end = at(date(2016, 8, 12));
    assert!((end - HOUR_SECONDS..end).contains(&last.as_second()), "{last}");
    assert_eq!(who, 2);
    assert!((5_500..8_000).contains(&count), "{count}");

    let listed = listed();
    let all = lines(&files);
    let hostile = || all.iter().filter(|(address, ..)| listed.contains(address));
    let slow = hostile().filter(|(_, second, _)| *second < at(date(2016, 7, 12))).count();
    assert_eq!(slow, 19 * 24 * 3);
    let mut per_hour: BTreeMap<i64, usize> = BTreeMap::new();
    for (_, second, _) in hostile() {
        *per_hour.entry(second / HOUR_SECONDS).or_default() += 1;
    }
    assert_eq!(per_hour.values().filter(|count| **count >= 300).count(), 5);
    let with = |text: &str| hostile().filter(|(_, _, line)| line.contains(text)).count();
    for text in ["\" 403 ", "\"POST /pova/status.php ", "sqlmap", "Acunetix", "UNION%20SELECT"] {
        assert!(with(text) > 50, "{text}");
    }
    let offline: Vec<i64> = all.iter().filter(|(_, _, line)| line.contains("\" 503 ")).map(|(_, s, _)| *s).collect();
    let (from, until) = (at(date(2016, 7, 13)), at(date(2016, 7, 23)));
    assert!(!offline.is_empty() && offline.iter().all(|second| (from..until).contains(second)));
}

#[test]
fn plans_follow_the_list() {
    let states = facts::states().unwrap();
    let targeted = facts::targeted_default().unwrap();
    for seed in [0, SEED, u64::MAX] {
        let plan = plan(&states, &targeted, seed);
        let count = |is: fn(&Shape) -> bool| plan.iter().filter(|one| is(&one.shape)).count();
        assert_eq!(plan.len(), 51);
        assert_eq!(count(|shape| matches!(shape, Shape::Breached)), 1);
        assert_eq!(count(|shape| matches!(shape, Shape::Probed(_))), 20);
        assert_eq!(count(|shape| matches!(shape, Shape::DayMissing)), 3);
        assert_eq!(count(|shape| matches!(shape, Shape::BehindProxy)), 3);
        assert_eq!(count(|shape| matches!(shape, Shape::HalfRejected)), 2);
        assert_eq!(count(|shape| matches!(shape, Shape::NoLogsKept)), 1);
    }
    let mine = [Targeted { code: "WY".into(), breached: true, shape: Probe::ShortScan }];
    let plan = plan(&states, &mine, SEED);
    let shape = |code: &str| plan.iter().find(|one| one.state.code == code).unwrap().shape;
    assert_eq!(shape("WY"), Shape::Breached);
    assert!(!matches!(shape("IL"), Shape::Breached | Shape::Probed(_)));
}
