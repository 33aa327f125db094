//! Clearances are tracked and never granted: two people and the sponsor's word to raise one, one person to lower it, nobody sees another's
//! people, and the list is given out for a reason only.
#![cfg(test)]

#[path = "clearance/hub.rs"]
mod hub;

use hub::{DAY, Hub, NOW, add, granted, is_invalid, is_refused, member, on, to, who, word};
use ward_directory::clearance::{
    Asked, ChangeClearance, Changed, ClearanceTaskKind, Details, NewClearance, NewReadIn, SecureContact, SponsorWord,
    TrainingKind, Way, add_read_in, add_training, change_clearance, clearance_tasks, debrief_read_in, decide_proposal,
    leave_office, open_clearance, overview, own_record, record_of, roster, set_details, set_seats, who_can_be_briefed,
};
use ward_directory::{
    DirectoryError, Person, Scope, Who, authenticate, enter_attributes, issue_token, permit, recipient,
};
use ward_policy::{Attributes, Basis, Grade, Level, Resource, Role, Stage, Verb};
use ward_stix::marking::acs::{Community, Entity, Sensitivity};
use ward_store::test_both;
use ward_store::testing::TestDatabase;

test_both!(
    raising_takes_two_people_and_the_sponsors_word,
    lowering_takes_one_and_works_at_once,
    a_verification_holds_for_a_year,
    leaving_office_ends_it_and_waits_for_the_debriefing,
    a_state_has_so_many_seats,
    the_list_is_given_for_a_reason_that_is_recorded,
    members_keep_and_see_their_own_at_most,
    what_is_not_kept_is_refused,
    attributes_follow_from_the_kind_the_codes_and_the_training,
);

