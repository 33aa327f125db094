//! Errors as answers: what a verb refused, as a status code and a body that says no more than the caller may know.
//!
//! What does not exist and what the caller may not know of are the same 404 without a word more. What failed inside is logged with an id, and only
//! the id goes out.

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use ward_brief::BriefError;
use ward_directory::DirectoryError;
use ward_share::ShareError;
use ward_store::random;
use ward_taxii::filter::FilterError;
use ward_taxii::media::MEDIA_TYPE;
use ward_taxii::wire::ErrorMessage;

use crate::auth::CHALLENGE;

/// Why a request is not answered as asked.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("sign in")]
    Unauthenticated,
    #[error("not found")]
    NotFound,
    #[error("not allowed")]
    Forbidden,
    #[error("this method is not allowed here")]
    MethodNotAllowed,
    #[error("the answer is `{MEDIA_TYPE}`, which the request does not accept")]
    NotAcceptable,
    #[error("the request has more than {max_bytes} bytes")]
    TooLarge { max_bytes: usize },
    #[error("the body must be `{expected}`")]
    MediaType { expected: &'static str },
    /// A request that cannot be understood; every reason.
    #[error("{0}")]
    Bad(String),
    /// A body that can be read but not used.
    #[error("{0}")]
    Unprocessable(String),
    /// The caller's organisation asks more than its share.
    #[error("too many requests: ask again in {retry_after_seconds} s")]
    TooMany { retry_after_seconds: u64 },
    /// Too much is asked of this server at once; the same request may be sent again.
    #[error("this server is busy: try again in a minute")]
    Busy,
    /// Logged; the caller is told nothing but an id.
    #[error("the server failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// An error as a TAXII error resource (TAXII 2.1, section 3.6.1).
#[derive(Debug)]
pub struct TaxiiError(pub ApiError);

impl ApiError {
    /// The status code it goes out with.
    pub fn status(&self) -> StatusCode {
        match self {
            ApiError::Unauthenticated => StatusCode::UNAUTHORIZED,
            ApiError::NotFound => StatusCode::NOT_FOUND,
            ApiError::Forbidden => StatusCode::FORBIDDEN,
            ApiError::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            ApiError::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            ApiError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            ApiError::MediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ApiError::Bad(_) => StatusCode::BAD_REQUEST,
            ApiError::Unprocessable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            ApiError::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            ApiError::Busy => StatusCode::SERVICE_UNAVAILABLE,
            ApiError::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The body. A failure is logged here, under the id that the body carries.
    pub(crate) fn message(&self) -> ErrorMessage {
        let status = self.status();
        let title = status.canonical_reason().unwrap_or("Error");
        let description = match self {
            ApiError::Failed(_) | ApiError::NotFound | ApiError::Forbidden => None,
            other => Some(other.to_string()),
        };
        let mut message = ErrorMessage::new(status.as_u16(), title, description);
        if let ApiError::Failed(source) = self {
            let id = random::uuid();
            tracing::error!(error_id = %id, error = %with_causes(source.as_ref()), "a request failed");
            message.error_id = Some(id);
        }
        message
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        challenged(&self, (self.status(), Json(self.message())).into_response())
    }
}

impl IntoResponse for TaxiiError {
    fn into_response(self) -> Response {
        let mut response = (self.0.status(), Json(self.0.message())).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        challenged(&self.0, response)
    }
}

/// A 401 says how to sign in (RFC 9110, section 15.5.2), a 429 when to ask again (RFC 6585, section 4).
fn challenged(error: &ApiError, mut response: Response) -> Response {
    match error {
        ApiError::Unauthenticated => {
            response.headers_mut().insert(WWW_AUTHENTICATE, CHALLENGE);
        }
        ApiError::TooMany { retry_after_seconds } => {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(*retry_after_seconds));
        }
        _ => {}
    }
    response
}

/// An error and its causes in one sentence.
pub fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

impl From<ShareError> for ApiError {
    fn from(error: ShareError) -> ApiError {
        match error {
            ShareError::Unseen { .. } => ApiError::NotFound,
            ShareError::Forbidden { .. } => ApiError::Forbidden,
            ShareError::Invalid(reasons) => ApiError::Bad(reasons.join("; ")),
            ShareError::Directory(error) => error.into(),
            other @ ShareError::Store(_) => ApiError::Failed(Box::new(other)),
        }
    }
}

impl From<BriefError> for ApiError {
    fn from(error: BriefError) -> ApiError {
        match error {
            BriefError::Share(error) => error.into(),
            BriefError::Directory(error) => error.into(),
            other => ApiError::Failed(Box::new(other)),
        }
    }
}

impl From<DirectoryError> for ApiError {
    fn from(error: DirectoryError) -> ApiError {
        match error {
            DirectoryError::Unknown { .. } => ApiError::NotFound,
            DirectoryError::Refused { .. } => ApiError::Forbidden,
            DirectoryError::Invalid(reason) => ApiError::Bad(reason),
            DirectoryError::Busy => ApiError::Busy,
            other => ApiError::Failed(Box::new(other)),
        }
    }
}

impl From<FilterError> for ApiError {
    fn from(error: FilterError) -> ApiError {
        ApiError::Bad(error.to_string())
    }
}

impl<E: Into<ApiError>> From<E> for TaxiiError {
    fn from(error: E) -> TaxiiError {
        TaxiiError(error.into())
    }
}
