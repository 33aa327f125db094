//! What `ward watch match`, `archive` and `lookback` share: the logs a person names, how lines are parsed, and how hits
//! and the summary are printed.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ward_detect::lines::{LineOptions, LineParser, Parsed, Rejection};
use ward_sources::Line;

use super::watch_indicators::NotSearched;

/// How lines are to be understood.
#[derive(Args, Clone, Debug, Default)]
pub struct Understanding {
    /// A proxy or content network whose word about its client is believed; may be given several times.
    #[arg(long = "trusted-proxy", value_name = "CIDR")]
    pub trusted_proxies: Vec<String>,
    /// A host that the logs are of, for logs that do not name it; may be given several times.
    #[arg(long = "site-host", value_name = "HOST")]
    pub site_hosts: Vec<String>,
}

impl Understanding {
    /// The parser's options, or a sentence naming the argument that is no network.
    pub fn line_options(&self) -> Result<LineOptions, String> {
        let network = |text: &String| {
            ward_stix::normal::network(text).ok_or_else(|| {
                format!("`--trusted-proxy {text}` is neither an address nor a network such as 10.0.0.0/8")
            })
        };
        let trusted_proxies = self.trusted_proxies.iter().map(network).collect::<Result<_, _>>()?;
        Ok(LineOptions { trusted_proxies, site_hosts: self.site_hosts.clone(), expect: None })
    }
}

/// A file that could not be read, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unreadable {
    /// As named or found.
    pub file: String,
    /// In words.
    pub reason: String,
}

/// The files behind what was named, in order of reading and each once, and what could not be found.
pub fn files(named: &[PathBuf]) -> (Vec<PathBuf>, Vec<Unreadable>) {
    let mut files = Vec::new();
    let mut unreadable = Vec::new();
    let mut seen = HashSet::new();
    for name in named {
        match ward_sources::expand(name) {
            Ok(found) => {
                // The same file by another name, such as a link to the present log, is read once.
                files.extend(
                    found
                        .into_iter()
                        .filter(|path| seen.insert(std::fs::canonicalize(path).unwrap_or_else(|_| path.clone()))),
                );
            }
            Err(error) => unreadable.push(Unreadable { file: name.display().to_string(), reason: error.in_full() }),
        }
    }
    (files, unreadable)
}

/// Lines between two looks at the clock.
const LINES_A_LOOK: u64 = 65_536;

/// How far reading is, on standard error if that is a terminal and reading takes longer than a second.
pub struct Progress {
    bar: ProgressBar,
    started: Instant,
    lines: u64,
}

impl Progress {
    /// At the beginning of so many files.
    pub fn new(files: usize) -> Self {
        let files = u64::try_from(files).unwrap_or(u64::MAX);
        let bar = ProgressBar::with_draw_target(Some(files), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{elapsed} [{bar:30}] {pos} of {len} files, {msg}") {
            bar.set_style(style);
        }
        Self { bar, started: Instant::now(), lines: 0 }
    }

    /// One line was read.
    pub fn line(&mut self) {
        self.lines = self.lines.saturating_add(1);
        if self.lines.is_multiple_of(LINES_A_LOOK) && self.started.elapsed() > Duration::from_secs(1) {
            if self.bar.is_hidden() {
                self.bar.set_draw_target(ProgressDrawTarget::stderr());
            }
            self.bar.set_message(format!("{} lines", self.lines));
        }
    }

    /// One file was read.
    pub fn file(&self) {
        self.bar.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Parses a line that may have been cut.
pub fn parse<'a>(parser: &mut LineParser, line: &Line<'a>) -> Parsed<'a> {
    if line.cut { Parsed::Rejected(Rejection::TooLong) } else { parser.parse(line.bytes) }
}

/// Rejected lines of one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// How many.
    pub count: u64,
    /// What that means, in words.
    pub reason: String,
    /// The number of the first such line.
    pub line: u64,
}

/// What became of the lines of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineCounts {
    /// Lines read, blank ones and headers among them.
    pub read: u64,
    /// Rejected lines by the reason's code.
    pub rejected: BTreeMap<String, Rejected>,
}

impl LineCounts {
    /// Counts a rejected line.
    pub fn reject(&mut self, rejection: Rejection, line: u64) {
        match self.rejected.get_mut(rejection.code()) {
            Some(rejected) => rejected.count = rejected.count.saturating_add(1),
            None => {
                let rejected = Rejected { count: 1, reason: rejection.to_string(), line };
                self.rejected.insert(rejection.code().to_owned(), rejected);
            }
        }
    }
}

/// Rejected lines of one reason over all files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RejectedEverywhere {
    /// How many.
    pub count: u64,
    /// What that means, in words.
    pub reason: String,
    /// File and line of the first.
    pub sample: String,
}

