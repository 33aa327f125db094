//! API tokens: hashed, scoped and expiring. A join token is used once and gives the node a token of its own.

use serde_json::json;
use ward_policy::{Attributes, Level, Resource, Verb};
use ward_store::{Act, MICROS_PER_SECOND, RowRef, Tx, random, remember_log};
use ward_tlog::VerifierKey;

use crate::attributes::of_organisation;
use crate::model::{Organisation, OrganisationKind, Scope, Who};
use crate::permit::ask_again;
use crate::person::{new_secret, secret_hash, who_is};
use crate::sql::access::{self, NewToken, TokenRow};
use crate::sql::clearance;
use crate::{DirectoryError, Here, Permit, organisation, person, sql};

/// How a token begins, so that a lost one is recognised.
const PREFIX: &str = "ward_";
pub(crate) const DAY: i64 = 86_400 * MICROS_PER_SECOND;
/// Longest text of a log's verifier key that is taken.
const VERIFIER_KEY_BYTES_MAX: usize = 512;

/// Makes a token for an organisation. The secret is shown once.
pub async fn issue_token(
    here: &Here,
    permit: &Permit<Organisation>,
    scopes: &[Scope],
    days: i64,
) -> Result<String, DirectoryError> {
    ask_again(here, permit, Verb::Create, Resource::Token, &permit.on().id)?;
    check_terms(scopes, days)?;
    let mut tx = here.store.begin().await?;
    let secret = insert(&mut tx, &permit.who().actor, permit.on(), scopes, here.now(), days).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Whether scopes and an end are such as a token may have.
pub(crate) fn check_terms(scopes: &[Scope], days: i64) -> Result<(), DirectoryError> {
    if scopes.is_empty() || !(1..=3660).contains(&days) {
        return Err(DirectoryError::invalid("a token needs at least one scope and an end within ten years"));
    }
    Ok(())
}

/// What a node gets for its join token.
#[derive(Clone, Debug)]
pub struct Joined {
    pub organisation: Organisation,
    /// The node's token, shown once.
    pub token: String,
}

/// Spends a join token, in one step: its organisation's node gets a token of its own, and its log is witnessed from now on.
pub async fn redeem_join_token(here: &Here, secret: &str, log_verifier_key: &str) -> Result<Joined, DirectoryError> {
    let key = log_key_of_a_member(here, log_verifier_key)?;
    let now = here.now();
    let mut tx = here.store.begin().await?;
    let spent = access::spend_join_token(&mut tx, secret_hash(secret), now).await?;
    let (token_id, id) = spent.ok_or(DirectoryError::Spent)?;
    let organisation = sql::organisation_in(&mut tx, &id).await?;
    let organisation = organisation.ok_or(DirectoryError::Unknown { what: "organisation", id })?;
    if !organisation.is_member {
        return Err(DirectoryError::Spent);
    }
    if !remember_log(&mut tx, key.name(), &organisation.id, log_verifier_key, now).await? {
        return Err(DirectoryError::invalid(format!("the log `{}` belongs to another organisation", key.name())));
    }
    let joined_with = json!({"log_verifier_key": log_verifier_key});
    record(&mut tx, &token_id, &organisation, &token_id, ("token.redeemed", &joined_with), now).await?;
    let scopes = [Scope::Read, Scope::Write, Scope::Node];
    let token = insert(&mut tx, &token_id, &organisation, &scopes, now, 3 * 366).await?;
    tx.commit().await?;
    Ok(Joined { organisation, token })
}

/// Who has this token; none when it is unknown, revoked, expired, or only good for joining.
pub async fn authenticate(here: &Here, secret: &str) -> Result<Option<Who>, DirectoryError> {
    holder(here, secret_hash(secret)).await
}

/// Who has the token that is kept under this hash.
pub(crate) async fn holder(here: &Here, hash: String) -> Result<Option<Who>, DirectoryError> {
    let found = access::live_token(&here.store, hash, here.now()).await?;
    let Some((token, organisation, codes)) = found else { return Ok(None) };
    let scopes = parse_scopes(&token.scopes)?;
    if scopes == [Scope::Join] {
        return Ok(None);
    }
    if let Some(person_id) = &token.person_id {
        let Some(person) = person(here, person_id).await? else { return Ok(None) };
        return Ok(who_is(here, &person, Some(&token.organisation_id)).await?.map(|who| Who { scopes, ..who }));
    }
    Ok(Some(machine(organisation, codes, token.id, scopes)))
}

/// Somebody who reads for an organisation: its machines, or one of its people; to find out what they may see, not to act. None when there is no
/// such organisation or person any more.
///
/// # Errors
/// [`DirectoryError::Store`].
pub async fn stands_for(
    here: &Here,
    organisation_id: &str,
    person_id: Option<&str>,
) -> Result<Option<Who>, DirectoryError> {
    let Some(person_id) = person_id else {
        let Some(organisation) = organisation(here, organisation_id).await? else { return Ok(None) };
        let codes = clearance::entered(&here.store, organisation_id).await?;
        return Ok(Some(machine(organisation, codes, "ward".to_owned(), vec![Scope::Read])));
    };
    let Some(person) = person(here, person_id).await?.filter(|person| person.disabled_at.is_none()) else {
        return Ok(None);
    };
    let who = who_is(here, &person, Some(organisation_id)).await?;
    Ok(who.map(|who| Who { scopes: vec![Scope::Read], ..who }))
}

/// An organisation's node or program.
fn machine(organisation: Organisation, codes: Option<Attributes>, actor: String, scopes: Vec<Scope>) -> Who {
    Who {
        attributes: of_organisation(organisation.kind, codes),
        name: organisation.name.clone(),
        actor,
        person_id: None,
        organisation,
        roles: Vec::new(),
        scopes,
        clearance: Level::Unclassified,
    }
}

/// Whoever asks without saying who: somebody of no organisation, who may only read.
pub fn anybody() -> Who {
    let organisation = Organisation {
        id: String::new(),
        kind: OrganisationKind::Vendor,
        name: "anybody".to_owned(),
        state: String::new(),
        parent_id: None,
        identity_id: String::new(),
        is_member: false,
        created_at: 0,
    };
    Who {
        actor: String::new(),
        name: organisation.name.clone(),
        person_id: None,
        organisation,
        roles: Vec::new(),
        scopes: vec![Scope::Read],
        clearance: Level::Unclassified,
        attributes: Attributes::default(),
    }
}

/// Revokes a token at once.
pub async fn revoke_token(here: &Here, permit: &Permit<Organisation>, token_id: &str) -> Result<(), DirectoryError> {
    ask_again(here, permit, Verb::Delete, Resource::Token, &permit.on().id)?;
    let mut tx = here.store.begin().await?;
    if !access::revoke_token(&mut tx, token_id, &permit.on().id, here.now()).await? {
        return Err(DirectoryError::Unknown { what: "token", id: token_id.to_owned() });
    }
    record(&mut tx, &permit.who().actor, permit.on(), token_id, ("token.revoked", &json!({})), here.now()).await?;
    Ok(tx.commit().await?)
}

/// The tokens of an organisation that hold: id, beginning, scopes, end.
pub async fn tokens(
    here: &Here,
    permit: &Permit<Organisation>,
) -> Result<Vec<(String, String, String, i64)>, DirectoryError> {
    ask_again(here, permit, Verb::See, Resource::Token, &permit.on().id)?;
    Ok(access::tokens(&here.store, &permit.on().id).await?)
}

/// Whether an organisation has a node that joined here: one that answers by itself.
///
/// # Errors
/// [`DirectoryError::Store`].
pub async fn has_node(here: &Here, organisation_id: &str) -> Result<bool, DirectoryError> {
    let now = here.now();
    let tokens = access::tokens(&here.store, organisation_id).await?;
    for (_, _, scopes, expires_at) in tokens {
        if expires_at > now && parse_scopes(&scopes)?.contains(&Scope::Node) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The key of a log that a member may join with: not this installation's own.
fn log_key_of_a_member(here: &Here, text: &str) -> Result<VerifierKey, DirectoryError> {
    if text.len() > VERIFIER_KEY_BYTES_MAX {
        return Err(DirectoryError::invalid(format!(
            "a log's verifier key has at most {VERIFIER_KEY_BYTES_MAX} bytes"
        )));
    }
    let key = VerifierKey::parse(text)
        .map_err(|_| DirectoryError::invalid(format!("`{text}` is not a verifier key of a log")))?;
    if key.name() == here.log_key.verifier_key().name() {
        return Err(DirectoryError::invalid("this is the log of the installation that is joined"));
    }
    Ok(key)
}

async fn insert(
    tx: &mut Tx,
    actor: &str,
    organisation: &Organisation,
    scopes: &[Scope],
    now: i64,
    days: i64,
) -> Result<String, DirectoryError> {
    let secret = format!("{PREFIX}{}", new_secret()?);
    let prefix = secret.chars().take(PREFIX.len() + 6).collect();
    let (hash, until) = (secret_hash(&secret), now + days * DAY);
    keep(tx, actor, organisation, scopes, (hash, prefix), (now, until), &json!({})).await?;
    Ok(secret)
}

/// Keeps what opens a door for an organisation, under its hash and with what its owner knows it by, from now until then.
pub(crate) async fn keep(
    tx: &mut Tx,
    actor: &str,
    organisation: &Organisation,
    scopes: &[Scope],
    (hash, prefix): (String, String),
    (now, expires_at): (i64, i64),
    detail: &serde_json::Value,
) -> Result<(), DirectoryError> {
    let scopes: Vec<String> = scopes.iter().map(crate::model::text_of).collect();
    let (id, organisation_id) = (random::id(), organisation.id.clone());
    let row = TokenRow { id, organisation_id, person_id: None, scopes: scopes.join(" ") };
    access::insert_token(tx, NewToken { hash, prefix, row: &row, created_at: now, expires_at }).await?;
    record(tx, actor, organisation, &row.id, ("token.issued", detail), now).await
}

fn parse_scopes(text: &str) -> Result<Vec<Scope>, DirectoryError> {
    let parse = |word: &str| serde_json::from_value(serde_json::Value::String(word.to_owned())).ok();
    let scopes: Option<Vec<Scope>> = text.split(' ').map(parse).collect();
    scopes.ok_or_else(|| DirectoryError::invalid(format!("a token has the unknown scopes `{text}`")))
}

async fn record(
    tx: &mut Tx,
    actor: &str,
    organisation: &Organisation,
    token_id: &str,
    (act, detail): (&'static str, &serde_json::Value),
    at: i64,
) -> Result<(), DirectoryError> {
    let rows = [RowRef { table: "api_token", key: &[token_id] }];
    tx.record(Act { act, actor, organisation: &organisation.id, subject: token_id, at, detail, rows: &rows }).await?;
    Ok(())
}
