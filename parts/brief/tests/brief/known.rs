//! What a brief says, at different times and in different windows.

use serde_json::json;
use ward_brief::{Brief, BriefError, NOTICE, Window, compute, document, figures, text};
use ward_directory::Here;
use ward_policy::Role;
use ward_share::ShareError;
use ward_stix::answer::{Finding, Rung};
use ward_store::testing::TestDatabase;
use ward_store::{Clock, test_both};

use crate::setup::{HOUR, answers, hub, person, published, reached, see, start};

test_both!(a_brief_says_what_is_known_and_what_is_not, only_the_hub_sees_it);

fn values(brief: &Brief) -> Vec<(&str, serde_json::Value, usize, usize)> {
    brief.figures.iter().map(|one| (one.id.as_str(), one.value.clone(), one.reporting, one.of)).collect()
}

async fn a_brief_says_what_is_known_and_what_is_not(database: TestDatabase) {
    let hub = hub(database).await;
    let nothing = figures(&hub.here, &see(&hub.dora), None, start(), None).await.unwrap();
    assert_eq!(values(&nothing), [("F1", json!(null), 0, 0), ("F2", json!(null), 0, 0), ("F3", json!(null), 0, 0)]);
    assert!(nothing.seen.is_empty());
    let key = published(&hub).await;
    let silent = figures(&hub.here, &see(&hub.dora), None, start() + HOUR, None).await.unwrap();
    assert_eq!(values(&silent), [("F1", json!(null), 0, 6), ("F2", json!(null), 0, 6), ("F3", json!(null), 0, 1)]);

    let (scanned, accessed) = (Finding::Confirmed(Rung::Scanned), Finding::Confirmed(Rung::Accessed));
    for (place, finding) in
        [scanned, accessed, Finding::NotSeen, Finding::Blind, Finding::MatchUnderReview].into_iter().enumerate()
    {
        answers(&hub, &key, place, finding).await;
    }
    reached(&hub, &key, 0, 10).await;
    reached(&hub, &key, 1, 30).await;
    let as_of = start() + 48 * HOUR;
    let brief = figures(&hub.here, &see(&hub.dora), None, as_of, None).await.unwrap();
    assert_eq!(brief.as_of, "2016-08-20T12:00:00Z");
    assert_eq!(values(&brief), [("F1", json!(2), 4, 6), ("F2", json!(0.1667), 6, 6), ("F3", json!(250.0), 1, 1)]);
    let f1 = &brief.figures[0].beside;
    assert_eq!(
        (&f1["by_rung"]["scanned"], &f1["by_rung"]["accessed"], &f1["blind"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!(brief.figures[1].beside["recipients_lacking_verified_pair"], json!("4 of 6"));
    assert_eq!(brief.seen.len(), 3, "{:?}", brief.seen);
    assert!(brief.seen[0].starts_with("1 state: accessed"), "worst first: {:?}", brief.seen);
    assert_eq!(
        brief.not_seen[0],
        "6 states asked: 3 with a match or a confirmed event, 1 searched fully and saw nothing, 0 searched partly and saw nothing in that part, 1 blind, \
         1 without an answer. Each is counted once."
    );
    assert!(brief.not_seen[1].contains("98.7 % of the hours"), "{:?}", brief.not_seen);
    let page = text(&document(&hub.here, &see(&hub.dora), None, as_of, None).await.unwrap());
    for state in &hub.states {
        assert!(!page.contains(&state.name), "nobody is named: {page}");
    }
    assert!(!page.contains(NOTICE) && page.contains("F3  Time to share: 250 hours (1 of 1 reporting)"), "{page}");
    check_keys(&brief);
    let whole = document(&hub.here, &see(&hub.dora), None, as_of, None).await.unwrap();
    assert_eq!(compute(&whole.bundle), brief, "the bundle alone gives the brief");
    assert_eq!(
        brief.bottom_line[0],
        "2 states of 6 asked had something that a named person confirmed; the worst: accessed, someone got in."
    );
    let caution = brief.figures[0].caution.as_deref().unwrap();
    assert!(
        caution.starts_with("Under 80 % reporting")
            && caution.contains("1 blind to at least one alert, 1 without an answer"),
        "{caution}"
    );

    // Events outside the window, and what came later, do not count.
    let window = |from: i64, until: i64| Some(Window { from: start() + from * HOUR, until: start() + until * HOUR });
    for (window, expected) in
        [(window(-450, 0), 2), (window(-300, 0), 0), (window(-900, -600), 0), (window(-500, -500), 2)]
    {
        let brief = figures(&hub.here, &see(&hub.dora), None, as_of, window).await.unwrap();
        assert_eq!(brief.figures[0].value, json!(expected), "{window:?}");
    }
    // A search that does not cover the window saw nothing in a part of it alone.
    for (window, expected) in [
        (
            window(-1_000, 0),
            "1 searched fully and saw nothing, 0 searched partly and saw nothing in that part, 1 blind",
        ),
        (
            window(-1_001, 0),
            "0 searched fully and saw nothing, 1 searched partly and saw nothing in that part, 1 blind",
        ),
        (window(1, 2), "0 searched fully and saw nothing, 0 searched partly and saw nothing in that part, 2 blind"),
    ] {
        let brief = figures(&hub.here, &see(&hub.dora), None, as_of, window).await.unwrap();
        assert!(brief.not_seen[0].contains(expected), "{window:?} {:?}", brief.not_seen);
    }
    let early = figures(&hub.here, &see(&hub.dora), Some(&[key.report_id]), start() + 20 * HOUR, None).await.unwrap();
    assert_eq!(values(&early)[1], ("F2", json!(0.1667), 1, 6), "what came after the time of the brief is left out");

    let demonstration = Here { clock: Clock::Demo(hub.here.folder.join("no-clock")), ..hub.here.clone() };
    let brief = document(&demonstration, &see(&hub.dora), None, as_of, None).await.unwrap();
    assert_eq!(brief.notice.as_deref(), Some(NOTICE));
    assert!(text(&brief).starts_with(NOTICE) && text(&brief).trim_end().ends_with(NOTICE));
}

/// The form that others read.
fn check_keys(brief: &Brief) {
    let value = serde_json::to_value(brief).unwrap();
    let keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "alerts",
        "as_of",
        "basis",
        "blind_spots",
        "bottom_line",
        "figures",
        "marking",
        "named",
        "names",
        "not_named",
        "not_seen",
        "seen",
    ];
    assert_eq!(keys, expected);
    for figure in value["figures"].as_array().unwrap() {
        for key in ["id", "name", "value", "reporting", "of", "definition"] {
            assert!(figure.get(key).is_some(), "`{key}` is missing in {figure}");
        }
    }
    assert_eq!(serde_json::from_value::<Brief>(value).unwrap(), *brief);
}

async fn only_the_hub_sees_it(database: TestDatabase) {
    let hub = hub(database).await;
    published(&hub).await;
    let theirs = person(&hub.here, &hub.administrator, &hub.states[0], "dan@arizona.example", Role::Director).await;
    let refused = figures(&hub.here, &see(&theirs), None, start(), None).await;
    assert!(matches!(refused, Err(BriefError::Share(ShareError::Forbidden { .. }))), "{refused:?}");
    let unknown = figures(&hub.here, &see(&hub.dora), Some(&["report--none".to_owned()]), start(), None).await;
    assert!(matches!(unknown, Err(BriefError::Share(ShareError::Unseen { .. }))), "{unknown:?}");
    let before = figures(&hub.here, &see(&hub.dora), None, start() - 1, None).await.unwrap();
    assert_eq!(before.figures[0].of, 0);
}
