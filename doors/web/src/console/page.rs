//! A page as an answer: its policy, and that nothing of it is kept by anybody on the way.

use axum::http::{HeaderName, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use maud::Markup;

use crate::legible::{by_number, is_unseen, written_out};

/// What a page may load and do: its own stylesheet and images, forms to this site, no script, no frame around it.
pub const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The headers of everything that the console says to somebody.
pub const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// A page.
pub fn page(status: StatusCode, markup: Markup) -> Response {
    (status, HEADERS, Html(legible(markup.into_string()))).into_response()
}

/// The text with every letter written out that nobody sees.
pub fn legible(text: String) -> String {
    if text.contains(is_unseen) { written_out(&text, is_unseen, by_number) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_nobody_sees_are_written_out() {
        for (text, shown) in [
            ("Arizona\n\ttabs", "Arizona\n\ttabs"),
            ("a\u{202e}b\u{2066}c\u{2069}", "a[U+202E]b[U+2066]c[U+2069]"),
            ("a\u{0}b\u{7f}\u{85}", "a[U+0000]b[U+007F][U+0085]"),
            ("مقاطعة \u{200f} 東京", "مقاطعة \u{200f} 東京"),
        ] {
            assert_eq!(legible(text.to_owned()), shown, "{text:?}");
        }
    }
}
