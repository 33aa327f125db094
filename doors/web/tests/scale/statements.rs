//! Statements are counted where they go to the database; time is never judged here.

use std::collections::BTreeSet;

use ward_policy::Role;
use ward_share::situation::{Situation, situation};
use ward_store::{sequence, values};

use crate::bulk::{self, ALERTS, COUNTIES, ENTRIES, Model, report_id};
use crate::pages::{PAGES, Things, in_sources};
use crate::scene::{Scene, browser};
use crate::setup::Office;
use crate::sharing::{self, Shared};
use crate::year;

/// Most statements of one request, the session's included, also when its use is noted.
const STATEMENTS_MAX: usize = 8;
/// Pages that say what somebody sees of objects: what they are entitled to and how the objects are handled is read for the one decision.
const DECIDING: [&str; 6] =
    ["/", "/explain", "/requests/{open}/approve", "/requests/{open}/refuse", "/tear-lines", "/tear-lines/{tear_line}"];
/// Most statements of these, however many objects they are about.
const STATEMENTS_MAX_DECIDING: usize = 24;
const ROLES: [(&str, Role); 5] =
    [("ivy", Role::Analyst), ("lea", Role::Liaison), ("dan", Role::Director), ("ida", Role::It), ("cleo", Role::Clerk)];

#[test]
fn every_page_is_opened() {
    let listed: BTreeSet<String> = PAGES.iter().map(|(route, _)| (*route).to_owned()).collect();
    assert_eq!(listed, in_sources(), "each page of the sources has its row in scale/pages.rs");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_page_asks_the_database_a_few_things_only() {
    let scene = Scene::new().await;
    scene.read_logs().await;
    let key = scene.draft().await;
    scene.publish(&key).await;
    scene.rounds().await;
    year::node(&scene, &key).await;
    let own = scene.node.admin.organisation.clone();
    for (name, role) in ROLES {
        scene.node.person(&own, name, role).await;
    }
    let nobody = "nobody".to_owned();
    let of_node = Things {
        alert: key.report_id.clone(),
        office: nobody.clone(),
        person: nobody,
        shared: Shared::nothing(),
        ..Things::default()
    };
    let opened = open_all(&scene.node, &["ada", "ivy", "lea", "dan", "ida", "cleo"], &of_node).await;
    check_node(&scene, &key.report_id).await;

    let draft = scene.draft().await;
    while sequence(&scene.hub.here.store).await.unwrap() > 0 {}
    bulk::draft_brief(&scene).await;
    let mut model = bulk::small(&scene).await;
    let own = scene.hub.admin.organisation.clone();
    for (name, role) in &ROLES[1..] {
        scene.hub.person(&own, name, *role).await;
    }
    for (name, role) in ROLES {
        scene.hub.person(&model.offices[1], &format!("member-{name}"), role).await;
    }
    let shared = sharing::make(&scene, &model.offices[1], &scene.illinois).await;
    bulk::hub(&scene, &mut model).await;
    // How many alerts it is of does not change what its page asks; without optimisation all would take minutes.
    bulk::freeze_brief(&scene, Some(&[report_id(ALERTS - 1)])).await;
    check_hub(&scene, &model).await;
    let of_hub = ["ada", "ana", "lea", "dan", "ida", "cleo"];
    let of_member = ["member-ivy", "member-lea", "member-dan", "member-ida", "member-cleo"];
    check_words(&scene.hub).await;
    let things = Things {
        alert: report_id(ALERTS - 1),
        draft: (draft.report_id, draft.modified.replace(':', "%3A")),
        office: model.offices[1].id.clone(),
        person: scene.hub.admin.actor.clone(),
        shared,
        ..Things::default()
    };
    let mut also = open_all(&scene.hub, &of_hub, &things).await;
    also.extend(open_all(&scene.hub, &of_member, &things).await);
    also.extend(opened);
    let all: BTreeSet<&str> = PAGES.iter().flat_map(|(_, addresses)| addresses.iter().copied()).collect();
    // A guide is in a demonstration only.
    let is_here = |address: &&&str| !address.starts_with("/demo");
    let never: Vec<&&str> = all.iter().filter(is_here).filter(|address| !also.contains(**address)).collect();
    assert!(never.is_empty(), "nobody could open {never:?}");
}

/// Opens every page as each of these people. Gives the addresses that somebody could open.
async fn open_all(office: &Office, people: &[&str], things: &Things) -> BTreeSet<&'static str> {
    let (mut opened, mut too_many) = (BTreeSet::new(), Vec::new());
    for name in people {
        let mut reader = browser(office, name).await;
        let held = reader.get("/answers").await;
        let held = held.text.split("href=\"/answers/").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("none");
        // What somebody is entitled to has its place before that is counted.
        reader.get("/tear-lines").await;
        let home = reader.page("/").await;
        let style = home.text.split("href=\"/style/").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let things = Things { held: held.to_owned(), style: format!("/style/{style}"), ..things.clone() };
        for address in PAGES.iter().flat_map(|(_, addresses)| addresses.iter().copied()) {
            let path = things.named(address);
            forget_use(office).await;
            office.here.store.statements();
            let page = reader.get(&path).await;
            let statements = office.here.store.statements();
            assert!(matches!(page.status.as_u16(), 200 | 403 | 404), "{name} {path}: {} {}", page.status, page.text);
            if statements.len() > most(address) {
                too_many.push(format!("{name} {path}: {} statements:\n{}", statements.len(), statements.join("\n")));
            }
            let is_page = !["/sign-in", "{style}", "/demo", "/demo/verify"].contains(&address);
            assert!(!is_page || statements.len() >= 2, "{name} {path}: statements are counted, the session's use too");
            if page.status == 200 {
                if page.header("content-type").starts_with("text/html") {
                    page.check();
                }
                opened.insert(address);
            }
        }
    }
    assert!(too_many.is_empty(), "{}", too_many.join("\n\n"));
    opened
}

