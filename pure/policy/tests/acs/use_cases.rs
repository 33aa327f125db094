//! The five OASIS use cases and a marking as Automated Indicator Sharing makes them, from their published files to the decision.

use std::path::PathBuf;

use serde_json::Value;
use ward_policy::{Action, Attributes, Handling, Level, Recipient, decide};
use ward_stix::marking::acs::{Acs, Effect, Entity, Sensitivity, Terms};
use ward_stix::marking::resolve;
use ward_stix::object::Object;

use super::{NOW, handling, member, texts};

/// After the use cases' dates.
const TODAY: i64 = 1_800_000_000_000_000;

/// The objects of a published file, or none (after saying so) where the data is not installed and need not be.
fn published(name: &str) -> Option<Vec<Object>> {
    let default = || concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").to_owned();
    let file = PathBuf::from(std::env::var("WARD_DATA").unwrap_or_else(|_| default())).join("share/acs").join(name);
    let bytes = match std::fs::read(&file) {
        Ok(bytes) => bytes,
        Err(error) if std::env::var_os("CI").is_some() => panic!("{}: {error}", file.display()),
        Err(error) => {
            println!("skipped: {}: {error}", file.display());
            return None;
        }
    };
    let whole: Value = serde_json::from_slice(&bytes).unwrap();
    let list = whole.get("objects").and_then(Value::as_array).cloned().unwrap_or_else(|| vec![whole.clone()]);
    Some(list.iter().map(|one| Object::parse(one.to_string().as_bytes()).unwrap()).collect())
}

fn first_terms(name: &str) -> Option<Terms> {
    Some(Acs::of(published(name)?.first().unwrap()).unwrap().terms)
}

fn person(clearance: Level, organisations: &[&str], entity: Entity) -> Recipient {
    let attributes = Attributes {
        nationality: Some("USA".to_owned()),
        organisations: texts(organisations),
        entities: vec![entity],
        ..Attributes::default()
    };
    Recipient { clearance, ..member(attributes) }
}

fn rule(who: &Recipient, terms: &Terms, action: Action) -> &'static str {
    decide(who, &handling(vec![terms.clone()]), action, TODAY).rule
}

const ALLOWED: &str = "the recipient is all that its ACS marking asks for";

/// The control set grants what the marking's own defaults then neither let anybody see nor hand on: it is for who got it from its custodian.
#[test]
fn use_case_1_top_secret_for_people_of_the_government() {
    let Some(terms) = first_terms("acs-spec-use-case-1.json") else { return };
    let shared = Terms { privilege_default: Effect::Permit, sharing_default: Effect::Permit, ..terms.clone() };
    for (clearance, entity, expected) in [
        (Level::TopSecret, Entity::Government, ALLOWED),
        (Level::TopSecret, Entity::Contractor, ALLOWED),
        (Level::TopSecret, Entity::Military, ALLOWED),
        (Level::Secret, Entity::Government, "it needs a higher clearance"),
        (Level::TopSecret, Entity::Server, "it is for other kinds of people or machines"),
    ] {
        let who = person(clearance, &["USA.USG"], entity);
        assert_eq!(rule(&who, &shared, Action::Read), expected, "{clearance:?} {entity:?}");
        assert!(!decide(&who, &handling(vec![terms.clone()]), Action::Read, TODAY).allowed);
    }
    let who = person(Level::TopSecret, &["USA.USG"], Entity::Government);
    assert_eq!(rule(&who, &terms, Action::Read), "its marking does not permit this action");
    let readable = Terms { privilege_default: Effect::Permit, ..terms };
    assert_eq!(rule(&who, &readable, Action::Read), "its marking does not permit handing it on to the recipient");
}

#[test]
fn use_case_2_everybody_may_read_and_analyse_and_nobody_else_may_act() {
    let Some(terms) = first_terms("acs-spec-use-case-2.json") else { return };
    let who = person(Level::Unclassified, &["USA.SLTT"], Entity::Government);
    for (action, expected) in [
        (Action::Read, ALLOWED),
        (Action::IntelligenceAnalysis, ALLOWED),
        (Action::NetworkDefence, "its marking does not permit this action"),
        (Action::LegalUse, "its marking does not permit this action"),
    ] {
        assert_eq!(rule(&who, &terms, action), expected, "{action:?}");
    }
    let stranger = Recipient { member: false, ..who };
    assert!(!decide(&stranger, &handling(vec![terms]), Action::Read, TODAY).allowed);
}

