//! Hubs, what came from them, and what was sent to them.

use ward_store::{Row, Store, StoreError, Tx, values};

use crate::hub::Hub;
use crate::receive::{IndicatorRow, ReceivedAlert};

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

macro_rules! alert_sql {
    ($rest:literal) => {
        concat!(
            "SELECT report_id, modified, version_key, hub_id, headline, state, reason, evidence, made_by, received_at, verified_at ",
            "FROM received_alert ",
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

/// An object to be kept.
pub struct NewObject<'a> {
    pub hub_id: &'a str,
    pub stix_id: &'a str,
    pub version_key: &'a str,
    pub version: &'a str,
    pub kind: &'a str,
    pub body: &'a [u8],
}

/// Keeps an object unless this version of it is there. False when it is.
pub async fn insert_object(tx: &mut Tx, new: &NewObject<'_>, now: i64) -> Result<bool, StoreError> {
    let sql = "INSERT INTO received_object (hub_id, stix_id, version_key, version, kind, body, received_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (hub_id, stix_id, version_key) DO NOTHING";
    let values = values![new.hub_id, new.stix_id, new.version_key, new.version, new.kind, new.body, now];
    Ok(tx.execute(sql, values).await? == 1)
}

/// The bytes of a version of an object, as this hub sent them.
pub async fn object_in(
    tx: &mut Tx,
    hub_id: &str,
    stix_id: &str,
    version_key: &str,
) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT body FROM received_object WHERE hub_id = $1 AND stix_id = $2 AND version_key = $3";
    tx.fetch_optional(sql, values![hub_id, stix_id, version_key]).await?.map(|row| row.get("body")).transpose()
}

/// As `object_in`, outside of a transaction.
pub async fn object(
    store: &Store,
    hub_id: &str,
    stix_id: &str,
    version_key: &str,
) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT body FROM received_object WHERE hub_id = $1 AND stix_id = $2 AND version_key = $3";
    store.fetch_optional(sql, values![hub_id, stix_id, version_key]).await?.map(|row| row.get("body")).transpose()
}

