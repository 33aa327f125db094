//! Signs of what a matched request was for, and the rung of the ladder that they propose.
//!
//! A proposal is for a person to confirm or refuse; it never confirms itself. The signs are few and simple on
//! purpose: they sort hits for review, they do not find attacks among requests that no indicator matched.

use serde::{Deserialize, Serialize};
use ward_stix::answer::Rung;

use crate::escape::nibble;
use crate::event::{Event, EventKind};

/// An answer to a query that is longer than this is longer than a page.
const LARGE_ANSWER_BYTES: u64 = 100_000;
/// As many refused requests are a search for something, not a mistyped link.
const MANY_CLIENT_ERRORS: u64 = 10;

const SCANNER_AGENTS: [&str; 16] = [
    "acunetix",
    "arachni",
    "dirbuster",
    "dirsearch",
    "feroxbuster",
    "ffuf",
    "gobuster",
    "masscan",
    "nessus",
    "netsparker",
    "nikto",
    "nmap",
    "nuclei",
    "sqlmap",
    "w3af",
    "zgrab",
];
const PROBE_PATHS: [&str; 17] = [
    "/.aws/",
    "/.env",
    "/.git/",
    "/actuator",
    "/administrator/",
    "/backup",
    "/cgi-bin/",
    "/etc/passwd",
    "/hnap1",
    "/manager/html",
    "/phpinfo",
    "/phpmyadmin",
    "/server-status",
    "/shell.php",
    "/wp-admin",
    "/wp-login.php",
    "/xmlrpc.php",
];
const SQL_PHRASES: [&str; 15] = [
    "'--",
    "' --",
    "'#",
    "\"--",
    "information_schema",
    "waitfor delay",
    "sleep(",
    "benchmark(",
    "extractvalue(",
    "updatexml(",
    "xp_cmdshell",
    "load_file(",
    "into outfile",
    "into dumpfile",
    "group_concat(",
];
const SCRIPT_PHRASES: [&str; 7] =
    ["<script", "javascript:", "onerror=", "onload=", "<svg", "<iframe", "document.cookie"];

/// What one event shows: a set of bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Signs(u16);

impl Signs {
    /// Nothing to note.
    pub const NONE: Self = Self(0);
    /// The target holds what only injected SQL holds.
    pub const SQL_LIKE: Self = Self(1);
    /// The target climbs out of the site's folder.
    pub const TRAVERSAL: Self = Self(1 << 1);
    /// The target holds script for another visitor's browser.
    pub const SCRIPT_LIKE: Self = Self(1 << 2);
    /// The User-Agent names a scanner.
    pub const SCANNER_AGENT: Self = Self(1 << 3);
    /// The path is one that scanners ask for.
    pub const PROBE_PATH: Self = Self(1 << 4);
    /// Status 400 to 499.
    pub const CLIENT_ERROR: Self = Self(1 << 5);
    /// Status 500 to 599.
    pub const SERVER_ERROR: Self = Self(1 << 6);
    /// More than 100 kB came back for a target with a query.
    pub const LARGE_ANSWER: Self = Self(1 << 7);
    /// Status 200 to 299.
    pub const SUCCESS: Self = Self(1 << 8);
    /// The method was POST.
    pub const POST: Self = Self(1 << 9);
    /// The event is no web request, so that it shows none of the above.
    pub const NOT_WEB: Self = Self(1 << 10);

    const NAMES: [(Self, &'static str); 11] = [
        (Self::SQL_LIKE, "sql-like"),
        (Self::TRAVERSAL, "traversal"),
        (Self::SCRIPT_LIKE, "script-like"),
        (Self::SCANNER_AGENT, "scanner-agent"),
        (Self::PROBE_PATH, "probe-path"),
        (Self::CLIENT_ERROR, "client-error"),
        (Self::SERVER_ERROR, "server-error"),
        (Self::LARGE_ANSWER, "large-answer"),
        (Self::SUCCESS, "success"),
        (Self::POST, "post"),
        (Self::NOT_WEB, "not-web"),
    ];

    /// True if all signs of `other` are here.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// True if any sign of `other` is here.
    pub fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The signs of both.
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Stable names, such as `sql-like`.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(sign, _)| self.contains(*sign)).map(|(_, name)| name)
    }

    /// The bits, for a column of a table.
    pub fn bits(self) -> u16 {
        self.0
    }

    /// From the bits; unknown ones are dropped.
    pub fn from_bits(bits: u16) -> Self {
        Self(bits & 0x7ff)
    }
}

/// What the hits of one question propose to the person who reviews them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The highest rung that the signs support; `None` proposes nothing.
    pub rung: Option<Rung>,
    /// There were hits and each was a request as any visitor makes it. Such answers always wait for a person.
    pub ordinary_page_views_only: bool,
    /// One plain sentence.
    pub why: String,
}

