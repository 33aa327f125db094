//! Small readers shared by the C2SP text formats: decimals without leading zeroes.

/// Reads an ASCII decimal without sign or leading zeroes (`0` itself is fine); none for anything else.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with('0');
    if !canonical || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn decimals() {
        for (text, expected) in [
            ("0", Some(0)),
            ("7", Some(7)),
            ("20852163", Some(20_852_163)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("", None),
            ("00", None),
            ("07", None),
            ("+7", None),
            ("-7", None),
            (" 7", None),
            ("7 ", None),
            ("٧", None),
        ] {
            assert_eq!(decimal(text), expected, "{text:?}");
        }
    }
}
