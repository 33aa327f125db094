//! The table of kept decisions says at every time what `decide` says, whatever was asked of it before.

use proptest::prelude::*;
use serde_json::json;
use ward_policy::{Action, Attributes, Relation, Table, decide};

use super::{NOW, any, handling, member, plain, terms};

proptest! {
    #[test]
    fn what_is_kept_is_what_would_be_decided(
        people in prop::collection::vec(any::recipient(), 1..4), objects in prop::collection::vec(any::handling(), 1..4),
        questions in prop::collection::vec((0..4_usize, 0..4_usize, any::action(), NOW - 2..NOW + 3), 1..40),
    ) {
        let mut table = Table::default();
        for (person, object, action, now) in questions {
            let (who, marked) = (&people[person % people.len()], &objects[object % objects.len()]);
            let (class, marks) = (table.class(who), table.marks(marked));
            let found = table.decide(class, marks, Relation::of(who, marked, now), action, now);
            prop_assert_eq!(found, Some(decide(who, marked, action, now)));
        }
    }
}

#[test]
fn an_entry_ends_with_the_next_date() {
    let at = ward_stix::timestamp::parse_micros("2030-01-01T00:00:00Z").unwrap();
    let disposal =
        json!({"resource_disposition": {"disposition_date": "2030-01-01T00:00:00Z", "disposition_process": "destroy"}});
    let marked = handling(vec![terms(json!({"classification": "U"}), disposal)]);
    let who = member(Attributes::default());
    let mut table = Table::default();
    let (class, marks) = (table.class(&who), table.marks(&marked));
    for (now, allowed) in [(at - 1, true), (at, false), (at - 2, true), (i64::MAX, false), (at - 1, true)] {
        let found = table.decide(class, marks, Relation::of(&who, &marked, now), Action::Read, now).unwrap();
        assert_eq!(found.allowed, allowed, "{now}");
    }
}

#[test]
fn the_same_is_known_by_the_same_id() {
    let mut table = Table::default();
    let (one, other) = (
        member(Attributes::default()),
        ward_policy::Recipient { organisation: "x".to_owned(), ..member(Attributes::default()) },
    );
    assert_eq!(table.class(&one), table.class(&other), "who is alike is of one class");
    let classified = handling(vec![terms(json!({"classification": "S"}), json!({}))]);
    assert_eq!(table.marks(&handling(vec![plain()])), table.marks(&handling(vec![plain()])));
    assert_ne!(table.marks(&handling(vec![plain()])), table.marks(&classified));
}
