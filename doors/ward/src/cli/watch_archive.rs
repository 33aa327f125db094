//! `ward watch archive`: reads what is new in log files into an archive, so that a look-back does not read them again.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::civil::Date;
use serde::Serialize;
use ward_archive::{Archive, ArchiveError, DigestKey, SourceFile, Writer};
use ward_detect::coverage::SourceFacts;
use ward_detect::lines::{LineOptions, LineParser, Parsed, Rejection};
use ward_sources::{Checkpoint, Line, Reading, Taken};
use ward_web::error::with_causes;

use super::watch_logs::{self, LineCounts, Progress, Summary, Understanding, Unreadable, complain};
use super::watch_manifest::{self, ArchivedFile, LostFile, Manifest, Pending};

/// After this many lines what is done is committed at the next end of a file.
const LINES_A_COMMIT: u64 = 4_000_000;
/// An archive without a database has one source.
const SOURCE: &str = "logs";

/// Reads what is new in logs into an archive. Run again with the same logs, it adds nothing twice.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// The archive's folder; made if it is not there.
    #[arg(long, value_name = "FOLDER")]
    pub to: PathBuf,
    #[command(flatten)]
    pub understanding: Understanding,
    /// Keep each raw line too, without its query values.
    #[arg(long)]
    pub keep_raw: bool,
    /// One JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
    /// Files, folders or patterns: access logs, Suricata EVE, Zeek; plain, gzip or zstd.
    #[arg(required = true, value_name = "LOG")]
    pub logs: Vec<PathBuf>,
}

/// Exit code 0, or 2 if anything named could not be read or the archive could not be written.
pub fn run(options: &Options, out: &mut dyn Write) -> anyhow::Result<u8> {
    let report = match archive(options) {
        Ok(report) => report,
        Err(sentence) => {
            complain(&sentence);
            return Ok(2);
        }
    };
    for unreadable in &report.summary.unreadable {
        complain(&format!("{}; the other files were read", unreadable.reason));
    }
    let code = if report.summary.unreadable.is_empty() { 0 } else { 2 };
    let mut out = BufWriter::new(out);
    match report.print(&mut out, options.json).and_then(|()| out.flush()) {
        Ok(()) => Ok(code),
        Err(error) => Ok(watch_logs::after_write_error(&error)),
    }
}

/// What a run did, and what the archive holds now.
struct Report {
    lines_now: u64,
    events_now: u64,
    summary: Summary,
    lost: Vec<LostFile>,
    segments: usize,
    bytes: u64,
    events: u64,
    coverage: SourceFacts,
}

fn archive(options: &Options) -> Result<Report, String> {
    let line_options = options.understanding.line_options()?;
    let folder = &options.to;
    std::fs::create_dir_all(folder).map_err(|error| format!("`{}` could not be made: {error}", folder.display()))?;
    let _held = watch_manifest::lock(folder)?;
    let mut manifest = watch_manifest::load(folder)?.unwrap_or_default();
    let digest_key = watch_manifest::digest_key_or_new(folder, !manifest.segments.is_empty())?;
    ward_archive::sweep_orphans(folder, &manifest.segments).map_err(|error| with_causes(&error))?;
    if let Some(sentence) = manifest.understand(&options.understanding) {
        complain(&sentence);
    }
    let mut run = Run {
        folder,
        digest_key,
        keep_raw: options.keep_raw,
        line_options,
        manifest,
        writer: None,
        lines: 0,
        uncommitted: 0,
        events: 0,
    };
    let (files, unreadable) = watch_logs::files(&options.logs);
    run.manifest.unreadable = unreadable;
    run.read(&files)?;
    let archive = Archive::open(folder, &run.manifest.segments);
    Ok(Report {
        lines_now: run.lines,
        events_now: run.events,
        summary: run.manifest.summary(),
        lost: run.manifest.lost.clone(),
        segments: run.manifest.segments.len(),
        bytes: run.manifest.segments.iter().map(|meta| meta.bytes).sum(),
        events: run.manifest.segments.iter().map(|meta| meta.rows).sum(),
        coverage: archive.coverage(None).map_err(|error| with_causes(&error))?,
    })
}

/// One run under way.
struct Run<'a> {
    folder: &'a Path,
    digest_key: DigestKey,
    keep_raw: bool,
    line_options: LineOptions,
    manifest: Manifest,
    writer: Option<Writer>,
    lines: u64,
    uncommitted: u64,
    events: u64,
}

