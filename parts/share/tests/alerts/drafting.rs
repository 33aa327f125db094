//! Drafts that are written anew before they are published, and who has signed.

use ward_policy::{Resource, Verb};
use ward_share::ShareError;
use ward_share::alert::{
    Correction, DraftAlert, correct, discard, draft_problems, list, publish, read, recorrect, redraft, sign, signed_by,
};
use ward_stix::marking::Tlp;
use ward_store::testing::TestDatabase;
use ward_store::{test_both, values, verify};

use crate::setup::*;

test_both!(
    a_draft_is_thrown_away,
    a_draft_is_replaced_with_its_signatures,
    a_correction_is_replaced,
    whose_key_was_retired_signs_again,
    all_problems_are_told_with_their_place
);

fn reason<T: std::fmt::Debug>(result: Result<T, ShareError>) -> String {
    match result.unwrap_err() {
        ShareError::Invalid(reasons) => reasons.join("; "),
        other => panic!("not a refusal with reasons: {other:?}"),
    }
}

async fn whose_key_was_retired_signs_again(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.draft(complete_draft(Tlp::Amber, &[&hub.maricopa])).await;
    let is_asked_to_sign = async || {
        let tasks = ward_share::task::tasks(&hub.here, &hub.ana).await.unwrap();
        tasks.iter().any(|task| task.kind == ward_share::task::Kind::Sign)
    };
    assert!(is_asked_to_sign().await);
    assert_eq!(sign(&hub.here, &hub.ana, &key, PASSWORD).await.unwrap(), 1);
    assert!(!is_asked_to_sign().await);
    let ana = hub.ana.person_id.as_ref().unwrap();
    let mut tx = hub.here.store.begin().await.unwrap();
    tx.execute("UPDATE signer SET retired_at = $1 WHERE person_id = $2", values![start(), ana]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!is_asked_to_sign().await, "there is no key to sign with");
    enrol(&hub.here, &hub.administrator, &hub.ana).await;
    assert!(is_asked_to_sign().await, "the signature of the retired key counts no more");
    assert_eq!(sign(&hub.here, &hub.ana, &key, PASSWORD).await.unwrap(), 1);
    assert!(!is_asked_to_sign().await);
    assert!(reason(sign(&hub.here, &hub.ana, &key, PASSWORD).await).contains("signed already"));
    assert_eq!(sign(&hub.here, &hub.dora, &key, PASSWORD).await.unwrap(), 2);
    publish(&hub.here, &hub.analyst(Verb::Publish), &key).await.unwrap();
}

async fn a_draft_is_replaced_with_its_signatures(database: TestDatabase) {
    let hub = hub(database).await;
    let first = hub.draft(complete_draft(Tlp::Amber, &[&hub.maricopa])).await;
    for who in [&hub.ana, &hub.dora] {
        sign(&hub.here, who, &first, PASSWORD).await.unwrap();
    }
    let signed = signed_by(&hub.here, &hub.analyst(Verb::See), &first).await.unwrap();
    let names: Vec<(&str, bool)> = signed.iter().map(|one| (one.name.as_str(), one.counts)).collect();
    assert_eq!(names, [("Ana Analyst", true), ("Dora Director", true)]);
    let better = DraftAlert {
        headline: "A better headline".into(),
        ..complete_draft(Tlp::Green, &[&hub.maricopa, &hub.illinois])
    };
    let second = redraft(&hub.here, &hub.analyst(Verb::Change), &first, better.clone()).await.unwrap();
    assert_eq!(second.report_id, first.report_id);
    assert!(second.modified > first.modified);
    // The earlier one can neither be signed nor published nor replaced any more, whoever signed it.
    assert!(reason(publish(&hub.here, &hub.analyst(Verb::Publish), &first).await).contains("replaced"));
    assert!(reason(sign(&hub.here, &hub.dora, &first, PASSWORD).await).contains("replaced"));
    assert!(reason(redraft(&hub.here, &hub.analyst(Verb::Change), &first, better).await).contains("replaced"));
    let listed = list(&hub.here, &hub.ana).await.unwrap();
    let told: Vec<(&str, &str)> = listed.iter().map(|one| (one.headline.as_str(), one.state.as_str())).collect();
    assert_eq!(told, [("A better headline", "draft")]);
    let replaced = read(&hub.here, &hub.ana, &first.report_id, Some(&first.modified)).await.unwrap();
    assert_eq!(replaced.summary.state, "replaced");
    assert!(signed_by(&hub.here, &hub.analyst(Verb::See), &second).await.unwrap().is_empty());
    let refused = publish(&hub.here, &hub.analyst(Verb::Publish), &second).await;
    assert_eq!(reason(refused), "0 of 2 needed people have signed this version");
    let published = hub.sign_and_publish(&hub.here, &second).await;
    assert_eq!(published.recipients, 3, "Maricopa, its state, Illinois");
    let county = hub.node(&hub.maricopa).await;
    assert!(read(&hub.here, &county, &first.report_id, Some(&first.modified)).await.is_err(), "never seen outside");
    let late = complete_draft(Tlp::Green, &[&hub.maricopa]);
    let again = redraft(&hub.here, &hub.analyst(Verb::Change), &second, late).await;
    assert!(reason(again).contains("published or replaced"));
    let checked = verify(&hub.here.store, hub.here.log_key.verifier_key()).await.unwrap();
    assert!(checked.is_ok(), "{checked:?}");
}

