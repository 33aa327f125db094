//! The SQL of the quality gate: lists, judgements, and what offices said of indicators.

use ward_store::{Row, Store, StoreError, Tx, Value, values};

/// A row of `warning_list` without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRow {
    pub id: String,
    pub name: String,
    pub source: String,
    pub as_of: Option<i64>,
    pub values: i64,
    /// `misp` or `lines`.
    pub form: String,
    pub sha256: String,
    pub added_by: String,
    pub added_at: i64,
}

/// All lists that were added, in the order in which they were.
pub async fn lists(tx: &mut Tx) -> Result<Vec<ListRow>, StoreError> {
    let sql = "SELECT id, name, source, as_of, list_values, form, sha256, added_by, added_at FROM warning_list ORDER BY added_at, id";
    tx.fetch(sql, &[]).await?.iter().map(read_list).collect()
}

pub async fn list_body(tx: &mut Tx, id: &str) -> Result<Vec<u8>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM warning_list WHERE id = $1", values![id]).await?;
    row.map_or_else(|| Ok(Vec::new()), |row| row.get("body"))
}

pub async fn insert_list(tx: &mut Tx, row: &ListRow, body: &[u8]) -> Result<(), StoreError> {
    let sql = "INSERT INTO warning_list (id, name, source, as_of, list_values, form, body, sha256, added_by, added_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values = values![
        &row.id,
        &row.name,
        &row.source,
        row.as_of,
        row.values,
        &row.form,
        body,
        &row.sha256,
        &row.added_by,
        row.added_at
    ];
    tx.execute(sql, values).await.map(|_| ())
}

/// Removes the list of that name; gives its id.
pub async fn delete_list(tx: &mut Tx, name: &str) -> Result<Option<String>, StoreError> {
    let row = tx.fetch_optional("DELETE FROM warning_list WHERE name = $1 RETURNING id", values![name]).await?;
    row.map(|row| row.get("id")).transpose()
}

fn read_list(row: &Row) -> Result<ListRow, StoreError> {
    Ok(ListRow {
        id: row.get("id")?,
        name: row.get("name")?,
        source: row.get("source")?,
        as_of: row.get("as_of")?,
        values: row.get("list_values")?,
        form: row.get("form")?,
        sha256: row.get("sha256")?,
        added_by: row.get("added_by")?,
        added_at: row.get("added_at")?,
    })
}

/// A row of `indicator_quality`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QualityRow {
    pub stix_id: String,
    pub version_key: String,
    /// Who sent it.
    pub organisation_id: String,
    /// The same for all indicators that look for the same.
    pub terms_key: String,
    pub act: String,
    pub confidence: i64,
    /// JSON: a list of sentences.
    pub reasons: String,
    pub judged_at: i64,
}

/// Keeps judgements, each unless a later version of the indicator has one. No indicator is among them twice.
pub async fn put(tx: &mut Tx, rows: Vec<QualityRow>) -> Result<(), StoreError> {
    let into =
        "indicator_quality (stix_id, version_key, organisation_id, terms_key, act, confidence, reasons, judged_at)";
    let tail = "ON CONFLICT (stix_id) DO UPDATE SET version_key = excluded.version_key, terms_key = excluded.terms_key, act = excluded.act,
                  confidence = excluded.confidence, reasons = excluded.reasons, judged_at = excluded.judged_at
                WHERE indicator_quality.version_key <= excluded.version_key";
    let values_of = |row: QualityRow| -> [Value; WIDTH] {
        [
            row.stix_id.into(),
            row.version_key.into(),
            row.organisation_id.into(),
            row.terms_key.into(),
            row.act.into(),
            row.confidence.into(),
            row.reasons.into(),
            row.judged_at.into(),
        ]
    };
    let values: Vec<Value> = rows.into_iter().flat_map(values_of).collect();
    tx.insert_many(into, WIDTH, tail, values).await.map(|_| ())
}

