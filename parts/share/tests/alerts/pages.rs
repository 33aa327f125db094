//! Pages say what the whole says: the situation sought, sorted and cut in the database is the situation sought, sorted and cut here.

use ward_directory::OrganisationKind;
use ward_policy::{Resource, Role, Verb};
use ward_share::acknowledge::{Duty, acknowledge, delivered};
use ward_share::chase::{ask_again, silent_offices};
use ward_share::receipts::{own_receipt, receipt, receipts_page};
use ward_share::situation::{PageQuery, SituationRow, Sort, Standing, community, page, situation};
use ward_share::task::{Kind, tasks};
use ward_share::{ShareError, alert};
use ward_stix::answer::{Finding, Rung};
use ward_stix::marking::Tlp;
use ward_store::test_both;
use ward_store::testing::TestDatabase;

use crate::answering::send;
use crate::setup::*;

test_both!(
    pages_of_the_situation_are_the_situation,
    an_alerts_page_shows_the_first_of_many,
    receipts_and_silences_come_in_pages,
);

const ALL: PageQuery<'static> = PageQuery {
    report_id: None,
    find: "",
    standing: None,
    sort: Sort::State,
    is_descending: false,
    page: 1,
    page_rows: usize::MAX,
};

/// Counties that stand in different ways, two of them answered twice, one answered by its state; and the alert.
async fn scene(database: TestDatabase) -> (Hub, alert::AlertKey) {
    let hub = hub(database).await;
    let mut counties = Vec::new();
    for name in ["Älpine", "beta 50%", "Gamma_1", "delta", "Epsilon", "zeta", "Eta", "Theta"] {
        let county = organisation(&hub.here, &hub.administrator, OrganisationKind::County, name, Some(&hub.arizona));
        counties.push(county.await);
    }
    let key = hub.published(Tlp::Green, &counties[..7].iter().collect::<Vec<_>>()).await;
    let ways = [
        vec![Finding::NotSeen],
        vec![Finding::Blind, Finding::PartlySearched],
        vec![Finding::MatchUnderReview, Finding::Confirmed(Rung::DataTaken)],
        vec![Finding::Confirmed(Rung::Scanned)],
        vec![Finding::MatchUnderReview],
        vec![Finding::NotSeen],
    ];
    for ((county, way), place) in counties.iter().zip(&ways).zip(0_i64..) {
        let node = hub.node(county).await;
        let later = hub.at(start() + place * HOUR);
        delivered(&later.here, &node, &[(key.report_id.clone(), key.modified.clone())]).await.unwrap();
        for duty in [Duty::It, Duty::Election].into_iter().take(usize::try_from(place).unwrap() % 3) {
            acknowledge(&later.here, &node, &key.report_id, &key.modified, duty, "Pat").await.unwrap();
        }
        for (finding, version) in way.iter().zip(0..) {
            let mut given = answer(&key.report_id, county, county, *finding, start() + version * 1_000);
            given.is_name_released = place == 3;
            send(&later, &node, &given).await.unwrap();
        }
    }
    // The state's word that there is nothing does not take back a match, and a later "blind" takes back a "not seen".
    let state = hub.node(&hub.arizona).await;
    for (county, finding) in [(&counties[4], Finding::NotSeen), (&counties[5], Finding::Blind)] {
        let mut given = answer(&key.report_id, county, &hub.arizona, finding, start() + 9_000);
        given.sighting_id =
            ward_stix::answer::sighting_id(uuid::Uuid::from_u128(8), &key.report_id, &county.identity_id);
        send(&hub, &state, &given).await.unwrap();
    }
    // Theta was not asked, and answered.
    let theta = hub.node(&counties[7]).await;
    let given = answer(&key.report_id, &counties[7], &counties[7], Finding::NotSeen, start());
    send(&hub, &theta, &given).await.unwrap();
    (hub.at(start() + DAY), key)
}

/// As the page does it, but here.
fn chosen(mut rows: Vec<SituationRow>, query: &PageQuery<'_>) -> Vec<SituationRow> {
    let find = query.find.to_lowercase();
    rows.retain(|row| {
        let texts = [row.organisation.to_lowercase(), row.state.to_lowercase(), row.standing.plain()];
        texts.iter().any(|text| text.contains(&find)) && query.standing.is_none_or(|one| one == row.standing)
    });
    let key = |row: &SituationRow| match query.sort {
        Sort::State => (format!("{} {}", row.state, row.organisation.to_lowercase()), 0),
        Sort::Office => (row.organisation.to_lowercase(), 0),
        Sort::Standing => (String::new(), row.standing.step()),
        Sort::Time => (String::new(), row.answered_at.unwrap_or(i64::MAX)),
    };
    rows.sort_by_cached_key(key);
    if query.is_descending {
        rows.reverse();
    }
    rows
}

