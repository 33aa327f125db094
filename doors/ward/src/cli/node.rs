//! `ward node`: joining a hub, listening to it once, acknowledging; and `ward doctor`.

use serde_json::json;
use ward_directory::Duty;
use ward_policy::{Resource, Role, Verb};

use super::directory::allowed;
use super::{AsPerson, At, output};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Join a hub with the one-time token that it gave.
    Join {
        /// The hub's address: https://HOST
        hub: String,
        #[arg(long)]
        token: String,
        #[command(flatten)]
        at: At,
        /// The administrator who joins; by default the installation's only one.
        #[arg(id = "as", long = "as", value_name = "EMAIL", env = "WARD_AS")]
        email: Option<String>,
    },
    /// Listen to every hub once, read the sources once, look back and answer.
    Poll {
        #[command(flatten)]
        at: At,
    },
    /// The hubs that were joined.
    List {
        #[command(flatten)]
        at: At,
    },
    /// The alerts that came, and what became of them.
    Alerts {
        #[command(flatten)]
        at: At,
    },
    /// Believe a signer of a hub for whom nobody known vouches: after you have asked the hub's people by another way.
    AcceptSigner {
        #[command(flatten)]
        by: AsPerson,
        /// The hub's id.
        hub: String,
        /// The signer's verifier key, as `ward node list` shows it.
        verifier_key: String,
    },
    /// Acknowledge an alert: you have read it and will do what it asks.
    Acknowledge {
        #[command(flatten)]
        by: AsPerson,
        report: String,
        /// election or it
        #[arg(long)]
        duty: String,
    },
}

#[derive(Debug, clap::Args)]
pub struct DoctorOptions {
    #[command(flatten)]
    at: At,
}

pub async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Join { hub, token, at, email } => join(&at, &hub, &token, email).await,
        Command::Poll { at } => poll(&at).await,
        Command::List { at } => {
            let here = at.open().await?;
            for hub in ward_watch::hub::hubs(&here).await? {
                output::json(&hub)?;
            }
            Ok(super::DONE)
        }
        Command::Alerts { at } => {
            let here = at.open().await?;
            for alert in ward_watch::receive::received(&here).await? {
                output::json(&alert)?;
            }
            Ok(super::DONE)
        }
        Command::AcceptSigner { by, hub, verifier_key } => {
            let (here, who) = by.open().await?;
            let own = ward_directory::own_organisation(&here).await?;
            let permit = allowed(&who, Verb::Create, Resource::Token, own)?;
            ward_watch::hub::accept_signer(&here, &permit, &hub, &verifier_key).await?;
            output::result(by.at.json, &json!({"accepted": verifier_key}), || {
                "accepted; refused alerts of this hub are looked at again".to_owned()
            })?;
            Ok(super::DONE)
        }
        Command::Acknowledge { by, report, duty } => {
            let (here, who) = by.open().await?;
            let duty = match duty.as_str() {
                "election" => Duty::Election,
                "it" => Duty::It,
                other => anyhow::bail!("`{other}` is not a duty: use election or it"),
            };
            let permit = allowed(&who, Verb::See, Resource::Alert, report)?;
            ward_watch::acknowledge::acknowledge(&here, &permit, duty, &who.name).await?;
            output::result(by.at.json, &json!({"acknowledged": permit.on()}), || {
                "acknowledged; it goes to the hub with the next round".to_owned()
            })?;
            Ok(super::DONE)
        }
    }
}

async fn join(at: &At, hub: &str, token: &str, email: Option<String>) -> anyhow::Result<u8> {
    let here = at.open().await?;
    let email = match email {
        Some(email) => email,
        None => only_administrator(&here).await?,
    };
    let who = ward_directory::acting_as(&here, &email, None).await?;
    let who = who.ok_or_else(|| anyhow::anyhow!("nobody here has the e-mail address `{email}`"))?;
    let own = ward_directory::own_organisation(&here).await?;
    let permit = allowed(&who, Verb::Create, Resource::Token, own)?;
    let joined = ward_watch::hub::join(&here, &super::http()?, &permit, hub, token).await?;
    if at.json {
        output::json(&joined)?;
        return Ok(super::DONE);
    }
    output::line(&format!("Joined {}. It has {} people who sign alerts:", joined.name, joined.signers.len()))?;
    for signer in &joined.signers {
        output::line(&format!("  {}, {}", signer.fact.name, signer.fact.office))?;
    }
    output::line(&format!(
        "Next: ward watch source add --dir {} --as … --name … --path /var/log/…",
        here.folder.display()
    ))?;
    Ok(super::DONE)
}

