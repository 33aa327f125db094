//! What is read strictly and what is refused, case by case from one whole marking.

use serde_json::{Value, json};

use super::*;

fn whole() -> Value {
    json!({"type": "marking-definition", "spec_version": "2.1", "id": "marking-definition--1", "created": "2021-08-14T01:08:09Z",
        "modified": "2021-08-14T01:08:09Z",
        "extensions": {ACS_EXTENSION_ID: {"extension_type": "property-extension", "identifier": "isa:guide.19001.ACS3-1", "name": "n",
            "create_date_time": "2021-08-14T01:08:08.432065Z", "responsible_entity_custodian": "USA.DHS.US-CERT",
            "responsible_entity_originator": "USENERGY01", "authority_reference": ["urn:isa:authority:misa"],
            "policy_reference": "urn:isa:policy:acs:ns:v3.0?privdefault=permit&sharedefault=deny",
            "original_classification": {"classified_by": "x", "classified_on": "2021-01-01T00:00:00Z"},
            "derivative_classification": {"classified_by": "x", "derived_from": "y"},
            "declassification": {"declass_period": 25, "declass_date": "2030-01-01T00:00:00Z", "declass_event": "e"},
            "resource_disposition": {"disposition_date": "2031-01-01T00:00:00Z", "disposition_process": "destroy"},
            "public_release": {"released_by": "x", "released_on": "2029-01-01T00:00:00Z"},
            "access_privilege": [{"privilege_action": "DSPLY", "rule_effect": "deny", "privilege_scope":
                {"permitted_nationalities": ["ALL"], "permitted_organizations": ["USA.SLTT", "ISAC"], "entity": ["GOV"]}}],
            "further_sharing": [{"sharing_scope": ["USA.USG", "FOREIGNGOV"], "rule_effect": "permit"}],
            "control_set": {"classification": "S", "sci_controls": ["SI"], "logical_authority_category": ["LAC1"],
                "formal_determination": ["NF"], "caveat": ["FISA"], "sensitivity": ["LES"], "shareability": ["EM"],
                "entity": ["GOV", "MIL"], "permitted_nationalities": ["USA", "CAN"], "permitted_organizations": ["USA.USG", "CIKR"]}}}})
}

fn read(definition: &Value) -> Result<Acs, AcsProblem> {
    Acs::of(&Object::parse(definition.to_string().as_bytes()).unwrap())
}

/// The problem after a value inside the extension was changed, or taken away.
fn problem(pointer: &str, new: Option<Value>) -> Option<AcsProblem> {
    let mut changed = whole();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = format!("/extensions/{ACS_EXTENSION_ID}{parent}");
    let members = changed.pointer_mut(&parent).unwrap().as_object_mut().unwrap();
    match new {
        Some(new) => members.insert(key.to_owned(), new),
        None => members.remove(key),
    };
    read(&changed).err()
}

#[test]
fn a_whole_marking_is_read() {
    let acs = read(&whole()).unwrap();
    assert_eq!((acs.custodian.as_str(), acs.originator.as_deref()), ("USA.DHS.US-CERT", Some("USENERGY01")));
    let terms = acs.terms;
    assert_eq!((terms.privilege_default, terms.sharing_default), (Effect::Permit, Effect::Deny));
    assert_eq!(terms.classification, Classification::Secret);
    assert_eq!(terms.nationalities, ["USA", "CAN"]);
    let privilege = terms.privileges.first().unwrap();
    assert_eq!(privilege.scope.nationalities, Some(Among::All));
    assert_eq!(privilege.scope.communities, None);
    assert_eq!(privilege.scope.entities, Some(Among::These(vec![Entity::Government])));
    assert_eq!(terms.sharing.first().unwrap().scope, ["USA.USG", FOREIGN_GOVERNMENT]);
    let stored = serde_json::to_string(&terms).unwrap();
    assert_eq!(serde_json::from_str::<Terms>(&stored).unwrap(), terms);
    let later = stored.replacen('{', "{\"new\":1,", 1);
    assert!(serde_json::from_str::<Terms>(&later).is_err(), "what is not understood is not passed over");
}

#[test]
fn what_the_schema_requires_is_required() {
    for pointer in [
        "/extension_type",
        "/identifier",
        "/create_date_time",
        "/responsible_entity_custodian",
        "/policy_reference",
        "/control_set",
        "/control_set/classification",
        "/original_classification/classified_by",
        "/derivative_classification/derived_from",
        "/resource_disposition/disposition_date",
        "/resource_disposition/disposition_process",
        "/public_release/released_by",
    ] {
        let path = pointer.trim_start_matches('/').replace('/', ".");
        assert_eq!(problem(pointer, None), Some(AcsProblem::Missing { path }), "{pointer}");
    }
    for pointer in ["/name", "/authority_reference", "/access_privilege", "/further_sharing", "/control_set/entity"] {
        assert_eq!(problem(pointer, None), None, "{pointer}");
    }
}

