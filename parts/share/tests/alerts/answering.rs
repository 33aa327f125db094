//! Answers: who may give them, their receipts, and what came of them.

use ward_directory::{Membership, OrganisationKind, Who, add_membership, permit};
use ward_policy::{Resource, Role, Verb};
use ward_share::ShareError;
use ward_share::answers::{TakeError, close_receipt, receipts, take};
use ward_share::situation::{Standing, situation};
use ward_share::{Receipt, acknowledge};
use ward_stix::answer::{Answer, Finding, Rung};
use ward_stix::marking::Tlp;
use ward_stix::object::Object;
use ward_stix::timestamp::format_stix;
use ward_store::testing::TestDatabase;
use ward_store::{test_both, verify};

use crate::setup::*;

test_both!(
    an_answer_gets_one_receipt_however_often_it_comes,
    only_those_who_may_speak_for_an_office_do,
    what_is_no_answer_is_refused_with_the_reason,
    receipts_are_numbered_without_gaps_under_load,
    a_receipt_is_answered_once,
    acknowledging_and_delivering_twice_changes_nothing,
    an_answer_under_a_classified_marking_goes_and_leaves_no_all_clear,
);

pub async fn send(hub: &Hub, who: &Who, answer: &Answer) -> Result<Option<Receipt>, String> {
    send_object(hub, who, &sighting(answer)).await
}

pub async fn send_object(hub: &Hub, who: &Who, object: &Object) -> Result<Option<Receipt>, String> {
    let mut tx = hub.here.store.begin().await.unwrap();
    match take(&mut tx, &hub.here, who, object).await {
        Ok(receipt) => {
            tx.commit().await.unwrap();
            Ok(receipt)
        }
        Err(TakeError::Refused(reason)) => Err(reason),
        Err(TakeError::Failed(error)) => panic!("{error:?}"),
    }
}

/// Sends JSON to a collection, as over TAXII; gives why it was not taken.
async fn post(hub: &Hub, who: &Who, alias: &str, object: &serde_json::Value) -> Option<String> {
    let collection = ward_share::collections::find(&hub.here, who, alias).await.unwrap();
    let object = Object::parse(object.to_string().as_bytes());
    let status = ward_share::intake::add(&hub.here, who, &collection, vec![object], None).await.unwrap();
    status.failures.first().and_then(|failure| failure.message.clone())
}

async fn an_answer_under_a_classified_marking_goes_and_leaves_no_all_clear(database: TestDatabase) {
    let hub = hub(database).await;
    ward_share::collections::ensure(&hub.here).await.unwrap();
    let key = hub.published(Tlp::Amber, &[&hub.maricopa, &hub.illinois]).await;
    let county = hub.node(&hub.maricopa).await;
    let live = hub.live(&key.report_id).await;
    let first = of_all(answer(&key.report_id, &hub.maricopa, &hub.maricopa, Finding::NotSeen, start()), &live);
    let json = |answer: &Answer| serde_json::from_slice::<serde_json::Value>(sighting(answer).bytes()).unwrap();
    assert_eq!(post(&hub, &county, "answers", &json(&first)).await, None);
    let found = Finding::MatchUnderReview;
    let mut second = json(&answer(&key.report_id, &hub.maricopa, &hub.maricopa, found, start() + HOUR));
    let marking = "marking-definition--00000000-0000-4000-8000-000000000001";
    second["object_marking_refs"].as_array_mut().unwrap().push(marking.into());
    let hub = hub.at(start() + HOUR);
    assert_eq!(post(&hub, &county, "answers", &second).await, None);
    settle(&hub.here).await;
    let standing = async || {
        let situation = situation(&hub.here, &hub.ana, &key.report_id).await.unwrap();
        situation.rows.iter().find(|row| row.organisation == "Maricopa").unwrap().standing
    };
    assert_eq!(standing().await, Standing::MatchUnderReview);
    let definition = serde_json::json!({"type": "marking-definition", "spec_version": "2.1", "id": marking,
        "created": "2016-08-18T00:00:00.000Z", "definition_type": "statement", "definition": {"statement": "SECRET//NOFORN"}});
    assert!(post(&hub, &county, "threat-information", &definition).await.is_some());
    settle(&hub.here).await;
    assert_eq!(standing().await, Standing::PartlySearched, "not seen counts for less: something else was said since");
    let checked = verify(&hub.here.store, hub.here.log_key.verifier_key()).await.unwrap();
    assert!(checked.is_ok(), "{checked:?}");
    assert!(!receipts(&hub.here, &hub.ana).await.unwrap().is_empty());
}

