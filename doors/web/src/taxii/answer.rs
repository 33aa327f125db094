//! Answers: resources with the media type, and pages with the dates of what is on them (TAXII 2.1, sections 3.1 and 3.2).

use axum::Json;
use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use ward_share::page::Page;
use ward_taxii::media::MEDIA_TYPE;
use ward_taxii::timestamp::format_micros;

const DATE_ADDED_FIRST: HeaderName = HeaderName::from_static("x-taxii-date-added-first");
const DATE_ADDED_LAST: HeaderName = HeaderName::from_static("x-taxii-date-added-last");
/// What a time that the form cannot write is told as: before everything, so that nobody who asks after it misses anything.
const BEFORE_EVERYTHING: &str = "1970-01-01T00:00:00.000000Z";

/// A resource.
pub(super) fn resource<T: Serialize>(status: StatusCode, resource: &T) -> Response {
    typed((status, Json(resource)).into_response())
}

/// A resource that is a page. The standard's manifest and versions have no `next`, their requests do: it is given there too, since
/// clients in use ask for the first page again without it.
pub(super) fn page<T: Serialize, I>(of: &Page<I>, resource: T) -> Response {
    #[derive(Serialize)]
    struct Paged<'a, T> {
        #[serde(flatten)]
        resource: T,
        #[serde(skip_serializing_if = "Option::is_none")]
        next: Option<&'a str>,
    }
    dated(of, typed(Json(Paged { resource, next: of.next.as_deref() }).into_response()))
}

/// An envelope around objects, byte for byte as they are kept.
pub(super) fn envelope(of: &Page<Bytes>) -> Response {
    let mut members = Vec::new();
    if of.more {
        members.push("\"more\":true".to_owned());
    }
    if let Some(next) = &of.next {
        members.push(format!("\"next\":{}", serde_json::Value::from(next.as_str())));
    }
    if !of.items.is_empty() {
        members.push("\"objects\":[".to_owned());
    }
    let head = format!("{{{}", members.join(","));
    // A page of objects is copied once: each of them with a comma, and the brackets behind.
    let length = of.items.iter().map(|item| item.len() + 1).sum::<usize>() + head.len() + 2;
    let mut body = Vec::with_capacity(length);
    body.extend_from_slice(head.as_bytes());
    for (place, item) in of.items.iter().enumerate() {
        if place > 0 {
            body.push(b',');
        }
        body.extend_from_slice(item);
    }
    body.extend_from_slice(if of.items.is_empty() { b"}" } else { b"]}" });
    dated(of, typed(Response::new(Body::from(body))))
}

fn typed(mut response: Response) -> Response {
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    response
}

fn dated<I>(of: &Page<I>, mut response: Response) -> Response {
    for (name, tick) in [(DATE_ADDED_FIRST, of.first_tick), (DATE_ADDED_LAST, of.last_tick)] {
        let text = format_micros(tick).unwrap_or_else(|| BEFORE_EVERYTHING.to_owned());
        let value = HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(BEFORE_EVERYTHING));
        response.headers_mut().insert(name, value);
    }
    response
}
