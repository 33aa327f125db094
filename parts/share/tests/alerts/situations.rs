//! The situation, and how far alerts have come.

use ward_policy::{Resource, Verb};
use ward_share::ShareError;
use ward_share::acknowledge::{Duty, acknowledge, delivered, reach};
use ward_share::situation::{Situation, Standing, situation, situation_at};
use ward_stix::answer::{Finding, Rung};
use ward_stix::marking::Tlp;
use ward_store::test_both;
use ward_store::testing::TestDatabase;

use crate::answering::send;
use crate::setup::*;

test_both!(
    silence_is_never_an_all_clear,
    a_name_is_shown_only_when_its_office_released_it,
    the_newest_answer_counts_and_the_past_stays,
    figures_know_how_far_an_alert_came
);

fn standings(situation: &Situation) -> Vec<(&str, Standing)> {
    let mut all: Vec<_> = situation.rows.iter().map(|row| (row.organisation.as_str(), row.standing)).collect();
    all.sort_by_key(|(name, _)| *name);
    all
}

async fn silence_is_never_an_all_clear(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.published(Tlp::Green, &[&hub.maricopa]).await;
    let (county, illinois) = (hub.node(&hub.maricopa).await, hub.node(&hub.illinois).await);
    let before = situation(&hub.here, &hub.ana, &key.report_id).await.unwrap();
    let (silent, not_asked) = (Standing::NoAnswerYet, Standing::NotAsked);
    assert_eq!(standings(&before), [("Arizona", silent), ("Illinois", not_asked), ("Maricopa", silent)]);
    assert_eq!((before.asked, before.answered), (2, 0));
    assert_eq!(before.totals.get("no answer yet"), Some(&2));
    delivered(&hub.here, &county, &[(key.report_id.clone(), key.modified.clone())]).await.unwrap();
    acknowledge(&hub.here, &county, &key.report_id, &key.modified, Duty::It, "Pat").await.unwrap();
    let blind = answer(&key.report_id, &hub.maricopa, &hub.maricopa, Finding::Blind, start());
    send(&hub, &county, &blind).await.unwrap();
    let after = situation(&hub.here, &hub.dora, &key.report_id).await.unwrap();
    let row = after.rows.iter().find(|row| row.organisation == "Maricopa").unwrap();
    assert_eq!((row.standing, row.answered_by.as_deref()), (Standing::Blind, Some("Maricopa")));
    assert_eq!(
        (row.delivered_at, row.acknowledged.clone(), row.answered_at),
        (Some(start()), vec![Duty::It], Some(start()))
    );
    let coverage = row.coverage.unwrap();
    assert_eq!((coverage.hours_asked, coverage.hours_with_data, coverage.rejected_share), (100, 98, Some(0.005)));
    assert_eq!((after.asked, after.answered), (2, 1));
    // A member sees itself and the totals; who may not see the alert sees nothing.
    let own = situation(&hub.here, &illinois, &key.report_id).await.unwrap();
    assert_eq!(standings(&own), [("Illinois", not_asked)]);
    assert_eq!(own.totals, after.totals);
    let amber = hub.published(Tlp::Amber, &[&hub.maricopa]).await;
    assert!(matches!(situation(&hub.here, &illinois, &amber.report_id).await, Err(ShareError::Unseen { .. })));
}

async fn a_name_is_shown_only_when_its_office_released_it(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.published(Tlp::Green, &[&hub.maricopa]).await;
    let (county, state) = (hub.node(&hub.maricopa).await, hub.node(&hub.arizona).await);
    let illinois = hub.node(&hub.illinois).await;
    let (maricopa, arizona) = (&hub.maricopa, &hub.arizona);
    let give = async |time: i64, by: &ward_directory::Organisation, is_name_released: bool| {
        let mut given = answer(&key.report_id, maricopa, by, Finding::Confirmed(Rung::Accessed), time);
        given.is_name_released = is_name_released;
        let who = if by.id == maricopa.id {
            &county
        } else {
            given.sighting_id = "sighting--00000000-0000-4000-8000-000000000009".into();
            &state
        };
        send(&hub, who, &given).await.unwrap();
        situation(&hub.here, &illinois, &key.report_id).await.unwrap()
    };
    let own = ("Illinois", Standing::NotAsked);
    let touched = ("Maricopa", Standing::Confirmed(Rung::Accessed));
    assert_eq!(standings(&give(start(), maricopa, false).await), [own]);
    let seen = give(start() + 1_000, maricopa, true).await;
    assert_eq!(standings(&seen), [own, touched]);
    let row = seen.rows.iter().find(|row| row.organisation == "Maricopa").unwrap();
    assert!(row.coverage.is_none() && row.matches.is_none() && row.counts.is_empty() && row.answered_by.is_none());
    let all = situation(&hub.here, &hub.ana, &key.report_id).await.unwrap();
    assert!(all.rows.iter().all(|row| row.is_name_released == (row.organisation == "Maricopa")));
    assert!(all.rows.iter().any(|row| row.coverage.is_some()), "the hub sees the answer");
    assert_eq!(standings(&give(start() + 2_000, maricopa, false).await), [own], "it is taken back");
    assert_eq!(standings(&give(start() + 3_000, arizona, true).await), [own], "nobody else can release it");
}

