//! A hub with two states, a county of the first, and somebody who is no member.

use serde_json::{Value, json};
use ward_directory::{
    Here, Init, NewOrganisation, NewPerson, Organisation, OrganisationKind, Scope, Who, accept_invitation, acting_as,
    add_organisation, add_person, authenticate, init, issue_token, permit,
};
use ward_policy::{Resource, Role, Verb};
use ward_share::collections::{self, Collection};
use ward_share::{ShareError, intake, page};
use ward_stix::bundle;
use ward_stix::marking::Tlp;
use ward_stix::object::Object;
use ward_store::testing::TestDatabase;
use ward_store::{Clock, sequence, values};
use ward_taxii::filter::{self, Endpoint, Filter};
use ward_taxii::wire::Status;

/// 3 May 2018, 12:00 UTC.
pub const NOW: i64 = 1_525_348_800_000_000;
pub const SECOND: i64 = 1_000_000;

pub struct Hub {
    pub here: Here,
    /// The hub's analyst and administrator.
    pub analyst: Who,
    pub admin: Who,
    pub arizona: Who,
    pub pima: Who,
    pub illinois: Who,
    pub stranger: Who,
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
        let (here, link) = init(options).await.unwrap();
        let token = link.strip_prefix("/welcome/").unwrap();
        accept_invitation(&here, token, "Ada Admin", "ada@hub.example", "correct horse battery").await.unwrap();
        let admin = acting_as(&here, "ada@hub.example", None).await.unwrap().unwrap();
        let analyst = Who { roles: vec![ward_policy::Role::Analyst], ..admin.clone() };
        collections::ensure(&here).await.unwrap();
        let arizona = member(&here, &admin, OrganisationKind::State, "Arizona", None).await;
        let pima = member(&here, &admin, OrganisationKind::County, "Pima", Some(&arizona.organisation.id)).await;
        let illinois = member(&here, &admin, OrganisationKind::State, "Illinois", None).await;
        let stranger = no_member(&here, &admin).await;
        Hub { here, analyst, admin, arizona, pima, illinois, stranger }
    }

    /// Lets seconds pass until everything committed is numbered.
    pub async fn tick(&mut self) {
        loop {
            let now = self.here.now() + SECOND;
            self.here.clock = Clock::Fixed(now);
            if sequence(&self.here.store).await.unwrap() == 0 {
                return;
            }
        }
    }

    /// A person of an organisation with a role.
    pub async fn person(&self, of: &Organisation, name: &str, role: Role) -> Who {
        let email = format!("{name}@office.example");
        let new = NewPerson {
            organisation_id: of.id.clone(),
            name: name.to_owned(),
            office: "Elections".to_owned(),
            email: email.clone(),
            role,
        };
        add_person(&self.here, &permit(&self.admin, Verb::Create, Resource::Person, new).unwrap()).await.unwrap();
        acting_as(&self.here, &email, None).await.unwrap().unwrap()
    }

    /// Lets days pass.
    pub fn pass(&mut self, days: i64) {
        self.here.clock = Clock::Fixed(self.here.now() + days * 86_400 * SECOND);
    }

    pub async fn collection(&self, who: &Who, alias: &str) -> Collection {
        collections::find(&self.here, who, alias).await.unwrap()
    }

    pub async fn post(&self, who: &Who, alias: &str, objects: &[Value]) -> Result<Status, ShareError> {
        self.post_text(who, alias, &json!({ "objects": objects }).to_string()).await
    }

    pub async fn post_text(&self, who: &Who, alias: &str, envelope: &str) -> Result<Status, ShareError> {
        let collection = collections::find(&self.here, who, alias).await?;
        let objects = bundle::split(envelope.as_bytes()).unwrap().objects;
        intake::add(&self.here, who, &collection, objects, None).await
    }

    /// Posts, and asserts that everything was taken.
    pub async fn add(&mut self, who: &Who, objects: &[Value]) {
        let status = self.post(who, "threat-information", objects).await.unwrap();
        assert_eq!(status.failure_count, 0, "{:?}", status.failures);
        self.tick().await;
    }

    /// The ids of the objects that a query of threat information gives, without paging.
    pub async fn ids(&self, who: &Who, query: &str) -> Vec<String> {
        self.pairs(who, query).await.into_iter().map(|(id, _)| id).collect()
    }

    /// Ids with versions.
    pub async fn pairs(&self, who: &Who, query: &str) -> Vec<(String, String)> {
        let found = self.objects(who, "threat-information", &parse(query)).await.unwrap();
        assert!(!found.more);
        found
            .items
            .iter()
            .map(|body| Object::parse(body).unwrap())
            .map(|one| (one.id().to_owned(), one.version().to_owned()))
            .collect()
    }

    pub async fn objects(
        &self,
        who: &Who,
        alias: &str,
        filter: &Filter,
    ) -> Result<page::Page<bytes::Bytes>, ShareError> {
        let collection = collections::find(&self.here, who, alias).await?;
        page::objects(&self.here, who, &collection, filter).await
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        self.here.store.fetch_optional(sql, &[]).await.unwrap().unwrap().get("n").unwrap()
    }
}

