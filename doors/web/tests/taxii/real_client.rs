//! Clients that others wrote, as others use them: taxii2-client 2.3.0 reads every collection it may and none it may not, pages, pushes, and waits;
//! python-stix2 3.0.2 takes a collection for a source and a sink, and stix2-validator 3.3.2 finds nothing wrong with what is on any page; cytaxii2
//! 1.0.1 speaks TLS.

use std::path::Path;

use serde_json::{Value, json};
use tokio::process::Command;
use ward_directory::Scope;
use ward_stix::marking::Tlp;
use ward_stix::timestamp::format_stix;

use crate::setup::{Hub, MEDIA_TYPE, Member, id, indicator};
use crate::tls::{authority, over_tls};

const CLIENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/clients");

/// Whether Python has the clients. Where tests must be complete, their absence is a failure.
async fn are_installed() -> bool {
    let import = ["-c", "import taxii2client.v21, stix2, cytaxii2, stix2validator"];
    let found = Command::new("python3").args(import).output().await.is_ok_and(|done| done.status.success());
    assert!(found || std::env::var_os("CI").is_none(), "clients are missing: scripts/install-test-needs says which");
    if !found {
        println!("skipped: python3 has not taxii2-client, stix2, cytaxii2 and stix2-validator");
    }
    found
}

/// Runs one of the clients as a member.
async fn run(script: &str, url: &str, member: &Member, expected: &Value, authority: Option<&Path>) {
    let mut command = Command::new("python3");
    command.arg(format!("{CLIENTS}/{script}")).arg(url).arg(&member.token).arg(expected.to_string());
    command.envs(authority.map(|file| ("REQUESTS_CA_BUNDLE", file)));
    let done = command.output().await.unwrap();
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{script} by {}\n{out}\n{err}", member.organisation.name);
    println!("{}: {out}", member.organisation.name);
}

