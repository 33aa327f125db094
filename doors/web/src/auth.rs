//! Who asks: an API token in the `Authorization` header, as `Bearer`, as `Token` (taxii2-client's name for it), or as the password of `Basic`, whose
//! user name does not count; or else the client certificate of the connection. Tokens are looked up by their SHA-256, so a poll costs no password hashing.

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ward_directory::{DirectoryError, Here, Who, authenticate, authenticate_certificate};

use crate::error::ApiError;
use crate::limit::Limits;
use crate::peer::Peer;

/// What a caller is asked for with 401.
pub const CHALLENGE: HeaderValue =
    HeaderValue::from_static("Bearer realm=\"ward\", Basic realm=\"ward\", charset=\"UTF-8\"");

/// The caller of a request, known by a token. Without one the request is answered with 401.
#[derive(Clone, Debug)]
pub struct Caller(pub Who);

impl FromRequestParts<Here> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, here: &Here) -> Result<Caller, ApiError> {
        let who = who(here, &parts.headers, &parts.extensions).await?.ok_or(ApiError::Unauthenticated)?;
        within_limits(&parts.extensions, &who)?;
        Ok(Caller(who))
    }
}

/// Who has the token of a request or, where it has none, the certificate of its connection; none when what is shown does not hold.
pub async fn who(here: &Here, headers: &HeaderMap, extensions: &Extensions) -> Result<Option<Who>, DirectoryError> {
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let header = match (given.next(), given.next()) {
        (Some(header), None) => header,
        (None, _) => {
            let peer = extensions.get::<ConnectInfo<Peer>>();
            let Some(certificate) = peer.and_then(|ConnectInfo(peer)| peer.certificate) else { return Ok(None) };
            return authenticate_certificate(here, certificate).await;
        }
        (Some(_), Some(_)) => return Ok(None),
    };
    match header.to_str().ok().and_then(token) {
        Some(token) => authenticate(here, &token).await,
        None => Ok(None),
    }
}

/// Takes a request out of the caller's share.
pub(crate) fn within_limits(extensions: &Extensions, who: &Who) -> Result<(), ApiError> {
    extensions.get::<Limits>().map_or(Ok(()), |limits| limits.take(who))
}

/// The token in the value of an `Authorization` header.
fn token(header: &str) -> Option<String> {
    let (scheme, rest) = header.trim().split_once(' ')?;
    let rest = rest.trim();
    let token = match scheme.to_ascii_lowercase().as_str() {
        "bearer" | "token" => rest.to_owned(),
        "basic" => {
            let pair = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
            pair.split_once(':')?.1.to_owned()
        }
        _ => return None,
    };
    (!token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_in_every_scheme() {
        let check = |header: &str, expected: Option<&str>| assert_eq!(token(header).as_deref(), expected, "{header}");
        check("Bearer ward_a", Some("ward_a"));
        check("bearer   ward_a ", Some("ward_a"));
        check("Token ward_a", Some("ward_a"));
        check("BASIC dXNlcjp3YXJkX2E=", Some("ward_a"));
        check("Basic OndhcmRfYQ==", Some("ward_a"));
        check("Basic dXNlcjp3YXJkX2E6Yg==", Some("ward_a:b"));
        for bad in [
            "",
            "Bearer",
            "Bearer ",
            "ward_a",
            "Digest ward_a",
            "Basic ward_a",
            "Basic dXNlcg==",
            "Basic dXNlcjo=",
            "Basic /w==",
        ] {
            check(bad, None);
        }
    }
}
