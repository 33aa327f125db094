//! Drafts, previews, signatures, publication, evidence, corrections.

use ward_directory::{Duty, EnrolledBy, enrol_signer};
use ward_policy::{Resource, Role, Verb};
use ward_share::ShareError;
use ward_share::alert::evidence::{PUBLISHED, RELAYED};
use ward_share::alert::{
    AlertKey, Correction, Evidence, EvidenceProblem, IndicatorDraft, correct, draft, evidence, list, preview, publish,
    read, sign, verify_evidence,
};
use ward_share::collections::{self, Kind};
use ward_share::page;
use ward_stix::marking::Tlp;
use ward_stix::object::Object;
use ward_store::testing::TestDatabase;
use ward_store::{test_both, values, verify};
use ward_taxii::filter::Filter;

use crate::setup::*;

test_both!(
    a_draft_is_refused_with_every_reason,
    a_preview_says_who_sees_it_and_who_lacks_a_contact,
    only_two_different_people_of_the_hub_publish,
    a_changed_draft_is_not_published,
    evidence_is_for_recipients_once_a_checkpoint_covers_it,
    evidence_holds_and_breaks_where_it_should,
    a_correction_reaches_everybody,
);

fn reasons(error: ShareError) -> Vec<String> {
    match error {
        ShareError::Invalid(reasons) => reasons,
        other => panic!("not a refusal with reasons: {other:?}"),
    }
}

async fn a_draft_is_refused_with_every_reason(database: TestDatabase) {
    let hub = hub(database).await;
    let indicator = |pattern: &str, confirmed| IndicatorDraft { pattern: pattern.into(), confirmed };
    let mut bad = complete_draft(Tlp::Amber, &[]);
    bad.headline = "See www.example.com".into();
    bad.steps = Vec::new();
    bad.recipients = vec!["nobody".into()];
    bad.indicators = vec![
        indicator("[ipv4-addr:value = '203.0.113.9']", false),
        indicator("[ipv4-addr:value = '10.0.0.0/8']", true),
        indicator("[domain-name:value LIKE '%.example']", true),
        indicator("[", true),
        indicator("[url:value = 'https://vote.example/lookup?name=Smith']", true),
        indicator("[ipv4-addr:value = '203.0.113.8']", true),
        indicator("[ipv4-addr:value = '203.0.113.8']", true),
    ];
    let refused = draft(&hub.here, &hub.analyst(Verb::Create), bad).await.unwrap_err();
    let said = reasons(refused);
    for expected in [
        "no organisation `nobody`",
        "indicators[0]",
        "indicators[1]",
        "indicators[2]",
        "indicators[3]",
        "nodes refuse such questions",
        "given twice",
        "headline",
        "steps",
    ] {
        assert!(said.iter().any(|reason| reason.contains(expected)), "`{expected}` is missing in {said:?}");
    }
    assert_eq!(said.len(), 9, "{said:?}");
    assert!(list(&hub.here, &hub.ana).await.unwrap().is_empty(), "nothing is kept");

    // A permit of another organisation's analyst opens nothing here, nor does one for something else.
    let other = person(&hub.here, &hub.administrator, &hub.arizona, "Olga Other", Role::Analyst).await;
    for permit in [allowed(&other, Verb::Create, Resource::Alert), allowed(&hub.dora, Verb::See, Resource::Alert)] {
        let refused = draft(&hub.here, &permit, complete_draft(Tlp::Amber, &[&hub.arizona])).await.unwrap_err();
        assert!(matches!(refused, ShareError::Forbidden { .. }), "{refused:?}");
    }
}

