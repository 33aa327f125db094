//! Apache's and nginx's access logs: common and combined, with or without a virtual host in front.
//!
//! `host ident user [time] "request" status bytes "referer" "user agent"` and whatever columns follow. The line is
//! read from fixed anchors and quotes are read with their escapes, because user, request, Referer and User-Agent are
//! the sender's to choose: a text that imitates the rest of a line stays inside its field.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr2, memmem};

use crate::address::{self, address, hops};
use crate::escape::unescape;
use crate::event::{Event, EventKind};
use crate::lines::{LineParser, Rejection};

/// `03/Nov/2026:08:00:00 +0000`
const TIME_BYTES: usize = 26;
const LONGEST_METHOD: usize = 32;

/// Reads one line into an event that is still empty, so that an ordinary line is not copied about.
pub(crate) fn parse<'a>(line: &'a [u8], parser: &mut LineParser, event: &mut Event<'a>) -> Result<(), Rejection> {
    event.kind = EventKind::Web;
    if let Some((v4, length)) = address::leading_v4(line)
        && let Some(bracketed) = line.get(length..).and_then(|rest| rest.strip_prefix(b" - - ["))
    {
        event.client = Some(address::mapped(v4));
        match after_bracket(bracketed, event, parser) {
            Err(Rejection::BadTime) => {} // The user may hold a bracket: look for the time further right.
            result => return result,
        }
        *event = Event { kind: EventKind::Web, ..Event::default() };
    }
    if let Some(inner) = wrapped_in_quotes(line) {
        return parse_wrapped(inner, parser, event);
    }
    let (head, bracketed) = split_at_time(line).ok_or_else(|| without_time(line))?;
    read_head(head, event, parser)?;
    after_bracket(bracketed, event, parser)
}

/// From the character after `[` on: time, request, status, length and what follows.
fn after_bracket<'a>(text: &'a [u8], event: &mut Event<'a>, parser: &mut LineParser) -> Result<(), Rejection> {
    let (stamp, rest) = text.split_first_chunk::<TIME_BYTES>().ok_or(Rejection::BadTime)?;
    event.time = Some(parser.days.access_time(stamp).ok_or(Rejection::BadTime)?);
    let rest = rest.strip_prefix(b"] ").ok_or(Rejection::BadTime)?;
    let rest = rest.strip_prefix(b"\"").ok_or(Rejection::BadRequest)?;
    let (request, rest) = request_field(rest)?;
    read_request(&request, event);
    let rest = read_status_and_length(rest, event)?;
    read_headers(rest, event, parser);
    if event.host.is_none() {
        event.site_hosts.clone_from(&parser.site_hosts);
    }
    Ok(())
}

/// A field that was quoted, its escapes not yet undone.
struct Quoted<'a> {
    raw: &'a [u8],
    has_escapes: bool,
}

impl<'a> Quoted<'a> {
    /// A part of the field as it was sent.
    fn sent(&self, part: &'a [u8]) -> Cow<'a, [u8]> {
        if self.has_escapes { unescape(part) } else { Cow::Borrowed(part) }
    }

    /// The value of a header; `-` and the empty text stand for its absence.
    fn header(&self) -> Option<Cow<'a, [u8]>> {
        (!self.raw.is_empty() && self.raw != b"-").then(|| self.sent(self.raw))
    }
}

/// A quoted field, and what follows its closing quote. `text` begins after the opening one.
fn quoted(text: &[u8]) -> Option<(Quoted<'_>, &[u8])> {
    let mut at = 0_usize;
    let mut has_escapes = false;
    loop {
        let found = at + memchr2(b'"', b'\\', text.get(at..)?)?;
        if text.get(found) == Some(&b'"') {
            return Some((Quoted { raw: text.get(..found)?, has_escapes }, text.get(found + 1..)?));
        }
        has_escapes = true;
        at = found + 2;
    }
}

/// The request. It ends at the first quote that a status follows: old servers did not escape quotes inside.
fn request_field(text: &[u8]) -> Result<(Quoted<'_>, &[u8]), Rejection> {
    let mut length = 0_usize;
    let mut has_escapes = false;
    loop {
        let remaining = text.get(length..).unwrap_or_default();
        let Some((field, rest)) = quoted(remaining) else {
            return Err(if length == 0 { Rejection::Truncated } else { Rejection::BadRequest });
        };
        length += field.raw.len();
        has_escapes |= field.has_escapes;
        if status_follows(rest) {
            return Ok((Quoted { raw: text.get(..length).unwrap_or_default(), has_escapes }, rest));
        }
        length += 1;
    }
}

