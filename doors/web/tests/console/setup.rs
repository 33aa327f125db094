//! A hub with its people and members, and a member's own node, each listening.

use ward_directory::{
    EnrolledBy, Here, Init, NewOrganisation, NewPerson, Organisation, OrganisationKind, Who, accept_invitation,
    acting_as, add_organisation, add_person, enrol_signer, init, invite, permit,
};
use ward_policy::{Resource, Role, Verb};
use ward_store::Clock;
use ward_store::testing::{Kind, TestDatabase};

pub const PASSWORD: &str = "correct horse battery";

/// An installation that listens.
pub struct Office {
    pub here: Here,
    pub admin: Who,
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    _database: TestDatabase,
}

impl Office {
    pub async fn hub(name: &str) -> Office {
        let hub = Office::new(name, OrganisationKind::Hub).await;
        ward_share::collections::ensure(&hub.here).await.unwrap();
        hub
    }

    pub async fn new(name: &str, kind: OrganisationKind) -> Office {
        Office::by(name, kind, |_| Clock::System).await
    }

    /// With a clock of its own, which may keep a file in the folder that it is given.
    pub async fn by(name: &str, kind: OrganisationKind, clock: fn(&std::path::Path) -> Clock) -> Office {
        let database = TestDatabase::new(Kind::Sqlite);
        let options = Init {
            folder: database.folder.join("ward"),
            name: name.to_owned(),
            state: String::new(),
            is_hub: kind == OrganisationKind::Hub,
            kind,
            database: Some(database.address.clone()),
            clock: clock(&database.folder),
        };
        let (here, link) = init(options).await.unwrap();
        let token = link.strip_prefix("/welcome/").unwrap();
        accept_invitation(&here, token, "Ada Admin", "ada@office.example", PASSWORD).await.unwrap();
        let admin = acting_as(&here, "ada@office.example", None).await.unwrap().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = ward_web::router(here.clone(), ward_web::limit::Limits::default());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Office { here, admin, url, _database: database }
    }

    /// A person of an organisation with a password; the address is `name@office.example`.
    pub async fn person(&self, of: &Organisation, name: &str, role: Role) -> Who {
        self.person_at(of, &name.to_lowercase(), name, role).await
    }

    /// A person whose address is `account@office.example`.
    pub async fn person_at(&self, of: &Organisation, account: &str, name: &str, role: Role) -> Who {
        let email = format!("{account}@office.example");
        let new = NewPerson {
            organisation_id: of.id.clone(),
            name: name.to_owned(),
            office: "Elections".to_owned(),
            email: email.clone(),
            role,
        };
        let person =
            add_person(&self.here, &permit(&self.admin, Verb::Create, Resource::Person, new).unwrap()).await.unwrap();
        let allowed = permit(&self.admin, Verb::Create, Resource::Person, person).unwrap();
        let link = invite(&self.here, &allowed).await.unwrap();
        let token = link.strip_prefix("/welcome/").unwrap();
        accept_invitation(&self.here, token, name, &email, PASSWORD).await.unwrap();
        acting_as(&self.here, &email, None).await.unwrap().unwrap()
    }

    /// As `person`, of this office itself, with a key to sign.
    pub async fn signer(&self, account: &str, name: &str, role: Role) -> Who {
        let who = self.person_at(&self.admin.organisation, account, name, role).await;
        let person = ward_directory::person(&self.here, &who.actor).await.unwrap().unwrap();
        let allowed = permit(&self.admin, Verb::Create, Resource::Person, person).unwrap();
        enrol_signer(&self.here, &allowed, PASSWORD, EnrolledBy::Installation).await.unwrap();
        who
    }

    pub async fn member(&self, name: &str, state: &str) -> Organisation {
        let kind = OrganisationKind::State;
        let new = NewOrganisation { kind, name: name.to_owned(), state: state.to_owned(), parent_id: None };
        let allowed = permit(&self.admin, Verb::Create, Resource::Organisation, new).unwrap();
        add_organisation(&self.here, &allowed).await.unwrap()
    }
}
