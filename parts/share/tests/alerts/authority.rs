//! What is not a caller's to do or to see: answers in the name of others, evidence that names other recipients, tokens that only write.

use ward_directory::{Membership, Scope, Who, acting_as, add_membership, permit};
use ward_policy::{Resource, Role, Verb};
use ward_share::ShareError;
use ward_share::alert::{evidence, list, read};
use ward_share::situation::situation;
use ward_stix::answer::Finding;
use ward_stix::marking::Tlp;
use ward_stix::object::Object;
use ward_stix::timestamp::format_stix;
use ward_store::testing::TestDatabase;
use ward_store::{test_both, verify};

use crate::answering::{send, send_object};
use crate::setup::*;

test_both!(
    a_plain_sighting_borrows_no_name,
    a_person_answers_only_with_a_role_that_answers,
    an_answer_does_not_come_from_the_future,
    evidence_does_not_name_other_recipients,
    who_only_writes_reads_nothing,
);

async fn a_plain_sighting_borrows_no_name(database: TestDatabase) {
    let hub = hub(database).await;
    let (arizona, illinois) = (hub.node(&hub.arizona).await, hub.node(&hub.illinois).await);
    let plain = |by: Option<&str>, of: &[&str]| {
        let time = format_stix(start());
        let mut json = serde_json::json!({"type": "sighting", "spec_version": "2.1", "created": time, "modified": time,
            "id": "sighting--00000000-0000-4000-8000-000000000001",
            "sighting_of_ref": "indicator--00000000-0000-4000-8000-000000000002", "where_sighted_refs": of});
        if let Some(by) = by {
            json["created_by_ref"] = by.into();
        }
        Object::parse(json.to_string().as_bytes()).unwrap()
    };
    let (az, county, il) = (&hub.arizona.identity_id, &hub.maricopa.identity_id, &hub.illinois.identity_id);
    let elsewhere = "identity--00000000-0000-4000-8000-000000000003";
    let cases = [
        ("its own", &arizona, Some(az), az, true),
        ("its county's", &arizona, Some(az), county, true),
        ("in the name of another", &illinois, Some(az), il, false),
        ("about another", &illinois, Some(il), az, false),
        ("about another, by nobody", &illinois, None, county, false),
        ("about a place that is not of this hub", &illinois, Some(il), &elsewhere.to_owned(), true),
    ];
    for (name, who, by, of, expected) in cases {
        let got = send_object(&hub, who, &plain(by.map(String::as_str), &[of])).await;
        assert_eq!(got.is_ok(), expected, "{name}: {got:?}");
    }
}

async fn a_person_answers_only_with_a_role_that_answers(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.published(Tlp::Amber, &[&hub.maricopa, &hub.illinois]).await;
    let clerk = person(&hub.here, &hub.administrator, &hub.illinois, "Cleo Clerk", Role::Clerk).await;
    let liaison = person(&hub.here, &hub.administrator, &hub.illinois, "Lee Liaison", Role::Liaison).await;
    let new = Membership {
        person_id: liaison.person_id.clone().unwrap(),
        organisation_id: hub.maricopa.id.clone(),
        role: Role::Administrator,
    };
    add_membership(&hub.here, &permit(&hub.administrator, Verb::Change, Resource::Person, new).unwrap()).await.unwrap();
    let acting = acting_as(&hub.here, "lee.liaison@illinois.example", Some(&hub.maricopa.id)).await.unwrap().unwrap();
    let cases = [
        ("a clerk for the own office", &clerk, &hub.illinois, true),
        ("a liaison for the own office", &liaison, &hub.illinois, false),
        ("an administrator of another office", &liaison, &hub.maricopa, false),
        ("the same, acting as that office", &acting, &hub.maricopa, false),
    ];
    for ((name, who, office, expected), number) in cases.into_iter().zip(1..) {
        let mut given = answer(&key.report_id, office, &hub.illinois, Finding::NotSeen, start());
        given.sighting_id = format!("sighting--00000000-0000-4000-8000-{number:012}");
        let got = send(&hub, who, &given).await;
        assert_eq!(got.is_ok(), expected, "{name}: {got:?}");
    }
}

async fn an_answer_does_not_come_from_the_future(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.published(Tlp::Amber, &[&hub.maricopa]).await;
    let (county, state) = (hub.node(&hub.maricopa).await, hub.node(&hub.arizona).await);
    let late = answer(&key.report_id, &hub.maricopa, &hub.arizona, Finding::NotSeen, start() + 400 * DAY);
    assert!(send(&hub, &state, &late).await.unwrap_err().contains("future"), "it would stand above all that follow");
    let now = answer(&key.report_id, &hub.maricopa, &hub.maricopa, Finding::Blind, start() + HOUR);
    assert!(send(&hub, &county, &now).await.is_ok(), "clocks differ a little");
}

async fn evidence_does_not_name_other_recipients(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.published(Tlp::Red, &[&hub.maricopa, &hub.illinois]).await;
    let county = hub.node(&hub.maricopa).await;
    let got = evidence(&hub.here, &county, &key.report_id, &key.modified).await.unwrap().unwrap();
    let told = serde_json::to_string(&got).unwrap();
    for other in [&hub.illinois, &hub.arizona] {
        assert!(!told.contains(&other.id) && !told.contains(&other.identity_id), "{}", other.name);
    }
    assert!(!told.contains("alert_recipient"), "nor how many they are");
    let rows = hub.here.store.fetch("SELECT body FROM entry WHERE act = 'alert.addressed'", &[]).await.unwrap();
    let body: String = rows.first().unwrap().get("body").unwrap();
    assert!(body.contains(&hub.illinois.id), "but they are on the record");
    assert!(verify(&hub.here.store, hub.here.log_key.verifier_key()).await.unwrap().is_ok());
}

async fn who_only_writes_reads_nothing(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.published(Tlp::Amber, &[&hub.maricopa]).await;
    let writer = Who { scopes: vec![Scope::Write], ..hub.node(&hub.maricopa).await };
    let (here, id) = (&hub.here, key.report_id.as_str());
    for id in [id, "report--none"] {
        for refused in [
            evidence(here, &writer, id, &key.modified).await.err(),
            read(here, &writer, id, None).await.err(),
            situation(here, &writer, id).await.err(),
            list(here, &writer).await.err(),
        ] {
            assert!(matches!(refused, Some(ShareError::Forbidden { .. })), "{id}: {refused:?}");
        }
    }
}
