//! Random recipients and handlings, from few values so that they meet.

use proptest::prelude::*;
use proptest::sample::subsequence;
use ward_policy::{Action, Attributes, Handling, Level, Need, Recipient};
use ward_stix::marking::Tlp;
use ward_stix::marking::acs::{
    Among, Caveat, Classification, Community, Determination, Effect, Entity, FOREIGN_GOVERNMENT, Privilege,
    PrivilegeAction, SECTOR, Scope, Sensitivity, Sharing, Terms,
};

pub const NOW: i64 = 1_000_000;

const ORGANISATIONS: [&str; 4] = ["USA.SLTT", "USA.USG", "USA.DOJ", "USA.DOJ.FBI"];

/// A released handling with these markings, addressed to nobody: what the random ones are built on.
pub fn bare(acs: Vec<Terms>) -> Handling {
    Handling {
        owner: "hub".to_owned(),
        tlp: Vec::new(),
        acs,
        unknown_markings: false,
        granular: false,
        assigned_tlp: None,
        required_level: Level::Unclassified,
        addressed: Vec::new(),
        released_at: Some(0),
        withdrawn: false,
        need: Need::Collection,
        mentions_hidden: false,
    }
}

fn words(from: &'static [&'static str], most: usize) -> impl Strategy<Value = Vec<String>> {
    subsequence(from, 0..=most).prop_map(|words| words.into_iter().map(str::to_owned).collect())
}

fn some<T: Clone + std::fmt::Debug + 'static>(from: &'static [T], most: usize) -> impl Strategy<Value = Vec<T>> {
    subsequence(from, 0..=most)
}

pub fn one<T: Clone + std::fmt::Debug + 'static>(from: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(from)
}

/// Mostly empty: a group that is given is mostly not satisfied.
fn seldom<T: Clone + std::fmt::Debug + 'static>(from: &'static [T]) -> impl Strategy<Value = Vec<T>> {
    prop_oneof![6 => Just(Vec::new()), 1 => subsequence(from, 1..=2)]
}

fn seldom_words(from: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    seldom(from).prop_map(|words| words.into_iter().map(str::to_owned).collect())
}

fn date() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![4 => Just(None), 1 => one(&[NOW - 1, NOW, NOW + 1]).prop_map(Some)]
}

pub fn tlp() -> impl Strategy<Value = Tlp> {
    one(&Tlp::ALL)
}

pub fn level() -> impl Strategy<Value = Level> {
    one(&[Level::Unclassified, Level::Confidential, Level::Secret, Level::TopSecret])
}

pub fn action() -> impl Strategy<Value = Action> {
    one(&Action::ALL)
}

fn among<T: Clone + std::fmt::Debug + 'static>(
    values: impl Strategy<Value = Vec<T>> + 'static,
) -> impl Strategy<Value = Option<Among<T>>> {
    prop_oneof![
        3 => Just(None), 2 => Just(Some(Among::All)),
        2 => values.prop_filter("at least one", |values| !values.is_empty()).prop_map(|values| Some(Among::These(values)))
    ]
}

prop_compose! {
    fn scope()(
        nationalities in among(words(&["USA", "CAN"], 2)), organisations in among(words(&ORGANISATIONS, 3)),
        communities in among(some(Community::ALL, 2)), entities in among(some(Entity::ALL, 4)),
    ) -> Scope {
        Scope { nationalities, organisations, communities, entities }
    }
}

prop_compose! {
    fn privilege()(action in one(PrivilegeAction::ALL), scope in scope(), effect in one(Effect::ALL)) -> Privilege {
        Privilege { action, scope, effect }
    }
}

prop_compose! {
    fn sharing()(
        scope in words(&["USA.SLTT", "USA.USG", "USA.DOJ", FOREIGN_GOVERNMENT, SECTOR], 3), effect in one(Effect::ALL),
    ) -> Sharing {
        Sharing { scope, effect }
    }
}

fn classification() -> impl Strategy<Value = Classification> {
    prop_oneof![4 => Just(Classification::Unclassified), 1 => one(Classification::ALL)]
}

