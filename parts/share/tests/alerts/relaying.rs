//! A state that is hub and node passes a hub's alert on to its counties.

use ward_directory::OrganisationKind;
use ward_share::alert::evidence::{PUBLISHED, RELAYED};
use ward_share::alert::{Evidence, EvidenceProblem, Relayed, RelayedAlert, evidence, read, relay, verify_evidence};
use ward_share::{ShareError, answers, collections, page};
use ward_stix::answer::Finding;
use ward_stix::marking::Tlp;
use ward_stix::object::Object;
use ward_store::testing::TestDatabase;
use ward_store::{test_both, verify};
use ward_taxii::filter::Filter;

use crate::publishing::objects_of;
use crate::setup::*;

test_both!(a_verified_alert_is_passed_on_as_its_marking_allows, what_was_changed_is_not_passed_on);

async fn received(hub: &Hub, tlp: Tlp) -> (RelayedAlert, Evidence) {
    let key = hub.published(tlp, &[&hub.arizona]).await;
    let state = hub.node(&hub.arizona).await;
    let got = evidence(&hub.here, &state, &key.report_id, &key.modified).await.unwrap().unwrap();
    let listed = |object: &Object| got.note.contains(object.id()) && got.note.contains(object.version());
    let objects = objects_of(hub, &state).await;
    let upstream = RelayedAlert {
        report_id: key.report_id,
        modified: key.modified,
        objects: objects.iter().filter(|object| listed(object)).map(|object| object.bytes().to_vec()).collect(),
        note: got.note.clone(),
        signers: got.signers.clone(),
        from: "Test Hub".into(),
    };
    (upstream, got)
}

async fn a_verified_alert_is_passed_on_as_its_marking_allows(database: TestDatabase) {
    let hub = hub(database).await;
    let (state, administrator) = init(&hub.database, "Arizona State", OrganisationKind::State, None).await;
    let own = ward_directory::own_organisation(&state).await.unwrap();
    let pima = organisation(&state, &administrator, OrganisationKind::County, "Pima", Some(&own)).await;
    let vendor = organisation(&state, &administrator, OrganisationKind::Vendor, "Vendor", None).await;
    let (county, other) = (node(&state, &administrator, &pima).await, node(&state, &administrator, &vendor).await);
    let cases = [
        (Tlp::Clear, 2, true),
        (Tlp::Green, 2, true),
        (Tlp::Amber, 1, false),
        (Tlp::AmberStrict, 0, false),
        (Tlp::Red, 0, false),
    ];
    for ((tlp, recipients, for_vendor), days) in cases.into_iter().zip(1..) {
        let now = start() + days * DAY;
        let (hub, state) = (hub.at(now), at(&state, now));
        let (upstream, original) = received(&hub, tlp).await;
        let (id, modified) = (upstream.report_id.clone(), upstream.modified.clone());
        let done = relay(&state, upstream.clone()).await.unwrap();
        if recipients == 0 {
            assert!(matches!(done, Relayed::KeptHere { .. }), "{tlp:?}: {done:?}");
            assert!(read(&state, &county, &id, None).await.is_err());
            continue;
        }
        assert_eq!(done, Relayed::Published { recipients }, "{tlp:?}");
        assert_eq!(relay(&state, upstream.clone()).await.unwrap(), Relayed::AlreadyHere);
        settle(&state).await;
        assert_eq!(read(&state, &other, &id, None).await.is_ok(), for_vendor, "{tlp:?}");
        let got = evidence(&state, &county, &id, &modified).await.unwrap().unwrap();
        assert_eq!((&got.note, &got.signers), (&original.note, &original.signers));
        let trusted: Vec<String> = got.signers.iter().map(|signer| signer.verifier_key.clone()).collect();
        let collection = collections::find(&state, &county, "alerts").await.unwrap();
        let filter = Filter { ids: ids(&upstream), ..Filter::default() };
        let page = page::objects(&state, &county, &collection, &filter).await.unwrap();
        let objects: Vec<Object> = page.items.iter().map(|bytes| Object::parse(bytes).unwrap()).collect();
        let listed: Vec<_> = objects.iter().map(|object| (object.id(), object.version(), object.bytes())).collect();
        let key = &state.installation.log_key;
        let held = verify_evidence(&got, key, &trusted, &listed, &id, &modified, &[PUBLISHED, RELAYED]).unwrap();
        assert_eq!((held.act.as_str(), held.made_by.as_str()), (RELAYED, hub.here.log_key.verifier_key().name()));
        let refused = verify_evidence(&got, key, &trusted, &listed, &id, &modified, &[PUBLISHED]);
        assert!(matches!(refused, Err(EvidenceProblem::OtherEntry { field: "act", .. })));
        // The county answers to its state.
        let given = sighting(&answer(&id, &pima, &pima, Finding::NotSeen, start()));
        let mut tx = state.store.begin().await.unwrap();
        assert!(answers::take(&mut tx, &state, &county, &given).await.unwrap().is_some());
        tx.commit().await.unwrap();
    }
    let checked = verify(&state.store, state.log_key.verifier_key()).await.unwrap();
    assert!(checked.is_ok(), "{checked:?}");
}

fn ids(upstream: &RelayedAlert) -> Vec<String> {
    upstream.objects.iter().map(|bytes| Object::parse(bytes).unwrap().id().to_owned()).collect()
}

async fn what_was_changed_is_not_passed_on(database: TestDatabase) {
    let hub = hub(database).await;
    let (state, _) = init(&hub.database, "Arizona State", OrganisationKind::State, None).await;
    let (good, _) = received(&hub, Tlp::Green).await;
    let (other, _) = received(&hub.at(start() + DAY), Tlp::Green).await;
    let cases = [
        RelayedAlert { objects: good.objects[1..].to_vec(), ..good.clone() },
        RelayedAlert { objects: [good.objects.clone(), other.objects.clone()].concat(), ..good.clone() },
        RelayedAlert { note: other.note.clone(), ..good.clone() },
        RelayedAlert { note: "nothing".into(), ..good.clone() },
        RelayedAlert { objects: vec![b"{".to_vec()], ..good.clone() },
    ];
    for case in cases {
        let refused = relay(&state, case).await;
        assert!(matches!(refused, Err(ShareError::Invalid(_))), "{refused:?}");
    }
    // The hub's own alert is not passed on to itself under another name.
    assert!(matches!(relay(&hub.here, good.clone()).await, Ok(Relayed::AlreadyHere)));
    assert_eq!(relay(&state, good).await.unwrap(), Relayed::Published { recipients: 0 });
}
