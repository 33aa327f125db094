//! Subscriptions of the hub: TAXII servers, other hubs and MISP feeds from which it takes threat information as their own.
//!
//! Each source is an organisation that is no member, and what it offers goes through the same intake as what a partner hands in. A page is one
//! transaction with the place up to which it reaches: killed at any moment, nothing is lost and nothing doubled. Fetching is not done here.

use std::path::PathBuf;

use serde::Serialize;
use serde_json::json;
use ward_directory::{Here, Permit, organisation, partner, write_secret};
use ward_policy::{Resource, Verb};
use ward_stix::marking::Tlp;
use ward_stix::object::{Object, ObjectError};
use ward_store::{Act, MICROS_PER_SECOND, RowRef, Tx, random};

use crate::ShareError;
use crate::alert::hub_permits;
use crate::collections::{self, INGEST_ALIAS};
use crate::intake::{Batch, Origin, Outcome, mentioned_first};
use crate::sql::subscriptions as sql;

/// Shortest and longest time between two polls, in seconds.
pub const INTERVAL_SECONDS: std::ops::RangeInclusive<i64> = 60..=604_800;
/// After failures the wait doubles up to this, in seconds.
const BACKOFF_SECONDS_MAX: i64 = 86_400;
/// Objects in one transaction.
const BATCH_OBJECTS: usize = 1_000;
/// Most characters of an error that is kept.
const ERROR_MAX_CHARS: usize = 500;

/// What is subscribed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A collection of a TAXII 2.1 server.
    Taxii,
    /// A feed of MISP: a manifest and events.
    Misp,
    /// Another hub of Ward.
    Hub,
}

impl Kind {
    /// The word for it.
    pub fn text(self) -> &'static str {
        match self {
            Kind::Taxii => "taxii",
            Kind::Misp => "misp",
            Kind::Hub => "hub",
        }
    }

    /// The kind of that word.
    pub fn of_text(text: &str) -> Option<Kind> {
        [Kind::Taxii, Kind::Misp, Kind::Hub].into_iter().find(|kind| kind.text() == text)
    }
}

/// What the hub shows to a source. The secret goes into a file of the installation's folder and never into the database.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    None,
    Token(String),
    Basic {
        user: String,
        password: String,
    },
    /// A client certificate with its private key, in PEM.
    Certificate(String),
}

/// Secrets are not shown.
impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.word())
    }
}

impl Secret {
    fn word(&self) -> &'static str {
        match self {
            Secret::None => "none",
            Secret::Token(_) => "token",
            Secret::Basic { .. } => "basic",
            Secret::Certificate(_) => "certificate",
        }
    }

    fn text(&self) -> String {
        match self {
            Secret::None => String::new(),
            Secret::Token(text) | Secret::Certificate(text) => text.clone(),
            Secret::Basic { user, password } => format!("{user}\n{password}"),
        }
    }
}

/// A subscription to add.
#[derive(Clone, Debug)]
pub struct NewSubscription {
    pub organisation_id: String,
    pub kind: Kind,
    /// Of an API root, of a feed's folder, or of a hub.
    pub url: String,
    /// Id or alias; empty for a feed.
    pub collection: String,
    pub secret: Secret,
    /// For what bears no TLP; without it only the hub reads that.
    pub assigned_tlp: Option<Tlp>,
    pub interval_seconds: i64,
}

/// A subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subscription {
    pub id: String,
    pub organisation_id: String,
    /// Its name.
    pub source: String,
    pub kind: Kind,
    pub url: String,
    pub collection: String,
    /// `none`, `token`, `basic` or `certificate`.
    pub credentials: String,
    #[serde(skip)]
    pub secret_file: String,
    #[serde(serialize_with = "label")]
    pub assigned_tlp: Option<Tlp>,
    pub interval_seconds: i64,
    pub added_at: i64,
    /// Up to where it was read; whoever fetches knows what it means.
    #[serde(skip)]
    pub place: Option<String>,
    pub next_at: i64,
    /// Polls in a row that did not end well.
    pub failures: i64,
    pub last_polled_at: Option<i64>,
    pub last_good_at: Option<i64>,
    pub last_error: Option<String>,
    /// Objects taken since it was added, and refused or kept aside.
    pub taken: i64,
    pub refused: i64,
}

#[expect(clippy::ref_option, reason = "serde calls it so")]
fn label<S: serde::Serializer>(tlp: &Option<Tlp>, out: S) -> Result<S::Ok, S::Error> {
    tlp.map(|tlp| tlp.label()).serialize(out)
}

/// What a page brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Taken {
    pub added: usize,
    pub already_here: usize,
    pub refused: usize,
}

/// How far a page reaches.
#[derive(Clone, Copy, Debug)]
pub enum Reached<'a> {
    /// Up to a place that the fetcher understands.
    Place(&'a str),
    /// To the end of an event of a feed, as of a version of it.
    Event { event_id: &'a str, stamp: &'a str },
}

