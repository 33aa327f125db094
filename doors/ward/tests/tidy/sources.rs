//! Rules about Rust files and migrations.

use crate::files::Source;
use crate::scan::{Scanned, scan};

const FILE_LINES_MAX: usize = 500;
const FILE_LINES_AIM: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;

/// What the standard library offers that data alone does not need.
const IMPURE_PATHS: [&str; 9] = [
    "std::fs",
    "std::process",
    "std::thread",
    "std::env",
    "std::os",
    "std::time::SystemTime",
    "std::time::Instant",
    "std::io::stdin",
    "std::io::stdout",
];
/// Of `std::net`, the addresses as data; the rest are sockets.
const PURE_NET: [&str; 4] =
    ["std::net::IpAddr", "std::net::Ipv4Addr", "std::net::Ipv6Addr", "std::net::AddrParseError"];
/// Libraries and functions that reach files, sockets, databases, clocks or randomness.
const IMPURE_WORDS: [&str; 9] =
    ["tokio", "sqlx", "reqwest", "getrandom", "SystemTime", "Timestamp::now", "Zoned::now", "new_v4", "now_v7"];

/// Types that only one of the two databases knows, or that they read differently.
const FOREIGN_TYPES: [&str; 10] =
    ["INTEGER", "INT", "BOOLEAN", "BLOB", "VARCHAR", "TIMESTAMP", "TIMESTAMPTZ", "JSONB", "UUID", "SERIAL"];

/// Files that do not open with `//!`.
pub fn without_head(sources: &[Source]) -> Vec<String> {
    sources.iter().filter(|source| !source.text.starts_with("//!")).map(|source| source.path.clone()).collect()
}

/// Files that are too long; when there are any, also those that are nearly.
pub fn long_files(sources: &[Source]) -> Vec<String> {
    let longer =
        |limit: usize| sources.iter().map(|s| (s, s.text.lines().count())).filter(move |(_, lines)| *lines > limit);
    if longer(FILE_LINES_MAX).next().is_none() {
        return Vec::new();
    }
    longer(FILE_LINES_AIM).map(|(source, lines)| format!("{}: {lines} lines", source.path)).collect()
}

/// Functions outside tests that are too long.
pub fn long_functions(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| !source.is_test()) {
        let scanned = scan(&source.text);
        let long = scanned.functions().into_iter().filter(|f| f.lines > FUNCTION_LINES_MAX && !scanned.is_test(f.line));
        found.extend(long.map(|f| format!("{}:{}: `{}` has {} lines", source.path, f.line, f.name, f.lines)));
    }
    found
}

/// Places in pure crates, outside tests, that reach into the world.
pub fn impure(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.path.starts_with("pure/") && !source.is_test()) {
        let scanned = scan(&source.text);
        for (line, path) in standard_paths(&scanned).into_iter().filter(|(_, path)| is_impure(path)) {
            found.push(format!("{}:{line}: {path}", source.path));
        }
        for (line, code) in scanned.lines() {
            let words = IMPURE_WORDS.iter().filter(|word| has_word(code, word));
            found.extend(words.map(|word| format!("{}:{line}: {word}", source.path)));
        }
    }
    found
}

/// SQL in string literals outside the store, the parts' SQL files and tests.
pub fn stray_sql(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| !source.is_test() && !may_hold_sql(&source.path)) {
        let scanned = scan(&source.text);
        let stray = scanned.literals.iter().filter(|(line, text)| is_sql(text) && !scanned.is_test(*line));
        found.extend(stray.map(|(line, text)| format!("{}:{line}: {:.60}", source.path, text)));
    }
    found
}

/// Migrations whose number is not their place, or that the program does not embed; and embedded ones that are not there.
pub fn migration_gaps(names: &[String], list: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let stem = name.strip_suffix(".sql").unwrap_or(name);
        if !stem.starts_with(&format!("{:04}_", place + 1)) {
            found.push(format!("{name} is in place {}", place + 1));
        }
        if !list.contains(&format!("(\"{stem}\", include_str!(\"../migrations/{stem}.sql\"))")) {
            found.push(format!("{name} is not in migrations.rs under its name"));
        }
    }
    let listed = list.matches("include_str!(").count();
    if listed != names.len() {
        found.push(format!("migrations.rs lists {listed} of {} files", names.len()));
    }
    found
}

/// Words in migrations that are not the same in both databases.
pub fn foreign_types(scripts: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for (name, script) in scripts {
        for (place, line) in script.lines().enumerate() {
            let statement = line.split("--").next().unwrap_or_default();
            let words = FOREIGN_TYPES.iter().filter(|word| has_word(statement, word));
            found.extend(words.map(|word| format!("{name}:{}: {word}", place + 1)));
        }
    }
    found
}

fn is_impure(path: &str) -> bool {
    let within = |home: &str| path == home || path.starts_with(&format!("{home}::"));
    let is_socket = within("std::net") && path != "std::net" && !PURE_NET.iter().any(|pure| within(pure));
    is_socket || IMPURE_PATHS.iter().any(|home| within(home))
}

