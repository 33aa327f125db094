//! Pages that say what went wrong are whole pages too; and axe finds what is wrong when something is.

use std::collections::BTreeSet;

use crate::axe::{Axe, passes, violations};
use crate::chromium::{Script, Tab, is_installed};
use crate::pages::{INERT, WIDER, look, strings};
use crate::scene::WORDS;
use crate::token::token;
use crate::world::{Side, World, account, signed_in};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_that_say_what_went_wrong_are_whole() {
    let Some(axe) = Axe::installed().filter(|_| is_installed()) else { return };
    let world = World::new(&WORDS, str::to_owned).await;
    let mut tab = Tab::open(Script::On).await;
    tab.site.clone_from(&world.scene.node.url);
    let (mut seen, mut wrong) = (BTreeSet::new(), Vec::new());

    tab.go("/sign-in").await;
    tab.click("//main//button").await;
    assert_eq!(tab.run("return document.activeElement.name").await, "email", "an empty form goes nowhere");
    tab.write("email", "ida@office.example").await;
    tab.write("password", "not the password").await;
    tab.choose("Sign in").await;
    tab.says("There is a problem").await;
    assert!(tab.run("return document.title").await.as_str().unwrap().starts_with("Error: "));
    assert_eq!(tab.run("return document.querySelector('[name=email]').value").await, "ida@office.example");
    with_status(&tab, &axe, "a wrong password", &mut seen, &mut wrong).await;

    tab.sign_in(&account(Side::Node, "ana"), "/").await;
    tab.go("/nowhere").await;
    tab.go(&crate::world::absent("/alerts/{report}")).await;
    tab.says("Page not found").await;
    with_status(&tab, &axe, "404", &mut seen, &mut wrong).await;

    let other = signed_in(&world, Side::Node, "ana").await;
    let foreign = token(&world.scene.node, &other, "say");
    send(&tab, &world.address("/alerts/{report}/review"), &foreign).await;
    tab.says("This form is not from a page that is still open here.").await;
    with_status(&tab, &axe, "400", &mut seen, &mut wrong).await;

    // The analyst may look at the match but not say what it was; the token is right.
    let own = own_token(&tab, &world, "say").await;
    send(&tab, &world.address("/alerts/{report}/review"), &own).await;
    tab.says("You may not do this").await;
    with_status(&tab, &axe, "403", &mut seen, &mut wrong).await;

    tab.sign_in(&account(Side::Node, "ida"), "/").await;
    let own = own_token(&tab, &world, "say").await;
    send(&tab, &world.address("/alerts/{report}/review"), &own).await;
    tab.says("Choose what it was.").await;
    with_status(&tab, &axe, "422", &mut seen, &mut wrong).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(seen.len(), 5, "five pages, each another");
}

/// A page whose status is an error: the browser's console says so, and nothing else.
async fn with_status(tab: &Tab, axe: &Axe, what: &str, seen: &mut BTreeSet<String>, wrong: &mut Vec<String>) {
    let said = tab.console().await;
    wrong.extend(said.into_iter().filter(|line| !line.contains("the server responded with a status of")));
    look(tab, axe, what, seen, wrong).await;
}

/// Sends a form with this token alone, as a page would that was made up.
async fn send(tab: &Tab, address: &str, made: &str) {
    let form = format!(
        "const form = document.createElement('form'), field = document.createElement('input');
        form.method = 'post'; form.action = '{address}'; field.name = 'form_token'; field.value = '{made}';
        form.append(field); document.body.append(form); form.submit()"
    );
    tab.go("/").await;
    tab.console().await;
    tab.leave(tab.run(&form)).await;
}

/// The token of a form in the session of the tab.
async fn own_token(tab: &Tab, world: &World, form: &str) -> String {
    let mut like = crate::browser::Browser::new(&tab.site);
    like.cookies = tab.cookies().await;
    token(&world.scene.node, &like, form)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn axe_finds_what_is_wrong() {
    let Some(axe) = Axe::installed().filter(|_| is_installed()) else { return };
    let tab = Tab::open(Script::On).await;
    tab.open_address(
        "data:text/html,<title>x</title><h1>x</h1><img src=x><p style=color:silver>pale</p>\
         <a href=1 style=display:block;width:9px;height:9px>1</a><a href=2 style=display:block;width:9px;height:9px>2</a>",
    )
    .await;
    axe.put_into(&tab).await;
    let found = violations(&tab).await.join("\n");
    for rule in ["html-has-lang", "image-alt", "color-contrast", "target-size", "region"] {
        assert!(found.contains(&format!("{rule} (")), "{rule}: {found}");
    }
    assert!(passes(&tab).await.contains(&"document-title".to_owned()));
}

/// What the other tests rely on: the policy stops script, the console says so, and what a text has made is found.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_text_could_do_would_be_noticed() {
    if !is_installed() {
        return;
    }
    let office = crate::setup::Office::new("Test County", ward_directory::OrganisationKind::County).await;
    let mut tab = Tab::open(Script::On).await;
    tab.site.clone_from(&office.url);
    tab.go("/sign-in").await;
    let policy =
        "return fetch(location.href).then((page) => page.headers.get('content-security-policy')).catch(() => 'none')";
    // The policy lets a page load nothing, itself not excepted.
    assert_eq!(tab.run(policy).await, "none");
    assert!(tab.console().await.concat().contains("Content Security Policy"));
    for (made, found) in [
        ("document.createElement('script')", "element: <script"),
        ("Object.assign(document.createElement('b'), { className: 'hostile' })", "made by a text: <b"),
        ("Object.assign(document.createElement('a'), { href: 'javascript:alert(1)' })", "address: <a"),
        ("document.createTextNode('\u{202e}')", "letters that turn the line"),
    ] {
        tab.go("/sign-in").await;
        assert_eq!(tab.run_with(INERT, "hostile".into()).await, serde_json::json!([]));
        let element = format!(
            "const made = {made}; made.textContent = made.textContent || 'window.ran = true'; document.body.append(made)"
        );
        tab.run(&element).await;
        let said = strings(&tab.run_with(INERT, "hostile".into()).await).join("\n");
        assert!(said.contains(found), "{found}: {said}");
        assert_eq!(tab.run("return window.ran || false").await, false, "the policy lets it run");
    }
    tab.widen(390).await;
    assert_eq!(tab.run(WIDER).await, serde_json::json!([]));
    tab.run("document.querySelector('h1').textContent = 'W'.repeat(200); document.querySelector('h1').className = 'standing'").await;
    assert!(!strings(&tab.run(WIDER).await).is_empty(), "a line that does not break is found");
}
