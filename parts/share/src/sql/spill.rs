//! Ids of markings that were refused as classified, and what was kept before that may name them.

use ward_store::{StoreError, Tx, values};

pub async fn remember(tx: &mut Tx, id: &str, at: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO spilled_marking (id, at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";
    tx.execute(sql, values![id, at]).await.map(|_| ())
}

pub async fn is_known(tx: &mut Tx, id: &str) -> Result<bool, StoreError> {
    Ok(tx.fetch_optional("SELECT id FROM spilled_marking WHERE id = $1", values![id]).await?.is_some())
}

/// Something that is kept and may name a marking.
pub struct Held {
    pub id: String,
    pub stix_id: String,
    pub kind: String,
    pub version_key: String,
    pub body: Vec<u8>,
}

/// The objects of a sender in which an id stands somewhere, in what was sent or in how it is handled.
pub async fn objects_with(tx: &mut Tx, id: &str, sender: &str) -> Result<Vec<Held>, StoreError> {
    let sql = "SELECT id, stix_id, kind, version_key, body FROM collection_object
               WHERE organisation_id = $1 AND length(body) > 0
                 AND (body LIKE $2 OR handling_id IN (SELECT id FROM handling WHERE content LIKE $3)) ORDER BY id";
    let within = format!("%{id}%");
    let rows = tx.fetch(sql, values![sender, within.as_bytes(), &within]).await?;
    rows.iter()
        .map(|row| {
            Ok(Held {
                id: row.get("id")?,
                stix_id: row.get("stix_id")?,
                kind: row.get("kind")?,
                version_key: row.get("version_key")?,
                body: row.get("body")?,
            })
        })
        .collect()
}

/// The same in quarantine: row and body.
pub async fn quarantined_with(tx: &mut Tx, id: &str, sender: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let sql = "SELECT id, body FROM quarantine WHERE organisation_id = $1 AND body LIKE $2 ORDER BY id";
    let rows = tx.fetch(sql, values![sender, format!("%{id}%").as_bytes()]).await?;
    rows.iter().map(|row| Ok((row.get("id")?, row.get("body")?))).collect()
}

pub async fn delete_quarantined(tx: &mut Tx, id: &str) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM quarantine WHERE id = $1", values![id]).await
}

pub async fn delete_answer(tx: &mut Tx, sighting_id: &str, version_key: &str) -> Result<u64, StoreError> {
    let sql = "DELETE FROM answer WHERE sighting_id = $1 AND version_key = $2";
    tx.execute(sql, values![sighting_id, version_key]).await
}
