//! Lines of every format, ordinary and hostile, and the events they must become.
#![cfg(test)]

mod access;
mod observables;
mod sensors;

use ward_detect::lines::{LineOptions, LineParser, Parsed};
use ward_stix::normal::format_address;

pub(crate) fn text(bytes: Option<&[u8]>) -> String {
    bytes.map_or_else(|| "-".to_owned(), |bytes| String::from_utf8_lossy(bytes).into_owned())
}

pub(crate) fn addresses(list: impl IntoIterator<Item = u128>) -> String {
    list.into_iter().map(format_address).collect::<Vec<_>>().join(",")
}

pub(crate) fn names(list: &[std::borrow::Cow<'_, [u8]>]) -> String {
    list.iter().map(|name| text(Some(name))).collect::<Vec<_>>().join(",")
}

/// Only what is there, as `field=value` in a fixed order.
pub(crate) fn show(parsed: &Parsed<'_>) -> String {
    let event = match parsed {
        Parsed::Event(event) => event,
        Parsed::Skipped => return "skipped".to_owned(),
        Parsed::Rejected(rejection) => return rejection.code().to_owned(),
    };
    let number = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    [
        ("t", number(event.time.map(|time| time as u64 / 1_000_000))),
        ("client", event.client.map_or_else(|| "-".to_owned(), format_address)),
        ("server", event.server.map_or_else(|| "-".to_owned(), format_address)),
        ("more", addresses(event.more_addresses.iter().copied())),
        ("hosts", names(&event.hosts)),
        ("host", text(event.host.as_deref())),
        ("method", text(event.method.as_deref())),
        ("target", text(event.target.as_deref())),
        ("status", number(event.status.map(u64::from))),
        ("bytes", number(event.bytes)),
        ("ref", text(event.referer.as_deref())),
        ("ua", text(event.user_agent.as_deref())),
        ("hash", names(&event.hashes)),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty() && value != "-")
    .map(|(name, value)| format!("{name}={value}"))
    .collect::<Vec<_>>()
    .join(" ")
}

pub(crate) fn check(options: LineOptions, lines: &[(&str, &str)]) {
    let mut parser = LineParser::new(options);
    for (line, expected) in lines {
        assert_eq!(show(&parser.parse(line.as_bytes())), *expected, "{line}");
    }
}

/// With the time that every access log line of these tests has.
pub(crate) const T: &str = "t=1793692800";

pub(crate) fn check_access(options: &LineOptions, cases: &[(&str, &str)]) {
    for (line, expected) in cases {
        let line = line.replace("[T]", "[03/Nov/2026:08:00:00 +0000]");
        let expected = expected.strip_prefix("T ").map_or_else(|| (*expected).to_owned(), |rest| format!("{T} {rest}"));
        check(options.clone(), &[(&line, &expected)]);
    }
}
