//! The repository as text: its sources, manifests and documents, with paths from its root.

use std::fs;
use std::path::{Path, PathBuf};

/// The floors, lowest first.
pub const FLOORS: [&str; 4] = ["pure", "edge", "parts", "doors"];

/// Folders that are not the repository's.
const NOT_OURS: [&str; 5] = [".git", "target", "ward-demo", "__pycache__", "corpus"];

/// A Rust file.
pub struct Source {
    /// From the root, with `/`.
    pub path: String,
    pub text: String,
}

impl Source {
    /// Whether the whole file is tests or benches.
    pub fn is_test(&self) -> bool {
        let path = &self.path;
        path.contains("/tests/")
            || path.contains("/benches/")
            || path.ends_with("/tests.rs")
            || self.text.contains("#![cfg(test)]")
    }
}

/// A crate's Cargo.toml.
pub struct Manifest {
    /// `pure/stix`.
    pub folder: String,
    pub text: String,
}

/// Every .rs file of the floors.
pub fn sources() -> Vec<Source> {
    let files = FLOORS.iter().flat_map(|floor| below(floor)).filter(|path| path.ends_with(".rs"));
    files.map(|path| Source { text: read(&path), path }).collect()
}

/// The manifest of every crate.
pub fn manifests() -> Vec<Manifest> {
    let folders = FLOORS.iter().flat_map(|floor| names(floor).into_iter().map(move |name| format!("{floor}/{name}")));
    let crates = folders.filter(|folder| exists(&format!("{folder}/Cargo.toml")));
    crates.map(|folder| Manifest { text: read(&format!("{folder}/Cargo.toml")), folder }).collect()
}

/// The documents: Markdown at the root and in `docs`.
pub fn documents() -> Vec<(String, String)> {
    let all = names("").into_iter().chain(below("docs"));
    all.filter(|path| path.ends_with(".md")).map(|path| (path.clone(), read(&path))).collect()
}

/// Every text file but the lock file, which cargo writes.
pub fn all() -> Vec<(String, String)> {
    let texts = below("").into_iter().filter(|path| path != "Cargo.lock");
    texts.filter_map(|path| fs::read_to_string(root().join(&path)).ok().map(|text| (path, text))).collect()
}

/// The text of a file that must be there.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("cannot read `{path}`: {error}"))
}

/// Whether there is such a file or folder.
pub fn exists(path: &str) -> bool {
    root().join(path).exists()
}

/// The names in a folder, in order; none where there is no such folder.
pub fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn below(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    for name in names(folder).into_iter().filter(|name| !NOT_OURS.contains(&name.as_str())) {
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        if root().join(&path).is_dir() { found.extend(below(&path)) } else { found.push(path) }
    }
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
