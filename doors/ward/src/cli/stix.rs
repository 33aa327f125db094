//! `ward stix`: STIX 2.1 from files, without an installation: patterns matched against observed data.

use std::path::PathBuf;

use anyhow::Context;
use serde_json::{Value, json};
use ward_stix::pattern::matching::{Match, Observed, matches, observed};
use ward_stix::pattern::parse_to_match;

use super::output;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Match a pattern against observed data (STIX 2.1, section 9, all three levels); ends with 0 also when it does not match.
    Match {
        /// The pattern, such as `[ipv4-addr:value = '203.0.113.7']`.
        #[arg(long)]
        pattern: String,
        #[arg(long)]
        json: bool,
        /// Bundles, objects, or lists of either, as JSON.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

pub fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Match { pattern, json, files } => match_files(&pattern, json, &files),
    }
}

fn match_files(text: &str, as_json: bool, files: &[PathBuf]) -> anyhow::Result<u8> {
    let pattern = parse_to_match(text).context("the pattern cannot be read")?;
    let contents: Vec<Value> = files.iter().map(read).collect::<anyhow::Result<_>>()?;
    let observations = observed(&contents)?;
    for one in observations.iter().filter(|one| one.missing > 0) {
        let (name, missing) = (name(one), one.missing);
        output::error(&format!(
            "warning: {missing} objects of {name} are not in the files: nothing is known of them\n"
        ));
    }
    let found = matches(&pattern, &observations)?;
    let names = names(&found, &observations);
    output::result(as_json, &json!({"matches": found.matches, "observations": names}), || match found.matches {
        true => format!("matches: {}", names.join(", ")),
        false => format!("does not match ({} observations)", observations.len()),
    })?;
    Ok(super::DONE)
}

fn read(file: &PathBuf) -> anyhow::Result<Value> {
    let name = file.display();
    let bytes = std::fs::read(file).with_context(|| format!("cannot read `{name}`"))?;
    serde_json::from_slice(&bytes).with_context(|| format!("`{name}` is not JSON"))
}

/// The observations that the match uses, by name.
fn names(found: &Match, observations: &[Observed<'_>]) -> Vec<String> {
    found.observations.iter().filter_map(|place| observations.get(*place)).map(name).collect()
}

/// The id of an observation; in the form of STIX 2.0 it may have none.
fn name(observation: &Observed<'_>) -> String {
    observation.id.map_or_else(|| "an observation without an id".to_owned(), str::to_owned)
}
