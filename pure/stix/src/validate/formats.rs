//! The written forms of single values: addresses, URLs, languages, encodings, names (STIX 2.1, sections 2, 6 and 11).

use super::lists::List;
use crate::{id, normal};

fn all(text: &str, test: fn(&u8) -> bool) -> bool {
    text.bytes().all(|byte| test(&byte))
}

fn is_lower_or_digit(byte: &u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Pairs of hexadecimal digits.
pub(super) fn is_hex(text: &str) -> bool {
    text.len().is_multiple_of(2) && all(text, u8::is_ascii_hexdigit)
}

/// Base64 with its padding (RFC 4648, section 4).
pub(super) fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    text.len().is_multiple_of(4) && padding <= 2 && digits.as_bytes().iter().all(is_digit)
}

/// An absolute URL or URI: a scheme, a colon, and something without spaces or controls (RFC 3986, section 3).
pub(super) fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && all(scheme, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    is_scheme && !rest.is_empty() && rest != "//" && !rest.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// An e-mail address without a display name (RFC 5322, section 3.4.1).
pub(super) fn is_email_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_bare = !text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';'));
    is_bare && !local.is_empty() && !domain.is_empty() && (local.starts_with('"') || !local.contains('@'))
}

/// A domain name: labels between dots, without spaces, ports or paths.
pub(super) fn is_domain_name(text: &str) -> bool {
    let name = text.strip_suffix('.').unwrap_or(text);
    let is_label = |label: &str| !label.is_empty() && !label.chars().any(|c| c.is_whitespace() || "/:@\\".contains(c));
    text.len() <= 1024 && name.split('.').all(is_label)
}

/// Six pairs of lower-case hexadecimal digits between colons.
pub(super) fn is_mac_address(text: &str) -> bool {
    let pair = |part: &str| part.len() == 2 && all(part, |b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
    text.split(':').count() == 6 && text.split(':').all(pair)
}

/// An IPv4 address or network in CIDR form.
pub(super) fn is_ipv4(text: &str) -> bool {
    !text.contains(':') && is_network(text)
}

/// An IPv6 address or network in CIDR form.
pub(super) fn is_ipv6(text: &str) -> bool {
    text.contains(':') && is_network(text)
}

fn is_network(text: &str) -> bool {
    let prefix = text.split_once('/').map_or("0", |(_, prefix)| prefix);
    let is_short = prefix == "0" || !prefix.starts_with('0');
    is_short && text.trim() == text && normal::network(text).is_some()
}

/// A language tag (RFC 5646) with a language of ISO 639, or a private one.
pub(super) fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    let rest_is_right = parts.clone().all(|part| (1..=8).contains(&part.len()) && all(part, u8::is_ascii_alphanumeric));
    let is_special = matches!(first, "x" | "X" | "i" | "I") && parts.next().is_some();
    rest_is_right && (is_special || List::Languages.has(first))
}

/// A name of a character set registered with IANA.
pub(super) fn is_character_set(text: &str) -> bool {
    List::CharacterSets.has(text)
}

/// A CPE 2.3 formatted string: the prefix and eleven parts.
pub(super) fn is_cpe(text: &str) -> bool {
    let Some(parts) = text.strip_prefix("cpe:2.3:") else { return false };
    let is_part = ["a:", "h:", "o:", "*:", "-:"].iter().any(|part| parts.starts_with(part));
    if !is_part || !all(parts, u8::is_ascii_graphic) {
        return false;
    }
    let (mut count, mut is_escaped, mut is_empty, mut sound) = (1, false, true, true);
    for c in parts.chars() {
        if c == ':' && !is_escaped {
            sound &= !is_empty;
            count += 1;
            is_empty = true;
            continue;
        }
        is_escaped = c == '\\' && !is_escaped;
        is_empty = false;
    }
    sound && !is_empty && count == 11
}

/// A registry key whose hive is written out (section 6.17).
pub(super) fn is_whole_registry_key(text: &str) -> bool {
    let hive = text.split('\\').next().unwrap_or_default().to_ascii_uppercase();
    !matches!(hive.as_str(), "HKLM" | "HKCU" | "HKCR" | "HKU" | "HKCC" | "HKPD" | "HKDD")
}

/// A type of relationship: lower-case letters, digits and hyphens.
pub(super) fn is_relationship_type(text: &str) -> bool {
    !text.is_empty() && all(text, |byte| is_lower_or_digit(byte) || *byte == b'-')
}

/// A name of a property: lower-case letters, digits and underscores, 3 to 250 of them (sections 3.1 and 11.1).
pub(super) fn is_property_name(text: &str) -> bool {
    (3..=250).contains(&text.len()) && all(text, |byte| is_lower_or_digit(byte) || *byte == b'_')
}

