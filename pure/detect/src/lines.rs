//! Lines of logs to events: which format a line is in, and the parser of each.
//!
//! The format is decided line by line, since files get mixed and rotated: `{` opens EVE JSON if the object has an
//! `event_type` and else Zeek JSON, `#` a Zeek header, a line with tabs under a Zeek `#fields` header is Zeek TSV, and
//! everything else must be an access log line (common, combined, with or without a virtual host in front).

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::address::Proxies;
use crate::event::Event;
use crate::time::DayCache;
use crate::zeek::ZeekHeader;
use crate::{combined, eve, zeek};

/// Longer lines are rejected unread.
pub const LONGEST_LINE_BYTES: usize = 1 << 20;

/// What the owner of a source says about it.
#[derive(Clone, Debug, Default)]
pub struct LineOptions {
    /// First and last address of each proxy or content network whose word about its own client is believed.
    pub trusted_proxies: Vec<(u128, u128)>,
    /// The hosts that the log is of, for logs that do not name the host of a request.
    pub site_hosts: Vec<String>,
    /// The format that every line must have; without it each line is taken as what it looks like.
    pub expect: Option<Format>,
}

/// A log format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Apache's and nginx's common and combined formats, with or without a virtual host in front.
    Combined,
    /// Suricata's EVE JSON.
    Eve,
    /// Zeek's tab-separated logs.
    ZeekTsv,
    /// Zeek's JSON logs.
    ZeekJson,
}

impl Format {
    /// The stable name, the same as in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Combined => "combined",
            Self::Eve => "eve",
            Self::ZeekTsv => "zeek-tsv",
            Self::ZeekJson => "zeek-json",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// What became of one line.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "nearly every line is an event: a box would be an allocation for each")]
pub enum Parsed<'a> {
    /// An event.
    Event(Event<'a>),
    /// Nothing to read: blank, a header, a comment, or a sensor's own statistics.
    Skipped,
    /// A line that should have been an event and could not be read.
    Rejected(Rejection),
}

/// Why a line could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum Rejection {
    /// No known format looks like this.
    #[error("not a line of a known log format")]
    NotALogLine,
    /// The time is missing, impossible or without a time zone.
    #[error("the time cannot be read")]
    BadTime,
    /// What stands where the client's address belongs is neither an address nor a host name.
    #[error("the address cannot be read")]
    BadAddress,
    /// The quoted request does not end where a status follows.
    #[error("the request cannot be read")]
    BadRequest,
    /// Status or length are no numbers.
    #[error("the status or the length cannot be read")]
    BadStatus,
    /// The line ends inside a field.
    #[error("the line is cut short")]
    Truncated,
    /// The line has more than [`LONGEST_LINE_BYTES`].
    #[error("the line is longer than 1 MiB")]
    TooLong,
    /// The line opens as JSON and is not one JSON object.
    #[error("the line is not one JSON object")]
    NotJson,
    /// A field that every event of this format has is absent.
    #[error("the field `{0}` is missing")]
    MissingField(&'static str),
    /// A Zeek line has another number of columns than its header.
    #[error("the number of columns differs from the header's")]
    FieldCount,
    /// A Zeek line came before any `#fields` header.
    #[error("no `#fields` header came before the line")]
    NoHeader,
    /// JSON that is not UTF-8.
    #[error("the text is not UTF-8")]
    Encoding,
    /// The line is of another format than the source was declared to be.
    #[error("the line is of another format than was declared")]
    OtherFormat,
}

impl Rejection {
    /// A short stable name to count by.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotALogLine => "not-a-log-line",
            Self::BadTime => "bad-time",
            Self::BadAddress => "bad-address",
            Self::BadRequest => "bad-request",
            Self::BadStatus => "bad-status",
            Self::Truncated => "truncated",
            Self::TooLong => "too-long",
            Self::NotJson => "not-json",
            Self::MissingField(_) => "missing-field",
            Self::FieldCount => "field-count",
            Self::NoHeader => "no-header",
            Self::Encoding => "encoding",
            Self::OtherFormat => "other-format",
        }
    }
}

