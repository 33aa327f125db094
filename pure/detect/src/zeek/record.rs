//! One Zeek record, from a tab-separated line or a JSON object, and the event that it tells of.

use std::borrow::Cow;

use crate::address::{Proxies, address, hops};
use crate::eve::{domain, hash};
use crate::event::{Event, EventKind};
use crate::lines::Rejection;
use crate::time;

/// The fields that Ward reads, in whichever log they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Time,
    WriteTime,
    Path,
    Client,
    Server,
    Method,
    Host,
    Target,
    Referer,
    UserAgent,
    Status,
    Length,
    Proxied,
    Query,
    Answers,
    ServerName,
    Hash,
    Senders,
    Receivers,
    NoticeSource,
    NoticeDestination,
    ConnectionState,
}

impl Field {
    /// The field of a column or key.
    pub(crate) fn of(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"ts" => Self::Time,
            b"_write_ts" => Self::WriteTime,
            b"_path" => Self::Path,
            b"id.orig_h" | b"id_orig_h" => Self::Client,
            b"id.resp_h" | b"id_resp_h" => Self::Server,
            b"method" => Self::Method,
            b"host" => Self::Host,
            b"uri" => Self::Target,
            b"referrer" => Self::Referer,
            b"user_agent" => Self::UserAgent,
            b"status_code" => Self::Status,
            b"response_body_len" => Self::Length,
            b"proxied" => Self::Proxied,
            b"query" => Self::Query,
            b"answers" => Self::Answers,
            b"server_name" => Self::ServerName,
            b"md5" | b"sha1" | b"sha256" => Self::Hash,
            b"tx_hosts" => Self::Senders,
            b"rx_hosts" => Self::Receivers,
            b"src" => Self::NoticeSource,
            b"dst" => Self::NoticeDestination,
            b"conn_state" => Self::ConnectionState,
            _ => return None,
        })
    }

    /// True for columns that hold several values.
    pub(crate) fn is_set(self) -> bool {
        matches!(self, Self::Answers | Self::Senders | Self::Receivers | Self::Proxied)
    }
}

/// What was read so far.
#[derive(Default)]
pub(crate) struct Record<'a> {
    event: Event<'a>,
    time: Option<Option<i64>>,
    write_time: Option<Option<i64>>,
    path: Option<Cow<'a, [u8]>>,
    host: Option<Cow<'a, [u8]>>,
    notice: (Option<u128>, Option<u128>),
    senders: Vec<u128>,
    receivers: Vec<u128>,
    forwarded_for: Vec<u128>,
    bad_address: bool,
    is_connection: bool,
    is_question: bool,
}

