//! Versions that can be passed on: asked for once, released by two people, seen by more, and naming nothing hidden.

use serde_json::{Value, json};
use ward_directory::{Scope, Who};
use ward_policy::Role;
use ward_share::tear_line::{Approved, Standing, TaskKind, approve, ask, decline, draft, list, of, one, tasks};
use ward_share::{ShareError, page};
use ward_stix::marking::Tlp;
use ward_stix::tear_line::Choice;
use ward_store::testing::TestDatabase;
use ward_store::{sign_checkpoint, test_both, verify};

use crate::setup::{Hub, green, id, indicator, parse, red};

test_both!(
    two_people_release_what_the_wider_audience_sees,
    the_owner_must_consent,
    asking_twice_is_one_request_and_strangers_learn_nothing,
    a_draft_that_counts_no_more_is_not_approved,
    what_is_refused_leaves_nothing,
);

fn person(of: &Who, name: &str, role: Role) -> Who {
    Who {
        person_id: Some(name.to_owned()),
        actor: name.to_owned(),
        name: name.to_owned(),
        roles: vec![role],
        ..of.clone()
    }
}

fn choice(value: Value) -> Choice {
    serde_json::from_value(value).unwrap()
}

/// A red indicator that says where it is from.
fn secret(number: u64) -> Value {
    let mut object = red(number);
    object["description"] = json!("Our agent in the ministry told us.");
    object["created_by_ref"] = json!(id("identity", 7));
    object
}

fn to_green() -> Choice {
    choice(json!({"tlp": "green", "replace": {"description": "Block it."}}))
}

async fn the_hubs_own(database: &TestDatabase) -> Hub {
    let mut hub = Hub::new(database).await;
    let writing = Who { scopes: vec![Scope::Read, Scope::Write], ..hub.analyst.clone() };
    hub.add(&writing, &[secret(1), green(2)]).await;
    hub
}

async fn two_people_release_what_the_wider_audience_sees(database: TestDatabase) {
    let mut hub = the_hubs_own(&database).await;
    let (first, second) = (hub.analyst.clone(), person(&hub.analyst, "second", Role::Director));
    let asked = ask(&hub.here, &second, &id("indicator", 1)).await.unwrap();
    assert_eq!(tasks(&hub.here, &first).await.unwrap()[0].kind, TaskKind::Draft);
    let drafted = draft(&hub.here, &first, &id("indicator", 1), &to_green()).await.unwrap();
    assert_eq!(drafted.tear_line_id, asked);
    assert_eq!(tasks(&hub.here, &second).await.unwrap()[0].kind, TaskKind::Approve);
    assert_eq!(approve(&hub.here, &first, &drafted.draft_id).await.unwrap(), Approved::Waits);
    assert!(tasks(&hub.here, &first).await.unwrap().is_empty());
    assert!(matches!(approve(&hub.here, &first, &drafted.draft_id).await, Err(ShareError::Invalid(_))));
    hub.tick().await;
    assert_eq!(hub.ids(&hub.illinois, "").await, [id("indicator", 2)], "one person is not enough");
    let released = approve(&hub.here, &second, &drafted.draft_id).await.unwrap();
    assert_eq!(released, Approved::Released(drafted.new_id.clone()));
    hub.tick().await;
    assert_eq!(hub.ids(&hub.illinois, "").await, [id("indicator", 2), drafted.new_id.clone()]);
    let seen = hub.objects(&hub.illinois, "threat-information", &parse("")).await.unwrap().items.concat();
    let seen = String::from_utf8(seen).unwrap();
    let identity = ward_directory::own_organisation(&hub.here).await.unwrap().identity_id;
    assert!(seen.contains("Block it.") && seen.contains(&identity));
    let old = id("indicator", 1);
    for hidden in [old.as_str(), &id("identity", 7), "agent", "ministry", Tlp::Red.official_id(), "derived-from"] {
        assert!(!seen.contains(hidden), "{hidden}");
    }
    assert_eq!(of(&hub.here, &first, &old).await.unwrap(), Standing::Released { stix_id: drafted.new_id.clone() });
    // The restricted one goes; the other stays.
    let writing = Who { scopes: vec![Scope::Read, Scope::Write], ..first.clone() };
    let collection = hub.collection(&writing, "threat-information").await;
    page::delete(&hub.here, &writing, &collection, &old, &parse("")).await.unwrap();
    hub.tick().await;
    assert_eq!(hub.ids(&hub.illinois, "").await, [id("indicator", 2), drafted.new_id]);
    sign_checkpoint(&hub.here.store, &hub.here.log_key, hub.here.now()).await.unwrap();
    let verified = verify(&hub.here.store, hub.here.log_key.verifier_key()).await.unwrap();
    assert_eq!(verified.err().map(|broken| broken.what), None);
}

