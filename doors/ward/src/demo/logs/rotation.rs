//! The files of a log folder: the current `access.log` and one compressed file for each week that is over.
//!
//! As logrotate does with `weekly`, `dateext`, `compress` and `nocreate`. A compressed file is made outside the
//! folder and moved in, so that a reader of the folder sees it whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{DAY_SECONDS, Written};

pub(super) const WEEK_SECONDS: i64 = 7 * DAY_SECONDS;

/// 4 January 1970, the first Sunday since 1970.
const FIRST_SUNDAY: i64 = 3 * DAY_SECONDS;

const CURRENT: &str = "access.log";

/// The Sunday 00:00 that begins the week of `second`.
pub(super) fn week_of(second: i64) -> i64 {
    let into = (second - FIRST_SUNDAY).rem_euclid(WEEK_SECONDS);
    second - into
}

/// Stores the lines of `start..end`, which lie in one week: appended to the current file, or, when that week is over
/// at `end`, together with the current file as the week's compressed one.
pub(super) fn store(folder: &Path, start: i64, end: i64, text: &str, written: &mut Written) -> io::Result<()> {
    let week = week_of(start);
    if end == week + WEEK_SECONDS {
        return close(folder, week, text, written);
    }
    if !text.is_empty() {
        append(&folder.join(CURRENT), text)?;
        written.files += 1;
    }
    Ok(())
}

/// Closes the current file when it is of a week before that of `start`: the caller left time out.
pub(super) fn close_older(folder: &Path, start: i64, written: &mut Written) -> io::Result<()> {
    match week_of_current(folder)? {
        Some(week) if week < week_of(start) => close(folder, week, "", written),
        _ => Ok(()),
    }
}

/// Removes the files of the weeks before the one that begins at `oldest_kept`.
pub(super) fn discard(folder: &Path, oldest_kept: i64) -> io::Result<()> {
    if oldest_kept == i64::MIN {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_older = |ended: i64| ended <= oldest_kept;
        if ended(&entry.file_name().to_string_lossy()).is_some_and(is_older) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Makes `access.log-YYYYMMDD.gz` of the current file and `text`.
///
/// The current file is renamed first and compressed beside that name, as logrotate does: a reader that looks
/// meanwhile knows the two for one file and counts no line twice.
fn close(folder: &Path, week: i64, text: &str, written: &mut Written) -> io::Result<()> {
    let current = folder.join(CURRENT);
    let has_current = current.try_exists()?;
    if !has_current && text.is_empty() {
        return Ok(());
    }
    let name = format!("{CURRENT}-{}", date(week + WEEK_SECONDS)?.strftime("%Y%m%d"));
    let (renamed, packed) = (folder.join(&name), folder.join(name + ".gz"));
    if has_current {
        append(&current, text)?;
        fs::rename(&current, &renamed)?;
        compress(folder, &fs::read(&renamed)?, &packed)?;
        fs::remove_file(&renamed)?;
    } else {
        compress(folder, text.as_bytes(), &packed)?;
    }
    written.files += 1;
    Ok(())
}

fn append(file: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().create(true).append(true).open(file)?.write_all(text.as_bytes())
}

/// Fast rather than small: the files are read once and thrown away with the demonstration.
fn compress(folder: &Path, bytes: &[u8], packed: &Path) -> io::Result<()> {
    let unfinished = beside(folder);
    let mut file = GzEncoder::new(File::create(&unfinished)?, Compression::fast());
    file.write_all(bytes)?;
    file.finish()?;
    fs::rename(&unfinished, packed)
}

/// Where a file is made before it is moved into the folder. One name for each folder: states are written side by
/// side.
fn beside(folder: &Path) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".unfinished");
    folder.with_file_name(name)
}

/// The week of the current file by the time on its first line; none when there is no such file.
fn week_of_current(folder: &Path) -> io::Result<Option<i64>> {
    let file = match File::open(folder.join(CURRENT)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut line = String::new();
    BufReader::new(file).read_line(&mut line)?;
    let time = line.split_once('[').and_then(|(_, rest)| rest.split_once(':'));
    let day = time.and_then(|(day, _)| Date::strptime("%d/%b/%Y", day).ok());
    let start = day.and_then(|day| day.to_zoned(TimeZone::UTC).ok());
    match start {
        Some(start) => Ok(Some(week_of(start.timestamp().as_second()))),
        None => Err(io::Error::new(io::ErrorKind::InvalidData, "the log's first line has no date")),
    }
}

/// When the week of a compressed file ended, by its name.
fn ended(name: &str) -> Option<i64> {
    let day = name.strip_prefix(CURRENT)?.strip_prefix('-')?.strip_suffix(".gz")?;
    let day = Date::strptime("%Y%m%d", day).ok()?;
    Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

fn date(second: i64) -> io::Result<Date> {
    let time = jiff::Timestamp::from_second(second).map_err(io::Error::other)?;
    Ok(time.to_zoned(TimeZone::UTC).date())
}
