//! The decision's laws as property tests, its audiences as a table, and the role table against its committed text.
#![cfg(test)]

use proptest::prelude::*;
use ward_policy::{Action, Attributes, Handling, Level, Need, Recipient, Resource, Role, Verb, decide, may};
use ward_stix::marking::Tlp;

const NOW: i64 = 1_000;

fn recipient(organisation: &str, client_of: &[&str], member: bool) -> Recipient {
    let client_of = client_of.iter().map(|id| (*id).to_owned()).collect();
    Recipient {
        organisation: organisation.to_owned(),
        client_of,
        member,
        clearance: Level::Unclassified,
        attributes: Attributes::default(),
    }
}

fn handling(tlp: &[Tlp]) -> Handling {
    Handling {
        owner: "hub".to_owned(),
        tlp: tlp.to_vec(),
        acs: Vec::new(),
        unknown_markings: false,
        granular: false,
        assigned_tlp: None,
        required_level: Level::Unclassified,
        addressed: vec!["state".to_owned()],
        released_at: Some(NOW),
        withdrawn: false,
        need: Need::default(),
        mentions_hidden: false,
    }
}

#[test]
fn audiences_are_those_of_tlp() {
    let state = recipient("state", &[], true);
    let county = recipient("county", &["state"], true);
    let other = recipient("other", &[], true);
    let stranger = recipient("stranger", &[], false);
    let hub = recipient("hub", &[], true);
    // TLP, then who may read: hub (owner), state (addressed), county (client of the state), other member, stranger.
    let table = [
        (vec![Tlp::Clear], [true, true, true, true, true]),
        (vec![Tlp::Green], [true, true, true, true, false]),
        (vec![Tlp::Amber], [true, true, true, false, false]),
        (vec![Tlp::AmberStrict], [true, true, false, false, false]),
        (vec![Tlp::Red], [true, true, false, false, false]),
        (vec![Tlp::Clear, Tlp::Amber], [true, true, true, false, false]),
        (vec![], [true, false, false, false, false]),
    ];
    for (tlp, expected) in table {
        let found = [&hub, &state, &county, &other, &stranger]
            .map(|who| decide(who, &handling(&tlp), Action::Read, NOW).allowed);
        assert_eq!(found, expected, "{tlp:?}");
    }
}

#[test]
fn each_of_several_markings_must_allow() {
    // Addressed, but of another community: AMBER alone allows it, GREEN does not, and so do not both together.
    let addressed = recipient("state", &[], false);
    for (tlp, expected) in [(vec![Tlp::Amber], true), (vec![Tlp::Green], false), (vec![Tlp::Green, Tlp::Amber], false)]
    {
        assert_eq!(decide(&addressed, &handling(&tlp), Action::Read, NOW).allowed, expected, "{tlp:?}");
    }
}

#[test]
fn what_is_not_released_or_withdrawn_or_not_understood_is_the_owners_alone() {
    let state = recipient("state", &[], true);
    type Change = fn(&mut Handling);
    let changes: [(&str, Change); 6] = [
        ("not released", |h| h.released_at = None),
        ("released later", |h| h.released_at = Some(NOW + 1)),
        ("withdrawn", |h| h.withdrawn = true),
        ("unknown marking", |h| h.unknown_markings = true),
        ("granular marking", |h| h.granular = true),
        ("higher level", |h| h.required_level = Level::Secret),
    ];
    for (what, change) in changes {
        let mut changed = handling(&[Tlp::Clear]);
        change(&mut changed);
        assert!(!decide(&state, &changed, Action::Read, NOW).allowed, "{what}");
        assert!(decide(&recipient("hub", &[], true), &changed, Action::Read, NOW).allowed, "{what}: the owner");
    }
}

#[test]
fn strict_markings_are_not_relayed_and_only_the_owner_deletes() {
    let state = recipient("state", &[], true);
    for (tlp, relayed) in
        [(Tlp::Clear, true), (Tlp::Green, true), (Tlp::Amber, true), (Tlp::AmberStrict, false), (Tlp::Red, false)]
    {
        assert_eq!(decide(&state, &handling(&[tlp]), Action::Relay, NOW).allowed, relayed, "{tlp:?}");
        assert!(!decide(&state, &handling(&[tlp]), Action::Delete, NOW).allowed);
    }
}

