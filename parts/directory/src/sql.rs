//! The SQL of the directory; it decides nothing. Here: installations, organisations, contacts, people and signers.

pub mod access;
pub mod clearance;

use ward_policy::{Level, Role};
use ward_store::{Row, Store, StoreError, Tx, Value, values};

use crate::model::{
    Contact, Installation, Membership, Organisation, Person, Signer, of_text, parse_level, parse_role, role_name,
    text_of,
};

/// Id, owning organisation and log key of the installation that a transaction sees.
pub async fn installation_log_key(tx: &mut Tx) -> Result<Option<(String, String, String)>, StoreError> {
    let row = tx.fetch_optional("SELECT id, organisation_id, log_key FROM installation", &[]).await?;
    row.map(|row| Ok((row.get("id")?, row.get("organisation_id")?, row.get("log_key")?))).transpose()
}

pub async fn installation(store: &Store) -> Result<Option<Installation>, StoreError> {
    let sql = "SELECT id, name, state, is_hub, is_node, organisation_id, log_key, created_at FROM installation";
    let row = store.fetch_optional(sql, &[]).await?;
    row.map(|row| {
        Ok(Installation {
            id: row.get("id")?,
            name: row.get("name")?,
            state: row.get("state")?,
            is_hub: row.get("is_hub")?,
            is_node: row.get("is_node")?,
            organisation_id: row.get("organisation_id")?,
            log_key: row.get("log_key")?,
            created_at: row.get("created_at")?,
        })
    })
    .transpose()
}

pub async fn insert_installation(tx: &mut Tx, i: &Installation) -> Result<(), StoreError> {
    let sql = "INSERT INTO installation (id, name, state, is_hub, is_node, organisation_id, log_key, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = values![&i.id, &i.name, &i.state, i.is_hub, i.is_node, &i.organisation_id, &i.log_key, i.created_at];
    tx.execute(sql, values).await.map(|_| ())
}

/// Whether the installation was made as a demonstration.
pub async fn is_demonstration(store: &Store) -> Result<bool, StoreError> {
    let sql = "SELECT value FROM setting WHERE name = 'demonstration'";
    Ok(store.fetch_optional(sql, &[]).await?.is_some())
}

pub async fn mark_as_demonstration(tx: &mut Tx) -> Result<(), StoreError> {
    tx.execute("INSERT INTO setting (name, value) VALUES ('demonstration', 'yes')", &[]).await.map(|_| ())
}

pub async fn mark_as_node(tx: &mut Tx, installation_id: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE installation SET is_node = 1 WHERE id = $1", values![installation_id]).await.map(|_| ())
}

/// Whether the organisation's log of that name is witnessed here.
pub async fn witnesses_log_of(store: &Store, origin: &str, organisation_id: &str) -> Result<bool, StoreError> {
    let sql = "SELECT origin FROM witnessed_log WHERE origin = $1 AND organisation_id = $2";
    Ok(store.fetch_optional(sql, values![origin, organisation_id]).await?.is_some())
}

/// The verifier key of a log that is witnessed here.
pub async fn witnessed_key(store: &Store, origin: &str) -> Result<Option<String>, StoreError> {
    let row = store.fetch_optional("SELECT verifier_key FROM witnessed_log WHERE origin = $1", values![origin]).await?;
    row.map(|row| row.get("verifier_key")).transpose()
}

/// The last checkpoint note of a log that is witnessed here.
pub async fn witnessed_note(tx: &mut Tx, origin: &str) -> Result<Option<String>, StoreError> {
    let row = tx.fetch_optional("SELECT note FROM witnessed_log WHERE origin = $1", values![origin]).await?;
    row.map(|row| row.get("note")).transpose()
}

/// Whether there is an entry of this act on this subject.
pub async fn has_entry(tx: &mut Tx, subject: &str, act: &str) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM entry WHERE subject = $1 AND act = $2 LIMIT 1";
    Ok(tx.fetch_optional(sql, values![subject, act]).await?.is_some())
}

