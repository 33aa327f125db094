//! The hubs that this installation listens to: joining one, and keeping up with what it says of itself.
//!
//! Joining pins the key of the hub's log and its signers; everything is checked before anything is stored. The token lives in a file of
//! the folder, never in the database.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ward_directory::{Here, HubFacts, Organisation, Permit, SignerFact, become_node, write_secret};
use ward_store::{Act, RowRef, Tx, random, remember_log};
use ward_tlog::VerifierKey;

use crate::http::{Place, hub_address};
pub use crate::roster::TrustedSigner;
use crate::sql::hubs as sql;
use crate::{WatchError, roster};

/// A hub that was joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hub {
    pub id: String,
    /// Without a slash at the end.
    pub url: String,
    pub name: String,
    pub identity_id: String,
    /// The pinned key of its log, as C2SP vkey text.
    pub verifier_key: String,
    /// What this installation's owner is called there.
    pub own_organisation_id: String,
    pub own_identity_id: String,
    pub alerts_collection: String,
    pub answers_collection: String,
    /// Within the folder of the installation.
    #[serde(skip)]
    pub token_file: String,
    /// The key that it cosigns with.
    pub witness_key: String,
    pub signers: Vec<TrustedSigner>,
    /// Signers whom it lists and nobody known vouches for.
    pub refused_signers: Vec<SignerFact>,
    /// Up to where its alerts were read, as TAXII writes a time.
    pub added_after: Option<String>,
    /// The size of its log that was cosigned, and the size of this installation's log that it cosigned.
    pub cosigned_size: i64,
    pub submitted_size: i64,
    /// How its log contradicts itself, if it does.
    pub log_problem: Option<String>,
    pub joined_at: i64,
    pub last_polled_at: Option<i64>,
    pub last_error: Option<String>,
}

/// What the hub answers to a join token.
#[derive(Deserialize)]
struct Joined {
    organisation_id: String,
    identity_id: String,
    token: String,
    hub: HubFacts,
}

/// Joins a hub with a join token, which is spent by that. Joining a known hub again gives a new token and changes nothing else.
pub async fn join(
    here: &Here,
    http: &reqwest::Client,
    permit: &Permit<Organisation>,
    hub_url: &str,
    join_token: &str,
) -> Result<Hub, WatchError> {
    let url = hub_address(hub_url)?;
    check_token(join_token.trim())?;
    check_owner(here, permit)?;
    let place = Place { http, name: &url, url: &url, token: join_token.trim() };
    let request = json!({"name": here.installation.name, "log_verifier_key": here.installation.log_key});
    let answer = place.post_json("/api/join", &request).await?;
    if answer.status == 404 {
        return Err(place.malformed("it answered 404"));
    }
    let joined: Joined = place.json(&answer)?;
    let known = sql::hubs(&here.store).await?.into_iter().find(|hub| hub.url == url);
    let not_believed = |why: String| WatchError::NotBelieved(format!("the hub at {url}: {why}"));
    let hub = match &known {
        None => new_hub(here, &url, &joined).map_err(not_believed)?,
        Some(known) => known_hub(known, &joined).map_err(not_believed)?,
    };
    check_token(&joined.token)?;
    write_secret(&here.folder.join(&hub.token_file), &format!("{}\n", joined.token))?;
    store_joined(here, permit, &hub, known.is_some()).await?;
    become_node(here).await?;
    Ok(hub)
}

/// All hubs, in the order in which they were joined.
pub async fn hubs(here: &Here) -> Result<Vec<Hub>, WatchError> {
    Ok(sql::hubs(&here.store).await?)
}

/// The hub with this id.
pub async fn hub(here: &Here, id: &str) -> Result<Hub, WatchError> {
    sql::hub(&here.store, id).await?.ok_or_else(|| WatchError::Unknown { what: "hub", id: id.to_owned() })
}

/// The signers of the hubs that were joined, whom this installation vouches for to its own members when it passes their alerts on.
pub async fn upstream_signers(here: &Here) -> Result<Vec<SignerFact>, WatchError> {
    let mut facts: Vec<SignerFact> = Vec::new();
    for signer in hubs(here).await?.into_iter().flat_map(|hub| hub.signers).filter(|signer| !signer.retired) {
        if !facts.iter().any(|known| known.verifier_key == signer.fact.verifier_key) {
            facts.push(signer.fact);
        }
    }
    Ok(facts)
}

