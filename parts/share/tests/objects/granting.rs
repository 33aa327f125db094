//! Asking for information and granting it: two people, the owner among them, for a time; and nothing of it afterwards.

use ward_directory::{Who, permit, stands_for};
use ward_policy::{Resource, Role, Verb};
use ward_share::grant::Covers;
use ward_share::request::{self, Approved, Ask, State};
use ward_share::{ShareError, explain, ledger, recall};
use ward_stix::marking::Tlp;
use ward_store::testing::TestDatabase;
use ward_store::{sign_checkpoint, test_both, values, verify};

use ward_taxii::filter::Filter;

use crate::setup::{Hub, green, id, indicator, parse, red};

test_both!(
    what_the_hub_owns_two_of_its_people_grant,
    what_a_member_sent_its_director_grants_with_the_hub,
    nobody_approves_what_their_own_organisation_asks_for,
    a_grant_is_seen_by_its_holder_until_it_ends,
    a_grant_ends_by_the_clock_also_for_who_asks_first,
    a_grant_covers_only_what_its_owner_approved,
    what_is_missing_or_closed_is_refused,
    what_came_into_view_is_not_given_again_with_a_grant,
);

/// The people who ask and approve.
struct People {
    ana: Who,
    dora: Who,
    arizona: Who,
    pima: Who,
    illinois: Who,
    clerk: Who,
}

impl People {
    async fn of(hub: &Hub) -> People {
        let own = hub.admin.organisation.clone();
        People {
            ana: hub.person(&own, "ana", Role::Analyst).await,
            dora: hub.person(&own, "dora", Role::Director).await,
            arizona: hub.person(&hub.arizona.organisation, "az", Role::Director).await,
            pima: hub.person(&hub.pima.organisation, "pima", Role::Director).await,
            illinois: hub.person(&hub.illinois.organisation, "il", Role::Director).await,
            clerk: hub.person(&hub.illinois.organisation, "clerk", Role::Clerk).await,
        }
    }
}

fn case(ids: &[String]) -> Ask {
    Ask { covers: Covers::Objects(ids.to_vec()), purpose: "The same address was seen here".to_owned(), days: 10 }
}

async fn approve(hub: &Hub, who: &Who, request: &str) -> Result<Approved, ShareError> {
    request::approve(&hub.here, who, request).await
}

async fn listed(hub: &Hub, who: &Who) -> Vec<request::Request> {
    let allowed = permit(who, Verb::See, Resource::Request, ()).unwrap();
    request::list(&hub.here, &allowed).await.unwrap()
}

/// A red indicator of Arizona's that Illinois was granted for ten days.
async fn granted(hub: &mut Hub, people: &People) -> String {
    let arizona = hub.arizona.clone();
    hub.add(&arizona, &[red(1)]).await;
    let request = request::ask(&hub.here, &people.clerk, &case(&[id("indicator", 1)])).await.unwrap();
    assert_eq!(approve(hub, &people.arizona, &request).await.unwrap(), Approved::Waits);
    assert_eq!(approve(hub, &people.ana, &request).await.unwrap(), Approved::Granted);
    hub.tick().await;
    request
}

async fn what_the_hub_owns_two_of_its_people_grant(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let people = People::of(&hub).await;
    let own = people.ana.clone();
    hub.add(&own, &[red(1)]).await;
    let request = request::ask(&hub.here, &people.illinois, &case(&[id("indicator", 1)])).await.unwrap();
    assert!(matches!(approve(&hub, &hub.admin, &request).await, Err(ShareError::Forbidden { .. })), "runs it only");
    assert_eq!(approve(&hub, &people.ana, &request).await.unwrap(), Approved::Waits);
    assert!(matches!(approve(&hub, &people.ana, &request).await, Err(ShareError::Invalid(_))), "one person is one");
    assert!(matches!(approve(&hub, &people.arizona, &request).await, Err(ShareError::Unseen { .. })), "not Arizona's");
    assert_eq!(approve(&hub, &people.dora, &request).await.unwrap(), Approved::Granted);
    let shown = listed(&hub, &people.illinois).await;
    assert_eq!((shown.len(), shown[0].state, shown[0].approved_by.len()), (1, State::Granted, 2));
    assert!(listed(&hub, &people.arizona).await.is_empty(), "another member is not told");
}

async fn what_a_member_sent_its_director_grants_with_the_hub(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let people = People::of(&hub).await;
    let arizona = hub.arizona.clone();
    hub.add(&arizona, &[red(1)]).await;
    let request = request::ask(&hub.here, &people.illinois, &case(&[id("indicator", 1)])).await.unwrap();
    let clerk = hub.person(&hub.arizona.organisation, "azclerk", Role::Clerk).await;
    assert!(matches!(approve(&hub, &clerk, &request).await, Err(ShareError::Unseen { .. })));
    assert_eq!(approve(&hub, &people.ana, &request).await.unwrap(), Approved::Waits);
    assert_eq!(approve(&hub, &people.dora, &request).await.unwrap(), Approved::Waits, "Arizona has not said yes");
    assert_eq!(listed(&hub, &people.arizona).await.len(), 1);
    assert_eq!(approve(&hub, &people.arizona, &request).await.unwrap(), Approved::Granted);
    // Arizona can refuse as well, and the reason is read by who asked.
    let request = request::ask(&hub.here, &people.illinois, &case(&[id("indicator", 1)])).await.unwrap();
    request::refuse(&hub.here, &people.arizona, &request, "Not before Friday").await.unwrap();
    let shown = listed(&hub, &people.illinois).await;
    let refused = shown.iter().find(|one| one.id == request).unwrap();
    assert_eq!((refused.state, refused.reason.as_str()), (State::Refused, "Not before Friday"));
}

