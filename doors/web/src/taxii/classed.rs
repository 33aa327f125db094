//! Answers leave at the end of a span of time, so that how long one took tells little of what was passed over for it.
//!
//! What a caller may not see is read and decided on like anything else, which takes microseconds for each object. An answer about one that is
//! hidden and one about something that never was here leave at the same time, and so do pages with and without some thousands of hidden objects
//! between; beyond that the class shows, and nothing finer.

use std::time::Duration;

use axum::extract::Request;
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::{Instant, sleep_until};

/// The length of a class: several times what a page takes.
const CLASS: Duration = Duration::from_millis(20);

/// Keeps the answer until the end of the span it was made in. What is handed in is answered at once.
pub(super) async fn classed(request: Request, next: Next) -> Response {
    let began_at = Instant::now();
    let is_sent_in = *request.method() == Method::POST;
    let answer = next.run(request).await;
    if !is_sent_in {
        sleep_until(began_at + class(began_at.elapsed())).await;
    }
    answer
}

/// The end of the span in which this time is.
fn class(taken: Duration) -> Duration {
    let spans = taken.as_nanos().div_ceil(CLASS.as_nanos()).max(1);
    CLASS.saturating_mul(u32::try_from(spans).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_in_one_span_leaves_at_one_time() {
        for (taken_us, expected_ms) in [(0, 20), (1, 20), (19_999, 20), (20_000, 20), (20_001, 40), (95_000, 100)] {
            assert_eq!(class(Duration::from_micros(taken_us)), Duration::from_millis(expected_ms), "{taken_us} µs");
        }
        assert!(class(Duration::MAX) >= Duration::from_secs(3_600), "however long it took, there is an end");
    }
}