/// True before ` 200 …`, and before ` - …` of a connection that got no answer.
fn status_follows(text: &[u8]) -> bool {
    let after_status = match text {
        [b' ', b'-', rest @ ..] => rest,
        [b' ', hundreds, tens, ones, rest @ ..]
            if [hundreds, tens, ones].iter().all(|digit| digit.is_ascii_digit()) =>
        {
            rest
        }
        _ => return false,
    };
    after_status.first().is_none_or(|byte| *byte == b' ')
}

/// Method up to the first space; version from the last one, if it is a version; the target is what lies between,
/// spaces included. What has no method (a TLS hello sent to a plain port, `-`, nothing) is no request line.
fn read_request<'a>(request: &Quoted<'a>, event: &mut Event<'a>) {
    let is_method = |byte: &&u8| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_');
    let method_length = request.raw.iter().take(LONGEST_METHOD + 1).take_while(is_method).count();
    let (method, target) = request.raw.split_at_checked(method_length).unwrap_or_default();
    let Some(target) = target.strip_prefix(b" ").filter(|_| (1..=LONGEST_METHOD).contains(&method_length)) else {
        return;
    };
    let version_at = target.len().saturating_sub(b" HTTP/1.1".len());
    let target = match target.split_at_checked(version_at) {
        Some((target, version)) if version.starts_with(b" HTTP/") => target,
        _ => match memmem::rfind(target, b" HTTP/") {
            Some(version_at) if !target.iter().skip(version_at + 1).any(|byte| *byte == b' ') => {
                target.get(..version_at).unwrap_or_default()
            }
            _ => target,
        },
    };
    event.method = Some(Cow::Borrowed(method));
    event.target = (!target.is_empty()).then(|| request.sent(target));
}

/// ` status bytes`, either of them `-`; returns what follows.
fn read_status_and_length<'a>(text: &'a [u8], event: &mut Event<'a>) -> Result<&'a [u8], Rejection> {
    let (status, rest) = token(text);
    event.status = match *status {
        [hundreds, tens, ones] => Some(number(&[hundreds, tens, ones]).ok_or(Rejection::BadStatus)? as u16),
        [b'-'] => None,
        _ => return Err(Rejection::BadStatus),
    };
    let (length, rest) = token(rest);
    event.bytes = match length {
        b"-" => None,
        b"" => return Err(Rejection::Truncated),
        digits => Some(number(digits).ok_or(Rejection::BadStatus)?),
    };
    Ok(rest)
}

/// Referer and User-Agent, if the line has them, and the forwarded-for list that nginx's `main` format ends with. A
/// field that the line's end cuts off is left out: what came before it is whole and stays searchable.
fn read_headers<'a>(text: &'a [u8], event: &mut Event<'a>, parser: &LineParser) {
    let next = |text: &'a [u8]| text.strip_prefix(b" \"").and_then(quoted);
    let Some((referer, rest)) = next(text) else {
        return;
    };
    event.referer = referer.header();
    let Some((user_agent, rest)) = next(rest) else {
        return;
    };
    event.user_agent = user_agent.header();
    event.has_agent_column = true;
    if let Some((extra, _)) = next(rest) {
        read_forwarded_for(extra.raw, event, parser);
    }
}

/// A further quoted column, if it ends in an address: the way the request came before the nearest hop. What stands to
/// the left is the sender's to choose, so a hop that is no address is passed over and hides none of the others.
fn read_forwarded_for(list: &[u8], event: &mut Event<'_>, parser: &LineParser) {
    let last = list.rsplit(|byte| *byte == b',').next().unwrap_or_default();
    if list.len() < 3 || address(last.trim_ascii()).is_none() {
        return;
    }
    let Some(nearest) = event.client else {
        event.more_addresses.extend(hops(list));
        return;
    };
    // What stood in front of the line is already part of the walk; only its nearest hop is walked again.
    let chain: Vec<u128> = hops(list).chain([nearest]).collect();
    parser.proxies.walk(&chain, event);
}

/// Splits before `[` and after it where a time and a quoted request follow: a user name can imitate the time, but not
/// the quote, which servers escape.
fn split_at_time(line: &[u8]) -> Option<(&[u8], &[u8])> {
    memchr_iter(b'[', line).find_map(|bracket| {
        let after = line.get(bracket + 1..)?;
        let is_time = after.get(TIME_BYTES..)?.starts_with(b"] \"")
            && after.get(2) == Some(&b'/')
            && after.get(20) == Some(&b' ');
        is_time.then_some((line.get(..bracket)?, after))
    })
}

/// A bracket and a quote without a time between them is a log line with a bad time; else it is none at all.
fn without_time(line: &[u8]) -> Rejection {
    match (memchr(b'[', line), memmem::find(line, b"] \"")) {
        (Some(open), Some(close)) if open < close => Rejection::BadTime,
        _ => Rejection::NotALogLine,
    }
}

