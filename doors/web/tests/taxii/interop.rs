//! The 39 mandatory cases for servers of the OASIS TAXII 2.1 Interoperability Test Document (version 1.0, CSD01, 30 March 2022), by their section
//! numbers. The test writes what was asked and what was answered to `taxii-interop-evidence.json` among the build's temporary files.

use std::collections::BTreeMap;
use std::path::Path;

use reqwest::Response;
use serde_json::{Value, json};
use ward_directory::{Scope, add_certificate, permit};
use ward_policy::{Resource, Verb};
use ward_stix::marking::Tlp;
use ward_web::listen::fingerprint;

use crate::setup::{Hub, MEDIA_TYPE, id, indicator, json_of};
use crate::tls::{authority, client, file, issued, over_tls};

const THREATS: &str = "/share/collections/threat-information/";
const CASES: usize = 39;

/// What was answered in each case, and whether that is as it must be.
#[derive(Default)]
struct Evidence(BTreeMap<&'static str, Vec<Value>>);

impl Evidence {
    fn add(&mut self, section: &'static str, asked: &str, answered: Value, holds: bool) {
        let line = json!({"asked": asked, "answered": answered, "holds": holds});
        self.0.entry(section).or_default().push(line);
    }

    /// A status and, of what was answered, whatever `holds` looks at.
    async fn answer(
        &mut self,
        section: &'static str,
        asked: &str,
        answer: Response,
        status: u16,
        holds: impl Fn(&Value) -> bool,
    ) -> Value {
        let got = answer.status().as_u16();
        let typed = answer.headers().get("content-type").is_some_and(|kind| kind == MEDIA_TYPE);
        let body = answer.bytes().await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let is_typed = typed || body.is_null();
        self.add(section, asked, json!({"status": got, "body": body}), got == status && is_typed && holds(&body));
        body
    }

    /// One request by Arizona.
    async fn get(
        &mut self,
        hub: &Hub,
        section: &'static str,
        path: &str,
        status: u16,
        holds: impl Fn(&Value) -> bool,
    ) -> Value {
        let answer = hub.get(path, &hub.arizona.token).await;
        self.answer(section, &format!("GET {path}"), answer, status, holds).await
    }

    fn finish(self) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let text = serde_json::to_string_pretty(
            &json!({"document": "OASIS TAXII 2.1 Interoperability Test Document 1.0 CSD01", "persona": "TXS", "cases": self.0}),
        );
        std::fs::write(folder.join("taxii-interop-evidence.json"), text.unwrap()).unwrap();
        let failed: Vec<_> =
            self.0.iter().filter(|(_, lines)| lines.iter().any(|line| line["holds"] != true)).collect();
        assert!(failed.is_empty(), "{failed:#?}");
        assert_eq!(self.0.len(), CASES, "{:?}", self.0.keys());
    }
}

fn any(_: &Value) -> bool {
    true
}

