//! What ACS markings decide, clause by clause as tables, the five OASIS use cases from end to end, and the laws as property tests.
#![cfg(test)]

#[path = "acs/any.rs"]
mod any;
#[path = "acs/table.rs"]
mod table;
#[path = "acs/use_cases.rs"]
mod use_cases;

use any::NOW;
use proptest::prelude::*;
use serde_json::{Value, json};
use ward_policy::{Action, Attributes, Decision, Handling, Level, Need, Recipient, decide};
use ward_stix::marking::Tlp;
use ward_stix::marking::acs::{ACS_EXTENSION_ID, Acs, Caveat, Community, Entity, Sensitivity, Terms};
use ward_stix::object::Object;

/// What a marking with this control set and these further properties asks; the defaults permit.
pub fn terms(control_set: Value, more: Value) -> Terms {
    let mut extension = json!({"extension_type": "property-extension", "identifier": "i", "create_date_time": "2020-01-01T00:00:00Z",
        "responsible_entity_custodian": "USA.DHS", "control_set": control_set,
        "policy_reference": "urn:isa:policy:acs:ns:v3.0?privdefault=permit&sharedefault=permit"});
    extension.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let definition = json!({"type": "marking-definition", "id": "m", "extensions": {ACS_EXTENSION_ID: extension}});
    Acs::of(&Object::parse(definition.to_string().as_bytes()).unwrap()).unwrap().terms
}

pub fn plain() -> Terms {
    terms(json!({"classification": "U"}), json!({}))
}

/// A handling with these markings that one state is addressed in.
pub fn handling(acs: Vec<Terms>) -> Handling {
    Handling { addressed: vec!["state".to_owned()], ..any::bare(acs) }
}

/// A member with these attributes.
pub fn member(attributes: Attributes) -> Recipient {
    Recipient {
        organisation: "county".to_owned(),
        client_of: vec!["state".to_owned()],
        member: true,
        clearance: Level::Unclassified,
        attributes,
    }
}

pub fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

fn sltt() -> Recipient {
    member(Attributes {
        nationality: Some("USA".to_owned()),
        organisations: texts(&["USA.SLTT"]),
        communities: vec![Community::EmergencyManagement],
        entities: vec![Entity::Government],
        ..Attributes::default()
    })
}

fn reads(who: &Recipient, terms: Terms) -> Decision {
    decide(who, &handling(vec![terms]), Action::Read, NOW)
}

const ALLOWED: &str = "the recipient is all that its ACS marking asks for";

