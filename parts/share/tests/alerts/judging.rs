//! What answers make of indicators: false alarms end them, and tell of their source.

use ward_quality::Act;
use ward_share::quality::{of, renew, sources};
use ward_stix::answer::{Answer, Finding, Rung, Seen};
use ward_stix::marking::Tlp;
use ward_store::test_both;
use ward_store::testing::TestDatabase;

use crate::answering::send;
use crate::setup::*;

test_both!(false_alarms_lower_and_end_an_indicator, a_preview_says_what_is_not_blocked);

/// An answer that reviewed all hits of the first indicator as a false alarm.
fn false_alarm(answer: Answer, indicators: &[String]) -> Answer {
    Answer { false_alarms: vec![indicators[0].clone()], ..of_all(answer, indicators) }
}

async fn false_alarms_lower_and_end_an_indicator(database: TestDatabase) {
    let hub = hub(database).await;
    let ohio = organisation(&hub.here, &hub.administrator, ward_directory::OrganisationKind::State, "Ohio", None).await;
    let offices = [&hub.arizona, &hub.illinois, &ohio];
    let key = hub.published(Tlp::Amber, &offices).await;
    let indicators = hub.live(&key.report_id).await;
    let first = async || of(&hub.here, &indicators[0]).await.unwrap().unwrap().verdict;
    renew(&hub.here).await.unwrap();
    assert_eq!((first().await.act, first().await.confidence), (Act::Block, 70), "two people signed it");
    let expected = [(Act::Watch, 50), (Act::Watch, 30), (Act::Spent, 10)];
    for (office, expected) in offices.into_iter().zip(expected) {
        let made = answer(&key.report_id, office, office, Finding::NotSeen, start());
        send(&hub, &hub.node(office).await, &false_alarm(made, &indicators)).await.unwrap();
        assert!(renew(&hub.here).await.unwrap() > 0);
        let verdict = first().await;
        assert_eq!((verdict.act, i64::from(verdict.confidence)), expected, "{verdict:?}");
    }
    let other = of(&hub.here, &indicators[1]).await.unwrap().unwrap().verdict;
    assert_eq!(other.act, Act::Block, "nobody said anything against it");
    let rate = async || sources(&hub.here, &hub.ana).await.unwrap()[0].rate();
    assert_eq!(rate().await, "3 of 3 reviewed");
    // One office takes it back: it was real.
    let mut real = of_all(
        answer(&key.report_id, &ohio, &ohio, Finding::Confirmed(Rung::Attempted), start() + HOUR),
        &indicators[..1],
    );
    real.indicators[0].seen = Seen::Seen;
    real.indicators[0].count = 3;
    send(&hub, &hub.node(&ohio).await, &real).await.unwrap();
    renew(&hub.here).await.unwrap();
    assert_eq!((first().await.act, rate().await.as_str()), (Act::Watch, "2 of 3 reviewed"));
    // Its earlier word coming again changes nothing.
    let late = false_alarm(answer(&key.report_id, &ohio, &ohio, Finding::NotSeen, start() + HOUR / 2), &indicators);
    send(&hub, &hub.node(&ohio).await, &late).await.unwrap();
    renew(&hub.here).await.unwrap();
    assert_eq!(rate().await, "2 of 3 reviewed");
}

async fn a_preview_says_what_is_not_blocked(database: TestDatabase) {
    let hub = hub(database).await;
    let mut draft = complete_draft(Tlp::Amber, &[&hub.illinois]);
    draft.indicators[0].pattern = "[ipv4-addr:value = '104.16.3.4']".to_owned();
    let key = hub.draft(draft).await;
    let preview = ward_share::alert::preview(&hub.here, &hub.analyst(ward_policy::Verb::See), &key).await.unwrap();
    let acts: Vec<(Act, bool)> = preview
        .indicators
        .iter()
        .map(|one| (one.verdict.act, one.verdict.reasons.iter().any(|reason| reason.contains("Cloudflare"))))
        .collect();
    assert_eq!(acts, [(Act::Watch, true), (Act::Block, false)]);
}
