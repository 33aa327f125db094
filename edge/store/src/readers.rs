//! Connections of their own for single reads.
//!
//! The pool of the library asks a connection whether it still holds each time it comes back, so that a small query costs twice what it needs. Here a
//! connection comes back as it is, and is asked before it is used when it has rested. One whose query failed or was given up is dropped, and another is
//! opened when it is needed.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use sqlx::{ConnectOptions, Connection};
use tokio::sync::Semaphore;

/// So long a connection may have rested without being asked.
const RESTED: Duration = Duration::from_secs(1);

/// Connections that only read, as many at most as it was made for.
pub(crate) struct Readers<C: Connection> {
    options: C::Options,
    free: Semaphore,
    /// With the time since when each rests.
    idle: Mutex<Vec<(Instant, C)>>,
}

impl<C: Connection> Readers<C> {
    pub fn new(options: C::Options, at_most: usize) -> Readers<C> {
        Readers { options, free: Semaphore::new(at_most), idle: Mutex::default() }
    }

    /// Runs one query to its end with a connection that nobody else has meanwhile.
    ///
    /// # Errors
    /// As the query; when no connection can be opened, or all are closed.
    pub async fn read<T>(&self, query: impl AsyncFnOnce(&mut C) -> Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        let _turn = self.free.acquire().await.map_err(|_| sqlx::Error::PoolClosed)?;
        let mut connection = match self.rested().await {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        let answer = query(&mut connection).await;
        if answer.is_ok()
            && let Ok(mut idle) = self.idle.lock()
        {
            idle.push((Instant::now(), connection));
        }
        answer
    }

    /// One that still holds; those that do not are dropped.
    async fn rested(&self) -> Option<C> {
        loop {
            let (since, mut connection) = self.idle.lock().ok()?.pop()?;
            if since.elapsed() < RESTED || connection.ping().await.is_ok() {
                return Some(connection);
            }
        }
    }

    /// Closes all that rest; those that are read with now are dropped after their query.
    pub async fn close(&self) {
        self.free.close();
        let idle = self.idle.lock().map(|mut idle| std::mem::take(&mut *idle)).unwrap_or_default();
        for (_, connection) in idle {
            // What cannot be closed in order is closed by being dropped.
            let _ = connection.close().await;
        }
    }
}
