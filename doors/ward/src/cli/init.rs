//! `ward init hub|node`: makes an installation.

use std::path::PathBuf;

use ward_directory::{Init, OrganisationKind};
use ward_store::Clock;

use super::output;

/// What kind of installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Publishes alerts and takes answers.
    Hub,
    /// Listens to a hub and answers from its own logs.
    Node,
}

#[derive(Debug, clap::Args)]
pub struct Options {
    kind: Kind,
    /// The folder to make.
    #[arg(long, env = "WARD_DIR")]
    dir: PathBuf,
    /// The name of the organisation that owns it.
    #[arg(long)]
    name: String,
    /// Its state, two letters; empty for a hub of several states.
    #[arg(long, default_value = "")]
    state: String,
    /// What the owner is.
    #[arg(long, value_name = "state|county|hub|vendor|federal")]
    owner: Option<String>,
    /// postgres://USER@HOST/NAME instead of a file in the folder.
    #[arg(long, env = "WARD_DATABASE")]
    database: Option<String>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// Makes the installation and prints the one-time link.
pub async fn run(options: Options) -> anyhow::Result<u8> {
    let is_hub = options.kind == Kind::Hub;
    let kind = match options.owner.as_deref() {
        None if is_hub => OrganisationKind::Hub,
        None => OrganisationKind::County,
        Some(word) => OrganisationKind::parse(word)
            .ok_or_else(|| anyhow::anyhow!("`{word}` is not an owner: use state, county, hub, vendor or federal"))?,
    };
    let (folder, clock) = (options.dir.clone(), Clock::System);
    let init =
        Init { folder, name: options.name, state: options.state, is_hub, kind, database: options.database, clock };
    let (here, link) = ward_directory::init(init).await?;
    if is_hub {
        ward_share::collections::ensure(&here).await?;
    }
    if options.json {
        output::json(
            &serde_json::json!({"name": here.installation.name, "log_key": here.installation.log_key, "link": link}),
        )?;
        return Ok(super::DONE);
    }
    let folder = options.dir.display();
    output::line(&format!("Made {} in {folder}.", here.installation.name))?;
    output::line(&format!(
        "The first administrator opens this link once, within 14 days, after `ward serve --dir {folder}`:"
    ))?;
    output::line(&format!("  {link}"))?;
    output::line("or, on this machine:")?;
    output::line(&format!(
        "  ward person accept --dir {folder} --link {link} --name \"YOUR NAME\" --email YOU@OFFICE"
    ))?;
    Ok(super::DONE)
}
