//! What each role may do: one table, role by role, resource by resource; `tests/roles.txt` shows it in full.
//!
//! What is not in the table is denied. Whether a person may act on one particular object is for `decide`, and for the part that owns the object.

use serde::{Deserialize, Serialize};

/// A person's role in an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Administrator,
    Analyst,
    Liaison,
    Director,
    It,
    Clerk,
}

/// What there is to act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resource {
    Organisation,
    Person,
    Token,
    Contact,
    /// Records of clearances, one by one.
    Clearance,
    /// Who is cleared, as a list: it is a target by itself.
    Roster,
    Alert,
    Indicator,
    Answer,
    /// Asking again an office that has not answered.
    Reminder,
    /// What an organisation asks to be shown, and what is granted to it.
    Request,
    Source,
    AllowList,
    Confirmation,
    Brief,
    Log,
}

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    See,
    Create,
    Change,
    Sign,
    Publish,
    Release,
    Confirm,
    Delete,
}

impl Role {
    /// All roles, in the order of the table.
    pub const ALL: [Self; 6] =
        [Self::Administrator, Self::Analyst, Self::Liaison, Self::Director, Self::It, Self::Clerk];
}

impl Resource {
    /// All resources, in the order of the table.
    pub const ALL: [Self; 16] = [
        Self::Organisation,
        Self::Person,
        Self::Token,
        Self::Contact,
        Self::Clearance,
        Self::Roster,
        Self::Alert,
        Self::Indicator,
        Self::Answer,
        Self::Reminder,
        Self::Request,
        Self::Source,
        Self::AllowList,
        Self::Confirmation,
        Self::Brief,
        Self::Log,
    ];
}

impl Verb {
    /// All verbs, in the order of the table.
    pub const ALL: [Self; 8] =
        [Self::See, Self::Create, Self::Change, Self::Sign, Self::Publish, Self::Release, Self::Confirm, Self::Delete];
}

/// May somebody with this role do this? Administrators run the installation; they neither sign, publish, release nor confirm.
pub fn may(role: Role, verb: Verb, resource: Resource) -> bool {
    verbs(role, resource).contains(&verb)
}

fn verbs(role: Role, resource: Resource) -> &'static [Verb] {
    use Resource::{
        Alert, AllowList, Answer, Brief, Clearance, Confirmation, Contact, Indicator, Log, Organisation, Person,
        Reminder, Request, Roster, Source, Token,
    };
    use Verb::{Change, Confirm, Create, Delete, Publish, Release, See, Sign};
    match role {
        Role::Administrator => match resource {
            Person | Source => &[See, Create, Change, Delete],
            Organisation | Contact => &[See, Create, Change],
            Token => &[See, Create, Delete],
            Alert | Indicator | AllowList | Brief | Log | Request => &[See],
            Answer | Reminder | Confirmation | Clearance | Roster => &[],
        },
        Role::Analyst => match resource {
            Alert => &[See, Create, Change, Sign, Publish],
            Indicator => &[See, Create, Change, Publish, Delete],
            Answer => &[See, Change],
            Reminder => &[See, Create],
            Request => &[See, Create, Confirm],
            Brief => &[See, Create, Publish],
            Organisation | Person | Contact | Source | AllowList | Confirmation | Log => &[See],
            Token | Clearance | Roster => &[],
        },
        Role::Liaison => match resource {
            Contact => &[See, Create, Change],
            Reminder | Request => &[See, Create],
            Clearance => &[See, Create, Change, Confirm],
            Roster => &[See, Release],
            Organisation | Person | Alert | Indicator | Answer | Brief | Log => &[See],
            Token | Source | AllowList | Confirmation => &[],
        },
        Role::Director => match resource {
            Contact => &[See, Create, Change],
            Alert => &[See, Sign],
            Answer => &[See, Create, Release],
            Reminder => &[See, Create],
            Request => &[See, Create, Confirm],
            Clearance => &[See, Create, Change, Confirm],
            Roster => &[See, Release],
            Confirmation => &[See, Confirm],
            Brief => &[See, Create, Publish],
            Organisation | Person | Indicator | Source | AllowList | Log => &[See],
            Token => &[],
        },
        Role::It => match resource {
            Answer => &[See, Create, Release],
            Source => &[See, Create, Change, Delete],
            AllowList => &[See, Create, Delete],
            Confirmation => &[See, Confirm],
            Request => &[See, Create],
            Organisation | Contact | Alert | Indicator | Reminder | Log => &[See],
            Person | Token | Brief | Clearance | Roster => &[],
        },
        Role::Clerk => match resource {
            Contact => &[See, Create, Change],
            Answer => &[See, Create, Release],
            Confirmation => &[See, Confirm],
            Request => &[See, Create],
            Organisation | Alert | Reminder | Source | Log => &[See],
            Person | Token | Indicator | AllowList | Brief | Clearance | Roster => &[],
        },
    }
}
