//! What the eight stand-in addresses do in the invented logs, hour by hour.
//!
//! The shapes are published observations: Senate Select Committee on Intelligence, Russian Active Measures, volume 1,
//! p. 17-18, 22-24 and 50; Illinois State Board of Elections, report of 26 August 2016; the indictment of 13 July
//! 2018, paragraph 75. Targets and payloads are invented, of the kind that any scanner's manual shows.

use std::io;

use super::super::facts::{self, Probe};
use super::super::random::Random;
use super::line::{Lines, Request, push_number};
use super::{DAY_SECONDS, HOUR_SECONDS, Shape};

/// Days since 1970; a test compares them with the calendar.
pub(super) const DAY_23_JUNE: i64 = 16_975;
pub(super) const DAY_12_JULY: i64 = 16_994;
pub(super) const DAY_5_AUGUST: i64 = 17_018;
pub(super) const DAY_12_AUGUST: i64 = 17_025;
pub(super) const DAY_28_OCTOBER: i64 = 17_102;

const OFFLINE_DAYS: i64 = 10;

const BROWSER: &str = "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:45.0) Gecko/20100101 Firefox/45.0";
const SQLMAP: &str = "sqlmap/1.0.6#stable (http://sqlmap.org)";
const ACUNETIX: &str = "Mozilla/5.0 (compatible; Acunetix Web Vulnerability Scanner)";
const DIRBUSTER: &str = "DirBuster-1.0-RC1 (http://www.owasp.org/index.php/Category:OWASP_DirBuster_Project)";

const INJECTIONS: &[&str] = &[
    "%27%20OR%20%271%27=%271",
    "%27%20AND%20SLEEP(5)--%20-",
    "%27%20UNION%20SELECT%20NULL,NULL,NULL--%20-",
    "%27%20UNION%20SELECT%20table_name,NULL,NULL%20FROM%20information_schema.tables--%20-",
    "%27%20ORDER%20BY%2012--%20-",
    "%27;WAITFOR%20DELAY%20%270:0:5%27--",
];

const FIELDS: &[&str] = &["last_name", "first_name", "zip", "county", "street", "ballot"];

const PROBE_PATHS: &[&str] = &[
    "/wp-login.php",
    "/phpmyadmin/index.php",
    "/.env",
    "/.git/config",
    "/admin/login.php",
    "/administrator/",
    "/cgi-bin/test.cgi",
    "/backup.zip",
    "/web.config",
    "/server-status",
    "/manager/html",
    "/test.php",
];

const COUNTY_PAGES: &[&str] =
    &["/county/elections/", "/county/elections/results", "/county/voter-registration", "/county/contact"];

/// The eight addresses by their parts.
struct Cast {
    slow_injection: String,
    spike: String,
    loud_injection: String,
    several_fields: String,
    one_field: String,
    scanner: String,
    wordlist: String,
    visitor: String,
}

impl Cast {
    fn read() -> io::Result<Self> {
        let indicators = facts::indicators().map_err(io::Error::other)?;
        let address = |role: &str| {
            let found = indicators.iter().find(|indicator| indicator.role == role);
            let missing = || io::Error::other(format!("no stand-in address has the role `{role}`"));
            found.map(|indicator| indicator.address.clone()).ok_or_else(missing)
        };
        Ok(Self {
            slow_injection: address("slow-injection")?,
            spike: address("spike")?,
            loud_injection: address("loud-injection")?,
            several_fields: address("several-fields")?,
            one_field: address("one-field")?,
            scanner: address("scanner")?,
            wordlist: address("wordlist")?,
            visitor: address("visitor")?,
        })
    }
}

/// What is done to one state, and when.
pub(super) struct Attack {
    cast: Cast,
    shape: Shape,
    /// The first second of the hour in which a probe without a date of its own begins.
    begins: i64,
}

impl Attack {
    /// The attack that a state of this shape sees. Probes without a known date begin between 4 July and 3 August
    /// 2016.
    pub(super) fn on(code: &str, shape: Shape, seed: u64) -> io::Result<Self> {
        let mut random = Random::keyed(seed, code, -2);
        let day = DAY_23_JUNE + 11 + i64::from(random.below(31));
        let hour = i64::from(random.below(24));
        let begins = day * DAY_SECONDS + hour * HOUR_SECONDS;
        Ok(Self { cast: Cast::read()?, shape, begins })
    }

