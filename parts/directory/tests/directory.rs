//! The directory on both databases: who is who, what links and tokens are good for, and how signers are vouched for.
#![cfg(test)]

#[path = "setup/administrator.rs"]
mod administrator;
mod setup;

use administrator::{PASSWORD, administrator};
use setup::{NOW, new_hub};
use ward_directory::{
    Demonstration, DirectoryError, Duty, EnrolledBy, Here, Init, NewContact, NewOrganisation, NewPerson,
    OrganisationKind, Person, Refused, Scope, Session, SignIn, Who, acting_as, authenticate, init, permit, recipient,
    session, sign_in,
};
use ward_policy::{Resource, Role, Verb};
use ward_store::testing::TestDatabase;
use ward_store::{Clock, test_both};
use ward_tlog::VerifierKey;

test_both!(
    a_link_is_good_once,
    passwords_cannot_be_tried_for_ever,
    a_session_begins_with_the_password_and_ends_when_revoked,
    a_join_token_is_spent_once_and_tokens_end,
    roles_decide_and_what_is_unseen_is_told_apart,
    signers_are_vouched_for_and_sign_only_with_their_password,
    a_recipient_knows_whose_client_it_is,
    an_installation_is_made_once_and_opens_again,
    only_a_demonstration_tells_its_password,
);

async fn add(here: &Here, admin: &Who, name: &str, role: Role) -> Person {
    let new = NewPerson {
        organisation_id: admin.organisation.id.clone(),
        name: name.to_owned(),
        office: "Security".to_owned(),
        email: format!("{}@hub.example", name.to_lowercase()),
        role,
    };
    let person =
        ward_directory::add_person(here, &permit(admin, Verb::Create, Resource::Person, new).unwrap()).await.unwrap();
    let link = ward_directory::invite(here, &permit(admin, Verb::Change, Resource::Person, person.clone()).unwrap())
        .await
        .unwrap();
    let token = link.strip_prefix("/welcome/").unwrap();
    ward_directory::accept_invitation(here, token, name, &person.email, PASSWORD).await.unwrap()
}

async fn a_link_is_good_once(database: TestDatabase) {
    let (here, link) = new_hub(&database).await;
    let token = link.strip_prefix("/welcome/").unwrap().to_owned();
    let accept =
        |password: &'static str| ward_directory::accept_invitation(&here, &token, "Ada", "ada@hub.example", password);
    assert!(
        matches!(accept("short").await, Err(DirectoryError::Invalid(_))),
        "a short password does not spend the link"
    );
    accept(PASSWORD).await.expect("the first time");
    assert!(matches!(accept(PASSWORD).await, Err(DirectoryError::Spent)));
    let wrong = ward_directory::accept_invitation(&here, "guess", "Eve", "eve@hub.example", PASSWORD).await;
    assert!(matches!(wrong, Err(DirectoryError::Spent)));
}

async fn signed_in(here: &Here, password: &str, known_browser: Option<&str>) -> Result<Session, SignIn> {
    match sign_in(here, "ada@hub.example", password, known_browser).await.unwrap() {
        SignIn::Done(session) => Ok(*session),
        other => Err(other),
    }
}

async fn passwords_cannot_be_tried_for_ever(database: TestDatabase) {
    let (here, link) = new_hub(&database).await;
    administrator(&here, &link).await;
    let at = |minutes: i64| Here { clock: Clock::Fixed(NOW + minutes * 60 * 1_000_000), ..here.clone() };
    for minute in 0..10 {
        let tried = signed_in(&at(minute), "wrong password!", None).await;
        assert!(matches!(tried, Err(SignIn::Wrong)), "{minute}: {tried:?}");
    }
    let until = NOW + 15 * 60 * 1_000_000;
    for password in ["wrong password!", PASSWORD] {
        let tried = signed_in(&at(10), password, None).await;
        assert!(matches!(tried, Err(SignIn::Wait { until: told }) if told == until), "{tried:?}");
    }
    let ada = acting_as(&here, "ada@hub.example", None).await.unwrap().unwrap();
    let entry = ward_store::entry_of(&here.store, &ada.actor, "sign-in.slowed").await.unwrap();
    assert!(entry.is_some(), "it is on the record");
    // The office's own computer is not locked out, nor is anybody else.
    assert!(signed_in(&at(10), PASSWORD, Some("the office's computer")).await.is_ok());
    let other = sign_in(&at(10), "nobody@hub.example", PASSWORD, None).await.unwrap();
    assert!(matches!(other, SignIn::Wrong));
    assert!(signed_in(&at(15), PASSWORD, None).await.is_ok(), "the first of them is 15 minutes old");
}

