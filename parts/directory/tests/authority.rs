//! Who may not: people of members, permits for something else, tokens that only read; and what ends when a password or a token does.
#![cfg(test)]

#[path = "setup/administrator.rs"]
mod administrator;
mod setup;

use administrator::{PASSWORD, administrator};
use setup::new_hub;
use ward_directory::{
    DirectoryError, EnrolledBy, Here, Membership, NewOrganisation, NewPerson, Organisation, OrganisationKind, Person,
    Refused, Scope, Session, SignIn, Who, accept_invitation, acting_as, add_membership, add_organisation, add_person,
    end_session, end_sessions_of, enrol_signer, invite, issue_token, permit, redeem_join_token, session, sign_in,
    tokens,
};
use ward_policy::{Resource, Role, Verb};
use ward_store::test_both;
use ward_store::testing::TestDatabase;
use ward_tlog::{Checkpoint, Hash, SigningKey, checkpoint};

test_both!(
    people_of_a_member_act_within_their_own_organisation_only,
    a_permit_for_something_else_opens_nothing,
    a_new_password_ends_every_session_and_link,
    a_join_token_is_won_once_by_a_member_with_a_log_of_its_own,
    a_log_that_contradicts_itself_is_recorded_once,
);

struct Hub {
    here: Here,
    admin: Who,
    county: Organisation,
    /// The county's administrator, on the hub.
    of_county: Who,
}

async fn hub(database: &TestDatabase) -> Hub {
    let (here, link) = new_hub(database).await;
    let admin = administrator(&here, &link).await;
    let new = NewOrganisation {
        kind: OrganisationKind::County,
        name: "Pine County".to_owned(),
        state: "AZ".to_owned(),
        parent_id: None,
    };
    let county =
        add_organisation(&here, &permit(&admin, Verb::Create, Resource::Organisation, new).unwrap()).await.unwrap();
    add(&here, &admin, &county.id, "Cora", Role::Administrator).await;
    let of_county = acting_as(&here, "cora@example.org", None).await.unwrap().unwrap();
    Hub { here, admin, county, of_county }
}

fn token_of(link: &str) -> &str {
    link.strip_prefix("/welcome/").unwrap()
}

fn new_person(organisation_id: &str, name: &str, role: Role) -> NewPerson {
    let email = format!("{}@example.org", name.to_lowercase());
    let (organisation_id, name, office) = (organisation_id.to_owned(), name.to_owned(), "Office".to_owned());
    NewPerson { organisation_id, name, office, email, role }
}

async fn add(here: &Here, by: &Who, organisation_id: &str, name: &str, role: Role) -> Person {
    let new = new_person(organisation_id, name, role);
    let person = add_person(here, &permit(by, Verb::Create, Resource::Person, new).unwrap()).await.unwrap();
    let link = invite(here, &permit(by, Verb::Change, Resource::Person, person.clone()).unwrap()).await.unwrap();
    accept_invitation(here, token_of(&link), name, &person.email, PASSWORD).await.unwrap()
}

fn is_refused<T: std::fmt::Debug>(what: &str, got: Result<T, DirectoryError>) {
    assert!(matches!(got, Err(DirectoryError::Refused { .. })), "{what}: {got:?}");
}

