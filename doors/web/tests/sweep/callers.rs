//! The sweep itself.

use reqwest::Response;
use serde_json::json;
use ward_directory::{Here, Scope, issue_token, permit, revoke_token, tokens};
use ward_policy::{Resource, Verb};
use ward_stix::marking::Tlp;
use ward_store::{Clock, sign_checkpoint};

use crate::setup::{Hub, MEDIA_TYPE, id, indicator, json_of};
use crate::table::{Access, Body, ROWS, Row};

const DAY: i64 = 86_400_000_000;
/// Words of the program's inside and of its libraries, and what only the database knows.
const INTERNALS: &[&str] = &[
    "::",
    "src/",
    ".rs",
    "panick",
    "sqlx",
    "SELECT",
    "serde",
    "axum",
    "deserialize",
    "StoreError",
    "Invalid URL",
    "token_hash",
    "argon2",
    "$1",
    "/tmp",
    "ward.sqlite",
    "invalid type",
];

/// A hub with something of each kind that belongs to one member.
pub struct Scene {
    pub hub: Hub,
    report: String,
    modified: String,
    status: String,
    /// Something that was called back from the member.
    recall: String,
}

/// A caller: a name, the token, and the status from a row.
struct Caller {
    name: &'static str,
    token: Option<String>,
    expected: fn(&Access) -> u16,
}

/// Whether the address names what is there.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    Existing,
    Absent,
}

impl Scene {
    pub async fn new() -> Scene {
        let hub = Hub::listening().await;
        let posted = hub.post("threat-information", &hub.arizona.token, &[indicator(1, Tlp::Red)]).await;
        let status = json_of(posted).await["id"].as_str().unwrap().to_owned();
        hub.settle().await;
        let key = hub.publish_alert().await;
        let recall = hub.call_back_from_arizona(9).await;
        let scene = Scene { hub, report: key.report_id, modified: key.modified, status, recall };
        let answer = scene.answer().to_string();
        let sent = scene.hub.ask("POST", "/share/collections/answers/objects/", &scene.hub.arizona.token);
        let sent = sent.header("content-type", MEDIA_TYPE).body(answer).send().await.unwrap();
        assert_eq!(json_of(sent).await["failure_count"], 0);
        scene.hub.settle().await;
        let here = &scene.hub.here;
        sign_checkpoint(&here.store, &here.log_key, here.now()).await.unwrap();
        scene
    }

    fn address(&self, row: &Row, of: Of) -> String {
        let absent = of == Of::Absent;
        let pick = |there: &str, not: &str| if absent { not.to_owned() } else { there.to_owned() };
        row.address
            .replace("{threats}", "threat-information")
            .replace("{alerts}", "alerts")
            .replace("{answers}", "answers")
            .replace("{public}", "public")
            .replace("{ingest}", "ingest")
            .replace("{status}", &pick(&self.status, "00000000-0000-4000-8000-000000000000"))
            .replace("{red}", &pick(&id("indicator", 1), &id("indicator", 404)))
            .replace("{sighting}", &pick(&id("sighting", 1), &id("sighting", 404)))
            .replace("{arizona}", &pick(&self.hub.arizona.organisation.id, "nobody"))
            .replace("{recall}", &pick(&self.recall, "00000000-0000-7000-8000-000000000000"))
            .replace("{report}", &pick(&self.report, &id("report", 404)))
            .replace("{brief}", &pick("1.pdf", "404.pdf"))
            .replace("{modified}", &self.modified)
    }

    /// A collection that the caller may not know of answers as one that is not there.
    fn no_such_collection(&self, row: &Row) -> String {
        let mut row_address = self.address(row, Of::Existing);
        for alias in ["threat-information", "alerts", "answers", "public", "ingest"] {
            row_address = row_address.replace(&format!("collections/{alias}/"), "collections/nothing/");
        }
        row_address
    }