fn effect() -> impl Strategy<Value = Effect> {
    prop_oneof![3 => Just(Effect::Permit), 1 => Just(Effect::Deny)]
}

prop_compose! {
    /// The two halves of a marking that say who may have it.
    fn control_set()(
        classification in classification(), sci_controls in seldom_words(&["SI", "TK"]), authority_categories in seldom_words(&["LAC1", "LAC2"]),
        determinations in some(Determination::ALL, 2), caveats in seldom(Caveat::ALL), sensitivities in seldom(Sensitivity::ALL),
        communities in seldom(Community::ALL), entities in seldom(Entity::ALL), nationalities in seldom_words(&["USA", "CAN"]),
        organisations in seldom_words(&ORGANISATIONS),
    ) -> Terms {
        Terms {
            classification, sci_controls, authority_categories, determinations, caveats, sensitivities, communities, entities,
            nationalities, organisations, ..neutral_terms()
        }
    }
}

prop_compose! {
    /// A marking.
    pub fn terms()(
        controls in control_set(), privileges in prop::collection::vec(privilege(), 0..3), sharing in prop::collection::vec(sharing(), 0..2),
        privilege_default in effect(), sharing_default in effect(), declassified_at in date(), disposed_at in date(), released_at in date(),
    ) -> Terms {
        Terms { privileges, sharing, privilege_default, sharing_default, declassified_at, disposed_at, released_at, ..controls }
    }
}

prop_compose! {
    fn attributes()(
        sci_controls in words(&["SI", "TK"], 2), authority_categories in words(&["LAC1", "LAC2"], 2), caveats in some(Caveat::ALL, 3),
        sensitivities in some(Sensitivity::ALL, 7), nationality in one(&[None, Some("USA"), Some("USA"), Some("CAN")]),
        organisations in words(&ORGANISATIONS, 4), communities in some(Community::ALL, 4), entities in some(Entity::ALL, 7),
    ) -> Attributes {
        let nationality = nationality.map(str::to_owned);
        Attributes { sci_controls, authority_categories, caveats, sensitivities, nationality, organisations, communities, entities }
    }
}

prop_compose! {
    /// A recipient: the owner, who is addressed, a client, another, or nobody known.
    pub fn recipient()(
        organisation in one(&["hub", "state", "county", "county", "other", ""]), client: bool, member: bool, clearance in level(), attributes in attributes(),
    ) -> Recipient {
        let client_of = if client { vec!["state".to_owned()] } else { Vec::new() };
        Recipient { organisation: organisation.to_owned(), client_of, member, clearance, attributes }
    }
}

fn need() -> impl Strategy<Value = Need> {
    prop_oneof![6 => Just(Need::Collection), 1 => Just(Need::Nothing), 2 => one(&[NOW, NOW + 1]).prop_map(|until| Need::Grant { until })]
}

fn rarely() -> impl Strategy<Value = bool> {
    prop_oneof![9 => Just(false), 1 => Just(true)]
}

prop_compose! {
    fn state()(
        unknown_markings in rarely(), granular in rarely(), assigned_tlp in prop::option::weighted(0.2, tlp()), higher in rarely(), required in level(),
        unaddressed in rarely(), released_at in one(&[Some(0), Some(0), Some(NOW), Some(0), Some(NOW + 1), None]), withdrawn in rarely(),
        need in need(), mentions_hidden in rarely(),
    ) -> Handling {
        Handling {
            unknown_markings, granular, assigned_tlp, withdrawn, need, mentions_hidden, released_at,
            required_level: if higher { required } else { Level::Unclassified },
            addressed: if unaddressed { Vec::new() } else { vec!["state".to_owned()] },
            ..bare(Vec::new())
        }
    }
}

prop_compose! {
    /// How an object may be handled.
    pub fn handling()(
        state in state(), tlp in prop::collection::vec(tlp(), 0..2), acs in prop::collection::vec(terms(), 0..2),
    ) -> Handling {
        Handling { tlp, acs, ..state }
    }
}

