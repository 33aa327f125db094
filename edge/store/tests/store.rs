//! The store on both databases: the same tests, instantiated twice.
#![cfg(test)]

use ward_store::testing::TestDatabase;
use ward_store::{
    Act, EntryQuery, LogKey, RowRef, Store, StoreError, Tick, Value, claim, each_entry, enqueue, enqueue_once, entries,
    fail, finish, prove, sequence, sign_checkpoint, test_both, values, verify,
};

test_both!(
    rows_come_back_as_they_went_in,
    a_dropped_transaction_leaves_nothing,
    a_newer_database_is_refused,
    entries_are_numbered_in_commit_order_and_proved,
    a_changed_byte_names_its_entry,
    a_changed_row_names_its_entry,
    a_removed_last_entry_is_noticed,
    ticks_increase_and_those_of_one_transaction_are_one_moment,
    a_job_is_claimed_once_and_taken_over_after_its_claim,
    concurrent_writers_lose_nothing,
    entries_come_in_pages,
    the_record_is_verified_while_others_write,
    many_rows_go_in_together_and_are_vouched_for,
    many_rows_of_which_one_fails_leave_nothing,
);

const NOW: i64 = 1_471_500_000_000_000;

fn key() -> LogKey {
    LogKey::new("ward.example/test", &[7; 32]).expect("a key")
}

const ORGANISATION: &str = "organisation (id, kind, name, state, parent_id, identity_id, is_member, created_at)";

fn organisation_row(id: &str) -> [Value; 8] {
    let [id, name, identity] = [id.to_owned(), format!("County {id}"), format!("identity--{id}")].map(Value::from);
    let [kind, state] = ["county", "AZ"].map(Value::from);
    [id, kind, name, state, Value::Text(None), identity, Value::from(1_i64), Value::from(NOW)]
}

async fn organisation(store: &Store, id: &str) {
    let mut tx = store.begin().await.expect("begins");
    add_organisation(&mut tx, id).await;
    tx.commit().await.expect("commits");
}

async fn add_organisation(tx: &mut ward_store::Tx, id: &str) {
    tx.insert_many(ORGANISATION, 8, "", organisation_row(id).to_vec()).await.expect("inserts");
    let row = RowRef { table: "organisation", key: &[id] };
    let act = Act {
        act: "organisation.added",
        actor: "test",
        organisation: "test",
        subject: id,
        at: NOW,
        detail: &serde_json::json!({}),
        rows: &[row],
    };
    tx.record(act).await.expect("records");
}

async fn sequenced(database: &TestDatabase, organisations: usize) -> Store {
    let store = database.open().await;
    for number in 0..organisations {
        organisation(&store, &format!("org-{number:03}")).await;
    }
    assert_eq!(sequence(&store).await.expect("sequences"), organisations);
    sign_checkpoint(&store, &key(), NOW).await.expect("signs");
    store
}

async fn rows_come_back_as_they_went_in(database: TestDatabase) {
    let store = database.open().await;
    let mut tx = store.begin().await.unwrap();
    let sql =
        "INSERT INTO collection (id, alias, title, description, kind, created_at) VALUES ($1, $2, $3, '', 'read', $4)";
    tx.execute(sql, values!["c", "ünïcode'; --", "", i64::MIN]).await.unwrap();
    let sql = "INSERT INTO collection_object (id, collection_id, stix_id, kind, version, version_key, spec_version, created_by_ref, organisation_id, body, sha256, handling_id, attention, received_at, tick, moment)
               VALUES ('o', 'c', 's', 'k', 'v', 'v', '2.1', $1, 'x', $2, '', '', 0, 0, $3, 7)";
    tx.execute(sql, values![None::<String>, vec![0_u8, 255, 39], i64::MAX]).await.unwrap();
    tx.commit().await.unwrap();
    let row = store
        .fetch_optional("SELECT alias, created_at FROM collection WHERE id = $1", values!["c"])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.get::<String>("alias").unwrap(), "ünïcode'; --");
    assert_eq!(row.get::<i64>("created_at").unwrap(), i64::MIN);
    let row = store
        .fetch_optional("SELECT created_by_ref, body, tick, COUNT(*) OVER () AS n FROM collection_object", &[])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.get::<Option<String>>("created_by_ref").unwrap(), None);
    assert_eq!(row.get::<Vec<u8>>("body").unwrap(), vec![0, 255, 39]);
    assert_eq!(row.get::<i64>("tick").unwrap(), i64::MAX);
    assert_eq!(row.get::<i64>("n").unwrap(), 1);
    assert!(matches!(row.get::<i64>("body"), Err(StoreError::ColumnType { .. })));
    assert!(matches!(row.get::<i64>("nothing"), Err(StoreError::NoColumn(_))));
}

