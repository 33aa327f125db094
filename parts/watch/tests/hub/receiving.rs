//! Alerts that come: stored page by page, proved, and only then acted upon.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use ward_directory::{EnrolledBy, own_organisation, permit};
use ward_policy::{Resource, Role, Verb};
use ward_share::alert::{AlertKey, Correction, IndicatorDraft, correct};
use ward_store::testing::TestDatabase;
use ward_store::{LogKey, test_both};
use ward_tlog::{Checkpoint, checkpoint, empty_root};
use ward_watch::poll::{Polled, poll};
use ward_watch::receive::{ReceivedAlert, read};

use crate::server::Out;
use crate::setup::*;

test_both!(
    an_alert_is_proved_before_it_acts,
    evidence_that_is_not_there_yet_is_waited_for,
    what_does_not_prove_itself_is_refused,
    a_bad_object_stops_nothing,
    a_poll_that_broke_off_goes_on_where_it_was,
    objects_that_were_missed_are_asked_for,
    a_correction_withdraws_indicators,
    an_older_version_that_is_proved_later_changes_nothing,
    another_hub_cannot_take_over_an_alert,
    two_rounds_at_once_do_everything_once,
    a_signer_accepted_later_lets_the_alert_be_believed,
);

async fn states(office: &Office, report_id: &str) -> Vec<(String, String)> {
    let sql = "SELECT pattern, state FROM indicator WHERE report_id = $1 ORDER BY pattern";
    let rows = office.here.store.fetch(sql, ward_store::values![report_id]).await.unwrap();
    rows.iter().map(|row| (row.get("pattern").unwrap(), row.get("state").unwrap())).collect()
}

/// Changes the JSON of answers whose request has this in its path.
fn change(
    path: &'static str,
    change: impl Fn(&mut Value) + Send + Sync + 'static,
) -> impl Fn(&str, Out) -> Out + Send + Sync {
    move |name, out| {
        if !name.contains(path) || out.status != 200 {
            return out;
        }
        let mut body: Value = serde_json::from_slice(&out.body).unwrap();
        change(&mut body);
        Out { body: body.to_string().into_bytes(), ..out }
    }
}

async fn an_alert_is_proved_before_it_acts(database: TestDatabase) {
    let (world, hub) = World::joined(database).await;
    assert_eq!(world.poll(&hub).await, Polled::default());
    assert_eq!(world.node.entries("objects.received").await, 0, "an empty poll leaves no entry");
    let key = world.publish().await;
    // The report, two indicators and the identity that warns.
    assert_eq!(world.poll(&hub).await, Polled { objects: 4, alerts: 1, refused: 0 });
    let waiting = world.received(&key).await;
    assert_eq!(waiting.state, "waiting");
    assert!(states(&world.node, &key.report_id).await.is_empty(), "nothing acts before it is proved");
    world.work().await;
    let verified = world.received(&key).await;
    assert_eq!((verified.state.as_str(), verified.reason.as_str()), ("verified", ""));
    assert_eq!(verified.made_by.as_deref(), Some(world.hub.here.log_key.verifier_key().name()));
    assert_eq!(read(&world.node.here, &verified).await.unwrap().headline, verified.headline);
    let found = states(&world.node, &key.report_id).await;
    assert_eq!(found.iter().map(|(_, state)| state.as_str()).collect::<Vec<_>>(), ["active", "active"]);
    assert_eq!(world.node.entries("alert.verified").await, 1);
    assert_eq!((world.node.jobs("look-back").await, world.node.jobs("fetch-evidence").await), (0, 0));
    // The node itself acknowledges.
    let at_hub = "SELECT COUNT(*) AS n FROM acknowledgement WHERE duty = $1";
    assert_eq!(world.hub.count(at_hub, "node").await, 1);
    // Again: nothing new, nothing done.
    assert_eq!(world.poll(&hub).await, Polled::default());
    world.work().await;
    assert_eq!((world.node.entries("objects.received").await, world.node.entries("alert.verified").await), (1, 1));
    settle(&world.node.here).await;
    let checked = ward_store::verify(&world.node.here.store, world.node.here.log_key.verifier_key()).await.unwrap();
    assert!(checked.is_ok(), "{checked:?}");
}

