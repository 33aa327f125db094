//! `ward stix`: STIX 2.1 from files, without an installation: objects validated, patterns matched against observed data.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::{Value, json};
use ward_stix::pattern::matching::{Match, Observed, matches, observed};
use ward_stix::pattern::parse_to_match;
use ward_stix::validate::{Options, Verdict, validate_text};

use super::output;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Validate objects and bundles against STIX 2.1 (errata 01); ends with 1 when one is not valid.
    Validate {
        #[command(flatten)]
        by: By,
        #[arg(long)]
        json: bool,
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
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

/// By what is judged.
#[derive(Debug, clap::Args)]
pub struct By {
    /// What is only recommended makes an object invalid too.
    #[arg(long)]
    strict: bool,
    /// Only types of the standard.
    #[arg(long)]
    strict_types: bool,
    /// Only properties of the standard.
    #[arg(long)]
    strict_properties: bool,
    /// Checks not to make, by the names or numbers of the OASIS validator: `custom-prefix,uuid-check`.
    #[arg(long, value_name = "CHECKS", default_value = "")]
    disable: String,
    /// Only these of the recommendations.
    #[arg(long, value_name = "CHECKS", default_value = "")]
    enable: String,
}

pub fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Validate { by, json, files } => validate_files(&by, json, &files),
        Command::Match { pattern, json, files } => match_files(&pattern, json, &files),
    }
}

fn validate_files(by: &By, as_json: bool, files: &[PathBuf]) -> anyhow::Result<u8> {
    let mut options = Options::default().with_checks(&by.disable, &by.enable)?;
    (options.strict, options.strict_types, options.strict_properties) =
        (by.strict, by.strict_types, by.strict_properties);
    let mut objects: Vec<Verdict> = Vec::new();
    for file in files {
        let name = file.display();
        let bytes = super::read(file)?;
        objects.extend(validate_text(&bytes, &options).with_context(|| format!("`{name}` cannot be judged"))?);
    }
    if as_json {
        output::json(&json!({ "objects": objects }))?;
    } else {
        for verdict in &objects {
            output::line(&in_words(verdict))?;
        }
    }
    Ok(if objects.iter().all(|verdict| verdict.valid) { super::DONE } else { super::CHECK_FAILED })
}

/// One object in lines of its own.
fn in_words(verdict: &Verdict) -> String {
    let id = if verdict.id.is_empty() { "an object without an id" } else { &verdict.id };
    let mut text = format!("{id}: {}", if verdict.valid { "valid" } else { "not valid" });
    for (kind, problems) in [("error", &verdict.errors), ("warning", &verdict.warnings)] {
        for problem in problems {
            text.push_str(&format!("\n  {kind} ({}): {problem}", problem.code));
        }
    }
    text
}

fn match_files(text: &str, as_json: bool, files: &[PathBuf]) -> anyhow::Result<u8> {
    let pattern = parse_to_match(text).context("the pattern cannot be read")?;
    let contents: Vec<Value> = files.iter().map(|file| read_json(file)).collect::<anyhow::Result<_>>()?;
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

fn read_json(file: &Path) -> anyhow::Result<Value> {
    let name = file.display();
    let bytes = super::read(file)?;
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