async fn a_dropped_transaction_leaves_nothing(database: TestDatabase) {
    let store = database.open().await;
    let mut tx = store.begin().await.unwrap();
    add_organisation(&mut tx, "lost").await;
    drop(tx);
    assert!(store.fetch("SELECT id FROM organisation", &[]).await.unwrap().is_empty());
    assert_eq!(sequence(&store).await.unwrap(), 0);
}

async fn a_newer_database_is_refused(database: TestDatabase) {
    let store = database.open().await;
    let mut tx = store.begin().await.unwrap();
    tx.execute("INSERT INTO migration (version, name, sha256) VALUES (900, 'future', '')", &[]).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    assert!(matches!(Store::open(&database.address).await, Err(StoreError::Newer { found: 900, .. })));
}

async fn entries_are_numbered_in_commit_order_and_proved(database: TestDatabase) {
    let store = sequenced(&database, 11).await;
    organisation(&store, "later").await;
    assert!(
        prove(&store, &entry_id(&store, "later").await).await.unwrap().is_none(),
        "nothing is proved before its number"
    );
    sequence(&store).await.unwrap();
    sign_checkpoint(&store, &key(), NOW).await.unwrap();
    let checked = verify(&store, key().verifier_key()).await.unwrap().expect("holds");
    assert_eq!((checked.entries, checked.rows, checked.checkpoints), (12, 12, 2));
    let proof = prove(&store, &entry_id(&store, "org-004").await).await.unwrap().expect("a proof");
    assert_eq!(proof.entry.number, Some(4));
    let (checkpoint, _) = ward_tlog::checkpoint::open(&proof.checkpoint, key().verifier_key()).unwrap();
    let leaf = ward_tlog::leaf_hash(&proof.entry.digest().unwrap());
    ward_tlog::verify_inclusion(4, 12, &leaf, &proof.hashes, &checkpoint.root).expect("the proof holds");
}

async fn entry_id(store: &Store, subject: &str) -> String {
    let row = store.fetch_optional("SELECT id FROM entry WHERE subject = $1", values![subject]).await.unwrap();
    row.expect("an entry").get("id").unwrap()
}

async fn change(store: &Store, sql: &'static str) {
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.execute(sql, &[]).await.unwrap(), 1, "{sql}");
    tx.commit().await.unwrap();
}

async fn a_changed_byte_names_its_entry(database: TestDatabase) {
    let cases = [
        ("UPDATE entry SET body = replace(body, 'org-003', 'org-004') WHERE number = 3", 3),
        ("UPDATE entry SET at = at + 1 WHERE number = 2", 2),
        ("UPDATE entry SET subject = 'other' WHERE number = 1", 1),
        ("UPDATE entry SET salt = digest WHERE number = 0", 0),
    ];
    let store = sequenced(&database, 6).await;
    assert!(verify(&store, key().verifier_key()).await.unwrap().is_ok());
    for (sql, number) in cases {
        change(&store, sql).await;
        let broken = verify(&store, key().verifier_key()).await.unwrap().expect_err(sql);
        assert_eq!(broken.number, Some(number), "{sql}: {broken:?}");
    }
}

async fn a_changed_row_names_its_entry(database: TestDatabase) {
    let store = sequenced(&database, 6).await;
    change(&store, "UPDATE organisation SET name = 'County 0rg-004' WHERE id = 'org-004'").await;
    let broken = verify(&store, key().verifier_key()).await.unwrap().expect_err("a changed row");
    assert_eq!(broken.number, Some(4));
    assert!(broken.what.contains("organisation"), "{}", broken.what);
    change(&store, "DELETE FROM organisation WHERE id = 'org-002'").await;
    let broken = verify(&store, key().verifier_key()).await.unwrap().expect_err("a removed row");
    assert_eq!(broken.number, Some(2));
}

