//! The real binary: an installation is backed up while it is served and written to, restored in another folder, and served again.
#![cfg(test)]

#[path = "../killed/house.rs"]
#[expect(dead_code, reason = "shared with the tests that kill servers, which use all of it")]
mod house;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::value::RawValue;
use ward_store::testing::{Kind, TestDatabase};
use ward_taxii::client::{Client, Credentials};

use house::{House, PASSWORD, until};

const BACKUPS: usize = 3;

/// What the writers were told is there.
#[derive(Default)]
struct Written {
    sightings: Mutex<BTreeSet<String>>,
    organisations: Mutex<BTreeSet<String>>,
    stop: AtomicBool,
}

impl Written {
    fn now(&self) -> BTreeSet<String> {
        let (sightings, organisations) = (self.sightings.lock().unwrap(), self.organisations.lock().unwrap());
        sightings.union(&organisations).cloned().collect()
    }
}

/// Stops the writers at the end of its scope, that of a failing test too.
struct StopAtEnd<'a>(&'a Written);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::SeqCst);
    }
}

#[test]
fn a_hub_on_sqlite_is_backed_up_under_load() {
    let database = TestDatabase::new(Kind::Sqlite);
    back_up_under_load(&database, None, Kind::Postgres);
}

#[test]
fn a_hub_on_postgresql_is_backed_up_under_load() {
    let database = TestDatabase::new(Kind::Postgres);
    back_up_under_load(&database, Some(database.address.clone()), Kind::Sqlite);
}

#[test]
fn damage_is_named_and_leaves_nothing() {
    let database = TestDatabase::new(Kind::Sqlite);
    let house = House::make("hub", &database.folder.join("hub"), "Damaged Hub", None);
    let file = database.folder.join("backup");
    house.ward(&["backup", "--to", file.to_str().unwrap()]);
    let bytes = std::fs::read(&file).unwrap();
    let new = database.folder.join("new");
    for (at, expected) in [
        (3, "header (bytes 0 to 104) is damaged"),
        (200, "chunk 0 (bytes 105 to "),
        (bytes.len() - 1, "is damaged: chunk "),
    ] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        std::fs::write(&file, damaged).unwrap();
        refused(&file, &new, PASSWORD, expected);
    }
    std::fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
    refused(&file, &new, PASSWORD, "is damaged: chunk ");
    std::fs::write(&file, &bytes).unwrap();
    refused(&file, &new, "not the passphrase", "the passphrase is not the one");
    refused(&file, &house.folder, PASSWORD, "is not empty");
    assert!(house.ward(&["log", "verify"]).starts_with("The record holds"));
}

/// Restores while it goes on; the first restored installation is of the other kind of database.
fn back_up_under_load(database: &TestDatabase, address: Option<String>, other: Kind) {
    let house = House::make("hub", &database.folder.join("hub"), "Loaded Hub", address);
    let county = house.json(&["organisation", "add", "--kind", "county", "--name", "Pine County", "--state", "AZ"]);
    let county_id = county["id"].as_str().unwrap();
    let token = house.ward_as_admin(&["token", "new", "--organisation", county_id, "--scopes", "read,write"]);
    let server = house.serve();
    until("the hub", || std::net::TcpStream::connect(server.url().trim_start_matches("http://")).is_ok());
    let written = Arc::new(Written::default());
    let identity = county["identity_id"].as_str().unwrap().to_owned();
    let pushing = push(Arc::clone(&written), server.url(), token.trim().to_owned(), identity);
    std::thread::scope(|scope| {
        let stop = StopAtEnd(&written);
        let pusher = scope.spawn(|| {
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(pushing);
        });
        let adder = scope.spawn(|| add_organisations(&written, &house));
        let mut entries = 0;
        for turn in 0..BACKUPS {
            let kind = if turn == 0 { other } else { Kind::Sqlite };
            // Not before more was written.
            let before = written.now().len();
            until("more that was written", || written.now().len() > before + 10);
            entries = back_up_and_restore(database, &house, &written, turn, kind, entries);
        }
        drop(stop);
        pusher.join().unwrap();
        adder.join().unwrap();
    });
    drop(server);
    assert!(house.ward(&["log", "verify"]).starts_with("The record holds"));
}

