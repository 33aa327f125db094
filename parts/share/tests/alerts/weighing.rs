//! Which of several answers counts, and what a "not seen" must cover to count as one: alike in the whole situation and in its pages.

use ward_directory::permit;
use ward_policy::{Resource, Role, Verb};
use ward_share::alert::{AlertKey, Correction, IndicatorDraft, correct};
use ward_share::chase::ask_again;
use ward_share::given::{AnswerKey, Given, GivenVersion, given};
use ward_share::situation::{PageQuery, Sort, Standing, page, situation, situation_at};
use ward_share::task::{Kind, tasks};
use ward_stix::answer::{Answer, Finding, Rung};
use ward_stix::marking::Tlp;
use ward_store::testing::TestDatabase;
use ward_store::{test_both, verify};

use crate::answering::send;
use crate::setup::*;

test_both!(
    of_several_answers_the_gravest_counts,
    not_seen_covers_all_that_is_asked,
    a_correction_opens_what_was_answered,
    each_answer_stands_beside_the_others
);

/// What is less, or more, than the whole answer.
type Change = fn(&mut Answer);

/// Where the county stands, in the whole situation, in a page's row, and in the totals.
async fn standing(hub: &Hub, key: &AlertKey) -> Standing {
    let whole = situation(&hub.here, &hub.ana, &key.report_id).await.unwrap();
    let query = PageQuery {
        report_id: Some(&key.report_id),
        find: "",
        standing: None,
        sort: Sort::State,
        is_descending: false,
        page: 1,
        page_rows: 25,
    };
    let paged = page(&hub.here, &hub.ana, &query).await.unwrap().unwrap();
    let found = whole.rows.iter().find(|row| row.organisation == "Maricopa").unwrap().standing;
    let row = paged.rows.iter().find(|row| row.organisation == "Maricopa").unwrap();
    assert_eq!(row.standing, found, "the page's row");
    assert_eq!((&paged.summary.totals, paged.summary.answered), (&whole.totals, whole.answered), "the page's figures");
    assert!(paged.summary.totals.contains_key(&found.plain()));
    found
}

async fn of_several_answers_the_gravest_counts(database: TestDatabase) {
    let hub = hub(database).await;
    let (county, state) = (hub.node(&hub.maricopa).await, hub.node(&hub.arizona).await);
    for (earlier, later, expected) in [
        (Finding::Confirmed(Rung::Accessed), Finding::Confirmed(Rung::Scanned), Standing::Confirmed(Rung::Accessed)),
        (Finding::Confirmed(Rung::Scanned), Finding::MatchUnderReview, Standing::Confirmed(Rung::Scanned)),
        (Finding::Confirmed(Rung::Scanned), Finding::Confirmed(Rung::DataTaken), Standing::Confirmed(Rung::DataTaken)),
        (Finding::MatchUnderReview, Finding::PartlySearched, Standing::MatchUnderReview),
        (Finding::PartlySearched, Finding::Blind, Standing::PartlySearched),
        (Finding::PartlySearched, Finding::NotSeen, Standing::PartlySearched),
        (Finding::Blind, Finding::NotSeen, Standing::Blind),
        (Finding::NotSeen, Finding::NotSeen, Standing::NotSeen),
    ] {
        // Whoever gives which of them.
        for is_county_first in [true, false] {
            let key = hub.published(Tlp::Green, &[&hub.maricopa]).await;
            let live = hub.live(&key.report_id).await;
            for (finding, number) in [(earlier, 1), (later, 2)] {
                let by_county = is_county_first == (number == 1);
                let by = if by_county { &hub.maricopa } else { &hub.arizona };
                let mut given = answer(&key.report_id, &hub.maricopa, by, finding, start() + number * 1_000);
                if !by_county {
                    let namespace = uuid::Uuid::from_u128(9);
                    given.sighting_id = ward_stix::answer::sighting_id(namespace, &key.report_id, &by.identity_id);
                }
                let given = if finding == Finding::NotSeen { of_all(given, &live) } else { given };
                send(&hub, if by_county { &county } else { &state }, &given).await.unwrap();
            }
            assert_eq!(standing(&hub, &key).await, expected, "{earlier:?}, then {later:?}; {is_county_first}");
        }
    }
}

async fn not_seen_covers_all_that_is_asked(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.published(Tlp::Green, &[&hub.maricopa]).await;
    let county = hub.node(&hub.maricopa).await;
    let live = hub.live(&key.report_id).await;
    let whole = of_all(answer(&key.report_id, &hub.maricopa, &hub.maricopa, Finding::NotSeen, start()), &live);
    let cases: [(Change, Standing); 6] = [
        (|_| {}, Standing::NotSeen),
        (|given| given.period_from = given.period_until - HOUR, Standing::PartlySearched),
        (|given| given.period_from -= HOUR, Standing::NotSeen),
        (|given| given.period_until -= 1_000, Standing::PartlySearched),
        (|given| given.indicators.truncate(1), Standing::PartlySearched),
        (|given| given.indicators.clear(), Standing::PartlySearched),
    ];
    for ((change, expected), number) in cases.into_iter().zip(1..) {
        let mut given =
            Answer { modified: ward_stix::timestamp::format_stix(start() + number * 1_000), ..whole.clone() };
        change(&mut given);
        send(&hub, &county, &given).await.unwrap();
        assert_eq!(standing(&hub, &key).await, expected, "case {number}");
    }
}

