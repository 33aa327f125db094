//! What the client addresses of a source look like, in bounded memory: real clients, a proxy's, or masked ones.
//!
//! A log behind a proxy or content network has the proxy's address on each line, and a log kept for privacy has
//! masked ones. Searching either for an address finds nothing, and that nothing means nothing.

use serde::{Deserialize, Serialize};
use ward_stix::answer::HIGHEST_REJECTED_PERCENT;

use super::{SourceFinding, grouped};
use crate::address::mapped;
use crate::event::Event;

/// Addresses whose frequency is counted at a time (the algorithm of Misra and Gries, 1982).
const COUNTED: usize = 64;
/// Distinct addresses that are remembered as such.
const REMEMBERED: usize = 32;
/// A proxy, its spare and a monitor.
const HANDFUL: usize = 3;
const HANDFUL_MIN_EVENTS: u64 = 1_000;
/// With this many events even a few dozen addresses are no public's.
const FEW_MIN_EVENTS: u64 = 100_000;
/// Fewer distinct addresses may all end in zero by chance.
const MASKED_MIN_DISTINCT: usize = 4;
const MASKED_PERCENT: u64 = 95;
const INTERNAL_PERCENT: u64 = 99;
/// As with lines that cannot be read: an event without an address can hide one.
const MISSING_LIMIT_PERCENT: u64 = HIGHEST_REJECTED_PERCENT;

/// Accumulates client addresses. An address is kept as its upper and lower half, since JSON has no larger numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressShape {
    events: u64,
    missing: u64,
    internal: u64,
    masked: u64,
    /// The first distinct addresses that came.
    distinct: Vec<(u64, u64)>,
    /// Counters of the most frequent addresses; each is at most `undercount` too low.
    frequent: Vec<(u64, u64, u64)>,
    undercount: u64,
}

impl AddressShape {
    /// Counts one client address.
    pub fn add(&mut self, address: u128) {
        self.events += 1;
        self.internal += u64::from(is_internal(address));
        self.masked += u64::from(is_masked(address));
        let key = halves(address);
        if self.distinct.len() < REMEMBERED && !self.distinct.contains(&key) {
            self.distinct.push(key);
        }
        self.count(key, 1);
    }

    /// Counts one event that has no client address: a host name, a mask, or nothing.
    pub fn add_missing(&mut self) {
        self.events += 1;
        self.missing += 1;
    }

    /// Counts the address of an event that is not the owner's own. A sensor sees both ends of a connection, and one end
    /// is always inside; an access log has only the client.
    pub fn add_event(&mut self, event: &Event<'_>) {
        let outer = [event.client, event.server].into_iter().flatten().find(|address| !is_internal(*address));
        match outer.or(event.client).or(event.server) {
            Some(address) => self.add(address),
            None => self.add_missing(),
        }
    }

    /// Adds the counts of another part of the same source.
    pub fn merge(&mut self, other: &Self) {
        self.events += other.events;
        self.missing += other.missing;
        self.internal += other.internal;
        self.masked += other.masked;
        self.undercount += other.undercount;
        for key in &other.distinct {
            if self.distinct.len() < REMEMBERED && !self.distinct.contains(key) {
                self.distinct.push(*key);
            }
        }
        for (high, low, count) in &other.frequent {
            self.count((*high, *low), *count);
        }
    }

    /// Why addresses could not be seen in this source and what to do about it, if so.
    pub fn problem(&self) -> Option<SourceFinding> {
        let found = |code: &str, text: String| Some(SourceFinding { code: code.to_owned(), text });
        let with_address = self.events - self.missing;
        let (events, missing) = (grouped(self.events), grouped(self.missing));
        if self.events == 0 {
            return found("no-addresses", "no event has been read, so no address could be seen".to_owned());
        }
        if self.missing * 100 > self.events * MISSING_LIMIT_PERCENT {
            return found(
                "no-addresses",
                format!(
                    "{missing} of {events} events have no client address: let the server log addresses instead of names"
                ),
            );
        }
        if self.internal * 100 >= with_address * INTERNAL_PERCENT {
            let text = "nearly all client addresses are private: a proxy stands in front; let it pass the client's address on and set the trusted proxies";
            return found("proxy-addresses", text.to_owned());
        }
        if self.is_handful() {
            let text = format!(
                "nearly all of {events} events come from a handful of addresses: a proxy or content network stands in front; set the trusted proxies"
            );
            return found("proxy-addresses", text);
        }
        if self.distinct.len() >= MASKED_MIN_DISTINCT && self.masked * 100 >= with_address * MASKED_PERCENT {
            return found(
                "masked-addresses",
                "the client addresses are masked: only whole networks could be seen, never one address".to_owned(),
            );
        }
        None
    }

    /// The counters are at most `undercount` too low; adding it errs on the side of calling a source blind.
    fn is_handful(&self) -> bool {
        let with_address = self.events - self.missing;
        if with_address >= FEW_MIN_EVENTS && self.distinct.len() < REMEMBERED {
            return true;
        }
        let mut counts: Vec<u64> = self.frequent.iter().map(|(_, _, count)| *count).collect();
        counts.sort_unstable_by(|left, right| right.cmp(left));
        let most: u64 = counts.iter().take(HANDFUL).sum();
        let upper_bound = most + self.undercount * HANDFUL as u64;
        with_address >= HANDFUL_MIN_EVENTS && upper_bound * 100 >= with_address * INTERNAL_PERCENT
    }