/// Asks the hub again what it is. A new signer is believed when a known one vouches for it; the key of the log may not change. Gives the
/// hub as it is known now.
pub async fn refresh(here: &Here, http: &reqwest::Client, hub: &Hub) -> Result<Hub, WatchError> {
    let token = token(here, hub)?;
    let place = place(http, hub, &token);
    let facts: HubFacts = place.json(&place.get("/api/hub").await?)?;
    let not_believed = |why: String| WatchError::NotBelieved(format!("the hub `{}`: {why}", hub.name));
    if facts.verifier_key != hub.verifier_key || facts.identity_id != hub.identity_id {
        return Err(not_believed("it shows another log key or identity than when it was joined".to_owned()));
    }
    let key = roster::log_key(&hub.verifier_key).map_err(not_believed)?;
    // The comparison is made again under the row's lock, because another round may have been faster.
    let news = news(hub, &facts, &key).map_err(not_believed)?;
    if news.acts.is_empty() {
        return Ok(news.hub);
    }
    let mut tx = here.store.begin().await?;
    let locked = sql::lock_hub(&mut tx, &hub.id).await?;
    let locked = locked.ok_or_else(|| WatchError::Unknown { what: "hub", id: hub.id.clone() })?;
    let news = self::news(&locked, &facts, &key).map_err(not_believed)?;
    sql::set_signers(&mut tx, &news.hub).await?;
    for (act, verifier_key) in &news.acts {
        record(&mut tx, here, act, &hub.id, "ward", &json!({"verifier_key": verifier_key})).await?;
    }
    tx.commit().await?;
    Ok(news.hub)
}

/// A person says that a signer is to be believed whom nobody known vouches for. Alerts that were refused are looked at again.
pub async fn accept_signer(
    here: &Here,
    permit: &Permit<Organisation>,
    hub_id: &str,
    verifier_key: &str,
) -> Result<(), WatchError> {
    check_owner(here, permit)?;
    let mut tx = here.store.begin().await?;
    let hub = sql::lock_hub(&mut tx, hub_id).await?;
    let mut hub = hub.ok_or_else(|| WatchError::Unknown { what: "hub", id: hub_id.to_owned() })?;
    let place = hub.refused_signers.iter().position(|signer| signer.verifier_key == verifier_key);
    let unknown = || WatchError::Unknown { what: "refused signer", id: verifier_key.to_owned() };
    let signer = hub.refused_signers.remove(place.ok_or_else(unknown)?);
    hub.signers.retain(|known| known.fact.verifier_key != verifier_key);
    hub.signers.push(TrustedSigner { fact: signer, retired: false });
    sql::set_signers(&mut tx, &hub).await?;
    record(&mut tx, here, "signer.accepted", hub_id, &permit.who().actor, &json!({"verifier_key": verifier_key}))
        .await?;
    crate::receive::look_again(&mut tx, here, hub_id, &permit.who().actor).await?;
    Ok(tx.commit().await?)
}

/// A person asks for the alerts of a hub that were refused to be looked at again.
pub async fn reconsider(here: &Here, permit: &Permit<Organisation>, hub_id: &str) -> Result<(), WatchError> {
    check_owner(here, permit)?;
    let mut tx = here.store.begin().await?;
    crate::receive::look_again(&mut tx, here, hub_id, &permit.who().actor).await?;
    Ok(tx.commit().await?)
}

/// The secret that this installation shows to a hub.
pub(crate) fn token(here: &Here, hub: &Hub) -> Result<String, WatchError> {
    let path: PathBuf = here.folder.join(&hub.token_file);
    let text = std::fs::read_to_string(&path);
    let text = text.map_err(|source| WatchError::File { path: path.display().to_string(), source })?;
    Ok(text.trim().to_owned())
}

/// Where to ask a hub.
pub(crate) fn place<'a>(http: &'a reqwest::Client, hub: &'a Hub, token: &'a str) -> Place<'a> {
    Place { http, name: &hub.name, url: &hub.url, token }
}

/// Writes an entry about a hub with its row.
pub(crate) async fn record(
    tx: &mut Tx,
    here: &Here,
    act: &'static str,
    hub_id: &str,
    actor: &str,
    detail: &Value,
) -> Result<(), WatchError> {
    let act = Act {
        act,
        actor,
        organisation: &here.installation.organisation_id,
        subject: hub_id,
        at: here.now(),
        detail,
        rows: &[RowRef { table: "hub", key: &[hub_id] }],
    };
    tx.record(act).await?;
    Ok(())
}

