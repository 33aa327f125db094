//! The files of a source: a folder or a pattern as it stands, and a single file with its own rotated predecessors.
//!
//! Whoever declares `access.log` means the log and not the one day of it that has this name now: without `access.log.1` every rotation
//! would lose the lines since the last reading.

use std::path::{Path, PathBuf};

use ward_sources::{SourcesError, expand};

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
