//! The SQL of invitations, sessions and tokens. Secrets come as their hashes; nothing here sees one.

use ward_store::{Row, Store, StoreError, Tx, values};

use ward_policy::{Attributes, Role};

use super::clearance::{codes_of, holder_of};
use super::{read_clearance, read_organisation, read_role};
use crate::clearance::Holder;
use crate::model::{Organisation, Person};

/// What the table says of a token that holds.
pub struct TokenRow {
    pub id: String,
    pub organisation_id: String,
    pub person_id: Option<String>,
    /// Words, with a blank between two.
    pub scopes: String,
}

pub async fn insert_invitation(tx: &mut Tx, hash: String, person_id: &str, expires_at: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO invitation (token_hash, person_id, expires_at, used_at) VALUES ($1, $2, $3, NULL)";
    tx.execute(sql, values![hash, person_id, expires_at]).await.map(|_| ())
}

/// Whom an invitation that holds is for.
pub async fn invited_person(store: &Store, hash: String, now: i64) -> Result<Option<String>, StoreError> {
    let sql = "SELECT person_id FROM invitation WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2";
    let row = store.fetch_optional(sql, values![hash, now]).await?;
    row.map(|row| row.get("person_id")).transpose()
}

/// Ends the invitations of a person that still hold.
pub async fn end_invitations_of(tx: &mut Tx, person_id: &str, now: i64) -> Result<(), StoreError> {
    let sql = "UPDATE invitation SET used_at = $1 WHERE person_id = $2 AND used_at IS NULL";
    tx.execute(sql, values![now, person_id]).await.map(|_| ())
}

/// Spends an invitation that holds; gives whom it is for.
pub async fn use_invitation(tx: &mut Tx, hash: String, now: i64) -> Result<Option<String>, StoreError> {
    let sql = "UPDATE invitation SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL AND expires_at > $1
               RETURNING person_id";
    let row = tx.fetch_optional(sql, values![now, hash]).await?;
    row.map(|row| row.get("person_id")).transpose()
}

/// Who else has this e-mail address, however it is written.
pub async fn other_with_email(tx: &mut Tx, email: &str, person_id: &str) -> Result<Option<String>, StoreError> {
    let sql = "SELECT id FROM person WHERE lower(email) = lower($1) AND id <> $2 LIMIT 1";
    let row = tx.fetch_optional(sql, values![email, person_id]).await?;
    row.map(|row| row.get("id")).transpose()
}

pub async fn set_credentials(
    tx: &mut Tx,
    person_id: &str,
    name: &str,
    email: &str,
    password_hash: String,
) -> Result<(), StoreError> {
    let sql = "UPDATE person SET name = $1, email = $2, password_hash = $3 WHERE id = $4";
    tx.execute(sql, values![name, email, password_hash, person_id]).await.map(|_| ())
}

pub async fn insert_session(
    tx: &mut Tx,
    hash: String,
    person: &Person,
    now: i64,
    expires_at: i64,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO session (token_hash, person_id, created_at, last_used_at, expires_at, revoked_at)
               VALUES ($1, $2, $3, $3, $4, NULL)";
    tx.execute(sql, values![hash, &person.id, now, expires_at]).await.map(|_| ())
}

/// A session that holds, with whom it belongs to.
pub struct LiveSession {
    pub last_used_at: i64,
    pub person: Person,
    pub organisation: Organisation,
    /// The person's roles in their own organisation, by name.
    pub roles: Vec<Role>,
    /// What is on record of the person, and what was entered for the organisation.
    pub holder: Option<Holder>,
    pub codes: Option<Attributes>,
}

