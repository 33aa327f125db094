//! A year of alerts and answers at a hub, written in bulk after the model of one alert that went through the verbs.
//!
//! The model's offices stand in every way in which an office can stand. What they sent is what all others send, with their own names in it; a
//! small alert of the same offices made in bulk must look like the model, so that the figures of the large ones are those of real ones.

use ward_directory::{
    NewOrganisation, Organisation, OrganisationKind, Scope, Who, add_organisation, authenticate, issue_token, permit,
};
use ward_policy::{Resource, Verb};
use ward_share::acknowledge::{Duty, acknowledge, delivered};
use ward_share::alert::AlertKey;
use ward_share::take;
use ward_stix::answer::{
    Answer, CountWithDefinition, Finding, IndicatorResult, Rung, Seen, SourceCoverage, sighting_id, to_object,
};
use ward_stix::marking::Tlp;
use ward_stix::object::Object;
use ward_stix::timestamp::format_stix;
use ward_store::{Tx, values};

use crate::scene::{DAY, Scene};

/// Jurisdictions beside those of the model.
pub const COUNTIES: i64 = 6_500;
/// Alerts in a year.
pub const ALERTS: i64 = 52;
/// Entries of a record.
pub const ENTRIES: i64 = 100_000;

/// The versions of the answer of each office of the model, one after the other. The first one is silent.
const KINDS: [&[Finding]; 8] = [
    &[],
    &[Finding::NotSeen],
    &[Finding::PartlySearched],
    &[Finding::Blind],
    &[Finding::MatchUnderReview],
    &[Finding::Confirmed(Rung::Scanned)],
    &[Finding::MatchUnderReview, Finding::Confirmed(Rung::DataTaken)],
    &[Finding::Blind, Finding::NotSeen],
];

/// One alert that went through the verbs, with offices that stand in every way.
pub struct Model {
    pub key: AlertKey,
    pub offices: Vec<Organisation>,
    /// The report of the alert that was made of the same offices in bulk.
    pub twin: String,
}

/// The hub's year around the model: its twin, and the alerts to everybody. After it nothing can be sequenced.
pub async fn hub(scene: &Scene, model: &mut Model) {
    let mut tx = scene.hub.here.store.begin().await.unwrap();
    members(&mut tx, scene).await;
    templates(&mut tx, model).await;
    model.twin = report_id(0);
    ask_again(&mut tx, scene, model).await;
    alert(&mut tx, model, 0, scene.hub.here.now()).await;
    for number in 1..ALERTS {
        let published_at = scene.hub.here.now() - (ALERTS - number) * 7 * DAY;
        ask_all(&mut tx, scene, number).await;
        alert(&mut tx, model, number, published_at).await;
    }
    entries(&mut tx).await;
    tx.commit().await.unwrap();
}

/// Through the verbs: published, fetched, acknowledged, answered.
pub async fn small(scene: &Scene) -> Model {
    let here = &scene.hub.here;
    let mut offices = Vec::new();
    for number in 0..KINDS.len() {
        let new = NewOrganisation {
            kind: OrganisationKind::County,
            name: format!("Model County {number}"),
            state: "AZ".to_owned(),
            parent_id: Some(scene.arizona.id.clone()),
        };
        let allowed = permit(&scene.hub.admin, Verb::Create, Resource::Organisation, new).unwrap();
        offices.push(add_organisation(here, &allowed).await.unwrap());
    }
    let key = scene.draft_for(Tlp::Green, &offices.iter().collect::<Vec<_>>()).await;
    scene.publish(&key).await;
    let view = ward_share::alert::read(here, &scene.analyst, &key.report_id, None).await.unwrap();
    let live: Vec<String> = view.indicators.into_iter().map(|(id, _, _)| id).collect();
    for (office, findings) in offices.iter().zip(KINDS) {
        let who = node_of(scene, office).await;
        delivered(here, &who, &[(key.report_id.clone(), key.modified.clone())]).await.unwrap();
        for (duty, person) in [(Duty::Node, "Node"), (Duty::It, "Ida"), (Duty::Election, "Cleo")] {
            acknowledge(here, &who, &key.report_id, &key.modified, duty, person).await.unwrap();
        }
        for (finding, version) in findings.iter().zip(0..) {
            let mut answer = answer(&key.report_id, office, *finding, here.now() + version * 1_000);
            if *finding == Finding::NotSeen {
                answer.indicators = live.iter().map(|id| not_seen(id)).collect();
            }
            let mut tx = here.store.begin().await.unwrap();
            take(&mut tx, here, &who, &Object::parse(&to_object(&answer)).unwrap()).await.unwrap();
            tx.commit().await.unwrap();
        }
    }
    Model { key, offices, twin: String::new() }
}

