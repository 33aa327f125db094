//! People: adding them, their roles, their invitations and passwords.

use std::collections::{BTreeMap, BTreeSet};

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use serde_json::json;
use sha2::{Digest, Sha256};
use ward_policy::{Attributes, Level, Resource, Role, Verb};
use ward_store::{Act, MICROS_PER_SECOND, RowRef, Tx, random};

use crate::attributes::{of_organisation, of_person};
use crate::clearance::Holder;
use crate::model::{Membership, Organisation, Person, Scope, Who, level_name, role_name};
use crate::permit::ask_again;
use crate::sql::{access, clearance};
use crate::turn::{TURNS, beside};
use crate::{DirectoryError, Here, Permit, organisation, spill, sql};

/// How long an invitation holds.
const INVITATION_SECONDS: i64 = 14 * 86_400;
/// NIST SP 800-63B 5.1.1.2 asks for at least 8; Ward asks for 12 and for nothing else.
pub(crate) const PASSWORD_CHARACTERS_MIN: usize = 12;
/// The same section asks that at least 64 are taken; the end keeps a stranger from sending megabytes to be hashed.
const PASSWORD_CHARACTERS_MAX: usize = 1_024;
/// Longest name, in characters.
const NAME_CHARACTERS_MAX: usize = 200;
/// RFC 5321, section 4.5.3.1.3, in bytes.
const EMAIL_BYTES_MAX: usize = 254;

/// What is said of a new person.
#[derive(Clone, Debug)]
pub struct NewPerson {
    pub organisation_id: String,
    pub name: String,
    pub office: String,
    pub email: String,
    pub role: Role,
}

/// Adds a person with a first role in the organisation, cleared to nothing: that follows from records (`clearance`) alone.
pub async fn add_person(here: &Here, permit: &Permit<NewPerson>) -> Result<Person, DirectoryError> {
    let new = permit.on();
    ask_again(here, permit, Verb::Create, Resource::Person, &new.organisation_id)?;
    spill::guard(here, permit.who(), "person", &[&new.name, &new.office, &new.email]).await?;
    check_name_and_email(&new.name, &new.email)?;
    if organisation(here, &new.organisation_id).await?.is_none() {
        return Err(DirectoryError::Unknown { what: "organisation", id: new.organisation_id.clone() });
    }
    let mut tx = here.store.begin().await?;
    if access::other_with_email(&mut tx, &new.email, "").await?.is_some() {
        return Err(DirectoryError::invalid(format!("`{}` is already somebody's e-mail address here", new.email)));
    }
    let person = insert_with_role(&mut tx, new, here.now()).await?;
    let rows = [
        RowRef { table: "person", key: &[&person.id] },
        RowRef { table: "membership", key: &[&person.id, &new.organisation_id, role_name(new.role)] },
    ];
    record(&mut tx, &permit.who().actor, &new.organisation_id, &person.id, "person.added", here.now(), &rows).await?;
    tx.commit().await?;
    Ok(person)
}

/// Gives a person a role in an organisation: a navigator has one in each that it acts for.
pub async fn add_membership(here: &Here, permit: &Permit<Membership>) -> Result<(), DirectoryError> {
    let new = permit.on();
    ask_again(here, permit, Verb::Change, Resource::Person, &new.organisation_id)?;
    let mut tx = here.store.begin().await?;
    sql::insert_membership(&mut tx, new).await?;
    let key = [new.person_id.as_str(), new.organisation_id.as_str(), role_name(new.role)];
    let rows = [RowRef { table: "membership", key: &key }];
    record(&mut tx, &permit.who().actor, &new.organisation_id, &new.person_id, "membership.added", here.now(), &rows)
        .await?;
    Ok(tx.commit().await?)
}

/// A one-time link with which a person sets name and password.
pub async fn invite(here: &Here, permit: &Permit<Person>) -> Result<String, DirectoryError> {
    has_power_over(here, permit).await?;
    let mut tx = here.store.begin().await?;
    let link = invite_in(&mut tx, &permit.on().id, here.now()).await?;
    let person = permit.on();
    record(&mut tx, &permit.who().actor, &person.organisation_id, &person.id, "person.invited", here.now(), &[])
        .await?;
    tx.commit().await?;
    Ok(link)
}