async fn people_of_a_member_act_within_their_own_organisation_only(database: TestDatabase) {
    let hub = hub(&database).await;
    let (here, by) = (&hub.here, &hub.of_county);
    let own = &hub.admin.organisation;
    let on_person = |person: NewPerson| permit(by, Verb::Create, Resource::Person, person).unwrap();
    let on = |organisation: &Organisation| permit(by, Verb::Create, Resource::Token, organisation.clone()).unwrap();
    issue_token(here, &on(&hub.county), &[Scope::Read], 7).await.expect("for the own organisation");
    is_refused("a token of the hub", issue_token(here, &on(own), &[Scope::Read], 7).await);
    is_refused("the hub's tokens", tokens(here, &on(own)).await);
    let analyst = new_person(&own.id, "Eve", Role::Analyst);
    is_refused("a person of the hub", add_person(here, &on_person(analyst)).await);
    let organisation = NewOrganisation {
        kind: OrganisationKind::State,
        name: "Nowhere".to_owned(),
        state: String::new(),
        parent_id: None,
    };
    let organisation = permit(by, Verb::Create, Resource::Organisation, organisation).unwrap();
    is_refused("a member of the hub", add_organisation(here, &organisation).await);
    let clerk = add(here, by, &hub.county.id, "Cleo", Role::Director).await;
    let role = Membership { person_id: clerk.id.clone(), organisation_id: own.id.clone(), role: Role::Analyst };
    let by_county = permit(by, Verb::Change, Resource::Person, role.clone()).unwrap();
    is_refused("a role in the hub", add_membership(here, &by_county).await);
    let on_clerk = || permit(by, Verb::Change, Resource::Person, clerk.clone()).unwrap();
    let by_hub = permit(&hub.admin, Verb::Change, Resource::Person, clerk.clone()).unwrap();
    is_refused("a signer", enrol_signer(here, &on_clerk(), PASSWORD, EnrolledBy::Installation).await);
    let member = enrol_signer(here, &by_hub, PASSWORD, EnrolledBy::Installation).await;
    assert!(
        matches!(member, Err(DirectoryError::Invalid(_))),
        "a member's director signs no alert of the hub: {member:?}"
    );
    invite(here, &on_clerk()).await.expect("a new link for the own clerk");
    add_membership(here, &permit(&hub.admin, Verb::Change, Resource::Person, role).unwrap()).await.unwrap();
    is_refused("a link for who has a role in the hub too", invite(here, &on_clerk()).await);
    is_refused("their sessions", end_sessions_of(here, &on_clerk()).await);
}

async fn a_permit_for_something_else_opens_nothing(database: TestDatabase) {
    let hub = hub(&database).await;
    let here = &hub.here;
    let person = add(here, &hub.admin, &hub.admin.organisation.id, "Ann", Role::Analyst).await;
    let analyst = acting_as(here, "ann@example.org", None).await.unwrap().unwrap();
    let on_county = permit(&analyst, Verb::See, Resource::Organisation, hub.county.clone()).unwrap();
    is_refused("a token", issue_token(here, &on_county, &[Scope::Read], 7).await);
    is_refused("a list of tokens", tokens(here, &on_county).await);
    is_refused("a link", invite(here, &permit(&analyst, Verb::See, Resource::Alert, person.clone()).unwrap()).await);
    is_refused(
        "sessions",
        end_sessions_of(here, &permit(&analyst, Verb::See, Resource::Person, person).unwrap()).await,
    );
    // A token that only reads changes nothing, whatever the role of its person.
    let reader = Who { scopes: vec![Scope::Read], ..analyst.clone() };
    assert!(permit(&reader, Verb::See, Resource::Alert, ()).is_ok());
    assert_eq!(permit(&reader, Verb::Publish, Resource::Alert, ()).unwrap_err(), Refused::Forbidden);
    let writer = Who { scopes: vec![Scope::Write], ..analyst };
    assert_eq!(permit(&writer, Verb::See, Resource::Alert, ()).unwrap_err(), Refused::Forbidden);
}

async fn signed_in(here: &Here, email: &str, password: &str) -> Session {
    match sign_in(here, email, password, None).await.unwrap() {
        SignIn::Done(session) => *session,
        other => panic!("{other:?}"),
    }
}

async fn a_new_password_ends_every_session_and_link(database: TestDatabase) {
    let hub = hub(&database).await;
    let here = &hub.here;
    let person = add(here, &hub.admin, &hub.admin.organisation.id, "Ann", Role::Analyst).await;
    let on = || permit(&hub.admin, Verb::Change, Resource::Person, person.clone()).unwrap();
    let before = signed_in(here, &person.email, PASSWORD).await;
    let (first, second) = (invite(here, &on()).await.unwrap(), invite(here, &on()).await.unwrap());
    let long = "p".repeat(2_000);
    for (name, email, password) in
        [("Ann", person.email.as_str(), long.as_str()), (&long, &person.email, PASSWORD), ("Ann", "a\u{0}@x", PASSWORD)]
    {
        let refused = accept_invitation(here, token_of(&second), name, email, password).await;
        assert!(matches!(refused, Err(DirectoryError::Invalid(_))), "{refused:?}");
    }
    accept_invitation(here, token_of(&second), "Ann", &person.email, "another long password").await.unwrap();
    assert!(session(here, &before.token).await.unwrap().is_none(), "who knew the old password is out");
    let other = accept_invitation(here, token_of(&first), "Eve", "eve@example.org", PASSWORD).await;
    assert!(matches!(other, Err(DirectoryError::Spent)), "{other:?}");
    let again = async || signed_in(here, &person.email, "another long password").await;
    let (one, two) = (again().await, again().await);
    end_session(here, &one.token).await.unwrap();
    end_session(here, &one.token).await.unwrap();
    end_sessions_of(here, &on()).await.unwrap();
    assert!(session(here, &two.token).await.unwrap().is_none());
    assert_eq!(entries(here, "session.ended").await.len(), 2, "each revocation once");
}