#[test]
fn an_assigned_tlp_stands_for_a_missing_one_and_never_loosens() {
    let other = recipient("other", &[], true);
    let assigned = |tlp: &[Tlp], assigned| Handling { assigned_tlp: Some(assigned), ..handling(tlp) };
    assert!(decide(&other, &assigned(&[], Tlp::Green), Action::Read, NOW).allowed);
    assert!(!decide(&other, &assigned(&[Tlp::Amber], Tlp::Clear), Action::Read, NOW).allowed);
}

fn any_tlp() -> impl Strategy<Value = Tlp> {
    prop_oneof![Just(Tlp::Clear), Just(Tlp::Green), Just(Tlp::Amber), Just(Tlp::AmberStrict), Just(Tlp::Red)]
}

fn any_level() -> impl Strategy<Value = Level> {
    prop_oneof![Just(Level::Unclassified), Just(Level::Confidential), Just(Level::Secret), Just(Level::TopSecret)]
}

prop_compose! {
    fn any_handling()(
        tlp in prop::collection::vec(any_tlp(), 0..3), unknown_markings: bool, granular: bool,
        assigned_tlp in prop::option::of(any_tlp()), required_level in any_level(), addressed: bool,
        released_at in prop::option::of(0..2 * NOW), withdrawn: bool,
    ) -> Handling {
        let addressed = if addressed { vec!["state".to_owned()] } else { Vec::new() };
        Handling {
            tlp, unknown_markings, granular, assigned_tlp, required_level, addressed, released_at, withdrawn, ..handling(&[])
        }
    }
}

prop_compose! {
    fn any_recipient()(state: bool, client: bool, member: bool, clearance in any_level()) -> Recipient {
        let client_of = if client { vec!["state".to_owned()] } else { Vec::new() };
        Recipient { organisation: if state { "state" } else { "other" }.to_owned(), client_of, member, clearance, attributes: Attributes::default() }
    }
}

proptest! {
    #[test]
    fn one_more_marking_never_allows_more(
        who in any_recipient(), mut before in any_handling(), first in any_tlp(), more in any_tlp(),
    ) {
        before.tlp.push(first);
        let mut after = before.clone();
        after.tlp.push(more);
        let (before, after) = (decide(&who, &before, Action::Read, NOW), decide(&who, &after, Action::Read, NOW));
        prop_assert!(before.allowed || !after.allowed);
    }

    #[test]
    fn a_higher_level_never_allows_more(who in any_recipient(), before in any_handling(), level in any_level()) {
        let after = Handling { required_level: level.max(before.required_level), ..before.clone() };
        let (before, after) = (decide(&who, &before, Action::Read, NOW), decide(&who, &after, Action::Read, NOW));
        prop_assert!(before.allowed || !after.allowed);
    }

    #[test]
    fn a_stranger_never_reads_above_clear(who in any_recipient(), object in any_handling()) {
        let who = Recipient { member: false, organisation: "stranger".to_owned(), client_of: Vec::new(), ..who };
        if decide(&who, &object, Action::Read, NOW).allowed {
            prop_assert!(object.tlp.iter().chain(&object.assigned_tlp).all(|tlp| *tlp == Tlp::Clear));
            prop_assert!(!object.unknown_markings && !object.granular);
        }
    }
}

/// The table as people read it: `tests/roles.txt`. `UPDATE=1 cargo test -p ward-policy` writes it anew.
#[test]
fn the_role_table_is_the_committed_one() {
    let mut text = String::from("Which role may do what. Regenerate with UPDATE=1 cargo test -p ward-policy.\n");
    for resource in Resource::ALL {
        text.push_str(&format!(
            "\n{:<14}{}\n",
            format!("{resource:?}"),
            Verb::ALL.map(|verb| format!("{:<9}", format!("{verb:?}"))).concat()
        ));
        for role in Role::ALL {
            let marks =
                Verb::ALL.map(|verb| format!("{:<9}", if may(role, verb, resource) { "✔" } else { "✘" })).concat();
            text.push_str(&format!("{:<14}{}\n", format!("{role:?}"), marks));
        }
    }
    let text: String = text.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/roles.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(file, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(file).unwrap_or_default(), text, "the role table changed: is that meant?");
}

#[test]
fn nobody_who_runs_the_installation_signs_or_confirms() {
    for resource in Resource::ALL {
        for verb in [Verb::Sign, Verb::Publish, Verb::Confirm, Verb::Release] {
            assert!(!may(Role::Administrator, verb, resource), "{verb:?} {resource:?}");
        }
    }
}
