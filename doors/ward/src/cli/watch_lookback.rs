//! `ward watch lookback`: the same search as `ward watch match`, over an archive.

use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use ward_archive::{Archive, DigestKey, Found};
use ward_web::error::with_causes;

use super::watch_indicators::{self, Indicators};
use super::watch_logs::{self, HitLine, HitPrinter, Summary, complain};
use super::watch_manifest::{self, Manifest};

/// Searches an archive for indicators: counts from the index, or with `--json` every line.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// A STIX bundle, a CSV in the layout of JAR-16-20296A, or one pattern or value a line.
    #[arg(long, value_name = "FILE")]
    pub indicators: PathBuf,
    /// The archive's folder.
    #[arg(long, value_name = "FOLDER")]
    pub archive: PathBuf,
    /// One JSON line for each indicator × event, and last a summary, as `ward watch match --json` prints; with
    /// `--counts` one JSON line for each indicator.
    #[arg(long)]
    pub json: bool,
    /// Count, first and last for each indicator, also with `--json`.
    #[arg(long)]
    pub counts: bool,
}

/// Exit code 0 with or without hits, 2 if the indicators or the archive could not be read.
pub fn run(options: &Options, out: &mut dyn Write) -> anyhow::Result<u8> {
    let lookback = match Lookback::open(options) {
        Ok(lookback) => lookback,
        Err(sentence) => {
            complain(&sentence);
            return Ok(2);
        }
    };
    let mut out = BufWriter::with_capacity(64 * 1024, out);
    let result =
        if options.json && !options.counts { lookback.list(&mut out) } else { lookback.count(options.json, &mut out) };
    match result {
        Ok(()) => Ok(0),
        Err(Failure::Output(error)) => Ok(watch_logs::after_write_error(&error)),
        Err(Failure::Archive(sentence)) => {
            complain(&sentence);
            Ok(2)
        }
    }
}

/// Why a look-back ended early.
enum Failure {
    Output(io::Error),
    Archive(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Indicators and the archive to search.
struct Lookback {
    indicators: Indicators,
    manifest: Manifest,
    archive: Archive,
    digest_key: DigestKey,
}

/// Count, first and last of one indicator.
#[derive(Serialize)]
struct CountLine<'a> {
    indicator: &'a str,
    count: u64,
    first: Option<String>,
    last: Option<String>,
}

impl Lookback {
    fn open(options: &Options) -> Result<Self, String> {
        let indicators = watch_indicators::load(&options.indicators)?;
        let folder = &options.archive;
        let manifest = watch_manifest::load(folder)?.ok_or_else(|| {
            format!("`{}` holds no archive; make one with `ward watch archive LOG… --to {0}`", folder.display())
        })?;
        let digest_key = watch_manifest::digest_key(folder)?;
        let archive = Archive::open(folder, &manifest.segments);
        Ok(Self { indicators, manifest, archive, digest_key })
    }

    fn summary(&self) -> Summary {
        Summary { not_searched: self.indicators.not_searched.clone(), ..self.manifest.summary() }
    }

    /// Every indicator × event, as JSON lines.
    fn list(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let mut printer = HitPrinter::new(out, true);
        let mut failed = None;
        let listing = self.manifest.listing();
        let listed = self.archive.hits(&self.indicators.terms, &self.digest_key, &listing, |hit| {
            let id = usize::try_from(hit.indicator).ok().and_then(|number| self.indicators.ids.get(number));
            let indicator = id.map(String::as_str).unwrap_or_default();
            let time = hit.time.and_then(watch_logs::time_text);
            let line = HitLine { indicator, value: &hit.value, file: &hit.file, line: hit.line, time };
            match printer.print(hit.indicator, &line) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        });
        listed.map_err(|error| Failure::Archive(with_causes(&error)))?;
        match failed {
            Some(error) => Err(Failure::Output(error)),
            None => Ok(printer.finish(self.summary())?),
        }
    }

    /// Count, first and last for each indicator, from the index.
    fn count(&self, json: bool, out: &mut dyn Write) -> Result<(), Failure> {
        let found = self
            .archive
            .lookback(&self.indicators.terms, &self.digest_key)
            .map_err(|error| Failure::Archive(with_causes(&error)))?;
        let mut summary = self.summary();
        for (indicator, found) in self.indicators.ids.iter().zip(&found) {
            summary.hits = summary.hits.saturating_add(found.count);
            summary.indicators_matched = summary.indicators_matched.saturating_add(u64::from(found.count > 0));
            print_count(out, json, indicator, found)?;
        }
        if json {
            summary.print_json(out)?
        } else {
            summary.print_text(out)?
        }
        Ok(out.flush()?)
    }
}

fn print_count(out: &mut dyn Write, json: bool, indicator: &str, found: &Found) -> io::Result<()> {
    let first = found.first.and_then(watch_logs::time_text);
    let last = found.last.and_then(watch_logs::time_text);
    if json {
        return watch_logs::print_json_line(out, &CountLine { indicator, count: found.count, first, last });
    }
    match (first, last) {
        (Some(first), Some(last)) => writeln!(out, "{:>9}  {first}  {last}  {indicator}", found.count),
        _ => writeln!(out, "{:>9}  {:20}  {:20}  {indicator}", found.count, "-", "-"),
    }
}