async fn a_removed_last_entry_is_noticed(database: TestDatabase) {
    let store = sequenced(&database, 5).await;
    change(&store, "DELETE FROM entry WHERE number = 4").await;
    assert!(verify(&store, key().verifier_key()).await.unwrap().is_err());
    change(
        &store,
        "UPDATE log_node SET hash = (SELECT digest FROM entry WHERE number = 0) WHERE level = 1 AND node_index = 0",
    )
    .await;
    assert!(verify(&store, key().verifier_key()).await.unwrap().is_err());
}

async fn write_objects(store: &Store, numbers: std::ops::Range<usize>, now: i64) -> Vec<Tick> {
    let sql = "INSERT INTO collection_object (id, collection_id, stix_id, kind, version, version_key, spec_version, created_by_ref, organisation_id, body, sha256, handling_id, attention, received_at, tick, moment)
               VALUES ($1, 'c', $1, 'k', 'v', 'v', '2.1', NULL, 'x', $2, '', '', 0, 0, $3, $4)";
    let mut tx = store.begin().await.unwrap();
    assert!(tx.tick().is_err(), "without its turn it gives none");
    tx.take_turn(now).await.unwrap();
    let mut ticks = Vec::new();
    for number in numbers {
        let tick = tx.tick().unwrap();
        tx.execute(sql, values![format!("object-{number:04}"), vec![1_u8], tick.at, tick.moment]).await.unwrap();
        ticks.push(tick);
    }
    assert_eq!(tx.moment(), ticks.first().map(|tick| tick.at));
    tx.commit().await.unwrap();
    ticks
}

async fn ticks_increase_and_those_of_one_transaction_are_one_moment(database: TestDatabase) {
    let store = database.open().await;
    change(
        &store,
        "INSERT INTO collection (id, alias, title, description, kind, created_at) VALUES ('c', 'c', '', '', 'read', 0)",
    )
    .await;
    let of = |moment: i64, at: i64| Tick { at, moment };
    assert_eq!(write_objects(&store, 0..2, NOW).await, [of(NOW, NOW), of(NOW, NOW + 1)]);
    assert_eq!(write_objects(&store, 2..2, NOW).await, [], "a turn in which nothing is written");
    assert_eq!(write_objects(&store, 2..3, NOW).await, [of(NOW + 2, NOW + 2)], "a clock that stands");
    assert_eq!(write_objects(&store, 3..4, NOW - 50).await, [of(NOW + 3, NOW + 3)], "a clock that went back");
    assert_eq!(write_objects(&store, 4..5, NOW + 100).await, [of(NOW + 100, NOW + 100)]);
    let mut tx = store.begin().await.unwrap();
    tx.take_turn(NOW + 200).await.unwrap();
    assert_eq!(tx.ticks(10).unwrap(), of(NOW + 200, NOW + 200));
    assert_eq!(tx.tick().unwrap(), of(NOW + 200, NOW + 210));
    drop(tx);
    assert_eq!(write_objects(&store, 5..6, NOW + 200).await, [of(NOW + 200, NOW + 200)], "what was dropped gave none");
    let second = database.open().await;
    let writers = (10..30).map(|number| {
        let store = if number % 2 == 0 { store.clone() } else { second.clone() };
        tokio::spawn(async move { write_objects(&store, number..number + 1, NOW).await })
    });
    let mut given = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        given.extend(writer.await.unwrap().iter().map(|tick| tick.at));
    }
    given.sort_unstable();
    assert_eq!(given, (NOW + 201..NOW + 221).collect::<Vec<_>>(), "whoever writes, no tick twice");
}