/// Values of a row.
const WIDTH: usize = 8;

/// Whether any office said anything of any indicator.
pub async fn has_words(tx: &mut Tx) -> Result<bool, StoreError> {
    Ok(tx.fetch_optional("SELECT stix_id FROM indicator_word LIMIT 1", &[]).await?.is_some())
}

pub async fn quality(store: &Store, stix_id: &str) -> Result<Option<QualityRow>, StoreError> {
    let sql = "SELECT stix_id, version_key, organisation_id, terms_key, act, confidence, reasons, judged_at
               FROM indicator_quality WHERE stix_id = $1";
    store.fetch_optional(sql, values![stix_id]).await?.as_ref().map(read_quality).transpose()
}

/// The act alone.
pub async fn act(tx: &mut Tx, stix_id: &str) -> Result<Option<String>, StoreError> {
    let row = tx.fetch_optional("SELECT act FROM indicator_quality WHERE stix_id = $1", values![stix_id]).await?;
    row.map(|row| row.get("act")).transpose()
}

/// Judgements made before a time.
pub async fn judged_before(tx: &mut Tx, before: i64, at_most: i64) -> Result<Vec<QualityRow>, StoreError> {
    let sql = "SELECT stix_id, version_key, organisation_id, terms_key, act, confidence, reasons, judged_at
               FROM indicator_quality WHERE judged_at < $1 ORDER BY stix_id LIMIT $2";
    tx.fetch(sql, values![before, at_most]).await?.iter().map(read_quality).collect()
}

pub async fn forget(tx: &mut Tx, stix_id: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM indicator_quality WHERE stix_id = $1", values![stix_id]).await.map(|_| ())
}

/// Lets all judgements be made anew.
pub async fn doubt_all(tx: &mut Tx) -> Result<(), StoreError> {
    tx.execute("UPDATE indicator_quality SET judged_at = 0", &[]).await.map(|_| ())
}

/// Lets the judgements be made anew of all indicators that look for what an office spoke of in an answer.
pub async fn doubt_spoken_of(tx: &mut Tx, report_id: &str, organisation_id: &str) -> Result<(), StoreError> {
    let sql = "UPDATE indicator_quality SET judged_at = 0 WHERE terms_key IN (
                 SELECT q.terms_key FROM indicator_quality q JOIN indicator_word w ON w.stix_id = q.stix_id
                 WHERE w.report_id = $1 AND w.organisation_id = $2)";
    tx.execute(sql, values![report_id, organisation_id]).await.map(|_| ())
}

/// The bytes of a version of an object, whichever collection holds it.
pub async fn body(tx: &mut Tx, stix_id: &str, version_key: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT body FROM collection_object WHERE stix_id = $1 AND version_key = $2 ORDER BY id LIMIT 1";
    tx.fetch_optional(sql, values![stix_id, version_key]).await?.map(|row| row.get("body")).transpose()
}

/// An indicator of any collection that has no judgement: its newest version with its sender.
pub async fn unjudged(tx: &mut Tx, at_most: i64) -> Result<Vec<(Vec<u8>, String, String)>, StoreError> {
    let sql = "SELECT c.body, c.version_key, c.organisation_id FROM collection_object c
               WHERE c.kind = 'indicator' AND NOT EXISTS (SELECT 1 FROM indicator_quality q WHERE q.stix_id = c.stix_id)
                 AND NOT EXISTS (SELECT 1 FROM collection_object n WHERE n.stix_id = c.stix_id
                                 AND (n.version_key > c.version_key OR (n.version_key = c.version_key AND n.id < c.id)))
               ORDER BY c.id LIMIT $1";
    let rows = tx.fetch(sql, values![at_most]).await?;
    rows.iter().map(|row| Ok((row.get("body")?, row.get("version_key")?, row.get("organisation_id")?))).collect()
}

