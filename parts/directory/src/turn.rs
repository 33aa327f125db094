//! Turns at hashing passwords: so many at a time, a bounded wait, and a turn kept for those who are known.
//!
//! Each hash takes 19 MiB and a while of one core (RFC 9106): strangers who send passwords must take neither the memory that the office works
//! with, nor the place in the queue of its own people.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::DirectoryError;

/// The turns of this program.
pub(crate) static TURNS: Turns = Turns::new(3, 1, Duration::from_secs(5));

/// Turns for anybody, and apart from them those that only who is known may take.
pub(crate) struct Turns {
    open: Semaphore,
    kept: Semaphore,
    longest_wait: Duration,
}

impl Turns {
    const fn new(open: usize, kept: usize, longest_wait: Duration) -> Turns {
        Turns { open: Semaphore::const_new(open), kept: Semaphore::const_new(kept), longest_wait }
    }

    /// A turn; it lasts until what is given back is dropped. Known is who has a session, or a browser that signed in before.
    pub async fn take(&self, is_known: bool) -> Result<SemaphorePermit<'_>, DirectoryError> {
        let taken = async {
            if !is_known {
                return self.open.acquire().await;
            }
            tokio::select! {
                biased;
                taken = self.open.acquire() => taken,
                taken = self.kept.acquire() => taken,
            }
        };
        match tokio::time::timeout(self.longest_wait, taken).await {
            Ok(taken) => taken.map_err(|e| DirectoryError::Cryptography(e.to_string())),
            Err(_) => Err(DirectoryError::Busy),
        }
    }
}

/// Hashes where it does not keep other requests waiting.
pub(crate) async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, DirectoryError> {
    tokio::task::spawn_blocking(work).await.map_err(|e| DirectoryError::Cryptography(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn strangers_wait_for_a_while_and_never_take_the_kept_turn() {
        let turns = Turns::new(2, 1, Duration::from_millis(20));
        let first = turns.take(false).await.unwrap();
        let _second = turns.take(false).await.unwrap();
        assert!(matches!(turns.take(false).await, Err(DirectoryError::Busy)));
        let known = turns.take(true).await.unwrap();
        assert!(matches!(turns.take(true).await, Err(DirectoryError::Busy)), "the kept turn is one");
        drop(known);
        assert!(matches!(turns.take(false).await, Err(DirectoryError::Busy)), "it is not for strangers");
        drop(first);
        assert!(turns.take(false).await.is_ok());
    }
}