async fn pages_of_the_situation_are_the_situation(database: TestDatabase) {
    let (hub, key) = scene(database).await;
    let member = person(&hub.here, &hub.administrator, &hub.illinois, "Mia Member", Role::Clerk).await;
    for who in [&hub.ana, &member, &hub.administrator] {
        let whole = situation(&hub.here, who, &key.report_id).await.unwrap();
        let all = page(&hub.here, who, &ALL).await.unwrap().unwrap();
        assert_eq!((all.summary.asked, all.summary.answered), (whole.asked, whole.answered));
        assert_eq!(all.summary.totals, whole.totals);
        assert_eq!((all.summary.modified, all.summary.published_at), (whole.modified.clone(), whole.published_at));
        for sort in [Sort::State, Sort::Office, Sort::Standing, Sort::Time] {
            for is_descending in [false, true] {
                for find in ["", "ETA", "%", "_", "confirmed", "seen", "nothing", "!"] {
                    let query = PageQuery { sort, is_descending, find, ..ALL };
                    let found = page(&hub.here, who, &query).await.unwrap().unwrap();
                    let expected = chosen(whole.rows.clone(), &query);
                    assert_eq!(found.rows, expected, "{query:?}");
                    assert_eq!(found.found, expected.len(), "{query:?}");
                }
            }
        }
        for standing in Standing::ALL {
            let query = PageQuery { standing: Some(standing), ..ALL };
            let found = page(&hub.here, who, &query).await.unwrap().unwrap();
            assert_eq!(found.rows, chosen(whole.rows.clone(), &query), "{standing:?}");
        }
        let rows = chosen(whole.rows.clone(), &ALL);
        for number in 1..=6 {
            let some = page(&hub.here, who, &PageQuery { page: number, page_rows: 4, ..ALL }).await.unwrap().unwrap();
            let last = rows.len().div_ceil(4).max(1);
            let expected: Vec<_> = rows.chunks(4).nth(number.min(last) - 1).unwrap_or_default().to_vec();
            assert_eq!((some.rows, some.found), (expected, rows.len()), "page {number}");
        }
    }
    let unknown = page(&hub.here, &hub.ana, &PageQuery { report_id: Some("report--x"), ..ALL }).await;
    assert!(matches!(unknown, Err(ShareError::Unseen { .. })));
}

async fn an_alerts_page_shows_the_first_of_many(database: TestDatabase) {
    let (hub, key) = scene(database).await;
    let whole = situation(&hub.here, &hub.ana, &key.report_id).await.unwrap();
    let found = community(&hub.here, &hub.ana, &key.report_id, 2).await.unwrap();
    let of = |is_wanted: fn(&SituationRow) -> bool| whole.rows.iter().filter(|row| is_wanted(row)).collect::<Vec<_>>();
    let silent = of(|row| row.standing == Standing::NoAnswerYet);
    let answered = of(|row| row.answered_at.is_some());
    assert_eq!((found.silent.total, found.answered.total), (silent.len(), answered.len()));
    assert_eq!(found.silent.rows.iter().collect::<Vec<_>>(), silent[..2].to_vec());
    assert_eq!(found.answered.rows.iter().collect::<Vec<_>>(), answered[..2].to_vec());
    assert_eq!(found.own, None);
    let member = person(&hub.here, &hub.administrator, &hub.illinois, "Mia Member", Role::Clerk).await;
    let own = community(&hub.here, &member, &key.report_id, 2).await.unwrap();
    let whole = situation(&hub.here, &member, &key.report_id).await.unwrap();
    assert_eq!(own.own.as_ref(), whole.rows.iter().find(|row| row.organisation == "Illinois"));
    let named: Vec<&str> = own.answered.rows.iter().map(|row| row.organisation.as_str()).collect();
    assert_eq!((named, own.answered.total), (vec!["delta"], 1), "those that released their names");
    assert!(own.answered.rows[0].coverage.is_none());

    let page = alert::page(&hub.here, &hub.ana, &key.report_id, None, 2).await.unwrap();
    assert_eq!(page.view, alert::read(&hub.here, &hub.ana, &key.report_id, None).await.unwrap());
    assert_eq!(page.preview.unwrap().recipients.iter().filter(|one| one.is_addressed).count(), whole.asked);
    let listed = alert::list(&hub.here, &member).await.unwrap();
    assert_eq!((listed.len(), listed[0].recipients), (1, whole.asked));
    let amber = hub.published(Tlp::Amber, &[&hub.maricopa]).await;
    assert_eq!(alert::list(&hub.here, &member).await.unwrap().len(), 1);
    let unseen = alert::page(&hub.here, &member, &amber.report_id, None, 2).await;
    assert!(matches!(unseen, Err(ShareError::Unseen { .. })));
}