async fn a_join_token_is_won_once_by_a_member_with_a_log_of_its_own(database: TestDatabase) {
    let hub = hub(&database).await;
    let here = &hub.here;
    let on = permit(&hub.admin, Verb::Create, Resource::Token, hub.county.clone()).unwrap();
    let join = issue_token(here, &on, &[Scope::Join], 7).await.unwrap();
    let own = redeem_join_token(here, &join, &here.installation.log_key).await;
    assert!(matches!(own, Err(DirectoryError::Invalid(_))), "the hub's own log is nobody else's: {own:?}");
    let key = SigningKey::from_seed("ward/pine", &[1; 32]).unwrap().verifier_key().to_string();
    let tries = (0..12).map(|_| {
        let (here, join, key) = (here.clone(), join.clone(), key.clone());
        tokio::spawn(async move { redeem_join_token(&here, &join, &key).await.is_ok() })
    });
    let mut won = 0;
    for one in tries.collect::<Vec<_>>() {
        won += usize::from(one.await.unwrap());
    }
    assert_eq!(won, 1);
    assert!(entries(here, "token.redeemed").await.first().unwrap().contains("ward/pine"), "the log is on the record");
    let second = issue_token(here, &on, &[Scope::Join], 7).await.unwrap();
    let mut tx = here.store.begin().await.unwrap();
    tx.execute("UPDATE organisation SET is_member = 0 WHERE id = $1", ward_store::values![&hub.county.id])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let left = redeem_join_token(here, &second, &key).await;
    assert!(matches!(left, Err(DirectoryError::Spent)), "who is no member does not join: {left:?}");
}

async fn a_log_that_contradicts_itself_is_recorded_once(database: TestDatabase) {
    let hub = hub(&database).await;
    let here = &hub.here;
    let log = SigningKey::from_seed("ward/pine", &[1; 32]).unwrap();
    let on = permit(&hub.admin, Verb::Create, Resource::Token, hub.county.clone()).unwrap();
    let join = issue_token(here, &on, &[Scope::Join], 7).await.unwrap();
    redeem_join_token(here, &join, &log.verifier_key().to_string()).await.unwrap();
    let request = |old: u64, root: u8, key: &SigningKey| {
        let tree =
            Checkpoint { origin: "ward/pine".to_owned(), size: 1, root: Hash([root; 32]), extensions: Vec::new() };
        format!("old {old}\n\n{}", checkpoint::signed(&tree, key).unwrap())
    };
    let forger = SigningKey::from_seed("ward/pine", &[9; 32]).unwrap();
    let ask = async |body: String| {
        ward_directory::add_checkpoint(here, body.as_bytes()).await.unwrap().map_err(|e| e.status())
    };
    assert_eq!(ask(request(0, 1, &forger)).await, Err(403));
    assert!(ask(request(0, 1, &log)).await.is_ok());
    for _ in 0..3 {
        assert_eq!(ask(request(1, 2, &log)).await, Err(422));
        assert_eq!(ask(request(1, 2, &forger)).await, Err(403));
    }
    let recorded = entries(here, "log.inconsistent").await;
    assert_eq!(recorded.len(), 1);
    let notes = serde_json::from_str::<serde_json::Value>(&recorded[0]).unwrap()["detail"].clone();
    assert!(
        ["known", "other"].iter().all(|note| notes[*note].as_str().unwrap().starts_with("ward/pine\n1\n")),
        "{notes}"
    );
    assert_ne!(notes["known"], notes["other"]);
}

async fn entries(here: &Here, act: &str) -> Vec<String> {
    let rows =
        here.store.fetch("SELECT body FROM entry WHERE act = $1 ORDER BY id", ward_store::values![act]).await.unwrap();
    rows.iter().map(|row| row.get("body").unwrap()).collect()
}
