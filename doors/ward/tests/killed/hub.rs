//! A hub that is killed while members push and its analyst polls; also two servers on one PostgreSQL.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::value::RawValue;
use ward_store::testing::{Kind, TestDatabase};
use ward_taxii::client::{Client, Credentials, PageQuery};

use super::house::{House, Pauses, Server};

const KILLS: usize = 50;

#[test]
fn a_hub_killed_fifty_times_loses_nothing_and_repeats_nothing() {
    let database = TestDatabase::new(Kind::Sqlite);
    survive(&database, None, 1);
}

#[test]
fn two_hub_servers_on_one_postgresql_killed_in_turn_lose_nothing_and_repeat_nothing() {
    let database = TestDatabase::new(Kind::Postgres);
    survive(&database, Some(database.address.clone()), 2);
}

/// What the clients saw.
#[derive(Default)]
struct Seen {
    /// Ids of sightings whose POST was answered with success.
    acknowledged: Mutex<BTreeSet<String>>,
    /// Ids in the order in which the poller got them.
    polled: Mutex<Vec<String>>,
    stop: AtomicBool,
}

fn survive(database: &TestDatabase, address: Option<String>, servers: usize) {
    let folder: PathBuf = database.folder.join("hub");
    let house = House::make("hub", &folder, "Killed Hub", address);
    let county = house.json(&["organisation", "add", "--kind", "county", "--name", "Pine County", "--state", "AZ"]);
    let county_id = county["id"].as_str().unwrap();
    let write = house.ward_as_admin(&["token", "new", "--organisation", county_id, "--scopes", "read,write"]);
    let hub_id = house.ward(&["organisation", "list", "--json"]).lines().find_map(|line| {
        let organisation: serde_json::Value = serde_json::from_str(line).unwrap();
        (organisation["kind"] == "hub").then(|| organisation["id"].as_str().unwrap().to_owned())
    });
    let read = house.ward_as_admin(&["token", "new", "--organisation", &hub_id.unwrap(), "--scopes", "read"]);
    let mut running: Vec<Server> = (0..servers).map(|_| house.serve()).collect();
    let urls: Vec<String> = running.iter().map(Server::url).collect();
    let identity = county["identity_id"].as_str().unwrap().to_owned();
    let seen = Arc::new(Seen::default());
    let clients = [
        spawn(push(Arc::clone(&seen), urls.clone(), write.trim().to_owned(), identity)),
        spawn(poll(Arc::clone(&seen), urls, read.trim().to_owned())),
    ];
    let mut pauses = Pauses(7);
    for kill in 0..KILLS {
        std::thread::sleep(Duration::from_millis(60) + pauses.next(500));
        let turn = kill % servers;
        running.get_mut(turn).unwrap().kill_and_restart();
    }
    std::thread::sleep(Duration::from_secs(2));
    seen.stop.store(true, Ordering::SeqCst);
    for client in clients {
        client.join().expect("a client ends well");
    }
    check(&seen);
    drop(running);
    assert!(house.ward(&["log", "verify"]).starts_with("The record holds"));
}

fn check(seen: &Seen) {
    let (acknowledged, polled) = (seen.acknowledged.lock().unwrap(), seen.polled.lock().unwrap());
    assert!(acknowledged.len() > KILLS, "only {} pushes were acknowledged", acknowledged.len());
    let distinct: BTreeSet<&String> = polled.iter().collect();
    assert_eq!(distinct.len(), polled.len(), "the poller got something twice");
    let lost: Vec<&String> = acknowledged.iter().filter(|id| !distinct.contains(id)).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged objects were lost: {lost:?}", lost.len(), acknowledged.len());
}

fn spawn(work: impl Future<Output = ()> + Send + 'static) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work);
    })
}

fn client(url: &str, token: &str) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).build().expect("a client");
    Client::new(http, &format!("{url}/share/"), Credentials::Bearer(token.to_owned())).expect("a client")
}

/// Pushes sightings one after another; a push that failed is sent again, with the same bytes, until it is answered.
async fn push(seen: Arc<Seen>, urls: Vec<String>, token: String, identity: String) {
    let clients: Vec<Client> = urls.iter().map(|url| client(url, &token)).collect();
    let mut number = 0_u32;
    while !seen.stop.load(Ordering::SeqCst) {
        let id = format!("sighting--00000000-0000-4000-8000-{number:012}");
        let object = sighting(&id, &identity);
        let mut turn = number as usize;
        loop {
            let answer = clients[turn % clients.len()].post("answers", &[&object]).await;
            match answer {
                Ok(status) if status.success_count == 1 => break,
                Ok(status) => panic!("the hub refused a sighting: {status:?}"),
                Err(_) if seen.stop.load(Ordering::SeqCst) => return,
                Err(_) => {
                    turn += 1;
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
        seen.acknowledged.lock().unwrap().insert(id);
        number += 1;
    }
}

/// Polls as an analyst's program does: from where the last page ended, never going back.
async fn poll(seen: Arc<Seen>, urls: Vec<String>, token: String) {
    let clients: Vec<Client> = urls.iter().map(|url| client(url, &token)).collect();
    let (mut added_after, mut turn, mut quiet) = (None, 0_usize, 0);
    while quiet < 15 {
        turn += 1;
        let query = PageQuery { added_after: added_after.clone(), limit: Some(7), ..PageQuery::default() };
        let Ok(page) = clients[turn % clients.len()].objects("answers", &query).await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        if page.objects.is_empty() {
            quiet += usize::from(seen.stop.load(Ordering::SeqCst));
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        }
        quiet = 0;
        for object in &page.objects {
            let object: serde_json::Value = serde_json::from_str(object.get()).expect("an object");
            seen.polled.lock().unwrap().push(object["id"].as_str().expect("an id").to_owned());
        }
        added_after = page.date_added_last.or(added_after);
    }
}

fn sighting(id: &str, identity: &str) -> Box<RawValue> {
    let time = "2016-08-18T12:00:00.000Z";
    let object = serde_json::json!({
        "type": "sighting", "spec_version": "2.1", "id": id, "created": time, "modified": time, "created_by_ref": identity,
        "sighting_of_ref": "indicator--a932fcc6-e032-476c-826f-cb970a5a1ade", "where_sighted_refs": [identity], "count": 1,
        "object_marking_refs": ["marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"],
    });
    RawValue::from_string(object.to_string()).expect("JSON")
}