/// Gives the entries that the backup holds.
fn back_up_and_restore(
    database: &TestDatabase,
    house: &House,
    written: &Written,
    turn: usize,
    kind: Kind,
    entries_before: i64,
) -> i64 {
    let (file, folder) = (database.folder.join(format!("backup-{turn}")), database.folder.join(format!("new-{turn}")));
    let (acknowledged, target) = (written.now(), TestDatabase::new(kind));
    let done: serde_json::Value =
        serde_json::from_str(&house.ward(&["backup", "--json", "--to", file.to_str().unwrap()])).unwrap();
    let during = written.now().len() - acknowledged.len();
    let entries = done["about"]["record"]["entries"].as_i64().unwrap();
    assert!(entries > entries_before, "{entries} after {entries_before}");
    let address = if kind == Kind::Sqlite { "sqlite:ward.sqlite".to_owned() } else { target.address.clone() };
    let restored = House { folder: folder.clone(), database: None };
    restored.ward(&["restore", file.to_str().unwrap(), "--database", &address]);
    assert_eq!(entries_of(&restored), entries);
    let there = held_by(&folder);
    let lost: Vec<&String> = acknowledged.iter().filter(|id| !there.contains(*id)).collect();
    assert!(
        lost.is_empty(),
        "{} acknowledged before the backup began are not in it ({during} came during it)",
        lost.len()
    );
    // Served, the record goes on, and says that it was restored.
    let server = restored.serve();
    // Besides the entry of the restoring, those that waited for their number when the backup was made.
    until("the entry of the restoring", || entries_of(&restored) > entries);
    drop(server);
    assert!(restored.ward(&["log", "verify"]).starts_with("The record holds"));
    entries
}

/// The entries of a record that must hold.
fn entries_of(house: &House) -> i64 {
    let verified: serde_json::Value = serde_json::from_str(&house.ward(&["log", "verify", "--json"])).unwrap();
    verified["held"]["entries"].as_i64().unwrap()
}

/// Ids of the sightings and names of the organisations that an installation holds.
fn held_by(folder: &Path) -> BTreeSet<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let here = ward_directory::open(folder, None, None).await.unwrap();
        let sql = "SELECT stix_id AS id FROM collection_object UNION SELECT name AS id FROM organisation";
        let rows = here.store.fetch(sql, &[]).await.unwrap();
        rows.iter().map(|row| row.get("id").unwrap()).collect()
    })
}

fn add_organisations(written: &Written, house: &House) {
    let mut number = 0;
    while !written.stop.load(Ordering::SeqCst) {
        let name = format!("County {number}");
        house.json(&["organisation", "add", "--kind", "county", "--name", &name, "--state", "AZ"]);
        written.organisations.lock().unwrap().insert(name);
        number += 1;
    }
}

/// Pushes sightings one after another until it is stopped.
async fn push(written: Arc<Written>, url: String, token: String, identity: String) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().timeout(Duration::from_secs(30)).build().unwrap();
    let client = Client::new(http, &format!("{url}/share/"), Credentials::Bearer(token)).unwrap();
    let mut number = 0_u32;
    while !written.stop.load(Ordering::SeqCst) {
        let id = format!("sighting--00000000-0000-4000-8000-{number:012}");
        let status = client.post("answers", &[&sighting(&id, &identity)]).await.unwrap();
        assert_eq!(status.success_count, 1, "{status:?}");
        written.sightings.lock().unwrap().insert(id);
        number += 1;
    }
}

fn sighting(id: &str, identity: &str) -> Box<RawValue> {
    let time = "2016-08-18T12:00:00.000Z";
    let object = serde_json::json!({
        "type": "sighting", "spec_version": "2.1", "id": id, "created": time, "modified": time, "created_by_ref": identity,
        "sighting_of_ref": "indicator--a932fcc6-e032-476c-826f-cb970a5a1ade", "where_sighted_refs": [identity], "count": 1,
        "object_marking_refs": ["marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"],
    });
    RawValue::from_string(object.to_string()).unwrap()
}

/// A restore that must fail with this in its message, and leave nothing behind that was not there.
fn refused(file: &Path, folder: &Path, passphrase: &str, expected: &str) {
    let was_there = folder.exists();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ward"));
    let done = command.arg("restore").arg(file).arg("--dir").arg(folder).env("WARD_PASSWORD", passphrase).output();
    let done = done.unwrap();
    let error = String::from_utf8_lossy(&done.stderr);
    assert_eq!((done.status.code(), error.contains(expected)), (Some(2), true), "{expected}: {error}");
    assert_eq!(folder.exists(), was_there);
    assert!(!folder.with_extension("restoring").exists());
}
