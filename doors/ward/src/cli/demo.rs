//! `ward demo`: plays the scenario of 3 May 2018 in a new folder, prints the situation, and keeps the installations running.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::Context;

use super::output;
use crate::demo::{self, Scenario};

#[derive(Debug, clap::Args)]
pub struct Options {
    /// A new folder for everything the demonstration makes.
    #[arg(long, default_value = "ward-demo")]
    dir: PathBuf,
    /// Where the hub listens.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Another list of states: a CSV with a column `code` (and `outcome`), or one state a line.
    #[arg(long)]
    targeted: Option<PathBuf>,
    /// End when the situation is printed.
    #[arg(long)]
    exit_when_ready: bool,
}

/// Plays the scenario.
pub async fn run(options: &Options) -> anyhow::Result<u8> {
    let targeted = match &options.targeted {
        Some(file) => {
            let text = super::read_text(file)?;
            demo::parse_targeted(&text).with_context(|| format!("`{}` is not a list of states", file.display()))?
        }
        None => demo::targeted_default()?,
    };
    let folder = std::path::absolute(&options.dir).context("the demonstration's folder")?;
    let progress = indicatif::ProgressBar::new_spinner();
    progress.enable_steady_tick(std::time::Duration::from_millis(120));
    let mut failed = None;
    let mut say = |text: &str| {
        progress.suspend(|| {
            if let Err(error) = output::line(text) {
                failed = Some(error);
            }
        });
    };
    let scenario = Scenario { folder, listen: options.listen, targeted };
    let ready = demo::play(scenario, &super::http()?, &mut say).await?;
    demo::print(&ready, &mut say).await?;
    progress.finish_and_clear();
    if let Some(error) = failed {
        return Err(error);
    }
    if !options.exit_when_ready {
        show(&ready.guide);
        output::line(&format!(
            "\nOpen {} in a browser: nobody needs to sign in to read it.\nPress Ctrl-C to end the demonstration.",
            ready.guide
        ))?;
        tokio::signal::ctrl_c().await.context("cannot wait for Ctrl-C")?;
    }
    Ok(super::DONE)
}

/// Opens the guide where there is a display and a program that opens pages; says nothing where there is not.
fn show(guide: &str) {
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    if !has_display {
        return;
    }
    let mut opener = std::process::Command::new("xdg-open");
    opener.arg(guide).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Ok(mut opener) = opener.spawn() {
        // Waited for beside, so that it leaves nothing behind when it ends.
        std::thread::spawn(move || opener.wait());
    }
}
