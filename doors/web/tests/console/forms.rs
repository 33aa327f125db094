//! Every form that changes something takes only the token of its own name and session; the table is complete.

use std::collections::BTreeSet;
use std::path::Path;

use crate::scene::{Scene, browser};

/// Type of the form in the sources, where it is sent, and its installation's person who may send it.
const FORMS: [(&str, &str, Sender); 18] = [
    ("SignOut", "/sign-out", Sender::Hub),
    ("HasRead", "/alerts/{report}/acknowledge", Sender::Hub),
    ("Draft", "/alerts/new", Sender::Hub),
    ("Edit", "/alerts/{report}/edit", Sender::Hub),
    ("Discard", "/alerts/{report}/discard", Sender::Hub),
    ("Correct", "/alerts/{report}/correct", Sender::Hub),
    ("Sign", "/alerts/{report}/sign", Sender::Hub),
    ("Publish", "/alerts/{report}/publish", Sender::Hub),
    ("ByHand", "/alerts/{report}/answer", Sender::Hub),
    ("Close", "/receipts/1", Sender::Hub),
    ("Remind", "/alerts/{report}/remind", Sender::Hub),
    ("Call", "/alerts/{report}/call", Sender::Hub),
    ("ForAnother", "/alerts/{report}/answer-for", Sender::Node),
    ("SayName", "/alerts/{report}/name", Sender::Node),
    ("Say", "/alerts/{report}/review", Sender::Node),
    ("MakeSo", "/alerts/{report}/word", Sender::Node),
    ("Release", "/answers/{report}/release", Sender::Node),
    ("SignOut", "/sign-out", Sender::Node),
];

#[derive(Clone, Copy, PartialEq)]
enum Sender {
    Hub,
    Node,
}

#[test]
fn the_sources_have_no_other_form() {
    let mut posted = BTreeSet::new();
    let mut names = Vec::new();
    for text in texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/console")) {
        let found = text.split("posted: Posted<").skip(1).filter_map(|rest| rest.split('>').next());
        posted.extend(found.map(str::to_owned));
        let found = text.split("const NAME: &'static str = \"").skip(1).filter_map(|rest| rest.split('"').next());
        names.extend(found.map(str::to_owned));
    }
    let tabled: BTreeSet<String> = FORMS.iter().map(|(form, _, _)| (*form).to_owned()).collect();
    assert_eq!(posted, tabled);
    let distinct: BTreeSet<&String> = names.iter().collect();
    assert_eq!(distinct.len(), names.len(), "each form has a name of its own: {names:?}");
    // The form that signs in has no session yet, and is tested by itself.
    assert_eq!(names.len(), posted.len() + 1);
}

fn texts(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts.extend(self::texts(&path));
        } else {
            texts.push(std::fs::read_to_string(&path).unwrap());
        }
    }
    texts
}

#[tokio::test]
async fn no_form_is_taken_without_its_own_token() {
    let scene = Scene::new().await;
    let key = scene.draft().await;
    scene.publish(&key).await;
    let entries = |office: &crate::setup::Office| {
        let store = office.here.store.clone();
        async move {
            let rows = store.fetch("SELECT id FROM entry", &[]).await.unwrap();
            rows.len()
        }
    };
    for sender in [Sender::Hub, Sender::Node] {
        let office = if sender == Sender::Hub { &scene.hub } else { &scene.node };
        let name = if sender == Sender::Hub { "ana" } else { "ada" };
        let (mut own, mut other) = (browser(office, name).await, browser(office, name).await);
        // The token of the form that signs out, of this session and of another one of the same person.
        let of_own = own.page("/").await.hidden("/sign-out")[0].1.clone();
        let of_other = other.page("/").await.hidden("/sign-out")[0].1.clone();
        let before = entries(office).await;
        for (form, address, _) in FORMS.iter().filter(|(_, _, by)| *by == sender) {
            let address = address.replace("{report}", &key.report_id);
            let foreign = if *form == "SignOut" { of_other.as_str() } else { of_own.as_str() };
            for token in [None, Some(""), Some("x"), Some(foreign)] {
                let fields: Vec<(&str, &str)> = token.map(|token| ("form_token", token)).into_iter().collect();
                let page = own.post(&address, &fields).await;
                assert_eq!(page.status, 400, "{form} {token:?}: {}", page.text);
                page.check();
                page.says("Nothing was changed.");
            }
        }
        assert_eq!(entries(office).await, before, "nothing was recorded");
    }
}
