//! `ward watch`: the owner's own logs: sources, searches, answers, review, confirmation, the allow-list.

use std::path::PathBuf;

use anyhow::Context;
use ward_policy::{Resource, Verb};
use ward_stix::answer::{CountWithDefinition, Rung};
use ward_watch::allow::NewAllow;
use ward_watch::answer::AnswerFor;
use ward_watch::confirm::{Confirm, Dismiss};
use ward_watch::name::{MILDEST, NameRelease};
use ward_watch::release::{Release, Settings};
use ward_watch::source::{NewSource, SourceOptions};

use super::directory::allowed;
use super::{AsPerson, At, Reader, output, watch_archive, watch_lookback, watch_match, watch_review};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Search log files for indicators.
    Match(watch_match::Options),
    /// Read log files into an archive, which can be searched without the logs.
    Archive(watch_archive::Options),
    /// Search an archive for indicators.
    Lookback(watch_lookback::Options),
    /// The logs that this installation reads.
    #[command(subcommand)]
    Source(SourceCommand),
    /// Read the declared sources now.
    Read {
        #[command(flatten)]
        at: At,
    },
    /// What was found for an alert: the lines, here only, and what left this machine.
    Review {
        #[command(flatten)]
        reader: Reader,
        report: String,
    },
    /// Say what a match is. From `accessed` on a count with its definition is asked for.
    Confirm {
        #[command(flatten)]
        by: AsPerson,
        report: String,
        /// scanned, attempted, accessed, data-taken, data-changed or tally-system-touched
        #[arg(long)]
        rung: String,
        /// NUMBER:WHAT IT COUNTS; may be repeated
        #[arg(long)]
        count: Vec<String>,
        #[arg(long)]
        reason: String,
        /// Let the answer go to the hub at once.
        #[arg(long)]
        release: bool,
    },
    /// Say that a match is a false alarm, and why.
    Dismiss {
        #[command(flatten)]
        by: AsPerson,
        report: String,
        #[arg(long)]
        reason: String,
        #[arg(long)]
        release: bool,
    },
    /// Answers that wait for a person.
    Held {
        #[command(flatten)]
        by: AsPerson,
    },
    /// Let an answer go to the hub.
    Release {
        #[command(flatten)]
        by: AsPerson,
        sighting: String,
    },
    /// Let other members of a hub see this office's name beside its answer, or take it back.
    ReleaseName {
        #[command(flatten)]
        by: AsPerson,
        report: String,
        /// Take the name back: from now on other members do not see it.
        #[arg(long)]
        withdraw: bool,
        /// Let the answer that says so go to the hub at once.
        #[arg(long)]
        release: bool,
    },
    /// Show or change what the owner has set: who releases answers, how long events are kept.
    Settings {
        #[command(flatten)]
        by: AsPerson,
        /// person: each answer waits for one; automatic: answers go by themselves, alike for seen and not seen.
        #[arg(long)]
        answers: Option<ReleaseBy>,
        /// Months of events older than this are purged; 0 keeps everything.
        #[arg(long)]
        retention_days: Option<i64>,
        /// Keep raw lines too, without their query values.
        #[arg(long)]
        keep_raw: Option<bool>,
    },
    /// Answer for a jurisdiction that has no node: a state for its county, a vendor or a navigator for its customer. The answer says who did.
    AnswerFor(AnswerForOptions),
    /// What is never blocked.
    #[command(subcommand)]
    Allow(AllowCommand),
    /// Addresses, networks and names to block now: verified, valid, sure enough, shared by nobody else, not allowed.
    Feed {
        #[command(flatten)]
        at: At,
        /// Print instead what is looked for and not blocked, with the reasons.
        #[arg(long)]
        not_blocked: bool,
    },
}

/// Who lets answers go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ReleaseBy {
    Person,
    Automatic,
}