async fn a_session_begins_with_the_password_and_ends_when_revoked(database: TestDatabase) {
    let (here, link) = new_hub(&database).await;
    administrator(&here, &link).await;
    for (email, password) in [("ada@hub.example", "wrong password!"), ("nobody@hub.example", PASSWORD)] {
        assert!(matches!(sign_in(&here, email, password, None).await.unwrap(), SignIn::Wrong), "{email}");
    }
    let signed_in = signed_in(&here, PASSWORD, None).await.expect("signs in");
    assert_eq!(session(&here, &signed_in.token).await.unwrap().unwrap().name, "Ada Admin");
    let idle = Here { clock: Clock::Fixed(NOW + 2 * 3600 * 1_000_000), ..here.clone() };
    assert!(session(&idle, &signed_in.token).await.unwrap().is_none(), "an idle session ends");
    ward_directory::end_session(&here, &signed_in.token).await.unwrap();
    assert!(session(&here, &signed_in.token).await.unwrap().is_none());
}

async fn a_join_token_is_spent_once_and_tokens_end(database: TestDatabase) {
    let (here, link) = new_hub(&database).await;
    let admin = administrator(&here, &link).await;
    let new = NewOrganisation {
        kind: OrganisationKind::County,
        name: "Pine County".to_owned(),
        state: "AZ".to_owned(),
        parent_id: None,
    };
    let county =
        ward_directory::add_organisation(&here, &permit(&admin, Verb::Create, Resource::Organisation, new).unwrap())
            .await
            .unwrap();
    let on_county = permit(&admin, Verb::Create, Resource::Token, county.clone()).unwrap();
    let join = ward_directory::issue_token(&here, &on_county, &[Scope::Join], 7).await.unwrap();
    assert!(authenticate(&here, &join).await.unwrap().is_none(), "a join token opens nothing else");
    let wrong = ward_directory::redeem_join_token(&here, &join, "no key").await;
    assert!(matches!(wrong, Err(DirectoryError::Invalid(_))), "a wrong key does not spend the token");
    let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let joined = ward_directory::redeem_join_token(&here, &join, key).await.expect("joins");
    assert_eq!(joined.organisation.id, county.id);
    assert!(matches!(ward_directory::redeem_join_token(&here, &join, key).await, Err(DirectoryError::Spent)));
    let who = authenticate(&here, &joined.token).await.unwrap().expect("the node");
    assert_eq!((who.organisation.id.as_str(), who.roles.len()), (county.id.as_str(), 0));
    assert!(authenticate(&here, "ward_guess").await.unwrap().is_none());
    let late = Here { clock: Clock::Fixed(NOW + 4 * 366 * 86_400 * 1_000_000), ..here.clone() };
    assert!(authenticate(&late, &joined.token).await.unwrap().is_none(), "tokens expire");
    ward_directory::revoke_token(&here, &on_county, &who.actor).await.unwrap();
    assert!(authenticate(&here, &joined.token).await.unwrap().is_none(), "revoked at once");
    let contact = NewContact {
        duty: Duty::Election,
        name: "C. Clerk".to_owned(),
        email: "c@pine.example".to_owned(),
        phone: String::new(),
    };
    let on_contacts = permit(&admin, Verb::Create, Resource::Contact, county.clone()).unwrap();
    let contact = ward_directory::add_contact(&here, &on_contacts, &contact).await.unwrap();
    ward_directory::verify_contact(&here, &on_contacts, &contact.id).await.unwrap();
    assert_eq!(ward_directory::contacts(&here, &county.id).await.unwrap().first().unwrap().verified_at, Some(NOW));
}

