//! When and where one key was seen within a segment: per UTC day the events, the first, the last and the row groups.

use crate::varint::{put, take, unzigzag, zigzag};

const MICROSECONDS_A_DAY: i64 = 86_400_000_000;
const MICROSECONDS_A_SECOND: u64 = 1_000_000;

/// One day of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    /// Days since 1970 UTC; `None` for events without a time.
    pub day: Option<i32>,
    pub count: u32,
    /// Microseconds UTC; 0 without a time.
    pub first: i64,
    pub last: i64,
    /// Bit n: row group n has such an event.
    pub groups: u64,
}

/// The UTC day that a time is in.
pub(crate) fn day_of(time: i64) -> i32 {
    i32::try_from(time.div_euclid(MICROSECONDS_A_DAY)).unwrap_or(i32::MIN)
}

impl Day {
    pub fn new(time: Option<i64>) -> Self {
        let at = time.unwrap_or(0);
        Self { day: time.map(day_of), count: 0, first: at, last: at, groups: 0 }
    }

    pub fn add(&mut self, time: Option<i64>, group: u32) {
        let at = time.unwrap_or(0);
        self.count = self.count.saturating_add(1);
        self.first = self.first.min(at);
        self.last = self.last.max(at);
        self.groups |= 1_u64.checked_shl(group).unwrap_or(0);
    }
}

/// Appends the days of one key. The order of days is kept; time of day is in seconds where that is exact.
pub(crate) fn encode(days: impl ExactSizeIterator<Item = Day>, out: &mut Vec<u8>) {
    put(u64::try_from(days.len()).unwrap_or(0), out);
    let mut before = 0_i64;
    for day in days {
        put(u64::from(day.count), out);
        put(day.groups, out);
        let Some(number) = day.day else {
            put(0, out);
            continue;
        };
        // 0 is kept for "no time", so differences are moved up by one.
        put(zigzag(i64::from(number).saturating_sub(before)).saturating_add(1), out);
        before = i64::from(number);
        let midnight = before.saturating_mul(MICROSECONDS_A_DAY);
        put_duration(day.first.saturating_sub(midnight), out);
        put_duration(day.last.saturating_sub(day.first), out);
    }
}

/// The days that start at the front of the bytes; `None` if they are damaged.
pub(crate) fn decode(mut bytes: &[u8]) -> Option<Vec<Day>> {
    let bytes = &mut bytes;
    let count = usize::try_from(take(bytes)?).ok()?;
    let mut before = 0_i64;
    let mut days = Vec::with_capacity(count.min(64));
    for _ in 0..count {
        let events = u32::try_from(take(bytes)?).ok()?;
        let groups = take(bytes)?;
        let difference = take(bytes)?;
        let Some(difference) = difference.checked_sub(1) else {
            days.push(Day { day: None, count: events, first: 0, last: 0, groups });
            continue;
        };
        before = before.checked_add(unzigzag(difference))?;
        let first = before.checked_mul(MICROSECONDS_A_DAY)?.checked_add(take_duration(bytes)?)?;
        let last = first.checked_add(take_duration(bytes)?)?;
        days.push(Day { day: Some(i32::try_from(before).ok()?), count: events, first, last, groups });
    }
    Some(days)
}

fn put_duration(microseconds: i64, out: &mut Vec<u8>) {
    let microseconds = u64::try_from(microseconds).unwrap_or(0);
    if microseconds.is_multiple_of(MICROSECONDS_A_SECOND) {
        put((microseconds / MICROSECONDS_A_SECOND) << 1, out);
    } else {
        put((microseconds << 1) | 1, out);
    }
}

fn take_duration(bytes: &mut &[u8]) -> Option<i64> {
    let coded = take(bytes)?;
    let factor = if coded & 1 == 1 { 1 } else { MICROSECONDS_A_SECOND };
    i64::try_from((coded >> 1).checked_mul(factor)?).ok()
}

#[cfg(test)]
mod tests {
    use super::{Day, decode, encode};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn round_trip(events in proptest::collection::vec((proptest::option::of(-4_000_000_000_000_000_i64..4_000_000_000_000_000), 0_u32..64), 1..40)) {
            let days: Vec<Day> = events.iter().map(|(time, group)| {
                let mut day = Day::new(*time);
                day.add(*time, *group);
                day.add(time.map(|time| time - time.rem_euclid(1000)), 3);
                Day { day: time.map(|_| super::day_of(day.first)), ..day }
            }).collect();
            let mut bytes = Vec::new();
            encode(days.iter().copied(), &mut bytes);
            prop_assert_eq!(decode(&bytes), Some(days));
        }

        #[test]
        fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = decode(&bytes);
        }
    }
}
