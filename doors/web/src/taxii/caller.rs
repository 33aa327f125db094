//! The caller of a TAXII request: signed in, and accepting TAXII 2.1.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, AUTHORIZATION, AsHeaderName};
use axum::http::request::Parts;
use ward_directory::{Here, Who, anybody};
use ward_share::collections::Root;
use ward_share::public_root;
use ward_taxii::media::accept_ok;

use crate::auth;
use crate::error::{ApiError, TaxiiError};

/// Who asks, and behind which root.
pub(super) struct TaxiiCaller {
    pub who: Who,
    pub root: Root,
}

impl FromRequestParts<Here> for TaxiiCaller {
    type Rejection = TaxiiError;

    async fn from_request_parts(parts: &mut Parts, here: &Here) -> Result<TaxiiCaller, TaxiiError> {
        let place = parts.uri.path().split('/').nth(1).and_then(Root::of_name);
        // Discovery leads to the public root as well; it asks for no root itself.
        let is_public = place.is_none_or(|root| root == Root::Public);
        let root = place.unwrap_or(Root::Share);
        let who = match auth::who(here, &parts.headers, &parts.extensions).await? {
            Some(who) => who,
            None if is_public && is_nameless(&parts.headers) && public_root::is_open(here).await? => anybody(),
            None => return Err(ApiError::Unauthenticated.into()),
        };
        auth::within_limits(&parts.extensions, &who)?;
        if !accept_ok(joined(&parts.headers, ACCEPT).as_deref()) {
            return Err(TaxiiError(ApiError::NotAcceptable));
        }
        Ok(TaxiiCaller { who, root })
    }
}

/// Whether a request does not say who asks: a token that does not hold is told so also where none is needed.
fn is_nameless(headers: &HeaderMap) -> bool {
    !headers.contains_key(AUTHORIZATION)
}

/// All values of a header, as one list. None when the header is absent; what is no text is kept as something that matches nothing.
pub(super) fn joined(headers: &HeaderMap, name: impl AsHeaderName) -> Option<String> {
    let values: Vec<&str> = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("?")).collect();
    (!values.is_empty()).then(|| values.join(","))
}
