//! What a caller is told of itself: what it may see and why, what it was sent, and what was called back.

use serde_json::{Value, json};
use ward_directory::Scope;
use ward_share::ledger::{LedgerPage, verify};
use ward_stix::marking::Tlp;
use ward_store::sign_checkpoint;

use crate::setup::{Hub, MEDIA_TYPE, id, indicator, json_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_is_told_what_they_may_see_and_by_which_rule() {
    let hub = Hub::listening().await;
    let answer = hub.get("/share/x-ward-markings/", &hub.arizona.token).await;
    assert_eq!((answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()), (200, MEDIA_TYPE));
    let told = json_of(answer).await;
    assert_eq!(told["organisation"], "Arizona");
    let mut collections: Vec<&str> =
        told["collections"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    collections.sort_unstable();
    assert_eq!(collections, ["alerts", "threat-information"]);
    let seen = |told: &Value, when: &str| -> Vec<bool> {
        told["tlp"].as_array().unwrap().iter().map(|one| one[when].as_bool().unwrap()).collect()
    };
    // Clear, green, amber, amber+strict and red of somebody else.
    assert_eq!(seen(&told, "is_seen"), [true, true, false, false, false]);
    assert_eq!(seen(&told, "is_seen_when_addressed"), [true; 5]);
    // What is told is what is so.
    let all: Vec<Value> = Tlp::ALL.into_iter().zip(1..).map(|(tlp, number)| indicator(number, tlp)).collect();
    hub.add(&hub.illinois, &all).await;
    let page = json_of(hub.get("/share/collections/threat-information/objects/", &hub.arizona.token).await).await;
    let ids: Vec<&str> = page["objects"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [id("indicator", 1), id("indicator", 2)]);
    let public = json_of(hub.get("/public/x-ward-markings/", &hub.stranger.token).await).await;
    assert_eq!((&public["collections"], &public["is_member"]), (&json!(["public"]), &json!(false)));
    assert_eq!(seen(&public, "is_seen"), [true, false, false, false, false]);
    for (path, token, expected) in [
        ("/share/x-ward-markings/", hub.stranger.token.as_str(), 404),
        ("/share/x-ward-markings/", "ward_guess", 401),
        ("/share/x-ward-markings", hub.arizona.token.as_str(), 404),
    ] {
        assert_eq!(hub.get(path, token).await.status(), expected, "{path}");
    }
    assert_eq!(hub.ask("POST", "/share/x-ward-markings/", &hub.arizona.token).send().await.unwrap().status(), 405);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_the_ledger_verifies_under_the_key_of_the_log_and_no_changed_one_does() {
    let hub = Hub::listening().await;
    hub.add(&hub.illinois, &[indicator(1, Tlp::Green), indicator(2, Tlp::Clear)]).await;
    assert_eq!(hub.get("/share/collections/threat-information/objects/", &hub.arizona.token).await.status(), 200);
    hub.settle().await;
    sign_checkpoint(&hub.here.store, &hub.here.log_key, hub.here.now()).await.unwrap();
    let pages = json_of(hub.get("/api/ledger", &hub.arizona.token).await).await["pages"].clone();
    let whole = &pages[0];
    assert_eq!((pages.as_array().unwrap().len(), whole["delivered"].as_array().unwrap().len()), (1, 2));
    let key = hub.http.get(format!("{}/log/key", hub.url)).send().await.unwrap().text().await.unwrap();
    let key = key.trim();
    verify(&serde_json::from_value::<LedgerPage>(whole.clone()).unwrap(), key).unwrap();
    let mut changed = 0;
    for pointer in leaves(whole, "") {
        let mut other = whole.clone();
        let leaf = other.pointer_mut(&pointer).unwrap();
        *leaf = match &*leaf {
            Value::String(text) => json!(format!("{text}0")),
            Value::Number(number) => json!(number.as_i64().unwrap() + 1),
            _ => continue,
        };
        changed += 1;
        if let Ok(page) = serde_json::from_value::<LedgerPage>(other) {
            assert!(verify(&page, key).is_err(), "{pointer} was changed");
        }
    }
    assert!(changed > 20, "{changed}");
    let after = format!("/api/ledger?after={}", whole["id"].as_str().unwrap());
    assert_eq!(json_of(hub.get(&after, &hub.arizona.token).await).await["pages"], json!([]));
    assert_eq!(json_of(hub.get("/api/ledger", &hub.illinois.token).await).await["pages"], json!([]), "another's");
    assert_eq!(hub.get("/api/ledger?before=x", &hub.arizona.token).await.status(), 400);
}

fn leaves(value: &Value, at: &str) -> Vec<String> {
    match value {
        Value::Object(members) => members.iter().flat_map(|(name, one)| leaves(one, &format!("{at}/{name}"))).collect(),
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(place, one)| leaves(one, &format!("{at}/{place}"))).collect()
        }
        _ => vec![at.to_owned()],
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_called_back_is_confirmed_by_who_has_it_and_nobody_else() {
    let hub = Hub::listening().await;
    let recall = hub.call_back_from_arizona(1).await;
    let list = async |token: &str| json_of(hub.get("/api/recalls", token).await).await["recalls"].clone();
    let of_arizona = list(&hub.arizona.token).await;
    assert_eq!((&of_arizona[0]["recall_id"], &of_arizona[0]["stix_id"]), (&json!(recall), &json!(id("indicator", 1))));
    assert_eq!(list(&hub.illinois.token).await, json!([]), "its owner is not asked to delete it");
    let confirm = async |token: &str, id: &str| {
        hub.ask("POST", &format!("/api/recalls/{id}/confirm"), token).send().await.unwrap()
    };
    let mut told = Vec::new();
    for (token, id) in [
        (&hub.illinois.token, recall.as_str()),
        (&hub.stranger.token, recall.as_str()),
        (&hub.arizona.token, "nothing"),
    ] {
        let answer = confirm(token, id).await;
        assert_eq!(answer.status(), 404);
        told.push(answer.text().await.unwrap());
    }
    assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
    let reads = hub.token(&hub.arizona.organisation, &[Scope::Read]).await;
    assert_eq!(confirm(&reads, &recall).await.status(), 403);
    let node = hub.token(&hub.arizona.organisation, &[Scope::Node]).await;
    assert_eq!(json_of(confirm(&node, &recall).await).await["objects"], 1);
    assert_eq!(json_of(confirm(&hub.arizona.token, &recall).await).await["objects"], 0, "it is closed");
    assert!(list(&hub.arizona.token).await[0]["confirmed_at"].is_i64());
}
