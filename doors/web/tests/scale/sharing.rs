//! What has been shared at a hub after a year: requests in every state, recalls, versions that can be passed on, and a ledger.
//!
//! One of each went through the verbs; the rest is written in bulk after it, so that a page which asks for each row is found out.

use ward_directory::{Organisation, Scope, Who, acting_as, permit};
use ward_policy::{Resource, Verb};
use ward_share::grant::Covers;
use ward_share::request::{self, Ask};
use ward_share::{collections, intake, mark, tear_line};
use ward_stix::marking::Tlp;
use ward_stix::object::Object;
use ward_store::{sequence, values};
use ward_taxii::filter::Filter;

use crate::scene::Scene;

/// Requests for information, in every state.
const REQUESTS: usize = 200;
/// Objects of which a version that can be passed on was asked for.
const ASKED: usize = 100;
/// Of these a draft stands for every second, approved by one for every fourth and released for every eighth.
const VERSIONS: usize = 20;
/// Objects that one recall asks of one office.
const RECALLED: i64 = 300;
/// Pages that went to one office.
const DELIVERED: i64 = 500;

/// What was made, by its ids.
#[derive(Clone, Debug, Default)]
pub struct Shared {
    pub open: String,
    pub granted: String,
    pub recall: String,
    pub tear_line: String,
    /// A page of the ledger.
    pub page: String,
    /// With many versions.
    pub object: String,
}

impl Shared {
    /// Where nothing was shared.
    pub fn nothing() -> Shared {
        let nobody = || "nothing".to_owned();
        let [open, granted, recall, tear_line, page, object] = std::array::from_fn(|_| nobody());
        Shared { open, granted, recall, tear_line, page, object }
    }
}

/// Everything is asked by, and called back from, the office; the objects are of another member.
pub async fn make(scene: &Scene, office: &Organisation, owner: &Organisation) -> Shared {
    let here = &scene.hub.here;
    let sender = scene.hub.person(owner, "sender", ward_policy::Role::Director).await;
    let sender = Who { scopes: vec![Scope::Read, Scope::Write], ..sender };
    send(scene, &sender).await;
    let [ana, dan, cleo] = ["ana", "dan", "member-cleo"].map(|name| format!("{name}@office.example"));
    let ana = acting_as(here, &ana, None).await.unwrap().unwrap();
    let dan = acting_as(here, &dan, None).await.unwrap().unwrap();
    let cleo = acting_as(here, &cleo, None).await.unwrap().unwrap();
    let tear_line = pass_on(scene, (&ana, &dan, &sender), &cleo).await;
    let (open, granted) = requests(scene, (&ana, &sender), &cleo).await;
    // The grants show something, and what was handled otherwise has its place.
    let restricted = permit(&ana, Verb::Change, Resource::Indicator, indicator(3)).unwrap();
    mark::change(here, &restricted, mark::Change::Assign(Some(Tlp::AmberStrict)), "It says too much").await.unwrap();
    settle(scene).await;
    // What somebody became entitled to by the grants has its place when they ask first; pages are counted after that.
    tear_line::list(here, &cleo).await.unwrap();
    let page = ledger(scene, office).await;
    let recall = recalls(scene, office).await;
    Shared { open, granted, recall, tear_line, page, object: indicator(1) }
}

fn indicator(number: usize) -> String {
    format!("indicator--00000000-0000-4000-8000-{number:012}")
}

async fn settle(scene: &Scene) {
    while sequence(&scene.hub.here.store).await.unwrap() > 0 {}
}

/// Objects of another member that all members see; the first in many versions, and one that mentions many.
async fn send(scene: &Scene, sender: &Who) {
    let here = &scene.hub.here;
    let object = |number: usize, version: usize| {
        let text = format!(
            r#"{{"type":"indicator","spec_version":"2.1","id":"{}","created":"2018-01-01T00:00:00.000Z",
            "modified":"2018-01-01T00:00:{version:02}.000Z","valid_from":"2018-01-01T00:00:00Z","pattern_type":"stix","description":"Seen in our log",
            "pattern":"[ipv4-addr:value = '203.0.113.{number}']","object_marking_refs":["{}"]}}"#,
            indicator(number),
            Tlp::Green.official_id()
        );
        Object::parse(text.as_bytes())
    };
    let group = |number: usize| {
        let refs: Vec<String> = (1..=10).map(|number| format!("\"{}\"", indicator(number))).collect();
        let text = format!(
            r#"{{"type":"grouping","spec_version":"2.1","id":"grouping--00000000-0000-4000-8000-{number:012}",
            "created":"2018-01-01T00:00:00.000Z","modified":"2018-01-01T00:00:00.000Z","context":"suspicious-activity",
            "object_refs":[{}],"object_marking_refs":["{}"]}}"#,
            refs.join(","),
            Tlp::Green.official_id()
        );
        Object::parse(text.as_bytes())
    };
    let into = collections::find(here, sender, "threat-information").await.unwrap();
    let many = (1..=ASKED).map(|number| object(number, 0)).chain((1..VERSIONS).map(|version| object(1, version)));
    let taken = intake::add(here, sender, &into, many.chain((1..=20).map(group)).collect(), None).await.unwrap();
    assert_eq!(taken.failure_count, 0, "{taken:?}");
    settle(scene).await;
}

