//! The STIX objects that go with an alert: its indicators, the identities of those who speak, the extension.

use serde_json::{Value, json};

use super::WARD_IDENTITY_ID;
use crate::marking::Tlp;

/// What an indicator says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndicatorFacts<'a> {
    /// Its id.
    pub id: &'a str,
    /// Identity that made it.
    pub created_by_ref: &'a str,
    /// RFC 3339.
    pub created: &'a str,
    /// RFC 3339; equal to `created` in the first version.
    pub modified: &'a str,
    /// A short name.
    pub name: &'a str,
    /// What it means, where that is known.
    pub description: Option<&'a str>,
    /// A STIX pattern.
    pub pattern: &'a str,
    /// Who may read it.
    pub tlp: Tlp,
    /// RFC 3339.
    pub valid_from: &'a str,
    /// RFC 3339, later than `valid_from`.
    pub valid_until: Option<&'a str>,
    /// Withdrawn for good.
    pub revoked: bool,
}

/// An indicator in JSON.
pub fn indicator_object(facts: &IndicatorFacts<'_>) -> Vec<u8> {
    let mut indicator = json!({
        "type": "indicator",
        "spec_version": "2.1",
        "id": facts.id,
        "created_by_ref": facts.created_by_ref,
        "created": facts.created,
        "modified": facts.modified,
        "name": facts.name,
        "pattern": facts.pattern,
        "pattern_type": "stix",
        "pattern_version": "2.1",
        "valid_from": facts.valid_from,
        "object_marking_refs": [facts.tlp.official_id()],
    });
    if let Some(members) = indicator.as_object_mut() {
        let optional = [("description", facts.description), ("valid_until", facts.valid_until)];
        for (name, value) in optional {
            if let Some(value) = value {
                members.insert(name.to_owned(), Value::from(value));
            }
        }
        if facts.revoked {
            members.insert("revoked".to_owned(), Value::from(true));
        }
    }
    indicator.to_string().into_bytes()
}

/// What an identity says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityFacts<'a> {
    /// Its id.
    pub id: &'a str,
    /// RFC 3339.
    pub created: &'a str,
    /// RFC 3339; equal to `created` in the first version.
    pub modified: &'a str,
    /// Name of the organisation.
    pub name: &'a str,
    /// STIX's identity class, such as `organization`.
    pub identity_class: &'a str,
    /// Who may read it.
    pub tlp: Tlp,
}

/// An identity in JSON, which speaks for itself (`created_by_ref` is its own id).
pub fn identity_object(facts: &IdentityFacts<'_>) -> Vec<u8> {
    json!({
        "type": "identity",
        "spec_version": "2.1",
        "id": facts.id,
        "created_by_ref": facts.id,
        "created": facts.created,
        "modified": facts.modified,
        "name": facts.name,
        "identity_class": facts.identity_class,
        "object_marking_refs": [facts.tlp.official_id()],
    })
    .to_string()
    .into_bytes()
}

/// The definition of one of Ward's extensions in JSON.
pub(crate) fn extension_definition(id: &str, name: &str, schema: &str) -> Vec<u8> {
    json!({
        "type": "extension-definition",
        "spec_version": "2.1",
        "id": id,
        "created_by_ref": WARD_IDENTITY_ID,
        "created": "2026-11-23T00:00:00.000Z",
        "modified": "2026-11-23T00:00:00.000Z",
        "name": name,
        "schema": schema,
        "version": "1.0.0",
        "extension_types": ["property-extension"],
        "object_marking_refs": [Tlp::Clear.official_id()],
    })
    .to_string()
    .into_bytes()
}
