//! A brief of a real hub, on both databases.
#![cfg(test)]

use serde_json::json;
use ward_brief::{Brief, BriefError, NOTICE, Window, figures, text};
use ward_directory::{
    Duty, EnrolledBy, Here, Init, NewContact, NewOrganisation, NewPerson, Organisation, OrganisationKind, Permit, Who,
    acting_as, add_contact, add_organisation, add_person, enrol_signer, invite, own_organisation, permit,
    verify_contact,
};
use ward_policy::{Level, Resource, Role, Verb};
use ward_share::ShareError;
use ward_share::acknowledge::{self, acknowledge, delivered};
use ward_share::alert::{AlertKey, DraftAlert, IndicatorDraft, draft, publish, sign};
use ward_share::answers::take;
use ward_stix::alert::Confidence;
use ward_stix::answer::{Answer, Finding, Rung, SourceCoverage, to_object};
use ward_stix::marking::Tlp;
use ward_stix::object::Object;
use ward_stix::timestamp::{format_stix, parse_micros};
use ward_store::testing::TestDatabase;
use ward_store::{Clock, test_both};

test_both!(a_brief_says_what_is_known_and_what_is_not, only_the_hub_sees_it);

const HOUR: i64 = 3_600_000_000;
const PASSWORD: &str = "a long enough password";

struct Hub {
    here: Here,
    administrator: Who,
    ana: Who,
    dora: Who,
    states: Vec<Organisation>,
    _database: TestDatabase,
}

fn start() -> i64 {
    parse_micros("2016-08-18T12:00:00Z").unwrap()
}

fn see(who: &Who) -> Permit<()> {
    permit(who, Verb::See, Resource::Brief, ()).unwrap()
}

/// A state's own person, who can do here what its node or its clerk does.
async fn of_state(hub: &Hub, state: &Organisation) -> Who {
    let email = format!("it@{}.example", state.name.to_lowercase().replace(' ', "-"));
    match acting_as(&hub.here, &email, None).await.unwrap() {
        Some(who) => who,
        None => person(&hub.here, &hub.administrator, state, &email, Role::It).await,
    }
}

async fn person(here: &Here, administrator: &Who, of: &Organisation, email: &str, role: Role) -> Who {
    let new = NewPerson {
        organisation_id: of.id.clone(),
        name: "Somebody".into(),
        office: "Office".into(),
        email: email.into(),
        role,
        clearance: Level::Unclassified,
    };
    let person = add_person(here, &permit(administrator, Verb::Create, Resource::Person, new).unwrap()).await.unwrap();
    let allowed = permit(administrator, Verb::Create, Resource::Person, person.clone()).unwrap();
    let link = invite(here, &allowed).await.unwrap();
    ward_directory::accept_invitation(here, link.trim_start_matches("/welcome/"), "Somebody", email, PASSWORD)
        .await
        .unwrap();
    acting_as(here, email, None).await.unwrap().unwrap()
}

async fn signer(here: &Here, administrator: &Who, of: &Organisation, email: &str, role: Role) -> Who {
    let who = person(here, administrator, of, email, role).await;
    let person = ward_directory::person(here, who.person_id.as_ref().unwrap()).await.unwrap().unwrap();
    let allowed = permit(administrator, Verb::Create, Resource::Person, person).unwrap();
    enrol_signer(here, &allowed, PASSWORD, EnrolledBy::Installation).await.unwrap();
    who
}

async fn hub(database: TestDatabase) -> Hub {
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
        let new =
            NewOrganisation { kind: OrganisationKind::State, name: name.into(), state: String::new(), parent_id: None };
        let allowed = permit(&administrator, Verb::Create, Resource::Organisation, new).unwrap();
        states.push(add_organisation(&here, &allowed).await.unwrap());
    }
    Hub { here, administrator, ana, dora, states, _database: database }
}

fn at(here: &Here, now: i64) -> Here {
    Here { clock: Clock::Fixed(now), ..here.clone() }
}