/// Gives one that has a draft and waits for approvals.
async fn pass_on(scene: &Scene, (ana, dan, sender): (&Who, &Who, &Who), cleo: &Who) -> String {
    let here = &scene.hub.here;
    let choice = serde_json::from_str(r#"{"tlp": "green", "replace": {"description": "Block it"}}"#).unwrap();
    let mut shown = String::new();
    for number in 1..=ASKED {
        let id = indicator(number);
        shown = tear_line::ask(here, cleo, &id).await.unwrap();
        if number % 2 == 0 {
            let drafted = tear_line::draft(here, ana, &id, &choice).await.unwrap();
            if number % 4 == 0 {
                tear_line::approve(here, dan, &drafted.draft_id).await.unwrap();
            }
            if number % 8 == 0 {
                tear_line::approve(here, sender, &drafted.draft_id).await.unwrap();
            }
        }
    }
    settle(scene).await;
    shown
}

/// Gives an open one and one that is granted.
async fn requests(scene: &Scene, (ana, sender): (&Who, &Who), cleo: &Who) -> (String, String) {
    let here = &scene.hub.here;
    let mut ids = Vec::new();
    for number in 0..REQUESTS {
        let covers = Covers::Objects((1..=10).map(|place| indicator((number + place) % ASKED + 1)).collect());
        let ask = Ask { covers, purpose: "The same address was seen here".to_owned(), days: 30 };
        let id = request::ask(here, cleo, &ask).await.unwrap();
        if number % 4 > 0 {
            request::approve(here, ana, &id).await.unwrap();
        }
        match number % 8 {
            2 => request::refuse(here, ana, &id, "It is not for you").await.unwrap(),
            3 => _ = request::approve(here, sender, &id).await.unwrap(),
            _ => {}
        }
        ids.push(id);
    }
    request::end(here, ana, &ids[3]).await.unwrap();
    settle(scene).await;
    (ids.swap_remove(0), ids.swap_remove(REQUESTS - 5))
}

/// What the office's machines fetch, many times. Gives the id of one of these.
async fn ledger(scene: &Scene, office: &Organisation) -> String {
    let here = &scene.hub.here;
    let machines = ward_directory::stands_for(here, &office.id, None).await.unwrap().unwrap();
    let from = collections::find(here, &machines, "threat-information").await.unwrap();
    ward_share::page::objects(here, &machines, &from, &Filter::default()).await.unwrap();
    settle(scene).await;
    let mut tx = here.store.begin().await.unwrap();
    let copies = "INSERT INTO delivered_page (id, organisation_id, reader, collection_id, at, first_tick, last_tick, objects, decisions, sha256,
          entry_id)
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
        SELECT 'zz-' || substr('0000' || n.i, -4), organisation_id, reader, collection_id, at, first_tick, last_tick, objects, decisions,
          sha256 || n.i, entry_id FROM n, (SELECT * FROM delivered_page WHERE organisation_id = $1 ORDER BY id DESC LIMIT 1) p";
    assert_eq!(tx.execute(copies, values![&office.id, DELIVERED]).await.unwrap(), DELIVERED as u64);
    tx.commit().await.unwrap();
    "zz-0042".to_owned()
}

/// One recall asks much of the office, many ask a little of it and of others. Gives the first.
async fn recalls(scene: &Scene, office: &Organisation) -> String {
    let here = &scene.hub.here;
    let mut tx = here.store.begin().await.unwrap();
    let recalls = "INSERT INTO recall (id, reason, at) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
        SELECT 'recall-' || substr('00' || i, -2), 'its marking became stricter', $1 - i FROM n";
    tx.execute(recalls, values![here.now()]).await.unwrap();
    let much = "INSERT INTO recall_party (recall_id, organisation_id, object_id, stix_id, version, delivered_at, pages)
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
        SELECT 'recall-01', $1, 'object-' || i, 'indicator--' || i, '2018-01-01T00:00:00.000Z', $3, '[]' FROM n";
    tx.execute(much, values![&office.id, RECALLED, here.now()]).await.unwrap();
    let little = "INSERT INTO recall_party (recall_id, organisation_id, object_id, stix_id, version, delivered_at, pages, confirmed_at,
          confirmed_by)
        SELECT r.id, o.id, 'object', 'indicator--1', '2018-01-01T00:00:00.000Z', $2, '[]', CASE WHEN o.id < r.id THEN NULL ELSE $2 END, 'Somebody'
        FROM recall r, (SELECT id FROM organisation WHERE id = $1 OR id LIKE '2%55') o WHERE r.id > 'recall-01'";
    tx.execute(little, values![&office.id, here.now()]).await.unwrap();
    tx.execute("UPDATE recall_party SET confirmed_at = NULL, confirmed_by = NULL WHERE recall_id > 'recall-30'", &[])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    "recall-01".to_owned()
}