/// As taxii2-client.
async fn taxii2_client(hub: &Hub, member: &Member, expected: &Value) {
    run("taxii2_client.py", &format!("{}/taxii2/", hub.url), member, expected, None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn taxii2_client_reads_what_it_may_and_pushes() {
    if !are_installed().await {
        return;
    }
    let hub = Hub::listening().await;
    let alert = hub.publish_alert().await;
    let objects: Vec<Value> = (1..=15).map(|n| indicator(n, if n % 3 == 0 { Tlp::Red } else { Tlp::Green })).collect();
    hub.add(&hub.illinois, &objects).await;
    let ids_where = |keep: &dyn Fn(u64) -> bool| -> Vec<String> {
        (1..=15).filter(|n| keep(*n)).map(|n| id("indicator", n)).collect()
    };
    let (green, all) = (ids_where(&|n| n % 3 != 0), ids_where(&|_| true));
    assert_eq!(green.len(), 10);
    let alert_objects = alert_ids(&hub).await;
    assert!(alert_objects.contains(&alert.report_id));
    let share = json!({
        "readable": {"alerts": alert_objects, "threat-information": green},
        "unreadable": ["answers"],
        "hidden": ["nothing", "public", "ingest"],
        "pages": {"collection": "threat-information", "limit": 3, "ids": green},
        "push": {"collection": "answers", "object": answer(&hub, &alert.report_id), "receipts": 1},
        "refused_push": ["alerts"],
    });
    let public = json!({"readable": {"public": []}, "unreadable": [], "hidden": ["threat-information", "ingest"], "pages": null, "push": null,
        "refused_push": ["public"]});
    let hands_in = |number: u64| {
        json!({"readable": {}, "unreadable": ["ingest"], "hidden": ["threat-information", "public"], "pages": null,
        "push": {"collection": "ingest", "object": indicator(number, Tlp::Red), "receipts": 0}, "refused_push": []})
    };
    let all_of = |share: &Value, number: u64| {
        let roots = json!({"/share/": share, "/public/": public, "/ingest/": hands_in(number)});
        json!({"title": "Test Hub", "default": "/share/", "roots": roots})
    };
    taxii2_client(&hub, &hub.arizona, &all_of(&share, 20)).await;
    // Who speaks is no secret; what it says is for Arizona.
    let for_all: Vec<&String> = alert_objects.iter().filter(|id| id.starts_with("identity--")).collect();
    assert!(for_all.len() < alert_objects.len());
    let share = json!({
        "readable": {"alerts": for_all, "threat-information": all},
        "unreadable": ["answers"],
        "hidden": [],
        "pages": {"collection": "threat-information", "limit": 4, "ids": all},
        "push": {"collection": "threat-information", "object": indicator(16, Tlp::Green), "receipts": 0},
        "refused_push": ["alerts"],
    });
    taxii2_client(&hub, &hub.illinois, &all_of(&share, 21)).await;
    // Who is no member hands in, and reads what everybody may.
    let roots = json!({"/public/": public, "/ingest/": hands_in(22)});
    taxii2_client(&hub, &hub.stranger, &json!({"title": "Test Hub", "default": "/public/", "roots": roots})).await;
    let kept = "SELECT COUNT(*) AS n FROM collection_object o JOIN collection c ON c.id = o.collection_id
        WHERE c.alias = 'threat-information' AND o.stix_id = $1 AND o.organisation_id = $2";
    let values = ward_store::values![&id("indicator", 22), &hub.stranger.organisation.id];
    let kept = hub.here.store.fetch_optional(kept, values).await.unwrap();
    assert_eq!(kept.unwrap().get::<i64>("n").unwrap(), 1, "what is handed in is kept as the partner's");
    let sql = "SELECT COUNT(*) AS n FROM delivery WHERE organisation_id = $1";
    let delivered =
        hub.here.store.fetch_optional(sql, ward_store::values![&hub.arizona.organisation.id]).await.unwrap();
    assert_eq!(delivered.unwrap().get::<i64>("n").unwrap(), 1, "the alert was delivered, once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_stix2_takes_collections_for_source_and_sink_and_every_page_is_valid() {
    if !are_installed().await {
        return;
    }
    let hub = Hub::listening().await;
    let alert = hub.publish_alert().await;
    let answered = json!({ "objects": [answer(&hub, &alert.report_id)] }).to_string();
    let answers = hub.ask("POST", "/share/collections/answers/objects/", &hub.arizona.token);
    let answered = answers.header("content-type", MEDIA_TYPE).body(answered).send().await.unwrap();
    assert_eq!(crate::setup::json_of(answered).await["failure_count"], 0);
    let objects: Vec<Value> = (1..=15).map(|number| indicator(number, Tlp::Green)).collect();
    hub.add(&hub.illinois, &objects).await;
    let ids: Vec<String> = (1..=15).map(|number| id("indicator", number)).collect();
    let root = format!("{}/share/", hub.url);
    let expected = json!({"readable": {"threat-information": ids, "alerts": alert_ids(&hub).await}, "sink": "threat-information",
        "object": indicator(16, Tlp::Green)});
    run("stix2_taxii.py", &root, &hub.arizona, &expected, None).await;
    hub.settle().await;
    assert_eq!(
        hub.get(
            &format!("/share/collections/threat-information/objects/{}/", id("indicator", 16)),
            &hub.illinois.token
        )
        .await
        .status(),
        200
    );
    // The hub itself reads the answers.
    let own = Member {
        organisation: hub.admin.organisation.clone(),
        token: hub.token(&hub.admin.organisation, &[Scope::Read, Scope::Write]).await,
    };
    let expected = json!({"readable": {"answers": [sighting_of(&hub).await]}, "sink": "threat-information", "object": indicator(17, Tlp::Green)});
    run("stix2_taxii.py", &root, &own, &expected, None).await;
}

/// The id of the one answer.
async fn sighting_of(hub: &Hub) -> String {
    let rows = hub.here.store.fetch("SELECT sighting_id FROM answer", &[]).await.unwrap();
    rows[0].get("sighting_id").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cytaxii2_polls_and_hands_in_over_tls() {
    if !are_installed().await {
        return;
    }
    let hub = Hub::listening().await;
    let servers = authority("servers");
    let url = over_tls(&hub, &servers, None).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("authority.pem");
    std::fs::write(&file, servers.pem()).unwrap();
    let objects: Vec<Value> = (1..=10).map(|number| indicator(number, Tlp::Green)).collect();
    hub.add(&hub.illinois, &objects).await;
    let ids: Vec<String> = (1..=10).map(|number| id("indicator", number)).collect();
    let expected = json!({"collections": ["alerts", "answers", "threat-information"], "collection": "threat-information", "ids": ids,
        "object": indicator(11, Tlp::Green)});
    run("cytaxii2_client.py", &format!("{url}/taxii2/"), &hub.arizona, &expected, Some(&file)).await;
}

/// The ids of everything in the collection of alerts.
async fn alert_ids(hub: &Hub) -> Vec<String> {
    let sql = "SELECT stix_id FROM collection_object o JOIN collection c ON c.id = o.collection_id WHERE c.alias = 'alerts' ORDER BY tick";
    let rows = hub.here.store.fetch(sql, &[]).await.unwrap();
    rows.iter().map(|row| row.get("stix_id").unwrap()).collect()
}

/// Arizona's answer to the alert: searched, nothing seen.
fn answer(hub: &Hub, report_id: &str) -> Value {
    use ward_stix::answer::{Answer, Finding, SourceCoverage, sighting_id, to_object};
    let now = hub.here.now();
    let identity = hub.arizona.organisation.identity_id.clone();
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
        blind_because: None,
    };
    let answer = Answer {
        sighting_id: sighting_id(uuid::Uuid::from_u128(7), report_id, &identity),
        of_ref: report_id.to_owned(),
        where_sighted_ref: identity.clone(),
        answered_by_ref: identity,
        created: format_stix(now),
        modified: format_stix(now),
        period_from: now - 3_600_000_000,
        period_until: now,
        finding: Finding::NotSeen,
        sources: vec![source],
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
    serde_json::from_slice(&to_object(&answer)).unwrap()
}
