//! Where everybody stands with an alert: totals, the states, and the lines of a page, each in one statement.
//!
//! `$1` is the report and `$2` the time in all of them; `$3` is the hub itself, which is not listed. What counts is
//! the same as for the whole situation.

use ward_store::{Row, Store, StoreError, values};

/// What an answer says as it counts: a "not seen" that is doubted is "partly searched".
macro_rules! finding {
    ($a:literal) => {
        concat!(
            "CASE WHEN ",
            $a,
            ".finding = 'not-seen' AND ",
            $a,
            ".doubted_at <= $2 THEN 'partly-searched' ELSE ",
            $a,
            ".finding END"
        )
    };
}

/// How much an answer weighs among several for one office, as `Standing::weight` has it.
macro_rules! weight {
    ($a:literal) => {
        concat!(
            "CASE WHEN ",
            $a,
            ".rung = 'tally-system-touched' THEN 9 WHEN ",
            $a,
            ".rung = 'data-changed' THEN 8
               WHEN ",
            $a,
            ".rung = 'data-taken' THEN 7 WHEN ",
            $a,
            ".rung = 'accessed' THEN 6 WHEN ",
            $a,
            ".rung = 'attempted' THEN 5
               WHEN ",
            $a,
            ".rung = 'scanned' THEN 4 WHEN ",
            $a,
            ".finding = 'match-under-review' THEN 3
               WHEN ",
            $a,
            ".finding = 'partly-searched' OR ",
            $a,
            ".doubted_at <= $2 THEN 2 WHEN ",
            $a,
            ".finding = 'blind' THEN 1 ELSE 0 END"
        )
    };
}

/// Of the answers for the office `o`, the one that counts: of the newest version of each the one that weighs most, and of those the newest.
macro_rules! counts {
    ($a:literal) => {
        concat!(
            $a, ".of_ref = $1 AND ", $a, ".organisation_id = o.id AND ", $a, ".received_at <= $2 AND NOT EXISTS (
               SELECT 1 FROM answer x WHERE x.of_ref = $1 AND x.organisation_id = o.id AND x.received_at <= $2 AND (
                 (x.sighting_id = ", $a, ".sighting_id AND x.version_key > ", $a, ".version_key)
                 OR (x.sighting_id <> ", $a, ".sighting_id
                   AND (", weight!("x"), ", x.version_key, x.received_at, x.sighting_id)
                     > (", weight!($a), ", ", $a, ".version_key, ", $a, ".received_at, ", $a, ".sighting_id)
                   AND NOT EXISTS (SELECT 1 FROM answer y WHERE y.of_ref = $1 AND y.organisation_id = o.id AND y.received_at <= $2
                     AND y.sighting_id = x.sighting_id AND y.version_key > x.version_key)))) "
        )
    };
}

/// The newest published version, the answer of each office that counts, and all offices that are members, were asked, or answered.
macro_rules! offices {
    () => {
        concat!(
            "WITH newest AS (
           SELECT modified, headline, published_at FROM alert
           WHERE report_id = $1 AND state = 'published' AND published_at <= $2
           ORDER BY published_at DESC, drafted_at DESC, modified DESC LIMIT 1),
         office AS (
           SELECT o.id, o.name, o.kind, o.state, ",
            finding!("l"),
            " AS finding, l.rung, l.received_at,
             CASE WHEN r.organisation_id IS NULL THEN 0 ELSE 1 END AS is_asked,
             CASE WHEN l.name_released = 1 AND l.answered_by_id = o.id THEN 1 ELSE 0 END AS is_released,
             CASE WHEN l.finding IS NULL AND r.organisation_id IS NULL THEN 0 WHEN l.finding IS NULL THEN 1
               WHEN l.finding = 'blind' THEN 2
               WHEN l.finding = 'partly-searched' OR (l.finding = 'not-seen' AND l.doubted_at <= $2) THEN 3 WHEN l.finding = 'not-seen' THEN 4
               WHEN l.finding = 'match-under-review' THEN 5 WHEN l.rung = 'scanned' THEN 6 WHEN l.rung = 'attempted' THEN 7
               WHEN l.rung = 'accessed' THEN 8 WHEN l.rung = 'data-taken' THEN 9 WHEN l.rung = 'data-changed' THEN 10
               ELSE 11 END AS step
           FROM organisation o
           LEFT JOIN alert_recipient r ON r.report_id = $1 AND r.organisation_id = o.id
           LEFT JOIN answer l ON ",
            counts!("l"),
            "WHERE r.organisation_id IS NOT NULL OR l.sighting_id IS NOT NULL OR (o.is_member = 1 AND o.id <> $3)) "
        )
    };
}

