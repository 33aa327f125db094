//! Clearances in the browser: two people raise one, who left is debriefed, and lists are given out for a reason.

use ward_policy::Role;
use ward_stix::timestamp::format_stix;

use crate::browser::{Browser, Page};
use crate::scene::{Scene, browser};

async fn post(browser: &mut Browser, page: &str, action: &str, fields: &[(&str, &str)]) -> Page {
    let page = browser.page(page).await;
    browser.send(&page, action, fields).await
}

#[tokio::test]
async fn two_people_raise_a_clearance_and_who_leaves_is_debriefed() {
    let scene = Scene::new().await;
    let own = scene.hub.admin.organisation.clone();
    scene.hub.person(&own, "Lea", Role::Liaison).await;
    let of = scene.hub.person(&scene.arizona, "Dan", Role::Director).await;
    scene.hub.person(&scene.illinois, "Ira", Role::Director).await;
    let mut lea = browser(&scene.hub, "lea").await;
    let mut dora = browser(&scene.hub, "dora").await;
    let path = format!("/clearances/people/{}", of.actor);
    let today = format_stix(scene.hub.here.now())[..10].to_owned();
    assert_eq!(lea.get("/clearances?email=dan%40office.example").await.header("location"), path);
    assert_eq!(lea.get("/clearances?email=nobody%40office.example").await.status, 422);
    let page = lea.page("/clearances").await;
    page.says("It never grants one.").says("2 states have nobody.").says("Nobody waits.");
    // A record is begun; what is not kept is refused and what was typed stays.
    let begin = [("do", "open"), ("open_level", "secret"), ("open_kind", "final"), ("open_stage", "nominated")];
    let begin = [&begin[..], &[("open_on", "2018-01-02")]].concat();
    let refused = post(&mut lea, &path, &path, &[&begin[..], &[("open_sponsor", "SSN 123-45-6789")]].concat()).await;
    assert_eq!(refused.status, 422);
    refused.says("looks like a social security number");
    let begun = post(&mut lea, &path, &path, &[&begin[..], &[("open_sponsor", "DHS")]].concat()).await;
    assert_eq!(begun.status, 303, "{}", begun.plain());
    lea.page("/clearances").await.says("1 of 3 used").says("Dan").does_not_say("SECRET");
    let page = lea.page(&path).await;
    let record = page.text.split("name=\"record\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    // Granted: first without the sponsor's word, then with it, then by somebody else.
    let grant = [
        ("do", "change"),
        ("record", &record),
        ("stage", "granted"),
        ("stage_on", "2018-02-01"),
        ("nda_on", "2018-02-02"),
    ];
    post(&mut lea, &path, &path, &grant).await.says("who at the sponsor confirmed it");
    let word = [
        ("sponsor_person", "S. Ponsor"),
        ("sponsor_on", today.as_str()),
        ("sponsor_way", "letter"),
        ("sponsor_reference", "note 12"),
    ];
    let proposed = post(&mut lea, &path, &path, &[&grant[..], &word[..]].concat()).await;
    assert_eq!(proposed.status, 303, "{}", proposed.plain());
    let page = lea.page(&path).await;
    page.says("Waits for a second person:").says("proposed by Lea").says("Cleared now to: UNCLASSIFIED");
    assert!(!page.text.contains("value=\"confirm\""), "who proposed does not confirm");
    lea.page("/").await.does_not_say("Confirm a clearance");
    dora.page("/").await.says("Confirm a clearance: Dan");
    let page = dora.page(&path).await;
    let proposal = page.text.split("name=\"proposal\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let confirm = [("do", "confirm"), ("proposal", proposal.as_str())];
    post(&mut lea, &path, &path, &confirm).await.says("a second person does");
    assert_eq!(dora.send(&page, &path, &confirm).await.status, 303);
    dora.page(&path).await.says("Cleared now to: SECRET");
    // They see it, another member does not.
    let mut dan = browser(&scene.hub, "dan").await;
    let page = dan.page("/clearances/own").await;
    page.says("Cleared now to: SECRET").does_not_say("Change a record");
    let mut ira = browser(&scene.hub, "ira").await;
    assert_eq!(ira.get(&path).await.status, 404);
    assert_eq!(ira.get("/clearances?email=dan%40office.example").await.status, 422);
    ira.page("/clearances").await.does_not_say("Dan").does_not_say("Seats");
    // A briefing, and the roster.
    let details = [
        ("do", "details"),
        ("topics", "Probing of rolls"),
        ("room", "Fusion center"),
        ("travel_minutes", "45"),
        ("secure_contact", "none"),
    ];
    assert_eq!(post(&mut lea, &path, &path, &details).await.status, 303);
    let asked = [("level", "secret"), ("topic", "probing of rolls"), ("within", "60")];
    let briefing = "/clearances/briefing";
    post(&mut lea, briefing, briefing, &asked).await.says("Say why you ask.").does_not_say("Dan");
    let reason = [("reason", "A briefing on Friday")];
    let page = post(&mut lea, briefing, briefing, &[&asked[..], &reason[..]].concat()).await;
    page.says("1 person can be briefed today").says("Dan").says("45");
    let top = [("level", "top-secret"), ("topic", "probing of rolls"), reason[0]];
    post(&mut lea, briefing, briefing, &top)
        .await
        .says("0 people can be briefed today")
        .says("is not cleared to this level");
    let file = post(&mut lea, "/clearances", "/clearances/roster.csv", &reason).await;
    assert!(
        file.header("content-disposition").contains("roster.csv") && file.text.contains("\"Dan\""),
        "{}",
        file.text
    );
    // They leave.
    assert_eq!(post(&mut lea, &path, &path, &[("do", "leave"), ("left_on", today.as_str())]).await.status, 303);
    dan.page("/clearances/own").await.says("Cleared now to: UNCLASSIFIED").says("Not debriefed yet.");
    dora.page("/").await.says("Debrief: Dan");
    let debriefed = [("do", "change"), ("record", &record), ("stage", "debriefed"), ("stage_on", &today)];
    assert_eq!(post(&mut dora, &path, &path, &debriefed).await.status, 303);
    dora.page("/").await.does_not_say("Debrief: Dan");
}

#[tokio::test]
async fn a_handling_banner_is_no_spill_but_said() {
    let scene = Scene::new().await;
    let mut ana = browser(&scene.hub, "ana").await;
    let form = ana.page("/alerts/new").await;
    form.does_not_say("What you wrote is marked");
    let written = [("do", "find"), ("why", "LAW ENFORCEMENT SENSITIVE\n(CUI) Two addresses")];
    let page = ana.send(&form, "/alerts/new", &written).await;
    page.says("What you wrote is marked CUI, LES .");
}
