//! What is taken, what is not, and why.

use serde_json::{Value, json};
use ward_directory::Scope;
use ward_share::{ShareError, collections, status};
use ward_stix::marking::Tlp;
use ward_store::testing::TestDatabase;
use ward_store::{sign_checkpoint, test_both, values, verify};

use crate::setup::{Hub, green, id, indicator, red, with_scopes};

test_both!(
    collections_are_made_once_and_opened_by_membership_and_scope,
    each_object_is_taken_or_refused_by_itself,
    the_same_again_adds_nothing_and_another_content_is_kept_aside,
    only_the_creator_makes_versions_and_none_after_a_revocation,
    what_would_match_half_the_world_is_kept_aside_until_released,
    nobody_speaks_in_the_name_of_another,
    nobody_says_who_another_is,
    many_who_send_at_once_do_not_wait_for_each_other_for_ever,
    bytes_stay_as_they_were_sent,
    a_status_is_its_senders,
    what_was_added_is_in_the_record,
);

async fn collections_are_made_once_and_opened_by_membership_and_scope(database: TestDatabase) {
    let hub = Hub::new(&database).await;
    collections::ensure(&hub.here).await.unwrap();
    let organisation = &hub.arizona.organisation;
    let of = |scopes: &'static [Scope]| with_scopes(&hub.here, &hub.admin, organisation, scopes);
    let (reader, writer, node) = (of(&[Scope::Read]).await, of(&[Scope::Write]).await, of(&[Scope::Node]).await);
    let own_reader = with_scopes(&hub.here, &hub.admin, &hub.admin.organisation, &[Scope::Read]).await;
    // alerts, answers, public, threat-information: r reads, w writes.
    let cases = [
        ("the hub's analyst", &hub.analyst, ["r", "rw", "r", "rw"]),
        ("the hub's own token", &own_reader, ["r", "r", "r", "r"]),
        ("a member", &hub.arizona, ["r", "w", "r", "rw"]),
        ("a member's reader", &reader, ["r", "", "r", "r"]),
        ("a member's writer", &writer, ["", "w", "", "w"]),
        ("a member's node", &node, ["r", "w", "r", "r"]),
        ("no member", &hub.stranger, ["", "", "r", ""]),
    ];
    for (name, who, expected) in cases {
        let listed = collections::list(&hub.here, who).await.unwrap();
        assert!(listed.iter().map(|one| &one.id).is_sorted(), "{name}");
        for (alias, expected) in ["alerts", "answers", "public", "threat-information"].iter().zip(expected) {
            let found = listed.iter().find(|one| one.alias == *alias);
            let may = found.map_or(String::new(), |one| {
                format!("{}{}", if one.can_read { "r" } else { "" }, if one.can_write { "w" } else { "" })
            });
            assert_eq!(may, expected, "{name}: {alias}");
            let by_alias = collections::find(&hub.here, who, alias).await;
            assert_eq!(by_alias.is_err(), expected.is_empty(), "{name}: {alias}");
            if let Some(found) = found {
                assert_eq!(collections::find(&hub.here, who, &found.id).await.unwrap(), *found);
            }
        }
    }
    assert_eq!(hub.count("SELECT COUNT(*) AS n FROM collection").await, 4);
    let forbidden = hub.post(&hub.arizona, "alerts", &[green(1)]).await;
    assert!(matches!(forbidden, Err(ShareError::Forbidden { .. })));
    assert!(matches!(hub.post(&reader, "answers", &[green(1)]).await, Err(ShareError::Unseen { .. })));
}

