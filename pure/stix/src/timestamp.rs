//! Timestamps: STIX's RFC 3339 with any number of fraction digits (STIX 2.1, section 2.16), and TAXII's form of exactly
//! microseconds (TAXII 2.1, section 2), from and to microseconds since 1970-01-01T00:00:00Z.
//!
//! STIX times are compared at full precision: nanoseconds and finer are legal, so no number type of fixed precision
//! would keep two versions of an object apart.

use std::fmt::Write as _;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const MICROS_PER_SECOND: i64 = 1_000_000;
/// 0000-01-01T00:00:00Z and 9999-12-30T22:00:00Z in seconds since 1970: what RFC 3339's four digits of year can hold and
/// the calendar in use can compute.
const EARLIEST_SECOND: i64 = -62_167_219_200;
const LATEST_SECOND: i64 = 253_402_207_200;

/// A point in time at full precision. Fractions that differ only in trailing zeros are the same point in time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z.
    seconds: i64,
    /// Fraction digits without trailing zeros; text order is numeric order.
    fraction: String,
}

impl Timestamp {
    /// Microseconds since 1970-01-01T00:00:00Z, finer digits cut off.
    pub fn micros(&self) -> i64 {
        self.seconds.saturating_mul(MICROS_PER_SECOND).saturating_add(self.fraction(6))
    }

    /// Nanoseconds since 1970-01-01T00:00:00Z, finer digits cut off.
    pub fn nanos(&self) -> i128 {
        i128::from(self.seconds) * 1_000_000_000 + i128::from(self.fraction(9))
    }

    /// The first digits of the fraction as a number.
    fn fraction(&self, digits: usize) -> i64 {
        let digits = self.fraction.bytes().chain(std::iter::repeat(b'0')).take(digits);
        digits.fold(0_i64, |sum, digit| sum * 10 + i64::from(digit.saturating_sub(b'0')))
    }
}

/// Reads `YYYY-MM-DDTHH:MM:SS[.s…]Z`; `None` for anything else, also for offsets other than `Z` and for days or hours
/// that do not exist. Second 60 is accepted in the last minute of a UTC day, since RFC 3339 does.
pub fn parse(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix('Z')?;
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return None,
        None => (text, ""),
    };
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = parse_seconds(whole)?;
    Some(Timestamp { seconds, fraction: fraction.trim_end_matches('0').to_owned() })
}

/// Microseconds since 1970-01-01T00:00:00Z of a timestamp with any number of fraction digits, finer digits cut off.
pub fn parse_micros(text: &str) -> Option<i64> {
    parse(text).map(|timestamp| timestamp.micros())
}

/// TAXII's form, `YYYY-MM-DDTHH:MM:SS.ssssssZ`, of microseconds since 1970-01-01T00:00:00Z. Years outside 0 to 9999
/// are clamped to them, since RFC 3339 has four digits.
pub fn format_micros(micros: i64) -> String {
    let mut text = format_whole(micros.div_euclid(MICROS_PER_SECOND));
    let _ = write!(text, ".{:06}Z", micros.rem_euclid(MICROS_PER_SECOND));
    text
}

/// STIX's usual form with milliseconds, `YYYY-MM-DDTHH:MM:SS.sssZ`; microseconds are kept where there are any, so that
/// nothing is rounded.
pub fn format_stix(micros: i64) -> String {
    let fraction = micros.rem_euclid(MICROS_PER_SECOND);
    if fraction % 1000 != 0 {
        return format_micros(micros);
    }
    let mut text = format_whole(micros.div_euclid(MICROS_PER_SECOND));
    let _ = write!(text, ".{:03}Z", fraction / 1000);
    text
}

/// Microseconds as TAXII's text in serialised form, for `#[serde(with = …)]`.
pub mod as_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    /// Writes microseconds as text.
    pub fn serialize<S: Serializer>(micros: &i64, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&super::format_micros(*micros))
    }

    /// Reads a timestamp with any number of fraction digits.
    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<i64, D::Error> {
        let text = String::deserialize(input)?;
        super::parse_micros(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is not a timestamp")))
    }
}

/// As [`as_text`], for microseconds that may be absent.
pub mod as_optional_text {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

