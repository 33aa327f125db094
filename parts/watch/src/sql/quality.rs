//! The SQL of what an alert's indicators are judged by at a node.

use ward_store::{Row, Store, StoreError, values};

use crate::receive::IndicatorRow;

/// All that a judgement rests on, read at once.
#[derive(Default)]
pub struct Basis {
    /// The ids of the lists that were added, in the order in which they were.
    pub lists: Vec<String>,
    pub words: Vec<WordRow>,
    pub indicators: Vec<BasisRow>,
}

/// The last word of a person of this office about an alert.
pub struct WordRow {
    pub rung: String,
    /// JSON; what it holds depends on the rung.
    pub counts: String,
    pub reason: String,
}

/// An active indicator with what it is judged by.
pub struct BasisRow {
    pub indicator: IndicatorRow,
    /// The indicator as its sender wrote it, where it is kept.
    pub body: Option<Vec<u8>>,
    /// The newest verified version of its alert.
    pub alert_modified: Option<String>,
}

/// What the active indicators of one alert are judged by, or of all when `report_id` is empty; in the order of their alerts.
pub async fn basis(store: &Store, report_id: &str, own_organisation_id: &str) -> Result<Basis, StoreError> {
    // One statement, because it is asked on pages. The columns that a kind of row does not have are empty.
    let sql = "SELECT 'list' AS what, l.id, '' AS version_key, '' AS report_id, '' AS pattern, '' AS state, '' AS reason,
                 CAST(NULL AS BIGINT) AS valid_from, CAST(NULL AS BIGINT) AS valid_until, l.added_at AS received_at,
                 CAST(NULL AS BYTEA) AS body, '' AS modified
               FROM warning_list l
               UNION ALL
               SELECT 'word', c.id, '', c.report_id, c.counts, c.rung, c.reason,
                 CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), c.at, CAST(NULL AS BYTEA), ''
               FROM confirmation c JOIN organisation o ON o.identity_id = c.jurisdiction
               WHERE o.id = $2 AND NOT EXISTS (SELECT 1 FROM confirmation x WHERE x.report_id = c.report_id
                 AND x.jurisdiction = c.jurisdiction AND (x.at > c.at OR (x.at = c.at AND x.id > c.id)))
               UNION ALL
               SELECT 'indicator', i.id, i.version_key, i.report_id, i.pattern, i.state, i.reason, i.valid_from, i.valid_until, i.received_at,
                 (SELECT r.body FROM received_object r WHERE r.stix_id = i.id AND r.version_key = i.version_key ORDER BY r.hub_id LIMIT 1),
                 COALESCE((SELECT MAX(a.modified) FROM received_alert a WHERE a.report_id = i.report_id AND a.state = 'verified'), '')
               FROM indicator i WHERE i.state = 'active' AND ($1 = '' OR i.report_id = $1)";
    let mut basis = Basis::default();
    let mut lists: Vec<(i64, String)> = Vec::new();
    for row in store.fetch(sql, values![report_id, own_organisation_id]).await? {
        match row.get::<String>("what")?.as_str() {
            "list" => lists.push((row.get("received_at")?, row.get("id")?)),
            "word" => basis.words.push(WordRow {
                rung: row.get("state")?,
                counts: row.get("pattern")?,
                reason: row.get("reason")?,
            }),
            _ => basis.indicators.push(read(&row)?),
        }
    }
    lists.sort();
    basis.lists = lists.into_iter().map(|(_, id)| id).collect();
    let key = |row: &BasisRow| (row.indicator.report_id.clone(), row.indicator.id.clone());
    basis.indicators.sort_by_cached_key(key);
    Ok(basis)
}

fn read(row: &Row) -> Result<BasisRow, StoreError> {
    let modified: String = row.get("modified")?;
    Ok(BasisRow {
        indicator: super::received::read_indicator(row)?,
        body: row.get("body")?,
        alert_modified: (!modified.is_empty()).then_some(modified),
    })
}
