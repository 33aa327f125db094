//! `ward watch match` and `ward watch lookback` print the same, and find exactly the lines that an independent script
//! finds: on small fixtures of every format, and on real logs with indicators taken from them.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/independent/find_lines.py");

fn ward(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ward")).arg("watch").args(arguments).output().unwrap()
}

fn script(arguments: &[&str]) -> String {
    let output = Command::new("python3").arg(SCRIPT).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

type Lines = BTreeSet<(String, String, u64)>;

/// The hits and the summary of JSON lines.
fn hits_of(stdout: &[u8]) -> (Lines, Value) {
    let mut lines: Vec<Value> =
        String::from_utf8_lossy(stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let summary = lines.pop().unwrap()["summary"].clone();
    assert_eq!(summary["hits"].as_u64(), Some(lines.len() as u64));
    let field = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
    let hits = lines
        .iter()
        .map(|line| (field(line, "indicator"), field(line, "file"), line["line"].as_u64().unwrap()))
        .collect();
    (hits, summary)
}

/// Takes indicators from the logs, and compares match, look-back and the script; returns how many hits there were.
fn check(name: &str, logs: &[PathBuf]) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let patterns = folder.path().join("patterns");
    let archive = folder.path().join("archive");
    let logs: Vec<&str> = logs.iter().map(|path| text(path)).collect();
    fs::write(&patterns, script(&[&["take"], logs.as_slice()].concat())).unwrap();
    let expected: Lines = script(&[&["find", text(&patterns)], logs.as_slice()].concat())
        .lines()
        .map(|line| {
            let parts: Vec<&str> = line.split('\t').collect();
            (parts[0].to_owned(), parts[1].to_owned(), parts[2].parse().unwrap())
        })
        .collect();

    let matched = ward(&[&["match", "--json", "--indicators", text(&patterns)], logs.as_slice()].concat());
    assert!(matched.status.success(), "{name}: {}", String::from_utf8_lossy(&matched.stderr));
    let (found, summary) = hits_of(&matched.stdout);
    let only = |one: &Lines, other: &Lines| one.difference(other).take(5).cloned().collect::<Vec<_>>();
    assert_eq!((only(&found, &expected), only(&expected, &found)), (vec![], vec![]), "{name}");

    let archived = ward(&[&["archive", "--to", text(&archive)], logs.as_slice()].concat());
    assert!(archived.status.success(), "{name}: {}", String::from_utf8_lossy(&archived.stderr));
    let again = ward(&[&["archive", "--json", "--to", text(&archive)], logs.as_slice()].concat());
    let report: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(
        (&report["lines_read"], &report["archived"]["lines_read"]),
        (&0.into(), &summary["lines_read"]),
        "{name}"
    );

    let lookback = ["lookback", "--indicators", text(&patterns), "--archive", text(&archive), "--json"];
    assert!(ward(&lookback).stdout == matched.stdout, "{name}: look-back and match differ");
    let counts = ward(&[&lookback[..], &["--counts"]].concat());
    let (mut sum, mut seen) = (0, 0);
    for line in String::from_utf8_lossy(&counts.stdout).lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        if let Some(count) = line["count"].as_u64() {
            let own = found.iter().filter(|hit| Some(hit.0.as_str()) == line["indicator"].as_str()).count();
            assert_eq!(count, own as u64, "{name}: {line}");
            sum += count;
            seen += u64::from(count > 0);
        }
    }
    assert_eq!((Some(sum), Some(seen)), (summary["hits"].as_u64(), summary["indicators_matched"].as_u64()), "{name}");
    found.len()
}

const COMBINED: &str = r#"198.51.100.7 - - [03/May/2018:10:00:00 +0000] "GET /a%41?b=c HTTP/1.1" 200 12 "http://ref.example/x?y=1" "Mozilla/5.0 \"q\""
198.51.100.71 - - [03/May/2018:10:00:01 +0000] "GET / HTTP/1.1" 200 -
2001:db8::1 - jane doe [03/May/2018:10:00:02 -0400] "POST /submit HTTP/1.1" 302 0 "-" "curl/7.1"

vote.example.gov:443 192.0.2.9 - - [03/May/2018:10:00:03 +0000] "GET /status?id=1 HTTP/1.1" 200 5 "https://vote.example.gov/" "curl/7.1" 0.003
10.0.0.2, 10.0.0.1, 127.0.0.1 - - [03/May/2018:10:00:04 +0000] "GET / HTTP/1.1" 200 5 "-" "-"
this is no log line
host.example - - [03/May/2018:10:00:05 +0000] "GET http://absolute.example:8080/p?q HTTP/1.1" 404 5 "-" "Bot?x"
::ffff:198.51.100.7 - - [03/May/2018:10:00:06 +0000] "" 400 0 "-" "-"
198.51.100.7 - - [03/May/2018:10:00:07 +0000] "GET /cut HTTP/1.1" 200 5 "-" "ends here""#;