#[test]
fn the_control_set_decides_group_by_group() {
    let known = sltt();
    let unknown = member(Attributes::default());
    let cleared = Recipient { clearance: Level::Secret, ..sltt() };
    let mut sensitive = sltt();
    sensitive.attributes.sci_controls = texts(&["SI", "TK"]);
    sensitive.attributes.authority_categories = texts(&["LAC1"]);
    sensitive.attributes.caveats = vec![Caveat::Fisa];
    sensitive.attributes.sensitivities = vec![Sensitivity::LawEnforcement];
    let clearance = "it needs a higher clearance";
    let compartment = "it needs a compartment that the recipient is not read into";
    let authority = "it needs a legal authority that the recipient does not hold";
    let caveat = "it has a caveat that the recipient may not handle";
    let sensitivity = "it has a sensitivity that the recipient may not handle";
    let table = [
        (json!({}), &unknown, ALLOWED),
        (json!({"classification": "S"}), &known, clearance),
        (json!({"classification": "S"}), &cleared, ALLOWED),
        (json!({"classification": "C"}), &cleared, ALLOWED),
        (json!({"classification": "TS"}), &cleared, clearance),
        (json!({"sci_controls": ["SI"]}), &known, compartment),
        (json!({"sci_controls": ["SI", "TK"]}), &sensitive, ALLOWED),
        (json!({"sci_controls": ["SI", "HCS"]}), &sensitive, compartment),
        (json!({"logical_authority_category": ["LAC1"]}), &known, authority),
        (json!({"logical_authority_category": ["LAC1"]}), &sensitive, ALLOWED),
        (json!({"caveat": ["FISA"]}), &known, caveat),
        (json!({"caveat": ["FISA"]}), &sensitive, ALLOWED),
        (json!({"caveat": ["FISA", "POSSIBLEPII"]}), &sensitive, caveat),
        (json!({"sensitivity": ["LES"]}), &known, sensitivity),
        (json!({"sensitivity": ["LES"]}), &sensitive, ALLOWED),
        (json!({"sensitivity": ["LES", "PCII"]}), &sensitive, sensitivity),
        (json!({"formal_determination": ["NF"]}), &known, ALLOWED),
        (json!({"formal_determination": ["NF"]}), &unknown, "it is for citizens of the United States only"),
        (json!({"formal_determination": ["FOUO", "AIS"]}), &unknown, ALLOWED),
        (json!({"permitted_nationalities": ["USA", "CAN"]}), &known, ALLOWED),
        (json!({"permitted_nationalities": ["CAN"]}), &known, "it is for other countries"),
        (json!({"permitted_nationalities": ["USA"]}), &unknown, "it is for other countries"),
        (json!({"permitted_organizations": ["USA.USG", "USA.SLTT"]}), &known, ALLOWED),
        (json!({"permitted_organizations": ["USA.USG"]}), &known, "it is for other organisations"),
        (json!({"permitted_organizations": ["USA.SLTT"]}), &unknown, "it is for other organisations"),
        (json!({"shareability": ["EM", "LE"]}), &known, ALLOWED),
        (json!({"shareability": ["IC"]}), &known, "it is for other communities"),
        (json!({"shareability": ["IC"]}), &unknown, "it is for other communities"),
        (json!({"entity": ["GOV"]}), &known, ALLOWED),
        (json!({"entity": ["MIL"]}), &known, "it is for other kinds of people or machines"),
        (json!({"entity": ["GOV"]}), &unknown, "it is for other kinds of people or machines"),
    ];
    for (set, who, rule) in table {
        let mut control_set = json!({"classification": "U"});
        control_set.as_object_mut().unwrap().extend(set.as_object().unwrap().clone());
        assert_eq!(reads(who, terms(control_set, json!({}))), Decision { allowed: rule == ALLOWED, rule }, "{set}");
    }
}

fn policy(privilege: &str, sharing: &str) -> String {
    format!("urn:isa:policy:acs:ns:v3.0?privdefault={privilege}&sharedefault={sharing}")
}

#[test]
fn privileges_deny_before_they_permit_and_then_the_default_holds() {
    let rule = |action: &str, effect: &str, scope: Value| json!({"privilege_action": action, "privilege_scope": scope, "rule_effect": effect});
    let all = || json!({"entity": ["ALL"]});
    let (us, others) =
        (json!({"permitted_organizations": ["USA.SLTT"]}), json!({"permitted_organizations": ["USA.USG"]}));
    let half = json!({"permitted_organizations": ["USA.SLTT"], "entity": ["MIL"]});
    let (read, defend, court) = (Action::Read, Action::NetworkDefence, Action::LegalUse);
    let table = [
        ("permit", vec![], read, true),
        ("deny", vec![], read, false),
        ("deny", vec![rule("DSPLY", "permit", all())], read, true),
        ("deny", vec![rule("DSPLY", "permit", us.clone())], read, true),
        ("deny", vec![rule("DSPLY", "permit", others.clone())], read, false),
        ("deny", vec![rule("DSPLY", "permit", half.clone())], read, false),
        ("deny", vec![rule("NETDEF", "permit", all())], read, false),
        ("deny", vec![rule("ALL", "permit", all())], read, true),
        ("deny", vec![rule("CISAUSES", "permit", all())], read, true),
        ("permit", vec![rule("DSPLY", "deny", all())], read, false),
        ("permit", vec![rule("DSPLY", "deny", others.clone())], read, true),
        ("permit", vec![rule("DSPLY", "deny", half)], read, true),
        ("permit", vec![rule("CISAUSES", "deny", all())], read, true),
        ("permit", vec![rule("NETDEF", "deny", all())], read, true),
        ("deny", vec![rule("DSPLY", "permit", all()), rule("DSPLY", "deny", us.clone())], read, false),
        ("permit", vec![rule("ALL", "permit", all()), rule("ALL", "deny", us.clone())], read, false),
        ("permit", vec![rule("CISAUSES", "deny", all())], defend, false),
        ("deny", vec![rule("CISAUSES", "permit", all())], defend, true),
        ("deny", vec![rule("NETDEF", "permit", all())], defend, false),
        ("deny", vec![rule("NETDEF", "permit", all()), rule("DSPLY", "permit", all())], defend, true),
        ("deny", vec![rule("CISAUSES", "permit", all())], court, false),
        ("deny", vec![rule("CISAUSES", "permit", all()), rule("LEGAL", "permit", us)], court, true),
        ("permit", vec![rule("LEGAL", "deny", all())], court, false),
        ("permit", vec![rule("INTEL", "deny", all())], Action::IntelligenceAnalysis, false),
        ("permit", vec![], Action::IntelligenceAnalysis, true),
    ];
    for (default, rules, action, allowed) in table {
        let mut more = json!({"policy_reference": policy(default, "permit")});
        if !rules.is_empty() {
            more["access_privilege"] = json!(rules);
        }
        let marked = handling(vec![terms(json!({"classification": "U"}), more)]);
        let found = decide(&sltt(), &marked, action, NOW);
        assert_eq!(found.allowed, allowed, "{default} {action:?} {rules:?}: {}", found.rule);
    }
}