/// The session, when it is neither revoked nor over nor idle since `idle_since`, and its person has a role in their own organisation.
pub async fn live_session(
    store: &Store,
    hash: &str,
    now: i64,
    idle_since: i64,
) -> Result<Option<LiveSession>, StoreError> {
    let sql = "SELECT s.last_used_at, m.role, p.id AS person_id, p.name AS person_name, p.office, p.email, p.clearance,
                 p.created_at AS person_created_at, p.disabled_at, o.id, o.kind, o.name, o.state, o.parent_id, o.identity_id,
                 o.is_member, o.created_at, a.codes, h.is_chief_official, h.topics, h.training, h.room, h.travel_minutes,
                 h.secure_contact, h.effective, h.effective_until, h.left_at
               FROM session s JOIN person p ON p.id = s.person_id
               JOIN organisation o ON o.id = p.organisation_id
               JOIN membership m ON m.person_id = p.id AND m.organisation_id = p.organisation_id
               LEFT JOIN organisation_attributes a ON a.organisation_id = o.id
               LEFT JOIN clearance_holder h ON h.person_id = p.id
               WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND s.last_used_at > $3
               ORDER BY m.role";
    let rows = store.fetch(sql, values![hash, now, idle_since]).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let clearance: String = first.get("clearance")?;
    let organisation = read_organisation(first)?;
    Ok(Some(LiveSession {
        last_used_at: first.get("last_used_at")?,
        person: Person {
            id: first.get("person_id")?,
            organisation_id: organisation.id.clone(),
            name: first.get("person_name")?,
            office: first.get("office")?,
            email: first.get("email")?,
            clearance: read_clearance(&clearance)?,
            created_at: first.get("person_created_at")?,
            disabled_at: first.get("disabled_at")?,
        },
        organisation,
        roles: rows.iter().map(read_role).collect::<Result<_, _>>()?,
        holder: holder_of(first)?,
        codes: codes_of(first)?,
    }))
}

pub async fn touch_session(tx: &mut Tx, hash: &str, now: i64) -> Result<(), StoreError> {
    tx.execute("UPDATE session SET last_used_at = $1 WHERE token_hash = $2", values![now, hash]).await.map(|_| ())
}

/// When wrong passwords were given since a time, the oldest first.
pub async fn wrong_sign_ins(store: &Store, counted: &str, since: i64) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT at FROM wrong_sign_in WHERE counted = $1 AND at > $2 ORDER BY at";
    store.fetch(sql, values![counted, since]).await?.iter().map(|row| row.get("at")).collect()
}

/// Adds a wrong password; gives how many there are now.
pub async fn add_wrong_sign_in(tx: &mut Tx, counted: &str, at: i64) -> Result<usize, StoreError> {
    let sql = "INSERT INTO wrong_sign_in (id, counted, at) VALUES ($1, $2, $3)";
    tx.execute(sql, values![ward_store::random::id(), counted, at]).await?;
    Ok(tx.fetch("SELECT id FROM wrong_sign_in WHERE counted = $1", values![counted]).await?.len())
}

/// Notes that an entry tells of whose tries are counted so; whether none did yet.
pub async fn note_slowed(tx: &mut Tx, told_as: &str, at: i64) -> Result<bool, StoreError> {
    let sql = "INSERT INTO wrong_sign_in (id, counted, at) VALUES ($1, 'told', $2) ON CONFLICT (id) DO NOTHING";
    Ok(tx.execute(sql, values![format!("told of {told_as}"), at]).await? > 0)
}

/// Forgets those that count no more, and that entries told of them.
pub async fn forget_wrong_sign_ins(tx: &mut Tx, before: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM wrong_sign_in WHERE at <= $1", values![before]).await.map(drop)
}

/// Revokes a session that was not; gives whose it was.
pub async fn revoke_session(tx: &mut Tx, hash: String, now: i64) -> Result<Option<String>, StoreError> {
    let sql = "UPDATE session SET revoked_at = $1 WHERE token_hash = $2 AND revoked_at IS NULL RETURNING person_id";
    let row = tx.fetch_optional(sql, values![now, hash]).await?;
    row.map(|row| row.get("person_id")).transpose()
}

/// Revokes the sessions of a person; gives how many there were.
pub async fn revoke_sessions_of(tx: &mut Tx, person_id: &str, now: i64) -> Result<u64, StoreError> {
    let sql = "UPDATE session SET revoked_at = $1 WHERE person_id = $2 AND revoked_at IS NULL";
    tx.execute(sql, values![now, person_id]).await
}

