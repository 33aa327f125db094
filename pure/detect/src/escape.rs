//! Undoing the escaping that access logs apply to what a client sent.
//!
//! Apache (`ap_escape_logitem`) writes `\"`, `\\`, `\b`, `\n`, `\r`, `\t`, `\v` and `\xhh`; nginx writes `\xHH`. Zeek's
//! tab-separated logs write `\xhh` and `\\`. This is the only layer undone here; percent-encoding stays.

use std::borrow::Cow;

/// The text before it was escaped; a backslash that opens no known escape stays as it is.
pub(crate) fn unescape(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'\\', text) else {
        return Cow::Borrowed(text);
    };
    let (plain, mut rest) = text.split_at_checked(first).unwrap_or((text, b""));
    let mut out = Vec::with_capacity(text.len());
    out.extend_from_slice(plain);
    while let Some((byte, after)) = rest.split_first() {
        let (decoded, remaining) = match (byte, after) {
            (b'\\', [code, remaining @ ..]) if *code != b'x' => match simple(*code) {
                Some(decoded) => (decoded, remaining),
                None => (b'\\', after),
            },
            (b'\\', [b'x', high, low, remaining @ ..]) => match (nibble(*high), nibble(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, remaining),
                _ => (b'\\', after),
            },
            _ => (*byte, after),
        };
        out.push(decoded);
        rest = remaining;
    }
    Cow::Owned(out)
}

/// The value of one hexadecimal digit.
pub(crate) fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

fn simple(code: u8) -> Option<u8> {
    match code {
        b'"' | b'\\' => Some(code),
        b'n' => Some(b'\n'),
        b't' => Some(b'\t'),
        b'r' => Some(b'\r'),
        b'b' => Some(0x08),
        b'v' => Some(0x0b),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_once() {
        for (logged, sent) in [
            ("plain", "plain"),
            (r#"say \"hi\""#, r#"say "hi""#),
            (r"a\\x41", r"a\x41"),
            (r"\x41\x2F", "A/"),
            (r"tab\there\n", "tab\there\n"),
            (r"\q \x4 \xzz \", r"\q \x4 \xzz \"),
            ("%27", "%27"),
        ] {
            assert_eq!(unescape(logged.as_bytes()), sent.as_bytes(), "{logged}");
        }
    }
}
