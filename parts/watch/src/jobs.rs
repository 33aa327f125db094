//! The work that acts leave behind, one job at a time. Every job may be run twice, because a worker may be killed between its end and its
//! being struck off.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use ward_directory::Here;
use ward_store::{ClaimedJob, MICROS_PER_SECOND, claim, enqueue_once, fail, finish};

use crate::receive::{self, JobData};
use crate::{WatchError, acknowledge, lookback, send};

/// How long a job waits that says "not yet", unless it knows better.
const NOT_YET_SECONDS: i64 = 1;

#[derive(Deserialize)]
struct OfReport {
    report_id: String,
}

#[derive(Deserialize)]
struct OfHub {
    hub_id: String,
}

#[derive(Deserialize)]
struct OfDuty {
    hub_id: String,
    report_id: String,
    modified: String,
    duty: String,
}

/// Does a job.
pub async fn run_job(here: &Here, http: &reqwest::Client, job: &ClaimedJob) -> Result<(), WatchError> {
    match job.kind.as_str() {
        "fetch-evidence" => {
            let JobData { hub_id, report_id, modified } = data(job)?;
            receive::verify_alert(here, http, &hub_id, &report_id, &modified).await
        }
        "look-back" => lookback::run(here, &data::<OfReport>(job)?.report_id).await,
        "send-answers" => send::run(here, http, &data::<OfHub>(job)?.hub_id).await.map(drop),
        "acknowledge" => {
            let OfDuty { hub_id, report_id, modified, duty } = data(job)?;
            acknowledge::send(here, http, (&hub_id, &report_id, &modified), &duty).await
        }
        "relay" => receive::relay(here, &data(job)?).await,
        other => Err(WatchError::Invalid(format!("no job of the kind `{other}` is known"))),
    }
}

/// Takes the next job that is due and does it. Gives false when none was due. A job that fails is tried again later; its error is kept with
/// it and is not this function's.
pub async fn work_once(here: &Here, http: &reqwest::Client, worker: &str) -> Result<bool, WatchError> {
    let Some(job) = claim(&here.store, worker, here.now()).await? else { return Ok(false) };
    match run_job(here, http, &job).await {
        Ok(()) => {
            let mut tx = here.store.begin().await?;
            finish(&mut tx, &job).await?;
            tx.commit().await?;
        }
        Err(WatchError::NotYet(why)) => put_back(here, &job, &why).await?,
        Err(error) => {
            tracing::warn!(kind = job.kind, attempts = job.attempts, %error, "a job failed and will be tried again");
            fail(&here.store, &job, &error.to_string(), here.now()).await?;
        }
    }
    Ok(true)
}

/// Puts back what is only not ready: soon, and without the wait that doubles after each failure.
async fn put_back(here: &Here, job: &ClaimedJob, why: &str) -> Result<(), WatchError> {
    tracing::debug!(kind = job.kind, why, "a job waits");
    let wait = match job.kind.as_str() {
        "fetch-evidence" => receive::wait_micros(here, &data(job)?).await?,
        _ => NOT_YET_SECONDS * MICROS_PER_SECOND,
    };
    let data = serde_json::from_str(&job.data).map_err(|e| malformed(job, &e))?;
    let mut tx = here.store.begin().await?;
    if finish(&mut tx, job).await? {
        enqueue_once(&mut tx, &job.kind, &data, here.now() + wait).await?;
    }
    Ok(tx.commit().await?)
}

fn data<T: DeserializeOwned>(job: &ClaimedJob) -> Result<T, WatchError> {
    serde_json::from_str(&job.data).map_err(|e| malformed(job, &e))
}

fn malformed(job: &ClaimedJob, error: &serde_json::Error) -> WatchError {
    WatchError::Invalid(format!("the job `{}` does not say what it is about: {error}", job.kind))
}
