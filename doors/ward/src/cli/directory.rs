//! `ward organisation`, `contact`, `person` and `token`: the directory.

use std::path::PathBuf;

use anyhow::{Context, bail};
use serde_json::json;
use ward_directory::{
    DirectoryError, Duty, EnrolledBy, Here, Membership, NewContact, NewOrganisation, NewPerson, Organisation,
    OrganisationKind, Permit, Person, Scope, Who, permit,
};
use ward_policy::{Resource, Verb};

use super::{AsPerson, At, attributes, output};

#[derive(Debug, clap::Subcommand)]
pub enum OrganisationCommand {
    /// Add a member organisation, or a partner that is none.
    Add {
        #[command(flatten)]
        by: AsPerson,
        /// state, county, hub, vendor or federal
        #[arg(long)]
        kind: String,
        #[arg(long)]
        name: String,
        #[arg(long, default_value = "")]
        state: String,
        /// The id of the organisation whose client it is: a county's state.
        #[arg(long)]
        parent: Option<String>,
        /// It is no member: threat information comes from it, and it sees nothing of the members'.
        #[arg(long)]
        partner: bool,
    },
    /// Enter what ACS markings ask about an organisation, in place of what was entered before; without a code, what is known.
    Attributes(attributes::Asked),
    /// All organisations.
    List {
        #[command(flatten)]
        at: At,
    },
}

#[derive(Debug, clap::Subcommand)]
pub enum ContactCommand {
    /// Add a contact to an organisation.
    Add {
        #[command(flatten)]
        by: AsPerson,
        #[arg(long)]
        organisation: String,
        /// election or it
        #[arg(long)]
        duty: String,
        #[arg(long)]
        name: String,
        #[arg(long, default_value = "")]
        email: String,
        #[arg(long, default_value = "")]
        phone: String,
    },
    /// Note that somebody made sure that a contact is right.
    Verify {
        #[command(flatten)]
        by: AsPerson,
        #[arg(long)]
        organisation: String,
        contact: String,
    },
    /// The contacts of an organisation.
    List {
        #[command(flatten)]
        by: AsPerson,
        #[arg(long)]
        organisation: String,
    },
}

#[derive(Debug, clap::Subcommand)]
pub enum PersonCommand {
    /// Add a person and print their one-time link.
    Add {
        #[command(flatten)]
        by: AsPerson,
        #[arg(long)]
        name: String,
        #[arg(long)]
        email: String,
        #[arg(long, default_value = "")]
        office: String,
        /// administrator, analyst, liaison, director, it or clerk
        #[arg(long)]
        role: String,
        /// The organisation's id; the installation's own by default.
        #[arg(long)]
        organisation: Option<String>,
    },
    /// Accept an invitation: set name, e-mail address and password.
    Accept {
        #[command(flatten)]
        at: At,
        #[arg(long, allow_hyphen_values = true)]
        link: String,
        #[arg(long)]
        name: String,
        #[arg(long)]
        email: String,
        #[arg(long)]
        password_file: Option<PathBuf>,
    },
    /// Give a person a role in an organisation.
    Role {
        #[command(flatten)]
        by: AsPerson,
        person: String,
        #[arg(long)]
        role: String,
        #[arg(long)]
        organisation: String,
    },
    /// Make a signing key for a person, sealed under their password. All but the first need a signer who vouches.
    Enrol {
        #[command(flatten)]
        by: AsPerson,
        /// The e-mail address of the new signer.
        person: String,
        #[arg(long)]
        password_file: Option<PathBuf>,
        /// The e-mail address of the signer who vouches.
        #[arg(long)]
        vouched_by: Option<String>,
        #[arg(long)]
        voucher_password_file: Option<PathBuf>,
    },
    /// All people.
    List {
        #[command(flatten)]
        at: At,
    },
}

#[derive(Debug, clap::Subcommand)]
pub enum TokenCommand {
    /// A one-time token with which an organisation's node joins.
    Join {
        #[command(flatten)]
        by: AsPerson,
        #[arg(long)]
        organisation: String,
        #[arg(long, default_value_t = 14)]
        days: i64,
    },
    /// A token for programs: scopes read, write, node.
    New {
        #[command(flatten)]
        entry: Entry,
    },
    /// Let whoever has this client certificate in as the organisation, as with a token: for partners that speak TLS with certificates.
    Certificate {
        #[command(flatten)]
        entry: Entry,
        /// The certificate, in a PEM file.
        file: PathBuf,
    },
    /// The tokens of an organisation that hold.
    List {
        #[command(flatten)]
        by: AsPerson,
        #[arg(long)]
        organisation: String,
    },
    /// Revoke a token at once.
    Revoke {
        #[command(flatten)]
        by: AsPerson,
        #[arg(long)]
        organisation: String,
        token: String,
    },
}

/// Who lets an organisation's programs in, to what, and for how long.
#[derive(Debug, clap::Args)]
pub struct Entry {
    #[command(flatten)]
    by: AsPerson,
    #[arg(long)]
    organisation: String,
    #[arg(long, value_delimiter = ',', default_value = "read")]
    scopes: Vec<String>,
    #[arg(long, default_value_t = 365)]
    days: i64,
}