/// Whether a published alert holds it.
pub async fn is_in_published_alert(tx: &mut Tx, stix_id: &str) -> Result<bool, StoreError> {
    let sql =
        "SELECT 1 AS one FROM alert_object o JOIN alert a ON a.report_id = o.report_id AND a.modified = o.modified
               WHERE o.stix_id = $1 AND a.state = 'published' LIMIT 1";
    Ok(tx.fetch_optional(sql, values![stix_id]).await?.is_some())
}

/// What one office said of one indicator.
pub struct WordRow {
    pub organisation_id: String,
    pub said: String,
}

/// What offices said of all indicators that look for the same, the latest last.
pub async fn words(tx: &mut Tx, stix_id: &str, terms_key: &str) -> Result<Vec<WordRow>, StoreError> {
    let sql = "SELECT w.organisation_id, w.said FROM indicator_word w
               WHERE w.stix_id = $1 OR w.stix_id IN (SELECT stix_id FROM indicator_quality WHERE terms_key = $2)
               ORDER BY w.version_key, w.stix_id";
    let rows = tx.fetch(sql, values![stix_id, terms_key]).await?;
    rows.iter()
        .map(|row| Ok(WordRow { organisation_id: row.get("organisation_id")?, said: row.get("said")? }))
        .collect()
}

/// The ids of the lists that were added, in the order in which they were, and what people confirmed or took back, by what was looked for, the
/// latest last. One statement, because it is asked on pages.
pub async fn reviewed(store: &Store) -> Result<(Vec<String>, Vec<(String, WordRow)>), StoreError> {
    let sql = "SELECT 'list' AS what, id AS about, '' AS organisation_id, '' AS said, '' AS version_key, added_at FROM warning_list
               UNION ALL
               SELECT 'word', q.terms_key, w.organisation_id, w.said, w.version_key, CAST(0 AS BIGINT)
               FROM indicator_word w JOIN indicator_quality q ON q.stix_id = w.stix_id WHERE w.said IN ('confirmed', 'false-alarm')
               ORDER BY added_at, version_key, about";
    let (mut lists, mut words) = (Vec::new(), Vec::new());
    for row in store.fetch(sql, &[]).await? {
        let about: String = row.get("about")?;
        if row.get::<String>("what")? == "list" {
            lists.push(about);
        } else {
            words.push((about, WordRow { organisation_id: row.get("organisation_id")?, said: row.get("said")? }));
        }
    }
    Ok((lists, words))
}

/// The latest version of an answer whose words are kept here.
pub async fn heard(tx: &mut Tx, report_id: &str, organisation_id: &str) -> Result<Option<String>, StoreError> {
    let sql = "SELECT MAX(version_key) AS latest FROM indicator_word WHERE report_id = $1 AND organisation_id = $2";
    tx.fetch_optional(sql, values![report_id, organisation_id]).await?.map_or(Ok(None), |row| row.get("latest"))
}

pub async fn forget_words(tx: &mut Tx, report_id: &str, organisation_id: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM indicator_word WHERE report_id = $1 AND organisation_id = $2";
    tx.execute(sql, values![report_id, organisation_id]).await.map(|_| ())
}

pub async fn insert_word(
    tx: &mut Tx,
    stix_id: &str,
    organisation_id: &str,
    report_id: &str,
    said: &str,
    version_key: &str,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO indicator_word (stix_id, organisation_id, report_id, said, version_key) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (stix_id, organisation_id, report_id) DO UPDATE SET said = excluded.said, version_key = excluded.version_key";
    tx.execute(sql, values![stix_id, organisation_id, report_id, said, version_key]).await.map(|_| ())
}

/// The newest version of each answer to an alert: office, report, version and sighting; after an id, in order.
pub async fn newest_answers(tx: &mut Tx) -> Result<Vec<(String, String, String, String)>, StoreError> {
    let sql = "SELECT organisation_id, of_ref, version_key, body FROM answer a
               WHERE NOT EXISTS (SELECT 1 FROM answer x WHERE x.sighting_id = a.sighting_id AND x.version_key > a.version_key)
               ORDER BY version_key, sighting_id";
    let rows = tx.fetch(sql, &[]).await?;
    rows.iter()
        .map(|row| Ok((row.get("organisation_id")?, row.get("of_ref")?, row.get("version_key")?, row.get("body")?)))
        .collect()
}

