//! A collection of a TAXII server, page by page.
//!
//! While there are more pages, the place is the server's own `next` within the walk that was begun, because many objects may bear one date of
//! addition; only at the end is it the latest date. A server that forgot its `next` is walked again from where that walk began: what was taken is known.

use serde::{Deserialize, Serialize};
use ward_directory::Here;
use ward_share::subscription::{self as share, Kind, Reached, Secret, Subscription, Taken};
use ward_stix::object::{Object, ObjectError};
use ward_taxii::client::{Client, ClientError, PageQuery};
use ward_taxii::timestamp;

use super::{SourceError, add, credentials};

/// Objects asked for at once.
const PAGE_OBJECTS: u64 = 500;

/// Up to where a collection was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// What the walk asks after.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    /// Where in the walk it is; none between two walks.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// The latest date met in the walk.
    #[serde(skip_serializing_if = "Option::is_none")]
    latest: Option<String>,
}

pub(super) async fn fetch(
    here: &Here,
    http: &reqwest::Client,
    subscription: &Subscription,
    secret: &Secret,
    taken: &mut Taken,
) -> Result<(), SourceError> {
    let root = match subscription.kind {
        Kind::Hub => format!("{}/share/", subscription.url),
        _ => subscription.url.clone(),
    };
    let client = Client::new(http.clone(), &root, credentials(secret))?;
    let place: Place =
        subscription.place.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let is_resumed = place.next.is_some();
    match walk(here, &client, subscription, place.clone(), taken).await {
        Err(SourceError::Taxii(ClientError::Refused { status: 400 | 404 | 410 | 422, .. })) if is_resumed => {
            let again = Place { next: None, ..place };
            walk(here, &client, subscription, again, taken).await
        }
        done => done,
    }
}

async fn walk(
    here: &Here,
    client: &Client,
    subscription: &Subscription,
    begun: Place,
    taken: &mut Taken,
) -> Result<(), SourceError> {
    let query = PageQuery {
        added_after: begun.after.clone(),
        next: begun.next.clone(),
        limit: Some(PAGE_OBJECTS),
        versions: vec!["all".to_owned()],
        ..PageQuery::default()
    };
    let mut walk = client.walk(&subscription.collection, &query);
    let mut place = begun;
    while let Some(page) = walk.next_page().await? {
        let objects: Vec<Result<Object, ObjectError>> =
            page.objects.iter().map(|raw| Object::parse(raw.get().as_bytes())).collect();
        let latest = later(place.latest.take(), walk.date_added_last());
        place = match (page.more, page.next) {
            (true, Some(next)) => Place { next: Some(next), latest, ..place },
            // Asked on by date: so far all is taken.
            (true, None) => Place { after: latest.clone().or(place.after), next: None, latest },
            (false, _) => Place { after: latest.or(place.after), ..Place::default() },
        };
        let text = serde_json::to_string(&place).unwrap_or_default();
        add(taken, share::take(here, subscription, &objects, Reached::Place(&text)).await?);
    }
    Ok(())
}

/// The later of two dates, as TAXII writes it: servers in use write dates without a fraction, and refuse them so.
fn later(known: Option<String>, met: Option<&str>) -> Option<String> {
    let met = met.and_then(timestamp::parse_micros).and_then(timestamp::format_micros);
    known.max(met)
}