/// A token as it is kept: the first characters help its owner to recognise it.
pub struct NewToken<'a> {
    pub hash: String,
    pub prefix: String,
    pub row: &'a TokenRow,
    pub created_at: i64,
    pub expires_at: i64,
}

pub async fn insert_token(tx: &mut Tx, new: NewToken<'_>) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO api_token (id, token_hash, prefix, organisation_id, person_id, scopes, created_at, expires_at,
                 last_used_at, revoked_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, NULL)";
    let TokenRow { id, organisation_id, person_id, scopes } = new.row;
    let person_id = person_id.clone();
    let values = values![id, new.hash, new.prefix, organisation_id, person_id, scopes, new.created_at, new.expires_at];
    tx.execute(sql, values).await.map(|_| ())
}

/// Revokes a join token that holds; gives its id and organisation.
pub async fn spend_join_token(tx: &mut Tx, hash: String, now: i64) -> Result<Option<(String, String)>, StoreError> {
    let sql = "UPDATE api_token SET revoked_at = $1
               WHERE token_hash = $2 AND scopes = 'join' AND revoked_at IS NULL AND expires_at > $1
               RETURNING id, organisation_id";
    let row = tx.fetch_optional(sql, values![now, hash]).await?;
    row.map(|row| Ok((row.get("id")?, row.get("organisation_id")?))).transpose()
}

/// The token with this hash, when it is neither revoked nor over, with its organisation and what was entered for that. One statement, since every
/// request asks.
pub async fn live_token(
    store: &Store,
    hash: String,
    now: i64,
) -> Result<Option<(TokenRow, Organisation, Option<Attributes>)>, StoreError> {
    let sql = "SELECT t.id AS token_id, t.organisation_id, t.person_id, t.scopes, a.codes, o.id, o.kind, o.name, o.state, o.parent_id,
                 o.identity_id, o.is_member, o.created_at FROM api_token t JOIN organisation o ON o.id = t.organisation_id
               LEFT JOIN organisation_attributes a ON a.organisation_id = t.organisation_id
               WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND t.expires_at > $2";
    let row = store.fetch_optional(sql, values![hash, now]).await?;
    row.map(|row| {
        let token = TokenRow {
            id: row.get("token_id")?,
            organisation_id: row.get("organisation_id")?,
            person_id: row.get("person_id")?,
            scopes: row.get("scopes")?,
        };
        Ok((token, read_organisation(&row)?, codes_of(&row)?))
    })
    .transpose()
}

/// Whether something is kept under this hash, also when it was revoked or is over.
pub async fn is_kept(store: &Store, hash: String) -> Result<bool, StoreError> {
    let row = store.fetch_optional("SELECT id FROM api_token WHERE token_hash = $1", values![hash]).await?;
    Ok(row.is_some())
}

/// Revokes a token of the organisation; whether there was one.
pub async fn revoke_token(tx: &mut Tx, id: &str, organisation_id: &str, now: i64) -> Result<bool, StoreError> {
    let sql = "UPDATE api_token SET revoked_at = $1 WHERE id = $2 AND organisation_id = $3 AND revoked_at IS NULL";
    Ok(tx.execute(sql, values![now, id, organisation_id]).await? > 0)
}

/// Id, beginning, scopes and end of the tokens that are not revoked.
pub async fn tokens(store: &Store, organisation_id: &str) -> Result<Vec<(String, String, String, i64)>, StoreError> {
    let sql = "SELECT id, prefix, scopes, expires_at FROM api_token
               WHERE organisation_id = $1 AND revoked_at IS NULL ORDER BY id";
    let read = |row: &Row| Ok((row.get("id")?, row.get("prefix")?, row.get("scopes")?, row.get("expires_at")?));
    store.fetch(sql, values![organisation_id]).await?.iter().map(read).collect()
}
