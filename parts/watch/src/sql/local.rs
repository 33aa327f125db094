//! The SQL of what the node makes of an alert: its indicators, look-backs, confirmations, the allow-list and the owner's settings.

use ward_store::{Row, Store, StoreError, Tx, values};

/// A verified version of an alert.
#[derive(Clone, Debug)]
pub struct AlertRow {
    pub report_id: String,
    pub modified: String,
    pub version_key: String,
    pub hub_id: String,
}

/// A hub that an answer goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubRow {
    pub id: String,
    /// This jurisdiction as the hub knows it.
    pub own_identity_id: String,
}

/// A row of `indicator`.
#[derive(Clone, Debug)]
pub struct IndicatorRow {
    pub report_id: String,
    pub id: String,
    pub pattern: String,
    /// `active`, `quarantined`, `not-searched` or `revoked`.
    pub state: String,
    pub reason: String,
    pub valid_from: Option<i64>,
    pub valid_until: Option<i64>,
}

/// A row of `lookback`.
#[derive(Clone, Debug)]
pub struct LookbackRow {
    pub report_id: String,
    pub jurisdiction: String,
    pub modified: String,
    pub finding: String,
    pub result: String,
    pub finished_at: i64,
}

/// A row of `name_release`.
pub struct NameRow {
    pub report_id: String,
    pub is_released: bool,
    pub person: String,
    pub at: i64,
}

/// A row of `confirmation`.
#[derive(Clone, Debug)]
pub struct ConfirmationRow {
    pub id: String,
    pub report_id: String,
    pub jurisdiction: String,
    /// A rung of the ladder, or `dismissed`.
    pub rung: String,
    pub counts: String,
    pub person: String,
    pub reason: String,
    pub at: i64,
}

/// A row of `allow_entry`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowRow {
    pub id: String,
    pub value: String,
    pub reason: String,
    pub added_by: String,
    pub at: i64,
}

/// The ids of all alerts of which a version was verified.
pub async fn verified_ids(store: &Store) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT DISTINCT report_id FROM received_alert WHERE state = 'verified' ORDER BY report_id";
    store.fetch(sql, &[]).await?.iter().map(|row| row.get("report_id")).collect()
}

/// The newest verified version of one alert.
pub async fn verified_alert(store: &Store, report_id: &str) -> Result<Option<AlertRow>, StoreError> {
    let sql = "SELECT report_id, modified, version_key, hub_id FROM received_alert
               WHERE state = 'verified' AND report_id = $1 ORDER BY version_key DESC, verified_at, hub_id LIMIT 1";
    store.fetch_optional(sql, values![report_id]).await?.as_ref().map(read_alert).transpose()
}

/// The bytes of a received object.
pub async fn body(
    store: &Store,
    hub_id: &str,
    stix_id: &str,
    version_key: &str,
) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT body FROM received_object WHERE hub_id = $1 AND stix_id = $2 AND version_key = $3";
    let row = store.fetch_optional(sql, values![hub_id, stix_id, version_key]).await?;
    row.map(|row| row.get("body")).transpose()
}

/// The hubs from which an alert came and was verified.
pub async fn hubs_of(store: &Store, report_id: &str) -> Result<Vec<HubRow>, StoreError> {
    let sql = "SELECT id, own_identity_id FROM hub
               WHERE id IN (SELECT hub_id FROM received_alert WHERE report_id = $1 AND state = 'verified') ORDER BY joined_at, id";
    let rows = store.fetch(sql, values![report_id]).await?;
    rows.iter().map(|row| Ok(HubRow { id: row.get("id")?, own_identity_id: row.get("own_identity_id")? })).collect()
}

/// The indicators of all alerts that are searched for.
pub async fn active_indicators(store: &Store) -> Result<Vec<IndicatorRow>, StoreError> {
    let sql = "SELECT report_id, id, pattern, state, reason, valid_from, valid_until FROM indicator
               WHERE state = 'active' ORDER BY report_id, id";
    store.fetch(sql, &[]).await?.iter().map(read_indicator).collect()
}

/// The indicators of one alert, in whatever state.
pub async fn indicators_of(store: &Store, report_id: &str) -> Result<Vec<IndicatorRow>, StoreError> {
    let sql = "SELECT report_id, id, pattern, state, reason, valid_from, valid_until FROM indicator
               WHERE report_id = $1 ORDER BY id";
    store.fetch(sql, values![report_id]).await?.iter().map(read_indicator).collect()
}

pub async fn lookback(store: &Store, report_id: &str, jurisdiction: &str) -> Result<Option<LookbackRow>, StoreError> {
    let sql = "SELECT report_id, jurisdiction, modified, finding, result, finished_at FROM lookback
               WHERE report_id = $1 AND jurisdiction = $2";
    store.fetch_optional(sql, values![report_id, jurisdiction]).await?.as_ref().map(read_lookback).transpose()
}

/// All look-backs of one jurisdiction.
pub async fn lookbacks(store: &Store, jurisdiction: &str) -> Result<Vec<LookbackRow>, StoreError> {
    let sql = "SELECT report_id, jurisdiction, modified, finding, result, finished_at FROM lookback
               WHERE jurisdiction = $1 ORDER BY report_id";
    store.fetch(sql, values![jurisdiction]).await?.iter().map(read_lookback).collect()
}