async fn an_answer_gets_one_receipt_however_often_it_comes(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.published(Tlp::Amber, &[&hub.maricopa, &hub.illinois]).await;
    let (county, illinois) = (hub.node(&hub.maricopa).await, hub.node(&hub.illinois).await);
    let first = answer(&key.report_id, &hub.maricopa, &hub.maricopa, Finding::NotSeen, start());
    let receipt = send(&hub, &county, &first).await.unwrap().unwrap();
    assert_eq!((receipt.number, receipt.promised_at), (1, start() + 24 * HOUR));
    assert_eq!(send(&hub, &county, &first).await.unwrap(), Some(receipt));
    let changed = Answer { count: 0, counts: Vec::new(), ..first.clone() };
    assert!(send(&hub, &county, &changed).await.unwrap_err().contains("other content"));
    let second = answer(&key.report_id, &hub.maricopa, &hub.maricopa, Finding::Confirmed(Rung::Scanned), start() + DAY);
    assert_eq!(send(&hub, &county, &second).await.unwrap().unwrap().number, 2);
    let other = answer(&key.report_id, &hub.illinois, &hub.illinois, Finding::Blind, start());
    assert_eq!(send(&hub, &illinois, &other).await.unwrap().unwrap().number, 3);
    // A sighting keeps its office for good.
    let stolen = Answer { sighting_id: first.sighting_id.clone(), modified: format_stix(start() + HOUR), ..other };
    assert!(send(&hub, &illinois, &stolen).await.unwrap_err().contains("another office"));
    settle(&hub.here).await;
    let checked = verify(&hub.here.store, hub.here.log_key.verifier_key()).await.unwrap();
    assert!(checked.is_ok(), "{checked:?}");
}

async fn only_those_who_may_speak_for_an_office_do(database: TestDatabase) {
    let hub = hub(database).await;
    let vendor = organisation(&hub.here, &hub.administrator, OrganisationKind::Vendor, "Vendor", None).await;
    let key = hub.published(Tlp::Amber, &[&hub.maricopa]).await;
    let nodes = [hub.node(&hub.maricopa).await, hub.node(&hub.arizona).await, hub.node(&hub.illinois).await];
    let navigator = person(&hub.here, &hub.administrator, &vendor, "Nora Navigator", Role::It).await;
    let with_role = person(&hub.here, &hub.administrator, &vendor, "Vic Vendor", Role::It).await;
    let new = Membership {
        person_id: with_role.person_id.clone().unwrap(),
        organisation_id: hub.maricopa.id.clone(),
        role: Role::Clerk,
    };
    add_membership(&hub.here, &permit(&hub.administrator, Verb::Create, Resource::Person, new).unwrap()).await.unwrap();
    let acting = ward_directory::acting_as(&hub.here, "vic.vendor@vendor.example", Some(&hub.maricopa.id))
        .await
        .unwrap()
        .unwrap();
    let [county, state, stranger] = &nodes;
    let (maricopa, arizona, illinois) = (&hub.maricopa, &hub.arizona, &hub.illinois);
    let cases = [
        ("the office itself", county, maricopa, maricopa, true),
        ("its state", state, maricopa, arizona, true),
        ("its state in the name of the office", state, maricopa, maricopa, false),
        ("the office for its state", county, arizona, maricopa, false),
        ("the state for itself", state, arizona, arizona, true),
        ("another state", stranger, maricopa, illinois, false),
        ("another state in the name of the office", stranger, maricopa, maricopa, false),
        ("one who did not get the alert", stranger, illinois, illinois, false),
        ("a vendor's person without a role there", &navigator, maricopa, &vendor, false),
        ("a vendor's person with a role there", &with_role, maricopa, &vendor, true),
        ("the same, acting as the office", &acting, maricopa, &vendor, true),
        ("the same, in the name of the office", &acting, maricopa, maricopa, true),
        ("the same, in the name of another", &acting, maricopa, illinois, false),
    ];
    for ((name, who, office, by, expected), number) in cases.into_iter().zip(1..) {
        let mut given = answer(&key.report_id, office, by, Finding::NotSeen, start() + number);
        given.sighting_id = format!("sighting--00000000-0000-4000-8000-{number:012}");
        let got = send(&hub, who, &given).await;
        assert_eq!(got.is_ok(), expected, "{name}: {got:?}");
    }
}