impl Run<'_> {
    fn read(&mut self, files: &[PathBuf]) -> Result<(), String> {
        let known: Vec<Checkpoint> = self.manifest.files.iter().map(|file| file.checkpoint.clone()).collect();
        let plan = ward_sources::plan(files, &known);
        for file in plan.unreadable {
            self.manifest.unreadable.push(Unreadable { file: file.path.display().to_string(), reason: file.reason });
        }
        for lost in &plan.lost {
            self.manifest.lost.push(LostFile {
                file: lost.path.clone(),
                lines_read: lost.lines,
                last_event_time: lost.last_event_time,
            });
        }
        for checkpoint in plan.unchanged.into_iter().chain(plan.lost).chain(plan.gone) {
            self.manifest.move_on(checkpoint);
        }
        let mut progress = Progress::new(plan.read.len());
        for reading in &plan.read {
            self.file(reading, &mut progress)?;
            progress.file();
            if self.uncommitted > LINES_A_COMMIT {
                self.commit()?;
            }
        }
        self.manifest.arrange(files);
        self.commit()
    }

    /// Reads one file on, into the writer.
    fn file(&mut self, reading: &Reading, progress: &mut Progress) -> Result<(), String> {
        let name = reading.path.display().to_string();
        let id = reading.checkpoint.id;
        let known = self.manifest.files.iter().find(|file| file.checkpoint.id == id);
        let mut writer = match self.writer.take() {
            Some(writer) => writer,
            None => Writer::new(self.folder, SOURCE, self.digest_key.clone(), self.keep_raw)
                .map_err(|error| with_causes(&error))?,
        };
        let mut parser = LineParser::new(self.line_options.clone());
        for line in reading.checkpoint.header.lines() {
            let _a_header_is_no_event = parser.parse(line.as_bytes());
        }
        let mut intake = Intake {
            writer: &mut writer,
            parser,
            file: SourceFile { id, name },
            is_rotated: reading.is_rotated,
            lines: known.map(|file| file.lines.clone()).unwrap_or_default(),
            pending: None,
            latest: reading.checkpoint.last_event_time,
            events: 0,
            failed: None,
        };
        let before = intake.lines.read;
        let mut outcome = ward_sources::read(reading, |line| {
            progress.line();
            intake.line(&line)
        });
        if let Some(error) = intake.failed {
            return Err(with_causes(&error));
        }
        if outcome.continued {
            complain(&format!(
                "`{}`: a last line was read before it was complete; its rest was passed over",
                intake.file.name
            ));
        }
        if let Some(reason) = outcome.error.take() {
            self.manifest.unreadable.push(Unreadable { file: intake.file.name.clone(), reason });
        }
        outcome.checkpoint.last_event_time = intake.latest;
        outcome.checkpoint.header =
            intake.parser.header().map(|header| String::from_utf8_lossy(&header).into_owned()).unwrap_or_default();
        let new_lines = intake.lines.read.saturating_sub(before);
        self.lines = self.lines.saturating_add(new_lines);
        self.uncommitted = self.uncommitted.saturating_add(new_lines);
        self.events = self.events.saturating_add(intake.events);
        let (lines, pending) = (intake.lines, intake.pending);
        self.writer = Some(writer);
        self.manifest.update(ArchivedFile { checkpoint: outcome.checkpoint, lines, pending });
        Ok(())
    }

    fn commit(&mut self) -> Result<(), String> {
        if let Some(writer) = self.writer.take() {
            let segments = writer.finish().map_err(|error| with_causes(&error))?;
            self.manifest.segments.extend(segments);
        }
        self.uncommitted = 0;
        self.manifest.save(self.folder)
    }
}

/// Takes the lines of one file.
struct Intake<'a> {
    writer: &'a mut Writer,
    parser: LineParser,
    file: SourceFile,
    is_rotated: bool,
    lines: LineCounts,
    pending: Option<Pending>,
    latest: Option<i64>,
    events: u64,
    failed: Option<ArchiveError>,
}

