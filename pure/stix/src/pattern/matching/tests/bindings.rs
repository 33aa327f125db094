//! Random patterns: the search against trying every binding, and laws that any matcher must keep.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::matches;
use crate::pattern::parse_to_match;
use crate::pattern::tree::{Observation, Qualifier};

/// Second of the first, of the last, how often, and a number.
type Row = (u64, u64, u64, u64);
/// How often each observation is used, the latest of the first times, the earliest of the last times.
type Binding = (Vec<u64>, u64, u64);

fn input(rows: &[Row], prefix: &str) -> Vec<Value> {
    let mut objects = Vec::new();
    for (at, (first, length, times, number)) in rows.iter().enumerate() {
        let thing = format!("x-thing--{prefix}{at}");
        objects.push(json!({
            "type": "observed-data",
            "id": format!("observed-data--{prefix}{at}"),
            "first_observed": format!("2026-11-03T08:00:{first:02}Z"),
            "last_observed": format!("2026-11-03T08:00:{:02}Z", first + length),
            "number_observed": times,
            "object_refs": [thing],
        }));
        objects.push(json!({"type": "x-thing", "id": thing, "number": number}));
    }
    objects
}

/// All bindings, by trying them all. Tests are of the form `[x-thing:number = N]`.
fn bindings(pattern: &Observation, rows: &[Row]) -> BTreeSet<Binding> {
    let join = |left: &BTreeSet<Binding>, right: &BTreeSet<Binding>, in_order: bool| {
        let mut joined = BTreeSet::new();
        for (used, first, last) in left {
            for (other, other_first, other_last) in right {
                let sum: Vec<u64> = used.iter().zip(other).map(|(one, two)| one + two).collect();
                if sum.iter().zip(rows).all(|(used, row)| *used <= row.2) && (!in_order || first <= other_last) {
                    joined.insert((sum, *first.max(other_first), *last.min(other_last)));
                }
            }
        }
        joined
    };
    let joined = |parts: &[Observation], in_order| {
        let all = parts.iter().map(|part| bindings(part, rows));
        all.reduce(|left, right| join(&left, &right, in_order)).unwrap()
    };
    match pattern {
        Observation::Test(comparison) => {
            let text = format!("{comparison:?}");
            let holds = |row: &&(usize, &Row)| text.contains(&format!("Integer({})", row.1.3));
            let one = |(at, row): &(usize, &Row)| {
                let used = (0..rows.len()).map(|other| u64::from(other == *at)).collect();
                (used, row.0, row.0 + row.1)
            };
            let rows: Vec<(usize, &Row)> = rows.iter().enumerate().collect();
            rows.iter().filter(holds).map(one).collect()
        }
        Observation::All(parts) => joined(parts, false),
        Observation::FollowedBy(parts) => joined(parts, true),
        Observation::Any(parts) => parts.iter().flat_map(|part| bindings(part, rows)).collect(),
        Observation::Qualified(inner, qualifiers) => {
            let mut found = bindings(inner, rows);
            for qualifier in qualifiers {
                match qualifier {
                    Qualifier::Within { seconds } => {
                        found.retain(|(_, first, last)| *first as f64 <= *last as f64 + seconds)
                    }
                    Qualifier::Repeats { times } => {
                        let once = found.clone();
                        for _ in 1..*times {
                            found = join(&found, &once, false);
                        }
                    }
                    Qualifier::StartStop { start, stop } => {
                        let second = |text: &str| text[17..19].parse::<u64>().unwrap();
                        let (start, stop) = (second(start), second(stop));
                        found.retain(|(_, first, last)| start < stop && *first < stop && *last >= start);
                    }
                }
            }
            found
        }
    }
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((0..9_u64, 0..4_u64, 1..3_u64, 0..3_u64), 1..5)
}

fn qualifier() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just(String::new()),
        1 => (1..12_u64).prop_map(|halves| format!(" WITHIN {}.{} SECONDS", halves / 2, halves % 2 * 5)),
        1 => (1..4_u64).prop_map(|times| format!(" REPEATS {times} TIMES")),
        1 => (0..9_u64, 0..12_u64).prop_map(|(start, stop)| {
            format!(" START t'2026-11-03T08:00:{start:02}Z' STOP t'2026-11-03T08:00:{stop:02}Z'")
        }),
    ]
}

fn patterns() -> impl Strategy<Value = String> {
    let test = (0..3_u64, qualifier()).prop_map(|(number, after)| format!("[x-thing:number = {number}]{after}"));
    test.prop_recursive(3, 6, 3, |inner| {
        let operator = prop_oneof![Just(" AND "), Just(" OR "), Just(" FOLLOWEDBY ")];
        (prop::collection::vec(inner, 2..4), operator, qualifier())
            .prop_map(|(parts, operator, after)| format!("({}){after}", parts.join(operator)))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_search_finds_what_trying_all_finds(pattern in patterns(), rows in rows()) {
        let tree = parse_to_match(&pattern).unwrap();
        let found = super::answer(&pattern, &input(&rows, "a")).unwrap();
        let all = bindings(&tree, &rows);
        prop_assert_eq!(found.matches, !all.is_empty());
        if found.matches {
            let used = |binding: &Binding| {
                (0..rows.len()).filter(|at| binding.0.get(*at).is_some_and(|times| *times > 0)).collect::<Vec<_>>()
            };
            prop_assert!(all.iter().any(|binding| used(binding) == found.observations), "{:?}", found.observations);
        }
    }

    #[test]
    fn order_of_operands_and_names_change_nothing(
        parts in prop::collection::vec(patterns(), 2..4), rows in rows(), and in any::<bool>(),
    ) {
        let operator = if and { " AND " } else { " OR " };
        let forward = parts.iter().map(|part| format!("({part})")).collect::<Vec<_>>();
        let backward: Vec<String> = forward.iter().rev().cloned().collect();
        let expected = matches(&forward.join(operator), &input(&rows, "a"));
        prop_assert_eq!(matches(&backward.join(operator), &input(&rows, "a")), expected);
        let mut reversed = input(&rows, "zz-");
        reversed.reverse();
        prop_assert_eq!(matches(&forward.join(operator), &reversed), expected);
    }

    #[test]
    fn not_inverts_and_or_is_either(
        operator in prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">="]), one in -3..4_i64, other in -3..4_i64,
    ) {
        let input = [super::seen(json!({"type": "x-thing", "number": one, "text": one.to_string()}), 0, 0, 1)];
        for (property, constant) in [("number", other.to_string()), ("number", format!("{other}.5")), ("text", format!("'{other}'"))] {
            let plain = matches(&format!("[x-thing:{property} {operator} {constant}]"), &input);
            prop_assert_eq!(matches(&format!("[x-thing:{property} NOT {operator} {constant}]"), &input), !plain);
            let either = format!("[x-thing:{property} {operator} {constant} OR x-thing:{property} NOT {operator} {constant}]");
            prop_assert!(matches(&either, &input));
        }
    }
}
