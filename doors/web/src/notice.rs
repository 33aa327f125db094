//! In a demonstration everything that goes out bears its notice: in a header of each answer, and in the answer itself wherever its form has a place.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use ward_directory::{Here, NOTICE};

use crate::console;

/// The header. It stands on binary tiles and on what is sent byte for byte as others made it, too.
const HEADER: HeaderName = HeaderName::from_static("ward-notice");

/// A resource with the notice beside its own members.
#[derive(Serialize)]
pub struct Noticed<T> {
    #[serde(flatten)]
    of: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<&'static str>,
}

/// A resource as JSON; with the notice in a demonstration.
pub fn json<T: Serialize>(here: &Here, of: T) -> Json<Noticed<T>> {
    Json(noticed(here, of))
}

/// A resource; with the notice in a demonstration.
pub fn noticed<T: Serialize>(here: &Here, of: T) -> Noticed<T> {
    Noticed { of, notice: here.is_demonstration().then_some(NOTICE) }
}

/// A text for people, such as a description; with the notice before it in a demonstration.
pub fn text(here: &Here, text: Option<String>) -> Option<String> {
    match text {
        _ if !here.is_demonstration() => text,
        Some(text) => Some(format!("{NOTICE}. {text}")),
        None => Some(NOTICE.to_owned()),
    }
}

/// Puts the notice on everything that a demonstration answers.
pub async fn on_everything(State(here): State<Here>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if !here.is_demonstration() {
        return response;
    }
    // An error's page is made where nobody knows whose it is.
    let mut response = console::error::of_demonstration(response);
    response.headers_mut().insert(HEADER, HeaderValue::from_static(NOTICE));
    response.into_response()
}