    async fn ask(&self, row: &Row, address: &str, token: Option<&str>, of: Of) -> Response {
        let method = if row.method == "ANY" { "GET" } else { row.method };
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.hub.http.request(method, format!("{}{address}", self.hub.url));
        if ["/share", "/public", "/ingest", "/taxii2"].iter().any(|root| row.route.starts_with(root)) {
            request = request.header("accept", MEDIA_TYPE);
        }
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some((media_type, body)) = self.body(row.body, of) {
            request = request.header("content-type", media_type).body(body);
        }
        request.send().await.unwrap()
    }

    fn body(&self, body: Body, of: Of) -> Option<(&'static str, String)> {
        let report = if of == Of::Existing { self.report.clone() } else { id("report", 404) };
        let key = self.hub.here.installation.log_key.clone();
        Some(match body {
            Body::None => return None,
            Body::Indicator => (MEDIA_TYPE, json!({"objects": [indicator(2, Tlp::Green)]}).to_string()),
            Body::Answer => (MEDIA_TYPE, self.answer().to_string()),
            Body::Acknowledgement => (
                "application/json",
                json!({"report_id": report, "modified": self.modified, "duty": "node", "person": "node"}).to_string(),
            ),
            Body::Cosignature => ("application/json", json!({"size": 1, "line": "x", "witness": key}).to_string()),
            Body::Join => {
                ("application/json", json!({"name": "n", "log_verifier_key": crate::hostile::LOG_KEY}).to_string())
            }
            Body::Form => (
                "application/x-www-form-urlencoded",
                "name=Eve&email=eve%40example.org&password=correct+horse+battery".to_owned(),
            ),
            Body::Garbage => ("text/plain", "garbage".to_owned()),
        })
    }

    /// A plain sighting of the member's, by the member.
    fn answer(&self) -> serde_json::Value {
        let of = &self.hub.arizona.organisation.identity_id;
        json!({"objects": [{"type": "sighting", "spec_version": "2.1", "id": id("sighting", 1),
            "created": "2018-01-01T00:00:00.000Z", "modified": "2018-01-01T00:00:00.000Z", "created_by_ref": of,
            "where_sighted_refs": [of], "sighting_of_ref": id("indicator", 1), "object_marking_refs": [Tlp::Amber.official_id()]}]})
    }

    /// Nobody, or with a token that does not hold or is for joining only.
    async fn nobodies(&self) -> Vec<(&'static str, Option<String>)> {
        let (hub, all) = (&self.hub, [Scope::Read, Scope::Write, Scope::Node]);
        let of = &hub.arizona.organisation;
        let on = permit(&hub.admin, Verb::Create, Resource::Token, of.clone()).unwrap();
        let earlier = Here { clock: Clock::Fixed(hub.here.now() - 40 * DAY), ..hub.here.clone() };
        let expired = issue_token(&earlier, &on, &all, 30).await.unwrap();
        let revoked = hub.token(of, &all).await;
        let found =
            tokens(&hub.here, &on).await.unwrap().into_iter().find(|(_, begins, ..)| revoked.starts_with(begins));
        revoke_token(&hub.here, &on, &found.unwrap().0).await.unwrap();
        let join = hub.token(of, &[Scope::Join]).await;
        vec![
            ("nobody", None),
            ("a guess", Some("ward_guess".to_owned())),
            ("an expired token", Some(expired)),
            ("a revoked token", Some(revoked)),
            ("a join token", Some(join)),
        ]
    }

    async fn callers(&self) -> Vec<Caller> {
        macro_rules! expected {
            ($field:ident) => {
                |access| match access {
                    Access::Token { $field, .. } => *$field,
                    Access::Public(status) => *status,
                    Access::Join => 401,
                }
            };
        }
        let (hub, all) = (&self.hub, [Scope::Read, Scope::Write, Scope::Node]);
        let token = async |of, scopes: &[Scope]| Some(hub.token(of, scopes).await);
        let member = &hub.arizona.organisation;
        vec![
            Caller { name: "only reads", token: token(member, &[Scope::Read]).await, expected: expected!(read) },
            Caller { name: "only writes", token: token(member, &[Scope::Write]).await, expected: expected!(write) },
            Caller { name: "only the node's", token: token(member, &[Scope::Node]).await, expected: expected!(node) },
            Caller {
                name: "another member",
                token: token(&hub.illinois.organisation, &all).await,
                expected: expected!(another),
            },
            Caller {
                name: "no member",
                token: token(&hub.stranger.organisation, &all).await,
                expected: expected!(no_member),
            },
            Caller { name: "the member itself", token: token(member, &all).await, expected: expected!(itself) },
        ]
    }
}

