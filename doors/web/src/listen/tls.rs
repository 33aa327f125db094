//! What TLS is spoken with: certificate and key, whose clients may show certificates, and which of these are revoked (RFC 5280). The files are looked at
//! again while the server runs, so that none of them takes a restart.
//!
//! Where there are revocation lists, every certificate between a client and its authority has to be on none that holds: what is not known is not let in.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, VerifierBuilderError, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use tokio::sync::watch;
use ward_directory::Fingerprint;

use super::revoked::{self, RevocationList};

/// Why TLS cannot be spoken with what was given.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file that cannot be read.
    #[error("cannot read `{file}`")]
    Unreadable { file: String, source: std::io::Error },
    /// A file that holds no such thing in PEM form.
    #[error("`{file}` holds no {what} in PEM form")]
    Pem { file: String, what: &'static str },
    /// A file that holds no list of revoked certificates.
    #[error("`{file}` holds no certificate revocation list that says when the next is due, in PEM or DER form")]
    NoList { file: String },
    /// A list that cannot be used: of version 1, say, or one that only continues another.
    #[error("the certificate revocation list `{file}` cannot be used")]
    List { file: String, source: VerifierBuilderError },
    /// Certificate and key that do not belong together, or a CA that is none.
    #[error("the certificate, the key or the certificate authority cannot be used")]
    Rustls(#[source] rustls::Error),
    /// Certificate authorities that cannot be trusted.
    #[error("the certificate authorities of clients cannot be used")]
    Clients(#[source] VerifierBuilderError),
}

/// A file by its name, with what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PemFile {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Where the files are.
#[derive(Clone, Debug)]
pub struct TlsPaths {
    /// The certificate, its chain after it.
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// A client may show a certificate, which must be of one of these authorities; it need not.
    pub client_ca: Option<PathBuf>,
    /// The authorities' lists of what they revoked.
    pub client_crls: Vec<PathBuf>,
}

/// What the files hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    pub certificate: PemFile,
    pub key: PemFile,
    pub client_ca: Option<PemFile>,
    pub client_crls: Vec<PemFile>,
}

/// The files as they were last read, and what is spoken with by them.
pub struct Tls {
    paths: TlsPaths,
    files: TlsFiles,
    newest: watch::Sender<Arc<ServerConfig>>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// [`TlsError`] names the file.
    pub fn open(paths: TlsPaths) -> Result<Tls, TlsError> {
        let files = TlsFiles::read(&paths)?;
        let (newest, _) = watch::channel(Arc::new(files.config()?));
        Ok(Tls { paths, files, newest })
    }

    /// What to shake hands with, from now on.
    #[must_use]
    pub fn newest(&self) -> watch::Receiver<Arc<ServerConfig>> {
        self.newest.subscribe()
    }

    /// As [`TlsFiles::doubts`], of the files as they were last read.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn doubts(&self, now: i64) -> Result<Vec<String>, TlsError> {
        self.files.doubts(now)
    }

    /// Reads the files again; gives whether they had changed. When they cannot be used, what was there before stays in use.
    ///
    /// # Errors
    /// [`TlsError`], for as long as they cannot.
    pub fn look_again(&mut self) -> Result<bool, TlsError> {
        let files = TlsFiles::read(&self.paths)?;
        if files == self.files {
            return Ok(false);
        }
        self.newest.send_replace(Arc::new(files.config()?));
        self.files = files;
        Ok(true)
    }
}

impl TlsFiles {
    fn read(paths: &TlsPaths) -> Result<TlsFiles, TlsError> {
        Ok(TlsFiles {
            certificate: read(&paths.certificate)?,
            key: read(&paths.key)?,
            client_ca: paths.client_ca.as_deref().map(read).transpose()?,
            client_crls: paths.client_crls.iter().map(|path| read(path)).collect::<Result<_, _>>()?,
        })
    }

    /// What TLS is spoken with by these files.
    ///
    /// # Errors
    /// [`TlsError`] names the file.
    pub fn config(&self) -> Result<ServerConfig, TlsError> {
        let chain = certificates_of(&self.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&self.key.bytes)
            .map_err(|_| TlsError::Pem { file: self.key.name.clone(), what: "private key" })?;
        let begun = ServerConfig::builder();
        let begun = match &self.client_ca {
            None => begun.with_no_client_auth(),
            Some(file) => begun.with_client_cert_verifier(self.verifier(Arc::new(authorities_of(file)?))?),
        };
        let mut config = begun.with_single_cert(chain, key).map_err(TlsError::Rustls)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        if !self.client_crls.is_empty() {
            // Who comes back to a session shows no certificate again, which may be revoked since.
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        Ok(config)
    }

    /// What whoever runs the server has to know of the revocation lists, in sentences: who is turned away though nobody revoked anything.
    ///
    /// # Errors
    /// [`TlsError`] names the file.
    pub fn doubts(&self, now: i64) -> Result<Vec<String>, TlsError> {
        let Some(file) = &self.client_ca else { return Ok(Vec::new()) };
        Ok(revoked::doubts(&self.lists()?, &authorities_of(file)?, &file.name, now))
    }

    fn lists(&self) -> Result<Vec<RevocationList>, TlsError> {
        let lists: Vec<Vec<_>> = self.client_crls.iter().map(revoked::lists_of).collect::<Result<_, _>>()?;
        let mut lists = lists.concat();
        revoked::newest_first(&mut lists);
        Ok(lists)
    }

    fn verifier(&self, authorities: Arc<RootCertStore>) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
        let builder = || WebPkiClientVerifier::builder(authorities.clone()).allow_unauthenticated();
        // Without a list first: what fails with one is the list's own fault.
        let without = builder().build().map_err(TlsError::Clients)?;
        let lists = self.lists()?;
        if lists.is_empty() {
            return Ok(without);
        }
        for list in &lists {
            let built = builder().with_crls([list.der.clone()]).build();
            built.map_err(|source| TlsError::List { file: list.file.clone(), source })?;
        }
        let all = builder().with_crls(lists.into_iter().map(|list| list.der)).enforce_revocation_expiration();
        all.build().map_err(TlsError::Clients)
    }
}

/// The fingerprint of the first certificate in a PEM file.
///
/// # Errors
/// [`TlsError::Pem`] when there is none.
pub fn fingerprint(file: &PemFile) -> Result<Fingerprint, TlsError> {
    let first = certificates_of(file)?.into_iter().next();
    first.map(|one| Fingerprint::of(&one)).ok_or_else(|| no_certificate(file))
}

fn read(path: &Path) -> Result<PemFile, TlsError> {
    let name = path.display().to_string();
    match std::fs::read(path) {
        Ok(bytes) => Ok(PemFile { name, bytes }),
        Err(source) => Err(TlsError::Unreadable { file: name, source }),
    }
}

fn authorities_of(file: &PemFile) -> Result<RootCertStore, TlsError> {
    let mut authorities = RootCertStore::empty();
    for authority in certificates_of(file)? {
        authorities.add(authority).map_err(TlsError::Rustls)?;
    }
    Ok(authorities)
}

fn certificates_of(file: &PemFile) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&file.bytes).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or_else(|| no_certificate(file))
}

fn no_certificate(file: &PemFile) -> TlsError {
    TlsError::Pem { file: file.name.clone(), what: "certificate" }
}
