//! The loop in the browser: what waits, the review of a match, the word about it, and the answer let go; and the node's own pages.

use ward_policy::Role;

use crate::browser::Browser;
use crate::scene::{HEADLINE, Scene, browser};

/// A node with a match that waits for Ida of IT.
async fn with_match() -> (Scene, String) {
    let scene = Scene::new().await;
    scene.node.person(&scene.node.admin.organisation, "Ida", Role::It).await;
    scene.node.person(&scene.node.admin.organisation, "Cleo", Role::Clerk).await;
    scene.node.person(&scene.node.admin.organisation, "Lea", Role::Liaison).await;
    scene.read_logs().await;
    let key = scene.draft().await;
    scene.publish(&key).await;
    scene.rounds().await;
    (scene, key.report_id)
}

#[tokio::test]
async fn a_match_is_reviewed_confirmed_and_released() {
    let (scene, report) = with_match().await;
    let mut ida = browser(&scene.node, "ida").await;
    let home = ida.page("/").await;
    home.says("3 things wait for you.").says("TLP:GREEN").says("Test Hub: last asked");
    for verb in ["Say what the match was", "Release the answer", "Read the alert"] {
        home.says(&format!("{verb}: {HEADLINE} Due "));
    }
    let (review, word) = (format!("/alerts/{report}/review"), format!("/alerts/{report}/word"));
    let page = ida.page(&review).await;
    page.says("The first 1 of 1").says("GET /voters ?id").says("sql-like").says("TLP:AMBER").does_not_say("1=1");
    let reason = "I read <script>alert(2)</script> & the line";
    let unclear = ida.send(&page, &review, &[("reason", reason)]).await;
    assert_eq!(unclear.status, 422);
    unclear.says("Choose what it was.");
    let check = ida.send(&page, &review, &[("what", "attempted"), ("reason", reason)]).await;
    assert_eq!(check.status, 200);
    check.check();
    check.says("Nothing has been done yet.").says("It was attempted").says(reason);
    ida.page(&format!("/alerts/{report}")).await.says("match under review");

    let done = ida.send(&check, &word, &[]).await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, format!("/alerts/{report}#own").as_str()));
    ida.page(&format!("/alerts/{report}")).await.says("confirmed: attempted").says("0 answers, no log line.");
    let held = ida.page("/answers").await;
    held.says("confirmed").says("a person releases answers here");
    let address = held.text.split("href=\"/answers/").nth(1).unwrap().split('"').next().unwrap();
    let address = format!("/answers/{address}");
    let answer = ida.page(&address).await;
    answer.says("Release this answer to Test Hub").says("ext").does_not_say("polling-places").does_not_say("sql-like");
    let action = format!("{address}/release");
    let old = ida.send(&answer, &action, &[("version", "2018-01-01T00:00:00.000Z")]).await;
    assert_eq!(old.status, 422, "another version than the one looked at");
    assert_eq!(ida.send(&answer, &action, &[]).await.status, 303);
    assert_eq!(ida.get(&address).await.status, 404);
    scene.rounds().await;
    ida.page(&format!("/alerts/{report}")).await.says("1 answer, no log line.").says("Ida, Elections");
    ida.page("/").await.says("1 thing waits for you.").says("Read the alert");

    let name = format!("/alerts/{report}/name");
    ida.page(&format!("/alerts/{report}")).await.says("Only the hub sees whose answer it is.");
    let page = ida.page(&name).await;
    assert_eq!(ida.send(&page, &name, &[("leaves", "yes")]).await.status, 303);
    let alert = format!("/alerts/{report}");
    ida.page(&alert).await.says("Ida, Elections released the name: the answer that says so is on its way to the hub.");
    scene.rounds().await;
    ida.page(&alert).await.says("Ida, Elections let them.");
    // Taken back it leaves at once, and until the hub has it the page says that the name still stands there.
    let page = ida.page(&name).await;
    page.says("Your answer says now: confirmed: attempted .").says("Take our name back").does_not_say("see our name");
    assert_eq!(ida.send(&page, &name, &[]).await.status, 303);
    ida.page(&alert).await.says("Other members still see this office's name").says("is on its way to the hub");
    scene.rounds().await;
    ida.page(&alert).await.says("Only the hub sees whose answer it is.").does_not_say("still see");
    // Released again, it does not go with what is worse: the page on which that is said tells it, and so does home.
    let page = ida.page(&name).await;
    assert_eq!(ida.send(&page, &name, &[("leaves", "yes")]).await.status, 303);
    let (review, word) = (format!("{alert}/review"), format!("{alert}/word"));
    let page = ida.page(&review).await;
    let worse = [("what", "accessed"), ("count", "3"), ("definition", "accounts used"), ("leaves", "yes")];
    let check = ida.send(&page, &review, &worse).await;
    check.says(
        "Your office's name does not go with this: it was released when the answer said \"confirmed: attempted\".",
    );
    assert_eq!(ida.send(&check, &word, &[]).await.status, 303);
    scene.rounds().await;
    ida.page("/").await.says("Release the name again?");
    ida.page(&alert).await.says("Only the hub sees whose answer it is.").says("It says more now");
    let page = ida.page(&name).await;
    page.says("Let other members see our name with this too").says("Take our name back");
    assert_eq!(ida.send(&page, &name, &[("beside", "x")]).await.status, 422);
    // Back to what the rest of this test is about.
    let page = ida.page(&review).await;
    let check = ida.send(&page, &review, &[("what", "attempted"), ("leaves", "yes")]).await;
    assert_eq!(ida.send(&check, &word, &[]).await.status, 303);
    scene.rounds().await;
    ida.page(&alert).await.says("Ida, Elections let them.");
    ida.page("/").await.does_not_say("Release the name again?");

    let mut ana = browser(&scene.hub, "ana").await;
    ana.page(&format!("/alerts/{report}")).await.says("1 of 2 offices asked have answered.").says("TLP:AMBER");
    let situation = ana.page("/situation").await;
    situation.says("confirmed: attempted 1 of 2").says("no answer yet 1 of 2");
    assert!(situation.text.contains("aria-label=\"AZ attempted, Arizona: confirmed: attempted\""));
}

