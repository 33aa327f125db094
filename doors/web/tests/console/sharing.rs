//! What cannot be seen or passed on as it is, without script: asked for, decided on by two people, fetched by machines, and called back.

use ward_directory::{Organisation, Scope, Who, issue_token, permit};
use ward_policy::{Resource, Role, Verb};
use ward_share::{collections, intake};
use ward_stix::marking::Tlp;
use ward_stix::object::Object;
use ward_store::sequence;

use crate::browser::{Browser, Page, client, encoded};
use crate::scene::{Scene, browser};
use crate::setup::Office;

/// What is after a mark in a page, up to a quotation mark.
fn after(page: &Page, mark: &str) -> String {
    let rest = page.text.split(mark).nth(1).unwrap_or_else(|| panic!("no `{mark}`: {}", page.plain()));
    rest.split('"').next().unwrap().to_owned()
}

async fn settle(hub: &Office) {
    while sequence(&hub.here.store).await.unwrap() > 0 {}
}

/// Everything that an organisation's machines are given of the threat information.
async fn fetched(hub: &Office, of: &Organisation) -> String {
    settle(hub).await;
    let allowed = permit(&hub.admin, Verb::Create, Resource::Token, of.clone()).unwrap();
    let token = issue_token(&hub.here, &allowed, &[Scope::Read], 1).await.unwrap();
    let address = format!("{}/share/collections/threat-information/objects/", hub.url);
    let asked = client().get(address).bearer_auth(token).header("accept", "application/taxii+json;version=2.1");
    let answer = asked.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap()
}

