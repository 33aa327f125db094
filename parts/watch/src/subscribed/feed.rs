//! A feed of MISP over HTTP: its manifest, and the events that changed since they were taken.

use reqwest::header::{ACCEPT, USER_AGENT};
use ward_directory::{Here, organisation};
use ward_misp::{Event, Making, indicators, manifest};
use ward_share::subscription::{self as share, Reached, Secret, Subscription, Taken};
use ward_stix::marking::Tlp;

use super::{SourceError, add};
use crate::WatchError;

/// Largest manifest or event that is read, in bytes.
const BODY_BYTES_MAX: usize = 64 << 20;

pub(super) async fn fetch(
    here: &Here,
    http: &reqwest::Client,
    subscription: &Subscription,
    secret: &Secret,
    taken: &mut Taken,
) -> Result<(), SourceError> {
    let source = organisation(here, &subscription.organisation_id).await.map_err(WatchError::from)?;
    let source = source.ok_or_else(|| SourceError::Feed("its organisation is not known any more".to_owned()))?;
    let making = Making {
        identity_id: &source.identity_id,
        assigned_tlp: subscription.assigned_tlp.unwrap_or(Tlp::AmberStrict),
    };
    let listed = get(http, subscription, secret, "manifest.json").await?;
    let (events, unnamed) = manifest(&listed).map_err(|error| SourceError::Feed(error.to_string()))?;
    let mut broken = Vec::new();
    if unnamed > 0 {
        broken.push(format!("{unnamed} events of the manifest have no UUID"));
    }
    for listed in events {
        if share::stamp(here, subscription, &listed.event_id).await?.as_deref() == Some(listed.stamp.as_str()) {
            continue;
        }
        let file = format!("{}.json", listed.event_id);
        let body = get(http, subscription, secret, &file).await?;
        match Event::read(&body) {
            Err(error) => broken.push(format!("{file}: {error}")),
            Ok(event) => {
                let made = indicators(&event, &making);
                let objects: Vec<_> = made.indicators.into_iter().map(Ok).collect();
                let reached = Reached::Event { event_id: &listed.event_id, stamp: &listed.stamp };
                add(taken, share::take(here, subscription, &objects, reached).await?);
            }
        }
    }
    // What could be read is taken, and what could not is asked for again.
    match broken.first() {
        None => Ok(()),
        Some(first) => Err(SourceError::Feed(format!("{first} ({} in all)", broken.len()))),
    }
}

async fn get(
    http: &reqwest::Client,
    subscription: &Subscription,
    secret: &Secret,
    file: &str,
) -> Result<Vec<u8>, SourceError> {
    let url = format!("{}/{file}", subscription.url);
    let failed = |error: reqwest::Error| {
        SourceError::Feed(format!("{file} cannot be fetched: {}", super::causes(&error.without_url())))
    };
    let request = http
        .get(&url)
        .header(ACCEPT, "application/json")
        .header(USER_AGENT, concat!("ward/", env!("CARGO_PKG_VERSION")));
    let request = match secret {
        Secret::Token(token) => request.bearer_auth(token),
        Secret::Basic { user, password } => request.basic_auth(user, Some(password)),
        Secret::None | Secret::Certificate(_) => request,
    };
    let mut response = request.send().await.map_err(failed)?;
    if !response.status().is_success() {
        return Err(SourceError::Feed(format!("{file}: the server answered {}", response.status().as_u16())));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(SourceError::Feed(format!("{file} has more than {BODY_BYTES_MAX} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
