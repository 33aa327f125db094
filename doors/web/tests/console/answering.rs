//! A person answers for an office without a node, by the same ladder as a machine; the hub answers the receipt.

use ward_policy::Role;

use crate::browser::{Browser, Page};
use crate::scene::{DAY, Scene, browser};

const HOSTILE: &str = "<script>alert(6)</script>\"'&";

/// A published alert, and Arizona's clerk at the hub.
async fn asked() -> (Scene, Browser, String) {
    let scene = Scene::new().await;
    let key = scene.draft().await;
    scene.publish(&key).await;
    scene.hub.person(&scene.arizona, "Cleo", Role::Clerk).await;
    let cleo = browser(&scene.hub, "cleo").await;
    (scene, cleo, format!("/alerts/{}", key.report_id))
}

fn day(micros: i64) -> String {
    let at = jiff::Timestamp::from_microsecond(micros).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
    at.strftime("%Y-%m-%d").to_string()
}

/// A log that holds these days, counted back from today.
fn log(scene: &Scene, from: i64, until: i64) -> Vec<(String, String)> {
    let now = scene.hub.here.now();
    [("source-1", "County web log".to_owned()), ("from-1", day(now - from * DAY)), ("until-1", day(now - until * DAY))]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
}

async fn send(
    browser: &mut Browser,
    page: &Page,
    action: &str,
    log: &[(String, String)],
    more: &[(&str, &str)],
) -> Page {
    let log = log.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let log: Vec<(&str, &str)> = log.filter(|(name, _)| !more.iter().any(|(other, _)| other == name)).collect();
    browser.send(page, action, &[log.as_slice(), more].concat()).await
}

#[tokio::test]
async fn a_clerk_answers_in_two_clicks_and_gets_a_receipt_that_is_answered() {
    let (scene, _, path) = asked().await;
    // Illinois has no node.
    scene.hub.person(&scene.illinois, "Cora", Role::Clerk).await;
    let mut cleo = browser(&scene.hub, "cora").await;
    let action = format!("{path}/answer");
    let home = cleo.page("/").await;
    home.says("Answer the alert: ").says("Due ");
    assert!(home.text.contains(&format!("href=\"{path}#answer\"")), "{}", home.text);
    let page = cleo.page(&path).await;
    page.says("Your office's answer").says("lists 1 thing to search for").says("Your answer goes to Test Hub");
    assert!(page.text.contains("<button disabled hidden>"), "the Enter key answers nothing");
    let whole = log(&scene, 4, 0);
    let sent =
        send(&mut cleo, &page, &action, &whole, &[("searched", "yes"), ("found", "nothing"), ("name", "yes")]).await;
    assert_eq!(sent.header("location"), format!("{path}#answer"), "{}", sent.text);
    let page = cleo.page(&path).await;
    page.says("not seen The logs cover the whole period").says("Receipt 1: the hub promised to look at it by");
    page.says("the election official, the hub knows").says("TLP:AMBER").does_not_say("I have read this alert");
    cleo.page("/").await.does_not_say("Answer the alert");
    cleo.page("/receipts").await.says("1 receipt is open.").says("Illinois").says("promised by");

    let mut ana = browser(&scene.hub, "ana").await;
    ana.page("/situation").await.says("not seen 1 of 2").says("1 of 2 offices asked have answered.");
    ana.page("/").await.says("Answer the receipt: Illinois: not seen Due ");
    ana.page("/receipts").await.says("Illinois").says("not seen");
    let receipt = ana.page("/receipts/1").await;
    receipt.says("Given by Cora, Elections").says("not seen : The logs cover the whole period");
    let empty = ana.send(&receipt, "/receipts/1", &[("text", " ")]).await;
    assert_eq!(empty.status, 422);
    empty.check();
    empty.says("Error: Receipt 1").says("Say something to it.");
    let text = format!("Thank you. {HOSTILE}");
    assert_eq!(ana.send(&receipt, "/receipts/1", &[("text", &text)]).await.status, 303);
    ana.page("/").await.does_not_say("Answer the receipt");
    let twice = ana.send(&receipt, "/receipts/1", &[("text", "Again")]).await;
    assert_eq!(twice.status, 422);
    twice.says("Somebody has answered this receipt meanwhile.");
    cleo.page("/receipts/1").await.says(&text).does_not_say("What do you say to it?");
    cleo.page(&path).await.says(&format!("the hub answered: {text}"));

    // Another member's people see neither the receipt nor who answered, but that Illinois lets its name be seen.
    scene.hub.person(&scene.arizona, "Ivo", Role::Clerk).await;
    let mut ivo = browser(&scene.hub, "ivo").await;
    ivo.page("/receipts").await.says("Your office has no receipt yet.");
    assert_eq!(ivo.get("/receipts/1").await.status, 404);
    let situation = ivo.page("/situation").await;
    assert!(situation.text.contains("aria-label=\"IL not seen, Illinois: not seen\""), "{}", situation.text);
    situation.does_not_say("Cora");

    let checked = ward_store::verify(&scene.hub.here.store, scene.hub.here.log_key.verifier_key()).await;
    scene.rounds().await;
    assert!(checked.is_ok());
    let checked = ward_store::verify(&scene.hub.here.store, scene.hub.here.log_key.verifier_key()).await.unwrap();
    assert!(checked.is_ok(), "{checked:?}");
}

