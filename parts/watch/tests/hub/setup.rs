//! A hub with two signers and members, a node, and what tests ask of them.

use std::path::PathBuf;
use std::time::Duration;

use ward_directory::{
    EnrolledBy, Here, Init, NewOrganisation, NewPerson, Organisation, OrganisationKind, Scope, Who, acting_as,
    add_organisation, add_person, enrol_signer, invite, issue_token, own_organisation, permit,
};
use ward_policy::{Resource, Role, Verb};
use ward_share::alert::{AlertKey, DraftAlert, IndicatorDraft, draft, publish, sign};
use ward_stix::alert::Confidence;
use ward_stix::marking::Tlp;
use ward_stix::timestamp::parse_micros;
use ward_store::testing::TestDatabase;
use ward_store::{Clock, Value, sequence, sign_checkpoint};
use ward_watch::hub::{Hub, join};
use ward_watch::jobs::work_once;

use crate::server::Server;

pub const SECOND: i64 = 1_000_000;
pub const DAY: i64 = 86_400 * SECOND;
pub const PASSWORD: &str = "a long enough password";

/// An installation with its first administrator and, at a hub, two people who sign.
#[derive(Clone)]
pub struct Office {
    pub here: Here,
    pub administrator: Who,
    pub ana: Option<Who>,
    pub dora: Option<Who>,
}

/// A hub, its doors, and a node on the tested database.
pub struct World {
    pub hub: Office,
    pub server: Server,
    pub node: Office,
    pub arizona: Organisation,
    pub illinois: Organisation,
    pub http: reqwest::Client,
    clock: PathBuf,
    _database: TestDatabase,
}

pub fn http() -> reqwest::Client {
    // The second call finds it installed, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap()
}

impl World {
    pub async fn new(database: TestDatabase) -> World {
        let clock = database.folder.join("clock.json");
        Clock::step_demo(&clock, parse_micros("2016-08-18T12:00:00Z").unwrap()).unwrap();
        let hub = office(&database, &clock, "Test Hub", true, OrganisationKind::Hub, None).await;
        let address = Some(database.address.clone());
        let node = office(&database, &clock, "Arizona Node", false, OrganisationKind::State, address).await;
        let arizona = organisation(&hub, OrganisationKind::State, "Arizona", None).await;
        let illinois = organisation(&hub, OrganisationKind::State, "Illinois", None).await;
        let server = Server::start(&hub.here).await;
        World { hub, server, node, arizona, illinois, http: http(), clock, _database: database }
    }

    /// As `new`, and the node has joined.
    pub async fn joined(database: TestDatabase) -> (World, Hub) {
        let world = World::new(database).await;
        let hub = world.join().await;
        (world, hub)
    }

    pub async fn join(&self) -> Hub {
        let token = join_token(&self.hub, &self.arizona).await;
        self.node.join(&self.http, &self.server.url, &token).await.unwrap()
    }

    pub fn step(&self, seconds: i64) {
        Clock::step_demo(&self.clock, self.node.here.now() + seconds * SECOND).unwrap();
    }

    pub async fn poll(&self, hub: &Hub) -> ward_watch::poll::Polled {
        ward_watch::poll::poll(&self.node.here, &self.http, &hub.id).await.unwrap()
    }

    pub fn clock_file(&self) -> PathBuf {
        self.clock.clone()
    }

    /// Does all jobs that are due at the node.
    pub async fn work(&self) {
        while work_once(&self.node.here, &self.http, "test").await.unwrap() {}
    }

    /// An alert to Arizona, published, and a checkpoint that covers it.
    pub async fn publish(&self) -> AlertKey {
        let key = self.hub.publish(&[&self.arizona]).await;
        settle(&self.hub.here).await;
        key
    }

    pub async fn received(&self, key: &AlertKey) -> ward_watch::receive::ReceivedAlert {
        let all = ward_watch::receive::received(&self.node.here).await.unwrap();
        all.into_iter().find(|alert| alert.report_id == key.report_id && alert.modified == key.modified).unwrap()
    }
}

impl Office {
    pub async fn join(&self, http: &reqwest::Client, url: &str, token: &str) -> Result<Hub, ward_watch::WatchError> {
        let own = own_organisation(&self.here).await.unwrap();
        let allowed = permit(&self.administrator, Verb::Create, Resource::Token, own).unwrap();
        join(&self.here, http, &allowed, url, token).await
    }

    /// The number that a query counts, with one text as its parameter.
    pub async fn count(&self, sql: &'static str, value: &str) -> i64 {
        let row = self.here.store.fetch(sql, &[Value::from(value)]).await.unwrap();
        row[0].get("n").unwrap()
    }

    pub async fn entries(&self, act: &str) -> i64 {
        self.count("SELECT COUNT(*) AS n FROM entry WHERE act = $1", act).await
    }

    pub async fn jobs(&self, kind: &str) -> i64 {
        self.count("SELECT COUNT(*) AS n FROM job WHERE kind = $1", kind).await
    }

    pub async fn publish(&self, recipients: &[&Organisation]) -> AlertKey {
        self.publish_as(Tlp::Amber, recipients).await
    }