/// Reads lines of one file, in order: a Zeek header applies to the lines after it.
#[derive(Clone, Debug)]
pub struct LineParser {
    expect: Option<Format>,
    format_seen: Option<Format>,
    zeek: ZeekHeader,
    pub(crate) proxies: Proxies,
    pub(crate) site_hosts: Option<Arc<[String]>>,
    pub(crate) days: DayCache,
}

impl LineParser {
    /// A parser at the start of a file.
    pub fn new(options: LineOptions) -> Self {
        let mut site_hosts: Vec<String> = options.site_hosts.iter().map(|host| normal_host(host)).collect();
        site_hosts.sort_unstable();
        site_hosts.dedup();
        Self {
            expect: options.expect,
            format_seen: None,
            zeek: ZeekHeader::default(),
            proxies: Proxies::new(options.trusted_proxies),
            site_hosts: (!site_hosts.is_empty()).then(|| Arc::from(site_hosts)),
            days: DayCache::default(),
        }
    }

    /// Reads one line, with or without its line end.
    pub fn parse<'a>(&mut self, line: &'a [u8]) -> Parsed<'a> {
        if line.len() > LONGEST_LINE_BYTES {
            return Parsed::Rejected(Rejection::TooLong);
        }
        let line = without_wrapping(line);
        let Some(first) = line.first() else {
            return Parsed::Skipped;
        };
        if *first == b'#' {
            self.zeek.directive(line);
            return Parsed::Skipped;
        }
        let format = self.format_of(*first, line);
        if self.expect.is_some_and(|expected| expected != format) {
            return Parsed::Rejected(Rejection::OtherFormat);
        }
        if format == Format::Combined {
            let mut event = Event::default();
            return match combined::parse(line, self, &mut event) {
                Ok(()) => {
                    self.format_seen = Some(format);
                    Parsed::Event(event)
                }
                Err(rejection) => Parsed::Rejected(rejection),
            };
        }
        let parsed = match format {
            Format::Eve => eve::parse(line, &self.proxies),
            Format::ZeekTsv => zeek::parse_tsv(line, &self.zeek, &self.proxies).map(Some),
            Format::Combined | Format::ZeekJson => zeek::parse_json(line, &self.proxies).map(Some),
        };
        match parsed {
            Ok(Some(event)) => {
                self.format_seen = Some(format);
                Parsed::Event(event)
            }
            Ok(None) => Parsed::Skipped,
            Err(rejection) => Parsed::Rejected(rejection),
        }
    }

    /// The format of the last line that was read as an event.
    pub fn format_seen(&self) -> Option<Format> {
        self.format_seen
    }

    /// The Zeek header lines in force, to feed to a new parser that goes on in the middle of a file.
    pub fn header(&self) -> Option<Vec<u8>> {
        self.zeek.to_lines()
    }

    fn format_of(&self, first: u8, line: &[u8]) -> Format {
        if first == b'{' {
            return if eve::has_event_type(line) { Format::Eve } else { Format::ZeekJson };
        }
        let zeek_by_header = self.zeek.is_active() && self.zeek.separates(line);
        if zeek_by_header || self.expect == Some(Format::ZeekTsv) || zeek::looks_like_tsv(line) {
            Format::ZeekTsv
        } else {
            Format::Combined
        }
    }
}

/// The line without its end, a byte order mark, and the zero bytes that a file truncated while open begins with.
fn without_wrapping(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = match line.first() {
        Some(0xef) => line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line),
        Some(0) => line.iter().position(|byte| *byte != 0).and_then(|start| line.get(start..)).unwrap_or(line),
        _ => line,
    };
    if line.first().is_some_and(u8::is_ascii_whitespace) { line.trim_ascii() } else { line }
}

/// A host, with its port unless that is a default one, as the normal form of URLs writes it.
fn normal_host(host: &str) -> String {
    let url = ward_stix::normal::url(host);
    url.map_or_else(|| host.to_owned(), |url| ward_stix::normal::host_of(&url).to_owned())
}
