//! `ward brief verify` as a stranger runs it: a file, no installation, and an exit code.
#![cfg(test)]

use std::process::Command;

use serde_json::json;
use ward_brief::{Document, PROGRAM};

fn document(hub: &str) -> Document {
    let bundle = json!({"hub": hub, "as_of": 1_471_521_600_000_000_i64, "events_from": null, "events_until": null,
        "has_every_alert": true, "jurisdictions_are_states": true, "are_names_withheld": false, "is_demonstration": true, "alerts": [],
        "recipients": 0, "recipients_lacking_verified_pair": 0, "jurisdictions": []});
    Document::new(serde_json::from_value(bundle).unwrap(), None, PROGRAM, None)
}

/// Exit code and output.
fn verify(bytes: &[u8], options: &[&str]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("brief");
    std::fs::write(&file, bytes).unwrap();
    let mut ward = Command::new(env!("CARGO_BIN_EXE_ward"));
    let done = ward.args(["brief", "verify"]).arg(&file).args(options).output().unwrap();
    let said = [done.stdout, done.stderr].concat();
    (done.status.code().unwrap(), String::from_utf8(said).unwrap())
}

#[test]
fn without_a_command_it_asks_for_the_folder() {
    let ward = |options: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_ward"))
            .env_remove("WARD_DIR")
            .arg("brief")
            .args(options)
            .output()
            .unwrap();
        (done.status.code().unwrap(), String::from_utf8(done.stderr).unwrap())
    };
    let (code, said) = ward(&[]);
    assert!(code == 2 && said.contains("--dir"), "{said}");
    let (code, said) = ward(&["--dir", "/no/such/folder", "--format", "pdf"]);
    assert!(code == 2 && said.contains("/no/such/folder"), "{said}");
}

#[test]
fn each_form_is_verified_and_the_exit_code_says_how_it_went() {
    let document = document("Test Hub");
    let json = format!("{}\n", document.json());
    let pdf = ward_brief::pdf(&document).unwrap();
    for bytes in [json.as_bytes(), ward_web::brief::html(&document).as_bytes(), &pdf] {
        let (code, said) = verify(bytes, &[]);
        assert_eq!(code, 0, "{said}");
        assert!(
            said.starts_with(
                "Brief, Test Hub (not frozen): its arithmetic holds; that it comes from the hub is not proved.\n"
            ) && said.contains("Not frozen")
                && said.contains("RECONSTRUCTION, INVENTED LOGS"),
            "{said}"
        );
    }
    let (code, said) = verify(json.replace("\"reporting\":0", "\"reporting\":1").as_bytes(), &[]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("figure F1: reporting is `1`, recomputed `0`"), "{said}");
    let (code, said) = verify(json.as_bytes(), &["--key", "a+b+c", "--json"]);
    assert!(code == 1 && said.contains("\"holds\":false") && said.contains("on no log"), "{said}");
    let (_, said) = verify(json.as_bytes(), &["--json"]);
    assert!(said.contains("\"on_record\":\"not-frozen\""), "{said}");
    for (bytes, words) in [
        (&b"hello"[..], "the file is not a brief"),
        (b"", "the file is not a brief"),
        (b"{\"as_of\": 1}", "line 1 column"),
        (b"%PDF-1.7 nothing", "no file is attached"),
    ] {
        let (code, said) = verify(bytes, &[]);
        assert!(code == 2 && said.contains(words), "{said}");
    }
}

#[test]
fn nothing_in_a_file_steers_the_terminal() {
    let document = document("\u{1b}[2J\u{202e}Hub");
    let whole = format!("{}\n", document.json());
    for bytes in [whole.clone(), whole.replace("\"reporting\":0", "\"reporting\":1"), "\u{202e}\u{1b}]0;x".to_owned()] {
        for options in [&[][..], &["--json"], &["--key", "\u{1b}[31m\u{202e}"]] {
            let (_, said) = verify(bytes.as_bytes(), options);
            let steers = |letter: char| letter.is_control() && letter != '\n' || letter == '\u{202e}';
            assert!(!said.contains(steers), "{said:?}");
        }
    }
    let (_, said) = verify(whole.as_bytes(), &[]);
    assert!(said.starts_with("Brief, [U+001B][2J[U+202E]Hub (not frozen)"), "{said:?}");
}
