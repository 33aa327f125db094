//! An alert in the browser: drafted, confirmed, changed, signed by two people, published and corrected.

use ward_policy::Role;

use crate::browser::{Browser, Page};
use crate::scene::{Scene, browser};
use crate::setup::PASSWORD;

pub const HOSTILE: &str = "</textarea><script>alert(3)</script>\"'&";

/// Everything that the form needs, and what is typed into it.
pub fn written<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let complete = [
        ("headline", "Someone tries the doors of voter websites"),
        ("who", "Whoever looks after your website"),
        ("step-1", "Call your IT person today."),
        ("step-3", "Tell us what you find."),
        ("confidence", "moderate"),
        ("why", "One office lost voter data this way."),
        ("stops", "2199-12-31"),
        ("tlp", "TLP:GREEN"),
        ("from", "2026-01-01"),
        ("until", "2199-01-01"),
        ("to", "all"),
        ("indicators", "seen from 203.0.113[.]7 and 198.51.100.0/24\njane@county.example\n10.0.0.0/8"),
        ("do", "find"),
    ];
    let kept = complete.into_iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    kept.chain(changes.iter().copied()).collect()
}

/// Confirms what is found and keeps it; gives the draft's address.
pub async fn keep(browser: &mut Browser, check: &Page, action: &str) -> String {
    let fields = [("confirm", "[ipv4-addr:value = '203.0.113.7']"), ("do", "save")];
    let kept = browser.send(check, action, &fields).await;
    assert_eq!(kept.status, 303, "{}", kept.text);
    kept.header("location").to_owned()
}

#[tokio::test]
async fn an_alert_is_drafted_signed_published_and_corrected() {
    let scene = Scene::new().await;
    let mut ana = browser(&scene.hub, "ana").await;
    assert!(ana.page("/alerts").await.text.contains("href=\"/alerts/new\""));
    let form = ana.page("/alerts/new").await;
    form.says("What to do today").says("All members").says("Arizona").says("NOT MARKED");
    let check = ana.send(&form, "/alerts/new", &written(&[])).await;
    assert_eq!(check.status, 200, "{}", check.text);
    check.check();
    check.says("Nothing has been saved yet.").says("2 offices: Arizona, Illinois").says("TLP:GREEN");
    check.says("address 203.0.113.7").says("network 198.51.100.0/24").says("10.0.0.0/8 (line 3)");
    check.says("jane@county.example - an e-mail address or account is about a person");
    // Back to the form with everything that was typed, and on again.
    let back = ana.send(&check, "/alerts/new", &[("do", "change")]).await;
    assert_eq!(back.status, 200);
    for typed in ["value=\"Whoever looks after your website\"", "jane@county.example", "value=\"2199-12-31\""] {
        assert!(back.text.contains(typed), "{typed}: {}", back.text);
    }
    let none = ana.send(&check, "/alerts/new", &[("do", "save")]).await;
    assert_eq!(none.status, 422);
    none.says("There is a problem").says("An alert needs at least one indicator.").says("Confirm what is searched for");
    let draft = keep(&mut ana, &check, "/alerts/new").await;
    let page = ana.page(&draft).await;
    page.says("This is a draft.")
        .says("0 of 2 people have signed.")
        .says("2 offices without a verified election contact");
    page.says("1. Who must act".trim_start_matches("1. ")).says("203.0.113.7").does_not_say("198.51.100.0");

    // Changed before anybody signs; the first version cannot be signed any more.
    let (report, version) = parts(&draft);
    let edit = ana.page(&format!("/alerts/{report}/edit?version={version}")).await;
    assert!(
        edit.text.contains("value=\"Tell us what you find.\"") && edit.text.contains("2199-12-31"),
        "{}",
        edit.text
    );
    let action = format!("/alerts/{report}/edit");
    let check = ana.send(&edit, &action, &written(&[("headline", "Someone tries doors again")])).await;
    let confirmed = "value=\"[ipv4-addr:value = '203.0.113.7']\" checked";
    assert!(check.text.contains(confirmed), "what was confirmed stays so: {}", check.text);
    let second = keep(&mut ana, &check, &action).await;
    ana.page(&draft).await.says("This draft was replaced").does_not_say("Sign this draft");
    let version = parts(&second).1;

    let sign = format!("/alerts/{report}/sign");
    let to_sign = ana.page(&format!("{sign}?version={version}")).await;
    to_sign.says("You sign exactly what stands here.").says("Someone tries doors again").says("203.0.113.7");
    to_sign.says("What is searched for [ipv4-addr").does_not_say("this correction").says("Whom it reaches 2 offices");
    for (password, words) in [("", "Enter your password."), ("wrong", "The password is not right.")] {
        let refused = ana.send(&to_sign, &sign, &[("password", password)]).await;
        assert_eq!(refused.status, 422);
        refused.check();
        refused.says("Error: Sign the draft").says("There is a problem").says(words);
        assert!(refused.text.contains("href=\"#password\"") && !refused.text.contains("value=\"wrong\""));
    }
    let publish = format!("/alerts/{report}/publish");
    ana.page(&format!("{publish}?version={version}")).await.says("It cannot be published yet: 0 of 2");
    let signed = ana.send(&to_sign, &sign, &[("password", PASSWORD)]).await;
    assert_eq!(signed.status, 303, "{}", signed.text);
    ana.page(&second).await.says("1 of 2 people have signed.").says("Ana, Elections").does_not_say("Sign this draft");
    let again = ana.send(&to_sign, &sign, &[("password", PASSWORD)]).await;
    assert_eq!(again.status, 422, "the same person twice");
    let not_yet = ana.page(&format!("{publish}?version={version}")).await;
    not_yet.says("1 of 2 people have signed this version.").does_not_say("Publish to");
    let mut dora = browser(&scene.hub, "dora").await;
    let to_sign = dora.page(&format!("{sign}?version={version}")).await;
    assert_eq!(dora.send(&to_sign, &sign, &[("password", PASSWORD)]).await.status, 303);
    assert_eq!(dora.get(&format!("{publish}?version={version}")).await.status, 403, "a director does not publish");
    let to_publish = ana.page(&format!("{publish}?version={version}")).await;
    to_publish
        .says("Marking TLP:GREEN")
        .says("Asks 2 offices: Arizona, Illinois")
        .says("Without verified contacts 2: Arizona, Illinois");
    let published = ana.send(&to_publish, &publish, &[]).await;
    assert_eq!(published.header("location"), format!("/alerts/{report}"), "{}", published.text);
    ana.page(&format!("/alerts/{report}")).await.says("0 of 2 offices asked have answered.").says("Correct this alert");
    assert_eq!(ana.send(&to_publish, &publish, &[]).await.status, 422, "published already");

    corrected(&mut ana, &mut dora, &report).await;
}

