//! One office's answer on the hub: everything that made it, for the hub's people and for that office itself.

use ward_policy::Role;

use crate::browser::Browser;
use crate::scene::Scene;
use crate::setup::{Office, PASSWORD};

async fn browser(office: &Office, name: &str) -> Browser {
    Browser::signed_in(&office.url, &format!("{name}@office.example"), PASSWORD).await
}

/// Ida of the node says what the match was, and lets the answer leave.
async fn say(scene: &Scene, report: &str, what: &str) {
    let mut ida = browser(&scene.node, "ida").await;
    let (review, word) = (format!("/alerts/{report}/review"), format!("/alerts/{report}/word"));
    let page = ida.page(&review).await;
    let said = [("what", what), ("leaves", "yes"), ("count", "1,200"), ("definition", "rows <b>asked</b> for")];
    let check = ida.send(&page, &review, &said).await;
    assert_eq!(ida.send(&check, &word, &[]).await.status, 303);
    scene.rounds().await;
}

async fn answered() -> (Scene, String) {
    let scene = Scene::new().await;
    scene.node.person(&scene.node.admin.organisation, "Ida", Role::It).await;
    scene.read_logs().await;
    let key = scene.draft().await;
    scene.publish(&key).await;
    scene.rounds().await;
    say(&scene, &key.report_id, "accessed").await;
    (scene, key.report_id)
}

#[tokio::test]
async fn an_answer_is_told_down_to_its_entry() {
    let (scene, report) = answered().await;
    let (answer, alert) = (format!("/alerts/{report}/answers/{}", scene.arizona.id), format!("/alerts/{report}"));
    let mut ana = browser(&scene.hub, "ana").await;
    let link = format!("href=\"{answer}\"");
    assert_eq!(ana.page("/situation").await.text.matches(&link).count(), 2, "the tile and the line");
    assert_eq!(ana.page(&alert).await.text.matches(&link).count(), 1);
    let page = ana.page(&answer).await;
    page.says("confirmed: accessed").says("Confirmed: someone got in.").says("For Arizona").says("Given by Arizona");
    page.says("Confirmed by Ida, Elections").says("Released by Ida, Elections").says("Events that matched 1");
    page.says("1,200 rows <b>asked</b> for").says("Of 1 indicator: 1 seen, 0 not seen, 0 that these");
    page.says("web <i>log</i>").says("of 433").says("Receipt number 1, given").says("not answered yet");
    page.says("is not shown to other members").says("None: this is the first.").says("TLP:AMBER");
    assert!(!page.text.contains("<b>asked") && page.plain().contains("Entry in the record number "), "{}", page.text);
    let entry = page.text.split("ward log prove ").nth(1).unwrap().split('<').next().unwrap();
    let entry = ward_store::entry(&scene.hub.here.store, entry).await.unwrap().unwrap();
    assert!(entry.body.contains("answer.received") && entry.body.contains("\"receipt\":1"), "{}", entry.body);
    page.says(&format!("Entry in the record number {}", entry.number.unwrap()));

    say(&scene, &report, "attempted").await;
    let page = ana.page(&answer).await;
    page.says("Confirmed: someone tried to get in.").says("Receipt number 2, given");
    let plain = page.plain();
    let (latest, earlier) = plain.split_once("Earlier versions").unwrap();
    assert!(earlier.contains("confirmed: accessed") && !latest.contains("accessed"), "{plain}");
}

#[tokio::test]
async fn an_answer_is_its_offices_and_the_hubs() {
    let (scene, report) = answered().await;
    for (of, name, role) in [
        (&scene.arizona, "Cleo", Role::Clerk),
        (&scene.arizona, "Adam", Role::Administrator),
        (&scene.illinois, "Ivy", Role::Director),
    ] {
        scene.hub.person(of, name, role).await;
    }
    let own = format!("/alerts/{report}/answers/{}", scene.arizona.id);
    let mut cleo = browser(&scene.hub, "cleo").await;
    cleo.page(&own).await.says("confirmed: accessed").says("Receipt number 1");
    assert_eq!(cleo.page("/situation").await.text.matches(&format!("href=\"{own}\"")).count(), 2);
    let mut absent = None;
    for name in ["adam", "ivy", "ada"] {
        let mut browser = browser(&scene.hub, name).await;
        let page = browser.get(&own).await;
        assert_eq!(page.status, 404, "{name}");
        assert!(!page.text.contains("accessed"));
        let nobody = browser.get(&format!("/alerts/{report}/answers/nobody")).await;
        assert_eq!(nobody.status, 404);
        assert_eq!(page.text, nobody.text, "{name}: what is there looks like what is not");
        assert!(!browser.page("/situation").await.text.contains("/answers/"), "{name}");
        absent = Some(nobody.text);
    }
    let mut ana = browser(&scene.hub, "ana").await;
    for path in [
        format!("/alerts/{report}/answers/{}", scene.illinois.id),
        format!("/alerts/{report}/answers/nobody"),
        format!("/alerts/report--404/answers/{}", scene.arizona.id),
    ] {
        let page = ana.get(&path).await;
        assert_eq!((page.status.as_u16(), Some(page.text)), (404, absent.clone()), "{path}");
    }
    let mut ida = browser(&scene.node, "ida").await;
    assert_eq!(ida.get(&own).await.status, 404, "a node is no hub");
    assert_eq!(ida.get("/demo").await.status, 404, "this is no demonstration");
}