/// Adds a subscription; for whoever creates indicators at the hub.
///
/// # Errors
/// [`ShareError::Forbidden`], or [`ShareError::Invalid`] with what is wrong.
pub async fn add(here: &Here, permit: &Permit<NewSubscription>) -> Result<Subscription, ShareError> {
    let (who, new) = (permit.who(), permit.on());
    hub_permits(here, who, Verb::Create, Resource::Indicator)?;
    let source = check(here, new).await?;
    let id = random::id();
    let subscription = Subscription {
        organisation_id: new.organisation_id.clone(),
        source,
        kind: new.kind,
        url: new.url.trim().trim_end_matches('/').to_owned(),
        collection: new.collection.clone(),
        credentials: new.secret.word().to_owned(),
        secret_file: if new.secret == Secret::None { String::new() } else { format!("keys/subscription-{id}.secret") },
        assigned_tlp: new.assigned_tlp,
        interval_seconds: new.interval_seconds,
        added_at: here.now(),
        place: None,
        next_at: here.now(),
        failures: 0,
        last_polled_at: None,
        last_good_at: None,
        last_error: None,
        taken: 0,
        refused: 0,
        id,
    };
    if new.secret != Secret::None {
        write_secret(&here.folder.join(&subscription.secret_file), &new.secret.text())?;
    }
    let mut tx = here.store.begin().await?;
    sql::insert(&mut tx, &subscription, &who.actor).await?;
    record(&mut tx, here, &who.actor, "subscription.added", &subscription.id).await?;
    tx.commit().await?;
    Ok(subscription)
}

/// The subscriptions, in the order in which they were added.
pub async fn list(here: &Here) -> Result<Vec<Subscription>, ShareError> {
    Ok(sql::all(&here.store).await?)
}

/// Ends a subscription; what came from it stays, as its source's. Its secret is removed from the folder.
///
/// # Errors
/// [`ShareError::Forbidden`], or [`ShareError::Unseen`] when there is no such one.
pub async fn remove(here: &Here, permit: &Permit<String>) -> Result<(), ShareError> {
    hub_permits(here, permit.who(), Verb::Create, Resource::Indicator)?;
    let id = permit.on();
    let unseen = || ShareError::Unseen { what: "subscription", id: id.clone() };
    let subscription = sql::one(&here.store, id).await?.ok_or_else(unseen)?;
    let mut tx = here.store.begin().await?;
    if !sql::remove(&mut tx, id, here.now()).await? {
        return Err(unseen());
    }
    record(&mut tx, here, &permit.who().actor, "subscription.removed", id).await?;
    tx.commit().await?;
    if !subscription.secret_file.is_empty() {
        // A poll under way may have read it already; that it is gone from the folder is what counts.
        let _ = std::fs::remove_file(here.folder.join(&subscription.secret_file));
    }
    Ok(())
}

/// The secret of a subscription.
///
/// # Errors
/// [`ShareError::Invalid`] when its file cannot be read.
pub fn secret(here: &Here, subscription: &Subscription) -> Result<Secret, ShareError> {
    if subscription.credentials == "none" {
        return Ok(Secret::None);
    }
    let path: PathBuf = here.folder.join(&subscription.secret_file);
    let text = std::fs::read_to_string(&path)
        .map_err(|error| ShareError::invalid(format!("the secret `{}` cannot be read: {error}", path.display())))?;
    Ok(match subscription.credentials.as_str() {
        "certificate" => Secret::Certificate(text),
        "basic" => {
            let (user, password) = text.split_once('\n').unwrap_or((text.as_str(), ""));
            Secret::Basic { user: user.to_owned(), password: password.trim_end_matches(['\r', '\n']).to_owned() }
        }
        _ => Secret::Token(text.trim().to_owned()),
    })
}

/// The version of a feed's event that was taken.
pub async fn stamp(here: &Here, subscription: &Subscription, event_id: &str) -> Result<Option<String>, ShareError> {
    Ok(sql::stamp(&here.store, &subscription.id, event_id).await?)
}

