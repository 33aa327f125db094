//! Hubs: which were joined, how far each was read, and what is known of their logs.

use ward_store::{Row, Store, StoreError, Tx, values};

use crate::hub::Hub;

macro_rules! hub_sql {
    ($rest:literal) => {
        concat!(
            "SELECT id, url, name, identity_id, verifier_key, own_organisation_id, own_identity_id, alerts_collection, ",
            "answers_collection, token_file, witness_key, signers, refused_signers, added_after, cosigned_size, submitted_size, ",
            "log_problem, joined_at, last_polled_at, last_error FROM hub ",
            $rest
        )
    };
}

pub async fn hubs(store: &Store) -> Result<Vec<Hub>, StoreError> {
    store.fetch(hub_sql!("ORDER BY joined_at, id"), &[]).await?.iter().map(read_hub).collect()
}

pub async fn hub(store: &Store, id: &str) -> Result<Option<Hub>, StoreError> {
    store.fetch_optional(hub_sql!("WHERE id = $1"), values![id]).await?.as_ref().map(read_hub).transpose()
}

/// The hub's row, locked until the transaction ends.
pub async fn lock_hub(tx: &mut Tx, id: &str) -> Result<Option<Hub>, StoreError> {
    tx.execute("UPDATE hub SET last_error = last_error WHERE id = $1", values![id]).await?;
    tx.fetch_optional(hub_sql!("WHERE id = $1"), values![id]).await?.as_ref().map(read_hub).transpose()
}

/// Adds a hub, or gives a known one its new token. False when another hub has the address.
pub async fn put_hub(tx: &mut Tx, hub: &Hub) -> Result<bool, StoreError> {
    let sql = "INSERT INTO hub (id, url, name, identity_id, verifier_key, own_organisation_id, own_identity_id, alerts_collection,
                 answers_collection, token_file, witness_key, signers, refused_signers, added_after, cosigned_size, submitted_size,
                 log_problem, joined_at, last_polled_at, last_error)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, NULL, NULL)
               ON CONFLICT (url) DO UPDATE SET token_file = excluded.token_file WHERE hub.id = excluded.id";
    let values = values![
        &hub.id,
        &hub.url,
        &hub.name,
        &hub.identity_id,
        &hub.verifier_key,
        &hub.own_organisation_id,
        &hub.own_identity_id,
        &hub.alerts_collection,
        &hub.answers_collection,
        &hub.token_file,
        &hub.witness_key,
        to_json(&hub.signers)?,
        to_json(&hub.refused_signers)?,
        hub.added_after.as_deref(),
        hub.cosigned_size,
        hub.submitted_size,
        hub.log_problem.as_deref(),
        hub.joined_at
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

pub async fn set_signers(tx: &mut Tx, hub: &Hub) -> Result<(), StoreError> {
    let sql = "UPDATE hub SET signers = $1, refused_signers = $2 WHERE id = $3";
    tx.execute(sql, values![to_json(&hub.signers)?, to_json(&hub.refused_signers)?, &hub.id]).await?;
    Ok(())
}

/// Moves the place up to which the hub was read; never back. Both texts are TAXII's form with microseconds, so text order is time order.
pub async fn set_added_after(tx: &mut Tx, hub_id: &str, added_after: &str) -> Result<(), StoreError> {
    let sql = "UPDATE hub SET added_after = $1 WHERE id = $2 AND (added_after IS NULL OR added_after < $1)";
    tx.execute(sql, values![added_after, hub_id]).await?;
    Ok(())
}

/// Notes how the last round with the hub ended.
pub async fn set_polled(tx: &mut Tx, hub_id: &str, now: i64, error: Option<&str>) -> Result<(), StoreError> {
    let sql = "UPDATE hub SET last_polled_at = $1, last_error = $2 WHERE id = $3";
    tx.execute(sql, values![now, error, hub_id]).await?;
    Ok(())
}

pub async fn set_cosigned_size(tx: &mut Tx, hub_id: &str, size: i64) -> Result<(), StoreError> {
    let sql = "UPDATE hub SET cosigned_size = $1 WHERE id = $2 AND cosigned_size < $1";
    tx.execute(sql, values![size, hub_id]).await?;
    Ok(())
}

/// What the hub, as a witness, is known to know of this installation's log; it is told the truth, so it may go back too.
pub async fn set_submitted_size(tx: &mut Tx, hub_id: &str, size: i64) -> Result<(), StoreError> {
    tx.execute("UPDATE hub SET submitted_size = $1 WHERE id = $2", values![size, hub_id]).await?;
    Ok(())
}

/// Notes that the hub's log contradicts itself. False when that is known.
pub async fn set_log_problem(tx: &mut Tx, hub_id: &str, problem: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE hub SET log_problem = $1 WHERE id = $2 AND log_problem IS NULL";
    Ok(tx.execute(sql, values![problem, hub_id]).await? == 1)
}

/// Size and note of the last checkpoint of a log that this installation, as its witness, has stored.
pub async fn witnessed(store: &Store, origin: &str) -> Result<Option<(i64, String)>, StoreError> {
    let sql = "SELECT size, note FROM witnessed_log WHERE origin = $1";
    let row = store.fetch_optional(sql, values![origin]).await?;
    row.map(|row| Ok((row.get("size")?, row.get("note")?))).transpose()
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Record(e.to_string()))
}

fn of_json<T: serde::de::DeserializeOwned>(row: &Row, column: &str) -> Result<T, StoreError> {
    serde_json::from_str(&row.get::<String>(column)?).map_err(|e| StoreError::Record(format!("`{column}`: {e}")))
}

fn read_hub(row: &Row) -> Result<Hub, StoreError> {
    Ok(Hub {
        id: row.get("id")?,
        url: row.get("url")?,
        name: row.get("name")?,
        identity_id: row.get("identity_id")?,
        verifier_key: row.get("verifier_key")?,
        own_organisation_id: row.get("own_organisation_id")?,
        own_identity_id: row.get("own_identity_id")?,
        alerts_collection: row.get("alerts_collection")?,
        answers_collection: row.get("answers_collection")?,
        token_file: row.get("token_file")?,
        witness_key: row.get("witness_key")?,
        signers: of_json(row, "signers")?,
        refused_signers: of_json(row, "refused_signers")?,
        added_after: row.get("added_after")?,
        cosigned_size: row.get("cosigned_size")?,
        submitted_size: row.get("submitted_size")?,
        log_problem: row.get("log_problem")?,
        joined_at: row.get("joined_at")?,
        last_polled_at: row.get("last_polled_at")?,
        last_error: row.get("last_error")?,
    })
}
