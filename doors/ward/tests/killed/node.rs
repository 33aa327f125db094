//! A node that is killed while its logs grow: every line is read once, and one answer with the right count comes home.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use ward_store::testing::{Kind, TestDatabase};

use super::house::{House, Pauses, until};

const KILLS: usize = 50;
const LINES_A_TURN: usize = 20;
const LISTED: &str = "203.0.113.9";

#[test]
fn a_node_killed_fifty_times_reads_every_line_once_and_answers_once() {
    let database = TestDatabase::new(Kind::Sqlite);
    let hub = House::make("hub", &database.folder.join("hub"), "Hub", None);
    let node = House::make("node", &database.folder.join("node"), "Pine County", None);
    let hub_server = hub.serve();
    until("the hub", || listens(&hub_server.url()));
    add_signers(&hub);
    let county = hub.json(&["organisation", "add", "--kind", "county", "--name", "Pine County", "--state", "AZ"]);
    let county_id = county["id"].as_str().unwrap();
    let token = hub.ward_as_admin(&["token", "join", "--organisation", county_id]);
    node.ward(&["node", "join", &hub_server.url(), "--token", token.trim(), "--as", "ada@test.invalid"]);
    let (log, began) = (database.folder.join("access.log"), ward_store::Clock::System.now() / 1_000_000);
    append(&log, began, 0, LINES_A_TURN);
    node.ward_as_admin(&["watch", "source", "add", "--name", "web", "--path", log.to_str().unwrap()]);
    node.ward_as_admin(&[
        "person",
        "add",
        "--name",
        "Dee Director",
        "--email",
        "dee@test.invalid",
        "--role",
        "director",
    ]);
    node.ward(&["watch", "settings", "--answers", "automatic", "--as", "dee@test.invalid"]);
    let report = publish(&hub, county_id, &database.folder, began);
    let mut server = node.serve();
    let mut pauses = Pauses(11);
    for kill in 1..=KILLS {
        append(&log, began, kill * LINES_A_TURN, LINES_A_TURN);
        std::thread::sleep(Duration::from_millis(100) + pauses.next(900));
        server.kill_and_restart();
    }
    let lines = (KILLS + 1) * LINES_A_TURN;
    until("the last line", || lines_read(&node) == lines);
    // Every fifth line is from the listed address.
    until("the answer with every hit", || answered_count(&hub, &report) == Some(lines / 5));
    drop(server);
    assert_eq!(lines_read(&node), lines);
    assert!(node.ward(&["log", "verify"]).starts_with("The record holds"));
    assert!(hub.ward(&["log", "verify"]).starts_with("The record holds"));
}

/// Lines of an access log, one a second from `began` (seconds UTC) on; every fifth is from the listed address.
fn append(log: &Path, began: i64, from: usize, count: usize) {
    let mut file = OpenOptions::new().create(true).append(true).open(log).unwrap();
    let mut text = String::new();
    for number in from..from + count {
        let client =
            if number % 5 == 0 { LISTED.to_owned() } else { format!("198.18.{}.{}", number / 250 % 250, number % 250) };
        let time = jiff::Timestamp::from_second(began + number as i64).unwrap().strftime("%d/%b/%Y:%H:%M:%S +0000");
        text.push_str(&format!(
            "{client} - - [{time}] \"GET /.env?n={number} HTTP/1.1\" 404 12 \"-\" \"sqlmap/1.0\"\n"
        ));
    }
    // In two writes, so that a reader can meet a line that is not finished.
    let half = text.len() / 2;
    file.write_all(&text.as_bytes()[..half]).unwrap();
    file.flush().unwrap();
    std::thread::sleep(Duration::from_millis(5));
    file.write_all(&text.as_bytes()[half..]).unwrap();
}

fn add_signers(hub: &House) {
    for (name, email, voucher) in
        [("Ann", "ann@test.invalid", None), ("Ben", "ben@test.invalid", Some("ann@test.invalid"))]
    {
        let added = hub.json(&["person", "add", "--name", name, "--email", email, "--role", "analyst"]);
        let link = added["link"].as_str().unwrap();
        hub.ward(&["person", "accept", "--link", link, "--name", name, "--email", email]);
        let vouched: Vec<&str> = voucher.map(|by| vec!["--vouched-by", by]).unwrap_or_default();
        hub.ward_as_admin(&[&["person", "enrol", email], vouched.as_slice()].concat());
    }
}

fn publish(hub: &House, recipient: &str, folder: &Path, began: i64) -> String {
    let draft = serde_json::json!({
        "headline": "Someone is trying doors on voter websites",
        "who_must_act": "Whoever looks after the website",
        "steps": ["Let Ward search your logs"],
        "confidence": "high",
        "why_different": "The same address was seen elsewhere",
        "stops_mattering_at": 4_102_444_800_000_000_i64,
        "tlp": "amber",
        "search_from": (began - 3600) * 1_000_000,
        "search_until": (began + 86_400) * 1_000_000,
        "indicators": [{"pattern": format!("[ipv4-addr:value = '{LISTED}']"), "confirmed": true}],
        "recipients": [recipient],
        "first_seen_at": null,
    });
    let file = folder.join("draft.json");
    std::fs::write(&file, draft.to_string()).unwrap();
    let key: serde_json::Value =
        serde_json::from_str(&hub.ward(&["alert", "draft", file.to_str().unwrap(), "--as", "ann@test.invalid"]))
            .unwrap();
    let report = key["report_id"].as_str().unwrap().to_owned();
    for signer in ["ann@test.invalid", "ben@test.invalid"] {
        hub.ward(&["alert", "sign", &report, "--as", signer]);
    }
    hub.ward(&["alert", "publish", &report, "--as", "ann@test.invalid"]);
    report
}

/// How many lines the node says that it has read.
fn lines_read(node: &House) -> usize {
    let sources = node.ward(&["watch", "source", "list"]);
    let source: serde_json::Value = serde_json::from_str(sources.lines().next().unwrap()).unwrap();
    source["read"]["lines"]["lines_read"].as_u64().unwrap_or(0) as usize
}

/// The count of hits in the newest answer of the only node, as the hub has it. There is one row for it, whatever was sent how often.
fn answered_count(hub: &House, report: &str) -> Option<usize> {
    let situation = hub.ward(&["situation", report, "--json", "--as", "ann@test.invalid"]);
    let situation: serde_json::Value = serde_json::from_str(&situation).unwrap();
    let rows: Vec<&serde_json::Value> =
        situation["rows"].as_array().unwrap().iter().filter(|row| row["matches"].is_u64()).collect();
    assert!(rows.len() <= 1, "more than one answer of one node: {rows:?}");
    rows.first().and_then(|row| row["matches"].as_u64()).map(|count| count as usize)
}

fn listens(url: &str) -> bool {
    std::net::TcpStream::connect(url.trim_start_matches("http://")).is_ok()
}
