//! Who counts, who is named, and when nobody is.

use ward_brief::{AnswerFacts, Brief, Bundle, Overall, Within, document};
use ward_directory::OrganisationKind;
use ward_share::alert::AlertKey;
use ward_share::situation::Standing;
use ward_stix::answer::{Finding, Rung};
use ward_stix::timestamp::format_stix;
use ward_store::test_both;
use ward_store::testing::TestDatabase;

use crate::setup::{HOUR, Hub, answers_with, at, hub, office, published, see};

test_both!(every_jurisdiction_counts, a_name_is_said_while_it_is_let_go, few_unnamed_ones_are_not_told);

async fn told(hub: &Hub, as_of: i64) -> (Brief, Bundle) {
    let document = document(&hub.here, &see(&hub.dora), None, as_of, None).await.unwrap();
    (document.brief(), document.bundle)
}

/// An answer, and whether the office lets its name go with it.
async fn says(hub: &Hub, key: &AlertKey, place: usize, finding: Finding, is_released: bool) {
    let modified = format_stix(hub.here.now());
    answers_with(hub, key, place, finding, |answer| {
        (answer.is_name_released, answer.modified) = (is_released, modified.clone());
    })
    .await;
}

async fn every_jurisdiction_counts(database: TestDatabase) {
    let mut hub = hub(database).await;
    let county = office(&hub.here, &hub.administrator, OrganisationKind::County, "Pine County").await;
    hub.states.push(county);
    let key = published(&hub).await;
    says(&hub, &key, 6, Finding::Confirmed(Rung::Accessed), false).await;
    let (brief, bundle) = told(&hub, hub.here.now()).await;
    assert_eq!((bundle.jurisdictions.len(), bundle.jurisdictions_are_states), (7, false));
    assert!(brief.bottom_line[0].starts_with("1 jurisdiction of 7 asked had something"), "{:?}", brief.bottom_line);
    assert!(brief.not_seen[0].starts_with("7 jurisdictions asked"), "{:?}", brief.not_seen);
    assert!(brief.figures[0].definition.starts_with("Jurisdictions with"), "{:?}", brief.figures[0]);
}

async fn a_name_is_said_while_it_is_let_go(database: TestDatabase) {
    let mut hub = hub(database).await;
    let key = published(&hub).await;
    says(&hub, &key, 0, Finding::NotSeen, true).await;
    says(&hub, &key, 1, Finding::NotSeen, false).await;
    let then = hub.here.now();
    let (brief, bundle) = told(&hub, then).await;
    assert_eq!(brief.named.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["Arizona"]);
    let facts = |is_named: bool| {
        let mut of = bundle.jurisdictions.iter().filter(|one| one.released.is_some() == is_named);
        of.find(|one| one.answers.iter().all(|answer| answer.standing == Standing::NotSeen)).unwrap().answers.clone()
    };
    let outline = AnswerFacts {
        standing: Standing::NotSeen,
        within: Within::Window,
        hours_per_mille: None,
        rejected_per_mille: None,
        alerts: 1,
    };
    let whole = AnswerFacts { hours_per_mille: Some(987), rejected_per_mille: Some(5), ..outline.clone() };
    assert_eq!((facts(true), facts(false)), (vec![outline], vec![whole]));
    assert!(
        brief.not_seen[1]
            .ends_with("for 1 of 2 what their sources could show is not given here, because they are named.")
    );

    // Taken back: no brief of any time names the office from now on.
    hub.here = at(&hub.here, then + HOUR);
    says(&hub, &key, 0, Finding::NotSeen, false).await;
    for as_of in [then, hub.here.now()] {
        let (brief, bundle) = told(&hub, as_of).await;
        assert!(brief.named.is_empty() && bundle.jurisdictions.iter().all(|one| one.released.is_none()));
        assert_eq!(brief.names, "No jurisdiction has let its name go, so none is named.");
    }
    // Let go again: a brief of a time between still does not name it.
    hub.here = at(&hub.here, then + 2 * HOUR);
    says(&hub, &key, 0, Finding::NotSeen, true).await;
    for (as_of, expected) in [(then, 1), (then + HOUR, 0), (then + 2 * HOUR, 1)] {
        assert_eq!(told(&hub, as_of).await.0.named.len(), expected, "{as_of}");
    }
}

async fn few_unnamed_ones_are_not_told(database: TestDatabase) {
    let hub = hub(database).await;
    let key = published(&hub).await;
    for (place, (finding, expected)) in [
        (Finding::NotSeen, 1),
        (Finding::NotSeen, 2),
        (Finding::NotSeen, 3),
        (Finding::NotSeen, 0),
        (Finding::NotSeen, 0),
        (Finding::Confirmed(Rung::Accessed), 6),
    ]
    .into_iter()
    .enumerate()
    {
        says(&hub, &key, place, finding, true).await;
        let (brief, bundle) = told(&hub, hub.here.now()).await;
        assert_eq!(brief.named.len(), expected, "{} let their names go", place + 1);
        assert_eq!(bundle.are_names_withheld, expected == 0);
        assert_eq!(brief.names.starts_with("Nobody is named: some let"), expected == 0, "{}", brief.names);
        let stand: usize = brief.not_named.iter().map(|one| one.count).sum();
        assert_eq!(stand + brief.named.len(), 6);
        if expected == 0 {
            assert!(
                bundle
                    .jurisdictions
                    .iter()
                    .all(|one| one.released.is_none() && one.answers[0].standing != Standing::NotAsked)
            );
            assert!(brief.not_named.iter().any(|one| one.standing == Overall::NotSeen && one.count == place + 1));
        }
    }
}
