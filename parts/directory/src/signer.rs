//! Signers: people whose signatures make an alert. The secret half of a key is sealed under the person's password and opened only to sign.
//!
//! The first signer is vouched for by the installation's log key; every later one by a signer before it, so that whoever takes over
//! a hub's server alone cannot make signers that the nodes believe: a node that joined knows the keys it may build on.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde_json::json;
use ward_policy::{Resource, Verb, may};
use ward_store::{Act, RowRef, random};
use ward_tlog::{Signature, SigningKey};

use crate::here::key_names_begin;
use crate::model::{Membership, Person, Signer};
use crate::permit::ask_again;
use crate::person::password_is;
use crate::throttle::{self, Counted};
use crate::turn::{TURNS, beside};
use crate::{DirectoryError, Here, Permit, memberships, sql};

/// Who vouches for a new signer.
#[derive(Clone, Copy, Debug)]
pub enum EnrolledBy<'a> {
    /// The installation's log key: for the first signers, before any node has joined.
    Installation,
    /// A signer before it.
    Signer { person_id: &'a str, password: &'a str },
}

/// The text that is signed to vouch for a signer.
pub fn enrolment_text(origin: &str, verifier_key: &str) -> String {
    format!("ward-signer/v1\n{origin}\n{verifier_key}\n")
}

/// The text of the roster that the installation signs for those who join.
pub fn roster_text(origin: &str, verifier_keys: &[String]) -> String {
    let lines: String = verifier_keys.iter().map(|key| format!("{key}\n")).collect();
    format!("ward-roster/v1\n{origin}\n{lines}")
}

/// Makes a signing key for a person who may sign alerts, sealed under their password.
pub async fn enrol_signer(
    here: &Here,
    permit: &Permit<Person>,
    password: &str,
    by: EnrolledBy<'_>,
) -> Result<Signer, DirectoryError> {
    ask_again(here, permit, Verb::Change, Resource::Person, &here.installation.organisation_id)?;
    let person = permit.on();
    if !memberships(here, &person.id).await?.iter().any(|membership| signs(here, membership)) {
        return Err(DirectoryError::invalid(format!("{} has no role that signs alerts", person.name)));
    }
    check_password(here, person, password).await?;
    let seed = random::bytes::<32>()?;
    let key = signing_key(here, &person.id, &seed)?;
    let verifier_key = key.verifier_key().to_string();
    let text = enrolment_text(here.log_key.verifier_key().name(), &verifier_key);
    let (enrolled_by, enrolment) = vouch(here, &text, by).await?;
    let signer = Signer {
        id: random::id(),
        person_id: person.id.clone(),
        verifier_key,
        enrolled_by,
        enrolment,
        created_at: here.now(),
        retired_at: None,
    };
    let sealed = seal_beside(password, seed, &signer.verifier_key).await?;
    let mut tx = here.store.begin().await?;
    sql::insert_signer(&mut tx, &signer, &sealed).await?;
    let act = Act {
        act: "signer.enrolled",
        actor: &permit.who().actor,
        organisation: &person.organisation_id,
        subject: &signer.id,
        at: signer.created_at,
        detail: &json!({"verifier_key": signer.verifier_key}),
        rows: &[RowRef { table: "signer", key: &[&signer.id] }],
    };
    tx.record(act).await?;
    tx.commit().await?;
    Ok(signer)
}

/// All signers, in the order in which they were enrolled.
pub async fn signers(here: &Here) -> Result<Vec<Signer>, DirectoryError> {
    Ok(sql::signers(&here.store).await?)
}

/// A person's signature over a note text; the password opens the key.
pub async fn sign_text(
    here: &Here,
    person_id: &str,
    password: &str,
    text: &str,
) -> Result<(Signer, Signature), DirectoryError> {
    let found = sql::signer_of(&here.store, person_id).await?;
    let (signer, sealed) = found
        .ok_or_else(|| DirectoryError::invalid("this person has no signing key: `ward person enrol` makes one"))?;
    let person = sql::person(&here.store, person_id).await?;
    if let Some(person) = &person {
        check_roles(here, person).await?;
    }
    let seed = open_slowly(here, person_id, password, (&sealed, &signer.verifier_key)).await?;
    let key = signing_key(here, person_id, &seed)?;
    let signature = key.signature(text).map_err(|e| DirectoryError::Cryptography(e.to_string()))?;
    Ok((signer, signature))
}

/// Opens a key, unless too many wrong passwords were tried for it: who has got hold of a session is no better off here than at the sign-in.
async fn open_slowly(
    here: &Here,
    person_id: &str,
    password: &str,
    (sealed, verifier_key): (&[u8], &str),
) -> Result<[u8; 32], DirectoryError> {
    let counted = Counted::of_signing_key(person_id);
    // Held until a wrong password is counted: who asks at the same time must not pass on the count of before.
    let _turn = TURNS.take(true).await?;
    if let Some(until) = throttle::wait_until(here, &counted).await? {
        let at = jiff::Timestamp::from_microsecond(until).unwrap_or_default().strftime("%H:%M UTC");
        return Err(DirectoryError::invalid(format!("too many wrong passwords: this key is not opened before {at}")));
    }
    let (password, sealed, verifier_key) = (password.to_owned(), sealed.to_owned(), verifier_key.to_owned());
    match beside(move || open_sealed(&password, &sealed, &verifier_key)).await? {
        Err(DirectoryError::WrongPassword) => {
            throttle::note_wrong(here, &counted).await?;
            Err(DirectoryError::WrongPassword)
        }
        opened => opened,
    }
}

