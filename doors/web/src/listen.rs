//! Where connections come in: as they are, for a proxy on the same machine, or with TLS 1.2 and 1.3 (RFC 9325), with or without a client's certificate.
//!
//! A handshake has its own task and ten seconds, so that nobody who is slow keeps others out. Nothing is taken before a handshake is done (no 0-RTT,
//! TAXII 2.1, section 8.2.2).

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;
use ward_directory::Fingerprint;

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

/// Why TLS cannot be spoken with what was given.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file that holds no such thing in PEM form.
    #[error("`{file}` holds no {what} in PEM form")]
    Pem { file: String, what: &'static str },
    /// Certificate and key that do not belong together, or a CA that is none.
    #[error("the certificate, the key or the certificate authority cannot be used")]
    Rustls(#[source] rustls::Error),
    /// Certificate authorities that cannot be trusted.
    #[error("the certificate authorities of clients cannot be used")]
    Clients(#[source] rustls::server::VerifierBuilderError),
}

/// A file by its name, with what it holds.
#[derive(Clone, Debug)]
pub struct PemFile {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Speaks TLS with this certificate (its chain after it) and key. With `client_ca`, a client may show a certificate, which must be of one of these
/// authorities; it need not.
///
/// # Errors
/// [`TlsError`] names the file.
pub fn tls(certificates: &PemFile, key: &PemFile, client_ca: Option<&PemFile>) -> Result<ServerConfig, TlsError> {
    let chain = certificates_of(certificates)?;
    let key = PrivateKeyDer::from_pem_slice(&key.bytes)
        .map_err(|_| TlsError::Pem { file: key.name.clone(), what: "private key" })?;
    let begun = ServerConfig::builder();
    let begun = match client_ca {
        None => begun.with_no_client_auth(),
        Some(file) => {
            let mut authorities = RootCertStore::empty();
            for authority in certificates_of(file)? {
                authorities.add(authority).map_err(TlsError::Rustls)?;
            }
            let verifier = WebPkiClientVerifier::builder(Arc::new(authorities)).allow_unauthenticated();
            begun.with_client_cert_verifier(verifier.build().map_err(TlsError::Clients)?)
        }
    };
    let mut config = begun.with_single_cert(chain, key).map_err(TlsError::Rustls)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The fingerprint of the first certificate in a PEM file.
///
/// # Errors
/// [`TlsError::Pem`] when there is none.
pub fn fingerprint(file: &PemFile) -> Result<Fingerprint, TlsError> {
    let first = certificates_of(file)?.into_iter().next();
    first.map(|one| Fingerprint::of(&one)).ok_or_else(|| no_certificate(file))
}

fn certificates_of(file: &PemFile) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&file.bytes).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or_else(|| no_certificate(file))
}

fn no_certificate(file: &PemFile) -> TlsError {
    TlsError::Pem { file: file.name.clone(), what: "certificate" }
}

impl Listening {
    /// Opens the door; with TLS where there is a configuration for it.
    ///
    /// # Errors
    /// When the system does not tell the address.
    pub fn on(listener: TcpListener, tls: Option<ServerConfig>) -> io::Result<Listening> {
        let Some(config) = tls else { return Ok(Listening::Plain(listener)) };
        let address = listener.local_addr()?;
        let (sender, accepted) = mpsc::channel(WAITING_MAX);
        tokio::spawn(shake_hands(listener, TlsAcceptor::from(Arc::new(config)), sender));
        Ok(Listening::Tls { address, accepted })
    }
}

/// Accepts until nobody listens any more.
async fn shake_hands(mut listener: TcpListener, acceptor: TlsAcceptor, sender: Sender<(Stream, Peer)>) {
    loop {
        let (stream, address) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = sender.closed() => return,
        };
        let (acceptor, sender) = (acceptor.clone(), sender.clone());
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