async fn node_of(scene: &Scene, office: &Organisation) -> Who {
    let allowed = permit(&scene.hub.admin, Verb::Create, Resource::Token, office.clone()).unwrap();
    let token = issue_token(&scene.hub.here, &allowed, &[Scope::Read, Scope::Write, Scope::Node], 30).await.unwrap();
    authenticate(&scene.hub.here, &token).await.unwrap().unwrap()
}

fn not_seen(id: &str) -> IndicatorResult {
    IndicatorResult {
        indicator_ref: id.to_owned(),
        seen: Seen::NotSeen,
        count: 0,
        first: None,
        last: None,
        outside_validity: false,
    }
}

fn answer(report_id: &str, office: &Organisation, finding: Finding, now: i64) -> Answer {
    let seen = !matches!(finding, Finding::NotSeen | Finding::PartlySearched | Finding::Blind);
    let source = SourceCoverage {
        name: "web".into(),
        kind: "web log".into(),
        events_read: 1_000,
        lines_read: 1_000,
        lines_rejected: 5,
        hours_asked: 100,
        hours_with_data: 98,
        first_event: None,
        last_event: None,
        blind_because: (finding == Finding::Blind).then(|| "a proxy's address on each line".to_owned()),
    };
    Answer {
        sighting_id: sighting_id(uuid::Uuid::from_u128(7), report_id, &office.identity_id),
        of_ref: report_id.into(),
        where_sighted_ref: office.identity_id.clone(),
        answered_by_ref: office.identity_id.clone(),
        created: format_stix(now),
        modified: format_stix(now),
        period_from: now - 60 * DAY,
        period_until: now,
        finding,
        sources: vec![source],
        indicators: Vec::new(),
        confirmed_by: matches!(finding, Finding::Confirmed(_)).then(|| "Pat Person, IT".to_owned()),
        counts: vec![CountWithDefinition { value: 3, definition: "requests answered with 200".into() }],
        false_alarms: Vec::new(),
        released_by: None,
        is_name_released: false,
        count: u64::from(seen),
        first_seen: seen.then_some(now - 30 * DAY),
        last_seen: seen.then_some(now - 29 * DAY),
        tlp: Tlp::Amber,
    }
}

/// The states that the scene lacks, and counties below them, each with two contacts.
async fn members(tx: &mut Tx, scene: &Scene) {
    let states = "INSERT INTO organisation (id, kind, name, state, parent_id, identity_id, is_member, created_at)
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 49)
        SELECT '10000000-0000-4000-8000-' || substr('000000000000' || i, -12), 'state', 'State ' || i, substr('BCDEFGH', i / 8 + 1, 1) || substr('ABCDEFGH', i % 8 + 1, 1),
          NULL, 'identity--10000000-0000-4000-8000-' || substr('000000000000' || i, -12), 1, $1 FROM n";
    tx.execute(states, values![scene.hub.here.now()]).await.unwrap();
    let counties = "INSERT INTO organisation (id, kind, name, state, parent_id, identity_id, is_member, created_at)
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
        SELECT '20000000-0000-4000-8000-' || substr('000000000000' || n.i, -12), 'county', 'County ' || n.i, s.state, s.id,
          'identity--20000000-0000-4000-8000-' || substr('000000000000' || n.i, -12), 1, $1
        FROM n JOIN organisation s ON s.id = '10000000-0000-4000-8000-' || substr('000000000000' || (n.i % 49 + 1), -12)";
    tx.execute(counties, values![scene.hub.here.now(), COUNTIES]).await.unwrap();
    let contacts = "INSERT INTO contact (id, organisation_id, duty, name, email, phone, verified_at)
        SELECT d.duty || o.id, o.id, d.duty, 'N', 'n@example.org', '', $1
        FROM organisation o, (SELECT 'it' AS duty UNION SELECT 'election') d WHERE o.kind = 'county' AND o.id LIKE '2%5'";
    tx.execute(contacts, values![scene.hub.here.now() - DAY]).await.unwrap();
}