/// Uses an invitation, once: sets the person's name, e-mail address and password. Whoever knew the old password or has another link is out:
/// all sessions end and no other invitation holds.
pub async fn accept_invitation(
    here: &Here,
    token: &str,
    name: &str,
    email: &str,
    password: &str,
) -> Result<Person, DirectoryError> {
    check_name_and_email(name, email)?;
    check_new_password(password)?;
    // Before the password is hashed: that costs much, and anybody can send a form.
    let invited = access::invited_person(&here.store, secret_hash(token), here.now()).await?;
    let id = invited.ok_or(DirectoryError::Spent)?;
    let unknown = || DirectoryError::Unknown { what: "person", id: id.clone() };
    let organisation_id = person(here, &id).await?.ok_or_else(unknown)?.organisation_id;
    spill::guard_by(here, (&id, &organisation_id), "invitation", &[name, email]).await?;
    let hash = {
        let _turn = TURNS.take(true).await?;
        let password = password.to_owned();
        beside(move || hash_password(&password)).await??
    };
    let mut tx = here.store.begin().await?;
    let spent = access::use_invitation(&mut tx, secret_hash(token), here.now()).await?;
    if spent.as_ref() != Some(&id) {
        return Err(DirectoryError::Spent);
    }
    if access::other_with_email(&mut tx, email, &id).await?.is_some() {
        return Err(DirectoryError::invalid(format!("`{email}` is already somebody's e-mail address here")));
    }
    access::set_credentials(&mut tx, &id, name, email, hash).await?;
    access::end_invitations_of(&mut tx, &id, here.now()).await?;
    access::revoke_sessions_of(&mut tx, &id, here.now()).await?;
    let rows = [RowRef { table: "person", key: &[&id] }];
    record(&mut tx, &id, &organisation_id, &id, "person.accepted", here.now(), &rows).await?;
    tx.commit().await?;
    person(here, &id).await?.ok_or_else(unknown)
}

/// The names of the people among these ids.
pub async fn names(here: &Here, ids: &BTreeSet<String>) -> Result<BTreeMap<String, String>, DirectoryError> {
    let ids: Vec<String> = ids.iter().cloned().collect();
    let mut names = BTreeMap::new();
    for some in ids.chunks(sql::NAMES_AT_ONCE) {
        names.extend(sql::names(&here.store, some).await?);
    }
    Ok(names)
}

/// All people.
pub async fn people(here: &Here) -> Result<Vec<Person>, DirectoryError> {
    Ok(sql::people(&here.store).await?)
}

/// The person with this id.
pub async fn person(here: &Here, id: &str) -> Result<Option<Person>, DirectoryError> {
    Ok(sql::person(&here.store, id).await?)
}

/// The person with this e-mail address, whether its letters are written large or small.
pub async fn person_of_email(here: &Here, email: &str) -> Result<Option<Person>, DirectoryError> {
    Ok(sql::person_of_email(&here.store, email).await?.map(|(person, _)| person))
}

/// The roles of a person.
pub async fn memberships(here: &Here, person_id: &str) -> Result<Vec<Membership>, DirectoryError> {
    Ok(sql::memberships(&here.store, person_id).await?)
}

/// The person as one who acts for an organisation (their own, unless another is named in which they have a role). Used by sessions, and on the owner's
/// own machine by commands that say who acts.
pub async fn acting_as(here: &Here, email: &str, organisation_id: Option<&str>) -> Result<Option<Who>, DirectoryError> {
    let Some(person) = person_of_email(here, email).await? else { return Ok(None) };
    who_is(here, &person, organisation_id).await
}

/// A person as `Who`; none when disabled or without a role there.
pub(crate) async fn who_is(
    here: &Here,
    person: &Person,
    organisation_id: Option<&str>,
) -> Result<Option<Who>, DirectoryError> {
    if person.disabled_at.is_some() {
        return Ok(None);
    }
    let id = organisation_id.unwrap_or(&person.organisation_id);
    let roles: Vec<Role> =
        memberships(here, &person.id).await?.into_iter().filter(|m| m.organisation_id == id).map(|m| m.role).collect();
    let Some(organisation) = organisation(here, id).await? else { return Ok(None) };
    let known = Known {
        holder: clearance::holder(&here.store, &person.id).await?,
        codes: clearance::entered(&here.store, id).await?,
        now: here.now(),
    };
    Ok(who_with(person, organisation, roles, known))
}

/// What is known of a person and their organisation beside who they are.
pub(crate) struct Known {
    pub holder: Option<Holder>,
    pub codes: Option<Attributes>,
    pub now: i64,
}

