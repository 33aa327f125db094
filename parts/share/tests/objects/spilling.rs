//! What is marked as classified: refused by its sender's own hand or by what it names, and nothing of it anywhere but that it happened.

use serde_json::{Value, json};
use ward_store::testing::TestDatabase;
use ward_store::{sign_checkpoint, test_both, values, verify};

use crate::setup::{Hub, green, id, indicator, statement};

test_both!(
    nothing_classified_is_kept,
    what_came_before_its_marking_is_erased,
    a_marking_that_falls_with_another_of_its_batch_is_refused,
);

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

/// A marking that says nothing by itself, and names another.
fn naming(number: u64, marking: u64) -> Value {
    let mut object = statement(number);
    object["object_marking_refs"] = json!([id("marking-definition", marking)]);
    object
}

impl Hub {
    /// What is kept of all that was sent, by id.
    async fn kept(&self) -> Vec<String> {
        let sql = "SELECT stix_id FROM collection_object WHERE length(body) > 0 UNION ALL SELECT stix_id FROM quarantine ORDER BY stix_id";
        self.here.store.fetch(sql, &[]).await.unwrap().iter().map(|row| row.get("stix_id").unwrap()).collect()
    }

    /// The details of the record's entries of this act.
    async fn told(&self, act: &str) -> Vec<Value> {
        let sql = "SELECT body FROM entry WHERE act = $1 ORDER BY id";
        let entries = self.here.store.fetch(sql, values![act]).await.unwrap();
        let detail = |body: String| serde_json::from_str::<Value>(&body).unwrap()["detail"].clone();
        entries.iter().map(|row| detail(row.get("body").unwrap())).collect()
    }

    async fn holds(&self) {
        sign_checkpoint(&self.here.store, &self.here.log_key, self.here.now()).await.unwrap();
        let key = self.here.log_key.verifier_key();
        assert_eq!(verify(&self.here.store, key).await.unwrap().err().map(|broken| broken.what), None);
    }
}

async fn what_came_before_its_marking_is_erased(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let (arizona, illinois) = (hub.arizona.clone(), hub.illinois.clone());
    let mut broad = marked(11, 1);
    broad["pattern"] = json!("[ipv4-addr:value = '10.0.0.0/8']");
    let mut portion = green(12);
    portion["description"] = json!(SECRET_WORD);
    portion["granular_markings"] = json!([{"marking_ref": id("marking-definition", 1), "selectors": ["description"]}]);
    // The id in words is no marking.
    let mut talk = green(13);
    talk["description"] = json!(format!("about {}", id("marking-definition", 1)));
    let sent = [naming(6, 1), marked(1, 1), green(2), marked(3, 6), broad, portion, talk];
    let status = hub.post(&arizona, "threat-information", &sent).await.unwrap();
    assert_eq!((status.success_count, status.failure_count), (6, 1), "{:?}", status.failures);
    hub.add(&illinois, &[marked(4, 1)]).await;
    hub.holds().await;
    let status = hub.post(&arizona, "threat-information", &[acs(1, "S")]).await.unwrap();
    assert_eq!((status.success_count, status.failure_count), (0, 1));
    hub.tick().await;
    // What another sent under the same marking is not Arizona's to take away.
    let kept = [id("indicator", 2), id("indicator", 4), id("indicator", 13)];
    assert_eq!(hub.kept().await, kept);
    assert_eq!(hub.told("spill.refused").await, [json!({"refused": 1, "erased": 5})]);
    let erased: Vec<Value> = hub.told("row.erased").await.into_iter().map(|detail| detail["why"].clone()).collect();
    assert_eq!(erased, vec![json!("its marking was refused as classified"); 5]);
    hub.holds().await;
    // What names a marking that fell is refused from now on.
    let status = hub.post(&arizona, "threat-information", &[marked(14, 6), naming(7, 6), marked(15, 7)]).await.unwrap();
    assert_eq!((status.success_count, status.failure_count), (0, 3));
    assert_eq!(hub.kept().await, kept);
}

async fn a_marking_that_falls_with_another_of_its_batch_is_refused(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let arizona = hub.arizona.clone();
    let sent = [naming(6, 1), marked(3, 6), statement(5), acs(1, "TS")];
    let status = hub.post(&arizona, "threat-information", &sent).await.unwrap();
    assert_eq!((status.success_count, status.failure_count), (1, 3), "{:?}", status.failures);
    assert_eq!(status.failures[0].id, id("marking-definition", 6));
    assert_eq!(hub.kept().await, [id("marking-definition", 5)]);
    assert_eq!(hub.told("row.erased").await, Vec::<Value>::new());
    assert_eq!(hub.told("spill.refused").await, [json!({"refused": 2})]);
    // Nobody takes an official marking away by sending something under its id.
    hub.add(&arizona, &[green(8)]).await;
    let mut official = acs(9, "S");
    official["id"] = json!(ward_stix::marking::Tlp::Green.official_id());
    let status = hub.post(&arizona, "threat-information", &[official]).await.unwrap();
    assert_eq!(status.failure_count, 1);
    hub.add(&arizona, &[green(10)]).await;
    assert_eq!(hub.kept().await, [id("indicator", 8), id("indicator", 10), id("marking-definition", 5)]);
    hub.holds().await;
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
    assert_eq!(hub.told("spill.refused").await, [json!({"refused": 3}), json!({"refused": 1})]);
    let statuses = hub.here.store.fetch("SELECT body FROM taxii_status", &[]).await.unwrap();
    assert!(statuses.iter().all(|row| !row.get::<String>("body").unwrap().contains(SECRET_WORD)));
    hub.holds().await;
}