/// The ids of a page are these, in this order.
fn ids(numbers: &[u64]) -> impl Fn(&Value) -> bool + use<> {
    let wanted: Vec<String> = numbers.iter().map(|number| id("indicator", *number)).collect();
    move |page| {
        let found = page["objects"].as_array().into_iter().flatten();
        found.map(|one| one["id"].as_str().unwrap_or_default()).eq(wanted.iter().map(String::as_str))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_mandatory_case_of_a_server() {
    let hub = Hub::listening().await;
    let mut evidence = Evidence::default();
    authentication(&hub, &mut evidence).await;
    resources(&hub, &mut evidence).await;
    permissions(&hub, &mut evidence).await;
    adding_and_status(&hub, &mut evidence).await;
    objects(&hub, &mut evidence).await;
    filters(&hub, &mut evidence).await;
    paging(&hub, &mut evidence).await;
    deleting(&hub, &mut evidence).await;
    evidence.finish();
}

async fn authentication(hub: &Hub, evidence: &mut Evidence) {
    let ask = |path: &str| hub.http.get(format!("{}{path}", hub.url)).header("accept", MEDIA_TYPE);
    let nameless = ask("/taxii2/").send().await.unwrap();
    assert!(nameless.headers().contains_key("www-authenticate"));
    evidence
        .answer("3.1.1", "GET /taxii2/ without Authorization", nameless, 401, |error| error["title"].is_string())
        .await;
    let wrong = ask("/taxii2/").header("authorization", "Basic !").send().await.unwrap();
    evidence.answer("3.1.2", "GET /taxii2/ with Authorization: Basic !", wrong, 401, any).await;
    let guessed = ask("/taxii2/").basic_auth("user", Some("guess")).send().await.unwrap();
    evidence.answer("3.1.2", "GET /taxii2/ with a password that is wrong", guessed, 401, any).await;
    let basic = ask("/taxii2/").basic_auth("user", Some(&hub.arizona.token)).send().await.unwrap();
    evidence.answer("3.1.4", "GET /taxii2/ with Basic", basic, 200, any).await;
    let (servers, partners) = (authority("servers"), authority("partners"));
    let url = over_tls(hub, &servers, Some(&partners)).await;
    let identity = issued(&partners, "partner", rcgen::ExtendedKeyUsagePurpose::ClientAuth);
    let on = permit(&hub.admin, Verb::Create, Resource::Token, hub.arizona.organisation.clone()).unwrap();
    let certificate = fingerprint(&file("partner.pem", &identity.0)).unwrap();
    add_certificate(&hub.here, &on, certificate, &[Scope::Read], 30).await.unwrap();
    let shown = client(&servers, Some(&identity)).get(format!("{url}/taxii2/")).header("accept", MEDIA_TYPE);
    evidence.answer("3.1.3", "GET /taxii2/ with a client certificate", shown.send().await.unwrap(), 200, any).await;
}

async fn resources(hub: &Hub, evidence: &mut Evidence) {
    let is_discovery = |found: &Value| {
        found["title"] == "Test Hub" && found["api_roots"].as_array().is_some_and(|all| all.contains(&json!("/share/")))
    };
    evidence.get(hub, "3.2.1", "/taxii2/", 200, is_discovery).await;
    let is_root = |found: &Value| {
        found["versions"] == json!([MEDIA_TYPE])
            && found["max_content_length"].as_u64() > Some(0)
            && found["title"].is_string()
    };
    evidence.get(hub, "3.3.1", "/share/", 200, is_root).await;
    evidence.get(hub, "3.3.2", "/share/nothing/", 404, any).await;
    let by_id = |found: &Value| {
        found["collections"].as_array().is_some_and(|all| all.iter().map(|one| one["id"].as_str()).is_sorted())
    };
    evidence.get(hub, "3.4.1", "/share/collections/", 200, by_id).await;
    for (section, alias, can_read, can_write) in [
        ("3.5.1.1", "answers", false, true),
        ("3.5.1.2", "threat-information", true, true),
        ("3.5.1.3", "alerts", true, false),
    ] {
        let may =
            |found: &Value| found["can_read"] == can_read && found["can_write"] == can_write && found["id"].is_string();
        evidence.get(hub, section, &format!("/share/collections/{alias}/"), 200, may).await;
    }
    // What the caller may neither read nor write is not told of: section 1.6.9 lets a server leave it out.
    let stranger = hub.get("/share/collections/alerts/", &hub.stranger.token).await;
    evidence
        .answer("3.5.1.4", "GET /share/collections/alerts/ by who may neither read nor write it", stranger, 404, any)
        .await;
    evidence.get(hub, "3.5.3", "/share/collections/nothing/", 404, any).await;
    evidence.get(hub, "3.7.2", &format!("{THREATS}objects/"), 200, |page| *page == json!({})).await;
}

async fn permissions(hub: &Hub, evidence: &mut Evidence) {
    let alert = hub.publish_alert().await.report_id;
    evidence.get(hub, "3.5.2.1", "/share/collections/answers/objects/", 403, any).await;
    let written = hub.post("alerts", &hub.arizona.token, &[indicator(1, Tlp::Green)]).await;
    evidence.answer("3.5.2.2", "POST /share/collections/alerts/objects/", written, 403, any).await;
    for (section, alias, who, status) in [
        ("3.5.2.3", "alerts", &hub.arizona, 403),
        ("3.5.2.3", "answers", &hub.arizona, 403),
        ("3.5.2.4", "alerts", &hub.stranger, 404),
    ] {
        let path = format!("/share/collections/{alias}/objects/{alert}/");
        let deleted = hub.ask("DELETE", &path, &who.token).send().await.unwrap();
        evidence.answer(section, &format!("DELETE {path}"), deleted, status, any).await;
    }
}

async fn adding_and_status(hub: &Hub, evidence: &mut Evidence) {
    let mut all: Vec<Value> = (1..=6).map(|number| indicator(number, Tlp::Green)).collect();
    all[5]["x_custom"] = json!({"kept": [1, 2.5, null]});
    let answer = hub.post("threat-information", &hub.arizona.token, &all).await;
    let is_status = |status: &Value| {
        status["status"] == "complete"
            && status["total_count"] == 6
            && status["success_count"] == 6
            && status["id"].is_string()
    };
    let status = evidence.answer("3.10.1", "POST of six indicators", answer, 202, is_status).await;
    let path = format!("/share/status/{}/", status["id"].as_str().unwrap());
    evidence.get(hub, "3.11.1", &path, 200, is_status).await;
    let mut wrong = indicator(7, Tlp::Green);
    wrong.as_object_mut().unwrap().remove("pattern");
    let answer = hub.post("threat-information", &hub.arizona.token, &[wrong, indicator(1, Tlp::Green)]).await;
    let status = json_of(answer).await;
    let path = format!("/share/status/{}/", status["id"].as_str().unwrap());
    let has_all = |status: &Value| {
        let detail = |list: &str| {
            let one = &status[list][0];
            one["id"].is_string() && one["version"].is_string()
        };
        status["request_timestamp"].is_string()
            && (status["success_count"] == 1 && status["failure_count"] == 1 && status["pending_count"] == 0)
            && (detail("successes") && detail("failures") && status["failures"][0]["message"].is_string())
    };
    evidence.get(hub, "3.11.2", &path, 200, has_all).await;
    hub.settle().await;
    let newer = hub.post("threat-information", &hub.arizona.token, &[later_version(3)]).await;
    evidence.answer("3.10.1", "POST of a newer version", newer, 202, |status| status["success_count"] == 1).await;
    hub.settle().await;
}

fn later_version(number: u64) -> Value {
    let mut later = indicator(number, Tlp::Green);
    later["modified"] = json!("2018-02-01T00:00:00.000Z");
    later
}

async fn objects(hub: &Hub, evidence: &mut Evidence) {
    let of = |number: u64| format!("{THREATS}objects/{}/", id("indicator", number));
    let is_manifest = |page: &Value| {
        let all = page["objects"].as_array().unwrap();
        all.len() == 6
            && all
                .iter()
                .all(|one| one["id"].is_string() && one["date_added"].is_string() && one["version"].is_string())
    };
    evidence.get(hub, "3.6.1", &format!("{THREATS}manifest/"), 200, is_manifest).await;
    evidence.get(hub, "3.7.1", &format!("{THREATS}objects/"), 200, ids(&[1, 2, 4, 5, 6, 3])).await;
    evidence.get(hub, "3.8.1", &of(1), 200, ids(&[1])).await;
    evidence.get(hub, "3.8.2", &of(404), 404, any).await;
    let both = |page: &Value| page["versions"] == json!(["2018-01-01T00:00:00.000Z", "2018-02-01T00:00:00.000Z"]);
    evidence.get(hub, "3.9.1", &format!("{}versions/", of(3)), 200, both).await;
    let custom = |page: &Value| page["objects"][0]["x_custom"] == json!({"kept": [1, 2.5, null]});
    evidence.get(hub, "3.15.1", &of(6), 200, custom).await;
}

async fn filters(hub: &Hub, evidence: &mut Evidence) {
    let objects = format!("{THREATS}objects/");
    let manifest = json_of(hub.get(&format!("{THREATS}manifest/"), &hub.arizona.token).await).await;
    let third = manifest["objects"][2]["date_added"].as_str().unwrap().to_owned();
    let (one, two, three) = (id("indicator", 1), id("indicator", 2), id("indicator", 3));
    let all = [1, 2, 4, 5, 6, 3];
    for (section, query, wanted) in [
        ("3.13.1.1", format!("added_after={third}"), &[5, 6, 3][..]),
        ("3.13.1.2", "limit=2".to_owned(), &[1, 2]),
        ("3.13.1.3", format!("match[id]={two}"), &[2]),
        ("3.13.1.4", "match[type]=indicator".to_owned(), &all),
        ("3.13.1.4", "match[type]=malware".to_owned(), &[]),
        ("3.13.1.5", format!("match[id]={three}&match[version]=all"), &[3, 3]),
        ("3.13.1.5", format!("match[id]={three}&match[version]=first"), &[3]),
        ("3.13.1.5", format!("match[id]={three}&match[version]=2018-02-01T00:00:00.000Z"), &[3]),
        ("3.13.1.6", "match[spec_version]=2.1".to_owned(), &all),
        ("3.13.1.6", "match[spec_version]=2.0".to_owned(), &[]),
        ("3.13.1.7", format!("match[id]={one},{two}"), &[1, 2]),
        ("3.13.1.8", format!("match[id]={one}&match[type]=indicator"), &[1]),
        ("3.13.1.8", format!("match[id]={one}&match[type]=malware"), &[]),
        ("3.13.1.9", format!("match[id]={one},{two}&match[type]=indicator,malware"), &[1, 2]),
    ] {
        evidence.get(hub, section, &format!("{objects}?{query}"), 200, ids(wanted)).await;
    }
    evidence.get(hub, "3.13.1.10", &format!("{objects}?match[id]={one}&match[id]={two}"), 400, any).await;
}

async fn paging(hub: &Hub, evidence: &mut Evidence) {
    let path = format!("{THREATS}objects/?limit=4");
    let first = evidence.get(hub, "3.14.1", &path, 200, |page| page["more"] == true && ids(&[1, 2, 4, 5])(page)).await;
    let next = format!("{path}&next={}", first["next"].as_str().unwrap());
    evidence.get(hub, "3.14.1", &next, 200, |page| page["more"] != true && ids(&[6, 3])(page)).await;
    let versions = format!("{THREATS}objects/{}/versions/?limit=1", id("indicator", 3));
    let answer = hub.get(&versions, &hub.arizona.token).await;
    let last = answer.headers()["x-taxii-date-added-last"].to_str().unwrap().to_owned();
    let is_first = |page: &Value| page["more"] == true && page["versions"] == json!(["2018-01-01T00:00:00.000Z"]);
    evidence.answer("3.14.1", &format!("GET {versions}"), answer, 200, is_first).await;
    let is_second = |page: &Value| page["versions"] == json!(["2018-02-01T00:00:00.000Z"]);
    evidence.get(hub, "3.14.1", &format!("{versions}&added_after={last}"), 200, is_second).await;
}

async fn deleting(hub: &Hub, evidence: &mut Evidence) {
    let path = format!("{THREATS}objects/{}/", id("indicator", 1));
    let deleted = hub.ask("DELETE", &path, &hub.arizona.token).send().await.unwrap();
    evidence.answer("3.12.1", &format!("DELETE {path}"), deleted, 200, any).await;
    evidence.get(hub, "3.12.1", &path, 404, any).await;
    let manifest = format!("{THREATS}manifest/");
    evidence.get(hub, "3.12.1", &manifest, 200, ids(&[2, 4, 5, 6, 3])).await;
}