/// What the offices of the model sent, by kind, for others to send the same.
async fn templates(tx: &mut Tx, model: &Model) {
    let tables = [
        "CREATE TEMP TABLE asked (id TEXT PRIMARY KEY, identity_id TEXT, number BIGINT, kind BIGINT)",
        "CREATE TEMP TABLE model (kind BIGINT, office TEXT PRIMARY KEY, identity_id TEXT)",
    ];
    for table in tables {
        tx.execute(table, &[]).await.unwrap();
    }
    for (office, kind) in model.offices.iter().zip(0_i64..) {
        let sql = "INSERT INTO model (kind, office, identity_id) VALUES ($1, $2, $3)";
        tx.execute(sql, values![kind, &office.id, &office.identity_id]).await.unwrap();
    }
}

/// Of an office that was asked only because one of its counties was; it did nothing.
const COPIED: i64 = -1;

/// The twin asks the offices of the model, and their state, which is always copied.
async fn ask_again(tx: &mut Tx, scene: &Scene, model: &Model) {
    let state = "INSERT INTO asked (id, identity_id, number, kind) VALUES ($1, $2, 99, $3)";
    tx.execute(state, values![&scene.arizona.id, &scene.arizona.identity_id, COPIED]).await.unwrap();
    for (office, kind) in model.offices.iter().zip(0_i64..) {
        let sql = "INSERT INTO asked (id, identity_id, number, kind) VALUES ($1, $2, $3, $3)";
        tx.execute(sql, values![&office.id, &office.identity_id, kind]).await.unwrap();
    }
}

/// An alert to everybody: one in twenty is silent, half of the rest of the kinds are as rare, and all others saw nothing.
async fn ask_all(tx: &mut Tx, scene: &Scene, number: i64) {
    tx.execute("DELETE FROM asked", &[]).await.unwrap();
    let sql = "INSERT INTO asked (id, identity_id, number, kind)
        SELECT id, identity_id, place, CASE WHEN (place + $2) % 20 < 8 THEN (place + $2) % 20 ELSE 1 END
        FROM (SELECT id, identity_id, ROW_NUMBER() OVER (ORDER BY id) AS place FROM organisation WHERE id <> $1) o";
    tx.execute(sql, values![&scene.hub.here.installation.organisation_id, number]).await.unwrap();
}

/// The report of the alert of that number.
pub fn report_id(number: i64) -> String {
    format!("report--30000000-0000-4000-8000-{number:012}")
}