async fn a_draft_is_thrown_away(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.draft(complete_draft(Tlp::Amber, &[&hub.maricopa])).await;
    for who in [&hub.ana, &hub.dora] {
        sign(&hub.here, who, &key, PASSWORD).await.unwrap();
    }
    let by_a_director = allowed(&hub.dora, Verb::Sign, Resource::Alert);
    let refused = discard(&hub.here, &by_a_director, &key).await;
    assert!(matches!(refused, Err(ShareError::Forbidden { .. })), "{refused:?}");
    discard(&hub.here, &hub.analyst(Verb::Change), &key).await.unwrap();
    assert!(list(&hub.here, &hub.ana).await.unwrap().is_empty());
    assert!(reason(publish(&hub.here, &hub.analyst(Verb::Publish), &key).await).contains("thrown away"));
    assert!(reason(sign(&hub.here, &hub.ana, &key, PASSWORD).await).contains("thrown away"));
    assert!(reason(discard(&hub.here, &hub.analyst(Verb::Change), &key).await).contains("no draft any more"));
    let published = hub.published(Tlp::Green, &[&hub.maricopa]).await;
    assert!(reason(discard(&hub.here, &hub.analyst(Verb::Change), &published).await).contains("no draft any more"));
    let checked = verify(&hub.here.store, hub.here.log_key.verifier_key()).await.unwrap();
    assert!(checked.is_ok(), "{checked:?}");
}

async fn a_correction_is_replaced(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.published(Tlp::Green, &[&hub.maricopa]).await;
    let change = |words: &str| Correction { what_changed: words.into(), ..Correction::default() };
    let permit = hub.analyst(Verb::Change);
    let first = correct(&hub.here, &permit, &key.report_id, change("One thing was wrong.")).await.unwrap();
    let draft = complete_draft(Tlp::Green, &[&hub.maricopa]);
    assert!(reason(redraft(&hub.here, &permit, &first, draft).await).contains("corrects an alert"));
    let second = recorrect(&hub.here, &permit, &first, change("Another thing was wrong.")).await.unwrap();
    assert!(second.modified > first.modified);
    assert!(reason(sign(&hub.here, &hub.ana, &first, PASSWORD).await).contains("replaced"));
    hub.sign_and_publish(&hub.here, &second).await;
    let seen = read(&hub.here, &hub.ana, &key.report_id, None).await.unwrap();
    assert!(seen.clerk_text.contains("Another thing was wrong."), "{}", seen.clerk_text);
    let checked = verify(&hub.here.store, hub.here.log_key.verifier_key()).await.unwrap();
    assert!(checked.is_ok(), "{checked:?}");
}

async fn all_problems_are_told_with_their_place(database: TestDatabase) {
    let hub = hub(database).await;
    let mut bad = complete_draft(Tlp::Amber, &[]);
    bad.headline = "Short".into();
    bad.steps = vec!["Look at www.example.com".into()];
    let found = draft_problems(&hub.here, &hub.analyst(Verb::Create), &bad).await.unwrap();
    let mut paths: Vec<&str> = found.iter().map(|problem| problem.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["headline", "recipients", "steps[0]"]);
    let good = complete_draft(Tlp::Amber, &[&hub.maricopa]);
    assert!(draft_problems(&hub.here, &hub.analyst(Verb::Create), &good).await.unwrap().is_empty());
    let by_a_director = allowed(&hub.dora, Verb::See, Resource::Alert);
    assert!(matches!(draft_problems(&hub.here, &by_a_director, &good).await, Err(ShareError::Forbidden { .. })));
}
