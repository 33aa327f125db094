//! `ward log`: the record, verified, proved and shown.

use anyhow::Context;

use super::{At, output};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Recompute everything from the tables; name the first entry that does not hold.
    Verify {
        #[command(flatten)]
        at: At,
    },
    /// The proof of an entry's place in the log: its id, or the id of what it was about.
    Prove {
        #[command(flatten)]
        at: At,
        entry: String,
    },
    /// The latest signed checkpoint, with its witnesses' signatures.
    Checkpoint {
        #[command(flatten)]
        at: At,
    },
    /// Which logs this installation witnesses, and how far.
    Witness {
        #[command(flatten)]
        at: At,
    },
}

pub async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Verify { at } => verify(&at).await,
        Command::Prove { at, entry } => prove(&at, &entry).await,
        Command::Checkpoint { at } => checkpoint(&at).await,
        Command::Witness { at } => witness(&at).await,
    }
}

async fn verify(at: &At) -> anyhow::Result<u8> {
    let here = at.open().await?;
    let notice = if here.is_demonstration() { format!(" {}.", ward_directory::NOTICE) } else { String::new() };
    match ward_store::verify(&here.store, here.log_key.verifier_key()).await? {
        Ok(held) => {
            if at.json {
                output::json(&serde_json::json!({"holds": true, "held": held, "log": here.installation.log_key}))?;
            } else {
                output::line(&format!(
                    "The record holds: {} entries, {} recorded rows, {} checkpoints recomputed, {} lawfully erased.{notice}",
                    held.entries, held.rows, held.checkpoints, held.erased
                ))?;
            }
            Ok(super::DONE)
        }
        Err(broken) => {
            if at.json {
                output::json(&serde_json::json!({"holds": false, "broken": broken}))?;
            } else {
                let place = broken.number.map_or_else(|| "the tree".to_owned(), |number| format!("entry {number}"));
                output::line(&format!(
                    "The record does not hold. First broken: {place} ({}): {}.{notice}",
                    broken.entry, broken.what
                ))?;
            }
            Ok(super::CHECK_FAILED)
        }
    }
}

async fn prove(at: &At, entry: &str) -> anyhow::Result<u8> {
    let here = at.open().await?;
    let id = ward_store::latest_entry_about(&here.store, entry).await?;
    let id = id.with_context(|| format!("no entry has the id `{entry}` or is about it"))?;
    match ward_store::prove(&here.store, &id).await? {
        Some(proof) => {
            output::json(&proof)?;
            Ok(super::DONE)
        }
        None => {
            output::error("no signed checkpoint covers this entry yet; try again after the next one\n");
            Ok(super::CHECK_FAILED)
        }
    }
}

async fn checkpoint(at: &At) -> anyhow::Result<u8> {
    let here = at.open().await?;
    let latest = ward_store::latest_checkpoint(&here.store).await?;
    let Some((size, note)) = latest else {
        output::error("no checkpoint was signed yet: `ward serve` signs them\n");
        return Ok(super::CHECK_FAILED);
    };
    let lines: String = ward_store::cosignatures(&here.store, size)
        .await?
        .into_iter()
        .map(|witness| format!("{}\n", witness.line))
        .collect();
    let text = format!("{note}{lines}");
    if at.json {
        output::json(&serde_json::json!({"size": size, "checkpoint": text}))?;
    } else {
        // A note is checked as it is; in a demonstration its origin bears the notice.
        output::raw(text.trim_end())?;
    }
    Ok(super::DONE)
}

async fn witness(at: &At) -> anyhow::Result<u8> {
    let here = at.open().await?;
    for log in ward_store::witnessed_logs(&here.store).await? {
        if at.json {
            output::json(&log)?;
        } else {
            output::line(&format!("{:<60} {:>8} entries  {}", log.origin, log.size, output::time(log.at)))?;
        }
    }
    Ok(super::DONE)
}
