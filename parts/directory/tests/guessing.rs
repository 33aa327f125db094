//! Whoever guesses passwords, on both databases: however the address is written, for signing keys as for signing in, and in the record once.
#![cfg(test)]

#[path = "setup/administrator.rs"]
mod administrator;
mod setup;

use administrator::{PASSWORD, administrator};
use setup::{NOW, new_hub};
use ward_directory::{
    DirectoryError, EnrolledBy, Here, NewPerson, Person, SignIn, Who, accept_invitation, acting_as, add_person,
    enrol_signer, invite, permit, sign_in, sign_text,
};
use ward_policy::{Resource, Role, Verb};
use ward_store::testing::TestDatabase;
use ward_store::{Clock, test_both, values};

test_both!(
    an_address_is_one_however_it_is_written,
    addresses_that_differ_by_case_are_counted_apart,
    strangers_do_not_fill_the_record,
    signing_keys_cannot_be_tried_all_at_once,
);

const MINUTE: i64 = 60 * 1_000_000;

async fn hub(database: &TestDatabase) -> (Here, Who) {
    let (here, link) = new_hub(database).await;
    let admin = administrator(&here, &link).await;
    (here, admin)
}

fn new(admin: &Who, email: &str) -> NewPerson {
    NewPerson {
        organisation_id: admin.organisation.id.clone(),
        name: "Ann".to_owned(),
        office: "Security".to_owned(),
        email: email.to_owned(),
        role: Role::Analyst,
    }
}

/// A person with the password, under an address.
async fn person(here: &Here, admin: &Who, email: &str) -> Person {
    let permitted = permit(admin, Verb::Create, Resource::Person, new(admin, email)).unwrap();
    let person = add_person(here, &permitted).await.unwrap();
    let link = invite(here, &permit(admin, Verb::Change, Resource::Person, person).unwrap()).await.unwrap();
    accept_invitation(here, link.strip_prefix("/welcome/").unwrap(), "Ann", email, PASSWORD).await.unwrap()
}

fn at(here: &Here, minutes: i64) -> Here {
    Here { clock: Clock::Fixed(NOW + minutes * MINUTE), ..here.clone() }
}

async fn tried(here: &Here, email: &str, password: &str, known_browser: Option<&str>) -> &'static str {
    match sign_in(here, email, password, known_browser).await.unwrap() {
        SignIn::Done(_) => "done",
        SignIn::Wrong => "wrong",
        SignIn::Wait { .. } => "wait",
    }
}

async fn slowed(here: &Here) -> usize {
    here.store.fetch("SELECT id FROM entry WHERE act = 'sign-in.slowed'", &[]).await.unwrap().len()
}

async fn an_address_is_one_however_it_is_written(database: TestDatabase) {
    let (here, admin) = hub(&database).await;
    for email in ["ada@hub.example", "ADA@hub.example", "Ada@Hub.Example"] {
        assert_eq!(tried(&here, email, PASSWORD, None).await, "done", "{email}");
        let permitted = permit(&admin, Verb::Create, Resource::Person, new(&admin, email)).unwrap();
        assert!(matches!(add_person(&here, &permitted).await, Err(DirectoryError::Invalid(_))), "{email}");
    }
    // Nor can somebody take such an address with an invitation; their own they may write anew.
    let permitted = permit(&admin, Verb::Create, Resource::Person, new(&admin, "ann@hub.example")).unwrap();
    let ann = add_person(&here, &permitted).await.unwrap();
    let link = invite(&here, &permit(&admin, Verb::Change, Resource::Person, ann).unwrap()).await.unwrap();
    let accept =
        |email: &'static str| accept_invitation(&here, link.strip_prefix("/welcome/").unwrap(), "Ann", email, PASSWORD);
    assert!(matches!(accept("ADA@hub.example").await, Err(DirectoryError::Invalid(_))));
    assert_eq!(accept("Ann@hub.example").await.unwrap().email, "Ann@hub.example");
}

async fn addresses_that_differ_by_case_are_counted_apart(database: TestDatabase) {
    let (here, admin) = hub(&database).await;
    let twin = person(&here, &admin, "ann@hub.example").await;
    // As a table from before may have it.
    let mut tx = here.store.begin().await.unwrap();
    tx.execute("UPDATE person SET email = 'ADA@hub.example' WHERE id = $1", values![&twin.id]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(tried(&here, "Ada@hub.example", PASSWORD, None).await, "wrong", "which of the two is not known");
    let of = async |email: &'static str| acting_as(&here, email, None).await.unwrap().unwrap().actor;
    assert_eq!((of("ada@hub.example").await, of("ADA@hub.example").await), (admin.actor.clone(), twin.id.clone()));
    for _ in 0..10 {
        assert_eq!(tried(&here, "ADA@hub.example", "wrong password!", None).await, "wrong");
    }
    assert_eq!(tried(&here, "ADA@hub.example", PASSWORD, None).await, "wait");
    assert_eq!(tried(&here, "ada@hub.example", PASSWORD, None).await, "done", "the other does not wait with them");
}

async fn strangers_do_not_fill_the_record(database: TestDatabase) {
    let (here, _) = hub(&database).await;
    let guess = async |here: &Here, email: &str| {
        for _ in 0..10 {
            assert_eq!(tried(here, email, "wrong password!", None).await, "wrong", "{email}");
        }
        assert_eq!(tried(here, email, "wrong password!", None).await, "wait", "{email}");
    };
    for email in ["a@nobody.example", "b@nobody.example"] {
        guess(&here, email).await;
    }
    assert_eq!(slowed(&here).await, 1, "for all addresses that are not known");
    guess(&here, "ada@hub.example").await;
    assert_eq!(slowed(&here).await, 2, "who is known is told apart");
    // One try is forgotten after the other: none of those that follow within the time is told again.
    assert_eq!(tried(&at(&here, 1), "c@nobody.example", "wrong password!", None).await, "wrong");
    assert_eq!(slowed(&here).await, 2);
    guess(&at(&here, 15), "b@nobody.example").await;
    assert_eq!(slowed(&here).await, 3, "the time has passed");
}

async fn signing_keys_cannot_be_tried_all_at_once(database: TestDatabase) {
    let (here, admin) = hub(&database).await;
    let ann = person(&here, &admin, "ann@hub.example").await;
    let on = permit(&admin, Verb::Change, Resource::Person, ann.clone()).unwrap();
    enrol_signer(&here, &on, PASSWORD, EnrolledBy::Installation).await.unwrap();
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..24 {
        let (here, id) = (here.clone(), ann.id.clone());
        tries.spawn(async move { sign_text(&here, &id, "wrong password!", "text\n").await.map(|_| ()) });
    }
    let tried = tries.join_all().await;
    let looked_at = tried.iter().filter(|tried| matches!(tried, Err(DirectoryError::WrongPassword))).count();
    // Ten, and those that had their turn at the same time as the tenth.
    assert!((10..=13).contains(&looked_at), "{tried:?}");
    let right = sign_text(&here, &ann.id, PASSWORD, "text\n").await;
    assert!(matches!(right, Err(DirectoryError::Invalid(_))), "{right:?}");
    assert_eq!(slowed(&here).await, 1);
    assert_eq!(tried_at_the_door(&here).await, "done", "signing in is counted apart");
    assert!(sign_text(&at(&here, 15), &ann.id, PASSWORD, "text\n").await.is_ok());
}

async fn tried_at_the_door(here: &Here) -> &'static str {
    tried(here, "ann@hub.example", PASSWORD, None).await
}
