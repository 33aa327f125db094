//! What happens to a hub in the model test: steps drawn from a seed, each complete in itself, so that a part of them can be played alone.

use serde_json::{Value, json};
use ward_share::grant::Covers;
use ward_share::mark::Change;
use ward_stix::marking::Tlp;

use crate::setup::id;

/// The members, by place: Arizona, its county Pima, Illinois. The next place is somebody's who is none, and gets only what is granted.
pub const MEMBERS: u64 = 3;
/// The place of the hub among possible parents.
pub const HUB: usize = 9;
const SHARED: u64 = 26;
const VERSIONS: u64 = 4;
const MARKINGS: u64 = 6;
/// The code of those who are cleared; nobody is at first.
pub const CLEARED: &str = "USA.USG";

/// One version of an object as its owner sends it.
#[derive(Clone)]
pub struct Thing {
    pub owner: usize,
    pub id: String,
    pub version: u64,
    pub body: Value,
}

impl std::fmt::Debug for Thing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let refs = ["object_marking_refs", "source_ref", "target_ref", "object_refs", "created_by_ref"];
        let refs: Vec<String> = refs.iter().filter_map(|name| self.body.get(name)).map(Value::to_string).collect();
        write!(f, "{} v{} {}", self.id, self.version, refs.join(" ").replace("00000000-0000-4000-8000-", ""))
    }
}

impl Thing {
    pub fn kind(&self) -> &str {
        self.id.split("--").next().unwrap()
    }
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Step {
    Post(Vec<Thing>),
    Delete { owner: usize, id: String, version: Option<u64> },
    Mark { id: String, change: Marked },
    Grant { name: usize, to: usize, owner: usize, covers: Case, days: i64 },
    End { name: usize },
    Parent { child: usize, parent: Option<usize> },
    Member { who: usize, is_member: bool },
    Clearance { who: usize, is_raised: bool },
    Confirm { who: usize },
    Ask { id: String, version: u64 },
    Pass { seconds: i64 },
    House,
    Tick,
    Poll { poller: usize, limit: u64, pages: usize },
    Walk { limit: u64 },
}

/// A change of the hub, with times as seconds from when it is made.
#[derive(Clone, Copy, Debug)]
pub enum Marked {
    Now(Change),
    Hold { seconds: i64 },
}

/// What a grant is for.
#[derive(Clone, Debug)]
pub enum Case {
    Objects(Vec<String>),
    Kind(&'static str),
}

impl Case {
    pub fn covers(&self, owner: &str) -> Covers {
        match self {
            Case::Objects(ids) => Covers::Objects(ids.clone()),
            Case::Kind(kind) => Covers::Class { kind: (*kind).to_owned(), organisation_id: owner.to_owned() },
        }
    }
}

/// Small numbers from a seed (SplitMix64, Steele, Lea and Flood, 2014).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn one_in(&mut self, end: u64) -> bool {
        self.below(end) == 0
    }

    fn of<T: Clone>(&mut self, list: &[T]) -> T {
        list[usize::try_from(self.below(list.len() as u64)).unwrap()].clone()
    }

    fn place(&mut self, end: u64) -> usize {
        usize::try_from(self.below(end)).unwrap()
    }
}

