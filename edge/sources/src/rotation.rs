//! What a file's name says about rotation: which series it belongs to and how old it is within it.
//!
//! Covers logrotate's numbers (`access.log.2.gz`) and `dateext` (`access.log-20180503`), and names that carry their
//! date from the start (`access.2018-05-03.log`).

use std::cmp::Reverse;
use std::path::{Path, PathBuf};

/// Age within a series; smaller is older and is read first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Age {
    /// `.3` is older than `.1`.
    Numbered(Reverse<u32>),
    /// By the date as written.
    Dated(String),
    /// The name without number or date: the one that is written to.
    Live,
}

/// A name taken apart. The derived order is the order of reading.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    pub folder: PathBuf,
    pub series: String,
    pub age: Age,
    pub whole: String,
}

/// Takes the name apart.
pub(crate) fn name(path: &Path) -> Name {
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let whole = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let bare = without_compression(&whole);
    let (series, age) = match (numbered(bare), dated(bare)) {
        (Some((series, number)), _) => (series.to_owned(), Age::Numbered(Reverse(number))),
        (None, Some((series, date))) => (series, Age::Dated(date)),
        (None, None) => (bare.to_owned(), Age::Live),
    };
    Name { folder, series, age, whole }
}

/// True if other files say that nothing is written to this one any more: it has a number, or a date when a younger
/// file of the series is there.
pub(crate) fn is_rotated(path: &Path, all: &[PathBuf]) -> bool {
    let own = name(path);
    match own.age {
        Age::Live => false,
        Age::Numbered(_) => true,
        Age::Dated(_) => all
            .iter()
            .map(|other| name(other))
            .any(|other| other.folder == own.folder && other.series == own.series && other.age > own.age),
    }
}

/// The name that the file had before it was compressed, if its name says that it is.
pub(crate) fn before_compression(path: &Path) -> Option<PathBuf> {
    let whole = path.file_name()?.to_str()?;
    let bare = without_compression(whole);
    (bare.len() < whole.len()).then(|| path.with_file_name(bare))
}

fn without_compression(name: &str) -> &str {
    [".gz", ".zst"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name)
}

fn numbered(name: &str) -> Option<(&str, u32)> {
    let (series, number) = name.rsplit_once('.')?;
    let plausible = !series.is_empty() && number.len() <= 5 && number.bytes().all(|byte| byte.is_ascii_digit());
    Some((series, number.parse().ok().filter(|_| plausible)?))
}

/// The name without its date and the separator before it, and the date's digits.
fn dated(name: &str) -> Option<(String, String)> {
    let bytes = name.as_bytes();
    (0..bytes.len()).find_map(|start| {
        let rest = name.get(start..)?;
        let is_start = start == 0 || !bytes.get(start.wrapping_sub(1))?.is_ascii_digit();
        let length = date_length(rest).filter(|_| is_start)?;
        let before = name.get(..start)?.trim_end_matches(['-', '_', '.']);
        let after = rest.get(length..)?;
        let digits = rest.get(..length)?.bytes().filter(u8::is_ascii_digit).map(char::from).collect();
        Some((format!("{before}{after}"), digits))
    })
}

/// The length of `YYYYMMDD` or `YYYY-MM-DD`, with an hour or time after it if there is one, at the start of `text`.
fn date_length(text: &str) -> Option<usize> {
    let shapes = ["dddd-dd-dd", "dddd_dd_dd", "dddddddd"];
    let date = shapes.iter().find(|shape| fits(text, shape))?.len();
    let year_is_likely = text.starts_with("19") || text.starts_with("20");
    let rest = text.get(date..)?;
    let times = ["-dddddd", "-dddd", "-dd", "_dddddd", "_dddd", "_dd", "Tdddddd", "dddddd", "dddd", "dd"];
    let time = times.iter().find(|shape| fits(rest, shape)).map_or(0, |shape| shape.len());
    year_is_likely.then(|| date.saturating_add(time))
}

fn fits(text: &str, shape: &str) -> bool {
    text.len() >= shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, want)| match want {
            b'd' => byte.is_ascii_digit(),
            other => byte == other,
        })
}

#[cfg(test)]
mod tests {
    use super::{is_rotated, name};
    use std::path::PathBuf;

    #[test]
    fn names_sort_oldest_first() {
        let tables = [
            vec!["access.log.10.gz", "access.log.3.gz", "access.log.2", "access.log.1", "access.log"],
            vec!["access.log-20180501.gz", "access.log-20180502", "access.log"],
            vec!["access.2018-05-01.log", "access.2018-05-03.log.zst"],
            vec!["a.log-2018050300", "a.log-2018050301", "a.log", "b.log.1", "b.log"],
        ];
        for expected in tables {
            let mut sorted = expected.clone();
            sorted.sort_unstable();
            sorted.sort_by_key(|text| name(&PathBuf::from(text)));
            assert_eq!(sorted, expected);
        }
    }

    #[test]
    fn only_the_youngest_is_written_to() {
        let all: Vec<PathBuf> =
            ["a.log.1", "a.log", "b.2018-05-01.log", "b.2018-05-02.log"].map(PathBuf::from).to_vec();
        let rotated: Vec<bool> = all.iter().map(|path| is_rotated(path, &all)).collect();
        assert_eq!(rotated, [true, false, true, false]);
    }
}