/// Takes what a page brought, as the source's own. The place is written with the last of it, so that a page that was cut off comes again whole, and
/// what it brought is known then.
pub async fn take(
    here: &Here,
    subscription: &Subscription,
    objects: &[Result<Object, ObjectError>],
    reached: Reached<'_>,
) -> Result<Taken, ShareError> {
    let source = organisation(here, &subscription.organisation_id).await?;
    let source = source.filter(|source| !source.is_member).ok_or_else(|| no_partner(&subscription.organisation_id))?;
    let who = partner(source);
    let collection = collections::find(here, &who, INGEST_ALIAS).await?;
    let readable: Vec<&Object> = mentioned_first(objects).map(|(_, object)| object).collect();
    let mut taken = Taken { refused: objects.len() - readable.len(), ..Taken::default() };
    let mut parts = readable.chunks(BATCH_OBJECTS).peekable();
    // An empty page reaches further as well.
    let mut is_first = true;
    while is_first || parts.peek().is_some() {
        is_first = false;
        let part = parts.next().unwrap_or_default();
        let mut batch = Batch::begin(here, &who, &collection, subscription.assigned_tlp, Origin::Posted).await?;
        let mut done = Taken::default();
        for object in part {
            match batch.place(object).await? {
                Outcome::Added => done.added += 1,
                Outcome::AlreadyHere => done.already_here += 1,
                Outcome::Quarantined(reason) | Outcome::Refused(reason) => {
                    tracing::debug!(source = who.name, id = object.id(), reason, "an object was not taken");
                    done.refused += 1;
                }
            }
        }
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        sql::count(&mut batch.tx, &subscription.id, count(done.added), count(done.refused)).await?;
        if parts.peek().is_none() {
            match reached {
                Reached::Place(place) => sql::set_place(&mut batch.tx, &subscription.id, place).await?,
                Reached::Event { event_id, stamp } => {
                    sql::set_stamp(&mut batch.tx, &subscription.id, event_id, stamp).await?;
                }
            }
        }
        batch.commit().await?;
        taken.added += done.added;
        taken.already_here += done.already_here;
        taken.refused += done.refused;
    }
    Ok(taken)
}

/// Notes how a poll ended, and when the next one is due: after the interval, or after a wait that doubles with each failure. `wait_seconds` is
/// how long the source asks to be left alone.
pub async fn note_polled(
    here: &Here,
    subscription: &Subscription,
    error: Option<&str>,
    wait_seconds: Option<i64>,
) -> Result<(), ShareError> {
    let failures = if error.is_some() { subscription.failures + 1 } else { 0 };
    let wait =
        wait_after(subscription.interval_seconds, failures).max(wait_seconds.unwrap_or(0).min(BACKOFF_SECONDS_MAX));
    let error: Option<String> = error.map(|error| error.chars().take(ERROR_MAX_CHARS).collect());
    let mut tx = here.store.begin().await?;
    let next_at = here.now() + wait * MICROS_PER_SECOND;
    sql::set_polled(&mut tx, &subscription.id, here.now(), next_at, failures, error.as_deref()).await?;
    Ok(tx.commit().await?)
}

fn wait_after(interval_seconds: i64, failures: i64) -> i64 {
    let doubled = 1_i64 << failures.clamp(0, 20);
    interval_seconds.saturating_mul(doubled).min(BACKOFF_SECONDS_MAX.max(interval_seconds))
}

/// Gives the name of the source.
async fn check(here: &Here, new: &NewSubscription) -> Result<String, ShareError> {
    let mut wrong = Vec::new();
    if !here.installation.is_hub {
        wrong.push("only a hub subscribes: a node joins a hub".to_owned());
    }
    if !INTERVAL_SECONDS.contains(&new.interval_seconds) {
        let (shortest, longest) = (INTERVAL_SECONDS.start(), INTERVAL_SECONDS.end());
        wrong.push(format!("the time between two polls is {shortest} to {longest} seconds"));
    }
    if new.collection.is_empty() == (new.kind != Kind::Misp) {
        wrong.push("a TAXII server is subscribed to by collection, a feed of MISP as a whole".to_owned());
    }
    if let Secret::Token(text) = &new.secret
        && (text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()))
    {
        wrong.push("the token is not one word".to_owned());
    }
    if let Secret::Basic { user, .. } = &new.secret
        && (user.is_empty() || user.contains(['\n', ':']))
    {
        wrong.push("the user's name is empty or holds a colon".to_owned());
    }
    let source = organisation(here, &new.organisation_id).await?;
    match source {
        Some(source) if !source.is_member && wrong.is_empty() => Ok(source.name),
        Some(source) if !source.is_member => Err(ShareError::Invalid(wrong)),
        _ => Err(no_partner(&new.organisation_id)),
    }
}

fn no_partner(organisation_id: &str) -> ShareError {
    ShareError::invalid(format!(
        "`{organisation_id}` is not a partner of this hub: add it as one that is no member, and give its id"
    ))
}

async fn record(tx: &mut Tx, here: &Here, actor: &str, act: &'static str, id: &str) -> Result<(), ShareError> {
    let act = Act {
        act,
        actor,
        organisation: &here.installation.organisation_id,
        subject: id,
        at: here.now(),
        detail: &json!({}),
        rows: &[RowRef { table: "subscription", key: &[id] }],
    };
    tx.record(act).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_a_day() {
        for (interval, failures, expected) in
            [(60, 0, 60), (60, 1, 120), (60, 3, 480), (3_600, 5, 86_400), (60, 99, 86_400), (604_800, 3, 604_800)]
        {
            assert_eq!(wait_after(interval, failures), expected, "{interval} {failures}");
        }
    }
}