#[test]
fn use_case_3_the_public_address_is_seen_and_neither_the_actor_nor_the_report() {
    let Some(objects) = published("acs-spec-use-case-3.json") else { return };
    let lookup = |id: &str| objects.iter().find(|object| object.id() == id).cloned();
    let stranger = Recipient { organisation: String::new(), member: false, ..member(Attributes::default()) };
    let cleared = person(Level::Secret, &["USA.USG"], Entity::Government);
    let shown = |kind: &str, who: &Recipient| {
        let object = objects.iter().find(|object| object.kind() == kind).unwrap();
        let markings = resolve(object, &lookup);
        let handling =
            Handling { tlp: markings.tlp, unknown_markings: !markings.unknown.is_empty(), ..handling(markings.acs) };
        decide(who, &handling, Action::Read, TODAY).rule
    };
    assert_eq!(shown("ipv4-addr", &stranger), "it is released to the public");
    assert_eq!(shown("threat-actor", &stranger), "it needs a higher clearance");
    assert_eq!(shown("threat-actor", &cleared), "its marking does not permit this action");
    assert_eq!(shown("report", &cleared), "it has no marking");
    // Were the report public, it would still mention what the stranger may not see.
    let address = objects.iter().find(|object| object.kind() == "ipv4-addr").unwrap();
    let report = Handling { mentions_hidden: true, ..handling(resolve(address, &lookup).acs) };
    assert_eq!(decide(&stranger, &report, Action::Read, TODAY).rule, "it mentions what the recipient may not see");
}

#[test]
fn use_case_4_machines_of_the_federal_government() {
    let Some(terms) = first_terms("acs-spec-use-case-4.json") else { return };
    for (entity, organisation, expected) in [
        (Entity::Server, "USA.USG", ALLOWED),
        (Entity::Service, "USA.USG", ALLOWED),
        (Entity::Network, "USA.USG", ALLOWED),
        (Entity::Service, "USA.SLTT", "it is for other organisations"),
    ] {
        let who = person(Level::Unclassified, &[organisation], entity);
        assert_eq!(rule(&who, &terms, Action::Read), expected, "{entity:?} {organisation}");
    }
}

#[test]
fn use_case_5_law_enforcement_only() {
    let Some(terms) = first_terms("acs-spec-use-case-5.json") else { return };
    for (sensitivities, organisation, entity, expected) in [
        (vec![], "USA.SLTT", Entity::Government, "it has a sensitivity that the recipient may not handle"),
        (vec![Sensitivity::LawEnforcement], "USA.SLTT", Entity::Government, ALLOWED),
        (vec![Sensitivity::LawEnforcement], "USA.USG", Entity::Contractor, ALLOWED),
        (vec![Sensitivity::LawEnforcement], "CIKR", Entity::Government, "it is for other organisations"),
        (vec![Sensitivity::LawEnforcement], "USA.SLTT", Entity::Server, "it is for other kinds of people or machines"),
    ] {
        let mut who = person(Level::Unclassified, &[organisation], entity);
        who.attributes.sensitivities = sensitivities;
        assert_eq!(rule(&who, &terms, Action::Read), expected, "{organisation} {entity:?}");
    }
}

#[test]
fn what_automated_indicator_sharing_sends_is_not_handed_on_to_a_state() {
    let Some(terms) = first_terms("libstix2-ais-style-acs-marking-1.json") else { return };
    let state = person(Level::Unclassified, &["USA.SLTT"], Entity::Government);
    let federal = person(Level::Unclassified, &["USA.DHS", "USA.USG"], Entity::Government);
    for (who, action, expected) in [
        (&state, Action::Read, "its marking does not permit handing it on to the recipient"),
        (&federal, Action::Read, ALLOWED),
        (&federal, Action::NetworkDefence, ALLOWED),
        (&federal, Action::LegalUse, "its marking does not permit this action"),
    ] {
        assert_eq!(rule(who, &terms, action), expected, "{action:?}");
    }
    assert_eq!(
        decide(&federal, &handling(vec![terms]), Action::Relay, NOW).rule,
        "its marking does not permit handing it on to the recipient"
    );
}