    /// The breached site was taken off the network the day after the spike, for ten days.
    pub(super) fn has_taken_the_site_offline(&self, start: i64) -> bool {
        let day = start.div_euclid(DAY_SECONDS) - DAY_12_JULY;
        self.shape == Shape::Breached && (1..=OFFLINE_DAYS).contains(&day)
    }

    /// Adds the hostile requests of the hour that begins at `start`.
    pub(super) fn hour(&self, lines: &mut Lines, start: i64, random: &mut Random) {
        match self.shape {
            Shape::Breached => self.breach(lines, start, random),
            Shape::Probed(Probe::ShortScan) => self.short_scan(lines, start, random),
            Shape::Probed(Probe::LoudInjection) => self.loud_injection(lines, start, random),
            Shape::Probed(Probe::SlowScan) => self.slow_scan(lines, start, random),
            Shape::Probed(Probe::CasingTheLot) => self.casing_the_lot(lines, start, random),
            Shape::Probed(Probe::SingleVisit) => self.single_visit(lines, start, random),
            Shape::Probed(Probe::LateVisit) => self.late_visit(lines, start, random),
            Shape::Quiet | Shape::DayMissing | Shape::HalfRejected | Shape::BehindProxy | Shape::NoLogsKept => {}
        }
    }

    /// Nineteen days of one request every twenty minutes with growing answers; on 12 July from 13:00 to 18:00
    /// hundreds an hour, until the page is corrected; from 13 July to 11 August refused requests. Of those the report
    /// counts five a second, day and night: here they are four to six an hour, for 13 million lines would show
    /// nothing more.
    fn breach(&self, lines: &mut Lines, start: i64, random: &mut Random) {
        let (day, hour) = (start.div_euclid(DAY_SECONDS), hour_of_day(start));
        let is_spike = day == DAY_12_JULY && (13..18).contains(&hour);
        let is_slow = (DAY_23_JUNE..DAY_12_JULY).contains(&day) || day == DAY_12_JULY && hour < 13;
        if is_slow {
            let hours = (start - DAY_23_JUNE * DAY_SECONDS) / HOUR_SECONDS;
            for third in 0..3 {
                // 9 kB at first, over 140 kB at the end.
                let bytes = 9_000 + (hours as u32 * 3 + third) * 100 + random.below(2_000);
                let second = third * 1_200 + random.below(40);
                let address = &self.cast.slow_injection;
                add_status_injection(lines, address, second, 200, bytes, random);
            }
        }
        let spike = if is_spike { 300 + random.below(120) } else { 0 };
        for _ in 0..spike {
            let (second, bytes) = (random.below(3_600), 120_000 + random.below(140_000));
            let addresses = [self.cast.slow_injection.as_str(), self.cast.spike.as_str()];
            add_status_injection(lines, random.pick(&addresses), second, 200, bytes, random);
        }
        if (DAY_12_JULY + 1..DAY_12_AUGUST).contains(&day) {
            for _ in 0..4 + random.below(3) {
                let second = random.below(3_600);
                let addresses = [self.cast.slow_injection.as_str(), self.cast.spike.as_str()];
                add_status_injection(lines, random.pick(&addresses), second, 403, 209, random);
            }
        }
    }

    fn short_scan(&self, lines: &mut Lines, start: i64, random: &mut Random) {
        if start != self.begins {
            return;
        }
        let second = random.below(3_600);
        for ordinal in 0..30 {
            let target = PROBE_PATHS.iter().cycle().nth(ordinal).copied().unwrap_or("/");
            add(lines, &self.cast.scanner, second, (target, 404, 196), ACUNETIX);
        }
    }

    /// 1,500 injections from one address over six hours, the last hour's refused; 14 from a second on several fields,
    /// seven from a third on one field.
    fn loud_injection(&self, lines: &mut Lines, start: i64, random: &mut Random) {
        let hour = hour_of_day(start);
        if start.div_euclid(DAY_SECONDS) != DAY_5_AUGUST || !(13..19).contains(&hour) {
            return;
        }
        let status = if hour == 18 { 403 } else { 200 };
        for ordinal in 0..250 {
            let field = FIELDS.iter().cycle().nth(ordinal).copied().unwrap_or_default();
            add_search_injection(lines, &self.cast.loud_injection, field, status, random);
        }
        let (several, one) = match hour {
            14 | 15 => (7, 0),
            16 => (0, 7),
            _ => (0, 0),
        };
        for ordinal in 0..several {
            let field = FIELDS.get(ordinal % 4).copied().unwrap_or_default();
            add_search_injection(lines, &self.cast.several_fields, field, 200, random);
        }
        for _ in 0..one {
            add_search_injection(lines, &self.cast.one_field, "zip", 200, random);
        }
    }

