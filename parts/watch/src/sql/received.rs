//! What came from hubs: objects as they were sent, alerts with what became of them, and their indicators.

use ward_store::{Row, Store, StoreError, Tx, values};

use crate::receive::{IndicatorRow, ReceivedAlert};

macro_rules! alert_sql {
    ($rest:literal) => {
        concat!(
            "SELECT report_id, modified, version_key, hub_id, headline, state, reason, evidence, made_by, received_at, verified_at ",
            "FROM received_alert ",
            $rest
        )
    };
}

macro_rules! indicator_sql {
    ($rest:literal) => {
        concat!(
            "SELECT id, version_key, report_id, pattern, state, reason, valid_from, valid_until, received_at FROM indicator ",
            $rest
        )
    };
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

/// A version of an alert as lists show it, with the report's bytes.
#[derive(Clone, Debug)]
pub struct ListedRow {
    pub report_id: String,
    pub modified: String,
    pub version_key: String,
    /// The hub's name.
    pub hub: String,
    pub headline: String,
    pub state: String,
    pub reason: String,
    pub received_at: i64,
    pub verified_at: Option<i64>,
    pub body: Option<Vec<u8>>,
}

/// All that came, newest first; of one report, or of all when `report_id` is empty.
pub async fn listed(store: &Store, report_id: &str) -> Result<Vec<ListedRow>, StoreError> {
    let sql = "SELECT a.report_id, a.modified, a.version_key, h.name AS hub, a.headline, a.state, a.reason, a.received_at,
                 a.verified_at, o.body
               FROM received_alert a JOIN hub h ON h.id = a.hub_id
               LEFT JOIN received_object o ON o.hub_id = a.hub_id AND o.stix_id = a.report_id AND o.version_key = a.version_key
               WHERE $1 = '' OR a.report_id = $1
               ORDER BY a.received_at DESC, a.report_id, a.version_key DESC";
    let read = |row: &Row| {
        Ok(ListedRow {
            report_id: row.get("report_id")?,
            modified: row.get("modified")?,
            version_key: row.get("version_key")?,
            hub: row.get("hub")?,
            headline: row.get("headline")?,
            state: row.get("state")?,
            reason: row.get("reason")?,
            received_at: row.get("received_at")?,
            verified_at: row.get("verified_at")?,
            body: row.get("body")?,
        })
    };
    store.fetch(sql, values![report_id]).await?.iter().map(read).collect()
}

/// A hub that an answer goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubRow {
    pub id: String,
    /// This jurisdiction as the hub knows it.
    pub own_identity_id: String,
}

/// A verified version of an alert, with the report's bytes and the hub that it came from.
#[derive(Clone, Debug)]
pub struct VerifiedRow {
    pub modified: String,
    pub body: Option<Vec<u8>>,
    pub hub: HubRow,
    pub hub_joined_at: i64,
}

/// The verified versions of one alert, the newest first.
pub async fn verified(store: &Store, report_id: &str) -> Result<Vec<VerifiedRow>, StoreError> {
    let sql = "SELECT a.modified, o.body, h.id, h.own_identity_id, h.joined_at
               FROM received_alert a JOIN hub h ON h.id = a.hub_id
               LEFT JOIN received_object o ON o.hub_id = a.hub_id AND o.stix_id = a.report_id AND o.version_key = a.version_key
               WHERE a.state = 'verified' AND a.report_id = $1 ORDER BY a.version_key DESC, a.verified_at, a.hub_id";
    let read = |row: &Row| {
        Ok(VerifiedRow {
            modified: row.get("modified")?,
            body: row.get("body")?,
            hub: HubRow { id: row.get("id")?, own_identity_id: row.get("own_identity_id")? },
            hub_joined_at: row.get("joined_at")?,
        })
    };
    store.fetch(sql, values![report_id]).await?.iter().map(read).collect()
}

/// The ids of all alerts of which a version was verified.
pub async fn verified_ids(store: &Store) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT DISTINCT report_id FROM received_alert WHERE state = 'verified' ORDER BY report_id";
    store.fetch(sql, &[]).await?.iter().map(|row| row.get("report_id")).collect()
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

/// The indicators of all alerts that are searched for.
pub async fn active_indicators(store: &Store) -> Result<Vec<IndicatorRow>, StoreError> {
    let sql = indicator_sql!("WHERE state = 'active' ORDER BY report_id, id");
    store.fetch(sql, &[]).await?.iter().map(read_indicator).collect()
}

/// The indicators of one alert, in whatever state.
pub async fn indicators_of(store: &Store, report_id: &str) -> Result<Vec<IndicatorRow>, StoreError> {
    let sql = indicator_sql!("WHERE report_id = $1 ORDER BY id");
    store.fetch(sql, values![report_id]).await?.iter().map(read_indicator).collect()
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

pub(super) fn read_indicator(row: &Row) -> Result<IndicatorRow, StoreError> {
    Ok(IndicatorRow {
        id: row.get("id")?,
        version_key: row.get("version_key")?,
        report_id: row.get("report_id")?,
        pattern: row.get("pattern")?,
        state: row.get("state")?,
        reason: row.get("reason")?,
        valid_from: row.get("valid_from")?,
        valid_until: row.get("valid_until")?,
        received_at: row.get("received_at")?,
    })
}
