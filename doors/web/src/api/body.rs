//! The JSON body of a request. What is wrong with it is told in the form of all errors, and in Ward's words, not in those of a library.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// Largest body in bytes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// A body of this form.
pub(super) struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<JsonBody<T>, ApiError> {
        Json::from_request(request, state).await.map(|Json(body)| JsonBody(body)).map_err(refused)
    }
}

fn refused(rejection: JsonRejection) -> ApiError {
    match rejection {
        JsonRejection::MissingJsonContentType(_) => ApiError::MediaType { expected: "application/json" },
        JsonRejection::JsonSyntaxError(_) => ApiError::Bad("the body is not JSON".to_owned()),
        JsonRejection::JsonDataError(_) => {
            ApiError::Unprocessable("the body has not the fields that are asked for here".to_owned())
        }
        // It is too large or it broke off; for what broke off nobody waits.
        _ => ApiError::TooLarge { max_bytes: MAX_BODY_BYTES },
    }
}
