//! What is marked as classified: refused by its sender's own hand or by what it names, and nothing of it anywhere but that it happened.

use serde_json::{Value, json};
use ward_store::testing::TestDatabase;
use ward_store::{sign_checkpoint, test_both, values, verify};

use crate::setup::{Hub, green, id, indicator};

test_both!(nothing_classified_is_kept,);

const SECRET_WORD: &str = "palimpsest";

/// An ACS marking of this classification (ISA ACS 3.0a).
fn acs(number: u64, classification: &str) -> Value {
    json!({
        "type": "marking-definition", "spec_version": "2.1", "id": id("marking-definition", number), "name": SECRET_WORD,
        "created": "2020-06-18T00:00:00.000Z", "extensions": {"extension-definition--3a65884d-005a-4290-8335-cb2d778a83ce": {
            "extension_type": "property-extension", "identifier": "isa:guide.19001.ACS3-00000000-0000-4000-8000-000000000001",
            "create_date_time": "2020-06-18T00:00:00.000Z", "responsible_entity_custodian": "USA.DHS",
            "policy_reference": "urn:isa:policy:acs:ns:v3.0?privdefault=permit&sharedefault=permit",
            "control_set": {"classification": classification},
        }},
    })
}

/// An indicator with the word in it, and this marking.
fn marked(number: u64, marking: u64) -> Value {
    let mut object = indicator(number, 0, &[]);
    object["description"] = json!(SECRET_WORD);
    object["object_marking_refs"] = json!([id("marking-definition", marking)]);
    object
}

async fn nothing_classified_is_kept(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let arizona = hub.arizona.clone();
    let mut banner = green(3);
    banner["description"] = json!(format!("TOP SECRET//SI//NOFORN {SECRET_WORD}"));
    // The marking comes after what it marks, and still stands for it.
    let status =
        hub.post(&arizona, "threat-information", &[marked(1, 1), green(2), banner, acs(1, "S")]).await.unwrap();
    assert_eq!((status.success_count, status.failure_count), (1, 3));
    assert!(
        status.failures.iter().all(|one| one.message.as_deref().unwrap().starts_with("it is marked as classified"))
    );
    hub.tick().await;
    // Later too, and by others.
    let illinois = hub.illinois.clone();
    let status = hub.post(&illinois, "threat-information", &[marked(4, 1), marked(5, 2), acs(2, "U")]).await.unwrap();
    assert_eq!((status.success_count, status.failure_count), (2, 1), "{:?}", status.failures);
    hub.tick().await;
    let word = "SELECT COUNT(*) AS n FROM collection_object WHERE stix_id IN ($1, $2, $3, $4)";
    let kept = values![id("indicator", 1), id("indicator", 3), id("indicator", 4), id("marking-definition", 1)];
    let kept = hub.here.store.fetch_optional(word, kept).await.unwrap().unwrap();
    assert_eq!(kept.get::<i64>("n").unwrap(), 0);
    assert_eq!(hub.count("SELECT COUNT(*) AS n FROM quarantine").await, 0);
    let entries = "SELECT body FROM entry WHERE act = 'spill.refused' ORDER BY id";
    let entries = hub.here.store.fetch(entries, &[]).await.unwrap();
    let refused: Vec<Value> = entries
        .iter()
        .map(|row| serde_json::from_str::<Value>(&row.get::<String>("body").unwrap()).unwrap()["detail"].clone())
        .collect();
    assert_eq!(refused, [json!({"refused": 3}), json!({"refused": 1})]);
    let statuses = hub.here.store.fetch("SELECT body FROM taxii_status", &[]).await.unwrap();
    assert!(statuses.iter().all(|row| !row.get::<String>("body").unwrap().contains(SECRET_WORD)));
    sign_checkpoint(&hub.here.store, &hub.here.log_key, hub.here.now()).await.unwrap();
    let key = hub.here.log_key.verifier_key();
    assert!(verify(&hub.here.store, key).await.unwrap().is_ok());
}