/// As `who_is`, of what was read already. Somebody is cleared as far as both their own row and their records say, and as long as those hold.
pub(crate) fn who_with(person: &Person, organisation: Organisation, roles: Vec<Role>, known: Known) -> Option<Who> {
    let Known { holder, codes, now } = known;
    let reached = holder.as_ref().map_or(Level::Unclassified, |holder| holder.level(now));
    let training = holder.map(|holder| holder.training).unwrap_or_default();
    let attributes = of_person(of_organisation(organisation.kind, codes), &training);
    (person.disabled_at.is_none() && !roles.is_empty()).then(|| Who {
        actor: person.id.clone(),
        name: person.name.clone(),
        person_id: Some(person.id.clone()),
        organisation,
        roles,
        scopes: vec![Scope::Read, Scope::Write],
        clearance: reached.min(person.clearance),
        attributes,
    })
}

pub(crate) async fn insert_with_role(tx: &mut Tx, new: &NewPerson, now: i64) -> Result<Person, DirectoryError> {
    let person = Person {
        id: random::id(),
        organisation_id: new.organisation_id.clone(),
        name: new.name.clone(),
        office: new.office.clone(),
        email: new.email.clone(),
        clearance: Level::Unclassified,
        created_at: now,
        disabled_at: None,
    };
    sql::insert_person(tx, &person, level_name(person.clearance)).await?;
    let (person_id, organisation_id) = (person.id.clone(), new.organisation_id.clone());
    sql::insert_membership(tx, &Membership { person_id, organisation_id, role: new.role }).await?;
    Ok(person)
}

/// Makes an invitation; gives the path of its link. Only the hash of its token is kept.
pub(crate) async fn invite_in(tx: &mut Tx, person_id: &str, now: i64) -> Result<String, DirectoryError> {
    let token = new_secret()?;
    let expires_at = now + INVITATION_SECONDS * MICROS_PER_SECOND;
    access::insert_invitation(tx, secret_hash(&token), person_id, expires_at).await?;
    Ok(format!("/welcome/{token}"))
}

/// A random secret of 256 bits, as base64url text.
pub(crate) fn new_secret() -> Result<String, DirectoryError> {
    use base64::Engine;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random::bytes::<32>()?))
}

/// What is kept of a random secret. It has 256 bits, so a plain hash is enough; passwords are hashed with argon2id.
pub(crate) fn secret_hash(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Who may set a person's password anew, or end their sessions, has what the person may do: everywhere where they have a role.
pub(crate) async fn has_power_over(here: &Here, permit: &Permit<Person>) -> Result<(), DirectoryError> {
    ask_again(here, permit, Verb::Change, Resource::Person, &permit.on().organisation_id)?;
    for membership in memberships(here, &permit.on().id).await? {
        ask_again(here, permit, Verb::Change, Resource::Person, &membership.organisation_id)?;
    }
    Ok(())
}

fn check_new_password(password: &str) -> Result<(), DirectoryError> {
    let (min, max) = (PASSWORD_CHARACTERS_MIN, PASSWORD_CHARACTERS_MAX);
    match password.chars().count() {
        length if length < min => Err(DirectoryError::invalid(format!("a password has at least {min} characters"))),
        length if length > max => Err(DirectoryError::invalid(format!("a password has at most {max} characters"))),
        _ => Ok(()),
    }
}

/// Argon2id (RFC 9106) with the crate's default parameters and a random salt, as PHC text.
pub(crate) fn hash_password(password: &str) -> Result<String, DirectoryError> {
    let salt = random::bytes::<16>()?;
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).map_err(|e| DirectoryError::Cryptography(e.to_string()))
}

/// Whether the password is the one that was hashed.
pub(crate) fn password_is(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

fn check_name_and_email(name: &str, email: &str) -> Result<(), DirectoryError> {
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        return Err(DirectoryError::invalid("a person needs a name"));
    }
    if name.chars().count() > NAME_CHARACTERS_MAX {
        return Err(DirectoryError::invalid(format!("a name has at most {NAME_CHARACTERS_MAX} characters")));
    }
    if email.len() > EMAIL_BYTES_MAX {
        return Err(DirectoryError::invalid(format!("an e-mail address has at most {EMAIL_BYTES_MAX} bytes")));
    }
    let parts: Vec<&str> = email.split('@').collect();
    let has_blank = email.chars().any(|c| c.is_whitespace() || c.is_control());
    if parts.len() != 2 || parts.iter().any(|part| part.is_empty()) || has_blank {
        return Err(DirectoryError::invalid(format!("`{email}` is not an e-mail address")));
    }
    Ok(())
}

async fn record(
    tx: &mut Tx,
    actor: &str,
    organisation: &str,
    subject: &str,
    act: &'static str,
    at: i64,
    rows: &[RowRef<'_>],
) -> Result<(), DirectoryError> {
    tx.record(Act { act, actor, organisation, subject, at, detail: &json!({}), rows }).await?;
    Ok(())
}
