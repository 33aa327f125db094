//! A node's backup: what comes back looks back alike, also when months were purged and swept while it was written.

use ward_directory::{About, BackedUp, Here, Restore};
use ward_stix::answer::Finding;
use ward_store::Clock;
use ward_store::testing::{Kind, TestDatabase};
use ward_watch::backup::hold;
use ward_watch::release::Release;
use ward_watch::{lookback, reading};

use crate::setup::*;

ward_store::test_both!(
    a_restored_node_looks_back_alike_and_reads_on,
    what_a_snapshot_names_stays_until_it_is_copied,
    a_damaged_archive_is_named_and_the_rest_is_kept,
);

const PASSPHRASE: &str = "a passphrase for the tests";

async fn backed_up(node: &Node, name: &str) -> BackedUp {
    let held = hold(&node.here).await.unwrap();
    let mut snapshot = node.here.store.begin_reading().await.unwrap();
    let archive = held.files(&mut snapshot).await.unwrap();
    let to = node.database.folder.join(name);
    ward_directory::backup(&node.here, &mut snapshot, &archive, &to, PASSPHRASE).await.unwrap()
}

/// Restores onto the other database.
async fn restored(node: &Node, name: &str) -> (Here, About, TestDatabase) {
    let is_postgres = node.here.store.is_shared();
    let target = TestDatabase::new(if is_postgres { Kind::Sqlite } else { Kind::Postgres });
    let folder = node.database.folder.join(format!("{name}-restored"));
    let file = node.database.folder.join(name);
    let address = if is_postgres { "sqlite:ward.sqlite" } else { target.address.as_str() };
    let clock = Some(Clock::Fixed(now()));
    let options =
        Restore { file: &file, folder: &folder, database: Some(address), passphrase: PASSPHRASE, clock: clock.clone() };
    let about = ward_directory::restore(options).await.unwrap();
    (ward_directory::open(&folder, None, clock).await.unwrap(), about, target)
}

async fn hit_node(database: TestDatabase) -> Node {
    let node = node(database).await;
    node.alert(asked().0, &[address(BAD)]).await;
    let hit = line(BAD, asked().0, "GET /a?x=union+select+1 HTTP/1.1", 404, 1, AGENT);
    node.with_log(&format!("{}{hit}", full_log())).await;
    assert_eq!(node.look_back().await.finding, Finding::MatchUnderReview);
    node.verify_record().await;
    node
}

async fn a_restored_node_looks_back_alike_and_reads_on(database: TestDatabase) {
    let node = hit_node(database).await;
    let before = node.look_back().await;
    let done = backed_up(&node, "backup").await;
    assert_eq!(done.about.damaged, [""; 0]);
    let (here, about, _target) = restored(&node, "backup").await;
    assert_eq!(about, done.about);
    lookback::run(&here, REPORT).await.unwrap();
    let after = lookback::result(&here, REPORT).await.unwrap().unwrap();
    assert_eq!(serde_json::to_value(&after).unwrap(), serde_json::to_value(&before).unwrap());
    // How far the logs were read came along: nothing is read twice, and what is new is.
    let log = node.database.folder.join("web/access.log");
    let readings = reading::read_sources(&here).await.unwrap();
    assert_eq!((readings[0].lines_read, readings[0].lines_rejected), (0, 0));
    let more = line(BAD, asked().0 + HOUR, "GET /b HTTP/1.1", 404, 1, AGENT);
    std::fs::write(&log, format!("{}{more}", std::fs::read_to_string(&log).unwrap())).unwrap();
    assert_eq!(reading::read_sources(&here).await.unwrap()[0].live_hits, 1);
    while ward_store::sequence(&here.store).await.unwrap() > 0 {}
    let held = ward_store::verify(&here.store, here.log_key.verifier_key()).await.unwrap().expect("holds");
    assert!(held.entries > about.record.entries, "that it was restored is on the record");
    let entry = ward_store::entry_of(&here.store, &here.installation.id, "installation.restored").await.unwrap();
    assert!(entry.is_some());
}

async fn what_a_snapshot_names_stays_until_it_is_copied(database: TestDatabase) {
    let mut node = hit_node(database).await;
    let segments = node.here.folder.join("archive/segments");
    let count = || std::fs::read_dir(&segments).unwrap().count();
    let held = hold(&node.here).await.unwrap();
    let mut snapshot = node.here.store.begin_reading().await.unwrap();
    let archive = held.files(&mut snapshot).await.unwrap();
    assert_eq!((archive.len(), count()), (2, 2));
    // The month is purged, and would be swept, before anything is copied.
    node.settings(Release::Person, Some(5)).await;
    node.set_clock(now() + 60 * DAY);
    node.read().await;
    assert_eq!(node.here.store.fetch("SELECT id FROM segment", &[]).await.unwrap().len(), 0);
    assert_eq!(count(), 2, "nobody sweeps meanwhile");
    let to = node.database.folder.join("backup");
    let done = ward_directory::backup(&node.here, &mut snapshot, &archive, &to, PASSPHRASE).await.unwrap();
    assert_eq!(done.about.damaged, [""; 0]);
    drop((held, snapshot));
    node.read().await;
    assert_eq!(count(), 0);
    let (here, ..) = restored(&node, "backup").await;
    lookback::run(&here, REPORT).await.unwrap();
    let result = lookback::result(&here, REPORT).await.unwrap().unwrap();
    assert_eq!((result.finding, result.events_matched), (Finding::MatchUnderReview, 1));
    assert_eq!(std::fs::read_dir(here.folder.join("archive/segments")).unwrap().count(), 2);
}

async fn a_damaged_archive_is_named_and_the_rest_is_kept(database: TestDatabase) {
    let node = hit_node(database).await;
    let segments = node.here.folder.join("archive/segments");
    let mut names: Vec<_> = std::fs::read_dir(&segments).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    std::fs::remove_file(&names[0]).unwrap();
    std::fs::write(&names[1], "not what was committed").unwrap();
    let done = backed_up(&node, "backup").await;
    let named = |place: usize, what: &str| {
        let name = names[place].file_name().unwrap().to_str().unwrap();
        format!("`archive/segments/{name}` {what}")
    };
    let mut damaged = done.about.damaged.clone();
    damaged.sort();
    assert_eq!(damaged, [named(0, "is missing"), named(1, "is not what was committed")]);
    assert_eq!(restored(&node, "backup").await.1.damaged, done.about.damaged);
}
