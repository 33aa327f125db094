//! The normal form of addresses, networks, domains, URLs and hashes: one function each, used for indicators and
//! for log observables alike, so that equality of text is equality of meaning.
//!
//! Addresses follow RFC 4291 (section 2.5.5.2 for mapped IPv4) and RFC 4632, host names RFC 1035 lengths and UTS 46,
//! URLs RFC 3986 section 6.2.2.2 (percent-encoded unreserved characters) and 6.2.3 (default ports, empty path).

use std::net::{Ipv4Addr, Ipv6Addr};

/// The first 96 bits of an IPv4 address written as IPv6, `::ffff:0:0`.
const MAPPED: u128 = 0xffff_0000_0000;
const LONGEST_DOMAIN: usize = 253;
/// Longest text that is worth converting to A-labels, in bytes; longer ones cannot come out short enough.
const LONGEST_UNICODE_DOMAIN: usize = 4 * LONGEST_DOMAIN;
const LONGEST_LABEL: usize = 63;

/// An address of either family as IPv6, IPv4 mapped. Accepts `[…]` around it and a zone (`%eth0`) after it.
pub fn address(text: &str) -> Option<u128> {
    let text = text.trim();
    if let Ok(v4) = text.parse::<Ipv4Addr>() {
        return Some(mapped(v4));
    }
    let text = text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(text);
    let text = text.split_once('%').map_or(text, |(before_zone, _)| before_zone);
    if let Ok(v6) = text.parse::<Ipv6Addr>() {
        return Some(u128::from(v6));
    }
    text.parse::<Ipv4Addr>().ok().map(mapped)
}

/// First and last address of a network in CIDR notation of either family, or of a single address.
/// Set host bits are accepted and dropped: `192.0.2.7/24` is `192.0.2.0` to `192.0.2.255`.
pub fn network(text: &str) -> Option<(u128, u128)> {
    let text = text.trim();
    let Some((base, prefix)) = text.split_once('/') else {
        return address(text).map(|single| (single, single));
    };
    if prefix.is_empty() || prefix.len() > 3 || !prefix.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let prefix: u32 = prefix.parse().ok()?;
    let base_address = address(base)?;
    let prefix_of_128 = if base.contains(':') { prefix } else { prefix.checked_add(96)? };
    if prefix_of_128 > 128 {
        return None;
    }
    let host_bits = u128::MAX.checked_shr(prefix_of_128).unwrap_or(0);
    Some((base_address & !host_bits, base_address | host_bits))
}

/// A host name in lower case as A-labels, without its trailing dot; `None` for addresses, empty or overlong labels
/// and characters that no host name has. Underscores are accepted, since service names carry them.
pub fn domain(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.len() > LONGEST_UNICODE_DOMAIN {
        return None;
    }
    let name = if text.is_ascii() { text.to_ascii_lowercase() } else { idna::domain_to_ascii(text).ok()? };
    is_domain(&name).then_some(name)
}

/// A URL as `host/path?query`: scheme, user information, the scheme's default port and the fragment are dropped, the
/// host is normalised, percent-encoded unreserved characters are decoded, an empty path is `/`. Without a scheme the
/// ports of both http and https count as default. `None` when there is no valid host.
pub fn url(text: &str) -> Option<String> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return None;
    }
    let (scheme, rest) = split_scheme(text);
    let authority_length = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at_checked(authority_length)?;
    let host = host_and_port(authority, scheme)?;
    Some(join(&host, target))
}

/// The URL of one request in a web log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlParts {
    /// The same normal form as [`url`]; `None` when the log does not say which host was asked.
    pub full: Option<String>,
    /// Path and query alone, in the same normal form.
    pub host_less: String,
}

/// The normal form of a request from the host that the log gives, if any, and the request target. A target in
/// absolute form brings its own host (RFC 9112, section 3.2.2). `None` for targets that are no path, such as `*`.
pub fn url_parts(host: Option<&str>, target: &str) -> Option<UrlParts> {
    if target.starts_with('/') {
        let host_less = path_and_query(target);
        let full = host.and_then(|host| host_and_port(host.trim(), None)).map(|host| format!("{host}{host_less}"));
        return Some(UrlParts { full, host_less });
    }
    split_scheme(target).0?;
    let full = url(target)?;
    let host_less = host_less(&full).to_owned();
    Some(UrlParts { full: Some(full), host_less })
}

/// Path and query of a URL that is already in normal form.
pub fn host_less(normal_url: &str) -> &str {
    let start = normal_url.find('/').unwrap_or(normal_url.len());
    normal_url.get(start..).unwrap_or("/")
}

/// The host (with its port, if that is not a default one) of a URL that is already in normal form.
pub fn host_of(normal_url: &str) -> &str {
    normal_url.split('/').next().unwrap_or(normal_url)
}