#[tokio::test]
async fn not_seen_needs_a_log_that_could_have_shown_it() {
    let (scene, mut cleo, path) = asked().await;
    let action = format!("{path}/answer");
    let page = cleo.page(&action).await;
    let (whole, short, none) = (log(&scene, 4, 0), log(&scene, 1, 0), Vec::new());
    let all = ("searched", "yes");
    let nothing = ("found", "nothing");
    for (log, more, words) in [
        (&none, vec![all, nothing], "Say which log or system you looked at"),
        (&short, vec![all, nothing], "what was looked at must hold the whole period"),
        (&whole, vec![nothing], "everything that the alert lists must have been searched for"),
        (&whole, vec![all, nothing, ("unseen", "The old server")], "the answer is that you looked in part"),
        (&whole, vec![all, nothing, ("until-1", "yesterday")], "the last day that it holds must be a day"),
        (&whole, vec![all, nothing, ("source-2", "Mail log")], "Log or system 2: the first day that it holds must be"),
        (&short, vec![("found", "part")], "Say what could not be seen, and why."),
        (&none, vec![("found", "part"), ("unseen", "All")], "Say which log or system you looked at"),
        (&none, vec![("found", "blind")], "Say what could not be seen, and why."),
        (&none, vec![("found", "something")], "Say in a few words what you saw."),
        (&none, vec![("found", "something"), ("saw", "x"), ("count", "many")], "must be a whole number"),
        (&none, vec![("found", "something"), ("saw", "x"), ("count", "0")], "Say how often it was seen"),
        (&none, vec![("found", "everything")], "Select one of the four buttons."),
        (&none, Vec::new(), "Select one of the four buttons."),
        (&whole, vec![all, nothing, ("version", "2016-01-01T00:00:00.000Z")], "The alert was corrected meanwhile."),
    ] {
        let refused = send(&mut cleo, &page, &action, log, &more).await;
        assert_eq!(refused.status, 422, "{words}: {}", refused.text);
        refused.check();
        refused.says("Error: Answer the alert").says("There is a problem").says(words);
    }
    let hostile: Vec<(&str, &str)> = ["source-1", "from-1", "until-1", "unseen", "saw", "count"]
        .into_iter()
        .map(|name| (name, HOSTILE))
        .chain([("found", "nothing")])
        .collect();
    let refused = cleo.send(&page, &action, &hostile).await;
    assert_eq!(refused.status, 422);
    refused.check();
    cleo.page(&path).await.says("I have read this alert");
    let mut ana = browser(&scene.hub, "ana").await;
    ana.page("/situation").await.says("0 of 2 offices asked have answered.");

    // Each rung in turn; a later answer takes the place of the one before.
    for (log, more, standing) in [
        (&none, vec![("found", "blind"), ("unseen", HOSTILE)], "blind"),
        (&short, vec![("found", "part"), ("unseen", "The first days are gone.")], "partly searched"),
        (&none, vec![("found", "something"), ("saw", HOSTILE), ("count", "1,200")], "match under review"),
        (&whole, vec![all, nothing, ("saw", "Our own scanner")], "not seen"),
        (&none, vec![("found", "something"), ("saw", "Odd requests at night")], "match under review"),
    ] {
        let page = cleo.page(&path).await;
        let sent = send(&mut cleo, &page, &action, log, &more).await;
        assert_eq!(sent.status, 303, "{standing}: {}", sent.text);
        ana.page("/situation").await.says(&format!("{standing} 1 of 2"));
        cleo.page(&path).await.says(standing);
    }
    let page = cleo.page(&path).await;
    let refused = send(&mut cleo, &page, &action, &whole, &[all, nothing]).await;
    refused.says("to take that back, say what it was");
    ana.page("/receipts/4").await.says("reviewed and found to be a false alarm: Our own scanner");
    ana.page("/receipts/3").await.says(&format!("1,200: {HOSTILE}")).says("sent a newer answer since");
}