/// The signs of one event.
pub fn signs(event: &Event<'_>) -> Signs {
    if event.method.is_none() && event.target.is_none() && event.kind != EventKind::Web {
        return Signs::NOT_WEB;
    }
    let mut found = status_signs(event);
    let mut note = |holds: bool, sign: Signs| {
        if holds {
            found = found.union(sign);
        }
    };
    note(event.method.as_deref() == Some(b"POST"), Signs::POST);
    if let Some(user_agent) = &event.user_agent {
        let user_agent = String::from_utf8_lossy(user_agent).to_ascii_lowercase();
        note(SCANNER_AGENTS.iter().any(|name| user_agent.contains(name)), Signs::SCANNER_AGENT);
    }
    if let Some(target) = event.target.as_deref() {
        let text = decoded_lower(target);
        let path = text.split('?').next().unwrap_or_default();
        note(is_sql_like(&text), Signs::SQL_LIKE);
        note(text.contains("../") || text.contains("..\\"), Signs::TRAVERSAL);
        note(SCRIPT_PHRASES.iter().any(|phrase| text.contains(phrase)), Signs::SCRIPT_LIKE);
        note(PROBE_PATHS.iter().any(|probe| path.contains(probe)), Signs::PROBE_PATH);
        let is_large = event.bytes.is_some_and(|bytes| bytes > LARGE_ANSWER_BYTES);
        note(is_large && target.contains(&b'?'), Signs::LARGE_ANSWER);
    }
    found
}

/// What the signs of all hits propose.
pub fn proposal(signs_of_hits: impl Iterator<Item = Signs>) -> Proposal {
    let payload = Signs::SQL_LIKE.union(Signs::TRAVERSAL).union(Signs::SCRIPT_LIKE);
    let scanner = Signs::SCANNER_AGENT.union(Signs::PROBE_PATH);
    let unusual = payload
        .union(scanner)
        .union(Signs::CLIENT_ERROR)
        .union(Signs::SERVER_ERROR)
        .union(Signs::POST)
        .union(Signs::NOT_WEB);
    let breach = Signs::SQL_LIKE.union(Signs::SUCCESS).union(Signs::LARGE_ANSWER);
    let (mut hits, mut breaches, mut attempts, mut scans, mut errors, mut notable) =
        (0_u64, 0_u64, 0_u64, 0_u64, 0_u64, 0_u64);
    for signs in signs_of_hits {
        hits += 1;
        breaches += u64::from(signs.contains(breach));
        attempts += u64::from(signs.intersects(payload));
        scans += u64::from(signs.intersects(scanner));
        errors += u64::from(signs.contains(Signs::CLIENT_ERROR));
        notable += u64::from(signs.intersects(unusual));
    }
    let propose =
        |rung: Option<Rung>, why: String| Proposal { rung, ordinary_page_views_only: hits > 0 && notable == 0, why };
    if breaches > 0 {
        let why = format!(
            "{breaches} of {hits} requests carried SQL and got a long answer with a status of success; a person must confirm"
        );
        propose(Some(Rung::Accessed), why)
    } else if attempts > 0 {
        propose(
            Some(Rung::Attempted),
            format!("{attempts} of {hits} requests carried SQL, script or a climb out of the site's folder"),
        )
    } else if scans > 0 {
        propose(
            Some(Rung::Scanned),
            format!("{scans} of {hits} requests came from a scanner or asked for what scanners ask for"),
        )
    } else if errors >= MANY_CLIENT_ERRORS {
        propose(Some(Rung::Scanned), format!("{errors} of {hits} requests were refused or asked for what is not there"))
    } else if hits == 0 {
        propose(None, "there were no hits".to_owned())
    } else if notable == 0 {
        propose(None, format!("all {hits} hits are ordinary page views"))
    } else {
        propose(None, format!("the {hits} hits show no sign of what they were for"))
    }
}

fn status_signs(event: &Event<'_>) -> Signs {
    match event.status {
        Some(200..=299) => Signs::SUCCESS,
        Some(400..=499) => Signs::CLIENT_ERROR,
        Some(500..=599) => Signs::SERVER_ERROR,
        _ => Signs::NONE,
    }
}

