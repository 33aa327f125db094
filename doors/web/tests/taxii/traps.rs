//! Where other TAXII servers fall: one row each, over HTTP. The rows come from probing three of them with the clauses of TAXII 2.1 and STIX 2.1
//! that are named beside.

use serde_json::{Value, json};
use ward_stix::marking::Tlp;

use crate::setup::{Hub, MEDIA_TYPE, id, indicator, json_of};

const OBJECTS: &str = "/share/collections/threat-information/objects/";
const MANIFEST: &str = "/share/collections/threat-information/manifest/";

/// Posts the texts of objects as they are; gives the status.
async fn post(hub: &Hub, objects: &[&str]) -> Value {
    let body = format!("{{\"objects\":[{}]}}", objects.join(","));
    let answer = hub.ask("POST", OBJECTS, &hub.arizona.token).header("content-type", MEDIA_TYPE).body(body);
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status(), 202);
    hub.settle().await;
    json_of(answer).await
}

async fn status_of(hub: &Hub, path: &str) -> u16 {
    hub.get(path, &hub.arizona.token).await.status().as_u16()
}

/// The texts of the objects on all pages.
async fn text(hub: &Hub, path: &str) -> String {
    hub.get(path, &hub.arizona.token).await.text().await.unwrap()
}

fn of_object(stix_id: &str) -> String {
    format!("{OBJECTS}{stix_id}/")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_refused_is_told_how_to_sign_in() {
    // TAXII 1.6.9 and 3.6.1: `WWW-Authenticate`, the media type, a title, and the status as text.
    let hub = Hub::listening().await;
    let refused = hub.http.get(format!("{}{OBJECTS}", hub.url)).header("accept", MEDIA_TYPE).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    assert!(refused.headers()["www-authenticate"].to_str().unwrap().contains("Basic"));
    assert_eq!(refused.headers()["content-type"], MEDIA_TYPE);
    let error = json_of(refused).await;
    assert!(error["title"].is_string(), "{error}");
    assert_eq!(error["http_status"], "401");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_media_type_without_a_version_is_spoken() {
    // TAXII 3.1: it must not be 406, and the answer says the version.
    let hub = Hub::listening().await;
    for accept in
        ["application/taxii+json", "application/taxii+json;version=2.1,application/stix+json;version=2.1", "*/*"]
    {
        let request = hub.http.get(format!("{}{OBJECTS}", hub.url)).bearer_auth(&hub.arizona.token);
        let answer = request.header("accept", accept).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()), (200, MEDIA_TYPE));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_here_already_is_no_error_and_what_differs_is_one() {
    // TAXII 5.5; STIX 3.6: the same version with other content is undefined, so it is told and nothing of it is served.
    let hub = Hub::listening().await;
    let first = indicator(1, Tlp::Green).to_string();
    for _ in 0..2 {
        let status = post(&hub, &[&first]).await;
        assert_eq!((&status["success_count"], &status["failure_count"]), (&json!(1), &json!(0)));
    }
    let mut other = indicator(1, Tlp::Green);
    other["pattern"] = json!("[ipv4-addr:value = '203.0.113.99']");
    let status = post(&hub, &[&other.to_string()]).await;
    assert_eq!((&status["success_count"], &status["failure_count"]), (&json!(0), &json!(1)));
    let served = text(&hub, OBJECTS).await;
    assert!(served.contains(&first) && !served.contains("203.0.113.99"), "{served}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn legal_but_odd_objects_are_taken_and_served_as_they_came() {
    // STIX 2.16 and 3.2: any number of digits, also none. Section 3.1: observables may leave out `spec_version`. Section 7.2: markings by extension.
    let hub = Hub::listening().await;
    let green = Tlp::Green.official_id();
    let times = ["2018-01-01T00:00:00.123456789Z", "2018-01-01T00:00:00Z", "2018-01-01T00:00:00.1Z"];
    let mut sent: Vec<String> = Vec::new();
    for (time, number) in times.iter().zip(1..) {
        let of = format!("indicator--00000000-0000-4000-8000-{number:012}");
        sent.push(format!(
            r#"{{ "type":"indicator","spec_version":"2.1","id":"{of}","created":"{time}","modified":"{time}","valid_from":"{time}","pattern_type":"stix","pattern":"[ipv4-addr:value = '203.0.113.{number}']","object_marking_refs":["{green}"],"x_odd":5.0,"x_large":123456789012345678901234567890 }}"#
        ));
    }
    let address = "ipv4-addr--00000000-0000-5000-8000-000000000001";
    sent.push(format!(
        r#"{{"type":"ipv4-addr","id":"{address}","value":"203.0.113.1","object_marking_refs":["{green}"]}}"#
    ));
    let marking = "marking-definition--00000000-0000-4000-8000-000000000001";
    let acs = json!({
        "type": "marking-definition", "spec_version": "2.1", "id": marking, "created": "2020-06-18T00:00:00Z",
        "object_marking_refs": [green], "extensions": {"extension-definition--3a65884d-005a-4290-8335-cb2d778a83ce": {
            "extension_type": "property-extension", "identifier": "isa:guide.19001.ACS3-00000000-0000-4000-8000-000000000001",
            "create_date_time": "2020-06-18T00:00:00.000Z", "responsible_entity_custodian": "USA.DHS",
            "policy_reference": "urn:isa:policy:acs:ns:v3.0?privdefault=deny&sharedefault=deny", "control_set": {"classification": "U"},
        }},
    });
    sent.push(acs.to_string());
    let texts: Vec<&str> = sent.iter().map(String::as_str).collect();
    let status = post(&hub, &texts).await;
    assert_eq!((&status["success_count"], &status["failure_count"]), (&json!(5), &json!(0)), "{status}");
    let tlp = String::from_utf8(Tlp::Red.definition().to_vec()).unwrap();
    assert_eq!(post(&hub, &[&tlp]).await["failure_count"], 0, "an official marking-definition");
    let served = text(&hub, OBJECTS).await;
    for one in &sent {
        assert!(served.contains(one.trim()), "{one}\nnot in {served}");
    }
    for reader in [&hub.arizona.token, &hub.illinois.token] {
        assert_eq!(hub.get(OBJECTS, reader).await.status(), 200, "the collection is not poisoned");
    }
    let exact = format!("{}?match[version]=2018-01-01T00:00:00.123456789Z", of_object(&id("indicator", 1)));
    assert_eq!(status_of(&hub, &exact).await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_object_of_a_batch_stands_for_itself() {
    // TAXII 4.3 and 5.5: a status for each; what fails leaves nothing behind.
    let hub = Hub::listening().await;
    let good = indicator(1, Tlp::Green).to_string();
    let bad = r#"{"type":"indicator","id":"indicator--00000000-0000-4000-8000-000000000002","pattern":"[x"}"#;
    let status = post(&hub, &[bad, &good, "{\"type\":5}"]).await;
    assert_eq!((&status["success_count"], &status["failure_count"]), (&json!(1), &json!(2)));
    assert_eq!(status["successes"][0]["id"], id("indicator", 1));
    assert!(status["failures"].as_array().unwrap().iter().all(|one| one["message"].is_string()), "{status}");
    let broken =
        hub.ask("POST", OBJECTS, &hub.arizona.token).header("content-type", MEDIA_TYPE).body("{\"objects\":[{}");
    assert_eq!(broken.send().await.unwrap().status(), 422);
    let manifest = json_of(hub.get(MANIFEST, &hub.arizona.token).await).await;
    assert_eq!(manifest["objects"].as_array().map(Vec::len), Some(1), "{manifest}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parameters_are_read_as_the_standard_says() {
    // TAXII 3.4: what is malformed is 400, never guessed; a limit is never exceeded, and never without end.
    let hub = Hub::listening().await;
    let objects: Vec<String> = (1..=3).map(|number| indicator(number, Tlp::Green).to_string()).collect();
    post(&hub, &objects.iter().map(String::as_str).collect::<Vec<_>>()).await;
    for (query, expected) in [
        ("limit=0", 400),
        ("limit=-1", 400),
        ("limit=x", 400),
        ("limit=99999999", 200),
        ("limit=2&limit=3", 400),
        ("added_after=2016-01-01T00:00:00Z", 200),
        ("added_after=2016-01-01T00:00:00.000Z", 200),
        ("added_after=yesterday", 400),
        ("match[version]=all,last", 400),
        ("match[version]=all", 200),
        ("match[type]=indicator&match[type]=report", 400),
        ("match[type]=indicator,report", 200),
        ("match[x_unknown]=1", 200),
        ("next=garbage", 400),
        ("next=", 400),
    ] {
        for endpoint in [OBJECTS, MANIFEST] {
            assert_eq!(status_of(&hub, &format!("{endpoint}?{query}")).await, expected, "{endpoint}?{query}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_ways_of_paging_give_everything_and_a_page_may_be_asked_for_again() {
    // TAXII 3.5; the date added is the same for no two objects, also of one request.
    let hub = Hub::listening().await;
    let objects: Vec<String> = (1..=25).map(|number| indicator(number, Tlp::Green).to_string()).collect();
    post(&hub, &objects.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let (mut by_next, mut by_date) = (Vec::new(), Vec::new());
    let mut query = String::new();
    loop {
        let path = format!("{OBJECTS}?limit=4{query}");
        let page = text(&hub, &path).await;
        assert_eq!(text(&hub, &path).await, page, "a lost answer can be asked for again");
        let page: Value = serde_json::from_str(&page).unwrap();
        by_next.extend(ids(&page));
        let Some(next) = page["next"].as_str() else { break };
        query = format!("&next={next}");
    }
    let mut after = "1970-01-01T00:00:00.000000Z".to_owned();
    loop {
        let answer = hub.get(&format!("{OBJECTS}?limit=4&added_after={after}"), &hub.arizona.token).await;
        after = answer.headers()["x-taxii-date-added-last"].to_str().unwrap().to_owned();
        let page = json_of(answer).await;
        by_date.extend(ids(&page));
        if page["more"] != true {
            break;
        }
    }
    let all: Vec<String> = (1..=25).map(|number| id("indicator", number)).collect();
    assert_eq!((by_next, by_date), (all.clone(), all));
    let empty = hub.get(&format!("{OBJECTS}?added_after={after}"), &hub.arizona.token).await;
    assert_eq!(empty.headers()["x-taxii-date-added-last"], after.as_str(), "also an empty page has its dates");
}

fn ids(page: &Value) -> Vec<String> {
    page["objects"].as_array().into_iter().flatten().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_gone_is_gone_until_it_is_sent_again() {
    // TAXII 5.6 and 5.7: 404 for the unknown and the deleted, and not in the manifest; sent again it is new.
    let hub = Hub::listening().await;
    let first = indicator(1, Tlp::Green).to_string();
    let later = first.replace(r#""modified":"2018-01-01T00:00:00.000Z""#, r#""modified":"2018-02-01T00:00:00.000Z""#);
    assert_ne!(first, later);
    post(&hub, &[&first]).await;
    post(&hub, &[&later]).await;
    assert_eq!(status_of(&hub, &of_object(&id("indicator", 404))).await, 404);
    let path = of_object(&id("indicator", 1));
    let date = async || json_of(hub.get(MANIFEST, &hub.arizona.token).await).await["objects"][0]["date_added"].clone();
    let before = date().await;
    let deleted = hub.ask("DELETE", &path, &hub.arizona.token).send().await.unwrap();
    assert_eq!(deleted.status(), 200);
    for gone in [path.clone(), format!("{path}versions/"), format!("{path}?match[version]=all")] {
        assert_eq!(status_of(&hub, &gone).await, 404, "{gone}");
    }
    assert_eq!(text(&hub, MANIFEST).await, "{}");
    assert_eq!(post(&hub, &[&first]).await["success_count"], 1);
    assert_eq!(status_of(&hub, &path).await, 200);
    assert!(date().await.as_str() > before.as_str(), "those who have polled past it get it again");
}
