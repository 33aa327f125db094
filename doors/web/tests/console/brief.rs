//! The brief: today's figures, frozen by who may, with files that hold by themselves.

use serde_json::json;
use ward_brief::{Brief, Document};
use ward_policy::Role;
use ward_store::{sequence, sign_checkpoint};

use crate::browser::{Browser, Page};
use crate::scene::Scene;
use crate::setup::{Office, PASSWORD};

async fn browser(office: &Office, name: &str) -> Browser {
    Browser::signed_in(&office.url, &format!("{name}@office.example"), PASSWORD).await
}

/// Asks for today's figures.
async fn look(browser: &mut Browser, page: &Page) {
    let sent = browser.send(page, "/brief/draft", &[]).await;
    assert_eq!((sent.status.as_u16(), sent.header("location")), (303, "/brief"), "{}", sent.text);
}

#[tokio::test]
async fn a_brief_is_frozen_in_the_browser_and_its_files_hold() {
    let scene = Scene::new().await;
    let mut dora = browser(&scene.hub, "dora").await;
    let page = dora.page("/brief").await;
    page.says("nobody has looked at today's figures").says("None yet.").does_not_say("Freeze this brief");
    look(&mut dora, &page).await;
    dora.page("/brief").await.says("Nobody had been asked by then").says("not known").says("None yet.");
    let key = scene.draft().await;
    scene.publish(&key).await;
    let page = dora.page("/brief").await;
    page.says("Nobody had been asked by then").does_not_say("no answer yet 2 of 2");
    look(&mut dora, &page).await;
    let page = dora.page("/brief").await;
    page.says("not frozen. Computed when Dora asked").says("Freeze this brief");
    page.says("no answer yet 2 of 2").says("Under 80 % reporting").says("TLP:AMBER").does_not_say("Arizona");
    let link = format!("href=\"/situation?alert={}&amp;find=no%20answer%20yet\"", key.report_id);
    assert!(page.text.contains(&link), "{}", page.text);
    assert!(page.text.contains("href=\"/brief\" aria-current=\"page\""));
    let sent = dora.send(&page, "/brief/freeze", &[]).await;
    assert_eq!((sent.status.as_u16(), sent.header("location")), (303, "/brief/1"), "{}", sent.text);
    let here = &scene.hub.here;
    while sequence(&here.store).await.unwrap() > 0 {}
    sign_checkpoint(&here.store, &here.log_key, here.now()).await.unwrap();

    dora.page("/brief/1").await.says("Brief 1, Test Hub").says("Frozen as number 1 by Dora").says("PDF");
    let page = dora.page("/brief").await;
    page.says("Frozen briefs The newest first.")
        .says("The newest frozen brief: number 1")
        .does_not_say("Freeze this brief");
    look(&mut dora, &page).await;
    dora.page("/brief").await.says("not frozen. Computed when Dora asked").says("Freeze this brief");
    for (form, media_type) in [("json", "application/json"), ("html", "text/html; charset=utf-8")] {
        let file = dora.get(&format!("/brief/1.{form}")).await;
        assert_eq!((file.status.as_u16(), file.header("content-type")), (200, media_type));
        assert_eq!(file.header("content-disposition"), format!("attachment; filename=\"brief-1.{form}\""));
        let told = ward_web::brief::verify(file.text.as_bytes(), Some(&here.installation.log_key));
        assert!(told.holds, "{form}: {told:?}");
    }
    dora.get("/brief/1.txt").await.says("Under 80 % reporting");
    let pdf = dora.get("/brief/1.pdf").await;
    assert_eq!((pdf.status.as_u16(), pdf.header("content-type")), (200, "application/pdf"));
    for path in
        ["/brief/2", "/brief/01", "/brief/-1", "/brief/1.exe", "/brief/1.", "/brief/x", "/brief/9999999999999999999"]
    {
        assert_eq!(dora.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn only_the_hubs_people_see_it_and_only_who_publishes_freezes() {
    let scene = Scene::new().await;
    let own = scene.hub.admin.organisation.clone();
    scene.hub.person(&own, "Lia", Role::Liaison).await;
    scene.hub.person(&own, "Ida", Role::It).await;
    scene.hub.person(&scene.arizona, "Dan", Role::Director).await;
    let mut dora = browser(&scene.hub, "dora").await;
    let form: Page = dora.page("/brief").await;
    look(&mut dora, &form).await;
    let form: Page = dora.page("/brief").await;
    let mut lia = browser(&scene.hub, "lia").await;
    let page = lia.page("/brief").await;
    page.says("Nobody had been asked by then")
        .does_not_say("Freeze this brief")
        .does_not_say("Look at today's figures");
    for path in ["/brief/freeze", "/brief/draft"] {
        let foreign = form.hidden(path)[0].1.clone();
        assert_eq!(lia.post(path, &[("form_token", &foreign)]).await.status, 400, "another's token");
    }
    let (looks, freezes) = (form.hidden("/brief/draft")[0].1.clone(), form.hidden("/brief/freeze")[0].1.clone());
    assert_ne!(looks, freezes);
    assert_eq!(dora.post("/brief/freeze", &[("form_token", &looks)]).await.status, 400, "a token for another form");
    for name in ["ida", "dan"] {
        let mut other = browser(&scene.hub, name).await;
        assert!(!other.page("/").await.text.contains("href=\"/brief\""), "{name}");
        for path in ["/brief", "/brief/1", "/brief/1.json"] {
            let status = other.get(path).await.status.as_u16();
            assert_eq!(status, 404, "{name} {path}");
        }
    }
    let mut node = browser(&scene.node, "ada").await;
    assert_eq!(node.get("/brief").await.status, 404, "a node is no hub");
    dora.page("/brief").await.says("None yet.");
}

/// A document that says what others could write into it.
fn hostile() -> Document {
    let evil = "</script><script>alert(1)</script> #panic() & \"'\u{202e}東";
    let answer = |standing: serde_json::Value| json!({"standing": standing, "within": "window", "hours_per_mille": null, "rejected_per_mille": null, "alerts": 1});
    let bundle = json!({
        "hub": evil, "as_of": 1_471_521_600_000_000_i64, "events_from": null, "events_until": null, "has_every_alert": true,
        "jurisdictions_are_states": true, "is_demonstration": true,
        "alerts": [{"report_id": evil, "modified": evil, "published_at": 0, "first_seen_at": null, "is_correction": false, "first_delivered_after_minutes": null, "acknowledged": []}],
        "are_names_withheld": false, "recipients": 0, "recipients_lacking_verified_pair": 0,
        "jurisdictions": [
            {"pseudonym": evil, "released": {"name": evil, "state": "AZ"}, "answers": [answer(json!({"confirmed": "accessed"}))]},
            {"pseudonym": "c", "released": {"name": "Pima County", "state": "AZ"}, "answers": [answer(json!("not-seen"))]},
            {"pseudonym": "d", "released": {"name": "Utah", "state": "UT"}, "answers": [answer(json!("not-seen"))]},
            {"pseudonym": "e", "released": {"name": "Cache County", "state": "UT"}, "answers": [answer(json!("partly-searched"))]},
            {"pseudonym": "b", "answers": [answer(json!("no-answer-yet"))]}
        ],
    });
    Document::new(serde_json::from_value(bundle).unwrap(), None, evil, None)
}

#[test]
fn hostile_names_are_inert_in_every_form() {
    let document = hostile();
    let page = ward_web::brief::html(&document);
    assert_eq!(page.matches("<script").count(), 1, "only the data block: {page}");
    assert!(!page.contains("alert(1)<") && page.contains("Content-Security-Policy"), "{page}");
    for label in [
        "named offices of Arizona (2), the worst: confirmed: accessed",
        "named offices of Utah (2), the worst: partly searched",
        "Ohio: no office is named",
    ] {
        assert!(page.contains(&format!("aria-label=\"{label}\"")), "{label}");
    }
    assert_eq!(page.matches("RECONSTRUCTION, INVENTED LOGS").count(), 3, "above, below and in the data");
    assert!(!page.contains('\u{202e}') && page.contains("[U+202E]"), "no letter turns the line unseen: {page}");
    let told = ward_web::brief::verify(page.as_bytes(), None);
    assert!(told.holds && told.notice.is_some(), "{told:?}");
    let pdf = ward_brief::pdf(&document).unwrap();
    let told = ward_web::brief::verify(&pdf, None);
    assert!(told.holds && told.notice.is_some(), "{told:?}");
    let brief: Brief = document.brief();
    assert!(ward_brief::text(&document).starts_with(brief.notice.as_deref().unwrap()));
}

/// Bytes all over a page, changed one at a time.
#[test]
fn every_byte_of_a_page_counts() {
    let document = hostile();
    let page = ward_web::brief::html(&document).into_bytes();
    for place in (0..page.len()).step_by(97) {
        for new in [b'7', b'z', b' ', 0xff] {
            let mut changed = page.clone();
            if changed[place] != new {
                changed[place] = new;
                let told = ward_web::brief::verify(&changed, None);
                assert!(!told.holds && !told.problems.is_empty(), "byte {place}: {told:?}");
            }
        }
    }
}
