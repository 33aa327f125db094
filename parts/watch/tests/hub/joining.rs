//! Joining a hub, and keeping up with whom it lists.

use serde_json::Value;
use ward_directory::{EnrolledBy, own_organisation, permit};
use ward_policy::{Resource, Role, Verb};
use ward_store::test_both;
use ward_store::testing::TestDatabase;
use ward_watch::WatchError;
use ward_watch::hub::{accept_signer, hub, hubs, refresh};

use crate::server::{Out, Server};
use crate::setup::*;

test_both!(
    joining_pins_what_was_checked,
    what_does_not_hold_is_not_joined,
    a_hub_may_be_joined_again,
    a_new_signer_needs_a_known_one,
    the_log_key_may_not_change,
);

async fn joining_pins_what_was_checked(database: TestDatabase) {
    let world = World::new(database).await;
    let token = join_token(&world.hub, &world.arizona).await;
    let joined = world.node.join(&world.http, &format!("{}/", world.server.url), &token).await.unwrap();
    assert_eq!(hubs(&world.node.here).await.unwrap(), std::slice::from_ref(&joined));
    assert_eq!(joined.url, world.server.url);
    assert_eq!(joined.verifier_key, world.hub.here.installation.log_key);
    assert_eq!(joined.own_identity_id, world.arizona.identity_id);
    assert_eq!(joined.signers.len(), 2);
    let file = world.node.here.folder.join(&joined.token_file);
    let secret = std::fs::read_to_string(&file).unwrap();
    assert!(secret.starts_with("ward_"));
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions()) & 0o777, 0o600);
    let kept = world.node.here.store.fetch("SELECT * FROM hub", &[]).await.unwrap();
    assert!(!format!("{kept:?}").contains(secret.trim()), "the token is in the database");
    assert_eq!(world.node.entries("hub.joined").await, 1);
    let origin = world.hub.here.log_key.verifier_key().name();
    let logs = world.node.count("SELECT COUNT(*) AS n FROM witnessed_log WHERE origin = $1", origin).await;
    assert_eq!(logs, 1);
    // The hub witnesses the node's log in turn.
    let own = world.node.here.log_key.verifier_key().name();
    assert_eq!(world.hub.count("SELECT COUNT(*) AS n FROM witnessed_log WHERE origin = $1", own).await, 1);
    // A spent token is good for nothing, at a second installation or here.
    let problem = world.node.join(&world.http, &world.server.url, &token).await.unwrap_err();
    assert!(problem.to_string().contains("used, revoked or has expired"), "{problem}");
    assert_eq!(hubs(&world.node.here).await.unwrap().len(), 1);
}

async fn what_does_not_hold_is_not_joined(database: TestDatabase) {
    let world = World::new(database).await;
    let attempt = async |url: &str, expected: &str| {
        let token = join_token(&world.hub, &world.arizona).await;
        let problem = world.node.join(&world.http, url, &token).await.unwrap_err().to_string();
        assert!(problem.contains(expected), "{problem}");
        assert!(hubs(&world.node.here).await.unwrap().is_empty(), "{expected}");
        let keys = std::fs::read_dir(world.node.here.folder.join("keys")).unwrap();
        assert!(keys.flatten().all(|file| !file.file_name().to_string_lossy().starts_with("hub-")), "{expected}");
        assert_eq!(world.node.count("SELECT COUNT(*) AS n FROM witnessed_log WHERE origin <> $1", "").await, 0);
        assert_eq!(world.node.entries("hub.joined").await, 0);
    };
    attempt("http://127.0.0.1:9", "cannot be reached").await;
    attempt("hub.example", "not a URL").await;
    world.server.tamper(|_, out| Out { status: 404, ..out });
    attempt(&format!("{}/nowhere", world.server.url), "is the address right?").await;
    world.server.tamper(|_, _| Out { status: 200, body: b"<html>welcome</html>".to_vec(), dates: None });
    attempt(&world.server.url, "is the address right?").await;
    let facts = |change: fn(&mut Value)| {
        move |_: &str, out: Out| {
            let mut body: Value = serde_json::from_slice(&out.body).unwrap();
            change(&mut body);
            Out { body: body.to_string().into_bytes(), ..out }
        }
    };
    world.server.tamper(facts(|body| {
        body["hub"]["signers"].as_array_mut().unwrap().pop();
    }));
    attempt(&world.server.url, "not the list it shows").await;
    world.server.tamper(facts(|body| body["hub"]["roster"] = body["hub"]["signers"][0]["enrolment"].clone()));
    attempt(&world.server.url, "not the list it shows").await;
    world
        .server
        .tamper(facts(|body| body["hub"]["signers"][1]["enrolment"] = body["hub"]["signers"][0]["enrolment"].clone()));
    attempt(&world.server.url, "does not hold").await;
    world.server.tamper(facts(|body| body["hub"]["witness_verifier_key"] = body["hub"]["verifier_key"].clone()));
    attempt(&world.server.url, "witness").await;
    world.server.tamper(facts(|body| body["identity_id"] = "nobody".into()));
    attempt(&world.server.url, "not the id of an identity").await;
    world.server.tamper(facts(|body| body["token"] = "two\nlines".into()));
    attempt(&world.server.url, "token").await;
    // Another log's key: its roster is of another log.
    let other = world.node.here.installation.log_key.clone();
    world.server.tamper(move |_, out| {
        let mut body: Value = serde_json::from_slice(&out.body).unwrap();
        body["hub"]["verifier_key"] = other.clone().into();
        Out { body: body.to_string().into_bytes(), ..out }
    });
    attempt(&world.server.url, "this installation itself").await;
}