async fn each_object_is_taken_or_refused_by_itself(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let no_pattern = json!({"type": "indicator", "spec_version": "2.1", "id": id("indicator", 3), "created": "2018-01-01T00:00:00.000Z",
        "modified": "2018-01-01T00:00:00.000Z", "valid_from": "2018-01-01T00:00:00Z", "pattern_type": "stix"});
    let twice = r#"{"type":"indicator","id":"indicator--1","id":"indicator--2"}"#;
    let envelope = format!(r#"{{"objects":[{},5,{twice},{no_pattern},{}]}}"#, green(1), green(2));
    let status = hub.post_text(&hub.arizona, "threat-information", &envelope).await.unwrap();
    assert_eq!((status.total_count, status.success_count, status.failure_count, status.pending_count), (5, 2, 3, 0));
    let succeeded: Vec<&str> = status.successes.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(succeeded, [id("indicator", 1), id("indicator", 2)]);
    let reasons: Vec<&str> = status.failures.iter().filter_map(|one| one.message.as_deref()).collect();
    assert_eq!(reasons.first(), Some(&"not a JSON object"));
    assert!(reasons[1].contains("key `id` is given twice"), "{reasons:?}");
    assert!(reasons[2].contains("pattern"), "{reasons:?}");
    assert_eq!(status.failures[0].id, "object 2 of the request");
    assert!(status.failures.iter().chain(&status.successes).all(|one| one.version.is_some()));
    hub.tick().await;
    assert_eq!(hub.ids(&hub.illinois, "").await, [id("indicator", 1), id("indicator", 2)]);
    assert!(matches!(hub.post(&hub.arizona, "threat-information", &[]).await, Err(ShareError::Invalid(_))));
    let refused = hub.post(&hub.arizona, "answers", &[green(9)]).await.unwrap();
    assert_eq!((refused.success_count, refused.failure_count), (0, 1), "answers are sightings");
}

async fn the_same_again_adds_nothing_and_another_content_is_kept_aside(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let (arizona, illinois) = (hub.arizona.clone(), hub.illinois.clone());
    hub.add(&arizona, &[red(1)]).await;
    let as_before = |status: ward_taxii::wire::Status| (status.success_count, status.successes[0].message.clone());
    assert_eq!(as_before(hub.post(&arizona, "threat-information", &[red(1)]).await.unwrap()), (1, None));
    // Somebody who may not see it is told the same.
    assert_eq!(as_before(hub.post(&illinois, "threat-information", &[red(1)]).await.unwrap()), (1, None));
    let pretty = serde_json::to_string_pretty(&json!({"objects": [red(1)]})).unwrap();
    assert_eq!(as_before(hub.post_text(&arizona, "threat-information", &pretty).await.unwrap()), (1, None));
    assert_eq!(hub.count("SELECT COUNT(*) AS n FROM collection_object").await, 1);
    let mut other = red(1);
    other["name"] = json!("other");
    for _ in 0..2 {
        let status = hub.post(&arizona, "threat-information", &[other.clone()]).await.unwrap();
        assert_eq!((status.success_count, status.failure_count), (0, 1));
    }
    assert_eq!(hub.count("SELECT COUNT(*) AS n FROM quarantine").await, 1);
    // 5 and 5.0 are not the same.
    let mut integer = green(2);
    integer["x_n"] = json!(5);
    hub.add(&arizona, &[integer.clone()]).await;
    integer["x_n"] = json!(5.0);
    assert_eq!(hub.post(&arizona, "threat-information", &[integer]).await.unwrap().failure_count, 1);
}

async fn only_the_creator_makes_versions_and_none_after_a_revocation(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let (arizona, illinois) = (hub.arizona.clone(), hub.illinois.clone());
    let version = |second| indicator(1, second, &[Tlp::Green.official_id()]);
    let failures = async |hub: &Hub, who, object: Value| {
        hub.post(who, "threat-information", &[object]).await.unwrap().failure_count
    };
    hub.add(&arizona, &[version(10)]).await;
    assert_eq!(failures(&hub, &illinois, version(20)).await, 1, "another organisation's");
    assert_eq!(failures(&hub, &arizona, version(20)).await, 0);
    let mut other_creator = version(30);
    other_creator["created_by_ref"] = json!(id("identity", 9));
    assert_eq!(failures(&hub, &arizona, other_creator).await, 1, "another creator");
    let mut revoked = version(30);
    revoked["revoked"] = json!(true);
    assert_eq!(failures(&hub, &arizona, revoked.clone()).await, 0);
    assert_eq!(failures(&hub, &arizona, version(40)).await, 1, "after the revocation");
    assert_eq!(failures(&hub, &arizona, revoked).await, 0, "the revocation again");
    assert_eq!(failures(&hub, &arizona, version(5)).await, 0, "an older version, late");
    hub.tick().await;
    let last = hub.pairs(&illinois, "").await;
    assert_eq!(last, [(id("indicator", 1), "2018-01-01T00:00:30.000Z".to_owned())]);
}

async fn what_would_match_half_the_world_is_kept_aside_until_released(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let arizona = hub.arizona.clone();
    let mut broad = green(1);
    broad["pattern"] = json!("[ipv4-addr:value = '10.0.0.0/8']");
    let post = async |hub: &Hub| hub.post(&arizona, "threat-information", &[broad.clone()]).await.unwrap();
    for _ in 0..2 {
        let status = post(&hub).await;
        assert_eq!(status.failure_count, 1);
        assert!(status.failures[0].message.as_ref().unwrap().contains("10.0.0.0/8"), "{:?}", status.failures);
    }
    assert_eq!(hub.count("SELECT COUNT(*) AS n FROM quarantine").await, 1);
    hub.tick().await;
    assert!(hub.ids(&arizona, "").await.is_empty());
    let mut tx = hub.here.store.begin().await.unwrap();
    tx.execute("UPDATE quarantine SET released_by = $1", values!["Ada"]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(post(&hub).await.failure_count, 0);
}

async fn nobody_speaks_in_the_name_of_another(database: TestDatabase) {
    let hub = Hub::new(&database).await;
    let by = |number, identity: &str| {
        let mut object = green(number);
        object["created_by_ref"] = json!(identity);
        object
    };
    let objects = [
        by(1, &hub.arizona.organisation.identity_id),
        by(2, &hub.admin.organisation.identity_id),
        by(3, &hub.illinois.organisation.identity_id),
        by(4, &id("identity", 4)),
    ];
    let status = hub.post(&hub.arizona, "threat-information", &objects).await.unwrap();
    let failed: Vec<&str> = status.failures.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(failed, [id("indicator", 2), id("indicator", 3)]);
    // The official definitions are built in: they are no news, and cannot be made to say something else.
    let right: Value = serde_json::from_slice(Tlp::Green.definition()).unwrap();
    let mut wrong: Value = serde_json::from_slice(Tlp::Red.definition()).unwrap();
    wrong["extensions"][ward_stix::marking::TLP2_EXTENSION_ID]["tlp_2_0"] = json!("clear");
    let status = hub.post(&hub.arizona, "threat-information", &[right, wrong]).await.unwrap();
    assert_eq!((status.success_count, status.failure_count), (1, 1));
}

async fn nobody_says_who_another_is(database: TestDatabase) {
    let hub = Hub::new(&database).await;
    let identity = |id: &str| {
        json!({"type": "identity", "spec_version": "2.1", "id": id, "name": "The real one, surely", "identity_class": "organization",
            "created": "2018-01-01T00:00:00.000Z", "modified": "2018-01-01T00:00:00.000Z",
            "object_marking_refs": [Tlp::Green.official_id()]})
    };
    let (own, others) = (&hub.arizona.organisation.identity_id, &hub.illinois.organisation.identity_id);
    let hubs = &hub.admin.organisation.identity_id;
    let elsewhere = id("identity", 9);
    let objects = [identity(own), identity(others), identity(hubs), identity(&elsewhere)];
    let status = hub.post(&hub.arizona, "threat-information", &objects).await.unwrap();
    let failed: Vec<&str> = status.failures.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(failed, [others, hubs]);
    assert_eq!(hub.post(&hub.illinois, "threat-information", &[identity(others)]).await.unwrap().success_count, 1);
}

/// A PostgreSQL pool has 8 connections: one who holds the turn must not need a second while all others are held by those who wait.
async fn many_who_send_at_once_do_not_wait_for_each_other_for_ever(database: TestDatabase) {
    let hub = std::sync::Arc::new(Hub::new(&database).await);
    let sends = (1..=24).map(|number| {
        let hub = std::sync::Arc::clone(&hub);
        tokio::spawn(async move {
            let mut object = green(number);
            object["created_by_ref"] = json!(id("identity", number));
            hub.post(&hub.arizona, "threat-information", &[object]).await.unwrap().success_count
        })
    });
    let all = async {
        for send in sends.collect::<Vec<_>>() {
            assert_eq!(send.await.unwrap(), 1);
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(25), all).await.expect("nobody waits for ever");
}

async fn bytes_stay_as_they_were_sent(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let arizona = hub.arizona.clone();
    let object = format!(
        "{{ \"type\" : \"indicator\",\n  \"spec_version\":\"2.1\",\"id\":\"{}\",\"created\":\"2018-01-01T00:00:00Z\",\"modified\":\"2018-01-01T00:00:00.000000001Z\",\
         \"x_big\":123456789012345678901234567890,\"x_float\":5.0,\"x_u\":\"\\u00e9é\",\"valid_from\":\"2018-01-01T00:00:00Z\",\"pattern_type\":\"stix\",\
         \"pattern\":\"[ipv4-addr:value = '203.0.113.7']\",\"extensions\":{{\"{}\":{{\"extension_type\":\"property-extension\",\"a\":[1.50]}}}},\
         \"object_marking_refs\":[\"{}\"]}}",
        id("indicator", 1),
        id("extension-definition", 7),
        Tlp::Green.official_id(),
    );
    let status = hub.post_text(&arizona, "threat-information", &format!("{{\"objects\":[ {object} ]}}")).await.unwrap();
    assert_eq!(status.failure_count, 0, "{:?}", status.failures);
    hub.tick().await;
    let page = hub.objects(&hub.illinois, "threat-information", &crate::setup::parse("")).await.unwrap();
    assert_eq!(String::from_utf8(page.items[0].to_vec()).unwrap(), object);
}

async fn a_status_is_its_senders(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let sent = hub.post(&hub.arizona, "threat-information", &[green(1), red(2)]).await.unwrap();
    hub.tick().await;
    assert_eq!(status::find(&hub.here, &hub.arizona, &sent.id).await.unwrap(), sent);
    for (who, id) in [(&hub.illinois, sent.id.as_str()), (&hub.admin, &sent.id), (&hub.arizona, "guess")] {
        assert!(matches!(status::find(&hub.here, who, id).await, Err(ShareError::Unseen { .. })));
    }
    // Kept for a day and more.
    for _ in 0..2 {
        hub.here.clock = ward_store::Clock::Fixed(hub.here.now() + 25 * 3_600 * crate::setup::SECOND);
        hub.post(&hub.illinois, "threat-information", &[green(3)]).await.unwrap();
        assert!(status::find(&hub.here, &hub.arizona, &sent.id).await.is_ok());
    }
}

async fn what_was_added_is_in_the_record(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let arizona = hub.arizona.clone();
    let many: Vec<Value> = (0..1_200).map(green).collect();
    hub.add(&arizona, &many).await;
    // One entry names at most 1,000 rows.
    assert_eq!(hub.count("SELECT COUNT(*) AS n FROM entry WHERE act = 'objects.added'").await, 2);
    hub.post(&arizona, "threat-information", &many[..5]).await.unwrap();
    assert_eq!(
        hub.count("SELECT COUNT(*) AS n FROM entry WHERE act = 'objects.added'").await,
        2,
        "nothing new, no entry"
    );
    hub.tick().await;
    sign_checkpoint(&hub.here.store, &hub.here.log_key, hub.here.now()).await.unwrap();
    let key = hub.here.log_key.verifier_key();
    let verified = verify(&hub.here.store, key).await.unwrap().unwrap();
    assert!(verified.rows >= 1_200);
    let mut tx = hub.here.store.begin().await.unwrap();
    tx.execute(
        "UPDATE handling SET content = content || ' ' WHERE id = (SELECT handling_id FROM collection_object WHERE stix_id = $1)",
        values![id("indicator", 700)],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert!(verify(&hub.here.store, key).await.unwrap().is_err(), "a changed handling is found");
}