    pub async fn publish_as(&self, tlp: Tlp, recipients: &[&Organisation]) -> AlertKey {
        let (ana, now) = (self.ana.as_ref().unwrap(), self.here.now());
        let indicator = |pattern: &str| IndicatorDraft { pattern: pattern.into(), confirmed: true };
        let alert = DraftAlert {
            headline: "Someone is trying the doors of voter registration websites".into(),
            who_must_act: "Whoever looks after your website".into(),
            steps: vec!["Call your IT person today.".into(), "Tell us what you find.".into()],
            confidence: Confidence::Moderate,
            why_different: "One office lost voter data this way.".into(),
            stops_mattering_at: now + 90 * DAY,
            tlp,
            search_from: now - 60 * DAY,
            search_until: now,
            indicators: vec![
                indicator("[ipv4-addr:value = '203.0.113.7']"),
                indicator("[ipv4-addr:value = '198.51.100.0/24']"),
            ],
            recipients: recipients.iter().map(|organisation| organisation.id.clone()).collect(),
            first_seen_at: None,
        };
        let key = draft(&self.here, &permit(ana, Verb::Create, Resource::Alert, ()).unwrap(), alert).await.unwrap();
        self.sign_and_publish(&key).await;
        key
    }

    pub async fn sign_and_publish(&self, key: &AlertKey) {
        let (ana, dora) = (self.ana.as_ref().unwrap(), self.dora.as_ref().unwrap());
        for signer in [ana, dora] {
            sign(&self.here, signer, key, PASSWORD).await.unwrap();
        }
        publish(&self.here, &permit(ana, Verb::Publish, Resource::Alert, ()).unwrap(), key).await.unwrap();
        while sequence(&self.here.store).await.unwrap() > 0 {}
    }

    pub async fn enrol(&self, who: &Who, by: EnrolledBy<'_>) -> String {
        let person = ward_directory::person(&self.here, who.person_id.as_ref().unwrap()).await.unwrap().unwrap();
        let allowed = permit(&self.administrator, Verb::Create, Resource::Person, person).unwrap();
        enrol_signer(&self.here, &allowed, PASSWORD, by).await.unwrap().verifier_key
    }

    pub async fn person(&self, name: &str, role: Role) -> Who {
        let email = format!("{}@office.example", name.to_lowercase().replace(' ', "."));
        let new = NewPerson {
            organisation_id: self.here.installation.organisation_id.clone(),
            name: name.to_owned(),
            office: "Security".to_owned(),
            email: email.clone(),
            role,
        };
        let (here, by) = (&self.here, &self.administrator);
        let person = add_person(here, &permit(by, Verb::Create, Resource::Person, new).unwrap()).await.unwrap();
        let link = invite(here, &permit(by, Verb::Create, Resource::Person, person).unwrap()).await.unwrap();
        let token = link.strip_prefix("/welcome/").unwrap();
        ward_directory::accept_invitation(here, token, name, &email, PASSWORD).await.unwrap();
        acting_as(here, &email, None).await.unwrap().unwrap()
    }
}

/// An installation on its own database.
pub async fn office(
    database: &TestDatabase,
    clock: &std::path::Path,
    name: &str,
    is_hub: bool,
    kind: OrganisationKind,
    address: Option<String>,
) -> Office {
    let options = Init {
        folder: database.folder.join(name.replace(' ', "-")),
        name: name.to_owned(),
        state: String::new(),
        is_hub,
        kind,
        database: address,
        clock: Clock::Demo(clock.to_path_buf()),
    };
    let (here, link) = ward_directory::init(options).await.unwrap();
    let token = link.strip_prefix("/welcome/").unwrap();
    ward_directory::accept_invitation(&here, token, "Ada Admin", "ada@office.example", PASSWORD).await.unwrap();
    let administrator = acting_as(&here, "ada@office.example", None).await.unwrap().unwrap();
    let mut office = Office { here, administrator, ana: None, dora: None };
    if is_hub {
        let ana = office.person("Ana Analyst", Role::Analyst).await;
        let dora = office.person("Dora Director", Role::Director).await;
        office.enrol(&ana, EnrolledBy::Installation).await;
        let by = EnrolledBy::Signer { person_id: ana.person_id.as_ref().unwrap(), password: PASSWORD };
        office.enrol(&dora, by).await;
        (office.ana, office.dora) = (Some(ana), Some(dora));
    }
    office
}

pub async fn organisation(of: &Office, kind: OrganisationKind, name: &str, parent_id: Option<String>) -> Organisation {
    let new = NewOrganisation { kind, name: name.to_owned(), state: String::new(), parent_id };
    let allowed = permit(&of.administrator, Verb::Create, Resource::Organisation, new).unwrap();
    add_organisation(&of.here, &allowed).await.unwrap()
}

pub async fn join_token(hub: &Office, of: &Organisation) -> String {
    let allowed = permit(&hub.administrator, Verb::Create, Resource::Token, of.clone()).unwrap();
    issue_token(&hub.here, &allowed, &[Scope::Join], 7).await.unwrap()
}

/// Numbers what waits and signs a checkpoint.
pub async fn settle(here: &Here) {
    while sequence(&here.store).await.unwrap() > 0 {}
    sign_checkpoint(&here.store, &here.log_key, here.now()).await.unwrap();
}