async fn raising_takes_two_people_and_the_sponsors_word(database: TestDatabase) {
    let hub = Hub::new(database).await;
    let (here, dan) = (&hub.here, &hub.dan);
    let id = hub.open(dan, Grade::Secret).await.unwrap();
    is_invalid(hub.open(dan, Grade::Secret).await, "open record");
    let change = on(&hub.lea, Verb::Change, dan);
    let investigating =
        ChangeClearance { stage: Some((Stage::Investigating, NOW - 20 * DAY)), ..ChangeClearance::default() };
    assert_eq!(change_clearance(here, &change, &id, &investigating, None).await.unwrap(), Changed::Now);
    is_invalid(change_clearance(here, &change, &id, &to(Stage::Nominated), None).await, "does not become");
    is_invalid(change_clearance(here, &change, &id, &granted(), None).await, "who at the sponsor");
    for (without, part) in [
        (SponsorWord { person: " ".to_owned(), ..word() }, "confirmed it"),
        (SponsorWord { reference: String::new(), ..word() }, "reference"),
        (SponsorWord { at: NOW + DAY, ..word() }, "yet to come"),
    ] {
        is_invalid(change_clearance(here, &change, &id, &to(Stage::Granted), Some(&without)).await, part);
    }
    let grant = ChangeClearance { stage: Some((Stage::Granted, NOW)), ..granted() };
    let proposal = hub.proposed(&id, dan, grant.clone()).await;
    is_invalid(change_clearance(here, &change, &id, &grant, Some(&word())).await, "another proposal");
    assert_eq!(hub.level().await, Level::Unclassified, "what is proposed holds not yet");
    is_invalid(decide_proposal(here, &on(&hub.lea, Verb::Confirm, dan), &proposal, true).await, "second person");
    let of_other = add(here, &hub.admin, &hub.arizona.id, "Olga", Role::Clerk).await;
    let other = decide_proposal(here, &on(&hub.dora, Verb::Confirm, &of_other), &proposal, true).await;
    assert!(matches!(other, Err(DirectoryError::Unknown { .. })), "{other:?}");
    assert!(hub.entries("clearance.confirmed").await.is_empty());
    let kinds = async |who: &Who| -> Vec<ClearanceTaskKind> {
        clearance_tasks(here, who).await.unwrap().iter().map(|task| task.kind).collect()
    };
    assert_eq!((kinds(&hub.lea).await, kinds(&hub.dora).await), (vec![], vec![ClearanceTaskKind::Confirm]));
    let confirm = on(&hub.dora, Verb::Confirm, dan);
    decide_proposal(here, &confirm, &proposal, true).await.unwrap();
    is_invalid(decide_proposal(here, &confirm, &proposal, true).await, "not open");
    assert_eq!((hub.level().await, hub.column().await.as_str()), (Level::Secret, "secret"));
    let record = record_of(here, &hub.lea, &dan.id).await.unwrap();
    assert_eq!(record.clearances[0].verified_at, Some(NOW - 2 * DAY), "the sponsor's word verifies");
    // A higher level, refused; then the record goes on and the next proposal is overtaken.
    let higher = ChangeClearance { grade: Some(Grade::TopSecret), ..ChangeClearance::default() };
    let refused = hub.proposed(&id, dan, higher.clone()).await;
    decide_proposal(here, &confirm, &refused, false).await.unwrap();
    let overtaken = hub.proposed(&id, dan, higher).await;
    let vetted = ChangeClearance { stage: Some((Stage::ContinuousVetting, NOW)), ..ChangeClearance::default() };
    assert_eq!(change_clearance(here, &change, &id, &vetted, None).await.unwrap(), Changed::Now);
    is_invalid(decide_proposal(here, &confirm, &overtaken, true).await, "not open");
    assert_eq!(hub.level().await, Level::Secret);
    hub.verifies().await;
    // Nobody keeps their own record, and nothing else sets a level: a row without records is none.
    let lea = ward_directory::person(here, &hub.lea.actor).await.unwrap().unwrap();
    is_invalid(hub.open(&lea, Grade::Secret).await, "nobody keeps their own");
    let mut tx = here.store.begin().await.unwrap();
    tx.execute("UPDATE person SET clearance = 'top-secret'", &[]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((who(here, "Lea").await.clearance, hub.level().await), (Level::Unclassified, Level::Secret));
}

async fn lowering_takes_one_and_works_at_once(database: TestDatabase) {
    let hub = Hub::new(database).await;
    let (here, dan) = (&hub.here, &hub.dan);
    let id = hub.cleared(dan).await;
    let change = on(&hub.lea, Verb::Change, dan);
    let lower = ChangeClearance { grade: Some(Grade::Confidential), ..ChangeClearance::default() };
    assert_eq!(change_clearance(here, &change, &id, &lower, None).await.unwrap(), Changed::Now);
    assert_eq!(hub.level().await, Level::Confidential);
    change_clearance(here, &change, &id, &to(Stage::Suspended), None).await.unwrap();
    assert_eq!((hub.level().await, hub.column().await.as_str()), (Level::Unclassified, "unclassified"));
    // Back again takes two.
    is_invalid(change_clearance(here, &change, &id, &to(Stage::Granted), None).await, "who at the sponsor");
    let back = hub.proposed(&id, dan, to(Stage::Granted)).await;
    decide_proposal(here, &on(&hub.dora, Verb::Confirm, dan), &back, true).await.unwrap();
    assert_eq!(hub.level().await, Level::Confidential);
    change_clearance(here, &change, &id, &to(Stage::Withdrawn), None).await.unwrap();
    assert_eq!(hub.level().await, Level::Unclassified);
    is_invalid(change_clearance(here, &change, &id, &granted(), Some(&word())).await, "does not become");
    hub.verifies().await;
}

async fn a_verification_holds_for_a_year(database: TestDatabase) {
    let hub = Hub::new(database).await;
    let id = hub.cleared(&hub.dan).await;
    let verified_at = NOW - 2 * DAY;
    let change = on(&hub.lea, Verb::Change, &hub.dan);
    for (days, expected) in [(364, Level::Secret), (365, Level::Unclassified), (1_000, Level::Unclassified)] {
        let later = hub.at(verified_at + days * DAY);
        assert_eq!(who(&later, "Dan").await.clearance, expected, "after {days} days");
    }
    let verify = |at: i64| ChangeClearance { verified: Some((at, Way::Letter)), ..ChangeClearance::default() };
    let late = hub.at(verified_at + 400 * DAY);
    is_invalid(change_clearance(&late, &change, &id, &verify(late.now()), None).await, "who at the sponsor");
    let in_time = hub.at(verified_at + 300 * DAY);
    assert_eq!(change_clearance(&in_time, &change, &id, &verify(in_time.now()), None).await.unwrap(), Changed::Now);
    assert_eq!(who(&late, "Dan").await.clearance, Level::Secret);
    is_invalid(change_clearance(&in_time, &change, &id, &verify(NOW), None).await, "later than that");
}

async fn leaving_office_ends_it_and_waits_for_the_debriefing(database: TestDatabase) {
    let hub = Hub::new(database).await;
    let (here, dan) = (&hub.here, &hub.dan);
    let id = hub.cleared(dan).await;
    let change = on(&hub.lea, Verb::Change, dan);
    add_training(here, &change, TrainingKind::Les, NOW - DAY).await.unwrap();
    let read_in = NewReadIn {
        at: NOW - 3 * DAY,
        place: "Fusion center".to_owned(),
        topic: "Probing".to_owned(),
        briefer: "A. Briefer".to_owned(),
    };
    let read_in = add_read_in(here, &change, &read_in).await.unwrap();
    assert_eq!(hub.open(dan, Grade::TopSecret).await.map(|_| ()).unwrap(), (), "a higher level is asked for meanwhile");
    is_invalid(leave_office(here, &change, NOW + DAY).await, "yet to come");
    // The administrator of their own office says it, who sees no record.
    let of_arizona = add(here, &hub.admin, &hub.arizona.id, "Abe", Role::Administrator).await;
    let abe = who(here, "Abe").await;
    let away = permit(&abe, Verb::Change, Resource::Person, dan.clone()).unwrap();
    let elsewhere = ward_directory::person(here, &hub.lea.actor).await.unwrap().unwrap();
    is_refused(leave_office(here, &permit(&abe, Verb::Change, Resource::Person, elsewhere).unwrap(), NOW).await);
    leave_office(here, &away, NOW).await.unwrap();
    let gone = who(here, "Dan").await;
    assert_eq!((gone.clearance, gone.attributes.sensitivities), (Level::Unclassified, vec![]));
    let record = record_of(here, &hub.lea, &dan.id).await.unwrap();
    assert_eq!(record.holder.unwrap().left_at, Some(NOW));
    assert!(record.clearances.iter().all(|one| one.stage == Stage::Withdrawn), "{:?}", record.clearances);
    assert_eq!(record.to_debrief, std::slice::from_ref(&id), "who never had access is not debriefed");
    let kinds = async || -> Vec<ClearanceTaskKind> {
        clearance_tasks(here, &hub.lea).await.unwrap().iter().map(|task| task.kind).collect()
    };
    assert_eq!(kinds().await, [ClearanceTaskKind::Debrief, ClearanceTaskKind::DebriefReadIn]);
    let debriefed = ChangeClearance { stage: Some((Stage::Debriefed, NOW)), ..ChangeClearance::default() };
    change_clearance(here, &change, &id, &debriefed, None).await.unwrap();
    is_invalid(debrief_read_in(here, &change, &read_in, NOW - 4 * DAY).await, "no open read-in");
    debrief_read_in(here, &change, &read_in, NOW).await.unwrap();
    is_invalid(debrief_read_in(here, &change, &read_in, NOW).await, "no open read-in");
    assert_eq!(kinds().await, []);
    leave_office(here, &permit(&hub.admin, Verb::Change, Resource::Person, of_arizona).unwrap(), NOW).await.unwrap();
    assert_eq!(hub.entries("person.left-office").await.len(), 2, "also of who was never cleared");
    hub.verifies().await;
}

async fn a_state_has_so_many_seats(database: TestDatabase) {
    let hub = Hub::new(database).await;
    let here = &hub.here;
    member(here, &hub.admin, "Ohio", "OH").await;
    for name in ["One", "Two"] {
        let person = add(here, &hub.admin, &hub.arizona.id, name, Role::Clerk).await;
        hub.open(&person, Grade::Secret).await.unwrap();
    }
    hub.cleared(&hub.dan).await;
    hub.open(&hub.dan, Grade::TopSecret).await.expect("the same person's seat");
    let more = add(here, &hub.admin, &hub.arizona.id, "More", Role::Clerk).await;
    is_invalid(hub.open(&more, Grade::Secret).await, "3 of 3 seats of AZ");
    let new = |sponsor: &str, basis: Basis| NewClearance {
        sponsor: sponsor.to_owned(),
        grade: Grade::Secret,
        basis,
        stage: Stage::Identified,
        since: NOW,
    };
    let create = on(&hub.lea, Verb::Create, &more);
    let governor = open_clearance(here, &create, &new("DHS", Basis::Governor)).await.expect("takes no seat");
    let withdrawn = ChangeClearance { stage: Some((Stage::Withdrawn, NOW)), ..ChangeClearance::default() };
    change_clearance(here, &on(&hub.lea, Verb::Change, &more), &governor, &withdrawn, None).await.unwrap();
    open_clearance(here, &create, &new("FBI", Basis::Final)).await.expect("another sponsor's");
    let seats = |state: &str| permit(&hub.lea, Verb::Change, Resource::Clearance, state.to_owned()).unwrap();
    is_invalid(set_seats(here, &seats("XX"), 4).await, "no office");
    set_seats(here, &seats("AZ"), 4).await.unwrap();
    let last = add(here, &hub.admin, &hub.arizona.id, "Last", Role::Clerk).await;
    hub.open(&last, Grade::Secret).await.unwrap();
    let shown = overview(here, &permit(&hub.lea, Verb::See, Resource::Clearance, ()).unwrap()).await.unwrap();
    let rows: Vec<(&str, usize, i64, usize)> =
        shown.seats.iter().map(|row| (row.state.as_str(), row.used, row.seats, row.waiting)).collect();
    assert_eq!(rows, [("AZ", 4, 4, 3), ("OH", 0, 3, 0)]);
    let stuck: Vec<(&str, i64)> = shown.pending.iter().map(|one| (one.person.as_str(), one.days)).collect();
    assert_eq!(stuck, [("Dan", 500), ("Last", 500), ("One", 500), ("Two", 500), ("More", 0)]);
    let dan = record_of(here, &hub.lea, &hub.dan.id).await.unwrap();
    let days: Vec<(Stage, i64)> =
        dan.stages[&dan.clearances[0].id].iter().map(|(stage, _, days)| (*stage, *days)).collect();
    assert_eq!(days, [(Stage::Nominated, 490), (Stage::Granted, 10)]);
    hub.verifies().await;
}

fn asked(topic: &str, reason: &str) -> Asked {
    Asked { grade: Grade::Secret, topic: topic.to_owned(), within_minutes: Some(60), reason: reason.to_owned() }
}

async fn the_list_is_given_for_a_reason_that_is_recorded(database: TestDatabase) {
    let hub = Hub::new(database).await;
    let (here, dan) = (&hub.here, &hub.dan);
    hub.cleared(dan).await;
    let other = add(here, &hub.admin, &hub.arizona.id, "Una", Role::Clerk).await;
    hub.open(&other, Grade::Secret).await.unwrap();
    let details = Details {
        is_chief_official: true,
        topics: vec!["Probing of rolls".to_owned()],
        room: "Fusion center, Phoenix".to_owned(),
        travel_minutes: Some(30),
        secure_contact: SecureContact::FusionCenter,
    };
    set_details(here, &on(&hub.lea, Verb::Change, dan), &details).await.unwrap();
    let see = |asked: Asked| permit(&hub.lea, Verb::See, Resource::Roster, asked).unwrap();
    is_invalid(who_can_be_briefed(here, &see(asked("Probing of rolls", ""))).await, "reason");
    is_invalid(who_can_be_briefed(here, &see(asked("", "a briefing on Friday"))).await, "topic");
    let found = who_can_be_briefed(here, &see(asked("probing of rolls", "a briefing on Friday"))).await.unwrap();
    let lacks: Vec<(&str, usize)> = found.iter().map(|one| (one.person.as_str(), one.lacks.len())).collect();
    assert_eq!(lacks, [("Dan", 0), ("Una", 5)]);
    let reason = |reason: &str| permit(&hub.dora, Verb::Release, Resource::Roster, reason.to_owned()).unwrap();
    is_invalid(roster(here, &reason("why not")).await, "few words");
    assert!(hub.entries("roster.exported").await.is_empty());
    let rows = roster(here, &reason("yearly letter to the sponsor")).await.unwrap();
    let found: Vec<(&str, Level)> = rows.iter().map(|row| (row.person.as_str(), row.effective)).collect();
    assert_eq!(found, [("Dan", Level::Secret), ("Una", Level::Unclassified)]);
    assert!(hub.entries("roster.exported").await[0].contains("yearly letter to the sponsor"));
    assert!(hub.entries("roster.asked").await[0].contains("a briefing on Friday"));
    for refused in [&hub.admin, &who(here, "Una").await] {
        assert!(permit(refused, Verb::Release, Resource::Roster, ()).is_err());
        assert!(permit(refused, Verb::See, Resource::Clearance, ()).is_err());
    }
    hub.verifies().await;
}

async fn members_keep_and_see_their_own_at_most(database: TestDatabase) {
    let hub = Hub::new(database).await;
    let (here, dan) = (&hub.here, &hub.dan);
    let id = hub.cleared(dan).await;
    let ohio = member(here, &hub.admin, "Ohio", "OH").await;
    let olaf = add(here, &hub.admin, &ohio.id, "Olaf", Role::Director).await;
    hub.cleared(&olaf).await;
    let una = add(here, &hub.admin, &ohio.id, "Una", Role::Clerk).await;
    hub.open(&una, Grade::Secret).await.unwrap();
    let (of_arizona, of_ohio, clerk) = (who(here, "Dan").await, who(here, "Olaf").await, who(here, "Una").await);
    let shown = overview(here, &permit(&of_arizona, Verb::See, Resource::Clearance, ()).unwrap()).await.unwrap();
    assert_eq!((shown.seats.len(), shown.pending.len(), shown.tasks.len()), (0, 0, 0));
    let own_people = permit(&of_arizona, Verb::Release, Resource::Roster, "our own people".to_owned()).unwrap();
    let all = roster(here, &own_people);
    assert_eq!(all.await.unwrap().iter().map(|row| row.person.as_str()).collect::<Vec<_>>(), ["Dan"]);
    let permitted = permit(&of_arizona, Verb::See, Resource::Roster, asked("Probing", "our own people")).unwrap();
    assert_eq!(who_can_be_briefed(here, &permitted).await.unwrap().len(), 1);
    let sees = async |who: &Who, person: &Person| record_of(here, who, &person.id).await.is_ok();
    assert!(sees(&of_ohio, &una).await && sees(&clerk, &una).await && own_record(here, &clerk).await.is_ok());
    assert!(!sees(&of_arizona, &una).await && !sees(&clerk, &olaf).await && !sees(&hub.admin, dan).await);
    // Their own people they can only lower.
    let own = on(&of_ohio, Verb::Change, &una);
    is_refused(change_clearance(here, &on(&of_ohio, Verb::Change, dan), &id, &to(Stage::Suspended), None).await);
    is_refused(
        open_clearance(
            here,
            &on(&of_ohio, Verb::Create, &una),
            &NewClearance {
                sponsor: "DHS".to_owned(),
                grade: Grade::TopSecret,
                basis: Basis::Final,
                stage: Stage::Identified,
                since: NOW,
            },
        )
        .await,
    );
    let record = record_of(here, &of_ohio, &una.id).await.unwrap().clearances[0].id.clone();
    is_refused(change_clearance(here, &own, &record, &to(Stage::FormSent), None).await);
    is_refused(change_clearance(here, &own, &record, &to(Stage::Granted), Some(&word())).await);
    is_refused(set_details(here, &own, &Details::default()).await);
    let other = change_clearance(here, &own, &id, &to(Stage::Suspended), None).await;
    assert!(matches!(other, Err(DirectoryError::Unknown { .. })), "another's record under one's own: {other:?}");
    change_clearance(here, &own, &record, &to(Stage::Withdrawn), None).await.unwrap();
    is_refused(
        set_seats(here, &permit(&of_ohio, Verb::Change, Resource::Clearance, "OH".to_owned()).unwrap(), 9).await,
    );
    is_refused(decide_proposal(here, &on(&of_ohio, Verb::Confirm, &una), "x", true).await);
}

async fn what_is_not_kept_is_refused(database: TestDatabase) {
    let hub = Hub::new(database).await;
    let (here, dan) = (&hub.here, &hub.dan);
    let change = on(&hub.lea, Verb::Change, dan);
    let with = |topic: &str| Details { topics: vec![topic.to_owned()], ..Details::default() };
    for (topic, part) in [
        ("number 123-45-6789", "social security"),
        ("DOB on file", "date of birth"),
        ("TOP SECRET//SI//NOFORN", "marked as classified"),
        ("two\nlines", "missing"),
    ] {
        is_invalid(set_details(here, &change, &with(topic)).await, part);
    }
    assert_eq!(hub.entries("spill.refused").await.len(), 1);
    set_details(here, &change, &with("Probing")).await.unwrap();
    for refused in ["123-45-6789", "place of birth: X"] {
        let id = hub.open(dan, Grade::Secret).await.unwrap_or_default();
        let word = SponsorWord { reference: refused.to_owned(), ..word() };
        let id =
            if id.is_empty() { record_of(here, &hub.lea, &dan.id).await.unwrap().clearances[0].id.clone() } else { id };
        is_invalid(change_clearance(here, &change, &id, &granted(), Some(&word)).await, "nothing was kept");
    }
}

async fn attributes_follow_from_the_kind_the_codes_and_the_training(database: TestDatabase) {
    let hub = Hub::new(database).await;
    let (here, dan) = (&hub.here, &hub.dan);
    let issue = permit(&hub.admin, Verb::Create, Resource::Token, hub.arizona.clone()).unwrap();
    let token = issue_token(here, &issue, &[Scope::Read], 7).await.unwrap();
    let node = async || authenticate(here, &token).await.unwrap().unwrap();
    let base = Attributes {
        nationality: Some("USA".to_owned()),
        organisations: vec!["USA.SLTT".to_owned()],
        entities: vec![Entity::Government],
        ..Attributes::default()
    };
    assert_eq!(recipient(here, &node().await).await.unwrap().attributes, base);
    assert_eq!(who(here, "Dan").await.attributes, base);
    assert_eq!(hub.lea.attributes, Attributes::default(), "a hub's kind says nothing");
    let codes = Attributes {
        organisations: vec!["USA.AZ.SOS".to_owned(), "ISAC".to_owned()],
        communities: vec![Community::EmergencyManagement],
        sensitivities: vec![Sensitivity::PersonalData, Sensitivity::ProtectedInfrastructure],
        ..Attributes::default()
    };
    let of = |who: &Who| permit(who, Verb::Change, Resource::Organisation, hub.arizona.clone()).unwrap();
    for wrong in [
        Attributes { organisations: vec!["usa.sltt".to_owned()], ..codes.clone() },
        Attributes { organisations: vec!["NOBODY".to_owned()], ..codes.clone() },
        Attributes { nationality: Some("US".to_owned()), ..codes.clone() },
        Attributes { sci_controls: vec!["SI".to_owned()], ..codes.clone() },
        Attributes { authority_categories: vec!["a b".to_owned()], ..codes.clone() },
    ] {
        assert!(
            matches!(enter_attributes(here, &of(&hub.admin), &wrong).await, Err(DirectoryError::Invalid(_))),
            "{wrong:?}"
        );
    }
    add(here, &hub.admin, &hub.arizona.id, "Abe", Role::Administrator).await;
    is_refused(enter_attributes(here, &of(&who(here, "Abe").await), &codes).await);
    enter_attributes(here, &of(&hub.admin), &codes).await.unwrap();
    let organisations = ["USA.AZ.SOS", "ISAC", "USA.SLTT"].map(str::to_owned).to_vec();
    let entered = Attributes { organisations, nationality: base.nationality.clone(), entities: base.entities, ..codes };
    let now = recipient(here, &node().await).await.unwrap();
    assert_eq!((&now.attributes, now.clearance), (&entered, Level::Unclassified));
    let sensitivities = async || who(here, "Dan").await.attributes.sensitivities;
    assert_eq!(sensitivities().await, [Sensitivity::PersonalData], "a person needs training");
    let change = on(&hub.lea, Verb::Change, dan);
    add_training(here, &change, TrainingKind::Les, NOW - DAY).await.unwrap();
    add_training(here, &change, TrainingKind::Cui, NOW - DAY).await.unwrap();
    assert_eq!(sensitivities().await, [Sensitivity::PersonalData, Sensitivity::LawEnforcement]);
    hub.cleared(dan).await;
    assert_eq!(
        recipient(here, &node().await).await.unwrap(),
        now,
        "a node has what its organisation has, and no clearance"
    );
    hub.verifies().await;
}