/// Removes the signatures on a checkpoint by witnesses whose key's text begins so.
pub async fn forget_cosignatures(tx: &mut Tx, size: i64, begins: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM cosignature WHERE size = $1 AND substr(witness, 1, CAST($2 AS INTEGER)) = $3";
    let length = i64::try_from(begins.chars().count()).unwrap_or(i64::MAX);
    tx.execute(sql, values![size, length, begins]).await.map(|_| ())
}

/// The note of this log's checkpoint of that size.
pub async fn checkpoint_note(store: &Store, size: i64) -> Result<Option<String>, StoreError> {
    let row = store.fetch_optional("SELECT note FROM checkpoint WHERE size = $1", values![size]).await?;
    row.map(|row| row.get("note")).transpose()
}

pub async fn insert_organisation(tx: &mut Tx, o: &Organisation) -> Result<(), StoreError> {
    let sql = "INSERT INTO organisation (id, kind, name, state, parent_id, identity_id, is_member, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let parent = o.parent_id.clone();
    let values = values![&o.id, o.kind.name(), &o.name, &o.state, parent, &o.identity_id, o.is_member, o.created_at];
    tx.execute(sql, values).await.map(|_| ())
}

pub async fn organisations(store: &Store) -> Result<Vec<Organisation>, StoreError> {
    let sql = "SELECT id, kind, name, state, parent_id, identity_id, is_member, created_at FROM organisation
               ORDER BY state, kind, name, id";
    store.fetch(sql, &[]).await?.iter().map(read_organisation).collect()
}

pub async fn organisation(store: &Store, id: &str) -> Result<Option<Organisation>, StoreError> {
    let sql =
        "SELECT id, kind, name, state, parent_id, identity_id, is_member, created_at FROM organisation WHERE id = $1";
    store.fetch_optional(sql, values![id]).await?.as_ref().map(read_organisation).transpose()
}

/// As `organisation`, within a transaction.
pub async fn organisation_in(tx: &mut Tx, id: &str) -> Result<Option<Organisation>, StoreError> {
    let sql =
        "SELECT id, kind, name, state, parent_id, identity_id, is_member, created_at FROM organisation WHERE id = $1";
    tx.fetch_optional(sql, values![id]).await?.as_ref().map(read_organisation).transpose()
}

pub async fn organisation_of_identity(store: &Store, identity: &str) -> Result<Option<Organisation>, StoreError> {
    let sql = "SELECT id, kind, name, state, parent_id, identity_id, is_member, created_at FROM organisation
               WHERE identity_id = $1";
    store.fetch_optional(sql, values![identity]).await?.as_ref().map(read_organisation).transpose()
}

/// The organisations above one whose parent this is, the nearest first; a chain that does not end is followed for `at_most`.
pub async fn parents(store: &Store, parent_id: &str, at_most: i64) -> Result<Vec<String>, StoreError> {
    let sql = "WITH RECURSIVE above (id, height) AS (
                 SELECT CAST($1 AS TEXT), CAST(1 AS BIGINT)
                 UNION ALL
                 SELECT o.parent_id, above.height + 1 FROM above JOIN organisation o ON o.id = above.id
                 WHERE o.parent_id IS NOT NULL AND above.height < $2)
               SELECT id FROM above ORDER BY height";
    store.fetch(sql, values![parent_id, at_most]).await?.iter().map(|row| row.get("id")).collect()
}

pub(crate) fn read_organisation(row: &Row) -> Result<Organisation, StoreError> {
    Ok(Organisation {
        id: row.get("id")?,
        kind: of_text(row, "kind")?,
        name: row.get("name")?,
        state: row.get("state")?,
        parent_id: row.get("parent_id")?,
        identity_id: row.get("identity_id")?,
        is_member: row.get("is_member")?,
        created_at: row.get("created_at")?,
    })
}

