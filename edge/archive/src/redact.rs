//! Query values taken out of what is kept: of targets, referers, user agents and raw lines.
//!
//! Whatever follows a question mark is taken for a query, whether or not the text before it looks like a URL: to
//! lose a harmless word is better than to keep a voter's name. Names of parameters stay if they look like names.

use std::borrow::Cow;

/// Longer "names" are values in the wrong place.
const LONGEST_NAME: usize = 64;
/// Fields of sensors' JSON that hold packets or bodies, which may hold queries in any encoding.
const CONTENT_FIELDS: [&str; 12] = [
    "packet",
    "payload",
    "payload_printable",
    "http_body",
    "http_body_printable",
    "http_request_body",
    "http_request_body_printable",
    "http_response_body",
    "http_response_body_printable",
    "request_headers",
    "response_headers",
    "post_body",
];

/// The target without its query and fragment, and the query if there is one.
pub(crate) fn split_target(target: &[u8]) -> (&[u8], Option<&[u8]>) {
    let end = target.iter().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(target.len());
    let path = target.get(..end).unwrap_or_default();
    let query = target.get(end..).and_then(|rest| rest.strip_prefix(b"?"));
    (path, query)
}

/// The names of a query's parameters, joined by `&`; what is no name is left empty.
pub(crate) fn query_names(query: &[u8]) -> String {
    let query = query.split(|byte| *byte == b'#').next().unwrap_or_default();
    let names: Vec<&str> = query.split(|byte| matches!(byte, b'&' | b';')).map(name_of).collect();
    names.join("&")
}

/// Text with every query reduced to its names: from each `?` to the next blank, quote or closing bracket.
pub(crate) fn text(original: &[u8]) -> Cow<'_, str> {
    reduced(original, |byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b')' | b'>' | b']' | b','))
}

/// The referer without query and fragment.
pub(crate) fn referer(original: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(split_target(original).0)
}

/// A raw line without query values. In an access log a query ends at the quote that ends the request or the referer,
/// since values may hold blanks; in JSON every text is treated by itself, and fields that hold packets or bodies
/// are left out.
pub(crate) fn raw_line(line: &[u8]) -> String {
    if line.first() == Some(&b'{') {
        return match serde_json::from_slice::<serde_json::Value>(line) {
            Ok(mut value) => {
                json(&mut value);
                value.to_string()
            }
            Err(_) => String::new(),
        };
    }
    reduced(line, |byte| matches!(byte, b'"' | b'\t')).into_owned()
}

fn json(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(string) => {
            // Other JSON strings may hold blanks inside a value, so the whole rest of the text goes.
            if let Cow::Owned(shorter) = reduced(string.as_bytes(), |_| false) {
                *string = shorter;
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(json),
        serde_json::Value::Object(fields) => {
            fields.retain(|name, _| !CONTENT_FIELDS.contains(&name.as_str()));
            fields.values_mut().for_each(json);
        }
        _ => {}
    }
}

/// Reduces every query to its names, and drops every fragment.
fn reduced(original: &[u8], ends: impl Fn(u8) -> bool) -> Cow<'_, str> {
    let opens = |byte: &u8| matches!(byte, b'?' | b'#');
    if !original.iter().any(opens) {
        return String::from_utf8_lossy(original);
    }
    let mut kept = String::with_capacity(original.len());
    let mut rest = original;
    while let Some(start) = rest.iter().position(opens) {
        let (before, query) = rest.split_at_checked(start).unwrap_or((rest, &[]));
        kept.push_str(&String::from_utf8_lossy(before));
        let length = query_length(query, &ends);
        if let Some(query) = query.get(..length).and_then(|query| query.strip_prefix(b"?")) {
            kept.push('?');
            kept.push_str(&query_names(query));
        }
        rest = query.get(length..).unwrap_or_default();
    }
    kept.push_str(&String::from_utf8_lossy(rest));
    Cow::Owned(kept)
}

/// Up to the first byte that ends a query and is not escaped.
fn query_length(query: &[u8], ends: &impl Fn(u8) -> bool) -> usize {
    let mut escaped = false;
    for (position, byte) in query.iter().enumerate() {
        if !escaped && ends(*byte) {
            return position;
        }
        escaped = !escaped && *byte == b'\\';
    }
    query.len()
}

fn name_of(parameter: &[u8]) -> &str {
    let Some(equals) = parameter.iter().position(|byte| *byte == b'=') else { return "" };
    let name = parameter.get(..equals).unwrap_or_default();
    let looks_like_one = name.len() <= LONGEST_NAME
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'[' | b']' | b'$'));
    if looks_like_one { std::str::from_utf8(name).unwrap_or_default() } else { "" }
}

#[cfg(test)]
mod tests {
    use super::{query_names, raw_line, split_target, text};

    #[test]
    fn targets() {
        let table: [(&str, &str, Option<&str>); 5] = [
            ("/a?b=c", "/a", Some("b")),
            ("/a", "/a", None),
            ("/a#name=x", "/a", None),
            ("/a?jane.doe%40example.org&x=1;y=2", "/a", Some("&x&y")),
            ("/a?jane@x.org=1&ok[]=2#z", "/a", Some("&ok[]")),
        ];
        for (target, path, names) in table {
            let (found, query) = split_target(target.as_bytes());
            assert_eq!(found, path.as_bytes());
            assert_eq!(query.map(query_names).as_deref(), names, "{target}");
        }
    }

    #[test]
    fn texts_and_lines() {
        assert_eq!(
            text(b"Bot/1 (+http://x.org/b?secret=1&t=2) ok"),
            "Bot/1 (+http://x.org/b?&t) ok".replace("?&", "?secret&")
        );
        assert_eq!(text(b"plain"), "plain");
        let table = [
            (
                r#"1.2.3.4 - - [x] "GET /a?name=Jane Doe HTTP/1.1" 200 5 "http://x/?q=a\"b" "UA""#,
                r#"1.2.3.4 - - [x] "GET /a?name" 200 5 "http://x/?q" "UA""#,
            ),
            ("1\t/a?b=c d\tx", "1\t/a?b\tx"),
            (
                r#"{"http":{"url":"/a?name=Jane Doe","http_refer":"http://x/"},"packet":"bmFtZT1KYW5l"}"#,
                r#"{"http":{"http_refer":"http://x/","url":"/a?name"}}"#,
            ),
            (r#"{"broken":"/a?name=Jane"#, ""),
        ];
        for (line, expected) in table {
            assert_eq!(raw_line(line.as_bytes()), expected);
        }
    }
}
