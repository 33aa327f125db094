//! The pattern tables of the OASIS pattern validator and pattern matcher.

use ward_stix::pattern::{self, PatternError};

#[test]
fn every_syntax_verdict_is_right() {
    let Some(table) = crate::read_json("share/pattern/syntax-cases-v21.json") else { return };
    let texts = |key: &str| table[key].as_array().unwrap().clone();
    let mut count = 0;
    for case in texts("valid").iter().chain(&texts("spec_examples_valid")) {
        let text = case.as_str().unwrap();
        assert!(pattern::parse(text).is_ok(), "{text}: {:?}", pattern::parse(text));
        count += 1;
    }
    for case in texts("invalid") {
        let text = case["pattern"].as_str().unwrap();
        assert!(pattern::parse(text).is_err(), "{text}");
        count += 1;
    }
    assert_eq!(count, 66);
}

#[test]
fn the_matcher_table_parses_unless_it_expects_a_syntax_error() {
    let Some(table) = crate::read_json("share/pattern/match-cases-v21.json") else { return };
    let cases = table["cases"].as_array().unwrap();
    let (mut parsed, mut refused) = (0, 0);
    for case in cases {
        let text = case["pattern"].as_str().unwrap();
        let syntax_error = case["error"].as_str().is_some_and(|error| error.starts_with("ParseException"));
        match pattern::parse(text) {
            Ok(_) => {
                assert!(!syntax_error, "{text}");
                parsed += 1;
            }
            // The matcher takes what the validator's table refuses.
            Err(PatternError::DuplicateQualifier { .. }) => refused += 1,
            Err(error) => {
                assert!(syntax_error, "{text}: {error}");
                refused += 1;
            }
        }
    }
    assert_eq!(parsed + refused, cases.len());
    assert!(parsed > refused);
}
