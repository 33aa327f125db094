//! Calling back: exactly who has it is told, by a note that only they see, until they confirm; and the ledger that says who has it.

use ward_directory::{Who, permit};
use ward_policy::{Resource, Verb};
use ward_share::mark::{self, Change, Changed};
use ward_share::{ShareError, anew, explain, ledger, recall};
use ward_stix::marking::Tlp;
use ward_stix::object::Object;
use ward_store::testing::TestDatabase;
use ward_store::{Clock, sign_checkpoint, test_both, verify};

use crate::setup::{Hub, SECOND, green, id, parse};

test_both!(
    what_is_withdrawn_is_called_back_from_who_has_it,
    what_goes_out_again_is_called_back_again_whatever_the_clock_says,
    a_stricter_marking_calls_back_and_a_looser_one_shows,
    an_embargo_holds_until_its_time,
    a_page_of_the_ledger_proves_itself,
    a_bundle_for_who_has_no_network_is_a_delivery,
);

async fn change(hub: &Hub, number: u64, what: Change) -> Result<Changed, ShareError> {
    let on = permit(&hub.analyst, Verb::Change, Resource::Indicator, id("indicator", number)).unwrap();
    mark::change(&hub.here, &on, what, "The source asked for it").await
}

/// The notes that a walk brings.
async fn notes(hub: &Hub, who: &Who) -> Vec<serde_json::Value> {
    let page = hub.objects(who, "threat-information", &parse("match[type]=note")).await.unwrap();
    page.items.iter().map(|body| serde_json::from_slice(body).unwrap()).collect()
}

async fn parties(hub: &Hub, who: &Who) -> Vec<(String, String, bool)> {
    let found = recall::list(&hub.here, who).await.unwrap();
    found.into_iter().map(|one| (one.organisation_id, one.stix_id, one.confirmed_at.is_some())).collect()
}

async fn what_is_withdrawn_is_called_back_from_who_has_it(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let arizona = hub.arizona.clone();
    hub.add(&arizona, &[green(1), green(2)]).await;
    assert_eq!(hub.ids(&hub.illinois, "").await.len(), 2, "Illinois fetched it, Pima did not");
    hub.ids(&hub.arizona, "").await;
    assert_eq!(change(&hub, 1, Change::Withdraw).await.unwrap(), Changed { versions: 1, recalled: 1 });
    assert!(matches!(change(&hub, 1, Change::Withdraw).await, Err(ShareError::Invalid(_))), "it is so already");
    hub.tick().await;
    let illinois = hub.illinois.organisation.id.clone();
    let expected = [(illinois.clone(), id("indicator", 1), false)];
    assert_eq!(parties(&hub, &hub.illinois).await, expected);
    assert_eq!(parties(&hub, &hub.analyst).await, expected, "the hub sees all");
    assert!(parties(&hub, &hub.pima).await.is_empty() && parties(&hub, &hub.arizona).await.is_empty());
    assert_eq!(hub.ids(&hub.illinois, "match[type]=indicator").await, [id("indicator", 2)]);
    assert_eq!(hub.ids(&hub.arizona, "match[type]=indicator").await.len(), 2, "its owner keeps it");
    let told = notes(&hub, &hub.illinois).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["object_refs"], serde_json::json!([id("indicator", 1)]));
    for who in [&hub.pima, &hub.arizona] {
        assert!(notes(&hub, who).await.is_empty(), "{}", who.name);
    }
    let recall_id = recall::list(&hub.here, &hub.illinois).await.unwrap()[0].recall_id.clone();
    for who in [&hub.pima, &hub.analyst] {
        assert!(matches!(recall::confirm(&hub.here, who, &recall_id).await, Err(ShareError::Unseen { .. })));
    }
    let reads =
        crate::setup::with_scopes(&hub.here, &hub.admin, &hub.illinois.organisation, &[ward_directory::Scope::Read]);
    assert!(matches!(recall::confirm(&hub.here, &reads.await, &recall_id).await, Err(ShareError::Forbidden { .. })));
    assert_eq!(recall::confirm(&hub.here, &hub.illinois, &recall_id).await.unwrap(), 1);
    assert_eq!(recall::confirm(&hub.here, &hub.illinois, &recall_id).await.unwrap(), 0, "closed");
    assert_eq!(parties(&hub, &hub.analyst).await, [(illinois, id("indicator", 1), true)]);
    // Sent out again and called back again, it is a new recall.
    change(&hub, 1, Change::Restore).await.unwrap();
    hub.tick().await;
    assert_eq!(hub.ids(&hub.illinois, "match[type]=indicator").await.len(), 2);
    assert_eq!(change(&hub, 1, Change::Withdraw).await.unwrap().recalled, 1);
    hub.tick().await;
    sign_checkpoint(&hub.here.store, &hub.here.log_key, hub.here.now()).await.unwrap();
    verify(&hub.here.store, hub.here.log_key.verifier_key()).await.unwrap().unwrap();
}

