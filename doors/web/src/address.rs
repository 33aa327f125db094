//! Addresses that are no text: percent-encoded bytes that are not UTF-8, and NUL, which no database column takes. Nothing is there, whoever asks.
//!
//! It is decided here, once, before any route: else each would answer in its own way, and say by what name it knows the part of the address.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::{ApiError, TaxiiError};

/// Lets through what can be read.
pub(crate) async fn readable(request: Request, next: Next) -> Response {
    let uri = request.uri();
    let taxii = ["/share", "/taxii2"].iter().any(|root| uri.path().starts_with(root));
    let refused = if !is_text(uri.path()) {
        ApiError::NotFound
    } else if uri.query().is_some_and(|query| !is_text(query)) {
        ApiError::Bad("the query is not percent-encoded text".to_owned())
    } else {
        return next.run(request).await;
    };
    if taxii { TaxiiError(refused).into_response() } else { refused.into_response() }
}

/// Whether it is UTF-8 without NUL once it is decoded. A `%` that begins nothing stands for itself.
fn is_text(encoded: &str) -> bool {
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = match after {
            [high, low, ..] if *first == b'%' => digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        decoded.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    !decoded.contains(&0) && std::str::from_utf8(&decoded).is_ok()
}

fn digit(hex: u8) -> Option<u8> {
    char::from(hex).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_from_what_is_none() {
        let check = |encoded: &str, expected: bool| assert_eq!(is_text(encoded), expected, "{encoded}");
        for text in ["", "/a/b", "/%41%c3%a9", "a=%25", "%", "%4", "100%zz", "match[id]=x%20y"] {
            check(text, true);
        }
        for other in ["/%00", "/%ff", "/%c3", "/%c3(", "a=%e2%82", "/x%00y"] {
            check(other, false);
        }
    }
}
