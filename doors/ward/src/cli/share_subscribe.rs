//! `ward share subscribe`: other hubs, TAXII servers and MISP feeds as sources of threat information.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use ward_policy::{Resource, Verb};
use ward_share::subscription::{self, Kind, NewSubscription, Secret, Subscription};

use super::directory::allowed;
use super::{AsPerson, At, output, password};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// A collection of a TAXII 2.1 server; the URL is that of its API root.
    Taxii {
        url: String,
        /// Its id or alias.
        #[arg(long)]
        collection: String,
        #[command(flatten)]
        options: Options,
    },
    /// A feed of MISP; the URL is that of the folder with its manifest.json.
    Misp {
        url: String,
        #[command(flatten)]
        options: Options,
    },
    /// Another hub of Ward, as what its people gave you a token for.
    Hub {
        url: String,
        #[arg(long, default_value = "threat-information")]
        collection: String,
        #[command(flatten)]
        options: Options,
    },
    /// The subscriptions, with how the last poll of each ended.
    List {
        #[command(flatten)]
        at: At,
    },
    /// Fetch now what is due; `ward serve` does so by itself.
    Poll {
        #[command(flatten)]
        by: AsPerson,
    },
    /// End a subscription; what came from it stays.
    Remove {
        #[command(flatten)]
        by: AsPerson,
        subscription: String,
    },
}

/// What all kinds have in common.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    by: AsPerson,
    /// The id of the organisation whose information it is, a partner that is no member: `ward organisation add --partner`.
    #[arg(long)]
    organisation: String,
    /// A file with the token.
    #[arg(long, conflicts_with_all = ["user", "certificate"])]
    token_file: Option<PathBuf>,
    /// A user's name; the password comes from --password-file, WARD_PASSWORD or the terminal.
    #[arg(long, conflicts_with = "certificate")]
    user: Option<String>,
    #[arg(long, requires = "user")]
    password_file: Option<PathBuf>,
    /// A client certificate and its private key, in one PEM file.
    #[arg(long)]
    certificate: Option<PathBuf>,
    /// clear, green, amber, amber+strict or red: for objects without a TLP of their own, which else nobody but this hub reads.
    #[arg(long)]
    tlp: Option<String>,
    /// Seconds between two polls.
    #[arg(long, default_value_t = 3_600)]
    every_seconds: i64,
}

pub async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Taxii { url, collection, options } => add(Kind::Taxii, url, collection, &options).await,
        Command::Misp { url, options } => add(Kind::Misp, url, String::new(), &options).await,
        Command::Hub { url, collection, options } => add(Kind::Hub, url, collection, &options).await,
        Command::List { at } => list(&at).await,
        Command::Poll { by } => poll(&by).await,
        Command::Remove { by, subscription } => {
            let (here, who) = by.open().await?;
            subscription::remove(&here, &allowed(&who, Verb::Create, Resource::Indicator, subscription)?).await?;
            Ok(super::DONE)
        }
    }
}

async fn add(kind: Kind, url: String, collection: String, options: &Options) -> anyhow::Result<u8> {
    let new = NewSubscription {
        organisation_id: options.organisation.clone(),
        kind,
        url: checked(&url)?,
        collection,
        secret: secret(options)?,
        assigned_tlp: options.tlp.as_deref().map(super::share::parse_tlp).transpose()?,
        interval_seconds: options.every_seconds,
    };
    let (here, who) = options.by.open().await?;
    let added = subscription::add(&here, &allowed(&who, Verb::Create, Resource::Indicator, new)?).await?;
    output::result(options.by.at.json, &added, || format!("subscribed to {} ({})", added.source, added.id))?;
    Ok(super::DONE)
}

/// Anything else could not be asked, or would put a secret where it is shown.
fn checked(url: &str) -> anyhow::Result<String> {
    let read =
        reqwest::Url::parse(url.trim()).with_context(|| format!("`{url}` is not an address: write https://…"))?;
    if !matches!(read.scheme(), "http" | "https") || read.query().is_some() || read.fragment().is_some() {
        bail!("the address is not one of http or https without a query");
    }
    if !read.username().is_empty() || read.password().is_some() {
        bail!("the address carries credentials; give them apart");
    }
    Ok(read.to_string())
}

fn secret(options: &Options) -> anyhow::Result<Secret> {
    let read = |file: &Path| std::fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()));
    Ok(match (&options.token_file, &options.user, &options.certificate) {
        (Some(file), _, _) => Secret::Token(read(file)?.trim().to_owned()),
        (_, Some(user), _) => {
            let password = password(options.password_file.as_deref(), &format!("Password of {user} there"))?;
            Secret::Basic { user: user.clone(), password }
        }
        (_, _, Some(file)) => Secret::Certificate(read(file)?),
        _ => Secret::None,
    })
}

async fn list(at: &At) -> anyhow::Result<u8> {
    let here = at.open().await?;
    for subscription in subscription::list(&here).await? {
        output::result(at.json, &subscription, || line(&subscription))?;
    }
    Ok(super::DONE)
}

fn line(of: &Subscription) -> String {
    let standing = match (&of.last_error, of.last_good_at) {
        (Some(error), _) => format!("FAILED {} times, next try {}: {error}", of.failures, output::time(of.next_at)),
        (None, Some(at)) => format!("read to its end {}", output::time(at)),
        (None, None) => "not read yet".to_owned(),
    };
    let (kind, taken, refused) = (of.kind.text(), of.taken, of.refused);
    format!("{}  {:<24} {kind:<5} {}  {taken} taken, {refused} refused; {standing}", of.id, of.source, of.url)
}

async fn poll(by: &AsPerson) -> anyhow::Result<u8> {
    let (here, who) = by.open().await?;
    allowed(&who, Verb::Create, Resource::Indicator, ())?;
    let mut code = super::DONE;
    for polled in ward_watch::subscribed::poll_due(&here, &super::http()?).await? {
        let (source, value) = (&polled.subscription.source, polled.result.as_ref());
        let json =
            serde_json::json!({"subscription": polled.subscription.id, "taken": value.ok(), "error": value.err()});
        output::result(by.at.json, &json, || match value {
            Ok(taken) => format!(
                "{source}: {} added, {} already here, {} refused",
                taken.added, taken.already_here, taken.refused
            ),
            Err(error) => format!("{source}: {error}"),
        })?;
        if polled.result.is_err() {
            code = super::CHECK_FAILED;
        }
    }
    Ok(code)
}
