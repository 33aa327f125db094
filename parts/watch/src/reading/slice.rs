//! One slice of a source: some of its new lines, read, matched and written to segments that nothing refers to yet.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use ward_archive::{ArchiveError, DigestKey, SegmentMeta, SourceFile, Writer};
use ward_detect::coverage::SourceFacts;
use ward_detect::lines::{LineOptions, LineParser, Parsed, Rejection};
use ward_sources::{Checkpoint, Line, Plan, Reading, Taken, plan};

use super::facts::{Sample, UnreadableFile};
use super::files;
use super::live::{Live, LiveScratch};
use crate::WatchError;
use crate::keeping::archive_error;

/// What a slice is made from; owned, since it is read beside the asynchronous threads.
pub(super) struct SliceInput {
    pub archive: PathBuf,
    pub source_id: String,
    pub source_name: String,
    pub path: PathBuf,
    /// The paths of all declared sources.
    pub declared: Vec<PathBuf>,
    pub options: LineOptions,
    pub known: Vec<Checkpoint>,
    pub unreadable_before: Vec<UnreadableFile>,
    pub digest_key: DigestKey,
    pub keep_raw: bool,
    pub live: Arc<Live>,
    /// No further file is begun after as many lines.
    pub lines_most: u64,
    pub now: i64,
}

/// What a slice brought.
#[derive(Default)]
pub(super) struct Slice {
    pub segments: Vec<SegmentMeta>,
    /// New and changed checkpoints, and unchanged ones too.
    pub checkpoints: Vec<Checkpoint>,
    pub lines: SourceFacts,
    pub samples: BTreeMap<String, Sample>,
    /// All files that cannot be read now.
    pub unreadable: Vec<UnreadableFile>,
    pub files_read: u64,
    /// What came of each file that was read, by its number.
    pub files: BTreeMap<u64, FileCounts>,
    pub live_hits: u64,
    /// Numbers of the live matcher.
    pub indicators_hit: BTreeSet<u32>,
    /// Files are left for another slice.
    pub has_more: bool,
}

/// What came of one file's new lines.
#[derive(Default)]
pub(super) struct FileCounts {
    pub path: String,
    pub events: u64,
    pub rejected: u64,
    /// Earlier lines of it were events.
    pub had_events: bool,
}

/// Reads one slice.
pub(super) fn read(input: SliceInput) -> Result<Slice, WatchError> {
    let mut slice = Slice { lines: SourceFacts::declared(&input.source_name), ..Slice::default() };
    let files = match files::of_source(&input.path) {
        Ok(files) => files,
        Err(error) => {
            let path = input.path.display().to_string();
            slice.unreadable.push(UnreadableFile { path, reason: error.in_full() });
            return Ok(slice);
        }
    };
    let files = set_aside(files, &input, &mut slice);
    let plan = plan(&files, &input.known);
    note_plan(&mut slice, &plan, &input);
    let writer = Writer::new(&input.archive, &input.source_id, input.digest_key.clone(), input.keep_raw);
    let mut reader =
        Reader { writer: writer.map_err(archive_error)?, scratch: LiveScratch::default(), slice, input: &input };
    for reading in &plan.read {
        if reader.slice.lines.lines_read >= input.lines_most {
            reader.slice.has_more = true;
            break;
        }
        reader.read_file(reading).map_err(archive_error)?;
    }
    let Reader { writer, mut slice, .. } = reader;
    slice.segments = writer.finish().map_err(archive_error)?;
    Ok(slice)
}

/// Takes out what Ward cannot read at all, with the reason, so that it is not taken for a log full of bad lines.
fn set_aside(files: Vec<PathBuf>, input: &SliceInput, slice: &mut Slice) -> Vec<PathBuf> {
    slice.unreadable.extend(files::links_not_followed(&input.path, &input.declared));
    let mut kept = Vec::with_capacity(files.len());
    for file in files {
        match files::foreign(&file) {
            None => kept.push(file),
            // Its lines were read before it was compressed.
            Some(_)
                if input.known.iter().any(|known| known.finished && files::is_packed_form_of(&file, &known.path)) => {}
            Some(what) => {
                let reason =
                    format!("it is {what}, which Ward does not read: unpack it, or store it with gzip or zstd");
                slice.unreadable.push(UnreadableFile { path: file.display().to_string(), reason });
            }
        }
    }
    kept
}

fn note_plan(slice: &mut Slice, plan: &Plan, input: &SliceInput) {
    let lost_until = input.now;
    slice.lines.lost.extend(plan.lost.iter().map(|lost| (lost.last_event_time.unwrap_or(i64::MIN), lost_until)));
    slice.checkpoints.extend(plan.unchanged.iter().chain(&plan.lost).chain(&plan.gone).cloned());
    slice.unreadable.extend(
        plan.unreadable
            .iter()
            .map(|file| UnreadableFile { path: file.path.display().to_string(), reason: file.reason.clone() }),
    );
    // A file that could never be opened and is gone now: nobody knows what was in it.
    let is_there = |path: &str| std::fs::symlink_metadata(path).is_ok();
    let was_read = |path: &str| input.known.iter().any(|known| known.path == path);
    let is_source = |path: &str| input.path.display().to_string() == path;
    let never_read = input
        .unreadable_before
        .iter()
        .filter(|file| !is_there(&file.path) && !was_read(&file.path) && !is_source(&file.path));
    slice.unreadable.extend(never_read.cloned());
}

struct Reader<'a> {
    writer: Writer,
    scratch: LiveScratch,
    slice: Slice,
    input: &'a SliceInput,
}

