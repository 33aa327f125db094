//! Jobs: work to be done later, enqueued in the transaction of the act that asks for it, so that neither can be without the other.
//!
//! A claim lasts a while and can be taken over afterwards, so a worker that was killed loses nothing; a job must therefore be
//! safe to run twice.

use crate::{MICROS_PER_SECOND, Row, Store, StoreError, Tx, random, values};

/// How long a claim holds.
const CLAIM_SECONDS: i64 = 120;
/// The longest wait between two tries.
const BACKOFF_SECONDS_MAX: i64 = 600;

/// A job in the hands of a worker.
#[derive(Clone, Debug)]
pub struct ClaimedJob {
    pub id: String,
    pub kind: String,
    /// JSON, as enqueued.
    pub data: String,
    pub attempts: i64,
    claimed_by: String,
}

/// Adds a job to the caller's transaction; it may run from `run_at` on.
pub async fn enqueue(tx: &mut Tx, kind: &str, data: &serde_json::Value, run_at: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO job (id, kind, data, run_at, attempts, created_at) VALUES ($1, $2, $3, $4, 0, $4)";
    tx.execute(sql, values![random::id(), kind, data.to_string(), run_at]).await?;
    tx.wakes_sequencer();
    Ok(())
}

/// As `enqueue`, unless the same job already waits unclaimed.
pub async fn enqueue_once(tx: &mut Tx, kind: &str, data: &serde_json::Value, run_at: i64) -> Result<(), StoreError> {
    let sql = "SELECT id FROM job WHERE kind = $1 AND data = $2 AND claimed_by IS NULL LIMIT 1";
    if tx.fetch_optional(sql, values![kind, data.to_string()]).await?.is_some() {
        return Ok(());
    }
    enqueue(tx, kind, data, run_at).await
}

/// Takes the next job that is due, for `worker`.
pub async fn claim(store: &Store, worker: &str, now: i64) -> Result<Option<ClaimedJob>, StoreError> {
    let due = "SELECT id FROM job WHERE run_at <= $1 AND (claimed_until IS NULL OR claimed_until < $1) LIMIT 1";
    if store.fetch_optional(due, values![now]).await?.is_none() {
        return Ok(None);
    }
    let mut tx = store.begin().await?;
    let sql = "UPDATE job SET claimed_by = $1, claimed_until = $2, attempts = attempts + 1
               WHERE id = (SELECT id FROM job WHERE run_at <= $3 AND (claimed_until IS NULL OR claimed_until < $3) ORDER BY run_at, id LIMIT 1)
                 AND (claimed_until IS NULL OR claimed_until < $3)
               RETURNING id, kind, data, attempts";
    let claim = format!("{worker}/{}", random::id());
    let claimed = tx.fetch_optional(sql, values![&claim, now + CLAIM_SECONDS * MICROS_PER_SECOND, now]).await?;
    tx.commit().await?;
    claimed.map(|row| read_job(&row, claim)).transpose()
}

/// Removes a job that was done. Gives false when another worker has taken it over.
pub async fn finish(tx: &mut Tx, job: &ClaimedJob) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM job WHERE id = $1 AND claimed_by = $2", values![&job.id, &job.claimed_by]).await? == 1)
}

/// Puts a job back with its error, to be tried again after a wait that doubles each time.
pub async fn fail(store: &Store, job: &ClaimedJob, error: &str, now: i64) -> Result<(), StoreError> {
    let doubled = 1_i64.checked_shl(u32::try_from(job.attempts).unwrap_or(10).min(10)).unwrap_or(BACKOFF_SECONDS_MAX);
    let wait = doubled.min(BACKOFF_SECONDS_MAX) * MICROS_PER_SECOND;
    let mut tx = store.begin().await?;
    tx.execute(
        "UPDATE job SET run_at = $1, error = $2, claimed_by = NULL, claimed_until = NULL WHERE id = $3 AND claimed_by = $4",
        values![now + wait, error, &job.id, &job.claimed_by],
    )
    .await?;
    tx.commit().await
}

/// How many jobs wait or are being done, and the last error of each kind that has one.
pub async fn pending(store: &Store) -> Result<Vec<(String, i64, Option<String>)>, StoreError> {
    let rows = store
        .fetch("SELECT kind, COUNT(*) AS waiting, MAX(error) AS error FROM job GROUP BY kind ORDER BY kind", &[])
        .await?;
    rows.iter().map(|row| Ok((row.get("kind")?, row.get("waiting")?, row.get("error")?))).collect()
}

fn read_job(row: &Row, claimed_by: String) -> Result<ClaimedJob, StoreError> {
    Ok(ClaimedJob {
        id: row.get("id")?,
        kind: row.get("kind")?,
        data: row.get("data")?,
        attempts: row.get("attempts")?,
        claimed_by,
    })
}