#[derive(Debug, clap::Subcommand)]
pub enum SourceCommand {
    /// Declare a source: a folder, a file or a pattern of files.
    Add {
        #[command(flatten)]
        by: AsPerson,
        #[arg(long)]
        name: String,
        #[arg(long)]
        path: PathBuf,
        /// The addresses or networks of your own proxies, so that the client behind them is found.
        #[arg(long = "trusted-proxy")]
        trusted_proxies: Vec<String>,
        /// The names of the site, when the log does not say them.
        #[arg(long = "site-host")]
        site_hosts: Vec<String>,
    },
    /// The declared sources.
    List {
        #[command(flatten)]
        at: At,
    },
    /// Stop reading a source; what was read stays.
    Remove {
        #[command(flatten)]
        by: AsPerson,
        source: String,
    },
}

#[derive(Debug, clap::Subcommand)]
pub enum AllowCommand {
    /// Never block this address, network or name.
    Add {
        #[command(flatten)]
        by: AsPerson,
        value: String,
        #[arg(long)]
        reason: String,
    },
    /// The allow-list.
    List {
        #[command(flatten)]
        at: At,
    },
    /// Take a value off the allow-list.
    Remove {
        #[command(flatten)]
        by: AsPerson,
        value: String,
    },
}

#[derive(Debug, clap::Args)]
pub struct AnswerForOptions {
    #[command(flatten)]
    by: AsPerson,
    /// A JSON file: report_id, jurisdiction and jurisdiction_name, finding, period_from and period_until (microseconds UTC), sources, indicators,
    /// count, first_seen, last_seen, counts, reason.
    file: PathBuf,
}

pub async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Match(options) => tokio::task::block_in_place(|| watch_match::run(&options, &mut std::io::stdout())),
        Command::Archive(options) => {
            tokio::task::block_in_place(|| watch_archive::run(&options, &mut std::io::stdout()))
        }
        Command::Lookback(options) => {
            tokio::task::block_in_place(|| watch_lookback::run(&options, &mut std::io::stdout()))
        }
        Command::Source(command) => source(command).await,
        Command::Read { at } => read(&at).await,
        Command::Review { reader, report } => review(&reader, &report).await,
        Command::Confirm { by, report, rung, count, reason, release } => {
            let rung = Rung::of_text(&rung).with_context(|| format!("`{rung}` is not a rung of the ladder: scanned, attempted, accessed, data-taken, data-changed or tally-system-touched"))?;
            let counts = count.iter().map(|text| parse_count(text)).collect::<anyhow::Result<Vec<_>>>()?;
            confirm(&by, Confirm { report_id: report, rung, counts, reason, release }).await
        }
        Command::Dismiss { by, report, reason, release } => {
            dismiss(&by, Dismiss { report_id: report, reason, release }).await
        }
        Command::Held { by } => {
            let (here, who) = by.open().await?;
            let permit = allowed(&who, Verb::See, Resource::Answer, ())?;
            for answer in ward_watch::release::held(&here, &permit).await? {
                output::json(&answer)?;
            }
            Ok(super::DONE)
        }
        Command::Release { by, sighting } => {
            let (here, who) = by.open().await?;
            let permit = allowed(&who, Verb::Release, Resource::Answer, sighting)?;
            ward_watch::release::release(&here, &permit).await?;
            Ok(super::DONE)
        }
        Command::ReleaseName { by, report, withdraw, release } => release_name(&by, report, withdraw, release).await,
        Command::Settings { by, answers, retention_days, keep_raw } => {
            settings(&by, answers, retention_days, keep_raw).await
        }
        Command::AnswerFor(options) => answer_for(&options).await,
        Command::Allow(command) => allow(command).await,
        Command::Feed { at, not_blocked: true } => {
            let here = at.open().await?;
            for one in ward_watch::quality::not_blocked(&here).await? {
                output::result(at.json, &one, || {
                    let (act, reasons) = (one.verdict.act.text(), one.verdict.reasons.join("; "));
                    format!("{act}  {}: {reasons}", one.values.join(" or "))
                })?;
            }
            Ok(super::DONE)
        }
        Command::Feed { at, not_blocked: false } => {
            let here = at.open().await?;
            let feed = ward_watch::allow::block_feed(&here).await?;
            if at.json {
                for line in &feed {
                    output::json(line)?;
                }
            } else if !feed.is_empty() {
                // Read by firewalls, which take a line for an address unless it is a comment.
                let notice =
                    if here.is_demonstration() { format!("# {}\n", ward_directory::NOTICE) } else { String::new() };
                output::raw(&format!("{notice}{}", ward_watch::allow::feed_text(&feed, &[]).trim_end()))?;
            }
            Ok(super::DONE)
        }
    }
}