/// Status, headers and body, but for dates.
async fn told(answer: Response) -> (u16, Vec<(String, String)>, String) {
    let status = answer.status().as_u16();
    let mut headers: Vec<(String, String)> = answer
        .headers()
        .iter()
        .filter(|(name, _)| *name != "date")
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    (status, headers, answer.text().await.unwrap())
}

pub fn names_no_internals(body: &str, what: &str) {
    for word in INTERNALS {
        assert!(!body.contains(word), "{what} says `{word}`: {body}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_answers_each_as_the_table_says() {
    let scene = Scene::new().await;
    let (nobodies, callers) = (scene.nobodies().await, scene.callers().await);
    for row in ROWS {
        without_a_token_that_holds(&scene, row, &nobodies).await;
        for caller in &callers {
            with_a_token(&scene, row, caller).await;
        }
    }
    // The join token was of no use elsewhere and still joins, once.
    let join = ROWS.iter().find(|row| row.route == "/api/join").unwrap();
    let token = nobodies.last().unwrap().1.as_deref();
    for expected in [200, 401] {
        let (status, _, body) = told(scene.ask(join, join.address, token, Of::Existing).await).await;
        assert_eq!(status, expected, "{body}");
    }
}

async fn without_a_token_that_holds(scene: &Scene, row: &Row, nobodies: &[(&str, Option<String>)]) {
    let expected = match row.access {
        Access::Public(status) => status,
        Access::Token { .. } | Access::Join => 401,
    };
    let mut first = None;
    for (name, token) in nobodies {
        if matches!(row.access, Access::Join) && *name == "a join token" {
            continue;
        }
        for of in [Of::Existing, Of::Absent] {
            let what = format!("{} {} by {name}", row.method, row.address);
            let address = scene.address(row, of);
            let mut answer = told(scene.ask(row, &address, token.as_deref(), of).await).await;
            // Where people are sent to sign in, the way back is what they asked for.
            for (_, value) in &mut answer.1 {
                *value = value.replace(&address, "{asked}");
            }
            assert_eq!(answer.0, expected, "{what}: {}", answer.2);
            assert_eq!(answer.1.iter().any(|(header, _)| header == "www-authenticate"), expected == 401, "{what}");
            if expected >= 400 {
                names_no_internals(&answer.2, &what);
            }
            if row.route == "/sign-in" {
                continue; // Its form has a token of its own each time.
            }
            let first = first.get_or_insert_with(|| answer.clone());
            assert_eq!(answer, *first, "{what}: all who are nobody are told the same");
        }
    }
}

async fn with_a_token(scene: &Scene, row: &Row, caller: &Caller) {
    let what = format!("{} {} by {}", row.method, row.address, caller.name);
    let expected = (caller.expected)(&row.access);
    let token = caller.token.as_deref();
    // Another's answer is not taken, and the status says no more than that.
    let answer = told(scene.ask(row, &scene.address(row, Of::Existing), token, Of::Existing).await).await;
    assert_eq!(answer.0, expected, "{what}: {}", answer.2);
    if row.body == Body::Answer && expected == 202 {
        let taken = serde_json::from_str::<serde_json::Value>(&answer.2).unwrap()["success_count"] == 1;
        assert_eq!(taken, caller.name != "another member", "{what}: {}", answer.2);
    }
    if expected < 400 {
        return;
    }
    names_no_internals(&answer.2, &what);
    let absent = scene.address(row, Of::Absent);
    assert_eq!(answer, told(scene.ask(row, &absent, token, Of::Absent).await).await, "{what}: like what is not there");
    if expected == 404 && row.address.contains("/collections/{") && caller.name != "another member" {
        let nowhere = scene.no_such_collection(row);
        let other = told(scene.ask(row, &nowhere, token, Of::Existing).await).await;
        assert_eq!(answer, other, "{what}: like no collection");
    }
}