async fn a_preview_says_who_sees_it_and_who_lacks_a_contact(database: TestDatabase) {
    let hub = hub(database).await;
    for duty in [Duty::Election, Duty::It] {
        contact(&hub.here, &hub.administrator, &hub.maricopa, duty, true).await;
    }
    contact(&hub.here, &hub.administrator, &hub.arizona, Duty::Election, true).await;
    contact(&hub.here, &hub.administrator, &hub.arizona, Duty::It, false).await;
    let seen_by = |tlp| {
        let (hub, draft_alert) = (&hub, complete_draft(tlp, &[&hub.maricopa]));
        async move {
            let key = hub.draft(draft_alert).await;
            preview(&hub.here, &hub.analyst(Verb::See), &key).await.unwrap()
        }
    };
    let names = |list: &[ward_share::alert::PreviewRecipient]| -> Vec<(String, bool)> {
        list.iter().map(|one| (one.organisation.clone(), one.is_addressed)).collect()
    };
    let amber = seen_by(Tlp::Amber).await;
    // The county's state is copied by itself.
    assert_eq!(names(&amber.recipients), [("Maricopa".to_owned(), true), ("Arizona".to_owned(), true)]);
    assert_eq!(amber.lacks_contact, ["Arizona"]);
    assert!(amber.recipients[0].has_election_contact && amber.recipients[0].has_it_contact);
    assert!(amber.recipients[1].has_election_contact && !amber.recipients[1].has_it_contact);
    assert!(amber.recipients[0].rule.contains("AMBER"));
    assert!(amber.clerk_text.starts_with("Someone is trying the doors"), "{}", amber.clerk_text);
    let green = seen_by(Tlp::Green).await;
    assert_eq!(
        names(&green.recipients),
        [("Maricopa".to_owned(), true), ("Arizona".to_owned(), true), ("Illinois".to_owned(), false)]
    );
    // One who is addressed and may not see it: no member of the community.
    let mut tx = hub.here.store.begin().await.unwrap();
    tx.execute("UPDATE organisation SET is_member = 0 WHERE id = $1", values![&hub.maricopa.id]).await.unwrap();
    tx.commit().await.unwrap();
    let green = seen_by(Tlp::Green).await;
    assert_eq!(names(&green.will_not_see), [("Maricopa".to_owned(), true)]);
    let later = at(&hub.here, start() + 91 * DAY);
    let key = AlertKey { ..hub.draft(complete_draft(Tlp::Green, &[&hub.maricopa])).await };
    let stale = preview(&later, &hub.analyst(Verb::See), &key).await.unwrap();
    assert_eq!(stale.lacks_contact.len(), 2, "after 90 days nobody is verified");
}

async fn only_two_different_people_of_the_hub_publish(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.draft(complete_draft(Tlp::Amber, &[&hub.maricopa])).await;
    let permit = hub.analyst(Verb::Publish);
    let refused = publish(&hub.here, &permit, &key).await.unwrap_err();
    assert_eq!(reasons(refused), ["0 of 2 needed people have signed this version"]);
    assert!(sign(&hub.here, &hub.ana, &key, "a wrong password").await.is_err());
    assert_eq!(sign(&hub.here, &hub.ana, &key, PASSWORD).await.unwrap(), 1);
    assert!(reasons(sign(&hub.here, &hub.ana, &key, PASSWORD).await.unwrap_err())[0].contains("signed already"));
    let refused = publish(&hub.here, &permit, &key).await.unwrap_err();
    assert_eq!(reasons(refused), ["1 of 2 needed people have signed this version"]);
    let other = person(&hub.here, &hub.administrator, &hub.arizona, "Olga Other", Role::Director).await;
    let of_a_member = ward_directory::person(&hub.here, other.person_id.as_ref().unwrap()).await.unwrap().unwrap();
    let on = ward_directory::permit(&hub.administrator, Verb::Change, Resource::Person, of_a_member).unwrap();
    assert!(enrol_signer(&hub.here, &on, PASSWORD, EnrolledBy::Installation).await.is_err(), "no role in the hub");
    for who in [&other, &hub.administrator] {
        assert!(matches!(sign(&hub.here, who, &key, PASSWORD).await, Err(ShareError::Forbidden { .. })));
    }
    // A draft is seen by the hub only.
    let county = hub.node(&hub.maricopa).await;
    assert!(list(&hub.here, &county).await.unwrap().is_empty());
    assert_eq!(sign(&hub.here, &hub.dora, &key, PASSWORD).await.unwrap(), 2);
    let published = publish(&hub.here, &permit, &key).await.unwrap();
    assert_eq!((published.recipients, published.objects), (2, 4), "report, identity, two indicators");
    assert!(reasons(publish(&hub.here, &permit, &key).await.unwrap_err())[0].contains("published already"));
    assert!(reasons(sign(&hub.here, &hub.dora, &key, PASSWORD).await.unwrap_err())[0].contains("published"));
    settle(&hub.here).await;
    assert_eq!(list(&hub.here, &county).await.unwrap().len(), 1);
    assert!(read(&hub.here, &county, &key.report_id, None).await.unwrap().clerk_text.contains("What to do today"));
    let illinois = hub.node(&hub.illinois).await;
    assert!(matches!(read(&hub.here, &illinois, &key.report_id, None).await, Err(ShareError::Unseen { .. })));
    assert!(objects_of(&hub, &illinois).await.iter().all(|object| object.kind() == "identity"));
    assert_eq!(objects_of(&hub, &county).await.len(), 4);
    let checked = verify(&hub.here.store, hub.here.log_key.verifier_key()).await.unwrap();
    assert!(checked.is_ok(), "{checked:?}");
}

