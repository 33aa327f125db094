//! `ward alert`: draft, preview, sign by two people, publish, correct.

use std::io::Read;
use std::path::PathBuf;

use anyhow::{Context, bail};
use ward_policy::{Resource, Verb};
use ward_quality::Act;
use ward_share::alert::{self, AlertKey, Correction, DraftAlert, IndicatorDraft};
use ward_stix::extract::extract;

use super::directory::allowed;
use super::{AsPerson, output};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Find indicators in pasted text, CSV or text from a PDF, defanged or not, and print a list to confirm.
    Extract {
        /// A file, or - for standard input.
        file: PathBuf,
    },
    /// Draft an alert from a JSON file; `ward alert template` prints one to fill in.
    Draft {
        #[command(flatten)]
        by: AsPerson,
        file: PathBuf,
    },
    /// Print a draft to fill in.
    Template,
    /// Who will receive it, who lacks a verified contact, and how a clerk will read it.
    Preview {
        #[command(flatten)]
        by: AsPerson,
        report: String,
        #[arg(long)]
        version: Option<String>,
    },
    /// Sign a draft with your own key; two people must.
    Sign {
        #[command(flatten)]
        by: AsPerson,
        report: String,
        #[arg(long)]
        version: Option<String>,
        #[arg(long)]
        password_file: Option<PathBuf>,
    },
    /// Publish a draft that two people have signed.
    Publish {
        #[command(flatten)]
        by: AsPerson,
        report: String,
        #[arg(long)]
        version: Option<String>,
    },
    /// Draft a correction of a published alert, from a JSON file; it is signed and published like an alert.
    Correct {
        #[command(flatten)]
        by: AsPerson,
        report: String,
        file: PathBuf,
    },
    /// All versions of all alerts.
    List {
        #[command(flatten)]
        by: AsPerson,
    },
}

pub async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Extract { file } => extract_indicators(&file)?,
        Command::Template => output::line(&serde_json::to_string_pretty(&template())?)?,
        Command::Draft { by, file } => {
            let (here, who) = by.open().await?;
            let draft: DraftAlert = read_json(&file)?;
            let key = alert::draft(&here, &allowed(&who, Verb::Create, Resource::Alert, ())?, draft).await?;
            output::json(&key)?;
        }
        Command::Preview { by, report, version } => {
            let (here, who) = by.open().await?;
            let key = version_of(&here, &who, report, version).await?;
            let preview = alert::preview(&here, &allowed(&who, Verb::See, Resource::Alert, ())?, &key).await?;
            output::result(by.at.json, &preview, || preview_text(&preview))?;
        }
        Command::Sign { by, report, version, password_file } => {
            let (here, who) = by.open().await?;
            let key = version_of(&here, &who, report, version).await?;
            let password = super::password(password_file.as_deref(), &format!("Password of {}", who.name))?;
            let signed = alert::sign(&here, &who, &key, &password).await?;
            output::result(by.at.json, &serde_json::json!({"signatures": signed, "needed": 2}), || {
                format!("signed by {signed} of 2")
            })?;
        }
        Command::Publish { by, report, version } => {
            let (here, who) = by.open().await?;
            let key = version_of(&here, &who, report, version).await?;
            let published = alert::publish(&here, &allowed(&who, Verb::Publish, Resource::Alert, ())?, &key).await?;
            output::json(&published)?;
        }
        Command::Correct { by, report, file } => {
            let (here, who) = by.open().await?;
            let correction: Correction = read_json(&file)?;
            let permit = allowed(&who, Verb::Change, Resource::Alert, ())?;
            output::json(&alert::correct(&here, &permit, &report, correction).await?)?;
        }
        Command::List { by } => {
            let (here, who) = by.open().await?;
            for version in alert::list(&here, &who).await? {
                if by.at.json {
                    output::json(&version)?;
                } else {
                    output::line(&format!(
                        "{}  {}  {:<9} {}",
                        version.report_id, version.modified, version.state, version.headline
                    ))?;
                }
            }
        }
    }
    Ok(super::DONE)
}