pub fn parse(query: &str) -> Filter {
    filter::parse(query, Endpoint::Objects).unwrap()
}

/// A member organisation, as its token for reading and writing.
async fn member(here: &Here, admin: &Who, kind: OrganisationKind, name: &str, parent_id: Option<&str>) -> Who {
    let new = NewOrganisation {
        kind,
        name: name.to_owned(),
        state: "AZ".to_owned(),
        parent_id: parent_id.map(str::to_owned),
    };
    let organisation =
        add_organisation(here, &permit(admin, Verb::Create, Resource::Organisation, new).unwrap()).await.unwrap();
    with_scopes(here, admin, &organisation, &[Scope::Read, Scope::Write]).await
}

/// An organisation that the hub knows but that does not belong to its community.
async fn no_member(here: &Here, admin: &Who) -> Who {
    let id = ward_store::random::id();
    let mut tx = here.store.begin().await.unwrap();
    let sql = "INSERT INTO organisation (id, kind, name, state, parent_id, identity_id, is_member, created_at)
               VALUES ($1, 'vendor', 'Somebody', '', NULL, $1, 0, 0)";
    tx.execute(sql, values![&id]).await.unwrap();
    tx.commit().await.unwrap();
    let organisation = ward_directory::organisation(here, &id).await.unwrap().unwrap();
    with_scopes(here, admin, &organisation, &[Scope::Read, Scope::Write]).await
}

pub async fn with_scopes(here: &Here, admin: &Who, organisation: &Organisation, scopes: &[Scope]) -> Who {
    let permit = permit(admin, Verb::Create, Resource::Token, organisation.clone()).unwrap();
    let secret = issue_token(here, &permit, scopes, 30).await.unwrap();
    authenticate(here, &secret).await.unwrap().unwrap()
}

/// An id whose UUID ends in a number.
pub fn id(kind: &str, number: u64) -> String {
    format!("{kind}--00000000-0000-4000-8000-{number:012}")
}

/// An indicator for an address of its own, with these markings, of this second's version.
pub fn indicator(number: u64, version: u64, markings: &[&str]) -> Value {
    let mut object = json!({
        "type": "indicator", "spec_version": "2.1", "id": id("indicator", number), "created": "2018-01-01T00:00:00.000Z",
        "modified": format!("2018-01-01T00:00:{version:02}.000Z"), "valid_from": "2018-01-01T00:00:00Z", "pattern_type": "stix",
        "pattern": format!("[ipv4-addr:value = '203.0.{}.{}']", number / 250 % 250, number % 250 + 1),
    });
    if !markings.is_empty() {
        object["object_marking_refs"] = json!(markings);
    }
    object
}

pub fn green(number: u64) -> Value {
    indicator(number, 0, &[Tlp::Green.official_id()])
}

pub fn red(number: u64) -> Value {
    indicator(number, 0, &[Tlp::Red.official_id()])
}

pub fn statement(number: u64) -> Value {
    json!({
        "type": "marking-definition", "spec_version": "2.1", "id": id("marking-definition", number),
        "created": "2018-01-01T00:00:00.000Z", "definition_type": "statement", "definition": {"statement": "(c) somebody"},
    })
}
