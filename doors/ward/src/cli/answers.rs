//! The hub's side of answers: receipts and what was promised.

use ward_policy::{Resource, Verb};

use super::directory::allowed;
use super::{AsPerson, output};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Receipts given, with what was promised and what was answered.
    Receipts {
        #[command(flatten)]
        by: AsPerson,
    },
    /// Answer whoever sent an answer: the receipt's number and what is said.
    Close {
        #[command(flatten)]
        by: AsPerson,
        number: i64,
        #[arg(long)]
        text: String,
    },
}

pub async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Receipts { by } => {
            let (here, who) = by.open().await?;
            for receipt in ward_share::answers::receipts(&here, &who).await? {
                output::json(&receipt)?;
            }
        }
        Command::Close { by, number, text } => {
            let (here, who) = by.open().await?;
            let permit = allowed(&who, Verb::Change, Resource::Answer, ())?;
            output::json(&ward_share::answers::close_receipt(&here, &permit, number, &text).await?)?;
        }
    }
    Ok(super::DONE)
}
