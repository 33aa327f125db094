//! A member of the scenario's community: an installation with its people, its logs, and either a process of its own or a place in this one.

use std::path::{Path, PathBuf};

use anyhow::Context;
use ward_directory::{Here, Init, NewPerson, OrganisationKind, Who};
use ward_policy::{Resource, Role, Verb};
use ward_store::{Clock, DEMO_CLOCK_FILE};
use ward_watch::source::{NewSource, SourceOptions};

use super::logs::StatePlan;
use super::people;
use super::process::Process;
use crate::cli::directory::allowed;

/// An installation of the scenario.
pub struct Member {
    pub plan: StatePlan,
    pub here: Here,
    /// The folder of its web server's logs.
    pub logs: PathBuf,
    /// Its own process; none: this process does its work.
    pub process: Option<Process>,
    /// The invented person who reads and confirms there.
    pub director: Who,
    pub administrator: Who,
}

impl Member {
    /// Makes the installation with its invented people and its declared source.
    pub async fn found(folder: &Path, plan: StatePlan, is_hub: bool, kind: OrganisationKind) -> anyhow::Result<Member> {
        let code = plan.state.code.to_lowercase();
        let (home, logs) = (folder.join(&code), folder.join("logs").join(&code).join("web"));
        std::fs::create_dir_all(&logs).with_context(|| format!("cannot make `{}`", logs.display()))?;
        let state = plan.state.code.chars().take(2).collect();
        let here = installation(folder, &home, &plan.state.name, state, is_hub, kind).await?;
        let administrator = administrator(&here).await?;
        let email = format!("director@{code}.invalid");
        let director =
            add_person(&here, &administrator, "Robin Invented", "election director", &email, Role::Director).await?;
        let source = NewSource {
            name: "web server".to_owned(),
            path: logs.display().to_string(),
            options: SourceOptions::default(),
        };
        ward_watch::source::add_source(&here, &allowed(&administrator, Verb::Create, Resource::Source, source)?)
            .await?;
        Ok(Member { plan, here, logs, process: None, director, administrator })
    }

    /// Its people can sign in from now on.
    pub async fn invite_people(&self) -> anyhow::Result<()> {
        let code = self.plan.state.code.to_lowercase();
        people::of_node(&self.here, &self.administrator, &self.director, &code).await
    }
}

/// Joins a hub with its one-time token.
pub async fn join(
    here: &Here,
    administrator: &Who,
    http: &reqwest::Client,
    hub_url: &str,
    token: &str,
) -> anyhow::Result<()> {
    let own = ward_directory::own_organisation(here).await?;
    let permit = allowed(administrator, Verb::Create, Resource::Token, own)?;
    ward_watch::hub::join(here, http, &permit, hub_url, token).await?;
    Ok(())
}

/// Does in this process what `ward serve` does in a process of its own: numbers the record, signs, listens, looks, answers.
pub async fn work(here: &Here, http: &reqwest::Client) -> anyhow::Result<()> {
    while ward_store::sequence(&here.store).await? > 0 {}
    ward_store::sign_checkpoint(&here.store, &here.log_key, here.now()).await?;
    for (hub, result) in ward_watch::round::round(here, http).await? {
        result.with_context(|| format!("{} and its hub {}", here.installation.name, hub.name))?;
    }
    Ok(())
}

/// Makes an installation with the scenario's clock, which all of them share.
pub async fn installation(
    folder: &Path,
    home: &Path,
    name: &str,
    state: String,
    is_hub: bool,
    kind: OrganisationKind,
) -> anyhow::Result<Here> {
    std::fs::create_dir_all(home).with_context(|| format!("cannot make `{}`", home.display()))?;
    let (shared, own) = (folder.join(DEMO_CLOCK_FILE), home.join(DEMO_CLOCK_FILE));
    let shared = shared.canonicalize().context("the scenario's clock")?;
    std::os::unix::fs::symlink(&shared, &own).with_context(|| format!("cannot make `{}`", own.display()))?;
    let clock = Clock::Demo(own);
    let init = Init { folder: home.to_path_buf(), name: name.to_owned(), state, is_hub, kind, database: None, clock };
    let (here, _) = ward_directory::init(init).await?;
    if is_hub {
        ward_share::collections::ensure(&here).await?;
    }
    Ok(here)
}

/// The administrator that every new installation has.
pub async fn administrator(here: &Here) -> anyhow::Result<Who> {
    let email = format!("administrator@{}", here.installation.organisation_id);
    ward_directory::acting_as(here, &email, None).await?.context("a new installation has an administrator")
}

/// Adds an invented person.
pub async fn add_person(
    here: &Here,
    administrator: &Who,
    name: &str,
    office: &str,
    email: &str,
    role: Role,
) -> anyhow::Result<Who> {
    let new = NewPerson {
        organisation_id: here.installation.organisation_id.clone(),
        name: name.to_owned(),
        office: office.to_owned(),
        email: email.to_owned(),
        role,
    };
    ward_directory::add_person(here, &allowed(administrator, Verb::Create, Resource::Person, new)?).await?;
    ward_directory::acting_as(here, email, None).await?.context("the person who was just added")
}
