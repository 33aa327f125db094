//! From what a person names (a file, a folder, a pattern) to the files to read, in the order of reading.

use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use crate::error::SourcesError;
use crate::rotation;

/// The files behind one name, the oldest rotation of each series first (`access.log.3.gz`, `access.log.2`,
/// `access.log.1`, `access.log`; dated names by date).
///
/// A folder stands for every regular file below it; links to folders are not followed. A pattern may use `*` and `?`
/// within each part of the path. A folder below that cannot be listed is returned as if it were a file, so that
/// opening it reports the reason instead of leaving it out.
pub fn expand(named: &Path) -> Result<Vec<PathBuf>, SourcesError> {
    match fs::metadata(named) {
        Ok(found) if found.is_dir() => {
            let mut files = Vec::new();
            walk(named, &mut files).map_err(|source| SourcesError::Folder { path: named.to_owned(), source })?;
            sort(&mut files);
            Ok(files)
        }
        Ok(_) => Ok(vec![named.to_owned()]),
        Err(_) if has_wildcard(&named.to_string_lossy()) => {
            let mut files = Vec::new();
            for found in matching(named) {
                if !found.is_dir() || walk(&found, &mut files).is_err() {
                    files.push(found);
                }
            }
            sort(&mut files);
            if files.is_empty() { Err(SourcesError::NothingThere(named.to_owned())) } else { Ok(files) }
        }
        Err(source) if source.kind() == ErrorKind::NotFound => Err(SourcesError::NothingThere(named.to_owned())),
        Err(source) => Err(SourcesError::Unreadable { path: named.to_owned(), source }),
    }
}

fn sort(files: &mut [PathBuf]) {
    files.sort_by_cached_key(|path| rotation::name(path));
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if walk(&path, files).is_err() {
                files.push(path);
            }
        } else if kind.is_file() || (kind.is_symlink() && !path.is_dir()) {
            files.push(path);
        }
    }
    Ok(())
}

fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// What the pattern names. A folder on the way that cannot be listed, or a path that cannot be looked at, is given as it is: reading it
/// then fails by name, and nobody takes its files for absent.
fn matching(pattern: &Path) -> Vec<PathBuf> {
    let (mut found, mut closed) = (vec![PathBuf::new()], Vec::new());
    for component in pattern.components() {
        let part = component.as_os_str().to_string_lossy().into_owned();
        let is_pattern = matches!(component, Component::Normal(_)) && has_wildcard(&part);
        let mut next = Vec::new();
        for folder in found {
            if !is_pattern {
                next.push(folder.join(&part));
                continue;
            }
            match children_like(&folder, &part) {
                Ok(children) => next.extend(children),
                Err(error) if is_absent(&error) => {}
                Err(_) => closed.push(folder),
            }
        }
        next.retain(|path| match path.try_exists() {
            Ok(exists) => exists,
            Err(error) => !is_absent(&error),
        });
        found = next;
    }
    found.append(&mut closed);
    found
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn children_like(folder: &Path, pattern: &str) -> std::io::Result<Vec<PathBuf>> {
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut children = Vec::new();
    for entry in fs::read_dir(listed)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let is_hidden = name.starts_with('.') && !pattern.starts_with('.');
        if !is_hidden && is_like(name.as_bytes(), pattern.as_bytes()) {
            children.push(folder.join(name));
        }
    }
    Ok(children)
}

/// Whether the name fits the pattern; on a mismatch the last `*` takes one byte more.
fn is_like(name: &[u8], pattern: &[u8]) -> bool {
    let (mut at, mut want) = (0_usize, 0_usize);
    let mut retry: Option<(usize, usize)> = None;
    while at < name.len() {
        match pattern.get(want) {
            Some(b'*') => {
                retry = Some((want, at));
                want = want.saturating_add(1);
            }
            Some(byte) if *byte == b'?' || Some(byte) == name.get(at) => {
                at = at.saturating_add(1);
                want = want.saturating_add(1);
            }
            _ => {
                let Some((star, from)) = retry else {
                    return false;
                };
                at = from.saturating_add(1);
                want = star.saturating_add(1);
                retry = Some((star, at));
            }
        }
    }
    pattern.get(want..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

#[cfg(test)]
mod tests {
    use super::{expand, is_like};
    use std::fs;

    #[test]
    fn patterns() {
        let table = [
            ("access.log", "access*", true),
            ("access.log.1", "*.log.?", true),
            ("access.log.10", "*.log.?", false),
            ("access.log", "*log*", true),
            ("access.log", "access", false),
            ("aaab", "*ab", true),
        ];
        for (name, pattern, expected) in table {
            assert_eq!(is_like(name.as_bytes(), pattern.as_bytes()), expected, "{name} {pattern}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_cannot_be_looked_into_is_named_and_not_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("one")).unwrap();
        fs::write(root.join("one/x.log"), "x\n").unwrap();
        fs::write(root.join("a file"), "x\n").unwrap();
        std::os::unix::fs::symlink(root.join("loop"), root.join("loop")).unwrap();
        let found = expand(&root.join("*/x.log")).unwrap();
        assert_eq!(found, [root.join("loop/x.log"), root.join("one/x.log")]);
        let found = expand(&root.join("*/*.log")).unwrap();
        assert_eq!(found, [root.join("loop"), root.join("one/x.log")]);
    }

    #[test]
    fn files_folders_and_patterns() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("sub")).unwrap();
        for name in ["a.log", "a.log.1", "a.log.2.gz", "sub/b.log"] {
            fs::write(root.join(name), "x\n").unwrap();
        }
        let names = |named: &str| -> Vec<String> {
            expand(&root.join(named))
                .unwrap()
                .iter()
                .map(|path| path.strip_prefix(root).unwrap().to_string_lossy().into_owned())
                .collect()
        };
        assert_eq!(names(""), ["a.log.2.gz", "a.log.1", "a.log", "sub/b.log"]);
        assert_eq!(names("a.log*"), ["a.log.2.gz", "a.log.1", "a.log"]);
        assert_eq!(names("*/b.*"), ["sub/b.log"]);
        assert_eq!(names("a.log.1"), ["a.log.1"]);
        assert!(expand(&root.join("nothing*")).is_err());
        assert!(expand(&root.join("nothing")).is_err());
    }
}
