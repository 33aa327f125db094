//! The loop as people do it: the alert read at home, the match reviewed, the word checked and confirmed, the answer let go, the hub knowing.
//! Once with script switched on, which no page has, and once with it switched off.

use ward_directory::role_name;

use crate::chromium::{Script, Tab, is_installed};
use crate::scene::WORDS;
use crate::table::{ROWS, Row};
use crate::world::{PEOPLE, SIDES, Side, World, account};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_loop_goes_round_with_script() {
    go_round(Script::On).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_loop_goes_round_without_script() {
    go_round(Script::Off).await;
}

async fn go_round(script: Script) {
    if !is_installed() {
        return;
    }
    let world = World::new(&WORDS, str::to_owned).await;
    let mut tab = Tab::open(script).await;
    has_script(&tab, script).await;
    everybody_gets_in(&mut tab, &world).await;

    // Arizona's clerk reads it at the hub: two clicks from home.
    tab.site.clone_from(&world.scene.hub.url);
    tab.sign_in(&account(Side::Member, "cleo"), "/").await;
    tab.choose("Read the alert").await;
    tab.says("What to do today").await;
    tab.choose("I have read this alert").await;
    tab.says("the election official, the hub knows").await;

    review_and_release(&mut tab, &world).await;
    world.scene.rounds().await;

    tab.site.clone_from(&world.scene.hub.url);
    tab.sign_in(&account(Side::Hub, "dora"), &world.address("/situation?alert={report}")).await;
    tab.go(&world.address("/situation?alert={report}")).await;
    tab.says("2 of 2 offices asked have answered.").await;
    tab.leave(tab.click("//*[local-name()='a'][contains(@aria-label, 'Arizona: confirmed: attempted')]")).await;
    tab.says("confirmed: attempted").await;
    tab.choose("Sign out").await;
    assert_eq!(tab.path().await, "/sign-in");
}

/// The node's IT person does what home asks for.
async fn review_and_release(tab: &mut Tab, world: &World) {
    tab.site.clone_from(&world.scene.node.url);
    tab.sign_in(&account(Side::Node, "ida"), "/").await;
    tab.choose("Say what the match was").await;
    tab.says("Lines that match").await;
    tab.click("//input[@value='attempted']").await;
    tab.write("reason", "I read the line").await;
    tab.choose("Check what I say").await;
    tab.says("Nothing has been done yet.").await;
    tab.choose("I confirm this with my name").await;
    tab.says("confirmed: attempted").await;
    tab.choose("Home").await;
    tab.choose("Release the answer").await;
    tab.says("Exactly what leaves").await;
    tab.choose("Release this answer to").await;
    tab.choose("Home").await;
    tab.choose("Read the alert").await;
    tab.choose("I have read this alert").await;
    tab.says("on its way to the hub").await;
    tab.choose("Home").await;
    tab.says("Nothing waits for you.").await;
}

/// Pages that no menu has: the home page leads there.
const FROM_HOME: [&str; 6] = ["/clearances/own", "/requests", "/tear-lines", "/recalls", "/ledger", "/explain"];
/// Pages to which another page leads.
const FROM_OTHERS: [&str; 4] = ["/alerts/new", "/requests/new", "/clearances/briefing", "/indicators"];

/// Each role signs in and gets to the home page with its name and its menu.
async fn everybody_gets_in(tab: &mut Tab, world: &World) {
    for side in SIDES {
        tab.site.clone_from(&world.office(side).url);
        for (place, (person, role)) in PEOPLE.into_iter().enumerate() {
            tab.sign_in(&account(side, person), "/alerts").await;
            assert_eq!(tab.path().await, "/alerts", "{person} at {side:?}");
            tab.says(&format!("({})", role_name(role))).await;
            let is_linked =
                |row: &&Row| row.is_page() && !row.address.contains(['{', '?']) && !FROM_OTHERS.contains(&row.address);
            tab.go("/").await;
            for row in ROWS.iter().filter(is_linked) {
                let within = if FROM_HOME.contains(&row.address) { "main" } else { ".menu" };
                let linked = format!("return document.querySelector('{within} a[href=\"{}\"]') !== null", row.address);
                let may_open = row.expected(side)[place] == 200 && row.address != "/sign-in";
                assert_eq!(tab.run(&linked).await, may_open, "{} for {person} at {side:?}", row.address);
            }
        }
    }
}

/// Whether pages may run script here: what this test says it tries.
async fn has_script(tab: &Tab, script: Script) {
    let page = "data:text/html,<title>none</title><script>document.title='some'</script>";
    tab.open_address(page).await;
    let title = tab.run("return document.title").await;
    assert_eq!(title, if script == Script::On { "some" } else { "none" });
}