/// Copies the model's alert, asks whom `asked` names, and lets each do what the office of its kind did.
async fn alert(tx: &mut Tx, model: &Model, number: i64, published_at: i64) {
    let (from, to) = (&model.key.report_id, report_id(number));
    let shift = "INSERT INTO alert (report_id, modified, state, headline, drafted_by, drafted_at, first_seen_at, recipients, manifest, note,
          published_at, entry_id, relayed_from, recipient_count)
        SELECT $2, modified, state, headline || ' ' || $3, drafted_by, $4, first_seen_at, (SELECT json_group_array(id) FROM asked),
          manifest, note, $4, entry_id, relayed_from, (SELECT COUNT(*) FROM asked) FROM alert WHERE report_id = $1";
    tx.execute(shift, values![from, &to, number, published_at]).await.unwrap();
    let objects = "INSERT INTO alert_object (report_id, modified, place, stix_id, body)
        SELECT $2, modified, place, REPLACE(stix_id, $1, $2), CAST(REPLACE(CAST(body AS TEXT), $1, $2) AS BLOB)
        FROM alert_object WHERE report_id = $1";
    tx.execute(objects, values![from, &to]).await.unwrap();
    let recipients = "INSERT INTO alert_recipient (report_id, organisation_id, answered)
        SELECT $2, a.id, CASE WHEN EXISTS (SELECT 1 FROM model m JOIN answer w ON w.of_ref = $1 AND w.organisation_id = m.office
          WHERE m.kind = a.kind) THEN 1 ELSE 0 END FROM asked a ORDER BY a.id";
    tx.execute(recipients, values![from, &to]).await.unwrap();
    let deliveries = "INSERT INTO delivery (report_id, modified, organisation_id, at)
        SELECT $2, d.modified, a.id, d.at FROM asked a JOIN model m ON m.kind = a.kind
        JOIN delivery d ON d.report_id = $1 AND d.organisation_id = m.office ORDER BY a.id";
    tx.execute(deliveries, values![from, &to]).await.unwrap();
    let read = "INSERT INTO acknowledgement (report_id, modified, organisation_id, duty, person, at)
        SELECT $2, k.modified, a.id, k.duty, k.person, k.at FROM asked a JOIN model m ON m.kind = a.kind
        JOIN acknowledgement k ON k.report_id = $1 AND k.organisation_id = m.office WHERE a.number % 7 > 0 OR $3 = 0 ORDER BY a.id";
    tx.execute(read, values![from, &to, number]).await.unwrap();
    let answers = "INSERT INTO answer (sighting_id, version_key, modified, of_ref, organisation_id, answered_by_id, finding, rung, body,
          received_at, name_released, doubted_at)
        SELECT 'sighting--' || substr('00000000' || $3, -8) || '-0000-4000-8000-' || substr('000000000000' || a.number, -12), w.version_key,
          w.modified, $2, a.id, a.id, w.finding, w.rung, REPLACE(REPLACE(REPLACE(w.body, $1, $2), m.identity_id, a.identity_id), w.sighting_id,
          'sighting--' || substr('00000000' || $3, -8) || '-0000-4000-8000-' || substr('000000000000' || a.number, -12)), w.received_at,
          w.name_released, w.doubted_at
        FROM asked a JOIN model m ON m.kind = a.kind JOIN answer w ON w.of_ref = $1 AND w.organisation_id = m.office ORDER BY a.id";
    tx.execute(answers, values![from, &to, number]).await.unwrap();
    let receipts = "INSERT INTO receipt (number, sighting_id, modified, organisation_id, at, promised_at, answered_at, answer_text)
        SELECT (SELECT MAX(number) FROM receipt) + ROW_NUMBER() OVER (ORDER BY sighting_id, modified), sighting_id, modified, organisation_id,
          received_at, received_at + 86400000000, NULL, NULL FROM answer WHERE of_ref = $1";
    tx.execute(receipts, values![&to]).await.unwrap();
}

/// Drafts the brief of the whole year.
pub async fn draft_brief(scene: &Scene) {
    let here = &scene.hub.here;
    let analyst = ward_directory::acting_as(here, "ana@office.example", None).await.unwrap().unwrap();
    ward_brief::draft(here, &permit(&analyst, Verb::Create, Resource::Brief, ()).unwrap()).await.unwrap();
}

/// Freezes the brief of these alerts; of all without a list.
pub async fn freeze_brief(scene: &Scene, report_ids: Option<&[String]>) {
    let here = &scene.hub.here;
    let analyst = ward_directory::acting_as(here, "ana@office.example", None).await.unwrap().unwrap();
    let publishes = permit(&analyst, Verb::Publish, Resource::Brief, ()).unwrap();
    ward_brief::freeze(here, &publishes, report_ids, here.now(), None).await.unwrap();
}

/// Entries as there are after a year, after those that were made by acts: copies of the last one.
pub async fn entries(tx: &mut Tx) {
    let fill = "INSERT INTO entry (id, number, act, organisation_id, subject, at, body, salt, digest)
        WITH RECURSIVE n (i) AS (SELECT (SELECT size FROM sequencer) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1)
        SELECT 'zz-' || n.i, n.i, e.act, e.organisation_id, e.subject, e.at, e.body, e.salt, e.digest
        FROM n, (SELECT * FROM entry WHERE number IS NOT NULL ORDER BY number DESC LIMIT 1) e";
    tx.execute(fill, values![ENTRIES]).await.unwrap();
    tx.execute("UPDATE sequencer SET size = $1", values![ENTRIES]).await.unwrap();
}
