//! `ward brief` and `ward situation`: what is known, for those who decide and for those who chase answers.

use ward_brief::Window;
use ward_policy::{Resource, Verb};

use super::directory::allowed;
use super::{Reader, output};

/// The forms of a brief.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Json,
    Text,
}

#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    reader: Reader,
    /// What could have been known at this time: 2018-05-03 or 2018-05-03T13:00:00Z; now by default.
    #[arg(long, value_parser = output::parse_time)]
    as_of: Option<i64>,
    #[arg(long, default_value = "text")]
    format: Format,
    /// Only these alerts.
    #[arg(long = "alert", value_name = "REPORT")]
    alerts: Vec<String>,
    /// Only events from this time on.
    #[arg(long, value_parser = output::parse_time)]
    from: Option<i64>,
    /// Only events up to this time.
    #[arg(long, value_parser = output::parse_time)]
    until: Option<i64>,
}

#[derive(Debug, clap::Args)]
pub struct SituationOptions {
    #[command(flatten)]
    reader: Reader,
    /// The alert; the newest published one by default.
    report: Option<String>,
}

/// Prints the brief.
pub async fn run(options: &Options) -> anyhow::Result<u8> {
    let (here, who) = options.reader.open(Verb::See, Resource::Brief).await?;
    let permit = allowed(&who, Verb::See, Resource::Brief, ())?;
    let alerts = (!options.alerts.is_empty()).then_some(options.alerts.as_slice());
    let as_of = options.as_of.unwrap_or_else(|| here.now());
    let window = match (options.from, options.until) {
        (None, None) => None,
        (from, until) => Some(Window { from: from.unwrap_or(i64::MIN), until: until.unwrap_or(i64::MAX) }),
    };
    let brief = ward_brief::figures(&here, &permit, alerts, as_of, window).await?;
    let as_json = options.format == Format::Json || options.reader.at.json;
    output::result(as_json, &brief, || ward_brief::text(&brief).trim_end().to_owned())?;
    Ok(super::DONE)
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
        if here.is_demonstration() {
            output::line(crate::demo::NOTICE)?;
        }
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
