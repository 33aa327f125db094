//! A hub, a member and the member's node with a person of each role, and something of everything that their pages show.

use ward_directory::clearance::{
    ChangeClearance, Details, NewClearance, NewReadIn, SponsorWord, Way, add_read_in, change_clearance, open_clearance,
    set_details,
};
use ward_directory::{Organisation, Who, permit};
use ward_policy::{Basis, Grade, Resource, Role, Stage, Verb};
use ward_share::alert::AlertKey;
use ward_share::by_hand::{Found, HandAnswer, HandSource};
use ward_share::grant::Covers;
use ward_share::mark::{self, Change};
use ward_share::{collections, intake, recall, request};
use ward_stix::marking::Tlp;
use ward_stix::object::Object;
use ward_taxii::filter::Filter;

use crate::browser::Browser;
use crate::scene::{Scene, Words};
use crate::setup::{Office, PASSWORD};

/// The people of each office, by account.
pub const PEOPLE: [(&str, Role); 6] = [
    ("ada", Role::Administrator),
    ("ana", Role::Analyst),
    ("lea", Role::Liaison),
    ("dora", Role::Director),
    ("ida", Role::It),
    ("cleo", Role::Clerk),
];

/// Where somebody signs in, and as whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The hub's own people.
    Hub,
    /// Arizona's people at the hub.
    Member,
    /// Arizona's people at their own node.
    Node,
}

pub const SIDES: [Side; 3] = [Side::Hub, Side::Member, Side::Node];

pub struct World {
    pub scene: Scene,
    /// Published, for both members: Illinois has answered it by hand, Arizona's node has received it and found a match.
    pub alert: AlertKey,
    /// Published, for Illinois alone, whose marking lets no other member see it.
    pub other: AlertKey,
    pub draft: AlertKey,
    /// The answer that waits at the node.
    pub sighting_id: String,
    /// One of Arizona's people at the hub, who is to be cleared.
    pub person_id: String,
    /// What Illinois asks to be shown, which the hub's people decide on.
    pub request_id: String,
    /// What was called back from Arizona.
    pub recall_id: String,
    /// The hub's request for a version of the alert that can be passed on.
    pub tear_line_id: String,
}

impl World {
    /// `name` gives the name of who has an account.
    pub async fn new(words: &'static Words, name: fn(&str) -> String) -> World {
        World::at(Scene::of(words).await, words, name).await
    }

    /// The world around a scene in which nothing has happened yet.
    pub async fn at(scene: Scene, words: &'static Words, name: fn(&str) -> String) -> World {
        let (hub, node) = (&scene.hub, &scene.node);
        everybody(hub, &hub.admin.organisation, &["ada", "ana", "dora"], "", name).await;
        everybody(hub, &scene.arizona, &[], "az-", name).await;
        let illinois = hub.person_at(&scene.illinois, "il-cleo", &name("cleo"), Role::Clerk).await;
        everybody(node, &node.admin.organisation, &["ada"], "", name).await;
        scene.read_logs().await;
        let alert = scene.draft().await;
        let other = scene.draft_for(Tlp::Amber, &[&scene.illinois]).await;
        let draft = scene.draft().await;
        scene.publish(&alert).await;
        scene.publish(&other).await;
        answer_by_hand(hub, &illinois, &alert, words).await;
        scene.rounds().await;
        let dora = ward_directory::acting_as(&hub.here, "dora@office.example", None).await.unwrap().unwrap();
        let freezes = permit(&dora, Verb::Publish, Resource::Brief, ()).unwrap();
        ward_brief::freeze(&hub.here, &freezes, None, hub.here.now(), None).await.unwrap();
        let ida = ward_directory::acting_as(&node.here, "ida@office.example", None).await.unwrap().unwrap();
        let see = permit(&ida, Verb::See, Resource::Answer, ()).unwrap();
        let held = ward_watch::release::held(&node.here, &see).await.unwrap();
        let sighting_id = held.first().expect("an answer waits").sighting_id.clone();
        let person_id = to_be_cleared(hub, words).await;
        let request_id = asked(hub, &illinois, words).await;
        let recall_id = called_back(&scene).await;
        let ana = ward_directory::acting_as(&hub.here, "ana@office.example", None).await.unwrap().unwrap();
        let tear_line_id = ward_share::tear_line::ask(&hub.here, &ana, &alert.report_id).await.unwrap();
        World { scene, alert, other, draft, sighting_id, person_id, request_id, recall_id, tear_line_id }
    }

    pub fn office(&self, side: Side) -> &Office {
        if side == Side::Node { &self.scene.node } else { &self.scene.hub }
    }

    /// The address of a page, with the ids of what is there.
    pub fn address(&self, pattern: &str) -> String {
        pattern
            .replace("{report}", &self.alert.report_id)
            .replace("{version}", &self.alert.modified.replace(':', "%3A"))
            .replace("{other}", &self.other.report_id)
            .replace("{draft}", &self.draft.report_id)
            .replace("{draft_version}", &self.draft.modified.replace(':', "%3A"))
            .replace("{sighting}", &self.sighting_id)
            .replace("{receipt}", "1")
            .replace("{brief}", "1")
            .replace("{answering}", &self.scene.illinois.id)
            .replace("{person}", &self.person_id)
            .replace("{request}", &self.request_id)
            .replace("{recall}", &self.recall_id)
            .replace("{tear_line}", &self.tear_line_id)
    }
}

