//! Silent offices: asked again once a day at most, by those who may, with every act in the record.

use ward_policy::{Resource, Role, Verb};
use ward_share::ShareError;
use ward_share::chase::{ask_again, note_call, silent_offices};
use ward_share::situation::situation;
use ward_share::task::{Kind, tasks};
use ward_stix::answer::Finding;
use ward_stix::marking::Tlp;
use ward_store::testing::TestDatabase;
use ward_store::{test_both, verify};

use crate::answering::send;
use crate::setup::*;

test_both!(silence_is_asked_about_once_a_day, who_may_not_chase_does_not);

async fn silence_is_asked_about_once_a_day(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.published(Tlp::Green, &[&hub.maricopa]).await;
    let report = key.report_id.as_str();
    let chases = |hub: &Hub| {
        let here = hub.here.clone();
        let ana = hub.ana.clone();
        async move {
            let waits = tasks(&here, &ana).await.unwrap();
            waits.into_iter().filter(|task| task.kind == Kind::Chase).map(|task| task.about).collect::<Vec<_>>()
        }
    };
    assert!(chases(&hub).await.is_empty(), "they have a day");
    let next = hub.at(start() + DAY);
    assert_eq!(chases(&next).await.len(), 1);
    assert!(chases(&next).await[0].ends_with("(2 not yet)"));
    let permit = allowed(&hub.ana, Verb::Create, Resource::Reminder);
    assert_eq!(ask_again(&next.here, &permit, report).await.unwrap(), 2, "Maricopa and its state");
    assert_eq!(ask_again(&next.here, &permit, report).await.unwrap(), 0);
    assert!(chases(&next).await.is_empty());
    note_call(&next.here, &permit, report, &hub.maricopa.id, "They look tomorrow.").await.unwrap();
    for note in ["", " ", "\u{7}", &"x".repeat(501)] {
        let refused = note_call(&next.here, &permit, report, &hub.maricopa.id, note).await;
        assert!(matches!(refused, Err(ShareError::Invalid(_))), "{note:?}");
    }
    let refused = note_call(&next.here, &permit, report, &hub.illinois.id, "Not asked").await;
    assert!(matches!(refused, Err(ShareError::Unseen { .. })), "{refused:?}");
    let silent = silent_offices(&next.here, &permit, &key, 1, 25).await.unwrap().rows;
    let told: Vec<(&str, usize, bool)> =
        silent.iter().map(|one| (one.organisation.as_str(), one.reminders.len(), one.may_be_asked)).collect();
    assert!(told.contains(&("Arizona", 1, false)) && told.contains(&("Maricopa", 2, false)), "{told:?}");

    // The office and its node are told; other members are not.
    let cleo = person(&hub.here, &hub.administrator, &hub.maricopa, "Cleo Clerk", Role::Clerk).await;
    assert_eq!(tasks(&next.here, &cleo).await.unwrap()[0].asked_again_at, Some(start() + DAY));
    let (county, illinois) = (hub.node(&hub.maricopa).await, hub.node(&hub.illinois).await);
    let told = situation(&next.here, &county, report).await.unwrap();
    assert_eq!(told.rows[0].asked_again_at, Some(start() + DAY));
    let told = situation(&next.here, &illinois, report).await.unwrap();
    assert!(told.rows.iter().all(|row| row.asked_again_at.is_none()));

    let blind = answer(report, &hub.maricopa, &hub.maricopa, Finding::Blind, start() + DAY);
    send(&next, &county, &blind).await.unwrap();
    let later = hub.at(start() + 2 * DAY);
    assert!(chases(&later).await[0].ends_with("(1 not yet)"));
    assert_eq!(ask_again(&later.here, &permit, report).await.unwrap(), 1, "who has answered is not asked");
    let after = hub.at(start() + 91 * DAY);
    assert!(chases(&after).await.is_empty(), "nobody needs to act on it any more");
    settle(&later.here).await;
    let checked = verify(&later.here.store, later.here.log_key.verifier_key()).await.unwrap();
    assert!(checked.is_ok(), "{checked:?}");
}

async fn who_may_not_chase_does_not(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.published(Tlp::Green, &[&hub.maricopa]).await;
    let theirs = person(&hub.here, &hub.administrator, &hub.arizona, "Dan Director", Role::Director).await;
    let wrong = allowed(&hub.ana, Verb::See, Resource::Alert);
    let of_a_member = allowed(&theirs, Verb::Create, Resource::Reminder);
    let refused = ask_again(&hub.here, &of_a_member, &key.report_id).await;
    assert!(matches!(refused, Err(ShareError::Forbidden { .. })), "{refused:?}");
    let refused = silent_offices(&hub.here, &of_a_member, &key, 1, 25).await;
    assert!(matches!(refused, Err(ShareError::Forbidden { .. })), "{refused:?}");
    let refused = note_call(&hub.here, &of_a_member, &key.report_id, &hub.maricopa.id, "x").await;
    assert!(matches!(refused, Err(ShareError::Forbidden { .. })), "{refused:?}");
    // The permit is asked again: one for something else opens nothing that its holder may not do.
    let draft = hub.draft(complete_draft(Tlp::Green, &[&hub.maricopa])).await;
    let refused = ask_again(&hub.here, &wrong, &draft.report_id).await;
    assert!(matches!(refused, Err(ShareError::Unseen { .. })), "a draft asks nobody: {refused:?}");
}
