//! A hub with a partner, and servers that answer from a table.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use ward_directory::{
    Here, Init, NewOrganisation, Organisation, OrganisationKind, Permit, Who, acting_as, add_partner, permit,
};
use ward_policy::{Resource, Role, Verb};
use ward_share::collections;
use ward_share::subscription::{self, Kind, NewSubscription, Secret, Subscription};
use ward_stix::marking::Tlp;
use ward_store::testing::TestDatabase;
use ward_store::{Clock, Value as Sql, sequence};
use ward_watch::subscribed::{PolledSource, poll};

/// 3 May 2018, 12:00 UTC.
pub const NOW: i64 = 1_525_348_800_000_000;

pub struct Hub {
    pub here: Here,
    pub analyst: Who,
    pub partner: Organisation,
    pub member: Organisation,
    pub http: reqwest::Client,
}

impl Hub {
    pub async fn new(database: &TestDatabase) -> Hub {
        let options = Init {
            folder: database.folder.join("hub"),
            name: "Test Hub".to_owned(),
            state: String::new(),
            is_hub: true,
            kind: OrganisationKind::Hub,
            database: Some(database.address.clone()),
            clock: Clock::Fixed(NOW),
        };
        let (here, link) = ward_directory::init(options).await.unwrap();
        let token = link.strip_prefix("/welcome/").unwrap();
        let password = "correct horse battery";
        ward_directory::accept_invitation(&here, token, "Ada Admin", "ada@hub.example", password).await.unwrap();
        let admin = acting_as(&here, "ada@hub.example", None).await.unwrap().unwrap();
        collections::ensure(&here).await.unwrap();
        let new = |name: &str| {
            let new = NewOrganisation {
                kind: OrganisationKind::Vendor,
                name: name.to_owned(),
                state: String::new(),
                parent_id: None,
            };
            permit(&admin, Verb::Create, Resource::Organisation, new).unwrap()
        };
        let partner = add_partner(&here, &new("A feed")).await.unwrap();
        let member = ward_directory::add_organisation(&here, &new("A member")).await.unwrap();
        let analyst = Who { roles: vec![Role::Analyst], ..admin };
        // Another test of this process may have installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Hub { here, analyst, partner, member, http }
    }

    pub fn new_subscription(&self, kind: Kind, url: &str) -> NewSubscription {
        NewSubscription {
            organisation_id: self.partner.id.clone(),
            kind,
            url: url.to_owned(),
            collection: if kind == Kind::Misp { String::new() } else { "c".to_owned() },
            secret: Secret::Token("secret-word".to_owned()),
            assigned_tlp: Some(Tlp::Green),
            interval_seconds: 3_600,
        }
    }

    pub fn may<T>(&self, on: T) -> Permit<T> {
        permit(&self.analyst, Verb::Create, Resource::Indicator, on).unwrap()
    }

    pub async fn subscribe(&self, kind: Kind, url: &str) -> Subscription {
        subscription::add(&self.here, &self.may(self.new_subscription(kind, url))).await.unwrap()
    }

    /// Polls as of what is stored now.
    pub async fn poll(&self) -> PolledSource {
        let one = self.subscription().await;
        poll(&self.here, &self.http, one).await.unwrap()
    }

    pub async fn subscription(&self) -> Subscription {
        subscription::list(&self.here).await.unwrap().remove(0)
    }

    /// The ids that the partner's objects have here, in order.
    pub async fn held(&self) -> Vec<String> {
        let sql = "SELECT stix_id FROM collection_object WHERE organisation_id = $1 ORDER BY stix_id, version_key";
        let rows = self.here.store.fetch(sql, &[Sql::from(&self.partner.id)]).await.unwrap();
        rows.iter().map(|row| row.get("stix_id").unwrap()).collect()
    }

    pub async fn verify_record(&self) {
        while sequence(&self.here.store).await.unwrap() > 0 {}
        let checked = ward_store::verify(&self.here.store, self.here.log_key.verifier_key()).await.unwrap();
        assert!(checked.is_ok(), "{checked:?}");
    }
}

pub fn id(number: u64) -> String {
    format!("indicator--00000000-0000-4000-8000-{number:012}")
}

pub fn indicator(number: u64) -> Value {
    json!({
        "type": "indicator", "spec_version": "2.1", "id": id(number), "created": "2018-01-01T00:00:00.000Z",
        "modified": "2018-01-01T00:00:00.000Z", "valid_from": "2018-01-01T00:00:00Z", "pattern_type": "stix",
        "pattern": format!("[ipv4-addr:value = '203.0.113.{number}']"),
    })
}

/// One answer of a server.
#[derive(Clone)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    /// `X-TAXII-Date-Added-Last`.
    pub last: Option<&'static str>,
}

impl From<Value> for Answer {
    fn from(body: Value) -> Answer {
        Answer { status: 200, body, last: None }
    }
}

/// A server that answers from a table: the path and the parts of its query that matter, in order of their names.
#[derive(Clone, Default)]
pub struct Server {
    pub answers: Arc<Mutex<BTreeMap<String, Answer>>>,
    pub asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub fn answers(&self, to: &str, answer: impl Into<Answer>) {
        self.answers.lock().unwrap().insert(to.to_owned(), answer.into());
    }

    /// What was asked since the last time.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    pub async fn listen(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }
}

async fn answer(State(server): State<Server>, request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let mut told: Vec<&str> =
        query.split('&').filter(|part| part.starts_with("added_after=") || part.starts_with("next=")).collect();
    told.sort_unstable();
    let asked = match told.is_empty() {
        true => request.uri().path().to_owned(),
        false => format!("{}?{}", request.uri().path(), told.join("&").replace("%3A", ":")),
    };
    server.asked.lock().unwrap().push(asked.clone());
    if request.headers().get(header::AUTHORIZATION).is_none_or(|shown| shown != "Bearer secret-word") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let found = server.answers.lock().unwrap().get(&asked).cloned();
    let Some(found) = found else { return StatusCode::NOT_FOUND.into_response() };
    let kind = if asked.ends_with(".json") { "application/json" } else { "application/taxii+json;version=2.1" };
    let mut response =
        (StatusCode::from_u16(found.status).unwrap(), [(header::CONTENT_TYPE, kind)], found.body.to_string())
            .into_response();
    if let Some(last) = found.last {
        response.headers_mut().insert("x-taxii-date-added-last", last.parse().unwrap());
    }
    response
}
