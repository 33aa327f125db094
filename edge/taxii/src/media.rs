//! Content negotiation: which `Accept` and `Content-Type` values mean TAXII 2.1 (TAXII 2.1, sections 1.6.8 and 3.1).
//!
//! A media type the standard defines must never be answered with 406 or 415, in whatever order, case or quoting a
//! client writes it, so the headers are read by RFC 9110's rules and not compared as text.

/// The type of every request and response body.
pub const MEDIA_TYPE: &str = "application/taxii+json;version=2.1";

/// The type of the objects inside an envelope, as collections and manifests name it.
pub const STIX_MEDIA_TYPE: &str = "application/stix+json;version=2.1";

const ESSENCE: &str = "application/taxii+json";
const VERSION: &str = "2.1";

/// Whether a TAXII 2.1 answer satisfies this `Accept` header (several header lines joined with commas).
///
/// An absent or empty header accepts anything (RFC 9110, section 12.5.1). The most specific matching range decides, so
/// `application/taxii+json;q=0, */*` refuses.
pub fn accept_ok(header: Option<&str>) -> bool {
    let Some(header) = header.filter(|text| !text.trim().is_empty()) else { return true };
    let ranges = split_outside_quotes(header, ',').into_iter().map(MediaRange::parse);
    let decisive = ranges.filter_map(|range| range.specificity().map(|rank| (rank, range.wanted))).max();
    decisive.is_some_and(|(_, wanted)| wanted)
}

/// Whether a body with this `Content-Type` is TAXII 2.1: `application/taxii+json`, with version 2.1 or none. An absent
/// header is not.
pub fn content_type_ok(header: Option<&str>) -> bool {
    let Some(header) = header else { return false };
    match split_outside_quotes(header, ',').as_slice() {
        [one] => {
            let range = MediaRange::parse(one);
            range.essence == ESSENCE && range.version.is_none_or(|version| version == VERSION)
        }
        _ => false,
    }
}

/// One element of an `Accept` list.
struct MediaRange {
    /// Type and subtype in lower case.
    essence: String,
    version: Option<String>,
    /// False for a quality of zero, which means "not this".
    wanted: bool,
}

impl MediaRange {
    fn parse(text: &str) -> MediaRange {
        let mut parts = split_outside_quotes(text, ';').into_iter();
        let essence = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let mut range = MediaRange { essence, version: None, wanted: true };
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            match name.trim().to_ascii_lowercase().as_str() {
                "version" => range.version = Some(unquote(value.trim())),
                // A quality that is no number is read as 1: refusing a defined type is the worse mistake.
                "q" => range.wanted = value.trim().parse::<f32>().map_or(true, |quality| quality > 0.0),
                _ => {}
            }
        }
        range
    }

    /// How exactly this range names TAXII 2.1; `None` when it does not cover it.
    fn specificity(&self) -> Option<u8> {
        match (self.essence.as_str(), self.version.as_deref()) {
            (ESSENCE, Some(VERSION)) => Some(3),
            (ESSENCE, None) => Some(2),
            (ESSENCE, Some(_)) => None,
            ("application/*", _) => Some(1),
            // The bare `*` is what some Java clients send.
            ("*/*" | "*", _) => Some(0),
            _ => None,
        }
    }
}

/// Splits at each separator that is not inside a quoted string (RFC 9110, section 5.6.4).
fn split_outside_quotes(text: &str, separator: char) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(|character| {
        if escaped {
            escaped = false;
        } else if quoted && character == '\\' {
            escaped = true;
        } else if character == '"' {
            quoted = !quoted;
        } else {
            return !quoted && character == separator;
        }
        false
    })
    .collect()
}

/// The content of a quoted string; other text as it is.
fn unquote(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return text.to_owned() };
    let mut escaped = false;
    let kept = inner.chars().filter(|&character| {
        escaped = character == '\\' && !escaped;
        !escaped
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept() {
        let check = |header: &str, expected: bool| assert_eq!(accept_ok(Some(header)), expected, "{header}");
        assert!(accept_ok(None));
        for good in [
            "",
            " ",
            MEDIA_TYPE,
            "application/taxii+json",
            "application/taxii+json; version=2.1",
            "application/taxii+json ; version=2.1",
            "application/taxii+json;version = 2.1",
            "application/taxii+json;version=\"2.1\"",
            "application/taxii+json;version=\"2\\.1\"",
            "Application/TAXII+JSON;Version=2.1",
            "application/taxii+json;version=2.1;q=0.5",
            "application/taxii+json;q=0.001;version=2.1",
            "application/taxii+json;version=2.1;q=high",
            "application/taxii+json;charset=utf-8",
            "application/taxii+json;version=2.1,application/stix+json;version=2.1",
            "application/stix+json;version=2.1, application/taxii+json;version=2.1",
            "text/html, application/xml;q=0.9, */*;q=0.8",
            "application/taxii+json;version=2.0, application/taxii+json;version=2.1",
            "application/taxii+json;version=2.0, application/taxii+json",
            "application/taxii+json;version=2.0, */*;q=0.1",
            "text/plain;a=\",\", application/taxii+json",
            "application/*",
            "application/*;q=0, application/taxii+json",
            "*/*",
            "*",
            ", application/taxii+json,",
        ] {
            check(good, true);
        }
        for bad in [
            "application/json",
            "text/html",
            "application/stix+json;version=2.1",
            "application/vnd.oasis.taxii+json;version=2.0",
            "application/taxii+json;version=2.0",
            "application/taxii+json;version=2.2",
            "application/taxii+json;version=2",
            "application/taxii+json;version=\"2.1",
            "application/taxii+json;version=",
            "application/taxii+json;q=0",
            "application/taxii+json;q=0.000, */*",
            "application/taxii+json;version=2.1;q=0, application/taxii+json",
            "application/*;q=0, */*",
            "text/*",
            "application/taxii+jsonx",
            "text/plain;a=\", application/taxii+json\"",
            "application",
            ",",
        ] {
            check(bad, false);
        }
    }

    #[test]
    fn content_type() {
        let check = |header: &str, expected: bool| assert_eq!(content_type_ok(Some(header)), expected, "{header}");
        assert!(!content_type_ok(None));
        check(MEDIA_TYPE, true);
        check("application/taxii+json", true);
        check(" application/taxii+json ; VERSION=\"2.1\" ; charset=utf-8", true);
        check("APPLICATION/TAXII+JSON", true);
        check("application/taxii+json;version=2.0", false);
        check("application/taxii+json, application/json", false);
        check("application/json", false);
        check("application/*", false);
        check("*/*", false);
        check("application/stix+json;version=2.1", false);
        check("", false);
    }
}
