//! Sessions: signing in with a password, revocable, with an idle and an absolute end. The table holds only the token's hash.

use serde_json::json;
use ward_store::{Act, MICROS_PER_SECOND, Tx};

use crate::model::{Person, Who};
use crate::person::{Known, has_power_over, hash_password, new_secret, password_is, secret_hash, who_is, who_with};
use crate::sql::access;
use crate::throttle::{self, Counted};
use crate::turn::{TURNS, beside};
use crate::{DirectoryError, Here, Permit, sql};

const IDLE_SECONDS: i64 = 60 * 60;
const ABSOLUTE_SECONDS: i64 = 12 * 60 * 60;

/// A new session: its token is shown once and goes into the cookie.
#[derive(Clone, Debug)]
pub struct Session {
    pub token: String,
    pub who: Who,
}

/// What came of trying to sign in.
#[derive(Clone, Debug)]
pub enum SignIn {
    Done(Box<Session>),
    /// The address or the password is wrong; which of them is not said.
    Wrong,
    /// Too many wrong passwords: none is looked at until then, in microseconds UTC.
    Wait {
        until: i64,
    },
}

/// Signs a person in. A wrong address and a wrong password take the same time and answer the same. `known_browser` is the mark of a
/// browser that has signed in as this person before; whoever calls has made sure of that.
///
/// # Errors
/// [`DirectoryError::Busy`] when too many passwords are being looked at.
pub async fn sign_in(
    here: &Here,
    email: &str,
    password: &str,
    known_browser: Option<&str>,
) -> Result<SignIn, DirectoryError> {
    // Asked for before it is counted: who waits for a turn must not pass on the count of before.
    let _turn = TURNS.take(known_browser.is_some()).await?;
    let found = sql::person_of_email(&here.store, email.trim()).await?;
    let counted = match &found {
        Some((person, _)) => Counted::of_person(&person.id, known_browser),
        None => Counted::of_address(email),
    };
    if let Some(until) = throttle::wait_until(here, &counted).await? {
        return Ok(SignIn::Wait { until });
    }
    let stored = found.as_ref().and_then(|(_, hash)| hash.clone());
    let password = password.to_owned();
    let checked = beside(move || match stored {
        Some(hash) => password_is(&password, &hash),
        None => {
            // The same work as for a known address, so that its time does not tell which addresses are known.
            let _ = hash_password("no such person, same work");
            false
        }
    });
    let right = checked.await?;
    let who = match &found {
        Some((person, _)) if right => who_is(here, person, None).await?,
        _ => None,
    };
    let (Some((person, _)), Some(who)) = (&found, who) else {
        throttle::note_wrong(here, &counted).await?;
        return Ok(SignIn::Wrong);
    };
    let (token, now) = (new_secret()?, here.now());
    let mut tx = here.store.begin().await?;
    let expires_at = now + ABSOLUTE_SECONDS * MICROS_PER_SECOND;
    access::insert_session(&mut tx, secret_hash(&token), person, now, expires_at).await?;
    tx.commit().await?;
    Ok(SignIn::Done(Box::new(Session { token, who })))
}

/// Who has this session now; none when it ended.
pub async fn session(here: &Here, token: &str) -> Result<Option<Who>, DirectoryError> {
    let (hash, now) = (secret_hash(token), here.now());
    let idle_since = now - IDLE_SECONDS * MICROS_PER_SECOND;
    let live = access::live_session(&here.store, &hash, now, idle_since).await?;
    let Some(live) = live else { return Ok(None) };
    // Once a minute is often enough to know that a session is in use.
    if live.last_used_at < now - 60 * MICROS_PER_SECOND {
        let mut tx = here.store.begin().await?;
        access::touch_session(&mut tx, &hash, now).await?;
        tx.commit().await?;
    }
    let known = Known { holder: live.holder, codes: live.codes, now };
    Ok(who_with(&live.person, live.organisation, live.roles, known))
}

/// Ends a session. One that ended before stays as it was.
pub async fn end_session(here: &Here, token: &str) -> Result<(), DirectoryError> {
    let mut tx = here.store.begin().await?;
    let Some(person_id) = access::revoke_session(&mut tx, secret_hash(token), here.now()).await? else { return Ok(()) };
    record(&mut tx, here, &person_id, &person_id, 1).await?;
    Ok(tx.commit().await?)
}

/// Ends all sessions of a person.
pub async fn end_sessions_of(here: &Here, permit: &Permit<Person>) -> Result<(), DirectoryError> {
    has_power_over(here, permit).await?;
    let person_id = &permit.on().id;
    let mut tx = here.store.begin().await?;
    let ended = access::revoke_sessions_of(&mut tx, person_id, here.now()).await?;
    record(&mut tx, here, &permit.who().actor, person_id, ended).await?;
    Ok(tx.commit().await?)
}

/// Sessions are no recorded rows, since each use changes them: the entry says whose ended and how many.
async fn record(tx: &mut Tx, here: &Here, actor: &str, person_id: &str, ended: u64) -> Result<(), DirectoryError> {
    let act = Act {
        act: "session.ended",
        actor,
        organisation: &here.installation.organisation_id,
        subject: person_id,
        at: here.now(),
        detail: &json!({"sessions": ended}),
        rows: &[],
    };
    tx.record(act).await?;
    Ok(())
}
