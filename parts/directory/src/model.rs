//! What the directory is about, as plain data.

use serde::{Deserialize, Serialize};
use ward_policy::{Attributes, Level, Role};
use ward_store::{Row, StoreError};

/// This installation of Ward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    pub id: String,
    pub name: String,
    /// Two letters, or empty for a hub of several states.
    pub state: String,
    pub is_hub: bool,
    pub is_node: bool,
    /// The organisation that owns it.
    pub organisation_id: String,
    /// The verifier key of its log, as C2SP vkey text.
    pub log_key: String,
    pub created_at: i64,
}

/// What an organisation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrganisationKind {
    State,
    County,
    Hub,
    Vendor,
    Federal,
}

/// A jurisdiction, a hub, a vendor or a federal partner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    pub id: String,
    pub kind: OrganisationKind,
    pub name: String,
    /// Two letters, or empty.
    pub state: String,
    /// The organisation whose client it is: a county's state.
    pub parent_id: Option<String>,
    /// Its STIX identity.
    pub identity_id: String,
    /// Whether it belongs to this hub's community.
    pub is_member: bool,
    pub created_at: i64,
}

/// Which of the two people an office must have who can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Duty {
    Election,
    It,
}

/// How to reach an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub id: String,
    pub organisation_id: String,
    pub duty: Duty,
    pub name: String,
    pub email: String,
    pub phone: String,
    /// When somebody last made sure; contacts older than 90 days count as not verified.
    pub verified_at: Option<i64>,
}

/// A person who uses Ward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: String,
    pub organisation_id: String,
    pub name: String,
    pub office: String,
    pub email: String,
    /// What their records say (`clearance`), as of their last change.
    pub clearance: Level,
    pub created_at: i64,
    pub disabled_at: Option<i64>,
}

/// A role that a person has in an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    pub person_id: String,
    pub organisation_id: String,
    pub role: Role,
}

/// What a token may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Reading what the organisation may see.
    Read,
    /// Sending objects and answers.
    Write,
    /// What a node does for its organisation: acknowledge, fetch evidence, have its log witnessed.
    Node,
    /// Joining, once.
    Join,
}

/// Who asks: a person, or an organisation's node by its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// The id of the person or of the token.
    pub actor: String,
    pub name: String,
    pub person_id: Option<String>,
    pub organisation: Organisation,
    pub roles: Vec<Role>,
    pub scopes: Vec<Scope>,
    /// As of now.
    pub clearance: Level,
    /// What ACS markings ask about.
    pub attributes: Attributes,
}

/// A person's signing key, without its secret half.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
    pub id: String,
    pub person_id: String,
    /// C2SP vkey text.
    pub verifier_key: String,
    /// The verifier key of the signer who vouched for it; none for the first ones, who are vouched for by the installation's log key.
    pub enrolled_by: Option<String>,
    /// The signed note that vouches for it.
    pub enrolment: String,
    pub created_at: i64,
    pub retired_at: Option<i64>,
}

/// Roles by the words used everywhere.
const ROLES: [(Role, &str); 6] = [
    (Role::Administrator, "administrator"),
    (Role::Analyst, "analyst"),
    (Role::Liaison, "liaison"),
    (Role::Director, "director"),
    (Role::It, "it"),
    (Role::Clerk, "clerk"),
];

const LEVELS: [(Level, &str); 4] = [
    (Level::Unclassified, "unclassified"),
    (Level::Confidential, "confidential"),
    (Level::Secret, "secret"),
    (Level::TopSecret, "top-secret"),
];

/// The word for a role.
pub fn role_name(role: Role) -> &'static str {
    ROLES.iter().find(|(known, _)| *known == role).map_or("", |(_, name)| name)
}

/// The role of that word.
pub fn parse_role(name: &str) -> Option<Role> {
    ROLES.iter().find(|(_, known)| *known == name).map(|(role, _)| *role)
}

/// The word for a clearance level.
pub fn level_name(level: Level) -> &'static str {
    LEVELS.iter().find(|(known, _)| *known == level).map_or("", |(_, name)| name)
}

/// The clearance level of that word.
pub fn parse_level(name: &str) -> Option<Level> {
    LEVELS.iter().find(|(_, known)| *known == name).map(|(level, _)| *level)
}

/// The text of a unit-only enum as it is stored.
pub(crate) fn text_of<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The enum of a stored text.
pub(crate) fn of_text<T: for<'d> Deserialize<'d>>(row: &Row, column: &str) -> Result<T, StoreError> {
    let text: String = row.get(column)?;
    serde_json::from_value(serde_json::Value::String(text.clone()))
        .map_err(|_| StoreError::Record(format!("`{column}` holds `{text}`, which is not known")))
}

impl OrganisationKind {
    /// The kind of that word.
    pub fn parse(name: &str) -> Option<OrganisationKind> {
        serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
    }

    /// The word for it.
    pub fn name(self) -> String {
        text_of(&self)
    }
}
