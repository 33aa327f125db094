//! The quality gate on what comes in: judged at once, and again when a list comes, is renewed or goes.

use serde_json::json;
use ward_directory::permit;
use ward_policy::{Resource, Role, Verb};
use ward_quality::Act;
use ward_share::ShareError;
use ward_share::quality::lists::{NewList, add, list, remove};
use ward_share::quality::{Quality, of, renew, sources};
use ward_store::testing::TestDatabase;
use ward_store::{Clock, test_both, verify};

use crate::setup::{Hub, NOW, green, id};

test_both!(a_list_changes_what_was_judged, expired_and_withdrawn_are_spent, only_its_own_people_bring_lists);

const DAY: i64 = 86_400 * 1_000_000;

async fn quality(hub: &Hub, number: u64) -> Quality {
    of(&hub.here, &id("indicator", number)).await.unwrap().unwrap()
}

fn sure(number: u64) -> serde_json::Value {
    let mut object = green(number);
    object["confidence"] = json!(80);
    object["valid_until"] = json!("2018-12-01T00:00:00Z");
    object
}

fn lines(text: &str, name: &str, as_of: i64) -> NewList {
    let source = Some("check.example".to_owned());
    NewList { body: text.as_bytes().to_vec(), name: Some(name.to_owned()), source, as_of: Some(as_of) }
}

async fn bring(hub: &Hub, new: NewList) -> Result<ward_share::quality::lists::AddedList, ShareError> {
    add(&hub.here, &permit(&hub.analyst, Verb::Change, Resource::Indicator, new).unwrap()).await
}

async fn a_list_changes_what_was_judged(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let arizona = hub.arizona.clone();
    hub.add(&arizona, &[sure(1), sure(2), green(3)]).await;
    assert_eq!(quality(&hub, 1).await.verdict.act, Act::Block);
    assert_eq!(quality(&hub, 3).await.verdict.act, Act::Watch, "its sender states no confidence");
    assert_eq!(renew(&hub.here).await.unwrap(), 0, "nothing has changed");
    let added = bring(&hub, lines("ExitAddress 203.0.0.2 2018-05-01 00:00:00", "Tor exits", NOW)).await.unwrap();
    assert_eq!((added.values, added.renewed), (1, false));
    assert_eq!(renew(&hub.here).await.unwrap(), 3);
    let listed = quality(&hub, 1).await.verdict;
    assert_eq!((listed.act, listed.confidence), (Act::Watch, 50));
    assert_eq!(listed.reasons[0], "`203.0.0.2` stands on the list \"Tor exits\"");
    assert_eq!(quality(&hub, 2).await.verdict.act, Act::Block);
    // Renewed: another address. What is older than half a year is said to be.
    assert!(bring(&hub, lines("203.0.0.3", "Tor exits", NOW - 200 * DAY)).await.unwrap().renewed);
    renew(&hub.here).await.unwrap();
    assert_eq!(quality(&hub, 1).await.verdict.act, Act::Block);
    assert!(quality(&hub, 2).await.verdict.reasons[0].ends_with("of 2017-10-15, 200 days old"));
    let shown = list(&hub.here).await.unwrap();
    let tor = shown.iter().find(|list| list.name == "Tor exits").unwrap();
    assert!(!tor.is_builtin && tor.stale.is_some() && tor.source == "check.example");
    assert!(shown.iter().filter(|list| list.is_builtin).count() > 5);
    let gone = permit(&hub.analyst, Verb::Change, Resource::Indicator, "Tor exits".to_owned()).unwrap();
    remove(&hub.here, &gone).await.unwrap();
    assert!(matches!(remove(&hub.here, &gone).await, Err(ShareError::Unseen { .. })));
    renew(&hub.here).await.unwrap();
    assert_eq!(quality(&hub, 2).await.verdict.act, Act::Block);
    hub.tick().await;
    let checked = verify(&hub.here.store, hub.here.log_key.verifier_key()).await.unwrap();
    assert!(checked.is_ok(), "{checked:?}");
}

async fn expired_and_withdrawn_are_spent(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let arizona = hub.arizona.clone();
    hub.add(&arizona, &[sure(1), sure(2)]).await;
    let mut withdrawn = sure(2);
    withdrawn["modified"] = json!("2018-02-01T00:00:00.000Z");
    withdrawn["revoked"] = json!(true);
    hub.add(&arizona, &[withdrawn]).await;
    assert_eq!(quality(&hub, 2).await.verdict.act, Act::Spent);
    // A day later it is judged anew by itself.
    hub.here.clock = Clock::Fixed(NOW + 300 * DAY);
    assert_eq!(renew(&hub.here).await.unwrap(), 2);
    let spent = quality(&hub, 1).await.verdict;
    assert_eq!((spent.act, spent.reasons), (Act::Spent, vec!["it was valid until 2018-12-01".to_owned()]));
    let delete = "DELETE FROM collection_object WHERE stix_id = $1 AND version LIKE '2018-02%'";
    let gone = async |sql: &'static str| {
        let mut tx = hub.here.store.begin().await.unwrap();
        tx.execute(sql, ward_store::values![id("indicator", 2)]).await.unwrap();
        tx.execute("UPDATE indicator_quality SET judged_at = 0", &[]).await.unwrap();
        tx.commit().await.unwrap();
        renew(&hub.here).await.unwrap();
    };
    // The version that withdrew it is deleted: the one before counts again. Then nothing of it is left.
    gone(delete).await;
    assert_eq!(quality(&hub, 2).await.verdict.reasons, ["it was valid until 2018-12-01"]);
    gone("DELETE FROM collection_object WHERE stix_id = $1").await;
    assert_eq!(of(&hub.here, &id("indicator", 2)).await.unwrap(), None);
    let from = &sources(&hub.here, &hub.analyst).await.unwrap()[0];
    assert_eq!((from.name.as_str(), from.spent, from.block, from.reviewed), ("Arizona", 1, 0, 0));
    assert_eq!(from.rate(), "not known: nothing reviewed yet");
    assert!(
        matches!(sources(&hub.here, &arizona).await, Err(ShareError::Forbidden { .. })),
        "a program has no account"
    );
}

async fn only_its_own_people_bring_lists(database: TestDatabase) {
    let hub = Hub::new(&database).await;
    let new = || lines("203.0.0.2", "Tor exits", NOW);
    let theirs = ward_directory::Who { organisation: hub.arizona.organisation.clone(), ..hub.analyst.clone() };
    let theirs = permit(&theirs, Verb::Change, Resource::Indicator, new()).unwrap();
    assert!(matches!(add(&hub.here, &theirs).await, Err(ShareError::Forbidden { .. })));
    let director = ward_directory::Who { roles: vec![Role::Director], ..hub.analyst.clone() };
    let seen = permit(&director, Verb::See, Resource::Indicator, new()).unwrap();
    assert!(matches!(add(&hub.here, &seen).await, Err(ShareError::Forbidden { .. })), "a permit to see adds nothing");
    for (wrong, why) in [
        (NewList { as_of: None, ..new() }, "which day"),
        (NewList { name: None, ..new() }, "a name"),
        (NewList { body: b"{}".to_vec(), ..new() }, "missing field"),
        (NewList { body: b"# nothing\n".to_vec(), ..new() }, "nothing that can be used"),
    ] {
        assert!(bring(&hub, wrong).await.unwrap_err().to_string().contains(why), "{why}");
    }
}