pub async fn insert_contact(tx: &mut Tx, c: &Contact) -> Result<(), StoreError> {
    let sql = "INSERT INTO contact (id, organisation_id, duty, name, email, phone, verified_at)
               VALUES ($1, $2, $3, $4, $5, $6, NULL)";
    let duty = text_of(&c.duty);
    tx.execute(sql, values![&c.id, &c.organisation_id, duty, &c.name, &c.email, &c.phone]).await.map(|_| ())
}

/// Notes when the organisation's contact was verified; whether there is one.
pub async fn set_contact_verified(tx: &mut Tx, id: &str, organisation_id: &str, now: i64) -> Result<bool, StoreError> {
    let sql = "UPDATE contact SET verified_at = $1 WHERE id = $2 AND organisation_id = $3";
    Ok(tx.execute(sql, values![now, id, organisation_id]).await? > 0)
}

pub async fn contacts(store: &Store, organisation_id: &str) -> Result<Vec<Contact>, StoreError> {
    let sql = "SELECT id, organisation_id, duty, name, email, phone, verified_at FROM contact
               WHERE organisation_id = $1 ORDER BY duty, name, id";
    store.fetch(sql, values![organisation_id]).await?.iter().map(read_contact).collect()
}

/// The contacts of at most [`NAMES_AT_ONCE`] organisations.
pub async fn contacts_of(store: &Store, ids: &[String]) -> Result<Vec<Contact>, StoreError> {
    let sql = "SELECT id, organisation_id, duty, name, email, phone, verified_at FROM contact
               WHERE organisation_id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                 $23, $24, $25) ORDER BY duty, name, id";
    store.fetch(sql, &padded(ids)).await?.iter().map(read_contact).collect()
}

fn read_contact(row: &Row) -> Result<Contact, StoreError> {
    Ok(Contact {
        id: row.get("id")?,
        organisation_id: row.get("organisation_id")?,
        duty: of_text(row, "duty")?,
        name: row.get("name")?,
        email: row.get("email")?,
        phone: row.get("phone")?,
        verified_at: row.get("verified_at")?,
    })
}

/// Ids for a statement that takes [`NAMES_AT_ONCE`] of them; no id is empty.
fn padded(ids: &[String]) -> Vec<Value> {
    let padded = ids.iter().map(String::as_str).chain(std::iter::repeat("")).take(NAMES_AT_ONCE);
    padded.map(Value::from).collect()
}

pub async fn insert_person(tx: &mut Tx, p: &Person, clearance: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO person (id, organisation_id, name, office, email, clearance, created_at, disabled_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)";
    let values = values![&p.id, &p.organisation_id, &p.name, &p.office, &p.email, clearance, p.created_at];
    tx.execute(sql, values).await.map(|_| ())
}

pub async fn people(store: &Store) -> Result<Vec<Person>, StoreError> {
    let sql = "SELECT id, organisation_id, name, office, email, clearance, created_at, disabled_at FROM person ORDER BY name, id";
    store.fetch(sql, &[]).await?.iter().map(read_person).collect()
}

/// As many ids are looked up at once.
pub const NAMES_AT_ONCE: usize = 25;

/// Ids and names of the people among these ids.
pub async fn names(store: &Store, ids: &[String]) -> Result<Vec<(String, String)>, StoreError> {
    let sql = "SELECT id, name FROM person WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                 $18, $19, $20, $21, $22, $23, $24, $25)";
    let rows = store.fetch(sql, &padded(ids)).await?;
    rows.iter().map(|row| Ok((row.get("id")?, row.get("name")?))).collect()
}

pub async fn person(store: &Store, id: &str) -> Result<Option<Person>, StoreError> {
    let sql =
        "SELECT id, organisation_id, name, office, email, clearance, created_at, disabled_at FROM person WHERE id = $1";
    store.fetch_optional(sql, values![id]).await?.as_ref().map(read_person).transpose()
}