/// A key of a dictionary (section 2.4).
pub(super) fn is_dictionary_key(text: &str) -> bool {
    (1..=250).contains(&text.len()) && all(text, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// A name of a hash algorithm (section 2.7).
pub(super) fn is_hash_name(text: &str) -> bool {
    (3..=250).contains(&text.len()) && is_dictionary_key(text)
}

/// A word as open vocabularies and kill chains have them: lower case, hyphens instead of spaces and underscores.
pub(super) fn is_plain_word(text: &str) -> bool {
    !text.is_empty() && !text.contains('_') && !text.chars().any(|c| c.is_whitespace() || c.is_uppercase())
}

/// A selector of a granular marking: names and list positions between dots (section 7.2.3.1).
pub(super) fn is_selector(text: &str) -> bool {
    let is_name = |step: &str| {
        (1..=250).contains(&step.len()) && all(step, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    let is_position = |step: &str| {
        let digits = step.strip_prefix('[').and_then(|step| step.strip_suffix(']'));
        digits.is_some_and(|digits| !digits.is_empty() && all(digits, u8::is_ascii_digit))
    };
    let mut steps = text.split('.');
    steps.next().is_some_and(is_name) && steps.all(|step| is_name(step) || is_position(step))
}

/// The type in an id whose UUID is one of RFC 4122: versions 1 to 5, variant 10.
pub(super) fn id_type(text: &str) -> Option<&str> {
    let (kind, _) = id::split(text)?;
    let is_variant = matches!(uuid_nibble(text, 19), Some('8' | '9' | 'a' | 'b' | 'A' | 'B'));
    (is_variant && matches!(uuid_version(text), Some('1'..='5'))).then_some(kind)
}

/// Why a text is no id by [`id_type`].
pub(super) fn no_id(text: &str) -> String {
    match id::split(text) {
        Some(_) => format!("`{text}` has a UUID that is not one of RFC 4122"),
        None => format!("`{text}` has not the form type--UUID"),
    }
}

/// The digit of the version of an id's UUID.
pub(super) fn uuid_version(text: &str) -> Option<char> {
    uuid_nibble(text, 14)
}

fn uuid_nibble(text: &str, place: usize) -> Option<char> {
    let (_, uuid) = text.split_once("--")?;
    uuid.chars().nth(place)
}

/// Whether a hash has the form of its algorithm; algorithms that are not known have any.
pub(super) fn is_hash(algorithm: &str, hash: &str) -> bool {
    let hex_of = |lengths: &[usize]| lengths.contains(&hash.len()) && all(hash, u8::is_ascii_hexdigit);
    match algorithm.to_ascii_uppercase().as_str() {
        "MD5" => hex_of(&[32]),
        "MD6" => hex_of(&[32, 40, 56, 64, 96, 128]),
        "SHA-1" | "RIPEMD-160" => hex_of(&[40]),
        "SHA-224" | "SHA3-224" => hex_of(&[56]),
        "SHA-256" | "SHA3-256" => hex_of(&[64]),
        "SHA-384" | "SHA3-384" => hex_of(&[96]),
        "SHA-512" | "SHA3-512" | "WHIRLPOOL" => hex_of(&[128]),
        "SSDEEP" => {
            (1..=148).contains(&hash.len())
                && all(hash, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+' | b':' | b'.'))
        }
        "TLSH" => {
            let digits = hash.strip_prefix("T1").unwrap_or(hash);
            matches!(digits.len(), 70 | 72) && all(digits, u8::is_ascii_hexdigit)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A test, texts that it accepts, texts that it refuses.
    type Case = (fn(&str) -> bool, &'static [&'static str], &'static [&'static str]);

    #[test]
    fn forms_are_told_apart() {
        let cases: [Case; 10] = [
            (is_url, &["https://a.example/x?y#z", "urn:a"], &["foo", "www.g.com", "http://", "a b:c", ":x"]),
            (is_email_address, &["a@b.example"], &["A B <a@b.example>", "a", "@b", "a@"]),
            (is_mac_address, &["d2:fb:49:24:37:18"], &["D2:fb:49:24:37:18", "d2-fb-49-24-37-18", "d2:fb"]),
            (is_ipv4, &["10.0.0.1", "10.0.0.0/8", "0.0.0.0/0"], &["::1", "10.0.0.1/", "10.0.0.1/33", "10.0.0.1/08"]),
            (is_ipv6, &["::1", "fe80::/0", "fe80::/128"], &["10.0.0.1", "fe80::/129", "fe80::/00", "fe80::/"]),
            (is_language, &["en", "eng", "pt-BR", "x-ward"], &["", "bbb", "foo", "en-", "x", "español"]),
            (is_base64, &["", "QQ==", "QUI="], &["Q", "failing test", "Q==="]),
            (
                is_cpe,
                &["cpe:2.3:a:microsoft:word:2000:*:*:*:*:*:*:*", r"cpe:2.3:a:b\:c:d:1:*:*:*:*:*:*:*"],
                &["cpe:/a:b"],
            ),
            (is_whole_registry_key, &[r"hkey_local_machine\a"], &[r"HKLM\a", "hkcu"]),
            (is_selector, &["id", "a.[0].b", "labels"], &["", "[0]", "a..b", "a.[x]"]),
        ];
        for (test, right, wrong) in cases {
            for text in right {
                assert!(test(text), "{text}");
            }
            for text in wrong {
                assert!(!test(text), "{text}");
            }
        }
    }
}
