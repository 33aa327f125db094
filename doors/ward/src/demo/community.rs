//! The scenario's community: the hub with its two signers, its members, and the county that joins its own state.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tokio::task::JoinSet;
use ward_directory::{Duty, EnrolledBy, Here, NewContact, NewOrganisation, Organisation, OrganisationKind, Scope, Who};
use ward_policy::{Resource, Role, Verb};

use super::facts::State;
use super::logs::{Shape, StatePlan};
use super::member::{self, Member, administrator, installation};
use super::people::{self, Invented, PASSWORD};
use super::process::Process;
use super::{SEED, act, logs};
use crate::cli::directory::allowed;

/// Everybody in the scenario.
pub struct Community {
    folder: PathBuf,
    pub hub: Here,
    hub_process: Process,
    hub_administrator: Who,
    /// The hub's two people who sign.
    pub analyst: Who,
    pub second_analyst: Who,
    pub members: Vec<Member>,
    /// The members as the hub knows them, by state.
    pub organisations: BTreeMap<String, Organisation>,
    pub county: Option<Member>,
    /// The county as its state knows it.
    county_organisation: Option<Organisation>,
}

impl Community {
    /// Founds the hub, lists the states as its members and founds their installations; the hub and two of them run as processes.
    pub async fn found(
        folder: &Path,
        listen: SocketAddr,
        plans: Vec<StatePlan>,
        http: &reqwest::Client,
    ) -> anyhow::Result<Community> {
        let home = folder.join("hub");
        let hub =
            installation(folder, &home, "Invented States Hub", String::new(), true, OrganisationKind::Hub).await?;
        let hub_administrator = administrator(&hub).await?;
        let analyst = signer(&hub, &hub_administrator, "Alex Invented", "analyst@hub.invalid", None).await?;
        let first = analyst.person_id.clone();
        let second = signer(&hub, &hub_administrator, "Sam Invented", "second@hub.invalid", first.as_deref()).await?;
        let hub_process = Process::serve(&home, &listen.to_string())?;
        http.get(format!("{}/log/key", hub_process.url)).send().await.context("the hub does not answer")?;
        let mut community = Community {
            folder: folder.to_path_buf(),
            hub,
            hub_process,
            hub_administrator,
            analyst,
            second_analyst: second,
            members: Vec::new(),
            organisations: BTreeMap::new(),
            county: None,
            county_organisation: None,
        };
        let processes = own_processes(&plans);
        let mut founding = JoinSet::new();
        for plan in plans {
            let code = plan.state.code.clone();
            let organisation = community.list_member(&plan).await?;
            let is_hub = processes.probed.as_deref() == Some(&code);
            community.organisations.insert(code, organisation);
            let folder = folder.to_path_buf();
            founding.spawn(async move { Member::found(&folder, plan, is_hub, OrganisationKind::State).await });
        }
        community.members = act::all(founding).await?;
        community.members.sort_by(|one, other| one.plan.state.code.cmp(&other.plan.state.code));
        community.list_county().await?;
        for member in &mut community.members {
            if processes.has(&member.plan.state.code) {
                member.process = Some(Process::serve(&member.here.folder, "127.0.0.1:0")?);
            }
        }
        community.invite_people().await?;
        Ok(community)
    }

    /// Those who can sign in: the hub's own people, a few states' people there, and the people of the states that run as processes.
    async fn invite_people(&self) -> anyhow::Result<()> {
        let mut listed = ["analyst@hub.invalid", "second@hub.invalid"].map(str::to_owned).to_vec();
        listed.extend(people::of_hub(&self.hub, &self.hub_administrator).await?);
        let own = self.members.iter().filter(|member| member.process.is_some());
        let first = |shape: Shape| self.members.iter().find(|member| member.plan.shape == shape);
        let few = own.clone().chain(first(Shape::BehindProxy)).chain(first(Shape::Quiet));
        let few: BTreeSet<&str> = few.map(|member| member.plan.state.code.as_str()).collect();
        for organisation in few.into_iter().filter_map(|code| self.organisations.get(code)) {
            listed.extend(people::of_member(&self.hub, &self.hub_administrator, organisation).await?);
        }
        people::tell(&self.hub, listed)?;
        for member in own {
            member.invite_people().await?;
        }
        Ok(())
    }

    pub fn hub_name(&self) -> &str {
        &self.hub.installation.name
    }

