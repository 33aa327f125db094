//! Dumps and what is loaded from them, from either database into either, and while others write.
#![cfg(test)]

use std::collections::BTreeMap;

use ward_store::testing::{Kind, TestDatabase};
use ward_store::{
    Act, LogKey, Migration, Piece, RowRef, Store, StoreError, Tx, Verified, dump, load_piece, migrations, open_empty,
    sequence, sign_checkpoint, test_both, values, verify, verify_in,
};

test_both!(
    every_table_is_dumped,
    a_dump_is_one_moment_while_others_write,
    a_database_in_use_is_refused_untouched,
    migrations_of_another_program_are_refused,
    lines_that_are_not_rows_are_named,
    a_dump_of_an_older_program_is_brought_up_to_date,
);

const NOW: i64 = 1_471_500_000_000_000;
/// Texts that are not plain: quotes, a line's end, an emoji, something that looks like bytes.
const NAMES: [&str; 4] = ["O'Brien \"County\"", "two\nlines\t\\", "Haleʻiwa 🌺", "{\"hex\":\"00\"}"];

fn key() -> LogKey {
    LogKey::new("ward.example/test", &[7; 32]).unwrap()
}

async fn add_organisation(tx: &mut Tx, id: &str, name: &str) {
    let sql = "INSERT INTO organisation (id, kind, name, state, parent_id, identity_id, is_member, created_at)
               VALUES ($1, 'county', $2, 'AZ', NULL, $3, 1, $4)";
    tx.execute(sql, values![id, name, format!("identity--{id}"), NOW]).await.unwrap();
    let act = Act {
        act: "organisation.added",
        actor: "test",
        organisation: "test",
        subject: id,
        at: NOW,
        detail: &serde_json::json!({}),
        rows: &[RowRef { table: "organisation", key: &[id] }],
    };
    tx.record(act).await.unwrap();
}

