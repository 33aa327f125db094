//! What happens to log files on a real machine, as a table: after every step the new lines are read once, and what
//! could not be read is said.

#![cfg(test)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use ward_sources::{Checkpoint, Taken, expand, plan, read};

enum Step {
    Append(&'static str, &'static str),
    Rename(&'static str, &'static str),
    Gzip(&'static str),
    Zstd(&'static str),
    /// Compressed beside the original, which is still there.
    GzipBeside(&'static str),
    CopyTruncate(&'static str, &'static str),
    Truncate(&'static str),
    Remove(&'static str),
    Folder(&'static str),
    /// A gzip file whose second half is damaged; holds the numbers from 1 to 20,000, one a line.
    DamagedGzip(&'static str),
    /// Read what is new; the lines expected, joined by blanks.
    Read(&'static str),
    /// Read what is new; at least this many lines, these as they were, and one unreadable file. After them a damaged
    /// gzip file may give some garbage before the damage is noticed.
    ReadDamaged(usize),
    /// Read, leaving a last line without newline for next time.
    ReadLive(&'static str),
    /// Read nothing, and these paths are lost.
    Lost(&'static [&'static str]),
    /// Read nothing, and that many files are unreadable.
    Unreadable(usize),
}
use Step::*;

struct Pass {
    lines: Vec<String>,
    lost: Vec<String>,
    unreadable: usize,
}

fn pass(folder: &Path, known: &mut Vec<Checkpoint>, leave_unended: bool) -> Pass {
    let files = expand(folder).unwrap();
    let plan = plan(&files, known);
    let mut after: Vec<Checkpoint> = [plan.unchanged, plan.lost.clone(), plan.gone].concat();
    let mut lines = Vec::new();
    let mut unreadable = plan.unreadable.len();
    for reading in &plan.read {
        let outcome = read(reading, |line| {
            if leave_unended && !line.ended && !reading.is_rotated {
                return Taken::LeftForNextTime;
            }
            lines.push(format!("{}:{}", line.number, String::from_utf8_lossy(line.bytes)));
            Taken::Yes
        });
        unreadable += usize::from(outcome.error.is_some());
        after.push(outcome.checkpoint);
    }
    // Through JSON, as the caller would keep them.
    let kept = serde_json::to_string(&after).unwrap();
    *known = serde_json::from_str(&kept).unwrap();
    let name = |path: &str| Path::new(path).file_name().unwrap().to_string_lossy().into_owned();
    let lost = plan.lost.iter().map(|checkpoint| name(&checkpoint.path)).collect();
    Pass { lines, lost, unreadable }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn apply(root: &Path, step: &Step) {
    let at = |name: &str| -> PathBuf { root.join(name) };
    match step {
        Append(name, text) => {
            let mut file = fs::OpenOptions::new().create(true).append(true).open(at(name)).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        }
        Rename(from, to) => fs::rename(at(from), at(to)).unwrap(),
        Gzip(name) => {
            fs::write(at(&format!("{name}.gz")), gzip(&fs::read(at(name)).unwrap())).unwrap();
            fs::remove_file(at(name)).unwrap();
        }
        GzipBeside(name) => {
            fs::write(at(&format!("{name}.gz")), gzip(&fs::read(at(name)).unwrap())).unwrap();
        }
        Zstd(name) => {
            let packed = zstd::encode_all(fs::read(at(name)).unwrap().as_slice(), 3).unwrap();
            fs::write(at(&format!("{name}.zst")), packed).unwrap();
            fs::remove_file(at(name)).unwrap();
        }
        CopyTruncate(name, copy) => {
            fs::copy(at(name), at(copy)).unwrap();
            fs::write(at(name), "").unwrap();
        }
        Truncate(name) => fs::write(at(name), "").unwrap(),
        Remove(name) => fs::remove_file(at(name)).unwrap(),
        Folder(name) => fs::create_dir(at(name)).unwrap(),
        DamagedGzip(name) => {
            let text: String = (1..=400_000).map(|number| format!("{number}\n")).collect();
            let mut packed = gzip(text.as_bytes());
            let middle = packed.len() / 2;
            for byte in &mut packed[middle..middle + 64] {
                *byte = 0xff;
            }
            fs::write(at(name), packed).unwrap();
        }
        _ => {}
    }
}

fn check(name: &str, steps: &[Step]) {
    let folder = tempfile::tempdir().unwrap();
    let mut known = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        apply(folder.path(), step);
        let place = format!("{name}, step {number}");
        match step {
            Read(expected) | ReadLive(expected) => {
                let found = pass(folder.path(), &mut known, matches!(step, ReadLive(_)));
                assert_eq!(found.lines.join(" "), *expected, "{place}");
                assert_eq!((found.lost.len(), found.unreadable), (0, 0), "{place}");
            }
            ReadDamaged(at_least) => {
                let found = pass(folder.path(), &mut known, false);
                assert!(found.lines.len() >= *at_least, "{place}: {}", found.lines.len());
                let in_order =
                    found.lines.iter().zip(1_u64..).take(*at_least).all(|(line, n)| *line == format!("{n}:{n}"));
                assert!(in_order, "{place}");
                assert_eq!(found.unreadable, 1, "{place}");
            }
            Lost(expected) => {
                assert_eq!(pass(folder.path(), &mut known, false).lost, *expected, "{place}");
            }
            Unreadable(expected) => {
                let found = pass(folder.path(), &mut known, false);
                assert_eq!((found.lines.len(), found.unreadable), (0, *expected), "{place}");
            }
            _ => {}
        }
    }
}

#[test]
fn append() {
    check(
        "append",
        &[Append("a.log", "one\ntwo\n"), Read("1:one 2:two"), Read(""), Append("a.log", "three\n"), Read("3:three")],
    );
}

#[test]
fn rename_and_new() {
    check(
        "rename and new",
        &[
            Append("a.log", "one\n"),
            Read("1:one"),
            Append("a.log", "two\n"),
            Rename("a.log", "a.log.1"),
            Append("a.log", "three\n"),
            Read("2:two 1:three"),
            Append("a.log.1", "late\n"),
            Append("a.log", "four\n"),
            Read("3:late 2:four"),
            Read(""),
        ],
    );
}

#[test]
fn rename_and_compress() {
    check(
        "rename and gzip",
        &[
            Append("a.log", "one\n"),
            Read("1:one"),
            Append("a.log", "two\n"),
            Rename("a.log", "a.log.1"),
            Gzip("a.log.1"),
            Append("a.log", "three\n"),
            Read("2:two 1:three"),
            Read(""),
            Rename("a.log.1.gz", "a.log.2.gz"),
            Rename("a.log", "a.log.1"),
            Read(""),
            Zstd("a.log.1"),
            Read(""),
            Remove("a.log.2.gz"),
            Lost(&[]),
            Read(""),
        ],
    );
    check(
        "while it is compressed",
        &[
            Append("a.log.1", "one\n"),
            Append("a.log", "two\n"),
            Read("1:one 1:two"),
            GzipBeside("a.log.1"),
            Read(""),
            Remove("a.log.1"),
            Read(""),
        ],
    );
}

#[test]
fn rotated_twice_is_lost_once() {
    check(
        "rotated twice",
        &[
            Append("a.log", "one\n"),
            Read("1:one"),
            Remove("a.log"),
            Append("a.log.1", "other\n"),
            Append("a.log", "new\n"),
            Lost(&["a.log"]),
            Lost(&[]),
        ],
    );
}

#[test]
fn truncated() {
    check(
        "truncated",
        &[
            Append("a.log", "one\ntwo\n"),
            Read("1:one 2:two"),
            Truncate("a.log"),
            Append("a.log", "three\n"),
            Lost(&["a.log"]),
            Read(""),
        ],
    );
    check(
        "truncated, same beginning, shorter",
        &[Append("a.log", "one\n"), Read("1:one"), Append("a.log", "two\n"), Read("2:two")],
    );
    check(
        "copied and truncated",
        &[
            Append("a.log", "one\n"),
            Read("1:one"),
            Append("a.log", "two\n"),
            CopyTruncate("a.log", "a.log.1"),
            Append("a.log", "three\n"),
            Read("2:two 1:three"),
            Read(""),
        ],
    );
}

#[test]
fn same_beginning() {
    check(
        "two files that begin alike",
        &[
            Append("a.log", "one\n"),
            Append("b.log", "one\n"),
            Read("1:one 1:one"),
            Append("b.log", "two\n"),
            Read("2:two"),
            Append("a.log", "three\n"),
            Read("2:three"),
            Read(""),
            Rename("a.log", "c.log"),
            Append("c.log", "four\n"),
            Read("3:four"),
        ],
    );
}

#[test]
fn empty() {
    check("empty", &[Append("a.log", ""), Read(""), Append("a.log", "one\n"), Read("1:one"), Read("")]);
}

#[test]
fn unreadable() {
    check("damaged", &[DamagedGzip("a.log.1.gz"), ReadDamaged(1000), Unreadable(1)]);
    check("an empty folder is no file", &[Folder("a.log"), Read("")]);
}

#[test]
fn last_line_without_newline() {
    check(
        "left for next time",
        &[
            Append("a.log", "one\ntw"),
            ReadLive("1:one"),
            ReadLive(""),
            Append("a.log", "o\n"),
            ReadLive("2:two"),
            Append("a.log", "thr"),
            Rename("a.log", "a.log.1"),
            Gzip("a.log.1"),
            ReadLive("3:thr"),
            ReadLive(""),
        ],
    );
    check(
        "taken, then continued",
        &[Append("a.log", "one\ntw"), Read("1:one 2:tw"), Read(""), Append("a.log", "o\nthree\n"), Read("3:three")],
    );
    check(
        "taken, then ended",
        &[
            Append("a.log", "one"),
            Read("1:one"),
            Append("a.log", "\n"),
            Read(""),
            Append("a.log", "two\n"),
            Read("2:two"),
        ],
    );
}
