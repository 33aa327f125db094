//! Access logs: common, combined, virtual hosts, proxies, hostile texts and what is no log line.

use ward_detect::lines::{Format, LineOptions, LineParser};
use ward_stix::normal::network;

use super::{check_access, show};

#[test]
fn common_and_combined() {
    check_access(
        &LineOptions::default(),
        &[
            (
                r#"192.0.2.7 - - [T] "GET /a?b=1 HTTP/1.1" 200 12 "https://x.example/" "curl/8.5.0""#,
                "T client=192.0.2.7 method=GET target=/a?b=1 status=200 bytes=12 ref=https://x.example/ ua=curl/8.5.0",
            ),
            (r#"192.0.2.7 - - [T] "GET / HTTP/1.1" 304 -"#, "T client=192.0.2.7 method=GET target=/ status=304"),
            (
                "192.0.2.7 - - [T] \"GET / HTTP/1.1\" 304 - \"-\" \"-\"\r\n",
                "T client=192.0.2.7 method=GET target=/ status=304",
            ),
            (r#"192.0.2.7 - - [T] "" 400 0 "-" "-""#, "T client=192.0.2.7 status=400 bytes=0"),
            (r#"192.0.2.7 - - [T] "-" 408 - "-" "-""#, "T client=192.0.2.7 status=408"),
            (r#"192.0.2.7 - - [T] "-" - - "-" "-""#, "T client=192.0.2.7"),
            (r#"192.0.2.7 - - [T] "\x16\x03\x01" 400 226 "-" "-""#, "T client=192.0.2.7 status=400 bytes=226"),
            (r#"192.0.2.7 - - [T] "GET /old" 200 5"#, "T client=192.0.2.7 method=GET target=/old status=200 bytes=5"),
            (
                r#"192.0.2.7 - - [T] "GET /a b c HTTP/2.0" 200 5"#,
                "T client=192.0.2.7 method=GET target=/a b c status=200 bytes=5",
            ),
            (
                r#"192.0.2.7 - - [T] "GET /a HTTP/1.1 x HTTP/3" 200 5"#,
                "T client=192.0.2.7 method=GET target=/a HTTP/1.1 x status=200 bytes=5",
            ),
            (
                r#"192.0.2.7 - - [T] "GET /?q=\"x\\y\x27 HTTP/1.1" 200 5 "-" "A \"B\"""#,
                r#"T client=192.0.2.7 method=GET target=/?q="x\y' status=200 bytes=5 ua=A "B""#,
            ),
            (
                r#"192.0.2.7 - - [T] "GET /a"b HTTP/1.1" 200 5"#,
                r#"T client=192.0.2.7 method=GET target=/a"b status=200 bytes=5"#,
            ),
            (
                r#"192.0.2.7 ident John Q [T] "GET / HTTP/1.1" 200 5"#,
                "T client=192.0.2.7 method=GET target=/ status=200 bytes=5",
            ),
            (
                r#"2001:db8::7 - - [T] "GET / HTTP/1.1" 200 5"#,
                "T client=2001:db8::7 method=GET target=/ status=200 bytes=5",
            ),
            (
                r#"fe80::1%eth0 - - [T] "GET / HTTP/1.1" 200 5"#,
                "T client=fe80::1 method=GET target=/ status=200 bytes=5",
            ),
            (
                r#"::ffff:192.0.2.7 - - [T] "GET / HTTP/1.1" 200 5"#,
                "T client=192.0.2.7 method=GET target=/ status=200 bytes=5",
            ),
            (
                r#"Host.Example.Net - - [T] "GET / HTTP/1.1" 200 5"#,
                "T hosts=host.example.net method=GET target=/ status=200 bytes=5",
            ),
            (r#"- - - [T] "GET / HTTP/1.1" 200 5"#, "T method=GET target=/ status=200 bytes=5"),
            (
                r#"192.0.2.7 - - [T] "GET / HTTP/1.1" 200 5 "http://r.example/" "cut o"#,
                "T client=192.0.2.7 method=GET target=/ status=200 bytes=5 ref=http://r.example/",
            ),
            (
                r#"192.0.2.7 - - [T] "GET / HTTP/1.1" 200 5 "-" "x" 0.004 up=1"#,
                "T client=192.0.2.7 method=GET target=/ status=200 bytes=5 ua=x",
            ),
        ],
    );
}

#[test]
fn virtual_hosts_and_wrapped_lines() {
    check_access(
        &LineOptions::default(),
        &[
            (
                r#"vote.example.gov:443 192.0.2.7 - - [T] "GET / HTTP/1.1" 200 5"#,
                "T client=192.0.2.7 host=vote.example.gov:443 method=GET target=/ status=200 bytes=5",
            ),
            (
                r#"vote.example.gov 2001:db8::7 - - [T] "GET / HTTP/1.1" 200 5"#,
                "T client=2001:db8::7 host=vote.example.gov method=GET target=/ status=200 bytes=5",
            ),
            (
                r#"vote.example.gov:80 host.example.net - - [T] "GET / HTTP/1.1" 200 5"#,
                "T hosts=host.example.net host=vote.example.gov:80 method=GET target=/ status=200 bytes=5",
            ),
            (
                r#""192.0.2.7 - - [T] ""GET /a HTTP/1.1"" 200 5 ""-"" ""x""""#,
                "T client=192.0.2.7 method=GET target=/a status=200 bytes=5 ua=x",
            ),
            (
                r#""192.0.2.7 - - [T] "GET /a HTTP/1.1" 200 5 "-" "x"""#,
                "T client=192.0.2.7 method=GET target=/a status=200 bytes=5 ua=x",
            ),
            (
                "\u{feff}192.0.2.7 - - [T] \"GET / HTTP/1.1\" 200 5",
                "T client=192.0.2.7 method=GET target=/ status=200 bytes=5",
            ),
            (
                "\0\0\x00192.0.2.7 - - [T] \"GET / HTTP/1.1\" 200 5",
                "T client=192.0.2.7 method=GET target=/ status=200 bytes=5",
            ),
        ],
    );
}

#[test]
fn hops_and_proxies() {
    let hops = r#"10.0.0.2, 203.0.113.9, 127.0.0.1 - - [T] "" 200 1"#;
    let quoted = r#""10.5.102.222, 199.96.1.1, 204.246.1.1" 10.2.1.185 - - [T] "" 200 1"#;
    let trailing = r#"10.0.0.1 - - [T] "" 200 1 "-" "x" "192.0.2.1, 198.51.100.7""#;
    let rest = "status=200 bytes=1";
    check_access(
        &LineOptions::default(),
        &[
            (hops, &format!("T client=127.0.0.1 more=10.0.0.2,203.0.113.9 {rest}")),
            (quoted, &format!("T client=10.2.1.185 more=10.5.102.222,199.96.1.1,204.246.1.1 {rest}")),
            (
                r#"2001:db8::8, 10.225.192.17 10.2.2.121 - - [T] "" 200 1"#,
                &format!("T client=10.2.2.121 more=2001:db8::8,10.225.192.17 {rest}"),
            ),
            (r#"- 10.2.2.121 - - [T] "" 200 1"#, &format!("T client=10.2.2.121 {rest}")),
            (trailing, &format!("T client=10.0.0.1 more=192.0.2.1,198.51.100.7 {rest} ua=x")),
            (r#"10.0.0.1 - - [T] "" 200 1 "-" "x" "not, addresses""#, &format!("T client=10.0.0.1 {rest} ua=x")),
            // What the client sends as its own hop hides nothing of what the proxy adds.
            (
                r#"10.0.0.1 - - [T] "" 200 1 "-" "x" "unknown, , <x>, 198.51.100.7""#,
                &format!("T client=10.0.0.1 more=198.51.100.7 {rest} ua=x"),
            ),
        ],
    );
    let trusted_proxies =
        ["10.0.0.0/8", "127.0.0.1", "204.246.0.0/16"].iter().filter_map(|text| network(text)).collect();
    check_access(
        &LineOptions { trusted_proxies, ..LineOptions::default() },
        &[
            (hops, &format!("T client=203.0.113.9 more=10.0.0.2 {rest}")),
            (quoted, &format!("T client=199.96.1.1 more=10.5.102.222 {rest}")),
            (trailing, &format!("T client=198.51.100.7 more=192.0.2.1 {rest} ua=x")),
        ],
    );
}

#[test]
fn what_a_client_sends_stays_in_its_field() {
    check_access(
        &LineOptions::default(),
        &[
            (
                r#"192.0.2.7 - 203.0.113.9 - - [04/Nov/2026:08:00:00 +0000] \"GET / HTTP/1.1\" 200 1 [T] "GET /real HTTP/1.1" 401 5"#,
                "T client=192.0.2.7 method=GET target=/real status=401 bytes=5",
            ),
            (
                r#"192.0.2.7 - - [T] "GET /\" 200 1 \"-\" \"x HTTP/1.1" 404 5 "-" "y""#,
                r#"T client=192.0.2.7 method=GET target=/" 200 1 "-" "x status=404 bytes=5 ua=y"#,
            ),
            (
                r#"192.0.2.7 - - [T] "GET / HTTP/1.1" 404 5 "-" "a\" 200 1 \"b" "c""#,
                r#"T client=192.0.2.7 method=GET target=/ status=404 bytes=5 ua=a" 200 1 "b"#,
            ),
        ],
    );
}

#[test]
fn rejections_have_a_reason() {
    check_access(
        &LineOptions::default(),
        &[
            ("", "skipped"),
            ("   \r\n", "skipped"),
            ("# comment", "skipped"),
            ("hello", "not-a-log-line"),
            ("\0\0\0", "not-a-log-line"),
            ("192.0.2.7 - - [T]", "not-a-log-line"),
            (r#"192.0.2.7 - - [03/Nov/2026:08:00:00] "GET / HTTP/1.1" 200 5"#, "bad-time"),
            (r#"192.0.2.7 - - [33/Nov/2026:08:00:00 +0000] "GET / HTTP/1.1" 200 5"#, "bad-time"),
            (r#"192.0.2.999 - - [T] "GET / HTTP/1.1" 200 5"#, "bad-address"),
            (r#"192.0.2.7 - - [T] "GET / HTTP/1.1" abc 5"#, "bad-request"),
            (r#"192.0.2.7 - - [T] "GET / HTTP/1.1" 200 5x"#, "bad-status"),
            (r#"192.0.2.7 - - [T] "GET / HTTP/1.1" 200"#, "truncated"),
            (r#"192.0.2.7 - - [T] "GET / HT"#, "truncated"),
            ("{", "not-json"),
            ("{} x", "not-json"),
            (r#"{"a":1}"#, "missing-field"),
            (r#"{"event_type":"http"}"#, "missing-field"),
            (r#"{"event_type":"http","timestamp":"yesterday","src_ip":"192.0.2.7"}"#, "client=192.0.2.7"),
            (r#"{"event_type":"http","timestamp":"2026-11-03T08:00:00Z","src_ip":"x"}"#, "bad-address"),
            (r#"{"event_type":"stats","timestamp":"2026-11-03T08:00:00Z"}"#, "skipped"),
            ("1793692800.5\tC1\t192.0.2.7\t1", "no-header"),
        ],
    );
    let mut parser = LineParser::new(LineOptions::default());
    assert_eq!(show(&parser.parse(b"{\"event_type\":\"\xff\"}")), "encoding");
    assert_eq!(show(&parser.parse(&vec![b'a'; (1 << 20) + 1])), "too-long");
    let mut parser = LineParser::new(LineOptions { expect: Some(Format::Eve), ..LineOptions::default() });
    assert_eq!(show(&parser.parse(b"192.0.2.7 - - x")), "other-format");
}