/// The columns of a line; `chosen` has `id`, `place` and `found`.
macro_rules! lines {
    () => {
        concat!(
            " SELECT o.id, o.name, o.kind, o.state, CASE WHEN r.organisation_id IS NULL THEN 0 ELSE 1 END AS is_asked, a.received_at, c.found,
            a.answered_by_id, a.body, CASE WHEN a.doubted_at <= $2 THEN 1 ELSE 0 END AS is_doubted, b.name AS answered_by, d.at AS delivered_at, kn.at AS node_at, ke.at AS election_at, ki.at AS it_at,
            (SELECT MAX(g.at) FROM reminder g WHERE g.report_id = $1 AND g.organisation_id = o.id AND g.kind = 'asked-again'
              AND g.at <= $2) AS asked_again_at
          FROM chosen c CROSS JOIN newest n JOIN organisation o ON o.id = c.id
          LEFT JOIN alert_recipient r ON r.report_id = $1 AND r.organisation_id = o.id
          LEFT JOIN answer a ON ",
            counts!("a"),
            "
          LEFT JOIN organisation b ON b.id = a.answered_by_id
          LEFT JOIN delivery d ON d.report_id = $1 AND d.modified = n.modified AND d.organisation_id = c.id AND d.at <= $2
          LEFT JOIN acknowledgement kn ON kn.report_id = $1 AND kn.modified = n.modified AND kn.organisation_id = c.id
            AND kn.duty = 'node' AND kn.at <= $2
          LEFT JOIN acknowledgement ke ON ke.report_id = $1 AND ke.modified = n.modified AND ke.organisation_id = c.id
            AND ke.duty = 'election' AND ke.at <= $2
          LEFT JOIN acknowledgement ki ON ki.report_id = $1 AND ki.modified = n.modified AND ki.organisation_id = c.id
            AND ki.duty = 'it' AND ki.at <= $2
          ORDER BY c.place"
        )
    };
}

/// How many offices stand alike.
#[derive(Clone, Debug)]
pub struct TotalRow {
    /// Of the newest published version.
    pub modified: String,
    pub headline: String,
    pub published_at: i64,
    pub is_asked: bool,
    /// None without an answer.
    pub finding: Option<String>,
    pub rung: Option<String>,
    pub offices: i64,
}

/// One office with the answer that counts.
#[derive(Clone, Debug)]
pub struct LineRow {
    pub id: String,
    pub name: String,
    pub kind: String,
    pub state: String,
    pub is_asked: bool,
    /// The answer, as it was sent; none without one.
    pub body: Option<String>,
    /// A "not seen" in it counts as "partly searched".
    pub is_doubted: bool,
    pub received_at: Option<i64>,
    pub answered_by_id: Option<String>,
    pub answered_by: Option<String>,
    pub delivered_at: Option<i64>,
    /// When the node, the election official and the IT person acknowledged the newest version.
    pub acknowledged_at: [Option<i64>; 3],
    pub asked_again_at: Option<i64>,
    /// How many there are on all pages.
    pub found: i64,
}

/// Which lines, and in which order.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// This organisation and those that released their names only; empty for all.
    pub only: &'a str,
    /// A pattern for `LIKE` in lower case, with `!` before what stands for itself; `%` for all.
    pub pattern: String,
    /// The steps whose words hold what is sought, between commas, with a comma at both ends.
    pub steps_sought: String,
    /// One step only; -1 for all.
    pub step: i64,
    /// `state`, `office`, `standing` or `time`.
    pub sort: &'a str,
    pub is_descending: bool,
    /// Counts from 0. The last page stands for one beyond it.
    pub page: i64,
    pub page_rows: i64,
}

/// Nothing when no version was published by then.
pub async fn totals(store: &Store, report_id: &str, as_of: i64, own: &str) -> Result<Vec<TotalRow>, StoreError> {
    let sql = concat!(
        offices!(),
        "SELECT n.modified, n.headline, n.published_at, COALESCE(t.is_asked, 0) AS is_asked, t.finding, t.rung,
           COALESCE(t.offices, 0) AS offices
         FROM newest n LEFT JOIN (
           SELECT f.is_asked, f.step, MIN(f.finding) AS finding, MIN(f.rung) AS rung, COUNT(*) AS offices
           FROM office f GROUP BY f.is_asked, f.step) t ON 1 = 1"
    );
    let read = |row: &Row| {
        Ok(TotalRow {
            modified: row.get("modified")?,
            headline: row.get("headline")?,
            published_at: row.get("published_at")?,
            is_asked: row.get("is_asked")?,
            finding: row.get("finding")?,
            rung: row.get("rung")?,
            offices: row.get("offices")?,
        })
    };
    store.fetch(sql, values![report_id, as_of, own]).await?.iter().map(read).collect()
}

