//! Organisations: adding and finding them.

use serde_json::json;
use ward_policy::{Attributes, Level, Resource, Verb};
use ward_store::{Act, RowRef, random};

use crate::model::{Organisation, OrganisationKind, Scope, Who};
use crate::permit::ask_again;
use crate::{DirectoryError, Here, Permit, spill, sql};

/// What is said of a new organisation.
#[derive(Clone, Debug)]
pub struct NewOrganisation {
    pub kind: OrganisationKind,
    pub name: String,
    pub state: String,
    /// The organisation whose client it is.
    pub parent_id: Option<String>,
}

/// Adds a member organisation to this hub's community; for the hub's own people.
pub async fn add_organisation(here: &Here, permit: &Permit<NewOrganisation>) -> Result<Organisation, DirectoryError> {
    add(here, permit, true).await
}

/// Adds an organisation that the hub knows and that is no member: where threat information comes from.
pub async fn add_partner(here: &Here, permit: &Permit<NewOrganisation>) -> Result<Organisation, DirectoryError> {
    add(here, permit, false).await
}

/// Who speaks when the hub fetches what a partner offers: nobody but the partner's own program, which only sends.
pub fn partner(organisation: Organisation) -> Who {
    Who {
        attributes: Attributes::default(),
        actor: "subscription".to_owned(),
        name: organisation.name.clone(),
        person_id: None,
        organisation,
        roles: Vec::new(),
        scopes: vec![Scope::Write],
        clearance: Level::Unclassified,
    }
}

async fn add(here: &Here, permit: &Permit<NewOrganisation>, is_member: bool) -> Result<Organisation, DirectoryError> {
    ask_again(here, permit, Verb::Create, Resource::Organisation, &here.installation.organisation_id)?;
    let new = permit.on();
    spill::guard(here, permit.who(), "organisation", &[&new.name, &new.state]).await?;
    if new.name.trim().is_empty() {
        return Err(DirectoryError::invalid("an organisation needs a name"));
    }
    if let Some(parent) = &new.parent_id
        && organisation(here, parent).await?.is_none()
    {
        return Err(DirectoryError::Unknown { what: "organisation", id: parent.clone() });
    }
    let organisation = Organisation {
        id: random::id(),
        kind: new.kind,
        name: new.name.trim().to_owned(),
        state: new.state.clone(),
        parent_id: new.parent_id.clone(),
        identity_id: format!("identity--{}", random::uuid()),
        is_member,
        created_at: here.now(),
    };
    let mut tx = here.store.begin().await?;
    sql::insert_organisation(&mut tx, &organisation).await?;
    let act = Act {
        act: "organisation.added",
        actor: &permit.who().actor,
        organisation: &permit.who().organisation.id,
        subject: &organisation.id,
        at: organisation.created_at,
        detail: &json!({}),
        rows: &[RowRef { table: "organisation", key: &[&organisation.id] }],
    };
    tx.record(act).await?;
    tx.commit().await?;
    Ok(organisation)
}

/// All organisations, by state, kind and name.
pub async fn organisations(here: &Here) -> Result<Vec<Organisation>, DirectoryError> {
    Ok(sql::organisations(&here.store).await?)
}

/// The organisation with this id.
pub async fn organisation(here: &Here, id: &str) -> Result<Option<Organisation>, DirectoryError> {
    Ok(sql::organisation(&here.store, id).await?)
}

/// Who is meant by a name, which more than one may have, or by an id.
#[derive(Clone, Debug)]
pub enum Named {
    Nobody,
    One(Organisation),
    /// So many have this name.
    Several(usize),
}

/// The organisation with this id or name.
pub async fn organisation_named(here: &Here, name_or_id: &str) -> Result<Named, DirectoryError> {
    let mut found = sql::organisations(&here.store).await?;
    found.retain(|one| one.id == name_or_id || one.name == name_or_id);
    if let Some(place) = found.iter().position(|one| one.id == name_or_id) {
        return Ok(Named::One(found.swap_remove(place)));
    }
    Ok(match (found.len(), found.pop()) {
        (1, Some(one)) => Named::One(one),
        (0, _) | (_, None) => Named::Nobody,
        (several, Some(_)) => Named::Several(several),
    })
}

/// The organisation with this STIX identity.
pub async fn organisation_of_identity(here: &Here, identity: &str) -> Result<Option<Organisation>, DirectoryError> {
    Ok(sql::organisation_of_identity(&here.store, identity).await?)
}

/// The organisation that owns this installation.
pub async fn own_organisation(here: &Here) -> Result<Organisation, DirectoryError> {
    let id = &here.installation.organisation_id;
    organisation(here, id).await?.ok_or_else(|| DirectoryError::Unknown { what: "organisation", id: id.clone() })
}