async fn evidence_that_is_not_there_yet_is_waited_for(database: TestDatabase) {
    let (world, hub) = World::joined(database).await;
    let key = world.hub.publish(&[&world.arizona]).await;
    assert_eq!(world.poll(&hub).await.alerts, 1);
    world.work().await;
    assert_eq!(world.received(&key).await.state, "waiting");
    assert_eq!(world.node.jobs("fetch-evidence").await, 1);
    settle(&world.hub.here).await;
    world.step(2);
    world.work().await;
    assert_eq!(world.received(&key).await.state, "verified", "a short wait, not one that doubles");
    // A hub that knows nothing of what it sent has an hour.
    let lost = world.publish().await;
    world.server.tamper(|name, out| if name.ends_with("/evidence") { Out { status: 404, ..out } } else { out });
    world.poll(&hub).await;
    world.work().await;
    assert_eq!(world.received(&lost).await.state, "waiting");
    world.step(3700);
    world.work().await;
    let refused = world.received(&lost).await;
    assert_eq!((refused.state.as_str(), refused.reason.contains("knows no such alert")), ("refused", true));
}

async fn refused(world: &World, hub: &ward_watch::hub::Hub, expected: &str) -> ReceivedAlert {
    let key = world.publish().await;
    world.poll(hub).await;
    world.work().await;
    let alert = world.received(&key).await;
    assert_eq!(alert.state, "refused", "{expected}");
    assert!(alert.reason.contains(expected), "{}", alert.reason);
    assert!(states(&world.node, &key.report_id).await.is_empty(), "{expected}");
    let act = world
        .node
        .count("SELECT COUNT(*) AS n FROM entry WHERE act = 'alert.refused' AND subject = $1", &key.report_id)
        .await;
    assert_eq!(act, 1, "{expected}");
    let sent = "SELECT COUNT(*) AS n FROM sent_acknowledgement WHERE report_id = $1";
    assert_eq!(world.node.count(sent, &key.report_id).await, 0, "{expected}");
    alert
}

async fn what_does_not_prove_itself_is_refused(database: TestDatabase) {
    let (world, hub) = World::joined(database).await;
    // One of two signatures is taken away.
    world.server.tamper(change("/evidence", |body| {
        let note = body["note"].as_str().unwrap().trim_end().to_owned();
        let (kept, _) = note.rsplit_once('\n').unwrap();
        body["note"] = format!("{kept}\n").into();
    }));
    refused(&world, &hub, "1 of 2 needed signatures").await;
    world.server.tamper(change("/evidence", |body| {
        body["note"] = body["note"].as_str().unwrap().replacen("indicator--", "indicator--0", 1).into();
    }));
    refused(&world, &hub, "wrong").await;
    // Signed and recorded, but the hub's own log is not the one that was pinned.
    let other = LogKey::new(world.hub.here.log_key.verifier_key().name(), &[9; 32]).unwrap();
    let tree =
        Checkpoint { origin: other.verifier_key().name().to_owned(), size: 1, root: empty_root(), extensions: vec![] };
    let forged = checkpoint::signed(&tree, other.signing_key()).unwrap().to_string();
    world.server.tamper(change("/evidence", move |body| body["proof"]["checkpoint"] = forged.clone().into()));
    refused(&world, &hub, "not one of the hub's log").await;
    world.server.tamper(change("/evidence", |body| {
        let entry = body["proof"]["entry"]["body"].as_str().unwrap().replace("alert.published", "alert.relayed");
        body["proof"]["entry"]["body"] = entry.into();
    }));
    refused(&world, &hub, "not in the hub's log").await;
    // An object on its way was exchanged.
    world.server.tamper(|name, out| {
        let text = String::from_utf8(out.body.clone()).unwrap_or_default();
        if !name.contains("/objects") {
            out
        } else {
            Out { body: text.replace("203.0.113.7", "203.0.113.8").into_bytes(), ..out }
        }
    });
    refused(&world, &hub, "not byte for byte what was signed").await;
    // The proof of another alert.
    world.server.honest();
    let earlier = world.publish().await;
    world.poll(&hub).await;
    world.work().await;
    let sql = "SELECT evidence FROM received_alert WHERE report_id = $1";
    let row = world.node.here.store.fetch(sql, ward_store::values![&earlier.report_id]).await.unwrap();
    let text: String = row[0].get("evidence").unwrap();
    world.server.tamper(change("/evidence", move |body| *body = serde_json::from_str(&text).unwrap()));
    refused(&world, &hub, "subject").await;
}