/// Steps drawn from a seed.
pub fn script(seed: u64, steps: usize, pollers: u64) -> Vec<Step> {
    let mut dice = Dice(seed);
    let mut script = Vec::with_capacity(steps);
    let mut grants = 0;
    for _ in 0..steps {
        let step = match dice.below(100) {
            0..=27 => post(&mut dice),
            28..=33 => {
                let number = dice.below(SHARED);
                let version = (!dice.one_in(3)).then(|| dice.below(VERSIONS));
                Step::Delete { owner: owner(number), id: named(number), version }
            }
            34..=43 => mark(&mut dice),
            44..=47 => {
                grants += 1;
                let from = dice.place(MEMBERS);
                let ids: Vec<u64> = (0..SHARED).filter(|number| owner(*number) == from).collect();
                let covers = match dice.below(3) {
                    0 => Case::Kind(dice.of(&["indicator", "malware", "report", "relationship"])),
                    _ => Case::Objects((0..=dice.below(3)).map(|_| named(dice.of(&ids))).collect()),
                };
                let to = (from + 1 + dice.place(MEMBERS)) % 4;
                Step::Grant { name: grants, to, owner: from, covers, days: 1 + dice.below(3).cast_signed() }
            }
            48 => Step::End { name: 1 + dice.place(grants as u64 + 1) },
            49..=50 => {
                let (child, parent) =
                    dice.of(&[(2, None), (2, Some(HUB)), (0, None), (0, Some(HUB)), (1, Some(0)), (1, None)]);
                Step::Parent { child, parent }
            }
            51 => Step::Member { who: 1 + dice.place(2), is_member: !dice.one_in(3) },
            52..=53 => Step::Clearance { who: dice.place(MEMBERS), is_raised: dice.one_in(2) },
            54..=55 => Step::Pass { seconds: dice.of(&[60, 700, 90_000]) },
            56..=59 => Step::House,
            60..=70 => Step::Tick,
            71 => Step::Walk { limit: 1 + dice.below(50) },
            72 => Step::Confirm { who: dice.place(MEMBERS + 1) },
            73..=76 => Step::Ask { id: named(dice.below(SHARED)), version: dice.below(VERSIONS) },
            _ => Step::Poll { poller: dice.place(pollers), limit: 1 + dice.below(12), pages: 1 + dice.place(4) },
        };
        script.push(step);
    }
    script
}

fn owner(number: u64) -> usize {
    usize::try_from(number % MEMBERS).unwrap()
}

fn kind(number: u64) -> &'static str {
    match number {
        0..=8 => "indicator",
        9..=11 => "malware",
        12..=14 => "identity",
        15..=20 => "relationship",
        _ => "report",
    }
}

fn named(number: u64) -> String {
    id(kind(number), number)
}

fn marking(owner: usize, place: u64) -> String {
    id("marking-definition", 100 + owner as u64 * 10 + place)
}

fn post(dice: &mut Dice) -> Step {
    let owner = dice.place(MEMBERS);
    let mut things: Vec<Thing> = (0..=dice.below(3)).map(|_| thing(dice, owner)).collect();
    things.sort_by_key(|thing| match thing.kind() {
        "marking-definition" => 0,
        "identity" => 1,
        "indicator" | "malware" => 2,
        _ => 3,
    });
    let mut known = std::collections::BTreeSet::new();
    things.retain(|thing| known.insert((thing.id.clone(), thing.version)));
    Step::Post(things)
}

