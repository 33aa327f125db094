//! The keyboard alone: everything is reached with Tab, in the order in which it stands, seen where it is, and left again.

use serde::Deserialize;

use crate::chromium::{ENTER, SPACE, Script, TAB, Tab, is_installed};
use crate::scene::WORDS;
use crate::setup::PASSWORD;
use crate::world::{Side, World, account};

/// More stops than any page has.
const MOST_STOPS: usize = 120;

/// Where the focus is, and whether somebody sees it there.
#[derive(Debug, Deserialize)]
struct Stop {
    /// Its words, or its name where it is a field.
    label: String,
    /// Its place among all elements of the page; -1: nothing has the focus.
    place: i64,
    /// Outlined, and the outline is wide enough to be seen.
    is_outlined: bool,
    /// In the window and not covered by anything (WCAG 2.4.11).
    is_seen: bool,
    /// At least 24 by 24 pixels, or within a line of text (WCAG 2.5.8).
    is_large: bool,
}

impl Stop {
    /// After a page's last stop comes its beginning, or the browser's own bar.
    fn is_beginning(&self) -> bool {
        self.place == -1 || self.label.starts_with("Skip to")
    }
}

const STOP: &str = "
    const focused = document.activeElement, all = [...document.querySelectorAll('*')];
    if (!focused || focused === document.body || focused === document.documentElement)
        return { label: '', place: -1, is_outlined: true, is_seen: true, is_large: true };
    const box = focused.getBoundingClientRect(), style = getComputedStyle(focused);
    const middle = [Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1), Math.min(Math.max(box.top + Math.min(box.height, innerHeight) / 2, 0), innerHeight - 1)];
    const points = [...focused.getClientRects()].map((one) => [one.left + one.width / 2, one.top + one.height / 2]).concat([middle]);
    const hit = points.some(([x, y]) => { const top = document.elementFromPoint(x, y); return top && (focused.contains(top) || top.contains(focused) && top !== document.body && top.localName !== 'main'); });
    const is_text = style.display === 'inline' || ['region', 'note'].includes(focused.getAttribute('role')) || focused.localName === 'pre';
    return {
        label: (focused.getAttribute('name') || focused.getAttribute('aria-label') || focused.textContent).trim().replace(/\\s+/g, ' ').slice(0, 200),
        place: all.indexOf(focused),
        is_outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        is_seen: hit,
        is_large: is_text || (box.width >= 24 && box.height >= 24),
    }";

async fn stop(tab: &Tab) -> Stop {
    serde_json::from_value(tab.run(STOP).await).expect("a stop")
}

/// Goes on to the next stop, which must be seen, large enough and after the one before.
async fn next(tab: &Tab, before: i64) -> Stop {
    tab.press(TAB).await;
    let stop = stop(tab).await;
    let on = tab.path().await;
    assert!(stop.is_outlined && stop.is_seen && stop.is_large, "on {on}: {stop:?}");
    assert!(stop.is_beginning() || stop.place > before, "on {on}: back to {stop:?}");
    stop
}

/// Goes to what has these words, by Tab alone.
async fn reach(tab: &Tab, words: &str) {
    let mut stop = stop(tab).await;
    for _ in 0..MOST_STOPS {
        if stop.label.contains(words) {
            return;
        }
        // From the address bar the focus comes back to the page's beginning.
        stop = next(tab, stop.place).await;
    }
    panic!("`{words}` is not reached on {}", tab.path().await);
}

/// Goes to a link or button and presses Enter on it.
async fn enter(tab: &Tab, words: &str) {
    reach(tab, words).await;
    tab.leave(tab.press(ENTER)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_loop_goes_round_with_the_keyboard_alone() {
    if !is_installed() {
        return;
    }
    let world = World::new(&WORDS, str::to_owned).await;
    let mut tab = Tab::open(Script::On).await;
    tab.site.clone_from(&world.scene.node.url);
    tab.go("/sign-in").await;
    skip_link_works(&tab).await;
    reach(&tab, "email").await;
    tab.press("ida@office.example").await;
    reach(&tab, "password").await;
    tab.press(PASSWORD).await;
    tab.leave(tab.press(ENTER)).await;

    enter(&tab, "Say what the match was").await;
    // Past the lines, then the first of the choices, by Space.
    reach(&tab, "Say what it was").await;
    tab.press(ENTER).await;
    reach(&tab, "what").await;
    tab.press(SPACE).await;
    reach(&tab, "reason").await;
    tab.press("I read the line").await;
    enter(&tab, "Check what I say").await;
    tab.says("Nothing has been done yet.").await;
    enter(&tab, "I confirm this with my name").await;
    tab.says("confirmed: scanned").await;
    enter(&tab, "Home").await;
    enter(&tab, "Release the answer").await;
    enter(&tab, "Release this answer").await;
    enter(&tab, "Home").await;
    enter(&tab, "Read the alert").await;
    enter(&tab, "I have read this alert").await;
    tab.says("on its way to the hub").await;
    enter(&tab, "Sign out").await;
    assert_eq!(tab.path().await, "/sign-in");
}

/// The first stop leads past the menu, and the next one after it is in the content.
async fn skip_link_works(tab: &Tab) {
    let first = next(tab, -1).await;
    assert!(first.label.starts_with("Skip to"), "{first:?}");
    tab.press(ENTER).await;
    assert!(tab.path().await.ends_with("#main"));
    tab.press(TAB).await;
    let in_content = tab.run("return document.querySelector('main').contains(document.activeElement)").await;
    assert_eq!(in_content, true, "{:?}", stop(tab).await);
}

/// Through every page from its first stop to its last and out of it: all that can be used is reached, once, at both widths.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tab_goes_through_every_page_and_out_again() {
    if !is_installed() {
        return;
    }
    let world = World::new(&WORDS, str::to_owned).await;
    let mut tab = Tab::open(Script::On).await;
    let of_node = ["/", "/alerts", "/alerts/{report}", "/alerts/{report}/review", "/answers/{sighting}", "/record"];
    let of_hub = ["/situation?alert={report}", "/alerts/{draft}?version={draft_version}"];
    for (side, person, pages) in [(Side::Node, "dora", of_node.as_slice()), (Side::Hub, "ana", of_hub.as_slice())] {
        tab.site.clone_from(&world.office(side).url);
        tab.sign_in(&account(side, person), "/").await;
        for (address, width) in pages.iter().flat_map(|page| [(page, 1280), (page, 390)]) {
            tab.widen(width).await;
            tab.go(&world.address(address)).await;
            let stops = through(&tab).await;
            let expected = tab.run(FOCUSABLE).await.as_u64().unwrap();
            assert_eq!(stops, expected, "stops on {address} at {width}");
        }
    }
}

/// What a person can act on: a group of radio buttons is one stop.
const FOCUSABLE: &str = "
    const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex=\"0\"]')].filter((e) => e.checkVisibility());
    const radios = new Set(all.filter((e) => e.type === 'radio').map((e) => e.name));
    return all.filter((e) => e.type !== 'radio').length + radios.size";

async fn through(tab: &Tab) -> u64 {
    let (mut before, mut stops) = (-1, 0);
    for _ in 0..MOST_STOPS {
        let stop = next(tab, before).await;
        if stops > 0 && stop.is_beginning() {
            return stops;
        }
        (before, stops) = (stop.place, stops + 1);
    }
    panic!("Tab does not leave {}", tab.path().await);
}
