//! `ward serve`: the doors, and the work behind them: the sequencer, checkpoints, jobs, polling, reading sources.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use ward_directory::Here;
use ward_web::limit::{Limits, REQUESTS_PER_MINUTE};
use ward_web::listen::{Listening, PemFile};
use ward_web::peer::Peer;

use super::{At, output};

/// How often is looked whether a subscription is due.
const LOOK_EVERY: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    at: At,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8765")]
    listen: SocketAddr,
    /// Seconds between two rounds of polling hubs and reading sources.
    #[arg(long, default_value_t = 60)]
    poll_seconds: u64,
    /// Seconds between two signed checkpoints of the record.
    #[arg(long, default_value_t = 10)]
    checkpoint_seconds: u64,
    /// The certificate to speak TLS with, and its chain, in a PEM file; without one a proxy has to.
    #[arg(long, requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// Its private key, in a PEM file.
    #[arg(long, requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// The authorities of clients' certificates, in a PEM file; a client that shows one is known by `ward token certificate`.
    #[arg(long, requires = "tls_certificate")]
    tls_client_ca: Option<PathBuf>,
    /// Requests that one organisation's programs may make in a minute.
    #[arg(long, default_value_t = REQUESTS_PER_MINUTE)]
    requests_per_minute: NonZeroU32,
}

/// Serves until interrupted.
pub async fn run(options: Options) -> anyhow::Result<u8> {
    let tls = tls(&options)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let here = options.at.open().await?;
    let listener = tokio::net::TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("cannot listen on `{}`: is another program there?", options.listen))?;
    let address = listener.local_addr()?;
    if here.installation.is_hub {
        ward_share::collections::ensure(&here).await?;
    }
    let http = super::http()?;
    let tasks = [
        tokio::spawn(number(here.clone())),
        tokio::spawn(sign(here.clone(), Duration::from_secs(options.checkpoint_seconds.max(1)))),
        tokio::spawn(do_jobs(here.clone(), http.clone())),
        tokio::spawn(fetch_subscriptions(here.clone(), http.clone())),
        tokio::spawn(listen_and_read(here.clone(), http, Duration::from_secs(options.poll_seconds.max(1)))),
    ];
    output::line(&format!("{} listens on {scheme}://{address}", here.installation.name))?;
    // Some pages ask from where a request came.
    let limits = Limits::per_minute(options.requests_per_minute);
    let service = ward_web::router(here.clone(), limits).into_make_service_with_connect_info::<Peer>();
    let served = axum::serve(Listening::on(listener, tls)?, service).with_graceful_shutdown(interrupted()).await;
    for task in &tasks {
        task.abort();
    }
    here.store.close().await;
    served.context("the server failed")?;
    Ok(super::DONE)
}

/// What TLS is spoken with, if it is.
fn tls(options: &Options) -> anyhow::Result<Option<rustls::ServerConfig>> {
    let (Some(certificate), Some(key)) = (&options.tls_certificate, &options.tls_key) else { return Ok(None) };
    let client_ca = options.tls_client_ca.as_deref().map(pem_file).transpose()?;
    Ok(Some(ward_web::listen::tls(&pem_file(certificate)?, &pem_file(key)?, client_ca.as_ref())?))
}

/// A PEM file with its name.
pub fn pem_file(path: &Path) -> anyhow::Result<PemFile> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).with_context(|| format!("cannot read `{name}`"))?;
    Ok(PemFile { name, bytes })
}

/// Numbers entries and gives ticks as acts are committed.
async fn number(here: Here) {
    loop {
        here.store.wait_for_acts(Duration::from_millis(200)).await;
        loop {
            match ward_store::sequence(&here.store, here.now()).await {
                Ok(done) if done.entries + done.ticks > 0 => {}
                Ok(_) => break,
                Err(error) => {
                    tracing::error!(%error, "the sequencer failed; it tries again");
                    break;
                }
            }
        }
    }
}

/// Signs checkpoints at fixed times.
async fn sign(here: Here, every: Duration) {
    let mut ticks = tokio::time::interval(every);
    loop {
        ticks.tick().await;
        if let Err(error) = ward_store::sign_checkpoint(&here.store, &here.log_key, here.now()).await {
            tracing::error!(%error, "no checkpoint could be signed; it tries again");
        }
    }
}

/// Does jobs as they come due.
async fn do_jobs(here: Here, http: reqwest::Client) {
    let worker = format!("serve-{}", std::process::id());
    loop {
        match ward_watch::jobs::work_once(&here, &http, &worker).await {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(Duration::from_millis(200)).await,
            Err(error) => {
                tracing::error!(%error, "a job could not be taken; it tries again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Polls what a hub has subscribed to, each when it is due: a long feed keeps nothing else waiting.
async fn fetch_subscriptions(here: Here, http: reqwest::Client) {
    if !here.installation.is_hub {
        return;
    }
    loop {
        if let Err(error) = ward_watch::subscribed::poll_due(&here, &http).await {
            tracing::error!(%error, "the subscriptions could not be looked at; it is tried again");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Polls the hubs and reads the sources.
async fn listen_and_read(here: Here, http: reqwest::Client, every: Duration) {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = ward_watch::reading::read_sources(&here).await {
            tracing::error!(%error, "the sources could not be read; they are tried again");
        }
        if let Err(error) = ward_share::quality::renew(&here).await {
            tracing::error!(%error, "the indicators could not be judged again; it is tried again");
        }
        if let Err(error) = ward_watch::round::round(&here, &http).await {
            tracing::error!(%error, "the hubs could not be heard; they are tried again");
        }
    }
}

async fn interrupted() {
    let ended = async {
        #[cfg(unix)]
        if let Ok(mut signal) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            signal.recv().await;
            return;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = ended => {}
    }
}
