//! Lines of Apache's combined log format, collected an hour at a time and put in order.
//!
//! The format is that of the Apache HTTP Server's manual (Log Files, "Combined Log Format"), with one more quoted
//! column, [`MARK`](super::MARK), which readers of the format skip. Built by pushing on one text: a demonstration
//! writes a million lines in an unoptimised build.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::{DAY_SECONDS, HOUR_SECONDS, MARK, PROXY_ADDRESS, Shape};

/// One request as the log shows it.
pub(super) struct Request<'a> {
    /// Within the hour.
    pub second: u32,
    pub address: &'a str,
    pub method: &'a str,
    /// Path and query, escaped as sent.
    pub target: &'a str,
    pub status: u32,
    pub bytes: u32,
    pub referer: &'a str,
    pub agent: &'a str,
}

/// A request of the hour that is not in the text yet.
struct Pending {
    second: u32,
    /// In `parts`: where the address ends, and where the rest of the line begins and ends.
    address: (usize, usize),
    rest: (usize, usize),
}

/// Lines, hour after hour.
#[derive(Default)]
pub(super) struct Lines {
    text: String,
    count: u64,
    /// `23/Jun/2016:07:`, for the hour at hand.
    hour: String,
    /// The day for which `date` is, in days since 1970.
    day: Option<i64>,
    date: String,
    parts: String,
    pending: Vec<Pending>,
}

impl Lines {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Forgets the lines, keeps the memory.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.count = 0;
    }

    /// Begins the hour that starts at `start`, in seconds since 1970.
    pub(super) fn begin_hour(&mut self, start: i64) {
        let day = start.div_euclid(DAY_SECONDS);
        if self.day != Some(day) {
            self.day = Some(day);
            self.date = date_of(start);
        }
        self.hour.clear();
        self.hour.push_str(&self.date);
        self.hour.push(':');
        push_two(&mut self.hour, (start.rem_euclid(DAY_SECONDS) / HOUR_SECONDS) as u32);
        self.hour.push(':');
        self.parts.clear();
        self.pending.clear();
    }

    /// Adds a request of the hour at hand, in any order.
    pub(super) fn add(&mut self, request: &Request<'_>) {
        let parts = &mut self.parts;
        let begin = parts.len();
        parts.push_str(request.address);
        let middle = parts.len();
        parts.push_str(request.method);
        parts.push(' ');
        parts.push_str(request.target);
        parts.push_str(" HTTP/1.1\" ");
        push_number(parts, request.status);
        parts.push(' ');
        push_number(parts, request.bytes);
        parts.push_str(" \"");
        parts.push_str(request.referer);
        parts.push_str("\" \"");
        parts.push_str(request.agent);
        let (address, rest) = ((begin, middle), (middle, parts.len()));
        self.pending.push(Pending { second: request.second, address, rest });
    }

    /// Puts the hour's requests in the text, in order, as the log of a state of this shape has them.
    pub(super) fn end_hour(&mut self, shape: Shape) {
        self.pending.sort_by_key(|pending| pending.second);
        for (ordinal, pending) in self.pending.iter().enumerate() {
            let part = |(from, to): (usize, usize)| self.parts.get(from..to).unwrap_or_default();
            if shape == Shape::HalfRejected && ordinal % 2 == 1 {
                push_foreign_line(&mut self.text, &self.hour, pending.second);
                continue;
            }
            let text = &mut self.text;
            match shape {
                Shape::BehindProxy => text.push_str(PROXY_ADDRESS),
                _ => text.push_str(part(pending.address)),
            }
            text.push_str(" - - [");
            push_time(text, &self.hour, pending.second);
            text.push_str(" +0000] \"");
            text.push_str(part(pending.rest));
            push_mark(text);
        }
        self.count += self.pending.len() as u64;
    }
}

/// A line that another program wrote into the same file: no brackets around its time, no address, no request.
fn push_foreign_line(text: &mut String, hour: &str, second: u32) {
    text.push_str("voterapp ");
    push_time(text, hour, second);
    text.push_str(" worker finished, queue \"empty");
    push_mark(text);
}

fn push_mark(text: &mut String) {
    text.push_str("\" \"");
    text.push_str(MARK);
    text.push_str("\"\n");
}

fn push_time(text: &mut String, hour: &str, second: u32) {
    text.push_str(hour);
    push_two(text, second / 60);
    text.push(':');
    push_two(text, second % 60);
}

/// `23/Jun/2016`.
fn date_of(second: i64) -> String {
    let mut date = String::new();
    let Ok(time) = Timestamp::from_second(second) else {
        return date;
    };
    // Writing to a String does not fail.
    let _ = write!(date, "{}", time.strftime("%d/%b/%Y"));
    date
}

/// At least two digits.
fn push_two(text: &mut String, number: u32) {
    if number < 10 {
        text.push('0');
    }
    push_number(text, number);
}

pub(super) fn push_number(text: &mut String, number: u32) {
    if number >= 10 {
        push_number(text, number / 10);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}
