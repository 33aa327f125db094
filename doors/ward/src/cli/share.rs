//! `ward share`: threat information in and out of files.

use std::path::PathBuf;

use anyhow::{Context, bail};
use ward_policy::{Resource, Verb};
use ward_share::collections;
use ward_stix::marking::Tlp;

use super::directory::allowed;
use super::{AsPerson, output};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Import STIX bundles or the JAR CSV into a collection; over-broad indicators are kept aside with the reason.
    Import {
        #[command(flatten)]
        by: AsPerson,
        /// clear, green, amber, amber+strict or red: for objects without a TLP of their own, which else nobody but this hub reads.
        #[arg(long)]
        tlp: Option<String>,
        #[arg(long, default_value = "threat-information")]
        collection: String,
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Print what the person may see of a collection, as a STIX bundle.
    Export {
        #[command(flatten)]
        by: AsPerson,
        #[arg(long, default_value = "threat-information")]
        collection: String,
        /// What the machines of this organisation see, by its name or id, for an office without a network: it is a delivery and goes into its ledger.
        #[arg(long = "for", value_name = "ORGANISATION", requires = "out")]
        reader: Option<String>,
        /// The file to write it to.
        #[arg(long, requires = "reader")]
        out: Option<PathBuf>,
    },
    /// Asking to be shown information, and granting it for a time: two people approve.
    #[command(subcommand)]
    Request(super::share_request::Command),
    /// What was called back from the person's organisation; for the hub's people from all. `recalls confirm ID` says that it is deleted.
    Recalls(super::share_ledger::Recalls),
    /// What was sent to an organisation, page by page with proofs, and checking such pages.
    Ledger(super::share_ledger::Ledger),
    /// Why somebody sees an object or does not, by the rule.
    Explain(super::share_handling::Explain),
    /// Change how the hub handles an object: its TLP, an embargo, withdrawing it. What leaves somebody's view is called back.
    Mark(super::share_handling::Mark),
    /// Lists of what many share: what stands on one is watched and never blocked by itself.
    #[command(subcommand)]
    Lists(super::share_lists::Command),
    /// Sources of threat information that this hub fetches from: TAXII servers, other hubs, MISP feeds.
    #[command(subcommand)]
    Subscribe(super::share_subscribe::Command),
    /// Versions of restricted objects that can be passed on: ask for one, draft it, approve it.
    #[command(subcommand)]
    TearLine(super::share_tear_line::Command),
    /// Where indicators are from, and how many reviewed matches were false alarms.
    Sources {
        #[command(flatten)]
        reader: super::Reader,
    },
    /// Let everybody read `/public/`, which holds only TLP:CLEAR, or only who has a token.
    PublicRoot {
        #[command(flatten)]
        by: AsPerson,
        to: PublicRoot,
    },
}

/// Who reads the public root.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum PublicRoot {
    /// Everybody, without a token.
    Open,
    /// Only who has a token.
    Closed,
}

pub async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Import { by, tlp, collection, files } => import(&by, tlp.as_deref(), &collection, &files).await,
        Command::Export { by, collection, reader: Some(reader), out: Some(out) } => {
            super::share_handling::export_for(&by, &collection, &reader, &out).await
        }
        Command::Export { by, collection, .. } => export(&by, &collection).await,
        Command::Request(command) => super::share_request::run(command).await,
        Command::Recalls(asked) => super::share_ledger::recalls(&asked).await,
        Command::Ledger(asked) => super::share_ledger::ledger(asked).await,
        Command::Explain(asked) => super::share_handling::explain(&asked).await,
        Command::Mark(asked) => super::share_handling::mark(&asked).await,
        Command::Lists(command) => super::share_lists::run(command).await,
        Command::Subscribe(command) => super::share_subscribe::run(command).await,
        Command::TearLine(command) => super::share_tear_line::run(command).await,
        Command::Sources { reader } => super::share_lists::sources(&reader).await,
        Command::PublicRoot { by, to } => set_public_root(&by, to).await,
    }
}