#[test]
fn a_denial_covers_who_is_not_known_and_the_parts_of_what_is_named() {
    let denied = |scope: Value| {
        terms(
            json!({"classification": "U"}),
            json!({"access_privilege": [{"privilege_action": "DSPLY", "privilege_scope": scope, "rule_effect": "deny"}]}),
        )
    };
    let agency = member(Attributes { organisations: texts(&["USA.DOJ.FBI"]), ..Attributes::default() });
    let unknown = member(Attributes::default());
    for (scope, who, allowed) in [
        (json!({"permitted_organizations": ["USA.DOJ"]}), &agency, false),
        (json!({"permitted_organizations": ["USA.DO"]}), &agency, true),
        (json!({"permitted_organizations": ["USA.DOJ.FBI.X"]}), &agency, true),
        (json!({"permitted_organizations": ["USA.DOJ"]}), &unknown, false),
        (json!({"permitted_nationalities": ["CAN"]}), &unknown, false),
        (json!({"permitted_nationalities": ["CAN"]}), &sltt(), true),
        (json!({"shareability": ["IC"]}), &unknown, false),
        (json!({"entity": ["CTR"], "permitted_organizations": ["USA.SLTT"]}), &sltt(), true),
    ] {
        assert_eq!(reads(who, denied(scope.clone())).allowed, allowed, "{scope}");
    }
    let permitted = terms(json!({"classification": "U", "permitted_organizations": ["USA.DOJ"]}), json!({}));
    assert!(!reads(&agency, permitted).allowed, "a part is not the whole");
}

#[test]
fn handing_on_denies_before_it_permits_and_then_the_default_holds() {
    let rule = |effect: &str, scope: &[&str]| json!({"sharing_scope": scope, "rule_effect": effect});
    let abroad = member(Attributes {
        nationality: Some("CAN".to_owned()),
        organisations: texts(&["CAN.GOV"]),
        ..Attributes::default()
    });
    let (known, unknown) = (sltt(), member(Attributes::default()));
    let denied = "its marking denies handing it on to the recipient";
    let not = "its marking does not permit handing it on to the recipient";
    for (default, rules, who, expected) in [
        ("permit", vec![], &unknown, ALLOWED),
        ("deny", vec![], &known, not),
        ("deny", vec![rule("permit", &["USA.USG"])], &known, not),
        ("deny", vec![rule("permit", &["USA.USG", "USA.SLTT"])], &known, ALLOWED),
        ("deny", vec![rule("permit", &["USA.SLTT"])], &unknown, not),
        ("deny", vec![rule("permit", &["USA.SLTT"]), rule("deny", &["USA.SLTT"])], &known, denied),
        ("permit", vec![rule("deny", &["USA.SLTT"])], &known, denied),
        ("permit", vec![rule("deny", &["USA.USG"])], &known, ALLOWED),
        ("permit", vec![rule("deny", &["USA.USG"])], &unknown, denied),
        ("permit", vec![rule("deny", &["FOREIGNGOV"])], &known, ALLOWED),
        ("permit", vec![rule("deny", &["FOREIGNGOV"])], &abroad, denied),
        ("deny", vec![rule("permit", &["FOREIGNGOV"])], &abroad, not),
    ] {
        let mut more = json!({"policy_reference": policy("permit", default)});
        if !rules.is_empty() {
            more["further_sharing"] = json!(rules);
        }
        assert_eq!(reads(who, terms(json!({"classification": "U"}), more)).rule, expected, "{default} {rules:?}");
    }
    // To relay is to hand on to members whom nobody here knows, so nothing may be limited.
    let relays = |terms: Terms| decide(&known, &handling(vec![terms]), Action::Relay, NOW).allowed;
    assert!(relays(plain()));
    let limited = json!({"further_sharing": [{"sharing_scope": ["USA.USG"], "rule_effect": "deny"}]});
    assert!(!relays(terms(json!({"classification": "U"}), limited)));
}

