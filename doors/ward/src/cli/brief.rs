//! `ward brief` and `ward situation`: what is known, for those who decide and for those who chase answers.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use ward_brief::{OnRecord, Window};
use ward_policy::{Resource, Verb};

use super::directory::allowed;
use super::{AsPerson, At, Reader, output};

/// The forms of a brief.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Html,
    Pdf,
    Json,
    Text,
}

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Command {
    #[command(subcommand)]
    command: Option<Sub>,
    #[command(flatten)]
    print: Options,
}

#[derive(Debug, clap::Subcommand)]
enum Sub {
    /// Freeze a brief: it gets a number, goes on the record and never changes.
    Freeze {
        #[command(flatten)]
        person: AsPerson,
        #[command(flatten)]
        what: What,
    },
    /// The frozen briefs, the newest first.
    List {
        #[command(flatten)]
        reader: Reader,
    },
    /// Compute a brief again from its file alone (JSON, HTML or PDF), and name each thing that does not hold.
    Verify {
        file: PathBuf,
        /// The verifier key of the hub's log, as the hub told you in another way; without it the key in the file is taken.
        #[arg(long, value_name = "HUB_LOG_KEY")]
        key: Option<String>,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// What a brief is of.
#[derive(Debug, clap::Args)]
struct What {
    /// What could have been known at this time: 2018-05-03 (the end of that day) or 2018-05-03T13:00:00Z; now by default.
    #[arg(long, value_parser = output::parse_end)]
    as_of: Option<output::End>,
    /// Only these alerts.
    #[arg(long = "alert", value_name = "REPORT")]
    alerts: Vec<String>,
    /// Only events from this time on.
    #[arg(long, value_parser = output::parse_time)]
    from: Option<i64>,
    /// Only events up to this time; of a day alone, up to its end.
    #[arg(long, value_parser = output::parse_end)]
    until: Option<output::End>,
}

/// As `Reader`, but for the folder, which `verify` does without.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The installation's folder.
    #[arg(long, env = "WARD_DIR")]
    dir: Option<PathBuf>,
    /// Its database, when it is not the one the folder names: postgres://USER@HOST/NAME.
    #[arg(long, env = "WARD_DATABASE")]
    database: Option<String>,
    /// The e-mail address of the person who reads.
    #[arg(id = "as", long = "as", value_name = "EMAIL", env = "WARD_AS")]
    email: Option<String>,
    /// The same as `--format json`.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    what: What,
    /// A frozen brief by its number; without it the brief is of the moment and says so.
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["as_of", "alerts", "from", "until"])]
    issue: Option<i64>,
    #[arg(long, default_value = "text")]
    format: Format,
    /// Write it to this file, which must not exist yet.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl What {
    fn alerts(&self) -> Option<&[String]> {
        (!self.alerts.is_empty()).then_some(self.alerts.as_slice())
    }

    /// Until now, without a time.
    fn as_of(&self, now: i64) -> i64 {
        self.as_of.map_or(now, |end| end.by(now))
    }

    fn window(&self, now: i64) -> Option<Window> {
        match (self.from, self.until.map(|end| end.by(now))) {
            (None, None) => None,
            (from, until) => Some(Window { from: from.unwrap_or(i64::MIN), until: until.unwrap_or(i64::MAX) }),
        }
    }
}

/// Prints, freezes, lists or verifies.
pub async fn run(command: Command) -> anyhow::Result<u8> {
    match command.command {
        Some(Sub::Freeze { person, what }) => freeze(&person, &what).await,
        Some(Sub::List { reader }) => list(&reader).await,
        Some(Sub::Verify { file, key, json }) => verify(&file, key.as_deref(), json),
        None => print(&command.print).await,
    }
}

async fn print(options: &Options) -> anyhow::Result<u8> {
    let dir = options.dir.clone().context("name the installation's folder with --dir")?;
    let at = At { dir, database: options.database.clone(), json: options.json };
    let reader = Reader { at, email: options.email.clone() };
    let (here, who) = reader.open(Verb::See, Resource::Brief).await?;
    let permit = allowed(&who, Verb::See, Resource::Brief, ())?;
    let document = match options.issue {
        Some(number) => ward_brief::frozen(&here, &permit, number).await?,
        None => {
            let now = here.now();
            let (as_of, window) = (options.what.as_of(now), options.what.window(now));
            ward_brief::document(&here, &permit, options.what.alerts(), as_of, window).await?
        }
    };
    let format = if options.json { Format::Json } else { options.format };
    let bytes = match format {
        Format::Json => format!("{}\n", document.json()).into_bytes(),
        Format::Text => output::legible(&ward_brief::text(&document)).into_bytes(),
        Format::Html => ward_web::brief::html(&document).into_bytes(),
        Format::Pdf => ward_brief::pdf(&document)?,
    };
    match &options.out {
        Some(path) => {
            let mut file =
                std::fs::File::create_new(path).with_context(|| format!("cannot make `{}`", path.display()))?;
            file.write_all(&bytes).with_context(|| format!("cannot write `{}`", path.display()))?;
        }
        None => output::bytes(&bytes)?,
    }
    Ok(super::DONE)
}

