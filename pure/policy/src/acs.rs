//! What one ACS marking says about one recipient: control set, privileges and handing on, each a clause with its rule.
//!
//! Access Control Specification 3.0: every group of the control set that is given must be satisfied; of the rules that apply, one that denies
//! beats all that permit; where none applies, the policy's default holds. A hub that passes an object to a recipient hands it on, so the
//! rules of handing on are always asked.

use ward_stix::marking::acs::{Classification, Determination, Effect, PrivilegeAction, Terms};

use crate::attributes::{Attributes, UNITED_STATES, all_of, one_of};
use crate::decide::{Action, Class, Level};
use crate::rule;

/// Why a marking refuses; none when it allows.
pub(crate) fn refusal(class: Class<'_>, terms: &Terms, action: Action, now: i64) -> Option<&'static str> {
    clearance(class, terms, now)
        .or_else(|| control_set(class.attributes, terms))
        .or_else(|| terms.disposed_at.filter(|at| *at <= now).map(|_| rule::DISPOSED))
        .or_else(|| privileges(class, terms, action))
        .or_else(|| handing_on(class.attributes, terms, action))
        .or_else(|| (!class.member && !terms.is_public_at(now)).then_some(rule::NOT_PUBLIC))
}

/// The level that a classification asks for.
pub(crate) fn level(classification: Classification) -> Level {
    match classification {
        Classification::Unclassified => Level::Unclassified,
        Classification::Confidential => Level::Confidential,
        Classification::Secret => Level::Secret,
        Classification::TopSecret => Level::TopSecret,
    }
}

fn clearance(class: Class<'_>, terms: &Terms, now: i64) -> Option<&'static str> {
    let had = class.attributes;
    first(&[
        (class.clearance < level(terms.classification_at(now)), rule::CLEARANCE),
        (!all_of(&terms.sci_controls, &had.sci_controls), rule::COMPARTMENT),
        (!all_of(&terms.authority_categories, &had.authority_categories), rule::AUTHORITY),
        (!all_of(&terms.caveats, &had.caveats), rule::CAVEAT),
        (!all_of(&terms.sensitivities, &had.sensitivities), rule::SENSITIVITY),
    ])
}

fn control_set(had: &Attributes, terms: &Terms) -> Option<&'static str> {
    let of = |codes: &[String]| had.nationality.as_ref().is_some_and(|own| codes.contains(own));
    let american = had.nationality.as_deref() == Some(UNITED_STATES);
    first(&[
        (terms.determinations.contains(&Determination::NoForeigners) && !american, rule::NO_FOREIGNERS),
        (!terms.nationalities.is_empty() && !of(&terms.nationalities), rule::NATIONALITY),
        (!one_of(&terms.organisations, &had.organisations), rule::ORGANISATION),
        (!one_of(&terms.communities, &had.communities), rule::COMMUNITY),
        (!one_of(&terms.entities, &had.entities), rule::ENTITY),
    ])
}

/// Who would use it must also be able to read it.
fn privileges(class: Class<'_>, terms: &Terms, action: Action) -> Option<&'static str> {
    let asked = match action {
        Action::Read | Action::Relay | Action::Delete => None,
        Action::NetworkDefence => Some(PrivilegeAction::NetworkDefence),
        Action::LegalUse => Some(PrivilegeAction::Legal),
        Action::IntelligenceAnalysis => Some(PrivilegeAction::Intelligence),
    };
    let anonymous =
        class.is_anonymous && rules(class.attributes, terms, PrivilegeAction::AnonymousAccess, Effect::Deny);
    anonymous.then_some(rule::NO_ANONYMOUS_ACCESS).or_else(|| {
        std::iter::once(PrivilegeAction::Display)
            .chain(asked)
            .find_map(|asked| privilege(class.attributes, terms, asked))
    })
}

fn privilege(had: &Attributes, terms: &Terms, asked: PrivilegeAction) -> Option<&'static str> {
    if rules(had, terms, asked, Effect::Deny) {
        return Some(rule::ACTION_DENIED);
    }
    let permitted = terms.privilege_default == Effect::Permit || rules(had, terms, asked, Effect::Permit);
    (!permitted).then_some(rule::ACTION_NOT_PERMITTED)
}

/// Whether a rule of this effect is about this action and this recipient. The uses of the Cybersecurity Information Sharing Act are the defence of
/// networks; who is permitted them may read, but to be denied them is no bar to reading.
fn rules(had: &Attributes, terms: &Terms, asked: PrivilegeAction, effect: Effect) -> bool {
    let implied = match effect {
        Effect::Permit => matches!(asked, PrivilegeAction::Display | PrivilegeAction::NetworkDefence),
        Effect::Deny => asked == PrivilegeAction::NetworkDefence,
    };
    let about = |action: PrivilegeAction| {
        action == asked || action == PrivilegeAction::All || implied && action == PrivilegeAction::CisaUses
    };
    terms.privileges.iter().any(|rule| rule.effect == effect && about(rule.action) && had.within(&rule.scope, effect))
}

/// Handing on to the recipient; to relay, handing on to members whom nobody here knows.
fn handing_on(had: &Attributes, terms: &Terms, action: Action) -> Option<&'static str> {
    let named =
        |effect: Effect| terms.sharing.iter().any(|rule| rule.effect == effect && had.named_in(&rule.scope, effect));
    if named(Effect::Deny) {
        return Some(rule::SHARING_DENIED);
    }
    if terms.sharing_default == Effect::Deny && !named(Effect::Permit) {
        return Some(rule::SHARING_NOT_PERMITTED);
    }
    let limited = terms.sharing_default == Effect::Deny || terms.sharing.iter().any(|rule| rule.effect == Effect::Deny);
    (action == Action::Relay && limited).then_some(rule::SHARING_NOT_PERMITTED)
}

fn first(clauses: &[(bool, &'static str)]) -> Option<&'static str> {
    clauses.iter().find(|(refuses, _)| *refuses).map(|(_, rule)| *rule)
}