/// Lets the office's name stand beside its answer, or takes it back.
async fn release_name(by: &AsPerson, report: String, withdraw: bool, release: bool) -> anyhow::Result<u8> {
    let (here, who) = by.open().await?;
    let beside = ward_watch::lookback::result(&here, &report).await?;
    let beside = beside.map_or(MILDEST, |result| result.finding);
    let said = NameRelease { report_id: report, is_released: !withdraw, beside, release };
    let permit = allowed(&who, Verb::Release, Resource::Answer, said)?;
    ward_watch::name::release_name(&here, &permit).await?;
    output::result(by.at.json, &serde_json::json!({ "name_released": !withdraw }), || match withdraw {
        false => format!(
            "other members may see this office's name beside \"{}\" and what is milder, once the hub has that answer",
            beside.plain()
        ),
        true => "the answer without this office's name is on its way; other members see the name until the hub has it"
            .to_owned(),
    })?;
    Ok(super::DONE)
}

async fn confirm(by: &AsPerson, said: Confirm) -> anyhow::Result<u8> {
    let (here, who) = by.open().await?;
    let rung = said.rung;
    ward_watch::confirm::confirm(&here, &allowed(&who, Verb::Confirm, Resource::Confirmation, said)?).await?;
    output::result(by.at.json, &serde_json::json!({"confirmed_by": who.name, "rung": rung.text()}), || {
        format!("confirmed by {}: {}", who.name, rung.plain())
    })?;
    Ok(super::DONE)
}

async fn dismiss(by: &AsPerson, said: Dismiss) -> anyhow::Result<u8> {
    let (here, who) = by.open().await?;
    ward_watch::confirm::dismiss(&here, &allowed(&who, Verb::Confirm, Resource::Confirmation, said)?).await?;
    output::result(by.at.json, &serde_json::json!({"dismissed_by": who.name}), || {
        format!("dismissed by {}", who.name)
    })?;
    Ok(super::DONE)
}

async fn settings(
    by: &AsPerson,
    answers: Option<ReleaseBy>,
    retention_days: Option<i64>,
    keep_raw: Option<bool>,
) -> anyhow::Result<u8> {
    let (here, who) = by.open().await?;
    let now = ward_watch::release::settings(&here).await?;
    let release = match answers {
        None => now.release,
        Some(ReleaseBy::Automatic) => Release::Automatic,
        Some(ReleaseBy::Person) => Release::Person,
    };
    let retention_days = retention_days.map_or(now.retention_days, |days| (days != 0).then_some(days));
    let new = Settings { release, retention_days, keep_raw: keep_raw.unwrap_or(now.keep_raw) };
    if new != now {
        let permit = allowed(&who, Verb::Release, Resource::Answer, new)?;
        ward_watch::release::change_settings(&here, &permit).await?;
    }
    output::json(&new)?;
    Ok(super::DONE)
}

