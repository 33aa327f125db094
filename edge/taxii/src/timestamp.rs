//! Timestamps as TAXII carries them: written with exactly microseconds (TAXII 2.1, section 2), read with any number of
//! fraction digits, because clients in use send none, three or nine.

use jiff::Timestamp;

/// Reads `YYYY-MM-DDTHH:MM:SS[.s…]Z` as microseconds since 1970-01-01T00:00:00Z, finer digits cut off. `None` for any
/// other shape, for an offset other than `Z` and for a day or hour that does not exist.
///
/// Cutting is right for `added_after`: dates of addition have microseconds, so "after 1.2345678" and "after 1.234567"
/// are the same question.
pub fn parse_micros(text: &str) -> Option<i64> {
    let (whole, fraction) = split(text)?;
    let micros = fraction.get(..6).unwrap_or(fraction);
    let exact = if micros.is_empty() { format!("{whole}Z") } else { format!("{whole}.{micros}Z") };
    exact.parse::<Timestamp>().ok().map(Timestamp::as_microsecond)
}

/// TAXII's form, `YYYY-MM-DDTHH:MM:SS.ssssssZ`, of microseconds since 1970-01-01T00:00:00Z; `None` outside the years 0
/// to 9999, which the form cannot write.
pub fn format_micros(micros: i64) -> Option<String> {
    let timestamp = Timestamp::from_microsecond(micros).ok()?;
    let text = format!("{timestamp:.6}");
    (text.len() == "YYYY-MM-DDTHH:MM:SS.ssssssZ".len()).then_some(text)
}

/// The same moment always as the same text, at full precision: `…:00Z`, `…:00.0Z` and `…:00.000Z` become one. `None`
/// for what is not a STIX timestamp (STIX 2.1, section 2.16).
pub fn canonical(text: &str) -> Option<String> {
    parse_micros(text)?;
    let (whole, fraction) = split(text)?;
    let fraction = fraction.trim_end_matches('0');
    Some(if fraction.is_empty() { format!("{whole}Z") } else { format!("{whole}.{fraction}Z") })
}

/// Date with time, and fraction digits (none when there is no fraction), of a text of the right shape.
fn split(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_suffix('Z')?;
    let (whole, fraction) = match text.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (text, ""),
    };
    let shape = b"dddd-dd-ddTdd:dd:dd";
    let fits = whole.len() == shape.len()
        && whole
            .bytes()
            .zip(shape)
            .all(|(byte, &want)| if want == b'd' { byte.is_ascii_digit() } else { byte == want });
    (fits && fraction.bytes().all(|byte| byte.is_ascii_digit())).then_some((whole, fraction))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads() {
        let check = |text: &str, expected: Option<i64>| assert_eq!(parse_micros(text), expected, "{text}");
        check("1970-01-01T00:00:00Z", Some(0));
        check("1970-01-01T00:00:01.5Z", Some(1_500_000));
        check("1970-01-01T00:00:01.000Z", Some(1_000_000));
        check("1970-01-01T00:00:00.123456Z", Some(123_456));
        check("1970-01-01T00:00:00.123456789012345Z", Some(123_456));
        check("1969-12-31T23:59:59.999999Z", Some(-1));
        check("2016-12-31T23:59:60Z", Some(1_483_228_799_000_000));
        check("2018-05-03T12:00:00.000001Z", Some(1_525_348_800_000_001));
        for bad in [
            "",
            "Z",
            "2018",
            "2018-05-03",
            "2018-05-03T12:00:00",
            "2018-05-03T12:00:00.Z",
            "2018-05-03 12:00:00Z",
            "2018-05-03t12:00:00z",
            "2018-05-03T12:00:00+00:00",
            "2018-05-03T12:00:00+00:00Z",
            "2018-05-03T12:00Z",
            "2018-5-3T12:00:00Z",
            "2018-02-30T12:00:00Z",
            "2018-05-03T24:00:00Z",
            "2018-05-03T12:00:00.12a456Z",
            "2018-05-03T12:00:00.é23456Z",
            "２018-05-03T12:00:00Z",
            " 2018-05-03T12:00:00Z",
            "2018-05-03T12:00:00Z\n",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn writes() {
        assert_eq!(format_micros(0).as_deref(), Some("1970-01-01T00:00:00.000000Z"));
        assert_eq!(format_micros(1_525_348_800_000_001).as_deref(), Some("2018-05-03T12:00:00.000001Z"));
        assert_eq!(format_micros(-1).as_deref(), Some("1969-12-31T23:59:59.999999Z"));
        assert_eq!(format_micros(i64::MAX), None);
        assert_eq!(format_micros(-62_198_755_200_000_000), None, "a year before 0");
    }

    #[test]
    fn one_text_for_one_moment() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(canonical(text).as_deref(), expected, "{text}");
        check("2018-05-03T12:00:00Z", Some("2018-05-03T12:00:00Z"));
        check("2018-05-03T12:00:00.000Z", Some("2018-05-03T12:00:00Z"));
        check("2018-05-03T12:00:00.120Z", Some("2018-05-03T12:00:00.12Z"));
        check("2018-05-03T12:00:00.123456789Z", Some("2018-05-03T12:00:00.123456789Z"));
        check("2018-13-03T12:00:00Z", None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(micros in -62_135_596_800_000_000_i64..253_402_300_000_000_000) {
            prop_assert_eq!(parse_micros(&format_micros(micros).unwrap()), Some(micros));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = (parse_micros(&text), canonical(&text));
        }
    }
}
