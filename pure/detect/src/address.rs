//! Addresses in logs, and who the client is when proxies stand in between.
//!
//! Each hop writes the address it was called from to the right of what it was told. Read from the right, the list is
//! true as long as the hop that wrote an entry is trusted; the first address that is not a trusted proxy's is the
//! client, and whatever stands further left is hearsay: kept searchable, never taken for the client.

use crate::event::Event;

/// The proxies whose word is believed, as sorted address ranges.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies(Vec<(u128, u128)>);

impl Proxies {
    pub(crate) fn new(mut ranges: Vec<(u128, u128)>) -> Self {
        ranges.sort_unstable();
        Self(ranges)
    }

    fn trusts(&self, address: u128) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&address))
    }

    /// Sets the event's client from the hops, furthest first; the hearsay to its left goes to `more_addresses`.
    /// Without trusted proxies the client is the nearest hop. When every hop is trusted, the furthest is the client.
    pub(crate) fn walk(&self, hops: &[u128], event: &mut Event<'_>) {
        let untrusted = hops.iter().rposition(|hop| !self.trusts(*hop)).unwrap_or(0);
        event.client = hops.get(untrusted).copied();
        event.more_addresses.extend_from_slice(hops.get(..untrusted).unwrap_or_default());
    }
}

/// An address of either family: `192.0.2.1`, `2001:db8::1`, with brackets, a zone or (if it is a hop) a port.
pub(crate) fn address(text: &[u8]) -> Option<u128> {
    if let Some((v4, length)) = leading_v4(text) {
        let after = text.get(length..)?;
        let is_port = |port: &[u8]| port.len() <= 5 && port.iter().all(u8::is_ascii_digit);
        if after.is_empty() || after.strip_prefix(b":").is_some_and(is_port) {
            return Some(mapped(v4));
        }
    }
    let text = std::str::from_utf8(text).ok()?;
    if let Some((inside, port)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']'))
        && port.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return ward_stix::normal::address(inside);
    }
    ward_stix::normal::address(text)
}

/// The IPv4 address that a text begins with, and its length in bytes.
pub(crate) fn leading_v4(text: &[u8]) -> Option<(u32, usize)> {
    let (mut value, mut octet, mut digits, mut dots) = (0_u32, 0_u32, 0_u8, 0_u8);
    let mut length = 0_usize;
    for byte in text.iter().take(16) {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            // Rust's own parser refuses leading zeros too: some systems read them as octal.
            if digits == 3 || (digits > 0 && octet == 0) {
                return None;
            }
            octet = octet * 10 + u32::from(digit);
            digits += 1;
        } else if *byte == b'.' && digits > 0 && dots < 3 && octet < 256 {
            value = value << 8 | octet;
            (octet, digits) = (0, 0);
            dots += 1;
        } else {
            break;
        }
        length += 1;
    }
    (dots == 3 && digits > 0 && octet < 256).then_some((value << 8 | octet, length))
}

/// An IPv4 address as IPv6.
pub(crate) fn mapped(v4: u32) -> u128 {
    0xffff_0000_0000 | u128::from(v4)
}

/// The addresses of a comma-separated list such as X-Forwarded-For, furthest first; what is no address is left out.
pub(crate) fn hops(list: &[u8]) -> impl DoubleEndedIterator<Item = u128> {
    list.split(|byte| *byte == b',').filter_map(|hop| address(hop.trim_ascii()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> Option<u128> {
        ward_stix::normal::address(text)
    }

    #[test]
    fn the_client_is_the_first_untrusted_hop_from_the_right() {
        let cases: [(&str, &[&str], &str, &[&str]); 6] = [
            ("198.51.100.7", &[], "198.51.100.7", &[]),
            ("192.0.2.1, 198.51.100.7, 10.0.0.1", &["10.0.0.0/8"], "198.51.100.7", &["192.0.2.1"]),
            ("192.0.2.1, 198.51.100.7, 10.0.0.1", &[], "10.0.0.1", &["192.0.2.1", "198.51.100.7"]),
            ("10.0.0.2, 10.0.0.1", &["10.0.0.0/8"], "10.0.0.2", &[]),
            // A client that forges the header cannot push the blame past the first hop that is not trusted.
            ("10.0.0.9, 203.0.113.5, 10.0.0.1", &["10.0.0.0/8"], "203.0.113.5", &["10.0.0.9"]),
            ("unknown, 203.0.113.5:4711, [2001:db8::1]:443", &["2001:db8::/32"], "203.0.113.5", &[]),
        ];
        for (list, trusted, client, hearsay) in cases {
            let proxies = Proxies::new(trusted.iter().filter_map(|net| ward_stix::normal::network(net)).collect());
            let chain: Vec<u128> = hops(list.as_bytes()).collect();
            let mut event = Event::default();
            proxies.walk(&chain, &mut event);
            assert_eq!(event.client, parsed(client), "{list}");
            let expected: Vec<u128> = hearsay.iter().filter_map(|text| parsed(text)).collect();
            assert_eq!(event.more_addresses, expected, "{list}");
        }
    }

    proptest! {
        #[test]
        fn quick_v4_agrees_with_the_normal_form(text in "[0-9]{1,4}(\\.[0-9]{0,3}){2,4}[.a]?") {
            prop_assert_eq!(address(text.as_bytes()), parsed(&text));
        }
    }
}
