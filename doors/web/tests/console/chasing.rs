//! Silent offices are asked again, once a day at most, and rung; the hub's people see what waits for them.

use ward_directory::{Duty, NewContact, add_contact, permit};
use ward_policy::{Resource, Role, Verb};
use ward_share::alert::sign;
use ward_store::values;

use crate::scene::{DAY, Scene, browser};
use crate::setup::PASSWORD;

const HOSTILE: &str = "<script>alert(7)</script>\"'&?body=x";

/// Everything of this alert happened so much earlier.
async fn long_ago(scene: &Scene, days: i64) {
    let mut tx = scene.hub.here.store.begin().await.unwrap();
    for sql in [
        "UPDATE alert SET published_at = published_at - $1, drafted_at = drafted_at - $1",
        "UPDATE reminder SET at = at - $1",
    ] {
        tx.execute(sql, values![days * DAY]).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn the_hubs_people_see_what_waits_for_them() {
    let scene = Scene::new().await;
    scene.hub.person(&scene.hub.admin.organisation, "Nora", Role::Analyst).await;
    let mut ana = browser(&scene.hub, "ana").await;
    let mut dora = browser(&scene.hub, "dora").await;
    ana.page("/").await.says("Nothing waits for you.");
    let key = scene.draft().await;
    let version = key.modified.replace(':', "%3A");
    let home = ana.page("/").await;
    home.says("1 thing waits for you.").says("Sign the draft: ").says("Due ");
    assert!(home.text.contains(&format!("href=\"/alerts/{}/sign?version={version}\"", key.report_id)));
    dora.page("/").await.says("Sign the draft: ");
    let mut nora = browser(&scene.hub, "nora").await;
    nora.page("/").await.says("Nothing waits for you.");
    sign(&scene.hub.here, &scene.analyst, &key, PASSWORD).await.unwrap();
    ana.page("/").await.says("Nothing waits for you.");
    sign(&scene.hub.here, &scene.director, &key, PASSWORD).await.unwrap();
    dora.page("/").await.says("Nothing waits for you.");
    let home = ana.page("/").await;
    home.says("Publish the alert: ");
    assert!(home.text.contains(&format!("href=\"/alerts/{}/publish?version={version}\"", key.report_id)));
    nora.page("/").await.says("Publish the alert: ");
    long_ago(&scene, 2).await;
    ana.page("/").await.says("Overdue , was due");
}

#[tokio::test]
async fn silent_offices_are_asked_again_and_rung() {
    let scene = Scene::new().await;
    let key = scene.draft().await;
    scene.publish(&key).await;
    scene.hub.person(&scene.hub.admin.organisation, "Lea", Role::Liaison).await;
    scene.hub.person(&scene.illinois, "Cora", Role::Clerk).await;
    let contact = NewContact {
        duty: Duty::Election,
        name: HOSTILE.to_owned(),
        email: format!("clerk@illinois.example{HOSTILE}"),
        phone: "+1 555 0100".to_owned(),
    };
    let allowed = permit(&scene.hub.admin, Verb::Create, Resource::Contact, scene.illinois.clone()).unwrap();
    add_contact(&scene.hub.here, &allowed, &contact).await.unwrap();
    let mut lea = browser(&scene.hub, "lea").await;
    let (alert, path) = (format!("/alerts/{}", key.report_id), format!("/alerts/{}/silent", key.report_id));
    lea.page("/").await.says("Nothing waits for you.");
    long_ago(&scene, 2).await;
    let home = lea.page("/").await;
    home.says("Ask again who has not answered: ").says("(2 not yet)").says("Overdue");
    assert!(home.text.contains(&format!("href=\"{path}\"")), "{}", home.text);
    let page = lea.page(&alert).await;
    page.says("2 not yet: how to reach them");
    let page = lea.page(&path).await;
    page.says("2 offices have not answered").says("No contact is known.").says("Remind all (2)").says(HOSTILE);
    let letter = page.text.split("href=\"mailto:").nth(1).unwrap().split('"').next().unwrap();
    assert!(letter.starts_with("clerk@illinois.example%3Cscript"), "{letter}");
    assert_eq!((letter.matches('?').count(), letter.matches("&amp;").count()), (1, 1), "{letter}");
    assert!(!letter.contains("Doors"), "nothing of the warning leaves in an e-mail: {letter}");
    assert!(page.text.contains("href=\"tel:%2B1%20555%200100\""), "{}", page.text);

    let remind = format!("{alert}/remind");
    assert_eq!(lea.send(&page, &remind, &[]).await.header("location"), path);
    let after = lea.page(&path).await;
    after.says("Asked again on").says("Lea").says("All of them were asked again within the last day.");
    // The same form once more asks nobody twice.
    assert_eq!(lea.send(&page, &remind, &[]).await.status, 303);
    assert_eq!(lea.page(&path).await.plain().matches("Asked again on").count(), 2);
    lea.page("/").await.says("Nothing waits for you.");
    let mut cora = browser(&scene.hub, "cora").await;
    cora.page("/").await.says("Answer the alert: ").says("The hub asked again on");
    cora.page(&alert).await.says("The hub asked again on").says("It has no answer from your office yet.");
    assert_eq!(cora.get(&path).await.status, 403);

    let call = format!("{alert}/call");
    for (fields, words) in [
        (vec![("note", "Nobody there")], "Say whom you rang."),
        (vec![("office", scene.illinois.id.as_str())], "Say what was said."),
    ] {
        let refused = lea.send(&page, &call, &fields).await;
        assert_eq!(refused.status, 422);
        refused.check();
        refused.says("Error: Not yet answered").says(words);
    }
    let hub = scene.hub.admin.organisation.id.clone();
    let elsewhere = lea.send(&page, &call, &[("office", &hub), ("note", "x")]).await;
    assert_eq!(elsewhere.status, 404, "an office that was not asked");
    let fields = [("office", scene.illinois.id.as_str()), ("note", HOSTILE)];
    assert_eq!(lea.send(&page, &call, &fields).await.status, 303);
    lea.page(&path).await.says("Rang them on").says(&format!(": {HOSTILE}"));
    cora.page(&alert).await.does_not_say("Rang");

    // A day later they may be asked again; who has answered is not.
    let page = cora.page(&alert).await;
    let blind = [("found", "blind"), ("unseen", "We keep no logs.")];
    assert_eq!(cora.send(&page, &format!("{alert}/answer"), &blind).await.status, 303);
    scene.rounds().await;
    let checked = ward_store::verify(&scene.hub.here.store, scene.hub.here.log_key.verifier_key()).await.unwrap();
    assert!(checked.is_err(), "what was moved into the past here is seen by the record");
    long_ago(&scene, 2).await;
    lea.page("/").await.says("(1 not yet)");
    let page = lea.page(&path).await;
    page.says("1 office has not answered").says("Remind all (1)").does_not_say("Illinois");
    cora.page(&alert).await.does_not_say("The hub asked again");
}

#[tokio::test]
async fn only_those_who_chase_see_who_is_silent() {
    let scene = Scene::new().await;
    let key = scene.draft().await;
    scene.publish(&key).await;
    for (name, role) in [("Lea", Role::Liaison), ("Ivan", Role::It), ("Clara", Role::Clerk)] {
        scene.hub.person(&scene.hub.admin.organisation, name, role).await;
    }
    scene.hub.person(&scene.arizona, "Olga", Role::Analyst).await;
    let path = format!("/alerts/{}/silent", key.report_id);
    for (name, status, asks) in [
        ("ana", 200, true),
        ("lea", 200, true),
        ("dora", 200, true),
        ("ivan", 200, false),
        ("clara", 200, false),
        ("ada", 403, false),
        ("olga", 403, false),
    ] {
        let mut browser = browser(&scene.hub, name).await;
        let page = browser.get(&path).await;
        assert_eq!(page.status.as_u16(), status, "{name}");
        page.check();
        assert_eq!(page.text.contains("Remind all"), asks, "{name}");
    }
    let mut ada = browser(&scene.node, "ada").await;
    assert_eq!(ada.get(&path).await.status, 404, "a node chases nobody");
}
