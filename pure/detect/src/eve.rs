//! Suricata's EVE JSON: one object a line, `event_type` says of what.
//!
//! Source and destination follow the packet that raised the event, so an answer has them swapped: the flow's own
//! ends, or `direction`, say who came. DNS is read in the shapes of versions 1, 2 and 3.

use std::borrow::Cow;

use memchr::memmem;

use crate::address::{Proxies, address, hops};
use crate::event::{Event, EventKind};
use crate::json::{Scalar, Sink, walk};
use crate::lines::Rejection;
use crate::{normal, time};

/// True if the line has a key `event_type`; a value of that text is not one, since no colon follows it.
pub(crate) fn has_event_type(line: &[u8]) -> bool {
    let key = b"\"event_type\"";
    memmem::find_iter(line, key).any(|found| {
        let after = line.get(found + key.len()..).unwrap_or_default();
        after.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
    })
}

/// Reads one line; `None` for the sensor's own statistics.
pub(crate) fn parse<'a>(line: &'a [u8], proxies: &Proxies) -> Result<Option<Event<'a>>, Rejection> {
    let mut record = Record::default();
    walk(line, &mut record, Place::Root)?;
    record.into_event(proxies)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Root,
    Timestamp,
    EventType,
    Source,
    Destination,
    Direction,
    ForwardedFor,
    Alert,
    AlertSource,
    AlertSourceAddress,
    AlertTarget,
    AlertTargetAddress,
    Flow,
    FlowSource,
    FlowDestination,
    Http,
    Hostname,
    Port,
    Target,
    Method,
    Status,
    Length,
    Referer,
    UserAgent,
    Header,
    HeaderName,
    HeaderValue,
    Dns,
    DnsGrouped,
    DnsName,
    DnsType,
    DnsData,
    DnsGroupedName,
    DnsGroupedAddress,
    Tls,
    ServerName,
    File,
    Hash,
}

/// An address field that may be absent, or present and unreadable.
#[derive(Clone, Copy, Debug, Default)]
enum Field {
    #[default]
    Absent,
    Unreadable,
    Address(u128),
}

impl Field {
    fn address(self) -> Option<u128> {
        match self {
            Self::Address(address) => Some(address),
            Self::Absent | Self::Unreadable => None,
        }
    }
}

#[derive(Default)]
struct Record<'a> {
    event: Event<'a>,
    has_time: bool,
    event_type: Option<Cow<'a, [u8]>>,
    source: Field,
    destination: Field,
    flow: (Field, Field),
    alert: (Field, Field),
    to_client: bool,
    forwarded_for: Option<Cow<'a, [u8]>>,
    port: Option<u64>,
    header_name: Option<Cow<'a, [u8]>>,
    header_value: Option<Cow<'a, [u8]>>,
    dns_type: Option<Cow<'a, [u8]>>,
    dns_data: Option<Cow<'a, [u8]>>,
}

impl<'a> Sink<'a> for Record<'a> {
    type Place = Place;

    fn child(&self, parent: Place, key: &str) -> Option<Place> {
        match parent {
            Place::Root => root_child(key),
            Place::Alert => match key {
                "source" => Some(Place::AlertSource),
                "target" => Some(Place::AlertTarget),
                "xff" => Some(Place::ForwardedFor),
                _ => None,
            },
            Place::AlertSource => (key == "ip").then_some(Place::AlertSourceAddress),
            Place::AlertTarget => (key == "ip").then_some(Place::AlertTargetAddress),
            Place::Flow => match key {
                "src_ip" => Some(Place::FlowSource),
                "dest_ip" => Some(Place::FlowDestination),
                _ => None,
            },
            Place::Http => http_child(key),
            Place::Header => match key {
                "name" => Some(Place::HeaderName),
                "value" => Some(Place::HeaderValue),
                _ => None,
            },
            Place::Dns => dns_child(key),
            Place::DnsGrouped => match key {
                "A" | "AAAA" => Some(Place::DnsGroupedAddress),
                "CNAME" | "NS" | "PTR" | "MX" | "SRV" => Some(Place::DnsGroupedName),
                _ => None,
            },
            Place::DnsGroupedName => (key == "name").then_some(Place::DnsGroupedName),
            Place::Tls => (key == "sni").then_some(Place::ServerName),
            Place::File => matches!(key, "md5" | "sha1" | "sha256").then_some(Place::Hash),
            _ => None,
        }
    }

    fn value(&mut self, place: Place, value: Scalar<'a>) {
        match place {
            Place::Status => self.event.status = value.unsigned().and_then(|status| u16::try_from(status).ok()),
            Place::Length => self.event.bytes = value.unsigned(),
            Place::Port => self.port = value.unsigned(),
            _ => {
                if let Some(text) = value.text().filter(|text| !text.is_empty()) {
                    self.text(place, text);
                }
            }
        }
    }

    fn end(&mut self, place: Place) {
        match place {
            Place::Dns => self.end_of_dns_record(),
            Place::Header => self.end_of_header(),
            _ => {}
        }
    }
}

