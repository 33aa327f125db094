//! `/log/`: the public face of the record, as C2SP tlog-tiles asks: checkpoint, tiles, entry bundles of salted digests; and a consistency proof for witnesses.

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use ward_directory::Here;
use ward_tlog::Tile;
use ward_tlog::note::MAX_SIGNATURES;

use crate::error::ApiError;

pub fn router() -> Router<Here> {
    Router::new()
        .route("/log/checkpoint", get(checkpoint))
        .route("/log/key", get(key))
        .route("/log/consistency", get(consistency))
        .route("/log/tile/{*path}", get(tile))
}

/// The latest signed checkpoint with its witnesses' signatures.
async fn checkpoint(State(here): State<Here>) -> Result<Response, ApiError> {
    let Some((size, note)) = ward_store::latest_checkpoint(&here.store).await? else { return Ok(not_found()) };
    let mut text = note;
    // The log's own signature is one. A note with more than may be on one could be read by nobody.
    for witness in ward_store::cosignatures(&here.store, size).await?.into_iter().take(MAX_SIGNATURES - 1) {
        text.push_str(&witness.line);
        text.push('\n');
    }
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], text)
        .into_response())
}

/// The verifier key of this log.
async fn key(State(here): State<Here>) -> Response {
    let text = format!("{}\n", here.installation.log_key);
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

#[derive(Deserialize)]
struct Span {
    from: u64,
    to: u64,
}

/// The hashes that prove that the tree of `from` entries is the beginning of the tree of `to` entries.
async fn consistency(
    State(here): State<Here>,
    span: Result<Query<Span>, QueryRejection>,
) -> Result<Response, ApiError> {
    let Query(span) = span.map_err(|_| ApiError::Bad("`from` and `to` are sizes of the tree".to_owned()))?;
    if span.from == 0 {
        return Err(ApiError::Bad("every tree begins as the empty one: there is nothing to prove from 0".to_owned()));
    }
    let proof = ward_store::consistency(&here.store, span.from, span.to).await?;
    Ok(proof.map_or_else(not_found, |hashes| axum::Json(hashes).into_response()))
}

/// A hash tile or an entry bundle. A full tile never changes.
async fn tile(State(here): State<Here>, Path(path): Path<String>) -> Result<Response, ApiError> {
    let Ok(tile) = Tile::parse(&format!("tile/{path}")) else { return Ok(not_found()) };
    let Some(bytes) = ward_store::tile(&here.store, &tile).await? else { return Ok(not_found()) };
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, bytes).into_response())
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "not here\n").into_response()
}