    /// Where everything of the demonstration is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn hub_url(&self) -> &str {
        &self.hub_process.url
    }

    /// The password of the hub's signers.
    pub fn password(&self) -> &'static str {
        PASSWORD
    }

    /// Every member joins the hub with a one-time token.
    pub async fn join_all(&self, http: &reqwest::Client) -> anyhow::Result<()> {
        let mut joining = JoinSet::new();
        for member in &self.members {
            let organisation = self.organisations.get(&member.plan.state.code).context("a member of the hub")?;
            let permit = allowed(&self.hub_administrator, Verb::Create, Resource::Token, organisation.clone())?;
            let token = ward_directory::issue_token(&self.hub, &permit, &[Scope::Join], 14).await?;
            let (here, administrator) = (member.here.clone(), member.administrator.clone());
            let (http, url) = (http.clone(), self.hub_url().to_owned());
            joining.spawn(async move { member::join(&here, &administrator, &http, &url, &token).await });
        }
        act::all(joining).await.map(drop)
    }

    /// The probed state, which is a hub too, lists a county of its own. None when no state is a hub.
    async fn list_county(&mut self) -> anyhow::Result<()> {
        let Some(state) = self.members.iter().find(|member| member.here.installation.is_hub) else { return Ok(()) };
        let new = NewOrganisation {
            kind: OrganisationKind::County,
            name: format!("Pine County, {} (invented)", state.plan.state.name),
            state: state.plan.state.code.clone(),
            parent_id: Some(state.here.installation.organisation_id.clone()),
        };
        let permit = allowed(&state.administrator, Verb::Create, Resource::Organisation, new)?;
        let organisation = ward_directory::add_organisation(&state.here, &permit).await?;
        add_contacts(&state.here, &state.administrator, &organisation).await?;
        self.county_organisation = Some(organisation);
        Ok(())
    }

    /// The county joins its state's hub, as a process, and answers its state. Gives its name; none when no state is a hub.
    pub async fn open_county(&mut self, http: &reqwest::Client, report_id: &str) -> anyhow::Result<Option<String>> {
        let Some(organisation) = self.county_organisation.clone() else { return Ok(None) };
        let state = self.members.iter().find(|member| member.here.installation.is_hub).context("the county's state")?;
        let url = state.process.as_ref().context("the state's process")?.url.clone();
        let code = format!("{}-pine", state.plan.state.code);
        let county = State { code, name: organisation.name.clone(), jurisdictions: 1 };
        let plan = StatePlan { state: county, shape: Shape::Quiet };
        let permit = allowed(&state.administrator, Verb::Create, Resource::Token, organisation.clone())?;
        let token = ward_directory::issue_token(&state.here, &permit, &[Scope::Join], 14).await?;
        let mut county = Member::found(&self.folder, plan, false, OrganisationKind::County).await?;
        let (from, until) = (act::seconds("2016-06-01T00:00:00Z")?, act::seconds("2016-09-01T09:00:00Z")?);
        logs::write_hours(&county.logs, &county.plan, from, until, SEED)?;
        member::join(&county.here, &county.administrator, http, &url, &token).await?;
        act::answer_by_itself(&county).await?;
        county.process = Some(Process::serve(&county.here.folder, "127.0.0.1:0")?);
        county.invite_people().await?;
        act::until_county_answered(state, report_id).await?;
        self.county = Some(county);
        Ok(Some(organisation.name))
    }

    async fn list_member(&self, plan: &StatePlan) -> anyhow::Result<Organisation> {
        let new = NewOrganisation {
            kind: OrganisationKind::State,
            name: plan.state.name.clone(),
            state: plan.state.code.clone(),
            parent_id: None,
        };
        let permit = allowed(&self.hub_administrator, Verb::Create, Resource::Organisation, new)?;
        let organisation = ward_directory::add_organisation(&self.hub, &permit).await?;
        add_contacts(&self.hub, &self.hub_administrator, &organisation).await?;
        Ok(organisation)
    }
}

/// Which members run as processes of their own: the first that was breached, and the first that was probed, which is a hub too.
struct OwnProcesses {
    breached: Option<String>,
    probed: Option<String>,
}

impl OwnProcesses {
    fn has(&self, code: &str) -> bool {
        [&self.breached, &self.probed].into_iter().any(|own| own.as_deref() == Some(code))
    }
}

fn own_processes(plans: &[StatePlan]) -> OwnProcesses {
    let first =
        |wanted: fn(&Shape) -> bool| plans.iter().find(|plan| wanted(&plan.shape)).map(|plan| plan.state.code.clone());
    let probed =
        first(|shape| matches!(shape, Shape::Probed(_))).or_else(|| first(|shape| matches!(shape, Shape::Quiet)));
    OwnProcesses { breached: first(|shape| matches!(shape, Shape::Breached)), probed }
}

async fn signer(
    hub: &Here,
    hub_administrator: &Who,
    name: &str,
    email: &str,
    vouched_by: Option<&str>,
) -> anyhow::Result<Who> {
    let own = ward_directory::own_organisation(hub).await?;
    let invented = Invented { name, office: "threat analyst", email: email.to_owned(), role: Role::Analyst };
    let who = people::add(hub, hub_administrator, &own, &invented).await?;
    let person = ward_directory::person(hub, &who.actor).await?.context("the person who was just added")?;
    let on_person = allowed(hub_administrator, Verb::Change, Resource::Person, person)?;
    let by =
        vouched_by.map_or(EnrolledBy::Installation, |person_id| EnrolledBy::Signer { person_id, password: PASSWORD });
    ward_directory::enrol_signer(hub, &on_person, PASSWORD, by).await?;
    Ok(who)
}

async fn add_contacts(here: &Here, who: &Who, organisation: &Organisation) -> anyhow::Result<()> {
    let permit = allowed(who, Verb::Create, Resource::Contact, organisation.clone())?;
    for (duty, name) in [(Duty::Election, "Robin Invented"), (Duty::It, "Kim Invented")] {
        let email = format!("{}@invented.invalid", name.split(' ').next().unwrap_or_default().to_lowercase());
        let new = NewContact { duty, name: name.to_owned(), email, phone: "555-0100".to_owned() };
        let contact = ward_directory::add_contact(here, &permit, &new).await?;
        ward_directory::verify_contact(here, &permit, &contact.id).await?;
    }
    Ok(())
}