fn root_child(key: &str) -> Option<Place> {
    Some(match key {
        "timestamp" => Place::Timestamp,
        "event_type" => Place::EventType,
        "src_ip" => Place::Source,
        "dest_ip" => Place::Destination,
        "direction" => Place::Direction,
        "xff" => Place::ForwardedFor,
        "alert" => Place::Alert,
        "flow" => Place::Flow,
        "http" => Place::Http,
        "dns" => Place::Dns,
        "tls" => Place::Tls,
        "fileinfo" | "files" => Place::File,
        _ => return None,
    })
}

fn http_child(key: &str) -> Option<Place> {
    Some(match key {
        "hostname" => Place::Hostname,
        "http_port" => Place::Port,
        "url" => Place::Target,
        "http_method" => Place::Method,
        "status" => Place::Status,
        "length" => Place::Length,
        "http_refer" => Place::Referer,
        "http_user_agent" => Place::UserAgent,
        "xff" => Place::ForwardedFor,
        "request_headers" => Place::Header,
        "http2" => Place::Http,
        _ => return None,
    })
}

fn dns_child(key: &str) -> Option<Place> {
    Some(match key {
        "rrname" => Place::DnsName,
        "rrtype" => Place::DnsType,
        "rdata" => Place::DnsData,
        // Lists of records, or (in version 1) one record: each is read like the outer object.
        "query" | "queries" | "answer" | "answers" | "authorities" | "additionals" => Place::Dns,
        "grouped" => Place::DnsGrouped,
        _ => return None,
    })
}

impl<'a> Record<'a> {
    fn text(&mut self, place: Place, text: Cow<'a, [u8]>) {
        match place {
            Place::Timestamp => {
                self.has_time = true;
                self.event.time = time::rfc3339(&text);
            }
            Place::EventType => self.event_type = Some(text),
            Place::Source => self.source = field(&text),
            Place::Destination => self.destination = field(&text),
            Place::FlowSource => self.flow.0 = field(&text),
            Place::FlowDestination => self.flow.1 = field(&text),
            Place::AlertSourceAddress => self.alert.0 = field(&text),
            Place::AlertTargetAddress => self.alert.1 = field(&text),
            Place::Direction => self.to_client = text.as_ref() == b"to_client",
            Place::ForwardedFor => self.forwarded_for = Some(text),
            Place::Hostname => self.event.host = Some(text),
            Place::Target => self.event.target = Some(text),
            Place::Method => self.event.method = Some(text),
            Place::Referer => self.event.referer = Some(text),
            Place::UserAgent => self.event.user_agent = Some(text),
            Place::HeaderName => self.header_name = Some(text),
            Place::HeaderValue => self.header_value = Some(text),
            Place::DnsType => self.dns_type = Some(text),
            Place::DnsData => self.dns_data = Some(text),
            Place::DnsName | Place::DnsGroupedName | Place::ServerName => self.name(text),
            Place::DnsGroupedAddress => self.event.more_addresses.extend(address(&text)),
            Place::Hash => self.event.hashes.extend(hash(text)),
            _ => {}
        }
    }

    fn name(&mut self, name: Cow<'a, [u8]>) {
        self.event.hosts.extend(domain(name));
    }

    /// What a record's data is depends on its type, which may come after it.
    fn end_of_dns_record(&mut self) {
        let (Some(data), kind) = (self.dns_data.take(), self.dns_type.take()) else {
            return;
        };
        if let Some(address) = address(&data) {
            self.event.more_addresses.push(address);
        } else if matches!(kind.as_deref(), Some(b"CNAME" | b"DNAME" | b"NS" | b"PTR" | b"MX" | b"SRV")) {
            self.name(data);
        }
    }

