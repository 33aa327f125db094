//! `ward backup` and `ward restore`: the installation in one sealed file, and back in a new folder.

use std::path::{Path, PathBuf};

use ward_directory::Restore;

use super::{At, output};

#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    at: At,
    /// The file to write; it must not exist yet.
    #[arg(long)]
    to: PathBuf,
    /// Read the passphrase from this file instead of WARD_PASSWORD or the terminal.
    #[arg(long)]
    password_file: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct RestoreOptions {
    /// The backup.
    file: PathBuf,
    /// A new folder for the installation.
    #[arg(long, env = "WARD_DIR")]
    dir: PathBuf,
    /// An empty database instead of the one that the backup names: postgres://USER@HOST/NAME, or sqlite:ward.sqlite for a file in the folder.
    #[arg(long, env = "WARD_DATABASE")]
    database: Option<String>,
    /// Read the passphrase from this file instead of WARD_PASSWORD or the terminal.
    #[arg(long)]
    password_file: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// Backs up a running or a stopped installation.
pub async fn run(options: &Options) -> anyhow::Result<u8> {
    let passphrase = new_passphrase(options.password_file.as_deref())?;
    let here = options.at.open().await?;
    // In this order: what the snapshot names is held.
    let held = ward_watch::backup::hold(&here).await?;
    let mut snapshot = here.store.begin_reading().await?;
    let archive = held.files(&mut snapshot).await?;
    let done = ward_directory::backup(&here, &mut snapshot, &archive, &options.to, &passphrase).await?;
    let record = &done.about.record;
    output::result(options.at.json, &done, || {
        format!(
            "Wrote {}: {} files with {} bytes, {} of the archive.\nThe record in it holds: {} entries, {} recorded rows, {} checkpoints recomputed.\nNobody can open it without the passphrase: keep that in another place.",
            options.to.display(),
            done.files,
            done.bytes,
            archive.len(),
            record.entries,
            record.rows,
            record.checkpoints
        )
    })?;
    Ok(say_damaged(&done.about.damaged))
}

/// Restores a backup into a new folder.
pub async fn restore(options: &RestoreOptions) -> anyhow::Result<u8> {
    let passphrase = super::password(options.password_file.as_deref(), "Passphrase of the backup")?;
    let restore = Restore {
        file: &options.file,
        folder: &options.dir,
        database: options.database.as_deref(),
        passphrase: &passphrase,
        clock: None,
    };
    let about = ward_directory::restore(restore).await?;
    output::result(options.json, &about, || {
        format!(
            "Restored {} in {}, as it was on {}.\nThe record holds: {} entries, {} recorded rows, {} checkpoints recomputed.\nServe it only if the installation that it was made from is gone: two that go on from here would contradict each other.",
            about.name,
            options.dir.display(),
            output::time(about.made_at),
            about.record.entries,
            about.record.rows,
            about.record.checkpoints
        )
    })?;
    Ok(say_damaged(&about.damaged))
}

fn say_damaged(damaged: &[String]) -> u8 {
    for what in damaged {
        output::error(&format!("LOOK the archive was damaged when the backup was made: {what}\n"));
    }
    if damaged.is_empty() { super::DONE } else { super::CHECK_FAILED }
}

/// A passphrase that is typed is typed twice: a slip would be noticed only when the backup is needed.
fn new_passphrase(file: Option<&Path>) -> anyhow::Result<String> {
    let first = super::password(file, "Passphrase for the backup (at least 12 characters)")?;
    let is_typed = file.is_none() && std::env::var_os("WARD_PASSWORD").is_none();
    if is_typed && super::password(None, "The same again")? != first {
        anyhow::bail!("the two passphrases differ; nothing was written");
    }
    Ok(first)
}
