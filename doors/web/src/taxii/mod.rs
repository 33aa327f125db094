//! TAXII 2.1 (OASIS Standard, 10 June 2021), server side: three API roots, `/share/`, `/public/` and `/ingest/`, and the discovery that leads to
//! those behind which the caller has something.
//!
//! Every answer, errors too, is a TAXII resource of type and version; paths end in a slash, and without it nothing is there (sections 1.6.8 and 3.1).

mod answer;
mod api_root;
mod caller;
mod classed;
mod collection;
mod collections;
mod conditional;
mod discovery;
mod manifest;
mod markings;
mod object;
mod objects;
mod status;
mod versions;

use axum::Router;
use axum::routing::{MethodRouter, any, get};
use tower_http::compression::CompressionLayer;
use ward_directory::Here;

use crate::error::{ApiError, TaxiiError};

/// Largest request body in bytes.
pub const MAX_CONTENT_LENGTH: usize = 10 * 1024 * 1024;

/// The TAXII routes.
pub fn router() -> Router<Here> {
    let only = |methods: MethodRouter<Here>| methods.fallback(async || TaxiiError(ApiError::MethodNotAllowed));
    let nothing = || any(async || TaxiiError(ApiError::NotFound));
    Router::new()
        .route("/taxii2/", only(get(discovery::get)))
        .route("/share/", only(get(api_root::get)))
        .route("/share/x-ward-markings/", only(get(markings::get)))
        .route("/share/status/{id}/", only(get(status::get)))
        .route("/share/collections/", only(get(collections::get)))
        .route("/share/collections/{collection}/", only(get(collection::get)))
        .route("/share/collections/{collection}/manifest/", only(get(manifest::get)))
        .route("/share/collections/{collection}/objects/", only(get(objects::get).post(objects::post)))
        .route("/share/collections/{collection}/objects/{object}/", only(get(object::get).delete(object::delete)))
        .route("/share/collections/{collection}/objects/{object}/versions/", only(get(versions::get)))
        .route("/public/", only(get(api_root::get)))
        .route("/public/x-ward-markings/", only(get(markings::get)))
        .route("/public/status/{id}/", only(get(status::get)))
        .route("/public/collections/", only(get(collections::get)))
        .route("/public/collections/{collection}/", only(get(collection::get)))
        .route("/public/collections/{collection}/manifest/", only(get(manifest::get)))
        .route("/public/collections/{collection}/objects/", only(get(objects::get).post(objects::post)))
        .route("/public/collections/{collection}/objects/{object}/", only(get(object::get).delete(object::delete)))
        .route("/public/collections/{collection}/objects/{object}/versions/", only(get(versions::get)))
        .route("/ingest/", only(get(api_root::get)))
        .route("/ingest/x-ward-markings/", only(get(markings::get)))
        .route("/ingest/status/{id}/", only(get(status::get)))
        .route("/ingest/collections/", only(get(collections::get)))
        .route("/ingest/collections/{collection}/", only(get(collection::get)))
        .route("/ingest/collections/{collection}/manifest/", only(get(manifest::get)))
        .route("/ingest/collections/{collection}/objects/", only(get(objects::get).post(objects::post)))
        .route("/ingest/collections/{collection}/objects/{object}/", only(get(object::get).delete(object::delete)))
        .route("/ingest/collections/{collection}/objects/{object}/versions/", only(get(versions::get)))
        .route("/taxii2", nothing())
        .route("/taxii2/{*rest}", nothing())
        .route("/share", nothing())
        .route("/share/{*rest}", nothing())
        .route("/public", nothing())
        .route("/public/{*rest}", nothing())
        .route("/ingest", nothing())
        .route("/ingest/{*rest}", nothing())
        .layer(axum::middleware::from_fn(conditional::tagged))
        .layer(CompressionLayer::new().gzip(true).zstd(true))
        .layer(axum::middleware::from_fn(classed::classed))
}
