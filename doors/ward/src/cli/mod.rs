//! The commands: one file each; this one says what they are and how they end.

pub mod alert;
pub mod answers;
mod attributes;
pub mod backup;
pub mod brief;
mod clearance;
pub mod demo;
pub mod directory;
pub mod init;
pub mod log;
pub mod node;
pub mod output;
pub mod serve;
mod serve_tls;
pub mod share;
mod share_handling;
mod share_ledger;
pub mod share_lists;
mod share_request;
pub mod share_subscribe;
mod share_tear_line;
pub mod stix;
pub mod watch;
pub mod watch_archive;
mod watch_indicators;
mod watch_logs;
pub mod watch_lookback;
mod watch_manifest;
pub mod watch_match;
mod watch_review;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Parser;
use ward_directory::{Here, Who};
use ward_policy::{Resource, Verb};

/// Done.
pub const DONE: u8 = 0;
/// The check failed: a mismatch, a finding over the limit, a broken proof.
pub const CHECK_FAILED: u8 = 1;
/// Bad input or usage.
pub const BAD_INPUT: u8 = 2;

/// Election security for the people who own election systems.
#[derive(Debug, Parser)]
#[command(name = "ward", version, about, disable_help_subcommand = true)]
pub enum Command {
    /// The scenario of 3 May 2018: a hub, nodes and real HTTP between them. A reconstruction with invented logs.
    Demo(demo::Options),
    /// Make an installation: its keys, its owner, and a one-time link for the first administrator.
    Init(init::Options),
    /// Serve an installation and do its work: number the record, poll hubs, read sources, answer.
    Serve(serve::Options),
    /// Check an installation in plain words.
    Doctor(node::DoctorOptions),
    /// Write the whole installation into one sealed file, also while it is served.
    Backup(backup::Options),
    /// Make an installation from a backup, in a new folder, once all of it was checked.
    Restore(backup::RestoreOptions),
    /// This installation as a node of a hub.
    #[command(subcommand)]
    Node(node::Command),
    /// Organisations of this hub's community.
    #[command(subcommand)]
    Organisation(directory::OrganisationCommand),
    /// Contacts of an organisation.
    #[command(subcommand)]
    Contact(directory::ContactCommand),
    /// People, their roles and their signing keys.
    #[command(subcommand)]
    Person(directory::PersonCommand),
    /// Clearances that others granted: who waits, who can be briefed.
    #[command(subcommand)]
    Clearance(clearance::Command),
    /// Tokens for nodes and programs.
    #[command(subcommand)]
    Token(directory::TokenCommand),
    /// Alerts: draft, preview, sign, publish, correct.
    #[command(subcommand)]
    Alert(alert::Command),
    /// Receipts for answers that came in.
    #[command(subcommand)]
    Answers(answers::Command),
    /// Threat information: import and export.
    #[command(subcommand)]
    Share(share::Command),
    /// STIX 2.1 from files: objects validated, patterns matched against observed data.
    #[command(subcommand)]
    Stix(stix::Command),
    /// "Did it touch us?", answered from your own logs.
    #[command(subcommand)]
    Watch(watch::Command),
    /// Who was asked, who answered, and what was found.
    Situation(brief::SituationOptions),
    /// One page for leaders, every figure defined.
    Brief(brief::Command),
    /// The record: verify, prove, checkpoint.
    #[command(subcommand)]
    Log(log::Command),
}

/// Runs a command; gives the exit code.
pub async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Demo(options) => demo::run(&options).await,
        Command::Init(options) => init::run(options).await,
        Command::Serve(options) => serve::run(options).await,
        Command::Doctor(options) => node::doctor(&options).await,
        Command::Backup(options) => backup::run(&options).await,
        Command::Restore(options) => backup::restore(&options).await,
        Command::Node(command) => node::run(command).await,
        Command::Organisation(command) => directory::organisation(command).await,
        Command::Contact(command) => directory::contact(command).await,
        Command::Person(command) => directory::person(command).await,
        Command::Clearance(command) => clearance::run(command).await,
        Command::Token(command) => directory::token(command).await,
        Command::Alert(command) => alert::run(command).await,
        Command::Answers(command) => answers::run(command).await,
        Command::Share(command) => share::run(command).await,
        Command::Stix(command) => stix::run(command),
        Command::Watch(command) => watch::run(command).await,
        Command::Situation(options) => brief::situation(&options).await,
        Command::Brief(command) => brief::run(command).await,
        Command::Log(command) => log::run(command).await,
    }
}

