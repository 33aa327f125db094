//! Normal forms as tables, and the laws that hold for every value.

use super::*;

#[test]
fn addresses_of_both_families() {
    let cases = [
        ("192.0.2.1", Some("192.0.2.1")),
        (" 192.0.2.1 ", Some("192.0.2.1")),
        ("::ffff:192.0.2.1", Some("192.0.2.1")),
        ("::FFFF:c000:201", Some("192.0.2.1")),
        ("2001:DB8:0:0:0:0:0:1", Some("2001:db8::1")),
        ("[2001:db8::1]", Some("2001:db8::1")),
        ("fe80::1%eth0", Some("fe80::1")),
        ("192.0.2", None),
        ("192.0.2.256", None),
        ("192.0.02.1", None),
        ("example.com", None),
        ("", None),
    ];
    for (text, expected) in cases {
        assert_eq!(address(text).map(format_address).as_deref(), expected, "{text}");
    }
}

#[test]
fn networks_of_both_families() {
    let cases = [
        ("192.0.2.7/24", Some("192.0.2.0/24")),
        ("192.0.2.7/32", Some("192.0.2.7")),
        ("192.0.2.7", Some("192.0.2.7")),
        ("0.0.0.0/0", Some("0.0.0.0/0")),
        ("2001:db8:1::/32", Some("2001:db8::/32")),
        ("::/0", Some("::/0")),
        ("192.0.2.0/33", None),
        ("2001:db8::/129", None),
        ("192.0.2.0/+8", None),
        ("192.0.2.0/", None),
    ];
    for (text, expected) in cases {
        let formatted = network(text).map(|(first, last)| format_network(first, last));
        assert_eq!(formatted.as_deref(), expected, "{text}");
    }
    assert_eq!(format_network(1, 2), "::1-::2");
}

#[test]
fn domains_are_whole_host_names() {
    let long_label = "a".repeat(64);
    let cases = [
        ("Example.COM.", Some("example.com")),
        ("bücher.example", Some("xn--bcher-kva.example")),
        ("_dmarc.example.com", Some("_dmarc.example.com")),
        ("localhost", Some("localhost")),
        ("192.0.2.1", None),
        ("a..b", None),
        (".a.b", None),
        ("*.example.com", None),
        ("a b.example", None),
        (long_label.as_str(), None),
        ("", None),
    ];
    for (text, expected) in cases {
        assert_eq!(domain(text).as_deref(), expected, "{text}");
    }
}

#[test]
fn urls_lose_what_does_not_distinguish_them() {
    let cases = [
        ("http://Example.com", Some("example.com/")),
        ("http://example.com:80/A", Some("example.com/A")),
        ("https://example.com:443/A", Some("example.com/A")),
        ("http://example.com:443/A", Some("example.com:443/A")),
        ("example.com:443/A", Some("example.com/A")),
        ("example.com:8080", Some("example.com:8080/")),
        ("http://user:word@example.com/a", Some("example.com/a")),
        ("http://example.com?x=1", Some("example.com/?x=1")),
        ("http://example.com/%7Ea%2fb%2D%zz%", Some("example.com/~a%2fb-%zz%")),
        ("http://example.com/a?q=http://other.example/#b", Some("example.com/a?q=http://other.example/")),
        ("http://[2001:DB8::1]:80/a", Some("[2001:db8::1]/a")),
        ("http://192.0.2.1:8080/a", Some("192.0.2.1:8080/a")),
        ("http:///a", None),
        ("/a", None),
        ("http://exa mple/a", None),
        ("http://example.com:99999/", None),
        ("http://example.com/a\u{0}", None),
    ];
    for (text, expected) in cases {
        assert_eq!(url(text).as_deref(), expected, "{text}");
    }
}

#[test]
fn a_request_in_a_log_has_the_form_of_its_url() {
    let parts = |host, target| url_parts(host, target).map(|parts| (parts.full, parts.host_less));
    let full = |text: &str| Some(text.to_owned());
    assert_eq!(parts(Some("Example.com:443"), "/%41?x#y"), Some((full("example.com/A?x"), "/A?x".to_owned())));
    assert_eq!(parts(None, "/a"), Some((None, "/a".to_owned())));
    assert_eq!(parts(Some("-"), "//a"), Some((None, "//a".to_owned())));
    assert_eq!(parts(Some("proxy.example"), "http://example.com/a"), Some((full("example.com/a"), "/a".to_owned())));
    assert_eq!(parts(None, "*"), None);
    assert_eq!(parts(None, "example.com:443"), None);
}

#[test]
fn hashes_are_known_by_length() {
    assert_eq!(hash(&"AB".repeat(16)), Some("ab".repeat(16)));
    assert_eq!(hash(&"ab".repeat(64)), Some("ab".repeat(64)));
    assert_eq!(hash(&"ab".repeat(15)), None);
    assert_eq!(hash(&"zz".repeat(16)), None);
}

proptest::proptest! {
    #[test]
    fn addresses_are_read_back(address_value: u128) {
        proptest::prop_assert_eq!(address(&format_address(address_value)), Some(address_value));
    }

    #[test]
    fn a_network_contains_its_base(base: u32, prefix in 0_u32..=32) {
        let text = format!("{}/{prefix}", Ipv4Addr::from(base));
        let (first, last) = network(&text).unwrap();
        let base = mapped(Ipv4Addr::from(base));
        proptest::prop_assert!(first <= base && base <= last);
        proptest::prop_assert_eq!(last - first + 1, 1_u128 << (32 - prefix));
        proptest::prop_assert_eq!(network(&format_network(first, last)), Some((first, last)));
    }

    #[test]
    fn a_normal_url_stays_as_it_is(path in "/[a-z%0-9/.?=&~-]{0,20}") {
        proptest::prop_assume!(!path.contains("%%") && !path.contains("%25"));
        let normal = url(&format!("http://example.com{path}")).unwrap();
        if !normal.contains('%') {
            proptest::prop_assert_eq!(url(&normal), Some(normal.clone()));
        }
        proptest::prop_assert_eq!(host_less(&normal), url_parts(None, &path).unwrap().host_less);
    }

    #[test]
    fn nothing_panics(text: String) {
        let _ = (address(&text), network(&text), domain(&text), url(&text), hash(&text));
        let _ = (url_parts(Some(&text), &text), crate::pattern::compile(&text));
    }
}
