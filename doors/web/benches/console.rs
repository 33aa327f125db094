//! CPU time of each page of the console with 6,500 jurisdictions and a year of alerts and answers.
//!
//! `cargo bench -p ward-web --bench console` makes the hub and the node of the test `scale`, asks for every page again and again over HTTP, and prints
//! the CPU milliseconds (user and system) that the process took for one: the server's and the client's, so the server's are fewer.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    dead_code,
    reason = "what the bench shares with tests fails as they do; it prints its figures"
)]

#[path = "../tests/console/browser.rs"]
mod browser;
#[path = "../tests/scale/bulk.rs"]
mod bulk;
#[path = "shared/cpu.rs"]
mod cpu;
#[path = "../tests/scale/pages.rs"]
mod pages;
#[path = "../tests/console/scene.rs"]
mod scene;
#[path = "../tests/console/setup.rs"]
mod setup;
#[path = "../tests/scale/sharing.rs"]
mod sharing;
#[path = "../tests/sweep/sources.rs"]
mod sources;
#[path = "../tests/scale/year.rs"]
mod year;

use ward_policy::Role;
use ward_store::sequence;

use crate::bulk::{ALERTS, ENTRIES, report_id};
use crate::cpu::own_millis as cpu_millis;
use crate::pages::Things;
use crate::scene::Scene;
use crate::setup::Office;

/// Times that each page is asked for.
const REQUESTS: u32 = 20;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let scene = Scene::new().await;
    scene.read_logs().await;
    let key = scene.draft().await;
    scene.publish(&key).await;
    scene.rounds().await;
    year::node(&scene, &key).await;
    scene.node.person(&scene.node.admin.organisation, "ida", Role::It).await;
    let draft = scene.draft().await;
    while sequence(&scene.hub.here.store).await.unwrap() > 0 {}
    let mut model = bulk::small(&scene).await;
    for (name, role) in [("dan", Role::Director), ("member-cleo", Role::Clerk)] {
        let of = if role == Role::Clerk { &model.offices[1] } else { &scene.hub.admin.organisation };
        scene.hub.person(of, name, role).await;
    }
    let shared = sharing::make(&scene, &model.offices[1], &scene.illinois).await;
    bulk::hub(&scene, &mut model).await;
    let before = cpu_millis();
    bulk::draft_brief(&scene).await;
    println!("the brief of a year drafted in {} ms of CPU time", cpu_millis() - before);
    bulk::freeze_brief(&scene, None).await;
    println!("made in {} s of CPU time\n", cpu_millis() / 1_000);
    let of_hub = Things {
        alert: report_id(ALERTS - 1),
        draft: (draft.report_id, draft.modified.replace(':', "%3A")),
        office: model.offices[1].id.clone(),
        shared,
        ..Things::default()
    };
    measure(&scene.hub, "the hub's analyst", "ana", &of_hub).await;
    measure(&scene.hub, "a member's clerk", "member-cleo", &of_hub).await;
    measure_whole_record(&scene.hub).await;
    let of_node = Things { alert: key.report_id.clone(), ..Things::default() };
    measure(&scene.node, "the node's IT person", "ida", &of_node).await;
}

/// Prints a line for each page that this person can open.
async fn measure(office: &Office, who: &str, name: &str, things: &Things) {
    let mut browser = scene::browser(office, name).await;
    let held = browser.get("/answers").await;
    let held = held.text.split("href=\"/answers/").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("none");
    let things = Things { held: held.to_owned(), ..things.clone() };
    println!("{who}: CPU ms, statements, bytes");
    for address in pages::PAGES.iter().flat_map(|(_, addresses)| addresses.iter().copied()) {
        let path = things.named(address);
        if path.is_empty() || browser.get(&path).await.status != 200 {
            continue;
        }
        office.here.store.statements();
        let page = browser.get(&path).await;
        let statements = office.here.store.statements().len();
        let before = cpu_millis();
        for _ in 0..REQUESTS {
            browser.get(&path).await;
        }
        let millis = (cpu_millis() - before) as f64 / f64::from(REQUESTS);
        println!("{millis:8.1} {statements:3} {:9}  {address}", page.text.len());
    }
    println!();
}

/// Prints what the whole record costs as a file: a file holds all, so that it costs more than a page.
async fn measure_whole_record(office: &Office) {
    let mut browser = scene::browser(office, "ana").await;
    let before = cpu_millis();
    let file = browser.get("/record.csv").await;
    println!("{ENTRIES} entries of the record as a file: {} ms, {} bytes\n", cpu_millis() - before, file.text.len());
}