#[tokio::test]
async fn a_false_alarm_needs_a_reason() {
    let (scene, report) = with_match().await;
    let mut cleo = browser(&scene.node, "cleo").await;
    let (review, word) = (format!("/alerts/{report}/review"), format!("/alerts/{report}/word"));
    for (reason, expected) in [("", 422), ("Our own test of the website", 303)] {
        let page = cleo.page(&review).await;
        let check = cleo.send(&page, &review, &[("what", "false-alarm"), ("reason", reason)]).await;
        assert_eq!(cleo.send(&check, &word, &[]).await.status.as_u16(), expected, "{reason}");
    }
    cleo.page(&format!("/alerts/{report}")).await.says("were dismissed by a person as a false alarm");
}

#[tokio::test]
async fn each_role_gets_its_own_pages_and_no_others() {
    let (scene, report) = with_match().await;
    let pages = ["/alerts", "/answers", "/sources", "/record", &format!("/alerts/{report}/review")];
    for (name, seen) in [
        ("ida", [true, true, true, true, true]),
        ("cleo", [true, true, true, true, true]),
        ("ada", [true, false, true, true, false]),
        ("lea", [true, true, false, true, false]),
    ] {
        let mut browser = browser(&scene.node, name).await;
        let home = browser.page("/").await;
        for (path, is_seen) in pages.into_iter().zip(seen) {
            let page = browser.get(path).await;
            assert_eq!(page.status.as_u16(), if is_seen { 200 } else { 404 }, "{name} {path}");
            page.check();
            let in_menu = home.text.contains(&format!("<a href=\"{path}\""));
            assert!(in_menu == is_seen || path.ends_with("review"), "{name} {path}");
        }
    }
    for path in pages {
        assert_eq!(Browser::new(&scene.node.url).get(path).await.status, 303, "{path} without a session");
    }
    // What a role may look at but not do.
    let mut lea = browser(&scene.node, "lea").await;
    let held = lea.page("/answers").await;
    let address = held.text.split("href=\"/answers/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    lea.page(&format!("/answers/{address}")).await.does_not_say("Release this answer");
}

#[tokio::test]
async fn sources_and_the_record_say_what_is_there() {
    let (scene, _) = with_match().await;
    let mut ida = browser(&scene.node, "ida").await;
    ida.page("/sources").await.says("web <i>log</i>").says("Lines read 433, of which 0 not understood");
    std::fs::remove_dir_all(scene.node.here.folder.join("web")).unwrap();
    ward_watch::reading::read_sources(&scene.node.here).await.unwrap();
    ida.page("/sources").await.says("until this is mended");
    ida.page("/").await.says("Make the source readable: web <i>log</i> As soon as you can");
    let record = ida.page("/record").await;
    record.says("signed up to entry").says("ward log verify").says(&scene.node.here.installation.log_key);
}
