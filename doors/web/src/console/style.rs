//! The one stylesheet, at an address that changes with its content, so that browsers may keep it for good; and the icon.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// The stylesheet.
pub const STYLE: &str = include_str!("style.css");
/// A shield with a check mark: browsers ask for an icon, and it tells this tab from others.
const ICON: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#162e51" d="M16 2l12 4v10c0 7-5 11.5-12 14C9 27.5 4 23 4 16V6z"/><path fill="none" stroke="#ffbe2e" stroke-width="3" d="M10 16l4.5 4.5L22.5 12"/></svg>"##;
/// Where the icon is.
pub const ICON_ADDRESS: &str = "/style/icon.svg";
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

/// The stylesheet, or none under an address of another release; the icon.
pub async fn style(Path(name): Path<String>) -> Response {
    let (content, media_type, kept) = match format!("/style/{name}") {
        path if path == address() => (STYLE, "text/css; charset=utf-8", "public, max-age=31536000, immutable"),
        path if path == ICON_ADDRESS => (ICON, "image/svg+xml", "public, max-age=86400"),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, kept),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, content).into_response()
}