/// Where the installation is.
#[derive(Clone, Debug, clap::Args)]
pub struct At {
    /// The installation's folder.
    #[arg(long, env = "WARD_DIR")]
    pub dir: PathBuf,
    /// Its database, when it is not the one the folder names: postgres://USER@HOST/NAME.
    #[arg(long, env = "WARD_DATABASE")]
    pub database: Option<String>,
    /// Print the result as JSON, one object a line.
    #[arg(long)]
    pub json: bool,
}

/// Where the installation is, and who acts.
#[derive(Clone, Debug, clap::Args)]
pub struct AsPerson {
    #[command(flatten)]
    pub at: At,
    /// The e-mail address of the person who acts.
    #[arg(id = "as", long = "as", value_name = "EMAIL", env = "WARD_AS")]
    pub email: String,
    /// The organisation for which the person acts, when it is not their own: its id.
    #[arg(long, value_name = "ORGANISATION")]
    pub acting_for: Option<String>,
}

/// Where the installation is, and who reads: somebody with a role that may, when nobody is named. Reading on the owner's own machine leaves nothing on
/// the record.
#[derive(Clone, Debug, clap::Args)]
pub struct Reader {
    #[command(flatten)]
    pub at: At,
    /// The e-mail address of the person who reads.
    #[arg(id = "as", long = "as", value_name = "EMAIL", env = "WARD_AS")]
    pub email: Option<String>,
}

impl Reader {
    /// Opens the installation and finds the person named, or the first who may.
    pub async fn open(&self, verb: Verb, resource: Resource) -> anyhow::Result<(Here, Who)> {
        let here = self.at.open().await?;
        let people = match &self.email {
            Some(email) => vec![email.clone()],
            None => ward_directory::people(&here).await?.into_iter().map(|person| person.email).collect(),
        };
        for email in &people {
            let who = ward_directory::acting_as(&here, email, None).await?;
            if let Some(who) =
                who.filter(|who| self.email.is_some() || ward_directory::permit(who, verb, resource, ()).is_ok())
            {
                return Ok((here, who));
            }
        }
        anyhow::bail!("nobody here has a role that may read this; `ward person list` shows who has which role")
    }
}

impl At {
    /// Opens the installation. The folder of a demonstration stands for its hub.
    pub async fn open(&self) -> anyhow::Result<Here> {
        let hub = self.dir.join("hub");
        let is_demonstration =
            self.dir.join(ward_store::DEMO_CLOCK_FILE).exists() && !self.dir.join("database").exists();
        let folder = if is_demonstration && hub.exists() { &hub } else { &self.dir };
        let here = ward_directory::open(folder, self.database.as_deref(), None).await?;
        output::is_of(&here);
        Ok(here)
    }
}

impl AsPerson {
    /// Opens the installation and finds the person.
    pub async fn open(&self) -> anyhow::Result<(Here, Who)> {
        let here = self.at.open().await?;
        let who = ward_directory::acting_as(&here, &self.email, self.acting_for.as_deref()).await?;
        let who = who.with_context(|| {
            format!("nobody here has the e-mail address `{}` and a role for that organisation; `ward person list` shows who has", self.email)
        })?;
        Ok((here, who))
    }
}

/// The one HTTP client of the process.
pub fn http() -> anyhow::Result<reqwest::Client> {
    reqwest::Client::builder()
        .timeout(std::time::Duration::from_secs(60))
        .connect_timeout(std::time::Duration::from_secs(10))
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("ward/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("cannot make the HTTP client")
}

/// The bytes of a file that was named.
pub fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("cannot read `{}`", file.display()))
}

/// The text of a file that was named.
pub fn read_text(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))
}

/// A password from the environment (`WARD_PASSWORD`), a file, or the terminal's next line.
pub fn password(file: Option<&Path>, prompt: &str) -> anyhow::Result<String> {
    if let Some(file) = file {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read the password file `{}`", file.display()))?;
        return Ok(text.trim_end_matches(['\r', '\n']).to_owned());
    }
    if let Ok(password) = std::env::var("WARD_PASSWORD") {
        return Ok(password);
    }
    if std::io::stdin().is_terminal() {
        // What is typed is not shown.
        return rpassword::prompt_password(format!("{prompt}: ")).context("cannot read the password");
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("cannot read the password")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
