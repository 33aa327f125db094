//! What is a marking and what only looks like one, as a table.

use serde_json::json;

use super::*;

const C: Kind = Kind::Classified(Classification::Confidential);
const S: Kind = Kind::Classified(Classification::Secret);
const TS: Kind = Kind::Classified(Classification::TopSecret);

fn kinds(text: &str) -> Vec<Kind> {
    in_text(text).into_iter().map(|sign| sign.of).collect()
}

#[test]
fn markings_are_recognised() {
    for (text, expected) in [
        ("TOP SECRET//SI//NOFORN", vec![TS]),
        ("TOP SECRET // SI // NOFORN", vec![TS]),
        ("TOP SECRET//SI-G/TK//ORCON/NOFORN", vec![TS]),
        ("TS//SI//NF", vec![TS]),
        ("SECRET//NOFORN", vec![S]),
        ("SECRET//REL TO USA, FVEY", vec![S]),
        ("CONFIDENTIAL//REL TO USA, CAN", vec![C]),
        ("(S//NF) The actor scanned two counties.", vec![S]),
        ("Summary: (TS//SI//REL TO USA, FVEY) It was seen.", vec![TS]),
        ("[C//NF]", vec![C]),
        ("//GBR SECRET//", vec![S]),
        ("//NATO SECRET", vec![S]),
        ("TOP SECRET", vec![TS]),
        ("SECRET\n\nThe actor scanned.\nSECRET\n", vec![S, S]),
        ("(U) Title\n(S) The actor scanned.\n(C) More", vec![S, C]),
        ("Classification: SECRET", vec![S]),
        ("Overall classification: TOP SECRET", vec![TS]),
        ("(U) a\n(U//FOUO) b\n(S//NF) C", vec![Kind::OfficialUseOnly, S]),
        ("SECRET//NOFORN//LES", vec![S, Kind::LawEnforcement]),
    ] {
        assert_eq!(kinds(text), expected, "{text}");
    }
}

#[test]
fn controlled_information_is_told_apart() {
    for (text, expected) in [
        ("CUI", vec![Kind::Controlled]),
        ("(CUI)", vec![Kind::Controlled]),
        ("CUI//SP-CEII//NOFORN", vec![Kind::Controlled]),
        ("CUI//SP-PCII", vec![Kind::Controlled, Kind::ProtectedInfrastructure]),
        ("CONTROLLED//SP-LEI", vec![Kind::Controlled, Kind::LawEnforcement]),
        ("UNCLASSIFIED//FOUO", vec![Kind::OfficialUseOnly]),
        ("UNCLASSIFIED//FOR OFFICIAL USE ONLY", vec![Kind::OfficialUseOnly]),
        ("UNCLASSIFIED//LAW ENFORCEMENT SENSITIVE", vec![Kind::LawEnforcement]),
        ("(U//LES) A person was seen.", vec![Kind::LawEnforcement]),
        ("LAW ENFORCEMENT SENSITIVE", vec![Kind::LawEnforcement]),
        ("PROTECTED CRITICAL INFRASTRUCTURE INFORMATION", vec![Kind::ProtectedInfrastructure]),
        ("PCII", vec![Kind::ProtectedInfrastructure]),
        ("FOUO", vec![Kind::OfficialUseOnly]),
    ] {
        assert_eq!(kinds(text), expected, "{text}");
        assert_eq!(classified(&in_text(text)), None, "{text}");
    }
}

#[test]
fn words_that_only_look_like_it_are_none() {
    for text in [
        "Secretary of State",
        "SECRETARY OF STATE",
        "SECRETARY OF STATE//ELECTIONS DIVISION",
        "The right to a secret ballot is older than the state.",
        "SECRET BALLOT",
        "This is top secret and confidential.",
        "Top Secret",
        "A top secret//noforn document was described.",
        "SECRET",
        "CONFIDENTIAL",
        "CONFIDENTIAL - do not forward",
        "Privileged & CONFIDENTIAL//Attorney work product",
        "Classification: CONFIDENTIAL",
        "Classification: U",
        "UNCLASSIFIED",
        "UNCLASSIFIED//REL TO USA",
        "(U) The actor scanned.",
        "(C) 2024 The County of Example",
        "(C) 2023 A\n(C) 2024 B",
        "(C) Copyright A\n(C) Copyright B",
        "person(s) and file(s)",
        "(S) South (N) North",
        "a) x\n(S) size",
        "AWS_SECRET//KEY",
        "CLIENT_SECRET=abc",
        "https://example.com/SECRET//NOFORN",
        "http://ts//si",
        "file://C//REL",
        "C://NF",
        "C:\\\\SI",
        "// SECRET scanner",
        "//XML SECRET//",
        "// NOTE SECRET handling",
        "S//example",
        "TS//x",
        "S // comment",
        "TLP:AMBER+STRICT//REL",
        "the CUI programme",
        "CUI//lower",
        "We follow LES and PCII rules.",
        "les//les",
        "TS/SCI clearance",
        "DON'T TELL: SECRET//",
        "SHA-256 aGVsbG8S//NF=",
        "",
    ] {
        assert_eq!(kinds(text), [], "{text}");
    }
}

#[test]
fn an_object_tells_by_itself() {
    let acs = |classification: &str| {
        json!({"type": "marking-definition", "id": "marking-definition--1",
            "extensions": {ACS_EXTENSION_ID: {"control_set": {"classification": classification, "broken": true}}}})
    };
    for (written, expected) in [
        ("U", None),
        ("C", Some(Classification::Confidential)),
        ("S", Some(Classification::Secret)),
        ("TS", Some(Classification::TopSecret)),
        ("ts", Some(Classification::TopSecret)),
        ("SECRET", Some(Classification::Secret)),
        ("X", None),
    ] {
        assert_eq!(classified(&in_json(&acs(written))), expected, "{written}");
    }
    let place = format!("extensions.{ACS_EXTENSION_ID}.control_set.classification");
    assert_eq!(in_json(&acs("S")).first().map(|sign| sign.place.clone()), Some(place));
    let report = json!({"type": "report", "id": "report--1", "name": "n", "labels": ["a", "(S//NF) b"]});
    let object = Object::parse(report.to_string().as_bytes()).unwrap();
    let found = in_object(&object);
    assert_eq!((found.len(), found[0].place.as_str(), found[0].of), (1, "labels.[1]", S));
    assert_eq!(classified(&in_json(&json!({"TOP SECRET//SI": 1}))), Some(Classification::TopSecret));
}

proptest::proptest! {
    #[test]
    fn nothing_panics_and_lower_case_is_never_classified(text: String) {
        let _ = in_text(&text);
        proptest::prop_assert_eq!(classified(&in_text(&text.to_lowercase())), None);
    }

    #[test]
    fn a_marking_is_found_in_any_surroundings(before in "[a-z ]{0,40}", after in "[a-z ]{0,40}") {
        let text = format!("{before} (TS//SI//NF) {after}");
        proptest::prop_assert_eq!(classified(&in_text(&text)), Some(Classification::TopSecret));
    }
}