fn thing(dice: &mut Dice, owner: usize) -> Thing {
    if dice.one_in(8) {
        return definition(dice, owner);
    }
    let number = dice.below(SHARED / MEMBERS) * MEMBERS + owner as u64;
    let version = dice.below(VERSIONS);
    let (kind, own_id) = (kind(number), named(number));
    let at = format!("2018-01-01T00:00:{version:02}.000Z");
    let mut body = json!({
        "type": kind, "spec_version": "2.1", "id": own_id, "created": "2018-01-01T00:00:00.000Z", "modified": at,
    });
    let mut other = |end: u64| loop {
        let other = dice.below(end);
        if other != number {
            return named(other);
        }
    };
    let own = match kind {
        "indicator" => json!({"valid_from": "2018-01-01T00:00:00Z", "pattern_type": "stix",
            "pattern": format!("[ipv4-addr:value = '203.0.113.{}']", number * 4 + version)}),
        "malware" => json!({"name": "a worm", "is_family": false}),
        "identity" => json!({"name": "a team", "identity_class": "group"}),
        "relationship" => json!({"relationship_type": "related-to", "source_ref": other(12), "target_ref": other(15)}),
        _ => {
            json!({"name": "what happened", "published": "2018-01-01T00:00:00Z", "object_refs": [other(12), other(SHARED)]})
        }
    };
    body.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    // Some of each owner's objects are made by an identity of theirs.
    if number < 12 && number / MEMBERS % 2 == 1 {
        body["created_by_ref"] = json!(named(12 + owner as u64));
    }
    let tlp = |level: Tlp| level.official_id().to_owned();
    let mut refs = match dice.below(10) {
        0..=3 => vec![tlp(Tlp::Green)],
        4 => vec![tlp(Tlp::Clear)],
        5..=6 => vec![tlp(Tlp::Amber)],
        7 => vec![tlp(Tlp::Red)],
        8 => vec![tlp(Tlp::AmberStrict)],
        _ => vec![],
    };
    if dice.one_in(4) {
        let whose = if dice.one_in(6) { dice.place(MEMBERS) } else { owner };
        refs.push(marking(whose, dice.below(MARKINGS)));
    }
    if !refs.is_empty() {
        body["object_marking_refs"] = json!(refs);
    }
    if dice.one_in(10) {
        body["granular_markings"] = json!([{"marking_ref": Tlp::Red.official_id(), "selectors": ["created"]}]);
    }
    Thing { owner, id: own_id, version, body }
}

/// Each member has six markings: two statements, what is for all, what is for the cleared, what is for all until a day, and what is public from that
/// day on.
fn definition(dice: &mut Dice, owner: usize) -> Thing {
    let place = dice.below(MARKINGS);
    let own_id = marking(owner, place);
    let mut body = json!({
        "type": "marking-definition", "spec_version": "2.1", "id": own_id, "created": "2018-01-01T00:00:00.000Z",
        "object_marking_refs": [Tlp::Green.official_id()],
    });
    let day = "2018-05-04T00:00:00Z";
    let permits = "permit&sharedefault=permit";
    let own = match place {
        0 | 1 => json!({"definition_type": "statement", "definition": {"statement": "(c) somebody"}}),
        2 => acs(permits, &json!({"control_set": {"classification": "U"}})),
        3 => acs(permits, &json!({"control_set": {"classification": "U", "permitted_organizations": [CLEARED]}})),
        4 => acs(
            permits,
            &json!({"control_set": {"classification": "U"},
            "resource_disposition": {"disposition_date": day, "disposition_process": "destroy"}}),
        ),
        _ => acs(
            "deny&sharedefault=deny",
            &json!({"control_set": {"classification": "U", "formal_determination": ["PUBREL"]},
            "public_release": {"released_by": "USA.DHS", "released_on": day}}),
        ),
    };
    body.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    Thing { owner, id: own_id, version: 0, body }
}

/// A marking of the US federal system, with what its rules permit by default.
fn acs(by_default: &str, terms: &Value) -> Value {
    let mut extension = json!({"extension_type": "property-extension",
        "identifier": "isa:guide.19001.ACS3-1", "create_date_time": "2018-01-01T00:00:00Z", "responsible_entity_custodian": "USA.DHS",
        "policy_reference": format!("urn:isa:policy:acs:ns:v3.0?privdefault={by_default}")});
    extension.as_object_mut().unwrap().extend(terms.as_object().unwrap().clone());
    json!({"extensions": {"extension-definition--3a65884d-005a-4290-8335-cb2d778a83ce": extension}})
}

fn mark(dice: &mut Dice) -> Step {
    let change = match dice.below(8) {
        0 => Marked::Now(Change::Assign(Some(Tlp::Red))),
        1 => Marked::Now(Change::Assign(Some(Tlp::Green))),
        2 => Marked::Now(Change::Assign(None)),
        3 => Marked::Hold { seconds: dice.of(&[120, 800]) },
        4 => Marked::Now(Change::Release),
        5 => Marked::Now(Change::Withdraw),
        _ => Marked::Now(Change::Restore),
    };
    Step::Mark { id: named(dice.below(SHARED)), change }
}