async fn check_roles(here: &Here, person: &Person) -> Result<(), DirectoryError> {
    let roles = memberships(here, &person.id).await?;
    if person.disabled_at.is_none() && roles.iter().any(|membership| signs(here, membership)) {
        return Ok(());
    }
    Err(DirectoryError::Refused { who: person.name.clone() })
}

/// Only a role in the organisation that owns the installation makes a signer of its alerts: a member's director is none.
fn signs(here: &Here, membership: &Membership) -> bool {
    let Membership { organisation_id, role, .. } = membership;
    *organisation_id == here.installation.organisation_id && may(*role, Verb::Sign, Resource::Alert)
}

async fn check_password(here: &Here, person: &Person, password: &str) -> Result<(), DirectoryError> {
    let found = sql::person_of_email(&here.store, &person.email).await?;
    let Some(hash) = found.and_then(|(_, hash)| hash) else {
        return Err(DirectoryError::invalid(format!("{} has not accepted the invitation yet", person.name)));
    };
    let _turn = TURNS.take(true).await?;
    let password = password.to_owned();
    if beside(move || password_is(&password, &hash)).await? { Ok(()) } else { Err(DirectoryError::WrongPassword) }
}

async fn vouch(here: &Here, text: &str, by: EnrolledBy<'_>) -> Result<(Option<String>, String), DirectoryError> {
    let failed = |e: ward_tlog::NoteError| DirectoryError::Cryptography(e.to_string());
    match by {
        EnrolledBy::Installation => {
            let note = here.log_key.signing_key().sign(text).map_err(failed)?;
            Ok((None, note.to_string()))
        }
        EnrolledBy::Signer { person_id, password } => {
            let (signer, signature) = Box::pin(sign_text(here, person_id, password, text)).await?;
            let note = ward_tlog::Note::new(text, vec![signature]).map_err(failed)?;
            Ok((Some(signer.verifier_key), note.to_string()))
        }
    }
}

fn signing_key(here: &Here, person_id: &str, seed: &[u8; 32]) -> Result<SigningKey, DirectoryError> {
    let first = key_names_begin(here.is_demonstration());
    SigningKey::from_seed(&format!("{first}signer/{person_id}"), seed)
        .map_err(|e| DirectoryError::Cryptography(e.to_string()))
}

async fn seal_beside(password: &str, seed: [u8; 32], verifier_key: &str) -> Result<Vec<u8>, DirectoryError> {
    let _turn = TURNS.take(true).await?;
    let (password, verifier_key) = (password.to_owned(), verifier_key.to_owned());
    beside(move || seal(&password, &seed, &verifier_key)).await?
}

/// Salt (16), nonce (24), then the seed under XChaCha20-Poly1305 with a key that argon2id draws from the password; the verifier key is bound in.
fn seal(password: &str, seed: &[u8; 32], verifier_key: &str) -> Result<Vec<u8>, DirectoryError> {
    let (salt, nonce) = (random::bytes::<16>()?, random::bytes::<24>()?);
    let payload = Payload { msg: seed.as_slice(), aad: verifier_key.as_bytes() };
    let sealed = cipher(password, &salt)?.encrypt(&XNonce::from(nonce), payload);
    let sealed = sealed.map_err(|e| DirectoryError::Cryptography(e.to_string()))?;
    Ok([salt.as_slice(), nonce.as_slice(), sealed.as_slice()].concat())
}

fn open_sealed(password: &str, sealed: &[u8], verifier_key: &str) -> Result<[u8; 32], DirectoryError> {
    let damaged = || DirectoryError::Cryptography("the sealed key is damaged".to_owned());
    let (salt, rest) = sealed.split_first_chunk::<16>().ok_or_else(damaged)?;
    let (nonce, sealed) = rest.split_first_chunk::<24>().ok_or_else(damaged)?;
    let payload = Payload { msg: sealed, aad: verifier_key.as_bytes() };
    let seed =
        cipher(password, salt)?.decrypt(&XNonce::from(*nonce), payload).map_err(|_| DirectoryError::WrongPassword)?;
    <[u8; 32]>::try_from(seed).map_err(|_| damaged())
}

fn cipher(password: &str, salt: &[u8; 16]) -> Result<XChaCha20Poly1305, DirectoryError> {
    let mut key = [0_u8; 32];
    argon2::Argon2::default()
        .hash_password_into(password.as_bytes(), salt, &mut key)
        .map_err(|e| DirectoryError::Cryptography(e.to_string()))?;
    Ok(XChaCha20Poly1305::new(&key.into()))
}
