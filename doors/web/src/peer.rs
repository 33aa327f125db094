//! The other end of a connection: its address and, where it spoke TLS and showed one, its certificate.

use std::net::SocketAddr;

use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use axum::serve::IncomingStream;
use ward_directory::Fingerprint;

use crate::listen::Listening;

/// Who is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    pub address: SocketAddr,
    /// Whether it speaks TLS with this server itself.
    pub speaks_tls: bool,
    /// Of a client certificate whose chain and times were checked when the connection was made.
    pub certificate: Option<Fingerprint>,
}

/// The header by which a proxy says how it was spoken to (as browsers' sessions ask, which are marked `Secure` then).
pub(crate) const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Says of a connection with TLS what a proxy would say of it; nothing else said so counts there.
pub(crate) async fn says_https(mut request: Request, next: Next) -> Response {
    if request.extensions().get::<ConnectInfo<Peer>>().is_some_and(|ConnectInfo(peer)| peer.speaks_tls) {
        request.headers_mut().insert(FORWARDED_PROTO, HeaderValue::from_static("https"));
    }
    next.run(request).await
}

/// Whether https was spoken: with this server, or with the proxy in front, which says so. It only decides how cookies are named and kept, and whether
/// discovery tells whole addresses.
pub(crate) fn is_https(headers: &HeaderMap) -> bool {
    headers.get(FORWARDED_PROTO).and_then(|value| value.to_str().ok()).is_some_and(|proto| proto.trim() == "https")
}

impl Connected<IncomingStream<'_, Listening>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Listening>) -> Peer {
        *stream.remote_addr()
    }
}
