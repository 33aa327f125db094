//! May they: the only place that makes a `Permit`, from the role table and the scopes of tokens.

use ward_policy::{Recipient, Resource, Verb, may};

use crate::model::{Scope, Who};
use crate::{DirectoryError, Here, sql};

/// Most parents that are followed; a longer chain is a mistake in the directory.
const PARENTS_MAX: usize = 8;
/// One more is read, so that a longer chain is seen as one.
pub const AT_MOST_READ: i64 = 9;

/// The proof that somebody may do something to `on`. Verbs take it instead of a bare id.
#[derive(Clone, Debug)]
pub struct Permit<T> {
    who: Who,
    on: T,
}

impl<T> Permit<T> {
    /// Who was permitted.
    pub fn who(&self) -> &Who {
        &self.who
    }

    /// What it was permitted on.
    pub fn on(&self) -> &T {
        &self.on
    }
}

/// Why not. What may not be seen is told apart from what may be seen but not done, so that a door can answer 404 or 403.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    Unseen,
    Forbidden,
}

impl Refused {
    /// As an error of a verb.
    pub fn into_error(self, who: &Who, what: &'static str, id: &str) -> DirectoryError {
        match self {
            Refused::Unseen => DirectoryError::Unknown { what, id: id.to_owned() },
            Refused::Forbidden => DirectoryError::Refused { who: who.name.clone() },
        }
    }
}

/// Permits by the caller's roles, as far as the scopes of the session or token go: who only reads changes nothing, whatever the role.
pub fn permit<T>(who: &Who, verb: Verb, resource: Resource, on: T) -> Result<Permit<T>, Refused> {
    let scope = if verb == Verb::See { Scope::Read } else { Scope::Write };
    if who.scopes.contains(&scope) && who.roles.iter().any(|role| may(*role, verb, resource)) {
        return Ok(Permit { who: who.clone(), on });
    }
    let sees = who.roles.iter().any(|role| may(*role, Verb::See, resource));
    Err(if sees { Refused::Forbidden } else { Refused::Unseen })
}

/// Asks again where it is done: a permit for something else opens nothing, and the people of a member act within their own organisation
/// only. The people of the organisation that owns the installation act for all.
pub(crate) fn ask_again<T>(
    here: &Here,
    permitted: &Permit<T>,
    verb: Verb,
    resource: Resource,
    organisation_id: &str,
) -> Result<(), DirectoryError> {
    let who = &permitted.who;
    let within = is_own(here, who) || who.organisation.id == organisation_id;
    if within && permit(who, verb, resource, ()).is_ok() {
        return Ok(());
    }
    Err(DirectoryError::Refused { who: who.name.clone() })
}

/// Whether somebody acts for the organisation that owns the installation.
pub(crate) fn is_own(here: &Here, who: &Who) -> bool {
    who.organisation.id == here.installation.organisation_id
}

/// Permits by the scope of the caller's token.
pub fn permit_scope<T>(who: &Who, scope: Scope, on: T) -> Result<Permit<T>, Refused> {
    if who.scopes.contains(&scope) {
        return Ok(Permit { who: who.clone(), on });
    }
    Err(Refused::Forbidden)
}

/// Permits those who belong to this hub's community; others may not know of what is the members'.
pub fn permit_member<T>(who: &Who, on: T) -> Result<Permit<T>, Refused> {
    if who.organisation.is_member {
        return Ok(Permit { who: who.clone(), on });
    }
    Err(Refused::Unseen)
}

/// What the one decision asks of a recipient.
pub async fn recipient(here: &Here, who: &Who) -> Result<Recipient, DirectoryError> {
    let client_of = match &who.organisation.parent_id {
        Some(parent) => sql::parents(&here.store, parent, AT_MOST_READ).await?,
        None => Vec::new(),
    };
    recipient_below(who, client_of)
}

/// As [`recipient`], given the organisations above, the nearest first.
pub fn recipient_below(who: &Who, client_of: Vec<String>) -> Result<Recipient, DirectoryError> {
    let mut seen = std::collections::BTreeSet::new();
    if client_of.len() > PARENTS_MAX || !client_of.iter().all(|id| seen.insert(id)) {
        return Err(DirectoryError::invalid(format!("the parents of `{}` do not end", who.organisation.name)));
    }
    Ok(Recipient {
        organisation: who.organisation.id.clone(),
        client_of,
        member: who.organisation.is_member,
        clearance: who.clearance,
        attributes: who.attributes.clone(),
    })
}
