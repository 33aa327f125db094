//! The scenario from end to end, as a newcomer runs it: real processes, real HTTP, real files; and with another list of states.
#![cfg(test)]

#[path = "demo/guide.rs"]
mod guide;
#[path = "demo/visitor.rs"]
mod visitor;

use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn ward(arguments: &[&str]) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_ward")).args(arguments).output().expect("the binary runs");
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "ward {arguments:?} failed: {out}{err}");
    out.into_owned()
}

fn play(folder: &Path, more: &[&str]) -> String {
    let printed = ward(&[&["demo", "--exit-when-ready", "--dir", folder.to_str().unwrap()], more].concat());
    assert!(printed.starts_with("RECONSTRUCTION, INVENTED LOGS"), "{printed}");
    printed
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&ward(arguments)).expect("one JSON object")
}

fn standings(folder: &Path) -> Vec<(String, String)> {
    let situation = json(&["situation", "--json", "--dir", folder.to_str().unwrap()]);
    let rows = situation["rows"].as_array().unwrap();
    rows.iter().map(|row| (row["state"].as_str().unwrap().to_owned(), row["standing"].to_string())).collect()
}

#[tokio::test]
async fn the_scenario_ends_with_twenty_one_states_one_of_them_accessed() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("demo");
    let running = guide::Running::new(&home);
    let printed = &running.printed;
    assert!(printed.starts_with("RECONSTRUCTION, INVENTED LOGS"), "{printed}");
    guide::is_followed(&running).await;
    guide::says_everywhere_what_it_is(&running).await;
    guide::tells_programs_what_it_is(&running).await;
    assert!(printed.contains("51 of 51 states have answered; 21 confirmed"), "{printed}");
    let standings = standings(&home);
    let with = |text: &str| standings.iter().filter(|(_, standing)| standing.contains(text)).count();
    assert_eq!((standings.len(), with("confirmed"), with("accessed")), (51, 21, 1));
    assert_eq!(with("not-seen") + with("partly-searched") + with("blind"), 30, "{standings:?}");
    assert!(with("not-seen") > 0 && with("partly-searched") > 0 && with("blind") > 0);
    assert_eq!(standings.iter().find(|(_, standing)| standing.contains("accessed")).unwrap().0, "IL");

    let brief = json(&["brief", "--format", "json", "--dir", home.to_str().unwrap()]);
    assert_eq!(brief["notice"], "RECONSTRUCTION, INVENTED LOGS");
    assert_eq!((&brief["figures"][0]["id"], &brief["figures"][0]["value"]), (&Value::from("F1"), &Value::from(21)));
    let before = json(&["brief", "--format", "json", "--as-of", "2016-08-17", "--dir", home.to_str().unwrap()]);
    assert_eq!(before["figures"][0]["value"], Value::Null, "nothing was known the day before: {before}");
    for installation in ["hub", "il", "ak", "wy", "ak-pine"] {
        let verified = ward(&["log", "verify", "--dir", home.join(installation).to_str().unwrap()]);
        assert!(verified.starts_with("The record holds"), "{installation}: {verified}");
    }
    no_line_left(&home);
}

/// What the hub holds names no address, path or agent of the owners' logs.
fn no_line_left(home: &Path) {
    let report = json(&["situation", "--json", "--dir", home.to_str().unwrap()]);
    let report = report["report_id"].as_str().unwrap();
    let review = json(&["watch", "review", "--json", "--dir", home.join("il").to_str().unwrap(), report]);
    let left: Vec<&str> =
        review["what_left"].as_array().unwrap().iter().map(|answer| answer["body"].as_str().unwrap()).collect();
    assert!(!left.is_empty());
    for hit in review["hits"].as_array().unwrap() {
        for part in ["client", "path", "user_agent", "file"] {
            let Some(part) = hit[part].as_str().filter(|part| part.len() > 4) else { continue };
            assert!(left.iter().all(|body| !body.contains(part)), "`{part}` left the machine");
        }
    }
}

#[test]
fn another_list_of_states_gives_another_situation() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.csv");
    std::fs::write(&list, "code,outcome\nVT,scanned\nHI,breach\nGA,scanned\n").unwrap();
    let home = folder.path().join("demo");
    play(&home, &["--targeted", list.to_str().unwrap()]);
    let confirmed: Vec<String> = standings(&home)
        .into_iter()
        .filter(|(_, standing)| standing.contains("confirmed"))
        .map(|(state, _)| state)
        .collect();
    assert_eq!(confirmed, ["GA", "HI", "VT"]);
}

#[test]
fn a_folder_that_is_in_use_or_a_list_that_is_wrong_is_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.txt");
    std::fs::write(&file, "mine").unwrap();
    let refused = |arguments: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_ward")).args(arguments).output().unwrap();
        assert_eq!(done.status.code(), Some(2));
        String::from_utf8_lossy(&done.stderr).into_owned()
    };
    let said = refused(&["demo", "--exit-when-ready", "--dir", folder.path().to_str().unwrap()]);
    assert!(said.contains("is not empty"), "{said}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    let list = folder.path().join("list.csv");
    std::fs::write(&list, "code\nIL\nXX\n").unwrap();
    let new = folder.path().join("new");
    let said = refused(&["demo", "--dir", new.to_str().unwrap(), "--targeted", list.to_str().unwrap()]);
    assert!(said.contains("list.csv") && said.contains("XX"), "{said}");
    assert!(!new.exists());
}

#[test]
fn the_scenarios_clock_counts_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("node");
    ward(&["init", "node", "--name", "Pine County", "--state", "AZ", "--dir", home.to_str().unwrap()]);
    std::fs::write(home.join("demonstration-clock.json"), r#"{"shown":1471521600000000,"real":0}"#).unwrap();
    let done =
        Command::new(env!("CARGO_BIN_EXE_ward")).args(["serve", "--dir", home.to_str().unwrap()]).output().unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&done.stderr).contains("clock"));
}
