//! A node after a year: the alerts that it received, what it found, what it sent, and 200 sources; in bulk after the model of one alert.

use ward_share::alert::AlertKey;
use ward_stix::answer::{Finding, SourceCoverage};
use ward_store::{Tx, values};
use ward_watch::lookback::LookbackResult;

use crate::bulk::{ALERTS, entries, report_id};
use crate::scene::{DAY, Scene};

/// Sources beside that of the model.
pub const SOURCES: i64 = 200;

/// The node's year after the model of an alert that came, was verified, looked back for and answered.
pub async fn node(scene: &Scene, key: &AlertKey) {
    let here = &scene.node.here;
    let result = ward_watch::lookback::result(here, &key.report_id).await.unwrap().unwrap();
    let mut tx = here.store.begin().await.unwrap();
    sources(&mut tx).await;
    for number in 1..ALERTS {
        let at = here.now() - (ALERTS - number) * 7 * DAY;
        alert(&mut tx, &key.report_id, number, at).await;
        lookback(&mut tx, &result, number, at).await;
    }
    entries(&mut tx).await;
    tx.commit().await.unwrap();
}

async fn sources(tx: &mut Tx) {
    let numbers = "CREATE TEMP TABLE numbers AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT i FROM n";
    tx.execute(numbers, values![SOURCES]).await.unwrap();
    let names = "CREATE TEMP TABLE model AS SELECT id, name, path, options, declared_at FROM source";
    tx.execute(names, &[]).await.unwrap();
    let sources = "INSERT INTO source (id, name, path, options, declared_at, removed_at)
        SELECT m.id || '-' || n.i, 'log of host ' || n.i, m.path || n.i, m.options, m.declared_at, NULL FROM model m, numbers n";
    tx.execute(sources, &[]).await.unwrap();
    let facts = "INSERT INTO source_reading (source_id, facts, read_at)
        SELECT m.id || '-' || n.i, REPLACE(r.facts, 'web <i>log</i>', 'log of host ' || n.i), r.read_at
        FROM model m JOIN source_reading r ON r.source_id = m.id, numbers n";
    tx.execute(facts, &[]).await.unwrap();
}

/// Copies what came of the model, and what was said and sent about it: an answer for the alert in two versions, and one for its indicator.
async fn alert(tx: &mut Tx, from: &str, number: i64, at: i64) {
    let to = report_id(number);
    let objects = "INSERT INTO received_object (hub_id, stix_id, version_key, version, kind, body, received_at)
        SELECT hub_id, $2, version_key, version, kind, CAST(REPLACE(CAST(body AS TEXT), $1, $2) AS BLOB), $3
        FROM received_object WHERE stix_id = $1";
    tx.execute(objects, values![from, &to, at]).await.unwrap();
    let alerts = "INSERT INTO received_alert (report_id, modified, version_key, hub_id, headline, state, reason, evidence, made_by, received_at,
          verified_at)
        SELECT $2, modified, version_key, hub_id, headline || ' ' || $4, state, reason, evidence, made_by, $3, $3 FROM received_alert
        WHERE report_id = $1";
    tx.execute(alerts, values![from, &to, at, number]).await.unwrap();
    let indicators = "INSERT INTO indicator (id, version_key, report_id, pattern, state, reason, valid_from, valid_until, received_at)
        SELECT id, version_key, $2, pattern, state, reason, valid_from, valid_until, $3 FROM indicator WHERE report_id = $1";
    tx.execute(indicators, values![from, &to, at]).await.unwrap();
    let read = "INSERT INTO sent_acknowledgement (hub_id, report_id, modified, duty, person, at, arrived_at)
        SELECT hub_id, $2, modified, duty, person, $3, $3 FROM sent_acknowledgement WHERE report_id = $1";
    tx.execute(read, values![from, &to, at]).await.unwrap();
    let answers = "INSERT INTO sent_answer (sighting_id, modified, hub_id, report_id, of_ref, jurisdiction, finding, body, state, held_because,
          released_by, made_at, sent_at, receipt_number, promised_at, hub_message)
        SELECT REPLACE(sighting_id, 'sighting--', 'sighting--' || $4 || '-'), modified || v.version, hub_id, $2, REPLACE(of_ref, $1, $2),
          jurisdiction, finding, CAST(REPLACE(CAST(body AS TEXT), $1, $2) AS BLOB),
          CASE WHEN v.version = '' THEN 'receipted' ELSE state END, held_because, released_by, $3, $3, NULL, NULL, NULL
        FROM sent_answer, (SELECT '' AS version UNION SELECT '1') v WHERE report_id = $1";
    tx.execute(answers, values![from, &to, at, number]).await.unwrap();
}

/// Every other look-back waits for a person; each says what each source could show.
async fn lookback(tx: &mut Tx, model: &LookbackResult, number: i64, at: i64) {
    let mut result = model.clone();
    result.report_id = report_id(number);
    result.searched_at = at;
    let one = model.sources.first().unwrap();
    let more = |number: i64| SourceCoverage { name: format!("log of host {number}"), ..one.clone() };
    result.sources.extend((1..=SOURCES).map(more));
    if number % 2 == 0 {
        result.finding = Finding::NotSeen;
    }
    let sql = "INSERT INTO lookback (report_id, jurisdiction, modified, finding, result, finished_at)
        SELECT $1, jurisdiction, modified, $2, $3, $4 FROM lookback WHERE report_id = $5";
    let text = serde_json::to_string(&result).unwrap();
    let values = values![&result.report_id, result.finding.text(), text, at, &model.report_id];
    tx.execute(sql, values).await.unwrap();
}