async fn what_is_no_answer_is_refused_with_the_reason(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.published(Tlp::Amber, &[&hub.maricopa]).await;
    let county = hub.node(&hub.maricopa).await;
    let good = answer(&key.report_id, &hub.maricopa, &hub.maricopa, Finding::NotSeen, start());
    let unknown = "report--00000000-0000-4000-8000-000000000000";
    let cases = [
        (Answer { of_ref: unknown.into(), ..good.clone() }, "no alert"),
        (Answer { finding: Finding::Confirmed(Rung::Accessed), count: 1, ..good.clone() }, "named person"),
        (Answer { sources: Vec::new(), ..good.clone() }, "source"),
    ];
    for (answer, expected) in cases {
        let reason = send(&hub, &county, &answer).await.unwrap_err();
        assert!(reason.contains(expected), "{reason}");
    }
    let draft_key = hub.draft(complete_draft(Tlp::Amber, &[&hub.maricopa])).await;
    let of_draft = Answer { of_ref: draft_key.report_id, ..good.clone() };
    assert!(send(&hub, &county, &of_draft).await.unwrap_err().contains("no alert"));
    let plain = |of: &str| {
        let time = format_stix(start());
        let json = serde_json::json!({"type": "sighting", "spec_version": "2.1", "created": time, "modified": time,
            "id": "sighting--00000000-0000-4000-8000-000000000001", "sighting_of_ref": of});
        Object::parse(json.to_string().as_bytes()).unwrap()
    };
    assert!(send_object(&hub, &county, &plain(&key.report_id)).await.unwrap_err().contains("extension"));
    assert_eq!(send_object(&hub, &county, &plain("indicator--00000000-0000-4000-8000-000000000002")).await, Ok(None));
    let indicator = Answer {
        of_ref: "indicator--00000000-0000-4000-8000-000000000002".into(),
        finding: Finding::MatchUnderReview,
        count: 2,
        ..good
    };
    assert_eq!(send(&hub, &county, &indicator).await, Ok(None), "a sighting of one indicator gets no receipt");
}

async fn receipts_are_numbered_without_gaps_under_load(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.published(Tlp::Amber, &[&hub.maricopa]).await;
    let county = hub.node(&hub.maricopa).await;
    let sends = (0..24_i64).map(|number| {
        let (hub, county, report_id) = (hub.clone(), county.clone(), key.report_id.clone());
        tokio::spawn(async move {
            let given = answer(&report_id, &hub.maricopa, &hub.maricopa, Finding::NotSeen, start() + number * 1_000);
            send(&hub, &county, &given).await.unwrap().unwrap().number
        })
    });
    let mut numbers = Vec::new();
    for sent in sends.collect::<Vec<_>>() {
        numbers.push(sent.await.unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=24).collect::<Vec<_>>());
}

