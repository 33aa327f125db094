//! Printed: every sheet bears the marking and its number, and nothing of the menu.

use std::process::Command;

use crate::chromium::{Script, Tab, is_installed, is_there};
use crate::scene::WORDS;
use crate::world::{Side, World, account};

/// Page, who prints it, the marking, and words that are on it.
const SHEETS: [(Side, &str, &str, &str, &str); 8] = [
    (Side::Hub, "dora", "/situation?alert={report}", "TLP:AMBER", "offices asked have answered"),
    (Side::Hub, "ana", "/alerts/{draft}?version={draft_version}", "TLP:GREEN", "What to do today"),
    (Side::Hub, "ana", "/alerts/{other}", "TLP:AMBER", "Who has answered"),
    (Side::Hub, "ada", "/record", "NOT MARKED", "The latest checkpoint"),
    (Side::Member, "cleo", "/alerts/{report}", "TLP:AMBER", "What to do today"),
    (Side::Node, "ida", "/alerts/{report}", "TLP:AMBER", "What left this machine"),
    (Side::Node, "ida", "/alerts/{report}/review", "TLP:AMBER", "Lines that match"),
    (Side::Node, "dora", "/answers/{sighting}", "TLP:AMBER", "Exactly what leaves"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_sheet_bears_its_marking_and_number() {
    let reader = Command::new("pdftotext").arg("-v").output().is_ok();
    if !is_installed() || !is_there(if reader { &[] } else { &["pdftotext"] }, "Debian's poppler-utils") {
        return;
    }
    let world = World::new(&WORDS, str::to_owned).await;
    let mut tab = Tab::open(Script::On).await;
    let mut sheets_seen = 0;
    for (side, person, address, marking, words) in SHEETS {
        tab.site.clone_from(&world.office(side).url);
        tab.sign_in(&account(side, person), "/").await;
        tab.go(&world.address(address)).await;
        let sheets = text_of(&tab.print().await);
        let all = sheets.join(" ");
        assert!(all.contains(words) && !all.contains("Sign out") && !all.contains("Skip to"), "{address}: {all}");
        for (place, sheet) in sheets.iter().enumerate() {
            let number = format!("Page {} of {}", place + 1, sheets.len());
            let first = sheet.lines().map(str::trim).find(|line| !line.is_empty());
            assert_eq!(first, Some(marking), "{address}, {number}");
            assert!(sheet.contains(&number), "{address}: {sheet}");
        }
        sheets_seen += sheets.len();
    }
    assert!(sheets_seen > SHEETS.len(), "some have more than one sheet");
}

/// The text of each sheet of a PDF.
fn text_of(pdf: &[u8]) -> Vec<String> {
    let path = std::env::temp_dir().join(format!("ward-print-{}.pdf", std::process::id()));
    std::fs::write(&path, pdf).unwrap();
    let done = Command::new("pdftotext").arg("-layout").arg(&path).arg("-").output().unwrap();
    std::fs::remove_file(&path).unwrap();
    let text = String::from_utf8(done.stdout).unwrap();
    text.split_terminator('\u{c}').map(str::to_owned).collect()
}