const EVE: &str = r#"{"timestamp":"2018-05-03T10:00:00.123456+0000","event_type":"http","src_ip":"198.51.100.7","dest_ip":"192.0.2.1","http":{"hostname":"Vote.example.gov","url":"/status?id=1","http_user_agent":"sqlmap/1.0","http_refer":"http://ref.example/","status":200}}
{"timestamp":"2018-05-03T10:00:01.000000+0000","event_type":"dns","src_ip":"192.0.2.1","dest_ip":"192.0.2.53","dns":{"type":"answer","rrname":"evil.example","answers":[{"rrname":"evil.example","rrtype":"A","rdata":"203.0.113.9"}]}}
{"timestamp":"2018-05-03T10:00:02.000000+0000","event_type":"fileinfo","src_ip":"198.51.100.7","dest_ip":"192.0.2.1","fileinfo":{"filename":"/a","md5":"0123456789abcdef0123456789abcdef"}}
{"timestamp":"2018-05-03T10:00:03.000000+0000","event_type":"tls","src_ip":"2001:db8::1","dest_ip":"192.0.2.1","tls":{"sni":"evil.example"}}
{"timestamp":"2018-05-03T10:00:04.000000+0000","event_type":"stats","stats":{}}
"#;

const ZEEK: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\thttp\n\
    #fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tmethod\thost\turi\treferrer\tuser_agent\tstatus_code\tresponse_body_len\n\
    #types\ttime\tstring\taddr\tport\taddr\tport\tstring\tstring\tstring\tstring\tstring\tcount\tcount\n\
    1525341600.123456\tC1\t198.51.100.7\t1\t192.0.2.1\t80\tGET\tvote.example.gov\t/status?id=1\thttp://ref.example/\tcurl\\x097\t200\t5\n\
    1525341601.000000\tC2\t198.51.100.8\t1\t192.0.2.1\t80\tGET\t-\t/\t-\t-\t200\t5\n#close\t2018-05-03-11-00-00\n";

const ZEEK_JSON: &str = r#"{"ts":1525341600.5,"uid":"C1","id.orig_h":"198.51.100.7","id.orig_p":1,"id.resp_h":"192.0.2.1","id.resp_p":80,"method":"GET","host":"vote.example.gov","uri":"/status","user_agent":"curl/7.1"}
{"ts":"2018-05-03T10:00:01.000000Z","uid":"C2","id.orig_h":"192.0.2.1","id.resp_h":"192.0.2.53","query":"evil.example","answers":["203.0.113.9","alias.example"]}
{"ts":1525341602.0,"fuid":"F1","tx_hosts":["198.51.100.7"],"rx_hosts":["192.0.2.1"],"sha256":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"}
"#;

#[test]
fn fixtures_of_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let fixtures = [("access.log", COMBINED), ("eve.json", EVE), ("http.log", ZEEK), ("zeek.json", ZEEK_JSON)];
    let mut logs = Vec::new();
    for (name, contents) in fixtures {
        let path = folder.path().join(name);
        fs::write(&path, contents).unwrap();
        assert!(check(name, std::slice::from_ref(&path)) > 5, "{name}");
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(contents.as_bytes()).unwrap();
        let packed_path = folder.path().join(format!("{name}.1.gz"));
        fs::write(&packed_path, packed.finish().unwrap()).unwrap();
        logs.extend([packed_path, path]);
    }
    check("all together", &logs);
}

/// The folder of test data, if it is there; without it the test is skipped, except where `CI` is set.
fn data() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = std::env::var("WARD_DATA").map_or_else(|_| PathBuf::from(default), PathBuf::from).join("watch");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var("CI").is_err(), "the test data is not at {}", folder.display());
    println!("skipped: no test data at {}", folder.display());
    None
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn real_access_logs() {
    let Some(data) = data() else { return };
    assert!(check("elastic", &[data.join("weblogs/elastic-apache_logs-10k-combined.gz")]) > 1_000);
    assert!(check("nginx", &[data.join("nginx/beats-nginx-test.log")]) > 10);
}