/// Every path into the standard library outside tests, with `{…}` written out.
fn standard_paths(scanned: &Scanned) -> Vec<(usize, String)> {
    let mut paths = Vec::new();
    for (place, _) in scanned.code.match_indices("std::") {
        let line = scanned.code[..place].matches('\n').count() + 1;
        if !scanned.is_test(line) {
            let mut found = Vec::new();
            expand(&scanned.code[place + 5..], "std", &mut found);
            paths.extend(found.into_iter().map(|path| (line, path)));
        }
    }
    paths
}

/// Adds the paths below `prefix` that `code` begins with; gives what follows them.
fn expand<'a>(code: &'a str, prefix: &str, paths: &mut Vec<String>) -> &'a str {
    let code = code.trim_start();
    if let Some(mut rest) = code.strip_prefix('{') {
        loop {
            rest = expand(rest, prefix, paths).trim_start();
            match rest.chars().next() {
                Some(',') => rest = rest[1..].trim_start(),
                Some('}') => return &rest[1..],
                _ => return rest,
            }
        }
    }
    let end = code.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '*').unwrap_or(code.len());
    let (name, rest) = code.split_at(end);
    let path = format!("{prefix}::{name}");
    match rest.strip_prefix("::") {
        Some(below) if !name.is_empty() => expand(below, &path, paths),
        _ if name.is_empty() => rest,
        _ => {
            paths.push(path);
            // `as other_name`
            rest.trim_start()
                .strip_prefix("as ")
                .map_or(rest, |rest| rest.trim_start_matches(|c: char| c != ',' && c != '}' && c != ';'))
        }
    }
}

fn may_hold_sql(path: &str) -> bool {
    path.starts_with("edge/store/")
        || path.starts_with("parts/") && (path.ends_with("/sql.rs") || path.contains("/sql/"))
}

fn is_sql(text: &str) -> bool {
    let updates = || text.split_once("UPDATE ").is_some_and(|(_, rest)| rest.contains(" SET "));
    ["SELECT ", "INSERT INTO ", "DELETE FROM ", "CREATE TABLE "].iter().any(|words| text.contains(words)) || updates()
}

fn has_word(code: &str, word: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word)
        .any(|(place, _)| !code[..place].ends_with(is_word) && !code[place + word.len()..].starts_with(is_word))
}

#[test]
fn broken_rules_are_found() {
    let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    let long = format!("//! Long.\nfn long() {{\n{}}}\n", "    step();\n".repeat(69));
    let fitting = long.replacen("    step();\n", "", 1);
    assert_eq!(without_head(&[source("pure/a.rs", "// no\n"), source("pure/b.rs", "//! Yes.\n")]), ["pure/a.rs"]);
    assert_eq!(long_files(&[source("a.rs", &"x\n".repeat(501)), source("b.rs", &"x\n".repeat(401))]).len(), 2);
    assert_eq!(long_files(&[source("a.rs", &"x\n".repeat(500))]), [""; 0]);
    assert_eq!(long_functions(&[source("a.rs", &long)]), ["a.rs:2: `long` has 71 lines"]);
    assert_eq!(long_functions(&[source("a.rs", &fitting), source("pure/a/tests/b.rs", &long)]), [""; 0]);
}

#[test]
fn reaching_into_the_world_is_found() {
    for (code, is_pure) in [
        ("use std::net::{Ipv4Addr, Ipv6Addr};", true),
        ("use std::net::{Ipv4Addr, TcpStream};", false),
        ("use std::{io::Read, fs as files};", false),
        ("use std::{collections::BTreeMap, time::{Duration, Instant}};", false),
        ("use std::time::Duration;", true),
        ("let text = std::fs::read(path);", false),
        ("// std::fs is not for us", true),
        ("#[cfg(test)] mod tests { use std::fs; }", true),
        ("let now = jiff::Timestamp::now();", false),
        ("let id = uuid::Uuid::new_v4();", false),
    ] {
        let found = impure(&[Source { path: "pure/a/src/b.rs".to_owned(), text: code.to_owned() }]);
        assert_eq!(found.is_empty(), is_pure, "{code}: {found:?}");
    }
}

#[test]
fn stray_sql_and_odd_migrations_are_found() {
    for (path, literal, is_right) in [
        ("parts/a/src/verb.rs", "SELECT id FROM x", false),
        ("parts/a/src/verb.rs", "UPDATE x SET y = 1", false),
        ("parts/a/src/verb.rs", "Select a source, then update it", true),
        ("parts/a/src/sql.rs", "SELECT id FROM x", true),
        ("parts/a/src/sql/more.rs", "DELETE FROM x", true),
        ("parts/a/tests/verb.rs", "SELECT id FROM x", true),
        ("doors/web/src/sql.rs", "INSERT INTO x VALUES (1)", false),
    ] {
        let text = format!("let sql = \"{literal}\";");
        assert_eq!(stray_sql(&[Source { path: path.to_owned(), text }]).is_empty(), is_right, "{path} {literal}");
    }
    let names = ["0001_a.sql", "0003_c.sql"].map(str::to_owned);
    let list = "(\"0001_a\", include_str!(\"../migrations/0001_a.sql\"))";
    assert_eq!(migration_gaps(&names, list).len(), 3);
    assert_eq!(foreign_types(&[("m".to_owned(), "a BIGINT, -- not an INT\nb JSONB".to_owned())]), ["m:2: JSONB"]);
}