pub async fn put_lookback(tx: &mut Tx, row: &LookbackRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO lookback (report_id, jurisdiction, modified, finding, result, finished_at)
               VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (report_id, jurisdiction) DO UPDATE SET modified = excluded.modified,
                 finding = excluded.finding, result = excluded.result, finished_at = excluded.finished_at";
    let values = values![&row.report_id, &row.jurisdiction, &row.modified, &row.finding, &row.result, row.finished_at];
    tx.execute(sql, values).await.map(|_| ())
}

pub async fn insert_confirmation(tx: &mut Tx, row: &ConfirmationRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO confirmation (id, report_id, jurisdiction, rung, counts, person, reason, at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values =
        values![&row.id, &row.report_id, &row.jurisdiction, &row.rung, &row.counts, &row.person, &row.reason, row.at];
    tx.execute(sql, values).await.map(|_| ())
}

/// What a person said last about an alert.
pub async fn latest_confirmation(
    store: &Store,
    report_id: &str,
    jurisdiction: &str,
) -> Result<Option<ConfirmationRow>, StoreError> {
    let sql = "SELECT id, report_id, jurisdiction, rung, counts, person, reason, at FROM confirmation
               WHERE report_id = $1 AND jurisdiction = $2 ORDER BY at DESC, id DESC LIMIT 1";
    let row = store.fetch_optional(sql, values![report_id, jurisdiction]).await?;
    row.map(|row| {
        Ok(ConfirmationRow {
            id: row.get("id")?,
            report_id: row.get("report_id")?,
            jurisdiction: row.get("jurisdiction")?,
            rung: row.get("rung")?,
            counts: row.get("counts")?,
            person: row.get("person")?,
            reason: row.get("reason")?,
            at: row.get("at")?,
        })
    })
    .transpose()
}

pub async fn put_name(tx: &mut Tx, row: &NameRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO name_release (report_id, is_released, person, at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (report_id) DO UPDATE SET is_released = excluded.is_released, person = excluded.person, at = excluded.at";
    tx.execute(sql, values![&row.report_id, i64::from(row.is_released), &row.person, row.at]).await?;
    Ok(())
}

pub async fn name(store: &Store, report_id: &str) -> Result<Option<NameRow>, StoreError> {
    let sql = "SELECT report_id, is_released, person, at FROM name_release WHERE report_id = $1";
    let row = store.fetch_optional(sql, values![report_id]).await?;
    row.map(|row| {
        Ok(NameRow {
            report_id: row.get("report_id")?,
            is_released: row.get::<i64>("is_released")? != 0,
            person: row.get("person")?,
            at: row.get("at")?,
        })
    })
    .transpose()
}

/// Whether the office's name may stand beside its answer.
pub async fn is_name_released(tx: &mut Tx, report_id: &str) -> Result<bool, StoreError> {
    let sql = "SELECT report_id FROM name_release WHERE report_id = $1 AND is_released = 1";
    Ok(tx.fetch_optional(sql, values![report_id]).await?.is_some())
}

pub async fn allow_entries(store: &Store) -> Result<Vec<AllowRow>, StoreError> {
    let sql = "SELECT id, value, reason, added_by, at FROM allow_entry ORDER BY value";
    let rows = store.fetch(sql, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(AllowRow {
                id: row.get("id")?,
                value: row.get("value")?,
                reason: row.get("reason")?,
                added_by: row.get("added_by")?,
                at: row.get("at")?,
            })
        })
        .collect()
}

pub async fn insert_allow(tx: &mut Tx, row: &AllowRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO allow_entry (id, value, reason, added_by, at) VALUES ($1, $2, $3, $4, $5)";
    tx.execute(sql, values![&row.id, &row.value, &row.reason, &row.added_by, row.at]).await.map(|_| ())
}

pub async fn delete_allow(tx: &mut Tx, id: &str) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM allow_entry WHERE id = $1", values![id]).await
}

pub async fn setting(store: &Store, name: &str) -> Result<Option<String>, StoreError> {
    let row = store.fetch_optional("SELECT value FROM setting WHERE name = $1", values![name]).await?;
    row.map(|row| row.get("value")).transpose()
}

pub async fn put_setting(tx: &mut Tx, name: &str, value: &str) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    tx.execute(sql, values![name, value]).await.map(|_| ())
}

fn read_alert(row: &Row) -> Result<AlertRow, StoreError> {
    Ok(AlertRow {
        report_id: row.get("report_id")?,
        modified: row.get("modified")?,
        version_key: row.get("version_key")?,
        hub_id: row.get("hub_id")?,
    })
}

fn read_indicator(row: &Row) -> Result<IndicatorRow, StoreError> {
    Ok(IndicatorRow {
        report_id: row.get("report_id")?,
        id: row.get("id")?,
        pattern: row.get("pattern")?,
        state: row.get("state")?,
        reason: row.get("reason")?,
        valid_from: row.get("valid_from")?,
        valid_until: row.get("valid_until")?,
    })
}

fn read_lookback(row: &Row) -> Result<LookbackRow, StoreError> {
    Ok(LookbackRow {
        report_id: row.get("report_id")?,
        jurisdiction: row.get("jurisdiction")?,
        modified: row.get("modified")?,
        finding: row.get("finding")?,
        result: row.get("result")?,
        finished_at: row.get("finished_at")?,
    })
}
