//! Answers that a poller has already are not sent again: each page carries a tag of its own bytes (RFC 9110, section 8.8.3), and whoever
//! names it gets 304.
//!
//! The tag is a digest of what the caller sees and of nothing else, so it tells nothing of what they do not see.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::error::{ApiError, TaxiiError};

/// Tags what was read, and leaves out the body of what the caller has.
pub(super) async fn tagged(request: Request, next: Next) -> Response {
    let reads = *request.method() == Method::GET;
    let known = request.headers().clone();
    let answer = next.run(request).await;
    if !reads || answer.status() != StatusCode::OK {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    // The body was made here and is whole already.
    let bytes = match to_bytes(body, usize::MAX).await {
        Ok(bytes) => bytes,
        Err(error) => return TaxiiError(ApiError::Failed(Box::new(error))).into_response(),
    };
    // Weak: it stands for every compressed form of the same bytes.
    let tag = format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(Sha256::digest(&bytes)));
    let is_known = names(&known, &tag);
    if let Ok(tag) = HeaderValue::try_from(tag) {
        parts.headers.insert(ETAG, tag);
    }
    if !is_known {
        return Response::from_parts(parts, Body::from(bytes));
    }
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(CONTENT_TYPE);
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::empty())
}

/// Whether the request names this tag, weak or not. `*` is no page that the caller has.
fn names(headers: &HeaderMap, tag: &str) -> bool {
    let given = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let wanted = tag.trim_start_matches("W/");
    given.flat_map(|list| list.split(',')).any(|one| one.trim().trim_start_matches("W/") == wanted)
}