    /// HTTP/2 logs the request as headers only; HTTP/1 repeats in them what has fields of its own.
    fn end_of_header(&mut self) {
        let (Some(name), Some(value)) = (self.header_name.take(), self.header_value.take()) else {
            return;
        };
        let place = match name.to_ascii_lowercase().as_slice() {
            b":method" => &mut self.event.method,
            b":authority" | b"host" => &mut self.event.host,
            b":path" => &mut self.event.target,
            b"user-agent" => &mut self.event.user_agent,
            b"referer" => &mut self.event.referer,
            b"x-forwarded-for" => &mut self.forwarded_for,
            _ => return,
        };
        place.get_or_insert(value);
    }

    fn into_event(mut self, proxies: &Proxies) -> Result<Option<Event<'a>>, Rejection> {
        let event_type = self.event_type.take().ok_or(Rejection::MissingField("event_type"))?;
        if event_type.as_ref() == b"stats" {
            return Ok(None);
        }
        if !self.has_time {
            return Err(Rejection::MissingField("timestamp"));
        }
        if matches!(self.source, Field::Unreadable) || matches!(self.destination, Field::Unreadable) {
            return Err(Rejection::BadAddress);
        }
        self.event.kind = kind_of(&event_type);
        self.set_ends(proxies);
        self.add_port();
        Ok(Some(self.event))
    }

    /// Who came is, in this order: who opened the flow; the receiver of an answer; the source that the rule names; the
    /// sender of the packet. Every address named stays searchable.
    fn set_ends(&mut self, proxies: &Proxies) {
        let logged = (self.source.address(), self.destination.address());
        let flow = (self.flow.0.address(), self.flow.1.address());
        let alert = (self.alert.0.address(), self.alert.1.address());
        let (client, server) = if flow.0.is_some() {
            flow
        } else if self.to_client {
            (logged.1, logged.0)
        } else if alert.0.is_some() {
            alert
        } else {
            logged
        };
        (self.event.client, self.event.server) = (client, server);
        let named = [logged.0, logged.1, flow.0, flow.1, alert.0, alert.1].into_iter().flatten();
        for address in named.filter(|address| Some(*address) != client && Some(*address) != server) {
            if !self.event.more_addresses.contains(&address) {
                self.event.more_addresses.push(address);
            }
        }
        if let Some(list) = self.forwarded_for.take() {
            let chain: Vec<u128> = hops(&list).chain(client).collect();
            proxies.walk(&chain, &mut self.event);
            if self.event.client != client {
                self.event.more_addresses.extend(client);
            }
        }
    }

    /// Suricata logs the port of the Host header apart from its name.
    fn add_port(&mut self) {
        if let (Some(host), Some(port)) = (&self.event.host, self.port)
            && port != 80
            && port != 443
            && !host.contains(&b':')
        {
            self.event.host = Some(Cow::Owned([host.as_ref(), b":", port.to_string().as_bytes()].concat()));
        }
    }
}

fn kind_of(event_type: &[u8]) -> EventKind {
    match event_type {
        b"http" | b"http2" => EventKind::Web,
        b"flow" | b"netflow" => EventKind::Flow,
        b"dns" | b"mdns" => EventKind::Dns,
        b"tls" | b"quic" => EventKind::Tls,
        b"fileinfo" => EventKind::File,
        b"alert" => EventKind::Alert,
        _ => EventKind::Other,
    }
}

fn field(text: &[u8]) -> Field {
    address(text).map_or(Field::Unreadable, Field::Address)
}

/// A name as a domain in normal form, borrowed where it already is one.
pub(crate) fn domain(name: Cow<'_, [u8]>) -> Option<Cow<'_, [u8]>> {
    match name {
        Cow::Borrowed(name) => normal::domain(name),
        Cow::Owned(name) => normal::domain(&name).map(|normal| Cow::Owned(normal.into_owned())),
    }
}

/// A hash in lower case, if its length is one of a known kind.
pub(crate) fn hash(text: Cow<'_, [u8]>) -> Option<Cow<'_, [u8]>> {
    let is_plain = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    if matches!(text.len(), 32 | 40 | 64 | 128) && text.iter().all(is_plain) {
        return Some(text);
    }
    let normal = ward_stix::normal::hash(std::str::from_utf8(&text).ok()?)?;
    Some(Cow::Owned(normal.into_bytes()))
}