prop_compose! {
    /// A rule for everyone about an action that may be asked for.
    fn plain_privilege()(
        action in one(&[
            PrivilegeAction::Display, PrivilegeAction::CisaUses, PrivilegeAction::All, PrivilegeAction::NetworkDefence,
            PrivilegeAction::Legal, PrivilegeAction::Intelligence,
        ]),
        effect in one(Effect::ALL),
    ) -> Privilege {
        Privilege { action, scope: Scope { entities: Some(Among::All), ..Scope::default() }, effect }
    }
}

/// A marking in which one thing at a time decides, so that each clause is the last word often.
fn close_terms() -> impl Strategy<Value = Terms> {
    prop_oneof![
        2 => (prop::collection::vec(plain_privilege(), 1..3), one(Effect::ALL))
            .prop_map(move |(privileges, privilege_default)| Terms { privileges, privilege_default, ..neutral_terms() }),
        1 => some(Determination::ALL, 2).prop_map(move |mut determinations| {
            determinations.push(Determination::PublicRelease);
            Terms { determinations, ..neutral_terms() }
        }),
        2 => (prop::collection::vec(privilege(), 0..3), one(Effect::ALL))
            .prop_map(move |(privileges, privilege_default)| Terms { privileges, privilege_default, ..neutral_terms() }),
        2 => (prop::collection::vec(sharing(), 0..3), one(Effect::ALL))
            .prop_map(move |(sharing, sharing_default)| Terms { sharing, sharing_default, ..neutral_terms() }),
        2 => control_set(),
        1 => (one(Classification::ALL), some(Determination::ALL, 2), date(), date(), date()).prop_map(
            move |(classification, determinations, declassified_at, disposed_at, released_at)| Terms {
                classification, determinations, declassified_at, disposed_at, released_at, ..neutral_terms()
            }
        ),
    ]
}

fn neutral_terms() -> Terms {
    Terms {
        classification: Classification::Unclassified,
        sci_controls: Vec::new(),
        authority_categories: Vec::new(),
        determinations: Vec::new(),
        caveats: Vec::new(),
        sensitivities: Vec::new(),
        communities: Vec::new(),
        entities: Vec::new(),
        nationalities: Vec::new(),
        organisations: Vec::new(),
        privileges: Vec::new(),
        sharing: Vec::new(),
        privilege_default: Effect::Permit,
        sharing_default: Effect::Permit,
        declassified_at: None,
        disposed_at: None,
        released_at: None,
    }
}

prop_compose! {
    /// Somebody of whom most is had, and one thing perhaps not known.
    fn close_recipient()(
        who in recipient(), member in one(&[true, true, false]), organisation in one(&["county", "county", "state", ""]), forgets in 0..12_usize,
    ) -> Recipient {
        let mut known = Attributes {
            sci_controls: vec!["SI".to_owned(), "TK".to_owned()],
            authority_categories: vec!["LAC1".to_owned(), "LAC2".to_owned()],
            caveats: Caveat::ALL.to_vec(),
            sensitivities: Sensitivity::ALL.to_vec(),
            ..who.attributes.clone()
        };
        match forgets {
            0 => known.sci_controls = Vec::new(),
            1 => known.caveats = Vec::new(),
            2 => known.sensitivities = Vec::new(),
            3 => known.nationality = None,
            4 => known.organisations = Vec::new(),
            5 => known.communities = Vec::new(),
            6 => known.entities = Vec::new(),
            7 => known.authority_categories = Vec::new(),
            _ => {}
        }
        Recipient { member, organisation: organisation.to_owned(), attributes: known, ..who }
    }
}

prop_compose! {
    fn close()(
        who in close_recipient(), terms in close_terms(), tlp in prop::option::weighted(0.3, tlp()), addressed: bool, action in action(),
    ) -> (Recipient, Handling, Action) {
        let addressed = if addressed { vec!["state".to_owned(), "county".to_owned()] } else { Vec::new() };
        (who, Handling { tlp: tlp.into_iter().collect(), addressed, ..bare(vec![terms]) }, action)
    }
}

/// A question: any at all, or one in which little decides.
pub fn question() -> impl Strategy<Value = (Recipient, Handling, Action)> {
    prop_oneof![1 => (recipient(), handling(), action()), 3 => close()]
}
