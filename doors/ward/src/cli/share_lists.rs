//! `ward share lists` and `ward share sources`: what many share, and how good the sources of indicators are.

use std::path::PathBuf;

use anyhow::Context;
use ward_directory::Permit;
use ward_policy::{Resource, Verb};
use ward_share::quality::lists::{self, NewList};

use super::directory::allowed;
use super::{AsPerson, At, Reader, output};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Add a list, or renew the one of its name: a warning list of MISP in JSON, or lines with an address, network or name each (Tor's list of exits).
    Add {
        #[command(flatten)]
        by: AsPerson,
        /// What it is called; lines need it.
        #[arg(long)]
        name: Option<String>,
        /// Where it is from.
        #[arg(long)]
        source: Option<String>,
        /// For which day it is right: YYYY-MM-DD; lines need it.
        #[arg(long)]
        as_of: Option<String>,
        file: PathBuf,
    },
    /// All lists that count, with their day; old ones are said to be old.
    List {
        #[command(flatten)]
        at: At,
    },
    /// Remove a list that was added.
    Remove {
        #[command(flatten)]
        by: AsPerson,
        name: String,
    },
}

pub async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Add { by, name, source, as_of, file } => {
            let shown = file.display();
            let body = std::fs::read(&file).with_context(|| format!("cannot read `{shown}`"))?;
            let as_of = as_of.map(|day| read_day(&day)).transpose()?;
            let (here, who) = by.open().await?;
            let permit = changes(&who, NewList { body, name, source, as_of })?;
            let added = lists::add(&here, &permit).await.with_context(|| format!("`{shown}` was not added"))?;
            let judged = ward_share::quality::renew(&here).await?;
            for reason in added.unusable.iter().take(20) {
                output::error(&format!("not used: {reason}\n"));
            }
            output::result(by.at.json, &serde_json::json!({"list": added, "judged_again": judged}), || {
                let done = if added.renewed { "renewed" } else { "added" };
                let unused = added.unusable.len();
                format!(
                    "{}: {done}, {} values, {unused} not used; {judged} indicators judged again",
                    added.name, added.values
                )
            })?;
        }
        Command::List { at } => {
            let here = at.open().await?;
            for list in lists::list(&here).await? {
                output::result(at.json, &list, || {
                    let day = list.as_of.map_or_else(|| "no date".to_owned(), ward_quality::lists::date);
                    let old = list.stale.as_ref().map(|stale| format!("  OLD: {stale}")).unwrap_or_default();
                    let from = if list.is_builtin { "carried by the program" } else { "added" };
                    format!("{}  {} values, {day}, {from}; {}{old}", list.name, list.values, list.source)
                })?;
            }
        }
        Command::Remove { by, name } => {
            let (here, who) = by.open().await?;
            lists::remove(&here, &changes(&who, name)?).await?;
            ward_share::quality::renew(&here).await?;
        }
    }
    Ok(super::DONE)
}

/// Prints the sources of indicators.
pub async fn sources(reader: &Reader) -> anyhow::Result<u8> {
    let (here, who) = reader.open(Verb::See, Resource::Organisation).await?;
    ward_share::quality::renew(&here).await?;
    for source in ward_share::quality::sources(&here, &who).await? {
        output::result(reader.at.json, &source, || {
            let (block, watch, spent) = (source.block, source.watch, source.spent);
            format!(
                "{:<40} false alarms: {:<32} {block} block, {watch} watch, {spent} spent",
                source.name,
                source.rate()
            )
        })?;
    }
    Ok(super::DONE)
}

/// An analyst of a hub, or whoever keeps the allow-list of a node.
fn changes<T: Clone>(who: &ward_directory::Who, on: T) -> anyhow::Result<Permit<T>> {
    allowed(who, Verb::Change, Resource::Indicator, on.clone())
        .or_else(|_| allowed(who, Verb::Create, Resource::AllowList, on))
}

fn read_day(text: &str) -> anyhow::Result<i64> {
    ward_quality::list::day(text).with_context(|| format!("`{text}` is no day: write YYYY-MM-DD"))
}
