//! `ward share explain`, `mark` and `export --for`: why somebody sees an object, how the hub handles it, and a file for who has no network.

use std::path::Path;

use anyhow::Context;
use ward_directory::{
    Here, Named, Organisation, Who, acting_as, organisation_named, people, person_of_email, stands_for,
};
use ward_policy::{Resource, Verb};
use ward_share::explain;
use ward_share::mark::{self, Change};

use super::directory::allowed;
use super::output::{self, parse_time};
use super::share::parse_tlp;
use super::{AsPerson, At, DONE};

#[derive(Debug, clap::Args)]
pub struct Explain {
    #[command(flatten)]
    at: At,
    /// Who looks: a person's e-mail address, or the name or id of an organisation, which stands for its machines.
    #[arg(long = "as", value_name = "WHO")]
    reader: String,
    /// The object's id.
    #[arg(long)]
    object: String,
}

#[derive(Debug, clap::Args)]
pub struct Mark {
    #[command(flatten)]
    by: AsPerson,
    /// The object's id.
    object: String,
    #[command(flatten)]
    change: OneChange,
    /// Why.
    #[arg(long)]
    reason: String,
}

/// One of them.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct OneChange {
    /// clear, green, amber, amber+strict or red: the hub's own word beside the sender's, which holds as well.
    #[arg(long)]
    tlp: Option<String>,
    /// Take the hub's own word back.
    #[arg(long)]
    no_tlp: bool,
    /// Nobody but its owner sees it before this time.
    #[arg(long, value_parser = parse_time)]
    hold_until: Option<i64>,
    /// End an embargo now.
    #[arg(long)]
    release: bool,
    /// Nobody but its owner sees it any more.
    #[arg(long)]
    withdraw: bool,
    /// Take a withdrawal back.
    #[arg(long)]
    restore: bool,
}

pub async fn explain(asked: &Explain) -> anyhow::Result<u8> {
    let here = asked.at.open().await?;
    let permit = allowed(&hub_person(&here).await?, Verb::See, Resource::Indicator, ())?;
    let reader = reader(&here, &asked.reader).await?;
    for one in explain::explain(&here, &permit, &reader, &asked.object).await? {
        if asked.at.json {
            output::json(&one)?;
            continue;
        }
        let sees = if one.is_seen { "sees" } else { "does not see" };
        let mut text = format!(
            "{} {sees} {} of {} in {}, by the rule `{}`",
            reader.name, asked.object, one.version, one.collection, one.rule
        );
        if let Some(grant) = &one.grant {
            text.push_str(&format!("\n  only by the grant {grant}"));
        }
        if !one.hidden_mentions.is_empty() {
            text.push_str(&format!("\n  hidden from them: {}", one.hidden_mentions.join(", ")));
        }
        if !one.markings.is_empty() {
            text.push_str(&format!("\n  marked: {}", one.markings.join(", ")));
        }
        output::line(&text)?;
    }
    Ok(DONE)
}

/// The first of the hub's own people who sees indicators: on the owner's machine reading needs nobody's name.
async fn hub_person(here: &Here) -> anyhow::Result<Who> {
    for person in people(here).await? {
        let who = acting_as(here, &person.email, None).await?;
        let is_own = |who: &Who| who.organisation.id == here.installation.organisation_id;
        let sees = |who: &Who| ward_directory::permit(who, Verb::See, Resource::Indicator, ()).is_ok();
        if let Some(who) = who.filter(|who| is_own(who) && sees(who)) {
            return Ok(who);
        }
    }
    anyhow::bail!("nobody of this hub has a role that may read this; `ward person list` shows who has which role")
}

async fn reader(here: &Here, who: &str) -> anyhow::Result<Who> {
    let found = match person_of_email(here, who).await? {
        Some(person) => stands_for(here, &person.organisation_id, Some(&person.id)).await?,
        None => stands_for(here, &organisation(here, who).await?.id, None).await?,
    };
    found.with_context(|| format!("`{who}` reads nothing here: the account is closed"))
}