/// What changes in a hub's row, and the entries that say so.
struct News {
    hub: Hub,
    acts: Vec<(&'static str, String)>,
}

fn news(hub: &Hub, facts: &HubFacts, key: &VerifierKey) -> Result<News, String> {
    let compared = roster::compare(facts, key, &hub.signers)?;
    let mut news = News { hub: Hub { signers: compared.signers, ..hub.clone() }, acts: Vec::new() };
    news.acts.extend(compared.accepted.into_iter().map(|key| ("signer.accepted", key)));
    news.acts.extend(compared.retired.into_iter().map(|key| ("signer.retired", key)));
    for signer in compared.refused {
        let known = news.hub.refused_signers.iter().any(|refused| refused.verifier_key == signer.verifier_key);
        if !known {
            tracing::warn!(
                hub = hub.name,
                signer = signer.name,
                "a new signer of the hub is not vouched for by one known here"
            );
            news.acts.push(("signer.refused", signer.verifier_key.clone()));
            news.hub.refused_signers.push(signer);
        }
    }
    Ok(news)
}

fn new_hub(here: &Here, url: &str, joined: &Joined) -> Result<Hub, String> {
    let facts = &joined.hub;
    let key = roster::log_key(&facts.verifier_key)?;
    if facts.verifier_key == here.installation.log_key || key.name() == here.log_key.verifier_key().name() {
        return Err("it is this installation itself".to_owned());
    }
    if facts.name.trim().is_empty() || facts.name.chars().any(char::is_control) || joined.organisation_id.is_empty() {
        return Err("it does not say its name or what it calls this installation".to_owned());
    }
    for identity in [&facts.identity_id, &joined.identity_id] {
        if ward_stix::id::split(identity).is_none_or(|(kind, _)| kind != "identity") {
            return Err(format!("`{identity}` is not the id of an identity"));
        }
    }
    let id = random::id();
    Ok(Hub {
        url: url.to_owned(),
        name: facts.name.clone(),
        identity_id: facts.identity_id.clone(),
        verifier_key: facts.verifier_key.clone(),
        own_organisation_id: joined.organisation_id.clone(),
        own_identity_id: joined.identity_id.clone(),
        alerts_collection: facts.alerts_collection.clone(),
        answers_collection: facts.answers_collection.clone(),
        token_file: format!("keys/hub-{id}.token"),
        witness_key: roster::witness_key(&facts.witness_verifier_key, &key)?.to_string(),
        signers: roster::pin(facts, &key)?,
        refused_signers: Vec::new(),
        added_after: None,
        cosigned_size: 0,
        submitted_size: 0,
        log_problem: None,
        joined_at: here.now(),
        last_polled_at: None,
        last_error: None,
        id,
    })
}

fn known_hub(known: &Hub, joined: &Joined) -> Result<Hub, String> {
    let same = joined.hub.verifier_key == known.verifier_key
        && joined.hub.identity_id == known.identity_id
        && joined.identity_id == known.own_identity_id;
    if !same {
        return Err(
            "it was joined before, and now shows another log key, or calls this installation another".to_owned()
        );
    }
    Ok(Hub { token_file: format!("keys/hub-{}-{}.token", known.id, random::id()), ..known.clone() })
}

async fn store_joined(here: &Here, permit: &Permit<Organisation>, hub: &Hub, again: bool) -> Result<(), WatchError> {
    let mut tx = here.store.begin().await?;
    if !sql::put_hub(&mut tx, hub).await? {
        return Err(WatchError::Invalid(format!("the hub at {} was joined by somebody else just now", hub.url)));
    }
    let key = roster::log_key(&hub.verifier_key).map_err(WatchError::NotBelieved)?;
    if !remember_log(&mut tx, key.name(), &hub.identity_id, &hub.verifier_key, here.now()).await? {
        return Err(WatchError::NotBelieved(format!("the log `{}` is known as another organisation's", key.name())));
    }
    let act = if again { "hub.rejoined" } else { "hub.joined" };
    record(&mut tx, here, act, &hub.id, &permit.who().actor, &json!({"url": hub.url, "log": key.name()})).await?;
    Ok(tx.commit().await?)
}

/// Whom this installation listens to is its owner's business.
fn check_owner(here: &Here, permit: &Permit<Organisation>) -> Result<(), WatchError> {
    if permit.on().id != here.installation.organisation_id {
        return Err(WatchError::Invalid(
            "only the owner of this installation decides which hubs it listens to".to_owned(),
        ));
    }
    Ok(())
}

/// A token goes into a header: it is one word.
fn check_token(token: &str) -> Result<(), WatchError> {
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(WatchError::Invalid("the token is not one: it is a single word that begins with ward_".to_owned()));
    }
    Ok(())
}
