//! What the guide at `/demo` cannot know by itself: where the other installations are, who should sign in there, and the files of a first try.

use std::path::{Path, PathBuf};

use anyhow::Context;
use ward_directory::{Demonstration, Part, Place, TryOut, keep_demonstration};

use super::community::Community;
use super::logs::Shape;
use super::member::Member;
use super::{NOTICE, facts};

/// The file of the scenario's indicators, in the demonstration's folder.
const INDICATORS_FILE: &str = "indicators.txt";

/// Tells the hub's guide where everything is. Gives the guide's address.
pub fn tell(community: &Community) -> anyhow::Result<String> {
    let hub = &community.hub;
    let guide = format!("{}/demo", community.hub_url());
    let told = ward_directory::demonstration(hub)?;
    let mut told = told.context("the hub's people were listed when it was founded")?;
    let running = community.members.iter().chain(&community.county);
    told.guide = Some(guide.clone());
    told.places = running.clone().filter_map(place).collect();
    told.try_out = Some(TryOut {
        program: std::env::current_exe().context("cannot find this program's own file")?,
        indicators: write_indicators(community.folder())?,
        logs: logs_to_try(community),
    });
    keep_demonstration(hub, &told)?;
    for member in running.filter(|member| member.process.is_some()) {
        if let Some(told) = ward_directory::demonstration(&member.here)? {
            keep_demonstration(&member.here, &Demonstration { guide: Some(guide.clone()), ..told })?;
        }
    }
    Ok(guide)
}

fn place(member: &Member) -> Option<Place> {
    let code = member.plan.state.code.to_lowercase();
    let (part, mailbox) = match member.plan.shape {
        Shape::Breached => (Part::Breached, "it"),
        _ if member.here.installation.is_hub => (Part::Probed, "director"),
        _ => (Part::County, "clerk"),
    };
    let process = member.process.as_ref()?;
    let (name, url) = (member.plan.state.name.clone(), process.url.clone());
    Some(Place { part, name, url, person: format!("{mailbox}@{code}.invalid") })
}

/// The breached state's logs, or those of the first state.
fn logs_to_try(community: &Community) -> PathBuf {
    let breached = community.members.iter().find(|member| member.plan.shape == Shape::Breached);
    breached.or(community.members.first()).map_or_else(PathBuf::new, |member| member.logs.clone())
}

/// One address a line; a comment says what they are.
fn write_indicators(folder: &Path) -> anyhow::Result<PathBuf> {
    let file = folder.join(INDICATORS_FILE);
    let mut text =
        format!("# {NOTICE}: addresses for documentation only (RFC 5737) that stand for the eight of August 2016\n");
    for indicator in facts::indicators()? {
        text.push_str(&format!("{}\n", indicator.address));
    }
    std::fs::write(&file, text).with_context(|| format!("cannot write `{}`", file.display()))?;
    Ok(file)
}