/// Most statements for an address.
fn most(address: &str) -> usize {
    let path = address.split('?').next().unwrap_or_default();
    if DECIDING.contains(&path) { STATEMENTS_MAX_DECIDING } else { STATEMENTS_MAX }
}

/// The hub's people see the first of many with the way to the rest; a member sees its own office and the figures.
async fn check_words(hub: &Office) {
    let report = report_id(ALERTS - 1);
    let mut ana = browser(hub, "ana").await;
    let page = ana.page(&format!("/alerts/{report}")).await;
    page.says("The first 25 of").says("See all offices that have not answered").says("more");
    let silent = ana.page(&format!("/situation?alert={report}&standing=no-answer-yet")).await;
    silent.says("Only offices that stand so:").says("page 1 of 14");
    let mut cleo = browser(hub, "member-cleo").await;
    let page = cleo.page(&format!("/situation?alert={report}")).await;
    page.says("Model County 1").says("1 office, page 1 of 1").does_not_say("Model County 2").does_not_say("County 17");
}

/// Every session was last used a while ago, so that the next request notes its use.
async fn forget_use(office: &Office) {
    let mut tx = office.here.store.begin().await.unwrap();
    let sql = "UPDATE session SET last_used_at = $1";
    tx.execute(sql, values![office.here.now() - 120_000_000]).await.unwrap();
    tx.commit().await.unwrap();
}

/// What was made in bulk looks like what went through the verbs, and is as much as was meant.
async fn check_hub(scene: &Scene, model: &Model) {
    let here = &scene.hub.here;
    let of = async |report: &str| {
        let mut found = situation(here, &scene.analyst, report).await.unwrap();
        (found.report_id, found.headline) = (String::new(), String::new());
        found.published_at = 0;
        found
    };
    let (by_verbs, in_bulk): (Situation, Situation) = (of(&model.key.report_id).await, of(&model.twin).await);
    let asked = |situation: &Situation| {
        let ids: BTreeSet<&str> = model.offices.iter().map(|office| office.id.as_str()).collect();
        let rows = situation.rows.iter().filter(|row| ids.contains(row.organisation_id.as_str()));
        rows.cloned().collect::<Vec<_>>()
    };
    assert_eq!(asked(&by_verbs).len(), 8);
    assert_eq!(asked(&by_verbs), asked(&in_bulk));
    assert_eq!(
        (by_verbs.asked, by_verbs.answered, &by_verbs.totals),
        (in_bulk.asked, in_bulk.answered, &in_bulk.totals)
    );
    let large = of(&report_id(1)).await;
    assert!(
        large.asked as i64 > COUNTIES && large.answered * 10 > large.asked * 9,
        "{} of {}",
        large.answered,
        large.asked
    );
    assert_eq!(ward_store::tree_size(&here.store).await.unwrap(), ENTRIES);
}

async fn check_node(scene: &Scene, model: &str) {
    let here = &scene.node.here;
    let (listed, alert) = ward_watch::receive::newest(here, model).await.unwrap().unwrap();
    let (copied, same) = ward_watch::receive::newest(here, &report_id(1)).await.unwrap().unwrap();
    assert_eq!((listed.state, listed.tlp), (copied.state, copied.tlp));
    assert_eq!(alert.steps, same.steps);
    let result = ward_watch::lookback::result(here, model).await.unwrap().unwrap();
    let copy = ward_watch::lookback::result(here, &report_id(1)).await.unwrap().unwrap();
    assert_eq!((result.finding, result.because), (copy.finding, copy.because));
    assert_eq!(ward_watch::receive::listed(here).await.unwrap().len() as i64, ALERTS);
    assert_eq!(ward_watch::source::all_with_facts(here).await.unwrap().len() as i64, year::SOURCES + 1);
}