/// Adds an alert that waits to be verified. False when this version came from this hub before.
pub async fn insert_alert(tx: &mut Tx, alert: &ReceivedAlert) -> Result<bool, StoreError> {
    let sql = "INSERT INTO received_alert (report_id, modified, version_key, hub_id, headline, state, reason, evidence, made_by,
                 received_at, verified_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, NULL, $8, NULL) ON CONFLICT (hub_id, report_id, modified) DO NOTHING";
    let values = values![
        &alert.report_id,
        &alert.modified,
        &alert.version_key,
        &alert.hub_id,
        &alert.headline,
        &alert.state,
        &alert.reason,
        alert.received_at
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

pub async fn alert(
    store: &Store,
    hub_id: &str,
    report_id: &str,
    modified: &str,
) -> Result<Option<ReceivedAlert>, StoreError> {
    let sql = alert_sql!("WHERE hub_id = $1 AND report_id = $2 AND modified = $3");
    store.fetch_optional(sql, values![hub_id, report_id, modified]).await?.as_ref().map(read_alert).transpose()
}

/// All versions of an alert, from any hub, oldest first; locked until the transaction ends.
pub async fn versions(tx: &mut Tx, report_id: &str) -> Result<Vec<ReceivedAlert>, StoreError> {
    tx.execute("UPDATE received_alert SET state = state WHERE report_id = $1", values![report_id]).await?;
    let sql = alert_sql!("WHERE report_id = $1 ORDER BY version_key, hub_id");
    tx.fetch(sql, values![report_id]).await?.iter().map(read_alert).collect()
}

/// All that came, newest first.
pub async fn alerts(store: &Store) -> Result<Vec<ReceivedAlert>, StoreError> {
    store
        .fetch(alert_sql!("ORDER BY received_at DESC, report_id, version_key DESC"), &[])
        .await?
        .iter()
        .map(read_alert)
        .collect()
}

/// Hub, report and version of all that came, with the report's bytes.
pub async fn reports(store: &Store) -> Result<Vec<([String; 3], Vec<u8>)>, StoreError> {
    let sql = "SELECT a.hub_id AS hub_id, a.report_id AS report_id, a.modified AS modified, o.body AS body FROM received_alert a
               JOIN received_object o ON o.hub_id = a.hub_id AND o.stix_id = a.report_id AND o.version_key = a.version_key";
    let rows = store.fetch(sql, &[]).await?;
    let read = |row: &Row| Ok(([row.get("hub_id")?, row.get("report_id")?, row.get("modified")?], row.get("body")?));
    rows.iter().map(read).collect()
}

/// The alerts of a hub that were not believed.
pub async fn refused_alerts(tx: &mut Tx, hub_id: &str) -> Result<Vec<ReceivedAlert>, StoreError> {
    let sql = alert_sql!("WHERE hub_id = $1 AND state = 'refused' ORDER BY received_at, report_id");
    tx.fetch(sql, values![hub_id]).await?.iter().map(read_alert).collect()
}

/// Writes what became of an alert that was in the state `from`. False when it no longer is.
pub async fn set_alert(tx: &mut Tx, alert: &ReceivedAlert, from: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE received_alert SET state = $1, reason = $2, evidence = $3, made_by = $4, verified_at = $5
               WHERE hub_id = $6 AND report_id = $7 AND modified = $8 AND state = $9";
    let values = values![
        &alert.state,
        &alert.reason,
        alert.evidence.as_deref(),
        alert.made_by.as_deref(),
        alert.verified_at,
        &alert.hub_id,
        &alert.report_id,
        &alert.modified,
        from
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

pub async fn put_indicator(tx: &mut Tx, row: &IndicatorRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO indicator (id, version_key, report_id, pattern, state, reason, valid_from, valid_until, received_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
               ON CONFLICT (report_id, id) DO UPDATE SET version_key = excluded.version_key, pattern = excluded.pattern,
                 state = excluded.state, reason = excluded.reason, valid_from = excluded.valid_from, valid_until = excluded.valid_until";
    let values = values![
        &row.id,
        &row.version_key,
        &row.report_id,
        &row.pattern,
        &row.state,
        &row.reason,
        row.valid_from,
        row.valid_until,
        row.received_at
    ];
    tx.execute(sql, values).await?;
    Ok(())
}

/// The ids of an alert's indicators.
pub async fn indicator_ids(tx: &mut Tx, report_id: &str) -> Result<Vec<String>, StoreError> {
    let rows = tx.fetch("SELECT id FROM indicator WHERE report_id = $1 ORDER BY id", values![report_id]).await?;
    rows.iter().map(|row| row.get("id")).collect()
}

pub async fn withdraw_indicator(tx: &mut Tx, report_id: &str, id: &str, reason: &str) -> Result<(), StoreError> {
    let sql = "UPDATE indicator SET state = 'revoked', reason = $1 WHERE report_id = $2 AND id = $3";
    tx.execute(sql, values![reason, report_id, id]).await?;
    Ok(())
}

/// Adds an acknowledgement that is to be sent. False when this duty acknowledged before.
pub async fn insert_acknowledgement(
    tx: &mut Tx,
    (hub_id, report_id, modified): (&str, &str, &str),
    (duty, person): (&str, &str),
    now: i64,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO sent_acknowledgement (hub_id, report_id, modified, duty, person, at, arrived_at)
               VALUES ($1, $2, $3, $4, $5, $6, NULL) ON CONFLICT (hub_id, report_id, modified, duty) DO NOTHING";
    Ok(tx.execute(sql, values![hub_id, report_id, modified, duty, person, now]).await? == 1)
}

/// Report and version of all that somebody acknowledged here in a duty.
pub async fn acknowledged(store: &Store, duty: &str) -> Result<Vec<(String, String)>, StoreError> {
    let sql = "SELECT report_id, modified FROM sent_acknowledgement WHERE duty = $1";
    let rows = store.fetch(sql, values![duty]).await?;
    rows.iter().map(|row| Ok((row.get("report_id")?, row.get("modified")?))).collect()
}

/// Who acknowledged; none when nobody did, or when it has arrived.
pub async fn unsent_acknowledgement(
    store: &Store,
    (hub_id, report_id, modified): (&str, &str, &str),
    duty: &str,
) -> Result<Option<String>, StoreError> {
    let sql = "SELECT person FROM sent_acknowledgement
               WHERE hub_id = $1 AND report_id = $2 AND modified = $3 AND duty = $4 AND arrived_at IS NULL";
    let row = store.fetch_optional(sql, values![hub_id, report_id, modified, duty]).await?;
    row.map(|row| row.get("person")).transpose()
}

pub async fn acknowledgement_arrived(
    tx: &mut Tx,
    (hub_id, report_id, modified): (&str, &str, &str),
    duty: &str,
    now: i64,
) -> Result<(), StoreError> {
    let sql = "UPDATE sent_acknowledgement SET arrived_at = $1 WHERE hub_id = $2 AND report_id = $3 AND modified = $4 AND duty = $5";
    tx.execute(sql, values![now, hub_id, report_id, modified, duty]).await?;
    Ok(())
}

/// Duty, person, time and arrival of the acknowledgements of an alert, oldest first.
pub async fn acknowledgements(
    store: &Store,
    report_id: &str,
) -> Result<Vec<(String, String, String, i64, Option<i64>)>, StoreError> {
    let sql = "SELECT modified, duty, person, at, arrived_at FROM sent_acknowledgement WHERE report_id = $1 ORDER BY at, duty";
    let read = |row: &Row| {
        Ok((row.get("modified")?, row.get("duty")?, row.get("person")?, row.get("at")?, row.get("arrived_at")?))
    };
    store.fetch(sql, values![report_id]).await?.iter().map(read).collect()
}

/// An answer that was released and has not been taken by its hub.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub sighting_id: String,
    pub modified: String,
    pub body: Vec<u8>,
}

/// The next released answers to a hub, in the order in which they were made.
pub async fn released(store: &Store, hub_id: &str, at_most: i64) -> Result<Vec<Outgoing>, StoreError> {
    let sql = "SELECT sighting_id, modified, body FROM sent_answer WHERE hub_id = $1 AND state = 'released'
               ORDER BY made_at, sighting_id, modified LIMIT $2";
    let read = |row: &Row| {
        Ok(Outgoing { sighting_id: row.get("sighting_id")?, modified: row.get("modified")?, body: row.get("body")? })
    };
    store.fetch(sql, values![hub_id, at_most]).await?.iter().map(read).collect()
}

/// What a hub said of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub state: &'static str,
    pub receipt_number: Option<i64>,
    pub promised_at: Option<i64>,
    pub hub_message: Option<String>,
}

/// Notes what became of a released answer. False when that was noted before.
pub async fn set_outcome(tx: &mut Tx, answer: &Outgoing, outcome: &Outcome, now: i64) -> Result<bool, StoreError> {
    let sql = "UPDATE sent_answer SET state = $1, sent_at = $2, receipt_number = $3, promised_at = $4, hub_message = $5
               WHERE sighting_id = $6 AND modified = $7 AND state = 'released'";
    let values = values![
        outcome.state,
        now,
        outcome.receipt_number,
        outcome.promised_at,
        outcome.hub_message.as_deref(),
        &answer.sighting_id,
        &answer.modified
    ];
    Ok(tx.execute(sql, values).await? == 1)
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

fn read_alert(row: &Row) -> Result<ReceivedAlert, StoreError> {
    Ok(ReceivedAlert {
        report_id: row.get("report_id")?,
        modified: row.get("modified")?,
        version_key: row.get("version_key")?,
        hub_id: row.get("hub_id")?,
        headline: row.get("headline")?,
        state: row.get("state")?,
        reason: row.get("reason")?,
        evidence: row.get("evidence")?,
        made_by: row.get("made_by")?,
        received_at: row.get("received_at")?,
        verified_at: row.get("verified_at")?,
    })
}