async fn what_goes_out_again_is_called_back_again_whatever_the_clock_says(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let arizona = hub.arizona.clone();
    hub.add(&arizona, &[green(1)]).await;
    let began_at = hub.here.now();
    for seconds_ago in [0, 0, 60, 30] {
        hub.here.clock = Clock::Fixed(began_at - seconds_ago * SECOND);
        assert_eq!(hub.ids(&hub.illinois, "match[type]=indicator").await, [id("indicator", 1)]);
        assert_eq!(change(&hub, 1, Change::Withdraw).await.unwrap().recalled, 1, "{seconds_ago} seconds ago");
        assert_eq!(recall::review_offered_again(&hub.here).await.unwrap(), 0, "once");
        change(&hub, 1, Change::Restore).await.unwrap();
    }
}

async fn a_stricter_marking_calls_back_and_a_looser_one_shows(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let arizona = hub.arizona.clone();
    hub.add(&arizona, &[green(1), crate::setup::indicator(2, 0, &[])]).await;
    assert_eq!(hub.ids(&hub.illinois, "").await, [id("indicator", 1)]);
    assert_eq!(change(&hub, 1, Change::Assign(Some(Tlp::Red))).await.unwrap().recalled, 1);
    hub.tick().await;
    assert!(hub.ids(&hub.illinois, "match[type]=indicator").await.is_empty());
    // What the sender said holds: the hub takes back only its own word.
    change(&hub, 1, Change::Assign(None)).await.unwrap();
    hub.tick().await;
    assert_eq!(hub.ids(&hub.illinois, "match[type]=indicator").await, [id("indicator", 1)]);
    for who in [&hub.illinois, &hub.arizona] {
        let on = permit(who, Verb::Change, Resource::Indicator, id("indicator", 1));
        assert!(on.is_err(), "a member's token changes nothing");
    }
    let on = permit(&hub.analyst, Verb::Change, Resource::Indicator, id("indicator", 99)).unwrap();
    assert!(matches!(
        mark::change(&hub.here, &on, Change::Withdraw, "It is not there").await,
        Err(ShareError::Unseen { .. })
    ));
}

async fn an_embargo_holds_until_its_time(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let arizona = hub.arizona.clone();
    hub.add(&arizona, &[green(1)]).await;
    let until = hub.here.now() + 86_400_000_000;
    assert_eq!(change(&hub, 1, Change::HoldUntil(until)).await.unwrap().recalled, 0, "nobody has it");
    hub.tick().await;
    assert!(hub.ids(&hub.illinois, "").await.is_empty());
    hub.pass(2);
    assert_eq!(anew::turn_dates(&hub.here).await.unwrap(), 1);
    hub.tick().await;
    assert_eq!(hub.ids(&hub.illinois, "").await, [id("indicator", 1)]);
}

