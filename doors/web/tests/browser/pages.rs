//! Every page of the console that each role can open, at two widths: quiet, safe, accessible, and never wider than the window.

use std::collections::BTreeSet;

use crate::axe::{Axe, violations};
use crate::chromium::{Script, Tab, is_installed};
use crate::table::ROWS;
use crate::words::{HOSTILE, MARK, name};
use crate::world::{PEOPLE, Side, World, account, signed_in};

/// A desktop and a telephone, in CSS pixels.
const WIDTHS: [u32; 2] = [1280, 390];

/// Addresses that are not in the table and say back what they are given.
const ECHOES: [&str; 3] = [
    "/alerts?find=%22%3E%3Cscript%20class=hostile%3Ealert(1)%3C/script%3E%E2%80%AE&sort=headline",
    "/situation?find=%3Cimg%20id=hostile%20src=x%20onerror=alert(2)%3E",
    "/sign-in?next=%22%3E%3Cb%20class=hostile%3Ejavascript:alert(3)",
];

/// What is wrong with a page as it came from others' hands; nothing, when it is as it should be.
pub const INERT: &str = "
    const all = [...document.querySelectorAll('*')], mark = arguments[0], bad = [];
    const say = (what, element) => bad.push(what + ': ' + element.outerHTML.slice(0, 200));
    for (const element of all) {
        if (['script', 'iframe', 'object', 'embed', 'img', 'base', 'style'].includes(element.localName)) say('element', element);
        if (element.id.startsWith(mark) || element.classList.contains(mark)) say('made by a text', element);
        for (const { name, value } of element.attributes) {
            if (name.startsWith('on') || name === 'style') say('attribute ' + name, element);
            if (['href', 'src', 'action', 'formaction'].includes(name) && !/^([/#?]|mailto:|tel:|http:[/][/]127[.]0[.]0[.]1:[0-9]+[/]|$)/.test(value)) say('address', element);
        }
    }
    const turned = document.documentElement.outerHTML.match(/[\\u202a-\\u202e\\u2066-\\u2069]/);
    if (turned) bad.push('letters that turn the line: ' + document.documentElement.outerHTML.slice(Math.max(0, turned.index - 80), turned.index + 20));
    return bad";

/// Whatever reaches beyond the right edge of the window, without a box of its own to scroll in.
pub const WIDER: &str = "
    const edge = document.documentElement.clientWidth, root = document.scrollingElement;
    if (root.scrollWidth <= edge && document.body.scrollWidth <= edge) return [];
    const scrolls = (element) => element && (['auto', 'scroll', 'hidden'].includes(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
    const wide = [...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > edge + 1 && !scrolls(e.parentElement));
    return [root.scrollWidth + ' of ' + edge].concat(wide.map((e) => e.localName + '.' + e.getAttribute('class') + ' ' + e.textContent.slice(0, 60)))";

/// The page without what differs between people who see the same: who they are, and the tokens of their forms.
const SAME: &str = "
    const copy = document.documentElement.cloneNode(true);
    for (const element of copy.querySelectorAll('.masthead form span, [name=form_token]')) element.remove();
    return copy.outerHTML";

/// Looks at the page that is open, at both widths; adds what is wrong. One that was looked at before need only be quiet and inert.
pub async fn look(tab: &Tab, axe: &Axe, what: &str, seen: &mut BTreeSet<String>, wrong: &mut Vec<String>) {
    let mut add =
        |kind: &str, found: Vec<String>| wrong.extend(found.into_iter().map(|one| format!("{what}: {kind}: {one}")));
    add("console", tab.console().await);
    add("hostile text", strings(&tab.run_with(INERT, MARK.into()).await));
    if !seen.insert(tab.run(SAME).await.to_string()) {
        return;
    }
    axe.put_into(tab).await;
    for width in WIDTHS {
        tab.widen(width).await;
        add(&format!("wider than {width}"), strings(&tab.run(WIDER).await));
        add(&format!("axe at {width}"), violations(tab).await);
    }
    // axe asks for what the policy does not give it; that is not the page's doing.
    tab.console().await;
}

pub fn strings(found: &serde_json::Value) -> Vec<String> {
    found
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned))
        .collect()
}

async fn each_page(side: Side) {
    let Some(axe) = Axe::installed().filter(|_| is_installed()) else { return };
    let world = World::new(&HOSTILE, name).await;
    let mut tab = Tab::open(Script::On).await;
    tab.site.clone_from(&world.office(side).url);
    let (mut seen, mut wrong, mut hostile_pages) = (BTreeSet::new(), Vec::new(), 0);
    for (place, (person, _)) in PEOPLE.into_iter().enumerate() {
        tab.sign_in(&account(side, person), "/").await;
        let rows = ROWS.iter().filter(|row| row.is_page() && row.expected(side)[place] == 200).map(|row| row.address);
        let echoes = ECHOES.into_iter().filter(|path| side != Side::Node || !path.starts_with("/situation"));
        for address in rows.chain(echoes) {
            tab.go(&world.address(address)).await;
            look(&tab, &axe, &format!("{address} at {side:?} by {person}"), &mut seen, &mut wrong).await;
            hostile_pages += usize::from(tab.text().await.contains(MARK));
        }
    }
    assert!(wrong.is_empty(), "{} findings: {wrong:#?}", wrong.len());
    assert!(hostile_pages >= 20, "hostile text is on the pages that were looked at");
}

/// Pages for those who have not signed in, and lists as files, which a spreadsheet may not take for formulas.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invitations_and_files_are_safe_too() {
    let Some(axe) = Axe::installed().filter(|_| is_installed()) else { return };
    let world = World::new(&HOSTILE, name).await;
    let mut tab = Tab::open(Script::On).await;
    tab.site.clone_from(&world.scene.hub.url);
    let (mut seen, mut wrong) = (BTreeSet::new(), Vec::new());
    tab.go("/welcome/guess").await;
    look(&tab, &axe, "an invitation", &mut seen, &mut wrong).await;
    tab.write("name", &name("eve")).await;
    tab.write("email", "eve@office.example").await;
    tab.write("password", crate::setup::PASSWORD).await;
    tab.choose("Save").await;
    tab.says("This link does not work").await;
    tab.console().await;
    look(&tab, &axe, "an invitation that was used", &mut seen, &mut wrong).await;
    assert!(wrong.is_empty(), "{} findings: {wrong:#?}", wrong.len());

    let mut ana = signed_in(&world, Side::Hub, "ana").await;
    for file in ["/alerts.csv", "/situation.csv?alert={report}"] {
        let file = ana.get(&world.address(file)).await;
        assert_eq!(
            (file.status.as_u16(), file.header("content-type")),
            (200, "text/csv; charset=utf-8; header=present")
        );
        assert!(file.header("content-disposition").starts_with("attachment;") && file.text.contains(MARK));
        let starts = file
            .text
            .match_indices(",\"")
            .chain(file.text.match_indices("\n\""))
            .map(|(place, mark)| place + mark.len());
        for cell in starts.map(|start| &file.text[start..]) {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '|', '%']), "{cell:.40}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hubs_people_see_whole_pages() {
    each_page(Side::Hub).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_see_whole_pages_at_the_hub() {
    each_page(Side::Member).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nodes_people_see_whole_pages() {
    each_page(Side::Node).await;
}
