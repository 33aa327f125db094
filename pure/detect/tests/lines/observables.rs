//! The observables of events, and the laws that hold for any line.

use proptest::prelude::*;
use ward_detect::event::{Event, Observable};
use ward_detect::lines::{LineOptions, LineParser, Parsed};
use ward_stix::normal::format_address;

use super::text;

fn observables(event: &Event<'_>) -> Vec<String> {
    let mut seen = Vec::new();
    event.observables(&mut Vec::new(), &mut |observable| {
        seen.push(match observable {
            Observable::Address(address) => format_address(address),
            Observable::Domain(name) => format!("domain {}", text(Some(name))),
            Observable::Url(url) => format!("url {}", text(Some(url))),
            Observable::Hash(hash) => format!("hash {}", text(Some(hash))),
            Observable::UserAgent(user_agent) => format!("ua {}", text(Some(user_agent))),
        });
    });
    seen
}

#[test]
fn observables_are_handed_out_once() {
    let cases: [(&str, &[&str], &[&str]); 6] = [
        (
            r#"192.0.2.7 - - [T] "GET /a HTTP/1.1" 200 5 "https://R.example/x%41?q" "u""#,
            &[],
            &["192.0.2.7", "domain r.example", "url r.example/xA?q", "ua u"],
        ),
        (
            r#"192.0.2.7 - - [T] "GET /a HTTP/1.1" 200 5"#,
            &["vote.example.gov", "VOTE.example.gov:443", "b.example"],
            &["192.0.2.7", "url b.example/a", "url vote.example.gov/a"],
        ),
        (
            r#"v.example:443 192.0.2.7 - - [T] "GET /a HTTP/1.1" 200 5 "https://v.example/a" "-""#,
            &["other.example"],
            &["192.0.2.7", "domain v.example", "url v.example/a"],
        ),
        (
            r#"192.0.2.7 - - [T] "GET http://Evil.example/a HTTP/1.1" 200 5"#,
            &["a.example", "b.example"],
            &["192.0.2.7", "domain evil.example", "url evil.example/a"],
        ),
        (r#"192.0.2.7 - - [T] "CONNECT evil.example:443 HTTP/1.1" 405 5"#, &[], &["192.0.2.7", "domain evil.example"]),
        (r#"192.0.2.7, 192.0.2.7 - - [T] "OPTIONS * HTTP/1.1" 200 5"#, &["a.example"], &["192.0.2.7"]),
    ];
    for (line, site_hosts, expected) in cases {
        let site_hosts = site_hosts.iter().map(|&host| host.to_owned()).collect();
        let mut parser = LineParser::new(LineOptions { site_hosts, ..LineOptions::default() });
        let line = line.replace("[T]", "[03/Nov/2026:08:00:00 +0000]");
        let Parsed::Event(event) = parser.parse(line.as_bytes()) else {
            panic!("{line}");
        };
        assert_eq!(observables(&event), expected, "{line}");
        assert_eq!(observables(&event.clone().into_owned()), expected, "owned: {line}");
    }
}

/// Pieces of which real and broken lines are made.
fn a_piece() -> impl Strategy<Value = Vec<u8>> {
    let pieces = [
        "192.0.2.7",
        "10.0.0.1, 10.0.0.2",
        " - - ",
        "[",
        "[03/Nov/2026:08:00:00 +0000] ",
        "\"",
        "\\",
        "\"GET / HTTP/1.1\" 200 5",
        " ",
        "{",
        "}",
        ":",
        "\"event_type\":\"dns\"",
        "\"timestamp\":\"2026-11-03T08:00:00Z\"",
        ",",
        "\"dns\":[{\"rdata\":\"x\"}]",
        "\t",
        "#fields\tts\thost",
        "#separator ",
        "1793692800.1",
        "\n",
        "\0",
        "https://",
        "\\x2",
        "%4",
    ];
    prop_oneof![
        4 => proptest::sample::select(pieces.to_vec()).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..12),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_line_makes_it_panic(lines in proptest::collection::vec(proptest::collection::vec(a_piece(), 0..14), 1..5)) {
        let mut parser = LineParser::new(LineOptions { site_hosts: vec!["a.example".to_owned()], ..LineOptions::default() });
        for line in lines {
            if let Parsed::Event(event) = parser.parse(&line.concat()) {
                let all = observables(&event);
                let distinct: std::collections::BTreeSet<&String> = all.iter().collect();
                prop_assert_eq!(distinct.len(), all.len(), "{:?}", all);
                ward_detect::signs::signs(&event);
            }
        }
    }

    #[test]
    fn a_logged_request_comes_back_as_it_was_sent(target in "/[ -~é\\x00-\\x1f]{0,20}", user_agent in "[ -~\\x00-\\x1f]{2,20}x") {
        let escape = |sent: &str| sent.bytes().map(|byte| match byte {
            b'"' | b'\\' => format!("\\{}", char::from(byte)),
            0x20..=0x7e => char::from(byte).to_string(),
            _ => format!("\\x{byte:02x}"),
        }).collect::<String>();
        let line = format!("192.0.2.7 - - [03/Nov/2026:08:00:00 +0000] \"GET {} HTTP/1.1\" 200 5 \"-\" \"{}\"", escape(&target), escape(&user_agent));
        let mut parser = LineParser::new(LineOptions::default());
        let Parsed::Event(event) = parser.parse(line.as_bytes()) else {
            return Err(TestCaseError::fail(line));
        };
        prop_assert_eq!(event.target.as_deref(), Some(target.as_bytes()));
        prop_assert_eq!(event.user_agent.as_deref(), Some(user_agent.as_bytes()));
    }
}