async fn the_newest_answer_counts_and_the_past_stays(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.published(Tlp::Green, &[&hub.maricopa]).await;
    let (county, state) = (hub.node(&hub.maricopa).await, hub.node(&hub.arizona).await);
    let (maricopa, arizona) = (&hub.maricopa, &hub.arizona);
    let review = answer(&key.report_id, maricopa, maricopa, Finding::MatchUnderReview, start() + 2_000);
    send(&hub, &county, &review).await.unwrap();
    let later = hub.at(start() + DAY);
    // An older version that arrives late changes nothing; a newer one by the state counts.
    let older = answer(&key.report_id, maricopa, maricopa, Finding::NotSeen, start() + 1_000);
    send(&later, &county, &older).await.unwrap();
    let now = situation(&later.here, &hub.ana, &key.report_id).await.unwrap();
    assert_eq!(standings(&now)[2], ("Maricopa", Standing::MatchUnderReview));
    let mut by_state = answer(&key.report_id, maricopa, arizona, Finding::Confirmed(Rung::Scanned), start() + 3_000);
    by_state.sighting_id = "sighting--00000000-0000-4000-8000-000000000009".into();
    send(&later, &state, &by_state).await.unwrap();
    let now = situation(&later.here, &hub.ana, &key.report_id).await.unwrap();
    assert_eq!(standings(&now)[2], ("Maricopa", Standing::Confirmed(Rung::Scanned)));
    assert_eq!(
        now.rows.iter().find(|row| row.organisation == "Maricopa").unwrap().answered_by.as_deref(),
        Some("Arizona")
    );
    let permit = allowed(&hub.dora, Verb::See, Resource::Brief);
    let then = situation_at(&later.here, &permit, &key.report_id, start() + HOUR).await.unwrap();
    assert_eq!(standings(&then)[2], ("Maricopa", Standing::MatchUnderReview));
    assert!(situation_at(&later.here, &permit, &key.report_id, start() - HOUR).await.is_err());
}

async fn figures_know_how_far_an_alert_came(database: TestDatabase) {
    let hub = hub(database).await;
    let key = hub.published(Tlp::Green, &[&hub.maricopa]).await;
    let county = hub.node(&hub.maricopa).await;
    let later = at(&hub.here, start() + HOUR);
    delivered(&later, &county, &[(key.report_id.clone(), key.modified.clone())]).await.unwrap();
    acknowledge(&later, &county, &key.report_id, &key.modified, Duty::Election, "Pat").await.unwrap();
    contact(&hub.here, &hub.administrator, &hub.maricopa, ward_directory::Duty::Election, true).await;
    contact(&hub.here, &hub.administrator, &hub.maricopa, ward_directory::Duty::It, true).await;
    let permit = allowed(&hub.dora, Verb::See, Resource::Brief);
    let found = reach(&later, &permit, start() + DAY).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].first_seen_at, found[0].is_correction), (Some(start() - 10 * DAY), false));
    let one = found[0].recipients.iter().find(|one| one.organisation_id == hub.maricopa.id).unwrap();
    assert_eq!(
        (one.delivered_at, one.election_acknowledged_at, one.it_acknowledged_at),
        (Some(start() + HOUR), Some(start() + HOUR), None)
    );
    assert!(one.has_verified_pair);
    assert!(reach(&later, &permit, start() - 1).await.unwrap().is_empty());
    let early = reach(&later, &permit, start()).await.unwrap();
    assert!(early[0].recipients.iter().all(|one| one.delivered_at.is_none()), "what came after is left out");
    let theirs = person(&hub.here, &hub.administrator, &hub.arizona, "Dan Director", ward_policy::Role::Director).await;
    let permit = allowed(&theirs, Verb::See, Resource::Brief);
    assert!(matches!(reach(&later, &permit, start()).await, Err(ShareError::Forbidden { .. })));
}
