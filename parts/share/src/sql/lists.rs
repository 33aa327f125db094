//! What lists show of alerts, and for whom: one statement for many rows.

use ward_store::{Row, Store, StoreError, values};

/// A version of an alert, as far as lists show it, with its report.
#[derive(Clone, Debug)]
pub struct ListedRow {
    pub report_id: String,
    pub modified: String,
    pub state: String,
    pub headline: String,
    pub drafted_at: i64,
    pub published_at: Option<i64>,
    pub relayed_from: Option<String>,
    pub first_seen_at: Option<i64>,
    pub recipients: i64,
    pub report: Option<Vec<u8>>,
}

/// All versions of all alerts, in the order in which they were drafted.
pub async fn listed(store: &Store) -> Result<Vec<ListedRow>, StoreError> {
    let sql = "SELECT a.report_id, a.modified, a.state, a.headline, a.drafted_at, a.published_at, a.relayed_from, a.first_seen_at,
                 COALESCE(a.recipient_count, 0) AS recipients, o.body AS report
               FROM alert a LEFT JOIN alert_object o ON o.report_id = a.report_id AND o.modified = a.modified AND o.place = 0
               ORDER BY a.drafted_at, a.report_id, a.modified";
    store.fetch(sql, &[]).await?.iter().map(read_listed).collect()
}

/// The organisations above one, the nearest first.
pub type Above = Vec<String>;

/// Organisation and report of what an organisation and those above it are addressed in.
pub type Addressed = Vec<(String, String)>;

/// The organisations above one, and what it and they are addressed in: in one alert, or in any when `report_id` is empty.
pub async fn addressed(
    store: &Store,
    organisation_id: &str,
    report_id: &str,
    at_most_above: i64,
) -> Result<(Above, Addressed), StoreError> {
    let sql = "WITH RECURSIVE above (id, height) AS (
                 SELECT CAST($1 AS TEXT), CAST(0 AS BIGINT)
                 UNION ALL
                 SELECT o.parent_id, above.height + 1 FROM above JOIN organisation o ON o.id = above.id
                 WHERE o.parent_id IS NOT NULL AND above.height < $3)
               SELECT above.id AS id, above.height AS height, r.report_id AS report_id
               FROM above LEFT JOIN alert_recipient r ON r.organisation_id = above.id AND ($2 = '' OR r.report_id = $2)
               ORDER BY above.height, r.report_id";
    let (mut above, mut addressed) = (Vec::new(), Vec::new());
    let mut last = 0;
    for row in store.fetch(sql, values![organisation_id, report_id, at_most_above]).await? {
        let (id, height): (String, i64) = (row.get("id")?, row.get("height")?);
        if height > last {
            above.push(id.clone());
            last = height;
        }
        if let Some(report_id) = row.get::<Option<String>>("report_id")? {
            addressed.push((id, report_id));
        }
    }
    Ok((above, addressed))
}

/// An organisation of the community, as far as a preview needs it.
#[derive(Clone, Debug)]
pub struct ReachableRow {
    pub id: String,
    pub name: String,
    pub parent_id: Option<String>,
    pub is_member: bool,
    /// When the last of its election contacts was verified, and of its IT contacts; before the time asked.
    pub election_verified_at: Option<i64>,
    pub it_verified_at: Option<i64>,
}

/// All organisations by state, kind and name, with when their contacts were last verified by `now`.
pub async fn reachable(store: &Store, now: i64) -> Result<Vec<ReachableRow>, StoreError> {
    let sql = "SELECT o.id, o.name, o.parent_id, o.is_member, e.at AS election_verified_at, i.at AS it_verified_at
               FROM organisation o
               LEFT JOIN (SELECT organisation_id, MAX(verified_at) AS at FROM contact
                          WHERE duty = 'election' AND verified_at <= $1 GROUP BY organisation_id) e ON e.organisation_id = o.id
               LEFT JOIN (SELECT organisation_id, MAX(verified_at) AS at FROM contact
                          WHERE duty = 'it' AND verified_at <= $1 GROUP BY organisation_id) i ON i.organisation_id = o.id
               ORDER BY o.state, o.kind, o.name, o.id";
    let read = |row: &Row| {
        Ok(ReachableRow {
            id: row.get("id")?,
            name: row.get("name")?,
            parent_id: row.get("parent_id")?,
            is_member: row.get("is_member")?,
            election_verified_at: row.get("election_verified_at")?,
            it_verified_at: row.get("it_verified_at")?,
        })
    };
    store.fetch(sql, values![now]).await?.iter().map(read).collect()
}

fn read_listed(row: &Row) -> Result<ListedRow, StoreError> {
    Ok(ListedRow {
        report_id: row.get("report_id")?,
        modified: row.get("modified")?,
        state: row.get("state")?,
        headline: row.get("headline")?,
        drafted_at: row.get("drafted_at")?,
        published_at: row.get("published_at")?,
        relayed_from: row.get("relayed_from")?,
        first_seen_at: row.get("first_seen_at")?,
        recipients: row.get("recipients")?,
        report: row.get("report")?,
    })
}
