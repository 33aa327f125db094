//! The policy of record in `policies/share.cedar` is sound by its schema, names the rules that `decide` names, and decides as `decide` does.
#![cfg(test)]

#[path = "../../tests/acs/any.rs"]
mod any;
mod ask;

use std::collections::BTreeSet;

use any::NOW;
use ask::{Policy, SCHEMA, TEXT};
use cedar_policy::{PolicySet, Schema, ValidationMode, Validator};
use proptest::prelude::*;
use ward_policy::{RULES, decide};

#[test]
fn the_policies_are_sound_by_their_schema() {
    let (schema, warnings) = Schema::from_cedarschema_str(SCHEMA).unwrap();
    assert_eq!(warnings.count(), 0);
    let found = Validator::new(schema).validate(&TEXT.parse::<PolicySet>().unwrap(), ValidationMode::Strict);
    let said: Vec<String> = found
        .validation_errors()
        .map(ToString::to_string)
        .chain(found.validation_warnings().map(ToString::to_string))
        .collect();
    assert!(said.is_empty(), "{}", said.join("\n"));
}

#[test]
fn the_rules_are_those_that_decide_names() {
    let set: PolicySet = TEXT.parse().unwrap();
    let ids: BTreeSet<&str> = set.policies().map(|policy| policy.annotation("id").unwrap()).collect();
    let named: BTreeSet<&str> = RULES.iter().copied().collect();
    assert_eq!(named.difference(&ids).collect::<Vec<_>>(), Vec::<&&str>::new(), "rules without a policy");
    let helpers = [
        "a denial is about the recipient",
        "a denial to hand on is about the recipient",
        "a permission is about the recipient",
        "a permission to hand on is about the recipient",
        "nothing about the object itself forbids it",
    ];
    assert_eq!(ids.difference(&named).copied().collect::<Vec<_>>(), helpers, "policies without a rule");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn decide_and_the_policy_of_record_agree((who, marked, action) in any::question(), now in NOW - 1..NOW + 2) {
        let decided = decide(&who, &marked, action, now);
        let answer = Policy::of_record().ask(&who, &marked, action, now);
        prop_assert_eq!(decided.allowed, answer.allowed, "{}: {:?}", decided.rule, answer.reasons);
        prop_assert!(answer.reasons.iter().any(|reason| reason == decided.rule), "{}: {:?}", decided.rule, answer.reasons);
    }
}

/// Random handlings must reach every rule, or agreeing about them says little.
#[test]
fn the_random_cases_reach_every_rule() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut reached = BTreeSet::new();
    for _ in 0..60_000 {
        let who = any::recipient().new_tree(&mut runner).unwrap().current();
        let marked = any::handling().new_tree(&mut runner).unwrap().current();
        let action = any::action().new_tree(&mut runner).unwrap().current();
        reached.insert(decide(&who, &marked, action, NOW).rule);
    }
    let missed: Vec<&&str> = RULES.iter().filter(|rule| !reached.contains(**rule)).collect();
    assert!(missed.is_empty(), "{missed:?}");
}
