//! A round with all hubs: what `ward serve` does again and again and `ward node poll` does once.

use ward_directory::Here;

use crate::hub::{Hub, hubs};
use crate::poll::{Polled, poll};
use crate::send::{self, Sent};
use crate::sql::hubs as sql;
use crate::{WatchError, jobs, witness};

/// What a round with one hub brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Round {
    pub polled: Polled,
    /// Jobs that were tried.
    pub jobs: usize,
    pub sent: Sent,
}

/// Polls each hub, does the jobs that are due, sends what is released, and witnesses both ways. What goes wrong with one hub is kept in its row and
/// does not stop the others.
pub async fn round(here: &Here, http: &reqwest::Client) -> Result<Vec<(Hub, Result<Round, WatchError>)>, WatchError> {
    let mut rounds = Vec::new();
    for hub in hubs(here).await? {
        let result = with_hub(here, http, &hub).await;
        let error = result.as_ref().err().map(ToString::to_string);
        if let Some(error) = &error {
            tracing::warn!(hub = hub.name, error, "the round with a hub did not end well");
        }
        let mut tx = here.store.begin().await?;
        sql::set_polled(&mut tx, &hub.id, here.now(), error.as_deref()).await?;
        tx.commit().await?;
        rounds.push((hub, result));
    }
    Ok(rounds)
}

async fn with_hub(here: &Here, http: &reqwest::Client, hub: &Hub) -> Result<Round, WatchError> {
    let polled = poll(here, http, &hub.id).await;
    // What came earlier is worked on even while the hub is away.
    let mut jobs = 0;
    while jobs::work_once(here, http, "round").await? {
        jobs += 1;
    }
    let polled = polled?;
    let sent = send::run(here, http, &hub.id).await?;
    let witnessed = witness::witness_hub(here, http, &hub.id).await;
    witness::submit_checkpoint(here, http, &hub.id).await?;
    witnessed?;
    Ok(Round { polled, jobs, sent })
}