#[test]
fn whatever_is_not_in_the_schema_is_a_problem() {
    for (pointer, new) in [
        ("/extension_type", json!("toplevel-property-extension")),
        ("/identifier", json!("")),
        ("/identifier", json!(5)),
        ("/create_date_time", json!("yesterday")),
        ("/responsible_entity_custodian", json!("dhs")),
        ("/authority_reference", json!(["urn:else:x"])),
        ("/authority_reference", json!([])),
        ("/policy_reference", json!("urn:isa:policy:acs:ns:v3.0?privdefault=maybe&sharedefault=deny")),
        ("/policy_reference", json!("urn:isa:policy:acs:ns:v2.0?privdefault=permit&sharedefault=deny")),
        ("/policy_reference", json!("urn:isa:policy:acs:ns:v3.0?privdefault=permit&sharedefault=permit else")),
        ("/more", json!(1)),
        ("/control_set", json!("U")),
        ("/control_set/more", json!(1)),
        ("/control_set/classification", json!("SECRET")),
        ("/control_set/classification", json!("s")),
        ("/control_set/formal_determination", json!(["PUBLIC"])),
        ("/control_set/formal_determination", json!([])),
        ("/control_set/formal_determination", json!("PUBREL")),
        ("/control_set/caveat", json!(["X"])),
        ("/control_set/sensitivity", json!(["les"])),
        ("/control_set/shareability", json!(["ALL"])),
        ("/control_set/entity", json!(["GOV", 5])),
        ("/control_set/permitted_nationalities", json!(["Usa"])),
        ("/control_set/permitted_organizations", json!(["ALL"])),
        ("/control_set/sci_controls", json!([""])),
        ("/declassification", json!({})),
        ("/declassification/declass_period", json!("32")),
        ("/declassification/declass_date", json!("2030-01-01")),
        ("/resource_disposition/disposition_date", json!("2031-13-01T00:00:00Z")),
        ("/public_release/releasable_to_public", json!("false")),
        ("/access_privilege", json!([])),
        ("/access_privilege", json!([{"privilege_action": "DSPLY", "rule_effect": "permit"}])),
        (
            "/access_privilege",
            json!([{"privilege_action": "SHOW", "rule_effect": "permit", "privilege_scope": {"entity": ["ALL"]}}]),
        ),
        (
            "/access_privilege",
            json!([{"privilege_action": "DSPLY", "rule_effect": "allow", "privilege_scope": {"entity": ["ALL"]}}]),
        ),
        ("/access_privilege", json!([{"privilege_action": "DSPLY", "rule_effect": "permit", "privilege_scope": {}}])),
        (
            "/access_privilege",
            json!([{"privilege_action": "DSPLY", "rule_effect": "permit", "privilege_scope": {"entity": ["ALL", "GOV"]}}]),
        ),
        (
            "/access_privilege",
            json!([{"privilege_action": "DSPLY", "rule_effect": "permit", "privilege_scope": {"permitted_nationalities": ["ALL", "USA"]}}]),
        ),
        ("/further_sharing", json!([{"rule_effect": "permit"}])),
        ("/further_sharing", json!([{"sharing_scope": ["ALL"], "rule_effect": "permit"}])),
        ("/further_sharing", json!([{"sharing_scope": "USA.USG", "rule_effect": "permit"}])),
    ] {
        assert!(problem(pointer, Some(new.clone())).is_some(), "{pointer} {new}");
    }
}

#[test]
fn a_marking_that_says_more_is_not_understood() {
    let mut with_statement = whole();
    with_statement["definition_type"] = json!("statement");
    assert_eq!(read(&with_statement), Err(AcsProblem::NotAlone { property: "definition_type".to_owned() }));
    let mut with_extension = whole();
    with_extension["extensions"]["extension-definition--x"] = json!({});
    assert!(matches!(read(&with_extension), Err(AcsProblem::NotAlone { .. })));
    assert_eq!(read(&json!({"type": "marking-definition", "id": "m"})), Err(AcsProblem::Absent));
}

#[test]
fn of_several_policies_the_stricter_counts() {
    let policy =
        |privilege, sharing| format!("urn:isa:policy:acs:ns:v3.0?privdefault={privilege}&sharedefault={sharing}");
    for (written, expected) in [
        (policy("permit", "permit"), (Effect::Permit, Effect::Permit)),
        (format!("{} {}", policy("permit", "permit"), policy("deny", "permit")), (Effect::Deny, Effect::Permit)),
        (format!("{} {}", policy("permit", "deny"), policy("deny", "permit")), (Effect::Deny, Effect::Deny)),
    ] {
        let mut changed = whole();
        changed["extensions"][ACS_EXTENSION_ID]["policy_reference"] = json!(written);
        let terms = read(&changed).unwrap().terms;
        assert_eq!((terms.privilege_default, terms.sharing_default), expected, "{written}");
    }
}

#[test]
fn dates_change_what_is_asked() {
    let terms = read(&whole()).unwrap().terms;
    let at = |text: &str| crate::timestamp::parse_micros(text).unwrap();
    let (before, after) = (at("2029-12-31T23:59:59Z"), at("2030-01-01T00:00:00Z"));
    assert_eq!(terms.classification_at(before), Classification::Secret);
    assert_eq!(terms.classification_at(after), Classification::Unclassified);
    assert_eq!(terms.changes_after(before), after);
    assert_eq!(terms.changes_after(at("2031-01-01T00:00:00Z")), i64::MAX);
    let public = Terms { determinations: vec![Determination::PublicRelease], ..terms.clone() };
    assert!(!public.is_public_at(before) && public.is_public_at(after));
    let both = Terms { determinations: vec![Determination::PublicRelease, Determination::OfficialUseOnly], ..terms };
    assert!(!both.is_public_at(after));
    let mut exempt = whole();
    exempt["extensions"][ACS_EXTENSION_ID]["declassification"]["declass_exemption"] = json!("25X1");
    assert_eq!(read(&exempt).unwrap().terms.declassified_at, None);
}

#[test]
fn codes_have_their_form() {
    for right in ["USA.USG", "USA.DHS.US-CERT", "USA.SLTT", "CIKR", "USA.DOD.DC3"] {
        assert!(is_organisation_code(right), "{right}");
    }
    for wrong in ["", "USA", "ALL", "usa.usg", "USA.", ".USG", "USA..USG", "USA USG.X", "USA.USG\n"] {
        assert!(!is_organisation_code(wrong), "{wrong}");
    }
    assert!(is_nationality_code("USA") && !is_nationality_code("US") && !is_nationality_code("usa"));
}
