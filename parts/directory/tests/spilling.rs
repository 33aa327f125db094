//! What people write about organisations, contacts and people is refused when it is marked as classified, field by field, and nothing of it is kept.
#![cfg(test)]

#[path = "setup/administrator.rs"]
mod administrator;
mod setup;

use administrator::{PASSWORD, administrator};
use setup::new_hub;
use ward_directory::{
    DirectoryError, Duty, Here, NewContact, NewOrganisation, NewPerson, OrganisationKind, accept_invitation,
    add_contact, add_organisation, add_person, invite, own_organisation, permit,
};
use ward_policy::{Resource, Role, Verb};
use ward_store::testing::{TestDatabase, is_kept};
use ward_store::{test_both, values};

test_both!(no_field_takes_what_is_classified);

const BANNER: &str = "TOP SECRET//SI//NOFORN palimpsest";

/// How often something was refused at each place, in order.
async fn places(here: &Here) -> Vec<String> {
    let sql = "SELECT subject FROM entry WHERE act = 'spill.refused' ORDER BY id";
    here.store.fetch(sql, values![]).await.unwrap().iter().map(|row| row.get("subject").unwrap()).collect()
}

async fn no_field_takes_what_is_classified(database: TestDatabase) {
    let (here, link) = new_hub(&database).await;
    let admin = administrator(&here, &link).await;
    let own = own_organisation(&here).await.unwrap();
    let mut refused: Vec<(&str, DirectoryError)> = Vec::new();
    for field in 0..2 {
        let text = |place: usize, plain: &str| if place == field { BANNER } else { plain }.to_owned();
        let (name, state) = (text(0, "Pine County"), text(1, "AZ"));
        let new = NewOrganisation { kind: OrganisationKind::County, name, state, parent_id: None };
        let permitted = permit(&admin, Verb::Create, Resource::Organisation, new).unwrap();
        refused.push(("organisation", add_organisation(&here, &permitted).await.unwrap_err()));
    }
    for field in 0..3 {
        let text = |place: usize, plain: &str| if place == field { BANNER } else { plain }.to_owned();
        let (name, email, phone) = (text(0, "Cora"), text(1, "cora@example.org"), text(2, "555 0100"));
        let permitted = permit(&admin, Verb::Create, Resource::Contact, own.clone()).unwrap();
        let new = NewContact { duty: Duty::It, name, email, phone };
        refused.push(("contact", add_contact(&here, &permitted, &new).await.unwrap_err()));
        let (name, office, email) = (text(0, "Ann"), text(1, "Security"), text(2, "ann@example.org"));
        let new = NewPerson { organisation_id: own.id.clone(), name, office, email, role: Role::Analyst };
        let permitted = permit(&admin, Verb::Create, Resource::Person, new).unwrap();
        refused.push(("person", add_person(&here, &permitted).await.unwrap_err()));
    }
    let new = NewPerson {
        organisation_id: own.id.clone(),
        name: "Ann".to_owned(),
        office: "Security".to_owned(),
        email: "ann@example.org".to_owned(),
        role: Role::Analyst,
    };
    let person = add_person(&here, &permit(&admin, Verb::Create, Resource::Person, new).unwrap()).await.unwrap();
    let link = invite(&here, &permit(&admin, Verb::Change, Resource::Person, person).unwrap()).await.unwrap();
    let token = link.strip_prefix("/welcome/").unwrap();
    refused
        .push(("invitation", accept_invitation(&here, token, BANNER, "ann@example.org", PASSWORD).await.unwrap_err()));
    for (place, error) in &refused {
        assert!(
            matches!(error, DirectoryError::Invalid(why) if why.contains("marked as classified")),
            "{place}: {error}"
        );
        assert!(!error.to_string().contains("palimpsest"));
    }
    assert_eq!(places(&here).await, refused.iter().map(|(place, _)| *place).collect::<Vec<_>>());
    assert!(!is_kept(&here.store, "palimpsest").await);
    accept_invitation(&here, token, "Ann", "ann@example.org", PASSWORD).await.expect("the link is not spent");
    assert!(is_kept(&here.store, "Security").await, "what is kept is found");
}
