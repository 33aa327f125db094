//! `ward share tear-line`: versions of restricted objects that can be passed on.

use std::path::PathBuf;

use anyhow::Context;
use ward_share::tear_line::{self, Approved, Listed};
use ward_stix::tear_line::Choice;

use super::{AsPerson, output};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Ask for a version of an object that you may see and others may not.
    Ask {
        #[command(flatten)]
        by: AsPerson,
        object: String,
    },
    /// Draft it: a new object by the hub, with what the file says left out or replaced. Nobody sees it until two people approve.
    Draft {
        #[command(flatten)]
        by: AsPerson,
        object: String,
        /// JSON: `{"tlp": "green", "remove": ["name"], "replace": {"description": "…"}, "keep": ["external_references"]}`.
        file: PathBuf,
    },
    /// Approve a draft, by its id; the second person's approval releases it.
    Approve {
        #[command(flatten)]
        by: AsPerson,
        draft: String,
    },
    /// Say that there will be none, and why.
    Decline {
        #[command(flatten)]
        by: AsPerson,
        id: String,
        #[arg(long)]
        reason: String,
    },
    /// What was asked for, of what you may see.
    List {
        #[command(flatten)]
        by: AsPerson,
    },
}

pub async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Ask { by, object } => {
            let (here, who) = by.open().await?;
            let id = tear_line::ask(&here, &who, &object).await?;
            output::result(by.at.json, &serde_json::json!({ "tear_line": id }), || format!("Asked for: {id}"))?;
        }
        Command::Draft { by, object, file } => {
            let shown = file.display();
            let choice: Choice = serde_json::from_slice(&super::read(&file)?)
                .with_context(|| format!("`{shown}` does not say what to leave out"))?;
            let (here, who) = by.open().await?;
            let drafted = tear_line::draft(&here, &who, &object, &choice).await?;
            output::result(by.at.json, &drafted, || {
                let removed =
                    if drafted.removed.is_empty() { "nothing".to_owned() } else { drafted.removed.join(", ") };
                format!("Drafted as {}; left out: {removed}. Two people approve {}", drafted.new_id, drafted.draft_id)
            })?;
        }
        Command::Approve { by, draft } => {
            let (here, who) = by.open().await?;
            let approved = tear_line::approve(&here, &who, &draft).await?;
            output::result(by.at.json, &approved, || match &approved {
                Approved::Waits => "Approved; it takes another person still.".to_owned(),
                Approved::Released(id) => format!("Released as {id}"),
            })?;
        }
        Command::Decline { by, id, reason } => {
            let (here, who) = by.open().await?;
            tear_line::decline(&here, &who, &id, &reason).await?;
        }
        Command::List { by } => {
            let (here, who) = by.open().await?;
            for shown in tear_line::list(&here, &who).await? {
                output::result(by.at.json, &shown, || line(&shown))?;
            }
        }
    }
    Ok(super::DONE)
}

fn line(shown: &Listed) -> String {
    let state = match (&shown.released, &shown.draft) {
        (Some(id), _) => format!("released as {id}"),
        (None, _) if !shown.reason.is_empty() => format!("declined: {}", shown.reason),
        (None, Some(draft)) => format!("draft {} has {} of 2 approvals", draft.id, draft.approvals),
        (None, None) => "waits for a draft".to_owned(),
    };
    format!("{}  {}  {} days  {state}", shown.id, shown.stix_id, shown.days)
}
