//! The SQL of what an alert's indicators are judged by at a node.

use ward_store::{Store, StoreError, values};

/// Something that an active indicator is judged by.
pub struct BasisRow {
    pub report_id: String,
    pub id: String,
    /// The indicator as its sender wrote it, where it is kept.
    pub body: Option<Vec<u8>>,
    /// The newest verified version of its alert.
    pub alert_modified: Option<String>,
}

/// All active indicators, in the order of their alerts.
pub async fn basis(store: &Store) -> Result<Vec<BasisRow>, StoreError> {
    let sql = "SELECT i.report_id, i.id,
                 (SELECT o.body FROM received_object o WHERE o.stix_id = i.id AND o.version_key = i.version_key ORDER BY o.hub_id LIMIT 1) AS body,
                 (SELECT MAX(a.modified) FROM received_alert a WHERE a.report_id = i.report_id AND a.state = 'verified') AS modified
               FROM indicator i WHERE i.state = 'active' ORDER BY i.report_id, i.id";
    let rows = store.fetch(sql, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(BasisRow {
                report_id: row.get("report_id")?,
                id: row.get("id")?,
                body: row.get("body")?,
                alert_modified: row.get("modified")?,
            })
        })
        .collect()
}

/// The last word of a person of this office about each alert: report, rung, counts and reason.
pub async fn last_words(
    store: &Store,
    jurisdiction_of: &str,
) -> Result<Vec<(String, String, String, String)>, StoreError> {
    let sql = "SELECT c.report_id, c.rung, c.counts, c.reason FROM confirmation c JOIN organisation o ON o.identity_id = c.jurisdiction
               WHERE o.id = $1 AND NOT EXISTS (SELECT 1 FROM confirmation x WHERE x.report_id = c.report_id
                 AND x.jurisdiction = c.jurisdiction AND (x.at > c.at OR (x.at = c.at AND x.id > c.id)))";
    let rows = store.fetch(sql, values![jurisdiction_of]).await?;
    rows.iter()
        .map(|row| Ok((row.get("report_id")?, row.get("rung")?, row.get("counts")?, row.get("reason")?)))
        .collect()
}
