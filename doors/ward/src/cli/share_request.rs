//! `ward share request`: asking to be shown information, and deciding on it.

use ward_directory::Here;
use ward_policy::{Resource, Verb};
use ward_share::grant::Covers;
use ward_share::request::{self, Approved, Ask, Request, State};

use super::directory::allowed;
use super::share_handling::organisation;
use super::{AsPerson, DONE, output};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Ask for objects, or for a class of information: everything of one type that an organisation sends.
    Ask(AskOptions),
    /// The requests of the person's organisation, and those that the person decides on; the hub's people see all.
    List {
        #[command(flatten)]
        by: AsPerson,
    },
    /// Approve a request; two people do, of whom one is of the sender's organisation.
    Approve {
        #[command(flatten)]
        by: AsPerson,
        request: String,
    },
    /// Refuse a request; who asked reads the reason.
    Refuse {
        #[command(flatten)]
        by: AsPerson,
        request: String,
        #[arg(long)]
        reason: String,
    },
    /// End a grant before its time; what it showed is called back.
    End {
        #[command(flatten)]
        by: AsPerson,
        request: String,
    },
}

#[derive(Debug, clap::Args)]
pub struct AskOptions {
    #[command(flatten)]
    by: AsPerson,
    /// Ids of the objects.
    #[arg(long, num_args = 1.., conflicts_with = "class")]
    object: Vec<String>,
    /// A type of objects, such as `indicator`.
    #[arg(long, requires = "of")]
    class: Option<String>,
    /// Whose objects of that type: an organisation's name or id.
    #[arg(long, requires = "class")]
    of: Option<String>,
    /// What it is needed for.
    #[arg(long)]
    purpose: String,
    /// For how many days.
    #[arg(long)]
    days: i64,
}

pub async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Ask(asked) => ask(asked).await,
        Command::List { by } => list(&by).await,
        Command::Approve { by, request } => {
            let (here, who) = by.open().await?;
            let approved = request::approve(&here, &who, &request).await?;
            output::result(by.at.json, &serde_json::json!({"request": request, "approved": approved}), || {
                match approved {
                    Approved::Waits => {
                        "Approved. It waits for another person, of whom the sender and this hub each have one."
                    }
                    Approved::Granted => "Approved, and granted.",
                }
                .to_owned()
            })?;
            Ok(DONE)
        }
        Command::Refuse { by, request, reason } => {
            let (here, who) = by.open().await?;
            request::refuse(&here, &who, &request, &reason).await?;
            done(&by, &request, "refused")
        }
        Command::End { by, request } => {
            let (here, who) = by.open().await?;
            request::end(&here, &who, &request).await?;
            done(&by, &request, "ended")
        }
    }
}

fn done(by: &AsPerson, request: &str, what: &str) -> anyhow::Result<u8> {
    output::result(by.at.json, &serde_json::json!({"request": request, "done": what}), || {
        format!("The request {request} is {what}.")
    })?;
    Ok(DONE)
}

async fn ask(asked: AskOptions) -> anyhow::Result<u8> {
    let (here, who) = asked.by.open().await?;
    let covers = match (asked.class, asked.of) {
        (Some(kind), Some(of)) => Covers::Class { kind, organisation_id: organisation(&here, &of).await?.id },
        _ => Covers::Objects(asked.object),
    };
    let id = request::ask(&here, &who, &Ask { covers, purpose: asked.purpose, days: asked.days }).await?;
    output::result(asked.by.at.json, &serde_json::json!({ "request": id }), || {
        format!("Asked. The request is {id}; it waits for two people to approve.")
    })?;
    Ok(DONE)
}

async fn list(by: &AsPerson) -> anyhow::Result<u8> {
    let (here, who) = by.open().await?;
    let found = request::list(&here, &allowed(&who, Verb::See, Resource::Request, ())?).await?;
    for one in &found {
        if by.at.json {
            output::json(one)?;
        } else {
            output::line(&text(&here, one).await?)?;
        }
    }
    if found.is_empty() && !by.at.json {
        output::line("No request.")?;
    }
    Ok(DONE)
}

async fn text(here: &Here, one: &Request) -> anyhow::Result<String> {
    let of = ward_directory::organisation(here, &one.organisation_id).await?;
    let of = of.map_or_else(|| one.organisation_id.clone(), |found| found.name);
    let covers = match &one.covers {
        Covers::Objects(ids) => ids.join(", "),
        Covers::Class { kind, organisation_id } => format!("every {kind} of {organisation_id}"),
    };
    let state = match (one.state, one.granted_until) {
        (State::Granted, Some(until)) => format!("granted until {}", output::time(until)),
        (State::Refused, _) => format!("refused: {}", one.reason),
        _ => format!("open, {} of {} approved", one.approved_by.len(), request::APPROVALS_NEEDED),
    };
    Ok(format!(
        "{}  {of}, {}, {} days: {state}\n  {covers}\n  {}",
        one.id,
        output::time(one.asked_at),
        one.days,
        one.purpose
    ))
}
