//! What people write: an alert from the first word to its publication, an office's answer by hand, the receipt, and asking again those who are silent.

use std::collections::BTreeSet;

use ward_policy::Role;

use crate::axe::Axe;
use crate::chromium::{Script, Tab, is_installed};
use crate::pages::look;
use crate::scene::Scene;
use crate::setup::PASSWORD;

/// A tab, and what looks at the pages that only come of a form; without script axe does not run.
struct Walk {
    tab: Tab,
    axe: Option<Axe>,
    seen: BTreeSet<String>,
    wrong: Vec<String>,
}

impl Walk {
    async fn look(&mut self, what: &str) {
        if let Some(axe) = &self.axe {
            // A form that is refused is an error to the browser's console.
            let said = self.tab.console().await;
            self.wrong.extend(said.into_iter().filter(|line| !line.contains("a status of 422")));
            look(&self.tab, axe, what, &mut self.seen, &mut self.wrong).await;
            self.tab.widen(1280).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_goes_round_with_script() {
    let Some(axe) = Axe::installed().filter(|_| is_installed()) else { return };
    go_round(Script::On, Some(axe)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_goes_round_without_script() {
    if is_installed() {
        go_round(Script::Off, None).await;
    }
}

async fn go_round(script: Script, axe: Option<Axe>) {
    let scene = Scene::new().await;
    scene.hub.person(&scene.hub.admin.organisation, "Lea", Role::Liaison).await;
    scene.hub.person(&scene.illinois, "Cora", Role::Clerk).await;
    let mut tab = Tab::open(script).await;
    tab.site.clone_from(&scene.hub.url);
    let mut walk = Walk { tab, axe, seen: BTreeSet::new(), wrong: Vec::new() };
    let draft = draft(&mut walk).await;
    let alert = publish(&mut walk, &draft).await;
    answer(&mut walk).await;
    close_receipt(&mut walk).await;
    ask_again(&mut walk, &alert).await;
    assert!(walk.wrong.is_empty(), "{:#?}", walk.wrong);
}

/// Gives the path of the draft.
async fn draft(walk: &mut Walk) -> String {
    walk.tab.sign_in("ana@office.example", "/alerts").await;
    walk.tab.choose("Draft an alert").await;
    for (field, text) in [
        ("headline", "Short"),
        ("who", "Whoever looks after your website"),
        ("step-1", "Call your IT person today."),
        ("why", "One office lost voter data this way."),
        ("indicators", "seen from 203.0.113[.]7\njane@county.example"),
    ] {
        walk.tab.write(field, text).await;
    }
    for (field, day) in [("stops", "2199-12-31"), ("from", "2026-01-01"), ("until", "2199-01-01")] {
        walk.tab.set(field, day).await;
    }
    for (field, choice) in [("confidence", "moderate"), ("tlp", "TLP:GREEN"), ("to", "all")] {
        walk.tab
            .click(&format!("//*[@name='{field}'][@value='{choice}'] | //*[@name='{field}']/option[@value='{choice}']"))
            .await;
    }
    walk.tab.choose("Check what is found").await;
    walk.tab.says("There is a problem").await;
    walk.look("a draft that is refused").await;
    walk.tab.write("headline", "Someone tries the doors of voter websites").await;
    walk.tab.choose("Check what is found").await;
    walk.tab.says("Nothing has been saved yet.").await;
    walk.look("a draft before it is saved").await;
    walk.tab.click("//input[@name='confirm'][contains(@value, '203.0.113.7')]").await;
    walk.tab.choose("Save as draft").await;
    walk.tab.says("0 of 2 people have signed.").await;
    walk.look("a draft").await;
    walk.tab.path().await
}

/// Gives the path of the alert.
async fn publish(walk: &mut Walk, draft: &str) -> String {
    for person in ["ana", "dora"] {
        walk.tab.sign_in(&format!("{person}@office.example"), "/").await;
        walk.tab.go(draft).await;
        walk.tab.choose("Sign this draft").await;
        walk.tab.write("password", "not the password").await;
        walk.tab.choose("Sign with my name").await;
        walk.tab.says("There is a problem").await;
        walk.look("a signature that is refused").await;
        walk.tab.write("password", PASSWORD).await;
        walk.tab.choose("Sign with my name").await;
    }
    walk.tab.says("2 of 2 people have signed.").await;
    walk.tab.sign_in("ana@office.example", "/").await;
    walk.tab.go(draft).await;
    walk.tab.choose("Check and publish").await;
    walk.look("a draft before it is published").await;
    walk.tab.choose("Publish to 2 offices").await;
    walk.tab.says("0 of 2 offices asked have answered.").await;
    walk.tab.path().await
}

async fn answer(walk: &mut Walk) {
    walk.tab.sign_in("cora@office.example", "/").await;
    walk.tab.choose("Answer the alert").await;
    walk.tab.choose("We could not look").await;
    walk.tab.says("There is a problem").await;
    walk.look("an answer that is refused").await;
    walk.tab.write("source-1", "County web log").await;
    walk.tab.write("unseen", "The log is kept for a day only").await;
    walk.tab.choose("We could not look").await;
    walk.tab.says("Receipt 1").await;
    walk.look("an alert that was answered").await;
}

async fn close_receipt(walk: &mut Walk) {
    walk.tab.sign_in("ana@office.example", "/").await;
    walk.tab.choose("Answer the receipt").await;
    walk.tab.write("text", " ").await;
    walk.tab.leave(walk.tab.click("//main//form//button")).await;
    walk.tab.says("Say something to it.").await;
    walk.look("a receipt that is refused").await;
    walk.tab.write("text", "Thank you. We will ring you.").await;
    walk.tab.leave(walk.tab.click("//main//form//button")).await;
    assert_eq!(walk.tab.path().await, "/receipts");
    walk.look("receipts").await;
    walk.tab.sign_in("cora@office.example", "/").await;
    walk.tab.go("/receipts/1").await;
    walk.tab.says("Thank you. We will ring you.").await;
    walk.look("an answered receipt").await;
}

async fn ask_again(walk: &mut Walk, alert: &str) {
    walk.tab.sign_in("lea@office.example", "/").await;
    walk.tab.go(&format!("{alert}/silent")).await;
    walk.tab.says("Arizona").await;
    walk.tab.choose("Remind all (1)").await;
    walk.look("those who were asked again").await;
    walk.tab.choose("Note the call").await;
    walk.tab.says("There is a problem").await;
    walk.look("a call that is refused").await;
}
