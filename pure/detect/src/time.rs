//! Times of log lines to microseconds since 1970, UTC.
//!
//! Access logs write `03/Nov/2026:08:00:00 +0000` with the C locale's month names; EVE and Zeek JSON write RFC 3339
//! with or without a colon in the offset; Zeek's tab-separated logs write seconds since 1970 with a fraction. A time
//! without a zone is no time: guessing one would shift every hour of coverage.

const SECOND: i64 = 1_000_000;
const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// The day and zone of the last access log line, and the instant its midnight was: neighbouring lines share them.
#[derive(Clone, Debug)]
pub(crate) struct DayCache {
    day: [u8; 11],
    zone: [u8; 6],
    midnight: i64,
}

impl Default for DayCache {
    fn default() -> Self {
        Self { day: *b"01/Jan/1970", zone: *b" +0000", midnight: 0 }
    }
}

impl DayCache {
    /// The instant of `03/Nov/2026:08:00:00 +0000`.
    pub(crate) fn access_time(&mut self, stamp: &[u8; 26]) -> Option<i64> {
        let (day, rest) = stamp.split_first_chunk::<11>()?;
        let (clock, zone) = rest.split_first_chunk::<9>()?;
        let zone = zone.first_chunk::<6>()?;
        if *day != self.day || *zone != self.zone {
            let midnight = midnight_of(day, zone)?;
            *self = Self { day: *day, zone: *zone, midnight };
        }
        let [b':', h1, h2, b':', m1, m2, b':', s1, s2] = *clock else {
            return None;
        };
        Some(self.midnight + clock_micros(pair(h1, h2)?, pair(m1, m2)?, pair(s1, s2)?)?)
    }
}

/// The instant of an RFC 3339 time, also with an offset without a colon and with any number of fraction digits.
pub(crate) fn rfc3339(text: &[u8]) -> Option<i64> {
    let (stamp, rest) = text.split_first_chunk::<19>()?;
    let [y1, y2, y3, y4, b'-', o1, o2, b'-', d1, d2, b'T' | b't' | b' ', h1, h2, b':', m1, m2, b':', s1, s2] = *stamp
    else {
        return None;
    };
    let year = pair(y1, y2)? * 100 + pair(y3, y4)?;
    let day = day_micros(year, pair(o1, o2)?, pair(d1, d2)?)?;
    let time = day + clock_micros(pair(h1, h2)?, pair(m1, m2)?, pair(s1, s2)?)?;
    let (fraction, zone) = fraction_micros(rest)?;
    Some(time + fraction - offset_micros(zone)?)
}

/// The instant of seconds since 1970 with an optional fraction, `1521911720.615923`.
pub(crate) fn epoch(text: &[u8]) -> Option<i64> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (whole, rest) = text.split_at_checked(digits)?;
    if whole.is_empty() || whole.len() > 12 {
        return None;
    }
    let seconds = whole.iter().fold(0_i64, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    let (fraction, rest) = fraction_micros(rest)?;
    rest.is_empty().then_some(seconds * SECOND + fraction)
}

/// The instant of seconds since 1970 as JSON gives them.
pub(crate) fn epoch_float(seconds: f64) -> Option<i64> {
    let micros = (seconds * 1e6).round();
    // 2^53 microseconds are the year 2255: beyond it a float no longer tells microseconds apart.
    (0.0..9.0e15).contains(&micros).then_some(micros as i64)
}

fn midnight_of(day: &[u8; 11], zone: &[u8; 6]) -> Option<i64> {
    let [d1, d2, b'/', m1, m2, m3, b'/', y1, y2, y3, y4] = *day else {
        return None;
    };
    let month = MONTHS.iter().zip(1..).find_map(|(name, number)| (**name == [m1, m2, m3]).then_some(number))?;
    let year = pair(y1, y2)? * 100 + pair(y3, y4)?;
    Some(day_micros(year, month, pair(d1, d2)?)? - offset_micros(zone.strip_prefix(b" ")?)?)
}

/// Days since 1970 in the proleptic Gregorian calendar, by counting years from March.
fn day_micros(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_in_month = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (1..=days_in_month).contains(&day).then_some(())?;
    let (year, month_from_march) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days = year * 365 + leap_days + (month_from_march * 153 + 2) / 5 + day - 1 - 719_468;
    Some(days * 86_400 * SECOND)
}

