//! Where connections come in: as they are, for a proxy on the same machine, or with TLS 1.2 and 1.3 (RFC 9325), with or without a client's certificate.
//!
//! A handshake has its own task and ten seconds, so that nobody who is slow keeps others out. Nothing is taken before a handshake is done (no 0-RTT,
//! TAXII 2.1, section 8.2.2).

mod revoked;
mod tls;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;
use ward_directory::Fingerprint;

pub use self::tls::{PemFile, Tls, TlsError, TlsFiles, TlsPaths, fingerprint};
use crate::peer::Peer;

/// Longest time that a handshake may take.
const LONGEST_HANDSHAKE: Duration = Duration::from_secs(10);
/// Connections that are through their handshake and wait to be served.
const WAITING_MAX: usize = 64;

type Stream = Either<TcpStream, TlsStream<TcpStream>>;

/// An open door.
pub enum Listening {
    /// Without TLS.
    Plain(TcpListener),
    /// With TLS; connections come out of it when their handshake is done.
    Tls { address: SocketAddr, accepted: Receiver<(Stream, Peer)> },
}

impl Listening {
    /// Opens the door; with TLS where there is a configuration for it, each handshake by the newest.
    ///
    /// # Errors
    /// When the system does not tell the address.
    pub fn on(listener: TcpListener, tls: Option<watch::Receiver<Arc<ServerConfig>>>) -> io::Result<Listening> {
        let Some(newest) = tls else { return Ok(Listening::Plain(listener)) };
        let address = listener.local_addr()?;
        let (sender, accepted) = mpsc::channel(WAITING_MAX);
        tokio::spawn(shake_hands(listener, newest, sender));
        Ok(Listening::Tls { address, accepted })
    }
}

/// Accepts until nobody listens any more.
async fn shake_hands(
    mut listener: TcpListener,
    newest: watch::Receiver<Arc<ServerConfig>>,
    sender: Sender<(Stream, Peer)>,
) {
    loop {
        let (stream, address) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = sender.closed() => return,
        };
        let (acceptor, sender) = (TlsAcceptor::from(newest.borrow().clone()), sender.clone());
        tokio::spawn(async move {
            // What breaks off or is refused here is the client's affair: it is told by TLS itself.
            let Ok(Ok(stream)) = tokio::time::timeout(LONGEST_HANDSHAKE, acceptor.accept(stream)).await else { return };
            let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
            let certificate = shown.map(|shown| Fingerprint::of(shown));
            // Nobody takes it when the server ends.
            let _ = sender.send((Either::Right(stream), Peer { address, speaks_tls: true, certificate })).await;
        });
    }
}

impl Listener for Listening {
    type Io = Stream;
    type Addr = Peer;

    async fn accept(&mut self) -> (Stream, Peer) {
        match self {
            Listening::Plain(listener) => {
                let (stream, address) = Listener::accept(listener).await;
                (Either::Left(stream), Peer { address, speaks_tls: false, certificate: None })
            }
            Listening::Tls { accepted, .. } => match accepted.recv().await {
                Some(accepted) => accepted,
                None => std::future::pending().await,
            },
        }
    }

    fn local_addr(&self) -> io::Result<Peer> {
        let (address, speaks_tls) = match self {
            Listening::Plain(listener) => (listener.local_addr()?, false),
            Listening::Tls { address, .. } => (*address, true),
        };
        Ok(Peer { address, speaks_tls, certificate: None })
    }
}