async fn nobody_approves_what_their_own_organisation_asks_for(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let people = People::of(&hub).await;
    let (arizona, illinois) = (hub.arizona.clone(), hub.illinois.clone());
    hub.add(&arizona, &[red(1)]).await;
    hub.add(&illinois, &[red(2)]).await;
    let both = case(&[id("indicator", 1), id("indicator", 2)]);
    let request = request::ask(&hub.here, &people.clerk, &both).await.unwrap();
    assert!(matches!(approve(&hub, &people.illinois, &request).await, Err(ShareError::Forbidden { .. })));
    assert!(matches!(
        request::refuse(&hub.here, &people.illinois, &request, "no").await,
        Err(ShareError::Forbidden { .. })
    ));
    // What is one's own already keeps nobody from granting the rest.
    assert_eq!(approve(&hub, &people.arizona, &request).await.unwrap(), Approved::Waits);
    assert_eq!(approve(&hub, &people.ana, &request).await.unwrap(), Approved::Granted);
    // The hub asks as any other: two of the owner's people grant it.
    let request = request::ask(&hub.here, &people.ana, &case(&[id("indicator", 1)])).await.unwrap();
    assert!(matches!(approve(&hub, &people.dora, &request).await, Err(ShareError::Forbidden { .. })));
    assert_eq!(approve(&hub, &people.arizona, &request).await.unwrap(), Approved::Waits);
    let second = hub.person(&hub.arizona.organisation, "az2", Role::Director).await;
    assert_eq!(approve(&hub, &second, &request).await.unwrap(), Approved::Granted);
}

async fn a_grant_is_seen_by_its_holder_until_it_ends(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let people = People::of(&hub).await;
    let request = granted(&mut hub, &people).await;
    let wanted = [id("indicator", 1)];
    assert_eq!(hub.ids(&hub.illinois, "").await, wanted);
    assert!(hub.ids(&hub.pima, "").await.is_empty(), "only its holder");
    let grant: String = {
        let sql = "SELECT id FROM information_grant WHERE request_id = $1";
        hub.here.store.fetch_optional(sql, values![&request]).await.unwrap().unwrap().get("id").unwrap()
    };
    let pages = ledger::own(&hub.here, &hub.illinois, "").await.unwrap();
    let reasons: Vec<_> = pages.iter().flat_map(|page| &page.delivered).map(|one| one.reason.grant.clone()).collect();
    assert_eq!(reasons, [Some(grant.clone())]);
    let see = permit(&people.ana, Verb::See, Resource::Indicator, ()).unwrap();
    let why = explain::explain(&hub.here, &see, &hub.illinois, &wanted[0]).await.unwrap();
    assert!(why[0].is_seen && why[0].grant.as_ref() == Some(&grant), "{why:?}");
    assert_eq!(explain::entitlements(&hub.here, &hub.illinois).await.unwrap().grants.len(), 1);
    assert!(matches!(request::end(&hub.here, &people.illinois, &request).await, Err(ShareError::Forbidden { .. })));
    request::end(&hub.here, &people.dora, &request).await.unwrap();
    assert!(matches!(request::end(&hub.here, &people.dora, &request).await, Err(ShareError::Unseen { .. })), "once");
    hub.tick().await;
    assert_eq!(called_back(&hub, &hub.illinois).await, wanted);
    let left = hub.ids(&hub.illinois, "match[type]=indicator").await;
    assert!(left.is_empty(), "{left:?}");
    sign_checkpoint(&hub.here.store, &hub.here.log_key, hub.here.now()).await.unwrap();
    verify(&hub.here.store, hub.here.log_key.verifier_key()).await.unwrap().unwrap();
}

async fn called_back(hub: &Hub, who: &Who) -> Vec<String> {
    recall::list(&hub.here, who).await.unwrap().into_iter().map(|one| one.stix_id).collect()
}

async fn a_grant_ends_by_the_clock_also_for_who_asks_first(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let people = People::of(&hub).await;
    granted(&mut hub, &people).await;
    assert_eq!(hub.ids(&hub.illinois, "").await.len(), 1);
    hub.pass(9);
    assert_eq!(recall::review_changed_readers(&hub.here).await.unwrap(), 0);
    assert_eq!(hub.ids(&hub.illinois, "").await.len(), 1, "the ninth day");
    hub.pass(2);
    // They ask again before anybody looked whether grants ended.
    assert!(hub.ids(&hub.illinois, "").await.is_empty(), "gone with the tenth day");
    assert_eq!(recall::review_changed_readers(&hub.here).await.unwrap(), 1);
    assert_eq!(recall::review_changed_readers(&hub.here).await.unwrap(), 0, "once");
    assert_eq!(called_back(&hub, &hub.illinois).await, [id("indicator", 1)]);
}

