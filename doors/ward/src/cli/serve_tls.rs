//! TLS of `ward serve`: which files, what is said of them at the start, and looking at them again while it runs.

use std::path::PathBuf;
use std::time::Duration;

use rustls::pki_types::UnixTime;
use ward_store::MICROS_PER_SECOND;
use ward_web::error::with_causes;
use ward_web::listen::{Tls, TlsPaths};

use super::output;

/// Between two looks at the files.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
pub struct TlsOptions {
    /// The certificate to speak TLS with, and its chain, in a PEM file; without one a proxy has to. This file and the next three are read again
    /// when they change.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// Its private key, in a PEM file.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// The authorities of clients' certificates, in a PEM file; a client that shows one is known by `ward token certificate`.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_client_ca: Option<PathBuf>,
    /// What these authorities revoked: a certificate revocation list, in a PEM or DER file. One for each authority, and never past its end: clients
    /// of an authority without a list that holds are turned away.
    #[arg(long, value_name = "FILE", requires = "tls_client_ca")]
    tls_client_crl: Vec<PathBuf>,
}

impl TlsOptions {
    /// What TLS is spoken with, if it is.
    pub fn open(&self) -> anyhow::Result<Option<Tls>> {
        let (Some(certificate), Some(key)) = (&self.tls_certificate, &self.tls_key) else { return Ok(None) };
        let tls = Tls::open(TlsPaths {
            certificate: certificate.clone(),
            key: key.clone(),
            client_ca: self.tls_client_ca.clone(),
            client_crls: self.tls_client_crl.clone(),
        })?;
        for doubt in tls.doubts(now())? {
            output::error(&format!("warning: {doubt}\n"));
        }
        Ok(Some(tls))
    }
}

/// Takes files that changed into use, and says once what is wrong with them.
pub async fn keep_current(mut tls: Tls) {
    let mut said = tls.doubts(now()).unwrap_or_default();
    loop {
        tokio::time::sleep(LOOK_AGAIN).await;
        let found = match tls.look_again() {
            Ok(has_changed) => {
                if has_changed {
                    tracing::info!("the files for TLS have changed and are in use");
                }
                tls.doubts(now()).unwrap_or_else(|error| vec![with_causes(&error)])
            }
            Err(error) => vec![format!("{}; TLS is spoken with what was there before", with_causes(&error))],
        };
        for doubt in found.iter().filter(|doubt| !said.contains(doubt)) {
            tracing::warn!("{doubt}");
        }
        said = found;
    }
}

/// By the clock that certificates are judged by, which is no demonstration's.
fn now() -> i64 {
    i64::try_from(UnixTime::now().as_secs()).unwrap_or(i64::MAX).saturating_mul(MICROS_PER_SECOND)
}