/// Drafts on the page of a request; one of the hub approves, then another.
async fn release(ana: &mut Browser, dora: &mut Browser, path: &str, choice: &str) -> String {
    let page = ana.page(path).await;
    let sent = ana.send(&page, path, &[("what", "draft"), ("choice", choice)]).await;
    assert_eq!(sent.status, 303, "{}", sent.plain());
    let mut shown = None;
    for (browser, says) in [(ana, "1 of 2 approvals"), (dora, "Released as")] {
        let page = browser.page(path).await;
        page.says("What is left out").says("The version that can be passed on");
        let draft = after(&page, "name=\"draft\" value=\"");
        let sent = browser.send(&page, path, &[("what", "approve"), ("draft", draft.as_str())]).await;
        assert_eq!(sent.status, 303, "{}", sent.plain());
        let page = browser.page(path).await;
        page.says(says);
        shown = page.text.split("Released as <code>").nth(1).and_then(|rest| rest.split('<').next()).map(str::to_owned);
    }
    shown.expect("the released id")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_clerk_asks_to_pass_on_is_released_by_two_people() {
    let scene = Scene::new().await;
    let hub = &scene.hub;
    hub.person(&scene.illinois, "Ira", Role::Clerk).await;
    let key = scene.draft_for(Tlp::Amber, &[&scene.illinois]).await;
    scene.publish(&key).await;
    settle(hub).await;
    let alert = format!("/alerts/{}", key.report_id);
    let [mut ira, mut ana, mut dora] =
        [browser(hub, "ira").await, browser(hub, "ana").await, browser(hub, "dora").await];
    // One click on the page of the alert, which leads back there.
    let page = ira.page(&alert).await;
    let asked = ira.send(&page, "/tear-lines", &[]).await;
    assert_eq!((asked.status.as_u16(), asked.header("location")), (303, format!("{alert}#pass-on").as_str()));
    let page = ira.page(&alert).await;
    page.says("waiting since today").does_not_say("Ask for a version that can be passed on");
    let path = format!("/tear-lines/{}", after(&page, "href=\"/tear-lines/"));
    ira.page(&path).await.says("Waiting since today").does_not_say("Draft it").does_not_say("Approve");
    ana.page("/").await.says("Draft a version that can be passed on");
    // The indicator of the alert comes first, or nobody could see what the new report is about.
    let view = ward_share::alert::read(&hub.here, &scene.analyst, &key.report_id, None).await.unwrap();
    let page = ana.page("/tear-lines").await;
    let asked = ana.send(&page, "/tear-lines", &[("object", view.indicators[0].0.as_str())]).await;
    assert_eq!(asked.status, 303, "{}", asked.plain());
    let of_indicator = asked.header("location").to_owned();
    let indicator = release(&mut ana, &mut dora, &of_indicator, "{\"tlp\": \"green\"}").await;
    settle(hub).await;
    let report = release(
        &mut ana,
        &mut dora,
        &path,
        "{\"tlp\": \"green\", \"replace\": {\"name\": \"Block it\", \"description\": \"Block it today.\"}}",
    )
    .await;
    // Whoever sees the restricted one finds the other, and the other office's machines are given it.
    ira.page(&alert).await.says(&report).says("There is a version that can be passed on");
    ira.page("/tear-lines").await.says(&report);
    let text = fetched(hub, &scene.arizona).await;
    assert!(text.contains(&report) && text.contains(&indicator), "{text}");
    assert!(!text.contains(&key.report_id) && !text.contains(&view.indicators[0].0), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_granted_is_seen_written_down_and_called_back() {
    let scene = Scene::new().await;
    let hub = &scene.hub;
    hub.person(&scene.illinois, "Ira", Role::Clerk).await;
    let id = "indicator--00000000-0000-4000-8000-000000000777";
    let text = format!(
        r#"{{"type":"indicator","spec_version":"2.1","id":"{id}","created":"2018-01-01T00:00:00.000Z",
        "modified":"2018-01-01T00:00:00.000Z","valid_from":"2018-01-01T00:00:00Z","pattern_type":"stix",
        "pattern":"[ipv4-addr:value = '203.0.113.77']","object_marking_refs":["{}"]}}"#,
        Tlp::Red.official_id()
    );
    let writing = Who { scopes: vec![Scope::Read, Scope::Write], ..scene.analyst.clone() };
    let into = collections::find(&hub.here, &writing, "threat-information").await.unwrap();
    let taken = intake::add(&hub.here, &writing, &into, vec![Object::parse(text.as_bytes())], None).await.unwrap();
    assert_eq!(taken.failure_count, 0);
    assert!(!fetched(hub, &scene.illinois).await.contains(id), "red is for nobody else");
    let [mut ira, mut ana, mut dora] =
        [browser(hub, "ira").await, browser(hub, "ana").await, browser(hub, "dora").await];
    // Asked with a reason, and with nothing lost when it is missing.
    let page = ira.page("/requests/new").await;
    let what = [("objects", id), ("days", "30")];
    let refused = ira.send(&page, "/requests/new", &what).await;
    assert_eq!(refused.status, 422);
    refused.says("Say what you need it for.").says(id);
    let asked =
        ira.send(&refused, "/requests/new", &[&what[..], &[("purpose", "The same was seen here")]].concat()).await;
    assert_eq!((asked.status.as_u16(), asked.header("location")), (303, "/requests"), "{}", asked.plain());
    ira.page("/requests").await.says("open, 0 of 2 approved").does_not_say("Approve the request");
    // Two people of the hub.
    let page = ana.page("/").await;
    let request = after(&page, "href=\"/requests/").split('/').next().unwrap().to_owned();
    let path = format!("/requests/{request}/approve");
    for browser in [&mut ana, &mut dora] {
        let page = browser.page(&path).await;
        page.says("Of what is asked for you see 1 of 1 object");
        assert_eq!(browser.send(&page, &path, &[]).await.status, 303);
    }
    ira.page("/requests").await.says("granted").says("Approved by Ana, Dora");
    // Seen, and written down with the grant.
    assert!(fetched(hub, &scene.illinois).await.contains(id));
    ira.page("/ledger").await.says(id).says(", by a grant");
    let of = format!("/ledger?of={}", encoded("Illinois"));
    ana.page(&of).await.says(id).says(", by a grant");
    // Ended, called back, and confirmed.
    let path = format!("/requests/{request}/end");
    let page = dora.page(&path).await;
    assert_eq!(dora.send(&page, &path, &[]).await.status, 303);
    assert!(!fetched(hub, &scene.illinois).await.contains(&format!("\"id\":\"{id}\"")));
    dora.page("/recalls").await.says("1 office has not confirmed yet").says("Illinois").says(id);
    let page = ira.page("/").await;
    let path = format!("/recalls/{}", after(&page, "href=\"/recalls/"));
    let page = ira.page(&path).await;
    page.says(id).says("We have deleted it");
    assert_eq!(ira.send(&page, &path, &[]).await.header("location"), "/recalls");
    ira.page("/recalls").await.says("0 recalls wait for you").says("Yes, said Ira");
    dora.page(&path).await.says("Who has what").says("Yes, said Ira").does_not_say("We have deleted it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_two_offices_have_stands_for_neither() {
    let scene = Scene::new().await;
    let hub = &scene.hub;
    let [montana, maine] = [hub.member("Washington", "MT").await, hub.member("Washington", "ME").await];
    let mut ana = browser(hub, "ana").await;
    for path in ["/ledger?of=Washington", "/explain?as=Washington&object=indicator--1"] {
        let page = ana.get(path).await;
        assert_eq!(page.status, 422, "{path}");
        page.says("More than one organisation here has this name. Give its id.");
    }
    for office in [&montana, &maine] {
        ana.page(&format!("/ledger?of={}", office.id)).await;
    }
    let page = ana.get("/ledger?of=Nobody").await;
    assert_eq!(page.status, 422);
    page.says("Nobody here has this name.");
}
