//! A hub with its people and members, and alerts to work with.

use std::sync::Arc;

use ward_directory::{
    Contact, Duty, EnrolledBy, Here, Init, NewContact, NewOrganisation, NewPerson, Organisation, OrganisationKind,
    Permit, Scope, Who, acting_as, add_contact, add_organisation, add_person, authenticate, enrol_signer, invite,
    issue_token, own_organisation, permit, verify_contact,
};
use ward_policy::{Resource, Role, Verb};
use ward_share::alert::{AlertKey, DraftAlert, IndicatorDraft, Published, draft, publish, sign};
use ward_stix::alert::Confidence;
use ward_stix::answer::{Answer, Finding, IndicatorResult, Seen, SourceCoverage, to_object};
use ward_stix::marking::Tlp;
use ward_stix::object::Object;
use ward_stix::timestamp::{format_stix, parse_micros};
use ward_store::testing::TestDatabase;
use ward_store::{Clock, sequence, sign_checkpoint};

pub const DAY: i64 = 86_400_000_000;
pub const HOUR: i64 = 3_600_000_000;
pub const PASSWORD: &str = "a long enough password";

#[derive(Clone)]
pub struct Hub {
    pub here: Here,
    pub database: Arc<TestDatabase>,
    pub administrator: Who,
    /// An analyst and a director who sign.
    pub ana: Who,
    pub dora: Who,
    pub arizona: Organisation,
    pub maricopa: Organisation,
    pub illinois: Organisation,
}

pub fn start() -> i64 {
    parse_micros("2016-08-18T12:00:00Z").unwrap()
}

pub async fn init(database: &TestDatabase, name: &str, kind: OrganisationKind, address: Option<String>) -> (Here, Who) {
    let folder = database.folder.join(name.replace(' ', "-"));
    let options = Init {
        folder,
        name: name.to_owned(),
        state: String::new(),
        is_hub: true,
        kind,
        database: address,
        clock: Clock::Fixed(start()),
    };
    let (here, link) = ward_directory::init(options).await.unwrap();
    let token = link.strip_prefix("/welcome/").unwrap();
    ward_directory::accept_invitation(&here, token, "Ada Admin", "ada@hub.example", PASSWORD).await.unwrap();
    let administrator = acting_as(&here, "ada@hub.example", None).await.unwrap().unwrap();
    (here, administrator)
}

pub async fn hub(database: TestDatabase) -> Hub {
    let (here, administrator) =
        init(&database, "Test Hub", OrganisationKind::Hub, Some(database.address.clone())).await;
    let own = own_organisation(&here).await.unwrap();
    let ana = person(&here, &administrator, &own, "Ana Analyst", Role::Analyst).await;
    let dora = person(&here, &administrator, &own, "Dora Director", Role::Director).await;
    for signer in [&ana, &dora] {
        enrol(&here, &administrator, signer).await;
    }
    let arizona = organisation(&here, &administrator, OrganisationKind::State, "Arizona", None).await;
    let maricopa = organisation(&here, &administrator, OrganisationKind::County, "Maricopa", Some(&arizona)).await;
    let illinois = organisation(&here, &administrator, OrganisationKind::State, "Illinois", None).await;
    Hub { here, database: Arc::new(database), administrator, ana, dora, arizona, maricopa, illinois }
}

pub async fn organisation(
    here: &Here,
    administrator: &Who,
    kind: OrganisationKind,
    name: &str,
    parent: Option<&Organisation>,
) -> Organisation {
    let parent_id = parent.map(|parent| parent.id.clone());
    let new = NewOrganisation { kind, name: name.to_owned(), state: String::new(), parent_id };
    add_organisation(here, &permit(administrator, Verb::Create, Resource::Organisation, new).unwrap()).await.unwrap()
}

pub async fn person(here: &Here, administrator: &Who, of: &Organisation, name: &str, role: Role) -> Who {
    let email =
        format!("{}@{}.example", name.to_lowercase().replace(' ', "."), of.name.to_lowercase().replace(' ', "-"));
    let new = NewPerson {
        organisation_id: of.id.clone(),
        name: name.to_owned(),
        office: "Office".to_owned(),
        email: email.clone(),
        role,
    };
    let person = add_person(here, &permit(administrator, Verb::Create, Resource::Person, new).unwrap()).await.unwrap();
    let link = invite(here, &permit(administrator, Verb::Create, Resource::Person, person).unwrap()).await.unwrap();
    let token = link.strip_prefix("/welcome/").unwrap();
    ward_directory::accept_invitation(here, token, name, &email, PASSWORD).await.unwrap();
    acting_as(here, &email, None).await.unwrap().unwrap()
}

pub async fn enrol(here: &Here, administrator: &Who, signer: &Who) {
    let person = ward_directory::person(here, signer.person_id.as_ref().unwrap()).await.unwrap().unwrap();
    let allowed = permit(administrator, Verb::Create, Resource::Person, person).unwrap();
    enrol_signer(here, &allowed, PASSWORD, EnrolledBy::Installation).await.unwrap();
}

/// The organisation's node, by its token.
pub async fn node(here: &Here, administrator: &Who, of: &Organisation) -> Who {
    let allowed = permit(administrator, Verb::Create, Resource::Token, of.clone()).unwrap();
    let token = issue_token(here, &allowed, &[Scope::Read, Scope::Write, Scope::Node], 30).await.unwrap();
    authenticate(here, &token).await.unwrap().unwrap()
}