/// Of one source: how many indicators of each kind, and how many matches were reviewed.
pub struct SourceRow {
    pub organisation_id: String,
    pub name: String,
    pub is_member: bool,
    pub block: i64,
    pub watch: i64,
    pub spent: i64,
    /// Pairs of what is looked for and an office that reviewed a match with it.
    pub reviewed: i64,
    pub false_alarms: i64,
}

/// All organisations whose indicators are here, by name. A match with what several sources sent counts for each of them.
pub async fn sources(store: &Store) -> Result<Vec<SourceRow>, StoreError> {
    let sql = "WITH last_word AS (
                 SELECT q.terms_key, w.organisation_id, w.said,
                   ROW_NUMBER() OVER (PARTITION BY q.terms_key, w.organisation_id ORDER BY w.version_key DESC, w.stix_id) AS place
                 FROM indicator_word w JOIN indicator_quality q ON q.stix_id = w.stix_id
                 WHERE w.said IN ('confirmed', 'false-alarm')),
               of_source AS (SELECT DISTINCT organisation_id, terms_key FROM indicator_quality),
               reviewed AS (
                 SELECT s.organisation_id, COUNT(*) AS reviewed,
                   SUM(CASE WHEN w.said = 'false-alarm' THEN 1 ELSE 0 END) AS false_alarms
                 FROM of_source s JOIN last_word w ON w.terms_key = s.terms_key AND w.place = 1
                 GROUP BY s.organisation_id),
               counted AS (
                 SELECT organisation_id,
                   SUM(CASE WHEN act = 'block' THEN 1 ELSE 0 END) AS block_count,
                   SUM(CASE WHEN act = 'watch' THEN 1 ELSE 0 END) AS watch_count,
                   SUM(CASE WHEN act = 'spent' THEN 1 ELSE 0 END) AS spent_count
                 FROM indicator_quality GROUP BY organisation_id)
               SELECT c.organisation_id, COALESCE(o.name, c.organisation_id) AS name, COALESCE(o.is_member, 0) AS is_member,
                 CAST(c.block_count AS BIGINT) AS block_count, CAST(c.watch_count AS BIGINT) AS watch_count,
                 CAST(c.spent_count AS BIGINT) AS spent_count, CAST(COALESCE(r.reviewed, 0) AS BIGINT) AS reviewed,
                 CAST(COALESCE(r.false_alarms, 0) AS BIGINT) AS false_alarms
               FROM counted c LEFT JOIN organisation o ON o.id = c.organisation_id
               LEFT JOIN reviewed r ON r.organisation_id = c.organisation_id
               ORDER BY name, c.organisation_id";
    store.fetch(sql, &[]).await?.iter().map(read_source).collect()
}

fn read_source(row: &Row) -> Result<SourceRow, StoreError> {
    Ok(SourceRow {
        organisation_id: row.get("organisation_id")?,
        name: row.get("name")?,
        is_member: row.get("is_member")?,
        block: row.get("block_count")?,
        watch: row.get("watch_count")?,
        spent: row.get("spent_count")?,
        reviewed: row.get("reviewed")?,
        false_alarms: row.get("false_alarms")?,
    })
}

fn read_quality(row: &Row) -> Result<QualityRow, StoreError> {
    Ok(QualityRow {
        stix_id: row.get("stix_id")?,
        version_key: row.get("version_key")?,
        organisation_id: row.get("organisation_id")?,
        terms_key: row.get("terms_key")?,
        act: row.get("act")?,
        confidence: row.get("confidence")?,
        reasons: row.get("reasons")?,
        judged_at: row.get("judged_at")?,
    })
}
