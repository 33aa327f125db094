//! Rules about words: what is never committed, and that documents stay in step with the code.

use std::process::{Command, Stdio};

use crate::files::Manifest;
use crate::floors::package;

/// Words of unfinished work and of the machine on which it was done, each in two halves so that this file does not hold them.
const BANNED: [(&str, &str); 8] = [
    ("TO", "DO"),
    ("FIX", "ME"),
    ("#[ign", "ore]"),
    ("to", "do!("),
    ("unimple", "mented!("),
    ("/wo", "rk/"),
    ("/fa", "rm/"),
    (".libr", "ary"),
];

/// What a path in a document begins with when it is one of the repository.
const OURS: [&str; 7] = ["pure/", "edge/", "parts/", "doors/", "docs/", "scripts/", ".ci/"];

/// Where the words are.
pub fn banned_words(files: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files {
        for (place, line) in text.lines().enumerate() {
            let banned = BANNED.iter().map(|(first, second)| format!("{first}{second}"));
            let words = banned.filter(|word| line.contains(word.as_str()));
            found.extend(words.map(|word| format!("{path}:{}: {word}", place + 1)));
        }
    }
    found
}

/// Crates that the text does not name, by folder and by package.
pub fn unnamed(text: &str, manifests: &[Manifest]) -> Vec<String> {
    let names = manifests.iter().flat_map(|manifest| [manifest.folder.as_str(), package(manifest)]);
    names.filter(|name| !text.contains(&format!("`{name}`"))).map(str::to_owned).collect()
}

/// Paths in backticks and targets of links that do not exist.
pub fn dead_paths(document: &str, text: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let folder = document.rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default();
    let code = spans(text).into_iter().filter(|span| OURS.iter().any(|ours| span.starts_with(ours)));
    let paths = code.filter(|span| !span.contains([' ', '*', '{', '<', '…', '('])).map(str::to_owned);
    let links = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    let links = links.filter(|link| !link.is_empty() && !link.contains("://")).map(|link| format!("{folder}{link}"));
    paths.chain(links).filter(|path| !exists(path)).collect()
}

/// Commands of `ward` in backticks and in code blocks that the binary does not know.
pub fn dead_commands(text: &str, is_command: impl Fn(&[&str]) -> bool) -> Vec<String> {
    let lines = text.split("```").skip(1).step_by(2).flat_map(str::lines).map(str::trim);
    let mut commands: Vec<Vec<&str>> = spans(text).into_iter().chain(lines).filter_map(command).collect();
    commands.sort();
    commands.dedup();
    commands.retain(|words| !is_command(words));
    commands.into_iter().map(|words| format!("ward {}", words.join(" "))).collect()
}

/// Whether the binary knows a command of these words.
pub fn is_command(words: &[&str]) -> bool {
    let mut ward = Command::new(env!("CARGO_BIN_EXE_ward"));
    ward.args(words).arg("--help").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    ward.status().is_ok_and(|status| status.success())
}

/// The words of a command that name it: those before the first option or value. None for a text that is no command.
fn command(text: &str) -> Option<Vec<&str>> {
    let rest = text.trim_start_matches("$ ").strip_prefix("ward ")?;
    let is_name = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-');
    Some(rest.split_whitespace().take_while(is_name).collect())
}

/// What stands between single backticks, on one line.
fn spans(text: &str) -> Vec<&str> {
    let outside = text.split("```").step_by(2);
    outside.flat_map(str::lines).flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn words_out_of_step_are_found() {
    let word = BANNED.map(|(first, second)| format!("{first}{second}"));
    assert_eq!(
        banned_words(&[("a".to_owned(), format!("fine\n// {}: later", word[0]))]),
        [format!("a:2: {}", word[0])]
    );
    let text = "See `pure/here.rs`, `pure/gone.rs`, `pure/*`, [a](b.md#c) and [d](https://e.example/f).";
    assert_eq!(dead_paths("docs/x.md", text, |path| path == "pure/here.rs"), ["pure/gone.rs", "docs/b.md"]);
    let text =
        "`ward log verify --dir D` and `ward fly`\n```\nward serve --dir D\n$ ward walk away\n```\n`ward.sqlite`";
    assert_eq!(dead_commands(text, |words| ["log", "serve"].contains(&words[0])), ["ward fly", "ward walk away"]);
    let manifest = Manifest { folder: "pure/x".to_owned(), text: "name = \"ward-x\"".to_owned() };
    assert_eq!(unnamed("`pure/x`", &[manifest]), ["ward-x"]);
}