impl Intake<'_> {
    fn line(&mut self, line: &Line<'_>) -> Taken {
        if self.failed.is_some() {
            return Taken::LeftForNextTime;
        }
        // A last line without newline may be complete or not. If it makes sense it is taken, else it waits.
        let may_go_on = !line.ended && !self.is_rotated;
        let parsed = watch_logs::parse(&mut self.parser, line);
        match &parsed {
            Parsed::Event(event) => {
                self.latest = self.latest.max(event.time);
                self.events = self.events.saturating_add(1);
            }
            Parsed::Skipped if may_go_on => return self.wait(None),
            Parsed::Rejected(rejection) if may_go_on => return self.wait(Some(*rejection)),
            Parsed::Skipped => {}
            Parsed::Rejected(rejection) => self.lines.reject(*rejection, line.number),
        }
        self.failed = self.writer.add(&parsed, self.parser.format_seen(), &self.file, line.number, line.bytes).err();
        self.lines.read = self.lines.read.saturating_add(1);
        Taken::Yes
    }

    fn wait(&mut self, rejection: Option<Rejection>) -> Taken {
        let rejected = rejection.map(|rejection| (rejection.code().to_owned(), rejection.to_string()));
        self.pending = Some(Pending { rejected });
        Taken::LeftForNextTime
    }
}

/// The report as JSON.
#[derive(Serialize)]
struct ReportJson<'a> {
    lines_read: u64,
    events: u64,
    archived: Archived,
    days: Vec<DayCoverage>,
    lost: &'a [LostFile],
    #[serde(flatten)]
    summary: serde_json::Value,
}

#[derive(Serialize)]
struct Archived {
    lines_read: u64,
    events: u64,
    segments: usize,
    bytes: u64,
}

/// One UTC day of the archive.
#[derive(Serialize)]
struct DayCoverage {
    day: String,
    events: u64,
    hours_with_data: u32,
}

impl Report {
    fn print(&self, out: &mut dyn Write, json: bool) -> io::Result<()> {
        if json { self.print_json(out) } else { self.print_text(out) }
    }

    fn print_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let archived = Archived {
            lines_read: self.summary.lines_read,
            events: self.events,
            segments: self.segments,
            bytes: self.bytes,
        };
        let summary = serde_json::json!({
            "lines_rejected": self.summary.lines_rejected,
            "rejected_by_reason": self.summary.rejected_by_reason,
            "files": self.summary.files,
            "unreadable": self.summary.unreadable,
        });
        let (lines_read, events) = (self.lines_now, self.events_now);
        let report = ReportJson { lines_read, events, archived, days: self.days(), lost: &self.lost, summary };
        watch_logs::print_json_line(out, &report)
    }

    fn print_text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "read {} lines now, {} of them events", self.lines_now, self.events_now)?;
        writeln!(
            out,
            "the archive holds {} events of {} lines from {} files, in {} segments of {} bytes",
            self.events, self.summary.lines_read, self.summary.files, self.segments, self.bytes
        )?;
        for day in self.days() {
            writeln!(out, "{}  {:>12} events  {:>2} of 24 hours with data", day.day, day.events, day.hours_with_data)?;
        }
        for (code, rejected) in &self.summary.rejected_by_reason {
            writeln!(out, "rejected: {} × {code} ({}), first at {}", rejected.count, rejected.reason, rejected.sample)?;
        }
        for lost in &self.lost {
            let since =
                lost.last_event_time.and_then(watch_logs::time_text).unwrap_or_else(|| "its beginning".to_owned());
            writeln!(
                out,
                "lost: `{}` was gone before it was read to its end; events after {since} may be missing",
                lost.file
            )?;
        }
        for unreadable in &self.summary.unreadable {
            writeln!(out, "not readable: {}", unreadable.reason)?;
        }
        Ok(())
    }

    fn days(&self) -> Vec<DayCoverage> {
        let mut days: Vec<(i64, DayCoverage)> = Vec::new();
        for (hour, events) in &self.coverage.hours {
            let day = hour.div_euclid(24);
            match days.last_mut() {
                Some((last, sum)) if *last == day => {
                    sum.events = sum.events.saturating_add(u64::from(*events));
                    sum.hours_with_data = sum.hours_with_data.saturating_add(1);
                }
                _ => {
                    days.push((day, DayCoverage { day: day_text(day), events: u64::from(*events), hours_with_data: 1 }))
                }
            }
        }
        days.into_iter().map(|(_, day)| day).collect()
    }
}

fn day_text(day: i64) -> String {
    let days = jiff::Span::new().try_days(day);
    days.and_then(|days| Date::constant(1970, 1, 1).checked_add(days))
        .map_or_else(|_| format!("day {day}"), |date| date.to_string())
}
