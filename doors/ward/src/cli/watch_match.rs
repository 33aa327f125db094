//! `ward watch match`: searches log files for indicators, line by line, and keeps nothing.

use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::Args;
use ward_detect::lines::{LineOptions, LineParser, Parsed};
use ward_detect::matcher::{Hit, MatchScratch, Matcher};
use ward_sources::{Line, Position, for_each_line};

use super::watch_indicators::{self, Indicators};
use super::watch_logs::{
    self, HitLine, HitPrinter, LineCounts, Progress, Summary, Understanding, Unreadable, complain,
};

/// Searches logs for indicators, exactly: never substrings, and a network matches its members.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// A STIX bundle, a CSV in the layout of JAR-16-20296A, or one pattern or value a line.
    #[arg(long, value_name = "FILE")]
    pub indicators: PathBuf,
    #[command(flatten)]
    pub understanding: Understanding,
    /// One JSON line for each indicator × event, and last a summary.
    #[arg(long)]
    pub json: bool,
    /// Files, folders or patterns: access logs, Suricata EVE, Zeek; plain, gzip or zstd.
    #[arg(required = true, value_name = "LOG")]
    pub logs: Vec<PathBuf>,
}

/// Exit code 0 with or without hits, 2 if anything named could not be read.
pub fn run(options: &Options, out: &mut dyn Write) -> anyhow::Result<u8> {
    let prepared = watch_indicators::load(&options.indicators)
        .and_then(|indicators| Ok((indicators, options.understanding.line_options()?)));
    let (indicators, line_options) = match prepared {
        Ok(prepared) => prepared,
        Err(sentence) => {
            complain(&sentence);
            return Ok(2);
        }
    };
    let (files, unreadable) = watch_logs::files(&options.logs);
    let mut out = BufWriter::with_capacity(64 * 1024, out);
    let mut search = Search::new(&indicators, HitPrinter::new(&mut out, options.json), Progress::new(files.len()));
    let mut summary = Summary { not_searched: indicators.not_searched.clone(), unreadable, ..Summary::default() };
    for file in &files {
        let name = file.display().to_string();
        let mut counts = LineCounts::default();
        if let Err(reason) = search.file(file, &name, &line_options, &mut counts) {
            summary.unreadable.push(Unreadable { file: name.clone(), reason });
        }
        summary.add(&name, &counts);
        search.progress.file();
        if let Some(error) = &search.failed {
            return Ok(watch_logs::after_write_error(error));
        }
    }
    for unreadable in &summary.unreadable {
        complain(&format!("{}; the other files were read", unreadable.reason));
    }
    let code = if summary.unreadable.is_empty() { 0 } else { 2 };
    drop(search.progress);
    match search.printer.finish(summary) {
        Ok(()) => Ok(code),
        Err(error) => Ok(watch_logs::after_write_error(&error)),
    }
}

/// A search under way.
struct Search<'a> {
    ids: &'a [String],
    matcher: Matcher,
    scratch: MatchScratch,
    hits: Vec<Hit>,
    printer: HitPrinter<'a>,
    progress: Progress,
    /// Why output could not be written; the search ends with it.
    failed: Option<io::Error>,
}

impl<'a> Search<'a> {
    fn new(indicators: &'a Indicators, printer: HitPrinter<'a>, progress: Progress) -> Self {
        Self {
            ids: &indicators.ids,
            matcher: Matcher::compile(&indicators.terms),
            scratch: MatchScratch::default(),
            hits: Vec::new(),
            printer,
            progress,
            failed: None,
        }
    }

    /// Reads one file to its end; the error says why that was not possible.
    fn file(&mut self, path: &Path, name: &str, options: &LineOptions, counts: &mut LineCounts) -> Result<(), String> {
        let mut reader = ward_sources::open(path).map_err(|error| error.in_full())?;
        let mut parser = LineParser::new(options.clone());
        let result = for_each_line(&mut reader, Position::default(), |line| {
            counts.read = counts.read.saturating_add(1);
            self.progress.line();
            match self.line(&mut parser, &line, name, counts) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    self.failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        });
        result.map_err(|error| format!("`{name}` could not be read beyond line {}: {error}", counts.read))
    }

    fn line(
        &mut self,
        parser: &mut LineParser,
        line: &Line<'_>,
        name: &str,
        counts: &mut LineCounts,
    ) -> io::Result<()> {
        let event = match watch_logs::parse(parser, line) {
            Parsed::Event(event) => event,
            Parsed::Skipped => return Ok(()),
            Parsed::Rejected(rejection) => {
                counts.reject(rejection, line.number);
                return Ok(());
            }
        };
        self.matcher.hits(&event, &mut self.scratch, &mut self.hits);
        for hit in &self.hits {
            let id = usize::try_from(hit.indicator).ok().and_then(|number| self.ids.get(number));
            let time = event.time.and_then(watch_logs::time_text);
            let indicator = id.map(String::as_str).unwrap_or_default();
            self.printer
                .print(hit.indicator, &HitLine { indicator, value: &hit.value, file: name, line: line.number, time })?;
        }
        Ok(())
    }
}
