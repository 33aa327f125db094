//! Sessions: signing in with a password, revocable, with an idle and an absolute end. The table holds only the token's hash.

use ward_store::{MICROS_PER_SECOND, values};

use crate::model::Who;
use crate::person::{hash_password, new_secret, password_is, secret_hash, who_is};
use crate::{DirectoryError, Here, person, sql};

const IDLE_SECONDS: i64 = 60 * 60;
const ABSOLUTE_SECONDS: i64 = 12 * 60 * 60;

/// A new session: its token is shown once and goes into the cookie.
#[derive(Clone, Debug)]
pub struct Session {
    pub token: String,
    pub who: Who,
}

/// Signs a person in. A wrong address and a wrong password take the same time and answer the same: none.
pub async fn sign_in(here: &Here, email: &str, password: &str) -> Result<Option<Session>, DirectoryError> {
    let found = sql::person_of_email(&here.store, email).await?;
    let stored = found.as_ref().and_then(|(_, hash)| hash.clone());
    let password = password.to_owned();
    let checked = tokio::task::spawn_blocking(move || match stored {
        Some(hash) => password_is(&password, &hash),
        None => {
            // The same work as for a known address, so that its time does not tell which addresses are known.
            let _ = hash_password("no such person, same work");
            false
        }
    });
    let right = checked.await.map_err(|e| DirectoryError::Cryptography(e.to_string()))?;
    let Some((person, _)) = found.filter(|_| right) else { return Ok(None) };
    let Some(who) = who_is(here, &person, None).await? else { return Ok(None) };
    let (token, now) = (new_secret()?, here.now());
    let mut tx = here.store.begin().await?;
    let sql = "INSERT INTO session (token_hash, person_id, created_at, last_used_at, expires_at, revoked_at) VALUES ($1, $2, $3, $3, $4, NULL)";
    tx.execute(sql, values![secret_hash(&token), &person.id, now, now + ABSOLUTE_SECONDS * MICROS_PER_SECOND]).await?;
    tx.commit().await?;
    Ok(Some(Session { token, who }))
}

/// Who has this session now; none when it ended.
pub async fn session(here: &Here, token: &str) -> Result<Option<Who>, DirectoryError> {
    let (hash, now) = (secret_hash(token), here.now());
    let idle_since = now - IDLE_SECONDS * MICROS_PER_SECOND;
    let sql = "SELECT person_id, last_used_at FROM session WHERE token_hash = $1 AND revoked_at IS NULL AND expires_at > $2 AND last_used_at > $3";
    let Some(row) = here.store.fetch_optional(sql, values![&hash, now, idle_since]).await? else { return Ok(None) };
    // Once a minute is often enough to know that a session is in use.
    if row.get::<i64>("last_used_at")? < now - 60 * MICROS_PER_SECOND {
        let mut tx = here.store.begin().await?;
        tx.execute("UPDATE session SET last_used_at = $1 WHERE token_hash = $2", values![now, &hash]).await?;
        tx.commit().await?;
    }
    match person(here, &row.get::<String>("person_id")?).await? {
        Some(person) => who_is(here, &person, None).await,
        None => Ok(None),
    }
}

/// Ends a session.
pub async fn end_session(here: &Here, token: &str) -> Result<(), DirectoryError> {
    let mut tx = here.store.begin().await?;
    tx.execute("UPDATE session SET revoked_at = $1 WHERE token_hash = $2", values![here.now(), secret_hash(token)])
        .await?;
    Ok(tx.commit().await?)
}

/// Ends all sessions of a person.
pub async fn end_sessions_of(here: &Here, person_id: &str) -> Result<(), DirectoryError> {
    let mut tx = here.store.begin().await?;
    tx.execute(
        "UPDATE session SET revoked_at = $1 WHERE person_id = $2 AND revoked_at IS NULL",
        values![here.now(), person_id],
    )
    .await?;
    Ok(tx.commit().await?)
}
