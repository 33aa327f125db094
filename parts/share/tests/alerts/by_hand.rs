//! Answers by hand: like any other answer, and never a way around the ladder.

use ward_directory::{Permit, Who, permit};
use ward_policy::{Resource, Role, Verb};
use ward_share::by_hand::{Found, HandAnswer, HandSource, answer_by_hand, answers_by_hand};
use ward_share::receipts::receipts_page;
use ward_share::situation::{Standing, situation};
use ward_share::task::{Kind, tasks};
use ward_share::{Receipt, ShareError};
use ward_stix::answer::Finding;
use ward_stix::marking::Tlp;
use ward_store::testing::TestDatabase;
use ward_store::{test_both, verify};

use crate::answering::send;
use crate::setup::*;

test_both!(
    an_answer_by_hand_is_like_any_other,
    only_a_members_own_people_answer_by_hand,
    a_match_stands_until_it_is_reviewed,
    what_is_answered_is_what_was_read
);

fn entered(report_id: &str, found: Found) -> HandAnswer {
    let source = HandSource { name: "Web log".into(), holds_from: start() - 70 * DAY, holds_until: start() };
    let is_something = found == Found::Something;
    HandAnswer {
        report_id: report_id.to_owned(),
        modified: String::new(),
        found,
        sources: if found == Found::CouldNotLook { Vec::new() } else { vec![source] },
        has_searched_all: true,
        could_not_see: if matches!(found, Found::Nothing | Found::Something) { "" } else { "The old server" }.into(),
        saw: if is_something { "Odd requests" } else { "" }.into(),
        count: u64::from(is_something),
        is_name_released: false,
    }
}

fn allowed_to(who: &Who, entered: HandAnswer) -> Permit<HandAnswer> {
    permit(who, Verb::Create, Resource::Answer, entered).unwrap()
}

async fn by_hand(hub: &Hub, who: &Who, report_id: &str, found: Found) -> Result<Receipt, ShareError> {
    by_hand_saying(hub, who, report_id, found, "").await
}

/// Of the newest version; `saw` only where it says something.
async fn by_hand_saying(hub: &Hub, who: &Who, report_id: &str, found: Found, saw: &str) -> Result<Receipt, ShareError> {
    let newest = ward_share::alert::read(&hub.here, &hub.ana, report_id, None).await;
    let newest = newest.map_or_else(|_| String::new(), |view| view.summary.modified);
    let mut entered = HandAnswer { modified: newest, ..entered(report_id, found) };
    if !saw.is_empty() {
        entered.saw = saw.to_owned();
    }
    answer_by_hand(&hub.here, &allowed_to(who, entered)).await
}

async fn standing(hub: &Hub, report_id: &str, office: &str) -> Standing {
    let situation = situation(&hub.here, &hub.ana, report_id).await.unwrap();
    situation.rows.iter().find(|row| row.organisation == office).unwrap().standing
}

async fn an_answer_by_hand_is_like_any_other(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.published(Tlp::Green, &[&hub.maricopa]).await;
    let cleo = person(&hub.here, &hub.administrator, &hub.maricopa, "Cleo Clerk", Role::Clerk).await;
    let waits = tasks(&hub.here, &cleo).await.unwrap();
    assert_eq!(waits.iter().map(|task| task.kind).collect::<Vec<_>>(), [Kind::Answer]);
    for (number, found, expected) in [
        (1, Found::CouldNotLook, Standing::Blind),
        (2, Found::Something, Standing::MatchUnderReview),
        (3, Found::NothingInPart, Standing::PartlySearched),
        (4, Found::Nothing, Standing::NotSeen),
    ] {
        let receipt = by_hand_saying(&hub, &cleo, &key.report_id, found, "Our own scanner").await.unwrap();
        assert_eq!(receipt.number, number);
        assert_eq!(standing(&hub, &key.report_id, "Maricopa").await, expected);
    }
    let receipts = receipts_page(&hub.here, &cleo, 1, 25).await.unwrap().rows;
    let told: Vec<(i64, bool)> = receipts.iter().map(|one| (one.receipt.number, one.is_superseded)).collect();
    assert_eq!(told, [(1, true), (2, true), (3, true), (4, false)]);
    assert_eq!(receipts[0].released_by.as_deref(), Some("Cleo Clerk, Office"));
    // Still to be read; and the hub answers each receipt.
    assert_eq!(tasks(&hub.here, &cleo).await.unwrap()[0].kind, Kind::Read);
    let waits = tasks(&hub.here, &hub.ana).await.unwrap();
    assert_eq!(waits.iter().filter(|task| task.kind == Kind::AnswerReceipt).count(), 4);
    settle(&hub.here).await;
    let checked = verify(&hub.here.store, hub.here.log_key.verifier_key()).await.unwrap();
    assert!(checked.is_ok(), "{checked:?}");
    // A member whose node has joined answers by itself.
    hub.node(&hub.illinois).await;
    let ivo = person(&hub.here, &hub.administrator, &hub.illinois, "Ivo Clerk", Role::Clerk).await;
    assert_eq!(tasks(&hub.here, &ivo).await.unwrap()[0].kind, Kind::Read);
}

