//! A page as an answer: its policy, and that nothing of it is kept by anybody on the way.

use axum::http::{HeaderName, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use maud::Markup;

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
    (status, HEADERS, Html(markup.into_string())).into_response()
}