async fn filled(database: &TestDatabase) -> Store {
    let store = database.open().await;
    let mut tx = store.begin().await.unwrap();
    for (place, name) in NAMES.iter().enumerate() {
        add_organisation(&mut tx, &format!("org-{place}"), name).await;
    }
    let sql = "INSERT INTO contact (id, organisation_id, duty, name, email, phone, verified_at) VALUES ('c', 'org-0', 'it', '', '', '', $1)";
    tx.execute(sql, values![i64::MAX]).await.unwrap();
    let sql = "INSERT INTO quarantine (id, stix_id, organisation_id, reason, body, at, released_by) VALUES ('q', 'x', 'org-0', 'r', $1, -1, NULL)";
    tx.execute(sql, values![(0..=255_u8).collect::<Vec<u8>>()]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(sequence(&store).await.unwrap(), NAMES.len());
    sign_checkpoint(&store, &key(), NOW).await.unwrap();
    store
}

async fn dumped(store: &Store) -> (Vec<Piece>, BTreeMap<String, u64>, Vec<Migration>, Verified) {
    let mut tx = store.begin_reading().await.unwrap();
    let held = verify_in(&mut tx, key().verifier_key()).await.unwrap().expect("the record holds");
    let mut pieces = Vec::new();
    let counts = dump::<StoreError>(&mut tx, |piece| {
        pieces.push(piece);
        Ok(())
    });
    let counts = counts.await.unwrap();
    (pieces, counts, migrations(&mut tx).await.unwrap(), held)
}

async fn loaded(address: &str, pieces: &[Piece], applied: &[Migration]) -> Store {
    let store = open_empty(address, applied).await.expect("an empty database");
    let mut tx = store.begin().await.unwrap();
    for piece in pieces {
        load_piece(&mut tx, &mut piece.text.as_slice()).await.expect("loads");
    }
    tx.commit().await.unwrap();
    store
}

fn sorted(pieces: &[Piece]) -> Vec<(String, Vec<String>)> {
    let lines = |piece: &Piece| String::from_utf8(piece.text.clone()).unwrap().lines().map(str::to_owned).collect();
    let mut all: Vec<(String, Vec<String>)> = pieces.iter().map(|piece| (piece.name.clone(), lines(piece))).collect();
    all.iter_mut().for_each(|(_, lines)| lines.sort());
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_loaded_is_what_was_dumped_from_either_into_either() {
    for from in [Kind::Sqlite, Kind::Postgres] {
        for to in [Kind::Sqlite, Kind::Postgres] {
            let (source, target) = (TestDatabase::new(from), TestDatabase::new(to));
            let (pieces, counts, applied, held) = dumped(&filled(&source).await).await;
            assert_eq!((counts["organisation"], counts["entry"], held.entries), (4, 4, 4));
            let store = loaded(&target.address, &pieces, &applied).await;
            assert_eq!(verify(&store, key().verifier_key()).await.unwrap(), Ok(held.clone()), "{from:?} to {to:?}");
            let (again, counts_again, ..) = dumped(&store).await;
            assert_eq!((sorted(&again), counts_again), (sorted(&pieces), counts), "{from:?} to {to:?}");
            let names = store.fetch("SELECT name FROM organisation ORDER BY id", &[]).await.unwrap();
            assert_eq!(names.iter().map(|row| row.get::<String>("name").unwrap()).collect::<Vec<_>>(), NAMES);
            store.close().await;
            // Opened as any other, the record goes on.
            let store = Store::open(&target.address).await.unwrap();
            let mut tx = store.begin().await.unwrap();
            add_organisation(&mut tx, "later", "later").await;
            tx.commit().await.unwrap();
            assert_eq!(sequence(&store).await.unwrap(), 1);
            assert!(verify(&store, key().verifier_key()).await.unwrap().is_ok());
        }
    }
}

async fn every_table_is_dumped(database: TestDatabase) {
    let store = database.open().await;
    let counts = {
        let mut tx = store.begin_reading().await.unwrap();
        dump::<StoreError>(&mut tx, |_| Ok(())).await.unwrap()
    };
    let sql = if store.is_shared() {
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()"
    } else {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    };
    let rows = store.fetch(sql, &[]).await.unwrap();
    let mut there: Vec<String> = rows.iter().map(|row| row.get("name").unwrap()).collect();
    there.retain(|name| name != "migration");
    there.sort();
    assert_eq!(counts.into_keys().collect::<Vec<_>>(), there);
}

async fn a_dump_is_one_moment_while_others_write(database: TestDatabase) {
    let store = filled(&database).await;
    let writer = {
        let store = store.clone();
        tokio::spawn(async move {
            for number in 0.. {
                let mut tx = store.begin().await.unwrap();
                add_organisation(&mut tx, &format!("w-{number}"), "written meanwhile").await;
                tx.commit().await.unwrap();
                sequence(&store).await.unwrap();
                sign_checkpoint(&store, &key(), NOW + number).await.unwrap();
                tokio::task::yield_now().await;
            }
        })
    };
    let mut sizes = Vec::new();
    for turn in 0..5 {
        // Not before the writer has written again.
        while ward_store::tree_size(&store).await.unwrap() <= sizes.last().copied().unwrap_or(0) {
            tokio::task::yield_now().await;
        }
        let (pieces, counts, applied, held) = dumped(&store).await;
        sizes.push(held.entries);
        let target = TestDatabase::new(if turn % 2 == 0 { Kind::Sqlite } else { Kind::Postgres });
        let loaded = loaded(&target.address, &pieces, &applied).await;
        let again = verify(&loaded, key().verifier_key()).await.unwrap().expect("what was dumped under load holds");
        assert_eq!(again, held);
        let rows = loaded.fetch("SELECT COUNT(*) AS n FROM organisation", &[]).await.unwrap();
        assert_eq!(rows[0].get::<i64>("n").unwrap().unsigned_abs(), counts["organisation"]);
        // Every organisation came with its entry, numbered or not yet.
        assert_eq!(counts["organisation"], counts["entry"]);
    }
    writer.abort();
    assert!(sizes.is_sorted_by(|a, b| a < b), "{sizes:?}");
}

async fn a_database_in_use_is_refused_untouched(database: TestDatabase) {
    let store = filled(&database).await;
    let mut tx = store.begin().await.unwrap();
    let sql = "INSERT INTO installation (id, name, state, is_hub, is_node, organisation_id, log_key, created_at)
               VALUES ('i', 'n', '', 1, 0, 'org-0', 'k', 1)";
    tx.execute(sql, &[]).await.unwrap();
    tx.commit().await.unwrap();
    let (before, _, applied, _) = dumped(&store).await;
    for applied in [applied.as_slice(), &applied[..2]] {
        assert!(matches!(open_empty(&database.address, applied).await, Err(StoreError::NotEmpty(_))));
    }
    assert_eq!(sorted(&dumped(&store).await.0), sorted(&before));
}

async fn migrations_of_another_program_are_refused(database: TestDatabase) {
    let store = database.open().await;
    let known = migrations(&mut store.begin_reading().await.unwrap()).await.unwrap();
    let newer = Migration { version: known.len() as i64 + 1, name: "later".to_owned(), sha256: String::new() };
    let changed = Migration { sha256: "0".repeat(64), ..known[0].clone() };
    let with_newer: Vec<Migration> = known.iter().cloned().chain([newer]).collect();
    assert!(matches!(open_empty(&database.address, &with_newer).await, Err(StoreError::Newer { .. })));
    assert!(matches!(open_empty(&database.address, &[changed]).await, Err(StoreError::ChangedMigration { .. })));
    // A database that is ahead of the backup is not the one to fill.
    assert!(matches!(open_empty(&database.address, &known[..1]).await, Err(StoreError::NotEmpty(_))));
}

async fn lines_that_are_not_rows_are_named(database: TestDatabase) {
    let known = {
        let store = TestDatabase::new(Kind::Sqlite).open().await;
        migrations(&mut store.begin_reading().await.unwrap()).await.unwrap()
    };
    let store = open_empty(&database.address, &known).await.unwrap();
    let head = r#"{"table":"setting","columns":["name","value"]}"#;
    for (text, expected) in [
        (String::new(), "line 1"),
        (r#"{"table":"sqlite_master","columns":[]}"#.to_owned(), "no table `sqlite_master`"),
        (r#"{"table":"setting","columns":["name) --"]}"#.to_owned(), "not a column's name"),
        (
            format!("{head}\n[\"a\",\"b\"]\n[\"c\"]\n"),
            "line 3 of the dumped table `setting` cannot be read: it has 1 values for 2",
        ),
        (format!("{head}\n[\"a\",[1]]\n"), "line 2"),
        (format!("{head}\n[\"a\",{{\"hex\":\"0g\"}}]\n"), "line 2"),
        (format!("{head}\n[\"a\",1.5]\n"), "1.5 is no integer"),
    ] {
        let mut tx = store.begin().await.unwrap();
        let error = load_piece(&mut tx, &mut text.as_bytes()).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

/// The tables of the first two migrations alone, as a program that knew no more would have dumped them.
async fn a_dump_of_an_older_program_is_brought_up_to_date(database: TestDatabase) {
    let source = TestDatabase::new(Kind::Sqlite);
    let (pieces, _, applied, held) = dumped(&filled(&source).await).await;
    let is_older = |piece: &Piece| !piece.name.contains("-quarantine-");
    let older: Vec<Piece> = pieces.iter().filter(|piece| is_older(piece)).cloned().collect();
    assert_eq!(older.len() + 1, pieces.len());
    let store = loaded(&database.address, &older, &applied[..2]).await;
    assert!(store.fetch("SELECT id FROM quarantine", &[]).await.is_err(), "that table came later");
    store.close().await;
    let store = Store::open(&database.address).await.unwrap();
    assert_eq!(store.fetch("SELECT id FROM quarantine", &[]).await.unwrap().len(), 0);
    assert_eq!(verify(&store, key().verifier_key()).await.unwrap(), Ok(held));
}