impl Entry {
    /// Opens the installation: the permit to let the organisation in, and the scopes.
    async fn open(&self) -> anyhow::Result<(Here, Permit<Organisation>, Vec<Scope>)> {
        let (here, who) = self.by.open().await?;
        let on = on_organisation(&here, &who, Verb::Create, Resource::Token, &self.organisation).await?;
        let scopes = self.scopes.iter().map(|word| parse_scope(word)).collect::<anyhow::Result<Vec<_>>>()?;
        Ok((here, on, scopes))
    }
}

pub async fn organisation(command: OrganisationCommand) -> anyhow::Result<u8> {
    match command {
        OrganisationCommand::Add { by, kind, name, state, parent, partner } => {
            let (here, who) = by.open().await?;
            let kind =
                OrganisationKind::parse(&kind).with_context(|| format!("`{kind}` is not a kind of organisation"))?;
            let new = NewOrganisation { kind, name, state, parent_id: parent };
            let permit = allowed(&who, Verb::Create, Resource::Organisation, new)?;
            let added = match partner {
                true => ward_directory::add_partner(&here, &permit).await?,
                false => ward_directory::add_organisation(&here, &permit).await?,
            };
            output::json(&added)?;
        }
        OrganisationCommand::Attributes(asked) => attributes::run(asked).await?,
        OrganisationCommand::List { at } => {
            let here = at.open().await?;
            for organisation in ward_directory::organisations(&here).await? {
                output::result(at.json, &organisation, || {
                    let kind = organisation.kind.name();
                    format!("{}  {kind:<8} {:<3} {}", organisation.id, organisation.state, organisation.name)
                })?;
            }
        }
    }
    Ok(super::DONE)
}

pub async fn contact(command: ContactCommand) -> anyhow::Result<u8> {
    match command {
        ContactCommand::Add { by, organisation, duty, name, email, phone } => {
            let (here, who) = by.open().await?;
            let duty = match duty.as_str() {
                "election" => Duty::Election,
                "it" => Duty::It,
                other => bail!("`{other}` is not a duty: use election or it"),
            };
            let on = on_organisation(&here, &who, Verb::Create, Resource::Contact, &organisation).await?;
            let contact = ward_directory::add_contact(&here, &on, &NewContact { duty, name, email, phone }).await?;
            output::json(&contact)?;
        }
        ContactCommand::Verify { by, organisation, contact } => {
            let (here, who) = by.open().await?;
            let on = on_organisation(&here, &who, Verb::Change, Resource::Contact, &organisation).await?;
            ward_directory::verify_contact(&here, &on, &contact).await?;
        }
        ContactCommand::List { by, organisation } => {
            let (here, who) = by.open().await?;
            on_organisation(&here, &who, Verb::See, Resource::Contact, &organisation).await?;
            for contact in ward_directory::contacts(&here, &organisation).await? {
                output::json(&contact)?;
            }
        }
    }
    Ok(super::DONE)
}

pub async fn person(command: PersonCommand) -> anyhow::Result<u8> {
    match command {
        PersonCommand::Add { by, name, email, office, role, organisation } => {
            let (here, who) = by.open().await?;
            let role = parse_role(&role)?;
            let organisation_id = organisation.unwrap_or_else(|| here.installation.organisation_id.clone());
            let new = NewPerson { organisation_id, name, office, email, role };
            let person =
                ward_directory::add_person(&here, &allowed(&who, Verb::Create, Resource::Person, new)?).await?;
            let id = person.id.clone();
            let link = ward_directory::invite(&here, &allowed(&who, Verb::Change, Resource::Person, person)?).await?;
            output::json(&json!({"id": id, "link": link}))?;
        }
        PersonCommand::Accept { at, link, name, email, password_file } => {
            let here = at.open().await?;
            let token = link.rsplit('/').next().unwrap_or(&link);
            let password = super::password(password_file.as_deref(), "New password (at least 12 characters)")?;
            let person = ward_directory::accept_invitation(&here, token, &name, &email, &password).await?;
            output::result(at.json, &json!({"id": person.id, "email": person.email}), || {
                format!("Welcome, {}. Commands that act take --as {}.", person.name, person.email)
            })?;
        }
        PersonCommand::Role { by, person, role, organisation } => {
            let (here, who) = by.open().await?;
            let person = find(&here, &person).await?;
            let new = Membership { person_id: person.id, organisation_id: organisation, role: parse_role(&role)? };
            ward_directory::add_membership(&here, &allowed(&who, Verb::Change, Resource::Person, new)?).await?;
        }
        PersonCommand::Enrol { by, person, password_file, vouched_by, voucher_password_file } => {
            let (here, who) = by.open().await?;
            let person = find(&here, &person).await?;
            let password = super::password(password_file.as_deref(), &format!("Password of {}", person.name))?;
            enrol(&here, &who, person, &password, vouched_by.as_deref(), voucher_password_file.as_deref()).await?;
        }
        PersonCommand::List { at } => {
            let here = at.open().await?;
            for person in ward_directory::people(&here).await? {
                let roles = ward_directory::memberships(&here, &person.id).await?;
                let roles: Vec<&str> =
                    roles.iter().map(|membership| ward_directory::role_name(membership.role)).collect();
                let value = json!({"id": person.id, "name": person.name, "office": person.office, "email": person.email, "roles": roles});
                output::result(at.json, &value, || {
                    format!("{}  {:<24} {:<32} {}", person.id, person.name, person.email, roles.join(","))
                })?;
            }
        }
    }
    Ok(super::DONE)
}

