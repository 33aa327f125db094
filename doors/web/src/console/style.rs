//! The one stylesheet, at an address that changes with its content, so that browsers may keep it for good.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("style.css");
/// Hexadecimal digits of the digest in the address: enough to tell one release from the next.
const DIGEST_CHARACTERS: usize = 16;

static ADDRESS: LazyLock<String> = LazyLock::new(|| {
    let digest: String = Sha256::digest(STYLE).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("/style/{}.css", digest.chars().take(DIGEST_CHARACTERS).collect::<String>())
});

/// Where the stylesheet is.
pub fn address() -> &'static str {
    &ADDRESS
}

/// The stylesheet; none under an address of another release.
pub async fn style(Path(name): Path<String>) -> Response {
    if address() != format!("/style/{name}") {
        return StatusCode::NOT_FOUND.into_response();
    }
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, STYLE).into_response()
}
