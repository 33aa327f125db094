//! A hub that listens, with two members, somebody who is no member, threat information and a published alert.

use serde_json::{Value, json};
use ward_directory::{
    EnrolledBy, Here, Init, NewOrganisation, NewPerson, Organisation, OrganisationKind, Scope, Who, accept_invitation,
    acting_as, add_organisation, add_person, enrol_signer, init, invite, issue_token, permit,
};
use ward_policy::{Resource, Role, Verb};
use ward_share::alert::{AlertKey, DraftAlert, IndicatorDraft, draft, publish, sign};
use ward_share::mark::{self, Change};
use ward_share::{collections, recall};
use ward_stix::alert::Confidence;
use ward_stix::marking::Tlp;
use ward_store::testing::{Kind, TestDatabase};
use ward_store::{Clock, sequence, values};
use ward_web::limit::Limits;

const PASSWORD: &str = "correct horse battery";
const DAY: i64 = 86_400_000_000;
pub const MEDIA_TYPE: &str = "application/taxii+json;version=2.1";

pub struct Hub {
    pub here: Here,
    pub admin: Who,
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    pub http: reqwest::Client,
    pub arizona: Member,
    pub illinois: Member,
    pub stranger: Member,
    _database: TestDatabase,
}

pub struct Member {
    pub organisation: Organisation,
    /// Good for reading and writing.
    pub token: String,
}

impl Hub {
    pub async fn listening() -> Hub {
        Hub::with_limits(Limits::default()).await
    }

    /// As `listening`; each organisation may ask so much.
    pub async fn with_limits(limits: Limits) -> Hub {
        let database = TestDatabase::new(Kind::Sqlite);
        let options = Init {
            folder: database.folder.join("hub"),
            name: "Test Hub".to_owned(),
            state: String::new(),
            is_hub: true,
            kind: OrganisationKind::Hub,
            database: Some(database.address.clone()),
            clock: Clock::System,
        };
        let (here, link) = init(options).await.unwrap();
        let token = link.strip_prefix("/welcome/").unwrap();
        accept_invitation(&here, token, "Ada Admin", "ada@hub.example", PASSWORD).await.unwrap();
        let admin = acting_as(&here, "ada@hub.example", None).await.unwrap().unwrap();
        collections::ensure(&here).await.unwrap();
        let arizona = member(&here, &admin, "Arizona").await;
        let illinois = member(&here, &admin, "Illinois").await;
        let stranger = no_member(&here, &admin).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = ward_web::router(here.clone(), limits);
        tokio::spawn(async move { axum::serve(listener, router).await });
        // Another test of this process may have installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Hub { here, admin, url, http, arizona, illinois, stranger, _database: database }
    }

    /// Numbers what was committed.
    pub async fn settle(&self) {
        while sequence(&self.here.store).await.unwrap() > 0 {}
    }

    pub async fn token(&self, of: &Organisation, scopes: &[Scope]) -> String {
        token(&self.here, &self.admin, of, scopes).await
    }

    /// A request with a member's token and TAXII's headers.
    pub fn ask(&self, method: &str, path: &str, token: &str) -> reqwest::RequestBuilder {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        self.http.request(method, format!("{}{path}", self.url)).bearer_auth(token).header("accept", MEDIA_TYPE)
    }

    pub async fn get(&self, path: &str, token: &str) -> reqwest::Response {
        self.ask("GET", path, token).send().await.unwrap()
    }

    pub async fn post(&self, alias: &str, token: &str, objects: &[Value]) -> reqwest::Response {
        let body = json!({ "objects": objects }).to_string();
        let path = format!("/share/collections/{alias}/objects/");
        self.ask("POST", &path, token).header("content-type", MEDIA_TYPE).body(body).send().await.unwrap()
    }

    pub async fn add(&self, of: &Member, objects: &[Value]) {
        let answer = self.post("threat-information", &of.token, objects).await;
        assert_eq!(answer.status(), 202);
        assert_eq!(json_of(answer).await["failure_count"], 0);
        self.settle().await;
    }

    /// An alert that two people signed, for Arizona.
    pub async fn publish_alert(&self) -> AlertKey {
        let (ana, dora) = (self.signer("Ana", Role::Analyst).await, self.signer("Dora", Role::Director).await);
        let now = self.here.now();
        let new = DraftAlert {
            headline: "Someone is trying the doors of voter registration websites".into(),
            who_must_act: "Whoever looks after your website".into(),
            steps: vec!["Call your IT person today.".into()],
            confidence: Confidence::Moderate,
            why_different: "One office lost voter data this way.".into(),
            stops_mattering_at: now + 90 * DAY,
            tlp: Tlp::Amber,
            search_from: now - 60 * DAY,
            search_until: now,
            indicators: vec![IndicatorDraft { pattern: "[ipv4-addr:value = '203.0.113.7']".into(), confirmed: true }],
            recipients: vec![self.arizona.organisation.id.clone()],
            first_seen_at: None,
        };
        let create = permit(&ana, Verb::Create, Resource::Alert, ()).unwrap();
        let key = draft(&self.here, &create, new).await.unwrap();
        for signer in [&ana, &dora] {
            sign(&self.here, signer, &key, PASSWORD).await.unwrap();
        }
        publish(&self.here, &permit(&ana, Verb::Publish, Resource::Alert, ()).unwrap(), &key).await.unwrap();
        self.settle().await;
        key
    }