#[test]
fn real_sensor_logs() {
    let Some(data) = data() else { return };
    assert!(check("eve", &[data.join("eve/suricata-7.0.10-over-suricata-verify-pcaps.eve.json.gz")]) > 5_000);
    assert!(check("zeek tsv", &files_in(&data.join("zeek/wrccdc-tsv"))) > 50_000);
    assert!(check("zeek json", &files_in(&data.join("zeek/wrccdc-json"))) > 20_000);
}

/// Zeek's own test baselines, where times are blotted out: any time will do.
#[test]
fn zeek_baselines() {
    let Some(data) = data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let packed = data.join("zeek/zeek-btest-baseline-conn-http-dns-intel.tar.gz");
    let status = Command::new("tar").arg("xzf").arg(packed).arg("-C").arg(folder.path()).status().unwrap();
    assert!(status.success());
    let logs: Vec<PathBuf> = ward_sources::expand(folder.path())
        .unwrap()
        .into_iter()
        .filter(|path| {
            ["conn.log", "http.log", "dns.log", "ssl.log", "files.log"].iter().any(|name| path.ends_with(name))
        })
        .collect();
    assert!(check("zeek baselines", &logs) > 1_000);
}

#[test]
fn what_cannot_be_read_is_said_and_the_rest_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("good.log"), COMBINED).unwrap();
    fs::write(path("bad.log.gz"), [&[0x1f, 0x8b, 8, 0][..], &[0xff; 40]].concat()).unwrap();
    fs::write(path("indicators"), "198.51.100.7\n[ipv4-addr:value LIKE '198.%']\n").unwrap();
    let good = text(&path("good.log")).to_owned();
    let bad = text(&path("bad.log.gz")).to_owned();
    let indicators = text(&path("indicators")).to_owned();

    let output = ward(&["match", "--json", "--indicators", &indicators, &bad, &good]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("bad.log.gz"));
    let (hits, summary) = hits_of(&output.stdout);
    assert_eq!(hits.len(), 3);
    assert_eq!(summary["not_searched"][0]["place"], "line 2");
    assert_eq!(summary["lines_rejected"], 1);

    let table = ward(&["match", "--indicators", &indicators, &good]);
    assert_eq!(table.status.code(), Some(0));
    let shown = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(shown.ends_with("3 matches of 1 indicators in what was readable: 9 lines of 10, 1 rejected\n"), "{shown}");
    assert!(!shown.to_lowercase().contains("all clear"));

    for arguments in [
        vec!["match", "--indicators", "/nothing/there", &good],
        vec!["match", "--indicators", &good, "/nothing/there"],
        vec!["match", "--trusted-proxy", "nonsense", "--indicators", &indicators, &good],
        vec!["lookback", "--indicators", &indicators, "--archive", "/nothing/there"],
    ] {
        let output = ward(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn an_archive_follows_a_log_that_is_rotated() {
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs");
    let archive = folder.path().join("archive");
    fs::create_dir(&logs).unwrap();
    let indicators = folder.path().join("indicators");
    fs::write(&indicators, "198.51.100.0/24\n").unwrap();
    let line = |n: usize| {
        format!("198.51.100.{n} - - [03/May/2018:10:00:{n:02} +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"M\"\n")
    };
    let append = |numbers: std::ops::Range<usize>, end: &str| {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(logs.join("a.log")).unwrap();
        let text: String = numbers.map(line).collect();
        file.write_all(format!("{text}{end}").as_bytes()).unwrap();
    };
    let same = |step: &str| {
        assert!(ward(&["archive", "--to", text(&archive), text(&logs)]).status.success(), "{step}");
        let matched = ward(&["match", "--json", "--indicators", text(&indicators), text(&logs)]).stdout;
        let found =
            ward(&["lookback", "--json", "--indicators", text(&indicators), "--archive", text(&archive)]).stdout;
        assert_eq!(String::from_utf8_lossy(&found), String::from_utf8_lossy(&matched), "{step}");
    };
    append(0..5, "");
    same("first");
    append(5..8, "198.51.100.9 - - [03/May/2018:10");
    same("cut in the middle of a line");
    append(0..0, ":00:09 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"M\"\n");
    same("and completed");
    append(10..12, "");
    fs::rename(logs.join("a.log"), logs.join("a.log.1")).unwrap();
    append(20..25, "");
    same("renamed");
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&fs::read(logs.join("a.log.1")).unwrap()).unwrap();
    fs::remove_file(logs.join("a.log.1")).unwrap();
    fs::write(logs.join("a.log.2.gz"), packed.finish().unwrap()).unwrap();
    fs::rename(logs.join("a.log"), logs.join("a.log.1")).unwrap();
    append(30..31, "");
    same("compressed");
}