pub async fn token(command: TokenCommand) -> anyhow::Result<u8> {
    match command {
        TokenCommand::Join { by, organisation, days } => {
            let (here, who) = by.open().await?;
            let on = on_organisation(&here, &who, Verb::Create, Resource::Token, &organisation).await?;
            let token = ward_directory::issue_token(&here, &on, &[Scope::Join], days).await?;
            output::result(by.at.json, &json!({"token": token}), || token.clone())?;
        }
        TokenCommand::New { entry } => {
            let (here, on, scopes) = entry.open().await?;
            let token = ward_directory::issue_token(&here, &on, &scopes, entry.days).await?;
            output::result(entry.by.at.json, &json!({"token": token}), || token.clone())?;
        }
        TokenCommand::Certificate { entry, file } => {
            let certificate = ward_web::listen::fingerprint(&super::serve::pem_file(&file)?)?;
            let (here, on, scopes) = entry.open().await?;
            ward_directory::add_certificate(&here, &on, certificate, &scopes, entry.days).await?;
            let value = json!({"certificate_sha256": certificate.to_string()});
            output::result(entry.by.at.json, &value, || format!("certificate {certificate}"))?;
        }
        TokenCommand::List { by, organisation } => {
            let (here, who) = by.open().await?;
            let on = on_organisation(&here, &who, Verb::See, Resource::Token, &organisation).await?;
            for (id, prefix, scopes, expires_at) in ward_directory::tokens(&here, &on).await? {
                let until = output::time(expires_at);
                let value = json!({"id": id, "prefix": prefix, "scopes": scopes, "expires_at": until});
                output::result(by.at.json, &value, || format!("{id}  {prefix}…  {scopes:<16} until {until}"))?;
            }
        }
        TokenCommand::Revoke { by, organisation, token } => {
            let (here, who) = by.open().await?;
            let on = on_organisation(&here, &who, Verb::Delete, Resource::Token, &organisation).await?;
            ward_directory::revoke_token(&here, &on, &token).await?;
        }
    }
    Ok(super::DONE)
}

/// A permit, or the refusal in words.
pub fn allowed<T>(who: &Who, verb: Verb, resource: Resource, on: T) -> anyhow::Result<Permit<T>> {
    permit(who, verb, resource, on).map_err(|_| {
        let roles: Vec<&str> = who.roles.iter().map(|role| ward_directory::role_name(*role)).collect();
        anyhow::anyhow!("{} ({}) may not do this here; another role is needed", who.name, roles.join(", "))
    })
}

pub(super) async fn on_organisation(
    here: &Here,
    who: &Who,
    verb: Verb,
    resource: Resource,
    id: &str,
) -> anyhow::Result<Permit<Organisation>> {
    let found = ward_directory::organisation(here, id).await?;
    let found = found.ok_or_else(|| DirectoryError::Unknown { what: "organisation", id: id.to_owned() })?;
    allowed(who, verb, resource, found)
}

async fn enrol(
    here: &Here,
    who: &Who,
    person: Person,
    password: &str,
    vouched_by: Option<&str>,
    voucher_password_file: Option<&std::path::Path>,
) -> anyhow::Result<()> {
    let on = allowed(who, Verb::Change, Resource::Person, person)?;
    let signer = match vouched_by {
        Some(email) => {
            let voucher = find(here, email).await?;
            let voucher_password = super::password(voucher_password_file, &format!("Password of {}", voucher.name))?;
            let by = EnrolledBy::Signer { person_id: &voucher.id, password: &voucher_password };
            ward_directory::enrol_signer(here, &on, password, by).await?
        }
        None => ward_directory::enrol_signer(here, &on, password, EnrolledBy::Installation).await?,
    };
    output::json(&signer)
}

/// The person with this e-mail address.
pub async fn find(here: &Here, email: &str) -> anyhow::Result<Person> {
    let found = ward_directory::person_of_email(here, email).await?;
    found.with_context(|| format!("nobody here has the e-mail address `{email}`"))
}

fn parse_role(word: &str) -> anyhow::Result<ward_policy::Role> {
    ward_directory::parse_role(word)
        .with_context(|| format!("`{word}` is not a role: use administrator, analyst, liaison, director, it or clerk"))
}

fn parse_scope(word: &str) -> anyhow::Result<Scope> {
    match word {
        "read" => Ok(Scope::Read),
        "write" => Ok(Scope::Write),
        "node" => Ok(Scope::Node),
        other => bail!("`{other}` is not a scope: use read, write or node"),
    }
}