async fn a_page_of_the_ledger_proves_itself(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let arizona = hub.arizona.clone();
    hub.add(&arizona, &[green(1), green(2)]).await;
    for _ in 0..2 {
        hub.ids(&hub.illinois, "").await;
    }
    let key = hub.here.installation.log_key.clone();
    let fresh = ledger::own(&hub.here, &hub.illinois, "").await.unwrap();
    assert_eq!(fresh.len(), 1, "the same page twice is one delivery");
    assert!(matches!(ledger::verify(&fresh[0], &key), Err(ledger::LedgerProblem::NotProved)));
    hub.tick().await;
    sign_checkpoint(&hub.here.store, &hub.here.log_key, hub.here.now()).await.unwrap();
    let page = ledger::own(&hub.here, &hub.illinois, "").await.unwrap().remove(0);
    ledger::verify(&page, &key).unwrap();
    let body = hub.objects(&hub.illinois, "threat-information", &parse("")).await.unwrap().items.remove(0);
    assert_eq!(page.delivered[0].sha256, ward_share_sha256(&body));
    assert_eq!(page.delivered[0].stix_id, Object::parse(&body).unwrap().id());
    assert!(ledger::own(&hub.here, &hub.pima, "").await.unwrap().is_empty());
    assert!(ledger::own(&hub.here, &hub.illinois, &page.id).await.unwrap().is_empty(), "after it there is nothing");
    let see = permit(&hub.admin, Verb::See, Resource::Log, ()).unwrap();
    let illinois = &hub.illinois.organisation.id;
    assert_eq!(ledger::of_organisation(&hub.here, &see, illinois, "").await.unwrap(), std::slice::from_ref(&page));
    // Each change is found, down to each leaf.
    let whole = serde_json::to_value(&page).unwrap();
    let mut changed = 0;
    for pointer in leaves(&whole, "") {
        let mut other = whole.clone();
        let leaf = other.pointer_mut(&pointer).unwrap();
        *leaf = match &*leaf {
            serde_json::Value::String(text) => altered(text).into(),
            serde_json::Value::Number(number) => (number.as_i64().unwrap() + 1).into(),
            _ => continue,
        };
        let Ok(other) = serde_json::from_value::<ledger::LedgerPage>(other) else { continue };
        assert!(ledger::verify(&other, &key).is_err(), "{pointer} was changed");
        changed += 1;
    }
    assert!(changed > 20, "{changed}");
    let mut fewer = page.clone();
    fewer.delivered.pop();
    assert!(ledger::verify(&fewer, &key).is_err(), "one is left out");
    // What is erased meanwhile was delivered all the same.
    let collection = hub.collection(&arizona, "threat-information").await;
    ward_share::page::delete(&hub.here, &arizona, &collection, &id("indicator", 1), &parse("")).await.unwrap();
    ledger::verify(&ledger::own(&hub.here, &hub.illinois, "").await.unwrap()[0], &key).unwrap();
}

fn ward_share_sha256(body: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Pointers to all that is no list and no object.
fn leaves(value: &serde_json::Value, at: &str) -> Vec<String> {
    match value {
        serde_json::Value::Object(members) => {
            members.iter().flat_map(|(name, one)| leaves(one, &format!("{at}/{name}"))).collect()
        }
        serde_json::Value::Array(items) => {
            items.iter().enumerate().flat_map(|(place, one)| leaves(one, &format!("{at}/{place}"))).collect()
        }
        _ => vec![at.to_owned()],
    }
}

/// Another text of the same length.
fn altered(text: &str) -> String {
    let other = if text.starts_with('0') { '1' } else { '0' };
    std::iter::once(other).chain(text.chars().skip(1)).collect()
}

async fn a_bundle_for_who_has_no_network_is_a_delivery(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let arizona = hub.arizona.clone();
    hub.add(&arizona, &[green(1), crate::setup::red(2)]).await;
    let illinois = hub.illinois.organisation.id.clone();
    let machines = ward_directory::stands_for(&hub.here, &illinois, None).await.unwrap().unwrap();
    let publish = permit(&hub.analyst, Verb::Publish, Resource::Indicator, ()).unwrap();
    let (bytes, count) = explain::bundle_for(&hub.here, &publish, &machines, "threat-information").await.unwrap();
    let bundle: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!((count, &bundle["objects"][0]["id"]), (1, &serde_json::json!(id("indicator", 1))));
    assert_eq!(ledger::own(&hub.here, &hub.illinois, "").await.unwrap().len(), 1);
}
