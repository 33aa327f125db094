//! The files of a source: a folder or a pattern as it stands, and a single file with its own rotated predecessors.
//!
//! Whoever declares `access.log` means the log and not the one day of it that has this name now: without `access.log.1` every rotation
//! would lose the lines since the last reading.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use ward_sources::{SourcesError, expand};

use super::facts::UnreadableFile;

/// A last line without its end that nobody has written to for so long is all that comes.
const SETTLED_AFTER: Duration = Duration::from_secs(60);

/// The first bytes of files that are no text that Ward reads, and what they are.
const FOREIGN: [(&[u8], &str); 9] = [
    (b"BZh", "compressed with bzip2"),
    (b"\xfd7zXZ\0", "compressed with xz"),
    (b"PK\x03\x04", "a zip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x04\x22\x4d\x18", "compressed with lz4"),
    (b"LZIP", "compressed with lzip"),
    (b"\x1f\x9d", "compressed with compress"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
];

/// The files behind a source's path, in the order of reading.
pub(super) fn of_source(path: &Path) -> Result<Vec<PathBuf>, SourcesError> {
    let text = path.to_string_lossy();
    if path.is_dir() || text.contains(['*', '?']) {
        return expand(path);
    }
    let beside = expand(&PathBuf::from(format!("{text}*"))).unwrap_or_default();
    let series: Vec<PathBuf> = beside.into_iter().filter(|file| is_of_series(&file.to_string_lossy(), &text)).collect();
    // Between a rename and the next line the name itself may be missing; without predecessors its absence is an error.
    if series.is_empty() { expand(path) } else { Ok(series) }
}

/// What a file is that Ward cannot read, by its first bytes.
pub(super) fn foreign(file: &Path) -> Option<&'static str> {
    let mut head = Vec::new();
    fs::File::open(file).ok()?.take(8).read_to_end(&mut head).ok()?;
    FOREIGN.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, what)| *what)
}

/// Whether a file is named as the packed form of another: `access.log.2.xz` of `access.log.2`.
pub(super) fn is_packed_form_of(file: &Path, unpacked: &str) -> bool {
    let name = file.to_string_lossy();
    name.strip_prefix(unpacked).is_some_and(|suffix| suffix.starts_with('.') && !suffix.contains('/'))
}

/// Whether nobody has written to a file for a while. `now` in microseconds UTC.
pub(super) fn is_settled(file: &Path, now: i64) -> bool {
    let written = fs::metadata(file).and_then(|metadata| metadata.modified());
    let written = written.ok().and_then(|written| written.duration_since(UNIX_EPOCH).ok());
    let now = Duration::from_micros(u64::try_from(now).unwrap_or(0));
    written.is_some_and(|written| written + SETTLED_AFTER <= now)
}

/// Links to folders below a source's folder that lead to where no declared source is: they are not followed, and what is there is not searched.
pub(super) fn links_not_followed(path: &Path, declared: &[PathBuf]) -> Vec<UnreadableFile> {
    let searched: Vec<PathBuf> = declared.iter().filter_map(|path| fs::canonicalize(path).ok()).collect();
    let mut links = Vec::new();
    if path.is_dir() {
        find_links(path, &mut links);
    }
    let mut found = Vec::new();
    for link in links {
        let Ok(target) = fs::canonicalize(&link) else { continue };
        if !searched.iter().any(|folder| target.starts_with(folder)) {
            let reason = format!(
                "it is a link to the folder `{}`, which is not followed: declare that folder as a source of its own",
                target.display()
            );
            found.push(UnreadableFile { path: link.display().to_string(), reason });
        }
    }
    found
}

fn find_links(folder: &Path, links: &mut Vec<PathBuf>) {
    // A folder that cannot be listed is reported as a file that cannot be opened.
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { continue };
        if kind.is_dir() {
            find_links(&path, links);
        } else if kind.is_symlink() && path.is_dir() {
            links.push(path);
        }
    }
}

/// `access.log`, `access.log.1`, `access.log.2.gz`, `access.log-20180503.zst`; not `access.log.bak`.
fn is_of_series(file: &str, named: &str) -> bool {
    let Some(rest) = file.strip_prefix(named) else { return false };
    let rest = [".gz", ".zst"].iter().find_map(|suffix| rest.strip_suffix(suffix)).unwrap_or(rest);
    let number = rest.trim_start_matches(['.', '-', '_']);
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    rest.is_empty() || (number.len() < rest.len() && is_number)
}

#[cfg(test)]
mod tests {
    use super::is_of_series;

    #[test]
    fn predecessors_are_told_from_other_files() {
        let table = [
            ("/l/access.log", true),
            ("/l/access.log.1", true),
            ("/l/access.log.12.gz", true),
            ("/l/access.log-20180503.zst", true),
            ("/l/access.log.2018-05-03", true),
            ("/l/access.log.gz", true),
            ("/l/access.log.bak", false),
            ("/l/access.log.1.bak", false),
            ("/l/access.log2", false),
            ("/l/access.logs.1", false),
            ("/l/other.log", false),
        ];
        for (file, expected) in table {
            assert_eq!(is_of_series(file, "/l/access.log"), expected, "{file}");
        }
    }
}