/// The last line that a search prints.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// Lines read, blank ones and headers among them.
    pub lines_read: u64,
    /// Lines that could not be understood.
    pub lines_rejected: u64,
    /// Indicator × event.
    pub hits: u64,
    /// Indicators with at least one hit.
    pub indicators_matched: u64,
    /// Rejected lines by the reason's code.
    pub rejected_by_reason: BTreeMap<String, RejectedEverywhere>,
    /// Indicators that were not searched for.
    pub not_searched: Vec<NotSearched>,
    /// Files read.
    pub files: u64,
    /// Files that could not be read, or not to their end.
    pub unreadable: Vec<Unreadable>,
}

impl Summary {
    /// Adds the counts of one file; call in order of reading, so that samples are the first of their kind.
    pub fn add(&mut self, file: &str, counts: &LineCounts) {
        self.files = self.files.saturating_add(1);
        self.lines_read = self.lines_read.saturating_add(counts.read);
        for (code, rejected) in &counts.rejected {
            self.lines_rejected = self.lines_rejected.saturating_add(rejected.count);
            let sum = self.rejected_by_reason.entry(code.clone()).or_insert_with(|| RejectedEverywhere {
                count: 0,
                reason: rejected.reason.clone(),
                sample: format!("{file}:{}", rejected.line),
            });
            sum.count = sum.count.saturating_add(rejected.count);
        }
    }

    /// Prints the summary as JSON.
    pub fn print_json(&self, out: &mut dyn Write) -> io::Result<()> {
        #[derive(Serialize)]
        struct Last<'a> {
            summary: &'a Summary,
        }
        print_json_line(out, &Last { summary: self })
    }

    /// Prints the summary in words. It never says more than what was readable could show.
    pub fn print_text(&self, out: &mut dyn Write) -> io::Result<()> {
        for (code, rejected) in &self.rejected_by_reason {
            let RejectedEverywhere { count, reason, sample } = rejected;
            writeln!(out, "rejected: {count} × {code} ({reason}), first at {sample}")?;
        }
        for left_out in &self.not_searched {
            let how = if left_out.partly { "searched only in part" } else { "not searched" };
            writeln!(out, "{how}: {} ({}): {}", left_out.indicator, left_out.place, left_out.reason)?;
        }
        for unreadable in &self.unreadable {
            writeln!(out, "not readable: {}", unreadable.reason)?;
        }
        let readable = self.lines_read.saturating_sub(self.lines_rejected);
        let what = match self.hits {
            0 => "no match".to_owned(),
            hits => format!("{hits} matches of {} indicators", self.indicators_matched),
        };
        let missing = match self.unreadable.len() {
            0 => String::new(),
            count => format!("; {count} files could not be read"),
        };
        writeln!(
            out,
            "{what} in what was readable: {readable} lines of {}, {} rejected{missing}",
            self.lines_read, self.lines_rejected
        )
    }
}

/// One indicator × event, as printed.
#[derive(Clone, Debug, Serialize)]
pub struct HitLine<'a> {
    /// The STIX id, else the pattern.
    pub indicator: &'a str,
    /// The observed value.
    pub value: &'a str,
    /// As named or found.
    pub file: &'a str,
    /// Counted from 1.
    pub line: u64,
    /// RFC 3339, UTC.
    pub time: Option<String>,
}

/// Prints hits one by one and counts them.
pub struct HitPrinter<'a> {
    out: &'a mut dyn Write,
    json: bool,
    hits: u64,
    matched: BTreeSet<u32>,
}

impl<'a> HitPrinter<'a> {
    /// As JSON lines or for people.
    pub fn new(out: &'a mut dyn Write, json: bool) -> Self {
        Self { out, json, hits: 0, matched: BTreeSet::new() }
    }

    /// Prints one hit of the indicator with that number.
    pub fn print(&mut self, number: u32, hit: &HitLine<'_>) -> io::Result<()> {
        self.hits = self.hits.saturating_add(1);
        self.matched.insert(number);
        if self.json {
            return print_json_line(self.out, hit);
        }
        let time = hit.time.as_deref().unwrap_or("no time");
        writeln!(self.out, "{time:<27} {:<39} {}:{}  {}", hit.value, hit.file, hit.line, hit.indicator)
    }

    /// Puts the counts into the summary and prints it.
    pub fn finish(self, mut summary: Summary) -> io::Result<()> {
        summary.hits = self.hits;
        summary.indicators_matched = u64::try_from(self.matched.len()).unwrap_or(u64::MAX);
        if self.json {
            summary.print_json(self.out)?
        } else {
            summary.print_text(self.out)?
        }
        self.out.flush()
    }
}

/// One JSON value and a newline.
pub fn print_json_line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// Microseconds UTC as RFC 3339.
pub fn time_text(microseconds: i64) -> Option<String> {
    Timestamp::from_microsecond(microseconds).ok().map(|time| time.to_string())
}

/// Says a sentence on standard error. If that fails there is nobody left to tell.
pub fn complain(sentence: &str) {
    let _nobody_listens = writeln!(io::stderr(), "ward: {sentence}");
}

/// The exit code for output that could not be written: a reader that has seen enough is no error.
pub fn after_write_error(error: &io::Error) -> u8 {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return 0;
    }
    complain(&format!("the output could not be written: {error}"));
    2
}