async fn a_hub_may_be_joined_again(database: TestDatabase) {
    let (world, first) = World::joined(database).await;
    let again = world.join().await;
    assert_eq!(again.id, first.id);
    assert_ne!(again.token_file, first.token_file);
    assert_eq!(hubs(&world.node.here).await.unwrap(), std::slice::from_ref(&again));
    refresh(&world.node.here, &world.http, &again).await.unwrap();
    // As another organisation it would give another's answers: the hub refuses, and so does the node.
    let join_as = async |organisation| {
        let token = join_token(&world.hub, organisation).await;
        world.node.join(&world.http, &world.server.url, &token).await.unwrap_err()
    };
    let problem = join_as(&world.illinois).await;
    assert!(matches!(problem, WatchError::HubRefused { .. }), "{problem}");
    let other = world.illinois.identity_id.clone();
    world.server.tamper(move |_, out| {
        let mut body: Value = serde_json::from_slice(&out.body).unwrap();
        body["identity_id"] = other.clone().into();
        Out { body: body.to_string().into_bytes(), ..out }
    });
    let problem = join_as(&world.arizona).await;
    assert!(matches!(problem, WatchError::NotBelieved(_)), "{problem}");
    assert_eq!(hubs(&world.node.here).await.unwrap(), [again]);
}

async fn a_new_signer_needs_a_known_one(database: TestDatabase) {
    let (world, joined) = World::joined(database).await;
    let (by_signer, by_log) =
        (world.hub.person("Sam", Role::Analyst).await, world.hub.person("Eve", Role::Analyst).await);
    let dora = world.hub.dora.as_ref().unwrap().person_id.clone().unwrap();
    world.hub.enrol(&by_signer, EnrolledBy::Signer { person_id: &dora, password: PASSWORD }).await;
    let eve = world.hub.enrol(&by_log, EnrolledBy::Installation).await;
    let mut now = joined.clone();
    for _ in 0..2 {
        now = refresh(&world.node.here, &world.http, &now).await.unwrap();
        assert_eq!((now.signers.len(), now.refused_signers.len()), (3, 1));
        assert_eq!(now.refused_signers[0].verifier_key, eve);
        assert_eq!((world.node.entries("signer.accepted").await, world.node.entries("signer.refused").await), (1, 1));
    }
    // What a caller remembers from before does not matter.
    refresh(&world.node.here, &world.http, &joined).await.unwrap();
    assert_eq!(world.node.entries("signer.refused").await, 1);
    // A person may say that she is to be believed.
    let own = own_organisation(&world.node.here).await.unwrap();
    let allowed = permit(&world.node.administrator, Verb::Create, Resource::Token, own).unwrap();
    accept_signer(&world.node.here, &allowed, &joined.id, &eve).await.unwrap();
    let now = hub(&world.node.here, &joined.id).await.unwrap();
    assert_eq!((now.signers.len(), now.refused_signers.len()), (4, 0));
    refresh(&world.node.here, &world.http, &now).await.unwrap();
    assert_eq!((world.node.entries("signer.accepted").await, world.node.entries("signer.refused").await), (2, 1));
}

async fn the_log_key_may_not_change(database: TestDatabase) {
    let (world, joined) = World::joined(database).await;
    let imposter = Server::start(&world.node.here).await.facts().await;
    let body = serde_json::to_vec(&imposter).unwrap();
    world.server.tamper(move |_, out| Out { body: body.clone(), ..out });
    let problem = refresh(&world.node.here, &world.http, &joined).await.unwrap_err();
    assert!(matches!(&problem, WatchError::NotBelieved(why) if why.contains("another log key")), "{problem}");
    assert_eq!(hub(&world.node.here, &joined.id).await.unwrap(), joined);
}