async fn source(command: SourceCommand) -> anyhow::Result<u8> {
    match command {
        SourceCommand::Add { by, name, path, trusted_proxies, site_hosts } => {
            let (here, who) = by.open().await?;
            let path = std::path::absolute(&path).context("the source's path")?.display().to_string();
            let options = SourceOptions { trusted_proxies, site_hosts, ..SourceOptions::default() };
            let permit = allowed(&who, Verb::Create, Resource::Source, NewSource { name, path, options })?;
            let declared = ward_watch::source::add_source(&here, &permit).await?;
            if let Some(warning) = &declared.warning {
                output::error(&format!(
                    "warning: {warning}; until Ward can read it, no answer is better than `partly searched`\n"
                ));
            }
            output::json(&declared.source)?;
        }
        SourceCommand::List { at } => {
            let here = at.open().await?;
            for source in ward_watch::source::sources(&here).await? {
                let facts = ward_watch::reading::facts_of(&here, &source.id).await?;
                output::json(&serde_json::json!({"source": source, "read": facts}))?;
            }
        }
        SourceCommand::Remove { by, source } => {
            let (here, who) = by.open().await?;
            let found = ward_watch::source::source(&here, &source).await?;
            ward_watch::source::remove_source(&here, &allowed(&who, Verb::Delete, Resource::Source, found)?).await?;
        }
    }
    Ok(super::DONE)
}

async fn read(at: &At) -> anyhow::Result<u8> {
    let here = at.open().await?;
    for reading in ward_watch::reading::read_sources(&here).await? {
        output::json(&reading)?;
    }
    Ok(super::DONE)
}

async fn review(reader: &Reader, report: &str) -> anyhow::Result<u8> {
    let (here, who) = reader.open(Verb::See, Resource::Confirmation).await?;
    let permit = allowed(&who, Verb::See, Resource::Confirmation, report.to_owned())?;
    let review = ward_watch::review::review(&here, &permit).await?;
    if reader.at.json {
        output::json(&review)?;
    } else {
        output::line(watch_review::text(&review).trim_end())?;
    }
    Ok(super::DONE)
}

async fn answer_for(options: &AnswerForOptions) -> anyhow::Result<u8> {
    let (here, who) = options.by.open().await?;
    let name = options.file.display();
    let text = super::read(&options.file)?;
    let given: AnswerFor = serde_json::from_slice(&text).with_context(|| format!("`{name}` is not an answer"))?;
    let permit = allowed(&who, Verb::Create, Resource::Answer, given)?;
    let sighting = ward_watch::answer::answer_for(&here, &permit).await?;
    output::result(options.by.at.json, &serde_json::json!({"sighting_id": sighting}), || sighting.clone())?;
    Ok(super::DONE)
}

async fn allow(command: AllowCommand) -> anyhow::Result<u8> {
    match command {
        AllowCommand::Add { by, value, reason } => {
            let (here, who) = by.open().await?;
            let permit = allowed(&who, Verb::Create, Resource::AllowList, NewAllow { value, reason })?;
            output::json(&ward_watch::allow::allow(&here, &permit).await?)?;
        }
        AllowCommand::List { at } => {
            let here = at.open().await?;
            for entry in ward_watch::allow::list(&here).await? {
                output::json(&entry)?;
            }
        }
        AllowCommand::Remove { by, value } => {
            let (here, who) = by.open().await?;
            let found = ward_watch::allow::list(&here)
                .await?
                .into_iter()
                .find(|entry| entry.value == value || entry.id == value);
            let entry = found
                .with_context(|| format!("`{value}` is not on the allow-list; `ward watch allow list` shows it"))?;
            ward_watch::allow::remove(&here, &allowed(&who, Verb::Delete, Resource::AllowList, entry)?).await?;
        }
    }
    Ok(super::DONE)
}

/// `700:voter records confirmed viewed`
fn parse_count(text: &str) -> anyhow::Result<CountWithDefinition> {
    let parts =
        text.split_once(':').and_then(|(value, definition)| Some((value.trim().parse().ok()?, definition.trim())));
    let (value, definition) =
        parts.with_context(|| format!("`{text}` is not a count: write 700:voter records confirmed viewed"))?;
    Ok(CountWithDefinition { value, definition: definition.to_owned() })
}
