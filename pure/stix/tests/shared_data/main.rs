//! Tests against the shared test data: the standard's examples, the OASIS suites' tables and real feeds.
#![cfg(test)]

mod acs;
mod full;
mod indicators;
mod observable_ids;
mod patterns;
mod validator;

use std::path::PathBuf;

fn folder() -> PathBuf {
    let default = || concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").to_owned();
    PathBuf::from(std::env::var("WARD_DATA").unwrap_or_else(|_| default()))
}

/// The JSON files of a folder of the shared data, in order.
pub fn names(path: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder().join(path)).into_iter().flatten();
    let names = entries.map(|entry| format!("{path}/{}", entry.unwrap().file_name().to_string_lossy()));
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".json")).collect();
    names.sort();
    names
}

/// A file of the shared data, or `None` (after saying so) where the data is not installed and need not be.
pub fn read(path: &str) -> Option<Vec<u8>> {
    let file = folder().join(path);
    match std::fs::read(&file) {
        Ok(bytes) => Some(bytes),
        Err(error) if std::env::var_os("CI").is_some() => panic!("{}: {error}", file.display()),
        Err(error) => {
            println!("skipped: {}: {error}", file.display());
            None
        }
    }
}

/// A JSON file of the shared data.
pub fn read_json(path: &str) -> Option<serde_json::Value> {
    Some(serde_json::from_slice(&read(path)?).unwrap())
}