/// The lines of one page.
pub async fn page(
    store: &Store,
    report_id: &str,
    as_of: i64,
    own: &str,
    wanted: &Wanted<'_>,
) -> Result<Vec<LineRow>, StoreError> {
    let sql = concat!(
        offices!(),
        ", sought AS (
           SELECT f.id, f.state, f.kind, f.name, CASE $8 WHEN 'office' THEN LOWER(f.name) WHEN 'state' THEN f.state || ' ' || LOWER(f.name) ELSE '' END AS words,
             CASE $8 WHEN 'standing' THEN f.step WHEN 'time' THEN COALESCE(f.received_at, 9223372036854775807) ELSE 0 END AS size
           FROM office f
           WHERE ($4 = '' OR f.id = $4 OR f.is_released = 1) AND ($7 < 0 OR f.step = $7)
             AND (LOWER(f.name) LIKE $5 ESCAPE '!' OR LOWER(f.state) LIKE $5 ESCAPE '!' OR $6 LIKE '%,' || f.step || ',%')),
         ranked AS (
           SELECT s.id, COUNT(*) OVER () AS found,
             ROW_NUMBER() OVER (ORDER BY s.words, s.size, s.state, s.kind, s.name, s.id) AS upward
           FROM sought s),
         placed AS (SELECT r.id, r.found, CASE WHEN $9 = 1 THEN r.found - r.upward + 1 ELSE r.upward END AS place FROM ranked r),
         chosen AS (
           SELECT * FROM placed p
           WHERE (p.place - 1) / $11 = CASE WHEN $10 > (p.found - 1) / $11 THEN (p.found - 1) / $11 ELSE $10 END)",
        lines!()
    );
    let values = values![
        report_id,
        as_of,
        own,
        wanted.only,
        &wanted.pattern,
        &wanted.steps_sought,
        wanted.step,
        wanted.sort,
        wanted.is_descending,
        wanted.page,
        wanted.page_rows
    ];
    store.fetch(sql, values).await?.iter().map(read_line).collect()
}

/// The first lines of those who are silent though asked, and of those who answered, by state, kind and name; `found` counts each.
pub async fn first(
    store: &Store,
    report_id: &str,
    as_of: i64,
    own: &str,
    only: &str,
    at_most: i64,
) -> Result<Vec<LineRow>, StoreError> {
    let sql = concat!(
        offices!(),
        ", ranked AS (
           SELECT f.id, COUNT(*) OVER (PARTITION BY CASE WHEN f.step > 1 THEN 1 ELSE 0 END) AS found,
             ROW_NUMBER() OVER (PARTITION BY CASE WHEN f.step > 1 THEN 1 ELSE 0 END ORDER BY f.state, f.kind, f.name, f.id) AS place
           FROM office f WHERE (f.step > 0 OR f.id = $4) AND ($4 = '' OR f.id = $4 OR f.is_released = 1)),
         chosen AS (SELECT * FROM ranked WHERE place <= $5 OR id = $4)",
        lines!()
    );
    store.fetch(sql, values![report_id, as_of, own, only, at_most]).await?.iter().map(read_line).collect()
}

/// A state's two letters with finding, rung, and whether it was asked.
pub type StateRow = (String, String, Option<String>, Option<String>, bool);

/// The states' own offices.
pub async fn states(
    store: &Store,
    report_id: &str,
    as_of: i64,
    own: &str,
    only: &str,
) -> Result<Vec<StateRow>, StoreError> {
    let sql = concat!(
        offices!(),
        "SELECT f.state, f.id, f.finding, f.rung, f.is_asked FROM office f
         WHERE f.kind = 'state' AND ($4 = '' OR f.id = $4 OR f.is_released = 1) ORDER BY f.state, f.name, f.id"
    );
    let read = |row: &Row| {
        Ok((row.get("state")?, row.get("id")?, row.get("finding")?, row.get("rung")?, row.get("is_asked")?))
    };
    store.fetch(sql, values![report_id, as_of, own, only]).await?.iter().map(read).collect()
}

fn read_line(row: &Row) -> Result<LineRow, StoreError> {
    Ok(LineRow {
        id: row.get("id")?,
        name: row.get("name")?,
        kind: row.get("kind")?,
        state: row.get("state")?,
        is_asked: row.get("is_asked")?,
        body: row.get("body")?,
        is_doubted: row.get("is_doubted")?,
        received_at: row.get("received_at")?,
        answered_by_id: row.get("answered_by_id")?,
        answered_by: row.get("answered_by")?,
        delivered_at: row.get("delivered_at")?,
        acknowledged_at: [row.get("node_at")?, row.get("election_at")?, row.get("it_at")?],
        asked_again_at: row.get("asked_again_at")?,
        found: row.get("found")?,
    })
}