async fn a_changed_draft_is_not_published(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.draft(complete_draft(Tlp::Amber, &[&hub.maricopa])).await;
    sign(&hub.here, &hub.ana, &key, PASSWORD).await.unwrap();
    sign(&hub.here, &hub.dora, &key, PASSWORD).await.unwrap();
    let sql = "UPDATE alert_object SET body = $1 WHERE stix_id LIKE 'indicator--%' AND place = 2";
    let other = br#"{"type":"indicator","id":"indicator--0"}"#.to_vec();
    let mut tx = hub.here.store.begin().await.unwrap();
    assert_eq!(tx.execute(sql, values![other]).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert!(publish(&hub.here, &hub.analyst(Verb::Publish), &key).await.is_err());

    // Nor one whose signed text was changed in the database.
    let key = hub.draft(complete_draft(Tlp::Amber, &[&hub.maricopa])).await;
    sign(&hub.here, &hub.ana, &key, PASSWORD).await.unwrap();
    sign(&hub.here, &hub.dora, &key, PASSWORD).await.unwrap();
    let mut tx = hub.here.store.begin().await.unwrap();
    let sql = "UPDATE alert SET manifest = replace(manifest, 'ward/test-hub/', 'ward/other-hub/') WHERE report_id = $1";
    assert_eq!(tx.execute(sql, values![&key.report_id]).await.unwrap(), 1);
    tx.commit().await.unwrap();
    let refused = reasons(publish(&hub.here, &hub.analyst(Verb::Publish), &key).await.unwrap_err());
    assert!(refused[0].contains("signatures cannot be verified"), "{refused:?}");
}

/// What a caller gets from the collection of alerts.
pub async fn objects_of(hub: &Hub, who: &ward_directory::Who) -> Vec<Object> {
    let collection = collections::find(&hub.here, who, Kind::Alerts.alias()).await.unwrap();
    let page = page::objects(&hub.here, who, &collection, &Filter::default()).await.unwrap();
    page.items.iter().map(|bytes| Object::parse(bytes).unwrap()).collect()
}

fn listed(objects: &[Object]) -> Vec<(&str, &str, &[u8])> {
    objects.iter().map(|object| (object.id(), object.version(), object.bytes())).collect()
}

async fn evidence_is_for_recipients_once_a_checkpoint_covers_it(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.draft(complete_draft(Tlp::Amber, &[&hub.maricopa])).await;
    let county = hub.node(&hub.maricopa).await;
    let ask = |who| {
        let (here, key) = (&hub.here, &key);
        async move { evidence(here, who, &key.report_id, &key.modified).await }
    };
    assert!(matches!(ask(&county).await, Err(ShareError::Unseen { .. })), "a draft has none");
    sign(&hub.here, &hub.ana, &key, PASSWORD).await.unwrap();
    sign(&hub.here, &hub.dora, &key, PASSWORD).await.unwrap();
    publish(&hub.here, &hub.analyst(Verb::Publish), &key).await.unwrap();
    assert_eq!(ask(&county).await.unwrap(), None, "no checkpoint covers it yet");
    settle(&hub.here).await;
    let got = ask(&county).await.unwrap().unwrap();
    let names: Vec<&str> = got.signers.iter().map(|signer| signer.name.as_str()).collect();
    assert_eq!(names, ["Ana Analyst", "Dora Director"]);
    let illinois = hub.node(&hub.illinois).await;
    assert!(matches!(ask(&illinois).await, Err(ShareError::Unseen { .. })));
}

async fn evidence_holds_and_breaks_where_it_should(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.published(Tlp::Amber, &[&hub.maricopa]).await;
    let county = hub.node(&hub.maricopa).await;
    let got = evidence(&hub.here, &county, &key.report_id, &key.modified).await.unwrap().unwrap();
    let trusted: Vec<String> = got.signers.iter().map(|signer| signer.verifier_key.clone()).collect();
    let objects = objects_of(&hub, &county).await;
    let pinned = hub.here.installation.log_key.clone();
    let (id, modified) = (key.report_id.as_str(), key.modified.as_str());
    let check = |evidence: &Evidence, key: &str, trusted: &[String], objects: &[Object], acts: &[&str]| {
        verify_evidence(evidence, key, trusted, &listed(objects), id, modified, acts)
    };
    let verified = check(&got, &pinned, &trusted, &objects, &[PUBLISHED]).unwrap();
    assert_eq!((verified.signed_by, verified.act.as_str(), verified.at), (trusted.clone(), PUBLISHED, start()));
    // The evidence survives its way over the network.
    let again: Evidence = serde_json::from_str(&serde_json::to_string(&got).unwrap()).unwrap();
    assert_eq!(again, got);

    let with = |change: &dyn Fn(&mut Evidence)| {
        let mut changed = got.clone();
        change(&mut changed);
        check(&changed, &pinned, &trusted, &objects, &[PUBLISHED]).unwrap_err()
    };
    assert!(matches!(
        with(&|e| e.proof.entry.body = e.proof.entry.body.replace("alert.published", "alert.drafted")),
        EvidenceProblem::NotInLog(_)
    ));
    assert!(matches!(with(&|e| e.proof.entry.salt = "00".repeat(32)), EvidenceProblem::NotInLog(_)));
    assert!(matches!(with(&|e| e.proof.entry.number = None), EvidenceProblem::Entry));
    assert!(matches!(with(&|e| e.proof.hashes.clear()), EvidenceProblem::NotInLog(_)));
    assert!(matches!(
        with(&|e| e.note = e.note.replace("ward-alert/v1", "ward-alert/v2")),
        EvidenceProblem::OtherEntry { .. }
    ));
    assert!(matches!(with(&|e| e.proof.checkpoint = e.note.clone()), EvidenceProblem::Checkpoint(_)));
    let other_key = trusted[0].clone();
    assert!(matches!(check(&got, &other_key, &trusted, &objects, &[PUBLISHED]), Err(EvidenceProblem::Checkpoint(_))));
    assert!(matches!(
        check(&got, &pinned, &trusted, &objects, &[RELAYED]),
        Err(EvidenceProblem::OtherEntry { field: "act", .. })
    ));
    let few = |trusted: &[String]| check(&got, &pinned, trusted, &objects, &[PUBLISHED]).unwrap_err();
    assert_eq!(few(&trusted[..1]), EvidenceProblem::TooFewSigners { found: 1 });
    assert_eq!(few(&[]), EvidenceProblem::TooFewSigners { found: 0 });
    assert_eq!(few(&[trusted[0].clone(), trusted[0].clone()]), EvidenceProblem::TooFewSigners { found: 1 });
    assert!(matches!(few(&["nonsense".to_owned()]), EvidenceProblem::Key { .. }));
    for objects in [&objects[1..], &[], &[objects.clone(), objects.clone()].concat()] {
        assert!(matches!(check(&got, &pinned, &trusted, objects, &[PUBLISHED]), Err(EvidenceProblem::Manifest(_))));
    }
    let other =
        verify_evidence(&got, &pinned, &trusted, &listed(&objects), id, "2016-08-18T12:00:01.000Z", &[PUBLISHED]);
    assert!(matches!(other, Err(EvidenceProblem::OtherEntry { field: "version", .. })));
}

async fn a_correction_reaches_everybody(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.published(Tlp::Amber, &[&hub.maricopa]).await;
    let county = hub.node(&hub.maricopa).await;
    let indicator = objects_of(&hub, &county).await.iter().find(|o| o.kind() == "indicator").unwrap().id().to_owned();
    let later = at(&hub.here, start() + DAY);
    let change = Correction {
        what_changed: "One address belonged to somebody else.".into(),
        revoke: vec![indicator.clone()],
        add_recipients: vec![hub.illinois.id.clone()],
        ..Correction::default()
    };
    let bad = Correction { revoke: vec!["indicator--none".into()], ..Correction::default() };
    let said = reasons(correct(&later, &hub.analyst(Verb::Change), &key.report_id, bad).await.unwrap_err());
    assert_eq!(said.len(), 2, "a reason for the indicator and one for the missing words: {said:?}");
    let first = correct(&later, &hub.analyst(Verb::Change), &key.report_id, change.clone()).await.unwrap();
    let second =
        correct(&at(&hub.here, start() + 2 * DAY), &hub.analyst(Verb::Change), &key.report_id, change).await.unwrap();
    assert_eq!(first.report_id, key.report_id);
    assert!(first.modified > key.modified);
    let illinois = hub.node(&hub.illinois).await;
    assert!(read(&later, &illinois, &key.report_id, None).await.is_err(), "a new recipient waits for the signatures");
    let published = hub.sign_and_publish(&later, &first).await;
    assert_eq!((published.objects, published.recipients), (2, 3), "the report and the withdrawn indicator");
    // The other draft corrects a version that is no longer the newest.
    sign(&later, &hub.ana, &second, PASSWORD).await.unwrap();
    sign(&later, &hub.dora, &second, PASSWORD).await.unwrap();
    assert!(
        reasons(publish(&later, &hub.analyst(Verb::Publish), &second).await.unwrap_err())[0].contains("draft it again")
    );

    let latest = hub.at(start() + DAY);
    for who in [&county, &illinois] {
        let seen = read(&later, who, &key.report_id, None).await.unwrap();
        assert!(seen.clerk_text.contains("CORRECTION"), "{}", seen.clerk_text);
        assert_eq!(seen.indicators.iter().filter(|(_, _, is_revoked)| *is_revoked).count(), 1);
        let got = evidence(&later, who, &key.report_id, &first.modified).await.unwrap().unwrap();
        let trusted: Vec<String> = got.signers.iter().map(|signer| signer.verifier_key.clone()).collect();
        let objects = objects_of(&latest, who).await;
        let withdrawn = objects.iter().find(|object| object.id() == indicator).unwrap();
        assert!(withdrawn.is_revoked());
        let log_key = &later.installation.log_key;
        let held =
            verify_evidence(&got, log_key, &trusted, &listed(&objects), &key.report_id, &first.modified, &[PUBLISHED]);
        assert!(held.is_ok(), "{held:?}");
    }
    let checked = verify(&later.store, later.log_key.verifier_key()).await.unwrap();
    assert!(checked.is_ok(), "{checked:?}");
}