async fn freeze(person: &AsPerson, what: &What) -> anyhow::Result<u8> {
    let (here, who) = person.open().await?;
    let permit = allowed(&who, Verb::Publish, Resource::Brief, ())?;
    let now = here.now();
    let as_of = what.as_of(now);
    let number = ward_brief::freeze(&here, &permit, what.alerts(), as_of, what.window(now)).await?;
    output::result(person.at.json, &serde_json::json!({"issue": number, "as_of": output::time(as_of)}), || {
        format!("Frozen as number {number}, as of {}. It is on the record and does not change.", output::time(as_of))
    })?;
    Ok(super::DONE)
}

async fn list(reader: &Reader) -> anyhow::Result<u8> {
    let (here, who) = reader.open(Verb::See, Resource::Brief).await?;
    let permit = allowed(&who, Verb::See, Resource::Brief, ())?;
    for issue in ward_brief::list(&here, &permit, 0, usize::MAX).await?.issues {
        output::result(reader.at.json, &issue, || {
            format!(
                "{:>4}  as of {}  frozen {} by {}",
                issue.number,
                output::time(issue.as_of),
                output::time(issue.frozen_at),
                issue.frozen_by
            )
        })?;
    }
    Ok(super::DONE)
}

fn verify(file: &Path, key: Option<&str>, as_json: bool) -> anyhow::Result<u8> {
    let bytes = super::read(file)?;
    let found = ward_web::brief::verify(&bytes, key);
    output::result(as_json, &found, || {
        let mut lines = vec![match (found.holds, found.is_readable, found.on_record) {
            (true, _, OnRecord::Proved) => format!(
                "{} holds: everything in it was computed again from its own data, and it is on the log of the key given.",
                found.title
            ),
            (true, _, OnRecord::OwnKey) => format!(
                "{}: its arithmetic holds; that it comes from the hub is proved under the key that the file itself names: compare it with the hub's.",
                found.title
            ),
            (true, _, OnRecord::Stated | OnRecord::NotFrozen) => {
                format!("{}: its arithmetic holds; that it comes from the hub is not proved.", found.title)
            }
            (false, true, _) => format!("{} does not hold:", found.title),
            (false, false, _) => "The file cannot be verified:".to_owned(),
        }];
        lines.extend(found.problems.iter().map(|problem| format!("  - {problem}")));
        lines.push(found.vouched.clone());
        lines.extend(found.notice.clone());
        lines.join("\n")
    })?;
    Ok(match (found.holds, found.is_readable) {
        (true, _) => super::DONE,
        (false, true) => super::CHECK_FAILED,
        (false, false) => super::BAD_INPUT,
    })
}

#[derive(Debug, clap::Args)]
pub struct SituationOptions {
    #[command(flatten)]
    reader: Reader,
    /// The alert; the newest published one by default.
    report: Option<String>,
}

/// Prints who was asked, who answered and what was found.
pub async fn situation(options: &SituationOptions) -> anyhow::Result<u8> {
    let (here, who) = options.reader.open(Verb::See, Resource::Answer).await?;
    let report = match &options.report {
        Some(report) => report.clone(),
        None => newest(&here, &who).await?,
    };
    let situation = ward_share::situation::situation(&here, &who, &report).await?;
    if options.reader.at.json {
        output::json(&situation)?;
    } else {
        output::line(&crate::demo::situation_text(&situation))?;
    }
    Ok(super::DONE)
}

async fn newest(here: &ward_directory::Here, who: &ward_directory::Who) -> anyhow::Result<String> {
    let published =
        ward_share::alert::list(here, who).await?.into_iter().filter(|version| version.published_at.is_some());
    let newest = published.max_by_key(|version| version.published_at);
    newest.map(|version| version.report_id).ok_or_else(|| anyhow::anyhow!("no alert has been published yet"))
}
