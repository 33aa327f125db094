//! Alerts and the situation, as the hub's people, members' people and a node's people see them.

use ward_policy::Role;

use crate::scene::{HEADLINE, Scene, browser};

#[tokio::test]
async fn the_hubs_people_see_drafts_and_who_has_not_answered() {
    let scene = Scene::new().await;
    let mut ana = browser(&scene.hub, "ana").await;
    ana.page("/alerts").await.says("No alert has come yet.");
    ana.page("/situation").await.says("No alert has been published yet.");
    let key = scene.draft().await;
    let list = ana.page("/alerts").await;
    list.says(HEADLINE).says("draft").says("TLP:GREEN").says("asks 2 offices");
    let version = key.modified.replace(':', "%3A");
    let page = ana.page(&format!("/alerts/{}?version={version}", key.report_id)).await;
    page.says("This is a draft.").says("2 offices without a verified election contact").says("203.0.113.7");
    assert_eq!(ana.get(&format!("/alerts/{}", key.report_id)).await.status, 404, "nothing is published");

    scene.publish(&key).await;
    let page = ana.page(&format!("/alerts/{}", key.report_id)).await;
    page.says("0 of 2 offices asked have answered.").says("Not yet (2)").says("Arizona: it has not been fetched");
    page.says("TLP:GREEN - for election offices").does_not_say("I have read this alert");
    let situation = ana.page("/situation").await;
    situation.says("0 of 2 offices asked have answered.").says("no answer yet 2 of 2");
    for what in [
        "aria-label=\"AZ no answer, Arizona: no answer yet\"",
        "id=\"state-AZ\"",
        "aria-label=\"Iowa: no member of this hub\"",
    ] {
        assert!(situation.text.contains(what), "{what}: {}", situation.text);
    }
    let found = ana.page("/situation?find=illi&sort=office&order=down").await;
    found.says("1 office, page 1 of 1");
    assert!(found.text.contains("id=\"state-IL\"") && !found.text.contains("id=\"state-AZ\""));

    let file = ana.get("/alerts.csv?find=doors").await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8; header=present");
    let expected = "\"'=Doors are tried <script>alert(1)</script> & \"\"more\"\"\",\"Test Hub\",\"published\"";
    assert!(file.text.contains(expected), "{}", file.text);
    assert_eq!(ana.get("/alerts.csv?find=nothing").await.text.lines().count(), 1);
    assert_eq!(ana.get("/situation.csv").await.text.lines().count(), 3);
}

#[tokio::test]
async fn a_members_people_see_their_own_row_and_acknowledge() {
    let scene = Scene::new().await;
    let draft = scene.draft().await;
    let key = scene.draft().await;
    scene.publish(&key).await;
    scene.hub.person(&scene.arizona, "Cleo", Role::Clerk).await;
    let mut cleo = browser(&scene.hub, "cleo").await;
    cleo.page("/alerts").await.says("published").does_not_say("draft");
    let version = draft.modified.replace(':', "%3A");
    for path in [
        format!("/alerts/{}?version={version}", draft.report_id),
        format!("/alerts/{}", draft.report_id),
        format!("/situation?alert={}", draft.report_id),
    ] {
        assert_eq!(cleo.get(&path).await.status, 404, "{path}");
    }
    let path = format!("/alerts/{}", key.report_id);
    let page = cleo.page(&path).await;
    page.says("Nobody of this office has said so yet.").does_not_say("203.0.113.7").does_not_say("Illinois");
    let situation = cleo.page("/situation").await;
    situation.says("no answer yet 2 of 2").says("You see your own office").does_not_say("Illinois no answer");
    assert!(situation.text.contains("aria-label=\"Illinois: not shown to you\""));
    assert_eq!(cleo.get("/situation.csv").await.text.lines().count(), 2);

    let action = format!("{path}/acknowledge");
    let sent = cleo.send(&page, &action, &[]).await;
    assert_eq!((sent.status.as_u16(), sent.header("location")), (303, format!("{path}#read").as_str()));
    cleo.page(&path).await.says("the election official, the hub knows").does_not_say("I have read this alert");
    assert_eq!(cleo.post(&action, &[("version", &key.modified)]).await.status, 400, "no token");
    // Arizona has no say for an alert that it may not see.
    let hidden = page.hidden(&action);
    let fields = [("form_token", hidden[0].1.as_str()), ("version", draft.modified.as_str())];
    assert_eq!(cleo.post(&format!("/alerts/{}/acknowledge", draft.report_id), &fields).await.status, 404);
    // An analyst of the hub has no duty to acknowledge.
    let mut ana = browser(&scene.hub, "ana").await;
    let home = ana.page("/").await.hidden("/sign-out")[0].1.clone();
    assert_eq!(ana.post(&action, &[("form_token", &home)]).await.status, 400, "the token of another form");
}

#[tokio::test]
async fn a_node_answers_whether_it_touched_us() {
    let scene = Scene::new().await;
    scene.node.person(&scene.node.admin.organisation, "Ida", Role::It).await;
    scene.read_logs().await;
    let key = scene.draft().await;
    scene.publish(&key).await;
    scene.rounds().await;
    let mut ida = browser(&scene.node, "ida").await;
    ida.page("/alerts").await.says(HEADLINE).says("verified").says("match under review");
    let path = format!("/alerts/{}", key.report_id);
    let page = ida.page(&path).await;
    page.says("From: Test Hub").says("Did it touch us?").says("match under review").says("Events that matched 1");
    page.says("0 answers, no log line.").says("web <i>log</i>").says("TLP:AMBER");
    let sent = ida.send(&page, &format!("{path}/acknowledge"), &[]).await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    ida.page(&path).await.says("Ida (the IT person)").says("on its way to the hub");
    scene.rounds().await;
    ida.page(&path).await.says("the hub knows");
    assert_eq!(ida.get("/situation").await.status, 404, "a node is no hub");
    let mut ada = browser(&scene.node, "ada").await;
    ada.page("/alerts").await.does_not_say("match under review");
    ada.page(&path).await.does_not_say("Did it touch us?").does_not_say("I have read this alert");
}