async fn only_a_members_own_people_answer_by_hand(database: TestDatabase) {
    let hub = hub(database).await;
    let amber = hub.published(Tlp::Amber, &[&hub.maricopa]).await;
    let draft = hub.draft(complete_draft(Tlp::Green, &[&hub.illinois])).await;
    let ivo = person(&hub.here, &hub.administrator, &hub.illinois, "Ivo Clerk", Role::Clerk).await;
    for report_id in [&amber.report_id, &draft.report_id] {
        let refused = by_hand(&hub, &ivo, report_id, Found::CouldNotLook).await;
        assert!(matches!(refused, Err(ShareError::Unseen { .. })), "{refused:?}");
    }
    // A director of the hub itself, an analyst of a member, and a machine.
    let olga = person(&hub.here, &hub.administrator, &hub.maricopa, "Olga Other", Role::Analyst).await;
    let node = hub.node(&hub.maricopa).await;
    assert!(!answers_by_hand(&hub.here, &olga) && !answers_by_hand(&hub.here, &node));
    let refused = by_hand(&hub, &hub.dora, &amber.report_id, Found::CouldNotLook).await;
    assert!(matches!(refused, Err(ShareError::Forbidden { .. })), "{refused:?}");
    // Not seen without everything that makes it so.
    let cleo = person(&hub.here, &hub.administrator, &hub.maricopa, "Cleo Clerk", Role::Clerk).await;
    let short = HandAnswer {
        sources: Vec::new(),
        modified: amber.modified.clone(),
        ..entered(&amber.report_id, Found::Nothing)
    };
    let refused = answer_by_hand(&hub.here, &allowed_to(&cleo, short)).await;
    assert!(matches!(refused, Err(ShareError::Invalid(_))), "{refused:?}");
    assert_eq!(standing(&hub, &amber.report_id, "Maricopa").await, Standing::NoAnswerYet);
}

async fn a_match_stands_until_it_is_reviewed(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.published(Tlp::Green, &[&hub.maricopa]).await;
    let (county, cleo) = (
        hub.node(&hub.maricopa).await,
        person(&hub.here, &hub.administrator, &hub.maricopa, "Cleo Clerk", Role::Clerk).await,
    );
    let live = hub.live(&key.report_id).await;
    let by_node = |finding, at| {
        let given = answer(&key.report_id, &hub.maricopa, &hub.maricopa, finding, at);
        if finding == Finding::NotSeen { of_all(given, &live) } else { given }
    };
    // The node found something: no word by hand takes it back.
    send(&hub, &county, &by_node(Finding::MatchUnderReview, start() + 1_000)).await.unwrap();
    for found in [Found::Nothing, Found::NothingInPart, Found::CouldNotLook] {
        let refused = by_hand(&hub, &cleo, &key.report_id, found).await;
        assert!(matches!(refused, Err(ShareError::Invalid(_))), "{found:?}");
    }
    by_hand(&hub, &cleo, &key.report_id, Found::Something).await.unwrap();
    // The node's match was a false alarm; what the person saw still stands, until they say otherwise.
    send(&hub, &county, &by_node(Finding::NotSeen, start() + 9_000_000)).await.unwrap();
    assert_eq!(standing(&hub, &key.report_id, "Maricopa").await, Standing::MatchUnderReview);
    let later = hub.at(start() + HOUR);
    let refused = by_hand(&later, &cleo, &key.report_id, Found::Nothing).await;
    assert!(matches!(refused, Err(ShareError::Invalid(_))), "not without saying what it was");
    by_hand_saying(&later, &cleo, &key.report_id, Found::Nothing, "Our own scanner").await.unwrap();
    assert_eq!(standing(&later, &key.report_id, "Maricopa").await, Standing::NotSeen);
    let trace = receipts_page(&later.here, &cleo, 1, 25).await.unwrap().rows.pop().unwrap().counts;
    let expected =
        "events that matched and that Cleo Clerk, Office reviewed and found to be a false alarm: Our own scanner";
    assert_eq!((trace.len(), trace[0].value, trace[0].definition.as_str()), (1, 1, expected));
}

/// Who read an earlier version answers none; and a node that stays silent though it was asked again is somebody's task.
async fn what_is_answered_is_what_was_read(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.published(Tlp::Green, &[&hub.maricopa]).await;
    hub.node(&hub.maricopa).await;
    let cleo = person(&hub.here, &hub.administrator, &hub.maricopa, "Cleo Clerk", Role::Clerk).await;
    let other = HandAnswer { modified: "2016-08-18T11:00:00.000Z".into(), ..entered(&key.report_id, Found::Nothing) };
    let refused = answer_by_hand(&hub.here, &allowed_to(&cleo, other)).await;
    assert!(matches!(&refused, Err(ShareError::Invalid(why)) if why[0].contains("corrected meanwhile")), "{refused:?}");
    let duty = ward_share::acknowledge::duty_of(&cleo).unwrap();
    ward_share::acknowledge::acknowledge(&hub.here, &cleo, &key.report_id, &key.modified, duty, "Cleo").await.unwrap();
    assert!(tasks(&hub.here, &cleo).await.unwrap().is_empty(), "its Ward answers");
    let next = hub.at(start() + 2 * DAY);
    let permit = allowed(&hub.ana, Verb::Create, Resource::Reminder);
    ward_share::chase::ask_again(&next.here, &permit, &key.report_id).await.unwrap();
    let waits = tasks(&next.here, &cleo).await.unwrap();
    let waits: Vec<_> = waits.iter().map(|task| (task.kind, task.asked_again_at)).collect();
    assert_eq!(waits, [(Kind::Silent, Some(start() + 2 * DAY))]);
    by_hand(&next, &cleo, &key.report_id, Found::CouldNotLook).await.unwrap();
    assert!(tasks(&next.here, &cleo).await.unwrap().is_empty());
}
