//! The SQL of subscriptions.

use ward_store::{Row, Store, StoreError, Tx, values};

use crate::subscription::Subscription;

macro_rules! subscription_sql {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, s.organisation_id, o.name AS source, s.kind, s.url, s.collection, s.credentials, s.secret_file, s.assigned_tlp, ",
            "s.interval_seconds, s.added_at, s.place, s.next_at, s.failures, s.last_polled_at, s.last_good_at, s.last_error, s.taken, s.refused ",
            "FROM subscription s JOIN organisation o ON o.id = s.organisation_id WHERE s.removed_at IS NULL ",
            $rest
        )
    };
}

pub async fn insert(tx: &mut Tx, new: &Subscription, added_by: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO subscription (id, organisation_id, kind, url, collection, credentials, secret_file, assigned_tlp, interval_seconds,
                 added_by, added_at, next_at, failures, taken, refused)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0, 0)";
    let values = values![
        &new.id,
        &new.organisation_id,
        new.kind.text(),
        &new.url,
        &new.collection,
        &new.credentials,
        &new.secret_file,
        new.assigned_tlp.map(|tlp| tlp.label()),
        new.interval_seconds,
        added_by,
        new.added_at,
        new.next_at
    ];
    tx.execute(sql, values).await.map(|_| ())
}

/// All that were not removed, in the order in which they were added.
pub async fn all(store: &Store) -> Result<Vec<Subscription>, StoreError> {
    store.fetch(subscription_sql!("ORDER BY s.added_at, s.id"), &[]).await?.iter().map(read).collect()
}

pub async fn one(store: &Store, id: &str) -> Result<Option<Subscription>, StoreError> {
    store.fetch_optional(subscription_sql!("AND s.id = $1"), values![id]).await?.as_ref().map(read).transpose()
}

/// Marks as removed; false when there is no such one.
pub async fn remove(tx: &mut Tx, id: &str, now: i64) -> Result<bool, StoreError> {
    let sql = "UPDATE subscription SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL";
    Ok(tx.execute(sql, values![id, now]).await? == 1)
}

pub async fn set_place(tx: &mut Tx, id: &str, place: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE subscription SET place = $2 WHERE id = $1", values![id, place]).await.map(|_| ())
}

pub async fn count(tx: &mut Tx, id: &str, taken: i64, refused: i64) -> Result<(), StoreError> {
    let sql = "UPDATE subscription SET taken = taken + $2, refused = refused + $3 WHERE id = $1";
    tx.execute(sql, values![id, taken, refused]).await.map(|_| ())
}

pub async fn set_polled(
    tx: &mut Tx,
    id: &str,
    now: i64,
    next_at: i64,
    failures: i64,
    error: Option<&str>,
) -> Result<(), StoreError> {
    let sql = "UPDATE subscription SET last_polled_at = $2, next_at = $3, failures = $4, last_error = $5,
                 last_good_at = CASE WHEN $4 = 0 THEN $2 ELSE last_good_at END
               WHERE id = $1";
    tx.execute(sql, values![id, now, next_at, failures, error]).await.map(|_| ())
}

/// The version of an event that was taken.
pub async fn stamp(store: &Store, id: &str, event_id: &str) -> Result<Option<String>, StoreError> {
    let sql = "SELECT stamp FROM subscription_event WHERE subscription_id = $1 AND event_id = $2";
    store.fetch_optional(sql, values![id, event_id]).await?.map(|row| row.get("stamp")).transpose()
}

pub async fn set_stamp(tx: &mut Tx, id: &str, event_id: &str, stamp: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO subscription_event (subscription_id, event_id, stamp) VALUES ($1, $2, $3)
               ON CONFLICT (subscription_id, event_id) DO UPDATE SET stamp = excluded.stamp";
    tx.execute(sql, values![id, event_id, stamp]).await.map(|_| ())
}

fn read(row: &Row) -> Result<Subscription, StoreError> {
    let unknown = |what: &str| StoreError::Record(format!("`{what}` of a subscription is not known"));
    let tlp: Option<String> = row.get("assigned_tlp")?;
    Ok(Subscription {
        id: row.get("id")?,
        organisation_id: row.get("organisation_id")?,
        source: row.get("source")?,
        kind: crate::subscription::Kind::of_text(&row.get::<String>("kind")?).ok_or_else(|| unknown("kind"))?,
        url: row.get("url")?,
        collection: row.get("collection")?,
        credentials: row.get("credentials")?,
        secret_file: row.get("secret_file")?,
        assigned_tlp: tlp
            .map(|label| ward_stix::marking::Tlp::of_label(&label).ok_or_else(|| unknown("assigned_tlp")))
            .transpose()?,
        interval_seconds: row.get("interval_seconds")?,
        added_at: row.get("added_at")?,
        place: row.get("place")?,
        next_at: row.get("next_at")?,
        failures: row.get("failures")?,
        last_polled_at: row.get("last_polled_at")?,
        last_good_at: row.get("last_good_at")?,
        last_error: row.get("last_error")?,
        taken: row.get("taken")?,
        refused: row.get("refused")?,
    })
}
