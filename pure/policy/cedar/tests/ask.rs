//! Asking the policy of record: the recipient, the object and its markings as Cedar's entities, each decided on by itself and all joined.
//!
//! Cedar has no loops, so what is a list here is a list of questions there: which rules of an ACS marking apply, and whether each marking
//! allows. What a rule means and what follows from it is in the policies alone. An error of evaluation is a no.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::OnceLock;

use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request, Schema};
use serde_json::{Map, Value, json};
use ward_policy::{Action, Attributes, Handling, Level, Need, Recipient};
use ward_stix::marking::acs::{Among, Effect, Privilege, Sharing, Terms};

pub const TEXT: &str = include_str!("../../policies/share.cedar");
pub const SCHEMA: &str = include_str!("../../policies/share.cedarschema");

/// The policies with their schema.
pub struct Policy {
    set: PolicySet,
    schema: Schema,
}

/// What they say, and the names of the policies that made it so.
#[derive(Debug)]
pub struct Answer {
    pub allowed: bool,
    pub reasons: Vec<String>,
}

impl Policy {
    pub fn of_record() -> &'static Policy {
        static POLICY: OnceLock<Policy> = OnceLock::new();
        POLICY.get_or_init(|| Policy {
            set: TEXT.parse().unwrap(),
            schema: Schema::from_cedarschema_str(SCHEMA).unwrap().0,
        })
    }

    /// May the recipient, by the policies?
    pub fn ask(&self, who: &Recipient, marked: &Handling, action: Action, now: i64) -> Answer {
        let mut answers = vec![self.one(who, action, "Object", object(marked, now), relation(who, marked, now))];
        for tlp in marked.tlp.iter().chain(&marked.assigned_tlp) {
            answers.push(self.one(who, action, "Tlp", json!({"level": tlp}), relation(who, marked, now)));
        }
        for terms in &marked.acs {
            let context = self.with_rules(who, terms, relation(who, marked, now));
            answers.push(self.one(who, action, "Acs", acs(terms), context));
        }
        let allowed = answers.iter().all(|answer| answer.allowed);
        let telling = answers.into_iter().filter(|answer| answer.allowed == allowed);
        Answer { allowed, reasons: telling.flat_map(|answer| answer.reasons).collect() }
    }

    fn one(&self, who: &Recipient, action: Action, kind: &str, attributes: Value, context: Value) -> Answer {
        let action = match action {
            Action::Read => "read",
            Action::Relay => "relay",
            Action::Delete => "delete",
            Action::NetworkDefence => "network_defence",
            Action::LegalUse => "legal_use",
            Action::IntelligenceAnalysis => "intelligence_analysis",
        };
        self.evaluate(&who.attributes, recipient(who), action, kind, attributes, context)
    }

    /// The context with the rules of a marking that apply to the recipient.
    fn with_rules(&self, who: &Recipient, terms: &Terms, mut context: Value) -> Value {
        let applies = |kind: &str, attributes: Value| {
            self.evaluate(&who.attributes, recipient(who), "applies", kind, attributes, json!({})).allowed
        };
        for (name, effect) in [("permitted", Effect::Permit), ("denied", Effect::Deny)] {
            let rules = terms.privileges.iter().filter(|rule| rule.effect == effect);
            let applying: BTreeSet<&str> =
                rules.filter(|rule| applies("Privilege", privilege(rule))).map(|rule| rule.action.text()).collect();
            context[name] = json!(applying);
            let mut rules = terms.sharing.iter().filter(|rule| rule.effect == effect);
            context[format!("sharing_{name}")] = json!(rules.any(|rule| applies("Sharing", sharing(rule))));
        }
        context
    }

    fn evaluate(
        &self,
        known: &Attributes,
        recipient: Value,
        action: &str,
        kind: &str,
        attributes: Value,
        context: Value,
    ) -> Answer {
        let mut entities = organisations(known, &attributes);
        let parents: Vec<Value> = known.organisations.iter().map(|code| organisation(code)).collect();
        entities.push(json!({"uid": {"type": "Recipient", "id": "r"}, "attrs": recipient, "parents": parents}));
        entities.push(json!({"uid": {"type": kind, "id": "o"}, "attrs": attributes, "parents": []}));
        let entities = Entities::from_json_value(Value::Array(entities), Some(&self.schema)).unwrap();
        let uid = |text: String| EntityUid::from_str(&text).unwrap();
        let action = uid(format!("Action::\"{action}\""));
        let context = Context::from_json_value(context, Some((&self.schema, &action))).unwrap();
        let resource = uid(format!("{kind}::\"o\""));
        let request =
            Request::new(uid("Recipient::\"r\"".to_owned()), action, resource, context, Some(&self.schema)).unwrap();
        let response = Authorizer::new().is_authorized(&request, &self.set, &entities);
        let name = |id| self.set.annotation(id, "id").unwrap().to_owned();
        let failed = response.diagnostics().errors().next().is_some();
        Answer {
            allowed: response.decision() == Decision::Allow && !failed,
            reasons: response.diagnostics().reason().map(name).collect(),
        }
    }
}

fn organisation(code: &str) -> Value {
    json!({"type": "Organisation", "id": code})
}