/// The address of the same page about what there is not.
pub fn absent(pattern: &str) -> String {
    let report = "report--00000000-0000-4000-8000-000000000404";
    pattern
        .replace("{report}", report)
        .replace("{other}", report)
        .replace("{draft}", report)
        .replace("{version}", "2018-01-01T00%3A00%3A00.000Z")
        .replace("{draft_version}", "2018-01-01T00%3A00%3A00.000Z")
        .replace("{sighting}", "sighting--00000000-0000-4000-8000-000000000404")
        .replace("{receipt}", "404")
        .replace("{brief}", "404")
        .replace("{answering}", "nobody")
        .replace("{person}", "nobody")
        .replace("{request}", "nothing")
        .replace("{recall}", "nothing")
        .replace("{tear_line}", "nothing")
}

pub fn account(side: Side, name: &str) -> String {
    let of = if side == Side::Member { "az-" } else { "" };
    format!("{of}{name}@office.example")
}

/// A client without script that has signed in.
pub async fn signed_in(world: &World, side: Side, name: &str) -> Browser {
    Browser::signed_in(&world.office(side).url, &account(side, name), PASSWORD).await
}

/// The first receipt of the hub is for this answer.
async fn answer_by_hand(hub: &Office, who: &Who, alert: &AlertKey, words: &Words) {
    let said = HandAnswer {
        modified: alert.modified.clone(),
        report_id: alert.report_id.clone(),
        found: Found::CouldNotLook,
        sources: vec![HandSource { name: words.source.to_owned(), holds_from: 0, holds_until: 1 }],
        has_searched_all: false,
        could_not_see: words.headline.to_owned(),
        saw: String::new(),
        count: 1,
        is_name_released: false,
    };
    ward_share::by_hand::answer_by_hand(&hub.here, &permit(who, Verb::Create, Resource::Answer, said).unwrap())
        .await
        .unwrap();
}

/// Arizona's IT person, with a record that waits and words of others on it.
async fn to_be_cleared(hub: &Office, words: &Words) -> String {
    let of = ward_directory::person_of_email(&hub.here, &account(Side::Member, "ida")).await.unwrap().unwrap();
    let lea = ward_directory::acting_as(&hub.here, "lea@office.example", None).await.unwrap().unwrap();
    let on = |verb: Verb| permit(&lea, verb, Resource::Clearance, of.clone()).unwrap();
    let now = hub.here.now();
    let new = NewClearance {
        sponsor: words.source.to_owned(),
        grade: Grade::Secret,
        basis: Basis::Final,
        stage: Stage::Nominated,
        since: now,
    };
    let id = open_clearance(&hub.here, &on(Verb::Create), &new).await.unwrap();
    let change = ChangeClearance { stage: Some((Stage::Granted, now)), ..ChangeClearance::default() };
    let word =
        SponsorWord { person: words.source.to_owned(), at: now, way: Way::Letter, reference: words.source.to_owned() };
    change_clearance(&hub.here, &on(Verb::Change), &id, &change, Some(&word)).await.unwrap();
    let details = Details {
        topics: vec![words.source.to_owned()],
        room: words.source.to_owned(),
        travel_minutes: Some(45),
        ..Details::default()
    };
    set_details(&hub.here, &on(Verb::Change), &details).await.unwrap();
    let (place, topic, briefer) = (words.source.to_owned(), words.source.to_owned(), words.source.to_owned());
    add_read_in(&hub.here, &on(Verb::Change), &NewReadIn { at: now, place, topic, briefer }).await.unwrap();
    of.id
}

async fn asked(hub: &Office, illinois: &Who, words: &Words) -> String {
    let covers = Covers::Objects(vec!["indicator--00000000-0000-4000-8000-000000000404".to_owned()]);
    let ask = request::Ask { covers, purpose: format!("For this: {}", words.source), days: 30 };
    request::ask(&hub.here, illinois, &ask).await.unwrap()
}

/// An indicator of the hub's that Arizona's machines fetched and that was withdrawn then.
async fn called_back(scene: &Scene) -> String {
    let hub = &scene.hub.here;
    let settle = async || while ward_store::sequence(&hub.store).await.unwrap() > 0 {};
    let ana = ward_directory::acting_as(hub, "ana@office.example", None).await.unwrap().unwrap();
    let id = "indicator--00000000-0000-4000-8000-000000000909";
    let object = format!(
        r#"{{"type":"indicator","spec_version":"2.1","id":"{id}","created":"2018-01-01T00:00:00.000Z",
        "modified":"2018-01-01T00:00:00.000Z","valid_from":"2018-01-01T00:00:00Z","pattern_type":"stix",
        "pattern":"[ipv4-addr:value = '203.0.113.9']","object_marking_refs":["{}"]}}"#,
        Tlp::Green.official_id()
    );
    let into = collections::find(hub, &ana, "threat-information").await.unwrap();
    let taken = intake::add(hub, &ana, &into, vec![Object::parse(object.as_bytes())], None).await.unwrap();
    assert_eq!(taken.failure_count, 0);
    settle().await;
    let machines = ward_directory::stands_for(hub, &scene.arizona.id, None).await.unwrap().unwrap();
    let from = collections::find(hub, &machines, "threat-information").await.unwrap();
    ward_share::page::objects(hub, &machines, &from, &Filter::default()).await.unwrap();
    let on = permit(&ana, Verb::Change, Resource::Indicator, id.to_owned()).unwrap();
    assert_eq!(mark::change(hub, &on, Change::Withdraw, "It was a mistake").await.unwrap().recalled, 1);
    settle().await;
    recall::list(hub, &machines).await.unwrap().remove(0).recall_id
}

async fn everybody(office: &Office, of: &Organisation, but: &[&str], prefix: &str, name: fn(&str) -> String) {
    for (account, role) in PEOPLE.into_iter().filter(|(account, _)| !but.contains(account)) {
        office.person_at(of, &format!("{prefix}{account}"), &name(account), role).await;
    }
}
