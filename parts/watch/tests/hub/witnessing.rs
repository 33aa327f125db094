//! Witnessing both ways, and whole rounds.

use ward_store::testing::TestDatabase;
use ward_store::{Store, cosignatures, latest_checkpoint, test_both, verify};
use ward_tlog::{Checkpoint, Hash, checkpoint};
use ward_watch::WatchError;
use ward_watch::hub::hub;
use ward_watch::round::round;
use ward_watch::witness::{Witnessed, submit_checkpoint, witness_hub};

use crate::server::Out;
use crate::setup::*;

test_both!(
    hub_and_node_witness_each_other,
    a_cosignature_that_did_not_arrive_is_sent_again,
    a_log_that_contradicts_itself_is_recorded_once,
    a_hub_that_is_away_does_not_stop_the_others,
);

async fn witnesses(store: &Store) -> usize {
    let (size, _) = latest_checkpoint(store).await.unwrap().unwrap();
    cosignatures(store, size).await.unwrap().len()
}

async fn hub_and_node_witness_each_other(database: TestDatabase) {
    let (world, joined) = World::joined(database).await;
    let (here, http, id) = (&world.node.here, &world.http, &joined.id);
    assert_eq!(witness_hub(here, http, id).await.unwrap(), Witnessed::Nothing, "no checkpoint yet");
    assert_eq!(submit_checkpoint(here, http, id).await.unwrap(), None);
    for _ in 0..3 {
        world.publish().await;
        let (size, _) = latest_checkpoint(&world.hub.here.store).await.unwrap().unwrap();
        assert_eq!(witness_hub(here, http, id).await.unwrap(), Witnessed::Cosigned { size });
        assert_eq!(witness_hub(here, http, id).await.unwrap(), Witnessed::Unchanged);
        assert_eq!(witnesses(&world.hub.here.store).await, 1);
        world.poll(&joined).await;
        settle(here).await;
        let (size, _) = latest_checkpoint(&here.store).await.unwrap().unwrap();
        assert_eq!(submit_checkpoint(here, http, id).await.unwrap(), Some(size));
        assert_eq!(submit_checkpoint(here, http, id).await.unwrap(), None);
        assert_eq!(witnesses(&here.store).await, 1);
    }
    // A node that forgot what the hub has seen of its log learns it from the hub.
    let mut tx = here.store.begin().await.unwrap();
    tx.execute("UPDATE hub SET submitted_size = 1", &[]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(submit_checkpoint(here, http, id).await.unwrap().is_some());
    let before = (world.node.count("SELECT COUNT(*) AS n FROM entry WHERE id <> $1", "").await, here.now());
    assert_eq!(submit_checkpoint(here, http, id).await.unwrap(), None);
    assert_eq!(
        world.node.count("SELECT COUNT(*) AS n FROM entry WHERE id <> $1", "").await,
        before.0,
        "no entry of its own"
    );
}

async fn a_cosignature_that_did_not_arrive_is_sent_again(database: TestDatabase) {
    let (world, joined) = World::joined(database).await;
    world.publish().await;
    world.server.tamper(|name, out| if name.contains("cosignatures") { Out { status: 503, ..out } } else { out });
    witness_hub(&world.node.here, &world.http, &joined.id).await.unwrap_err();
    world.server.honest();
    let again = witness_hub(&world.node.here, &world.http, &joined.id).await.unwrap();
    assert!(matches!(again, Witnessed::Cosigned { .. }), "{again:?}");
    // A cosignature of somebody else is not taken for the hub's.
    settle(&world.node.here).await;
    let own = ward_directory::witness_key(&world.node.here).unwrap();
    let (_, note) = latest_checkpoint(&world.node.here.store).await.unwrap().unwrap();
    let line = format!("{}\n", own.cosign(&ward_tlog::Note::parse(&note).unwrap(), 1).unwrap());
    world.server.tamper(move |name, out| {
        if name.contains("add-checkpoint") { Out { body: line.clone().into_bytes(), ..out } } else { out }
    });
    let problem = submit_checkpoint(&world.node.here, &world.http, &joined.id).await.unwrap_err();
    assert!(matches!(problem, WatchError::NotBelieved(_)), "{problem}");
    assert_eq!(witnesses(&world.node.here.store).await, 0);
}

async fn a_log_that_contradicts_itself_is_recorded_once(database: TestDatabase) {
    let (world, joined) = World::joined(database).await;
    world.publish().await;
    witness_hub(&world.node.here, &world.http, &joined.id).await.unwrap();
    let (size, _) = latest_checkpoint(&world.hub.here.store).await.unwrap().unwrap();
    let sign = |size: i64| {
        let key = &world.hub.here.log_key;
        let origin = key.verifier_key().name().to_owned();
        let tree = Checkpoint { origin, size: size.unsigned_abs(), root: Hash([7; 32]), extensions: Vec::new() };
        checkpoint::signed(&tree, key.signing_key()).unwrap().to_string()
    };
    for shown in [size, size - 1, size + 1] {
        let note = sign(shown);
        world.server.tamper(move |name, out| match name {
            "GET /log/checkpoint" => Out { body: note.clone().into_bytes(), ..out },
            "GET /log/consistency" => Out { status: 200, body: b"[]".to_vec(), ..out },
            _ => out,
        });
        for _ in 0..2 {
            let problem = witness_hub(&world.node.here, &world.http, &joined.id).await.unwrap_err();
            assert!(
                matches!(&problem, WatchError::NotBelieved(why) if why.contains("contradicts itself")),
                "{problem}"
            );
        }
        assert_eq!(world.node.entries("log.inconsistent").await, 1);
    }
    let kept = hub(&world.node.here, &joined.id).await.unwrap();
    assert!(kept.log_problem.is_some());
    let row = world.node.here.store.fetch("SELECT size FROM witnessed_log", &[]).await.unwrap();
    assert_eq!(row[0].get::<i64>("size").unwrap(), size, "what was witnessed stays");
    // It is said again in each round, even when the log looks right again.
    world.server.honest();
    let rounds = round(&world.node.here, &world.http).await.unwrap();
    assert!(rounds[0].1.as_ref().is_err_and(|problem| problem.to_string().contains("contradicts itself")));
    let kept = hub(&world.node.here, &joined.id).await.unwrap();
    assert!(kept.last_error.is_some_and(|error| error.contains("contradicts itself")));
    settle(&world.node.here).await;
    let checked = verify(&world.node.here.store, world.node.here.log_key.verifier_key()).await.unwrap();
    assert!(checked.is_ok(), "{checked:?}");
}

async fn a_hub_that_is_away_does_not_stop_the_others(database: TestDatabase) {
    let (world, joined) = World::joined(database).await;
    // An older hub whose server is gone.
    let mut tx = world.node.here.store.begin().await.unwrap();
    let sql = "INSERT INTO hub SELECT 'gone', 'http://127.0.0.1:9', 'Gone', identity_id, verifier_key, own_organisation_id, own_identity_id,
                 alerts_collection, answers_collection, token_file, witness_key, signers, refused_signers, added_after, cosigned_size,
                 submitted_size, log_problem, 0, last_polled_at, last_error FROM hub";
    tx.execute(sql, &[]).await.unwrap();
    tx.commit().await.unwrap();
    let key = world.publish().await;
    let rounds = round(&world.node.here, &world.http).await.unwrap();
    assert_eq!(rounds.len(), 2);
    let away = rounds[0].1.as_ref().unwrap_err();
    assert!(matches!(away, WatchError::HubAway { .. }), "{away}");
    let good = rounds[1].1.as_ref().unwrap();
    assert_eq!(good.polled.alerts, 1);
    assert_eq!(world.received(&key).await.state, "verified");
    let (gone, good) = (hub(&world.node.here, "gone").await.unwrap(), hub(&world.node.here, &joined.id).await.unwrap());
    assert!(gone.last_error.is_some_and(|error| error.contains("cannot be reached")));
    assert_eq!((good.last_error, good.last_polled_at.is_some()), (None, true));
}
