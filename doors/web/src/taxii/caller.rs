//! The caller of a TAXII request: signed in, and accepting TAXII 2.1.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, AsHeaderName};
use axum::http::request::Parts;
use ward_directory::{Here, Who};
use ward_taxii::media::accept_ok;

use crate::auth;
use crate::error::{ApiError, TaxiiError};

/// Who asks.
pub(super) struct TaxiiCaller(pub Who);

impl FromRequestParts<Here> for TaxiiCaller {
    type Rejection = TaxiiError;

    async fn from_request_parts(parts: &mut Parts, here: &Here) -> Result<TaxiiCaller, TaxiiError> {
        let who = auth::who(here, &parts.headers).await?.ok_or(ApiError::Unauthenticated)?;
        if !accept_ok(joined(&parts.headers, ACCEPT).as_deref()) {
            return Err(TaxiiError(ApiError::NotAcceptable));
        }
        Ok(TaxiiCaller(who))
    }
}

/// All values of a header, as one list. None when the header is absent; what is no text is kept as something that matches nothing.
pub(super) fn joined(headers: &HeaderMap, name: impl AsHeaderName) -> Option<String> {
    let values: Vec<&str> = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("?")).collect();
    (!values.is_empty()).then(|| values.join(","))
}
