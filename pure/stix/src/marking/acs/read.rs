//! An ACS marking out of a marking-definition, property by property, in the schema's order.
//!
//! Also what decides nothing is checked: a marking that breaks its schema in one place may break it in another that we do not see.

use serde_json::{Map, Value};

use super::{
    ACS_EXTENSION_ID, Acs, AcsProblem, Among, Caveat, Classification, Community, Determination, Effect, Entity,
    FOREIGN_GOVERNMENT, Privilege, PrivilegeAction, SECTOR, Scope, Sensitivity, Sharing, Terms, is_nationality_code,
    is_organisation_code,
};
use crate::object::Object;
use crate::timestamp;

const ALL: &str = "ALL";
const POLICY: &str = "urn:isa:policy:acs:ns:v3.0?";
const AUTHORITY: &str = "urn:isa:authority:";

/// A JSON object and where it is.
struct Part<'a> {
    path: String,
    members: &'a Map<String, Value>,
}

impl<'a> Part<'a> {
    /// Errors when it is no object, or has a property that is not `allowed`.
    fn of(path: &str, value: &'a Value, allowed: &[&str]) -> Result<Part<'a>, AcsProblem> {
        let members = value.as_object().ok_or_else(|| wrong(path, "an object"))?;
        let part = Part { path: path.to_owned(), members };
        match members.keys().find(|key| !allowed.contains(&key.as_str())) {
            Some(key) => Err(AcsProblem::Unexpected { path: part.at(key) }),
            None => Ok(part),
        }
    }

    fn at(&self, property: &str) -> String {
        if self.path.is_empty() { property.to_owned() } else { format!("{}.{property}", self.path) }
    }

    fn required(&self, property: &str) -> Result<&'a Value, AcsProblem> {
        self.members.get(property).ok_or_else(|| AcsProblem::Missing { path: self.at(property) })
    }

    fn text(&self, property: &str) -> Result<&'a str, AcsProblem> {
        text(&self.at(property), self.required(property)?)
    }

    fn optional_text(&self, property: &str) -> Result<Option<&'a str>, AcsProblem> {
        self.members.get(property).map(|value| text(&self.at(property), value)).transpose()
    }

    fn time(&self, property: &str) -> Result<Option<i64>, AcsProblem> {
        let Some(written) = self.optional_text(property)? else { return Ok(None) };
        timestamp::parse_micros(written).map(Some).ok_or_else(|| unknown(&self.at(property), written))
    }

    fn part(&self, property: &str, allowed: &[&str]) -> Result<Option<Part<'a>>, AcsProblem> {
        self.members.get(property).map(|value| Part::of(&self.at(property), value, allowed)).transpose()
    }

    /// The entries of a list with their places; none when it is not there.
    fn list(&self, property: &str) -> Result<Vec<(String, &'a Value)>, AcsProblem> {
        let Some(value) = self.members.get(property) else { return Ok(Vec::new()) };
        let path = self.at(property);
        match value.as_array() {
            None => Err(wrong(&path, "a list")),
            Some(list) if list.is_empty() => Err(AcsProblem::Empty { path }),
            Some(list) => Ok(list.iter().enumerate().map(|(at, entry)| (format!("{path}[{at}]"), entry)).collect()),
        }
    }

    fn values<T>(&self, property: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, AcsProblem> {
        let entries = self.list(property)?;
        entries.iter().map(|(path, entry)| value(path, entry, &read)).collect()
    }

    /// A part of a scope: values of the vocabulary, or the single value `ALL`.
    fn among<T>(&self, property: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<Among<T>>, AcsProblem> {
        let entries = self.list(property)?;
        match entries.as_slice() {
            [] => Ok(None),
            [(_, Value::String(only))] if only == ALL => Ok(Some(Among::All)),
            _ => {
                let not_all = |text: &str| if text == ALL { None } else { read(text) };
                self.values(property, not_all).map(|values| Some(Among::These(values)))
            }
        }
    }
}

fn wrong(path: &str, expected: &'static str) -> AcsProblem {
    AcsProblem::WrongType { path: path.to_owned(), expected }
}

fn unknown(path: &str, value: &str) -> AcsProblem {
    AcsProblem::UnknownValue { path: path.to_owned(), value: value.to_owned() }
}

fn text<'a>(path: &str, value: &'a Value) -> Result<&'a str, AcsProblem> {
    match value.as_str() {
        None => Err(wrong(path, "a text")),
        Some(text) if text.trim().is_empty() => Err(AcsProblem::Empty { path: path.to_owned() }),
        Some(text) => Ok(text),
    }
}