async fn the_owner_must_consent(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let arizona = hub.arizona.clone();
    let mut amber = indicator(1, 0, &[Tlp::Amber.official_id()]);
    amber["description"] = json!("Found in Maricopa's mail.");
    hub.add(&arizona, &[amber]).await;
    let (first, second) = (hub.analyst.clone(), person(&hub.analyst, "second", Role::Director));
    let named = choice(json!({"tlp": "green", "replace": {"description": "As Arizona says."}}));
    let refused = draft(&hub.here, &first, &id("indicator", 1), &named).await.unwrap_err().to_string();
    assert!(refused.contains("who the restricted object is from"), "{refused}");
    let clerk = person(&arizona, "clerk", Role::Clerk);
    let drafted = draft(&hub.here, &clerk, &id("indicator", 1), &to_green()).await.unwrap();
    for who in [&first, &second] {
        assert_eq!(approve(&hub.here, who, &drafted.draft_id).await.unwrap(), Approved::Waits);
    }
    hub.tick().await;
    assert!(hub.ids(&hub.illinois, "").await.is_empty());
    assert!(matches!(approve(&hub.here, &clerk, &drafted.draft_id).await, Err(ShareError::Forbidden { .. })));
    let director = person(&arizona, "director", Role::Director);
    assert_eq!(
        approve(&hub.here, &director, &drafted.draft_id).await.unwrap(),
        Approved::Released(drafted.new_id.clone())
    );
    hub.tick().await;
    assert_eq!(hub.ids(&hub.illinois, "").await, [drafted.new_id]);
}

async fn asking_twice_is_one_request_and_strangers_learn_nothing(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let arizona = hub.arizona.clone();
    hub.add(&arizona, &[secret(1), indicator(3, 0, &[Tlp::Clear.official_id()])]).await;
    let clerk = person(&arizona, "clerk", Role::Clerk);
    let asked = ask(&hub.here, &clerk, &id("indicator", 1)).await.unwrap();
    assert_eq!(ask(&hub.here, &clerk, &id("indicator", 1)).await.unwrap(), asked);
    assert_eq!(ask(&hub.here, &hub.analyst, &id("indicator", 1)).await.unwrap(), asked);
    assert_eq!(hub.count("SELECT count(*) AS n FROM tear_line").await, 1);
    assert_eq!(hub.count("SELECT count(*) AS n FROM tear_line_ask").await, 2);
    assert!(matches!(ask(&hub.here, &clerk, &id("indicator", 3)).await, Err(ShareError::Invalid(_))));
    assert!(matches!(ask(&hub.here, &arizona, &id("indicator", 1)).await, Err(ShareError::Forbidden { .. })));
    hub.here.clock = ward_store::Clock::Fixed(hub.here.now() + 3 * 86_400_000_000);
    let shown = one(&hub.here, &clerk, &asked).await.unwrap();
    assert_eq!((shown.listed.days, shown.asked_by.len()), (3, 2), "whose it is sees who asked");
    assert!(matches!(of(&hub.here, &clerk, &id("indicator", 1)).await.unwrap(), Standing::Asked { days: 3, .. }));
    let stranger = person(&hub.illinois, "stranger", Role::Director);
    assert_eq!(of(&hub.here, &stranger, &id("indicator", 1)).await.unwrap(), Standing::Nothing);
    assert!(list(&hub.here, &stranger).await.unwrap().is_empty());
    let told = async |number| {
        let there = id("indicator", number);
        let words = |error: ShareError| error.to_string().replace(&there, "it");
        let asked = words(ask(&hub.here, &stranger, &there).await.unwrap_err());
        [asked, words(draft(&hub.here, &stranger, &there, &to_green()).await.unwrap_err())]
    };
    assert_eq!(told(1).await, told(99).await);
    let drafted = draft(&hub.here, &clerk, &id("indicator", 1), &to_green()).await.unwrap();
    for (there, nowhere) in [(&drafted.draft_id, "nothing"), (&asked, "nothing")] {
        let words = |error: ShareError| error.to_string().replace(there, "it").replace(nowhere, "it");
        assert_eq!(
            words(approve(&hub.here, &stranger, there).await.unwrap_err()),
            words(approve(&hub.here, &stranger, nowhere).await.unwrap_err())
        );
        assert_eq!(
            words(decline(&hub.here, &stranger, there, "no").await.unwrap_err()),
            words(decline(&hub.here, &stranger, nowhere, "no").await.unwrap_err())
        );
    }
    assert!(matches!(decline(&hub.here, &clerk, &asked, "no").await, Err(ShareError::Forbidden { .. })));
    decline(&hub.here, &hub.analyst, &asked, "It would show the source.").await.unwrap();
    let standing = of(&hub.here, &clerk, &id("indicator", 1)).await.unwrap();
    assert_eq!(standing, Standing::Declined { reason: "It would show the source.".to_owned() });
    assert_ne!(ask(&hub.here, &clerk, &id("indicator", 1)).await.unwrap(), asked, "it may be asked for again");
}