async fn roles_decide_and_what_is_unseen_is_told_apart(database: TestDatabase) {
    let (here, link) = new_hub(&database).await;
    let admin = administrator(&here, &link).await;
    add(&here, &admin, "Cleo", Role::Clerk).await;
    let clerk = acting_as(&here, "cleo@hub.example", None).await.unwrap().unwrap();
    assert!(permit(&clerk, Verb::See, Resource::Alert, ()).is_ok());
    assert_eq!(permit(&clerk, Verb::Publish, Resource::Alert, ()).unwrap_err(), Refused::Forbidden);
    assert_eq!(permit(&clerk, Verb::See, Resource::Token, ()).unwrap_err(), Refused::Unseen);
    assert!(acting_as(&here, "cleo@hub.example", Some("another organisation")).await.unwrap().is_none());
}

async fn signers_are_vouched_for_and_sign_only_with_their_password(database: TestDatabase) {
    let (here, link) = new_hub(&database).await;
    let admin = administrator(&here, &link).await;
    let (first, second) =
        (add(&here, &admin, "Ann", Role::Analyst).await, add(&here, &admin, "Ben", Role::Director).await);
    let clerk = add(&here, &admin, "Cleo", Role::Clerk).await;
    let on = |person: &Person| permit(&admin, Verb::Change, Resource::Person, person.clone()).unwrap();
    let refused = ward_directory::enrol_signer(&here, &on(&clerk), PASSWORD, EnrolledBy::Installation).await;
    assert!(matches!(refused, Err(DirectoryError::Invalid(_))), "a clerk signs no alerts");
    let wrong = ward_directory::enrol_signer(&here, &on(&first), "another password", EnrolledBy::Installation).await;
    assert!(matches!(wrong, Err(DirectoryError::WrongPassword)));
    let ann = ward_directory::enrol_signer(&here, &on(&first), PASSWORD, EnrolledBy::Installation).await.unwrap();
    let by = EnrolledBy::Signer { person_id: &first.id, password: PASSWORD };
    let ben = ward_directory::enrol_signer(&here, &on(&second), PASSWORD, by).await.unwrap();
    assert_eq!(ben.enrolled_by.as_deref(), Some(ann.verifier_key.as_str()));
    let note = ward_tlog::Note::parse(&ben.enrolment).unwrap();
    note.verify(&[VerifierKey::parse(&ann.verifier_key).unwrap()]).expect("vouched for by Ann");
    let wrong = ward_directory::sign_text(&here, &second.id, "another password", "text\n").await;
    assert!(matches!(wrong, Err(DirectoryError::WrongPassword)));
    let (signer, signature) = ward_directory::sign_text(&here, &second.id, PASSWORD, "text\n").await.unwrap();
    assert!(VerifierKey::parse(&signer.verifier_key).unwrap().accepts("text\n", &signature));
}

async fn a_recipient_knows_whose_client_it_is(database: TestDatabase) {
    let (here, link) = new_hub(&database).await;
    let admin = administrator(&here, &link).await;
    let new = |name: &str, kind, parent_id| NewOrganisation {
        kind,
        name: name.to_owned(),
        state: "AZ".to_owned(),
        parent_id,
    };
    let permitted = |new| permit(&admin, Verb::Create, Resource::Organisation, new).unwrap();
    let state = ward_directory::add_organisation(&here, &permitted(new("Arizona", OrganisationKind::State, None)))
        .await
        .unwrap();
    let county = new("Pine County", OrganisationKind::County, Some(state.id.clone()));
    let county = ward_directory::add_organisation(&here, &permitted(county)).await.unwrap();
    let who = Who { organisation: county.clone(), ..admin.clone() };
    let found = recipient(&here, &who).await.unwrap();
    assert_eq!((found.organisation, found.client_of), (county.id, vec![state.id]));
    let orphan = ward_directory::add_organisation(
        &here,
        &permitted(new("X", OrganisationKind::County, Some("none".to_owned()))),
    )
    .await;
    assert!(matches!(orphan, Err(DirectoryError::Unknown { .. })));
}