async fn a_correction_opens_what_was_answered(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.published(Tlp::Green, &[&hub.maricopa]).await;
    let state = hub.node(&hub.arizona).await;
    let cleo = person(&hub.here, &hub.administrator, &hub.maricopa, "Cleo Clerk", Role::Clerk).await;
    let live = hub.live(&key.report_id).await;
    let by_state = |now| answer(&key.report_id, &hub.maricopa, &hub.arizona, Finding::NotSeen, now);
    send(&hub, &state, &of_all(by_state(start()), &live)).await.unwrap();
    assert_eq!(standing(&hub, &key).await, Standing::NotSeen);
    let waits = async |hub: &Hub| tasks(&hub.here, &cleo).await.unwrap().first().map(|task| task.kind);
    assert_eq!(waits(&hub).await, Some(Kind::Read));

    let correct_with = async |hub: &Hub, change: Correction| {
        let change = Correction { what_changed: "What to search for.".into(), ..change };
        let next = correct(&hub.here, &hub.analyst(Verb::Change), &key.report_id, change).await.unwrap();
        hub.sign_and_publish(&hub.here, &next).await;
    };
    // What is asked for less is answered by what was answered.
    let later = hub.at(start() + DAY);
    correct_with(&later, Correction { revoke: vec![live[0].clone()], ..Correction::default() }).await;
    assert_eq!(standing(&later, &key).await, Standing::NotSeen);
    // One indicator more is not.
    let more = IndicatorDraft { pattern: "[ipv4-addr:value = '203.0.113.99']".into(), confirmed: true };
    let last = hub.at(start() + 2 * DAY);
    correct_with(&last, Correction { add_indicators: vec![more], ..Correction::default() }).await;
    assert_eq!(standing(&last, &key).await, Standing::PartlySearched);
    assert_eq!(waits(&last).await, Some(Kind::Answer), "it is asked anew");
    let chased = ask_again(&last.here, &allowed(&hub.ana, Verb::Create, Resource::Reminder), &key.report_id).await;
    assert_eq!(chased.unwrap(), 2, "the county, and its state, which is silent");
    let before = allowed(&hub.dora, Verb::See, Resource::Brief);
    let before = situation_at(&last.here, &before, &key.report_id, start() + DAY).await.unwrap();
    assert_eq!(before.totals.get("not seen"), Some(&1), "the past stays");
    // An answer to all of it stands.
    let live = last.live(&key.report_id).await;
    send(&last, &state, &of_all(by_state(start() + 2 * DAY), &live)).await.unwrap();
    assert_eq!(standing(&last, &key).await, Standing::NotSeen);
    assert_eq!(waits(&last).await, Some(Kind::Read));
    settle(&last.here).await;
    let checked = verify(&last.here.store, last.here.log_key.verifier_key()).await.unwrap();
    assert!(checked.is_ok(), "{checked:?}");
}

async fn each_answer_stands_beside_the_others(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.published(Tlp::Green, &[&hub.maricopa]).await;
    let (county, state) = (hub.node(&hub.maricopa).await, hub.node(&hub.arizona).await);
    let cleo = person(&hub.here, &hub.administrator, &hub.maricopa, "Cleo Clerk", Role::Clerk).await;
    for (finding, at) in [(Finding::MatchUnderReview, 1_000), (Finding::Confirmed(Rung::Accessed), 2_000)] {
        let by_county = answer(&key.report_id, &hub.maricopa, &hub.maricopa, finding, start() + at);
        send(&hub, &county, &by_county).await.unwrap();
    }
    for (finding, at) in [(Finding::Blind, 3_000), (Finding::NotSeen, 4_000)] {
        let mut by_state = answer(&key.report_id, &hub.maricopa, &hub.arizona, finding, start() + at);
        by_state.sighting_id = "sighting--00000000-0000-4000-8000-000000000009".into();
        send(&hub, &state, &by_state).await.unwrap();
    }
    let of = |versions: &[GivenVersion]| {
        let told = versions.iter().map(|one| (one.standing, one.receipt.as_ref().map(|receipt| receipt.number)));
        told.collect::<Vec<_>>()
    };
    let told = |found: &Given| (of(std::slice::from_ref(&found.counts)), of(&found.also), of(&found.earlier));
    let read = async |who| {
        let key = AnswerKey { report_id: key.report_id.clone(), organisation_id: hub.maricopa.id.clone() };
        told(&given(&hub.here, &permit(who, Verb::See, Resource::Answer, key).unwrap()).await.unwrap())
    };
    let (accessed, review) = (Standing::Confirmed(Rung::Accessed), Standing::MatchUnderReview);
    // The state's "not seen" lists nothing, so it counts for less.
    let (partly, blind) = (Standing::PartlySearched, Standing::Blind);
    assert_eq!(
        read(&hub.ana).await,
        (vec![(accessed, Some(2))], vec![(partly, Some(4))], vec![(blind, Some(3)), (review, Some(1))])
    );
    // What the hub wrote to the state is not the county's to read.
    assert_eq!(
        read(&cleo).await,
        (vec![(accessed, Some(2))], vec![(partly, None)], vec![(blind, None), (review, Some(1))])
    );
}
