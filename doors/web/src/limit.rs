//! How much one organisation may ask of this server: a bucket of requests that fills again, and 429 with the time to wait when it is empty.
//!
//! The bucket is the organisation's, not the token's: more tokens do not make more. Whoever asks without a token shares one with all such.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use ward_directory::Who;

use crate::error::ApiError;

/// Requests that an organisation may make in a minute where nothing else is said.
pub const REQUESTS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(1_200).expect("1,200 is not 0");

/// The buckets of all who ask.
#[derive(Clone)]
pub struct Limits(Arc<DefaultKeyedRateLimiter<String>>);

impl Limits {
    /// So many requests a minute for each organisation; as many at once after a quiet minute.
    pub fn per_minute(requests: NonZeroU32) -> Limits {
        Limits(Arc::new(DefaultKeyedRateLimiter::keyed(Quota::per_minute(requests))))
    }

    /// Takes one request out of the caller's bucket.
    ///
    /// # Errors
    /// [`ApiError::TooMany`] when it is empty.
    pub fn take(&self, who: &Who) -> Result<(), ApiError> {
        self.0.check_key(&who.organisation.id).map_err(|full| {
            let wait = full.wait_time_from(DefaultClock::default().now());
            ApiError::TooMany { retry_after_seconds: whole_seconds(wait) }
        })
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::per_minute(REQUESTS_PER_MINUTE)
    }
}

/// Rounded up: asking again too early is told no again.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