#[test]
fn dates_flip_the_answer_at_their_moment() {
    let date = "2030-01-01T00:00:00Z";
    let at = ward_stix::timestamp::parse_micros(date).unwrap();
    let stranger = Recipient { organisation: String::new(), member: false, ..member(Attributes::default()) };
    let classified = |more: Value| terms(json!({"classification": "S"}), more);
    let public = terms(
        json!({"classification": "U", "formal_determination": ["PUBREL"]}),
        json!({"public_release": {"released_by": "x", "released_on": date}}),
    );
    let granted = Handling { need: Need::Grant { until: at }, ..handling(vec![plain()]) };
    let later = Handling { released_at: Some(at), ..handling(vec![plain()]) };
    let exempt = json!({"declassification": {"declass_date": date, "declass_exemption": "25X1"}});
    let disposal = json!({"resource_disposition": {"disposition_date": date, "disposition_process": "destroy"}});
    for (what, marked, who, before, after) in [
        (
            "declassified",
            handling(vec![classified(json!({"declassification": {"declass_date": date}}))]),
            sltt(),
            false,
            true,
        ),
        ("exempt", handling(vec![classified(exempt)]), sltt(), false, false),
        ("disposed of", handling(vec![terms(json!({"classification": "U"}), disposal)]), sltt(), true, false),
        ("released to the public", handling(vec![public]), stranger, false, true),
        ("grant ended", granted, sltt(), true, false),
        ("released", later, sltt(), false, true),
    ] {
        let found = [at - 1, at].map(|now| decide(&who, &marked, Action::Read, now).allowed);
        assert_eq!(found, [before, after], "{what}");
    }
}

#[test]
fn strangers_have_only_what_is_public() {
    let stranger = Recipient { organisation: String::new(), member: false, ..member(Attributes::default()) };
    let public = |more: Value| terms(json!({"classification": "U", "formal_determination": ["PUBREL"]}), more);
    let nameless = json!({"access_privilege": [{"privilege_action": "ANONYMOUSACCESS", "privilege_scope": {"entity": ["ALL"]}, "rule_effect": "deny"}]});
    for (terms, rule) in [
        (plain(), "it is for the community only, as long as it is not released to the public"),
        (public(json!({})), "it is released to the public"),
        (public(nameless.clone()), "its marking denies access without a name"),
        (
            terms(json!({"classification": "U", "formal_determination": ["PUBREL", "FOUO"]}), json!({})),
            "it is for the community only, as long as it is not released to the public",
        ),
    ] {
        assert_eq!(reads(&stranger, terms).rule, rule);
    }
    assert!(reads(&sltt(), public(nameless)).allowed, "who has a name is not without one");
}