pub async fn contact(here: &Here, administrator: &Who, of: &Organisation, duty: Duty, is_verified: bool) -> Contact {
    let allowed = permit(administrator, Verb::Create, Resource::Contact, of.clone()).unwrap();
    let new = NewContact { duty, name: "N".into(), email: "n@example.org".into(), phone: String::new() };
    let contact = add_contact(here, &allowed, &new).await.unwrap();
    if is_verified {
        verify_contact(here, &allowed, &contact.id).await.unwrap();
    }
    contact
}

pub fn allowed(who: &Who, verb: Verb, resource: Resource) -> Permit<()> {
    permit(who, verb, resource, ()).unwrap()
}

/// The same installation at another time.
pub fn at(here: &Here, now: i64) -> Here {
    Here { clock: Clock::Fixed(now), ..here.clone() }
}

pub fn complete_draft(tlp: Tlp, recipients: &[&Organisation]) -> DraftAlert {
    DraftAlert {
        headline: "Someone is trying the doors of voter registration websites".into(),
        who_must_act: "Whoever looks after your website".into(),
        steps: vec!["Call your IT person today.".into(), "Tell us what you find.".into()],
        confidence: Confidence::Moderate,
        why_different: "One office lost voter data this way.".into(),
        stops_mattering_at: start() + 90 * DAY,
        tlp,
        search_from: start() - 60 * DAY,
        search_until: start(),
        indicators: vec![
            IndicatorDraft { pattern: "[ipv4-addr:value = '203.0.113.7']".into(), confirmed: true },
            IndicatorDraft { pattern: "[ipv4-addr:value = '198.51.100.0/24']".into(), confirmed: true },
        ],
        recipients: recipients.iter().map(|organisation| organisation.id.clone()).collect(),
        first_seen_at: Some(start() - 10 * DAY),
    }
}

impl Hub {
    /// The same hub at another time.
    pub fn at(&self, now: i64) -> Hub {
        Hub { here: at(&self.here, now), ..self.clone() }
    }

    pub fn analyst(&self, verb: Verb) -> Permit<()> {
        allowed(&self.ana, verb, Resource::Alert)
    }

    pub async fn draft(&self, draft_alert: DraftAlert) -> AlertKey {
        draft(&self.here, &self.analyst(Verb::Create), draft_alert).await.unwrap()
    }

    pub async fn sign_and_publish(&self, here: &Here, key: &AlertKey) -> Published {
        sign(here, &self.ana, key, PASSWORD).await.unwrap();
        sign(here, &self.dora, key, PASSWORD).await.unwrap();
        let published = publish(here, &self.analyst(Verb::Publish), key).await.unwrap();
        settle(here).await;
        published
    }

    pub async fn published(&self, tlp: Tlp, recipients: &[&Organisation]) -> AlertKey {
        let key = self.draft(complete_draft(tlp, recipients)).await;
        self.sign_and_publish(&self.here, &key).await;
        key
    }

    /// Ids of the indicators that the newest version asks about.
    pub async fn live(&self, report_id: &str) -> Vec<String> {
        let view = ward_share::alert::read(&self.here, &self.ana, report_id, None).await.unwrap();
        view.indicators.into_iter().filter(|(_, _, is_withdrawn)| !is_withdrawn).map(|(id, _, _)| id).collect()
    }

    pub async fn node(&self, of: &Organisation) -> Who {
        node(&self.here, &self.administrator, of).await
    }
}

/// Numbers what waits and signs a checkpoint.
pub async fn settle(here: &Here) {
    while sequence(&here.store).await.unwrap() > 0 {}
    sign_checkpoint(&here.store, &here.log_key, here.now()).await.unwrap();
}

/// An answer for `office` by `by`, made at `now`.
pub fn answer(report_id: &str, office: &Organisation, by: &Organisation, finding: Finding, now: i64) -> Answer {
    let seen = !matches!(finding, Finding::NotSeen | Finding::PartlySearched | Finding::Blind);
    let source = SourceCoverage {
        name: "web".into(),
        kind: "web log".into(),
        events_read: 1_000,
        lines_read: 1_000,
        lines_rejected: 5,
        hours_asked: 100,
        hours_with_data: 98,
        first_event: None,
        last_event: None,
        blind_because: (finding == Finding::Blind).then(|| "a proxy's address on each line".to_owned()),
    };
    Answer {
        sighting_id: ward_stix::answer::sighting_id(uuid::Uuid::from_u128(7), report_id, &office.identity_id),
        of_ref: report_id.into(),
        where_sighted_ref: office.identity_id.clone(),
        answered_by_ref: by.identity_id.clone(),
        created: format_stix(start()),
        modified: format_stix(now),
        period_from: start() - 60 * DAY,
        period_until: start(),
        finding,
        sources: vec![source],
        indicators: Vec::new(),
        confirmed_by: matches!(finding, Finding::Confirmed(_)).then(|| "Pat Person, IT".to_owned()),
        counts: vec![ward_stix::answer::CountWithDefinition {
            value: 3,
            definition: "requests answered with 200".into(),
        }],
        false_alarms: Vec::new(),
        released_by: None,
        is_name_released: false,
        count: u64::from(seen),
        first_seen: seen.then_some(start() - 30 * DAY),
        last_seen: seen.then_some(start() - 29 * DAY),
        tlp: Tlp::Amber,
    }
}

/// The same answer with "not seen" for each of these indicators.
pub fn of_all(answer: Answer, indicators: &[String]) -> Answer {
    let one = |id: &String| IndicatorResult {
        indicator_ref: id.clone(),
        seen: Seen::NotSeen,
        count: 0,
        first: None,
        last: None,
        outside_validity: false,
    };
    Answer { indicators: indicators.iter().map(one).collect(), ..answer }
}

pub fn sighting(answer: &Answer) -> Object {
    Object::parse(&to_object(answer)).unwrap()
}
