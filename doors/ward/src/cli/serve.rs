//! `ward serve`: the doors, and the work behind them: the sequencer, checkpoints, jobs, polling, reading sources.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use ward_directory::Here;
use ward_web::limit::{Limits, REQUESTS_PER_MINUTE};
use ward_web::listen::{Listening, PemFile, Tls};
use ward_web::peer::Peer;

use super::serve_tls::{TlsOptions, keep_current};
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
    #[command(flatten)]
    tls: TlsOptions,
    /// Requests that one organisation's programs may make in a minute.
    #[arg(long, default_value_t = REQUESTS_PER_MINUTE)]
    requests_per_minute: NonZeroU32,
}

/// How often it is looked at whether somebody may see more or less than before.
const VIEWS_EVERY: Duration = Duration::from_secs(15);
/// In every so-manieth round it is asked of every reader what they are entitled to.
const READERS_EVERY: u64 = 4;

/// Serves until interrupted.
pub async fn run(options: Options) -> anyhow::Result<u8> {
    let tls = options.tls.open()?;
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
        tokio::spawn(look_after_views(here.clone())),
        tokio::spawn(listen_and_read(here.clone(), http, Duration::from_secs(options.poll_seconds.max(1)))),
    ];
    let newest = tls.as_ref().map(Tls::newest);
    let keeps_tls = tls.map(|tls| tokio::spawn(keep_current(tls)));
    output::line(&format!("{} listens on {scheme}://{address}", here.installation.name))?;
    // Some pages ask from where a request came.
    let limits = Limits::per_minute(options.requests_per_minute);
    let service = ward_web::router(here.clone(), limits).into_make_service_with_connect_info::<Peer>();
    let served = axum::serve(Listening::on(listener, newest)?, service).with_graceful_shutdown(interrupted()).await;
    for task in tasks.iter().chain(&keeps_tls) {
        task.abort();
    }
    here.store.close().await;
    served.context("the server failed")?;
    Ok(super::DONE)
}

/// A PEM file with its name.
pub fn pem_file(path: &Path) -> anyhow::Result<PemFile> {
    Ok(PemFile { name: path.display().to_string(), bytes: super::read(path)? })
}

/// Numbers entries as acts are committed.
async fn number(here: Here) {
    loop {
        here.store.wait_for_acts(Duration::from_millis(200)).await;
        loop {
            match ward_store::sequence(&here.store).await {
                Ok(0) => break,
                Ok(_) => {}
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

/// Offers again what a date opened, and calls back what somebody may no longer see.
async fn look_after_views(here: Here) {
    let mut ticks = tokio::time::interval(VIEWS_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for round in 0_u64.. {
        ticks.tick().await;
        if let Err(error) = ward_share::anew::turn_dates(&here).await {
            tracing::error!(%error, "what a date opened could not be offered; it is tried again");
        }
        if let Err(error) = ward_share::recall::review_offered_again(&here).await {
            tracing::error!(%error, "looking for what has left views failed");
        }
        // Asks for every reader, so more seldom.
        if !round.is_multiple_of(READERS_EVERY) {
            continue;
        }
        if let Err(error) = ward_share::recall::review_changed_readers(&here).await {
            tracing::error!(%error, "what changed for readers could not be looked at; it is tried again");
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