#[test]
fn need_to_know_and_what_is_mentioned_decide_too() {
    for (need, mentions_hidden, rule) in [
        (Need::Collection, false, ALLOWED),
        (Need::Grant { until: NOW + 1 }, false, ALLOWED),
        (Need::Grant { until: NOW }, false, "the grant has ended"),
        (Need::Nothing, false, "it is in no collection that the recipient has part in"),
        (Need::Collection, true, "it mentions what the recipient may not see"),
    ] {
        let marked = Handling { need, mentions_hidden, ..handling(vec![plain()]) };
        assert_eq!(decide(&sltt(), &marked, Action::Read, NOW).rule, rule);
    }
}

#[test]
fn acs_and_tlp_must_both_allow() {
    let red = |acs: Vec<Terms>| Handling { tlp: vec![Tlp::Red], ..handling(acs) };
    let green = |acs: Vec<Terms>| Handling { tlp: vec![Tlp::Green], ..handling(acs) };
    let federal = || terms(json!({"classification": "U", "permitted_organizations": ["USA.USG"]}), json!({}));
    for (marked, rule) in [
        (red(vec![plain()]), "TLP:RED is for the recipients named only"),
        (green(vec![plain()]), "TLP:GREEN is for the community"),
        (green(vec![federal()]), "it is for other organisations"),
        (green(vec![plain(), federal()]), "it is for other organisations"),
    ] {
        assert_eq!(decide(&sltt(), &marked, Action::Read, NOW).rule, rule);
    }
}

#[test]
fn what_was_kept_before_there_were_acs_markings_still_reads() {
    let kept = r#"{"owner":"hub","tlp":["green"],"unknown_markings":false,"granular":false,"assigned_tlp":null,
        "required_level":"unclassified","addressed":[],"released_at":1,"withdrawn":false}"#;
    let read: Handling = serde_json::from_str(kept).unwrap();
    assert_eq!((read.acs.len(), read.need, read.mentions_hidden), (0, Need::Collection, false));
    assert_eq!(
        serde_json::to_value(&read).unwrap(),
        serde_json::from_str::<Value>(kept).unwrap(),
        "and nothing is added to it"
    );
    let who: Recipient =
        serde_json::from_str(r#"{"organisation":"a","client_of":[],"member":true,"clearance":"secret"}"#).unwrap();
    assert_eq!(who.attributes, Attributes::default());
}

proptest! {
    #[test]
    fn one_more_marking_never_allows_more(
        (who, before, action) in any::question(), more in any::terms(), tlp in any::tlp(),
    ) {
        prop_assume!(!before.acs.is_empty() || !before.tlp.is_empty() || before.assigned_tlp.is_some());
        let mut after = before.clone();
        after.acs.push(more);
        let mut both = after.clone();
        both.tlp.push(tlp);
        let [before, after, both] = [before, after, both].map(|marked| decide(&who, &marked, action, NOW).allowed);
        prop_assert!(before || !after);
        prop_assert!(after || !both);
    }

    #[test]
    fn a_higher_clearance_never_allows_less((who, marked, action) in any::question(), level in any::level()) {
        let raised = Recipient { clearance: level.max(who.clearance), ..who.clone() };
        prop_assert!(!decide(&who, &marked, action, NOW).allowed || decide(&raised, &marked, action, NOW).allowed);
    }

    #[test]
    fn what_is_not_understood_is_denied((who, marked, action) in any::question()) {
        let marked = Handling { unknown_markings: true, ..marked };
        prop_assert!(!decide(&who, &marked, action, NOW).allowed || who.organisation == marked.owner);
    }

    #[test]
    fn a_denial_beats_every_permission((who, mut marked, _) in any::question(), terms in any::terms()) {
        let everyone = serde_json::from_value(json!({"action": "ALL", "scope": {"entities": "all"}, "effect": "deny"})).unwrap();
        let mut terms = terms;
        terms.privileges.insert(0, everyone);
        marked.acs.push(terms);
        for action in Action::ALL {
            prop_assert!(!decide(&who, &marked, action, NOW).allowed || who.organisation == marked.owner);
        }
    }

    #[test]
    fn to_know_less_of_a_recipient_never_opens((who, marked, action) in any::question()) {
        let unknown = Recipient { attributes: Attributes::default(), ..who.clone() };
        let allowed = decide(&unknown, &marked, action, NOW).allowed;
        prop_assert!(!allowed || decide(&who, &marked, action, NOW).allowed);
    }
}
