//! The hub's subscriptions, fetched: pages of TAXII servers and events of MISP feeds, each handed to the hub's intake with the place reached.
//!
//! A source that is away, refuses or sends nonsense is asked again later, ever less often; the others go on. What was taken stays taken.

mod feed;
mod taxii;

use ward_directory::Here;
use ward_share::subscription::{self as share, Kind, Secret, Subscription, Taken};
use ward_taxii::client::{ClientError, Credentials};

use crate::WatchError;

/// What a poll of one source brought, or why it did not end well.
#[derive(Debug)]
pub struct PolledSource {
    pub subscription: Subscription,
    pub result: Result<Taken, String>,
}

/// Why a source could not be read to its end.
#[derive(Debug, thiserror::Error)]
enum SourceError {
    #[error("{}", causes(.0))]
    Taxii(#[from] ClientError),
    #[error("{0}")]
    Feed(String),
    #[error(transparent)]
    Here(#[from] WatchError),
}

impl From<ward_share::ShareError> for SourceError {
    fn from(error: ward_share::ShareError) -> Self {
        SourceError::Here(error.into())
    }
}

/// Polls the subscriptions that are due, one after the other.
pub async fn poll_due(here: &Here, http: &reqwest::Client) -> Result<Vec<PolledSource>, WatchError> {
    let mut polled = Vec::new();
    for subscription in share::list(here).await? {
        if subscription.next_at <= here.now() {
            polled.push(poll(here, http, subscription).await?);
        }
    }
    Ok(polled)
}

/// Polls one subscription now, whether or not it is due.
pub async fn poll(here: &Here, http: &reqwest::Client, subscription: Subscription) -> Result<PolledSource, WatchError> {
    let mut taken = Taken::default();
    let done = fetch(here, http, &subscription, &mut taken).await;
    let error = done.as_ref().err().map(ToString::to_string);
    if let Some(error) = &error {
        tracing::warn!(source = subscription.source, error, "a subscription could not be read to its end");
    }
    let wait = match &done {
        Err(SourceError::Taxii(ClientError::Refused { retry_after, .. })) => {
            retry_after.and_then(|wait| i64::try_from(wait.as_secs()).ok())
        }
        _ => None,
    };
    share::note_polled(here, &subscription, error.as_deref(), wait).await?;
    Ok(PolledSource { subscription, result: error.map_or(Ok(taken), Err) })
}

async fn fetch(
    here: &Here,
    http: &reqwest::Client,
    subscription: &Subscription,
    taken: &mut Taken,
) -> Result<(), SourceError> {
    let secret = share::secret(here, subscription)?;
    let own;
    let http = match &secret {
        Secret::Certificate(pem) => {
            own = with_certificate(pem)?;
            &own
        }
        _ => http,
    };
    match subscription.kind {
        Kind::Taxii | Kind::Hub => taxii::fetch(here, http, subscription, &secret, taken).await,
        Kind::Misp => feed::fetch(here, http, subscription, &secret, taken).await,
    }
}

/// A certificate belongs to a client, so it has one of its own.
fn with_certificate(pem: &str) -> Result<reqwest::Client, SourceError> {
    let wrong = |error: reqwest::Error| SourceError::Feed(format!("the client certificate cannot be used: {error}"));
    let identity = reqwest::Identity::from_pem(pem.as_bytes()).map_err(wrong)?;
    reqwest::Client::builder()
        .timeout(std::time::Duration::from_secs(60))
        .connect_timeout(std::time::Duration::from_secs(10))
        .redirect(reqwest::redirect::Policy::none())
        .identity(identity)
        .build()
        .map_err(wrong)
}

fn credentials(secret: &Secret) -> Credentials {
    match secret {
        Secret::Token(token) => Credentials::Bearer(token.clone()),
        Secret::Basic { user, password } => Credentials::Basic { user: user.clone(), password: password.clone() },
        Secret::None | Secret::Certificate(_) => Credentials::None,
    }
}

fn add(sum: &mut Taken, page: Taken) {
    sum.added += page.added;
    sum.already_here += page.already_here;
    sum.refused += page.refused;
}

/// An error and its causes on one line.
fn causes(error: &dyn std::error::Error) -> String {
    crate::http::causes(error)
}
