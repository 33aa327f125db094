//! Contacts: an organisation is reachable when it has a verified election contact and a verified IT contact.

use serde_json::json;
use ward_policy::{Resource, Verb};
use ward_store::{Act, RowRef, random};

use crate::model::{Contact, Duty, Organisation};
use crate::permit::ask_again;
use crate::{DirectoryError, Here, Permit, spill, sql};

/// What is said of a new contact.
#[derive(Clone, Debug)]
pub struct NewContact {
    pub duty: Duty,
    pub name: String,
    pub email: String,
    pub phone: String,
}

/// Adds a contact, not yet verified.
pub async fn add_contact(
    here: &Here,
    permit: &Permit<Organisation>,
    new: &NewContact,
) -> Result<Contact, DirectoryError> {
    ask_again(here, permit, Verb::Create, Resource::Contact, &permit.on().id)?;
    spill::guard(here, permit.who(), "contact", &[&new.name, &new.email, &new.phone]).await?;
    if new.name.trim().is_empty() || (!new.email.contains('@') && new.phone.trim().is_empty()) {
        return Err(DirectoryError::invalid("a contact needs a name and an e-mail address or a telephone number"));
    }
    let contact = Contact {
        id: random::id(),
        organisation_id: permit.on().id.clone(),
        duty: new.duty,
        name: new.name.clone(),
        email: new.email.clone(),
        phone: new.phone.clone(),
        verified_at: None,
    };
    let mut tx = here.store.begin().await?;
    sql::insert_contact(&mut tx, &contact).await?;
    record(&mut tx, here, permit, &contact.id, "contact.added").await?;
    tx.commit().await?;
    Ok(contact)
}

/// Notes that somebody made sure that the contact is right.
pub async fn verify_contact(
    here: &Here,
    permit: &Permit<Organisation>,
    contact_id: &str,
) -> Result<(), DirectoryError> {
    ask_again(here, permit, Verb::Change, Resource::Contact, &permit.on().id)?;
    let mut tx = here.store.begin().await?;
    if !sql::set_contact_verified(&mut tx, contact_id, &permit.on().id, here.now()).await? {
        return Err(DirectoryError::Unknown { what: "contact", id: contact_id.to_owned() });
    }
    record(&mut tx, here, permit, contact_id, "contact.verified").await?;
    Ok(tx.commit().await?)
}

/// The contacts of an organisation.
pub async fn contacts(here: &Here, organisation_id: &str) -> Result<Vec<Contact>, DirectoryError> {
    Ok(sql::contacts(&here.store, organisation_id).await?)
}

/// The contacts of several organisations, by duty and name.
pub async fn contacts_of(here: &Here, organisation_ids: &[String]) -> Result<Vec<Contact>, DirectoryError> {
    let mut contacts = Vec::new();
    for some in organisation_ids.chunks(sql::NAMES_AT_ONCE) {
        contacts.extend(sql::contacts_of(&here.store, some).await?);
    }
    Ok(contacts)
}

async fn record(
    tx: &mut ward_store::Tx,
    here: &Here,
    permit: &Permit<Organisation>,
    contact_id: &str,
    act: &'static str,
) -> Result<(), DirectoryError> {
    let act = Act {
        act,
        actor: &permit.who().actor,
        organisation: &permit.on().id,
        subject: contact_id,
        at: here.now(),
        detail: &json!({}),
        rows: &[RowRef { table: "contact", key: &[contact_id] }],
    };
    tx.record(act).await?;
    Ok(())
}
