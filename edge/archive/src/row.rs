//! One event as it is kept: the columns of a segment, with every query value already taken out.

use std::borrow::Cow;

use ward_detect::event::Event;
use ward_detect::signs::signs;

use crate::key::{DigestKey, Keys};
use crate::redact;

/// Longer methods are no methods but binary junk or values in the wrong place.
const LONGEST_METHOD: usize = 24;

/// One event's columns, borrowed from the event or from a segment.
#[derive(Default)]
pub(crate) struct Row<'a> {
    pub time: Option<i64>,
    pub line: i64,
    pub client: Option<u128>,
    pub server: Option<u128>,
    pub host: Option<Cow<'a, str>>,
    pub method: Option<Cow<'a, str>>,
    pub path: Option<Cow<'a, str>>,
    pub query_names: Option<Cow<'a, str>>,
    pub query_digest: Option<[u8; 16]>,
    pub status: Option<i32>,
    pub bytes: Option<i64>,
    pub referer: Option<Cow<'a, str>>,
    pub user_agent: Option<Cow<'a, str>>,
    pub hashes: Option<Cow<'a, str>>,
    pub signs: i32,
    pub raw: Option<Cow<'a, str>>,
}

/// The columns of an event, and its keys in the order of its observables.
pub(crate) fn of_event<'a>(
    event: &'a Event<'_>,
    line: u64,
    raw: Option<&'a [u8]>,
    digest_key: &DigestKey,
    scratch: &mut Vec<u8>,
    keys: &mut Keys,
) -> Row<'a> {
    keys.clear();
    event.observables(scratch, &mut |observable| keys.push_observable(observable, digest_key));
    let (path, query) = event.target.as_deref().map_or((None, None), |target| {
        let (path, query) = redact::split_target(target);
        (Some(path), query)
    });
    let host = event.host.as_deref().map(String::from_utf8_lossy);
    Row {
        time: event.time,
        line: i64::try_from(line).unwrap_or(i64::MAX),
        client: event.client,
        server: event.server,
        method: event.method.as_deref().and_then(method),
        path: path.map(String::from_utf8_lossy),
        query_names: query.map(|query| Cow::Owned(redact::query_names(query))),
        query_digest: query.and(event.target.as_deref()).map(|target| digest(host.as_deref(), target, digest_key)),
        status: event.status.map(i32::from),
        bytes: event.bytes.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX)),
        referer: event.referer.as_deref().map(redact::referer),
        user_agent: event.user_agent.as_deref().map(redact::text),
        hashes: (!event.hashes.is_empty()).then(|| joined(&event.hashes)),
        signs: i32::from(signs(event).bits()),
        raw: raw.map(|raw| Cow::Owned(redact::raw_line(raw))),
        host,
    }
}

/// The digest of the URL with its query; of path and query alone where the log does not name the host.
fn digest(host: Option<&str>, target: &[u8], digest_key: &DigestKey) -> [u8; 16] {
    let text = String::from_utf8_lossy(target);
    let normal = ward_stix::normal::url_parts(host, &text).map(|parts| parts.full.unwrap_or(parts.host_less));
    digest_key.url(normal.as_deref().map_or(target, str::as_bytes))
}

fn method(method: &[u8]) -> Option<Cow<'_, str>> {
    let is_token = method.len() <= LONGEST_METHOD
        && method.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    is_token.then(|| String::from_utf8_lossy(method))
}

fn joined(hashes: &[Cow<'_, [u8]>]) -> Cow<'static, str> {
    let texts: Vec<Cow<'_, str>> = hashes.iter().map(|hash| String::from_utf8_lossy(hash)).collect();
    Cow::Owned(texts.join(","))
}