/// An organisation by its id or its name.
pub(super) async fn organisation(here: &Here, name_or_id: &str) -> anyhow::Result<Organisation> {
    match organisation_named(here, name_or_id).await? {
        Named::One(one) => Ok(one),
        Named::Nobody => anyhow::bail!("nobody here has the e-mail address, name or id `{name_or_id}`"),
        Named::Several(several) => anyhow::bail!(
            "{several} organisations are called `{name_or_id}`; use the id, which `ward organisation list` shows"
        ),
    }
}

pub async fn mark(asked: &Mark) -> anyhow::Result<u8> {
    let said = &asked.change;
    let change = match (&said.tlp, said.hold_until) {
        (Some(tlp), _) => Change::Assign(Some(parse_tlp(tlp)?)),
        (None, Some(at)) => Change::HoldUntil(at),
        _ if said.no_tlp => Change::Assign(None),
        _ if said.release => Change::Release,
        _ if said.withdraw => Change::Withdraw,
        _ => Change::Restore,
    };
    let (here, who) = asked.by.open().await?;
    let permit = allowed(&who, Verb::Change, Resource::Indicator, asked.object.clone())?;
    let changed = mark::change(&here, &permit, change, &asked.reason).await?;
    output::result(asked.by.at.json, &serde_json::json!({"object": asked.object, "changed": changed}), || {
        format!("{} versions are handled so now; called back {} times.", changed.versions, changed.recalled)
    })?;
    Ok(DONE)
}

pub async fn export_for(by: &AsPerson, collection: &str, of: &str, out: &Path) -> anyhow::Result<u8> {
    let (here, who) = by.open().await?;
    let permit = allowed(&who, Verb::Publish, Resource::Indicator, ())?;
    let of = organisation(&here, of).await?;
    let machines = stands_for(&here, &of.id, None).await?.context("this organisation is not here any more")?;
    let (bundle, count) = explain::bundle_for(&here, &permit, &machines, collection).await?;
    std::fs::write(out, bundle).with_context(|| format!("cannot write `{}`", out.display()))?;
    let file = out.display().to_string();
    output::result(by.at.json, &serde_json::json!({"organisation": of.name, "objects": count, "file": file}), || {
        format!("{count} objects that {} may see are in {file}. It is in their ledger.", of.name)
    })?;
    Ok(DONE)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    #[test]
    fn the_commands_of_sharing_are_understood() {
        for (line, is_understood) in [
            ("mark indicator--1 --withdraw --reason why", true),
            ("mark indicator--1 --tlp red --reason why", true),
            ("mark indicator--1 --hold-until 2018-05-03 --reason why", true),
            ("mark indicator--1 --reason why", false),
            ("mark indicator--1 --withdraw --restore --reason why", false),
            ("request ask --object indicator--1 indicator--2 --purpose why --days 3", true),
            ("request ask --class indicator --of Arizona --purpose why --days 3", true),
            ("request ask --class indicator --purpose why --days 3", false),
            ("request refuse 1 --reason no", true),
            ("recalls", true),
            ("recalls confirm 1", true),
            ("recalls confirm", false),
            ("ledger --organisation Arizona --after 1", true),
            ("ledger verify file.json --log-key key --json", true),
            ("export --for Arizona --out file.json", true),
            ("export --for Arizona", false),
        ] {
            let mut words = vec!["ward", "share"];
            words.extend(line.split(' '));
            if !line.starts_with("ledger verify") {
                words.extend(["--dir", "here", "--as", "a@b.example"]);
            }
            let parsed = crate::cli::Command::try_parse_from(&words);
            assert_eq!(parsed.is_ok(), is_understood, "{line}: {:?}", parsed.err());
        }
        let explained = ["ward", "share", "explain", "--dir", "here", "--as", "Arizona", "--object", "indicator--1"];
        assert!(crate::cli::Command::try_parse_from(explained).is_ok());
    }
}
