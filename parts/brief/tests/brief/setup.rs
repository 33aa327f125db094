//! A real hub with six states, an alert and what they answered.

use ward_directory::{
    Duty, EnrolledBy, Here, Init, NewContact, NewOrganisation, NewPerson, Organisation, OrganisationKind, Permit, Who,
    acting_as, add_contact, add_organisation, add_person, enrol_signer, invite, own_organisation, permit,
    verify_contact,
};
use ward_policy::{Resource, Role, Verb};
use ward_share::acknowledge::{self, acknowledge, delivered};
use ward_share::alert::{AlertKey, DraftAlert, IndicatorDraft, draft, publish, sign};
use ward_share::answers::take;
use ward_stix::alert::Confidence;
use ward_stix::answer::{Answer, Finding, IndicatorResult, Seen, SourceCoverage, to_object};
use ward_stix::marking::Tlp;
use ward_stix::object::Object;
use ward_stix::timestamp::{format_stix, parse_micros};
use ward_store::Clock;
use ward_store::testing::TestDatabase;

pub const HOUR: i64 = 3_600_000_000;
pub const PASSWORD: &str = "a long enough password";

pub struct Hub {
    pub here: Here,
    pub administrator: Who,
    pub ana: Who,
    pub dora: Who,
    pub states: Vec<Organisation>,
    _database: TestDatabase,
}

pub fn start() -> i64 {
    parse_micros("2016-08-18T12:00:00Z").unwrap()
}

pub fn see(who: &Who) -> Permit<()> {
    permit(who, Verb::See, Resource::Brief, ()).unwrap()
}

/// A state's own person, who can do here what its node or its clerk does.
pub async fn of_state(hub: &Hub, state: &Organisation) -> Who {
    let email = format!("it@{}.example", state.name.to_lowercase().replace(' ', "-"));
    match acting_as(&hub.here, &email, None).await.unwrap() {
        Some(who) => who,
        None => person(&hub.here, &hub.administrator, state, &email, Role::It).await,
    }
}

pub async fn person(here: &Here, administrator: &Who, of: &Organisation, email: &str, role: Role) -> Who {
    let new = NewPerson {
        organisation_id: of.id.clone(),
        name: "Somebody".into(),
        office: "Office".into(),
        email: email.into(),
        role,
    };
    let person = add_person(here, &permit(administrator, Verb::Create, Resource::Person, new).unwrap()).await.unwrap();
    let allowed = permit(administrator, Verb::Create, Resource::Person, person.clone()).unwrap();
    let link = invite(here, &allowed).await.unwrap();
    ward_directory::accept_invitation(here, link.trim_start_matches("/welcome/"), "Somebody", email, PASSWORD)
        .await
        .unwrap();
    acting_as(here, email, None).await.unwrap().unwrap()
}

pub async fn signer(here: &Here, administrator: &Who, of: &Organisation, email: &str, role: Role) -> Who {
    let who = person(here, administrator, of, email, role).await;
    let person = ward_directory::person(here, who.person_id.as_ref().unwrap()).await.unwrap().unwrap();
    let allowed = permit(administrator, Verb::Create, Resource::Person, person).unwrap();
    enrol_signer(here, &allowed, PASSWORD, EnrolledBy::Installation).await.unwrap();
    who
}

pub async fn hub(database: TestDatabase) -> Hub {
    let options = Init {
        folder: database.folder.join("hub"),
        name: "Test Hub".into(),
        state: String::new(),
        is_hub: true,
        kind: OrganisationKind::Hub,
        database: Some(database.address.clone()),
        clock: Clock::Fixed(start()),
    };
    let (here, link) = ward_directory::init(options).await.unwrap();
    let email = "ada@hub.example";
    ward_directory::accept_invitation(&here, link.trim_start_matches("/welcome/"), "Ada", email, PASSWORD)
        .await
        .unwrap();
    let administrator = acting_as(&here, email, None).await.unwrap().unwrap();
    let own = own_organisation(&here).await.unwrap();
    let ana = signer(&here, &administrator, &own, "ana@hub.example", Role::Analyst).await;
    let dora = signer(&here, &administrator, &own, "dora@hub.example", Role::Director).await;
    let mut states = Vec::new();
    for name in ["Arizona", "Illinois", "Ohio", "Utah", "Vermont", "Maine"] {
        states.push(office(&here, &administrator, OrganisationKind::State, name).await);
    }
    Hub { here, administrator, ana, dora, states, _database: database }
}

pub async fn office(here: &Here, administrator: &Who, kind: OrganisationKind, name: &str) -> Organisation {
    let new = NewOrganisation { kind, name: name.into(), state: String::new(), parent_id: None };
    let allowed = permit(administrator, Verb::Create, Resource::Organisation, new).unwrap();
    add_organisation(here, &allowed).await.unwrap()
}

pub fn at(here: &Here, now: i64) -> Here {
    Here { clock: Clock::Fixed(now), ..here.clone() }
}

