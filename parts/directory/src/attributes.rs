//! What is known of an organisation and its people beyond their level: what ACS markings ask about.
//!
//! An office of a state or county is one of the United States and of its government; more is known only where the administrator of the hub enters
//! it, or where a person's training is on record. What is not known is not had.

use serde_json::json;
use ward_policy::{Attributes, Resource, UNITED_STATES, Verb};
use ward_stix::marking::acs::{Entity, Sensitivity};
use ward_store::{Act, RowRef};

use crate::clearance::{Training, TrainingKind};
use crate::model::{Organisation, OrganisationKind};
use crate::permit::ask_again;
use crate::sql::clearance as sql;
use crate::{DirectoryError, Here, Permit};

/// Code of state, local, tribal and territorial governments.
const STATE_AND_LOCAL: &str = "USA.SLTT";
/// Codes of organisations that stand for themselves, beside those of countries and their parts.
const ALONE: [&str; 7] = ["CDC", "CIKR", "DIB", "FIN", "ISAC", "NONFED", "PRIVATESECTOR"];
/// Sensitivities that a person handles only after training.
const TRAINED: [Sensitivity; 2] = [Sensitivity::ProtectedInfrastructure, Sensitivity::LawEnforcement];
/// Longest code, in bytes.
const CODE_BYTES_MAX: usize = 60;

/// The attributes of an organisation, from its kind and what was entered.
pub(crate) fn of_organisation(kind: OrganisationKind, entered: Option<Attributes>) -> Attributes {
    let mut known = entered.unwrap_or_default();
    if matches!(kind, OrganisationKind::State | OrganisationKind::County) {
        known.nationality.get_or_insert_with(|| UNITED_STATES.to_owned());
        if !known.organisations.iter().any(|code| code == STATE_AND_LOCAL) {
            known.organisations.push(STATE_AND_LOCAL.to_owned());
        }
        if !known.entities.contains(&Entity::Government) {
            known.entities.push(Entity::Government);
        }
    }
    known
}

/// Those of one of its people: the organisation's, but what asks for training only with it.
pub(crate) fn of_person(organisation: Attributes, training: &[Training]) -> Attributes {
    let mut known = organisation;
    known.sensitivities.retain(|one| !TRAINED.contains(one));
    for done in training {
        let sensitivity = match done.kind {
            TrainingKind::Pcii => Sensitivity::ProtectedInfrastructure,
            TrainingKind::Les => Sensitivity::LawEnforcement,
            TrainingKind::Cui => continue,
        };
        if !known.sensitivities.contains(&sensitivity) {
            known.sensitivities.push(sensitivity);
        }
    }
    known
}

/// Enters what is known of an organisation, in place of what was entered before; for the administrator of the hub.
///
/// # Errors
/// When it is somebody else, or a code is none.
pub async fn enter_attributes(
    here: &Here,
    permit: &Permit<Organisation>,
    codes: &Attributes,
) -> Result<Attributes, DirectoryError> {
    ask_again(here, permit, Verb::Change, Resource::Organisation, &here.installation.organisation_id)?;
    check(codes)?;
    let (id, who) = (&permit.on().id, permit.who());
    let text = serde_json::to_string(codes).map_err(|e| DirectoryError::invalid(e.to_string()))?;
    let mut tx = here.store.begin().await?;
    sql::put_attributes(&mut tx, id, &text, &who.actor, here.now()).await?;
    let act = Act {
        act: "organisation.attributes",
        actor: &who.actor,
        organisation: &who.organisation.id,
        subject: id,
        at: here.now(),
        detail: &json!({ "codes": codes }),
        rows: &[RowRef { table: "organisation_attributes", key: &[id] }],
    };
    tx.record(act).await?;
    tx.commit().await?;
    Ok(of_organisation(permit.on().kind, Some(codes.clone())))
}

/// What is known of an organisation as such.
pub async fn known_attributes(here: &Here, organisation: &Organisation) -> Result<Attributes, DirectoryError> {
    let entered = sql::entered(&here.store, &organisation.id).await?;
    Ok(of_organisation(organisation.kind, entered))
}

/// Enumerated values are right by their type; codes must look like those of the vocabulary, and nobody is read into compartments here.
fn check(codes: &Attributes) -> Result<(), DirectoryError> {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-')
    };
    let is_country = |code: &str| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase());
    if !codes.sci_controls.is_empty() {
        return Err(DirectoryError::invalid("compartments are not kept here"));
    }
    if let Some(code) = codes.nationality.as_ref().filter(|code| !is_country(code)) {
        return Err(DirectoryError::invalid(format!("`{code}` is no GENC code of a country, such as USA")));
    }
    for code in &codes.organisations {
        let is_within =
            code.split_once('.').is_some_and(|(country, rest)| is_country(country) && rest.split('.').all(is_part));
        if code.len() > CODE_BYTES_MAX || !is_within && !ALONE.contains(&code.as_str()) {
            let known = ALONE.join(", ");
            return Err(DirectoryError::invalid(format!(
                "`{code}` is no code of an organisation, such as USA.SLTT, {known}"
            )));
        }
    }
    match codes.authority_categories.iter().find(|code| !is_part(code) || code.len() > CODE_BYTES_MAX) {
        Some(code) => Err(DirectoryError::invalid(format!("`{code}` is no code of a legal authority"))),
        None => Ok(()),
    }
}
