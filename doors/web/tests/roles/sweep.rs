//! Each row of the table, asked by each role of each office, and what is not theirs told like what is not there.

use std::collections::BTreeSet;

use crate::browser::{Browser, Page, encoded};
use crate::scene::WORDS;
use crate::sources::routes;
use crate::table::{ROWS, Row};
use crate::token::token;
use crate::world::{PEOPLE, SIDES, Side, World, absent, signed_in};

#[test]
fn the_table_is_the_consoles_routes() {
    let tabled: BTreeSet<(String, String)> =
        ROWS.iter().map(|row| (row.method.to_owned(), row.route.to_owned())).collect();
    let routes = routes("console");
    assert!(routes.len() > 10, "the sources are read");
    assert_eq!(tabled, routes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_role_gets_what_the_table_says() {
    let world = World::new(&WORDS, str::to_owned).await;
    let mut wrong = Vec::new();
    for side in SIDES {
        for (place, (name, _)) in PEOPLE.into_iter().enumerate() {
            let mut browser = signed_in(&world, side, name).await;
            for row in ROWS {
                let (expected, address) = (row.expected(side)[place], world.address(row.address));
                let answer = ask(&world, side, &mut browser, row, &address).await;
                let what = format!("{} {} at {side:?} by {name}", row.method, row.address);
                if answer.status != expected {
                    wrong.push(format!("{what}: {}, not {expected}", answer.status));
                } else if is_hidden(row, side, expected) {
                    let not_there = absent(row.address);
                    let other = ask(&world, side, &mut browser, row, &not_there).await;
                    assert_eq!(told(&answer), told(&other), "{what}: like what is not there");
                }
                if row.is_page() {
                    answer.check();
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whoever has no session is sent to sign in, whatever there is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_session_there_is_only_the_way_to_sign_in() {
    let world = World::new(&WORDS, str::to_owned).await;
    // Where there is no demonstration, its guide is not there for anybody.
    let public = ["/sign-in", "/style/{name}", "/demo", "/demo/verify"];
    for side in [Side::Hub, Side::Node] {
        let mut ended = signed_in(&world, side, "ada").await;
        let session = ended.cookies.clone();
        let home = ended.page("/").await;
        ended.send(&home, "/sign-out", &[]).await;
        ended.cookies = session;
        for browser in [&mut Browser::new(&world.office(side).url), &mut ended] {
            for row in ROWS.iter().filter(|row| !public.contains(&row.route)) {
                let mut tell = Vec::new();
                for address in [world.address(row.address), absent(row.address)] {
                    let answer = match row.method {
                        "GET" => browser.get(&address).await,
                        _ => browser.post(&address, row.fields).await,
                    };
                    let asked = encoded(&address).replace("%2F", "/");
                    assert_eq!(answer.status, 303, "{} {address}", row.method);
                    assert!(answer.header("location").starts_with("/sign-in"), "{} {address}", row.method);
                    tell.push((answer.header("location").replace(&asked, "{asked}"), answer.text));
                }
                assert_eq!(tell[0], tell[1], "{}", row.address);
            }
        }
    }
}

/// Whether it must not be told from what is not there: all that is not found, and what somebody may not do with a thing that they do not see. The
/// hub's people see everything here, and all others the alert and what was asked about it.
fn is_hidden(row: &Row, side: Side, expected: u16) -> bool {
    let is_unseen = side != Side::Hub && !["{report}", "{tear_line}"].iter().any(|seen| row.address.contains(seen));
    row.address.contains('{') && (expected == 404 || expected == 403 && is_unseen)
}

async fn ask(world: &World, side: Side, browser: &mut Browser, row: &Row, address: &str) -> Page {
    if row.method == "GET" {
        return browser.get(address).await;
    }
    let made = if row.form.is_empty() { String::new() } else { token(world.office(side), browser, row.form) };
    browser.post(address, &[row.fields, &[("form_token", made.as_str())]].concat()).await
}

/// Status, headers but for the date, and body.
fn told(page: &Page) -> (u16, Vec<(String, String)>, String) {
    let headers = page.headers.iter().filter(|(name, _)| *name != "date");
    let mut headers: Vec<(String, String)> =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    headers.sort();
    (page.status.as_u16(), headers, page.text.clone())
}
