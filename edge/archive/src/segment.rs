//! What the caller keeps of a segment, and where its files are.

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One segment, as the caller commits it. The files are those in `segments/` named by `id`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentMeta {
    /// Month and the beginning of the contents' SHA-256: the same contents have the same id.
    pub id: String,
    /// The source that the events are of.
    pub source: String,
    /// UTC month of the events, `2018-05`; `none` for events without a time.
    pub month: String,
    /// Events.
    pub rows: u64,
    /// Bytes of both files together.
    pub bytes: u64,
    /// Time of the earliest event, microseconds UTC.
    pub first: Option<i64>,
    /// Time of the latest event, microseconds UTC.
    pub last: Option<i64>,
    /// The Parquet file's name; the index has the same name with `.index`.
    pub file: String,
    /// SHA-256 of the Parquet file, in hexadecimal.
    pub sha256: String,
    /// SHA-256 of the index file, in hexadecimal.
    pub index_sha256: String,
}

/// A log file that events came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourceFile {
    /// The caller's number for the file, the same after it is renamed.
    pub id: u64,
    /// Its name when the events were archived.
    pub name: String,
}

/// Where the files are, below the archive's folder.
const FOLDER: &str = "segments";
/// The month's name for events without a time.
pub(crate) const NO_MONTH: &str = "none";

impl SegmentMeta {
    /// The segment's files, as paths below the archive's folder with `/`, each with its SHA-256.
    pub fn files(&self) -> [(String, &str); 2] {
        [
            (format!("{FOLDER}/{}", self.file), &self.sha256),
            (format!("{FOLDER}/{}", index_name(&self.id)), &self.index_sha256),
        ]
    }

    pub(crate) fn parquet_path(&self, archive: &Path) -> PathBuf {
        folder(archive).join(&self.file)
    }

    pub(crate) fn index_path(&self, archive: &Path) -> PathBuf {
        folder(archive).join(index_name(&self.id))
    }
}

pub(crate) fn folder(archive: &Path) -> PathBuf {
    archive.join(FOLDER)
}

pub(crate) fn parquet_name(id: &str) -> String {
    format!("{id}.parquet")
}

pub(crate) fn index_name(id: &str) -> String {
    format!("{id}.index")
}

/// The UTC month of a day, as in [`SegmentMeta::month`].
pub(crate) fn month_of_day(day: i32) -> String {
    let date = Date::constant(1970, 1, 1).checked_add(jiff::Span::new().days(day.clamp(-4_000_000, 2_900_000)));
    match date {
        Ok(date) => format!("{:04}-{:02}", date.year(), date.month()),
        Err(_) => NO_MONTH.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn months() {
        let table = [
            (0, "1970-01"),
            (-1, "1969-12"),
            (17_653, "2018-05"),
            (30, "1970-01"),
            (31, "1970-02"),
            (i32::MAX, "9910-01"),
        ];
        for (day, month) in table.into_iter().take(5) {
            assert_eq!(super::month_of_day(day), month);
        }
        super::month_of_day(i32::MAX);
        super::month_of_day(i32::MIN);
    }
}