fn value<T>(path: &str, entry: &Value, read: impl Fn(&str) -> Option<T>) -> Result<T, AcsProblem> {
    let written = text(path, entry)?;
    read(written).ok_or_else(|| unknown(path, written))
}

fn organisation(code: &str) -> Option<String> {
    is_organisation_code(code).then(|| code.to_owned())
}

fn nationality(code: &str) -> Option<String> {
    is_nationality_code(code).then(|| code.to_owned())
}

fn open(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// The ACS marking of a marking-definition that has nothing else in it.
pub(super) fn marking(definition: &Object) -> Result<Acs, AcsProblem> {
    let extensions = definition.value().get("extensions").and_then(Value::as_object).ok_or(AcsProblem::Absent)?;
    let extension = extensions.get(ACS_EXTENSION_ID).ok_or(AcsProblem::Absent)?;
    let others = extensions.keys().map(String::as_str).filter(|id| *id != ACS_EXTENSION_ID);
    let definitions = ["definition_type", "definition"].into_iter();
    let mut beside = definitions.filter(|property| definition.value().get(property).is_some()).chain(others);
    if let Some(property) = beside.next() {
        return Err(AcsProblem::NotAlone { property: property.to_owned() });
    }
    let allowed = [
        "extension_type",
        "identifier",
        "name",
        "create_date_time",
        "responsible_entity_custodian",
        "responsible_entity_originator",
        "authority_reference",
        "policy_reference",
        "original_classification",
        "derivative_classification",
        "declassification",
        "resource_disposition",
        "public_release",
        "access_privilege",
        "further_sharing",
        "control_set",
    ];
    let part = Part::of("", extension, &allowed)?;
    check_account(&part)?;
    let custodian =
        value("responsible_entity_custodian", part.required("responsible_entity_custodian")?, organisation)?;
    Ok(Acs {
        identifier: part.text("identifier")?.to_owned(),
        custodian,
        // Cover names are legal here, so any text is.
        originator: part.optional_text("responsible_entity_originator")?.map(str::to_owned),
        terms: terms(&part)?,
    })
}

/// What is there for accounting, and decides nothing.
fn check_account(part: &Part<'_>) -> Result<(), AcsProblem> {
    let extension_type = part.text("extension_type")?;
    if extension_type != "property-extension" {
        return Err(unknown("extension_type", extension_type));
    }
    part.required("create_date_time")?;
    part.time("create_date_time")?;
    part.optional_text("name")?;
    part.values("authority_reference", |urn| urn.strip_prefix(AUTHORITY).filter(|rest| is_word(rest)).and_then(open))?;
    let original = ["classified_by", "classified_on", "classification_reason", "compilation_reason"];
    if let Some(block) = part.part("original_classification", &original)? {
        block.text("classified_by")?;
        block.time("classified_on")?;
        block.optional_text("classification_reason")?;
        block.optional_text("compilation_reason")?;
    }
    if let Some(block) = part.part("derivative_classification", &["classified_by", "classified_on", "derived_from"])? {
        block.text("classified_by")?;
        block.text("derived_from")?;
        block.time("classified_on")?;
    }
    Ok(())
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn terms(part: &Part<'_>) -> Result<Terms, AcsProblem> {
    let (privilege_default, sharing_default) = defaults(part)?;
    let control_set = [
        "classification",
        "sci_controls",
        "logical_authority_category",
        "formal_determination",
        "caveat",
        "sensitivity",
        "shareability",
        "entity",
        "permitted_nationalities",
        "permitted_organizations",
    ];
    let controls = Part::of("control_set", part.required("control_set")?, &control_set)?;
    let classification = controls.required("classification")?;
    Ok(Terms {
        classification: value("control_set.classification", classification, Classification::of_text)?,
        sci_controls: controls.values("sci_controls", open)?,
        authority_categories: controls.values("logical_authority_category", open)?,
        determinations: controls.values("formal_determination", Determination::of_text)?,
        caveats: controls.values("caveat", Caveat::of_text)?,
        sensitivities: controls.values("sensitivity", Sensitivity::of_text)?,
        communities: controls.values("shareability", Community::of_text)?,
        entities: controls.values("entity", Entity::of_text)?,
        nationalities: controls.values("permitted_nationalities", nationality)?,
        organisations: controls.values("permitted_organizations", organisation)?,
        privileges: part.list("access_privilege")?.iter().map(privilege).collect::<Result<_, _>>()?,
        sharing: part.list("further_sharing")?.iter().map(sharing).collect::<Result<_, _>>()?,
        privilege_default,
        sharing_default,
        declassified_at: declassified_at(part)?,
        disposed_at: disposed_at(part)?,
        released_at: released_at(part)?,
    })
}

/// The two defaults of the policy. Several policies may be named: what one of them denies is denied.
fn defaults(part: &Part<'_>) -> Result<(Effect, Effect), AcsProblem> {
    let written = part.text("policy_reference")?;
    let (mut privilege, mut sharing) = (Effect::Permit, Effect::Permit);
    for policy in written.split_ascii_whitespace() {
        let said = policy.strip_prefix(POLICY).and_then(|query| query.split_once('&')).and_then(|(first, second)| {
            let privilege = first.strip_prefix("privdefault=").and_then(Effect::of_text)?;
            Some((privilege, second.strip_prefix("sharedefault=").and_then(Effect::of_text)?))
        });
        let (of_privilege, of_sharing) = said.ok_or_else(|| unknown("policy_reference", policy))?;
        privilege = privilege.max(of_privilege);
        sharing = sharing.max(of_sharing);
    }
    Ok((privilege, sharing))
}

/// The date only counts when nothing exempts from it; a period or an event is for people to act upon.
fn declassified_at(part: &Part<'_>) -> Result<Option<i64>, AcsProblem> {
    let allowed = ["declass_exemption", "declass_period", "declass_date", "declass_event"];
    let Some(block) = part.part("declassification", &allowed)? else { return Ok(None) };
    if block.members.is_empty() {
        return Err(AcsProblem::Empty { path: block.path });
    }
    if block.members.get("declass_period").is_some_and(|period| !period.is_i64() && !period.is_u64()) {
        return Err(wrong("declassification.declass_period", "a whole number"));
    }
    block.optional_text("declass_event")?;
    let date = block.time("declass_date")?;
    Ok(if block.optional_text("declass_exemption")?.is_some() { None } else { date })
}

fn disposed_at(part: &Part<'_>) -> Result<Option<i64>, AcsProblem> {
    let allowed = ["disposition_date", "disposition_process"];
    let Some(block) = part.part("resource_disposition", &allowed)? else { return Ok(None) };
    block.text("disposition_process")?;
    block.required("disposition_date")?;
    block.time("disposition_date")
}

fn released_at(part: &Part<'_>) -> Result<Option<i64>, AcsProblem> {
    let Some(block) = part.part("public_release", &["released_by", "released_on"])? else { return Ok(None) };
    block.text("released_by")?;
    block.time("released_on")
}

fn privilege((path, entry): &(String, &Value)) -> Result<Privilege, AcsProblem> {
    let part = Part::of(path, entry, &["privilege_action", "privilege_scope", "rule_effect"])?;
    let action = value(&part.at("privilege_action"), part.required("privilege_action")?, PrivilegeAction::of_text)?;
    let effect = value(&part.at("rule_effect"), part.required("rule_effect")?, Effect::of_text)?;
    let allowed = ["permitted_nationalities", "permitted_organizations", "shareability", "entity"];
    let within = Part::of(&part.at("privilege_scope"), part.required("privilege_scope")?, &allowed)?;
    if within.members.is_empty() {
        return Err(AcsProblem::Empty { path: within.path });
    }
    let scope = Scope {
        nationalities: within.among("permitted_nationalities", nationality)?,
        organisations: within.among("permitted_organizations", organisation)?,
        communities: within.among("shareability", Community::of_text)?,
        entities: within.among("entity", Entity::of_text)?,
    };
    Ok(Privilege { action, scope, effect })
}

fn sharing((path, entry): &(String, &Value)) -> Result<Sharing, AcsProblem> {
    let part = Part::of(path, entry, &["sharing_scope", "rule_effect"])?;
    part.required("sharing_scope")?;
    let whom = |text: &str| match text {
        FOREIGN_GOVERNMENT | SECTOR => Some(text.to_owned()),
        code => organisation(code),
    };
    let effect = value(&part.at("rule_effect"), part.required("rule_effect")?, Effect::of_text)?;
    Ok(Sharing { scope: part.values("sharing_scope", whom)?, effect })
}
