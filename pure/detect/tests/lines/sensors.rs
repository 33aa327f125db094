//! Suricata's and Zeek's logs.

use ward_detect::lines::{Format, LineOptions, LineParser};
use ward_stix::normal::network;

use super::{T, check, show};

#[test]
fn eve_in_its_shapes() {
    let base = r#""timestamp":"2026-11-03T08:00:00.000001+0000","src_ip":"192.0.2.7","dest_ip":"198.51.100.9""#;
    let cases = [
        (
            r#""event_type":"http","http":{"hostname":"X.example","http_port":8080,"url":"/a?b","http_user_agent":"u","http_refer":"r","http_method":"GET","status":200,"length":9}"#,
            "client=192.0.2.7 server=198.51.100.9 host=X.example:8080 method=GET target=/a?b status=200 bytes=9 ref=r ua=u",
        ),
        (
            r#""event_type":"http","http":{"xff":"203.0.113.5"}"#,
            "client=192.0.2.7 server=198.51.100.9 more=203.0.113.5",
        ),
        (
            r#""event_type":"http","http":{"http2":{},"request_headers":[{"name":":path","value":"/p"},{"name":":authority","value":"h.example"},{"value":"u","name":"User-Agent"}]}"#,
            "client=192.0.2.7 server=198.51.100.9 host=h.example target=/p ua=u",
        ),
        (
            r#""event_type":"alert","direction":"to_client","alert":{"signature":"s"}"#,
            "client=198.51.100.9 server=192.0.2.7",
        ),
        (
            r#""event_type":"alert","alert":{"source":{"ip":"203.0.113.5","port":1},"target":{"ip":"192.0.2.7"}}"#,
            "client=203.0.113.5 server=192.0.2.7 more=198.51.100.9",
        ),
        (
            r#""event_type":"alert","direction":"to_server","flow":{"src_ip":"198.51.100.9","dest_ip":"192.0.2.7"}"#,
            "client=198.51.100.9 server=192.0.2.7",
        ),
        (
            r#""event_type":"dns","dns":{"type":"answer","rrname":"a.example","rrtype":"CNAME","rdata":"B.example"}"#,
            "client=192.0.2.7 server=198.51.100.9 hosts=a.example,b.example",
        ),
        (
            r#""event_type":"dns","dns":{"version":2,"rrname":"a.example","answers":[{"rdata":"203.0.113.5","rrname":"a.example","rrtype":"A"},{"rrname":"a.example","rrtype":"TXT","rdata":"x.example"}],"grouped":{"A":["203.0.113.6"]}}"#,
            "client=192.0.2.7 server=198.51.100.9 more=203.0.113.5,203.0.113.6 hosts=a.example,a.example,a.example",
        ),
        (
            r#""event_type":"dns","dns":{"version":3,"type":"response","queries":[{"rrname":"q.example","rrtype":"A"}],"answers":[{"rrname":"q.example","rrtype":"AAAA","rdata":"2001:db8::1"}]}"#,
            "client=192.0.2.7 server=198.51.100.9 more=2001:db8::1 hosts=q.example,q.example",
        ),
        (
            r#""event_type":"tls","tls":{"sni":"S.example","ja3":{"hash":"x"}}"#,
            "client=192.0.2.7 server=198.51.100.9 hosts=s.example",
        ),
        (
            r#""event_type":"fileinfo","fileinfo":{"filename":"/x","md5":"D41D8CD98F00B204E9800998ECF8427E","sha1":"short","gaps":false}"#,
            "client=192.0.2.7 server=198.51.100.9 hash=d41d8cd98f00b204e9800998ecf8427e",
        ),
        (
            r#""event_type":"http","event_type":"http","http":null,"x":{"src_ip":[]}"#,
            "client=192.0.2.7 server=198.51.100.9",
        ),
    ];
    for (fields, expected) in cases {
        check(LineOptions::default(), &[(&format!("{{{base},{fields}}}"), &format!("{T} {expected}"))]);
    }
    check(
        LineOptions { trusted_proxies: network("192.0.2.0/24").into_iter().collect(), ..LineOptions::default() },
        &[(
            &format!(r#"{{{base},"event_type":"http","http":{{"xff":"10.0.0.1, 203.0.113.5"}}}}"#),
            &format!("{T} client=203.0.113.5 server=198.51.100.9 more=10.0.0.1,192.0.2.7"),
        )],
    );
}

#[test]
fn zeek_by_its_own_header() {
    check(
        LineOptions::default(),
        &[
            ("#separator \\x09", "skipped"),
            ("#set_separator\t,", "skipped"),
            ("#unset_field\t-", "skipped"),
            ("#path\thttp", "skipped"),
            ("#fields\tts\tid.resp_h\tid.orig_h\thost\turi\tuser_agent\tproxied\tstatus_code\tmd5\tanswers", "skipped"),
            (
                "1793692800.000001\t198.51.100.9\t192.0.2.7\tX.example\t/a\\x09b\t\\x2d\tX-FORWARDED-FOR -> 203.0.113.5\t200\t-\t(empty)",
                "t=1793692800 client=192.0.2.7 server=198.51.100.9 more=203.0.113.5 host=X.example target=/a\tb status=200",
            ),
            ("1793692800.0\t198.51.100.9", "field-count"),
            ("1793692800.0\t-\t192.0.2.7\t-\t-\t-\t-\t-\t-\t-\t-", "field-count"),
            ("x\t-\t192.0.2.7\t-\t-\t-\t-\t-\t-\t-", "client=192.0.2.7"),
            ("1793692800.0\t-\tlocalhost\t-\t-\t-\t-\t-\t-\t-", "bad-address"),
            ("#close\t2026", "skipped"),
            ("#separator |", "skipped"),
            ("#path|dns", "skipped"),
            ("#fields|ts|query|answers", "skipped"),
            (
                "1793692800|a.example.|203.0.113.5,b.example,TXT 3 x.y",
                "t=1793692800 more=203.0.113.5 hosts=a.example,b.example",
            ),
        ],
    );
    check(
        LineOptions::default(),
        &[
            (
                r#"{"ts":1793692800.000001,"id.orig_h":"192.0.2.7","id.resp_h":"198.51.100.9","method":"GET","host":"X.example","uri":"/a","status_code":200,"user_agent":"event_type"}"#,
                "t=1793692800 client=192.0.2.7 server=198.51.100.9 host=X.example method=GET target=/a status=200 ua=event_type",
            ),
            (
                r#"{"_path":"files","_write_ts":"2026-11-03T08:00:00Z","tx_hosts":["198.51.100.9"],"rx_hosts":["192.0.2.7"],"sha1":"DA39A3EE5E6B4B0D3255BFEF95601890AFD80709"}"#,
                "t=1793692800 client=192.0.2.7 server=198.51.100.9 hash=da39a3ee5e6b4b0d3255bfef95601890afd80709",
            ),
            (r#"{"_path":"known_services","ts":1793692800,"host":"192.0.2.7"}"#, "t=1793692800 more=192.0.2.7"),
            (
                r#"{"_path":"notice","ts":1793692800.0,"src":"192.0.2.7","dst":"198.51.100.9"}"#,
                "t=1793692800 client=192.0.2.7 server=198.51.100.9",
            ),
        ],
    );
}

#[test]
fn a_header_lets_a_new_parser_go_on() {
    let mut first = LineParser::new(LineOptions::default());
    for line in ["#separator \\x09", "#path\tssl", "#fields\tts\tserver_name", "#open\tx"] {
        first.parse(line.as_bytes());
    }
    let mut second = LineParser::new(LineOptions::default());
    for line in first.header().unwrap_or_default().split(|byte| *byte == b'\n') {
        second.parse(line);
    }
    assert_eq!(show(&second.parse(b"1793692800.0\ta.example")), "t=1793692800 hosts=a.example");
    assert_eq!(second.format_seen(), Some(Format::ZeekTsv));
}
