//! The ordinary traffic of a voter site: two to eight requests an hour, fewer at night, from many clients.
//!
//! Clients come from 198.18.0.0/15 (RFC 2544, benchmarks) and 2001:db8::/32 (RFC 3849, documentation), which hold
//! none of the eight stand-in addresses.

use std::fmt::Write as _;

use super::super::random::Random;
use super::line::{Lines, Request, push_number};
use super::{DAY_SECONDS, HOUR_SECONDS};

const BROWSERS: &[&str] = &[
    "Mozilla/5.0 (Windows NT 10.0; WOW64; rv:47.0) Gecko/20100101 Firefox/47.0",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/51.0.2704.103 Safari/537.36",
    "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_5) AppleWebKit/601.6.17 (KHTML, like Gecko) Version/9.1.1 Safari/601.6.17",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 9_3_2 like Mac OS X) AppleWebKit/601.1.46 (KHTML, like Gecko) Version/9.0 Mobile/13F69 Safari/601.1",
    "Mozilla/5.0 (Linux; Android 6.0.1; SM-G920V) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/51.0.2704.81 Mobile Safari/537.36",
];

const CRAWLERS: &[&str] = &[
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
];

/// Pages with their usual sizes in bytes.
const PAGES: &[(&str, u32)] = &[
    ("/", 11_480),
    ("/register", 9_310),
    ("/status", 6_220),
    ("/polling-place?zip=", 7_950),
    ("/elections/calendar", 8_840),
    ("/candidates", 14_020),
    ("/absentee", 7_130),
    ("/contact", 4_410),
];

const FILES: &[(&str, u32)] = &[
    ("/static/site.css", 18_342),
    ("/static/site.js", 41_907),
    ("/static/seal.png", 23_118),
    ("/favicon.ico", 1_406),
    ("/static/forms/register.pdf", 88_264),
];

/// What stays the same in a state's traffic.
pub(super) struct Site {
    /// The site's first page, as other pages' referer.
    home: String,
}

impl Site {
    /// `.example` is reserved (RFC 2606): nobody's site.
    pub(super) fn of(code: &str) -> Self {
        Self { home: format!("https://vote.{}.example/", code.to_ascii_lowercase()) }
    }
}

/// Adds the ordinary requests of the hour that begins at `start`. While the site is `offline` its forms answer 503.
pub(super) fn hour(lines: &mut Lines, site: &Site, start: i64, offline: bool, random: &mut Random) {
    let mut left = requests_in(start, random);
    let (mut address, mut target) = (String::new(), String::new());
    while left > 0 {
        push_client(&mut address, random);
        let second = random.below(3_590);
        let is_crawler = random.below(8) == 0;
        let agent = random.pick(if is_crawler { CRAWLERS } else { BROWSERS });
        let request = Request {
            second,
            address: &address,
            method: "GET",
            target: "",
            status: 200,
            bytes: 0,
            referer: "-",
            agent,
        };
        add_page(lines, request, site, offline, &mut target, random);
        left -= 1;
        if left > 0 && !is_crawler && random.below(2) == 0 {
            add_file(lines, site, &address, second + 1 + random.below(5), agent, random);
            left -= 1;
        }
    }
}

/// 2 or 3 in the hours that are night in America, else 4 to 8.
fn requests_in(start: i64, random: &mut Random) -> u32 {
    match start.rem_euclid(DAY_SECONDS) / HOUR_SECONDS {
        5..=10 => 2 + random.below(2),
        _ => 4 + random.below(5),
    }
}

fn add_page(
    lines: &mut Lines,
    request: Request<'_>,
    site: &Site,
    offline: bool,
    target: &mut String,
    random: &mut Random,
) {
    let page = random.below(PAGES.len() as u32) as usize;
    let (path, bytes) = PAGES.get(page).copied().unwrap_or(("/", 0));
    target.clear();
    target.push_str(path);
    if path.ends_with('=') {
        push_number(target, 10_000 + random.below(89_999));
    }
    let is_form = matches!(path, "/register" | "/status");
    let (status, bytes) = match random.below(40) {
        _ if offline && is_form => (503, 512),
        0 => (304, 0),
        1 => (301, 312),
        _ => (200, bytes + random.below(900)),
    };
    let referer = if random.below(3) == 0 { site.home.as_str() } else { "-" };
    lines.add(&Request { target, status, bytes, referer, ..request });
}

fn add_file(lines: &mut Lines, site: &Site, address: &str, second: u32, agent: &str, random: &mut Random) {
    let file = random.below(FILES.len() as u32) as usize;
    let (target, bytes) = FILES.get(file).copied().unwrap_or(("/", 0));
    let referer = site.home.as_str();
    let request = Request { second, address, method: "GET", target, status: 200, bytes, referer, agent };
    lines.add(&request);
}

/// One client in seven has an IPv6 address. No address ends in 0 or 255: those would look like masked ones.
fn push_client(address: &mut String, random: &mut Random) {
    let bits = random.draw();
    let group = |shift: u32| (bits >> shift) as u32 & 0xffff;
    address.clear();
    if bits.is_multiple_of(7) {
        // Writing to a String does not fail.
        let _ = write!(address, "2001:db8:{:x}:{:x}::{:x}", group(8), group(24), 1 + group(40) / 2);
        return;
    }
    address.push_str(if bits & 0x8_0000 == 0 { "198.18." } else { "198.19." });
    push_number(address, group(24) % 256);
    address.push('.');
    push_number(address, 1 + group(40) % 254);
}