async fn a_bad_object_stops_nothing(database: TestDatabase) {
    let (world, hub) = World::joined(database).await;
    let key = world.publish().await;
    world.server.tamper(change("/objects", |body| {
        let list = body["objects"].as_array_mut().unwrap();
        list.insert(0, json!({"type": "x-thing"}));
        list.insert(2, json!({"type": "indicator", "id": "indicator--1", "spec_version": "2.1"}));
    }));
    // What serde reads and writes again is not byte for byte the same, so the alert itself is not proved here.
    assert_eq!(world.poll(&hub).await, Polled { objects: 4, alerts: 1, refused: 2 });
    let row = world.node.here.store.fetch("SELECT body FROM entry WHERE act = 'objects.received'", &[]).await.unwrap();
    let entry: String = row[0].get("body").unwrap();
    assert_eq!(
        (row.len(), entry.contains("object 1 of the page"), entry.contains("indicator--1")),
        (1, true, true),
        "{entry}"
    );
    assert_eq!(world.received(&key).await.state, "waiting");
    world.server.honest();
    assert_eq!(world.poll(&hub).await, Polled::default(), "the place moved on");
}

async fn a_poll_that_broke_off_goes_on_where_it_was(database: TestDatabase) {
    let (world, hub) = World::joined(database).await;
    for _ in 0..3 {
        world.hub.publish(&[&world.arizona]).await;
        world.step(1);
    }
    settle(&world.hub.here).await;
    world.server.page_limit(2);
    let mut polled = Polled::default();
    for broken in 1.. {
        assert!(broken < 20);
        let pages = AtomicUsize::new(0);
        world.server.tamper(move |name, out| {
            let is_page = name.ends_with("/objects/");
            let broke = is_page && pages.fetch_add(1, Ordering::Relaxed) >= 1;
            if broke { Out { status: 503, ..out } } else { out }
        });
        let before = world.node.count("SELECT COUNT(*) AS n FROM received_object WHERE hub_id = $1", &hub.id).await;
        match poll(&world.node.here, &world.http, &hub.id).await {
            Ok(last) => {
                polled = last;
                break;
            }
            Err(problem) => assert!(problem.to_string().contains("503"), "{problem}"),
        }
        let after = world.node.count("SELECT COUNT(*) AS n FROM received_object WHERE hub_id = $1", &hub.id).await;
        assert!(after > before, "the page before the break was kept");
    }
    assert!(polled.objects <= 2);
    // One identity, and three alerts with a report and two indicators each.
    assert_eq!(world.node.count("SELECT COUNT(*) AS n FROM received_object WHERE hub_id = $1", &hub.id).await, 10);
    assert_eq!(world.node.count("SELECT COUNT(*) AS n FROM received_alert WHERE hub_id = $1", &hub.id).await, 3);
    world.server.honest();
    world.work().await;
    assert_eq!(world.node.entries("alert.verified").await, 3);
}

async fn objects_that_were_missed_are_asked_for(database: TestDatabase) {
    let (world, hub) = World::joined(database).await;
    let key = world.publish().await;
    // The page comes without its indicators.
    world.server.tamper(|name, out| {
        if !name.ends_with("/objects/") {
            return out;
        }
        let text = String::from_utf8(out.body.clone()).unwrap();
        let body: Value = serde_json::from_str(&text).unwrap();
        let envelope = ward_stix::bundle::split(text.as_bytes()).unwrap();
        let objects = envelope.objects.iter().flatten().filter(|object| object.kind() != "indicator");
        let kept: Vec<&str> = objects.map(|object| std::str::from_utf8(object.bytes()).unwrap()).collect();
        Out { body: format!("{{\"more\":{},\"objects\":[{}]}}", body["more"], kept.join(",")).into_bytes(), ..out }
    });
    assert_eq!(world.poll(&hub).await.objects, 2);
    world.work().await;
    assert_eq!(world.received(&key).await.state, "verified");
    assert_eq!(world.server.asked(&format!("GET /share/collections/{}/objects/indicator--", hub.alerts_collection)), 2);
}

/// A second version that withdraws the address and adds a name.
async fn corrected(world: &World, key: &AlertKey) -> AlertKey {
    world.step(60);
    let ana = world.hub.ana.as_ref().unwrap();
    let seen = permit(ana, Verb::See, Resource::Alert, ()).unwrap();
    let view = ward_share::alert::read(&world.hub.here, seen.who(), &key.report_id, None).await.unwrap();
    let (address, _, _) = view.indicators.iter().find(|(_, pattern, _)| pattern.contains("203.0.113.7")).unwrap();
    let correction = Correction {
        what_changed: "One address was an office's own.".into(),
        revoke: vec![address.clone()],
        add_indicators: vec![IndicatorDraft { pattern: "[domain-name:value = 'bad.example']".into(), confirmed: true }],
        ..Correction::default()
    };
    let allowed = permit(ana, Verb::Change, Resource::Alert, ()).unwrap();
    let second = correct(&world.hub.here, &allowed, &key.report_id, correction).await.unwrap();
    world.hub.sign_and_publish(&second).await;
    settle(&world.hub.here).await;
    second
}

