//! `ward share recalls` and `ward share ledger`: what was called back, and what was sent to whom, with proofs that can be checked from a file.

use std::path::PathBuf;

use anyhow::{Context, bail};
use ward_policy::{Resource, Verb};
use ward_share::ledger::{self, LedgerPage};
use ward_share::recall;

use super::directory::allowed;
use super::share_handling::organisation;
use super::{AsPerson, At, CHECK_FAILED, DONE, output};

#[derive(Debug, clap::Args)]
pub struct Recalls {
    #[command(flatten)]
    by: AsPerson,
    /// `confirm`: say that what a recall asks for is deleted.
    #[arg(requires = "recall")]
    action: Option<Action>,
    /// The recall's id.
    recall: Option<String>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Action {
    Confirm,
}

#[derive(Debug, clap::Args)]
pub struct Ledger {
    /// The installation's folder.
    #[arg(long, env = "WARD_DIR")]
    dir: Option<PathBuf>,
    /// Its database, when it is not the one the folder names: postgres://USER@HOST/NAME.
    #[arg(long, env = "WARD_DATABASE")]
    database: Option<String>,
    /// Print the result as JSON, one object a line.
    #[arg(long, global = true)]
    json: bool,
    /// The e-mail address of the person who acts.
    #[arg(long = "as", value_name = "EMAIL", env = "WARD_AS")]
    email: Option<String>,
    /// Of this organisation, by its name or id, for the hub's people; else the person's own.
    #[arg(long)]
    organisation: Option<String>,
    /// Only pages after this one: its id.
    #[arg(long, default_value = "")]
    after: String,
    #[command(subcommand)]
    command: Option<LedgerCommand>,
}

#[derive(Debug, clap::Subcommand)]
enum LedgerCommand {
    /// Check pages of a ledger from a file alone, under the key of the hub's log.
    Verify {
        /// As `ward share ledger --json` prints it, or as `/api/ledger` answers.
        file: PathBuf,
        /// The verifier key of the hub's log, as `/log/key` says it.
        #[arg(long)]
        log_key: String,
    },
}

pub async fn recalls(asked: &Recalls) -> anyhow::Result<u8> {
    let (here, who) = asked.by.open().await?;
    if let (Some(Action::Confirm), Some(id)) = (asked.action, &asked.recall) {
        let closed = recall::confirm(&here, &who, id).await?;
        output::result(asked.by.at.json, &serde_json::json!({"recall": id, "objects": closed}), || {
            format!("Confirmed: {closed} objects of this recall were open and are closed now.")
        })?;
        return Ok(DONE);
    }
    let found = recall::list(&here, &who).await?;
    for one in &found {
        if asked.by.at.json {
            output::json(one)?;
            continue;
        }
        let state = match (one.confirmed_at, &one.confirmed_by) {
            (Some(at), Some(by)) => format!("confirmed {} by {by}", output::time(at)),
            _ => "not confirmed".to_owned(),
        };
        let of = ward_directory::organisation(&here, &one.organisation_id).await?;
        let of = of.map_or_else(|| one.organisation_id.clone(), |found| found.name);
        output::line(&format!(
            "{}  {}  {of}: {} of {}, {state}\n  {}",
            one.recall_id,
            output::time(one.opened_at),
            one.stix_id,
            one.version,
            one.reason
        ))?;
    }
    if found.is_empty() && !asked.by.at.json {
        output::line("Nothing was called back.")?;
    }
    Ok(DONE)
}

pub async fn ledger(asked: Ledger) -> anyhow::Result<u8> {
    if let Some(LedgerCommand::Verify { file, log_key }) = &asked.command {
        return verify(file, log_key, asked.json);
    }
    let dir = asked.dir.context("say with --dir where the installation is")?;
    let email = asked.email.context("say with --as who reads")?;
    let by = AsPerson { at: At { dir, database: asked.database, json: asked.json }, email, acting_for: None };
    let (here, who) = by.open().await?;
    let mut after = asked.after;
    let mut count = 0;
    loop {
        let pages = match &asked.organisation {
            Some(of) => {
                let (permit, of) = (allowed(&who, Verb::See, Resource::Log, ())?, organisation(&here, of).await?);
                ledger::of_organisation(&here, &permit, &of.id, &after).await?
            }
            None => ledger::own(&here, &who, &after).await?,
        };
        let Some(last) = pages.last() else { break };
        after.clone_from(&last.id);
        count += pages.len();
        for page in &pages {
            if asked.json { output::json(page)? } else { output::line(&text(page))? }
        }
    }
    if count == 0 && !asked.json {
        output::line("Nothing was sent.")?;
    }
    Ok(DONE)
}

fn text(page: &LedgerPage) -> String {
    let entry =
        page.proof.as_ref().map_or_else(|| "not signed yet".to_owned(), |proof| format!("entry {}", proof.number));
    let mut text = format!("{}  {}  {entry}", page.id, output::time(page.at));
    for one in &page.delivered {
        let grant = one.reason.grant.as_ref().map(|grant| format!(", by the grant {grant}")).unwrap_or_default();
        text.push_str(&format!("\n  {} of {}: {}{grant}", one.stix_id, one.version, one.reason.rule));
    }
    text
}

fn verify(file: &std::path::Path, log_key: &str, as_json: bool) -> anyhow::Result<u8> {
    let text = super::read_text(file)?;
    let mut pages: Vec<LedgerPage> = Vec::new();
    for value in serde_json::Deserializer::from_str(&text).into_iter::<serde_json::Value>() {
        let mut value = value.with_context(|| format!("`{}` is not JSON", file.display()))?;
        let found = match value.get_mut("pages").map(serde_json::Value::take) {
            Some(pages) => serde_json::from_value(pages),
            None => serde_json::from_value(value).map(|page| vec![page]),
        };
        pages.extend(
            found.with_context(|| format!("`{}` holds something else than pages of a ledger", file.display()))?,
        );
    }
    if pages.is_empty() {
        bail!("`{}` holds no page of a ledger", file.display());
    }
    let mut code = DONE;
    for page in &pages {
        let checked = ledger::verify(page, log_key);
        let (number, problem) = (checked.as_ref().ok().copied(), checked.as_ref().err().map(ToString::to_string));
        let shown = serde_json::json!({"page": page.id, "holds": checked.is_ok(), "entry": number, "problem": problem});
        output::result(as_json, &shown, || match &checked {
            Ok(number) => format!("{}: holds, {} objects, entry {number}", page.id, page.delivered.len()),
            Err(problem) => format!("{}: does not hold: {problem}", page.id),
        })?;
        if checked.is_err() {
            code = CHECK_FAILED;
        }
    }
    Ok(code)
}