async fn only_administrator(here: &ward_directory::Here) -> anyhow::Result<String> {
    let mut found = Vec::new();
    for person in ward_directory::people(here).await? {
        let roles = ward_directory::memberships(here, &person.id).await?;
        if roles.iter().any(|membership| membership.role == Role::Administrator) {
            found.push(person.email);
        }
    }
    match found.as_slice() {
        [email] => Ok(email.clone()),
        _ => anyhow::bail!("say which administrator acts: --as EMAIL"),
    }
}

async fn poll(at: &At) -> anyhow::Result<u8> {
    let here = at.open().await?;
    ward_watch::reading::read_sources(&here).await?;
    while ward_store::sequence(&here.store).await? > 0 {}
    ward_store::sign_checkpoint(&here.store, &here.log_key, here.now()).await?;
    let mut code = super::DONE;
    let rounds = ward_watch::round::round(&here, &super::http()?).await?;
    if rounds.is_empty() {
        output::error("no hub was joined yet: ward node join HUB --token T\n");
    }
    for (hub, result) in rounds {
        match result {
            Ok(round) if at.json => output::json(&json!({"hub": hub.name, "round": round}))?,
            Ok(round) => output::line(&format!(
                "{}: {} objects, {} alerts, {} answers sent",
                hub.name, round.polled.objects, round.polled.alerts, round.sent.taken
            ))?,
            Err(error) => {
                output::error(&format!("error: {}: {error}\n", hub.name));
                code = super::CHECK_FAILED;
            }
        }
    }
    Ok(code)
}

/// Says in plain words what is well and what is not.
pub async fn doctor(options: &DoctorOptions) -> anyhow::Result<u8> {
    let here = options.at.open().await?;
    let mut well = true;
    let mut say = |is_well: bool, text: String| {
        well &= is_well;
        let word = if is_well { "ok  " } else { "LOOK" };
        output::result(options.at.json, &json!({"well": is_well, "what": text}), || format!("{word} {text}"))
    };
    match ward_store::verify(&here.store, here.log_key.verifier_key()).await? {
        Ok(held) => say(true, format!("the record holds: {} entries, {} rows", held.entries, held.rows))?,
        Err(broken) => say(false, format!("the record does not hold at entry {:?}: {}", broken.number, broken.what))?,
    }
    for hub in ward_watch::hub::hubs(&here).await? {
        let polled = hub.last_polled_at.map_or_else(|| "never".to_owned(), output::time);
        match hub.last_error.or(hub.log_problem) {
            None => say(hub.last_polled_at.is_some(), format!("hub {}: last heard {polled}", hub.name))?,
            Some(error) => say(false, format!("hub {}: last tried {polled}: {error}", hub.name))?,
        }
        for signer in &hub.refused_signers {
            say(false, format!("hub {}: nobody known vouches for its signer {}", hub.name, signer.name))?;
        }
    }
    let sources = ward_watch::source::sources(&here).await?;
    if here.installation.is_node && sources.is_empty() {
        say(false, "no logs are declared: every answer is `blind`; ward watch source add".to_owned())?;
    }
    for source in sources {
        match ward_watch::reading::facts_of(&here, &source.id).await? {
            None => say(false, format!("source {}: not read yet", source.name))?,
            Some(facts) => {
                let rejected = facts.lines.lines_rejected;
                let text =
                    format!("source {}: {} lines read, {rejected} rejected", source.name, facts.lines.lines_read);
                let not_read: Vec<_> = facts.not_read().collect();
                say(not_read.is_empty() && rejected * 100 <= facts.lines.lines_read, text)?;
                for file in not_read {
                    say(false, format!("source {}: `{}` is not read: {}", source.name, file.path, file.reason))?;
                }
            }
        }
    }
    for (kind, waiting, error) in ward_store::pending(&here.store).await? {
        say(error.is_none(), format!("{waiting} waiting: {kind} {}", error.unwrap_or_default()))?;
    }
    Ok(if well { super::DONE } else { super::CHECK_FAILED })
}
