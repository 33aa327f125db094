//! A hub with a liaison, a director, and somebody of a member who is to be cleared.

use ward_directory::clearance::{
    ChangeClearance, Changed, NewClearance, SponsorWord, Way, change_clearance, decide_proposal, open_clearance,
};
use ward_directory::{
    DirectoryError, Here, Init, NewOrganisation, NewPerson, Organisation, OrganisationKind, Permit, Person, Who,
    acting_as, add_organisation, add_person, init, permit,
};
use ward_policy::{Basis, Grade, Level, Resource, Role, Stage, Verb};
use ward_store::testing::TestDatabase;
use ward_store::{Clock, sequence, values, verify};

pub const NOW: i64 = 1_525_305_600_000_000;
pub const DAY: i64 = 86_400_000_000;

pub struct Hub {
    pub here: Here,
    pub admin: Who,
    pub lea: Who,
    pub dora: Who,
    pub arizona: Organisation,
    /// Who is to be cleared.
    pub dan: Person,
    _database: TestDatabase,
}

impl Hub {
    pub async fn new(database: TestDatabase) -> Hub {
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
        ward_directory::accept_invitation(&here, token, "Ada", "ada@hub.example", "correct horse battery")
            .await
            .unwrap();
        let admin = acting_as(&here, "ada@hub.example", None).await.unwrap().unwrap();
        let arizona = member(&here, &admin, "Arizona", "AZ").await;
        let own = admin.organisation.id.clone();
        add(&here, &admin, &own, "Lea", Role::Liaison).await;
        add(&here, &admin, &own, "Dora", Role::Director).await;
        let dan = add(&here, &admin, &arizona.id, "Dan", Role::Director).await;
        let (lea, dora) = (who(&here, "Lea").await, who(&here, "Dora").await);
        Hub { here, admin, lea, dora, arizona, dan, _database: database }
    }

    /// As it is at another time.
    pub fn at(&self, now: i64) -> Here {
        Here { clock: Clock::Fixed(now), ..self.here.clone() }
    }

    pub async fn open(&self, of: &Person, grade: Grade) -> Result<String, DirectoryError> {
        let new = NewClearance {
            sponsor: "dhs".to_owned(),
            grade,
            basis: Basis::Final,
            stage: Stage::Nominated,
            since: NOW - 500 * DAY,
        };
        open_clearance(&self.here, &on(&self.lea, Verb::Create, of), &new).await
    }

    pub async fn proposed(&self, id: &str, of: &Person, change: ChangeClearance) -> String {
        let permit = on(&self.lea, Verb::Change, of);
        match change_clearance(&self.here, &permit, id, &change, Some(&word())).await.unwrap() {
            Changed::Proposed(id) => id,
            Changed::Now => panic!("it was changed at once"),
        }
    }

    pub async fn cleared(&self, of: &Person) -> String {
        let id = self.open(of, Grade::Secret).await.unwrap();
        let proposal = self.proposed(&id, of, granted()).await;
        decide_proposal(&self.here, &on(&self.dora, Verb::Confirm, of), &proposal, true).await.unwrap();
        id
    }

    pub async fn level(&self) -> Level {
        who(&self.here, "Dan").await.clearance
    }

    pub async fn column(&self) -> String {
        let sql = "SELECT clearance FROM person WHERE id = $1";
        let row = self.here.store.fetch_optional(sql, values![&self.dan.id]).await.unwrap().unwrap();
        row.get("clearance").unwrap()
    }

    pub async fn entries(&self, act: &str) -> Vec<String> {
        let sql = "SELECT body FROM entry WHERE act = $1 ORDER BY id";
        let rows = self.here.store.fetch(sql, values![act]).await.unwrap();
        rows.iter().map(|row| row.get("body").unwrap()).collect()
    }

    pub async fn verifies(&self) {
        while sequence(&self.here.store).await.unwrap() > 0 {}
        verify(&self.here.store, self.here.log_key.verifier_key()).await.unwrap().unwrap();
    }
}

pub async fn member(here: &Here, admin: &Who, name: &str, state: &str) -> Organisation {
    let new = NewOrganisation {
        kind: OrganisationKind::State,
        name: name.to_owned(),
        state: state.to_owned(),
        parent_id: None,
    };
    add_organisation(here, &permit(admin, Verb::Create, Resource::Organisation, new).unwrap()).await.unwrap()
}

pub async fn add(here: &Here, admin: &Who, organisation_id: &str, name: &str, role: Role) -> Person {
    let new = NewPerson {
        organisation_id: organisation_id.to_owned(),
        name: name.to_owned(),
        office: "Elections".to_owned(),
        email: format!("{}@example.org", name.to_lowercase()),
        role,
    };
    add_person(here, &permit(admin, Verb::Create, Resource::Person, new).unwrap()).await.unwrap()
}

pub async fn who(here: &Here, name: &str) -> Who {
    acting_as(here, &format!("{}@example.org", name.to_lowercase()), None).await.unwrap().unwrap()
}

pub fn on(who: &Who, verb: Verb, person: &Person) -> Permit<Person> {
    permit(who, verb, Resource::Clearance, person.clone()).unwrap()
}

pub fn word() -> SponsorWord {
    SponsorWord {
        person: "S. Ponsor, DHS".to_owned(),
        at: NOW - 2 * DAY,
        way: Way::Telephone,
        reference: "note 2018/117".to_owned(),
    }
}

pub fn granted() -> ChangeClearance {
    ChangeClearance {
        stage: Some((Stage::Granted, NOW - 10 * DAY)),
        nda_signed_at: Some(NOW - 9 * DAY),
        ..ChangeClearance::default()
    }
}

pub fn to(stage: Stage) -> ChangeClearance {
    ChangeClearance { stage: Some((stage, NOW - DAY)), ..ChangeClearance::default() }
}

pub fn is_invalid<T: std::fmt::Debug>(result: Result<T, DirectoryError>, part: &str) {
    match result {
        Err(DirectoryError::Invalid(reason)) => assert!(reason.contains(part), "{reason}"),
        other => panic!("{part}: {other:?}"),
    }
}

pub fn is_refused<T: std::fmt::Debug>(result: Result<T, DirectoryError>) {
    assert!(matches!(result, Err(DirectoryError::Refused { .. })), "{result:?}");
}