    fn count(&mut self, key: (u64, u64), times: u64) {
        let by_key = |counter: &(u64, u64, u64)| (counter.0, counter.1).cmp(&key);
        match self.frequent.binary_search_by(by_key) {
            Ok(index) => {
                if let Some(counter) = self.frequent.get_mut(index) {
                    counter.2 += times;
                }
            }
            Err(index) if self.frequent.len() < COUNTED => self.frequent.insert(index, (key.0, key.1, times)),
            Err(_) => self.make_room(key, times),
        }
    }

    /// Takes from every counter, the new one included, what the smallest has; whoever has nothing left gives way.
    fn make_room(&mut self, key: (u64, u64), times: u64) {
        let smallest = self.frequent.iter().map(|counter| counter.2).min().unwrap_or(0).min(times);
        self.undercount += smallest;
        self.frequent.retain_mut(|counter| {
            counter.2 -= smallest;
            counter.2 > 0
        });
        if times > smallest {
            self.count(key, times - smallest);
        }
    }
}

fn halves(address: u128) -> (u64, u64) {
    ((address >> 64) as u64, address as u64)
}

/// True for addresses that no one on the Internet has (RFC 1918, 6598, 3927, 4193, 4291, loopback, unspecified).
fn is_internal(address: u128) -> bool {
    if address >> 32 == 0xffff {
        let [first, second, ..] = (address as u32).to_be_bytes();
        return matches!(
            (first, second),
            (0 | 10 | 127, _) | (172, 16..=31) | (192, 168) | (169, 254) | (100, 64..=127)
        );
    }
    address <= 1 || address >> 121 == 0x7e || address >> 118 == 0x3fa
}

/// True for addresses as anonymisers leave them: the last octet 0 or 255, or an interface identifier of zero.
fn is_masked(address: u128) -> bool {
    if address & !u128::from(u32::MAX) == mapped(0) { matches!(address & 0xff, 0 | 0xff) } else { address as u64 == 0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shape(addresses: impl IntoIterator<Item = u128>) -> AddressShape {
        let mut shape = AddressShape::default();
        addresses.into_iter().for_each(|address| shape.add(address));
        shape
    }

    fn code(shape: &AddressShape) -> String {
        shape.problem().map(|problem| problem.code).unwrap_or_default()
    }

    /// Different public addresses, spread over the last octet.
    fn public(count: u32) -> impl Iterator<Item = u128> {
        (0..count).map(|number| mapped(0xc633_6400_u32.wrapping_add(number.wrapping_mul(2_654_435_761) >> 4)))
    }

    #[test]
    fn shapes_are_told_apart() {
        let proxy = mapped(0xcb00_7105);
        let cases: [(&str, AddressShape, &str); 12] = [
            ("nothing", AddressShape::default(), "no-addresses"),
            ("many visitors", shape(public(50_000)), ""),
            ("few visitors", shape(public(40)), ""),
            ("one proxy", shape(std::iter::repeat_n(proxy, 1_000)), "proxy-addresses"),
            ("one visitor in a small log", shape(std::iter::repeat_n(proxy, 999)), ""),
            ("three proxies", shape((0..3_000).map(|number| proxy + number % 3)), "proxy-addresses"),
            (
                "a proxy and a stray visitor",
                shape(public(5).chain(std::iter::repeat_n(proxy, 5_000))),
                "proxy-addresses",
            ),
            ("a content network", shape((0..200_000).map(|number| proxy + number % 20)), "proxy-addresses"),
            ("private", shape((0..500).map(|number| mapped(0x0a00_0001) + number)), "proxy-addresses"),
            ("masked v4", shape(public(500).map(|address| address & !0xff)), "masked-addresses"),
            (
                "masked v6",
                shape((1..500_u128).map(|number| (0x2001_0db8_0000_0000 + number) << 64)),
                "masked-addresses",
            ),
            ("v6", shape((1..500_u128).map(|number| (0x2001_0db8_u128 << 96) + (number << 64) + 7)), ""),
        ];
        for (what, shape, expected) in cases {
            assert_eq!(code(&shape), expected, "{what}");
        }
        let mut names = shape(public(900));
        (0..100).for_each(|_| names.add_missing());
        assert_eq!(code(&names), "no-addresses");
    }

    #[test]
    fn a_sensor_is_judged_by_the_outer_end() {
        let (inside, outside) = (mapped(0x0a00_0001), public(200));
        let mut sensor = AddressShape::default();
        outside.for_each(|server| {
            sensor.add_event(&Event { client: Some(inside), server: Some(server), ..Event::default() })
        });
        assert_eq!(code(&sensor), "");
    }

    proptest! {
        #[test]
        fn a_heavy_address_is_found_in_any_order(mut addresses in proptest::collection::vec(0_u32..400, 0..12), rotate in 0_usize..1500, split in 0_usize..1500) {
            addresses.resize(1_500, 0xc633_6407);
            addresses.rotate_left(rotate);
            let all = addresses.iter().map(|address| mapped(*address | 0x0800_0000));
            let mut parts = shape(all.clone().take(split));
            parts.merge(&shape(all.clone().skip(split)));
            prop_assert_eq!(code(&shape(all)), "proxy-addresses");
            prop_assert_eq!(code(&parts), "proxy-addresses");
        }
    }
}