async fn an_installation_is_made_once_and_opens_again(database: TestDatabase) {
    let (here, _) = new_hub(&database).await;
    let again = Init {
        folder: here.folder.clone(),
        name: "Another".to_owned(),
        state: String::new(),
        is_hub: true,
        kind: OrganisationKind::Hub,
        database: Some(database.address.clone()),
        clock: Clock::Fixed(NOW),
    };
    assert!(matches!(init(again).await, Err(DirectoryError::AlreadyThere(_))));
    let opened = ward_directory::open(&here.folder, None, Some(Clock::Fixed(NOW))).await.expect("opens");
    assert_eq!(opened.installation, here.installation);
    assert_eq!(opened.cursor_key, here.cursor_key);
    ward_store::sequence(&opened.store).await.unwrap();
    ward_store::sign_checkpoint(&opened.store, &opened.log_key, NOW).await.unwrap();
    ward_store::verify(&opened.store, opened.log_key.verifier_key()).await.unwrap().expect("the record holds");
    let nowhere = ward_directory::open(&database.folder.join("nowhere"), None, None).await;
    assert!(matches!(nowhere, Err(DirectoryError::NotAFolder { .. })));
}

async fn only_a_demonstration_tells_its_password(database: TestDatabase) {
    let (here, _) = new_hub(&database).await;
    let people = vec!["nobody@demo.example".to_owned(), String::new()];
    let told = Demonstration { password: PASSWORD.to_owned(), people, ..Demonstration::default() };
    assert!(matches!(ward_directory::keep_demonstration(&here, &told), Err(DirectoryError::Invalid(_))));
    let file = serde_json::to_string(&told).unwrap();
    std::fs::write(here.folder.join("demonstration.json"), &file).unwrap();
    assert_eq!(ward_directory::demonstration(&here).unwrap(), None, "a file makes no demonstration");
    assert!(!here.installation.log_key.contains("RECONSTRUCTION"), "{}", here.installation.log_key);

    let folder = database.folder.join("demo");
    std::fs::create_dir_all(&folder).unwrap();
    let clock = folder.join(ward_store::DEMO_CLOCK_FILE);
    Clock::step_demo(&clock, NOW).unwrap();
    let options = Init {
        folder,
        name: "Demo Hub".to_owned(),
        state: String::new(),
        is_hub: true,
        kind: OrganisationKind::Hub,
        database: None,
        clock: Clock::Demo(clock),
    };
    let (here, _) = init(options).await.unwrap();
    assert!(here.installation.log_key.starts_with("ward/RECONSTRUCTION-INVENTED-LOGS/demo-hub/"));
    assert_eq!(ward_directory::demonstration(&here).unwrap(), None, "nothing is told yet");
    ward_directory::keep_demonstration(&here, &told).unwrap();
    assert_eq!(ward_directory::demonstration(&here).unwrap().as_ref(), Some(&told));
    let administrator = ward_directory::people(&here).await.unwrap().remove(0);
    let told = Demonstration { people: vec!["nobody@demo.example".to_owned(), administrator.email.clone()], ..told };
    let people = ward_directory::invented_people(&here, &told).await.unwrap();
    assert_eq!(people.iter().map(|(email, _)| email).collect::<Vec<_>>(), [&administrator.email]);
    std::fs::write(here.folder.join("demonstration.json"), "{").unwrap();
    assert!(matches!(ward_directory::demonstration(&here), Err(DirectoryError::File { .. })));
}
