//! A newcomer follows the guide of a running demonstration; and nothing that it answers is without its notice.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::visitor::{NOTICE, Page, Visitor};

/// Pages of one installation that are looked at for one person, at most.
const PAGES_MAX: usize = 120;

/// A demonstration that runs; ended with this.
pub struct Running {
    child: Child,
    pub home: PathBuf,
    pub printed: String,
    /// The guide's installation: `http://127.0.0.1:PORT`.
    pub hub: String,
}

impl Running {
    pub fn new(home: &Path) -> Running {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ward"));
        command.args(["demo", "--dir", home.to_str().unwrap()]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").spawn().unwrap();
        let mut printed = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            printed = format!("{printed}{}\n", line.unwrap());
            if printed.contains("Press Ctrl-C") {
                break;
            }
        }
        let mut running = Running { child, home: home.to_path_buf(), printed, hub: String::new() };
        let places = running.printed.split("Look further:").nth(1).unwrap_or_default();
        let first = places.split_whitespace().next().unwrap_or_default();
        running.hub = first.strip_suffix("/demo").unwrap_or_else(|| panic!("{}", running.printed)).to_owned();
        running
    }

    fn part(&self, name: &str) -> PathBuf {
        self.home.join(name)
    }
}

impl Drop for Running {
    /// As Ctrl-C ends it: it ends the installations that it started.
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

/// Each step's button leads to its page, signed in as the person it names.
pub async fn is_followed(running: &Running) {
    let mut visitor = Visitor::at(&running.hub);
    let guide = visitor.page("/demo").await;
    let words = guide.words();
    for said in [
        "1. August 2016: Invented States Hub names 8 addresses",
        "51 of 51 offices have the alert",
        "2. \"Someone is trying doors on voter websites\"",
        "Let Ward search your web logs since June",
        "51 of 51 offices have answered; 21 offices confirmed that they were touched",
        "1 of 51 confirmed: accessed",
        "4. Illinois looks at its own lines",
        "1 answer in ",
        "found nothing, and is blind",
        "3 of 51 offices are blind",
        "6. The brief: one page for those who decide",
        "7. Change one byte, and it does not hold",
        "8. Your turn: your own log",
    ] {
        assert!(words.contains(said), "`{said}` is not in: {words}");
    }
    let mut reached = Vec::new();
    for form in guide.forms() {
        let mut visitor = Visitor::at(&running.hub);
        let fresh = visitor.page("/demo").await.forms();
        let fresh = fresh.iter().find(|other| other.button == form.button).unwrap();
        assert_eq!(fresh.action, "/sign-in");
        let gone = visitor.send(fresh).await;
        assert_eq!((gone.status, gone.location.as_str()), (303, fresh.field("next")), "{}", form.button);
        let page = visitor.page(&gone.location).await;
        assert!(page.words().contains("Invented, "), "{}: {}", form.button, page.words());
        reached.push((form.button, page.words()));
    }
    for (button, said) in [
        ("Read the alert", "51 of 51 offices asked have answered."),
        ("See it as a clerk does", "Casey Invented, Georgia (clerk)"),
        ("See the situation", "confirmed: accessed"),
        ("See the answer behind the square", "The answer of Georgia"),
        ("Read the brief", "Morgan Invented, Invented States Hub (director)"),
    ] {
        let words = &reached.iter().find(|(of, _)| of == button).unwrap_or_else(|| panic!("no button {button}")).1;
        assert!(words.contains(said), "{button}: {words}");
    }
    one_byte_is_enough(&mut visitor).await;
    elsewhere(&guide).await;
    commands_work(&guide);
}

/// The frozen brief holds; with any byte changed it does not, and what does not hold is named.
async fn one_byte_is_enough(visitor: &mut Visitor) {
    let words = visitor.page("/demo/verify").await.words();
    assert!(words.contains("It holds.") && words.contains("It does not hold:") && words.contains("F1"), "{words}");
    for byte in [1, 2, 100, 1_000, 5_000] {
        let words = visitor.page(&format!("/demo/verify?byte={byte}")).await.words();
        assert_eq!(words.matches("It holds.").count(), 1, "{byte}: {words}");
        assert!(
            words.contains("It does not hold:") || words.contains("It cannot be read as a brief:"),
            "{byte}: {words}"
        );
    }
    for byte in ["0", "-1", "99999999999999999999", "%3Cscript%3E", ""] {
        let page = visitor.page(&format!("/demo/verify?byte={byte}")).await;
        assert!(page.words().contains("There is no such byte") && !page.text.contains("<script"), "{byte}");
    }
}

/// The other installations ask to sign in, and the first button there signs in as the right person.
async fn elsewhere(guide: &Page) {
    let links: Vec<String> = guide.links().into_iter().filter(|link| link.starts_with("http://")).collect();
    assert!(links.len() >= 5, "{links:?}");
    for link in links {
        let (place, path) = link.split_at(link.find("/sign-in").unwrap());
        let mut visitor = Visitor::at(place);
        let sign_in = visitor.page(path).await;
        assert!(sign_in.links().iter().any(|link| link.ends_with("/demo")), "the way back");
        let gone = visitor.send(&sign_in.forms()[0]).await;
        let page = visitor.page(gone.location.split('#').next().unwrap()).await;
        let words = page.words();
        if gone.location.ends_with("/review") {
            assert!(words.contains("Kim Invented, Illinois (it)") && words.contains("Lines that match"), "{words}");
            assert!(words.contains("192.0.2.14"), "its own lines: {words}");
        }
        if gone.location.ends_with("#own") {
            assert!(words.contains("1 answer in ") && words.contains(" versions, no log line."), "{words}");
        }
    }
}

/// The commands of the last step, as they are printed.
fn commands_work(guide: &Page) {
    let commands = guide.commands();
    let (first, archive) = (commands.first().unwrap(), commands.last().unwrap());
    let folder = tempfile::tempdir().unwrap();
    for (command, said) in [(first, "matches of 2 indicators"), (archive, "matches of 2 indicators")] {
        let done = Command::new("sh").args(["-ec", command]).current_dir(folder.path()).output().unwrap();
        let out = String::from_utf8_lossy(&done.stdout);
        assert!(
            done.status.success() && out.contains(said),
            "{command}: {out}{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
}

/// Every page and file that the invented people can get to, on all installations.
pub async fn says_everywhere_what_it_is(running: &Running) {
    let guide = Visitor::at(&running.hub).page("/demo").await;
    let mut places: BTreeSet<String> = BTreeSet::from([running.hub.clone()]);
    let elsewhere = guide.links().into_iter().filter(|link| link.starts_with("http://"));
    places.extend(elsewhere.map(|link| link.split("/sign-in").next().unwrap().to_owned()));
    assert_eq!(places.len(), 4, "the hub, two states and a county: {places:?}");
    for place in places {
        let listed = Visitor::at(&place).page("/sign-in").await.forms();
        assert!(listed.len() > 4, "{place}: somebody to sign in as");
        for (of, form) in listed.iter().enumerate().filter(|(_, form)| !form.field("email").is_empty()) {
            let mut visitor = Visitor::at(&place);
            let fresh = visitor.page("/sign-in").await.forms();
            let gone = visitor.send(&fresh[of]).await;
            assert_eq!(gone.status, 303, "{place}: {} cannot sign in", form.button);
            walk(&mut visitor, if of == 0 { PAGES_MAX } else { 12 }).await;
        }
        for path in
            ["/alerts/nothing", "/welcome/nothing", "/demo/nothing", "/log/key", "/log/checkpoint", "/style/x.css"]
        {
            let page = Visitor::at(&place).get(path).await;
            page.says_what_it_is(path);
            let is_key = path.starts_with("/log/");
            assert!(!is_key || page.text.contains("RECONSTRUCTION-INVENTED-LOGS"), "{path}: {}", page.text);
        }
    }
}

/// All that can be reached from the home page.
async fn walk(visitor: &mut Visitor, at_most: usize) {
    let mut seen = BTreeSet::from(["/".to_owned()]);
    let mut next = vec!["/".to_owned()];
    let mut looked_at = 0;
    while let Some(path) = next.pop().filter(|_| looked_at < at_most) {
        let page = visitor.get(&path).await;
        assert!([200, 303].contains(&page.status), "{}{path}: {} {}", visitor.place, page.status, page.text);
        page.says_what_it_is(&path);
        looked_at += 1;
        for link in page.links() {
            let link = link.split('#').next().unwrap_or_default().to_owned();
            if link.starts_with('/') && seen.insert(link.clone()) {
                // The first found is looked at last, so that long lists come after the menu.
                next.insert(0, link);
            }
        }
    }
}

/// What programs get: TAXII, the interface for nodes, and the command line's JSON.
pub async fn tells_programs_what_it_is(running: &Running) {
    let hub = running.part("hub");
    let (hub, il) = (hub.to_str().unwrap(), running.part("il"));
    let situation = crate::json(&["situation", "--json", "--dir", hub]);
    let report = situation["report_id"].as_str().unwrap();
    let office = situation["rows"][0]["organisation_id"].as_str().unwrap();
    let by = ["--json", "--as", "administrator@hub.invalid", "--dir", hub];
    let new = [&["token", "new", "--scopes", "read", "--scopes", "node", "--organisation", office][..], &by].concat();
    let token = crate::json(&new)["token"].as_str().unwrap().to_owned();
    let situation = format!("/api/alerts/{report}/situation");
    let http = Visitor::at(&running.hub).http;
    for path in [
        "/taxii2/",
        "/share/",
        "/share/collections/",
        "/share/collections/alerts/",
        "/share/collections/alerts/objects/",
        "/api/hub",
        &situation,
    ] {
        let request = http.get(format!("{}{path}", running.hub)).bearer_auth(&token);
        let media_type =
            if path.starts_with("/api") { "application/json" } else { "application/taxii+json;version=2.1" };
        let answer = request.header("accept", media_type).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["ward-notice"].to_str().unwrap()),
            (200, NOTICE),
            "{path}"
        );
        let text = answer.text().await.unwrap();
        assert!(text.contains(NOTICE), "{path}: {text}");
        let bare =
            text.matches("\"spec_version\"").count() - text.matches(&format!("\"labels\":[\"{NOTICE}\"]")).count();
        assert_eq!(bare, 0, "each object bears it: {text}");
    }
    let il = il.to_str().unwrap();
    for arguments in [
        &["organisation", "list", "--json", "--dir", hub][..],
        &["person", "list", "--json", "--dir", hub],
        &["alert", "list", "--as", "analyst@hub.invalid", "--json", "--dir", hub],
        &["answers", "receipts", "--as", "analyst@hub.invalid", "--json", "--dir", hub],
        &["brief", "--format", "json", "--dir", hub],
        &["log", "verify", "--json", "--dir", hub],
        &["log", "checkpoint", "--json", "--dir", hub],
        &["log", "witness", "--json", "--dir", hub],
        &["node", "list", "--json", "--dir", il],
        &["node", "alerts", "--json", "--dir", il],
        &["watch", "source", "list", "--json", "--dir", il],
        &["watch", "review", "--json", "--dir", il, report],
        &["watch", "held", "--as", "director@il.invalid", "--json", "--dir", il],
    ] {
        let printed = crate::ward(arguments);
        let is_said = |line: &str| line.contains(&format!("\"notice\":\"{NOTICE}\""));
        assert!(printed.lines().all(is_said), "{arguments:?}: {printed}");
        let as_text: Vec<&str> = arguments.iter().copied().filter(|argument| *argument != "--json").collect();
        let printed = crate::ward(&as_text);
        assert!(
            printed.is_empty() || printed.contains(NOTICE) || printed.contains("RECONSTRUCTION-INVENTED-LOGS"),
            "{as_text:?}: {printed}"
        );
    }
    let review = crate::json(&["watch", "review", "--json", "--dir", il, report]);
    for answer in review["what_left"].as_array().unwrap() {
        assert!(answer["body"].as_str().unwrap().contains(NOTICE), "{answer}");
    }
}