/// A leap second (`:60`) is the first second of the next minute.
fn clock_micros(hour: i64, minute: i64, second: i64) -> Option<i64> {
    (hour < 24 && minute < 60 && second <= 60).then_some((hour * 3600 + minute * 60 + second) * SECOND)
}

/// Microseconds of an optional `.digits`, and what follows.
fn fraction_micros(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some(rest) = text.strip_prefix(b".") else {
        return Some((0, text));
    };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (fraction, rest) = rest.split_at_checked(digits)?;
    if fraction.is_empty() {
        return None;
    }
    let padded = fraction.iter().copied().chain(std::iter::repeat(b'0')).take(6);
    Some((padded.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')), rest))
}

/// `Z`, `+hhmm` or `+hh:mm`.
fn offset_micros(zone: &[u8]) -> Option<i64> {
    let (sign, h1, h2, m1, m2) = match *zone {
        [b'Z' | b'z'] => return Some(0),
        [sign, h1, h2, m1, m2] | [sign, h1, h2, b':', m1, m2] => (sign, h1, h2, m1, m2),
        _ => return None,
    };
    let (hours, minutes) = (pair(h1, h2)?, pair(m1, m2)?);
    (hours < 24 && minutes < 60).then_some(())?;
    let offset = (hours * 60 + minutes) * 60 * SECOND;
    match sign {
        b'+' => Some(offset),
        b'-' => Some(-offset),
        _ => None,
    }
}

fn pair(tens: u8, ones: u8) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i64::from(tens) * 10 + i64::from(ones))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Seconds from `date -u -d … +%s`.
    const ELECTION_DAY: i64 = 1_793_692_800 * SECOND;

    #[test]
    fn access_log_times() {
        for (stamp, expected) in [
            ("03/Nov/2026:08:00:00 +0000", Some(ELECTION_DAY)),
            ("03/Nov/2026:03:00:00 -0500", Some(ELECTION_DAY)),
            ("03/Nov/2026:13:30:00 +0530", Some(ELECTION_DAY)),
            ("29/Feb/2016:00:00:00 +0000", Some(1_456_704_000 * SECOND)),
            ("31/Dec/2016:23:59:60 +0000", Some(1_483_228_800 * SECOND)),
            ("29/Feb/2015:00:00:00 +0000", None),
            ("31/Apr/2016:00:00:00 +0000", None),
            ("03/nov/2026:08:00:00 +0000", None),
            ("03/Nov/2026:24:00:00 +0000", None),
            ("03/Nov/2026:08:00:00 00000", None),
        ] {
            let stamp: &[u8; 26] = stamp.as_bytes().try_into().unwrap();
            let mut days = DayCache::default();
            assert_eq!(days.access_time(stamp), expected, "{}", String::from_utf8_lossy(stamp));
            assert_eq!(days.access_time(stamp), expected, "from the cache");
        }
    }

    #[test]
    fn other_times() {
        for (text, expected) in [
            ("2026-11-03T08:00:00.123456+0000", Some(ELECTION_DAY + 123_456)),
            ("2026-11-03T08:00:00+00:00", Some(ELECTION_DAY)),
            ("2026-11-03T09:00:00.5+0100", Some(ELECTION_DAY + 500_000)),
            ("2026-11-03T08:00:00.1234569Z", Some(ELECTION_DAY + 123_456)),
            ("2026-11-03T08:00:00", None),
            ("2026-13-03T08:00:00Z", None),
            ("2026-11-03T08:00:00.Z", None),
        ] {
            assert_eq!(rfc3339(text.as_bytes()), expected, "{text}");
        }
        for (text, expected) in [
            ("1793692800.123456", Some(ELECTION_DAY + 123_456)),
            ("1793692800", Some(ELECTION_DAY)),
            ("1793692800.", None),
            ("-1.5", None),
            ("x", None),
        ] {
            assert_eq!(epoch(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(epoch_float(1_793_692_800.123_456), Some(ELECTION_DAY + 123_456));
        assert_eq!(epoch_float(f64::NAN), None);
    }
}