async fn a_grant_covers_only_what_its_owner_approved(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let people = People::of(&hub).await;
    // Nobody has sent it yet; the hub's people alone say yes.
    let request = request::ask(&hub.here, &people.illinois, &case(&[id("indicator", 7)])).await.unwrap();
    approve(&hub, &people.ana, &request).await.unwrap();
    assert_eq!(approve(&hub, &people.dora, &request).await.unwrap(), Approved::Granted);
    let arizona = hub.arizona.clone();
    hub.add(&arizona, &[red(7)]).await;
    assert!(hub.ids(&hub.illinois, "").await.is_empty(), "Arizona was not asked");
    // A class is what its owner sends, also later.
    let covers = Covers::Class { kind: "indicator".to_owned(), organisation_id: hub.arizona.organisation.id.clone() };
    let class = Ask { covers, ..case(&[]) };
    let request = request::ask(&hub.here, &people.pima, &class).await.unwrap();
    approve(&hub, &people.arizona, &request).await.unwrap();
    approve(&hub, &people.ana, &request).await.unwrap();
    hub.tick().await;
    hub.add(&arizona, &[indicator(8, 0, &[Tlp::Red.official_id()])]).await;
    assert_eq!(hub.ids(&hub.pima, "").await, [id("indicator", 7), id("indicator", 8)]);
    assert!(hub.ids(&hub.illinois, "").await.is_empty());
}

async fn what_is_missing_or_closed_is_refused(database: TestDatabase) {
    let hub = Hub::new(&database).await;
    let people = People::of(&hub).await;
    let wanted = [id("indicator", 1)];
    for (bad, why) in [
        (Ask { purpose: "short".to_owned(), ..case(&wanted) }, "purpose"),
        (Ask { days: 0, ..case(&wanted) }, "no day"),
        (Ask { days: 400, ..case(&wanted) }, "too long"),
        (case(&[]), "nothing"),
        (case(&["red".to_owned()]), "no id"),
    ] {
        assert!(matches!(request::ask(&hub.here, &people.illinois, &bad).await, Err(ShareError::Invalid(_))), "{why}");
    }
    assert!(matches!(request::ask(&hub.here, &hub.illinois, &case(&wanted)).await, Err(ShareError::Forbidden { .. })));
    let request = request::ask(&hub.here, &people.illinois, &case(&wanted)).await.unwrap();
    assert!(matches!(request::refuse(&hub.here, &people.ana, &request, " ").await, Err(ShareError::Invalid(_))));
    request::refuse(&hub.here, &people.ana, &request, "We have no such thing").await.unwrap();
    assert!(matches!(approve(&hub, &people.dora, &request).await, Err(ShareError::Invalid(_))), "it is closed");
    assert!(matches!(approve(&hub, &people.dora, "nothing").await, Err(ShareError::Unseen { .. })));
    assert!(matches!(request::end(&hub.here, &people.dora, &request).await, Err(ShareError::Unseen { .. })));
}

async fn what_came_into_view_is_not_given_again_with_a_grant(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let people = People::of(&hub).await;
    let (arizona, illinois) = (hub.arizona.clone(), hub.illinois.organisation.id.clone());
    let asks = async |hub: &Hub| stands_for(&hub.here, &illinois, None).await.unwrap().unwrap();
    let join = async |hub: &Hub, is_member: bool| {
        let mut tx = hub.here.store.begin().await.unwrap();
        let sql = "UPDATE organisation SET is_member = $1 WHERE id = $2";
        tx.execute(sql, values![is_member, &illinois]).await.unwrap();
        tx.commit().await.unwrap();
    };
    assert!(hub.ids(&asks(&hub).await, "").await.is_empty());
    join(&hub, false).await;
    recall::review_changed_readers(&hub.here).await.unwrap();
    hub.add(&arizona, &[green(1)]).await;
    join(&hub, true).await;
    let first = hub.objects(&asks(&hub).await, "threat-information", &parse("")).await.unwrap();
    assert_eq!(first.items.len(), 1, "it came into view with the membership");
    let request = request::ask(&hub.here, &people.clerk, &case(&[id("indicator", 1)])).await.unwrap();
    approve(&hub, &people.arizona, &request).await.unwrap();
    assert_eq!(approve(&hub, &people.ana, &request).await.unwrap(), Approved::Granted);
    let since = Filter { added_after: Some(first.last_tick), ..Filter::default() };
    let then = hub.objects(&asks(&hub).await, "threat-information", &since).await.unwrap();
    assert!(then.items.is_empty(), "{:?}", then.items);
    assert_eq!(hub.ids(&asks(&hub).await, "").await, [id("indicator", 1)]);
}
