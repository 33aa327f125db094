//! Every form without its token, and with tokens that were made for another form or another session: 400, and nothing is changed.

use std::collections::BTreeSet;

use crate::browser::Browser;
use crate::scene::WORDS;
use crate::setup::{Office, PASSWORD};
use crate::sources::texts;
use crate::token::token;
use crate::world::{Side, World, signed_in};

/// A form: the type that names it in the sources, its name, whose it is, where it goes and what is sent.
struct Form {
    type_name: &'static str,
    name: &'static str,
    side: Side,
    person: &'static str,
    address: &'static str,
    fields: &'static [(&'static str, &'static str)],
}

const fn form(
    (type_name, name): (&'static str, &'static str),
    (side, person): (Side, &'static str),
    address: &'static str,
    fields: &'static [(&'static str, &'static str)],
) -> Form {
    Form { type_name, name, side, person, address, fields }
}

const SAID: &[(&str, &str)] = &[("what", "attempted"), ("reason", "I read the line")];
const READ: &[(&str, &str)] = &[("version", "{version}")];
const DRAFT: &[(&str, &str)] = &[("version", "{draft_version}"), ("password", PASSWORD)];
const BLIND: &[(&str, &str)] =
    &[("found", "blind"), ("unseen", "We keep no log"), ("source-1", "web"), ("reason", "Told")];
/// The form that signs in is tied to a visitor, not to a session.
const SIGN_IN: &str = "sign-in";

/// What is sent without a name of its own may be refused for what it says, but no longer for its token. What each form does may not keep those
/// after it from doing the same.
const FORMS: &[Form] = &[
    form(("Draft", "draft"), (Side::Hub, "ana"), "/alerts/new", &[]),
    form(("Edit", "edit-draft"), (Side::Hub, "ana"), "/alerts/{draft}/edit", &[]),
    form(("Correct", "correct"), (Side::Hub, "ana"), "/alerts/{report}/correct", &[]),
    form(("Sign", "sign"), (Side::Hub, "dora"), "/alerts/{draft}/sign", DRAFT),
    form(("Publish", "publish"), (Side::Hub, "ana"), "/alerts/{draft}/publish", DRAFT),
    form(("Remind", "remind"), (Side::Hub, "lea"), "/alerts/{report}/remind", &[]),
    form(("Call", "note-call"), (Side::Hub, "lea"), "/alerts/{report}/call", &[]),
    form(("Close", "close-receipt"), (Side::Hub, "ana"), "/receipts/{receipt}", &[("text", "Thank you.")]),
    form(("HasRead", "acknowledge"), (Side::Member, "cleo"), "/alerts/{report}/acknowledge", READ),
    form(("ByHand", "answer-by-hand"), (Side::Member, "cleo"), "/alerts/{report}/answer", BLIND),
    form(("HasRead", "acknowledge"), (Side::Node, "ida"), "/alerts/{report}/acknowledge", &[]),
    form(("ForAnother", "answer-for"), (Side::Node, "ida"), "/alerts/{report}/answer-for", BLIND),
    form(
        ("Release", "release"),
        (Side::Node, "ida"),
        "/answers/{sighting}/release",
        &[("version", "{sighting_version}")],
    ),
    form(
        ("Keep", "clearance"),
        (Side::Hub, "dora"),
        "/clearances/people/{person}",
        &[("do", "leave"), ("left_on", "2018-05-01")],
    ),
    form(
        ("Ask", "briefing"),
        (Side::Hub, "lea"),
        "/clearances/briefing",
        &[("level", "secret"), ("topic", "Probing"), ("reason", "A briefing on Friday")],
    ),
    form(("Export", "roster"), (Side::Hub, "lea"), "/clearances/roster.csv", &[("reason", "The yearly letter")]),
    form(
        ("AskFor", "ask-information"),
        (Side::Member, "cleo"),
        "/requests/new",
        &[
            ("objects", "indicator--00000000-0000-4000-8000-000000000001"),
            ("purpose", "Seen here as well"),
            ("days", "5"),
        ],
    ),
    form(("Approve", "approve-request"), (Side::Hub, "ana"), "/requests/{request}/approve", &[]),
    form(("Refuse", "refuse-request"), (Side::Hub, "dora"), "/requests/{request}/refuse", &[("reason", "No")]),
    form(("End", "end-grant"), (Side::Hub, "dora"), "/requests/{request}/end", &[]),
    form(("Gone", "confirm-recall"), (Side::Member, "cleo"), "/recalls/{recall}", &[]),
    form(("Ask", "tear-line-ask"), (Side::Hub, "dora"), "/tear-lines", &[("object", "{other}")]),
    form(
        ("Decide", "tear-line"),
        (Side::Hub, "dora"),
        "/tear-lines/{tear_line}",
        &[("what", "decline"), ("reason", "No")],
    ),
    form(("SayName", "name"), (Side::Node, "ida"), "/alerts/{report}/name", &[("name", "release")]),
    form(("Say", "say"), (Side::Node, "ida"), "/alerts/{report}/review", SAID),
    form(("MakeSo", "make-so"), (Side::Node, "ida"), "/alerts/{report}/word", SAID),
    form(("Discard", "discard-draft"), (Side::Hub, "ana"), "/alerts/{draft}/discard", DRAFT),
    form(("Look", "draft-brief"), (Side::Hub, "dora"), "/brief/draft", &[]),
    form(("Freeze", "freeze-brief"), (Side::Hub, "dora"), "/brief/freeze", &[]),
    form(("SignOut", "sign-out"), (Side::Hub, "ana"), "/sign-out", &[]),
];

#[test]
fn the_table_is_the_forms_of_the_sources() {
    let (mut posted, mut named) = (BTreeSet::new(), BTreeSet::new());
    for text in texts("console") {
        posted.extend(text.split("Posted<").skip(1).filter_map(|rest| rest.split('>').next()).map(str::to_owned));
        let names = text.split("const NAME: &'static str = \"").skip(1).filter_map(|rest| rest.split('"').next());
        named.extend(names.map(str::to_owned));
    }
    posted.remove("F");
    let types: BTreeSet<String> = FORMS.iter().map(|form| form.type_name.to_owned()).collect();
    assert_eq!(types, posted);
    let names: BTreeSet<String> = FORMS.iter().map(|form| form.name).chain([SIGN_IN]).map(str::to_owned).collect();
    assert_eq!(names, named);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_form_is_taken_without_its_own_token() {
    let world = World::new(&WORDS, str::to_owned).await;
    let mut is_taken = 0;
    for form in FORMS {
        let office = world.office(form.side);
        let mut browser = signed_in(&world, form.side, form.person).await;
        let address = world.address(form.address);
        let fields = fields(&world, form).await;
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let others = others_tokens(&world, form, &browser).await;
        let before = everything(office).await;
        let what = format!("{} at {:?}", form.name, form.side);
        assert_eq!(browser.post(&address, &fields).await.status, 400, "{what} without a token");
        for other in &others {
            let page = browser.post(&address, &[fields.as_slice(), &[("form_token", other)]].concat()).await;
            assert_eq!(page.status, 400, "{what} with the token {other}");
            page.check();
        }
        assert_eq!(before, everything(office).await, "{what}: something was changed");
        let own = token(office, &browser, form.name);
        let page = browser.post(&address, &[fields.as_slice(), &[("form_token", &own)]].concat()).await;
        assert_ne!(page.status, 400, "{what} with its own token: {}", page.text);
        is_taken += usize::from(page.status == 303);
    }
    assert!(is_taken >= 8, "most forms do something with their own token: {is_taken}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_signs_in_with_another_visitors_form() {
    let world = World::new(&WORDS, str::to_owned).await;
    let office = world.office(Side::Hub);
    let fields = [("email", "ana@office.example"), ("password", PASSWORD)];
    let others = Browser::new(&office.url).page("/sign-in").await.hidden("/sign-in")[0].1.clone();
    let signed_in = signed_in(&world, Side::Hub, "ana").await;
    let of_session = token(office, &signed_in, SIGN_IN);
    let mut browser = Browser::new(&office.url);
    let own = browser.page("/sign-in").await.hidden("/sign-in")[0].1.clone();
    let before = everything(office).await;
    for token in ["", "x", &others, &of_session] {
        let page = browser.post("/sign-in", &[fields.as_slice(), &[("form_token", token)]].concat()).await;
        assert_eq!(page.status, 400, "{token}");
    }
    assert_eq!(before, everything(office).await);
    let page = browser.post("/sign-in", &[fields.as_slice(), &[("form_token", &own)]].concat()).await;
    assert_eq!(page.status, 303);
}

/// The fields with what the world says in place of `{…}`.
async fn fields(world: &World, form: &Form) -> Vec<(&'static str, String)> {
    let mut fields = Vec::new();
    for (name, value) in form.fields {
        let value = match *value {
            "{version}" => world.alert.modified.clone(),
            "{draft_version}" => world.draft.modified.clone(),
            "{other}" => world.other.report_id.clone(),
            "{sighting_version}" => {
                let mut browser = signed_in(world, form.side, form.person).await;
                let page = browser.page(&world.address("/answers/{sighting}")).await;
                let hidden = page.hidden(&world.address(form.address));
                hidden.into_iter().find(|(name, _)| name == "version").expect("the form names its version").1
            }
            value => value.to_owned(),
        };
        fields.push((*name, value));
    }
    fields
}

/// Tokens of all other forms in this session, and of this form in other sessions: of others, and of the same person.
async fn others_tokens(world: &World, form: &Form, browser: &Browser) -> Vec<String> {
    let office = world.office(form.side);
    let names = FORMS.iter().map(|other| other.name).chain([SIGN_IN]).filter(|name| *name != form.name);
    let mut tokens: Vec<String> = names.map(|name| token(office, browser, name)).collect();
    for person in ["cleo", "ida", form.person] {
        let other = signed_in(world, form.side, person).await;
        tokens.push(token(office, &other, form.name));
    }
    let own = token(office, browser, form.name);
    tokens.extend([String::new(), "x".to_owned(), own[1..].to_owned(), format!("{own}A")]);
    tokens
}

/// All tables of an office.
async fn everything(office: &Office) -> Vec<String> {
    let mut tables = Vec::new();
    let mut snapshot = office.here.store.begin_reading().await.unwrap();
    let taken = ward_store::dump::<ward_store::StoreError>(&mut snapshot, |piece| {
        tables.extend(String::from_utf8_lossy(&piece.text).lines().map(str::to_owned));
        Ok(())
    });
    let rows: u64 = taken.await.unwrap().values().sum();
    assert!(rows > 20, "the tables are read");
    tables
}