impl Reader<'_> {
    fn read_file(&mut self, reading: &Reading) -> Result<(), ArchiveError> {
        let path = reading.path.display().to_string();
        let mut file = FileReader {
            parser: LineParser::new(self.input.options.clone()),
            file: SourceFile { id: reading.checkpoint.id, name: path.clone() },
            last_event_time: reading.checkpoint.last_event_time,
            failed: None,
        };
        self.slice.lines.begin_file(file.last_event_time);
        let had_events = file.last_event_time.is_some();
        self.slice.files.insert(file.file.id, FileCounts { path: path.clone(), had_events, ..FileCounts::default() });
        let is_complete = reading.is_rotated || files::is_settled(&reading.path, self.input.now);
        for line in reading.checkpoint.header.lines() {
            file.parser.parse(line.as_bytes());
        }
        let outcome = ward_sources::read(reading, |line| {
            if !line.ended && !is_complete {
                return Taken::LeftForNextTime;
            }
            if file.failed.is_none() {
                file.failed = self.take(&mut file, line).err();
            }
            Taken::Yes
        });
        if let Some(failed) = file.failed.take() {
            return Err(failed);
        }
        if outcome.continued {
            // The rest of a line that had been taken for complete.
            let parsed = Parsed::Rejected(Rejection::Truncated);
            self.take_parsed(&mut file, &parsed, outcome.checkpoint.lines, &[])?;
        }
        if let Some(reason) = outcome.error {
            self.slice.unreadable.push(UnreadableFile { path, reason });
        }
        let header = file.parser.header().map(|lines| String::from_utf8_lossy(&lines).into_owned());
        self.slice.checkpoints.push(Checkpoint {
            header: header.unwrap_or_default(),
            last_event_time: file.last_event_time,
            ..outcome.checkpoint
        });
        self.slice.files_read += 1;
        Ok(())
    }

    fn take(&mut self, file: &mut FileReader, line: Line<'_>) -> Result<(), ArchiveError> {
        let parsed = if line.cut { Parsed::Rejected(Rejection::TooLong) } else { file.parser.parse(line.bytes) };
        self.take_parsed(file, &parsed, line.number, line.bytes)
    }

    fn take_parsed(
        &mut self,
        file: &mut FileReader,
        parsed: &Parsed<'_>,
        line: u64,
        raw: &[u8],
    ) -> Result<(), ArchiveError> {
        let format = file.parser.format_seen();
        self.slice.lines.add(parsed, format);
        self.writer.add(parsed, format, &file.file, line, raw)?;
        let counts = self.slice.files.entry(file.file.id).or_default();
        counts.events += u64::from(matches!(parsed, Parsed::Event(_)));
        counts.rejected += u64::from(matches!(parsed, Parsed::Rejected(_)));
        match parsed {
            Parsed::Event(event) => {
                let noted = &mut self.slice.indicators_hit;
                let is_hit = self.input.live.note(event, self.input.now, &mut self.scratch, noted);
                self.slice.live_hits += u64::from(is_hit);
                file.last_event_time = file.last_event_time.max(event.time);
            }
            Parsed::Skipped => {}
            Parsed::Rejected(rejection) => {
                if !self.slice.samples.contains_key(rejection.code()) {
                    let sample = Sample { file: file.file.name.clone(), line };
                    self.slice.samples.insert(rejection.code().to_owned(), sample);
                }
            }
        }
        Ok(())
    }
}

/// One file being read.
struct FileReader {
    parser: LineParser,
    file: SourceFile,
    last_event_time: Option<i64>,
    failed: Option<ArchiveError>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"192.0.2.1 - - [01/Apr/2018:00:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "x""#;

    /// The checkpoints as the caller would commit them.
    fn committed(known: &[Checkpoint], slice: &Slice) -> Vec<Checkpoint> {
        let mut all: BTreeMap<u64, Checkpoint> = known.iter().map(|known| (known.id, known.clone())).collect();
        all.extend(slice.checkpoints.iter().map(|new| (new.id, new.clone())));
        all.into_values().collect()
    }

    #[test]
    fn a_backlog_is_read_in_slices_and_each_line_once() {
        let root = std::env::temp_dir().join(format!("ward-watch-slice-{}", std::process::id()));
        std::fs::create_dir_all(root.join("logs")).unwrap();
        for (number, name) in ["a.log.2", "a.log.1", "a.log"].iter().enumerate() {
            std::fs::write(root.join("logs").join(name), format!("{LINE}{number}\n").repeat(10)).unwrap();
        }
        let (mut known, mut lines, mut slices, mut archived) = (Vec::new(), 0, 0, 0);
        loop {
            let slice = read(SliceInput {
                archive: root.join("archive"),
                source_id: "source".to_owned(),
                source_name: "web".to_owned(),
                path: root.join("logs"),
                declared: Vec::new(),
                options: LineOptions::default(),
                known: known.clone(),
                unreadable_before: Vec::new(),
                digest_key: DigestKey::new(&[7; 32]),
                keep_raw: false,
                live: Arc::new(Live::default()),
                lines_most: 15,
                now: 0,
            })
            .unwrap();
            (lines, slices) = (lines + slice.lines.lines_read, slices + 1);
            archived += slice.segments.iter().map(|meta| meta.rows).sum::<u64>();
            known = committed(&known, &slice);
            if !slice.has_more {
                break;
            }
        }
        std::fs::remove_dir_all(&root).unwrap();
        assert_eq!((lines, slices, archived, known.len()), (30, 2, 30, 3));
    }
}
