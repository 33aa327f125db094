//! `GET` and `POST …/objects/`: reading a collection, and adding to it (TAXII 2.1, sections 5.4 and 5.5).

use std::future::poll_fn;
use std::pin::Pin;

use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use ward_directory::Here;
use ward_share::{collections, intake, page};
use ward_stix::bundle::{self, Batch, Container};
use ward_taxii::filter::{self, Endpoint};
use ward_taxii::media::{MEDIA_TYPE, content_type_ok};

use super::caller::{TaxiiCaller, joined};
use super::{MAX_CONTENT_LENGTH, answer};
use crate::error::{ApiError, TaxiiError};

pub(super) async fn get(
    State(here): State<Here>,
    TaxiiCaller { who, root }: TaxiiCaller,
    Path(collection): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, TaxiiError> {
    let collection = collections::find_behind(&here, &who, root, &collection).await?;
    let filter = filter::parse(query.as_deref().unwrap_or_default(), Endpoint::Objects)?;
    Ok(answer::envelope(&page::objects(&here, &who, &collection, &filter).await?))
}

pub(super) async fn post(
    State(here): State<Here>,
    TaxiiCaller { who, root }: TaxiiCaller,
    Path(collection): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, TaxiiError> {
    let collection = collections::find_behind(&here, &who, root, &collection).await?;
    if !collection.can_write {
        return Err(TaxiiError(ApiError::Forbidden));
    }
    if !content_type_ok(joined(&headers, CONTENT_TYPE).as_deref()) {
        return Err(TaxiiError(ApiError::MediaType { expected: MEDIA_TYPE }));
    }
    let batch = read(&headers, body).await?;
    let status = intake::add(&here, &who, &collection, batch.objects, None).await?;
    Ok(answer::resource(StatusCode::ACCEPTED, &status))
}

/// Reads on for a while without keeping anything: a client that is still sending when the connection is closed does not see why.
async fn discarded(mut body: Body) {
    let mut left = MAX_CONTENT_LENGTH;
    while let Some(Ok(frame)) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Some(rest) = left.checked_sub(frame.data_ref().map_or(0, |data| data.len())) else { return };
        left = rest;
    }
}

/// The objects of the body. A STIX bundle is taken for the envelope around its objects, since python-stix2 sends one.
async fn read(headers: &HeaderMap, body: Body) -> Result<Batch, ApiError> {
    let too_large = || ApiError::TooLarge { max_bytes: MAX_CONTENT_LENGTH };
    let declared = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > MAX_CONTENT_LENGTH) {
        discarded(body).await;
        return Err(too_large());
    }
    // A body that breaks off has nobody left to be answered, so what fails here was too long.
    let bytes = to_bytes(body, MAX_CONTENT_LENGTH).await.map_err(|_| too_large())?;
    let batch = bundle::split(&bytes).map_err(|error| ApiError::Unprocessable(error.to_string()))?;
    match batch.container {
        Container::Envelope | Container::Bundle if (1..=intake::OBJECTS_MAX).contains(&batch.objects.len()) => {
            Ok(batch)
        }
        Container::Envelope | Container::Bundle => {
            let (count, most) = (batch.objects.len(), intake::OBJECTS_MAX);
            Err(ApiError::Unprocessable(format!("the envelope holds {count} objects, not 1 to {most}")))
        }
        Container::List | Container::Single => {
            Err(ApiError::Unprocessable("the body must be an envelope: an object with the key `objects`".to_owned()))
        }
    }
}