pub async fn published(hub: &Hub) -> AlertKey {
    let new = DraftAlert {
        headline: "Someone is trying the doors of voter registration websites".into(),
        who_must_act: "Whoever looks after your website".into(),
        steps: vec!["Call your IT person today.".into()],
        confidence: Confidence::Moderate,
        why_different: "One office lost voter data this way.".into(),
        stops_mattering_at: start() + 2_000 * HOUR,
        tlp: Tlp::Amber,
        search_from: start() - 1_000 * HOUR,
        search_until: start(),
        indicators: vec![IndicatorDraft { pattern: "[ipv4-addr:value = '203.0.113.7']".into(), confirmed: true }],
        recipients: hub.states.iter().map(|state| state.id.clone()).collect(),
        first_seen_at: Some(start() - 240 * HOUR),
    };
    let analyst = |verb| permit(&hub.ana, verb, Resource::Alert, ()).unwrap();
    let key = draft(&hub.here, &analyst(Verb::Create), new).await.unwrap();
    sign(&hub.here, &hub.ana, &key, PASSWORD).await.unwrap();
    sign(&hub.here, &hub.dora, &key, PASSWORD).await.unwrap();
    publish(&hub.here, &analyst(Verb::Publish), &key).await.unwrap();
    key
}

pub async fn answers(hub: &Hub, key: &AlertKey, place: usize, finding: Finding) {
    answers_with(hub, key, place, finding, |_| {}).await;
}

pub async fn answers_with(hub: &Hub, key: &AlertKey, place: usize, finding: Finding, change: impl Fn(&mut Answer)) {
    let state = &hub.states[place];
    let seen = matches!(finding, Finding::Confirmed(_) | Finding::MatchUnderReview);
    let asked = ward_share::alert::read(&hub.here, &hub.ana, &key.report_id, None).await.unwrap().indicators;
    // "Not seen" counts as that only when everything that the alert asks about was searched for.
    let not_seen = asked.into_iter().filter(|_| finding == Finding::NotSeen).map(|(id, _, _)| IndicatorResult {
        indicator_ref: id,
        seen: Seen::NotSeen,
        count: 0,
        first: None,
        last: None,
        outside_validity: false,
    });
    let mut answer = Answer {
        sighting_id: format!("sighting--00000000-0000-4000-8000-{place:012}"),
        of_ref: key.report_id.clone(),
        where_sighted_ref: state.identity_id.clone(),
        answered_by_ref: state.identity_id.clone(),
        created: format_stix(start()),
        modified: format_stix(start()),
        period_from: start() - 1_000 * HOUR,
        period_until: start(),
        finding,
        sources: vec![SourceCoverage {
            name: "web".into(),
            kind: "web log".into(),
            events_read: 900,
            lines_read: 1_000,
            lines_rejected: 5,
            hours_asked: 1_000,
            hours_with_data: 987,
            first_event: None,
            last_event: None,
            blind_because: (finding == Finding::Blind).then(|| "a proxy's address on each line".to_owned()),
        }],
        indicators: not_seen.collect(),
        confirmed_by: matches!(finding, Finding::Confirmed(_)).then(|| "Pat Person, IT".to_owned()),
        counts: vec![ward_stix::answer::CountWithDefinition { value: 3, definition: "records viewed".into() }],
        false_alarms: Vec::new(),
        released_by: None,
        is_name_released: false,
        count: u64::from(seen),
        first_seen: seen.then_some(start() - 500 * HOUR),
        last_seen: seen.then_some(start() - 400 * HOUR),
        tlp: Tlp::Amber,
    };
    change(&mut answer);
    let who = of_state(hub, state).await;
    let mut tx = hub.here.store.begin().await.unwrap();
    take(&mut tx, &hub.here, &who, &Object::parse(&to_object(&answer)).unwrap()).await.unwrap();
    tx.commit().await.unwrap();
}

pub async fn reached(hub: &Hub, key: &AlertKey, place: usize, hours: i64) {
    let state = &hub.states[place];
    let (here, who) = (at(&hub.here, start() + hours * HOUR), of_state(hub, state).await);
    delivered(&here, &who, &[(key.report_id.clone(), key.modified.clone())]).await.unwrap();
    for (duty, contact) in [(acknowledge::Duty::Election, Duty::Election), (acknowledge::Duty::It, Duty::It)] {
        acknowledge(&here, &who, &key.report_id, &key.modified, duty, "Pat").await.unwrap();
        let allowed = permit(&hub.administrator, Verb::Create, Resource::Contact, state.clone()).unwrap();
        let new =
            NewContact { duty: contact, name: "Pat".into(), email: "pat@example.org".into(), phone: String::new() };
        let contact = add_contact(&hub.here, &allowed, &new).await.unwrap();
        verify_contact(&hub.here, &allowed, &contact.id).await.unwrap();
    }
}