async fn a_draft_that_counts_no_more_is_not_approved(database: TestDatabase) {
    let mut hub = the_hubs_own(&database).await;
    let (first, second) = (hub.analyst.clone(), person(&hub.analyst, "second", Role::Director));
    let old = draft(&hub.here, &first, &id("indicator", 1), &to_green()).await.unwrap();
    approve(&hub.here, &first, &old.draft_id).await.unwrap();
    let new = draft(&hub.here, &first, &id("indicator", 1), &to_green()).await.unwrap();
    assert_eq!(old.tear_line_id, new.tear_line_id);
    assert!(matches!(approve(&hub.here, &second, &old.draft_id).await, Err(ShareError::Invalid(_))));
    assert_eq!(approve(&hub.here, &second, &new.draft_id).await.unwrap(), Approved::Waits, "approvals count once");
    let mut changed = secret(1);
    changed["modified"] = json!("2018-01-02T00:00:00.000Z");
    let writing = Who { scopes: vec![Scope::Read, Scope::Write], ..first.clone() };
    hub.add(&writing, &[changed]).await;
    assert!(matches!(approve(&hub.here, &first, &new.draft_id).await, Err(ShareError::Invalid(_))));
    assert_eq!(tasks(&hub.here, &first).await.unwrap()[0].kind, TaskKind::Draft);
}

async fn what_is_refused_leaves_nothing(database: TestDatabase) {
    let hub = the_hubs_own(&database).await;
    for refused in [
        json!({"tlp": "green", "remove": ["pattern"]}),
        json!({"tlp": "green", "replace": {"description": "TOP SECRET//SI//NOFORN"}}),
        json!({"tlp": "green", "replace": {"description": id("indicator", 1)}}),
    ] {
        let error = draft(&hub.here, &hub.analyst, &id("indicator", 1), &choice(refused.clone())).await.unwrap_err();
        assert!(matches!(error, ShareError::Invalid(_)), "{refused}: {error}");
    }
    assert_eq!(hub.count("SELECT count(*) AS n FROM tear_line").await, 0);
    let director = person(&hub.analyst, "director", Role::Director);
    let refused = draft(&hub.here, &director, &id("indicator", 1), &to_green()).await;
    assert!(matches!(refused, Err(ShareError::Forbidden { .. })), "a director writes no indicators");
}