async fn import(by: &AsPerson, tlp: Option<&str>, collection: &str, files: &[PathBuf]) -> anyhow::Result<u8> {
    let tlp = tlp.map(parse_tlp).transpose()?;
    let (here, who) = by.open().await?;
    let collection = collections::find(&here, &who, collection).await?;
    let mut code = super::DONE;
    for file in files {
        let name = file.display();
        let bytes = super::read(file)?;
        let permit = allowed(&who, Verb::Create, Resource::Indicator, collection.clone())?;
        let imported = ward_share::import::import(&here, &permit, &bytes, tlp)
            .await
            .with_context(|| format!("`{name}` was not imported"))?;
        if by.at.json {
            output::json(&serde_json::json!({"file": name.to_string(), "imported": imported}))?;
        } else {
            print_imported(&name.to_string(), &imported)?;
        }
        if !imported.refused.is_empty() {
            code = super::BAD_INPUT;
        }
    }
    Ok(code)
}

fn print_imported(name: &str, imported: &ward_share::import::Imported) -> anyhow::Result<()> {
    output::line(&format!(
        "{name}: {} added, {} already here, {} quarantined, {} refused",
        imported.added,
        imported.already_here,
        imported.quarantined.len(),
        imported.refused.len()
    ))?;
    let acts: Vec<String> = imported.by_act.iter().map(|(act, count)| format!("{count} {}", act.text())).collect();
    if !acts.is_empty() {
        output::line(&format!("  of the indicators: {}", acts.join(", ")))?;
    }
    for (kind, count) in &imported.by_type {
        output::line(&format!("  {count:>7} {kind}"))?;
    }
    for (id, reason) in &imported.quarantined {
        output::line(&format!("  quarantined {id}: {reason}"))?;
    }
    for (place, reason) in &imported.refused {
        output::error(&format!("  refused at {place}: {reason}\n"));
    }
    Ok(())
}

async fn export(by: &AsPerson, collection: &str) -> anyhow::Result<u8> {
    let (here, who) = by.open().await?;
    let collection = collections::find(&here, &who, collection).await?;
    let mut filter = ward_taxii::filter::Filter::default();
    let mut objects: Vec<String> = Vec::new();
    loop {
        let page = ward_share::page::objects(&here, &who, &collection, &filter).await?;
        for object in page.items {
            objects.push(String::from_utf8(object.to_vec()).context("an object is not text")?);
        }
        if !page.more {
            break;
        }
        filter.next = page.next;
    }
    let id = ward_store::random::uuid();
    output::raw(&format!("{{\"type\":\"bundle\",\"id\":\"bundle--{id}\",\"objects\":[{}]}}", objects.join(",\n")))?;
    Ok(super::DONE)
}

async fn set_public_root(by: &AsPerson, to: PublicRoot) -> anyhow::Result<u8> {
    let (here, who) = by.open().await?;
    let is_open = matches!(to, PublicRoot::Open);
    ward_share::public_root::set(&here, &allowed(&who, Verb::Publish, Resource::Indicator, is_open)?).await?;
    output::result(by.at.json, &serde_json::json!({ "public_root_is_open": is_open }), || {
        let who = if is_open { "Everybody" } else { "Only who has a token" };
        format!("{who} reads /public/ now.")
    })?;
    Ok(super::DONE)
}

pub(super) fn parse_tlp(word: &str) -> anyhow::Result<Tlp> {
    Ok(match word.to_ascii_lowercase().trim_start_matches("tlp:") {
        "clear" | "white" => Tlp::Clear,
        "green" => Tlp::Green,
        "amber" => Tlp::Amber,
        "amber+strict" => Tlp::AmberStrict,
        "red" => Tlp::Red,
        _ => bail!("`{word}` is not a TLP marking: use clear, green, amber, amber+strict or red"),
    })
}