/// A hash in lower-case hexadecimal, if its length is that of MD5, SHA-1, SHA-256 or SHA-512.
pub fn hash(text: &str) -> Option<String> {
    let text = text.trim();
    let known_length = matches!(text.len(), 32 | 40 | 64 | 128);
    (known_length && text.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| text.to_ascii_lowercase())
}

/// An address as people write it: dotted for mapped IPv4, RFC 5952 for the rest.
pub fn format_address(address: u128) -> String {
    match as_v4(address) {
        Some(v4) => v4.to_string(),
        None => Ipv6Addr::from(address).to_string(),
    }
}

/// A range of addresses as people write it: an address, a CIDR, or `first-last` where it is no network.
pub fn format_network(first: u128, last: u128) -> String {
    if first == last {
        return format_address(first);
    }
    let differing = first ^ last;
    let is_network = differing & differing.wrapping_add(1) == 0 && first & differing == 0;
    if !is_network {
        return format!("{}-{}", format_address(first), format_address(last));
    }
    let prefix = differing.leading_zeros();
    match (as_v4(first), as_v4(last)) {
        (Some(v4), Some(_)) => format!("{v4}/{}", prefix.saturating_sub(96)),
        _ => format!("{}/{prefix}", Ipv6Addr::from(first)),
    }
}

/// The IPv4 address that is mapped into this IPv6 address, if it is one.
pub fn as_v4(address: u128) -> Option<Ipv4Addr> {
    Ipv6Addr::from(address).to_ipv4_mapped()
}

fn mapped(v4: Ipv4Addr) -> u128 {
    MAPPED | u128::from(u32::from(v4))
}

fn is_domain(name: &str) -> bool {
    if name.is_empty() || name.len() > LONGEST_DOMAIN {
        return false;
    }
    let label_is_valid = |label: &str| {
        // A hyphen alone is how logs write that there is no host.
        label.bytes().any(|byte| byte.is_ascii_alphanumeric())
            && label.len() <= LONGEST_LABEL
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    // A last label of digits alone is (part of) an address, never a top-level domain.
    let last_is_number = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    !last_is_number && name.split('.').all(label_is_valid)
}

/// The scheme, in the sender's case and without `://`, and what follows it.
fn split_scheme(text: &str) -> (Option<&str>, &str) {
    match text.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
        _ => (None, text),
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// The normal host, with its port unless that is the scheme's default, of an authority.
fn host_and_port(authority: &str, scheme: Option<&str>) -> Option<String> {
    let without_user = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = split_port(without_user)?;
    let host = match address(host) {
        Some(address) if as_v4(address).is_none() => format!("[{}]", format_address(address)),
        Some(address) => format_address(address),
        None => domain(host)?,
    };
    match port {
        Some(port) if !is_default_port(scheme, port) => Some(format!("{host}:{port}")),
        _ => Some(host),
    }
}

/// Host and port of `host`, `host:port`, `[v6]` or `[v6]:port`; an empty port is none (RFC 3986, section 6.2.3).
fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = if text.starts_with('[') {
        let end = text.find(']')?.checked_add(1)?;
        let (host, after) = text.split_at_checked(end)?;
        match after {
            "" => (host, ""),
            _ => (host, after.strip_prefix(':')?),
        }
    } else {
        text.split_once(':').unwrap_or((text, ""))
    };
    if port.is_empty() {
        return Some((host, None));
    }
    port.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
    Some((host, Some(port.parse().ok()?)))
}

fn is_default_port(scheme: Option<&str>, port: u16) -> bool {
    match scheme {
        None => port == 80 || port == 443,
        Some(scheme) if scheme.eq_ignore_ascii_case("http") => port == 80,
        Some(scheme) if scheme.eq_ignore_ascii_case("https") => port == 443,
        Some(scheme) if scheme.eq_ignore_ascii_case("ftp") => port == 21,
        Some(_) => false,
    }
}

fn join(host: &str, target: &str) -> String {
    let target = path_and_query(target);
    let slash = if target.starts_with('/') { "" } else { "/" };
    format!("{host}{slash}{target}")
}

/// Path and query without the fragment, percent-encoded unreserved characters decoded.
fn path_and_query(target: &str) -> String {
    let target = target.split('#').next().unwrap_or(target);
    if !target.contains('%') {
        return target.to_owned();
    }
    let mut pieces = target.split('%');
    let mut normal = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_at_checked(2).and_then(|(code, rest)| Some((unreserved(code)?, rest))) {
            Some((character, rest)) => {
                normal.push(character);
                normal.push_str(rest);
            }
            None => {
                normal.push('%');
                normal.push_str(piece);
            }
        }
    }
    normal
}

/// The unreserved character (RFC 3986, section 2.3) that two hexadecimal digits stand for.
fn unreserved(code: &str) -> Option<char> {
    if !code.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let byte = u8::from_str_radix(code, 16).ok()?;
    (byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')).then_some(char::from(byte))
}

#[cfg(test)]
mod tests;
