//! A real `ward serve` beside this process, ended with it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail};

/// A running server and where it listens.
pub struct Process {
    child: Child,
    pub url: String,
}

impl Process {
    /// Starts `ward serve` for an installation and waits until it listens.
    pub fn serve(folder: &Path, listen: &str) -> anyhow::Result<Process> {
        let program = std::env::current_exe().context("cannot find this program's own file")?;
        let log =
            std::fs::File::create(folder.join("serve.log")).context("cannot make a file for the server's messages")?;
        let mut child = Command::new(program)
            .args(["serve", "--listen", listen, "--poll-seconds", "1", "--checkpoint-seconds", "1", "--dir"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("cannot start `ward serve`")?;
        let output = child.stdout.take().context("`ward serve` has no output")?;
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        // Its notice may stand before it.
        let mut said = lines.filter_map(|line| line.trim().split_once("listens on ").map(|(_, url)| url.to_owned()));
        match said.next() {
            Some(url) => Ok(Process { child, url }),
            None => {
                let said = std::fs::read_to_string(folder.join("serve.log")).unwrap_or_default();
                bail!("`ward serve --dir {}` did not start: {}", folder.display(), said.trim())
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