impl<'a> Record<'a> {
    /// One value of a field.
    pub(crate) fn text(&mut self, field: Field, text: Cow<'a, [u8]>) {
        match field {
            Field::Time | Field::WriteTime => {
                self.time(field, time::epoch(&text).or_else(|| time::rfc3339(&text)));
            }
            Field::Path => self.path = Some(text),
            Field::Client => self.event.client = self.required_address(&text),
            Field::Server => self.event.server = self.required_address(&text),
            Field::Method => self.event.method = Some(text),
            Field::Host => self.host = Some(text),
            Field::Target => self.event.target = Some(text),
            Field::Referer => self.event.referer = Some(text),
            Field::UserAgent => self.event.user_agent = Some(text),
            Field::Status | Field::Length => {
                if let Some(number) = std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok()) {
                    self.number(field, number);
                }
            }
            Field::Proxied => self.proxied(&text),
            Field::Query => {
                self.is_question = true;
                self.event.hosts.extend(domain(text));
            }
            Field::Answers => match address(&text) {
                Some(address) => self.event.more_addresses.push(address),
                None => self.event.hosts.extend(answer(text)),
            },
            Field::ServerName => self.event.hosts.extend(domain(text)),
            Field::Hash => self.event.hashes.extend(hash(text)),
            Field::Senders => self.senders.extend(address(&text)),
            Field::Receivers => self.receivers.extend(address(&text)),
            Field::NoticeSource => self.notice.0 = address(&text),
            Field::NoticeDestination => self.notice.1 = address(&text),
            Field::ConnectionState => self.is_connection = true,
        }
    }

    /// A whole number, as JSON has them.
    pub(crate) fn number(&mut self, field: Field, number: u64) {
        match field {
            Field::Status => self.event.status = u16::try_from(number).ok(),
            Field::Length => self.event.bytes = Some(number),
            Field::Time | Field::WriteTime => {
                self.time(field, i64::try_from(number).ok().and_then(|seconds| seconds.checked_mul(1_000_000)));
            }
            _ => {}
        }
    }

    /// A time, or one that could not be read.
    pub(crate) fn time(&mut self, field: Field, time: Option<i64>) {
        match field {
            Field::Time => self.time = Some(time),
            Field::WriteTime => self.write_time = Some(time),
            _ => {}
        }
    }

    /// The event; `path` is the kind of log that the header gives.
    pub(crate) fn into_event(mut self, path: &[u8], proxies: &Proxies) -> Result<Event<'a>, Rejection> {
        let time = self.time.or(self.write_time).ok_or(Rejection::MissingField("ts"))?;
        // What has a time that cannot be read is still searched; it fills no hour.
        self.event.time = time;
        if self.bad_address {
            return Err(Rejection::BadAddress);
        }
        self.event.kind = self.kind(self.path.as_deref().unwrap_or(path));
        self.set_ends(proxies);
        self.set_host();
        Ok(self.event)
    }

    /// Who sent and received a file, or whom a notice is about, where the log names no connection. All stay searchable.
    fn set_ends(&mut self, proxies: &Proxies) {
        let event = &mut self.event;
        event.client = event.client.or(self.notice.0).or(self.receivers.first().copied());
        event.server = event.server.or(self.notice.1).or(self.senders.first().copied());
        let named = [self.notice.0, self.notice.1].into_iter().flatten();
        let named = named.chain(self.receivers.iter().copied()).chain(self.senders.iter().copied());
        for address in named {
            if Some(address) != event.client && Some(address) != event.server {
                event.more_addresses.push(address);
            }
        }
        if !self.forwarded_for.is_empty() {
            let nearest = event.client;
            self.forwarded_for.extend(nearest);
            proxies.walk(&self.forwarded_for, event);
            if event.client != nearest {
                event.more_addresses.extend(nearest);
            }
        }
    }

    /// `host` is a header's text in the HTTP log, and an address in logs of what a host runs.
    fn set_host(&mut self) {
        let Some(host) = self.host.take() else {
            return;
        };
        if self.event.kind == EventKind::Web {
            self.event.host = Some(host);
        } else if let Some(address) = address(&host) {
            self.event.more_addresses.push(address);
        }
    }

    fn kind(&self, path: &[u8]) -> EventKind {
        match path {
            b"http" => EventKind::Web,
            b"conn" => EventKind::Flow,
            b"dns" => EventKind::Dns,
            b"ssl" => EventKind::Tls,
            b"files" => EventKind::File,
            b"notice" | b"weird" | b"intel" => EventKind::Alert,
            b"" if self.event.target.is_some() => EventKind::Web,
            b"" if self.is_connection => EventKind::Flow,
            b"" if self.is_question => EventKind::Dns,
            b"" if !self.senders.is_empty() || !self.receivers.is_empty() => EventKind::File,
            _ => EventKind::Other,
        }
    }

    fn required_address(&mut self, text: &[u8]) -> Option<u128> {
        let address = address(text);
        self.bad_address |= address.is_none();
        address
    }

    /// `X-FORWARDED-FOR -> 192.0.2.1`; a list of hops comes in one item or, in a set, in several.
    fn proxied(&mut self, text: &[u8]) {
        let list =
            memchr::memmem::find(text, b" -> ").and_then(|arrow| Some((text.get(..arrow)?, text.get(arrow + 4..)?)));
        match list {
            Some((name, list)) if name.eq_ignore_ascii_case(b"X-FORWARDED-FOR") => {
                self.forwarded_for.extend(hops(list))
            }
            Some(_) => {}
            None => self.forwarded_for.extend(hops(text)),
        }
    }
}

/// A name among DNS answers. Texts (`TXT 5 hello`) hold spaces and are no names.
fn answer(text: Cow<'_, [u8]>) -> Option<Cow<'_, [u8]>> {
    text.contains(&b'.').then_some(())?;
    domain(text)
}