/// The person with this e-mail address, however it is written; where addresses of two differ only so, it has to be written exactly.
pub async fn person_of_email(store: &Store, email: &str) -> Result<Option<(Person, Option<String>)>, StoreError> {
    let sql =
        "SELECT id, organisation_id, name, office, email, clearance, created_at, disabled_at, password_hash FROM person
               WHERE lower(email) = lower($1) AND (email = $1 OR NOT EXISTS
                 (SELECT other.id FROM person other WHERE lower(other.email) = lower($1) AND other.id <> person.id))";
    let row = store.fetch_optional(sql, values![email]).await?;
    row.map(|row| Ok((read_person(&row)?, row.get("password_hash")?))).transpose()
}

pub fn read_person(row: &Row) -> Result<Person, StoreError> {
    let clearance: String = row.get("clearance")?;
    Ok(Person {
        id: row.get("id")?,
        organisation_id: row.get("organisation_id")?,
        name: row.get("name")?,
        office: row.get("office")?,
        email: row.get("email")?,
        clearance: read_clearance(&clearance)?,
        created_at: row.get("created_at")?,
        disabled_at: row.get("disabled_at")?,
    })
}

fn read_clearance(text: &str) -> Result<Level, StoreError> {
    parse_level(text).ok_or_else(|| StoreError::Record(format!("`clearance` holds `{text}`, which is not known")))
}

fn read_role(row: &Row) -> Result<Role, StoreError> {
    let role: String = row.get("role")?;
    parse_role(&role).ok_or_else(|| StoreError::Record(format!("`role` holds `{role}`")))
}

/// Adds a role; one that is there already stays.
pub async fn insert_membership(tx: &mut Tx, m: &Membership) -> Result<(), StoreError> {
    let sql = "INSERT INTO membership (person_id, organisation_id, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    tx.execute(sql, values![&m.person_id, &m.organisation_id, role_name(m.role)]).await.map(|_| ())
}

pub async fn memberships(store: &Store, person_id: &str) -> Result<Vec<Membership>, StoreError> {
    let sql =
        "SELECT person_id, organisation_id, role FROM membership WHERE person_id = $1 ORDER BY organisation_id, role";
    let read = |row: &Row| {
        Ok(Membership {
            person_id: row.get("person_id")?,
            organisation_id: row.get("organisation_id")?,
            role: read_role(row)?,
        })
    };
    store.fetch(sql, values![person_id]).await?.iter().map(read).collect()
}

pub async fn signers(store: &Store) -> Result<Vec<Signer>, StoreError> {
    let sql = "SELECT id, person_id, verifier_key, enrolled_by, enrolment, created_at, retired_at FROM signer ORDER BY created_at, id";
    store.fetch(sql, &[]).await?.iter().map(read_signer).collect()
}

/// The signer of a person who is not retired, with the sealed secret half of the key.
pub async fn signer_of(store: &Store, person_id: &str) -> Result<Option<(Signer, Vec<u8>)>, StoreError> {
    let sql =
        "SELECT id, person_id, verifier_key, enrolled_by, enrolment, created_at, retired_at, sealed_seed FROM signer
               WHERE person_id = $1 AND retired_at IS NULL ORDER BY created_at DESC LIMIT 1";
    let row = store.fetch_optional(sql, values![person_id]).await?;
    row.map(|row| Ok((read_signer(&row)?, row.get("sealed_seed")?))).transpose()
}

pub async fn insert_signer(tx: &mut Tx, s: &Signer, sealed: &[u8]) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO signer (id, person_id, verifier_key, sealed_seed, enrolled_by, enrolment, created_at, retired_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)";
    let by = s.enrolled_by.clone();
    let values = values![&s.id, &s.person_id, &s.verifier_key, sealed, by, &s.enrolment, s.created_at];
    tx.execute(sql, values).await.map(|_| ())
}

fn read_signer(row: &Row) -> Result<Signer, StoreError> {
    Ok(Signer {
        id: row.get("id")?,
        person_id: row.get("person_id")?,
        verifier_key: row.get("verifier_key")?,
        enrolled_by: row.get("enrolled_by")?,
        enrolment: row.get("enrolment")?,
        created_at: row.get("created_at")?,
        retired_at: row.get("retired_at")?,
    })
}