#[tokio::test]
async fn what_the_offices_own_node_matched_is_not_taken_back_by_hand() {
    let (scene, mut cleo, path) = asked().await;
    scene.read_logs().await;
    scene.rounds().await;
    scene.node.person(&scene.node.admin.organisation, "Ida", Role::It).await;
    let mut ida = browser(&scene.node, "ida").await;
    let held = ida.page("/answers").await;
    let address = held.text.split("href=\"/answers/").nth(1).unwrap().split('"').next().unwrap();
    let address = format!("/answers/{address}");
    let answer = ida.page(&address).await;
    assert_eq!(ida.send(&answer, &format!("{address}/release"), &[]).await.status, 303);
    scene.rounds().await;
    let action = format!("{path}/answer");
    let page = cleo.page(&path).await;
    page.says("match under review").says("Your office's own Ward answers by itself.");
    let whole = log(&scene, 4, 0);
    let refused = send(&mut cleo, &page, &action, &whole, &[("searched", "yes"), ("found", "nothing")]).await;
    assert_eq!(refused.status, 422);
    refused.says("Another answer for this office says that something matched");
    let blind = [("found", "blind"), ("unseen", "Everything")];
    assert_eq!(cleo.send(&page, &action, &blind).await.status, 422);
    let mut ana = browser(&scene.hub, "ana").await;
    ana.page("/situation").await.says("match under review 1 of 2");
}

#[tokio::test]
async fn only_those_who_answer_for_a_member_answer_by_hand() {
    let (scene, _, path) = asked().await;
    scene.hub.person(&scene.arizona, "Ida", Role::It).await;
    scene.hub.person(&scene.arizona, "Dirk", Role::Director).await;
    scene.hub.person(&scene.arizona, "Olga", Role::Analyst).await;
    scene.hub.person(&scene.arizona, "Adam", Role::Administrator).await;
    let action = format!("{path}/answer");
    for (name, page, receipts) in [
        ("ida", 200, 200),
        ("dirk", 200, 200),
        ("olga", 403, 200),
        ("adam", 403, 403),
        ("ana", 403, 200),
        ("dora", 403, 200),
        ("ada", 403, 403),
    ] {
        let mut browser = browser(&scene.hub, name).await;
        let got = browser.get(&action).await;
        assert_eq!(got.status.as_u16(), page, "{name}");
        assert_eq!(browser.get("/receipts").await.status.as_u16(), receipts, "{name}");
        let alert = browser.page(&path).await;
        assert_eq!(alert.text.contains(&format!("action=\"{action}\"")), page == 200, "{name}");
        let home = browser.page("/").await;
        assert_eq!(home.text.contains("<a href=\"/receipts\""), receipts == 200, "{name}");
    }
    // Not to an alert that their office may not see, nor to a draft.
    let draft = scene.draft().await;
    let mut ida = browser(&scene.hub, "ida").await;
    assert_eq!(ida.get(&format!("/alerts/{}/answer", draft.report_id)).await.status, 404);
}

#[tokio::test]
async fn on_a_node_somebody_answers_for_an_office_that_has_none() {
    let (scene, _, path) = asked().await;
    scene.node.person(&scene.node.admin.organisation, "Ida", Role::It).await;
    scene.rounds().await;
    let mut ida = browser(&scene.node, "ida").await;
    let action = format!("{path}/answer-for");
    assert!(ida.page(&path).await.text.contains(&format!("href=\"{action}\"")));
    let page = ida.page(&action).await;
    page.says("Office that you answer for").says("Your answer goes to Test Hub");
    let blind = [("found", "blind"), ("unseen", "They keep no logs.")];
    let refused = ida.send(&page, &action, &blind).await;
    assert_eq!(refused.status, 422);
    refused.says("Say which office you answer for.").says("Give its identity at the hub.").says("Say how you know.");
    let identity = scene.illinois.identity_id.as_str();
    let who = [("office", HOSTILE), ("identity", identity), ("reason", "They rang us.")];
    let wrong = ida.send(&page, &action, &[&[("identity", "Illinois")], blind.as_slice(), &who].concat()).await;
    let own = scene.arizona.identity_id.as_str();
    let own = [("office", "Us"), ("identity", own), ("reason", "We know.")];
    let own = ida.send(&page, &action, &[blind.as_slice(), &own].concat()).await;
    assert_eq!((wrong.status.as_u16(), own.status.as_u16()), (422, 422), "{}", wrong.text);
    wrong.says("is not the id of a");
    own.says("This jurisdiction answers for itself by its look-back");
    let kept = ida.send(&page, &action, &[blind.as_slice(), &who].concat()).await;
    assert_eq!(kept.status, 303, "{}", kept.text);
    ida.page(&path).await.says("blind");
    let mut ada = browser(&scene.node, "ada").await;
    assert_eq!(ada.get(&action).await.status, 404, "an administrator sees no answers");
    let mut ana = browser(&scene.hub, "ana").await;
    assert_eq!(ana.get(&action).await.status, 404, "a hub is no node");
}