async fn a_job_is_claimed_once_and_taken_over_after_its_claim(database: TestDatabase) {
    let store = database.open().await;
    let data = serde_json::json!({"alert": "a"});
    let mut tx = store.begin().await.unwrap();
    enqueue(&mut tx, "look-back", &data, NOW).await.unwrap();
    enqueue_once(&mut tx, "look-back", &data, NOW).await.unwrap();
    tx.commit().await.unwrap();
    assert!(claim(&store, "early", NOW - 1).await.unwrap().is_none());
    let job = claim(&store, "one", NOW).await.unwrap().expect("a job");
    assert!(claim(&store, "two", NOW).await.unwrap().is_none(), "a claimed job is not given twice");
    let later = NOW + 600_000_000;
    let again = claim(&store, "two", later).await.unwrap().expect("taken over");
    assert_eq!((again.id.clone(), again.attempts), (job.id.clone(), 2));
    let mut tx = store.begin().await.unwrap();
    assert!(!finish(&mut tx, &job).await.unwrap(), "the first worker lost its claim");
    drop(tx);
    fail(&store, &again, "the hub is away", later).await.unwrap();
    assert!(claim(&store, "two", later).await.unwrap().is_none(), "it waits before the next try");
    let again = claim(&store, "two", later + 10_000_000).await.unwrap().expect("after the wait");
    let mut tx = store.begin().await.unwrap();
    assert!(finish(&mut tx, &again).await.unwrap());
    tx.commit().await.unwrap();
    assert!(ward_store::pending(&store).await.unwrap().is_empty());
}

async fn the_record_is_verified_while_others_write(database: TestDatabase) {
    let store = sequenced(&database, 20).await;
    let writing = tokio::spawn({
        let store = store.clone();
        async move {
            for number in 0..40 {
                organisation(&store, &format!("more-{number:02}")).await;
                sequence(&store).await.expect("sequences");
                sign_checkpoint(&store, &key(), NOW).await.expect("signs");
            }
        }
    });
    let mut verified = 0;
    while !writing.is_finished() {
        verify(&store, key().verifier_key()).await.unwrap().expect("what is written meanwhile breaks nothing");
        verified += 1;
    }
    writing.await.unwrap();
    assert!(verified > 1, "it was verified {verified} times while others wrote");
}

