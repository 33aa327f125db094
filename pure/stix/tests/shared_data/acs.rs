//! The OASIS use cases of ACS, a marking as Automated Indicator Sharing makes them, and the vocabulary against the published one.

use serde_json::Value;
use ward_stix::marking::acs::{
    ACS_EXTENSION_ID, Acs, Among, Caveat, Classification, Community, Determination, Effect, Entity, PrivilegeAction,
    Sensitivity,
};
use ward_stix::marking::{resolve, spill};
use ward_stix::object::Object;

use super::{names, read_json};

fn objects(path: &str) -> Option<Vec<Object>> {
    let whole = read_json(path)?;
    let list = whole.get("objects").and_then(Value::as_array).cloned().unwrap_or_else(|| vec![whole.clone()]);
    Some(list.iter().map(|one| Object::parse(one.to_string().as_bytes()).unwrap()).collect())
}

#[test]
fn the_vocabulary_is_the_published_one() {
    let Some(published) = read_json("share/acs/acs30-vocabulary.json") else { return };
    assert_eq!(published["extension_id"], ACS_EXTENSION_ID);
    let texts = |pointer: &str| -> Vec<String> {
        let list = published.pointer(pointer).and_then(Value::as_array).unwrap();
        list.iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    macro_rules! same {
        ($($pointer:literal $vocabulary:ident)+) => {$(
            let ours: Vec<&str> = $vocabulary::ALL.iter().map(|value| value.text()).collect();
            assert_eq!(ours, texts($pointer), $pointer);
        )+};
    }
    same! {
        "/control_set/classification" Classification
        "/control_set/formal_determination" Determination
        "/control_set/caveat" Caveat
        "/control_set/sensitivity" Sensitivity
        "/control_set/shareability" Community
        "/control_set/entity" Entity
        "/access_privilege[]/privilege_action" PrivilegeAction
        "/access_privilege[]/rule_effect" Effect
    }
}

#[test]
fn every_published_marking_is_read() {
    let mut read = 0;
    for path in names("share/acs").into_iter().filter(|path| !path.ends_with("-vocabulary.json")) {
        for object in objects(&path).into_iter().flatten().filter(|object| object.kind() == "marking-definition") {
            let acs = Acs::of(&object).unwrap_or_else(|problem| panic!("{path}: {problem}"));
            let stored = serde_json::to_string(&acs.terms).unwrap();
            assert_eq!(serde_json::from_str::<ward_stix::marking::acs::Terms>(&stored).unwrap(), acs.terms);
            read += 1;
        }
    }
    assert!(read == 7 || read == 0 && std::env::var_os("CI").is_none(), "{read}");
}

#[test]
fn a_marking_as_ais_makes_them_is_read_despite_its_modified() {
    let Some(found) = objects("share/acs/libstix2-ais-style-acs-marking-1.json") else { return };
    let object = found.first().unwrap();
    assert!(object.text("modified").is_some());
    let terms = Acs::of(object).unwrap().terms;
    assert_eq!((terms.privilege_default, terms.sharing_default), (Effect::Deny, Effect::Deny));
    assert_eq!(terms.determinations, [Determination::OfficialUseOnly, Determination::Ais]);
    let privilege = terms.privileges.first().unwrap();
    assert_eq!((privilege.action, privilege.effect), (PrivilegeAction::CisaUses, Effect::Permit));
    assert_eq!(privilege.scope.entities, Some(Among::All));
    assert_eq!(terms.sharing.first().unwrap().scope, ["USA.USG"]);
}

#[test]
fn an_unmarked_report_around_marked_content_has_no_marking() {
    let Some(found) = objects("share/acs/acs-spec-use-case-3.json") else { return };
    let lookup = |id: &str| found.iter().find(|object| object.id() == id).cloned();
    for (kind, expected) in [("report", vec![]), ("threat-actor", vec!["S"]), ("ipv4-addr", vec!["U"])] {
        let object = found.iter().find(|object| object.kind() == kind).unwrap();
        let markings = resolve(object, &lookup);
        let levels: Vec<&str> = markings.acs.iter().map(|terms| terms.classification.text()).collect();
        assert_eq!((levels, markings.unknown.len()), (expected, 0), "{kind}");
    }
}

#[test]
fn only_what_is_classified_is_a_spill() {
    for (path, expected) in [
        ("share/acs/acs-spec-use-case-1.json", Some(Classification::TopSecret)),
        ("share/acs/acs-spec-use-case-2.json", None),
        ("share/acs/acs-spec-use-case-3.json", Some(Classification::Secret)),
        ("share/acs/acs-spec-use-case-5.json", None),
        ("share/acs/libstix2-ais-style-acs-marking-1.json", None),
    ] {
        let Some(whole) = read_json(path) else { continue };
        assert_eq!(spill::classified(&spill::in_json(&whole)), expected, "{path}");
    }
}

#[test]
fn real_feeds_are_no_spill() {
    for folder in ["share/attack", "share/disarm", "share/grizzly_steppe", "share/oasis_examples", "share/tlp2"] {
        for path in names(folder) {
            let Some(whole) = read_json(&path) else { continue };
            assert_eq!(spill::classified(&spill::in_json(&whole)), None, "{path}");
        }
    }
}
