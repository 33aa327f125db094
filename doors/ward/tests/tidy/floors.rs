//! Rules about crates: who may know whom, and where the libraries of the outside world have their homes.

use crate::files::{FLOORS, Manifest};

/// Libraries that stop at a crate or a floor, so that what they bring is known in one place. In tests they may be used anywhere.
const HOMES: [(&str, &[&str]); 9] = [
    ("axum", &["doors/"]),
    ("clap", &["doors/ward"]),
    ("sqlx", &["edge/store"]),
    ("parquet", &["edge/archive"]),
    ("fst", &["edge/archive"]),
    ("tar", &["edge/backup"]),
    ("typst", &["edge/typeset"]),
    ("argon2", &["parts/directory"]),
    ("reqwest", &["edge/taxii", "parts/watch", "doors/"]),
];

/// What pure crates build on: all of it works on data alone.
const PURE_LIBRARIES: [&str; 16] = [
    "base64",
    "csv",
    "ed25519-dalek",
    "hmac",
    "idna",
    "jiff",
    "memchr",
    "regex",
    "rustc-hash",
    "serde",
    "serde_json",
    "serde_json_canonicalizer",
    "sha2",
    "thiserror",
    "unicode-normalization",
    "uuid",
];

/// Lines that every crate's manifest has.
const LINES: [&str; 6] = [
    "version.workspace = true",
    "edition.workspace = true",
    "rust-version.workspace = true",
    "license.workspace = true",
    "publish.workspace = true",
    "[lints]\nworkspace = true",
];

struct Dependency {
    name: String,
    is_for_tests: bool,
}

/// Dependencies on a floor above, or beside where that is not allowed: pure crates, parts and doors may use their like.
pub fn upward(manifests: &[Manifest]) -> Vec<String> {
    let mut found = Vec::new();
    for manifest in manifests {
        let own = package(manifest);
        for dependency in dependencies(&manifest.text) {
            let Some(below) = manifests.iter().find(|other| package(other) == dependency.name) else { continue };
            let is_itself = dependency.name == own && dependency.is_for_tests;
            if !is_itself && !may_know(&manifest.folder, &below.folder) {
                found.push(format!("{} depends on {}", manifest.folder, below.folder));
            }
        }
    }
    found
}

/// Libraries outside their homes.
pub fn astray(manifests: &[Manifest]) -> Vec<String> {
    let mut found = Vec::new();
    for manifest in manifests {
        for dependency in dependencies(&manifest.text).into_iter().filter(|dependency| !dependency.is_for_tests) {
            let name = dependency.name.as_str();
            let homes = HOMES.iter().find(|(library, _)| *library == name).map(|(_, homes)| *homes);
            let at_home = homes.is_none_or(|homes| homes.iter().any(|home| manifest.folder.starts_with(home)));
            let is_ours = manifests.iter().any(|other| package(other) == name);
            let is_pure = !manifest.folder.starts_with("pure/") || is_ours || PURE_LIBRARIES.contains(&name);
            if !at_home || !is_pure {
                found.push(format!("{} depends on {name}", manifest.folder));
            }
        }
    }
    found
}

/// Manifests without a line that all have, or with a name that is not their folder's.
pub fn irregular(manifests: &[Manifest], workspace: &str) -> Vec<String> {
    let mut found = Vec::new();
    for manifest in manifests {
        let lacks = LINES.iter().filter(|line| !manifest.text.contains(*line));
        found.extend(lacks.map(|line| format!("{}/Cargo.toml lacks `{}`", manifest.folder, line.replace('\n', " "))));
        let folder = manifest.folder.rsplit('/').next().unwrap_or_default();
        let name = if folder == "ward" { "ward".to_owned() } else { format!("ward-{folder}") };
        if package(manifest) != name {
            found.push(format!("{} is named `{}`, not `{name}`", manifest.folder, package(manifest)));
        }
    }
    if !workspace.contains("license = \"Apache-2.0\"") {
        found.push("the workspace names no licence".to_owned());
    }
    found
}

/// The package's name.
pub fn package(manifest: &Manifest) -> &str {
    let line = manifest.text.lines().find(|line| line.starts_with("name = "));
    line.and_then(|line| line.split('"').nth(1)).unwrap_or_default()
}

fn may_know(folder: &str, other: &str) -> bool {
    let floor = |folder: &str| FLOORS.iter().position(|floor| folder.split('/').next() == Some(floor));
    match (floor(folder), floor(other)) {
        (Some(own), Some(below)) if own == below => !folder.starts_with("edge/"),
        (own, below) => below < own,
    }
}

fn dependencies(text: &str) -> Vec<Dependency> {
    let (mut section, mut found) = (String::new(), Vec::new());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
            // `[dependencies.name]`
            let (table, name) = section.rsplit_once('.').unwrap_or(("", ""));
            if table.ends_with("dependencies") {
                found.push(Dependency { name: name.to_owned(), is_for_tests: table.ends_with("dev-dependencies") });
            }
        } else if section.ends_with("dependencies") {
            let name = line.split(['.', '=', ' ']).next().unwrap_or_default().to_owned();
            found.push(Dependency { name, is_for_tests: section.ends_with("dev-dependencies") });
        }
    }
    found
}

#[test]
fn wrong_dependencies_are_found() {
    let manifest = |folder: &str, dependencies: &str| {
        let name = folder.rsplit('/').next().unwrap_or_default();
        let text = format!("[package]\nname = \"ward-{name}\"\n{dependencies}");
        Manifest { folder: folder.to_owned(), text }
    };
    let below = [manifest("pure/p", ""), manifest("edge/e", ""), manifest("parts/q", ""), manifest("doors/d", "")];
    for (folder, dependencies, is_right) in [
        ("pure/x", "[dependencies]\nward-p.workspace = true", true),
        ("pure/x", "[dependencies]\nward-e.workspace = true", false),
        ("edge/x", "[dependencies]\nward-p.workspace = true", true),
        ("edge/x", "[dependencies]\nward-e = { path = \"../e\" }", false),
        ("edge/x", "[dev-dependencies]\nward-x = { path = \".\" }", true),
        ("parts/x", "[dependencies]\nward-q.workspace = true\nward-e.workspace = true", true),
        ("parts/x", "[dev-dependencies]\nward-d.workspace = true", false),
        ("parts/x", "[dependencies.ward-d]\nworkspace = true", false),
        ("doors/x", "[dependencies]\nward-d.workspace = true", true),
    ] {
        let all: Vec<Manifest> =
            below.iter().map(|m| Manifest { folder: m.folder.clone(), text: m.text.clone() }).collect();
        let all: Vec<Manifest> = all.into_iter().chain([manifest(folder, dependencies)]).collect();
        assert_eq!(upward(&all).is_empty(), is_right, "{folder}: {dependencies}");
    }
    for (folder, dependencies, is_right) in [
        ("parts/x", "[dependencies]\naxum.workspace = true", false),
        ("parts/x", "[dev-dependencies]\naxum.workspace = true", true),
        ("edge/store", "[dependencies]\nsqlx.workspace = true", true),
        ("edge/other", "[dependencies]\nsqlx = \"0.9\"", false),
        ("pure/x", "[dependencies]\nserde.workspace = true", true),
        ("pure/x", "[target.'cfg(unix)'.dependencies]\ntokio.workspace = true", false),
    ] {
        assert_eq!(astray(&[manifest(folder, dependencies)]).is_empty(), is_right, "{folder}: {dependencies}");
    }
    assert_eq!(irregular(&[manifest("pure/x", "")], "license = \"Apache-2.0\"").len(), LINES.len());
}
