//! House rules as tests: what ARCHITECTURE.md and CONTRIBUTING.md promise about the repository is checked here, and a broken rule says where.
#![cfg(test)]

#[path = "tidy/documents.rs"]
mod documents;
#[path = "tidy/files.rs"]
mod files;
#[path = "tidy/floors.rs"]
mod floors;
#[path = "tidy/scan.rs"]
mod scan;
#[path = "tidy/sources.rs"]
mod sources;

/// Fails with every finding, one a line.
fn check(rule: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{rule}:\n  {}\n", findings.join("\n  "));
}

#[test]
fn every_file_says_what_it_is() {
    check("a .rs file opens with `//!`", &sources::without_head(&files::sources()));
}

#[test]
fn files_are_short() {
    check("a file has at most 500 lines, better 400", &sources::long_files(&files::sources()));
}

#[test]
fn functions_fit_a_screen() {
    check("a function has at most 70 lines, better 40", &sources::long_functions(&files::sources()));
}

#[test]
fn the_core_is_pure() {
    check("a pure crate takes data and returns data", &sources::impure(&files::sources()));
}

#[test]
fn sql_has_its_files() {
    check("SQL is in edge/store and in sql.rs or sql/ of a part", &sources::stray_sql(&files::sources()));
}

#[test]
fn dependencies_point_down() {
    check("a floor knows only those below it", &floors::upward(&files::manifests()));
}

#[test]
fn libraries_stay_where_they_belong() {
    check("a library of the outside world has its home", &floors::astray(&files::manifests()));
}

#[test]
fn manifests_say_the_same() {
    check(
        "name, licence and lints of every crate",
        &floors::irregular(&files::manifests(), &files::read("Cargo.toml")),
    );
    assert!(
        files::read("LICENSE").trim_start().starts_with("Apache License"),
        "LICENSE holds the licence that Cargo.toml names"
    );
}

#[test]
fn migrations_are_numbered_and_listed() {
    let names = files::names("edge/store/migrations");
    let list = files::read("edge/store/src/migrations.rs");
    check("migrations are numbered without gaps and embedded", &sources::migration_gaps(&names, &list));
    let scripts = names
        .iter()
        .map(|name| (name.clone(), files::read(&format!("edge/store/migrations/{name}"))))
        .collect::<Vec<_>>();
    check("columns are BIGINT, TEXT or BYTEA", &sources::foreign_types(&scripts));
}

#[test]
fn the_project_speaks_of_itself_and_leaves_nothing_undone() {
    check("words that are not to be committed", &documents::banned_words(&files::all()));
}

#[test]
fn the_architecture_names_every_crate() {
    check(
        "ARCHITECTURE.md names every crate",
        &documents::unnamed(&files::read("ARCHITECTURE.md"), &files::manifests()),
    );
}

#[test]
fn documents_name_what_exists() {
    for (path, text) in files::documents() {
        check(&format!("{path} names what exists"), &documents::dead_paths(&path, &text, files::exists));
    }
}

#[test]
fn documents_name_commands_that_exist() {
    for (path, text) in files::documents() {
        check(&format!("{path} names commands of `ward`"), &documents::dead_commands(&text, documents::is_command));
    }
}
