//! A hub that subscribes to another one, over real HTTP: what the other lets its token see comes over, once, and stays the other's.

use ward_directory::{NewOrganisation, OrganisationKind, Scope, Who, add_partner, permit};
use ward_policy::{Resource, Role, Verb};
use ward_share::subscription::{self, Kind, NewSubscription, Secret};
use ward_stix::marking::Tlp;
use ward_store::values;
use ward_watch::subscribed::poll;

use crate::setup::{Hub, id, indicator};

#[tokio::test]
async fn another_hub_is_a_source() {
    let (theirs, ours) = (Hub::listening().await, Hub::listening().await);
    // More than a page, so that the walk follows the other's own cursor.
    let many: Vec<_> = (1..=620).map(|number| wide(number, Tlp::Green)).collect();
    for part in many.chunks(300) {
        theirs.add(&theirs.arizona, part).await;
    }
    theirs.add(&theirs.arizona, &[wide(999, Tlp::Red)]).await;
    let token = theirs.token(&theirs.illinois.organisation, &[Scope::Read]).await;
    let new = NewOrganisation {
        kind: OrganisationKind::Hub,
        name: "The other hub".to_owned(),
        state: String::new(),
        parent_id: None,
    };
    let new = permit(&ours.admin, Verb::Create, Resource::Organisation, new).unwrap();
    let partner = add_partner(&ours.here, &new).await.unwrap();
    assert!(!partner.is_member);
    let analyst = Who { roles: vec![Role::Analyst], ..ours.admin.clone() };
    let new = NewSubscription {
        organisation_id: partner.id.clone(),
        kind: Kind::Hub,
        url: theirs.url.clone(),
        collection: "threat-information".to_owned(),
        secret: Secret::Token(token),
        assigned_tlp: None,
        interval_seconds: 60,
    };
    let added = permit(&analyst, Verb::Create, Resource::Indicator, new).unwrap();
    let subscription = subscription::add(&ours.here, &added).await.unwrap();
    let first = poll(&ours.here, &ours.http, subscription).await.unwrap().result.unwrap();
    assert_eq!((first.added, first.already_here, first.refused), (620, 0, 0), "what is RED is not for its reader");
    let held = async || {
        let sql = "SELECT COUNT(*) AS n FROM collection_object WHERE organisation_id = $1";
        let row = ours.here.store.fetch_optional(sql, values![&partner.id]).await.unwrap().unwrap();
        row.get::<i64>("n").unwrap()
    };
    assert_eq!(held().await, 620);
    // The second time only what is new is asked for.
    theirs.add(&theirs.arizona, &[wide(621, Tlp::Green)]).await;
    let again = subscription::list(&ours.here).await.unwrap().remove(0);
    let second = poll(&ours.here, &ours.http, again).await.unwrap().result.unwrap();
    assert_eq!((second.added, second.already_here), (1, 0));
    assert_eq!(held().await, 621);
    // A member here reads it as the partner's.
    ours.settle().await;
    let path = format!("/share/collections/threat-information/objects/{}/", id("indicator", 1));
    let read = ours.get(&path, &ours.arizona.token).await;
    assert_eq!(read.status(), 200);
    assert_eq!(crate::setup::json_of(read).await["objects"][0]["id"], id("indicator", 1));
}

/// An indicator for an address of its own, also beyond 255.
fn wide(number: u64, tlp: Tlp) -> serde_json::Value {
    let mut object = indicator(number, tlp);
    object["pattern"] =
        serde_json::json!(format!("[ipv4-addr:value = '203.0.{}.{}']", number / 250 + 1, number % 250 + 1));
    object
}