async fn a_receipt_is_answered_once(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.published(Tlp::Amber, &[&hub.maricopa]).await;
    let county = hub.node(&hub.maricopa).await;
    let given = answer(&key.report_id, &hub.maricopa, &hub.maricopa, Finding::MatchUnderReview, start());
    let number = send(&hub, &county, &given).await.unwrap().unwrap().number;
    let permit = allowed(&hub.ana, Verb::Change, Resource::Answer);
    assert!(matches!(close_receipt(&hub.here, &permit, number, " ").await, Err(ShareError::Invalid(_))));
    let closed = close_receipt(&hub.here, &permit, number, "We looked; two others saw it.").await.unwrap();
    assert_eq!(closed.answered_at, Some(start()));
    assert!(matches!(close_receipt(&hub.here, &permit, number, "Again.").await, Err(ShareError::Unseen { .. })));
    let seen = receipts(&hub.here, &county).await.unwrap();
    assert_eq!(seen[0].answer_text.as_deref(), Some("We looked; two others saw it."));
    let stranger = hub.node(&hub.illinois).await;
    assert!(receipts(&hub.here, &stranger).await.unwrap().is_empty());
    let theirs = person(&hub.here, &hub.administrator, &hub.illinois, "Ina Illinois", Role::Analyst).await;
    let permit = allowed(&theirs, Verb::Change, Resource::Answer);
    assert!(matches!(close_receipt(&hub.here, &permit, number, "Mine.").await, Err(ShareError::Forbidden { .. })));
    settle(&hub.here).await;
    let checked = verify(&hub.here.store, hub.here.log_key.verifier_key()).await.unwrap();
    assert!(checked.is_ok(), "{checked:?}");
}

async fn acknowledging_and_delivering_twice_changes_nothing(database: TestDatabase) {
    use acknowledge::{Duty, acknowledge, delivered};
    let hub = hub(database).await;
    let key = hub.published(Tlp::Amber, &[&hub.maricopa]).await;
    let (county, stranger) = (hub.node(&hub.maricopa).await, hub.node(&hub.illinois).await);
    let (id, modified) = (key.report_id.as_str(), key.modified.as_str());
    for (duty, expected) in
        [(Duty::Node, true), (Duty::Node, false), (Duty::Election, true), (Duty::It, true), (Duty::It, false)]
    {
        assert_eq!(
            acknowledge(&hub.here, &county, id, modified, duty, "Pat Person").await.unwrap(),
            expected,
            "{duty:?}"
        );
    }
    for (who, modified, person) in
        [(&stranger, modified, "Pat"), (&county, "2016-01-01T00:00:00.000Z", "Pat"), (&county, modified, " ")]
    {
        assert!(acknowledge(&hub.here, who, id, modified, Duty::It, person).await.is_err());
    }
    let reader = ward_directory::Who { scopes: vec![ward_directory::Scope::Read], ..county.clone() };
    let refused = acknowledge(&hub.here, &reader, id, modified, Duty::It, "Pat").await;
    assert!(matches!(refused, Err(ShareError::Forbidden { .. })), "{refused:?}");
    let versions = [(id.to_owned(), modified.to_owned()), ("report--none".to_owned(), modified.to_owned())];
    assert_eq!(delivered(&hub.here, &county, &versions).await.unwrap(), 1);
    assert_eq!(delivered(&hub.here, &county, &versions).await.unwrap(), 0);
    assert_eq!(delivered(&hub.here, &hub.ana, &versions).await.unwrap(), 0, "the hub is no recipient");
    let entries = hub
        .here
        .store
        .fetch("SELECT act FROM entry WHERE act IN ('alert.delivered', 'alert.acknowledged')", &[])
        .await
        .unwrap();
    assert_eq!(entries.len(), 4);
}
