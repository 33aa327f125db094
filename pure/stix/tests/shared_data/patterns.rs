//! The pattern tables of the OASIS pattern validator and pattern matcher.

use ward_stix::pattern;
use ward_stix::pattern::matching::{self, Match};

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
fn every_match_verdict_is_right() {
    let Some(table) = crate::read_json("share/pattern/match-cases-v21.json") else { return };
    let sets = table["observation_sets"].as_array().unwrap();
    let cases = table["cases"].as_array().unwrap();
    let mut wrong = Vec::new();
    for case in cases {
        let text = case["pattern"].as_str().unwrap();
        let input = sets[usize::try_from(case["observations"].as_u64().unwrap()).unwrap()].as_array().unwrap();
        let found = answer(text, input);
        let right = match (&found, case["matches"].as_bool(), case["error"].as_str()) {
            (Ok(found), Some(expected), None) => found.matches == expected && found.observations.is_empty() != expected,
            (Err(_), None, Some(_)) => true,
            _ => false,
        };
        if !right {
            wrong.push(format!("{text} on {}: {found:?}", case["observations"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert_eq!(cases.len(), 328);
}

fn answer(pattern: &str, input: &[serde_json::Value]) -> Result<Match, Box<dyn std::error::Error>> {
    let pattern = pattern::parse_to_match(pattern)?;
    Ok(matching::matches(&pattern, &matching::observed(input)?)?)
}