/// What stands before the time: `[vhost] client ident user`, the client perhaps a list of hops.
fn read_head<'a>(head: &'a [u8], event: &mut Event<'a>, parser: &LineParser) -> Result<(), Rejection> {
    if let Some(list) = head.strip_prefix(b"\"") {
        let (list, rest) = quoted(list).ok_or(Rejection::BadAddress)?;
        return read_hops(list.raw, rest, event, parser);
    }
    let (first, rest) = token(head);
    if first.contains(&b',') || address(first).is_some() {
        return read_list(head, event, parser);
    }
    // What is no address is a virtual host if an address comes next, or else the client's name.
    let (second, _) = token(rest);
    let second_is_client = second.contains(&b',') || address(second).is_some();
    let vhost_with_port = memchr::memrchr(b':', first).is_some() && second != b"-";
    if first == b"-" && !second_is_client {
        return Ok(());
    }
    if second_is_client || vhost_with_port {
        event.host = (first != b"-").then_some(Cow::Borrowed(first));
        return if second_is_client { read_list(rest, event, parser) } else { read_name(second, event) };
    }
    read_name(first, event)
}

/// Hops at the start of a text: `a`, `a, b, c`, or `a, b c` where `c` is the nearest.
fn read_list(text: &[u8], event: &mut Event<'_>, parser: &LineParser) -> Result<(), Rejection> {
    let text = text.trim_ascii_start();
    let mut list_length = 0_usize;
    loop {
        let (hop, rest) = token(text.get(list_length..).unwrap_or_default());
        if hop.is_empty() {
            break;
        }
        list_length = text.len() - rest.len();
        if !hop.ends_with(b",") {
            break;
        }
    }
    let (list, rest) = text.split_at_checked(list_length).unwrap_or((text, b""));
    read_hops(list, rest, event, parser)
}

/// The listed hops, and the nearest one if an address comes after the list.
fn read_hops(list: &[u8], rest: &[u8], event: &mut Event<'_>, parser: &LineParser) -> Result<(), Rejection> {
    let nearest = address(token(rest).0);
    if nearest.is_none()
        && let Some(single) = address(list.trim_ascii())
    {
        event.client = Some(single);
        return Ok(());
    }
    let chain: Vec<u128> = hops(list).chain(nearest).collect();
    if chain.is_empty() {
        return Err(Rejection::BadAddress);
    }
    parser.proxies.walk(&chain, event);
    Ok(())
}

/// A client that the server resolved to a name, or a mask such as `x`.
fn read_name<'a>(name: &'a [u8], event: &mut Event<'a>) -> Result<(), Rejection> {
    let domain = crate::normal::domain(name).ok_or(Rejection::BadAddress)?;
    event.hosts.push(domain);
    Ok(())
}

/// The inside of a line that someone's export wrapped in quotes. A line that only begins with a quoted list of hops is
/// not wrapped.
fn wrapped_in_quotes(line: &[u8]) -> Option<&[u8]> {
    let inner = line.strip_prefix(b"\"")?;
    let (before_time, _) = split_at_time(inner)?;
    if before_time.contains(&b'"') {
        return None;
    }
    Some(inner.strip_suffix(b"\"").unwrap_or(inner))
}

fn parse_wrapped<'a>(inner: &'a [u8], parser: &mut LineParser, event: &mut Event<'a>) -> Result<(), Rejection> {
    let (_, after_time) = split_at_time(inner).ok_or(Rejection::BadTime)?;
    let doubled =
        after_time.get(TIME_BYTES + 2..).is_some_and(|text| text.starts_with(b"\"\"") && !text.starts_with(b"\"\" "));
    if !doubled {
        return parse(inner, parser, event);
    }
    let mut single = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(quote) = memmem::find(rest, b"\"\"") {
        single.extend_from_slice(rest.get(..=quote).unwrap_or_default());
        rest = rest.get(quote + 2..).unwrap_or_default();
    }
    single.extend_from_slice(rest);
    let mut borrowed = Event::default();
    parse(&single, parser, &mut borrowed)?;
    *event = borrowed.into_owned();
    Ok(())
}

/// The next word after any spaces, and what follows it.
fn token(text: &[u8]) -> (&[u8], &[u8]) {
    let text = text.trim_ascii_start();
    // Words are a few bytes long: a plain loop is quicker than setting up a vector search.
    let end = text.iter().position(|byte| *byte == b' ').unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, b""))
}

fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    digits.iter().try_fold(0_u64, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u64::from(digit - b'0')))
}
