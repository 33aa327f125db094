//! The invented people who can sign in, on the hub and on the nodes that run: one password for all of them, and it is no secret.
//!
//! Only they have one. A password costs the time of its hash, and nobody can sign in where nothing listens.

use anyhow::Context;
use ward_directory::{Demonstration, Here, NewPerson, Organisation, Who, keep_demonstration};
use ward_policy::{Resource, Role, Verb};

use crate::cli::directory::allowed;

/// The invented password of all invented people.
pub const PASSWORD: &str = "a password of the reconstruction";

/// Somebody who is invented.
pub struct Invented<'a> {
    pub name: &'a str,
    pub office: &'a str,
    pub email: String,
    pub role: Role,
}

/// Adds somebody of an organisation who can sign in.
pub async fn add(here: &Here, administrator: &Who, of: &Organisation, invented: &Invented<'_>) -> anyhow::Result<Who> {
    let new = NewPerson {
        organisation_id: of.id.clone(),
        name: invented.name.to_owned(),
        office: invented.office.to_owned(),
        email: invented.email.clone(),
        role: invented.role,
    };
    ward_directory::add_person(here, &allowed(administrator, Verb::Create, Resource::Person, new)?).await?;
    let who = ward_directory::acting_as(here, &invented.email, None).await?.context("the person who was just added")?;
    welcome(here, administrator, &who, invented.name, &invented.email).await?;
    Ok(who)
}

/// Somebody accepts an invitation, with a name, an address and the password.
pub async fn welcome(here: &Here, administrator: &Who, who: &Who, name: &str, email: &str) -> anyhow::Result<()> {
    let person = ward_directory::person(here, &who.actor).await?.context("an invented person")?;
    let on_person = allowed(administrator, Verb::Change, Resource::Person, person)?;
    let link = ward_directory::invite(here, &on_person).await?;
    let token = link.rsplit('/').next().unwrap_or_default();
    ward_directory::accept_invitation(here, token, name, email, PASSWORD).await?;
    Ok(())
}

/// The hub's other people, beside the two who sign; gives their addresses.
pub async fn of_hub(hub: &Here, administrator: &Who) -> anyhow::Result<Vec<String>> {
    let own = ward_directory::own_organisation(hub).await?;
    let invented =
        |name, office, role, mailbox: &str| Invented { name, office, email: format!("{mailbox}@hub.invalid"), role };
    let others = [
        invented("Morgan Invented", "director of the hub", Role::Director, "director"),
        invented("Lee Invented", "liaison to the states", Role::Liaison, "liaison"),
    ];
    for one in &others {
        add(hub, administrator, &own, one).await?;
    }
    let email = "administrator@hub.invalid";
    welcome(hub, administrator, administrator, "Pat Invented", email).await?;
    Ok(others.into_iter().map(|one| one.email).chain([email.to_owned()]).collect())
}

/// A member's director and clerk, who sign in on the hub; gives their addresses.
pub async fn of_member(hub: &Here, administrator: &Who, of: &Organisation) -> anyhow::Result<Vec<String>> {
    let code = of.state.to_lowercase();
    let people = [
        Invented {
            name: "Robin Invented",
            office: "election director",
            email: format!("director@{code}.invalid"),
            role: Role::Director,
        },
        Invented {
            name: "Casey Invented",
            office: "election clerk",
            email: format!("clerk@{code}.invalid"),
            role: Role::Clerk,
        },
    ];
    for one in &people {
        add(hub, administrator, of, one).await?;
    }
    Ok(people.into_iter().map(|one| one.email).collect())
}

/// The people of a node of its own: the director whom it has, an IT person, a clerk and the administrator.
pub async fn of_node(here: &Here, administrator: &Who, director: &Who, code: &str) -> anyhow::Result<()> {
    let own = ward_directory::own_organisation(here).await?;
    let address = |mailbox: &str| format!("{mailbox}@{code}.invalid");
    welcome(here, administrator, director, &director.name, &address("director")).await?;
    for (name, office, role, mailbox) in
        [("Kim Invented", "IT", Role::It, "it"), ("Casey Invented", "election clerk", Role::Clerk, "clerk")]
    {
        add(here, administrator, &own, &Invented { name, office, email: address(mailbox), role }).await?;
    }
    welcome(here, administrator, administrator, "Pat Invented", &address("administrator")).await?;
    let people = ["director", "it", "clerk", "administrator"].map(address).to_vec();
    tell(here, people)
}

/// Tells the sign-in page of an installation who can sign in there.
pub fn tell(here: &Here, people: Vec<String>) -> anyhow::Result<()> {
    let told = Demonstration { password: PASSWORD.to_owned(), people, ..Demonstration::default() };
    Ok(keep_demonstration(here, &told)?)
}