    /// Writes microseconds as text, or null.
    pub fn serialize<S: Serializer>(micros: &Option<i64>, out: S) -> Result<S::Ok, S::Error> {
        micros.map(super::format_micros).serialize(out)
    }

    /// Reads a timestamp with any number of fraction digits, or null.
    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Option<i64>, D::Error> {
        let Some(text) = Option::<String>::deserialize(input)? else { return Ok(None) };
        let micros = super::parse_micros(&text);
        micros.map(Some).ok_or_else(|| D::Error::custom(format!("`{text}` is not a timestamp")))
    }
}

fn parse_seconds(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if bytes.len() != 19 || separators.iter().any(|(at, mark)| bytes.get(*at) != Some(mark)) {
        return None;
    }
    let number = |from: usize, to: usize| {
        bytes
            .get(from..to)?
            .iter()
            .try_fold(0_i64, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let leap_second = (hour, minute, second) == (23, 59, 60);
    let second = if leap_second { 59 } else { second };
    let small = |value: i64| i8::try_from(value).ok();
    let civil = DateTime::new(
        i16::try_from(year).ok()?,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        0,
    );
    let timestamp = TimeZone::UTC.to_timestamp(civil.ok()?).ok()?;
    Some(timestamp.as_second() + i64::from(leap_second))
}

fn format_whole(seconds: i64) -> String {
    let timestamp = jiff::Timestamp::from_second(seconds.clamp(EARLIEST_SECOND, LATEST_SECOND)).unwrap_or_default();
    let civil = TimeZone::UTC.to_datetime(timestamp);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        civil.year(),
        civil.month(),
        civil.day(),
        civil.hour(),
        civil.minute(),
        civil.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_number_of_fraction_digits_and_refuses_the_rest() {
        let cases = [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1970-01-01T00:00:00.5Z", Some(500_000)),
            ("1969-12-31T23:59:59.999999Z", Some(-1)),
            ("2018-05-03T14:00:00.123456789Z", Some(1_525_356_000_123_456)),
            ("2016-12-31T23:59:60Z", Some(1_483_228_800_000_000)),
            ("2016-02-29T00:00:00Z", Some(1_456_704_000_000_000)),
            ("2017-02-29T00:00:00Z", None),
            ("2016-12-31T22:59:60Z", None),
            ("2457-73-22T32:81:84.1Z", None),
            ("2018-05-03T14:00:00.Z", None),
            ("2018-05-03T14:00:00+00:00", None),
            ("2018-05-03 14:00:00Z", None),
            ("2018-05-03T14:00:00", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_micros(text), expected, "{text}");
        }
    }

    #[test]
    fn orders_at_full_precision_and_ignores_trailing_zeros() {
        let at = |text: &str| parse(text).unwrap();
        assert_eq!(at("2018-05-03T14:00:00Z"), at("2018-05-03T14:00:00.000Z"));
        assert!(at("2018-05-03T14:00:00.1234567891Z") > at("2018-05-03T14:00:00.123456789Z"));
        assert!(at("2018-05-03T14:00:00.09Z") < at("2018-05-03T14:00:00.1Z"));
        assert!(at("2018-05-03T14:00:00.9Z") < at("2018-05-03T14:00:01Z"));
    }

    #[test]
    fn writes_the_two_forms() {
        assert_eq!(format_micros(1_525_356_000_123_456), "2018-05-03T14:00:00.123456Z");
        assert_eq!(format_micros(-1), "1969-12-31T23:59:59.999999Z");
        assert_eq!(format_stix(1_525_356_000_123_000), "2018-05-03T14:00:00.123Z");
        assert_eq!(format_stix(1_525_356_000_123_456), "2018-05-03T14:00:00.123456Z");
        assert_eq!(format_micros(i64::MIN).len(), 27);
        assert_eq!(format_micros(i64::MAX).len(), 27);
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read_back(micros in -60_000_000_000_000_000_i64..250_000_000_000_000_000) {
            proptest::prop_assert_eq!(parse_micros(&format_micros(micros)), Some(micros));
            proptest::prop_assert_eq!(parse_micros(&format_stix(micros)), Some(micros));
        }
    }
}