async fn published(hub: &Hub) -> AlertKey {
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

async fn answers(hub: &Hub, key: &AlertKey, place: usize, finding: Finding) {
    let state = &hub.states[place];
    let seen = matches!(finding, Finding::Confirmed(_) | Finding::MatchUnderReview);
    let answer = Answer {
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
        indicators: Vec::new(),
        confirmed_by: matches!(finding, Finding::Confirmed(_)).then(|| "Pat Person, IT".to_owned()),
        counts: vec![ward_stix::answer::CountWithDefinition { value: 3, definition: "records viewed".into() }],
        released_by: None,
        is_name_released: false,
        count: u64::from(seen),
        first_seen: seen.then_some(start() - 500 * HOUR),
        last_seen: seen.then_some(start() - 400 * HOUR),
        tlp: Tlp::Amber,
    };
    let who = of_state(hub, state).await;
    let mut tx = hub.here.store.begin().await.unwrap();
    take(&mut tx, &hub.here, &who, &Object::parse(&to_object(&answer)).unwrap()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn reached(hub: &Hub, key: &AlertKey, place: usize, hours: i64) {
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

fn values(brief: &Brief) -> Vec<(&str, serde_json::Value, usize, usize)> {
    brief.figures.iter().map(|one| (one.id.as_str(), one.value.clone(), one.reporting, one.of)).collect()
}

async fn a_brief_says_what_is_known_and_what_is_not(database: TestDatabase) {
    let hub = hub(database).await;
    let nothing = figures(&hub.here, &see(&hub.dora), None, start(), None).await.unwrap();
    assert_eq!(values(&nothing), [("F1", json!(null), 0, 0), ("F2", json!(null), 0, 0), ("F3", json!(null), 0, 0)]);
    assert!(nothing.seen.is_empty());
    let key = published(&hub).await;
    let silent = figures(&hub.here, &see(&hub.dora), None, start() + HOUR, None).await.unwrap();
    assert_eq!(values(&silent), [("F1", json!(null), 0, 6), ("F2", json!(null), 0, 6), ("F3", json!(null), 0, 1)]);

    let (scanned, accessed) = (Finding::Confirmed(Rung::Scanned), Finding::Confirmed(Rung::Accessed));
    for (place, finding) in
        [scanned, accessed, Finding::NotSeen, Finding::Blind, Finding::MatchUnderReview].into_iter().enumerate()
    {
        answers(&hub, &key, place, finding).await;
    }
    reached(&hub, &key, 0, 10).await;
    reached(&hub, &key, 1, 30).await;
    let as_of = start() + 48 * HOUR;
    let brief = figures(&hub.here, &see(&hub.dora), None, as_of, None).await.unwrap();
    assert_eq!(brief.as_of, "2016-08-20T12:00:00Z");
    assert_eq!(values(&brief), [("F1", json!(2), 4, 6), ("F2", json!(0.1667), 6, 6), ("F3", json!(250.0), 1, 1)]);
    let f1 = &brief.figures[0].beside;
    assert_eq!(
        (&f1["by_rung"]["scanned"], &f1["by_rung"]["accessed"], &f1["blind"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!(brief.figures[1].beside["recipients_lacking_verified_pair"], json!(4));
    assert_eq!(brief.seen.len(), 3, "{:?}", brief.seen);
    assert!(brief.seen[0].starts_with("1 state: accessed"), "worst first: {:?}", brief.seen);
    assert_eq!(
        brief.not_seen[0],
        "6 states asked: 3 with a match or a confirmed event, 1 searched fully and saw nothing, 0 searched partly and saw nothing in that part, 1 blind, \
         1 without an answer."
    );
    assert!(brief.not_seen[1].contains("98.7 % of the hours"), "{:?}", brief.not_seen);
    let page = text(&brief);
    for state in &hub.states {
        assert!(!page.contains(&state.name), "nobody is named: {page}");
    }
    assert!(!page.contains(NOTICE) && page.contains("F3  Time to share: 250.0 (1 of 1 reporting)"), "{page}");
    check_keys(&brief);

    // Events outside the window, and what came later, do not count.
    let window = |from: i64, until: i64| Some(Window { from: start() + from * HOUR, until: start() + until * HOUR });
    for (window, expected) in
        [(window(-450, 0), 2), (window(-300, 0), 0), (window(-900, -600), 0), (window(-500, -500), 2)]
    {
        let brief = figures(&hub.here, &see(&hub.dora), None, as_of, window).await.unwrap();
        assert_eq!(brief.figures[0].value, json!(expected), "{window:?}");
    }
    let early = figures(&hub.here, &see(&hub.dora), Some(&[key.report_id]), start() + 20 * HOUR, None).await.unwrap();
    assert_eq!(values(&early)[1], ("F2", json!(1.0), 1, 6), "what came after the time of the brief is left out");

    let demonstration = Here { clock: Clock::Demo(hub.here.folder.join("no-clock")), ..hub.here.clone() };
    let brief = figures(&demonstration, &see(&hub.dora), None, as_of, None).await.unwrap();
    assert_eq!(brief.notice.as_deref(), Some(NOTICE));
    assert!(text(&brief).starts_with(NOTICE) && text(&brief).trim_end().ends_with(NOTICE));
}

/// The form that others read.
fn check_keys(brief: &Brief) {
    let value = serde_json::to_value(brief).unwrap();
    let keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["as_of", "figures", "not_seen", "seen"]);
    for figure in value["figures"].as_array().unwrap() {
        for key in ["id", "name", "value", "reporting", "of", "definition"] {
            assert!(figure.get(key).is_some(), "`{key}` is missing in {figure}");
        }
    }
    assert_eq!(serde_json::from_value::<Brief>(value).unwrap(), *brief);
}

async fn only_the_hub_sees_it(database: TestDatabase) {
    let hub = hub(database).await;
    published(&hub).await;
    let theirs = person(&hub.here, &hub.administrator, &hub.states[0], "dan@arizona.example", Role::Director).await;
    let refused = figures(&hub.here, &see(&theirs), None, start(), None).await;
    assert!(matches!(refused, Err(BriefError::Share(ShareError::Forbidden { .. }))), "{refused:?}");
    let unknown = figures(&hub.here, &see(&hub.dora), Some(&["report--none".to_owned()]), start(), None).await;
    assert!(matches!(unknown, Err(BriefError::Share(ShareError::Unseen { .. }))), "{unknown:?}");
    let before = figures(&hub.here, &see(&hub.dora), None, start() - 1, None).await.unwrap();
    assert_eq!(before.figures[0].of, 0);
}