    /// An indicator of Illinois's that Arizona has fetched and that the hub withdrew then. Gives the recall's id.
    pub async fn call_back_from_arizona(&self, number: u64) -> String {
        self.add(&self.illinois, &[indicator(number, Tlp::Green)]).await;
        let fetched = self.get("/share/collections/threat-information/objects/", &self.arizona.token).await;
        assert_eq!(fetched.status(), 200);
        let analyst = Who { roles: vec![Role::Analyst], ..self.admin.clone() };
        let on = permit(&analyst, Verb::Change, Resource::Indicator, id("indicator", number)).unwrap();
        let changed = mark::change(&self.here, &on, Change::Withdraw, "It was a mistake").await.unwrap();
        assert_eq!(changed.recalled, 1);
        self.settle().await;
        let all = recall::list(&self.here, &analyst).await.unwrap();
        all.into_iter().next().unwrap().recall_id
    }

    /// A person of the hub who can sign.
    pub async fn signer(&self, name: &str, role: Role) -> Who {
        let email = format!("{}@hub.example", name.to_lowercase());
        let new = NewPerson {
            organisation_id: self.admin.organisation.id.clone(),
            name: name.to_owned(),
            office: "Security".to_owned(),
            email: email.clone(),
            role,
        };
        let person =
            add_person(&self.here, &permit(&self.admin, Verb::Create, Resource::Person, new).unwrap()).await.unwrap();
        let allowed = permit(&self.admin, Verb::Create, Resource::Person, person).unwrap();
        let link = invite(&self.here, &allowed).await.unwrap();
        accept_invitation(&self.here, link.strip_prefix("/welcome/").unwrap(), name, &email, PASSWORD).await.unwrap();
        enrol_signer(&self.here, &allowed, PASSWORD, EnrolledBy::Installation).await.unwrap();
        acting_as(&self.here, &email, None).await.unwrap().unwrap()
    }
}

async fn member(here: &Here, admin: &Who, name: &str) -> Member {
    let new =
        NewOrganisation { kind: OrganisationKind::State, name: name.to_owned(), state: String::new(), parent_id: None };
    let organisation =
        add_organisation(here, &permit(admin, Verb::Create, Resource::Organisation, new).unwrap()).await.unwrap();
    let token = token(here, admin, &organisation, &[Scope::Read, Scope::Write]).await;
    Member { organisation, token }
}

async fn no_member(here: &Here, admin: &Who) -> Member {
    let id = ward_store::random::id();
    let mut tx = here.store.begin().await.unwrap();
    let sql = "INSERT INTO organisation (id, kind, name, state, parent_id, identity_id, is_member, created_at)
               VALUES ($1, 'vendor', 'Somebody', '', NULL, $1, 0, 0)";
    tx.execute(sql, values![&id]).await.unwrap();
    tx.commit().await.unwrap();
    let organisation = ward_directory::organisation(here, &id).await.unwrap().unwrap();
    let token = token(here, admin, &organisation, &[Scope::Read, Scope::Write]).await;
    Member { organisation, token }
}

async fn token(here: &Here, admin: &Who, of: &Organisation, scopes: &[Scope]) -> String {
    issue_token(here, &permit(admin, Verb::Create, Resource::Token, of.clone()).unwrap(), scopes, 30).await.unwrap()
}

pub async fn json_of(answer: reqwest::Response) -> Value {
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

pub fn id(kind: &str, number: u64) -> String {
    format!("{kind}--00000000-0000-4000-8000-{number:012}")
}

/// An indicator with this marking.
pub fn indicator(number: u64, tlp: Tlp) -> Value {
    json!({
        "type": "indicator", "spec_version": "2.1", "id": id("indicator", number), "created": "2018-01-01T00:00:00.000Z",
        "modified": "2018-01-01T00:00:00.000Z", "valid_from": "2018-01-01T00:00:00Z", "pattern_type": "stix",
        "pattern": format!("[ipv4-addr:value = '203.0.113.{number}']"), "object_marking_refs": [tlp.official_id()],
    })
}