/// Every organisation that is named, within those that its code says it is part of.
fn organisations(known: &Attributes, attributes: &Value) -> Vec<Value> {
    let named = ["organisations", "scope"].into_iter().filter_map(|property| attributes.get(property)?.as_array());
    let named = named.flatten().filter_map(|one| one.get("id")?.as_str());
    let mut codes: BTreeSet<&str> = known.organisations.iter().map(String::as_str).chain(named).collect();
    for code in codes.clone() {
        codes.extend(std::iter::successors(Some(code), |code| Some(code.rsplit_once('.')?.0)));
    }
    let entity = |code: &&str| {
        let parents: Vec<Value> = code.rsplit_once('.').map(|(parent, _)| organisation(parent)).into_iter().collect();
        json!({"uid": organisation(code), "attrs": {}, "parents": parents})
    };
    codes.iter().map(entity).collect()
}

fn level(level: Level) -> i64 {
    match level {
        Level::Unclassified => 0,
        Level::Confidential => 1,
        Level::Secret => 2,
        Level::TopSecret => 3,
    }
}

fn recipient(who: &Recipient) -> Value {
    let known = &who.attributes;
    let organisations: Vec<Value> = known.organisations.iter().map(|code| organisation(code)).collect();
    let mut attributes = json!({
        "member": who.member, "anonymous": who.organisation.is_empty(), "clearance": level(who.clearance),
        "sci_controls": known.sci_controls, "authority_categories": known.authority_categories, "caveats": known.caveats,
        "sensitivities": known.sensitivities, "organisations": organisations, "communities": known.communities,
        "entities": known.entities,
    });
    if let Some(nationality) = &known.nationality {
        attributes["nationality"] = json!(nationality);
    }
    attributes
}

fn object(marked: &Handling, now: i64) -> Value {
    let need = match marked.need {
        Need::Collection => "has",
        Need::Grant { until } if until > now => "has",
        Need::Grant { .. } => "ended",
        Need::Nothing => "lacks",
    };
    json!({
        "withdrawn": marked.withdrawn, "released": marked.released_at.is_some_and(|at| at <= now), "need": need,
        "not_understood": marked.unknown_markings, "parts_marked": marked.granular, "required_level": level(marked.required_level),
        "marked": !marked.tlp.is_empty() || !marked.acs.is_empty() || marked.assigned_tlp.is_some(),
        "mentions_hidden": marked.mentions_hidden,
    })
}

fn relation(who: &Recipient, marked: &Handling, now: i64) -> Value {
    json!({
        "owns": who.organisation == marked.owner, "addressed": marked.addressed.contains(&who.organisation),
        "client": who.client_of.iter().any(|parent| marked.addressed.contains(parent)), "now": now,
        "permitted": [], "denied": [], "sharing_permitted": false, "sharing_denied": false,
    })
}

fn acs(terms: &Terms) -> Value {
    let organisations: Vec<Value> = terms.organisations.iter().map(|code| organisation(code)).collect();
    let classification = ["U", "C", "S", "TS"].iter().position(|text| *text == terms.classification.text()).unwrap();
    let mut attributes = json!({
        "classification": classification, "sci_controls": terms.sci_controls, "authority_categories": terms.authority_categories,
        "determinations": terms.determinations, "caveats": terms.caveats, "sensitivities": terms.sensitivities,
        "communities": terms.communities, "entities": terms.entities, "nationalities": terms.nationalities,
        "organisations": organisations, "privilege_default": terms.privilege_default, "sharing_default": terms.sharing_default,
        "sharing_denied_to_some": terms.sharing.iter().any(|rule| rule.effect == Effect::Deny),
    });
    let dates = [
        ("declassified_at", terms.declassified_at),
        ("disposed_at", terms.disposed_at),
        ("released_at", terms.released_at),
    ];
    for (name, date) in dates {
        if let Some(date) = date {
            attributes[name] = json!(date);
        }
    }
    attributes
}

fn among<T>(values: &Among<T>, one: impl Fn(&T) -> Value, all: Value) -> Value {
    match values {
        Among::All => json!([all]),
        Among::These(values) => Value::Array(values.iter().map(one).collect()),
    }
}

fn privilege(rule: &Privilege) -> Value {
    let mut attributes = Map::from_iter([("effect".to_owned(), json!(rule.effect))]);
    let (scope, text) = (&rule.scope, |code: &String| json!(code));
    let parts = [
        ("nationalities", scope.nationalities.as_ref().map(|part| among(part, text, json!("ALL")))),
        (
            "organisations",
            scope.organisations.as_ref().map(|part| among(part, |code| organisation(code), organisation("ALL"))),
        ),
        ("communities", scope.communities.as_ref().map(|part| among(part, |one| json!(one), json!("ALL")))),
        ("entities", scope.entities.as_ref().map(|part| among(part, |one| json!(one), json!("ALL")))),
    ];
    attributes.extend(parts.into_iter().filter_map(|(name, part)| Some((name.to_owned(), part?))));
    Value::Object(attributes)
}

fn sharing(rule: &Sharing) -> Value {
    let scope: Vec<Value> = rule.scope.iter().map(|code| organisation(code)).collect();
    json!({"effect": rule.effect, "scope": scope})
}