fn after_the_correction() -> Vec<(String, String)> {
    let expected = [
        ("[domain-name:value = 'bad.example']", "active"),
        ("[ipv4-addr:value = '198.51.100.0/24']", "active"),
        ("[ipv4-addr:value = '203.0.113.7']", "revoked"),
    ];
    expected.map(|(pattern, state)| (pattern.to_owned(), state.to_owned())).to_vec()
}

async fn a_correction_withdraws_indicators(database: TestDatabase) {
    let (world, hub) = World::joined(database).await;
    let key = world.publish().await;
    world.poll(&hub).await;
    world.work().await;
    assert_eq!(states(&world.node, &key.report_id).await.len(), 2);
    let second = corrected(&world, &key).await;
    assert_eq!(world.poll(&hub).await.alerts, 1);
    world.work().await;
    assert_eq!(world.received(&second).await.state, "verified");
    assert_eq!(states(&world.node, &key.report_id).await, after_the_correction());
}

async fn an_older_version_that_is_proved_later_changes_nothing(database: TestDatabase) {
    let (world, hub) = World::joined(database).await;
    let key = world.publish().await;
    let second = corrected(&world, &key).await;
    let held = format!("/{}/evidence", key.modified);
    world.server.tamper(move |name, out| if name.ends_with(&held) { Out { status: 202, ..out } } else { out });
    assert_eq!(world.poll(&hub).await.alerts, 2);
    world.work().await;
    assert_eq!(
        (world.received(&key).await.state, world.received(&second).await.state),
        ("waiting".into(), "verified".into())
    );
    world.server.honest();
    world.step(60);
    world.work().await;
    assert_eq!(world.received(&key).await.state, "verified");
    assert_eq!(states(&world.node, &key.report_id).await, after_the_correction());
}

async fn another_hub_cannot_take_over_an_alert(database: TestDatabase) {
    let (world, hub) = World::joined(database).await;
    let key = world.publish().await;
    world.poll(&hub).await;
    world.work().await;
    let mut tx = world.node.here.store.begin().await.unwrap();
    tx.execute("UPDATE received_alert SET made_by = 'ward/another-hub/1'", &[]).await.unwrap();
    tx.commit().await.unwrap();
    let second = corrected(&world, &key).await;
    world.poll(&hub).await;
    world.work().await;
    let refused = world.received(&second).await;
    assert_eq!((refused.state.as_str(), refused.reason.as_str()), ("refused", "an alert of another hub has this id"));
    assert_eq!(states(&world.node, &key.report_id).await.len(), 2, "the indicators stay as they were");
}

async fn two_rounds_at_once_do_everything_once(database: TestDatabase) {
    let (world, hub) = World::joined(database).await;
    let key = world.publish().await;
    let (here, http) = (&world.node.here, &world.http);
    let (one, other) = tokio::join!(poll(here, http, &hub.id), poll(here, http, &hub.id));
    assert_eq!(one.unwrap().objects + other.unwrap().objects, 4);
    assert_eq!((world.node.entries("objects.received").await, world.node.jobs("fetch-evidence").await), (1, 1));
    let verify = || ward_watch::receive::verify_alert(here, http, &hub.id, &key.report_id, &key.modified);
    let (one, other) = tokio::join!(verify(), verify());
    one.and(other).unwrap();
    assert_eq!((world.node.entries("alert.verified").await, world.node.jobs("look-back").await), (1, 1));
}

async fn a_signer_accepted_later_lets_the_alert_be_believed(database: TestDatabase) {
    let (mut world, hub) = World::joined(database).await;
    let eve = world.hub.person("Eve", Role::Analyst).await;
    let key_of_eve = world.hub.enrol(&eve, EnrolledBy::Installation).await;
    world.hub.dora = Some(eve);
    let alert = refused(&world, &hub, "1 of 2 needed signatures").await;
    let own = own_organisation(&world.node.here).await.unwrap();
    let allowed = permit(&world.node.administrator, Verb::Create, Resource::Token, own).unwrap();
    ward_watch::hub::accept_signer(&world.node.here, &allowed, &hub.id, &key_of_eve).await.unwrap();
    world.work().await;
    let all = ward_watch::receive::received(&world.node.here).await.unwrap();
    let now = all.iter().find(|other| other.report_id == alert.report_id).unwrap();
    assert_eq!(now.state, "verified");
}