    fn slow_scan(&self, lines: &mut Lines, start: i64, random: &mut Random) {
        let hours = (start - self.begins).div_euclid(HOUR_SECONDS);
        if (0..12 * 24).contains(&hours) && hours % 4 == 0 {
            let target = random.pick(PROBE_PATHS);
            add(lines, &self.cast.scanner, random.below(3_600), (target, 404, 196), BROWSER);
        }
    }

    fn casing_the_lot(&self, lines: &mut Lines, start: i64, random: &mut Random) {
        let hours = (start - self.begins).div_euclid(HOUR_SECONDS);
        if !(0..6 * 24).contains(&hours) || hours % 24 != 0 {
            return;
        }
        for ordinal in 0..40 {
            let target = match ordinal % 10 {
                0 => "/",
                _ => random.pick(PROBE_PATHS),
            };
            let status = if target == "/" { 200 } else { 404 };
            add(lines, &self.cast.wordlist, 600 + ordinal * 2, (target, status, 196), DIRBUSTER);
        }
    }

    fn single_visit(&self, lines: &mut Lines, start: i64, random: &mut Random) {
        if start != self.begins {
            return;
        }
        let first = random.below(3_000);
        let visit = [
            ("/", 200, 11_480),
            ("/elections/calendar", 200, 8_840),
            ("/register", 200, 9_310),
            ("/admin/login.php", 404, 196),
            ("/web.config", 404, 196),
            ("/wp-login.php", 404, 196),
            ("/candidates", 200, 14_020),
        ];
        for (ordinal, request) in (0..).zip(visit) {
            add(lines, &self.cast.visitor, first + ordinal * 45, request, BROWSER);
        }
    }

    fn late_visit(&self, lines: &mut Lines, start: i64, random: &mut Random) {
        let is_then = (14..17).contains(&hour_of_day(start));
        if start.div_euclid(DAY_SECONDS) != DAY_28_OCTOBER || !is_then {
            return;
        }
        for ordinal in 0..12 {
            let second = ordinal * 290 + random.below(200);
            let request = match ordinal % 3 {
                0 => (random.pick(PROBE_PATHS), 404, 196),
                _ => (random.pick(COUNTY_PAGES), 200, 6_000 + random.below(900)),
            };
            add(lines, &self.cast.visitor, second, request, BROWSER);
        }
    }
}

fn hour_of_day(start: i64) -> i64 {
    start.rem_euclid(DAY_SECONDS) / HOUR_SECONDS
}

/// Adds a GET of (target, status, bytes).
fn add(lines: &mut Lines, address: &str, second: u32, request: (&str, u32, u32), agent: &str) {
    let (target, status, bytes) = request;
    let (method, referer) = ("GET", "-");
    lines.add(&Request { second, address, method, target, status, bytes, referer, agent });
}

/// One request in ten is a POST, whose body no log shows.
fn add_status_injection(lines: &mut Lines, address: &str, second: u32, status: u32, bytes: u32, random: &mut Random) {
    let is_post = random.below(10) == 0;
    let mut target = String::from("/pova/status.php");
    if !is_post {
        target.push_str("?id=");
        push_number(&mut target, 100_000 + random.below(900_000));
        target.push_str(random.pick(INJECTIONS));
    }
    let agent = match random.below(16) {
        0 | 1 => SQLMAP,
        2 => ACUNETIX,
        _ => BROWSER,
    };
    let method = if is_post { "POST" } else { "GET" };
    let (target, referer) = (target.as_str(), "-");
    lines.add(&Request { second, address, method, target, status, bytes, referer, agent });
}

fn add_search_injection(lines: &mut Lines, address: &str, field: &str, status: u32, random: &mut Random) {
    let payload = random.pick(INJECTIONS);
    let target = format!("/voter-services/search?{field}={payload}");
    let bytes = if status == 200 { 5_200 + random.below(300) } else { 209 };
    add(lines, address, random.below(3_600), (&target, status, bytes), SQLMAP);
}