/// The version named, or the newest there is.
async fn version_of(
    here: &ward_directory::Here,
    who: &ward_directory::Who,
    report_id: String,
    modified: Option<String>,
) -> anyhow::Result<AlertKey> {
    if let Some(modified) = modified {
        return Ok(AlertKey { report_id, modified });
    }
    let versions = alert::list(here, who).await?;
    let newest = versions.into_iter().rfind(|version| version.report_id == report_id);
    let newest = newest.with_context(|| format!("no alert `{report_id}`; `ward alert list` shows them"))?;
    Ok(AlertKey { report_id, modified: newest.modified })
}

/// Prints the candidates as the `indicators` of a draft, none of them confirmed: the analyst does that, one by one.
fn extract_indicators(file: &std::path::Path) -> anyhow::Result<()> {
    let mut text = String::new();
    if file == std::path::Path::new("-") {
        std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
    } else {
        text = super::read_text(file)?;
    }
    let found = extract(&text);
    if found.is_empty() {
        bail!("no address, network, domain, URL or hash was found in `{}`", file.display());
    }
    let drafts: Vec<IndicatorDraft> =
        found.into_iter().map(|candidate| IndicatorDraft { pattern: candidate.pattern, confirmed: false }).collect();
    output::line(&serde_json::to_string_pretty(&drafts)?)
}

fn read_json<T: serde::de::DeserializeOwned>(file: &std::path::Path) -> anyhow::Result<T> {
    let text = super::read(file)?;
    serde_json::from_slice(&text).with_context(|| {
        format!("`{}` is not what is asked for; `ward alert template` prints the fields of an alert", file.display())
    })
}

fn template() -> DraftAlert {
    DraftAlert {
        headline: "Someone is trying doors on voter websites".to_owned(),
        who_must_act: "Whoever looks after the voter registration website".to_owned(),
        steps: vec!["Let Ward search your logs".to_owned()],
        confidence: ward_stix::alert::Confidence::Moderate,
        why_different: "The same addresses were seen at several states within days".to_owned(),
        stops_mattering_at: 0,
        tlp: ward_stix::marking::Tlp::Amber,
        search_from: 0,
        search_until: 0,
        indicators: vec![IndicatorDraft { pattern: "[ipv4-addr:value = '192.0.2.1']".to_owned(), confirmed: false }],
        recipients: Vec::new(),
        first_seen_at: None,
    }
}

fn preview_text(preview: &alert::Preview) -> String {
    let mut text = format!("{}\n\nWho will receive it ({}):\n", preview.clerk_text, preview.recipients.len());
    let mark = |has: bool| if has { "verified" } else { "MISSING" };
    for recipient in &preview.recipients {
        let (election, it) = (mark(recipient.has_election_contact), mark(recipient.has_it_contact));
        text.push_str(&format!("  {:<32} election contact {election:<9} IT contact {it}\n", recipient.organisation));
    }
    for recipient in &preview.will_not_see {
        text.push_str(&format!("  WILL NOT SEE IT: {} ({})\n", recipient.organisation, recipient.rule));
    }
    if !preview.lacks_contact.is_empty() {
        text.push_str(&format!("Without a verified pair of contacts: {}\n", preview.lacks_contact.join(", ")));
    }
    let of = |act: Act| preview.indicators.iter().filter(move |one| one.verdict.act == act);
    text.push_str(&format!("Nodes may block {} of {} indicators\n", of(Act::Block).count(), preview.indicators.len()));
    for one in of(Act::Watch).chain(of(Act::Spent)) {
        let reasons = one.verdict.reasons.join("; ");
        text.push_str(&format!("  {}: {}: {reasons}\n", one.verdict.act.text(), one.name));
    }
    text
}