async fn receipts_and_silences_come_in_pages(database: TestDatabase) {
    let (hub, key) = scene(database).await;
    let close = allowed(&hub.ana, Verb::Change, Resource::Answer);
    for number in [2, 5] {
        ward_share::answers::close_receipt(&hub.at(start() + DAY + number).here, &close, number, "Thank you")
            .await
            .unwrap();
    }
    let all = receipts_page(&hub.here, &hub.ana, 1, usize::MAX).await.unwrap();
    assert_eq!((all.total, all.open, all.overdue), (11, 9, 0));
    let later = receipts_page(&hub.at(start() + DAY + 1).here, &hub.ana, 1, 1).await.unwrap();
    assert!(later.overdue > 0 && later.overdue < 9, "{} are promised later", later.overdue);
    let numbers: Vec<i64> = all.rows.iter().map(|one| one.receipt.number).collect();
    assert_eq!(numbers[9..], [5, 2], "what was answered comes last, the newest first");
    assert!(all.rows[..9].is_sorted_by_key(|one| (one.receipt.promised_at, one.receipt.number)));
    assert_eq!(all.rows.iter().filter(|one| one.is_superseded).count(), 2);
    let mut in_pages = Vec::new();
    for number in 1..=3 {
        in_pages.extend(receipts_page(&hub.here, &hub.ana, number, 4).await.unwrap().rows);
    }
    assert_eq!(in_pages, all.rows);
    assert_eq!(receipts_page(&hub.here, &hub.ana, 99, 4).await.unwrap().rows, all.rows[8..]);
    let one = receipt(&hub.here, &hub.ana, 2).await.unwrap().unwrap();
    assert_eq!(one, all.rows[10]);
    let county = one.receipt.organisation_id.clone();
    let county = ward_directory::organisation(&hub.here, &county).await.unwrap().unwrap();
    let clerk = person(&hub.here, &hub.administrator, &county, "Cleo Clerk", Role::Clerk).await;
    let own = receipts_page(&hub.here, &clerk, 1, 25).await.unwrap();
    assert_eq!(own.total, all.rows.iter().filter(|one| one.receipt.organisation_id == county.id).count());
    assert!(receipt(&hub.here, &clerk, 1).await.unwrap().is_none());
    let view = alert::read(&hub.here, &clerk, &key.report_id, None).await.unwrap();
    assert_eq!(own_receipt(&hub.here, &clerk, &view).await.unwrap().unwrap().number, 3);

    let see = allowed(&hub.ana, Verb::See, Resource::Reminder);
    let silent = silent_offices(&hub.here, &see, &key, 1, 1).await.unwrap();
    assert_eq!((silent.rows.len(), silent.total, silent.may_be_asked), (1, 2, 2), "Eta, and Arizona, which is copied");
    let chase = |kinds: &[ward_share::task::Task]| kinds.iter().any(|task| task.kind == Kind::Chase);
    assert!(!chase(&tasks(&hub.at(start() + DAY - 1).here, &hub.ana).await.unwrap()));
    let late = hub.at(start() + 2 * DAY);
    assert!(chase(&tasks(&late.here, &hub.ana).await.unwrap()));
    let create = allowed(&hub.ana, Verb::Create, Resource::Reminder);
    assert_eq!(ask_again(&late.here, &create, &key.report_id).await.unwrap(), 2);
    let asked = silent_offices(&late.here, &see, &key, 9, 1).await.unwrap();
    assert_eq!((asked.rows.len(), asked.may_be_asked), (1, 0));
    assert_eq!(asked.rows[0].reminders[0].by, "Ana Analyst");
    assert!(!chase(&tasks(&late.here, &hub.ana).await.unwrap()));
    // What comes after the answer of an office that was not asked then asks it no more.
    let correction = alert::Correction {
        what_changed: "Theta is asked too.".into(),
        add_recipients: vec![
            all.rows.iter().find(|one| one.office == "Theta").unwrap().receipt.organisation_id.clone(),
        ],
        ..alert::Correction::default()
    };
    let change = hub.analyst(Verb::Change);
    let corrected = alert::correct(&late.here, &change, &key.report_id, correction).await.unwrap();
    hub.sign_and_publish(&late.here, &corrected).await;
    assert_eq!(silent_offices(&late.here, &see, &corrected, 1, 9).await.unwrap().total, 2);
}