async fn concurrent_writers_lose_nothing(database: TestDatabase) {
    let store = database.open().await;
    let second = database.open().await;
    let mut tasks = Vec::new();
    for writer in 0..4 {
        let store = if writer % 2 == 0 { store.clone() } else { second.clone() };
        tasks.push(tokio::spawn(async move {
            for number in 0..15 {
                organisation(&store, &format!("w{writer}-{number:02}")).await;
                sequence(&store).await.expect("sequences");
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    while sequence(&store).await.unwrap() > 0 {}
    sign_checkpoint(&store, &key(), NOW).await.unwrap();
    assert_eq!(verify(&store, key().verifier_key()).await.unwrap().expect("holds").entries, 60);
}

async fn entries_come_in_pages(database: TestDatabase) {
    let store = database.open().await;
    for number in 0..7 {
        organisation(&store, &format!("o_{number}")).await;
    }
    let nothing = EntryQuery { find: "", is_descending: false, page: 1, page_rows: 3 };
    assert_eq!(entries(&store, &nothing).await.unwrap().found, 0, "what is not numbered yet is not listed");
    sequence(&store).await.unwrap();
    let mut all = Vec::new();
    each_entry(&store, "", false, |line| all.push(line)).await.unwrap();
    assert_eq!(all.iter().map(|line| line.number).collect::<Vec<_>>(), (0..7).collect::<Vec<_>>());
    for find in ["", "O_", "O_3", "ORGANISATION.", "%", "nothing"] {
        for is_descending in [false, true] {
            let mut expected = Vec::new();
            each_entry(&store, find, is_descending, |line| expected.push(line)).await.unwrap();
            for page in 1..=4 {
                let found = entries(&store, &EntryQuery { find, is_descending, page, page_rows: 3 }).await.unwrap();
                let page = page.min(expected.len().div_ceil(3).max(1));
                let rows: Vec<_> = expected.chunks(3).nth(page - 1).unwrap_or_default().to_vec();
                assert_eq!((found.lines, found.found, found.size), (rows, expected.len(), 7), "{find} {page}");
            }
        }
    }
    let body = store.fetch("SELECT body, salt FROM entry WHERE number = 3", &[]).await.unwrap();
    assert!(body[0].get::<String>("body").unwrap().contains(&all[3].actor) && all[3].digest.len() == 64);
}

async fn many_rows_of_which_one_fails_leave_nothing(database: TestDatabase) {
    let store = database.open().await;
    let mut ids: Vec<String> = (0..137).map(|number| format!("org-{number:03}")).collect();
    ids[120] = ids[3].clone();
    let mut tx = store.begin().await.expect("begins");
    let values: Vec<Value> = ids.iter().flat_map(|id| organisation_row(id)).collect();
    tx.insert_many(ORGANISATION, 8, "", values).await.expect_err("an id that is there already");
    tx.commit().await.expect_err("what failed half way does not last");
    let rows = store.fetch("SELECT id FROM organisation", &[]).await.expect("reads");
    assert!(rows.is_empty(), "{} rows", rows.len());
    organisation(&store, "org-003").await;
    let mut tx = store.begin().await.expect("begins");
    let mixed = [organisation_row(&ids[1]), organisation_row(&ids[2]).map(|_| Value::from(1_i64))].concat();
    let added = tx.insert_many(ORGANISATION, 8, "", mixed).await;
    assert_eq!(added.is_err(), store.is_shared(), "columns of two types are no arrays: {added:?}");
}

async fn many_rows_go_in_together_and_are_vouched_for(database: TestDatabase) {
    let store = database.open().await;
    let ids: Vec<String> = (0..237).map(|number| format!("org-{number:03}")).collect();
    let values: Vec<Value> = ids.iter().flat_map(|id| organisation_row(id)).collect();
    let mut tx = store.begin().await.expect("begins");
    assert!(tx.insert_many(ORGANISATION, 8, "", values[1..].to_vec()).await.is_err(), "rows that are not whole");
    assert_eq!(tx.insert_many(ORGANISATION, 8, "", values.clone()).await.expect("inserts"), 237);
    assert_eq!(tx.insert_many(ORGANISATION, 8, "ON CONFLICT DO NOTHING", values).await.expect("runs"), 0);
    // Of the first the writer says what it wrote, the others are read again.
    let columns = ["id", "kind", "name", "state", "parent_id", "identity_id", "is_member", "created_at"];
    let said: Vec<(&str, Value)> = columns.into_iter().zip(organisation_row(&ids[0])).skip(1).collect();
    tx.wrote("organisation", &ids[0], &said).expect("the digested columns");
    assert!(tx.wrote("organisation", &ids[0], &said[1..]).is_err(), "not all that is digested");
    let keys: Vec<[&str; 1]> = ids.iter().map(|id| [id.as_str()]).collect();
    let rows: Vec<RowRef<'_>> = keys.iter().map(|key| RowRef { table: "organisation", key }).collect();
    let act = Act {
        act: "organisation.added",
        actor: "test",
        organisation: "test",
        subject: "all",
        at: NOW,
        detail: &serde_json::json!({}),
        rows: &rows,
    };
    tx.record(act).await.expect("records");
    let asked: Vec<&str> = ids.iter().map(String::as_str).take(150).chain(["nobody"]).collect();
    let found = tx.fetch_among("SELECT id FROM organisation WHERE id", &asked, "ORDER BY id").await.expect("reads");
    let mut found: Vec<String> = found.iter().map(|row| row.get("id").expect("an id")).collect();
    found.dedup();
    assert_eq!(found, ids[..150]);
    let of = ("SELECT id FROM organisation WHERE kind <>", "nothing");
    let asked: Vec<&str> = ids.iter().map(String::as_str).chain(["nobody"]).collect();
    let found = tx.fetch_among_of(of, "AND id", &asked, "ORDER BY id").await.expect("reads");
    assert_eq!(found.len(), ids.len());
    let of = ("SELECT id FROM organisation WHERE id =", ids[7].as_str());
    let found = tx.fetch_among_of(of, "AND id", &asked, "").await.expect("reads");
    assert_eq!(found.iter().map(|row| row.get::<String>("id").expect("an id")).collect::<Vec<_>>(), ids[7..8]);
    tx.commit().await.expect("commits");
    sequence(&store).await.expect("sequences");
    sign_checkpoint(&store, &key(), NOW).await.expect("signs");
    verify(&store, key().verifier_key()).await.unwrap().expect("what was said and what was read hold alike");
    change(&store, "UPDATE organisation SET name = 'Other' WHERE id = 'org-000'").await;
    verify(&store, key().verifier_key()).await.unwrap().expect_err("a changed row that was not read again");
}
