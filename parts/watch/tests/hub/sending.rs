//! Answers on their way home.

use ward_directory::{Organisation, OrganisationKind};
use ward_share::alert::AlertKey;
use ward_stix::answer::{Answer, Finding, sighting_id, to_object};
use ward_stix::marking::Tlp;
use ward_stix::timestamp::format_stix;
use ward_store::testing::TestDatabase;
use ward_store::{test_both, values};
use ward_watch::WatchError;
use ward_watch::hub::Hub;
use ward_watch::send::{Sent, run};

use crate::server::Out;
use crate::setup::*;

test_both!(an_answer_gets_its_receipt_once, what_the_hub_refuses_is_told, a_hub_that_miscounts_is_asked_again,);

/// Puts a released answer for an organisation into the table.
async fn released(world: &World, hub: &Hub, key: &AlertKey, office: &Organisation, minutes: i64) {
    let at = format_stix(world.node.here.now() + minutes * 60 * SECOND);
    let answer = Answer {
        sighting_id: sighting_id(uuid::Uuid::from_u128(7), &key.report_id, &office.identity_id),
        of_ref: key.report_id.clone(),
        where_sighted_ref: office.identity_id.clone(),
        answered_by_ref: hub.own_identity_id.clone(),
        created: at.clone(),
        modified: at.clone(),
        period_from: world.node.here.now() - 60 * DAY,
        period_until: world.node.here.now(),
        finding: Finding::Blind,
        sources: Vec::new(),
        indicators: Vec::new(),
        confirmed_by: None,
        counts: Vec::new(),
        false_alarms: Vec::new(),
        released_by: None,
        is_name_released: false,
        count: 0,
        first_seen: None,
        last_seen: None,
        tlp: Tlp::Amber,
    };
    let sql =
        "INSERT INTO sent_answer (sighting_id, modified, hub_id, report_id, of_ref, jurisdiction, finding, body, state,
                 held_because, released_by, made_at, sent_at, receipt_number, promised_at)
               VALUES ($1, $2, $3, $4, $4, $5, 'blind', $6, 'released', '', NULL, $7, NULL, NULL, NULL)";
    let mut tx = world.node.here.store.begin().await.unwrap();
    let (id, body) = (&answer.sighting_id, to_object(&answer));
    tx.execute(sql, values![id, &at, &hub.id, &key.report_id, &office.identity_id, body, minutes]).await.unwrap();
    tx.commit().await.unwrap();
}

/// State, receipt's number, the hub's words; in the order of making.
async fn rows(world: &World, hub: &Hub) -> Vec<(String, Option<i64>, Option<String>)> {
    let sql = "SELECT state, receipt_number, hub_message FROM sent_answer WHERE hub_id = $1 ORDER BY made_at";
    let rows = world.node.here.store.fetch(sql, values![&hub.id]).await.unwrap();
    rows.iter()
        .map(|row| (row.get("state").unwrap(), row.get("receipt_number").unwrap(), row.get("hub_message").unwrap()))
        .collect()
}

/// A node that has an alert to answer; what the look-back has to say of it is left out.
async fn answering(database: TestDatabase) -> (World, Hub, AlertKey) {
    let (world, hub) = World::joined(database).await;
    let key = world.publish().await;
    (world, hub, key)
}

async fn an_answer_gets_its_receipt_once(database: TestDatabase) {
    let (world, hub, key) = answering(database).await;
    released(&world, &hub, &key, &world.arizona, 0).await;
    released(&world, &hub, &key, &world.arizona, 5).await;
    let sent = run(&world.node.here, &world.http, &hub.id).await.unwrap();
    assert_eq!(sent, Sent { taken: 2, receipted: 2, refused: 0 });
    let first = rows(&world, &hub).await;
    assert_eq!(first, [("receipted".to_owned(), Some(1), None), ("receipted".to_owned(), Some(2), None)]);
    assert_eq!(world.node.entries("answers.sent").await, 1);
    assert_eq!(run(&world.node.here, &world.http, &hub.id).await.unwrap(), Sent::default());
    // As after a kill between the hub's word and the note of it.
    let mut tx = world.node.here.store.begin().await.unwrap();
    tx.execute("UPDATE sent_answer SET state = 'released', receipt_number = NULL", &[]).await.unwrap();
    tx.commit().await.unwrap();
    run(&world.node.here, &world.http, &hub.id).await.unwrap();
    assert_eq!(rows(&world, &hub).await, first, "the same receipts");
    assert_eq!(world.hub.count("SELECT COUNT(*) AS n FROM answer WHERE of_ref = $1", &key.report_id).await, 2);
    let promised = "SELECT COUNT(*) AS n FROM sent_answer WHERE hub_id = $1 AND promised_at > 0 AND sent_at > 0";
    assert_eq!(world.node.count(promised, &hub.id).await, 2);
}

async fn what_the_hub_refuses_is_told(database: TestDatabase) {
    let (world, hub, key) = answering(database).await;
    let county = organisation(&world.hub, OrganisationKind::County, "Maricopa", Some(world.arizona.id.clone())).await;
    released(&world, &hub, &key, &world.illinois, 0).await;
    released(&world, &hub, &key, &county, 1).await;
    let sent = run(&world.node.here, &world.http, &hub.id).await.unwrap();
    assert_eq!(sent, Sent { taken: 1, receipted: 1, refused: 1 });
    let rows = rows(&world, &hub).await;
    assert_eq!((rows[0].0.as_str(), rows[1].0.as_str()), ("refused-by-hub", "receipted"));
    assert!(rows[0].2.as_ref().is_some_and(|message| !message.is_empty()), "the hub's words are kept");
    assert_eq!(run(&world.node.here, &world.http, &hub.id).await.unwrap(), Sent::default(), "not again and again");
}

async fn a_hub_that_miscounts_is_asked_again(database: TestDatabase) {
    let (world, hub, key) = answering(database).await;
    released(&world, &hub, &key, &world.arizona, 0).await;
    world.server.tamper(|name, out| match name {
        name if name.starts_with("POST /share/") => {
            let mut body: serde_json::Value = serde_json::from_slice(&out.body).unwrap();
            body["success_count"] = 0.into();
            Out { body: body.to_string().into_bytes(), ..out }
        }
        _ => out,
    });
    let problem = run(&world.node.here, &world.http, &hub.id).await.unwrap_err();
    assert!(matches!(problem, WatchError::HubRefused { .. }), "{problem}");
    assert_eq!(rows(&world, &hub).await[0].0, "released");
    world.server.honest();
    run(&world.node.here, &world.http, &hub.id).await.unwrap();
    assert_eq!(rows(&world, &hub).await[0].0, "receipted");
}