/// The indicator is withdrawn, another one added, and the words say so.
async fn corrected(ana: &mut Browser, dora: &mut Browser, report: &str) {
    let action = format!("/alerts/{report}/correct");
    let form = ana.page(&action).await;
    form.says("A correction cannot change it.").says("Nobody else: those who have it already");
    let indicator = form.text.split("name=\"revoke\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let fields = written(&[("to", "nobody"), ("indicators", "192.0.2.9"), ("revoke", &indicator)]);
    let refused = ana.send(&form, &action, &fields).await;
    assert_eq!(refused.status, 422);
    refused.says("What was wrong, and what is right, is empty.");
    let with_words = [fields.as_slice(), &[("changed", "One address belonged to somebody else.")]].concat();
    let check = ana.send(&form, &action, &with_words).await;
    assert_eq!(check.status, 200, "{}", check.text);
    let confirmed = [("confirm", "[ipv4-addr:value = '192.0.2.9']"), ("do", "save")];
    let kept = ana.send(&check, &action, &confirmed).await;
    assert_eq!(kept.status, 303, "{}", kept.text);
    let draft = kept.header("location").to_owned();
    ana.page(&draft).await.says("CORRECTION").says("203.0.113.7'] (withdrawn)").says("192.0.2.9");
    // Written anew, it takes the place of the first correction.
    let version = parts(&draft).1;
    let edit = ana.page(&format!("{action}?version={version}")).await;
    assert!(edit.text.contains("One address belonged to somebody else."), "{}", edit.text);
    let check = ana.send(&edit, &action, &with_words).await;
    let kept = ana.send(&check, &action, &confirmed).await;
    let second = kept.header("location").to_owned();
    ana.page(&draft).await.says("This draft was replaced");
    let (sign, version) = (format!("/alerts/{report}/sign"), parts(&second).1);
    for browser in [&mut *ana, dora] {
        let page = browser.page(&format!("{sign}?version={version}")).await;
        page.says("Added by this correction [ipv4-addr:value = '192.0.2.9']");
        page.says("Withdrawn by this correction [ipv4-addr:value = '203.0.113.7']");
        page.does_not_say("What is searched for").says("Whom it reaches 2 offices will see it");
        assert_eq!(browser.send(&page, &sign, &[("password", PASSWORD)]).await.status, 303);
    }
    let publish = format!("/alerts/{report}/publish");
    let page = ana.page(&format!("{publish}?version={version}")).await;
    page.says("Searches for 1 thing, 1 of them added by this correction");
    page.says("Withdrawn by this correction 1 thing").says("Withdrawn by this correction [ipv4-addr");
    assert_eq!(ana.send(&page, &publish, &[]).await.status, 303);
    ana.page(&format!("/alerts/{report}")).await.says("One address belonged to somebody else.");
}

/// Report and version, from a draft's address.
pub fn parts(address: &str) -> (String, String) {
    let (path, version) = address.split_once("?version=").unwrap();
    (path.trim_start_matches("/alerts/").to_owned(), version.to_owned())
}

#[tokio::test]
async fn what_is_wrong_is_said_at_the_field_and_what_was_typed_is_kept() {
    let scene = Scene::new().await;
    let mut ana = browser(&scene.hub, "ana").await;
    let form = ana.page("/alerts/new").await;
    for (field, typed, words) in [
        ("headline", "Short", "Headline has 5 characters, not 8 to 120."),
        ("headline", "Look at www.example.com now", "Headline names a link or a host; an alert carries none."),
        ("who", "", "Who must act is empty."),
        ("step-3", "See http://a.example", "Step 3 names a link or a host; an alert carries none."),
        ("confidence", "very", "Say how sure you are."),
        ("why", "", "Why this one is different is empty."),
        ("stops", "tomorrow", "The last day on which it matters must be a day, such as 2018-05-03."),
        ("stops", "2001-01-01", "Is not after the alert was created"),
        ("tlp", "TLP:BLUE", "Say who may read it."),
        ("from", "", "The first day to search must be a day, such as 2018-05-03."),
        ("from", "2199-01-01", "The last day to search is not after the start of the period to be searched."),
        ("seen", "2199-01-01", "The day on which it was first seen has not come yet."),
        ("to", "", "Say who is asked."),
        ("to", "states", "Tick at least one state."),
        ("indicators", "nothing in it", "An alert needs at least one indicator."),
    ] {
        let page = ana.send(&form, "/alerts/new", &written(&[(field, typed)])).await;
        assert_eq!(page.status, 422, "{field} {typed}: {}", page.text);
        page.check();
        let words = words.trim_start_matches("Is ");
        page.says("There is a problem").says("Error: Draft an alert");
        assert_eq!(page.plain().matches(words).count(), 2, "{words}: {}", page.plain());
        assert!(page.text.contains("value=\"Call your IT person today.\""), "what was typed is kept");
    }
    let everywhere = ["headline", "who", "step-1", "why", "stops", "from", "until", "seen", "indicators", "to", "tlp"];
    let hostile: Vec<(&str, &str)> = everywhere.iter().map(|field| (*field, HOSTILE)).collect();
    let page = ana.send(&form, "/alerts/new", &written(&hostile)).await;
    assert_eq!(page.status, 422);
    page.check();
    let text = "Hostile <script>alert(3)</script> \"words\" & 'more'";
    let hostile: Vec<(&str, &str)> = ["headline", "who", "step-1", "why"].iter().map(|field| (*field, text)).collect();
    let indicators = "203.0.113.7 <script>alert(4)</script>\n<script>alert(5)</script>\"'";
    let fields = written(&[hostile.as_slice(), &[("indicators", indicators)]].concat());
    let check = ana.send(&form, "/alerts/new", &fields).await;
    assert_eq!(check.status, 200, "{}", check.text);
    check.check();
    let draft = keep(&mut ana, &check, "/alerts/new").await;
    ana.page(&draft).await.says(text);
}

#[tokio::test]
async fn only_the_hubs_analysts_draft_and_only_its_signers_sign() {
    let scene = Scene::new().await;
    let key = scene.draft().await;
    scene.hub.person(&scene.hub.admin.organisation, "Lea", Role::Liaison).await;
    scene.hub.person(&scene.hub.admin.organisation, "Nora", Role::Analyst).await;
    scene.hub.person(&scene.arizona, "Olga", Role::Analyst).await;
    scene.hub.person(&scene.arizona, "Cleo", Role::Clerk).await;
    scene.hub.person(&scene.arizona, "Dirk", Role::Director).await;
    let version = key.modified.replace(':', "%3A");
    let address = |page: &str| format!("/alerts/{}/{page}?version={version}", key.report_id);
    let pages = ["/alerts/new".to_owned(), address("edit"), address("sign"), address("publish")];
    for (name, seen) in [
        ("ana", [200, 200, 200, 200]),
        ("dora", [403, 403, 200, 403]),
        ("lea", [403, 403, 403, 403]),
        ("ada", [403, 403, 403, 403]),
        ("olga", [403, 403, 403, 403]),
        ("cleo", [403, 403, 403, 403]),
        ("dirk", [403, 403, 403, 403]),
    ] {
        let mut browser = browser(&scene.hub, name).await;
        for (path, expected) in pages.iter().zip(seen) {
            let page = browser.get(path).await;
            assert_eq!(page.status.as_u16(), expected, "{name} {path}");
            page.check();
        }
        let may_draft = seen[0] == 200;
        assert_eq!(browser.page("/alerts").await.text.contains("href=\"/alerts/new\""), may_draft, "{name}");
    }
    // An analyst without a key is told how to get one.
    let mut nora = browser(&scene.hub, "nora").await;
    let page = nora.page(&address("sign")).await;
    let sign = format!("/alerts/{}/sign", key.report_id);
    let refused = nora.send(&page, &sign, &[("password", PASSWORD)]).await;
    assert_eq!(refused.status, 422);
    refused.says("This person has no signing key");
    // Thrown away, it waits for nobody.
    let other = scene.draft().await;
    let path = format!("/alerts/{}/edit?version={}", other.report_id, other.modified.replace(':', "%3A"));
    let discard = format!("/alerts/{}/discard", other.report_id);
    let page = nora.page(&path).await;
    assert_eq!(nora.send(&page, &discard, &[]).await.header("location"), "/alerts");
    assert_eq!(nora.send(&page, &discard, &[]).await.status, 400, "it is no draft any more");
    nora.page(&path.replace("/edit", "")).await.says("This draft was thrown away.").does_not_say("Sign this draft");
    // Whoever has got hold of a session cannot try passwords for ever.
    let mut ana = browser(&scene.hub, "ana").await;
    let page = ana.page(&address("sign")).await;
    for _ in 0..10 {
        ana.send(&page, &sign, &[("password", "wrong")]).await.says("The password is not right.");
    }
    let refused = ana.send(&page, &sign, &[("password", PASSWORD)]).await;
    assert_eq!(refused.status, 422);
    refused.says("Too many wrong passwords: this key is not opened before");
    // On a node there is nothing to draft.
    let mut ada = browser(&scene.node, "ada").await;
    for path in &pages {
        assert_eq!(ada.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn what_is_marked_as_classified_is_refused_in_every_form() {
    let scene = Scene::new().await;
    let mut ana = browser(&scene.hub, "ana").await;
    let form = ana.page("/alerts/new").await;
    for (field, text) in [("why", "(S//NF) palimpsest"), ("step-1", "TOP SECRET//SI//NOFORN\npalimpsest")] {
        let refused = ana.send(&form, "/alerts/new", &written(&[(field, text)])).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        refused.says("What you wrote is marked as classified.").does_not_say("palimpsest");
    }
    // What only sounds like it is no marking.
    let plain = written(&[("why", "The secret ballot, says the Secretary of State.")]);
    assert_eq!(ana.send(&form, "/alerts/new", &plain).await.status, 200);
    let entries = "SELECT COUNT(*) AS n FROM entry WHERE act = 'spill.refused'";
    let entries = scene.hub.here.store.fetch_optional(entries, &[]).await.unwrap().unwrap();
    assert_eq!(entries.get::<i64>("n").unwrap(), 2, "that it happened is on the record");
    assert!(
        scene
            .hub
            .here
            .store
            .fetch("SELECT 1 AS n FROM entry WHERE body LIKE '%palimpsest%'", &[])
            .await
            .unwrap()
            .is_empty()
    );
}