/// Percent-decoded exactly once, `+` as a space, lower case.
fn decoded_lower(target: &[u8]) -> String {
    let mut decoded = Vec::with_capacity(target.len());
    let mut rest = target;
    while let Some((byte, after)) = rest.split_first() {
        let (byte, remaining) = match (byte, after) {
            (b'%', [high, low, remaining @ ..]) => match (nibble(*high), nibble(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, remaining),
                _ => (b'%', after),
            },
            (b'+', _) => (b' ', after),
            _ => (*byte, after),
        };
        decoded.push(byte.to_ascii_lowercase());
        rest = remaining;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn is_sql_like(text: &str) -> bool {
    let plain = text.replace("/**/", " ");
    SQL_PHRASES.iter().any(|phrase| plain.contains(phrase))
        || has_union_select(&plain)
        || has_quote_then_sql(&plain)
        || has_tautology(&plain)
}

fn has_union_select(text: &str) -> bool {
    text.match_indices("union").any(|(at, word)| {
        let after = text.get(at + word.len()..).unwrap_or_default().trim_start();
        let after = after.strip_prefix("all").unwrap_or(after).trim_start();
        after.trim_start_matches('(').starts_with("select ")
    })
}

/// A closing quote and then a keyword. After `or` and `and` a literal must follow: `STATE='GA' AND COUNTY=5` is how
/// map servers are asked.
fn has_quote_then_sql(text: &str) -> bool {
    text.match_indices(['\'', '"']).any(|(at, quote)| {
        let after = text.get(at + quote.len()..).unwrap_or_default().trim_start_matches([')', ' ', ';']);
        let (word, rest) =
            after.split_at(after.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(after.len()));
        match word {
            "union" | "select" | "having" | "waitfor" | "drop" => rest.starts_with([' ', '(']),
            "or" | "and" => rest
                .trim_start_matches([' ', '('])
                .starts_with(|next: char| next == '\'' || next == '"' || next.is_ascii_digit()),
            _ => false,
        }
    })
}

/// `or 1=1`: a number equal to itself after a keyword.
fn has_tautology(text: &str) -> bool {
    [" or ", " and ", ")or(", " or(", " and("].iter().any(|keyword| {
        text.match_indices(keyword).any(|(at, keyword)| {
            let after = text.get(at + keyword.len()..).unwrap_or_default().trim_start_matches([' ', '(']);
            let (left, rest) = digits(after);
            let right = rest.trim_start().strip_prefix('=').map(|right| digits(right.trim_start()).0);
            !left.is_empty() && right == Some(left)
        })
    })
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn request(target: &str, status: u16, bytes: u64, user_agent: &str) -> Event<'static> {
        Event {
            kind: EventKind::Web,
            method: Some(Cow::Borrowed(b"GET")),
            target: Some(Cow::Owned(target.as_bytes().to_vec())),
            status: Some(status),
            bytes: Some(bytes),
            user_agent: Some(Cow::Owned(user_agent.as_bytes().to_vec())),
            ..Event::default()
        }
    }

    #[test]
    fn targets_show_what_they_carry() {
        for (target, expected) in [
            ("/", ""),
            ("/status?id=5", ""),
            ("/search?q=O%27Brien", ""),
            ("/search?q=union+street+select+a+candidate", ""),
            ("/search?q=%22Rock+and+Roll%22", ""),
            ("/arcgis/query?where=STATE%3D%27GA%27+AND+COUNTY%3D5", ""),
            ("/arcgis/query?where=1%3D1", ""),
            ("/status?id=5%27+or+%271%27%3D%271", "sql-like"),
            ("/status?id=5+or+1=1", "sql-like"),
            ("/status?id=-1%27)%20UNION%20ALL%20SELECT%20NULL--", "sql-like"),
            ("/status?id=1/**/union/**/select/**/2", "sql-like"),
            ("/status?id=1;waitfor+delay+%270:0:5%27", "sql-like"),
            ("/status?id=5%2527+or+1", ""), // decoded once, not twice
            ("/x?f=../../etc/passwd", "traversal"),
            ("/x?f=%3Cscript%3Ealert(1)", "script-like"),
            ("/wp-login.php", "probe-path"),
            ("/?page=/wp-login.php", ""),
        ] {
            let names: Vec<&str> = signs(&request(target, 302, 1, "Mozilla/5.0")).names().collect();
            assert_eq!(names.join(" "), expected, "{target}");
        }
    }

    #[test]
    fn signs_propose_the_highest_rung_they_support() {
        let view = request("/polling-place?zip=60601", 200, 9_000, "Mozilla/5.0");
        let missing = request("/old-page", 404, 300, "Mozilla/5.0");
        let scan = request("/a", 404, 300, "sqlmap/1.0");
        let attempt = request("/status?id=1+or+1=1", 500, 300, "Mozilla/5.0");
        let breach = request("/status?id=1+or+1=1", 200, 2_000_000, "Mozilla/5.0");
        let flow = Event { kind: EventKind::Flow, ..Event::default() };
        let cases: [(&[&Event<'_>], Option<Rung>, bool); 8] = [
            (&[], None, false),
            (&[&view, &view], None, true),
            (&[&view, &missing], None, false),
            (&[&missing; 10], Some(Rung::Scanned), false),
            (&[&view, &scan], Some(Rung::Scanned), false),
            (&[&scan, &attempt], Some(Rung::Attempted), false),
            (&[&attempt, &breach, &view], Some(Rung::Accessed), false),
            (&[&flow], None, false),
        ];
        for (events, rung, ordinary) in cases {
            let proposed = proposal(events.iter().map(|event| signs(event)));
            assert_eq!((proposed.rung, proposed.ordinary_page_views_only), (rung, ordinary), "{}", proposed.why);
        }
    }

    #[test]
    fn bits_and_names_go_back_and_forth() {
        let all = Signs::from_bits(u16::MAX);
        assert_eq!(all.names().count(), Signs::NAMES.len());
        assert_eq!(Signs::from_bits(all.bits()), all);
    }
}
